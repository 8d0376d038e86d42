"""One exception tree for the whole package: a stable code, what is wrong, where, and what to do next.

No error carries a value from the data. A problem names columns, row numbers and sheets, never what stands in them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    code: str  # stable, lower-case words joined by hyphens, for example "mixed-dates"
    what: str
    where: str = ""  # column, row numbers and sheet; empty when the problem has no place
    advice: str = ""  # what the analyst can do next, in Python
    command: str = ""  # the same at the command line, where it is done in another way

    def __str__(self) -> str:
        return self._told(self.advice)

    def at_the_command(self) -> str:
        """The problem with what to do next as it is done at the command line."""
        return self._told(self.command or self.advice)

    def _told(self, advice: str) -> str:
        lines = [f"[{self.code}]: {self.what}"]
        lines += [f"  {line}" for line in (self.where, advice) if line]
        return "\n".join(lines)


class CasetrackWarning(UserWarning):
    """The base of every warning that casetrack gives on purpose; like an error, it carries no value from the data."""


class CasetrackError(Exception):
    """The base of every error that casetrack raises on purpose.

    Parameters
    ----------
    problems
        All problems that the stage found, at least one.

    Attributes
    ----------
    problems : tuple of Problem
    exit_code : int
        What the command line returns: 2 wrong use, 3 input cannot be used, 4 the design cannot be met.

    Examples
    --------
    >>> error = ExtractError.of("no-dates", 'column "Event Start Date" is empty.', advice="Export it again.")
    >>> print(error)
    ExtractError [no-dates]: column "Event Start Date" is empty.
      Export it again.
    >>> error.code
    'no-dates'
    """

    exit_code = 3

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)

    @classmethod
    def of(cls, code: str, what: str, *, where: str = "", advice: str = "", command: str = "") -> Self:
        """Make an error from one problem."""
        return cls(Problem(code, what, where, advice, command))

    @property
    def code(self) -> str:
        """The code of the first problem."""
        return self.problems[0].code

    def __str__(self) -> str:
        return "\n".join(f"{type(self).__name__} {problem}" for problem in self.problems)

    def at_the_command(self) -> str:
        """The error with what to do next as it is done at the command line."""
        return "\n".join(f"{type(self).__name__} {problem.at_the_command()}" for problem in self.problems)


class UsageError(CasetrackError):
    """A function or command was called in a way that cannot work."""

    exit_code = 2


class ExtractError(CasetrackError):
    """The file cannot be used as an extract."""


class MappingError(CasetrackError):
    """The mapping file cannot be used."""


class EligibilityError(CasetrackError):
    """The 12-month rule cannot be applied, for example because no date is known."""


class CodingError(CasetrackError):
    """The cohort codes cannot be given, for example because an override names nobody."""


class DesignError(CasetrackError):
    """The design is not well formed, or does not fit the pool's columns."""

    exit_code = 2


class InfeasibleDesignError(CasetrackError):
    """No list can meet the design.

    Subclass attributes are set by ``casetrack.quotas.shortfall``: ``shortfall`` holds the quotas that clash,
    the supply for each, and ``nearest`` the closest design that works.
    """

    exit_code = 4
    shortfall: object = None

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.problems,), {"shortfall": self.shortfall})


class ReleaseError(CasetrackError):
    """The release was asked for something that may not leave the council."""

    exit_code = 2


class DisclosureError(CasetrackError):
    """A hierarchy or a risk question does not fit the table."""


class LookupFileError(CasetrackError):
    """The sealed lookup cannot be opened, or is not what it should be."""


class HistoryError(CasetrackError):
    """A decision does not fit the state of the case list, or its log was changed."""


class OutputError(CasetrackError):
    """A file cannot be written, most often because it already exists."""

    exit_code = 2


def rows_in_words(rows: Iterable[int], total: int | None = None, most: int = 10) -> str:
    """Row numbers as an analyst reads them, cut after ``most``.

    Examples
    --------
    >>> rows_in_words([14, 201, 388])
    'rows 14, 201, 388'
    >>> rows_in_words(range(2, 100), most=3)
    'rows 2, 3, 4 and 95 more'
    """
    listed = list(rows)
    count = len(listed) if total is None else total
    shown = ", ".join(str(row) for row in listed[:most])
    more = count - min(len(listed), most)
    return f"row{'s' if count != 1 else ''} {shown}" + (f" and {more:,} more" if more > 0 else "")
