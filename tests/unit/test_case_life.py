"""After the draw: replacing, permission, selection, rehearsal."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

import casetrack as ct
from casetrack.cases.case_list import CaseList, draw
from casetrack.cases.decisions import check_draw_words
from casetrack.cases.record import known_in
from casetrack.cases.states import replacement_of
from casetrack.errors import CasetrackError, DesignError, HistoryError, InfeasibleDesignError, UsageError
from casetrack.typed_text import Known, shapes_of
from life_example import KEY, broken_quotas, coded, design, drawn


@pytest.fixture
def cases():
    return drawn()


# -- replacing -----------------------------------------------------------------------------------------


def test_replacing_leaves_the_rest_untouched_and_the_newcomer_holds_the_code(cases):
    gone = cases.references[5]
    after = cases.replace(gone, "declined", on="2026-04-03")
    assert len(after) == 50
    assert set(cases.references) - set(after.references) == {gone}
    (came,) = set(after.references) - set(cases.references)
    assert after.states[came].in_place_of == gone
    assert after.states[gone].left_because == "declined"
    code = cases.states[gone].listed_as
    assert after.states[came].listed_as == code and code in after.states[came].codes
    told = replacement_of(after.history, gone)
    assert told is not None and told.could_come <= told.in_line
    assert told.step > 1 or not broken_quotas(design(), coded(), list(after.ids))
    assert replacement_of(cases.history, gone) is None
    after.verify()


def test_reserves_name_exactly_who_comes(cases):
    table = cases.reserves(per_case=2)
    assert set(table["case_reference"]) == set(cases.references)
    first = table[table["place"] == 1].set_index("case_reference")["person_id"]
    for gone in sorted(set(cases.references) - set(first.index)):
        with pytest.raises(InfeasibleDesignError):
            cases.replace(gone, "declined", on="2026-04-03")
    for gone in first.index[::5]:
        after = cases.replace(gone, "declined", on="2026-04-03")
        assert after.identified.people[after.history[-1].detail["by"]["reference"]] == first[gone]
    later = cases.replace(first.index[0], "declined", on="2026-04-03", reference_seed="r")
    again = later.reserves(1).query("place == 1").set_index("case_reference")["person_id"]
    assert cases.identified.people[first.index[0]] not in set(again)
    gone = again.index[30]
    after = later.replace(gone, "died", on="2026-04-04")
    assert after.identified.people[after.history[-1].detail["by"]["reference"]] == again[gone]


def test_who_has_left_never_returns(cases):
    left = set()
    for step in range(25):
        gone = [r for r in cases.references if cases.states[r].listed_as in {"CT01", "CT06"}][step % 8]
        left.add(cases.identified.people[gone])
        cases = cases.replace(gone, "declined", on="2026-04-03", reference_seed=f"{step}")
        assert not left & set(cases.ids)
        assert len(set(cases.ids)) == 50
    with pytest.raises(HistoryError) as caught:
        cases.replace(gone, "declined", on="2026-04-03")
    assert caught.value.code == "already-left"


def test_a_case_can_be_named_by_local_id(cases):
    one = cases.replace(cases.ids[4], "declined", on="2026-04-03", reference_seed="r")
    assert one == cases.replace(cases.references[4], "declined", on="2026-04-03", reference_seed="r")
    mistyped = cases.references[4].lower().replace("-", " ")
    assert one == cases.replace(mistyped, "declined", on="2026-04-03", reference_seed="r")


def test_an_unknown_case_is_not_repeated(cases):
    outsider = next(p for p in coded().people.index if p not in cases.ids)
    for who in (outsider, "ZZZZ", "", "9990000018", "2222-2222-2"):
        with pytest.raises(HistoryError) as caught:
            cases.replace(who, "declined", on="2026-04-03")
        assert caught.value.code == "case-unknown"
        assert not who or who not in str(caught.value)


def test_whom_the_design_of_the_draw_names_stays_named():
    """The log names nobody, so what is on record is a design without people: they must hold all the same."""
    first = drawn()
    leaving = next(r for r in first.references if first.states[r].codes == ("CT06",))
    (comes,) = set(first.replace(leaving, "declined", on="2026-04-03").ids) - set(first.ids)
    fixed = first.identified.people[leaving]
    plan = design().without_person(comes, "a complaint").with_fixed_place(fixed, "asked for")
    cases = ct.draw(coded(), plan, "y", on="2026-04-02", reference_seed="r")
    by_person = {p: r for r, p in cases.identified.people.items()}
    cases = cases.replace(by_person[fixed], "declined", on="2026-04-03", reference_seed="1")
    for step in range(30):
        many = [r for r in cases.references if cases.states[r].listed_as in {"CT01", "CT06"}]
        cases = cases.replace(many[step % 8], "declined", on="2026-04-03", reference_seed=f"{step}")
        if step == 15:
            opened = CaseList.from_json(cases.to_json())
            assert not opened.design.exclude
            cases = opened.attach(coded(), cases.identified.people, plan, key=KEY)
    assert comes not in cases.identified.people.values()
    assert fixed not in cases.ids
    assert comes not in cases.to_json()
    assert ct.replay(ct.Manifest.of(cases), coded(), plan, key=KEY).same


def test_reasons_are_chosen_from_a_list_and_name_nobody(cases):
    ref, person = cases.references[0], cases.ids[0]
    extract = cases.identified.coded.pool.extract
    mine = extract.identifiers[extract.identifiers["person"] == list(extract.people.index).index(person)]
    outsider = next(p for p in coded().people.index if p not in cases.ids)
    for reason in (
        "",
        "   ",
        "ill",
        "moved away",
        "other",
        "other: ",
        "declined: she said so",
        f"is {outsider}",
    ):
        with pytest.raises(HistoryError) as caught:
            cases.replace(ref, reason, on="2026-04-03")
        assert caught.value.code == "reason-not-listed"
        assert (
            not reason.strip()
            or reason in ("moved away", "other", "other: ")
            or reason not in str(caught.value)
        )
    with pytest.raises(HistoryError) as caught:
        cases.replace(ref, f"other: {'x' * 501}", on="2026-04-03")
    assert caught.value.code == "no-reason"
    naming = [f"{i} moved" for i in mine["identifier"]] + [
        f"see {outsider}.",
        "NHS 999 000 0018",
        "999-000-0018",
        "asked on 02/04/2026",
        "since 3 April",
        "now at NE1 4AB",
    ]
    for reason in naming:
        with pytest.raises(HistoryError) as caught:
            cases.replace(ref, f"other: {reason}", on="2026-04-03")
        assert caught.value.code == "reason-names-somebody"
        assert reason not in str(caught.value)
    for fine in ("moved", "Declined", "in  hospital", "other: three calls, 2 of 3 answered"):
        cases.replace(ref, fine, on="2026-04-03")


def test_a_first_and_a_last_name_together_are_refused_where_the_extract_has_them(cases):
    extract = cases.identified.coded.pool.extract
    people = extract.events.assign(first_name="Rose", last_name="Northam", lead_professional="Harlow, Jane")
    pool = dataclasses.replace(coded().pool, extract=dataclasses.replace(extract, events=people))
    known = dataclasses.replace(cases.identified, coded=dataclasses.replace(coded(), pool=pool))
    named = dataclasses.replace(cases, known=known)
    for words in ("Rose Northam moved out", "northam (ROSE)", "ask Jane Harlow"):
        with pytest.raises(HistoryError) as caught:
            named.permission(named.references[0], "asked", needs=words, on="2026-04-03")
        assert caught.value.code == "note-names-somebody"
        assert words not in str(caught.value)
    for fine in ("a rose garden", "Harlow office", "interpreter, large print"):
        named.permission(named.references[0], "asked", needs=fine, on="2026-04-03")


def test_a_worker_of_the_person_file_is_a_name_too(cases):
    worker = coded().pool.extract.details["lead_professional"].dropna().iloc[0]
    first, last = worker.split()
    for words in (worker, f"{last.upper()}, {first}", f"{first}.{last}@example.org"):
        with pytest.raises(HistoryError) as caught:
            cases.replace(cases.references[1], f"other: asked {words}", on="2026-04-03")
        assert caught.value.code == "reason-names-somebody"
        with pytest.raises(HistoryError) as caught:
            cases.done("list", who=words, on="2026-04-03")
        assert caught.value.code == "role-names-somebody"


def test_a_value_that_says_nobody_knows_is_nobodys_name(cases):
    extract = cases.identified.coded.pool.extract
    details = extract.details.assign(lead_professional="Not recorded")
    known = known_in(dataclasses.replace(extract, details=details))
    assert not known.names


@pytest.mark.parametrize("text", ["{id}", "{id}!", "NHS 943 476 5919", "minute at NE1 4AB", "{worker}"])
def test_a_seed_that_names_somebody_is_refused_and_not_repeated(cases, text):
    worker = coded().pool.extract.details["lead_professional"].dropna().iloc[0]
    seed = text.format(id=cases.ids[0], worker=worker)
    with pytest.raises(DesignError) as caught:
        draw(coded(), design(), seed)
    assert caught.value.code == "seed-names-somebody"
    assert seed not in str(caught.value)


def test_what_dice_have_shown_stands_though_it_is_somebodys_identifier():
    extract = coded().pool.extract
    shown = next(text for text in extract.identifiers["identifier"] if len(text) == 7)
    check_draw_words(design(), f"dice that show {' '.join(shown)}", int(shown), "analyst", extract)
    with pytest.raises(DesignError):
        check_draw_words(design(), f"dice that show {shown}", int(shown) + 1, "analyst", extract)


def test_neither_does_the_role_of_who_draws(cases):
    with pytest.raises(HistoryError) as caught:
        draw(coded(), design(), "2 April 2026", who=cases.ids[0])
    assert caught.value.code == "role-names-somebody"


def test_a_role_is_held_against_shapes_where_the_people_are_not_at_hand(cases):
    opened, known = CaseList.from_json(cases.to_json()), Known(shapes=shapes_of(cases.ids))
    ref, who = cases.references[1], f"#{cases.ids[0]}"
    calls = [
        lambda: opened.permission(ref, "asked", who=who, on="2026-04-03", known=known),
        lambda: opened.done("list", who=who, on="2026-04-03", known=known),
        lambda: opened.select([ref], note="one only", who=who, on="2026-04-03", known=known),
    ]
    for call in calls:
        with pytest.raises(HistoryError) as caught:
            call()
        assert caught.value.code == "role-names-somebody"


def test_neither_do_roles_and_notes(cases):
    person = cases.ids[0]
    calls = [
        lambda: cases.replace(cases.references[1], "declined", who=person, on="2026-04-03"),
        lambda: cases.permission(cases.references[1], "asked", needs=f"as {person}", on="2026-04-03"),
        lambda: cases.permission(cases.references[1], "asked", interpreter=person, on="2026-04-03"),
        lambda: cases.permission(cases.references[1], "asked", reason=person, on="2026-04-03"),
        lambda: cases.select(cases.references[:3], note=person, on="2026-04-03"),
        lambda: cases.close(person, on="2026-04-03"),
        lambda: cases.record_release({}, who=person, on="2026-04-03"),
    ]
    for call in calls:
        with pytest.raises(CasetrackError) as caught:
            call()
        assert caught.value.code.endswith("names-somebody")
        assert person not in str(caught.value)


# -- permission ----------------------------------------------------------------------------------------


def test_permission_goes_from_asked_to_given_in_writing(cases):
    ref = cases.references[0]
    cases = cases.permission(ref, "asked", on="2026-04-03")
    assert cases.states[ref].person.status == "asked"
    cases = cases.permission(ref, "given", on="2026-04-04")
    todo = cases.outstanding().set_index(["case_reference", "whose"]).loc[(ref, "person"), "to_do"]
    assert todo == "get it in writing; ask about communication needs; agree on phone, video or in person"
    extra = {"in_writing": True, "needs": "British Sign Language", "way": "video", "interpreter": "BSL"}
    cases = cases.permission(ref, "given", **extra, on="2026-04-05")
    state = cases.states[ref].person
    assert (state.in_writing, state.needs, state.way, state.interpreter) == tuple(extra.values())
    assert (state.asked_on.day, state.answered_on.day) == (3, 5)
    mine = cases.outstanding()
    assert not len(mine[(mine["case_reference"] == ref) & (mine["whose"] == "person")])
    cases = cases.permission(ref, "withdrawn", on="2026-04-06").permission(ref, "asked", on="2026-04-07")
    assert not cases.states[ref].person.in_writing


def test_the_carer_is_asked_too_where_one_is_known(cases):
    table = cases.outstanding()
    carers = cases.people["has_unpaid_carer"]
    assert set(table.loc[table["whose"] == "carer", "case_reference"]) == set(carers.index[carers == "Yes"])
    ref = cases.references[0]
    after = cases.permission(ref, "refused", of="carer", on="2026-04-03")
    assert after.states[ref].carer.status == "refused"
    assert after.states[ref].person.status == "not asked"


def test_permission_that_makes_no_sense_is_refused(cases):
    ref = cases.references[0]
    for arguments in (
        {"status": "maybe"},
        {"status": "asked", "of": "dog"},
        {"status": "given", "way": "fax"},
    ):
        with pytest.raises(UsageError) as caught:
            cases.permission(ref, **arguments, on="2026-04-03")
        assert caught.value.code == "permission-words"
    with pytest.raises(HistoryError) as caught:
        cases.permission(ref, "withdrawn", on="2026-04-03")
    assert caught.value.code == "nothing-to-withdraw"
    left = cases.replace(ref, "declined", on="2026-04-03")
    with pytest.raises(HistoryError) as caught:
        left.permission(ref, "asked", on="2026-04-04")
    assert caught.value.code == "already-left"


# -- selection -----------------------------------------------------------------------------------------


def test_six_are_tracked_and_four_in_reserve_and_reserves_move_up_in_order(cases):
    named = list(cases.references[20:30])[::-1]
    cases = cases.select(named, on="2026-04-05")
    assert set(cases.selected.index[cases.selected["selection"] == "tracked"]) == set(named[:6])
    assert set(cases.outstanding()["case_reference"]) <= set(named)
    for fallen, expected in zip(named[:4], named[6:], strict=True):
        cases = cases.replace(fallen, "declined", on="2026-04-06", reference_seed=fallen)
        assert cases.history[-1].action == "moved up"
        assert cases.history[-1].case == expected
        assert (cases.cases["selection"] == "tracked").sum() == 6
    assert (cases.cases["selection"] == "reserve").sum() == 0
    cases = cases.replace(named[4], "declined", on="2026-04-06")
    assert cases.history[-1].action == "replaced"
    assert (cases.cases["selection"] == "tracked").sum() == 5


def test_a_reserve_that_left_does_not_move_up(cases):
    named = list(cases.references[:10])
    cases = cases.select(named, on="2026-04-05").replace(
        named[6], "died", on="2026-04-06", reference_seed="a"
    )
    assert cases.history[-1].action == "replaced"
    cases = cases.replace(named[0], "declined", on="2026-04-06", reference_seed="b")
    assert cases.history[-1].case == named[7]


def test_what_cqc_named_is_taken_exactly(cases):
    refs = cases.references
    wrong = [
        ((refs[:9],), {}, "another-number"),
        (([],), {}, "another-number"),
        ((refs[:11],), {}, "another-number"),
        (([*refs[:9], refs[0]],), {}, "named-twice"),
        ((refs[:10],), {"tracked": [refs[20]]}, "tracked-not-named"),
        ((refs[:10],), {"tracked": [refs[0], refs[0]]}, "named-twice"),
        ((refs[:10],), {"tracked": refs[:7]}, "another-number"),
        (([*refs[:9], "2222-2222-2"],), {}, "case-unknown"),
    ]
    for arguments, more, code in wrong:
        with pytest.raises(HistoryError) as caught:
            cases.select(*arguments, **more, on="2026-04-05")
        assert caught.value.code == code
    eight = cases.select(refs[:8], note="CQC asked for eight", on="2026-04-05")
    assert eight.cases["selection"].value_counts().to_dict() == {"": 42, "tracked": 6, "reserve": 2}
    other = cases.select(refs[:10], tracked=refs[4:10], on="2026-04-05")
    assert other.states[refs[0]].selection == "reserve"
    again = other.select(refs[10:20], on="2026-04-06")
    assert set(again.selected.index) == set(refs[10:20])


def test_a_rehearsal_is_spread_over_the_cohorts_and_not_recorded(cases):
    table = cases.rehearse(10, seed="x")
    assert len(table) == 10
    assert table["listed_as"].nunique() == min(10, cases.cases["listed_as"].nunique())
    assert table.equals(cases.rehearse(10, seed="x"))
    assert list(table.index) != list(cases.rehearse(10, seed="y").index)
    assert not len(cases.selected)
    assert (table["rehearsal"] == "tracked").sum() == 6
    for count in (0, 51, -1):
        with pytest.raises(UsageError):
            cases.rehearse(count, seed="x")


def test_nothing_is_decided_after_the_end(cases):
    ended = cases.close("the assessment is over", on="2026-07-01")
    with pytest.raises(HistoryError) as caught:
        ended.permission(cases.references[0], "asked", on="2026-07-02")
    assert caught.value.code == "list-closed"


def test_asking_again_takes_no_permission_back(cases):
    first = cases.references[0]
    given = cases.permission(first, "given", in_writing=True, on=cases.history[-1].on)
    again = given.permission(first, "asked", needs="large print", on=given.history[-1].on)
    person = again.states[first].person
    assert (person.status, person.in_writing, person.needs) == ("given", True, "large print")
    said_again = again.permission(first, "given", way="phone", on=given.history[-1].on)
    assert said_again.states[first].person.in_writing


# -- the day of a decision -----------------------------------------------------------------------------


def test_a_day_to_come_is_refused_and_today_is_not(cases, monkeypatch):
    monkeypatch.setattr("casetrack.cases.decisions._today", lambda: dt.date(2026, 4, 10))
    ref, ten = cases.references[0], cases.references[:10]
    made = ct.pseudonymise(cases, k=1).facts_on_record
    decisions = (
        lambda on: cases.permission(ref, "given", on=on),
        lambda on: cases.replace(ref, "moved", on=on),
        lambda on: cases.select(ten, on=on),
        lambda on: cases.done("list", on=on),
        lambda on: cases.record_release(made, on=on),
        lambda on: cases.close("the visit is over", on=on),
        lambda on: ct.draw(coded(), design(), "y", on=on),
    )
    for decide in decisions:
        assert decide("2026-04-10").history[-1].on == dt.date(2026, 4, 10)
        with pytest.raises(HistoryError) as caught:
            decide("11/04/2026")
        assert caught.value.code == "day-to-come"
        assert "11/04/2026" in str(caught.value)
