"""What a user sees is what casetrack wrote: every command, in a process of its own, with the libraries of this machine.

Libraries can write past Python, as HiGHS does when it prints a banner; so what reached standard output is held against
what casetrack handed over to be printed.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import xlsxwriter
from pydantic import TypeAdapter

from casetrack.cli.answers import ANSWERS
from casetrack.cli.app import app
from casetrack.lookup.lookup import Lookup
from casetrack.lookup.sealing import Cost
from casetrack.references import make_references
from casetrack.runs.folders import RunFolder
from casetrack.version import __version__
from command import AS_ERRORS, SOURCE, Ended, in_process
from life_example import AS_AT, KEY, PASSPHRASE, SEED, cheap, design, on_disk, with_somebody_to_come

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]

#: Runs a command and writes beside it what casetrack itself said.
RECORDED = """
import json, sys, typer
from pathlib import Path
told, echo = {"out": "", "err": ""}, typer.echo
def recorded(message=None, file=None, nl=True, err=False, color=None):
    told["err" if err else "out"] += f"{message or ''}" + "\\n" * nl
    echo(message, file, nl, err, color)
typer.echo = recorded
sys.modules["faker"] = None  # an extra, which no command needs
from casetrack.cli import app
record, *sys.argv[1:] = sys.argv[1:]
try:
    app.main()
finally:
    Path(record).write_text(json.dumps(told), encoding="utf-8")
"""

SOURCES = ["--people", "person_details.csv"]
OPENED = ["--passphrase-file", "passphrase.txt"]
OF_THE_DRAW = ["--extract", "cld_extract.csv", *SOURCES, *OPENED]
DRAWN = ["cld_extract.csv", *SOURCES, "--as-at", AS_AT]
NEW_LIST = [*DRAWN, *OPENED, "--seed", SEED, "--out", "new", "--design", "design.toml"]

#: Every command with arguments that work in a folder with a council's files, a list in ``drawn``, and the same with CQC's
#: choice in ``selected``. REF stands for a case whose place somebody could take, TEN for ten cases.
ARGUMENTS: dict[str, list[str]] = {
    "check": [*DRAWN, "--design", "design.toml"],
    "suggest": [*DRAWN, "--out", "suggested.toml"],
    "lottery": [*DRAWN, *OPENED, "--out", "lottery.json", "--design", "design.toml"],
    "draw": NEW_LIST,
    "demo": ["--out", "demonstration"],
    "version": [],
    "replace": ["drawn", "REF", "--reason", "declined", *OF_THE_DRAW],
    "permission": ["drawn", "REF", "asked"],
    "select": ["drawn", "TEN", "--on", "2026-04-20"],
    "rehearse": ["drawn", "--seed", "any"],
    "packs": ["selected", *OF_THE_DRAW],
    "status": ["drawn"],
    "timetable": ["--notified", "2026-03-31", "--folder", "drawn"],
    "reveal": ["drawn", "REF", "--reason", "permission", *OPENED],
    "destroy": ["drawn", "--yes"],
    "replay": ["drawn", *OF_THE_DRAW],
    "reserves": ["drawn", *OF_THE_DRAW],
    "done": ["drawn", "list", "--on", "2026-04-16"],
    "worklist": ["selected", *OF_THE_DRAW],
    "log": ["drawn"],
    "verify": ["drawn", *OPENED],
    "export": ["drawn"],
    "mapping": [DRAWN[0], "--out", "mapping.toml"],
    "readiness": [DRAWN[0], "--as-at", "2026-03-31"],
    "template": ["council.xlsx", "--out", "template.toml"],
    "passphrase": ["drawn", "--second", *OPENED, "--new-passphrase-file", "second.txt"],
}


def ran(folder: Path, *arguments: str) -> tuple[Ended, dict[str, str]]:
    """A command in a process of its own: what reached the screen, and what casetrack said."""
    record = folder / "record.json"
    given = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1"}
    command = [sys.executable, *AS_ERRORS, "-c", RECORDED, str(record), *arguments]
    done = subprocess.run(
        command, env=given, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    told = json.loads(record.read_text(encoding="utf-8"))
    return Ended(
        done.returncode, *(s.decode().replace("\r\n", "\n") for s in (done.stdout, done.stderr))
    ), told


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = on_disk(tmp_path_factory.mktemp("council"))
    design().to_toml(folder / "design.toml")
    (folder / "second.txt").write_text("velvet harbour seventeen plum\n", encoding="utf-8")
    with xlsxwriter.Workbook(folder / "council.xlsx") as book:
        book.add_worksheet().write_row(0, 0, ["Case ID", "Cohort", "CQC use only"])
    # The key of the tests, under which it is known whose place somebody could take.
    (folder / "key.txt").write_text(KEY.hex(), encoding="utf-8")
    fixed = ["--out", "drawn", "--on", "2026-04-02", "--reference-seed", "r", "--key-file", "key.txt"]
    assert in_process("draw", *NEW_LIST, *fixed, folder=folder).code == 0
    cheap(folder / "drawn")
    shutil.copytree(folder / "drawn", folder / "selected")
    assert in_process("select", "selected", *ten(folder), "--on", "2026-04-20", folder=folder).code == 0
    return folder


def ten(folder: Path) -> list[str]:
    return list(RunFolder.open(folder / "drawn").cases.references[:10])


@pytest.fixture
def folder(prepared, tmp_path):
    return Path(shutil.copytree(prepared, tmp_path / "copy"))


def arguments(name: str, folder: Path) -> list[str]:
    stands_for = {"REF": [with_somebody_to_come("r")[0]], "TEN": ten(folder)}
    return [name, *(real for word in ARGUMENTS[name] for real in stands_for.get(word, [word]))]


def test_every_command_is_tried_here():
    assert set(ARGUMENTS) == set(COMMANDS) == set(ANSWERS)


@pytest.mark.parametrize(
    ("asked", "said"), [("--version", f"{__version__}\n"), ("-h", "Usage:"), ("draw -h", "--thrown")]
)
def test_version_and_help_are_where_one_looks_for_them(asked, said, tmp_path):
    done = in_process(*asked.split(), folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert said in done.out


@pytest.mark.parametrize(
    "name",
    # Every run shows `demo` with --json, and as its own step in words.
    [pytest.param(name, marks=[pytest.mark.night] if name == "demo" else []) for name in ARGUMENTS],
)
def test_the_screen_shows_what_casetrack_wrote_and_nothing_else(name, folder):
    done, told = ran(folder, *arguments(name, folder))
    assert (done.code, done.err) == (0, ""), done
    assert done.out == told["out"] != ""


@pytest.mark.parametrize("name", ANSWERS)
def test_with_json_there_is_one_object_as_documented_and_nothing_else(name, folder):
    done, told = ran(folder, *arguments(name, folder), "--json")
    assert (done.code, done.err) == (0, ""), done
    assert done.out == told["out"]
    answer = TypeAdapter(ANSWERS[name]).validate_json(done.out)
    assert (answer.command, answer.casetrack) == (name, __version__)
    assert answer.as_json() == done.out.rstrip("\n")


def test_help_is_no_ones_but_ours():
    assert in_process("--help").out.lstrip().startswith("Usage:")


def noisy(folder: Path, code: str) -> Ended:
    """``casetrack version`` after which a library does what ``code`` says."""
    script = (
        "import logging, sys, warnings\nfrom casetrack.cli import app, options\n"
        f"def noise():\n    {code}\n    options.out('0')\n"
        "app.app.command()(noise)\nsys.argv = ['casetrack', 'noise']\napp.main()"
    )
    given = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=given, cwd=folder, capture_output=True, check=False
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode().replace("\r\n", "\n"))


def test_a_librarys_warning_is_one_sentence_once_and_says_nothing_of_the_data(tmp_path):
    done = noisy(
        tmp_path, "[warnings.warn(f'Ms Example {n}', RuntimeWarning, stacklevel=1) for n in range(3)]"
    )
    assert (done.code, done.out.strip()) == (0, "0")
    assert done.err == "An unforeseen warning: RuntimeWarning in <string>, line 4.\n"


def test_what_a_library_logs_is_not_shown(tmp_path):
    done = noisy(tmp_path, "logging.getLogger('a.library').warning('building the font cache of Ms Example')")
    assert (done.code, done.out.strip(), done.err) == (0, "0", "")


def test_the_reminder_to_destroy_the_lookup_is_one_sentence(tmp_path):
    (tmp_path / "passphrase.txt").write_text(PASSPHRASE, encoding="utf-8")
    references = make_references(2, seed="a test")
    days = {"created": dt.date(2026, 4, 2), "keep_until": dt.date(2026, 6, 30)}
    facts = {**days, "release_id": "1", "list_digest": "ab" * 32, "_cost": Cost(n=2)}
    Lookup.of(references, ["LA-1", "LA-2"]).seal(tmp_path / "lookup.sealed", PASSPHRASE, **facts)
    command = ["reveal", "lookup.sealed", references[0], "--reason", "permission", *OPENED]
    given = {**os.environ, "PYTHONPATH": str(SOURCE)}
    asked = [sys.executable, "-m", "casetrack.cli", *command]
    done = subprocess.run(asked, env=given, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr.startswith("This lookup was to be kept until 2026-06-30, ")
    assert len(done.stderr.splitlines()) == 1
    assert "LA-1" in done.stdout
