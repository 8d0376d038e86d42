"""casetrack: from a council's extract to a coded, pseudonymised list of 50 for CQC case tracking."""
