"""A second look with other code: the return read back, and somebody who tries to find people in it."""

from casetrack.verify.intruder import Intrusion, intrude, intrude_release
from casetrack.verify.verify import Verification, verify_release

__all__ = ["Intrusion", "Verification", "intrude", "intrude_release", "verify_release"]
