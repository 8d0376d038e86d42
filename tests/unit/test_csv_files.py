"""CSV as councils' systems and Excel write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from casetrack.errors import ExtractError
from casetrack.extract import Extract, read_extract
from unit.small_extracts import HEADINGS, as_text, rows, write


def seen(extract: Extract) -> list[tuple[int, str, int]]:
    """Row number, person and day of start of each event, in file order."""
    people = extract.people.index[extract.events["person"]]
    days = extract.events["event_start_date"].dt.day
    return list(zip(extract.events["row"].tolist(), people, days.fillna(0).astype(int), strict=True))


EXPECTED = [(2, "0001", 1), (3, "0002", 2), (4, "0003", 3)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_separators_and_line_ends(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    text = as_text(rows(), separator, end).replace("note 2", "café – naïve")
    extract = read_extract(write(tmp_path / "a.csv", text, encoding))
    assert seen(extract) == EXPECTED
    assert extract.events["event_description"].tolist() == ["note 1", "café – naïve", "note 3"]
    assert extract.account.read == 3


def test_windows_text_in_a_heading(tmp_path: Path) -> None:
    text = as_text(rows()).replace("Client Type", "Größe")
    extract = read_extract(write(tmp_path / "a.csv", text, "cp1252"), {"headings": {"Client Type": "Größe"}})
    assert extract.events["client_type"].tolist() == ["Service user"] * 3


def test_windows_text_far_down(tmp_path: Path) -> None:
    body = [[*row[:-1], "plain" * 60] for row in rows() for _ in range(400)]
    text = as_text(body) + "0009,,Service user,15/06/1970,Assessment,01/02/2026,11/02/2026,café\n"
    assert len(text) > 1 << 18
    extract = read_extract(write(tmp_path / "a.csv", text, "cp1252"))
    assert extract.account.read == 1201
    assert extract.events["event_description"].iloc[-1] == "café"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_line_that_names_the_separator(tmp_path: Path, end: str, encoding: str) -> None:
    text = f"sep=;{end}" + as_text(rows(), ";", end)
    assert seen(read_extract(write(tmp_path / "a.csv", text, encoding))) == EXPECTED


def test_line_breaks_and_separators_within_quotes(tmp_path: Path) -> None:
    body = rows()
    body[0][-1] = '"one, two\nthree ""four"""'
    extract = read_extract(write(tmp_path / "a.csv", as_text(body)))
    assert seen(extract) == EXPECTED
    assert extract.events["event_description"].iloc[0] == 'one, two\nthree "four"'


def test_ragged_rows_stay_in_their_place(tmp_path: Path) -> None:
    body = rows(7)
    body[1] += ["one", "two"]
    body[3] = body[3][:5]
    body[4][-1] = '"line\nbreak"'
    body[5] = [*body[5][:-1], '"x\ny"', "more"]
    extract = read_extract(write(tmp_path / "a.csv", as_text(body)))
    days = [(2, 1), (3, 2), (4, 3), (5, 0), (6, 5), (7, 6), (8, 7)]
    assert [(row, day) for row, _, day in seen(extract)] == days
    found = {f.code: f for f in extract.findings}
    assert (found["wrong-number-of-cells"].rows, found["wrong-number-of-cells"].count) == ((5,), 1)
    # Only the description can hold what is too much; a row that is too short cannot be mended.
    assert found["cells-joined"].rows == (3, 7)
    assert extract.events["event_description"].tolist()[1] == "note 2,one,two"


def test_ragged_rows_below_a_title_and_a_separator_line(tmp_path: Path) -> None:
    body = rows(4)
    body[2] += ["more"]
    text = "sep=,\nClient Level Data\n\n" + as_text(body)
    extract = read_extract(write(tmp_path / "a.csv", text))
    assert [(row, day) for row, _, day in seen(extract)] == [(4, 1), (5, 2), (6, 3), (7, 4)]
    assert next(f for f in extract.findings if f.code == "cells-joined").rows == (6,)


def test_blank_last_columns_do_not_hide_a_separator_inside_a_text(tmp_path: Path) -> None:
    headings = ["Person ID", "Event Type", "Event Start Date", "Event End Date"]
    start = "000{},Assessment,01/02/2026,20/02/2026,"
    path = tmp_path / "extract.csv"
    address = "{} High Street, Northtown,Ann Jones,Christian,\n"
    lines = [(start + address).format(n, n) for n in range(1, 9)]
    path.write_text(
        ",".join([*headings, "Address", "Lead Professional", "Religion", "Spare"]) + "\n" + "".join(lines)
    )
    one = next(f for f in read_extract(path).findings if f.code == "longer-than-headings")
    assert (one.severity, one.count) == ("warning", 8) and "Lead Professional, Religion" in one.advice
    ethnicity = "White: English, Welsh, Scottish, Northern Irish or British,Female,,,\n"
    lines = [(start + ethnicity).format(n) for n in range(1, 9)]
    path.write_text(",".join([*headings, "Ethnicity", "Gender", "N1", "N2", "N3"]) + "\n" + "".join(lines))
    extract = read_extract(path)
    assert set(extract.events["gender"]) == {"Female"}
    assert "cells-joined" in {f.code for f in extract.findings}


def test_a_separator_at_the_end_of_every_line_is_no_finding(tmp_path: Path) -> None:
    text = as_text([[*row, ""] for row in rows()])
    extract = read_extract(write(tmp_path / "a.csv", text))
    assert seen(extract) == EXPECTED
    assert "wrong-number-of-cells" not in extract.findings.codes


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    lines = as_text(rows()).splitlines()
    text = "\n".join([*lines[:2], "", "", *lines[2:], "", ""]) + "\n"
    assert read_extract(write(tmp_path / "a.csv", text)).account.read == 3


@pytest.mark.parametrize("column", [2, 7])
@pytest.mark.parametrize("closed_again", [False, True])
def test_an_open_quotation_mark_is_refused(tmp_path: Path, column: int, closed_again: bool) -> None:
    body = rows(9)
    body[2][column] = '"' + body[2][column]
    if closed_again:
        body[5][column] = '"' + body[5][column]
    with pytest.raises(ExtractError) as caught:
        read_extract(write(tmp_path / "a.csv", as_text(body)))
    assert caught.value.code == "unclosed-quote"
    assert "row 4 " in str(caught.value)


def test_an_open_quotation_mark_in_a_column_that_is_not_read(tmp_path: Path) -> None:
    lines = as_text(rows(9)).splitlines()
    lines = [f"{line},{'Own' if i == 0 else 'x'}" for i, line in enumerate(lines)]
    lines[4] = lines[4][:-1] + '"x'
    with pytest.raises(ExtractError, match="unclosed-quote"):
        read_extract(write(tmp_path / "a.csv", "\n".join(lines) + "\n"))


def test_long_notes_with_commas_and_line_breaks_are_fine(tmp_path: Path) -> None:
    body = rows()
    body[1][-1] = (
        '"He said, she said, they, all, agreed, that, this, and, that\nA service was, well, offered, again"'
    )
    extract = read_extract(write(tmp_path / "a.csv", as_text(body)))
    assert extract.account.read == 3


def test_headings_in_any_order_and_spelling_with_columns_of_the_council_s_own(tmp_path: Path) -> None:
    names = [*(h.upper().replace(" ", "_") for h in HEADINGS), "Own column"]
    body = [[*row, "own"] for row in rows()]
    order = [8, 6, 5, 3, 7, 2, 1, 0, 4]
    lines = [",".join(row[i] for i in order) for row in [names, *body]]
    extract = read_extract(write(tmp_path / "a.csv", "\n".join(lines) + "\n"))
    assert seen(extract) == EXPECTED
    assert extract.unused_headings == ("Own column",)
    assert not any("own" in str(c).lower() for c in extract.events.columns)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"\xef\xbb\xbf", "empty-file"),
        (b"\xff\xfe", "empty-file"),
        (b" \r\n\r\n ", "empty-file"),
        (as_text([]).encode(), "empty-file"),
        (as_text([], end="").encode(), "empty-file"),
        (b"hello\nworld\n", "no-identifier"),
        (b"<html><table></table></html>", "not-what-it-says"),
        (b"PK\x03\x04 a workbook", "not-what-it-says"),
        (b"PAR1 something", "not-what-it-says"),
        (b"%PDF-1.7", "not-what-it-says"),
        (b"\xd0\xcf\x11\xe0 old", "not-what-it-says"),
        (as_text(rows()).replace("note 1", "\x81\x8d").encode("latin-1"), "unreadable-text"),
    ],
)
def test_what_cannot_be_read_as_csv(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(ExtractError) as caught:
        read_extract(path)
    assert caught.value.code == code
    assert caught.value.problems[0].advice


def test_the_wrong_encoding_in_a_mapping_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", as_text(rows()).replace("note 1", "café"), "cp1252")
    with pytest.raises(ExtractError, match="unreadable-csv"):
        read_extract(path, {"file": {"encoding": "utf-8"}})
    assert read_extract(path, {"file": {"encoding": "cp1252"}}).account.read == 3


def test_a_stray_null_character_does_not_make_it_utf_16(tmp_path: Path) -> None:
    text = as_text(rows()).replace("note 1", "no\x00te")
    assert read_extract(write(tmp_path / "a.csv", text)).account.read == 3


def test_two_open_quotation_marks_in_neighbouring_rows_are_refused(tmp_path: Path) -> None:
    lines = as_text(rows(9)).splitlines()
    lines = [f"{line},{'Own' if i == 0 else 'x'}" for i, line in enumerate(lines)]
    lines[3], lines[4] = lines[3].replace("note 3", '"note 3'), lines[4].replace("note 4", '"note 4')
    with pytest.raises(ExtractError, match="unclosed-quote"):
        read_extract(write(tmp_path / "a.csv", "\n".join(lines) + "\n"))


def test_a_note_that_speaks_of_reviews_in_as_many_parts_as_there_are_columns_is_fine(tmp_path: Path) -> None:
    body = rows()
    body[1][-1] = (
        '"First visit\na, review, of, the, service, was, on, 01/02/2026, and, an, assessment, on, 02/02/2026"'
    )
    assert read_extract(write(tmp_path / "a.csv", as_text(body))).account.read == 3


@pytest.mark.parametrize("off", [-3, -2, -1, 0])
def test_a_byte_order_mark_across_two_pieces_of_a_file_is_found(tmp_path: Path, off: int) -> None:
    text = as_text(rows()).encode()
    path = tmp_path / "a.csv"
    # A blank cell at the end of a long note, so that the mark stands where one piece ends.
    head, tail = text.split(b"note 2")
    path.write_bytes(head + b"x" * ((1 << 20) + off - len(head)) + b"\xef\xbb\xbf" + tail)
    assert "byte-order-marks" in {finding.code for finding in read_extract(path).findings}


def test_a_character_that_begins_like_a_byte_order_mark_is_none(tmp_path: Path) -> None:
    extract = read_extract(
        write(tmp_path / "a.csv", as_text(rows()).replace("note 2", "\ufffd \uff11"), "utf-8-sig")
    )
    assert "byte-order-marks" not in {finding.code for finding in extract.findings}
    assert seen(extract) == EXPECTED
