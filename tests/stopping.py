"""Commands on a folder, stopped at any write or any moment, and what is found afterwards.

Run as ``python stopping.py PLACE COMMAND [share]``: stops the command at every write operation in every way, or in one of
the ways in turn, and prints a JSON object with what was tried and what was wrong. Used by the tests and by
``scripts/kills.py``. It forks, so it needs POSIX.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casetrack import files
from casetrack.cases import case_list, decisions
from casetrack.cli import app as cli
from casetrack.lookup import content
from casetrack.lookup.sealing import Cost
from casetrack.packs import record_packs
from casetrack.runs import folders, running
from casetrack.runs.ending import kept_until
from casetrack.runs.exports import look
from casetrack.runs.folders import RunFolder, open_for
from casetrack.runs.places import state_path
from casetrack.runs.standing import NOT_DONE, status_of, verify_folder
from command import drawn_once
from life_example import AS_AT, KEY, PASSPHRASE, SEED, coded, design, on_disk

#: Everything that touches the disk goes through these.
OPERATIONS = ("_write_hidden", "_place", "_unlink", "_make", "_overwrite", "_link")
WAYS = ("killed before", "killed half way", "killed after", "disk full")
ENDED = {"killed": 9}


@dataclass(frozen=True)
class Scene:
    """A council's files, a folder before each command, and the commands."""

    place: Path

    @property
    def commands(self) -> dict[str, tuple[str, list[str], tuple[str, ...]]]:
        """Name to the folder it starts from, its arguments after the folder, and the history it ends with."""
        key = ["--passphrase-file", str(self.place / "passphrase.txt")]
        again = ["--extract", str(self.place / "cld_extract.csv")]
        again += ["--people", str(self.place / "person_details.csv"), *key]
        drawn = ("drawn", "released")
        replaced = (*drawn, "replaced", "released")
        refs = list(RunFolder.open(self.place / "drawn").cases.references)
        able = json.loads((self.place / "able.json").read_text(encoding="utf-8"))
        late = ["--on", "2026-04-09"]
        return {
            "draw": ("", self.draw("a seed"), drawn),
            "draw --force": ("replaced", [*self.draw("another seed"), "--force", "--yes"], drawn),
            "replace": ("drawn", ["replace", "FOLDER", able, "--reason", "moved", *late, *again], replaced),
            "permission": (
                "drawn",
                ["permission", "FOLDER", *refs[:3], "asked", *late],
                (*drawn, *["permission"] * 3),
            ),
            "select": ("drawn", ["select", "FOLDER", *refs[:10], *late], (*drawn, "selected")),
            "packs": ("selected", ["packs", "FOLDER", *again], (*drawn, "selected")),
            "worklist": ("selected", ["worklist", "FOLDER", *again], (*drawn, "selected")),
            "timetable": ("drawn", ["timetable", "--notified", "2026-04-02", "--folder", "FOLDER"], drawn),
            "done": ("drawn", ["done", "FOLDER", "list", *late], (*drawn, "done")),
            "reveal": ("drawn", ["reveal", "FOLDER", refs[0], "--reason", "permission", *key], drawn),
            "export": ("torn", ["export", "FOLDER"], drawn),
            "destroy": ("drawn", ["destroy", "FOLDER", "--yes", *key], drawn),
            "destroy --documents": (
                "packed",
                ["destroy", "FOLDER", "--yes", "--documents", *key],
                (*drawn, "selected"),
            ),
        }

    def draw(self, seed: str) -> list[str]:
        """Arguments of a draw."""
        files_of_draw = [
            str(self.place / "cld_extract.csv"),
            "--people",
            str(self.place / "person_details.csv"),
        ]
        more = [
            "--design",
            str(self.place / "design.toml"),
            "--seed",
            seed,
            "--as-at",
            AS_AT,
            "--on",
            "2026-04-02",
            "--k",
            "1",
            "--out",
            "FOLDER",
        ]
        key = [
            "--key-file",
            str(self.place / "key.txt"),
            "--passphrase-file",
            str(self.place / "passphrase.txt"),
        ]
        return ["draw", *files_of_draw, *more, *key]


def made_quick() -> None:
    """Everything that takes time and writes nothing into the folder is done once or left out."""
    pool = coded()
    running.prepare = lambda *args, **more: pool  # type: ignore[assignment]
    folders.prepare = lambda *args, **more: pool  # type: ignore[assignment]
    for module in (case_list, decisions):
        module.draw_design = drawn_once  # type: ignore[attr-defined]
    folders.report_html = lambda *args, **more: "<p>the report</p>"  # type: ignore[assignment]
    # A document is long in the making, and one write.
    record_packs.pack_document = lambda *args, **more: b"a pack"  # type: ignore[assignment]
    record_packs.check_accessibility = lambda content: ()  # type: ignore[assignment,misc]
    folders.require_clean = lambda *args: None  # type: ignore[assignment]
    content.Cost = functools.partial(Cost, n=2)  # type: ignore[assignment,misc]


def prepared(place: Path) -> Scene:
    """A council with its lists, each made by the commands themselves."""
    made_quick()
    scene = Scene(place)
    for seed in (SEED, "a seed", "another seed"):
        # Once here, for every process that is started from this one.
        drawn_once(coded(), design(), seed, KEY).lottery.practice  # noqa: B018
    if (place / "able.json").exists():
        return scene
    on_disk(place)
    (place / "key.txt").write_text(KEY.hex(), encoding="utf-8")
    design().to_toml(place / "design.toml")
    assert ended(scene.draw(SEED), place / "drawn") == 0
    opened = open_for(RunFolder.open(place / "drawn"), PASSPHRASE, reason="a test")
    cases = folders.attach(opened, coded())
    table = cases.reserves(1)
    able = table.loc[table["place"] == 1, "case_reference"].iloc[0]
    (place / "able.json").write_text(json.dumps(able), encoding="utf-8")
    commands = scene.commands
    for name, start, command in (
        ("replaced", "drawn", "replace"),
        ("selected", "drawn", "select"),
        ("packed", "selected", "packs"),
    ):
        shutil.copytree(place / start, place / name)
        assert ended(commands[command][1], place / name) == 0, command
    shutil.copytree(place / "drawn", place / "torn")
    (place / "torn" / "return" / "case-list.csv").unlink()
    (place / "torn" / "council-only" / "manifest.json").write_text("{}", encoding="utf-8")
    return scene


def main_of(arguments: list[str], folder: Path) -> int:
    """The command in this process, with nothing printed."""
    sys.argv = ["casetrack", *(str(folder) if word == "FOLDER" else word for word in arguments)]
    with open(os.devnull, "w", encoding="utf-8") as nothing, contextlib.redirect_stdout(nothing):  # noqa: PTH123
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def started(arguments: list[str], folder: Path, before: Callable[[], None] = lambda: None) -> int:
    """The command in a process of its own; its number."""
    number = os.fork()
    if number == 0:
        with contextlib.suppress(BaseException):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            before()
            os._exit(main_of(arguments, folder))
        os._exit(70)
    return number


def ended(arguments: list[str], folder: Path, before: Callable[[], None] = lambda: None) -> int:
    """How the command ended in a process of its own."""
    return os.waitstatus_to_exitcode(os.waitpid(started(arguments, folder, before), 0)[1])


def stop_at(fatal: int, way: str) -> None:
    """Let the operation of that number end the process, or fail as on a full disk."""
    count = 0

    def watched(name: str, operation: Callable[..., None]) -> Callable[..., None]:
        def stopped(*args: Any, **named: Any) -> None:
            nonlocal count
            count += 1
            if count != fatal:
                operation(*args, **named)
                return
            if way == "killed after":
                operation(*args, **named)
            if name == "_write_hidden" and way in ("killed half way", "disk full"):
                operation(args[0], args[1][: len(args[1]) // 2])
            if way == "disk full":
                raise OSError(errno.ENOSPC, "No space left on device")
            os._exit(9)

        return stopped

    for name in OPERATIONS:
        setattr(files, name, watched(name, getattr(files, name)))


def copy_of(scene: Scene, start: str, to: Path) -> Path:
    """A folder to try a command in."""
    shutil.rmtree(to, ignore_errors=True)
    if start:
        shutil.copytree(scene.place / start, to)
    return to


def wrong_after(folder: Path, allowed: set[tuple[str, ...]]) -> Iterator[str]:
    """What is wrong with a folder in which a command was stopped."""
    if not state_path(folder).exists():
        if () not in allowed:
            yield "there is no state"
        return
    found = RunFolder.open(folder)
    actions = tuple(d.action for d in found.cases.history)
    if actions not in allowed:
        yield f"neither before nor after: {actions}"
    verdict = verify_folder(folder, None if found.state.lookup is None else PASSPHRASE)
    if problems := [problem for problem in verdict.problems if problem != NOT_DONE]:
        yield str(problems)
    status_of(found, found.cases.history[-1].on)
    kept_until(found)
    if found.state.lookup is not None:
        to = folder.with_name("looked into")
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(folder, to)
        held = open_for(RunFolder.open(to), PASSPHRASE, reason="a test").use.whole.references
        if not set(found.cases.states) <= set(held):
            yield "a case on the list that nobody can find"


def wrong_at_the_end(folder: Path, code: int, actions: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with a folder in which the command was done again."""
    if code != 0:
        yield f"done again it ended with {code}"
        return
    found = RunFolder.open(folder)
    if tuple(d.action for d in found.cases.history) != actions:
        yield f"done again the history is {[d.action for d in found.cases.history]}"
    bad = [f for f in look(folder, found.state) if not f.is_well]
    if bad:
        yield f"done again: {[(f.path, f.what) for f in bad]}"
    yield from wrong_after(folder, {actions})


def tried(scene: Scene, name: str, folder: Path, stop: Callable[[list[str]], int]) -> tuple[int, list[str]]:
    """One stop: how it ended, and everything that is wrong then and after the command is done again."""
    start, arguments, after = scene.commands[name]
    copy_of(scene, start, folder)
    before: tuple[str, ...] = ()
    if start:
        before = tuple(d.action for d in RunFolder.open(folder).cases.history)
    code = stop(arguments)
    wrong = list(wrong_after(folder, {before, after}))
    wrong += wrong_at_the_end(folder, ended(arguments, folder), after)
    return code, wrong


def at_every_write(scene: Scene, name: str, share: bool) -> dict[str, Any]:
    """Stop a command at every write operation in every way; for a share, in the next way at each."""
    folder, stops, problems, operations = scene.place / "tried", 0, [], 0
    for turn in range(1 if share else len(WAYS)):
        for fatal in range(1, 400):
            way = WAYS[(turn + (fatal if share else 0)) % len(WAYS)]
            code, wrong = tried(
                scene,
                name,
                folder,
                lambda args, f=fatal, w=way: ended(args, folder, lambda: stop_at(f, w)),  # type: ignore[misc]
            )
            if code == 0 and way != "disk full":
                operations = fatal - 1
                break
            if way == "disk full" and 0 < operations < fatal:
                break
            stops += 1
            expected = (9,) if way.startswith("killed") else (0, 2)
            problems += [f"{way} at {fatal}: {w}" for w in wrong]
            if code not in expected:
                problems.append(f"{way} at {fatal}: ended with {code}")
    return {"command": name, "operations": operations, "stops": stops, "problems": problems}


def at_a_moment(scene: Scene, name: str, delay: float) -> tuple[int, list[str]]:
    """Kill a command after a time, whatever it does then."""
    folder = scene.place / "tried"

    def kill(arguments: list[str]) -> int:
        number = started(arguments, folder)
        time.sleep(delay)
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])

    return tried(scene, name, folder, kill)


if __name__ == "__main__":
    print(json.dumps(at_every_write(prepared(Path(sys.argv[1])), sys.argv[2], "share" in sys.argv)))
