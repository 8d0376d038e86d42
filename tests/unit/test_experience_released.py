"""What a return may tell of what happened to people, and what stays in the council."""

from __future__ import annotations

from pathlib import Path

import pytest

import casetrack as ct
from casetrack.errors import ReleaseError
from casetrack.pool.experience import COUNCIL_ONLY, MEASURES
from casetrack.pool.preparing import prepare
from casetrack.synthetic import make_council

#: What the specification lets stand row by row, by name.
MAY = ("wait_for_assessment", "wait_for_support", "support_group", "route_in", "journey_now")


@pytest.fixture(scope="module")
def cases() -> ct.CaseList:
    coded = prepare(make_council(people=900, seed=12).extract, "2026-03-31")
    return ct.draw(coded, ct.Design.suggest(coded, size=30), seed="released", on="2026-04-02", key=bytes(32))


@pytest.mark.parametrize("name", [name for name in MEASURES if name not in MAY])
def test_other_measures_are_refused_row_by_row(cases: ct.CaseList, name: str) -> None:
    with pytest.raises(ReleaseError, match="never-released"):
        ct.pseudonymise(cases, columns=[name])


def test_the_allowed_ones_are_shown_only_when_named(cases: ct.CaseList, tmp_path: Path) -> None:
    assert not set(MEASURES) & set(ct.pseudonymise(cases).table)


def test_what_is_shown_is_weighed_and_verified(tmp_path: Path) -> None:
    coded = prepare(make_council(people=900, seed=12).extract, "2026-03-31")
    cases = ct.draw(coded, ct.Design.suggest(coded, size=30), seed="shown", on="2026-04-02", key=bytes(32))
    release = ct.pseudonymise(cases, columns=["age_band", *MAY])
    assert set(MAY) <= set(release.table)
    assert release.weighed.loc[release.weighed["exception"] == "", "one_in"].min() >= release.k
    assert not {"care home", "Hospital >"} & set(release.table["journey_now"])
    release.to_excel(tmp_path / "case-list.xlsx")
    assert ct.verify_release(tmp_path / "case-list.xlsx", cases, release).passed


def test_the_coverage_counts_the_rest_and_never_the_councils_own(cases: ct.CaseList) -> None:
    told = set(ct.pseudonymise(cases).coverage["characteristic"])
    assert told >= set(MEASURES) - set(COUNCIL_ONLY)
    assert not told & set(COUNCIL_ONLY)
    assert set(cases.coverage()["characteristic"]) >= set(MEASURES)


def test_an_explanation_tells_the_journey_to_the_council(cases: ct.CaseList) -> None:
    person = cases.ids[0]
    told = str(cases.explain(person))
    assert f"The journey in the record: {cases.identified.coded.people.at[person, 'journey']}." in told
