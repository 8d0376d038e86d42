"""`casetrack replace` killed at every step: the list opens and holds, and the command done again finishes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import casetrack
from casetrack.lookup.lookup import open_lookup, rewrap
from casetrack.lookup.sealing import Cost
from casetrack.runs.folders import RunFolder, read_again
from casetrack.runs.manifest import replay
from casetrack.runs.running import run
from life_example import AS_AT, KEY, PASSPHRASE, SEED, on_disk

TESTS = Path(__file__).parents[1]
FORKS = hasattr(os, "fork")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = on_disk(tmp_path_factory.mktemp("a council"), people=300)
    extract, people = folder / "cld_extract.csv", folder / "person_details.csv"
    run(
        extract,
        people=people,
        as_at=AS_AT,
        seed=SEED,
        out=folder / "out",
        passphrase=PASSPHRASE,
        on="2026-04-02",
        reference_seed="r",
    )
    # A cheap passphrase computation: it is asked for some hundred times.
    rewrap(folder / "out" / "council-only" / "lookup.sealed", PASSPHRASE, PASSPHRASE, _cost=Cost(n=2))
    return folder


def kill(made: Path, copies: Path, steps: list[int]) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(casetrack.__file__).parents[1]), str(TESTS)]),
    }
    command = [
        sys.executable,
        str(TESTS / "killed_replace.py"),
        str(made),
        str(copies),
        ",".join(map(str, steps)),
    ]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode in ((0,) if FORKS else (0, 8, 9)), done.stderr


@pytest.fixture(scope="module")
def killed(made, tmp_path_factory):
    copies = tmp_path_factory.mktemp("killed")
    for steps in [list(range(1, 200))] if FORKS else [[4], [4], [12], [12], [20], [20]]:
        kill(made, copies, steps)
    return copies


def test_after_every_kill_the_list_opens_and_holds(made, killed):
    before = RunFolder.open(made / "out")
    folders = sorted(killed.glob("killed *"))
    assert len(folders) > (15 if FORKS else 2)
    actions = set()
    for folder in folders:
        found = RunFolder.open(folder)
        found.cases.verify()
        assert len(found.cases) == 50
        assert found.cases.history[:2] == before.cases.history
        assert all(path.exists() for path in found.returns())
        held = open_lookup(found.lookup_file, PASSPHRASE, reason="a test").references
        assert set(found.cases.states) <= set(held), "a case on the list that nobody can find"
        for name in ("case-list.xlsx", "case-list.csv"):
            assert (folder / "return" / name).read_bytes() == (made / "out" / "return" / name).read_bytes()
        actions.add(tuple(d.action for d in found.cases.history))
    if FORKS:
        assert len(actions) == 2, "killed before and after the list was saved"


def test_done_again_it_is_finished(made, killed):
    pool = read_again(
        RunFolder.open(made / "out").manifest.content,
        made / "cld_extract.csv",
        people=made / "person_details.csv",
    )
    outcomes = set()
    for folder in sorted(killed.glob("again *[0-9]")):
        if folder.is_file():
            continue
        step = folder.name.removeprefix("again ")
        if FORKS:
            assert (killed / f"code {step}").read_text(encoding="utf-8") == "9"
            assert (killed / f"again code {step}").read_text(encoding="utf-8") == "0", step
        found = RunFolder.open(folder)
        assert [d.action for d in found.cases.history] == ["drawn", "released", "replaced", "released"], step
        assert sorted(p.name for p in (folder / "return").iterdir()) == [
            "case-list-v2.csv",
            "case-list-v2.xlsx",
            "case-list.csv",
            "case-list.xlsx",
        ]
        sent = pd.read_excel(found.returns()[-1], sheet_name=None, header=None, dtype=str, engine="calamine")
        printed = {
            text for sheet in sent.values() for text in sheet.to_numpy().ravel() if isinstance(text, str)
        }
        assert set(found.cases.references) <= printed
        assert found.cases.history[2].case not in printed
        held = open_lookup(found.lookup_file, PASSPHRASE, reason="a test")
        assert set(held.references) == set(found.cases.states)
        assert replay(found.manifest, pool, key=KEY).same
        assert len(found.manifest.content["states"]) == 2
        new = found.cases.history[2].detail["by"]["reference"]
        outcomes.add(held.person_id(new))
    assert len(outcomes) == 1, "the same person comes, wherever it was interrupted"
