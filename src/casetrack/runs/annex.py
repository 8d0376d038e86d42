"""The annex of a data protection impact assessment, filled in from a manifest; what people have to judge is left open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casetrack.headings import in_a_sentence

__all__ = ["dpia_annex"]


def dpia_annex(told: Mapping[str, Any]) -> str:
    """Markdown: purpose, context, consequence, future review, and what each kind of reader could do."""
    shown, draw, rule = told["release"], told["draw"], told["rule"]
    columns = [in_a_sentence(name) for name in shown["columns"]]
    lines = [
        "# Annex: release of a case list",
        "",
        "Figures are of this very release, from its manifest. Text in brackets is for the council to fill in.",
        "",
        "## Purpose",
        "",
        f"{told['design']['size']} cases, each coded CT01 to CT07, assessed within {rule['months']} months to "
        f"{rule['as_at']}, for CQC to choose ten of for case tracking. Shown of each case: {', '.join(columns)}.",
        "Could the purpose be met with fewer or coarser columns? [yes / no, because]",
        "",
        "## Context",
        "",
        "Who receives the list: [named role at CQC], through [the secure portal]. Who else can see it there: [roles].",
        f"People who could be drawn: {shown['people']:,}, for {shown['places']:g} places. "
        f"The lottery: {str(draw.get('lottery', draw['design']))[:12]}, edition {told['coding']['edition']}.",
        "",
        *_readers(shown, told["design"]["size"]),
        "",
        "Who knows which people are on the list: [roles]. Nobody else is told.",
        "",
        "## Consequence",
        "",
        "Who finds a person in the list learns that they draw on adult social care, a cohort code, and what their "
        "row shows.",
        *_what_is_shown(shown),
        "Harm that could follow, and to whom: [for example a person in a refuge; a carer unknown to the family].",
        "",
        "## Linkability",
        "",
        f"This list has one release rule ({shown['rule'][:12]}) and one coverage statement ({shown['coverage'][:12]}). "
        "Every version shows the rows of those who stayed as before, and of who came the code alone. Lists of the same "
        "people for another purpose: [none / which, and what joins them].",
        "",
        "## Future review",
        "",
        "The lookup is kept until [date] by [role], and destroyed then. We look at this again on [date], and when "
        "another list of the same people is asked for.",
        "",
        "Decided by [name, role] on [date]. Data protection officer consulted: [name, date, advice].",
    ]
    return "\n".join(lines) + "\n"


def _readers(shown: Mapping[str, Any], size: int) -> list[str]:
    """What each kind of reader could do."""
    k, readers = shown["k"], shown["readers"]
    if k == 1:
        return ["Nothing was made coarser: who knows somebody's details may find their row."]
    most = f"{size / k:g}"
    rows = [
        "| a reader who knows | can expect to name rightly | surer than 1 in k of |",
        "| --- | --- | --- |",
        f"| what can be shown of everybody, the chances and the rule | {readers['rule']:.1f} of {size} (1 in {k} would "
        f"be {most}) | {_outside(shown)} |",
    ]
    if "fits" in readers:
        rows.append(
            f"| and everything that each list has to hold (practice lists) | {readers['fits']:.1f} | "
            f"{readers['fits_above']:.1f} rows |"
        )
    rows.append(
        "| who is on the list, who left it, or the sealed key with the number of the draw | no promise | |"
    )
    return rows


def _outside(shown: Mapping[str, Any]) -> str:
    parts = [
        f"{count if count > 4 else 'fewer than 5'} rows: {why}" for why, count in shown["exceptions"].items()
    ]
    return "; ".join(parts) or "no row"


def _what_is_shown(shown: Mapping[str, Any]) -> list[str]:
    lines = [
        f"- {in_a_sentence(name)}: on the lottery's average in full in {row['in_full']:g} rows, in part in "
        f"{abs(row['in_part']):g}, withheld in {abs(row['withheld']):g}"
        for name, row in shown["shown"].items()
    ]
    kinds = ", ".join(f"{code} {count}" for code, count in shown["kinds"].items())
    return ["", *lines, f"- kinds of row that can be told apart: {kinds}", ""]
