"""Every command stopped at every write operation, and on a full disk: before or after, never between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import casetrack

TESTS = Path(__file__).parents[1]
#: The one that replaces a whole folder; the others write by the same few functions, and wait for the night.
FIRST = ("draw --force",)
COMMANDS = (
    *FIRST,
    "replace",
    "destroy",
    "draw",
    "reveal",
    "permission",
    "select",
    "packs",
    "worklist",
    "timetable",
    "done",
    "export",
    "destroy --documents",
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="stops a process that it forks")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("a council")


def stopped(place: Path, *command: str) -> dict:
    paths = [str(Path(casetrack.__file__).parents[1]), str(TESTS)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    arguments = [sys.executable, str(TESTS / "stopping.py"), str(place), *command]
    done = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("command", FIRST)
def test_stopped_at_any_write_the_folder_is_before_or_after_and_the_command_can_be_done_again(place, command):
    told = stopped(place, command, "share")
    assert told["operations"] >= 2, "the operations are counted"
    assert told["stops"] >= told["operations"], "one of the ways at each"
    assert told["problems"] == []


@pytest.mark.night
@pytest.mark.parametrize("command", COMMANDS)
def test_stopped_in_every_way_at_any_write(place, command):
    told = stopped(place, command)
    assert told["operations"] >= 2, "the operations are counted"
    assert told["stops"] >= 3 * told["operations"]
    assert told["problems"] == []
