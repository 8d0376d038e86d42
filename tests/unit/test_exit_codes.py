"""What a command ends with, so that a script can tell what happened without reading words."""

from __future__ import annotations

import pytest

from command import here
from life_example import AS_AT, KEY, SEED, design, on_disk

PEOPLE = ["--people", "person_details.csv"]
OPENED = ["--passphrase-file", "passphrase.txt"]
NOBODY = ["cld_extract.csv", *PEOPLE, "--as-at", "2035-03-31"]
DRAWN = ["cld_extract.csv", *PEOPLE, "--as-at", AS_AT]
NEW = [*OPENED, "--out", "new", "--seed", SEED]
OWN = ["--design", "design.toml"]

#: Arguments, the code, and a word of what is said. Nothing may be written in any of these.
ENDS: dict[str, tuple[list[str], int, str]] = {
    "nobody is eligible, for check": (["check", *NOBODY], 3, "eligible"),
    "nobody is eligible, for check as JSON": (["check", *NOBODY, "--json"], 3, '"codes": {}'),
    "nobody is eligible, for suggest": (["suggest", *NOBODY, "--out", "new.toml"], 3, "nobody-to-draw"),
    "nobody is eligible, for lottery": (
        ["lottery", *NOBODY, *OPENED, "--out", "new.json"],
        3,
        "nobody-to-draw",
    ),
    "nobody is eligible, for draw": (["draw", *NOBODY, *NEW], 3, "nobody-to-draw"),
    "no such file": (["check", "none.csv", "--as-at", AS_AT], 3, "ExtractError"),
    "no such folder": (["status", "none"], 3, "Error ["),
    "no such command": (["dray"], 2, "No such command"),
    "no such option": (["check", *DRAWN, "--sized", "50"], 2, "No such option"),
    "a word for a number": (["check", *DRAWN, "--months", "twelve"], 2, "--months"),
    "no months": (["check", *DRAWN, "--months", "0"], 2, "Error ["),
    "a day that is none": (["check", *DRAWN[:-1], "30/02/2026"], 2, "Error ["),
    "no places": (["suggest", *DRAWN, "--size", "0", "--out", "new.toml"], 2, "DesignError"),
    "fewer than no places": (["suggest", *DRAWN, "--size", "-5", "--out", "new.toml"], 2, "DesignError"),
    "k below 1": (["draw", *DRAWN, *NEW, *OWN, "--k", "0"], 2, "bad-k"),
    "a column that is never released": (
        ["draw", *DRAWN, *NEW, *OWN, "--columns", "nhs_number"],
        2,
        "ReleaseError",
    ),
    "no number": (["draw", *DRAWN, *OPENED, "--out", "new"], 2, "no-number"),
    "no passphrase": (["draw", *DRAWN, "--seed", SEED, "--out", "new"], 2, "passphrase-needed"),
    "a design that nothing meets": (["check", *DRAWN, "--design", "impossible.toml"], 4, "--nearest"),
    "a draw that nothing meets": (["draw", *DRAWN, *NEW, "--design", "impossible.toml"], 4, "Infeasible"),
}


@pytest.fixture(scope="module")
def council(tmp_path_factory):
    folder = on_disk(tmp_path_factory.mktemp("council"))
    design().to_toml(folder / "design.toml")
    design().with_quota("CT02", min=12).with_quota("CT03", min=12).to_toml(folder / "impossible.toml")
    (folder / "key.txt").write_text(KEY.hex(), encoding="utf-8")
    return folder


@pytest.fixture
def casetrack(council, monkeypatch, capsys):
    monkeypatch.chdir(council)
    return lambda *arguments: here(monkeypatch, capsys, *arguments)


@pytest.mark.parametrize("what", ENDS)
def test_a_command_that_does_nothing_says_so_and_ends_with_its_code(what, casetrack, council):
    arguments, code, said = ENDS[what]
    before = sorted(council.rglob("*"))
    done = casetrack(*arguments)
    assert done.code == code, done
    assert said in done.out + done.err
    assert "unforeseen" not in done.err
    assert sorted(council.rglob("*")) == before


def test_a_folder_that_is_not_as_it_was_made_is_a_no_and_no_fault(casetrack, council, tmp_path):
    drawn = [
        "draw",
        *DRAWN,
        *OPENED,
        "--seed",
        SEED,
        *OWN,
        "--key-file",
        "key.txt",
        "--out",
        tmp_path / "out",
    ]
    assert casetrack(*drawn).code == 0
    assert casetrack("verify", tmp_path / "out").code == 0
    with (tmp_path / "out" / "return" / "case-list.csv").open("ab") as stream:
        stream.write(b"one more\r\n")
    done = casetrack("verify", tmp_path / "out")
    assert (done.code, done.err) == (1, "")
    assert "case-list.csv" in done.out


@pytest.mark.parametrize("command", [["suggest", *NOBODY, "--out", "new.toml"], ["draw", *NOBODY, *NEW]])
def test_why_nobody_is_eligible_is_said_by_every_command(command, tmp_path, monkeypatch, capsys):
    on_disk(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = here(monkeypatch, capsys, *command)
    assert done.code == 3
    assert "nobody in the extract is eligible; most are left out because: no completed assessment" in done.err
