"""The sample council's counts, design and draw are those on record; ``scripts/make_golden.py`` wrote them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

HERE = Path(__file__).parent
SCRIPT = HERE.parents[1] / "scripts" / "make_golden.py"


def test_the_sample_council_is_as_on_record():
    spec = importlib.util.spec_from_file_location("make_golden", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    expected = json.loads((HERE / "sample_council.json").read_text(encoding="utf-8"))
    found = script.golden()
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert found[name] == value, (
            f"{name} changed: if it was meant to, run {SCRIPT.name} and say why in the log"
        )
