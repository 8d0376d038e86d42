"""Who is eligible, and for everyone else why not; cohort codes with evidence; characteristics."""
