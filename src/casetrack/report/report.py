"""The council's own report of a draw: one page that works offline, with pictures, and names nobody."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pandas as pd
from markupsafe import Markup

from casetrack.dates import for_people
from casetrack.files import write_file
from casetrack.headings import heading
from casetrack.lottery.chance_words import CERTAIN, one_in
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.release.promises import promise
from casetrack.report import pictures, report_parts
from casetrack.report.report_parts import Table
from casetrack.stages import need
from casetrack.words import clean, people

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList
    from casetrack.release.release import Release

__all__ = ["report_html", "write_report"]


def write_report(
    cases: CaseList, release: Release, path: str | os.PathLike[str], *, force: bool = False
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
    force
        Replace a file that is already there.

    Returns
    -------
    Path

    Raises
    ------
    OutputError
        ``file-exists`` when the file is there and ``force`` is not given.
    HistoryError
        ``people-not-known`` for a list that was opened from a file and not yet attached to its pool.
    """
    return write_file(path, report_html(cases, release), force=force)


def report_html(cases: CaseList, release: Release) -> str:
    """The report of a draw as one HTML page.

    It is for the council's own eyes, since its counts are not suppressed; still it holds no identifier, no name, no
    date of birth and no free text: of the extract only categories and counts.

    Parameters
    ----------
    cases
        The list, with its people at hand.
    release
        What ``pseudonymise`` gave.

    Returns
    -------
    str
        HTML with its style and pictures inside: nothing is loaded and no script runs. The same list and release give
        the same text.

    Raises
    ------
    HistoryError
        ``people-not-known`` for a list that was opened from a file and not yet attached to its pool.

    Examples
    --------
    >>> import casetrack as ct
    >>> from casetrack.synthetic import make_council
    >>> pool = ct.find_eligible(ct.read_extract(make_council(people=600, seed=3).extract), "2026-03-31")
    >>> coded = ct.code_cohorts(pool)
    >>> cases = ct.draw(coded, ct.Design.suggest(coded), seed="Northshire, 2 April 2026", on="2026-04-02")
    >>> page = report_html(cases, ct.pseudonymise(cases))
    >>> page.startswith("<!DOCTYPE html>"), "<script" in page
    (True, False)
    """
    need(cases, "CaseList", "cases")
    need(release, "Release", "release")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("casetrack.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html").render(
        **_head(cases, release),
        rows=_rows(cases),
        rule=_rule(cases),
        cohorts=_cohorts(cases),
        characteristics=_characteristics(cases),
        chances=_chances(cases),
        quotas=_quotas(cases),
        release=_release(release),
        repeat=report_parts.repeat_table(cases, release),
        log=report_parts.log_table(cases),
    )


def _head(cases: CaseList, release: Release) -> dict[str, Any]:
    coded = cases.identified.coded
    pool = coded.pool
    return {
        "size": len(cases),
        "asked": cases.design.size,
        "drawn_on": for_people(cases.history[0].on),
        "as_at": for_people(pool.as_at),
        "window_starts": for_people(pool.window_starts),
        "months": pool.months,
        "rows_read": pool.extract.account.read,
        "people": len(pool.extract.people),
        "eligible": len(coded.people),
        "drawable": len(coded.drawable),
        "in_the_draw": len(cases.identified.drawn.order),
        "chosen": _how_chosen(cases),
        "released": len(release.table),
        "version": release.facts["version"],
    }


def _how_chosen(cases: CaseList) -> str:
    """What was left to the lottery, and what the design decided before it."""
    known = cases.identified
    fixed, excluded = len(known.design.must_include), len(known.design.exclude)
    chances = known.drawn.chances
    if len(known.drawn.order) <= len(known.drawn.chosen):
        words = ["Everyone who could be drawn is on the list, so no lottery was needed."]
    elif not ((chances > 0) & (chances < CERTAIN)).any():
        words = ["The design leaves only one list, so nothing was left to chance."]
    else:
        words = [
            "A lottery drew the list. Every quota holds in each list that it can draw; everyone's chance is known."
        ]
    if fixed:
        words.append(
            f"The design fixed {fixed:,} {'place' if fixed == 1 else 'places'}, which the lottery did not draw."
        )
    if excluded:
        words.append(f"The design excluded {people(excluded)}.")
    return " ".join(words)


def _lowest_chance(cases: CaseList) -> str:
    """The smallest chance of anyone who has one, and how many have none beside it."""
    drawn = cases.identified.drawn
    chances = drawn.chances.loc[list(drawn.order)].to_numpy()
    lowest, none = one_in(float(chances[chances > 0].min(initial=1.0))), int((chances <= 0).sum())
    if not none:
        return lowest
    others = "1 other person has" if none == 1 else f"{none:,} other people have"
    return f"{lowest}; {others} a cohort code, are not excluded and still have no chance under the design"


def _picture(name: str, table: Table, make: Any, about: str) -> Markup:
    """A picture with the numbers of its table in words; both functions that it is made of escape their text."""
    return Markup(
        pictures.inline_svg(
            name, make, f"{about} {report_parts.in_words(table.rows)}. The table has all numbers."
        )
    )


def _rows(cases: CaseList) -> dict[str, Any]:
    extract = cases.identified.coded.pool.extract
    return {
        "account": report_parts.account_table(cases),
        "findings": report_parts.findings_table(cases),
        "unused": len(extract.unused_headings),
        "person_file": extract.details is not None,
    }


def _rule(cases: CaseList) -> dict[str, Any]:
    table = report_parts.flow_table(cases)
    steps = cases.identified.coded.pool.flow.to_dict("records")
    # Reasons that hold for nobody stay in the table; a bar for each would hide the few that matter.
    shown = [s for i, s in enumerate(steps) if i in (0, len(steps) - 1) or s["left_out"]]
    make = partial(
        pictures.bars,
        [
            s["step"] if s["reason"] in ("", "eligible") else f"without: {s['reason'].replace('_', ' ')}"
            for s in shown
        ],
        [int(s["remaining"]) for s in shown],
        "people remaining",
        marked=[f" ({s['left_out']:,} left out)" if s["left_out"] else "" for s in shown],
        emphasis=len(shown) - 1,
    )
    about = "Bars: people remaining after each step of the 12-month rule, from everyone in the extract to the eligible."
    return {"table": table, "picture": Markup(pictures.inline_svg("flow", make, about))}


def _cohorts(cases: CaseList) -> dict[str, Any]:
    table = report_parts.cohort_table(cases)
    cover = cases.coverage()
    lines = cover[cover["characteristic"] == "cohort_code"]
    lines = lines.assign(level=[f"{code}: {CODE_NAMES.get(code, '')}" for code in lines["level"]])
    return {
        "table": table,
        "picture": _pairs(
            "cohorts", table, lines, "Share of eligible people and of the list by cohort code. Eligible:"
        ),
        "none": len(cases.identified.coded.people) - len(cases.identified.coded.drawable),
        "overridden": int(cases.identified.coded.evidence["overridden"].sum()),
    }


def _characteristics(cases: CaseList) -> dict[str, Any]:
    parts = []
    for name, table, lines in report_parts.coverage_tables(cases):
        about = f"Share of eligible people and of the list by {table.headings[0].lower()}. Eligible:"
        parts.append(
            {
                "title": table.headings[0],
                "table": table,
                "picture": _pairs(name.replace("_", "-"), table, lines, about),
            }
        )
    lacking = [heading(name).lower() for name in cases.identified.coded.not_available]
    return {"parts": parts, "not_available": ", ".join(lacking)}


def _pairs(name: str, table: Table, lines: pd.DataFrame, about: str) -> Markup:
    make = partial(
        pictures.pairs, lines["level"].tolist(), lines["pool_share"].tolist(), lines["list_share"].tolist()
    )
    return _picture(f"pairs-{name}", table, make, about)


def _chances(cases: CaseList) -> dict[str, Any]:
    drawn = cases.identified.drawn
    table = report_parts.chance_table(cases)
    names = [row[0] for row in table.rows]
    counts = [int(row[1].replace(",", "")) for row in table.rows]
    make = partial(pictures.bars, names, counts, "eligible people")
    return {
        "summary": clean(cases.chance_summary()),
        "table": table,
        "picture": _picture("chances", table, make, "Bars: eligible people by their chance of being drawn."),
        "lowest": _lowest_chance(cases),
        "certificate": cases.identified.drawn.certificate.in_words(),
        "notes": [clean(note) for note in drawn.notes],
    }


def _quotas(cases: CaseList) -> dict[str, Any]:
    return {
        "table": report_parts.quotas_table(cases),
        "limits": report_parts.limits_table(cases),
        "described": [
            clean(line.removeprefix("- ")) for line in cases.identified.design.describe().split("\n") if line
        ],
        "replaced": sum(1 for line in cases.history if line.action == "replaced"),
    }


def _release(release: Release) -> dict[str, Any]:
    return {
        "columns": [heading(name) for name in release.table.columns],
        "statement": promise(release.rule, release.readers, release.table, release.weighed),
        "tables": [
            report_parts.weighed_table(release),
            report_parts.shown_table(release),
            report_parts.kinds_table(release),
        ],
        "notes": list(release.notes),
        "k": release.k,
    }
