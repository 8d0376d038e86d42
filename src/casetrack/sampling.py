"""The lottery for any pool of people and any table of quotas."""

from casetrack.lottery.selection import Selection, select

__all__ = ["Selection", "select"]
