"""The report of a draw as pages that work offline and name nobody: for the council alone, for sharing, and in short."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from markupsafe import Markup

from casetrack.cases.coverage import MOST_LINES, picture_of_gaps
from casetrack.cases.explain import Spread, chance_spread
from casetrack.dates import for_people
from casetrack.disclosure.coverage_statement import in_steps
from casetrack.errors import UsageError
from casetrack.files import write_file
from casetrack.headings import heading, in_a_sentence
from casetrack.lottery.chance_words import CERTAIN, one_in
from casetrack.pictures import Columns
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.release.cover import MARKING, Cover
from casetrack.release.promises import promise
from casetrack.release.return_words import note_rows
from casetrack.report import report_parts, verdict
from casetrack.report.pages import page
from casetrack.stages import checked
from casetrack.words import clean, count_of, day, listed, people

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList
    from casetrack.cases.timetable import Timetable
    from casetrack.pictures import Picture
    from casetrack.release.release import Release


#: ``council-only`` counts the list. The others hold nothing of it beyond the return, and are the same for every version
#: as far as the return is: ``for-sharing`` in full, ``summary`` on one page in plain words.
Form = Literal["council-only", "for-sharing", "summary"]
Reference = Mapping[str, Mapping[str, float]]


@checked
def write_report(
    cases: CaseList,
    release: Release,
    path: str | os.PathLike[str],
    *,
    form: Form = "council-only",
    cover: Cover | None = None,
    timetable: Timetable | None = None,
    reference: Reference | None = None,
    force: bool = False,
) -> Path:
    """Write the report of a draw as one HTML page, whole or not at all; see :func:`report_html`.

    Parameters
    ----------
    cases
        The list, with its people at hand.
    release
        What ``pseudonymise`` gave.
    path
        Where, for example ``council-only/report.html``.
    form
        ``council-only``; ``for-sharing``, which holds nothing of this list beyond the return; or ``summary``, one page
        in plain words for councillors, for sharing too.
    cover
        The council's name, as for ``Release.to_excel``.
    timetable
        The dates, for the days that are left.
    reference
        A reference population: characteristic to level to share, as for ``CaseList.coverage``. Council only.
    force
        Replace a file that is already there.

    Returns
    -------
    Path

    Raises
    ------
    UsageError
        ``report-form`` for a form that there is not.
    OutputError
        ``file-exists`` when the file is there and ``force`` is not given.
    HistoryError
        ``people-not-known`` for a list that was opened from a file and not yet attached to its pool.
    """
    told = report_html(cases, release, form=form, cover=cover, timetable=timetable, reference=reference)
    return write_file(path, told, force=force)


def report_html(
    cases: CaseList,
    release: Release,
    *,
    form: Form = "council-only",
    cover: Cover | None = None,
    timetable: Timetable | None = None,
    reference: Reference | None = None,
) -> str:
    """The report of a draw as one HTML page.

    In the form ``council-only`` it is for the council's own eyes, since its counts are not suppressed; still it holds no
    identifier, no name, no date of birth and no free text: of the extract only categories and counts.
    """
    if form not in get_args(Form):
        raise UsageError.of(
            "report-form", "the report has no such form.", advice=f"Choose {listed(get_args(Form), 'or')}."
        )
    council = clean(cover.council) if cover is not None else ""
    told = (
        _of_the_list(cases, release, timetable, reference)
        if form == "council-only"
        else _to_share(cases, release)
    )
    promised = _promised(release, counted=form == "council-only")
    return page(f"{form}.html", council=council, facts=_facts(release), promise=promised, **told)


def _promised(release: Release, *, counted: bool) -> list[str]:
    """What is promised; the rows outside it are counted for the council alone."""
    return promise(release.rule, release.readers, (release.table, release.weighed) if counted else None)


def _facts(release: Release) -> dict[str, Any]:
    """What the return says of itself, dates as people write them."""
    facts = release.facts
    dates = {name: day(facts[name]) for name in ("as_at", "window_starts")}
    return {**facts, **dates, "cases": len(release.table)}


def _picture(name: str, picture: Picture) -> dict[str, Any]:
    """A picture with its title, which heads its section; it escapes its own text."""
    return {"title": picture.title, "svg": Markup(picture.svg(name))}


# -- for the council alone ---------------------------------------------------------------------------


def _of_the_list(
    cases: CaseList, release: Release, timetable: Timetable | None, reference: Reference | None
) -> dict[str, Any]:
    gaps = report_parts.level_gaps(cases, reference)
    version = report_parts.version_of(cases)
    days = "" if timetable is None else _days_left(cases, timetable, version)
    overdue = timetable is not None and version.on > timetable.list_due
    decisions = verdict.open_decisions(cases, release, gaps, overdue=overdue)
    return {
        "marking": f"{MARKING}, council only",
        "version": {"number": version.number, "on": for_people(version.on)},
        "days_left": days,
        "verdict": verdict.verdict(cases, decisions),
        "figures": verdict.figures(cases, gaps),
        "funnel": [(name, f"{count:,}") for name, count in verdict.funnel(cases)],
        "to_decide": decisions,
        "overview": _overview(cases, gaps),
        "cohorts": _cohorts(cases),
        "chances": _chances(cases),
        "risk": _risk(release),
        "changes": _changes(version),
        "decided": _decided(cases),
        "annex": _annex(cases, release, gaps),
        "repeat": report_parts.repeat_table(cases, release),
    }


def _days_left(cases: CaseList, timetable: Timetable, version: report_parts.Version) -> str:
    """How long until the list is due, counted from the day of this version."""
    done = {line.detail["step"]: line.on for line in cases.history if line.action == "done"}
    standing = timetable.standing(version.on, done).set_index("code")["standing"]["list"]
    return (
        f"It is due on {for_people(timetable.list_due)}: {standing}, counted from {for_people(version.on)}."
    )


def _overview(cases: CaseList, gaps: Any) -> dict[str, Any]:
    lacking = [in_a_sentence(name) for name in cases.identified.coded.not_available]
    return {
        "picture": _picture("overview", picture_of_gaps(gaps, len(cases))),
        "shown": min(len(gaps), MOST_LINES),
        "all": len(gaps),
        "not_available": listed(lacking) if lacking else "",
    }


def _cohorts(cases: CaseList) -> dict[str, Any]:
    coded = cases.identified.coded
    several = int((coded.people[list(coded.code_names)].sum(axis=1) > 1).sum())
    overridden = int(coded.evidence["overridden"].sum())
    corrected = (
        f"{overridden:,} times; each time the rule's own answer was kept beside it" if overridden else ""
    )
    return {
        "title": f"{len(coded.drawable):,} of {len(coded.people):,} eligible people meet a cohort code, {several:,} "
        "more than one",
        "none": len(coded.people) - len(coded.drawable),
        "corrected": corrected,
        "overlap": report_parts.overlap_table(cases),
    }


def _chances(cases: CaseList) -> dict[str, Any]:
    drawn, spread = cases.identified.drawn, chance_spread(cases)
    picture = None if spread is None else chances_picture(cases, spread)
    return {
        "title": "Nothing was left to chance" if picture is None else picture.title,
        "chosen": _how_chosen(cases),
        "summary": clean(cases.chance_summary()),
        "picture": None if picture is None else _picture("chances", picture),
        "certificate": drawn.certificate.in_words(),
        "notes": [clean(note) for note in drawn.notes],
    }


def _how_chosen(cases: CaseList) -> str:
    """What was left to the lottery."""
    drawn = cases.identified.drawn
    if len(drawn.order) <= len(drawn.chosen):
        return "Everyone who could be drawn is on the list, so no lottery was needed."
    if not ((drawn.chances > 0) & (drawn.chances < CERTAIN)).any():
        return "The design leaves only one list, so nothing was left to chance."
    return "A lottery drew the list. Every quota holds in each list that it can draw; everyone's chance is known."


def _risk(release: Release) -> dict[str, Any]:
    return {
        "picture": _picture("risk", release.risk.picture()) if len(release.table) else None,
        "columns": listed([in_a_sentence(str(name)) for name in release.table.columns]),
        "cost": _cost(release),
        "shown": report_parts.shown_table(release),
        "kinds": ", ".join(f"{code} {count}" for code, count in release.rule.kinds().items()),
    }


def _cost(release: Release) -> str:
    """Which column the promise cost most."""
    shown = release.rule.shown()
    lost = shown["in_part"] + shown["withheld"]
    if not len(shown) or lost.max() < 0.05:
        return "No column lost any detail."
    most = shown.loc[lost.idxmax()]
    name = heading(str(most["column"]))
    return (
        f"{name} cost most: on the lottery's average {most['in_full']:.1f} of {release.rule.frame.places:.0f} rows show "
        "it in full."
    )


def _changes(version: report_parts.Version) -> dict[str, Any]:
    table = report_parts.changes_table(version)
    title = f"{count_of(len(table.rows), 'case')} left since version {version.number - 1}"
    if version.number == 1:
        title = "Nothing changed: this is the first version"
    return {"title": title, "table": table}


def _decided(cases: CaseList) -> dict[str, Any]:
    told = report_parts.decisions_in_words(cases)
    words = cases.identified.design.describe().split("\n")
    are = count_of(len(told), "entry is", "entries are")
    return {
        "title": f"{are} in the record of this list, the last of {for_people(cases.history[-1].on)}",
        "told": told,
        "design": [clean(line.removeprefix("- ")) for line in words if line],
    }


def _annex(cases: CaseList, release: Release, gaps: Any) -> dict[str, Any]:
    pool, quotas = cases.identified.coded.pool, report_parts.quotas_table(cases)
    others = tuple(row for row in quotas.rows if row[0] not in set(gaps["group"]))
    tables = [
        report_parts.account_table(cases),
        report_parts.findings_table(cases),
        report_parts.flow_table(cases),
        report_parts.levels_table(gaps),
        replace(quotas, caption="Quotas for other groups", rows=others),
        report_parts.limits_table(cases),
        report_parts.chance_table(cases),
        report_parts.weighed_table(release),
    ]
    return {
        "tables": [table for table in tables if table.rows],
        "person_file": pool.extract.details is not None,
        "unused": len(pool.extract.unused_headings),
    }


# -- for sharing -------------------------------------------------------------------------------------


def _to_share(cases: CaseList, release: Release) -> dict[str, Any]:
    """Pool, what was asked, the lottery's average, chances: of this list only what the return says."""
    coded = cases.identified.coded
    spread = chance_spread(cases)
    notes: dict[str, list[str]] = {}
    plain = dict(zip(_promised(release, counted=True), _promised(release, counted=False), strict=True))
    for subject, words in note_rows(release):
        notes.setdefault(subject, []).append(plain.get(words, words))
    coverage = report_parts.coverage_table(release)
    codes = tuple(row[:1] + row[3:4] + row[2:3] for row in coverage.rows if row[0][:4] in CODE_NAMES)
    return {
        "marking": "For sharing: this page does not count the list",
        "funnel": [
            ("in the extract", in_steps(len(coded.pool.extract.people))),
            ("assessed in the window", in_steps(len(coded.people))),
            ("with a cohort code", in_steps(len(coded.drawable))),
            ("places", f"{cases.design.size:,}"),
        ],
        "chances": _chances_in_words(spread),
        "notes": notes,
        "coverage": coverage,
        "codes": report_parts.Table(
            "What was asked of the lottery for each group",
            ("Group", "At least", "Places on the lottery's average"),
            codes,
            (1, 2),
        ),
        "chance_table": report_parts.chance_table(cases, in_steps),
    }


def _chances_in_words(spread: Spread | None) -> str:
    """Chances without their reasons: a quota's name can tell of a group of few people."""
    if spread is None:
        return "Nothing was left to chance."
    return (
        f"Equal would be {one_in(spread.equal)} for everyone in the draw. The lowest chance is {one_in(spread.lowest)}, "
        f"the highest is {one_in(spread.highest)}. They were fixed before the draw, by what was asked of the list."
    )


_STEPS = 30


def chances_picture(cases: CaseList, spread: Spread) -> Columns:
    """Everyone for whom the lottery is open, by their chance; the line is at an equal one."""
    chances = cases.identified.chances_in_draw.to_numpy()
    chances = chances[(chances > 0) & (chances < CERTAIN)]
    counts, edges = np.histogram(chances, bins=_STEPS, range=(0.0, float(chances.max()) * (1 + 1e-9)))
    below, above = int((chances < spread.equal).sum()), int((chances >= spread.equal).sum())
    tail = f"The highest: {one_in(spread.highest)}{spread.why_highest}"
    return Columns(
        f"The lowest chance is {spread.lowest / spread.equal:.2f} of an equal one, the highest "
        f"{spread.highest / spread.equal:.1f} times as much",
        tuple(edges.tolist()),
        tuple(counts.tolist()),
        "people",
        "chance in 100",
        spread.equal,
        f"equal: {one_in(spread.equal)}",
        (
            f"{people(below)} below an equal chance of {one_in(spread.equal)}",
            f"{people(above)} at or above it",
            f"the lowest {one_in(spread.lowest)}{spread.why_lowest}",
            f"the highest {one_in(spread.highest)}{spread.why_highest}",
        ),
        tail=tail,
    )
