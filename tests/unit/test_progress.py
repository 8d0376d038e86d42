"""Progress: shares that add up, shown to somebody who looks and to nobody else, without a trace in the list."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

import casetrack as ct
from casetrack import progress
from command import here
from life_example import AS_AT, KEY, SEED, coded, design, on_disk


class Looked:
    """A screen that keeps what it is told."""

    def __init__(self):
        self.told, self.closed = [], 0

    def tell(self, words, share):
        self.told.append((words, share))

    def close(self):
        self.closed += 1


@pytest.fixture
def screen(monkeypatch):
    looked = Looked()
    monkeypatch.setattr(progress, "_screen", lambda: looked)
    return looked


def shares(screen):
    return [share for _, share in screen.told]


def test_work_within_work_takes_its_share_of_it(screen):
    with progress.work("Outer"):
        with progress.work("Inner", 0.5):
            progress.done(0.5)
        for _ in progress.steps("ab"):
            progress.done(0.5)
    assert screen.told[:3] == [("Outer", 0.0), ("Inner", 0.0), ("Inner", 0.25)]
    assert screen.told[3:] == [("Outer", 0.5), ("Outer", 0.75), ("Outer", 1.0), ("Outer", 1.0)]
    assert screen.closed == 1


def test_a_step_back_a_loop_left_early_and_an_error_leave_the_bar_in_order(screen):
    with pytest.raises(KeyError), progress.work("All"):
        progress.done(0.4)
        progress.done(0.1)
        left = progress.steps("abcd")
        next(left)
        raise KeyError
    left.close()
    progress.done(1.0)
    assert shares(screen) == sorted(shares(screen))
    assert screen.closed == 1
    assert progress._NOW.get() is None


def test_suggesting_drawing_and_releasing_tell_how_far_they_are_and_give_the_same_list(screen, monkeypatch):
    made, plan = [], ct.Design.suggest(coded(), size=12)
    for looked_at in (True, False):
        if not looked_at:
            monkeypatch.setattr(progress, "_screen", lambda: None)
        cases = ct.draw(coded(), plan, SEED, key=KEY, on="2026-04-02", reference_seed="r")
        made.append((plan.digest(), cases.cases.to_csv(), ct.pseudonymise(cases).table.to_csv()))
    assert made[0] == made[1]
    for words in ("Suggesting quotas", "Drawing the list", "Finding what can be shown"):
        mine = [share for said, share in screen.told if said == words]
        assert mine[0] == 0.0
        assert mine == sorted(mine)
        assert 0.3 < mine[-1] <= 1.0
        assert len(mine) > 3
    assert screen.closed == 3


def test_a_command_tells_it_but_not_with_json(screen, monkeypatch, capsys, tmp_path):
    folder = on_disk(tmp_path)
    design().to_toml(folder / "design.toml")
    screen.told, screen.closed = [], 0
    files = folder / "cld_extract.csv", "--people", folder / "person_details.csv"
    check = "check", *files, "--as-at", AS_AT, "--design", folder / "design.toml"
    assert here(monkeypatch, capsys, *check, "--json").code == 0
    assert not screen.told
    assert here(monkeypatch, capsys, *check).code == 0
    assert {"Reading the extract", "Checking the design"} <= {words for words, _ in screen.told}
    assert screen.closed == 1


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_at_a_terminal_it_is_a_line_after_two_seconds_and_otherwise_nothing(monkeypatch):
    for stream, after, seen in (
        (Terminal(), 0.0, True),
        (Terminal(), 1000.0, False),
        (io.StringIO(), 0.0, False),
        (None, 0.0, False),
    ):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(progress, "_AFTER", after)
        with progress.work("Mending [bold]lists"):
            progress.done(0.25)
        written = "" if stream is None else stream.getvalue()
        assert ("Mending [bold]lists" in written) is seen
        assert ("25%" in written) is seen


@pytest.mark.parametrize("somebody", [True, False])
def test_in_a_notebook_it_is_a_bar_that_goes_and_nothing_where_a_program_runs_it(monkeypatch, somebody):
    display = pytest.importorskip("IPython.display")
    shown = []
    handle = SimpleNamespace(update=lambda data, raw: shown.append(data["text/html"]))
    monkeypatch.setattr(display, "display", lambda data, **_: shown.append(data["text/html"]) or handle)
    shell = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=somebody))
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
    monkeypatch.setattr(progress, "_AFTER", 0.0)
    monkeypatch.setattr(progress, "_BETWEEN", 0.0)
    with progress.work("Mending <lists>"):
        progress.done(0.25)
    if somebody:
        assert shown[-1] == ""
        assert any("Mending &lt;lists&gt;: 25% done" in text for text in shown)
    else:
        assert shown == []
