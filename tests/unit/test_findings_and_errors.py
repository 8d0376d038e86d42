"""Findings and errors read well, carry rows, and survive a journey to another process."""

from __future__ import annotations

import pickle
from itertools import groupby

import pandas as pd
import pytest

from casetrack import errors
from casetrack.errors import CasetrackError, ExtractError, InfeasibleDesignError, Problem, rows_in_words
from casetrack.extract import read_extract
from casetrack.findings import Finding, Findings
from unit.small_extracts import table

SUBCLASSES = [v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, CasetrackError)]


@pytest.mark.parametrize("kind", SUBCLASSES, ids=lambda k: k.__name__)
def test_errors_pickle_with_all_their_problems(kind: type[CasetrackError]) -> None:
    error = kind([Problem("one", "first.", "row 2", "Do it."), Problem("two", "second.")])
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.problems == error.problems
    assert str(again) == str(error)
    assert again.code == "one"
    assert again.exit_code == kind.exit_code in (2, 3, 4)


def test_an_infeasible_design_keeps_its_shortfall() -> None:
    error = InfeasibleDesignError(Problem("clash", "no list."))
    error.shortfall = {"nearest": 1}
    assert pickle.loads(pickle.dumps(error)).shortfall == {"nearest": 1}


def test_an_error_says_where_and_what_to_do_on_lines_of_their_own() -> None:
    error = ExtractError.of("mixed-dates", "it mixes.", where="rows 2, 3.", advice="Mend it.")
    assert str(error) == "ExtractError [mixed-dates]: it mixes.\n  rows 2, 3.\n  Mend it."


def test_rows_in_words() -> None:
    assert rows_in_words([4]) == "row 4"
    assert rows_in_words([4, 5], total=2000) == "rows 4, 5 and 1,998 more"
    assert rows_in_words(range(1, 12)) == "rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1 more"


def test_findings_as_text_table_and_page() -> None:
    one = Finding("a-code", "Gender", "is odd", 12, tuple(range(2, 14)), "Mend it.")
    two = Finding("b-code", "", "is <odd>", 3, unit="people", severity="note")
    found = Findings((one,)).with_more([two])
    assert str(one).startswith('[a-code] "Gender": is odd (rows 2, 3, 4, 5, 6, 7, 8, 9 and 4 more). Mend it.')
    frame = found.to_frame()
    assert frame["rows"].tolist() == ["2, 3, 4, 5, 6, 7, 8, 9, 10, 11 …", ""]
    assert frame["unit"].tolist() == ["rows", "people"]
    assert "&lt;odd&gt;" in found._repr_html_()
    assert Findings()._repr_html_() == "<p>No findings.</p>"
    assert len(found) == 2


def troubled() -> pd.DataFrame:
    rows = pd.concat([table(5), table(5)], ignore_index=True)
    rows["NHS Number"] = ["9990000018", "9990000018", "9990000010", "", "", "9990000026", "", "", "", ""]
    rows.loc[5, "Event End Date"] = "01/01/2026"
    rows.loc[6, "Event Type"] = "Contact"
    rows.loc[7, "Event Start Date"] = "31/02/2026"
    rows.loc[8, "LA Person Unique Identifier"] = ""
    rows.loc[9, "Date of Birth"] = "01/01/1980"
    return rows.assign(Gender=["Elephant"] + ["Male"] * 9)


def test_every_finding_has_a_place_a_count_and_advice() -> None:
    extract = read_extract(troubled())
    expected = {
        "no-usable-identifier": (9,),
        "invalid-nhs-number": (3,),
        "several-nhs-numbers": (1, 6),
        "unrecognised-event-type": (7,),
        "no-start-date": (8,),
        "unreadable-date": (8,),
        "end-before-start": (6,),
        "duplicate-event": (10,),
        "unrecognised-value": (1,),
        "several-dates-of-birth": (5,),
    }
    found = {f.code: f.rows for f in extract.findings if f.code in expected}
    assert found == expected
    for finding in extract.findings:
        assert finding.advice.endswith((".", "again"))
        assert finding.count > 0
        assert finding.severity in ("warning", "note")
        assert not finding.what.endswith(".")


def test_local_ids_that_share_a_number_and_a_number_that_too_many_share() -> None:
    few = read_extract(table(5).assign(**{"NHS Number": "9990000018"}))
    assert next(f for f in few.findings if f.code == "local-ids-joined").severity == "note"
    assert len(few.people) == 1
    many = pd.concat([table(5), table(5)], ignore_index=True).assign(**{"NHS Number": "9990000018"})
    many["LA Person Unique Identifier"] = [f"A{i}" for i in range(10)]
    extract = read_extract(many)
    finding = next(f for f in extract.findings if f.code == "nhs-number-under-many")
    assert (finding.severity, finding.count, len(extract.people)) == ("warning", 1, 10)
    assert len(read_extract(many, max_ids_per_number=10).people) == 1


def test_a_missing_field_is_found_for_each_that_a_rule_reads() -> None:
    missing = [f.field for f in read_extract(table()).findings if f.code == "missing-field"]
    assert "Event Outcome" in missing
    assert "Date of Birth" not in missing
    assert "Employment Status" not in missing


def test_more_rows_than_are_kept_are_still_counted() -> None:
    rows = pd.concat([table(1)] * 1500, ignore_index=True)
    finding = next(f for f in read_extract(rows).findings if f.code == "duplicate-event")
    assert finding.count == 1499
    assert len(finding.rows) == 1000
    assert "more" in str(finding)


def test_rows_of_several_councils_are_a_finding() -> None:
    one = read_extract(table().assign(**{"LA Code": "503"})).findings
    two = read_extract(table().assign(**{"LA Code": ["503", "504", ""]})).findings
    assert "several-councils" not in one.codes
    assert next(f for f in two if f.code == "several-councils").rows == (1, 2)


def test_a_column_in_which_nothing_can_be_read_says_so() -> None:
    with pytest.raises(ExtractError) as caught:
        read_extract(table().assign(**{"Date of Birth": "15|06|1970"}))
    (problem,) = caught.value.problems
    assert problem.code == "unknown-date-form"
    assert "DD/MM/YYYY" in problem.advice


def test_a_column_that_is_not_there_never_stands_before_one_that_cannot_be_read() -> None:
    def one(code: str, field: str, loses: str, count: int = 9) -> Finding:
        return Finding(code, field, "is the matter", count, loses=loses)

    order = [
        one("nobody-eligible", "", "people", 3),
        one("missing-field", "Client Type", "people"),
        one("unrecognised-value", "Event Type", "people", 8),
        one("unrecognised-value", "Primary Support Reason", "cohort"),
        one("unrecognised-value", "Ethnicity", "characteristic"),
        one("different-encoding", "", ""),
        one("missing-field", "Date of Death", "people"),
        one("missing-field", "Dementia", "cohort"),
    ]
    found = Findings(tuple(reversed(order)))
    assert list(found) == order
    assert [f.heading for f in order[-2:]] == ["Columns that the file does not have"] * 2
    # Each heading stands once.
    assert len([h for h, _ in groupby(f.heading for f in found)]) == len({f.heading for f in found})
