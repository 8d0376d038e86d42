"""What a draw was made of: the same bytes again, nobody in it, and nothing else is taken for one."""

from __future__ import annotations

import json

import pytest

import casetrack as ct
from casetrack.errors import HistoryError, OutputError
from identifiers import told
from life_example import coded, design, drawn


@pytest.fixture(scope="module")
def release():
    return ct.pseudonymise(drawn())


def test_it_tells_what_went_in_and_what_came_out(release):
    content = ct.Manifest.of(drawn(), release).content
    account = coded().pool.extract.account
    rows = content["rows"]
    assert rows["read"] == account.read == rows["used"] + rows["duplicates"] + sum(rows["set_aside"].values())
    assert content["rule"] == coded().pool.told_rule
    assert content["rule"].items() >= {"as_at": "2026-03-31", "months": 12, "count_reviews": False}.items()
    assert content["counts"]["people"] == len(coded().pool.extract.people)
    assert sum(content["counts"]["outcomes"].values()) == content["counts"]["people"]
    assert content["draw"]["seed"] == "Northshire, 2 April 2026"
    assert content["release"]["columns"][:2] == ["listed_as", "codes"]
    assert content["casetrack"] == ct.__version__
    assert ct.Design(**content["design"]).digest() == design().digest() == content["draw"]["design"]


def test_the_same_bytes_again(release, tmp_path):
    one = ct.Manifest.of(drawn(), release).to_json()
    again = ct.draw(coded(), design(), "Northshire, 2 April 2026", on="2026-04-02")
    assert ct.Manifest.of(again, ct.pseudonymise(again)).to_json() == one, "references are not in it"
    path = ct.Manifest.of(drawn(), release).save(tmp_path / "manifest.json")
    assert ct.Manifest.open(path).to_json() == one
    with pytest.raises(OutputError):
        ct.Manifest.of(drawn(), release).save(path)


def test_nobody_is_in_it(release):
    person = drawn().ids[0]
    plan = design().with_fixed_place(person, "asked for it").without_person(drawn().ids[1], "a complaint")
    cases = ct.draw(coded(), plan, "x", on="2026-04-02").replace(person, "moved", on="2026-04-03")
    text = ct.Manifest.of(cases, release).to_json()
    extract = coded().pool.extract
    assert not told(text, {*extract.identifiers["identifier"], *extract.people.index})
    assert "asked for it" not in text
    assert not [r for r in cases.states if r in text]
    assert not told(repr(ct.Manifest.of(cases)), [person])


def test_what_is_no_manifest_is_said_to_be_none(tmp_path):
    whole = json.loads(ct.Manifest.of(drawn()).to_json())
    wrong = [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b'{"format": "other"}',
        json.dumps({"format": whole["format"]}).encode(),
    ]
    wrong += [
        json.dumps({**whole, name: None}).encode() for name in ("rule", "draw", "states", "design", "pool")
    ]
    for number, content in enumerate(wrong):
        path = tmp_path / f"{number}.json"
        path.write_bytes(content)
        with pytest.raises(HistoryError) as caught:
            ct.Manifest.open(path)
        assert caught.value.code == "not-a-manifest"
    with pytest.raises(HistoryError):
        ct.Manifest.open(tmp_path / "none.json")
