"""An invented council for tests, demonstrations and teaching: Client Level Data in which nobody is real."""

from casetrack.synthetic.council import Council, make_council
from casetrack.synthetic.flaws import FLAWS

__all__ = ["FLAWS", "Council", "make_council"]
