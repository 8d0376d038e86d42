"""Every byte of a sealed lookup and of its log matters: change, cut, add or exchange any, and nothing is revealed."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.errors import LookupFileError
from casetrack.lookup.lookup import (
    Lookup,
    describe,
    extend,
    open_lookup,
    restart_log,
    reveal,
    rewrap,
    verify_log,
)
from casetrack.lookup.sealing import MAGIC, VERSION, Cost, Sealed
from casetrack.references import make_references
from share import examples

PASSPHRASE = "copper lantern thursday oak"
CHEAP = Cost(n=2, r=1, p=1)
REFERENCES = make_references(3, seed="a small lookup")
PEOPLE = ("LA-00001", "LA-00002", "LA-00003")
#: Every way in which a changed file may be refused, and no other.
REFUSALS = {
    "not-a-lookup",
    "lookup-version",
    "lookup-damaged",
    "lookup-parameters",
    "wrong-passphrase-or-changed",
}
START = len(MAGIC) + 5


def seal(folder: Path, people: tuple[str, ...] = PEOPLE, references: tuple[str, ...] = REFERENCES) -> Path:
    return Lookup.of(references, people).seal(
        folder / "lookup.sealed",
        PASSPHRASE,
        keep_until=dt.date(2099, 1, 1),
        release_id="release-1",
        list_digest="ab" * 32,
        created=dt.date(2026, 4, 14),
        _cost=CHEAP,
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> bytes:
    return seal(tmp_path_factory.mktemp("small")).read_bytes()


@pytest.fixture
def path(tmp_path) -> Path:
    """A lookup that was used twice."""
    made = seal(tmp_path)
    reveal(made, REFERENCES[0], PASSPHRASE, reason="permission")
    reveal(made, REFERENCES[1:], PASSPHRASE, reason="record packs")
    return made


def opens(content: bytes) -> bytes:
    """What any use does first, on bytes: so that thousands of tries need no disk."""
    sealed = Sealed.from_bytes(content)
    return sealed.records(sealed.unlock(PASSPHRASE))


def assert_refused(content: bytes) -> str:
    with pytest.raises(LookupFileError) as caught:
        opens(content)
    assert caught.value.code in REFUSALS
    assert not any(person in str(caught.value) for person in PEOPLE)
    return caught.value.code


def test_the_untouched_file_opens(small):
    assert PEOPLE[0].encode() in opens(small)


@pytest.mark.parametrize("bits", [0x01, 0x20, 0x80, 0xFF])
def test_every_byte_matters(small, bits):
    """0x20 turns a letter's case, which a careless reader of hexadecimal would not notice."""
    codes = {
        assert_refused(small[:at] + bytes([small[at] ^ bits]) + small[at + 1 :]) for at in range(len(small))
    }
    assert codes >= {"not-a-lookup", "lookup-version", "lookup-damaged"}


@given(data=st.data())
@settings(deadline=None, max_examples=examples(150))
def test_any_change_of_any_bytes_is_refused(small, data):
    changed = bytearray(small)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(small) - 1))] = data.draw(st.integers(0, 255))
    if bytes(changed) != small:
        assert_refused(bytes(changed))


def test_cut_at_every_length(small):
    for length in range(len(small)):
        assert_refused(small[:length])


def test_bytes_added_anywhere(small):
    for at in range(len(small) + 1):
        assert_refused(small[:at] + b"0" + small[at:])


def test_a_byte_taken_out_anywhere(small):
    for at in range(len(small)):
        assert_refused(small[:at] + small[at + 1 :])


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=examples(150))
def test_anything_else_is_refused_whatever_it_begins_with(content):
    for beginning in (b"", MAGIC, MAGIC + b"\x01", MAGIC + b"\x01\x00\x00\x00\x20"):
        assert_refused(beginning + content)


def test_the_same_on_disk_for_a_sample_of_bytes(tmp_path, small):
    """Through `reveal` itself: refused, and neither file is touched."""
    made = seal(tmp_path)
    whole, log = made.read_bytes(), (tmp_path / "lookup.sealed.log").read_bytes()
    for at in range(0, len(whole), 37):
        made.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        changed = made.read_bytes()
        for use in (
            lambda: reveal(made, REFERENCES[0], PASSPHRASE, reason="permission"),
            lambda: open_lookup(made, PASSPHRASE, reason="permission"),
            lambda: rewrap(made, PASSPHRASE, PASSPHRASE, _cost=CHEAP),
            lambda: restart_log(made, PASSPHRASE, reason="lost"),
            lambda: verify_log(made, PASSPHRASE),
        ):
            with pytest.raises(LookupFileError) as caught:
                use()
            assert caught.value.code in REFUSALS
        assert made.read_bytes() == changed
        assert (tmp_path / "lookup.sealed.log").read_bytes() == log


# Parts of two files


def parts(content: bytes) -> dict[str, object]:
    length = int.from_bytes(content[START - 4 : START], "big")
    return {**json.loads(content[START : START + length]), "ciphertext": content[START + length :]}


def joined(given_parts: dict[str, object]) -> bytes:
    header = {name: part for name, part in given_parts.items() if name != "ciphertext"}
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    return MAGIC + bytes([VERSION]) + len(text).to_bytes(4, "big") + text + given_parts["ciphertext"]


def mixtures(one: bytes, other: bytes) -> Iterator[bytes]:
    first, second = parts(one), parts(other)
    names = sorted(first)
    for taken in itertools.product([first, second], repeat=len(names)):
        content = joined({name: source[name] for name, source in zip(names, taken, strict=True)})
        if content not in (one, other):
            yield content


def test_no_mixture_of_two_lookups_under_one_passphrase_opens(tmp_path, small):
    other = seal(tmp_path, ("LA-10001", "LA-10002", "LA-10003")).read_bytes()
    assert joined(parts(other)) == other
    assert len([assert_refused(content) for content in mixtures(small, other)]) == 2**6 - 2


def test_no_mixture_of_a_lookup_with_its_own_past_opens(path):
    """The same data key, so only the signature over the whole header holds these together."""
    before = path.read_bytes()
    reveal(path, REFERENCES[0], PASSPHRASE, reason="again")
    after_use = path.read_bytes()
    extend(path, Lookup.of(make_references(1, seed="new"), ["LA-00009"]), PASSPHRASE, reason="replacement")
    after_growth = path.read_bytes()
    rewrap(path, PASSPHRASE, PASSPHRASE, _cost=CHEAP)
    for one, other in itertools.combinations([before, after_use, after_growth, path.read_bytes()], 2):
        for content in mixtures(one, other):
            assert_refused(content)


def test_single_facts_of_the_header_cannot_be_changed(small):
    for name, value in {
        "keep_until": "2199-01-01",
        "created": "2020-01-01",
        "release_id": "release-2",
        "list_digest": "cd" * 32,
        "cases": 4,
        "lookup": "0" * 32,
    }.items():
        changed = parts(small)
        changed["facts"] = {**changed["facts"], name: value}
        told = "wrong-passphrase-or-changed" if name == "lookup" else "lookup-damaged"
        assert assert_refused(joined(changed)) == told
    for state in ({"lines": 0, "head": ""}, {"lines": 2, "head": "0" * 64}):
        assert assert_refused(joined({**parts(small), "log": state})) == "lookup-damaged"


@pytest.mark.parametrize(
    "respell",
    [lambda text: text.replace(b",", b", "), lambda text: b" " + text, lambda t: t[:-1] + b',"mac":1}'],
)
def test_the_header_has_one_spelling(small, respell):
    changed = parts(small)
    ciphertext = changed.pop("ciphertext")
    text = respell(json.dumps(changed, sort_keys=True, separators=(",", ":")).encode())
    assert (
        assert_refused(MAGIC + b"\x01" + len(text).to_bytes(4, "big") + text + ciphertext) == "lookup-damaged"
    )


@pytest.mark.parametrize(
    "header", [b"[" * 60_000, b"{}", b"null", b"\xff\xfe", b'{"facts":' * 9000, b"1e999", b"NaN", b"9" * 5000]
)
def test_a_hostile_header_is_refused(header):
    assert (
        assert_refused(MAGIC + b"\x01" + len(header).to_bytes(4, "big") + header + b"x" * 40)
        == "lookup-damaged"
    )


@pytest.mark.parametrize(
    "cost",
    [
        {"n": 2**24, "r": 8, "p": 1},
        {"n": 2**17, "r": 8, "p": 1_000_000},
        {"n": 2**60, "r": 2**60, "p": 2**60},
        {"n": 3, "r": 8, "p": 1},
        {"n": 1, "r": 8, "p": 1},
        {"n": 0, "r": 8, "p": 1},
        {"n": -2, "r": 8, "p": 1},
        {"n": 2**15, "r": 0, "p": 1},
        {"n": 2**15, "r": 8, "p": 0},
    ],
)
def test_parameters_meant_to_exhaust_the_machine_are_not_tried(small, cost, monkeypatch):
    def never(*_: object) -> bytes:
        raise AssertionError("the computation was begun")

    monkeypatch.setattr("casetrack.lookup.sealing._passphrase_key", never)
    changed = parts(small)
    changed["key"] = {**changed["key"], "cost": cost}
    assert assert_refused(joined(changed)) == "lookup-parameters"


@pytest.mark.parametrize(
    "cost", [{"n": True, "r": 8, "p": 1}, {"n": 2.0, "r": 1, "p": 1}, {"n": "2", "r": 1, "p": 1}]
)
def test_parameters_of_another_kind_are_refused(small, cost):
    changed = parts(small)
    changed["key"] = {**changed["key"], "cost": cost}
    assert assert_refused(joined(changed)) == "lookup-damaged"


def test_the_dearest_parameters_allowed_are_below_one_gibibyte():
    Cost(n=2**20, r=8, p=1).check()
    for dearer in (Cost(n=2**20, r=9, p=1), Cost(n=2**21, r=8, p=1), Cost(n=2**20, r=8, p=5)):
        with pytest.raises(LookupFileError):
            dearer.check()


def test_a_file_of_the_next_version_says_so(small):
    later = MAGIC + bytes([VERSION + 1]) + small[len(MAGIC) + 1 :]
    assert assert_refused(later) == "lookup-version"


def test_a_day_that_is_none_is_noticed_without_the_passphrase(tmp_path, small):
    changed = parts(small)
    changed["facts"] = {**changed["facts"], "keep_until": "2026-02-30"}
    (tmp_path / "lookup.sealed").write_bytes(joined(changed))
    with pytest.raises(LookupFileError):
        describe(tmp_path / "lookup.sealed")


# The log


def log_of(path: Path) -> Path:
    return path.with_name(path.name + ".log")


def refused(path: Path, passphrase: str | None = None) -> str:
    """The refusal of `verify_log`, and that every use refuses as well and leaves both files as they are."""
    before = path.read_bytes(), log_of(path).read_bytes() if log_of(path).exists() else None
    with pytest.raises(LookupFileError) as caught:
        verify_log(path, passphrase)
    for use in (
        lambda: reveal(path, REFERENCES[0], PASSPHRASE, reason="permission"),
        lambda: open_lookup(path, PASSPHRASE, reason="permission"),
        lambda: rewrap(path, PASSPHRASE, PASSPHRASE, _cost=CHEAP),
    ):
        with pytest.raises(LookupFileError):
            use()
    assert before == (path.read_bytes(), log_of(path).read_bytes() if log_of(path).exists() else None)
    return caught.value.code


def test_an_untouched_log_holds_with_and_without_the_passphrase(path):
    for passphrase, checked in ((None, False), (PASSPHRASE, True)):
        check = verify_log(path, passphrase)
        assert [line.action for line in check.lines] == ["sealed", "revealed", "revealed"]
        assert (check.signatures_checked, check.unfinished, check.destroyed) == (checked, 0, False)
    frame = check.to_frame()
    assert frame["references"].tolist() == ["", REFERENCES[0], f"{REFERENCES[1]}, {REFERENCES[2]}"]
    assert frame["reason"].tolist() == ["The list was released.", "permission", "record packs"]
    assert "record packs" in check._repr_html_()
    assert "LogLine" not in repr(check)


def test_every_byte_of_the_log_matters_without_any_passphrase(path):
    log = log_of(path).read_bytes()
    for at in range(len(log)):
        log_of(path).write_bytes(log[:at] + bytes([log[at] ^ 1]) + log[at + 1 :])
        with pytest.raises(LookupFileError) as caught:
            verify_log(path)
        assert caught.value.code == "log-changed"


def test_the_log_cut_anywhere_is_noticed_without_any_passphrase(path):
    log = log_of(path).read_bytes()
    for length in range(len(log)):
        log_of(path).write_bytes(log[:length])
        with pytest.raises(LookupFileError) as caught:
            verify_log(path)
        assert caught.value.code in {"log-changed", "log-shortened"}


def edited(path: Path, edit: Callable[[list[bytes]], list[bytes]]) -> None:
    lines = log_of(path).read_bytes().splitlines(keepends=True)
    log_of(path).write_bytes(b"".join(edit(lines)))


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda lines: lines[:-1], "log-shortened"),
        (lambda lines: lines[:1], "log-shortened"),
        (lambda lines: [], "log-changed"),
        (lambda lines: lines[1:], "log-changed"),
        (lambda lines: [lines[0], lines[2]], "log-changed"),
        (lambda lines: [lines[0], lines[2], lines[1]], "log-changed"),
        (lambda lines: [*lines, lines[-1]], "log-changed"),
        (lambda lines: [*lines, b"\n"], "log-changed"),
        (lambda lines: [*lines, b'{"half'], "log-changed"),
        (lambda lines: [line.replace(b"\n", b"\r\n") for line in lines], "log-changed"),
        (lambda lines: [lines[0].replace(b'"cases":3', b'"cases":3.0'), *lines[1:]], "log-changed"),
    ],
)
def test_lines_removed_exchanged_or_added_are_noticed_and_every_use_refused(path, edit, code):
    edited(path, edit)
    assert refused(path) == code


def test_a_log_that_is_gone_is_noticed(path):
    log_of(path).unlink()
    assert refused(path) == "log-missing"


def rebuilt(lines: list[bytes], change: Callable[[int, dict[str, object]], None]) -> list[bytes]:
    """A chain forged with all hashes right, as anyone can without the passphrase; the signatures they cannot."""
    made, before = [], ""
    for number, text in enumerate(lines, start=1):
        line = json.loads(text)
        change(number, line)
        line["previous"] = before
        del line["hash"]
        bare = json.dumps(line, sort_keys=True, separators=(",", ":")).encode()
        before = line["hash"] = hashlib.sha256(bare).hexdigest()
        made.append(json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return made


def test_a_chain_rebuilt_around_an_edited_line_is_noticed_without_the_passphrase(path):
    def change(number: int, line: dict[str, object]) -> None:
        if number == 2:
            line["reason"] = "something harmless"

    edited(path, lambda lines: rebuilt(lines, change))
    assert refused(path) == "log-changed"


def test_a_line_added_by_somebody_without_the_passphrase_is_noticed_with_it(path):
    """One line more than the lookup remembers is what an interrupted use leaves; only the signature tells them apart."""

    whole = log_of(path).read_bytes().splitlines()

    def add(number: int) -> None:
        line = {**json.loads(whole[-1]), "number": number, "reason": "never happened"}
        edited(path, lambda _: rebuilt([*whole, json.dumps(line).encode()], lambda number, line: None))

    add(5)
    assert refused(path) == "log-changed"
    add(4)
    assert verify_log(path).unfinished == 1
    with pytest.raises(LookupFileError) as caught:
        verify_log(path, PASSPHRASE)
    assert caught.value.code == "log-forged" and "line 4" in str(caught.value)
    assert refused(path, PASSPHRASE) == "log-forged"


@pytest.mark.parametrize("mac", [None, 5, "é", "\ud800", "0" * 63, "A" * 64, ["0" * 64]])
def test_a_forged_line_with_a_strange_signature_is_an_error_of_ours(path, mac):
    whole = log_of(path).read_bytes().splitlines()
    line = json.dumps({**json.loads(whole[-1]), "number": 4, "mac": mac}).encode()
    edited(path, lambda _: rebuilt([*whole, line], lambda number, line: None))
    assert refused(path) == "log-changed"


@pytest.mark.parametrize(
    "change", [{"when": 5}, {"cases": True}, {"references": [5]}, {"more": ""}, {"reason": None}]
)
def test_a_forged_line_with_other_fields_is_an_error_of_ours(path, change):
    whole = log_of(path).read_bytes().splitlines()
    line = json.dumps({**json.loads(whole[-1]), "number": 4, **change}).encode()
    edited(path, lambda _: rebuilt([*whole, line], lambda number, line: None))
    assert refused(path) == "log-changed"


def test_chain_and_header_rebuilt_together_are_noticed_with_the_passphrase_and_only_with_it(path):
    """The most that can be done without the passphrase: everything consistent except what needs the key."""
    edited(path, lambda lines: rebuilt(lines[:2], lambda number, line: None))
    last = json.loads(log_of(path).read_bytes().splitlines()[-1])
    path.write_bytes(joined({**parts(path.read_bytes()), "log": {"lines": 2, "head": last["hash"]}}))
    assert len(verify_log(path).lines) == 2
    assert refused(path, PASSPHRASE) == "lookup-damaged"


def test_the_log_of_another_lookup_is_noticed(path, tmp_path_factory):
    other = seal(tmp_path_factory.mktemp("other"))
    for _ in range(2):
        reveal(other, REFERENCES[0], PASSPHRASE, reason="permission")
    shutil.copyfile(log_of(other), log_of(path))
    assert refused(path) == "log-changed"


def test_putting_back_an_older_copy_of_both_files_is_not_noticed_as_the_page_says(path, tmp_path):
    """The limit that the documentation states: nothing inside the folder can know of a whole older folder."""
    copies = path.read_bytes(), log_of(path).read_bytes()
    reveal(path, REFERENCES[0], PASSPHRASE, reason="later")
    path.write_bytes(copies[0])
    assert verify_log(path, PASSPHRASE).unfinished == 1
    log_of(path).write_bytes(copies[1])
    assert len(verify_log(path, PASSPHRASE).lines) == 3


@given(data=st.data())
@settings(deadline=None, max_examples=examples(80))
def test_any_edit_of_the_log_is_noticed(tmp_path_factory, data):
    made = seal(tmp_path_factory.mktemp("edit"))
    for number in range(data.draw(st.integers(0, 3))):
        reveal(made, REFERENCES[number], PASSPHRASE, reason=f"use {number}")
    log = log_of(made).read_bytes()
    start = data.draw(st.integers(0, len(log)))
    end = data.draw(st.integers(start, len(log)))
    changed = log[:start] + data.draw(st.binary(max_size=6)) + log[end:]
    log_of(made).write_bytes(changed)
    if changed == log:
        assert verify_log(made, PASSPHRASE).signatures_checked
    else:
        with pytest.raises(LookupFileError):
            verify_log(made)


def test_a_lost_log_can_be_restarted_and_the_loss_stays_on_record(path):
    log_of(path).unlink()
    assert restart_log(path, PASSPHRASE, reason="the share was restored") is None
    assert len(reveal(path, REFERENCES[0], PASSPHRASE, reason="permission")) == 1
    first, second = verify_log(path, PASSPHRASE).lines
    assert (first.number, first.action) == (1, "log restarted")
    assert first.reason == "the share was restored (The log before this one had 3 lines.)"
    assert second.action == "revealed"


def test_a_changed_log_is_kept_when_it_is_restarted(path):
    edited(path, lambda lines: lines[:-1])
    changed = log_of(path).read_bytes()
    kept = restart_log(path, PASSPHRASE, reason="lines are missing")
    assert kept is not None and kept.read_bytes() == changed
    assert verify_log(path, PASSPHRASE).signatures_checked
    with pytest.raises(LookupFileError):
        restart_log(path, "not the passphrase", reason="lines are missing")


if os.name != "nt" and os.geteuid() != 0:

    def test_a_log_that_cannot_be_read_is_a_clear_error(path):
        log_of(path).chmod(0)
        with pytest.raises(LookupFileError) as caught:
            verify_log(path)
        assert caught.value.code == "log-unreadable"
