"""A list on disk: equal when opened again, never over what it does not know, nothing lost when killed."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import casetrack
from casetrack.cases.case_list import CaseList
from casetrack.errors import CasetrackError, HistoryError, OutputError
from casetrack.files import locked
from identifiers import told
from life_example import KEY, coded, design, drawn


@pytest.fixture
def cases():
    return drawn()


def test_json_and_back_is_equal(cases):
    later = cases.permission(cases.references[0], "asked", needs="large print", on="2026-04-03")
    later = later.replace(cases.references[1], "moved", on="2026-04-04", reference_seed="r")
    later = later.select(later.references[:10], on="2026-04-05").record_release({"k": 10}, on="2026-04-05")
    opened = CaseList.from_json(later.to_json())
    assert opened == later
    assert opened.to_json() == later.to_json()
    assert opened.cases.equals(later.cases)
    assert opened.states == later.states
    assert opened.known is None


def test_save_and_open(cases, tmp_path):
    path = cases.save(tmp_path / "case list é.json")
    assert CaseList.open(path) == cases
    cases.save(path)
    longer = cases.permission(cases.references[0], "asked", on="2026-04-03")
    longer.save(path)
    assert CaseList.open(path) == longer
    if os.name != "nt":
        assert path.stat().st_mode & 0o077 == 0


def test_a_shorter_or_a_forked_list_is_not_written_over(cases, tmp_path):
    path = tmp_path / "case-list.json"
    mine = cases.permission(cases.references[0], "asked", on="2026-04-03")
    other = cases.permission(cases.references[1], "asked", on="2026-04-03")
    mine.save(path)
    for late in (cases, other, mine.as_of("2026-04-02")):
        with pytest.raises(HistoryError) as caught:
            late.save(path)
        assert caught.value.code == "somebody-else-wrote"
    assert CaseList.open(path) == mine


def test_what_is_no_case_list_is_neither_opened_nor_written_over(cases, tmp_path):
    for number, content in enumerate(
        (b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"format": 1}', b"PK\x03\x04")
    ):
        path = tmp_path / f"{number}.json"
        path.write_bytes(content)
        with pytest.raises(HistoryError):
            CaseList.open(path)
        with pytest.raises(HistoryError):
            cases.save(path)
        assert path.read_bytes() == content
    with pytest.raises(HistoryError):
        CaseList.open(tmp_path / "none.json")
    with pytest.raises(CasetrackError):
        CaseList.open(tmp_path)


def test_an_edited_file_is_not_opened(cases):
    text = cases.to_json()
    code = cases.cases["listed_as"].iloc[0]
    edits = [
        text.replace('"size": 50', '"size": 49', 1),
        text.replace(
            f'"listed_as": "{code}"', '"listed_as": "CT03"' if code != "CT03" else '"listed_as": "CT01"', 1
        ),
        text.replace('"on": "2026-04-02"', '"on": "20260402"'),
        text.replace('"min": 5', '"min": 4', 1),
        text.replace("analyst", "somebody"),
        text.replace('"drawn"', '"released"', 1),
    ]
    for edited in edits:
        assert edited != text
        with pytest.raises(HistoryError) as caught:
            CaseList.from_json(edited)
        assert caught.value.code in {"log-changed", "design-changed", "not-a-case-list"}


def test_every_digit_and_letter_of_the_log_counts(cases):
    text = cases.to_json()
    start = text.index('"history"')
    places = range(start + 12, len(text) - 4, 53)
    caught = 0
    for place in places:
        old = text[place]
        new = {"0": "1", "a": "b"}.get(old, "0" if old.isdigit() else "a" if old.isalpha() else "")
        if new:
            with pytest.raises(HistoryError):
                CaseList.from_json(text[:place] + new + text[place + 1 :])
            caught += 1
    assert caught > 40


def test_one_decision_is_one_line(cases):
    text = cases.permission(cases.references[0], "asked", on="2026-04-03").to_json()
    assert sum('"action"' in line for line in text.splitlines()) == 2
    json.loads(text)


def test_the_people_that_a_design_names_are_not_kept(cases):
    named = (
        design()
        .with_fixed_place(drawn().ids[0], "asked for it")
        .without_person(drawn().ids[1], "a complaint")
    )
    made = casetrack.draw(coded(), named, "x", on="2026-04-02", reference_seed="n")
    text = made.to_json()
    assert not told(text, [drawn().ids[0]])
    assert "asked for it" not in text
    opened = CaseList.from_json(text)
    with pytest.raises(HistoryError) as caught:
        opened.attach(coded(), made.identified.people, key=KEY)
    assert caught.value.code == "another-design"
    again = opened.attach(coded(), made.identified.people, named, key=KEY)
    assert again.ids == made.ids


def _hold(path: str, started: object, seconds: float) -> None:
    with locked(path):
        started.set()
        time.sleep(seconds)
        Path(path).with_name("held to the end").touch()


def test_two_processes_do_not_write_at_once(cases, tmp_path, monkeypatch):
    path = tmp_path / "case-list.json"
    cases.save(path)
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    other = context.Process(target=_hold, args=(str(path), started, 1.0))
    other.start()
    try:
        assert started.wait(60)
        cases.permission(cases.references[0], "asked", on="2026-04-03").save(path)
        assert (tmp_path / "held to the end").exists(), "the save waited until the lock was let go"
    finally:
        other.join(60)
    assert len(CaseList.open(path).history) == 2


def test_somebody_who_holds_the_lock_too_long_is_told_of(cases, tmp_path):
    path = tmp_path / "case-list.json"
    with locked(path), pytest.raises(OutputError) as caught, locked(path, wait=0.1):
        pass
    assert caught.value.code == "in-use"


#: Saves a longer list, and ends without any clearing up at the n-th time that it touches a file.
_SAVER = """
import os, sys
from casetrack.cases.case_list import CaseList
path, fatal = sys.argv[1], int(sys.argv[2])
cases = CaseList.open(path)
longer = cases.permission(cases.references[0], "asked", on="2026-04-03")
calls = 0
def watch(event, args):
    global calls
    if event in {"open", "os.rename", "os.link", "os.remove"} and os.path.dirname(path) in str(args):
        calls += 1
        if calls == fatal:
            os._exit(9)
sys.addaudithook(watch)
longer.save(path)
print(calls)
"""


def _save_and_die(path: Path, fatal: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(casetrack.__file__).parents[1])}
    command = [sys.executable, "-c", _SAVER, str(path), str(fatal)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_killed_while_it_saves_the_old_list_or_the_new_one_is_there(cases, tmp_path):
    path = cases.save(tmp_path / "case-list.json")
    steps = int(_save_and_die(path, 0).stdout)
    assert steps >= 4
    for fatal in range(1, steps + 1):
        path = cases.save(tmp_path / str(fatal) / "case-list.json")
        assert _save_and_die(path, fatal).returncode == 9
        opened = CaseList.open(path)
        opened.verify()
        assert len(opened.history) in {1, 2}
        cases.permission(cases.references[0], "asked", on="2026-04-03").save(path)
        assert len(CaseList.open(path).history) == 2
