"""The list again from its manifest: the same at every step, or the first difference in words."""

from __future__ import annotations

import copy
import json

import pytest

import casetrack as ct
from casetrack.errors import HistoryError
from life_example import AS_AT, KEY, coded, council, design, drawn


def somebody_can_replace(made, number=0):
    """A case whose place somebody waiting can take; which cases these are hangs on the list drawn."""
    return made.reserves(1).query("place == 1")["case_reference"].iloc[number]


@pytest.fixture(scope="module")
def cases():
    made = drawn()
    for number in range(3):
        gone = somebody_can_replace(made, 9 * number)
        made = made.replace(gone, "declined", on=f"2026-04-0{3 + number}", reference_seed=str(number))
    return made.select(made.references[:10], on="2026-04-08")


@pytest.fixture(scope="module")
def content(cases):
    return json.loads(ct.Manifest.of(cases, ct.pseudonymise(cases, k=1)).to_json())


def test_the_same_at_every_step(cases, content, tmp_path):
    path = ct.Manifest(content).save(tmp_path / "manifest.json")
    for manifest in (path, str(path), ct.Manifest(content)):
        answer = ct.replay(manifest, coded(), key=KEY)
        assert answer.same
        assert str(answer) == "The list is the same at every step."
    assert answer.to_frame()["same"].all()
    assert [s for s, _ in answer.steps][-5:] == [
        "the draw",
        "replacement 1",
        "replacement 2",
        "replacement 3",
        "every other field",
    ]


def test_an_edited_manifest_is_not_the_same(content, tmp_path):
    """Field by field: whatever is changed in the file is refused, and in memory it is a difference."""
    path = ct.Manifest(content).save(tmp_path / "manifest.json")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"k": 1', '"k": 10'), encoding="utf-8")
    with pytest.raises(HistoryError) as caught:
        ct.replay(path, coded(), key=KEY)
    assert caught.value.code == "manifest-changed"
    assert content["draw"]["thrown"] is False
    for part, key in (
        ("rows", "used"),
        ("coding", "overrides"),
        ("draw", "floor"),
        ("draw", "eligible"),
        ("draw", "thrown"),
        *(("release", name) for name in ("rule", "coverage", "readers", "exceptions", "people", "edition")),
    ):
        changed = {**content, part: {**content[part], key: 1}}
        answer = ct.replay(ct.Manifest(changed), coded(), key=KEY)
        assert not answer.same
        assert f"{part} {key}" in str(answer)


def test_a_release_by_another_rule_or_by_none_is_a_difference(content):
    for how in ({"k": 2}, {"columns": ["listed_as", "codes"]}, {"k": 0}, {"columns": 5}):
        changed = {**content, "release": {**content["release"], **how}}
        answer = ct.replay(ct.Manifest(changed), coded(), key=KEY)
        assert not answer.same, how
        assert "release" in answer.difference


def test_from_the_extract_alone(content):
    made = council()
    assert ct.replay(ct.Manifest(content), ct.read_extract(made.extract, people=made.extras), key=KEY).same


def test_another_input_is_the_first_difference(content):
    made = council()
    one_row_less = ct.read_extract(made.extract.iloc[:-1], people=made.extras)
    answer = ct.replay(ct.Manifest(content), one_row_less, key=KEY)
    assert not answer.same
    assert "the input file" in str(answer)
    assert not answer.to_frame()["same"].iloc[-1]


def test_other_codes_are_found():
    manifest = ct.Manifest.of(drawn())
    for parameters, step in (({"older_from": 66}, "people, outcomes and codes"), ({}, "")):
        answer = ct.replay(manifest, ct.code_cohorts(coded().pool, **parameters), key=KEY)
        assert answer.same is (step == "")
        assert step in answer.difference


def test_another_date_is_found(content):
    made = council()
    other = ct.find_eligible(ct.read_extract(made.extract, people=made.extras), "2026-03-30")
    assert (
        "the date and window" in ct.replay(ct.Manifest(content), ct.code_cohorts(other), key=KEY).difference
    )
    assert content["rule"]["as_at"] == AS_AT


def test_whatever_is_changed_in_the_manifest_is_found(content):
    changed = []
    for path, value in (
        (("input", "sha256"), "0" * 64),
        (("pool",), "0" * 64),
        (("coding", "edition"), "2031-01"),
        (("counts", "people"), 1),
        (("draw", "seed"), "another seed"),
        (("draw", "design"), "0" * 64),
        (("design", "size"), 49),
        (("states", 0, "fingerprint"), "0" * 64),
        (("states", 2, "fingerprint"), "0" * 64),
        (("states", 1, "place"), 4),
    ):
        edited = copy.deepcopy(content)
        inner = edited
        for name in path[:-1]:
            inner = inner[name]
        assert inner[path[-1]] != value
        inner[path[-1]] = value
        answer = ct.replay(ct.Manifest(edited), coded(), key=KEY)
        assert not answer.same, path
        changed.append(answer.difference)
    assert "other people are on the list" in changed[-1]
    assert "replacement 2" in changed[-2]
    assert "the draw" in changed[-3]


def test_a_design_that_names_people_has_to_be_given():
    plan = design().with_fixed_place(drawn().ids[0], "asked").without_person(drawn().ids[1], "no")
    cases = ct.draw(coded(), plan, "x", on="2026-04-02")
    cases = cases.replace(somebody_can_replace(cases), "declined", on="2026-04-03")
    manifest = ct.Manifest.of(cases)
    answer = ct.replay(manifest, coded(), key=KEY)
    assert not answer.same
    assert "names people" in answer.difference
    assert ct.replay(manifest, coded(), plan, key=KEY).same


def test_a_list_that_ran_out_of_people_too():
    pool = coded(60, 8)
    cases = ct.draw(pool, ct.Design.suggest(pool, balance=False), "x", on="2026-04-02")
    cases = cases.replace(cases.references[2], "declined", on="2026-04-03")
    assert ct.replay(ct.Manifest.of(cases), pool, key=KEY).same


def test_a_replacement_that_cannot_be_made_is_the_first_difference():
    made = drawn()
    for number in range(3):
        gone = somebody_can_replace(made, 3 * number)
        made = made.replace(gone, "declined", on="2026-04-03", reference_seed=str(number))
    told = json.loads(ct.Manifest.of(made).to_json())
    for place in (50, -1):
        edited = copy.deepcopy(told)
        edited["states"][2]["place"] = place
        answer = ct.replay(ct.Manifest(edited), coded(), key=KEY)
        assert "replacement 2: it cannot be made" in answer.difference
        assert answer.to_frame()["same"].tolist()[-2:] == [True, False]
