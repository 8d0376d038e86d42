"""What a simulated intruder reaches, in words."""

from __future__ import annotations

import pandas as pd

from casetrack.headings import in_a_sentence

__all__ = ["EVERYTHING", "statement"]

#: The attacker who needs no list of facts to be told apart from the others.
EVERYTHING = "somebody who knows everything released"


def statement(results: pd.DataFrame, records: int, frame_size: int, learnt: str) -> str:
    """What the attackers reach, in plain English.

    Parameters
    ----------
    results, records, frame_size, learnt
        Those of :class:`casetrack.verify.intruder.Intrusion`.

    Returns
    -------
    str
        Paragraphs, one a line: one per attacker. No record, no person and no value is named.
    """
    parts = [
        f"{records} records were attacked by somebody who knows facts about people, {frame_size:,} of "
        "whom they could be about. Every target and every guess was counted, so the chances are exact."
    ]
    for _, both in results.groupby("attacker", sort=False):
        rows = {str(row["stage"]): row for _, row in both.iterrows()}
        parts.append(_in_words(rows["finest"], rows["released"], records, learnt))
    parts.append(
        "The chances hold for somebody who takes every fitting record as equally likely and knows nothing besides. "
        "They do not cover how the coarsening was chosen, other releases, or what a record pack says."
    )
    return "\n".join(parts)


def _in_words(before: pd.Series, after: pd.Series, records: int, learnt: str) -> str:
    name = str(after["attacker"])
    known = [in_a_sentence(column) for column in str(after["knows"]).split(", ")]
    facts = known[0] if len(known) == 1 else f"{', '.join(known[:-1])} and {known[-1]}"
    is_everything = name == EVERYTHING
    opening = f"{name[0].upper()}{name[1:]} " + (f"({facts})" if is_everything else f"knows {facts}")
    lines = [
        f"{opening}. Of somebody known to be on the list they name the right record with a chance of "
        f"{after['prosecutor']:.1%} ({before['prosecutor']:.1%} before details were made coarser; "
        f"{after['prosecutor_guess']:.1%} by naming any record); for {after['alone']} of {records} people only their "
        f"own record fits ({before['alone']} before).",
        f"Of somebody who may be listed or not: some record fits {after['claims']:.0%} of the "
        f"pool, and naming it is right {_one_in(after['right_when_claimed'])} "
        f"({_one_in(before['right_when_claimed'])} before).",
        f"Naming a person for every record, they could expect {_number(after['marketer'])} of {records} to be right "
        f"({_number(before['marketer'])} before; {_number(after['marketer_guess'])} by naming anybody).",
    ]
    if learnt:
        lines.append(
            f"They rightly name {_what(learnt)} for {after['learns']:.0%} of those listed "
            f"({before['learns']:.0%} before; {after['learns_guess']:.0%} by always naming the commonest)."
        )
    return " ".join(lines)


def _what(learnt: str) -> str:
    return "the cohort code of the list" if learnt == "listed_as" else in_a_sentence(learnt)


def _one_in(chance: float) -> str:
    times = 1 / chance
    return f"1 time in {times:,.0f}" if times >= 10 or times == round(times) else f"1 time in {times:.1f}"


def _number(expected: float) -> str:
    return f"{expected:.0f}" if expected >= 10 else f"{expected:.2g}"
