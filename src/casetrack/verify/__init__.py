"""A second look with other code: the return read back, and readers who try to find people in it."""

from casetrack.verify.verify import Verification, verify_release

__all__ = ["Verification", "verify_release"]
