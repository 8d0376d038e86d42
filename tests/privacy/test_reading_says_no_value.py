"""Whatever is wrong with a file, nothing that casetrack says of it repeats a value from it."""

from __future__ import annotations

import io
import logging
import pickle
import re
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from casetrack.errors import CasetrackError
from casetrack.extract import read_extract
from casetrack.extract.cleaning import clean_category
from casetrack.extract.fields import field_named
from casetrack.extract.frames import read_frame
from casetrack.extract.mapping import read_mapping
from casetrack.extract.people import identify
from casetrack.pool.cohort_rules import Facts, Parameters
from casetrack.pool.cohorts import code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.synthetic import FLAWS, make_council

IDENTIFIERS = (
    "LA Person Unique Identifier",
    "NHS Number",
    "First Name",
    "Last Name",
    "Postcode",
    "Event Reference",
)
#: Marked so that no word, number or date of a message can be one of them by chance.
MARKED = {
    "LA Person Unique Identifier": "ZZLOCAL{}",
    "NHS Number": "",
    "First Name": "ZZFIRST{}",
    "Last Name": "ZZLAST{}",
    "Postcode": "ZZ{} 9ZZ",
    "Event Reference": "ZZREF{}",
    "Event Description": "ZZSECRET{} lives alone",
    "Adult 1 Linked Person_ID": "ZZLINK{}",
    "Lead Professional": "ZZLEAD{}",
    "Provider CQC Location Name": "ZZPROVIDER{}",
    "GP Practice Name": "ZZPRACTICE{}",
    "Date of Birth": "13/07/1931",
    "Client Type": "Service user",
    "Primary Support Reason": "ZZREASON{}",
    "Event Type": "Assessment",
    "Event Start Date": "17/01/2026",
    "Event End Date": "18/02/2026",
}
NUMBERS = ("9990000018", "9990000026", "9990000034", "9990000042")
FORBIDDEN = re.compile(
    r"zz|13.07.1931|1931.07.13|17.01.2026|18.02.2026|99900000|999 000 00|lives alone", re.IGNORECASE
)


def marked_rows(**changes: str) -> pd.DataFrame:
    rows = [{name: text.format(i) for name, text in MARKED.items()} for i in range(4)]
    for row, number in zip(rows, NUMBERS, strict=True):
        row["NHS Number"] = number
    return pd.DataFrame(rows).assign(**changes)


def as_csv(frame: pd.DataFrame, path: Path, header: bool = True) -> Path:
    frame.to_csv(path, index=False, header=header, encoding="utf-8", lineterminator="\n")
    return path


def what_an_error_says(error: BaseException) -> str:
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    said = [str(error), repr(error), repr(error.args), str(again), repr(again)]
    said.append("".join(traceback.format_exception(type(error), error, None)))
    return "\n".join(said)


def what_a_run_says(*, source: Any, as_at: str = "2026-03-31", **more: Any) -> str:
    """Every text that a user can get to see without asking for a table of people."""
    extract = read_extract(source, **more)
    pool = find_eligible(extract, as_at=as_at, hold_back={"ZZNOBODY": "ZZWHY"})
    override = {"person_id": "ZZNOBODY", "code": "CT01", "holds": "no", "reason": "ZZWHY"}
    coded = code_cohorts(pool, overrides=[override])
    said = [repr(coded.findings), coded.findings._repr_html_(), coded.findings.to_frame().to_string()]
    for result in (extract, pool, coded):
        said += [repr(result), str(result), result._repr_html_(), result.to_frame().to_string()]
        said += [result.summary(), result.picture().alt]
    said += [str(finding) for finding in coded.findings]
    return "\n".join(said)


MAPPINGS: dict[str, Any] = {
    "unknown field": {"values": {"Event Type": {"ZZVALUE": 3}}},
    "a value that is no text": {"values": {"Lead Professional": {"ZZLEAD0": ["ZZLEAD1"]}}},
    "missing heading": {"headings": {"Event Start Date": "Began"}},
    "date format": {"dates": {"Date of Birth": ["ZZ/13/07/1931"]}},
    "constants": {"constants": {"Client Type": {"ZZ": "ZZ"}}},
}


@pytest.mark.parametrize("mapping", list(MAPPINGS.values()), ids=list(MAPPINGS))
def test_mapping_errors(mapping: dict[str, Any]) -> None:
    with pytest.raises(CasetrackError) as caught:
        read_extract(marked_rows(), mapping=mapping)
    assert not FORBIDDEN.search(what_an_error_says(caught.value))


def test_mapping_file_that_is_no_toml(tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text('[values."Lead Professional"]\nZZLEAD0 ZZLEAD1\n', encoding="utf-8")
    with pytest.raises(CasetrackError) as caught:
        read_extract(marked_rows(), mapping=file)
    assert not FORBIDDEN.search(what_an_error_says(caught.value))


def mixed(rows: pd.DataFrame, name: str, value: str) -> pd.DataFrame:
    changed = rows.copy()
    changed.loc[2, name] = value
    return changed


BROKEN: dict[str, Callable[[Path], Any]] = {
    "no row of headings": lambda p: as_csv(marked_rows(), p / "ZZFILE.csv", header=False),
    "mixed dates": lambda p: mixed(marked_rows(), "Date of Birth", "1931-07-13"),
    "month first": lambda p: mixed(marked_rows(), "Date of Birth", "07/13/1931"),
    "no event type": lambda p: marked_rows(**{"Event Type": "ZZTYPE"}),
    "no dates": lambda p: marked_rows(**{"Event Start Date": "ZZDAY"}),
    "no identifier": lambda p: marked_rows(**{"LA Person Unique Identifier": "", "NHS Number": "99900000XX"}),
    "two columns": lambda p: marked_rows(LA_Person_Unique_Identifier="ZZLOCAL0"),
    "no columns": lambda p: marked_rows()[["Event Description", "Postcode"]],
    "not there": lambda p: p / "extract.csv",
    "not a workbook": lambda p: as_csv(marked_rows(), p / "ZZLOCAL0.xlsx"),
    "not Parquet": lambda p: as_csv(marked_rows(), p / "ZZLOCAL0.parquet"),
    "unknown ending": lambda p: as_csv(marked_rows(), p / "ZZLOCAL0.pdf"),
    "open quotation mark": lambda p: _with_open_quote(p / "ZZLOCAL0.csv"),
}


def _with_open_quote(path: Path) -> Path:
    text = io.StringIO()
    marked_rows().to_csv(text, index=False, lineterminator="\n")
    path.write_text(text.getvalue().replace("ZZSECRET1", '"ZZSECRET1', 1), encoding="utf-8")
    return path


@pytest.mark.parametrize("broken", list(BROKEN.values()), ids=list(BROKEN))
def test_errors(broken: Callable[[Path], Any], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    source = broken(tmp_path)
    with pytest.raises(CasetrackError) as caught:
        read_extract(source)
    assert not FORBIDDEN.search(what_an_error_says(caught.value))
    assert not FORBIDDEN.search(caplog.text)


def test_errors_about_the_person_level_file(tmp_path: Path) -> None:
    people = [
        pd.DataFrame({"LA Person Unique Identifier": ["ZZLOCAL0"], "Own column": ["ZZ"]}),
        as_csv(marked_rows()[["Postcode"]], tmp_path / "ZZ.csv"),
    ]
    for file in people:
        with pytest.raises(CasetrackError) as caught:
            read_extract(marked_rows(), people=file)
        assert not FORBIDDEN.search(what_an_error_says(caught.value))


@pytest.mark.parametrize("file", ["hold_back", "overrides"])
def test_errors_about_the_council_s_own_lists(file: str, tmp_path: Path) -> None:
    path = as_csv(marked_rows()[["LA Person Unique Identifier", "Postcode"]], tmp_path / "ZZLIST.csv")
    extract = read_extract(marked_rows())
    with pytest.raises(CasetrackError) as caught:
        if file == "hold_back":
            find_eligible(extract, as_at="2026-03-31", hold_back=path)
        else:
            code_cohorts(find_eligible(extract, as_at="2026-03-31"), overrides=path)
    assert not FORBIDDEN.search(what_an_error_says(caught.value))


def test_a_run_on_marked_rows(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rows = pd.concat([marked_rows(), marked_rows(**{"NHS Number": "9990000010"}), marked_rows()])
    rows.iloc[5, rows.columns.get_loc("Event Type")] = "ZZTYPE"
    rows.iloc[6, rows.columns.get_loc("Event Start Date")] = "ZZDAY"
    rows.iloc[7, rows.columns.get_loc("Date of Birth")] = "31/02/1931"
    people = pd.DataFrame(
        {"LA Person Unique Identifier": ["ZZLOCAL0", "ZZSTRANGER"], "Religion": ["ZZFAITH"] * 2}
    )
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        said = what_a_run_says(source=as_csv(rows, tmp_path / "ZZ.csv"), people=people)
    assert len(said) > 2000
    assert not FORBIDDEN.search(said)
    assert not FORBIDDEN.search(caplog.text)
    assert not warned


@pytest.mark.parametrize("release", ["R1", "R2", "mixed"])
def test_a_whole_council_with_every_flaw(release: str) -> None:
    council = make_council(people=300, seed=5, release=release, flaws=FLAWS)
    said = what_a_run_says(source=council.extract, people=council.extras)
    # The headings of a table are casetrack's own words: somebody's last name can be Field.
    said = re.sub(r'<th scope="col".*?</th>', "", said)
    # The headings of columns that are left unread are named; a heading may be a word that is somebody's name too.
    for heading in council.extract.columns:
        said = said.replace(f" {heading}", "")
    texts = set(re.findall(r"[A-Za-z0-9][A-Za-z0-9'/-]*", said))
    for name in IDENTIFIERS:
        if name in council.extract:
            values = {v.strip() for v in council.extract[name] if len(v.strip()) > 3} - {"NULL", "None"}
            assert not {v for v in values if v in texts or (" " in v and v in said)}, name
    for name in ("Date of Birth", "Date of Death"):
        assert not {v for v in council.extract[name] if "/" in v} & texts, name
    descriptions = {v for v in council.extract["Event Description"] if len(v) > 8}
    assert descriptions
    assert not {v for v in descriptions if v in said}


def test_what_is_passed_between_the_stages_prints_no_value() -> None:
    rows = marked_rows()
    mapping = read_mapping({"values": {"Gender": {"ZZSECRET0": "Male"}}})
    table = read_frame(rows, mapping)
    identity = identify(table.columns["local_id"], table.columns["nhs_number"], table.rows, 1)
    coded, _ = clean_category(table.columns["primary_support_reason"], field_named("primary_support_reason"))
    pool = find_eligible(read_extract(rows), as_at="2026-03-31")
    facts = Facts.of(pool, Parameters())
    for internal in (mapping, table, identity, coded, facts, pool, pool.extract):
        assert not FORBIDDEN.search(repr(internal)), type(internal)
