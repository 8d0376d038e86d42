"""The sealed lookup in use: what it gives, what it puts on record, and what it never shows."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import os
import pickle
import stat
import subprocess
import sys
import textwrap
import threading
import traceback
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.errors import CasetrackError, LookupFileError, OutputError, UsageError
from casetrack.lookup import content as lookup_content
from casetrack.lookup import lookup as module
from casetrack.lookup.lookup import (
    KeepUntilWarning,
    Lookup,
    describe,
    extend,
    open_lookup,
    restart_log,
    reveal,
    rewrap,
    verify_log,
)
from casetrack.lookup.sealing import Cost
from casetrack.references import make_references
from share import examples

PASSPHRASE = "copper lantern thursday oak"
#: So that a try of the passphrase costs next to nothing; the real cost has a test of its own.
CHEAP = Cost(n=2, r=1, p=1)
REFERENCES = make_references(50, seed="a test lookup")
PEOPLE = tuple(f"LA-{number:05d}" for number in range(50))
NHS = tuple(f"999{number:07d}" for number in range(50))
WHEN = dt.datetime(2026, 4, 20, 9, 30, tzinfo=dt.UTC)


def sealed(folder: Path, lookup: Lookup | None = None, **changes: object) -> Path:
    facts = {
        "keep_until": dt.date(2099, 1, 1),
        "release_id": "release-1",
        "list_digest": "ab" * 32,
        "created": dt.date(2026, 4, 14),
        "_cost": CHEAP,
    }
    whole = Lookup.of(REFERENCES, PEOPLE, nhs_number=NHS) if lookup is None else lookup
    return whole.seal(folder / "council-only" / "lookup.sealed", PASSPHRASE, **{**facts, **changes})


def log_of(path: Path) -> Path:
    return path.with_name("lookup.sealed.log")


def state_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What comes back


def test_only_who_was_asked_for_comes_back_in_the_order_asked(tmp_path):
    path = sealed(tmp_path)
    found = reveal(
        path, [REFERENCES[7].lower(), f" {REFERENCES[2]} ", REFERENCES[7]], PASSPHRASE, reason="permission"
    )
    assert found.to_dict("list") == {
        "case_reference": [REFERENCES[7], REFERENCES[2]],
        "person_id": [PEOPLE[7], PEOPLE[2]],
        "nhs_number": [NHS[7], NHS[2]],
    }
    assert reveal(path, REFERENCES[0], PASSPHRASE, reason="one, as text")["person_id"].tolist() == [PEOPLE[0]]


@given(st.lists(st.integers(0, 49), min_size=1, max_size=60))
@settings(deadline=None, max_examples=examples(25))
def test_any_part_of_the_list_comes_back_right_and_is_on_record(tmp_path_factory, rows):
    path = sealed(tmp_path_factory.mktemp("any"))
    found = reveal(path, [REFERENCES[row] for row in rows], PASSPHRASE, reason="permission")
    asked = list(dict.fromkeys(rows))
    assert found["person_id"].tolist() == [PEOPLE[row] for row in asked]
    line = verify_log(path, PASSPHRASE).lines[-1]
    assert (line.action, line.cases, line.references) == (
        "revealed",
        len(asked),
        tuple(REFERENCES[row] for row in asked),
    )


def test_the_sealed_lookup_opens_whole_and_equal(tmp_path):
    path = sealed(tmp_path)
    assert open_lookup(path, PASSPHRASE, reason="record packs") == Lookup.of(
        REFERENCES, PEOPLE, nhs_number=NHS
    )
    assert verify_log(path, PASSPHRASE).lines[-1].cases == 50


def test_identifiers_stay_text(tmp_path):
    path = sealed(tmp_path, Lookup.of(REFERENCES[:2], ["0012", "12"], other=["1e5", ""]))
    found = reveal(path, REFERENCES[:2], PASSPHRASE, reason="permission")
    assert found["person_id"].tolist() == ["0012", "12"]
    assert found["other"].tolist() == ["1e5", ""]


def test_in_memory_it_answers_both_ways():
    lookup = Lookup.of(REFERENCES, PEOPLE)
    assert lookup.person_id(REFERENCES[3].lower()) == PEOPLE[3]
    assert lookup.case_reference(PEOPLE[3]) == REFERENCES[3]
    assert len(lookup) == 50


def test_the_real_cost_is_memory_hard_and_opens_again(tmp_path):
    path = sealed(tmp_path, _cost=None)
    cost = lookup_content.Sealed.from_bytes(path.read_bytes()).header.key.cost
    assert cost.n >= 2**15 and cost.r == 8 and cost.p >= 1
    assert 128 * cost.n * cost.r >= 128 * 2**20
    assert reveal(path, REFERENCES[0], PASSPHRASE, reason="permission")["person_id"].tolist() == [PEOPLE[0]]


def test_a_passphrase_typed_on_another_keyboard_is_the_same(tmp_path):
    path = Lookup.of(REFERENCES[:1], PEOPLE[:1]).seal(
        tmp_path / "lookup.sealed",
        "caf\u00e9 lantern thursday",
        keep_until=None,
        release_id="r",
        list_digest="d",
        _cost=CHEAP,
    )
    assert len(reveal(path, REFERENCES[0], "cafe\u0301 lantern thursday", reason="permission")) == 1


# What it refuses


def assert_nothing_given(folder: Path, before: dict[str, bytes], error: BaseException) -> None:
    """No message, cause or changed file; the lock's empty file may have appeared."""
    text = "".join(traceback.format_exception(error))
    assert not any(secret in text for secret in (*PEOPLE, *NHS, PASSPHRASE))
    after = {name: content for name, content in state_of(folder).items() if not name.endswith(".lock")}
    assert after == {name: content for name, content in before.items() if not name.endswith(".lock")}


@pytest.mark.parametrize(
    "wrong", ["", "copper lantern thursday oaK", "copper lantern thursday oak ", "x" * 10_000]
)
def test_a_wrong_passphrase_gives_nothing_and_says_what_it_may_be(tmp_path, wrong):
    path = sealed(tmp_path)
    before = state_of(path.parent)
    with pytest.raises(LookupFileError) as caught:
        reveal(path, REFERENCES[0], wrong, reason="permission")
    assert caught.value.code == "wrong-passphrase-or-changed"
    assert "cannot be told apart" in str(caught.value)
    assert_nothing_given(path.parent, before, caught.value)


def test_one_unknown_reference_among_known_ones_gives_nothing(tmp_path):
    path = sealed(tmp_path)
    before = state_of(path.parent)
    stranger = make_references(1, seed="another lookup")[0]
    with pytest.raises(LookupFileError) as caught:
        reveal(path, [REFERENCES[0], stranger, REFERENCES[1]], PASSPHRASE, reason="permission")
    assert caught.value.code == "unknown-reference"
    assert stranger in str(caught.value) and REFERENCES[0] not in str(caught.value)
    assert_nothing_given(path.parent, before, caught.value)


def test_a_mistyped_reference_is_told_from_an_unknown_one(tmp_path):
    path = sealed(tmp_path)
    with pytest.raises(UsageError) as caught:
        reveal(path, REFERENCES[0][::-1], PASSPHRASE, reason="permission")
    assert caught.value.code == "reference-mistyped"


def test_asking_for_nobody_is_refused(tmp_path):
    with pytest.raises(UsageError) as caught:
        reveal(sealed(tmp_path), [], PASSPHRASE, reason="permission")
    assert caught.value.code == "nothing-asked"


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 501, "tab\tin it", "a\u2028b"])
def test_a_use_needs_a_reason_of_one_line(tmp_path, reason):
    path = sealed(tmp_path)
    before = state_of(path.parent)
    with pytest.raises(UsageError) as caught:
        reveal(path, REFERENCES[0], PASSPHRASE, reason=reason)
    assert caught.value.code == "no-reason"
    assert_nothing_given(path.parent, before, caught.value)


@pytest.mark.parametrize(
    "reason",
    [
        "to call LA-00007",
        "call la-00007.",
        "(LA-00007)",
        "NHS 9990000007",
        "NHS 999 000 0007",
        "la 00007 moved",
    ],
)
def test_a_reason_must_not_name_somebody_in_the_lookup(tmp_path, reason):
    path = sealed(tmp_path)
    with pytest.raises(UsageError) as caught:
        reveal(path, REFERENCES[0], PASSPHRASE, reason=reason)
    assert caught.value.code == "reason-names-somebody"
    assert "0007" not in str(caught.value)


@pytest.mark.parametrize(
    "weak",
    ["", "short", "sevench", "aaaaaaaaaaaaaaaa", "abababababababab", " " * 20, "     a1b2c3     "],
)
def test_a_weak_passphrase_is_refused_before_anything_is_written(tmp_path, weak):
    with pytest.raises(UsageError) as caught:
        Lookup.of(REFERENCES[:1], PEOPLE[:1]).seal(
            tmp_path / "lookup.sealed", weak, keep_until=None, release_id="r", list_digest="d"
        )
    assert caught.value.code == "weak-passphrase"
    assert list(tmp_path.iterdir()) == []
    path = sealed(tmp_path)
    with pytest.raises(UsageError):
        rewrap(path, PASSPHRASE, weak)


@pytest.mark.parametrize("fact", ["two\nlines", "x" * 201, 12])
@pytest.mark.parametrize("name", ["release_id", "list_digest"])
def test_facts_for_the_header_are_one_short_line(tmp_path, name, fact):
    with pytest.raises(UsageError) as caught:
        sealed(tmp_path, **{name: fact})
    assert caught.value.code == ("wrong-object" if fact == 12 else "lookup-facts") and name in str(
        caught.value
    )


@pytest.mark.parametrize(
    "parts",
    [
        ([REFERENCES[0], REFERENCES[0]], ["A-1", "A-2"]),
        ([REFERENCES[0], REFERENCES[1]], ["A-1", "A-1"]),
        ([REFERENCES[0]], ["A-1", "A-2"]),
        ([REFERENCES[0].lower()], ["A-1"]),
        ([REFERENCES[0]], [12]),
        ([REFERENCES[0]], [""]),
        ([REFERENCES[0]], [None]),
    ],
)
def test_what_cannot_be_a_lookup_is_refused_without_showing_it(parts):
    with pytest.raises(UsageError) as caught:
        Lookup.of(*parts)
    assert caught.value.code == ("wrong-object" if parts[1] in ([12], [None]) else "lookup-content")
    assert "A-1" not in str(caught.value)


def test_sealing_never_overwrites_without_force_and_keeps_the_old_log(tmp_path):
    path = sealed(tmp_path)
    reveal(path, REFERENCES[0], PASSPHRASE, reason="permission")
    before, old_log = state_of(path.parent), log_of(path).read_bytes()
    with pytest.raises(OutputError):
        sealed(tmp_path)
    assert state_of(path.parent) == before
    sealed(tmp_path, force=True)
    assert log_of(path).with_name("lookup.sealed.log.1").read_bytes() == old_log
    assert len(verify_log(path, PASSPHRASE).lines) == 1


# What it never shows


def test_no_repr_or_error_shows_anybody():
    lookup = Lookup.of(REFERENCES, PEOPLE, nhs_number=NHS)
    shown = [repr(lookup), f"{lookup}", lookup._repr_html_(), repr([lookup])]
    assert shown[0] == "Lookup(50 cases, people not shown)"
    for ask in (lambda: lookup.case_reference("LA-99999"), lambda: lookup.person_id(make_references(1)[0])):
        with pytest.raises(LookupFileError) as caught:
            ask()
        shown += [str(caught.value), repr(caught.value)]
    assert not any(secret in text for text in shown for secret in (*PEOPLE, *NHS, "LA-99999"))


def test_it_cannot_be_pickled_or_changed():
    lookup = Lookup.of(REFERENCES, PEOPLE)
    with pytest.raises(UsageError) as caught:
        pickle.dumps(lookup)
    assert caught.value.code == "lookup-not-sealed"
    with pytest.raises(dataclasses.FrozenInstanceError):
        lookup.people = ()
    assert copy.copy(lookup) is lookup and copy.deepcopy([lookup])[0] is lookup


def test_no_file_holds_anybody_in_clear(tmp_path):
    path = sealed(tmp_path)
    reveal(path, REFERENCES[:10], PASSPHRASE, reason="permission")
    rewrap(path, PASSPHRASE, "another lantern thursday oak", _cost=CHEAP)
    module.destroy(path, reason="the visit is over")
    files = b"".join(state_of(path.parent).values())
    assert REFERENCES[0].encode() in files
    assert not any(secret.encode() in files for secret in (*PEOPLE, *NHS, PASSPHRASE, "another lantern"))


def test_two_sealings_of_the_same_lookup_share_no_secret_bytes(tmp_path):
    first, second = (sealed(tmp_path / name).read_bytes()[-200:] for name in ("a", "b"))
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 20


if os.name != "nt":

    def test_lookup_log_and_certificate_are_the_owners_only(tmp_path):
        path = sealed(tmp_path)
        reveal(path, REFERENCES[0], PASSPHRASE, reason="permission")
        module.destroy(path)
        assert {stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()} == {0o600}


# Keep until


def test_past_its_day_every_use_warns_and_still_works(tmp_path):
    path = sealed(tmp_path, keep_until=dt.date(2026, 4, 20))
    last_day, day_after = WHEN, WHEN + dt.timedelta(days=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reveal(path, REFERENCES[0], PASSPHRASE, reason="permission", when=last_day)
    uses = [
        lambda: reveal(path, REFERENCES[0], PASSPHRASE, reason="permission", when=day_after),
        lambda: open_lookup(path, PASSPHRASE, reason="permission", when=day_after),
        lambda: extend(
            path,
            Lookup.of(make_references(1, seed="new"), ["LA-77777"], nhs_number=[""]),
            PASSPHRASE,
            reason="new",
            when=day_after,
        ),
        lambda: rewrap(path, PASSPHRASE, PASSPHRASE, when=day_after, _cost=CHEAP),
        lambda: restart_log(path, PASSPHRASE, reason="lost", when=day_after),
        lambda: describe(path),
        lambda: verify_log(path),
    ]
    for use in uses:
        with pytest.warns(KeepUntilWarning, match="until 2026-04-20") as seen:
            use()
        assert seen[0].filename == __file__
        assert not any(secret in str(seen[0].message) for secret in (*PEOPLE, *NHS, *REFERENCES))


def test_each_use_past_its_day_is_shown_not_only_the_first(tmp_path):
    path = sealed(tmp_path, keep_until=dt.date(2026, 4, 1))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for _ in range(3):
            reveal(path, REFERENCES[0], PASSPHRASE, reason="permission", when=WHEN)
    assert len(seen) == 3


def test_when_warnings_are_errors_nothing_is_given_or_recorded(tmp_path):
    path = sealed(tmp_path, keep_until=dt.date(2026, 4, 1))
    before = log_of(path).read_bytes()
    with pytest.raises(KeepUntilWarning), warnings.catch_warnings():
        warnings.simplefilter("error")
        reveal(path, REFERENCES[0], PASSPHRASE, reason="permission", when=WHEN)
    assert log_of(path).read_bytes() == before


def test_what_it_is_of_can_be_read_without_the_passphrase(tmp_path):
    about = describe(sealed(tmp_path))
    assert (about.release_id, about.list_digest, about.cases, about.uses) == ("release-1", "ab" * 32, 50, 1)
    assert (about.created, about.keep_until) == (dt.date(2026, 4, 14), dt.date(2099, 1, 1))
    assert "release-1" in about._repr_html_()
    assert describe(sealed(tmp_path / "b", keep_until=None)).keep_until is None


# Changing it


def test_a_new_passphrase_opens_it_and_the_old_one_no_longer_does(tmp_path):
    path = sealed(tmp_path)
    before = path.read_bytes()
    rewrap(path, PASSPHRASE, "another lantern thursday oak", _cost=CHEAP)
    after = path.read_bytes()
    with pytest.raises(LookupFileError):
        reveal(path, REFERENCES[0], PASSPHRASE, reason="permission")
    assert len(reveal(path, REFERENCES, "another lantern thursday oak", reason="permission")) == 50
    old, new = lookup_content.Sealed.from_bytes(before), lookup_content.Sealed.from_bytes(after)
    assert old.ciphertext == new.ciphertext
    assert old.header.facts == new.header.facts and old.header.records_nonce == new.header.records_nonce
    assert old.header.key.salt != new.header.key.salt and old.header.key.wrapped != new.header.key.wrapped
    assert [line.action for line in verify_log(path, "another lantern thursday oak").lines] == [
        "sealed",
        "passphrase changed",
        "revealed",
    ]


def test_the_log_tells_the_moment_of_sealing(tmp_path, monkeypatch):
    moment = dt.datetime(2026, 4, 14, 9, 5, 20, tzinfo=dt.UTC)
    monkeypatch.setattr(lookup_content, "now", lambda: moment)
    assert verify_log(sealed(tmp_path)).lines[0].when == "2026-04-14T09:05:20Z"


def test_cases_can_be_added_and_those_sealed_before_stay(tmp_path):
    path = sealed(tmp_path)
    new = Lookup.of(make_references(1, seed="replacement"), ["LA-90001"], nhs_number=[""])
    before = lookup_content.Sealed.from_bytes(path.read_bytes()).header
    extend(path, new, PASSPHRASE, reason="one person declined", list_digest="cd" * 32, when=WHEN)
    after = lookup_content.Sealed.from_bytes(path.read_bytes()).header
    assert before.records_nonce != after.records_nonce and before.key == after.key
    found = reveal(path, [REFERENCES[49], new.references[0]], PASSPHRASE, reason="permission")
    assert found["person_id"].tolist() == [PEOPLE[49], "LA-90001"]
    about = describe(path)
    assert (about.cases, about.list_digest, about.release_id) == (51, "cd" * 32, "release-1")
    line = verify_log(path, PASSPHRASE).lines[1]
    assert (line.action, line.references) == ("extended", new.references)


@pytest.mark.parametrize(
    "more",
    [
        Lookup.of([REFERENCES[0]], ["LA-90001"], nhs_number=[""]),
        Lookup.of(make_references(1, seed="r"), [PEOPLE[0]], nhs_number=[""]),
        Lookup.of(make_references(1, seed="r"), ["LA-90001"]),
    ],
)
def test_a_case_that_is_there_already_is_not_added(tmp_path, more):
    path = sealed(tmp_path)
    before = state_of(path.parent)
    with pytest.raises(UsageError) as caught:
        extend(path, more, PASSPHRASE, reason="one person declined")
    assert caught.value.code == "lookup-content"
    assert_nothing_given(path.parent, before, caught.value)


# Record before revealing


def test_the_log_is_on_the_disk_before_anybody_is_revealed(tmp_path, monkeypatch):
    path = sealed(tmp_path)
    order = []
    real_write, real_frame = module.write_file, Lookup.to_people_frame
    monkeypatch.setattr(
        module, "write_file", lambda *a, **k: (order.append(Path(a[0]).name), real_write(*a, **k))[1]
    )
    monkeypatch.setattr(
        Lookup, "to_people_frame", lambda self: (order.append("revealed"), real_frame(self))[1]
    )
    reveal(path, REFERENCES[0], PASSPHRASE, reason="permission")
    assert order == ["lookup.sealed.log", "lookup.sealed", "revealed"]


@pytest.mark.parametrize("failing", [1, 2])
def test_when_the_record_cannot_be_written_nothing_is_revealed_and_the_lookup_still_works(
    tmp_path, monkeypatch, failing
):
    """The first write is the log, the second the header that remembers it; a use may stop between them."""
    path = sealed(tmp_path)
    real, calls = module.write_file, []

    def fails(*args, **kwargs):
        calls.append(args)
        if len(calls) == failing:
            raise OutputError.of("cannot-write", "disk full")
        return real(*args, **kwargs)

    with monkeypatch.context() as patch, pytest.raises(OutputError):
        patch.setattr(module, "write_file", fails)
        reveal(path, REFERENCES[0], PASSPHRASE, reason="permission")
    check = verify_log(path, PASSPHRASE)
    assert check.unfinished == failing - 1
    assert len(reveal(path, REFERENCES[1], PASSPHRASE, reason="permission")) == 1
    assert verify_log(path, PASSPHRASE).unfinished == 0


@pytest.mark.parametrize("killed_at", range(1, 5 if os.name == "nt" else 7))
def test_killed_at_any_write_nobody_was_revealed_and_the_lookup_still_opens(tmp_path, killed_at):
    """The process ends, as by a power cut, at the n-th time that it brings a file to the disk or names it."""
    path = sealed(tmp_path)
    script = f"""
        import os
        from pathlib import Path
        from casetrack.lookup.lookup import reveal
        left = [{killed_at}]
        def counted(real):
            def call(*args):
                left[0] -= 1
                return os._exit(9) if left[0] == 0 else real(*args)
            return call
        Path.replace, files_fsync = counted(Path.replace), os.fsync
        os.fsync = counted(files_fsync)
        print(reveal({str(path)!r}, {REFERENCES[0]!r}, {PASSPHRASE!r}, reason="permission"), flush=True)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 9 and done.stdout == b""
    assert verify_log(path, PASSPHRASE).unfinished in (0, 1)
    assert len(reveal(path, REFERENCES[1], PASSPHRASE, reason="permission")) == 1
    assert verify_log(path, PASSPHRASE).lines[-1].references == (REFERENCES[1],)


def test_uses_at_the_same_time_are_all_on_record(tmp_path):
    path = sealed(tmp_path)
    found: list[str] = []

    def use(row: int) -> None:
        found.extend(reveal(path, REFERENCES[row], PASSPHRASE, reason=f"use {row}")["person_id"])

    users = [threading.Thread(target=use, args=(row,)) for row in range(8)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert sorted(found) == sorted(PEOPLE[:8])
    check = verify_log(path, PASSPHRASE)
    assert sorted(line.references for line in check.lines[1:]) == sorted(
        (REFERENCES[row],) for row in range(8)
    )


def test_every_error_is_ours(tmp_path):
    with pytest.raises(CasetrackError) as caught:
        reveal(tmp_path / "nowhere" / "lookup.sealed", REFERENCES[0], PASSPHRASE, reason="permission")
    assert caught.value.code == "lookup-missing"
    with pytest.raises(CasetrackError) as caught:
        reveal(tmp_path, REFERENCES[0], PASSPHRASE, reason="permission")
    assert caught.value.code in {"lookup-unreadable", "lookup-damaged"}
    assert list(tmp_path.iterdir()) == []
