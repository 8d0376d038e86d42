"""A draw in public: made ready and minuted, then dice, then the list; as a committee clerk would do it."""

from __future__ import annotations

import json
import re

import pytest

import casetrack as ct
from casetrack.errors import CasetrackError, DesignError, LookupFileError, OutputError
from casetrack.lookup.sealing import Cost
from casetrack.report.pages import committee_page
from casetrack.runs import public_draw
from casetrack.runs.public_draw import Minuted, prepare_lottery, read_lottery
from command import here, in_process
from life_example import AS_AT, KEY, PASSPHRASE, coded, design, on_disk


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(public_draw, "Cost", lambda: Cost(n=2))


@pytest.fixture
def minuted(tmp_path):
    return prepare_lottery(coded(), design(), tmp_path / "lottery.json", PASSPHRASE)


def test_the_list_of_the_dice_is_drawn_from_the_lottery_that_was_minuted(minuted, tmp_path):
    kept = read_lottery(tmp_path / "lottery.json", PASSPHRASE)
    assert (kept.lottery, kept.key_digest, kept.lists, kept.key) == (
        minuted.lottery,
        minuted.key_digest,
        10_000_000,
        KEY,
    )
    number = kept.number("4 8 1 7 2 0 3")
    cases = ct.draw(
        coded(), design(), "dice", on="2026-04-02", key=kept.key, number=number, minuted=kept.lottery
    )
    facts = cases.drawn_facts
    assert (facts["number"], facts["thrown"], facts["lottery"], facts["key"]) == (
        4_817_203,
        True,
        minuted.lottery,
        minuted.key_digest,
    )
    assert ct.replay(ct.Manifest.of(cases), coded(), key=KEY).same
    other = ct.draw(coded(), design(), "dice", on="2026-04-02", key=KEY, number=number + 1)
    assert set(other.ids) != set(cases.ids)


def test_another_pool_design_or_key_is_refused_before_anybody_is_named(minuted):
    others = [
        (coded(), design().with_quota("CT01", min=1), KEY),
        (coded(), design(), bytes(32)),
        (coded(60, 8), ct.Design(size=5), KEY),
    ]
    for pool, plan, key in others:
        with pytest.raises(DesignError) as caught:
            ct.draw(pool, plan, "dice", key=key, number=5, minuted=minuted.lottery)
        assert caught.value.code == "lottery-not-minuted"


def test_a_list_whose_lottery_would_be_another_today_does_not_go_on():
    cases = ct.draw(coded(), design(), "x", on="2026-04-02", key=KEY)
    assert (
        ct.CaseList.from_json(cases.to_json())
        .attach(coded(), cases.identified.people, key=KEY)
        .reserves(1)
        .size
    )
    manifest = json.loads(ct.Manifest.of(cases).to_json())
    manifest["draw"]["lottery"] = "0" * 64
    answer = ct.replay(ct.Manifest(manifest), coded(), key=KEY)
    assert (answer.same, answer.difference) == (
        False,
        "The first difference is in the draw: the lottery is another one.",
    )


@pytest.mark.parametrize("thrown", ["481720", "48172035", "481720x", "-481720", "٤٨١٧٢٠٣", ""])
def test_dice_show_one_digit_each(thrown):
    with pytest.raises(DesignError) as caught:
        Minuted("", "", 10_000_000, b"").number(thrown)
    assert caught.value.code == "thrown-digits"


def test_the_file_names_nobody_keeps_the_key_sealed_and_opens_only_whole(minuted, tmp_path):
    path = tmp_path / "lottery.json"
    text = path.read_text(encoding="utf-8")
    assert KEY.hex() not in text
    assert not any(person in text for person in coded().people.index)
    assert KEY.hex() not in repr(minuted) and str(KEY) not in repr(minuted)
    with pytest.raises(LookupFileError) as caught:
        read_lottery(path, "another passphrase altogether")
    assert caught.value.code == "lottery-closed"
    content = json.loads(text)
    turned = (
        content["sealed"][:-12] + ("A" if content["sealed"][-12] != "A" else "B") + content["sealed"][-11:]
    )
    for edited, code in (
        ({**content, "sealed": turned}, "lottery-closed"),
        ({**content, "sealed": "!"}, "not-a-lottery"),
        ({"lottery": "x"}, "not-a-lottery"),
        ([], "not-a-lottery"),
    ):
        path.write_text(json.dumps(edited), encoding="utf-8")
        with pytest.raises(CasetrackError) as caught:
            read_lottery(path, PASSPHRASE)
        assert caught.value.code == code
    with pytest.raises(DesignError, match="not-a-lottery"):
        read_lottery(tmp_path / "none.json", PASSPHRASE)


@pytest.mark.parametrize(
    "edit",
    [
        {"lists": 100},
        {"key": "0" * 64},
        {"lottery": "0" * 64},
        {"design": "0" * 64},
        {"pool": "0" * 64},
        {"x": 1},
    ],
)
def test_whatever_is_edited_beside_the_sealed_part_is_refused(minuted, tmp_path, edit):
    path = tmp_path / "lottery.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **edit}), encoding="utf-8")
    with pytest.raises(DesignError, match="does not say what was sealed") as caught:
        read_lottery(path, PASSPHRASE)
    assert caught.value.code == "not-a-lottery"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_lottery(path, PASSPHRASE).dice == 7


def test_the_lottery_and_its_page_are_written_both_or_neither(tmp_path):
    path, page = tmp_path / "lot.json", tmp_path / "page.html"
    page.write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="none of them was written over"):
        prepare_lottery(coded(), design(), path, PASSPHRASE, page=(page, lambda told: told.lottery))
    assert (path.exists(), page.read_text(encoding="utf-8")) == (False, "mine")
    page.unlink()
    told = prepare_lottery(coded(), design(), path, PASSPHRASE, page=(page, lambda told: told.lottery))
    assert (path.exists(), page.read_text(encoding="utf-8")) == (True, told.lottery)


def test_the_page_says_what_to_minute_and_loads_nothing(minuted):
    facts = {
        "lists": minuted.lists,
        "people": minuted.people,
        "lowest": minuted.lowest,
        "highest": minuted.highest,
    }
    page = committee_page(size=50, lottery=minuted.lottery, key=minuted.key_digest, **facts)
    assert minuted.lottery in page and minuted.key_digest in page
    assert "Seven ten-sided dice" in page
    assert not re.search(r"https?://|<script|src=", page)
    assert KEY.hex() not in page


def test_as_a_committee_clerk_would(tmp_path, monkeypatch, capsys):
    folder = on_disk(tmp_path)
    monkeypatch.chdir(folder)
    design().to_toml(folder / "design.toml")
    files = ["cld_extract.csv", "--people", "person_details.csv", "--as-at", AS_AT, "--design", "design.toml"]
    word = ["--passphrase-file", "passphrase.txt"]
    done = in_process("lottery", *files, *word, "--out", "lottery.json", "--page", "page.html", folder=folder)
    assert done.code == 0, done.err
    assert "Then throw 7 ten-sided dice" in done.out
    digests = re.findall(r"\b[0-9a-f]{64}\b", done.out)
    assert len(digests) == 2
    assert all(digest in (folder / "page.html").read_text(encoding="utf-8") for digest in digests)
    thrown = ["--lottery", "lottery.json", "--thrown", "0000417"]
    done = in_process("draw", *files, *word, *thrown, "--out", "out", folder=folder)
    assert done.code == 0, done.err
    told = json.loads((folder / "out" / "council-only" / "manifest.json").read_text(encoding="utf-8"))
    assert (told["draw"]["number"], told["draw"]["lottery"]) == (417, digests[0])
    for wrong, code in (
        (["--thrown", "0000417"], "thrown-for-nothing"),
        (["--lottery", "lottery.json", "--thrown", "417"], "thrown-digits"),
        (["--seed", "x", *thrown], "two-numbers"),
        ([], "no-number"),
        ([*thrown, "--key-file", "key.txt"], "two-keys"),
    ):
        done = here(monkeypatch, capsys, "draw", *files, *word, *wrong, "--out", "other")
        assert done.code != 0
        assert f"[{code}]" in done.err
        assert not (folder / "other").exists()
    other = [part if part != "design.toml" else "other.toml" for part in files]
    design().with_quota("CT01", min=1).to_toml(folder / "other.toml")
    done = here(monkeypatch, capsys, "draw", *other, *word, *thrown, "--out", "other")
    assert "[lottery-not-minuted]" in done.err
    assert not (folder / "other").exists()
