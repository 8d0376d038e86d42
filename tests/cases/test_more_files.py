"""Inputs of further kinds that went wrong, each with the right outcome."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from casetrack import find_eligible, read_extract
from casetrack.errors import CasetrackError
from casetrack.extract import Extract

ID = "LA Person Unique Identifier"


def base(people: int = 6, **more: object) -> pd.DataFrame:
    rows = [
        {
            ID: f"{i:04d}",
            "Client Type": "Service user",
            "Date of Birth": f"{i + 9:02d}/06/{1940 + i}",
            "Primary Support Reason": "Mental health support",
            "Assessment Type": "Long term assessment",
            "Event Type": "Assessment",
            "Event Start Date": "01/02/2026",
            "Event End Date": "20/02/2026",
            **more,
        }
        for i in range(1, people + 1)
    ]
    return pd.DataFrame(rows, dtype=object)


def lines(frame: pd.DataFrame) -> list[str]:
    return frame.to_csv(index=False).strip().split("\n")


def refused(code: str, read: Callable[[], object]) -> str:
    with pytest.raises(CasetrackError) as caught:
        read()
    assert code in {problem.code for problem in caught.value.problems}
    return str(caught.value)


@pytest.mark.parametrize("zone", [None, dt.UTC])
def test_the_first_day_of_all_is_no_death(zone: dt.tzinfo | None) -> None:
    died = pd.Series([dt.datetime(1, 1, 1, tzinfo=zone)] * 5 + [None], dtype=object)
    extract = read_extract(base().assign(**{"Date of Death": died}))
    assert "filler-date" in extract.findings.codes
    assert len(find_eligible(extract, "2026-03-31").people) == 6


def test_a_stray_quotation_mark_swallows_nobody(tmp_path: Path) -> None:
    held = tmp_path / "held.csv"
    held.write_text('person_id,reason\n0002,"said no\n0003,x\n0004,y\n', encoding="utf-8")
    extract = read_extract(base())
    assert "row 2" in refused("unclosed-quote", lambda: find_eligible(extract, "2026-03-31", hold_back=held))
    people = tmp_path / "people.csv"
    teams = [f"{i:04d}," + ('"North' if i in (4, 8) else "South") for i in range(1, 21)]
    people.write_text("\n".join([f"{ID},Team", *teams]), encoding="utf-8")
    refused("unclosed-quote", lambda: read_extract(base(20), people=people))
    rows = lines(base())
    noted = [
        "Case Note," + rows[0],
        *(('"' if i in (2, 3) else "") + "ok," + r for i, r in enumerate(rows[1:])),
    ]
    (tmp_path / "extract.csv").write_text("\n".join(noted) + "\n", encoding="utf-8")
    refused("unclosed-quote", lambda: read_extract(tmp_path / "extract.csv"))


def test_a_reason_with_a_comma_is_a_reason(tmp_path: Path) -> None:
    held = tmp_path / "held.csv"
    held.write_text("person_id,reason\n0002,said no, twice\n", encoding="utf-8")
    left = find_eligible(read_extract(base()), "2026-03-31", hold_back=held).left_out
    assert left["note"].tolist() == ["said no, twice"]
    held.write_text("reason,person_id\nsaid no, twice,0002\n", encoding="utf-8")
    refused("rows-do-not-fit", lambda: find_eligible(read_extract(base()), "2026-03-31", hold_back=held))


def test_half_a_file_with_another_separator_is_refused(tmp_path: Path) -> None:
    rows = lines(base(20))
    mixed = rows[:11] + [row.replace(",", ";") for row in rows[11:]]
    (tmp_path / "two.csv").write_text("\n".join(mixed), encoding="utf-8")
    assert "another separator" in refused("rows-do-not-fit", lambda: read_extract(tmp_path / "two.csv"))


def test_rows_that_begin_with_their_own_number_are_refused(tmp_path: Path) -> None:
    frame = base()
    frame.insert(1, "Team", "North")
    rows = lines(frame)
    numbered = [rows[0], *(f"{number},{row}" for number, row in enumerate(rows[1:], start=1))]
    (tmp_path / "r.csv").write_text("\n".join(numbered), encoding="utf-8")
    assert "row.names" in refused("rows-do-not-fit", lambda: read_extract(tmp_path / "r.csv"))


def rows_of(extract: Extract, code: str) -> tuple[int, ...]:
    return next(finding.rows for finding in extract.findings if finding.code == code)


def workbook(path: Path, frame: pd.DataFrame, change: Callable[[object], None]) -> Path:
    book = openpyxl.Workbook()
    book.active.append(list(frame.columns))
    for row in frame.to_numpy().tolist():
        book.active.append(row)
    change(book.active)
    book.save(path)
    return path


def test_errors_in_cells_are_no_blanks(tmp_path: Path) -> None:
    def change(sheet) -> None:
        for row in range(2, 5):
            cell = sheet.cell(row, 3)
            cell.value, cell.data_type = "#REF!", "e"

    extract = read_extract(workbook(tmp_path / "errors.xlsx", base(12), change))
    assert rows_of(extract, "unreadable-date") == (2, 3, 4)


def test_day_0_is_no_date(tmp_path: Path) -> None:
    def change(sheet) -> None:
        for row in range(2, 14):
            for column in (7, 8):
                cell = sheet.cell(row, column)
                cell.value = 0 if column == 8 and row > 10 else dt.datetime(2026, 2, 20)
                cell.number_format = "dd/mm/yyyy"

    extract = read_extract(workbook(tmp_path / "zero.xlsx", base(12), change))
    assert rows_of(extract, "filler-date") == (11, 12, 13)


def test_a_column_of_blanks_and_a_field_that_one_file_lacks_are_told(tmp_path: Path) -> None:
    told = read_extract(base().assign(Gender="")).findings
    assert "Gender" in {f.field for f in told if f.code == "missing-field"}
    base(3).to_csv(tmp_path / "a.csv", index=False)
    base(6)[3:].drop(columns="Date of Birth").to_csv(tmp_path / "b.csv", index=False)
    found = read_extract([tmp_path / "a.csv", tmp_path / "b.csv"]).findings
    assert any(f.field == "Date of Birth" and "b.csv" in f.what for f in found)


def test_two_meanings_of_what_reads_as_one_value_are_refused() -> None:
    values = {"Client Type": {"C": "Service user", "C*": "Unpaid carer"}}
    refused("mapping-twice", lambda: read_extract(base(), {"values": values}))


@pytest.mark.parametrize("way", [1, -1])
def test_rows_about_one_person_that_disagree_are_told_and_no_order_decides(tmp_path: Path, way: int) -> None:
    files = [tmp_path / "main.csv", tmp_path / "one.csv", tmp_path / "two.csv"]
    base().to_csv(files[0], index=False)
    for path, religion in zip(files[1:], ("Christian", "Muslim"), strict=True):
        path.write_text(f"{ID},Religion or Belief\n0001,{religion}\n", encoding="utf-8")
    extract = read_extract([files[0], *files[1:][::way]])
    assert "person-file-disagrees" in extract.findings.codes
    assert extract.details["religion"].iloc[0] == read_extract(files).details["religion"].iloc[0]


def test_a_person_held_back_does_not_stay_under_another_spelling() -> None:
    extract = read_extract(pd.concat([base(4), base(4).assign(**{ID: ["1", "2", "3", "77"]})]))
    refused("hold-back-near-miss", lambda: find_eligible(extract, "2026-03-31", hold_back={"0003": "x"}))
    both = find_eligible(extract, "2026-03-31", hold_back={"0003": "x", "3": "x"})
    assert (both.left_out["reason"] == "held_back").sum() == 2
    assert len(find_eligible(extract, "2026-03-31", hold_back={"0004": "x"}).people) == 7


def test_bytes_and_decimals_are_their_texts_and_lists_are_refused() -> None:
    ids = [f"{i:04d}" for i in range(1, 7)]
    assert read_extract(base().assign(**{ID: [i.encode() for i in ids]})).people.index.tolist() == ids
    decimals = [Decimal(i).quantize(Decimal("0.01")) for i in range(1, 7)]
    assert read_extract(base().assign(**{ID: decimals})).people.index.tolist() == list("123456")
    refused("unreadable-column", lambda: read_extract(base().assign(**{ID: [[i] for i in ids]})))


@pytest.mark.parametrize("last", ["Total,12", "End of report,01/03/2026", "headings"])
def test_totals_notes_and_headings_are_nobody(tmp_path: Path, last: str) -> None:
    rows = lines(base(12))
    (tmp_path / "a.csv").write_text(
        "\n".join([*rows, rows[0] if last == "headings" else last]), encoding="utf-8"
    )
    extract = read_extract(tmp_path / "a.csv")
    assert (len(extract.people), extract.account.read) == (12, 12)


def test_days_that_are_counted_from_another_beginning_are_refused() -> None:
    births = [str(int(-9000 + 1500 * i)) for i in range(12)]
    refused("unknown-date-form", lambda: read_extract(base(12).assign(**{"Date of Birth": births})))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_line_ends_of_an_old_mac_are_line_ends(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "mac.csv").write_bytes("\r".join(lines(base(12))).encode(encoding))
    assert len(read_extract(tmp_path / "mac.csv").people) == 12


def test_advice_about_a_form_says_what_the_mapping_has_and_an_empty_file_its_name(tmp_path: Path) -> None:
    iso = base().assign(**{"Event Start Date": "2026-02-01"})
    told = refused(
        "unknown-date-form", lambda: read_extract(iso, {"dates": {"Event Start Date": ["DD/MM/YYYY"]}})
    )
    assert "Your mapping file names DD/MM/YYYY" in told
    base().to_csv(tmp_path / "full.csv", index=False)
    base().iloc[:0].to_csv(tmp_path / "none.csv", index=False)
    both = [tmp_path / "full.csv", tmp_path / "none.csv"]
    assert "none.csv" in refused("empty-file", lambda: read_extract(both))


@pytest.mark.parametrize(
    "blank, row", [((), 5), ((2, 2), 7), ((0,), 6), ((6,), 5)], ids=["none", "inside", "above", "below"]
)
def test_rows_are_numbered_as_a_spreadsheet_numbers_them_also_after_blank_lines(
    tmp_path: Path, blank: tuple[int, ...], row: int
) -> None:
    text = lines(base(5))
    text[4] = text[4].replace("Mental", "Mentally")
    for place in blank:
        text.insert(place, "")
    (tmp_path / "a.csv").write_text("\n".join(text) + "\n\n", encoding="utf-8", newline="")
    extract = read_extract(tmp_path / "a.csv")
    assert extract.account.read == 5
    assert next(item.rows for item in extract.findings if item.code == "unrecognised-value") == (row,)
    assert extract.findings.codes.count("blank-rows") == (blank == (2, 2))


def another_order(frame: pd.DataFrame, *, swap: tuple[str, str]) -> list[str]:
    names = {swap[0]: swap[1], swap[1]: swap[0]}
    return lines(frame[[names.get(name, name) for name in frame.columns]])


@pytest.mark.parametrize(
    "swap", [("Autism", "Dementia"), (ID, "Dementia"), ("Event Type", "Event Start Date")]
)
def test_headings_in_another_order_among_the_rows_begin_another_table(
    tmp_path: Path, swap: tuple[str, str]
) -> None:
    first = base(3).assign(Autism="No", Dementia="No")
    second = base(6)[3:].assign(Autism="Yes", Dementia="No")
    below = another_order(second, swap=swap)
    (tmp_path / "a.csv").write_text("\n".join(lines(first) + below), encoding="utf-8")
    told = refused("headings-again", lambda: read_extract(tmp_path / "a.csv"))
    assert "row 5 of the file" in told
    (tmp_path / "a.csv").write_text("\n".join(lines(first) + lines(second)), encoding="utf-8")
    (tmp_path / "b.csv").write_text("\n".join(below), encoding="utf-8")
    (tmp_path / "c.csv").write_text("\n".join(lines(first)), encoding="utf-8")
    for files in (tmp_path / "a.csv", [tmp_path / "c.csv", tmp_path / "b.csv"]):
        pool = find_eligible(read_extract(files), "2026-03-31")
        assert len(pool.people) == 6


SHOWN = Path(__file__).parents[1] / "data" / "cases" / "34-errors-in-cells"


@pytest.mark.parametrize("name", ["errors.xls", "errors.ods"])
def test_errors_truth_values_and_hidden_rows_are_seen_in_other_workbooks_too(name: str) -> None:
    extract = read_extract(SHOWN / name)
    assert rows_of(extract, "unreadable-date") == (2, 3)
    assert rows_of(extract, "hidden-rows") == (6,)
    assert extract.events["autism"].tolist() == ["No", "Yes"] * 3


@pytest.mark.parametrize("length", [100, 511, 600, 3000])
def test_an_old_workbook_that_is_cut_off_is_refused_or_read(tmp_path: Path, length: int) -> None:
    (tmp_path / "cut.xls").write_bytes((SHOWN / "errors.xls").read_bytes()[:length])
    with pytest.raises(CasetrackError):
        read_extract(tmp_path / "cut.xls")


def test_formulas_that_nothing_has_calculated_are_told(tmp_path: Path) -> None:
    def change(sheet) -> None:
        sheet.cell(3, 8).value = "=DATE(2026,2,20)"
        sheet.cell(5, 8).value = '=IF(A5="","","20/02/2026")'

    path = workbook(tmp_path / "formulas.xlsx", base(), change)
    assert rows_of(read_extract(path), "formulas-not-calculated") == (3, 5)
    # A formula that gives an empty text is calculated.
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "empty.xlsx", "w") as new:
        for part in old.namelist():
            new.writestr(part, re.sub(rb'<c (r="H[35]")>', rb'<c \1 t="str">', old.read(part)))
    assert "formulas-not-calculated" not in read_extract(tmp_path / "empty.xlsx").findings.codes


def test_a_year_among_serials_is_no_day_of_1905() -> None:
    extract = read_extract(base(4).assign(**{"Date of Birth": ["1945", "16600", "18000", "20000"]}))
    assert rows_of(extract, "unreadable-date") == (1,)
    assert extract.people["date_of_birth"].isna().tolist() == [True, False, False, False]


def test_figures_of_two_for_the_year_are_no_serials() -> None:
    for field in ("Date of Birth", "Event End Date", "Event Start Date"):
        changed = base(4).assign(**{field: ["260220", "051231", "260131", "251201"]})
        told = refused("unknown-date-form", lambda changed=changed: read_extract(changed))
        assert field in told
    # The last day of 2999 stands for none.
    ends = read_extract(base(4).assign(**{"Event End Date": ["46073", "46074", "46075", "401768"]}))
    assert rows_of(ends, "filler-date") == (4,)


def test_births_that_give_no_age_are_named() -> None:
    births = ["10/06/2045", "11/06/1950", "11/06/1899", "12/06/1908"]
    assert rows_of(read_extract(base(4).assign(**{"Date of Birth": births})), "impossible-age") == (1, 3)


def test_one_column_is_no_source_and_lists_are_no_texts() -> None:
    import pyarrow as pa

    for column in (base()[ID], pa.chunked_array([["a"]])):
        refused("source-kind", lambda column=column: read_extract(column))
        refused("source-kind", lambda column=column: read_extract(base(), people=column))
    listed = pd.array([["Male"]] * 6, dtype=pd.ArrowDtype(pa.list_(pa.string())))
    refused("unreadable-column", lambda: read_extract(base().assign(Gender=listed)))


def test_duplicates_are_joined_only_where_that_is_said() -> None:
    refused("duplicates", lambda: read_extract(base(), duplicates="Single"))


def test_sheets_that_are_read_are_named_with_their_rows(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "two.xlsx") as book:
        base().to_excel(book, sheet_name="Events", index=False)
        base(9)[6:].to_excel(book, sheet_name="OLD do not use", index=False)
    told = [f for f in read_extract(tmp_path / "two.xlsx").findings if f.code == "several-sheets-read"]
    assert [f.severity for f in told] == ["note"]
    assert '"Events" (6 rows), "OLD do not use" (3 rows)' in told[0].what


def test_the_command_line_is_told_the_headings_too() -> None:
    own = base().rename(columns={"Event Start Date": "Begun", "Event End Date": "Event End Dat"})
    with pytest.raises(CasetrackError) as caught:
        read_extract(own)
    for told in (str(caught.value), caught.value.at_the_command()):
        assert '"Begun"' in told
        assert '"Event End Dat" is near to "Event End Date"' in told
    assert "casetrack mapping" in caught.value.at_the_command()


@pytest.mark.parametrize("above, told", [(25, True), (1, False)])
def test_headings_too_far_below_are_looked_for_and_that_is_said(
    tmp_path: Path, above: int, told: bool
) -> None:
    wrong = base(3).rename(columns={ID: "Who"}) if above == 1 else base(3)
    (tmp_path / "far.csv").write_text("Note\n" * above + wrong.to_csv(index=False), encoding="utf-8")
    words = refused("no-identifier", lambda: read_extract(tmp_path / "far.csv"))
    assert ("first 20 rows" in words) == told


def test_advice_about_a_file_that_is_something_else_can_be_followed(tmp_path: Path) -> None:
    (tmp_path / "page.xls").write_text("<html><table></table></html>", encoding="utf-8")
    assert "save it as .xlsx" in refused("not-what-it-says", lambda: read_extract(tmp_path / "page.xls"))
    base().to_csv(tmp_path / "plain.xlsx", index=False)
    assert "(.csv)" in refused("not-what-it-says", lambda: read_extract(tmp_path / "plain.xlsx"))


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_mapping_in_another_encoding_is_told_so(tmp_path: Path, encoding: str) -> None:
    text = '[values.Ethnicity]\n"Café" = "White: Irish"\n'
    (tmp_path / "mapping.toml").write_text(text, encoding=encoding)
    assert "UTF-8" in refused("mapping-not-toml", lambda: read_extract(base(), tmp_path / "mapping.toml"))


def test_a_short_table_above_another_with_more_known_headings_is_not_dropped(tmp_path: Path) -> None:
    first = lines(base(4).rename(columns={"Assessment Type": "Kind"}))
    second = lines(base(3)[sorted(base(3).columns)])
    (tmp_path / "a.csv").write_text("\n".join([*first, *second]) + "\n", encoding="utf-8")
    refused("headings-again", lambda: read_extract(tmp_path / "a.csv"))


def test_a_table_of_people_above_the_events_is_not_dropped(tmp_path: Path) -> None:
    people = lines(base(2)[[ID, "Date of Birth", "Primary Support Reason"]])
    (tmp_path / "a.csv").write_text("\n".join([*people, *lines(base(3))]) + "\n", encoding="utf-8")
    with pytest.raises(CasetrackError):
        read_extract(tmp_path / "a.csv")


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / "in" / quarter / "cld.csv" for quarter in ("q1", "q2")]
    for path, sex in zip(paths, ("Male", "strange"), strict=True):
        path.parent.mkdir(parents=True)
        base(Gender=sex, Ward="x").to_csv(path, index=False)
    found = {finding.code: finding for finding in read_extract(paths).findings}
    assert set(found["unrecognised-value"].tables) == {"q2/cld.csv"}
    assert {"q1/cld.csv", "q2/cld.csv"} == set(read_extract(paths).unused_by_table)
    base().drop(columns=ID).to_csv(paths[1], index=False)
    told = refused("no-identifier", lambda: read_extract(paths))
    assert "q2/cld.csv" in told
    assert "in/q2" not in told
    assert "q1" not in told


def test_a_mapping_names_one_of_two_files_of_one_name_with_its_folder(tmp_path: Path) -> None:
    paths = [tmp_path / quarter / "cld.csv" for quarter in ("q1", "q2")]
    for path in paths:
        path.parent.mkdir()
    base().to_csv(paths[0], index=False)
    base(Gender="Female").rename(columns={ID: "Own"}).to_csv(paths[1], index=False)
    mapping = {"files": [{"name": "q2/cld.csv", "headings": {ID: "Own"}}]}
    assert read_extract(paths, mapping=mapping).account.set_aside == {}
    assert refused(
        "mapped-file-missing", lambda: read_extract(paths[0], mapping={"files": [{"name": "q2/cld.csv"}]})
    )


@pytest.mark.parametrize(("rows", "told"), [(65_535, True), (65_534, False), (30_000, True), (30_001, False)])
def test_a_file_that_ends_where_a_program_stops_is_told(tmp_path: Path, rows: int, told: bool) -> None:
    path = tmp_path / "cld.csv"
    heading, line, *_ = lines(base())
    path.write_text("\n".join([heading, *[line] * rows, "(end)"[: 5 * told], ""]), encoding="utf-8")
    found = [f for f in read_extract(path).findings if f.code == "ends-at-a-limit"]
    assert [(f.severity, f.loses, f.count) for f in found] == ([("warning", "people", rows)] if told else [])


@pytest.mark.parametrize(
    "heading",
    ["Step Status", "Status", "EventStatus", "Cancelled?", "Is Deleted", "Deleted Flag", "Cancelled Date"],
)
def test_a_column_that_says_what_took_place_is_not_left_unread_without_a_warning(heading: str) -> None:
    found = [f for f in read_extract(base(**{heading: "Cancelled"})).findings if f.code == "status-not-read"]
    assert [(f.severity, f.loses) for f in found] == [("warning", "people")]
    assert heading in found[0].what


@pytest.mark.parametrize(
    "heading", ["Employment Status", "Care Status of Partner", "Reason for Cancellation Policy"]
)
def test_other_columns_are_named_as_before(heading: str) -> None:
    assert "status-not-read" not in read_extract(base(**{heading: "x"})).findings.codes


@pytest.mark.parametrize(("name", "severity"), [("Deleted records", "warning"), ("2025", "note")])
def test_a_sheet_of_what_does_not_count_is_read_with_a_warning(
    tmp_path: Path, name: str, severity: str
) -> None:
    path = tmp_path / "cld.xlsx"
    with pd.ExcelWriter(path) as book:
        base().to_excel(book, sheet_name="Export", index=False)
        base().to_excel(book, sheet_name=name, index=False)
    found = [f for f in read_extract(path).findings if f.code == "several-sheets-read"]
    assert [f.severity for f in found] == [severity]


def test_a_slip_in_the_year_of_an_event_is_told_and_a_planned_end_is_none() -> None:
    rows = base(4, **{"Reporting Period End Date": "31/03/2026"})
    rows["Event End Date"] = ["20/02/2062", "20/02/2026", "20/02/2062", ""]
    rows["Event Start Date"] = ["01/02/2026"] * 3 + ["01/02/2062"]
    rows["Event Type"] = ["Assessment", "Assessment", "Service", "Request"]
    found = [f for f in read_extract(rows).findings if f.code == "event-after-all"]
    assert [(f.severity, f.rows) for f in found] == [("warning", (1, 4))]
