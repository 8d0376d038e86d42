"""A sealed lookup opens without casetrack, and what an older version sealed opens with this one."""

from __future__ import annotations

import ast
import datetime as dt
import json
import runpy
import sys
import unicodedata
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from casetrack.designs.design import Design
from casetrack.lookup.lookup import Lookup, extend, open_lookup, rewrap
from casetrack.lookup.sealing import Cost, Sealed
from casetrack.references import make_references
from casetrack.runs.state import KeptLookup, State

ROOT = Path(__file__).resolve().parents[2]
OPENER = ROOT / "scripts" / "open_lookup.py"
VECTORS = sorted((ROOT / "tests" / "data" / "lookup").glob("*.sealed"))
PASSPHRASE = "Räume copper lantern thursday"
TOLD = json.loads((ROOT / "tests" / "data" / "lookup" / "records.json").read_text(encoding="utf-8"))
CHEAP = Cost(n=2)
OF = {"keep_until": None, "release_id": "1", "list_digest": "ab" * 32, "_cost": CHEAP}

opened = runpy.run_path(str(OPENER))["opened"]


def test_the_opener_is_short_and_needs_nothing_but_cryptography():
    tree = ast.parse(OPENER.read_text(encoding="utf-8"))
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    names = {(n.module if isinstance(n, ast.ImportFrom) else n.names[0].name).split(".")[0] for n in imports}
    assert names - sys.stdlib_module_names == {"cryptography"}
    code = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert sum(node.end_lineno - node.lineno + 1 for node in code) <= 45


@pytest.mark.parametrize("path", VECTORS, ids=lambda p: p.stem)
def test_every_version_that_was_ever_written_opens_with_both(path, tmp_path):
    assert opened(path.read_bytes(), PASSPHRASE) == TOLD
    assert opened(path.read_bytes(), unicodedata.normalize("NFD", PASSPHRASE)) == TOLD
    for part in (path, path.with_name(path.name + ".log")):
        (tmp_path / part.name).write_bytes(part.read_bytes())
    used = open_lookup(
        tmp_path / path.name, PASSPHRASE, reason="a test", when=dt.datetime(2026, 4, 20, tzinfo=dt.UTC)
    )
    assert list(used.columns) == TOLD["columns"]
    assert [list(person) for person in used.people] == TOLD["people"]
    assert list(used.references) == TOLD["references"]


def test_the_version_that_is_written_today_has_its_vector(tmp_path):
    path = Lookup.of(make_references(1, seed="x"), ["LA-1"]).seal(tmp_path / "a", PASSPHRASE, **OF)
    assert path.read_bytes()[24] in {vector.read_bytes()[24] for vector in VECTORS}


def test_after_every_use_it_still_opens_without_casetrack(tmp_path):
    first, more = make_references(2, seed="first"), make_references(1, seed="more")
    path = tmp_path / "lookup.sealed"
    Lookup.of(first, ["LA-1", "LA-2"]).seal(path, PASSPHRASE, **OF)
    extend(path, Lookup.of(more, ["LA-3"]), PASSPHRASE, reason="a test")
    rewrap(path, PASSPHRASE, "another oak copper lantern", _cost=CHEAP)
    records = opened(path.read_bytes(), "another oak copper lantern")
    assert (records["references"], records["people"]) == ([*first, *more], [["LA-1"], ["LA-2"], ["LA-3"]])
    with pytest.raises(SystemExit, match="passphrase is wrong"):
        opened(path.read_bytes(), PASSPHRASE)


def test_a_changed_byte_gives_nothing():
    content = VECTORS[-1].read_bytes()
    with pytest.raises(InvalidTag):
        opened(content[:-1] + bytes([content[-1] ^ 1]), PASSPHRASE)
    with pytest.raises(SystemExit, match="no sealed lookup"):
        opened(b"x" + content, PASSPHRASE)
    assert Sealed.from_bytes(content)


def test_as_a_council_would_run_it(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(OPENER), str(VECTORS[0])])
    monkeypatch.setattr("getpass.getpass", lambda prompt: PASSPHRASE)
    runpy.run_path(str(OPENER), run_name="__main__")
    rows = [[ref, *person] for ref, person in zip(TOLD["references"], TOLD["people"], strict=True)]
    shown = capsys.readouterr().out.splitlines()
    assert shown == [",".join(row) for row in [["case_reference", *TOLD["columns"]], *rows]]


def test_it_finds_the_lookup_in_the_state_of_a_folder(monkeypatch, capsys, tmp_path):
    lookup = Lookup.of(make_references(2, seed="x"), ["LA-1", "LA-2"])
    facts = {"keep_until": None, "release_id": "1", "list_digest": "ab" * 32, "created": dt.date(2026, 4, 2)}
    kept = KeptLookup.of(*lookup.sealed(PASSPHRASE, _cost=CHEAP, **facts))
    state = State("0" * 32, "0" * 64, "0.1.0", Design(size=2), (), (), {}, kept)
    path = tmp_path / "state.json"
    path.write_text(state.to_json(), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", [str(OPENER), str(path)])
    monkeypatch.setattr("getpass.getpass", lambda prompt: PASSPHRASE)
    runpy.run_path(str(OPENER), run_name="__main__")
    assert [line.split(",")[1] for line in capsys.readouterr().out.splitlines()] == [
        "person_id",
        "LA-1",
        "LA-2",
    ]
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(SystemExit, match="no sealed lookup"):
        runpy.run_path(str(OPENER), run_name="__main__")


def test_the_page_shows_the_opener_as_it_is():
    page = (ROOT / "docs" / "how-to" / "open-the-lookup-without-casetrack.md").read_text(encoding="utf-8")
    assert f"```py\n{OPENER.read_text(encoding='utf-8')}```" in page
