"""The second look over invented councils: a share of the whole, which is for the night."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "second_look.py"


def script():
    spec = importlib.util.spec_from_file_location("second_look", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_readers_get_what_is_promised_and_versions_tell_nothing_more():
    found = script().look(300, 1, "rare", 2, lists=24)
    assert found["met"], found
    assert found["newcomers"] == 2
    # No goal: where fewer than ten people who hold the code are left, a newcomer hides among fewer.
    assert 0 < found["who_left"] < 1
    assert found["no_key"] == found["facts"] == found["special"] == found["beyond"] == 0
    assert abs(found["rule"] - found["expected"]) <= 3 * found["error"] + 0.05


@pytest.mark.night
@pytest.mark.parametrize("council", script().COUNCILS, ids=str)
def test_every_council(council):
    found = script().look(*council, lists=64)
    assert found["met"], found
