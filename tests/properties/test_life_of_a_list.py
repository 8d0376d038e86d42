"""Any sequence of decisions: fifty or everyone, no repeats, nobody returns, every quota or the relaxation on record."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import casetrack as ct
from casetrack.cases.case_files import public_design
from casetrack.cases.case_list import CaseList
from casetrack.designs.design import Design
from casetrack.errors import HistoryError
from casetrack.testing import lives
from identifiers import told
from life_example import KEY, broken_quotas, coded
from share import examples

POOLS = ((300, 2), (60, 8))
REASONS = st.sampled_from(["declined", "moved", "died", "no capacity to consent"])


@functools.cache
def start(which: tuple[int, int], seed: int, fixed: bool) -> CaseList:
    pool = coded(*which)
    design = Design.suggest(pool, balance=False)
    if fixed:
        able = list(pool.drawable.index)
        design = design.with_fixed_place(able[3], "asked for").without_person(able[8], "a complaint")
    return ct.draw(pool, design, f"seed {seed}", on="2026-04-02", reference_seed="r")


def asked(plan: Design) -> str:
    return public_design(plan).digest()


class LifeOfAList(RuleBasedStateMachine):
    """A list carried through its life, and what must hold told by hand beside it."""

    @initialize(which=st.sampled_from(POOLS), seed=st.integers(0, 1), fixed=st.booleans())
    def drawn(self, which, seed, fixed):
        self.pool = coded(*which)
        self.day = dt.date(2026, 4, 2)
        self.cases = start(which, seed, fixed)
        self.design = self.cases.identified.design
        self.full = len(self.cases)
        self.gone: list[str] = []
        self.empty = 0
        self.furthest = 1
        self.tracked: list[str] = []
        self.reserve: list[str] = []
        self.days = {self.day: self.cases.references}
        assert self.full == min(50, len(self.pool.drawable) - fixed)

    def _after(self, cases):
        self.cases = cases
        self.days[self.day] = cases.references

    @rule(days=st.integers(0, 3))
    def time_passes(self, days):
        self.day += dt.timedelta(days)

    @precondition(lambda self: len(self.cases) > 12)
    @rule(place=st.integers(0, 49), reason=REASONS)
    def replace(self, place, reason):
        before, gone = self.cases, self.cases.references[place % len(self.cases)]
        table = before.reserves(1).set_index("case_reference")
        after = before.replace(gone, reason, on=self.day)
        decision = after.history[len(before.history)]
        assert (decision.action, decision.case) == ("replaced", gone)
        self.gone.append(before.identified.people[gone])
        if decision.detail["by"] is None:
            assert table.loc[gone, "place"] == 0
            self.empty += 1
        else:
            came = decision.detail["by"]["reference"]
            assert set(after.references) == set(before.references) - {gone} | {came}
            assert set(after.ids) - set(before.ids) == {table.loc[gone, "person_id"]}
            self.furthest = max(self.furthest, decision.detail["step"])
        if gone in self.tracked:
            self.tracked.remove(gone)
            if self.reserve:
                self.tracked.append(self.reserve.pop(0))
        if gone in self.reserve:
            self.reserve.remove(gone)
        self._after(after)

    @rule(
        place=st.integers(0, 49), status=st.sampled_from(["asked", "given", "refused"]), written=st.booleans()
    )
    def permission(self, place, status, written):
        ref = self.cases.references[place % len(self.cases)]
        before = self.cases.states[ref].person
        self._after(self.cases.permission(ref, status, in_writing=written, on=self.day))
        after = self.cases.states[ref].person
        if before.status == "given" and status != "refused":
            # Asked or told again: nothing that was given is taken back.
            assert (after.status, after.in_writing) == (
                "given",
                before.in_writing or (written and status == "given"),
            )
        else:
            assert (after.status, after.in_writing) == (status, written and status == "given")

    @rule(order=st.permutations(range(12)))
    def select(self, order):
        named = [self.cases.references[i] for i in order if i < len(self.cases)][:10]
        self._after(self.cases.select(named, on=self.day))
        self.tracked, self.reserve = named[:6], named[6:]

    @rule(seed=st.integers(0, 9))
    def rehearse(self, seed):
        table = self.cases.rehearse(min(10, len(self.cases)), seed=str(seed))
        assert set(table.index) <= set(self.cases.references)

    @rule()
    def release(self):
        made = ct.pseudonymise(self.cases, k=1)
        assert list(made.table.index) == list(self.cases.references)
        assert len(made.lookup) == len(self.cases.states)
        self._after(self.cases.record_release(made.facts_on_record, on=self.day))

    @rule(data=st.data())
    def as_of(self, data):
        day = data.draw(st.sampled_from(sorted(self.days)))
        assert self.cases.as_of(day).references == self.days[day]

    @invariant()
    def all_holds(self):
        if not hasattr(self, "cases"):
            return
        cases, ids = self.cases, self.cases.ids
        cases.verify()
        assert len(cases) == self.full - self.empty
        assert len(set(ids)) == len(ids)
        assert not set(ids) & set(self.gone)
        assert not set(ids) & set(self.design.exclude)
        if self.full == 50 and not self.empty and self.furthest == 1:
            # Higher steps of the ladder let minimums go; its own tests say which.
            assert broken_quotas(self.design, self.pool, list(ids)) == []
        states = cases.states
        assert {r for r, s in states.items() if s.selection == "tracked"} == set(self.tracked)
        assert {r for r, s in states.items() if s.selection == "reserve"} == set(self.reserve)
        assert len(self.tracked) <= 6


LifeOfAList.TestCase.settings = settings(
    deadline=None,
    max_examples=examples(8),
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    derandomize=True,
    # Making a failing life shorter draws it again some hundred times.
    phases=(Phase.explicit, Phase.generate),
)
TestLifeOfAList = LifeOfAList.TestCase


@settings(deadline=None, max_examples=examples(5))
@given(st.sampled_from(POOLS).flatmap(lambda which: lives(start(which, 1, True))))
def test_whatever_was_decided_is_kept_and_opened_and_made_again(cases: CaseList) -> None:
    known = cases.identified
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case-list.json"
        cases.save(path)
        opened = CaseList.open(path)
        assert opened == cases
        assert not told(path.read_text(encoding="utf-8"), known.people.values())
        older = dataclasses.replace(opened, history=opened.history[:-1])
        if older.history:
            with pytest.raises(HistoryError):
                older.save(path)
        assert CaseList.open(path) == cases
    attached = opened.attach(known.coded, known.people, known.design, key=KEY)
    assert attached.ids == cases.ids
    assert ct.replay(ct.Manifest.of(attached), known.coded, known.design, key=KEY).same


DAYS = st.integers(0, 40).map(lambda days: dt.date(2026, 4, 2) + dt.timedelta(days))
LATE = st.lists(
    st.tuples(st.sampled_from(["replace", "select", "permission", "release"]), DAYS, st.integers(0, 59)),
    min_size=2,
    max_size=8,
)


@settings(deadline=None, max_examples=examples(10), derandomize=True)
@given(entries=LATE)
def test_every_day_of_a_history_entered_in_any_order_is_as_it_was(entries) -> None:
    cases, refused = start(POOLS[1], 0, False), 0
    for what, day, place in entries:
        refs = (*cases.references[place % len(cases) :], *cases.references)
        try:
            if what == "replace":
                cases = cases.replace(refs[0], "moved", on=day, reference_seed=f"{len(cases.history)}")
            elif what == "select":
                cases = cases.select(list(dict.fromkeys(refs))[:10], on=day, note="a number")
            elif what == "permission":
                cases = cases.permission(refs[0], "given", on=day)
            else:
                made = ct.pseudonymise(cases, k=1)
                cases = cases.record_release(made.facts_on_record, on=day)
        except HistoryError as error:
            assert error.code == "not-yet-on-the-list"
            refused += 1
    released = [line.on for line in cases.history if line.action == "released"]
    assert released == sorted(released)
    for days in range(42):
        day = dt.date(2026, 4, 2) + dt.timedelta(days)
        then = cases.as_of(day)
        then.verify()
        came = {r: s for r, s in cases.states.items() if s.since <= day}
        assert set(then.states) == came.keys()
        assert set(then.references) == {r for r, s in came.items() if s.left_on is None or s.left_on > day}
        assert set(then.identified.people) == came.keys()
        upto = [line for line in cases.history if line.on <= day]
        said = {line.case for line in upto if line.action == "permission"}
        assert {r for r, s in then.states.items() if s.person.status == "given"} == said
        chosen = [line for line in upto if line.action == "selected"]
        named = {*chosen[-1].detail["tracked"], *chosen[-1].detail["reserve"]} if chosen else set()
        since = upto[upto.index(chosen[-1]) :] if chosen else []
        gone = {line.case for line in since if line.action == "replaced"}
        assert set(then.selected.index) == named - gone
    assert cases.as_of("2026-05-20") == cases
    assert refused < len(entries)
