"""Hypothesis strategies for people who build on casetrack: extracts, coded pools, designs and the lives of lists.

Needs Hypothesis and Faker (the extra ``testing``); nothing else of casetrack imports this module. Everybody
in the examples is invented.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

import pandas as pd
from hypothesis import strategies as st

from casetrack.cases.case_list import CaseList, draw
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.design import Design, Quota
from casetrack.errors import InfeasibleDesignError
from casetrack.extract import read_extract
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.release.release import pseudonymise
from casetrack.synthetic import FLAWS, Council, make_council
from casetrack.words import NOT_RECORDED

__all__ = ["AS_AT", "coded_pools", "designs", "extracts", "lives"]

AS_AT = dt.date(2026, 3, 31)
"""The day on which every example is looked at."""

_DRAWN_ON = dt.date(2026, 4, 2)
_KEY = bytes(range(32))
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def extracts(flaws: Iterable[str] | str = (), *, most_people: int = 40) -> st.SearchStrategy[pd.DataFrame]:
    """Client Level Data as ``read_extract`` takes it: one row per event, all text.

    Parameters
    ----------
    flaws
        Kinds of trouble that an example may have, by their names in ``casetrack.synthetic.FLAWS``, or ``"all"``. An
        example has any of them, or none.
    most_people
        The most people in an example.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from casetrack.extract import read_extract
    >>> @settings(max_examples=5, deadline=None)
    ... @given(rows=extracts(flaws=["invalid_nhs_number", "unreadable_date"]))
    ... def every_row_is_accounted_for(rows):
    ...     assert read_extract(rows).account.adds_up
    >>> every_row_is_accounted_for()
    """
    return _councils(flaws, most_people).map(lambda council: council.extract)


def coded_pools(flaws: Iterable[str] | str = (), *, most_people: int = 120) -> st.SearchStrategy[CodedPool]:
    """Coded pools, on ``AS_AT``, in which at least one person can be drawn.

    Parameters
    ----------
    flaws, most_people
        As for ``extracts``, of the extract that a pool is made from.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(coded=coded_pools())
    ... def everybody_drawable_has_a_code(coded):
    ...     assert coded.drawable[list(coded.code_names)].any(axis=1).all()
    >>> everybody_drawable_has_a_code()
    """
    return _councils(flaws, most_people).map(_coded).filter(lambda coded: len(coded.drawable) > 0)


def designs(coded: CodedPeople | None = None) -> st.SearchStrategy[Design]:
    """Designs: of a pool's own columns and people, or, without a pool, anything that is well formed.

    A design may ask for what no list can give.

    Parameters
    ----------
    coded
        The coded pool. Fixed places and exclusions name people of it.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(design=designs())
    ... def a_design_reads_back(design):
    ...     assert Design.from_toml(design.to_toml()) == design
    >>> a_design_reads_back()
    """
    return _well_formed() if coded is None else _of_a_pool(coded)


def lives(cases: CaseList | None = None, *, most_decisions: int = 8) -> st.SearchStrategy[CaseList]:
    """Case lists after any decisions that can follow their draw: replaced, permission, selected, released.

    Parameters
    ----------
    cases
        A list drawn by 2 April 2026; without one, those of small pools with suggested designs.
    most_decisions
        The most decisions after the draw.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=3, deadline=None)
    ... @given(cases=lives(most_decisions=2))
    ... def nobody_is_on_the_list_twice(cases):
    ...     assert len(set(cases.ids)) == len(cases)
    >>> nobody_is_on_the_list_twice()
    """
    start = coded_pools().map(_drawn) if cases is None else st.just(cases)
    return start.flatmap(lambda drawn: _carried_on(drawn, most_decisions))


def _councils(flaws: Iterable[str] | str, most_people: int) -> st.SearchStrategy[Council]:
    named = tuple(FLAWS) if flaws == "all" else (flaws,) if isinstance(flaws, str) else tuple(flaws)
    return st.builds(
        make_council,
        people=st.integers(1, most_people),
        seed=st.integers(0, 10_000),
        release=st.sampled_from(["R2", "R1", "mixed"]),
        flaws=st.lists(st.sampled_from(named), unique=True).map(tuple) if named else st.just(()),
        as_at=st.just(AS_AT),
    )


def _coded(council: Council) -> CodedPool:
    return code_cohorts(find_eligible(read_extract(council.extract, people=council.extras), AS_AT))


def _drawn(coded: CodedPool) -> CaseList:
    plain = Design.suggest(coded, balance=False)
    return draw(coded, plain, "A test", on=_DRAWN_ON, key=_KEY, reference_seed="a test")


def _quotas(most: int) -> st.SearchStrategy[Quota]:
    return st.builds(
        lambda low, more: Quota(min=low, max=None if more is None else low + more),
        st.integers(0, most),
        st.none() | st.integers(0, most),
    )


def _well_formed() -> st.SearchStrategy[Design]:
    levels = st.dictionaries(_TEXTS, _quotas(60), max_size=3).filter(lambda found: NOT_RECORDED not in found)
    return st.builds(
        Design,
        size=st.integers(1, 500),
        codes=st.dictionaries(st.sampled_from(sorted(CODE_NAMES)), _quotas(60), max_size=3),
        characteristics=st.dictionaries(_TEXTS, levels, max_size=3),
        at_most=st.dictionaries(_TEXTS | st.just("linked_group"), st.integers(1, 9), max_size=2),
        exclude=st.dictionaries(_TEXTS, _TEXTS.filter(str.strip), max_size=2),
        reasons=st.dictionaries(_TEXTS, _TEXTS, max_size=2),
    )


@st.composite
def _of_a_pool(draw: st.DrawFn, coded: CodedPeople) -> Design:
    """The suggested design with another size, and wishes, limits and people of the pool's own."""
    people = coded.people
    able = people.index[people[list(coded.code_names)].any(axis=1)]
    size = draw(st.integers(3, 30))
    design = Design.suggest(coded, size=size, balance=False)
    for column, fewest in (("team", 4), ("lead_professional", 1)):
        if column in people and draw(st.booleans()):
            design = design.with_at_most(column, draw(st.integers(fewest, 20)))
    levels = [
        (name, level)
        for name in coded.characteristic_names
        for level in sorted(set(people[name]) - {NOT_RECORDED})
    ]
    if levels:
        name, level = draw(st.sampled_from(levels))
        design = design.with_quota(name, level, min=0, max=draw(st.integers(size // 2, size)))
        name, level = draw(st.sampled_from(levels))
        pair = {draw(st.sampled_from(coded.code_names)): "yes", name: level}
        design = design.with_combination(pair, min=draw(st.integers(0, 3)))
    named = draw(st.lists(st.sampled_from(list(able)), unique=True, max_size=4))
    for person in named[:2]:
        design = design.with_fixed_place(person, "wanted")
    for person in named[2:]:
        design = design.without_person(person, "moved")
    return design


@st.composite
def _carried_on(draw: st.DrawFn, cases: CaseList, most: int) -> CaseList:
    day = _DRAWN_ON
    for action in draw(st.lists(st.sampled_from(sorted(_DECISIONS)), max_size=most)):
        day += dt.timedelta(draw(st.integers(0, 3)))
        if len(cases):
            cases = _DECISIONS[action](draw, cases, day)
    return cases


def _replaced(draw: st.DrawFn, cases: CaseList, on: dt.date) -> CaseList:
    reason = draw(st.sampled_from(["declined", "moved", "died", "no capacity to consent"]))
    gone = _case(draw, cases)
    try:
        # A newcomer's reference follows from the list so far, so that an example is the same each time it is tried.
        return cases.replace(gone, reason, on=on, reference_seed=f"after {len(cases.history)}")
    except InfeasibleDesignError:
        return cases  # Nobody who could come holds the code of the place.


def _asked(draw: st.DrawFn, cases: CaseList, on: dt.date) -> CaseList:
    status = draw(st.sampled_from(["asked", "given", "refused"]))
    return cases.permission(_case(draw, cases), status, in_writing=draw(st.booleans()), on=on)


def _selected(draw: st.DrawFn, cases: CaseList, on: dt.date) -> CaseList:
    return cases.select(draw(st.permutations(cases.references))[:10], on=on)


def _released(_: st.DrawFn, cases: CaseList, on: dt.date) -> CaseList:
    return cases.record_release(pseudonymise(cases, k=1).facts_on_record, on=on)


def _case(draw: st.DrawFn, cases: CaseList) -> str:
    return draw(st.sampled_from(cases.references))


_DECISIONS: Mapping[str, Callable[[st.DrawFn, CaseList, dt.date], CaseList]] = {
    "permission": _asked,
    "released": _released,
    "replaced": _replaced,
    "selected": _selected,
}
