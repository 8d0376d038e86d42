"""A list in words: why somebody is, or is not, on it, and what everyone's chance was."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from casetrack.cohort_rules import CODE_NAMES
from casetrack.dates import for_people
from casetrack.eligibility import REASONS
from casetrack.errors import CasetrackError, HistoryError
from casetrack.references import check_reference

if TYPE_CHECKING:
    from casetrack.case_list import CaseList

__all__ = ["Explanation", "chance_summary", "explain", "one_in"]


@dataclass(frozen=True)
class Explanation:
    """Why a person is, or is not, on the list.

    Parameters
    ----------
    outcome
        ``on the list``, ``left the list``, ``passed over``, ``excluded``, ``no code`` or ``left out``.
    sentences
        The reasons, in the order of the rules; they do not repeat the identifier that was asked for.
    """

    outcome: str
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((f"This person is: {self.outcome}.", *self.sentences))

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(s)}</li>" for s in self.sentences)
        return f"<p><strong>{escape(self.outcome)}</strong></p><ul>{items}</ul>"


def one_in(chance: float) -> str:
    """A chance as people say it.

    Examples
    --------
    >>> one_in(0.001232), one_in(1.0), one_in(0.0), one_in(0.65)
    ('1 in 812', 'certain', 'none', '65 in 100')
    """
    if chance <= 0:
        return "none"
    if chance >= 1 - 1e-9:
        return "certain"
    return f"1 in {1 / chance:,.0f}" if chance <= 0.4 else f"{100 * chance:.0f} in 100"


def chance_summary(cases: CaseList) -> str:
    """See `CaseList.chance_summary`."""
    known = cases.identified
    chances = known.drawn.chances.to_numpy()
    open_to = chances[(chances > 0) & (chances < 1 - 1e-12)]
    fixed = int((chances >= 1 - 1e-12).sum())
    if not len(open_to):
        return f"Everyone who could be drawn is on the list ({fixed} people); nothing was left to chance."
    places = len(known.drawn.chosen) - fixed
    words = [
        f"Equal would be {one_in(places / len(open_to))} for each of the {len(open_to):,} people;",
        f"the lowest chance is {one_in(float(open_to.min()))}, the highest {one_in(float(open_to.max()))}.",
    ]
    raised = known.drawn.multipliers
    if len(raised):
        ordered = raised.reindex(np.argsort(-raised["multiplier"].abs().to_numpy(), kind="stable"))
        up = [
            _quota_name(f, v)
            for f, v, m in ordered[["feature", "value", "multiplier"]].itertuples(index=False)
            if m > 1e-9
        ]
        down = [
            _quota_name(f, v)
            for f, v, m in ordered[["feature", "value", "multiplier"]].itertuples(index=False)
            if m < -1e-9
        ]
        if up:
            words.append(f"Minimums that raise a chance: {', '.join(up[:6])}.")
        if down:
            words.append(f"Maximums that lower a chance: {', '.join(down[:6])}.")
    none = int((chances <= 0).sum())
    if none:
        words.append(
            f"{none:,} eligible people have no chance (no cohort code, excluded, or shut out by the quotas)."
        )
    return " ".join(words)


def _quota_name(feature: str, value: str) -> str:
    return feature if value == "yes" else f"{feature.replace('_', ' ')} {value}"


def explain(cases: CaseList, who: str) -> Explanation:
    """See `CaseList.explain`."""
    known = cases.identified
    person = known.coded.pool.extract.find_people([str(who)])[0]
    if person is None:
        try:
            person = known.people.get(check_reference(str(who)))
        except CasetrackError:
            person = None
    if person is None:
        raise HistoryError.of(
            "person-unknown",
            "nobody in the extract or on the list has that identifier or case reference.",
            advice="Check it. A case reference's last character is a check.",
        )
    by_person = {p: r for r, p in known.people.items()}
    if person in by_person:
        return _explain_case(cases, by_person[person], person)
    return _explain_other(cases, person)


def _codes_in_words(cases: CaseList, person: str) -> list[str]:
    evidence = cases.identified.coded.evidence
    mine = evidence[(evidence["person_id"] == person).to_numpy()]
    return [
        f"{code}, {CODE_NAMES.get(code, '')}: {text}."
        for code, text in zip(mine["code"], mine["evidence"], strict=True)
    ]


def _chance_in_words(cases: CaseList, person: str) -> str:
    drawn = cases.identified.drawn
    return f"The chance of being drawn was {one_in(float(drawn.chances[person]))}."


def _explain_case(cases: CaseList, reference: str, person: str) -> Explanation:
    case = cases.states[reference]
    came = (
        f"Came on the list on {for_people(case.since)} in place of case {case.in_place_of}: next in the draw's own order "
        "who keeps every quota."
        if case.in_place_of
        else f"Drawn on {for_people(case.since)} as case {reference}, listed as {case.listed_as}."
    )
    design = cases.identified.design
    if person in design.must_include:
        came = f"Has a fixed place by the design: {design.must_include[person]}."
    sentences = [came, _chance_in_words(cases, person), *_codes_in_words(cases, person)]
    if case.on_list:
        return Explanation("on the list", tuple(sentences))
    assert case.left_on is not None
    sentences.append(f"Left the list on {for_people(case.left_on)}: {case.left_because}.")
    return Explanation("left the list", tuple(sentences))


def _explain_other(cases: CaseList, person: str) -> Explanation:
    known = cases.identified
    pool = known.coded.pool
    if person in pool.left_out.index:
        row = pool.left_out.loc[person]
        note = f" The council's reason: {row['note']}." if row["note"] else ""
        words = f"Not eligible on {for_people(pool.as_at)}: {REASONS[row['reason']]}.{note}"
        return Explanation("left out", (words,))
    if person not in known.coded.drawable.index:
        return Explanation("no code", ("Eligible, but meets no cohort code, so cannot be drawn.",))
    if person in known.design.exclude:
        return Explanation("excluded", (f"Excluded by the design: {known.design.exclude[person]}.",))
    place = list(known.drawn.order).index(person) + 1
    sentences = [
        *_codes_in_words(cases, person),
        _chance_in_words(cases, person),
        f"The lottery did not draw this person. In the draw's own order they stand at place {place:,} of "
        f"{len(known.drawn.order):,}; who falls out is replaced by the first in that order who keeps every quota.",
    ]
    return Explanation("passed over", tuple(sentences))
