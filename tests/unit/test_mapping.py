"""A council's own headings, values and date formats."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from casetrack.errors import ExtractError, MappingError, UsageError
from casetrack.extract import read_extract
from casetrack.extract.draft import draft_mapping
from casetrack.extract.mapping import read_mapping
from unit.small_extracts import table

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples" / "own_headings"

MAPPING = """
[headings]
"LA Person Unique Identifier" = "Swift ID"
"Event Type" = "What"
"Event_Start_Date" = "Began"
"Event End Date" = "Ended"
"Date of Birth" = "D.O.B."

[values."Event Type"]
"Care Act asst" = "Assessment"
"contact / referral" = "Request"

[dates]
"Event Start Date" = ["DD/MM/YYYY", "YYYY-MM-DD"]

[constants]
"Client Type" = "Service user"

[file]
separator = ";"
encoding = "cp1252"
"""


def own_headings() -> str:
    rows = ["Swift ID;What;Began;Ended;D.O.B.;Note"]
    rows.append("0012;CARE ACT ASST;01/02/2026;10/02/2026;15/06/1970;café")
    rows.append("0013;Contact or Referral;2026-02-01;10/02/2026;15/06/1970;")
    return "\n".join(rows) + "\n"


def test_every_table_of_a_mapping_file(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text("\ufeff" + MAPPING, encoding="utf-8")
    (tmp_path / "a.csv").write_bytes(own_headings().encode("cp1252"))
    extract = read_extract(tmp_path / "a.csv", mapping=tmp_path / "map.toml")
    assert extract.events["event_type"].tolist() == ["Assessment", "Request"]
    assert extract.events["event_start_date"].dt.strftime("%d%m").tolist() == ["0102", "0102"]
    assert extract.events["client_type"].tolist() == ["Service user"] * 2
    assert extract.headings["event_start_date"] == "Began"
    assert list(extract.people.index) == ["0012", "0013"]
    assert extract.people["date_of_birth"].dt.year.tolist() == [1970, 1970]


def test_the_worked_example_beside_the_samples() -> None:
    extract = read_extract(SAMPLES / "assessments_export.csv", mapping=SAMPLES / "mapping.toml")
    assert extract.account.adds_up
    assert extract.events["is_event"].all()
    assert "unrecognised-value" not in extract.findings.codes


def test_the_same_tables_as_a_dict_and_read_twice() -> None:
    mapping = read_mapping({"headings": {"Event Type": "What"}})
    assert read_mapping(mapping) is mapping
    frame = table().rename(columns={"Event Type": "What"})
    assert read_extract(frame, mapping=mapping).events["event_type"].tolist() == ["Assessment"] * 3


def test_a_column_stands_before_a_constant() -> None:
    extract = read_extract(table(), {"constants": {"Client Type": "Unpaid carer"}})
    assert extract.events["client_type"].tolist() == ["Service user"] * 3


def test_a_mapped_field_is_not_looked_for_under_its_usual_heading() -> None:
    frame = table().assign(Began="01/01/2026")
    extract = read_extract(frame, {"headings": {"Event Start Date": "Began"}})
    assert extract.events["event_start_date"].dt.month.tolist() == [1, 1, 1]
    assert extract.unused_headings == ("Event Start Date",)


def test_headings_that_the_file_lacks_come_with_everything_else() -> None:
    frame = table().drop(columns=["Event Type"])
    frame["LA_Person_Unique_Identifier"] = "x"
    with pytest.raises(ExtractError) as caught:
        read_extract(frame, {"headings": {"Event Start Date": "Began"}})
    codes = [p.code for p in caught.value.problems]
    assert codes == ["two-columns-one-field", "no-event-type", "mapped-heading-missing"]
    assert "columns A, H" in str(caught.value)


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "tables": ({"heading": {}, "file": {"sheets": "x"}}, ["mapping-layout", "mapping-layout"]),
    "types": (
        {"headings": {"Event Type": 3}, "dates": {"Date of Birth": "DD/MM/YYYY"}},
        ["mapping-layout"] * 2,
    ),
    "fields": (
        {
            "headings": {"Nonsense": "a"},
            "values": {"Rubbish": {}},
            "dates": {"Fudge": []},
            "constants": {"X": "y"},
        },
        ["mapping-field"] * 4,
    ),
    "formats": (
        {
            "dates": {
                "Date of Birth": ["YY"],
                "Date of Death": [],
                "Event End Date": ["DD/MM/YYYY", "MM/DD/YYYY"],
            }
        },
        ["mapping-date-format", "mapping-date-format", "mapping-date-ambiguous"],
    ),
    "kinds": (
        {"dates": {"Gender": ["DD/MM/YYYY"]}, "values": {"Date of Birth": {"a": "b"}}},
        ["mapping-wrong-kind", "mapping-wrong-kind"],
    ),
    "one heading twice": (
        {"headings": {"Event Start Date": "Day", "Event End Date": "DAY"}},
        ["mapping-twice"],
    ),
    "file": (
        {"file": {"separator": "||", "encoding": "latin-99"}},
        ["mapping-separator", "mapping-encoding"],
    ),
}


@pytest.mark.parametrize(("tables", "codes"), list(WRONG.values()), ids=list(WRONG))
def test_every_problem_of_a_mapping_at_once(tables: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(MappingError) as caught:
        read_mapping(tables)
    assert [p.code for p in caught.value.problems] == codes
    assert all(p.advice for p in caught.value.problems)


def test_a_mapping_file_that_is_not_there_or_no_toml(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="mapping-missing"):
        read_mapping(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[headings]\nEvent Type = What\n", encoding="utf-8")
    with pytest.raises(MappingError, match="line 2"):
        read_mapping(tmp_path / "bad.toml")
    (tmp_path / "cp.toml").write_bytes('[headings]\n"Gender" = "Größe"\n'.encode("cp1252"))
    with pytest.raises(MappingError, match="mapping-not-toml"):
        read_mapping(tmp_path / "cp.toml")


def test_month_first_dates_when_the_mapping_says_so() -> None:
    frame = table().assign(**{"Event Start Date": "02/01/2026"})
    extract = read_extract(frame, {"dates": {"Event Start Date": ["MM/DD/YYYY"]}})
    assert extract.events["event_start_date"].dt.month.tolist() == [2, 2, 2]


def test_only_the_listed_formats_are_read() -> None:
    frame = table()
    frame["Event Start Date"] = pd.Series(["01/02/2026", "2026-02-02", "45000"])
    extract = read_extract(frame, {"dates": {"Event Start Date": ["YYYY-MM-DD"]}})
    assert extract.events["event_start_date"].isna().tolist() == [True, False, True]
    assert next(f for f in extract.findings if f.code == "unreadable-date").rows == (1, 3)


def test_casetrack_s_own_name_of_a_field_gives_way_to_a_heading_of_the_layout() -> None:
    frame = table().assign(Provider="a", **{"Provider CQC Location ID": "b", "GP Practice": "c"})
    extract = read_extract(frame)
    assert extract.events["provider"].tolist() == ["b"] * 3
    assert extract.events["gp_practice"].tolist() == ["c"] * 3
    assert extract.unused_headings == ("Provider",)


@pytest.mark.parametrize("other", ["Event_Type", "EVENT  TYPE", "event type:"])
def test_two_spellings_of_one_heading_are_refused(other: str) -> None:
    with pytest.raises(ExtractError, match="two-columns-one-field"):
        read_extract(table().assign(**{other: "Assessment"}))
    with pytest.raises(ExtractError, match="two-columns-one-field"):
        read_extract(table().assign(DOB="15/06/1970"))


def test_a_mapping_that_is_none() -> None:
    with pytest.raises(UsageError, match="mapping-kind"):
        read_mapping(42)


TURNED = {
    "headings": {"Swift ID": "LA Person Unique Identifier", "What": "Event Type"},
    "values": {"Event Type": {"Assessment": "Care Act asst", "Request": "Contact"}},
}


def test_tables_the_other_way_round_come_back_with_the_lines_to_paste() -> None:
    with pytest.raises(MappingError) as caught:
        read_mapping(TURNED)
    assert [p.code for p in caught.value.problems] == ["mapping-turned", "mapping-turned"]
    assert '"LA Person Unique Identifier" = "Swift ID"' in str(caught.value)
    assert '"Care Act asst" = "Assessment"' in str(caught.value)


def test_a_draft_that_is_read_as_it_stands_and_once_it_is_filled_in(tmp_path: Path) -> None:
    text = "Person No,Event Typ,Event Start Date,Event End Date,Gender,Client Type\n"
    text += '1,"Care ""Act"" asst",01/02/2026,02/02/2026,F,Service user\n' * 2
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    draft = draft_mapping([tmp_path / "a.csv"])
    assert read_mapping(tomllib.loads(draft)).headings["local_id"] == "personno"
    assert '# "Event Type" = "Event Typ"  # the most like it' in draft
    assert '# "F" = "Female"  # 2 rows' in draft
    filled = draft.replace('# "Event Type" =', '"Event Type" =').replace('# "F" =', '"F" =')
    (tmp_path / "m.toml").write_text(filled + '[values."Event Type"]\n\'Care "Act" asst\' = "Assessment"\n')
    extract = read_extract(tmp_path / "a.csv", mapping=tmp_path / "m.toml")
    assert extract.events["event_type"].tolist() == ["Assessment"]
    assert extract.events["gender"].tolist() == ["Female"]


def test_a_draft_for_several_files_has_a_table_for_each() -> None:
    folder = SAMPLES.parent / "several_files"
    draft = tomllib.loads(draft_mapping([folder / "people.csv", folder / "services.csv"]))
    assert [one["name"] for one in draft["files"]] == ["people.csv", "services.csv"]
    assert read_mapping(draft).files[0].name == "people.csv"


@pytest.mark.parametrize(
    "mapping",
    [
        {"values": {"Client Type": {"Service user": "SU", "Unpaid carer": "Carer"}}},
        {"values": {"Gender": {"Female": "F", "Unknown": "Unknown"}}},
        {"headings": {"Step": "Event Type", "Gender": "Gender", "Client Type": "Client Type"}},
    ],
)
def test_a_table_of_which_some_lines_read_both_ways_is_turned_all_the_same(mapping):
    with pytest.raises(MappingError) as caught:
        read_mapping(mapping)
    assert [problem.code for problem in caught.value.problems] == ["mapping-turned"]


def test_a_constant_stands_for_a_blank_column_and_one_that_is_not_used_is_told():
    rows = table().assign(**{"Client Type": ""})
    constants = {"constants": {"Client Type": "Service user"}}
    assert set(read_extract(rows, constants).events["client_type"]) == {"Service user"}
    told = read_extract(table(), constants)
    assert "constant-not-used" in {one.code for one in told.findings}


def test_two_tables_of_one_field_are_one(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_text(
        '[values."Gender"]\n"W" = "Female"\n\n[values."gender"]\n"Mann" = "Male"\n', encoding="utf-8"
    )
    assert set(read_mapping(path).values["gender"].values()) == {"Female", "Male"}


OWN = "Swift ID,D.O.B,Step,Began,Finished,Sex,Ethnic Origin\n"
OWN += "A1,02/08/1948,Care Act Assmnt,05/06/2025,12/07/2025,F,WBRX\n"


def test_the_values_under_the_nearest_heading_are_drafted_too(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(OWN, encoding="utf-8")
    draft = draft_mapping([tmp_path / "own.csv"])
    block = draft.partition('# [values."Ethnicity"]')[2]
    assert '# "WBRX" = ""  # 1 row' in block
    read_mapping(tomllib.loads(draft))
    filled = draft.replace('# "Ethnicity"', '"Ethnicity"').replace("# [values", "[values")
    filled = filled.replace('# "WBRX" = ""', '"WBRX" = "White: Irish"')
    assert read_mapping(tomllib.loads(filled)).values == {"ethnicity": {"wbrx": "White: Irish"}}


def test_a_draft_goes_on_from_a_mapping_that_is_half_filled_in(tmp_path: Path) -> None:
    text = OWN.replace(",", ";").replace("Began;Finished", "Began;Ended")
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    half = tmp_path / "half.toml"
    half.write_text(
        '[headings]\n"Event Type" = "Step"\n"Gender" = "Sex"\n"Event Start Date" = "Began"\n'
        '[values."Gender"]\n"f" = "Female"\n[dates]\n"Event Start Date" = ["DD/MM/YYYY"]\n'
        '[constants]\n"Client Type" = "Service user"\n[file]\nseparator = ";"\n',
        encoding="utf-8",
    )
    draft = draft_mapping([tmp_path / "own.csv"], half)
    told = tomllib.loads(draft)
    assert told["values"] == {"Event Type": {}, "Gender": {"F": "Female"}}
    assert '# "Care Act Assmnt" = ""  # 1 row' in draft
    assert told["headings"]["Gender"] == "Sex"
    assert told["dates"] == {"Event Start Date": ["DD/MM/YYYY"]}
    assert told["constants"] == {"Client Type": "Service user"}
    assert told["file"] == {"separator": ";"}
