"""Who is meant by a line of a list, a row about a person, a link: one person, or it is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from casetrack.errors import CasetrackError
from casetrack.extract import Extract, read_extract
from casetrack.findings import Finding
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import Pool, find_eligible

ID, NHS, NUMBER = "LA Person Unique Identifier", "NHS Number", "9990000018"
AS_AT = "2026-03-31"


def base(*ids: str, **cells: Any) -> pd.DataFrame:
    """An assessment that counts for each local id."""
    one = {
        "Client Type": "Service user",
        "Date of Birth": "15/06/1970",
        "Event Type": "Assessment",
        "Event Start Date": "01/02/2026",
        "Event End Date": "20/02/2026",
        NHS: "",
    }
    rows = [{**one, ID: text} for text in ids or ("0001", "0002", "0003")]
    return pd.DataFrame(rows, dtype=object).assign(**cells)


def pool_of(rows: pd.DataFrame, hold_back: Any = None, people: Any = None) -> Pool:
    return find_eligible(read_extract(rows, people=people), AS_AT, hold_back=hold_back)


def out(rows: pd.DataFrame, hold_back: Any) -> list[str]:
    return pool_of(rows, hold_back).left_out.index.tolist()


def refused(code: str, rows: pd.DataFrame, hold_back: Any = None, people: Any = None) -> str:
    with pytest.raises(CasetrackError) as caught:
        pool_of(rows, hold_back, people)
    assert caught.value.code == code
    return str(caught.value)


def found(result: Extract | Pool | CodedPool, code: str) -> list[Finding]:
    return [one for one in result.findings if one.code == code]


# A local id that is another person's NHS number.


def in_the_wrong_column() -> pd.DataFrame:
    return base("0001", NUMBER, "0003").assign(**{NHS: ["999 000 0018", "", ""]})


@pytest.mark.parametrize("text", [NUMBER, "999 000 0018"])
def test_a_local_id_that_is_another_s_nhs_number_is_told_with_its_rows(text: str) -> None:
    rows = in_the_wrong_column()
    rows.loc[1, ID] = text
    (one,) = found(read_extract(rows), "local-id-is-nhs-number")
    assert (one.severity, one.count, one.rows, one.loses) == ("warning", 1, (2,), "people")
    # One's own number, or one that nobody has, stands for nobody else.
    for others in ([NUMBER, NUMBER], ["", ""]):
        rows[NHS] = ["", *others]
        assert not found(read_extract(rows), "local-id-is-nhs-number")


@pytest.mark.parametrize("text", [NUMBER, "999 000 0018"])
def test_a_text_that_means_two_people_holds_back_both(text: str) -> None:
    assert out(in_the_wrong_column(), [text]) == ["0001", NUMBER]


def test_the_person_whose_number_is_another_s_local_id_is_not_held_back_alone() -> None:
    refused("hold-back-near-miss", in_the_wrong_column(), ["0001"])
    assert out(in_the_wrong_column(), ["0001", NUMBER]) == ["0001", NUMBER]
    assert out(in_the_wrong_column(), ["0003"]) == ["0003"]


# A line whose identifiers lead to two people.


def two() -> pd.DataFrame:
    return base().assign(**{NHS: [NUMBER, "", ""]})


def test_a_line_of_a_hold_back_list_with_identifiers_of_two_people_stops() -> None:
    line = {ID: ["0002", "0003"], NHS: ["", "999 000 0018"], "Reason": ["x", "x"]}
    told = refused("hold-back-two-people", two(), pd.DataFrame(line))
    assert "row 3 of the list" in told and "0003" not in told
    line[ID] = ["0002", "0001"]
    assert out(two(), pd.DataFrame(line)) == ["0001", "0002"]


def test_an_override_with_identifiers_of_two_people_stops() -> None:
    line = {ID: ["0003"], NHS: [NUMBER], "code": ["CT05"], "holds": ["yes"], "reason": ["x"]}
    with pytest.raises(CasetrackError) as caught:
        code_cohorts(pool_of(two()), overrides=pd.DataFrame(line))
    assert caught.value.code == "override-two-people"
    line[ID] = ["0001"]
    assert code_cohorts(pool_of(two()), overrides=pd.DataFrame(line)).people["CT05"].tolist() == [
        True,
        False,
        False,
    ]


def test_a_row_about_a_person_with_identifiers_of_two_people_stops() -> None:
    row = {ID: ["0002", "0003"], NHS: ["", NUMBER], "Religion": ["Sikh", "Sikh"]}
    told = refused("person-file-two-people", two(), people=pd.DataFrame(row))
    assert "row 2" in told and "0003" not in told
    row[ID] = ["0002", "0001"]
    assert len(pool_of(two(), people=pd.DataFrame(row)).people) == 3
    # Where a local id is another's NHS number, each column says whom it means.
    row = {ID: [""], NHS: [NUMBER], "Religion": ["Sikh"]}
    details = pool_of(in_the_wrong_column(), people=pd.DataFrame(row)).extract.details
    assert details is not None and details["religion"].notna().to_dict() == {
        "0001": True,
        "0003": False,
        NUMBER: False,
    }


# What a file with a row per person says otherwise.


@pytest.mark.parametrize(
    ("heading", "events", "file", "loses"),
    [
        ("Date of Death", "01/05/2026", "01/06/2026", "people"),
        ("Autism", "No", "Yes", "cohort"),
        ("Primary Support Reason", "Mental health support", "Learning disability support", "cohort"),
        ("Disability", "No", "Yes", "characteristic"),
        ("Client Type", "Service user", "Unpaid carer", "people"),
    ],
)
def test_a_value_that_the_events_contradict_is_told_with_its_rows(
    heading: str, events: str, file: str, loses: str
) -> None:
    people = pd.DataFrame({ID: ["0001", "0002", "9"], heading: [events, file, file], "Gender": "Male"})
    rows = base().assign(**{heading: events})
    (one,) = found(read_extract(rows, people=people), "person-file-other-value")
    assert (one.severity, one.count, one.rows, one.loses) == ("warning", 1, (2,), loses)
    # What the events say on any row, or say nothing of, is no contradiction.
    both = pd.concat([rows, rows.assign(**{heading: file})])
    for silent in (rows.assign(**{heading: ""}), rows.assign(**{heading: "NULL"}), both):
        if heading != "Date of Death" or silent is not both:
            assert not found(read_extract(silent, people=people), "person-file-other-value")


@pytest.mark.parametrize(("events", "file"), [("01/05/2026", "01/03/2026"), ("01/03/2026", "01/05/2026")])
def test_whoever_died_by_either_source_is_left_out(events: str, file: str) -> None:
    people = pd.DataFrame({ID: ["0001"], "Date of Death": [file]})
    pool = pool_of(base().assign(**{"Date of Death": [events, "", ""]}), people=people)
    assert pool.left_out["reason"].to_dict() == {"0001": "deceased"}
    # A death before the birth is none.
    people["Date of Death"] = "01/03/1960"
    assert len(pool_of(base().assign(**{"Date of Death": ["01/05/2026", "", ""]}), people=people).people) == 3


def test_who_is_known_by_association_may_be_told_beside_the_events() -> None:
    people = pd.DataFrame(
        {ID: ["0001", "0002"], "Client Type": ["Carer known by association", "Service user"]}
    )
    for rows in (base().drop(columns="Client Type"), base().assign(**{"Client Type": "Unknown"})):
        pool = pool_of(rows, people=people.assign(Gender="Male"))
        assert pool.left_out["reason"].to_dict() == {"0001": "known_by_association", "0003": "no_assessment"}
    assert len(pool_of(base(), people=people.assign(Gender="Male")).people) == 3


# How a list writes its identifiers.


@pytest.mark.parametrize(
    ("inside", "listed"),
    [
        ("0001", "999-000-0018"),
        ("12345", "12,345"),
        ("0001", "0001 (Smith)"),
        ("0001", "Smith 0001"),
        ("0001", "0001; 0002"),
        ("123456789012", "1.23457E+11"),
        ("AB-12", "ab12"),
    ],
)
def test_an_identifier_that_is_nearly_the_extract_s_stops(inside: str, listed: str) -> None:
    rows = base(inside, "0077").assign(**{NHS: [NUMBER, ""]})
    refused("hold-back-near-miss", rows, [listed])
    told = pd.DataFrame({ID: ["0077", listed], "Reason": ["x", "x"]})
    assert "row 3 of the list" in refused("hold-back-near-miss", rows, told)


def test_what_is_near_to_nobody_is_told_and_marks_alone_part_two_people() -> None:
    for text in ("1.23457E+11", "0009 (Smith)", "999-000-0026"):
        pool = pool_of(base(), [text])
        assert [one.count for one in found(pool, "held-back-nobody")] == [1]
    assert out(base("12/3", "1/23"), ["12/3"]) == ["12/3"]


def test_a_series_and_records_are_read_rightly_or_refused() -> None:
    assert out(base(), pd.Series(["0001"])) == ["0001"]
    assert out(base(), pd.Series({"0001": "x"}).to_dict()) == ["0001"]
    for wrong in (pd.Series({"0001": "complaint"}), [("0001", "complaint")], [{"person_id": "0001"}]):
        assert "0001" not in refused("hold-back-columns", base(), wrong)


# Where a list stands in its file.


def test_rows_of_a_list_are_numbered_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Held back\n\nperson_id,Reason\n\n,,\n0001,x\n\n9,x\n", encoding="utf-8")
    assert found(pool_of(base(), path), "held-back-nobody")[0].rows == (8,)
    path.write_text("person_id,code,holds,reason\n\n0001,CT05,perhaps,x\n", encoding="utf-8")
    with pytest.raises(CasetrackError, match="row 3"):
        code_cohorts(pool_of(base()), overrides=path)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_title_above_the_headings_of_a_list(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "list.csv"
    lines = ["Held back, as of 31 March; from the team", "", separator.join(["Reason", NHS])]
    path.write_text("\n".join([*lines, separator.join(["asked", NUMBER])]), encoding="utf-8")
    assert out(two(), path) == ["0001"]


def test_a_list_that_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    told = refused("hold-back-file", base(), tmp_path / "gone.csv")
    assert "no such file" in told and "gone.csv" in told


# Links that lead to nobody.


@pytest.mark.parametrize(
    ("link", "severity"),
    [
        ("1", "warning"),
        ("1.23457E+11", "warning"),
        ("1E+999", "note"),
        ("0001; 0002", "warning"),
        ("AB9", "note"),
        ("999 000 0026", "note"),
    ],
)
def test_links_that_lead_to_nobody_are_told(link: str, severity: str) -> None:
    rows = base("0001", "123456789012", "0003").assign(
        **{"Adult 1 Linked Person_ID": ["", "", link], "Adult 2 Linked Person_ID": ["", "", "0001"]}
    )
    rows.loc[2, "Client Type"] = "Unpaid carer"
    (one,) = found(pool_of(rows), "links-to-nobody")
    assert (one.severity, one.count, one.rows) == (severity, 1, (3,))
    assert one.field == "Adult 1 Linked Person_ID"
    rows["Adult 1 Linked Person_ID"] = ["", "", "0001"]
    assert not found(pool_of(rows), "links-to-nobody")


# The date of the list.


@pytest.mark.parametrize(
    ("as_at", "day"),
    [
        (pd.Timestamp("2026-03-31 23:30", tz="UTC"), dt.date(2026, 4, 1)),
        (dt.datetime(2026, 3, 31, 23, 30, tzinfo=dt.UTC), dt.date(2026, 4, 1)),
        (pd.Timestamp("2026-03-31 23:30"), dt.date(2026, 3, 31)),
        (np.datetime64("2026-03-31"), dt.date(2026, 3, 31)),
        (np.datetime64("2026-03-31T23:30", "ns"), dt.date(2026, 3, 31)),
    ],
)
def test_a_date_is_the_day_that_it_was_in_london(as_at: Any, day: dt.date) -> None:
    assert find_eligible(read_extract(base()), as_at).as_at == day


@pytest.mark.parametrize("as_at", [np.datetime64("NaT"), pd.NaT, np.timedelta64(3, "D"), np.int64(3)])
def test_what_is_no_date_is_refused(as_at: Any) -> None:
    with pytest.raises(CasetrackError) as caught:
        find_eligible(read_extract(base()), as_at)
    assert caught.value.code == "wrong-object"


def test_a_table_of_client_types_alone_is_read_beside_the_events_and_not_told_as_unread(
    tmp_path: Path,
) -> None:
    path = tmp_path / "people.csv"
    pd.DataFrame({ID: ["0001", "0002", "0003"], "Client Type": "Unpaid carer"}).to_csv(path, index=False)
    rows = base().drop(columns="Client Type")
    for extract in (read_extract(rows, people=path), read_extract([rows, path])):
        assert code_cohorts(find_eligible(extract, AS_AT)).people["CT07"].all()
        assert not found(extract, "sheet-not-read")


def test_ids_that_differ_in_the_case_of_letters_are_two_people_also_for_a_hold_back_list() -> None:
    pool = find_eligible(read_extract(base("A100", "a100")), "2026-03-31", hold_back=["A100"])
    assert pool.people.index.tolist() == ["a100"]


def known(rows: pd.DataFrame, people: pd.DataFrame, name: str) -> list[Any]:
    return pool_of(rows, people=people).people[name].tolist()


def test_a_refusal_in_a_person_file_ranks_as_in_the_extract() -> None:
    ids = ["0001", "0001", "0002", "0002", "0003"]
    said = ["Refused", "Unknown", "Refused", "White: Irish", "Refused"]
    people = pd.DataFrame({ID: ids, "Ethnicity": [s.replace("Refused", "No data: Refused") for s in said]})
    assert known(base(), people, "ethnicity") == ["No data: Refused", "White: Irish", "No data: Refused"]
    rows = base().assign(Ethnicity=["No data: Undeclared or not known", "No data: Refused", "White: Roma"])
    assert known(rows, people, "ethnicity") == ["No data: Refused", "White: Irish", "White: Roma"]


def test_to_be_a_carer_in_one_table_hides_no_reason_of_another() -> None:
    own, carer = "Mental health support", "Social support: Support to unpaid carer"
    people = pd.DataFrame({ID: ["0001", "0001", "0002"], "Primary Support Reason": [own, carer, own]})
    rows = base().assign(**{"Primary Support Reason": ["", carer, carer]})
    assert known(rows, people, "primary_support_reason") == [own, own, carer]
