"""Working days and due dates: what must happen when, from the notices to the day the lookup is destroyed.

Counting as in the field: the day of a notice is day 0 and does not count; Saturdays, Sundays and England's
bank holidays are no working days. Source of the steps: section 1 of the field specification, after the CQC's
guidance to councils. Bank holidays come from the ``holidays`` library, England's own (Scotland's and
Northern Ireland's differ).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from casetrack.dates import for_people, months_before
from casetrack.errors import CasetrackError, UsageError
from casetrack.files import write_file
from casetrack.pictures import Days
from casetrack.stages import checked, need
from casetrack.tables import html_table
from casetrack.words import count_of
from casetrack.working_days import (
    MONTHS,
    WEEKDAYS,
    check_number,
    is_working_day,
    read_day,
    working_days_after,
    working_days_between,
)

__all__ = ["Step", "Timetable", "is_working_day", "working_days_after", "working_days_between"]

_ONE_DAY = dt.timedelta(days=1)
#: Working days before a due day on which its calendar entry warns.
_WARNED_BEFORE = 2
#: Working days after the selection in which to ask for permission: it leaves two of the three weeks in which CQC
#: wants its interviews for arranging and holding them.
_ASK_WITHIN = 5
#: What must happen, and who does it, by the stable word for the step.
_STEPS = {
    "information-return": ("Send the information return", "council"),
    "notified": ("Notification of the site visit", "CQC"),
    "list": ("Upload the list of 50 cases", "council"),
    "permission": (
        "Ask for permission by: the people selected and their carers, confirmed in writing",
        "council",
    ),
    "interviews": ("Interviews with the people who agreed", "CQC"),
    "destroy": ("Destroy the lookup", "council"),
}


@dataclass(frozen=True)
class Step:
    """One step of the timetable."""

    code: str
    step: str
    who: str
    due: dt.date | None  # the last day; None while the day it is counted from is not known
    rule: str
    note: str = ""  # what to mind, for example that the day is no working day

    @property
    def last_day(self) -> str:
        """The last day in words."""
        return _spoken(self.due) if self.due else "not known yet"

    @property
    def counted(self) -> str:
        """How the day is counted, and what to mind."""
        return f"{self.rule} {self.note}".strip()


@checked
@dataclass(frozen=True)
class Timetable:
    """The dates of one assessment, as far as they are known.

    Dates may be given as `datetime.date` or as text, ``2026-03-02``.

    Parameters
    ----------
    notified
        The day CQC notified the council of the site visit and asked for the list: day 0.
    information_return_from
        The day of the notice of assessment, some weeks earlier; None when it is not known or long past.
    selected
        The day CQC named its cases; None until then.
    keep_until
        The last day the council keeps the lookup, the council's own decision. When not given,
        ``keep_months`` calendar months after the list is due.
    keep_months
        Six by default: time for the visit, the report and a challenge to it. No rule sets it; the council's
        retention schedule does.
    list_working_days, information_return_weeks, interview_weeks
        10, 3 and 3, as CQC sets them.
    extra_holidays
        Further days that do not count: a bank holiday proclaimed after the ``holidays`` library was
        installed.

    Raises
    ------
    UsageError
        ``not-a-date``, ``timetable-order`` or ``not-a-count``.

    Examples
    --------
    >>> plan = Timetable("2025-12-17")
    >>> plan.list_due
    datetime.date(2026, 1, 5)
    >>> plan.days_left("2025-12-29")[["step", "calendar_days", "working_days"]].to_dict("records")[0]
    {'step': 'Upload the list of 50 cases', 'calendar_days': 7, 'working_days': 4}
    """

    notified: dt.date
    information_return_from: dt.date | None = None
    selected: dt.date | None = None
    keep_until: dt.date | None = None
    keep_months: int = 6
    list_working_days: int = 10
    information_return_weeks: int = 3
    interview_weeks: int = 3
    extra_holidays: tuple[dt.date, ...] = ()

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "notified", read_day(self.notified, "notified"))
        for name in ("information_return_from", "selected", "keep_until"):
            if getattr(self, name) is not None:
                set_field(self, name, read_day(getattr(self, name), name))
        need(self.extra_holidays, Iterable[dt.date | str], "extra_holidays")
        extra = {read_day(day, "extra_holidays") for day in self.extra_holidays}
        set_field(self, "extra_holidays", tuple(sorted(extra)))
        for name in ("keep_months", "list_working_days", "information_return_weeks", "interview_weeks"):
            check_number(getattr(self, name), name)
        self._check_order()

    def _check_order(self) -> None:
        for what, day in (
            ("the day CQC named its cases", self.selected),
            ("the last day on which the lookup is kept", self.keep_until),
        ):
            if day is not None and day < self.notified:
                raise _disorder(f"{what} is before the notification")
        if self.information_return_from is not None and self.information_return_from > self.notified:
            raise _disorder("the notice of assessment is after the notification")

    @property
    def list_due(self) -> dt.date:
        """The last day for uploading the list."""
        return working_days_after(self.notified, self.list_working_days, self.extra_holidays)

    @property
    def kept_until(self) -> dt.date:
        """The last day the lookup is kept: as decided, or ``keep_months`` after the list is due."""
        return self.keep_until or months_before(self.list_due, -self.keep_months)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step in order, with its day where that is known."""
        asked, chosen, weeks = self.information_return_from, self.selected, self.information_return_weeks
        unnamed = "" if chosen else "CQC has not yet named its cases, or the day is not given."
        unruled = "No rule sets this day: check it against the council's retention schedule."
        told: dict[str, tuple[dt.date | None, str, str]] = {
            "information-return": (
                _weeks_after(asked, weeks),
                f"{count_of(weeks, 'week')} after the notice of assessment.",
                "" if asked else "The day of the notice of assessment is not given.",
            ),
            "notified": (self.notified, "Day 0, which does not count.", ""),
            "list": (self.list_due, f"{count_of(self.list_working_days, 'working day')} after day 0.", ""),
            "permission": (
                self.working_days_after(chosen, _ASK_WITHIN) if chosen else None,
                f"{_ASK_WITHIN} working days after CQC named the cases, so that two weeks are left for interviews. No "
                "rule sets this day.",
                unnamed,
            ),
            "interviews": (
                _weeks_after(chosen, self.interview_weeks),
                f"Within {count_of(self.interview_weeks, 'week')} of the selection.",
                unnamed,
            ),
            "destroy": (self.kept_until, "The council's decision.", "")
            if self.keep_until
            else (self.kept_until, f"{count_of(self.keep_months, 'month')} after the list is due.", unruled),
        }
        return tuple(
            self._with_note(Step(code, *_STEPS[code], due, rule, note))
            for code, (due, rule, note) in told.items()
        )

    def working_days_after(self, day: dt.date | str, count: int) -> dt.date:
        """The working day that is ``count`` after ``day``, see `working_days_after`."""
        return working_days_after(day, count, self.extra_holidays)

    def to_frame(self) -> pd.DataFrame:
        """One row per step: step, who, due (NaT while not known), weekday, rule, note."""
        rows = [
            [
                step.step,
                step.who,
                pd.Timestamp(step.due) if step.due else pd.NaT,
                WEEKDAYS[step.due.weekday()] if step.due else "",
                step.rule,
                step.note,
            ]
            for step in self.steps
        ]
        frame = pd.DataFrame(rows, columns=["step", "who", "due", "weekday", "rule", "note"])
        return frame.astype({"due": "datetime64[s]"})

    def standing(self, today: dt.date | str, done: Mapping[str, dt.date] | None = None) -> pd.DataFrame:
        """Where each of the council's steps stands, in words.

        Parameters
        ----------
        today
            The day to count from.
        done
            Code of a step to the day on which it was done.

        Returns
        -------
        DataFrame
            ``code``, ``step``, ``due`` (a day, or missing while it is not known), ``standing``: done on …, due in 3
            working days, due today, missed by 2 working days, or not known yet.
        """
        start, known = read_day(today, "today"), done or {}
        rows = [
            (step.code, step.step, step.due, self._standing(step, start, known.get(step.code)))
            for step in self.steps
            if step.who == "council" or step.code in known
        ]
        return pd.DataFrame(rows, columns=["code", "step", "due", "standing"])

    def _standing(self, step: Step, today: dt.date, done: dt.date | None) -> str:
        if done is not None:
            late = step.due is not None and done > step.due
            return f"done on {for_people(done)}" + (", after its day" if late else "")
        if step.due is None:
            return "not known yet"
        left = working_days_between(today, step.due, self.extra_holidays)
        if step.due == today:
            return "due today"
        days = count_of(abs(left), "working day")
        if left:
            return f"due in {days}" if step.due > today else f"missed by {days}"
        # Between two days there may be none that is worked: a weekend.
        return "due before the next working day" if step.due > today else "missed since the last working day"

    def days_left(self, today: dt.date | str) -> pd.DataFrame:
        """How long until each step of the council's that has a day.

        Parameters
        ----------
        today
            The day to count from; it does not count itself.

        Returns
        -------
        DataFrame
            ``step``, ``due`` (datetime64), ``calendar_days`` and ``working_days`` (int, negative once the
            day has passed), ``state`` (``to come``, ``due today`` or ``past``).
        """
        start = read_day(today, "today")
        rows = []
        for step in self.steps:
            if step.due is not None and step.who == "council":
                days = (step.due - start).days
                state = "to come" if days > 0 else "past" if days else "due today"
                working = working_days_between(start, step.due, self.extra_holidays)
                rows.append([step.step, pd.Timestamp(step.due), days, working, state])
        frame = pd.DataFrame(rows, columns=["step", "due", "calendar_days", "working_days", "state"])
        return frame.astype({"due": "datetime64[s]"})

    def to_ics(self, *, identity: str = "", sequence: int = 0) -> str:
        """A calendar file (RFC 5545) with an all-day entry for each step that has a day.

        Each entry of the council's warns two working days before. Line ends are CRLF: use `save_ics`, or write it in
        binary.

        Parameters
        ----------
        identity
            Whose dates these are: a folder's identity. With it a step keeps its entry whatever day changes, so that
            importing again moves it; without it, while the day of the notification stays.
        sequence
            How often the dates were changed; a calendar takes the entry that counts highest.
        """
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//casetrack//timetable//EN", "CALSCALE:GREGORIAN"]
        for step in self.steps:
            if step.due is not None:
                lines += self._entry(step, step.due, identity or str(self.notified), sequence)
        return "".join(_folded(line) + "\r\n" for line in [*lines, "END:VCALENDAR"])

    def save_ics(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the calendar.

        Raises
        ------
        OutputError
            ``file-exists`` without ``force``, or ``cannot-write``.
        """
        return write_file(path, self.to_ics(), force=force)

    def summary(self) -> str:
        """Every step in a sentence, with its day where that is known."""
        return "\n".join(f"{s.step} ({s.who}): {s.last_day}. {s.counted}" for s in self.steps)

    def picture(self) -> Days:
        """What `plot` draws: the steps that have a day."""
        known = [(step.step, step.due) for step in self.steps if step.due is not None]
        title = f"The list is due on {_spoken(self.list_due)}"
        return Days(title, tuple(name for name, _ in known), tuple(day for _, day in known))

    def plot(self, ax: Any = None) -> Any:
        """Draw the steps that have a day; gives the matplotlib axes."""
        return self.picture().plot(ax)

    def _repr_html_(self) -> str:
        rows = [(s.step, s.who, s.last_day, s.counted) for s in self.steps]
        table = pd.DataFrame(rows, columns=["step", "who", "last_day", "rule"])
        return html_table(table, f"Timetable from {_spoken(self.notified)}")

    def _with_note(self, step: Step) -> Step:
        """Say when a day counted in weeks or months is no working day; the rules do not move it."""
        if step.due is None or step.code == "notified" or is_working_day(step.due, self.extra_holidays):
            return step
        last = self._working_day_before(step.due)
        note = f"{step.note} Not a working day: the last one before it is {_spoken(last)}.".strip()
        return dataclasses.replace(step, note=note)

    def _working_day_before(self, day: dt.date) -> dt.date:
        day -= _ONE_DAY
        while not is_working_day(day, self.extra_holidays):
            day -= _ONE_DAY
        return day

    def _entry(self, step: Step, due: dt.date, identity: str, sequence: int) -> list[str]:
        uid = hashlib.sha256(f"casetrack timetable {identity} {step.code}".encode()).hexdigest()[:32]
        # A later version of an entry bears a later stamp; the same dates give the same bytes on every day.
        stamp = dt.datetime.combine(self.notified, dt.time()) + dt.timedelta(minutes=sequence)
        summary = _escaped(f"Case tracking: {step.step}")
        return [
            "BEGIN:VEVENT",
            f"UID:{uid}@casetrack",
            f"SEQUENCE:{sequence}",
            f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{due:%Y%m%d}",
            f"DTEND;VALUE=DATE:{due + _ONE_DAY:%Y%m%d}",
            f"SUMMARY:{summary}",
            f"DESCRIPTION:{_escaped(step.counted)}",
            "TRANSP:TRANSPARENT",
            *(self._alarm(due, summary) if step.who == "council" else ()),
            "END:VEVENT",
        ]

    def _alarm(self, due: dt.date, summary: str) -> list[str]:
        """At nine in the morning, two working days before."""
        day = due
        for _ in range(_WARNED_BEFORE):
            day = self._working_day_before(day)
        hours = 24 * (due - day).days - 9
        return [
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{summary}",
            f"TRIGGER:-PT{hours}H",
            "END:VALARM",
        ]


def _disorder(why: str) -> CasetrackError:
    return UsageError.of("timetable-order", f"the dates are out of order: {why}.", advice="Check both dates.")


def _weeks_after(day: dt.date | None, weeks: int) -> dt.date | None:
    return None if day is None else day + dt.timedelta(weeks=weeks)


def _spoken(day: dt.date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def _escaped(text: str) -> str:
    for character in ("\\", ";", ","):
        text = text.replace(character, "\\" + character)
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines of at most 75 octets, continued after a space, never inside a character (RFC 5545, 3.1)."""
    parts, size = [""], 0
    for character in line:
        width = len(character.encode("utf-8"))
        if size + width > 75:
            parts.append("")
            size = 1
        parts[-1] += character
        size += width
    return "\r\n ".join(parts)
