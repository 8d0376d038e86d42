"""The result of reading: events, people, findings and the account of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from casetrack.extract.identifiers import tidy_identifiers
from casetrack.findings import Findings
from casetrack.pictures import Bars
from casetrack.stages import checked
from casetrack.tables import html_lines, html_table


@dataclass(frozen=True)
class RowAccount:
    """Where every row of the file went: read = used + duplicates + set aside (``docs/specification.md``, section 3).

    Parameters
    ----------
    read, used, duplicates
        Numbers of rows.
    set_aside
        Number of rows by reason.
    """

    read: int
    used: int
    duplicates: int
    set_aside: Mapping[str, int] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Whether no row was lost."""
        return self.read == self.used + self.duplicates + sum(self.set_aside.values())

    def to_frame(self) -> pd.DataFrame:
        """One row per place a row of the file can go."""
        rows = [("read", self.read), ("used", self.used), ("duplicates", self.duplicates)]
        rows += [(f"set aside: {reason}", count) for reason, count in self.set_aside.items()]
        return pd.DataFrame(rows, columns=["rows", "count"])


@dataclass(frozen=True)
class Linking:
    """How rows were linked to people and events.

    Parameters
    ----------
    mode
        ``single`` (one submission) or ``joined`` (several, or an extract that does not say).
    placeholders
        How many local ids stand for several people and were not used.
    not_joining
        How many NHS numbers join nobody, by the reason: outside the issued ``range``, under ``many`` local ids, or
        ``births`` that do not agree.
    """

    mode: str = "joined"
    placeholders: int = 0
    not_joining: Mapping[str, int] = field(default_factory=dict)


@checked
@dataclass(frozen=True, repr=False)
class Extract:
    """A council's extract, read and tidied. It holds identifiable data and never prints any.

    Parameters
    ----------
    events
        One row per used row of the file, in file order: ``row`` (number in the file), ``person`` (place in
        ``people``), ``is_event`` (False where the event type or the start date is missing), ``event_type``, dates
        as ``datetime64[s]``, every other known field of the file as a category; ``order`` (the row of a
        person that counts most has the highest), ``tie`` (equal where only the last step parts rows),
        ``end_unreadable`` (neither open nor completed) and ``end_cropped`` (the end is that of the service's last
        submission).
    duplicates
        The rows whose event another row tells, which is used instead; the same columns. What is known of a person
        is read from them too.
    people
        One row per person, index ``person_id`` sorted as text: ``date_of_birth``, ``date_of_death``, ``rows``,
        ``known_by_association`` (every row says so), and ``nhs_only`` (no local id).
    findings
        What an analyst should look at.
    account
        Where every row went.
    identifiers
        Every usable identifier and the place of its person.
    linking
        How rows were linked.
    details
        Optional characteristics from a second, person-level file; index ``person_id``.
    period_ends
        The distinct Reporting Period End Dates.
    headings
        Field name to the heading that the file has.
    unused_headings
        Headings that casetrack does not know; their columns were not read.
    unused_by_table
        The same for each file or sheet, by its name.
    sha256
        Digest of the file; of the tidied content for a DataFrame; of several, of their digests.
    """

    events: pd.DataFrame
    duplicates: pd.DataFrame
    people: pd.DataFrame
    findings: Findings
    account: RowAccount
    identifiers: pd.DataFrame
    linking: Linking = field(default_factory=Linking)
    period_ends: tuple[dt.date, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    unused_headings: tuple[str, ...] = ()
    unused_by_table: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sha256: str = ""
    details: pd.DataFrame | None = None

    def find_people(self, identifiers: Iterable[str]) -> list[str | None]:
        """The ``person_id`` for each local id or NHS number, None where nobody has it.

        Parameters
        ----------
        identifiers
            Local ids, or NHS numbers with or without spaces.
        """
        # Where one person's local id is another's NHS number, it is read as the local id.
        return [next(iter(names), None) for names in self._named(identifiers)]

    def find_any(self, lines: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
        """The ``person_id`` of everybody whom a line of a list can mean: one for each person, none for nobody.

        A line means whom all of its identifiers lead to that somebody has; where they lead to different people, all
        of those.

        Parameters
        ----------
        lines
            The identifiers of each person, for example a local id and an NHS number.
        """
        lines = list(lines)
        found = iter(self._named(text for line in lines for text in line))
        return [_agreed([next(found) for _ in line]) for line in lines]

    def _named(self, identifiers: Iterable[str]) -> Iterator[tuple[str, ...]]:
        """Everybody whom each identifier names: by local id, by NHS number, or as ``person_id``."""
        ids, local, numbers = self.people.index, *self._places
        for tidy in tidy_identifiers(identifiers):
            spaced = "".join(tidy.split())
            places = (local.get(tidy, local.get(spaced)), numbers.get(spaced))
            names = dict.fromkeys(str(ids[place]) for place in places if place is not None)
            yield tuple(names) or ((tidy,) if tidy in ids else ())

    @cached_property
    def _places(self) -> tuple[dict[str, int], dict[str, int]]:
        """Whose each local id is, and whose each NHS number."""
        local = self.identifiers["kind"].to_numpy() == "local_id"
        one, other = (
            dict(zip(mine["identifier"], mine["person"].tolist(), strict=True))
            for mine in (self.identifiers[local], self.identifiers[~local])
        )
        return one, other

    def to_frame(self) -> pd.DataFrame:
        """The account of rows as a table."""
        return self.account.to_frame()

    def __repr__(self) -> str:
        account = self.account
        return (
            f"Extract({account.read:,} rows read, {account.used:,} used, {account.duplicates:,} duplicates, "
            f"{sum(account.set_aside.values()):,} set aside; {len(self.people):,} people; {len(self.findings)} findings)"
        )

    def summary(self) -> str:
        """Where the rows went, how many people they tell of, and how much there is to look at, in sentences."""
        account = self.account
        warnings = sum(item.severity == "warning" for item in self.findings)
        aside = sum(account.set_aside.values())
        return (
            f"{account.read:,} rows were read: {account.used:,} are used, {account.duplicates:,} repeat a used row and "
            f"{aside:,} are set aside. They tell of {len(self.people):,} people.\n"
            f"Findings: {warnings:,} that can change who is on the list and {len(self.findings) - warnings:,} for "
            "information."
        )

    def picture(self) -> Bars:
        """What `plot` draws: where every row of the file went."""
        account, frame = self.account, self.account.to_frame()
        rest = ", and the others are accounted for" if account.used < account.read else ""
        title = f"{account.used:,} of {account.read:,} rows are used{rest}"
        labels = tuple(text.replace("_", " ").capitalize() for text in frame["rows"])
        return Bars(title, labels, tuple(frame["count"].tolist()), "rows")

    def plot(self, ax: Any = None) -> Any:
        """Draw where every row of the file went; gives the matplotlib axes."""
        return self.picture().plot(ax)

    def _repr_html_(self) -> str:
        return html_lines(self.summary()) + html_table(self.to_frame()) + self.findings._repr_html_()


def _agreed(whose: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Whom all of a line's identifiers lead to, of those that lead to anybody; else everybody whom one leads to."""
    told = [names for names in whose if names]
    every = dict.fromkeys(one for names in told for one in names)
    return tuple(one for one in every if all(one in names for names in told)) or tuple(every)
