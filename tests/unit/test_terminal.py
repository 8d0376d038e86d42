"""What a person sees at a terminal, and what Excel makes of a file: as wide as it is, and nothing that it obeys."""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from small_extracts import HEADINGS

from casetrack.cli.words import table_text, with_severity
from casetrack.samples import sample_folder
from command import here

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: What a terminal obeys: it moves, colours, renames the window, or turns the direction of writing.
ORDERS = ("\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\r", "\x08", "\u202e", "\u2028")
FORMULAS = ("=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "＝1", "x;=2")


@pytest.fixture
def terminal(monkeypatch, capsys):
    """Run a command at a terminal so many columns wide."""

    def run(columns, *arguments):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        return here(monkeypatch, capsys, *arguments)

    return run


def sample() -> list[object]:
    folder = sample_folder()
    return [folder / "cld_extract.csv", "--people", folder / "person_details.csv", "--as-at", "2026-03-31"]


@pytest.mark.parametrize("columns", [80, 120])
def test_check_fits_the_terminal_and_breaks_no_word(terminal, capsys, monkeypatch, columns):
    shown = terminal(columns, "check", *sample()).out
    lines = COLOUR.sub("", shown).splitlines()
    assert max(map(len, lines)) <= columns
    assert max(map(len, lines)) > columns - 20
    monkeypatch.undo()
    piped = here(monkeypatch, capsys, "check", *sample()).out
    assert "\x1b" not in piped
    assert set(piped.split()) == {word for line in lines for word in line.split()}


def test_findings_are_grouped_and_each_says_how_grave_it_is_in_a_word_and_a_colour(terminal):
    shown = terminal(100, "check", *sample()).out
    headings = [line for line in shown.splitlines() if "indings" in line and not line.startswith(" ")]
    assert headings == [
        "Findings that cost the list people",
        "Findings that cost people a cohort code",
        "Findings that cost a characteristic",
        "Other findings",
        "Findings for information",
    ]
    told = re.findall(r"^  (\x1b\[[0-9;]+m)(\w+)\x1b\[0m +\[", shown, re.MULTILINE)
    assert [word for _, word in told] == ["warning"] * 16 + ["note"] * 4
    assert len(set(told)) == 2


def test_without_colours_the_word_is_there(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert "33m" not in with_severity("warning", "Mind the gap.")
    assert "warning" in with_severity("warning", "Mind the gap.")


def test_a_table_fits_and_long_words_of_one_column_do_not_push_out_another():
    frame = pd.DataFrame({"a": ["word " * 30], "b": ["x" * 90], "n": [1204]})
    for width in (80, 120):
        assert max(map(len, table_text(frame, width=width).splitlines())) <= width
    assert "1,204" in table_text(frame, width=80)


def hostile(folder: Path) -> tuple[Path, Path]:
    """A council whose every value of its own is an order to a terminal or a formula."""
    texts = [*FORMULAS, *(f"A{order}B" for order in ORDERS)]
    rows = [
        [text, "", "Service user", "15/06/1970", "Assessment", "01/02/2026", "11/02/2026", text]
        for text in texts
    ]
    # What is not recognised, and a person without a birth date, are to be mended.
    rows += [[f"{text}2", "", text, "", "Assessment", "01/02/2026", "", text] for text in texts]
    extract, people = folder / "extract.csv", folder / "people.csv"
    pd.DataFrame(rows, columns=list(HEADINGS)).assign(Team=[r[0] for r in rows]).to_csv(extract, index=False)
    unused = {f"Own {number} {order}column": ["x"] for number, order in enumerate(ORDERS)}
    pd.DataFrame({HEADINGS[0]: ["=1+1"], "Religion or Belief": ["Sikh"], **unused}).to_csv(
        people, index=False
    )
    return extract, people


def signs(text: str) -> set[str]:
    return {sign for sign in COLOUR.sub("", text) if sign != "\n" and not sign.isprintable()}


def test_what_data_holds_never_reaches_a_terminal_as_an_order(terminal, tmp_path):
    extract, people = hostile(tmp_path)
    done = terminal(100, "check", extract, "--people", people, "--as-at", "2026-03-31")
    assert done.code == 0
    assert "column" in done.out
    assert not signs(done.out + done.err)
    done = terminal(100, "readiness", extract, "--as-at", "2026-03-31")
    assert not signs(done.out + done.err)


def test_an_error_that_names_what_a_file_says_holds_no_order_either(terminal, tmp_path):
    plan = tmp_path / "design.toml"
    plan.write_text(
        'size = 3\n[characteristics."Own \\u001b]0;title\\u0007"]\n"x" = {min = 1}\n', encoding="utf-8"
    )
    done = terminal(100, "check", *sample(), "--design", plan)
    assert (done.code, "title" in done.err) == (2, True), done
    assert not signs(done.err)


def cells(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [cell for row in csv.reader(stream) for cell in row]


@pytest.mark.parametrize("command", ["check", "readiness"])
def test_a_file_of_people_holds_nothing_that_a_spreadsheet_runs(terminal, tmp_path, command):
    extract, _ = hostile(tmp_path)
    done = terminal(100, command, extract, "--as-at", "2026-03-31", "--people-out", tmp_path / "out.csv")
    assert done.code == 0, done
    written = cells(tmp_path / "out.csv")
    assert sum("1+1" in cell for cell in written) >= 1
    assert not [
        cell for cell in written if re.search(r"(^|[;,|\"'\t])\s*[=+\-@＝＋－＠]", cell.replace("'", "'!"))
    ]
    assert not signs("".join(written))
