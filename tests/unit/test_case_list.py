"""The list: its state follows from the log alone, and nobody's identifier stands in anything it shows."""

from __future__ import annotations

import copy
import datetime as dt
import pickle

import pandas as pd
import pytest

import casetrack as ct
from casetrack.cases.case_list import CaseList
from casetrack.cases.states import states_of
from casetrack.errors import HistoryError, UsageError
from identifiers import told
from life_example import AS_AT, KEY, SEED, coded, council, design, drawn


@pytest.fixture
def cases():
    return drawn()


def lived(cases: CaseList) -> CaseList:
    refs = cases.references
    cases = cases.permission(
        refs[0], "given", in_writing=True, needs="large print", way="phone", on="2026-04-03"
    )
    cases = cases.replace(refs[1], "declined", on="2026-04-05", reference_seed="one")
    cases = cases.select(cases.references[:10], on="2026-04-07")
    return cases.replace(cases.references[0], "moved", on="2026-04-09", reference_seed="two")


def test_the_state_follows_from_the_log_alone(cases):
    later = lived(cases)
    assert later.states == states_of(later.history)
    opened = CaseList.from_json(later.to_json())
    assert opened.states == later.states
    assert opened.cases.equals(later.cases)
    assert opened.selected.equals(later.selected)
    assert opened.references == later.references


def test_a_list_can_be_pickled_and_copied_with_its_people_and_without(cases):
    later = lived(cases)
    opened = CaseList.from_json(later.to_json())
    again = opened.attach(coded(), later.identified.people, key=KEY)
    for kept in (later, opened, again):
        for copied in (pickle.loads(pickle.dumps(kept)), copy.deepcopy(kept)):
            assert copied == kept
            assert copied.to_json() == kept.to_json()
            copied.verify()
            if kept is not opened:
                assert copied.ids == kept.ids
                assert copied.chances().equals(kept.chances())
        with pytest.raises(TypeError):
            copied.history[0].detail["draw"] = {}


def test_as_of_shows_every_earlier_day(cases):
    later = lived(cases)
    assert later.as_of("2026-04-02") == cases
    assert later.as_of("2026-04-04").references == cases.references
    assert later.as_of("2026-04-04").cases["permission"].iloc[0] == "given"
    assert later.as_of("2026-04-05").references == later.as_of("06/04/2026").references != cases.references
    assert len(later.as_of("2026-04-07").selected) == 10
    assert later.as_of("2030-01-01") == later
    for day in ("2026-04-02", "2026-04-05", "2026-04-07"):
        later.as_of(day).verify()
    with pytest.raises(HistoryError) as caught:
        later.as_of("2026-04-01")
    assert caught.value.code == "not-yet-drawn"


def test_as_of_knows_only_who_had_come_by_then(cases):
    later = lived(cases)
    came = later.history[2].detail["by"]["reference"]
    person = later.identified.people[came]
    assert later.explain(person).outcome == "on the list"
    earlier = later.as_of("2026-04-04")
    assert earlier.explain(person).outcome == "passed over"
    with pytest.raises(HistoryError):
        earlier.permission(came, "asked", on="2026-04-05")


def test_nothing_that_is_shown_holds_an_identifier(cases):
    later = lived(cases)
    shown = [repr(later), str(later), later._repr_html_(), later.to_json(), later.cases.to_csv()]
    shown += [
        later.log().to_csv(),
        later.outstanding().to_csv(),
        later.selected.to_csv(),
        repr(later.identified),
    ]
    shown += [later.rehearse(10, seed="x").to_csv(), later.to_frame().to_html(), repr(later.history)]
    extract = later.identified.coded.pool.extract
    everybody = set(extract.identifiers["identifier"]) | set(extract.people.index)
    text = "\n".join(shown)
    assert len(everybody) > 600
    assert not told(text, everybody)


def test_the_table_with_people_is_for_the_council(cases):
    people = cases.people
    assert people["person_id"].tolist() == list(cases.ids)
    assert (people["chance"] > 0).all()
    assert people["age"].min() >= 18


def test_a_list_from_a_file_says_that_it_knows_nobody(cases):
    opened = CaseList.from_json(cases.to_json())
    calls = (opened.reserves, opened.coverage, opened.chances, opened.chance_summary, lambda: opened.ids)
    for call in (*calls, lambda: opened.people, lambda: opened.explain("1"), lambda: ct.pseudonymise(opened)):
        with pytest.raises(HistoryError) as caught:
            call()
        assert caught.value.code == "people-not-known"


def test_attach_gives_the_people_back(cases):
    later = lived(cases)
    attached = CaseList.from_json(later.to_json()).attach(coded(), later.identified.people, key=KEY)
    assert attached == later
    assert attached.ids == later.ids
    assert attached.chances().equals(later.chances())
    assert attached.identified.drawn.order == later.identified.drawn.order


def test_attach_refuses_another_pool_design_or_lookup(cases):
    opened, people = CaseList.from_json(cases.to_json()), cases.identified.people
    other = ct.code_cohorts(coded().pool, older_from=66)
    relaxed = design().with_size(49)
    short = dict(list(people.items())[1:])
    wrong = [((other, people), "another-pool"), ((coded(), people, relaxed), "another-design")]
    wrong += [((coded(), short), "people-missing"), ((coded(), {}), "people-missing")]
    for arguments, code in wrong:
        with pytest.raises(HistoryError) as caught:
            opened.attach(*arguments, key=KEY)
        assert caught.value.code == code
        assert not told(str(caught.value), people.values())


def test_what_an_interrupted_replacement_sealed_is_used(cases):
    expected = cases.replace(cases.references[3], "declined", on="2026-04-03", reference_seed="first try")
    came = expected.history[-1].detail["by"]["reference"]
    opened = CaseList.from_json(cases.to_json()).attach(coded(), expected.identified.people, key=KEY)
    again = opened.replace(cases.references[3], "declined", on="2026-04-03")
    assert again == expected
    assert again.history[-1].detail["by"]["reference"] == came


def test_the_same_pool_design_and_seed_give_the_same_people(cases):
    made = council()
    shuffled = made.extract.sample(frac=1, random_state=1), made.extras.sample(frac=1, random_state=2)
    pool = ct.find_eligible(ct.read_extract(shuffled[0], people=shuffled[1]), AS_AT)
    again = ct.draw(ct.code_cohorts(pool), design(), SEED, on="2026-04-02", reference_seed="tests")
    assert again.ids == cases.ids
    assert again.to_json() == cases.to_json()
    other = ct.draw(coded(), design(), SEED + ".", on="2026-04-02", reference_seed="tests")
    assert set(other.ids) != set(cases.ids)


def test_without_a_reference_seed_only_the_references_are_new(cases):
    again = ct.draw(coded(), design(), SEED, on="2026-04-02")
    assert set(again.ids) == set(cases.ids)
    assert not set(again.references) & set(cases.references)
    by_person = cases.people.set_index("person_id")["listed_as"]
    assert again.people.set_index("person_id")["listed_as"].sort_index().equals(by_person.sort_index())


def test_fewer_than_fifty_is_everyone_and_says_so():
    pool = coded(60, 8)
    able = len(pool.drawable)
    assert able < 50
    cases = ct.draw(pool, ct.Design.suggest(pool, balance=False), "x", on="2026-04-02", reference_seed="r")
    assert set(cases.ids) == set(pool.drawable.index)
    assert "everyone" in cases.chance_summary().lower()
    assert any("everyone" in note for note in ct.pseudonymise(cases).notes)
    gone = cases.replace(cases.references[0], "declined", on="2026-04-03")
    assert len(gone) == able - 1
    assert gone.history[-1].detail["by"] is None
    gone.verify()
    assert len(CaseList.from_json(gone.to_json())) == able - 1


def test_chances_add_up_and_are_a_copy(cases):
    chances = cases.chances()
    assert chances.sum() == pytest.approx(50)
    assert set(chances.index) == set(coded().people.index)
    assert (chances[~chances.index.isin(coded().drawable.index)] == 0).all()
    chances[:] = 7
    assert cases.chances().max() <= 1


def test_dates_may_be_dates_or_text_and_nothing_else(cases):
    for day in (dt.date(2026, 4, 3), "2026-04-03", "03/04/2026", dt.datetime(2026, 4, 3, 12)):
        assert cases.permission(cases.references[0], "asked", on=day).history[-1].on == dt.date(2026, 4, 3)
    with pytest.raises(UsageError, match="date"):
        cases.permission(cases.references[0], "asked", on="3rd April")


def test_nothing_changes_in_place(cases):
    before = cases.to_json()
    table = cases.cases
    table.loc[:, "listed_as"] = "nobody"
    lived(cases)
    assert cases.to_json() == before
    assert "nobody" not in set(cases.cases["listed_as"])
    assert isinstance(cases.to_frame(), pd.DataFrame)


def test_the_search_for_people_would_find_one_and_passes_over_digests():
    digest = "0630604" + "ab" * 28 + "c"
    assert told(f'"{digest}", "by": 0630604.', ["0630604", "1111111"]) == ["0630604"]
    assert not told(f'"{digest}"', ["0630604"])
