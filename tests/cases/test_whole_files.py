"""Real-world inputs of the kinds that go wrong at the level of the file, with the outcome that is right."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from casetrack.errors import CasetrackError, ExtractError
from casetrack.extract import Extract, read_extract
from casetrack.findings import Finding
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.pool.people_csv import write_people
from unit.test_workbooks import save

CASES = Path(__file__).resolve().parents[1] / "data" / "cases"
NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="there are no such paths on Windows")


def case(number: int) -> Path:
    return next(CASES.glob(f"{number:02d}-*"))


def coded(extract: Extract) -> CodedPool:
    return code_cohorts(find_eligible(extract, "2026-03-31"))


def outcomes(pool: CodedPool) -> dict[str, int]:
    return dict(pool.pool.outcomes().value_counts())


def codes(pool: CodedPool) -> dict[str, int]:
    return {c: int(pool.people[c].sum()) for c in pool.code_names if pool.people[c].any()}


def finding(extract: Extract, code: str) -> Finding:
    return next(f for f in extract.findings if f.code == code)


def check(*arguments: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "casetrack.cli", "check", *map(str, arguments), "--as-at", "2026-03-31"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)  # type: ignore[call-overload]


# 01: text with commas that is not in quotation marks

LINES = (CASES / "01-unquoted-commas" / "in.csv").read_text(encoding="utf-8").splitlines()


def test_rows_without_quotation_marks_are_put_together_again() -> None:
    extract = read_extract(case(1) / "in.csv")
    assert extract.account.read == 13
    pool = coded(extract)
    assert outcomes(pool) == {"eligible": 13}
    assert set(pool.people["ethnic_group"]) == {"White"}
    assert finding(extract, "cells-joined").count == 10


def test_one_such_row_in_a_large_file_is_mended_and_told(tmp_path: Path) -> None:
    broken = next(line for line in LINES if "Welsh" in line)
    whole = [line for line in LINES[1:] if "Welsh" not in line]
    many = [line.replace(",,", f",,9{i}", 1) for i in range(100) for line in whole]
    (tmp_path / "a.csv").write_text("\n".join([LINES[0], *many[:150], broken, *many[150:]]), encoding="utf-8")
    extract = read_extract(tmp_path / "a.csv")
    assert finding(extract, "cells-joined").rows == (152,)
    assert extract.account.read == len(many) + 1


def test_rows_that_can_be_joined_in_no_way_or_in_several_stop_the_reading(tmp_path: Path) -> None:
    # The name of a provider and of a team, both with commas, both unread: nothing says which comma is which.
    text = "\n".join(
        [LINES[0], *(line.replace("Progress to", "Progress, perhaps, to") for line in LINES[1:])]
    )
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ExtractError) as caught:
        read_extract(tmp_path / "a.csv")
    problem = caught.value.problems[0]
    assert problem.code == "rows-do-not-fit"
    assert "13 of 13 rows" in problem.what
    assert "quotation marks" in problem.advice


def test_short_rows_of_broken_lines_stop_the_reading_and_left_out_blanks_do_not(tmp_path: Path) -> None:
    head, *body = [line for line in LINES if "Welsh" not in line]
    cut = [line.rstrip(",") for line in body]
    (tmp_path / "left_out.csv").write_text("\n".join([head, *cut * 3]), encoding="utf-8")
    extract = read_extract(tmp_path / "left_out.csv")
    assert finding(extract, "wrong-number-of-cells").count == len(cut) * 3
    halves = [part for line in body * 3 for part in (line[:120], line[120:])]
    (tmp_path / "broken.csv").write_text("\n".join([head, *halves]), encoding="utf-8")
    with pytest.raises(ExtractError, match="rows-do-not-fit"):
        read_extract(tmp_path / "broken.csv")


# 02: one row moved by one comma


def test_a_row_moved_by_a_comma_is_mended() -> None:
    extract = read_extract(case(2) / "in.csv")
    assert codes(coded(extract))["CT03"] == 1
    assert finding(extract, "cells-joined").rows == (3,)


def test_a_comma_at_the_end_of_one_line_only_is_counted(tmp_path: Path) -> None:
    lines = (case(2) / "in.csv").read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace(", going home", "")
    (tmp_path / "one.csv").write_text("\n".join([*lines[:3], lines[3] + ","]), encoding="utf-8")
    assert finding(read_extract(tmp_path / "one.csv"), "wrong-number-of-cells").rows == (4,)
    (tmp_path / "all.csv").write_text("\n".join([lines[0], *(x + "," for x in lines[1:])]), encoding="utf-8")
    assert "wrong-number-of-cells" not in read_extract(tmp_path / "all.csv").findings.codes


# 03: sheets


def test_one_sheet_for_each_module() -> None:
    extract = read_extract(case(3) / "in.xlsx")
    assert extract.account.read == 3
    pool = coded(extract)
    assert outcomes(pool) == {"eligible": 1}
    assert codes(pool) == {"CT01": 1, "CT03": 1, "CT06": 1}


ROWS = [
    ["1001", "Service user", "02/08/1948", "Assessment", "05/06/2025", "12/07/2025"],
    ["1002", "Service user", "02/08/1948", "Assessment", "05/06/2025", "31/02/2025"],
]
HEADINGS = [
    "LA Person Unique Identifier",
    "Client Type",
    "Date of Birth",
    "Event Type",
    "Event Start Date",
    "Event End Date",
]


def test_a_sheet_for_each_quarter_whose_headings_differ(tmp_path: Path) -> None:
    other = [h.replace("LA Person Unique Identifier", "Person ID") for h in HEADINGS]
    path = save(tmp_path / "a.xlsx", ("Q1", [HEADINGS, *ROWS]), ("Q2", [[], other, ["1003", *ROWS[1][1:]]]))
    extract = read_extract(path)
    assert extract.account.read == 3
    dates = finding(extract, "unreadable-date")
    assert (dates.rows, dates.tables) == ((3, 3), ('sheet "Q1" of a.xlsx', 'sheet "Q2" of a.xlsx'))
    assert 'row 3 of sheet "Q1" of a.xlsx' in str(dates)


@pytest.mark.parametrize("state", ["visible", "hidden", "veryHidden"])
def test_a_sheet_that_goes_on_or_is_hidden_is_named(tmp_path: Path, state: str) -> None:
    import openpyxl

    head = ROWS if state == "visible" else [HEADINGS, *ROWS]
    path = save(
        tmp_path / "a.xlsx", ("Q1", [HEADINGS, *ROWS]), ("more", head), ("notes", [["made by"], ["x"]])
    )
    book = openpyxl.load_workbook(path)
    book["more"].sheet_state = state
    book.save(path)
    extract = read_extract(path)
    assert extract.account.read == 2
    code = "sheet-not-read" if state == "visible" else "hidden-sheet-not-read"
    named = finding(extract, code)
    assert named.severity == "warning"
    assert '"more"' in named.what
    assert any('"notes"' in f.what and f.severity == "note" for f in extract.findings)


def test_a_sheet_with_one_row_for_each_person(tmp_path: Path) -> None:
    people = [["Person No", "Religion or Belief", "Gender"], ["1001", "Sikh", "Female"]]
    extract = read_extract(save(tmp_path / "a.xlsx", ("Events", [HEADINGS, *ROWS]), ("People", people)))
    assert extract.account.read == 2
    assert coded(extract).people.loc["1001", ["religion", "sex"]].tolist() == ["Sikh", "Female"]


# 15, 29: encodings


def test_two_encodings_in_one_file() -> None:
    extract = read_extract(case(15) / "in.csv")
    assert sorted(extract.people.index) == ["é1", "é2"]
    assert finding(extract, "two-encodings").rows == (3,)


def test_a_file_wholly_in_windows_1252_is_no_finding(tmp_path: Path) -> None:
    text = (case(15) / "in.csv").read_bytes().decode("cp1252", "replace").replace("Ã©", "é").encode("cp1252")
    (tmp_path / "a.csv").write_bytes(text)
    assert "two-encodings" not in read_extract(tmp_path / "a.csv").findings.codes


def test_marks_inside_a_file_are_part_of_nothing(tmp_path: Path) -> None:
    extract = read_extract(case(29) / "in.csv")
    assert sorted(extract.people.index) == ["1001", "1002"]
    pool = find_eligible(extract, "2026-03-31", hold_back=case(29) / "hold_back.csv")
    assert dict(pool.outcomes().value_counts()) == {"eligible": 1, "held_back": 1}
    quoted = (case(29) / "in.csv").read_text(encoding="utf-8-sig").replace("\ufeff1002", '\ufeff"1002"')
    (tmp_path / "a.csv").write_text(quoted, encoding="utf-8")
    assert sorted(read_extract(tmp_path / "a.csv").people.index) == ["1001", "1002"]


# 16: filtered rows


@pytest.mark.parametrize("name", ["in.xlsx", "in.ods", "in.xls"])
def test_rows_that_a_filter_hides_are_read_and_told(name: str) -> None:
    extract = read_extract(case(16) / name)
    assert extract.account.read == 2
    hidden = finding(extract, "hidden-rows")
    assert (hidden.count, hidden.rows) == (1, (3,))


# 19, 20, 22: the council's own export


def test_one_heading_under_two_fields() -> None:
    pool = coded(read_extract(case(19) / "in.csv", mapping=case(19) / "mapping.toml"))
    assert outcomes(pool) == {"eligible": 3, "no_assessment": 2}
    assert codes(pool) == {"CT01": 1, "CT06": 1, "CT07": 2}


def test_a_constant_that_hides_carers_is_told() -> None:
    extract = read_extract(case(19) / "in.csv", mapping=case(19) / "mapping_constant.toml")
    told = finding(extract, "constant-hides-carers")
    assert (told.count, told.severity) == (2, "warning")


THREE = ("people.csv", "assessments.csv", "services.csv")


def test_three_files_with_headings_of_their_own() -> None:
    extract = read_extract([case(20) / name for name in THREE], mapping=case(20) / "mapping.toml")
    assert extract.account.read == 4
    pool = coded(extract)
    assert outcomes(pool) == {"eligible": 2}
    assert codes(pool) == {"CT01": 1, "CT03": 1, "CT04": 1, "CT06": 1}
    known = pool.people[["sex", "ethnic_group", "religion"]]
    assert known.loc["P01"].tolist() == ["Female", "White", "Muslim"]
    assert known.loc["P02"].tolist() == ["Male", "Asian or Asian British", "Hindu"]


def test_the_order_of_the_files_is_no_matter() -> None:
    one = read_extract([case(20) / name for name in THREE], mapping=case(20) / "mapping.toml")
    two = read_extract([case(20) / name for name in reversed(THREE)], mapping=case(20) / "mapping.toml")
    assert one.sha256 == two.sha256
    assert coded(one).digest == coded(two).digest


def test_columns_that_are_not_read_are_named_for_each_file(tmp_path: Path) -> None:
    for name in THREE:
        text = (case(20) / name).read_text(encoding="utf-8").strip().splitlines()
        lines = [f"{line},{'Own ' + name[:3] if i == 0 else 'x'}" for i, line in enumerate(text)]
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    extract = read_extract([tmp_path / name for name in THREE], mapping=case(20) / "mapping.toml")
    assert extract.unused_by_table == {name: (f"Own {name[:3]}",) for name in THREE}
    unread = [f.what for f in extract.findings if f.code == "columns-not-read"]
    assert len(unread) == 3
    assert any("people.csv" in words and "Own peo" in words for words in unread)


def test_the_same_from_the_command_line(tmp_path: Path) -> None:
    done = check(*(case(20) / name for name in THREE), "--mapping", case(20) / "mapping.toml")
    assert done.returncode == 0, done.stderr
    assert "4 rows read" in done.stdout


def test_a_person_file_with_headings_of_its_own() -> None:
    extract = read_extract(
        case(22) / "in.csv", mapping=case(22) / "mapping.toml", people=case(22) / "people.csv"
    )
    pool = coded(extract)
    assert outcomes(pool) == {"eligible": 2}
    assert codes(pool) == {"CT01": 1, "CT04": 1, "CT06": 1}
    assert pool.people["sex"].tolist() == ["Female", "Male"]


def test_person_fields_with_the_usual_headings_come_from_the_person_file_too() -> None:
    people = pd.read_csv(case(22) / "people.csv", dtype=str)
    people.columns = pd.Index(
        ["LA Person Unique Identifier", "Date of Birth", "Gender", "Ethnicity", "Primary Support Reason"]
    )
    pool = coded(read_extract(case(22) / "in.csv", people=people))
    assert codes(pool) == {"CT01": 1, "CT04": 1, "CT06": 1}


def test_what_the_extract_knows_comes_before_the_person_file() -> None:
    rows = pd.read_csv(case(22) / "in.csv", dtype=str).assign(Gender=["Male", "Unknown"])
    people = pd.read_csv(case(22) / "people.csv", dtype=str)
    extract = read_extract(rows, mapping=case(22) / "mapping.toml", people=people)
    assert coded(extract).people["sex"].tolist() == ["Male", "Male"]


def test_a_person_file_that_matches_hardly_anybody_is_a_warning() -> None:
    people = pd.DataFrame({"Person ID": ["x1", "x2"], "Religion": ["Sikh", "Sikh"]})
    told = finding(read_extract(case(22) / "in.csv", people=people), "person-file-nobody")
    assert told.severity == "warning"


# 24, 25: workbooks that ask for more than they are


@pytest.mark.parametrize("name", ["far_corner", "last_row", "bad_reference"])
def test_a_stray_cell_costs_seconds(name: str) -> None:
    start = time.monotonic()
    extract = read_extract(case(24) / f"{name}.xlsx")
    assert time.monotonic() - start < 20
    assert outcomes(coded(extract)) == {"eligible": 2}
    assert extract.account.read == 2
    assert finding(extract, "stray-cells").count >= 1


@pytest.mark.parametrize("name", ["damaged_1", "damaged_2"])
def test_a_damaged_workbook_ends_no_process(name: str) -> None:
    with pytest.raises(ExtractError) as caught:
        read_extract(case(25) / f"{name}.xls")
    assert caught.value.code in {"workbook-bounds", "not-what-it-says"}


def test_a_workbook_that_unpacks_to_far_more_is_refused_unread(tmp_path: Path) -> None:
    import zipfile

    shutil.copy(case(16) / "in.xlsx", tmp_path / "a.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx", "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/media/more.bin", "w") as part,
    ):
        for _ in range(300):
            part.write(bytes(1 << 20))
    with pytest.raises(ExtractError, match="workbook-too-large"):
        read_extract(tmp_path / "a.xlsx")


# 28: depth and length


@pytest.mark.parametrize("option", ["--mapping", "--design", "--hold-back", "--overrides", "--people"])
@pytest.mark.parametrize("name", ["deep.json", "huge_number.toml"])
def test_deep_and_huge_files_are_refused_in_words(option: str, name: str, tmp_path: Path) -> None:
    if option != "--design":
        # Only a design is read by its ending.
        shutil.copy(case(28) / name, tmp_path / "given.csv")
    given = case(28) / name if option == "--design" else tmp_path / "given.csv"
    done = check(case(28) / "in.csv", option, given)
    assert done.returncode in {2, 3, 4}, done.stderr
    assert "unforeseen" not in done.stderr


# 30: see test_the_first_line_of_a_passphrase_file


def test_a_passphrase_is_the_whole_first_line(tmp_path: Path) -> None:
    from casetrack.cli.options import read_passphrase

    whole = (case(30) / "passphrase.txt").read_bytes().split(b"\n")[0].decode()
    assert "\x0c" in whole
    assert read_passphrase(case(30) / "passphrase.txt", twice=False) == whole
    for mark in ("\u2028", "\x0b", "\x85", "\x1c"):
        (tmp_path / "p").write_bytes(f"copper{mark}oak\r\nsecond".encode())
        assert read_passphrase(tmp_path / "p", twice=False) == f"copper{mark}oak"


# 31: what a spreadsheet would run


def test_one_row_per_person_holds_nothing_that_a_spreadsheet_runs(tmp_path: Path) -> None:
    import csv

    pool = coded(read_extract(case(31) / "in.csv"))
    path = write_people(pool, tmp_path / "people.csv")
    with path.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert any(cell.startswith("'=") for cell in cells)
    assert not [cell for cell in cells if cell.lstrip()[:1] in set("=+-@")]
    assert all(cell.isprintable() for cell in cells)


# 32: Parquet


@pytest.mark.parametrize(
    ("name", "column"), [("unknown_zone", "Date of Birth"), ("bytes_as_ids", "Identifier")]
)
def test_odd_parquet_names_the_column(name: str, column: str) -> None:
    with pytest.raises(ExtractError) as caught:
        read_extract(case(32) / f"{name}.parquet")
    assert caught.value.code == "unreadable-column"
    assert column in str(caught.value)


# 33: pipes


@NOT_ON_WINDOWS
def test_an_extract_through_a_pipe() -> None:
    with subprocess.Popen(["cat", str(case(33) / "in.csv")], stdout=subprocess.PIPE) as reader:
        done = check("/dev/stdin", stdin=reader.stdout)
    assert done.returncode == 0, done.stderr
    assert "2 rows read" in done.stdout


@NOT_ON_WINDOWS
@pytest.mark.parametrize("option", ["", "--people", "--mapping", "--hold-back", "--overrides", "--design"])
def test_a_pipe_that_nobody_writes_to_is_refused_at_once(option: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "silent")
    start = time.monotonic()
    given = [tmp_path / "silent"] if not option else [case(33) / "in.csv", option, tmp_path / "silent"]
    done = check(*given)
    assert done.returncode in {2, 3}
    assert time.monotonic() - start < 30


@NOT_ON_WINDOWS
def test_a_pipe_that_is_written_to_slowly_is_read(tmp_path: Path) -> None:
    content = (case(33) / "in.csv").read_bytes()
    reader, writer = os.pipe()

    def write() -> None:
        for start in range(0, len(content), 300):
            os.write(writer, content[start : start + 300])
            time.sleep(0.05)
        os.close(writer)

    thread = threading.Thread(target=write)
    thread.start()
    assert read_extract(f"/dev/fd/{reader}").account.read == 2
    thread.join()
    os.close(reader)


@NOT_ON_WINDOWS
@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/", "a" * 5000, "a\x00b", "x/" * 3000])
def test_no_file_at_all(path: str) -> None:
    with pytest.raises(CasetrackError) as caught:
        read_extract(path)
    assert caught.value.code in {"cannot-open", "empty-file"}
