"""A Word document per selected case, and the checklist."""
