"""Values as councils write them: read where a rule can read them, else told, and never taken for another."""

from __future__ import annotations

import pytest

from cases.test_more_files import base
from casetrack import CodedPool, code_cohorts, find_eligible, read_extract
from casetrack.extract.extract import Extract


def read(column: str, *values: str, mapping: object = None) -> Extract:
    return read_extract(base(len(values)).assign(**{column: list(values)}), mapping)


def coded(extract: Extract) -> CodedPool:
    return code_cohorts(find_eligible(extract, "2026-03-31"))


def told(extract: Extract) -> list[tuple[str, int]]:
    return [(f.code, f.count) for f in extract.findings if f.code == "unrecognised-value"]


def holders(extract: Extract, code: str) -> int:
    return int(coded(extract).people[code].sum())


@pytest.mark.parametrize(
    "value",
    ["FALSE", "Normal", "None known", "No", "Unimpaired", "Visual impairment: none", "No known sight loss"],
)
def test_a_value_that_says_no_impairment_makes_none(value: str) -> None:
    extract = read("Visual Impairment", value, value)
    assert (holders(extract, "CT06"), told(extract)) == (0, [])


@pytest.mark.parametrize(
    "value",
    [
        *(
            "Sighted",
            "Full vision",
            "Refused",
            "Declined",
            "TBC",
            "0",
            "Glasses",
            "Prefer not to say",
            "Sees clearly",
        ),
        *(
            "Query",
            "Without impairment",
            "Non-impaired",
            "Blind: No",
            "Deafness - no",
            "Visual impairment unknown",
        ),
        *(
            "No sight",
            "No light perception",
            "Not able to see",
            "None - registered blind",
            "No hearing in right ear",
        ),
        *("Impairment: not known", "Awaiting impairment assessment", "Has no impairment", "Deaf?"),
    ],
)
def test_a_value_that_says_neither_makes_no_impairment_and_is_told(value: str) -> None:
    extract = read("Hearing Impairment", value, value)
    assert (holders(extract, "CT06"), told(extract)) == (0, [("unrecognised-value", 2)])


@pytest.mark.parametrize(
    "value",
    [
        *(
            "Yes",
            "Deaf/blind",
            "Registered blind",
            "Hearing loss",
            "Hard of hearing",
            "Severely sight impaired",
        ),
        *(
            "Partially-sighted",
            "Hearing impairment - severity unknown",
            "Hearing impairment: Severity unknown",
        ),
    ],
)
def test_a_kind_of_impairment_is_one(value: str) -> None:
    extract = read("Hearing Impairment", value)
    assert (holders(extract, "CT06"), told(extract)) == (1, [])


def test_a_sign_in_a_cell_is_a_value_and_a_blank_is_none() -> None:
    extract = read("Autism", "✓", "", "-")
    assert (holders(extract, "CT04"), told(extract)) == (0, [("unrecognised-value", 1)])
    for sign in "✓", "+":
        mapped = read("Autism", sign, "", "-", mapping={"values": {"Autism": {sign: "Yes"}}})
        assert (holders(mapped, "CT04"), told(mapped)) == (1, [])


@pytest.mark.parametrize(
    ("value", "group"),
    [
        ("Other Asian background", "Asian or Asian British"),
        ("Black - Other", "Black, Black British, Caribbean or African"),
        ("Other White", "White"),
        ("White British", "White"),
        ("Any other mixed background", "Mixed or multiple ethnic groups"),
        ("Pakistani", "Asian or Asian British"),
        ("Other", "Other ethnic group"),
        ("Asian or Asian British: Pakistani", "Asian or Asian British"),
    ],
)
def test_an_ethnicity_is_of_the_group_that_it_names(value: str, group: str) -> None:
    extract = read("Ethnicity", value)
    found = coded(extract).people["ethnic_group"]
    assert (found.tolist(), told(extract)) == ([group], [])


@pytest.mark.parametrize(
    "value", ["Asian and White", "White: Not known", "Other - not known", "Other/Refused", "British"]
)
def test_an_ethnicity_that_names_no_group_is_not_recorded_and_told(value: str) -> None:
    extract = read("Ethnicity", value)
    assert coded(extract).people["ethnic_group"].tolist() == ["Not recorded"]
    assert told(extract) == [("unrecognised-value", 1)]


def test_of_another_value_of_a_listed_group_the_group_is_read() -> None:
    extract = read("Ethnicity", "Asian / Asian British - Filipino", "White: Cornish")
    assert coded(extract).people["ethnic_group"].tolist() == ["Asian or Asian British", "White"]
    assert [(f.severity, f.count) for f in extract.findings if f.code == "unrecognised-value"] == [
        ("note", 2)
    ]


@pytest.mark.parametrize(
    ("value", "kind", "findings"),
    [
        ("Not settled", "Unsettled", 0),
        ("Non-settled accommodation", "Unsettled", 0),
        ("Homeless", "Unsettled", 0),
        ("No fixed abode", "Unsettled", 0),
        ("Residential home", "Unsettled", 0),
        ("Tenant of the council", "Settled", 0),
        ("Sofa surfing with family or friends", "Unsettled", 0),
        ("Lives with family / friends", "Settled", 0),
        ("No longer settled", "Not recorded", 1),
        ("Former tenant, evicted", "Not recorded", 1),
        ("Unsupported living", "Not recorded", 1),
        ("No tenancy", "Not recorded", 1),
        ("Immobile", "Not recorded", 1),
        ("Canal boat", "Not recorded", 1),
    ],
)
def test_an_accommodation_is_settled_or_not_or_told(value: str, kind: str, findings: int) -> None:
    extract = read("Accommodation Status", value)
    assert (coded(extract).people["accommodation"].tolist(), len(told(extract))) == ([kind], findings)


def test_a_decimal_point_is_part_of_a_number() -> None:
    deciles = read(
        "IMD Decile",
        *["1.0"] * 3,
        *["10"] * 2,
        "Decile 1",
        "2 (most deprived)",
        "32844",
        "10%",
        "10 most deprived",
    )
    quintiles = coded(deciles).people["deprivation_quintile"].tolist()
    assert quintiles == [
        *["1 (most deprived)"] * 3,
        *["5 (least deprived)"] * 2,
        *["1 (most deprived)"] * 2,
        *["Not recorded"] * 3,
    ]
    assert told(deciles) == [("unrecognised-value", 3)]
    teams = coded(read("Team", "North 1.1", "North 11", "East", "East+")).people["team"]
    assert teams.nunique() == 4


def test_an_optional_yes_or_no_that_is_neither_is_told_and_is_no_no() -> None:
    extract = read("Disability", "Yes - wheelchair", "Wheelchair user", "1", "No")
    assert coded(extract).people["disability"].tolist() == ["Yes", "Not recorded", "Not recorded", "No"]
    assert told(extract) == [("unrecognised-value", 2)]
    assert told(read("Transitioned from children's services", "01/09/2024", "Yes")) == [
        ("unrecognised-value", 1)
    ]


def test_what_a_rule_reads_of_an_unlisted_value_is_told_apart_from_what_none_reads() -> None:
    extract = read("Primary Support Reason", "Sensory support", "Physical support: other", "Odd")
    assert holders(extract, "CT06") == 2
    found = [(f.severity, f.count) for f in extract.findings if f.code == "unrecognised-value"]
    assert found == [("warning", 1), ("note", 2)]


@pytest.mark.parametrize("blank", ["NULL", "N/A", "-"])
def test_a_column_that_says_nothing_is_told_as_one(blank: str) -> None:
    extract = read("Gender", blank, blank)
    assert ("Gender", "the column is blank on every row") in {(f.field, f.what) for f in extract.findings}


def test_a_mapping_with_a_slip_or_a_value_taken_out_does_not_stand_the_other_way_round() -> None:
    for target in "", "Mental heath support":
        read(
            "Primary Support Reason",
            "Odd",
            mapping={"values": {"Primary Support Reason": {"Mental health support": target}}},
        )


def test_a_field_that_a_person_file_tells_is_not_missing() -> None:
    births = base(3)[["LA Person Unique Identifier", "Date of Birth"]]
    extract = read_extract(base(3).drop(columns=["Date of Birth"]), people=births)
    assert "Date of Birth" not in {f.field for f in extract.findings if f.code == "missing-field"}


def test_the_layouts_own_kinds_of_impairment_stay_beside_a_councils_under_one_heading() -> None:
    rows = base(3).assign(Sensory=["Dual loss", "Deaf with speech", "Blind/severely sight impaired"])
    fields = ("Visual Impairment", "Hearing Impairment")
    mapping = {
        "headings": dict.fromkeys(fields, "Sensory"),
        "values": {name: {"Dual loss": "Yes"} for name in fields},
    }
    assert coded(read_extract(rows, mapping)).people["CT06"].sum() == 3


def test_a_word_that_is_no_listed_funding_is_told() -> None:
    extract = read(
        "Client Funding Status", "CHC", "Joint client and social care funded", "Fully client funded"
    )
    assert told(extract) == [("unrecognised-value", 1)]
    assert coded(extract).people["funding"].nunique() == 3


def test_a_column_of_which_a_mapping_leaves_nothing_is_told_as_that() -> None:
    rows = base(**{"Primary Support Reason": "own words"})
    mapping = {"values": {"Primary Support Reason": {"own words": ""}}}
    told = next(
        f for f in read_extract(rows, mapping=mapping).findings if f.field == "Primary Support Reason"
    )
    assert (told.code, told.severity) == ("missing-field", "warning")
    assert "mapping" in told.what
    assert "save" not in told.advice


@pytest.mark.parametrize(
    "value",
    [
        "N/K",
        "n/r",
        "No information",
        "No response",
        "No record",
        "No longer",
        "Y/N",
        "Yes/No",
        "Yes?",
        "No - ?",
    ],
)
def test_what_only_begins_like_yes_or_no_is_neither_and_told(value: str) -> None:
    extract = read("Disability", value, "No - none", "No known disability", "Yes, registered")
    assert coded(extract).people["disability"].tolist() == ["Not recorded", "No", "No", "Yes"]
    assert told(extract) == [("unrecognised-value", 1)]
    assert told(read("Transitioned from children's services", value)) == [("unrecognised-value", 1)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Event Type", "Assessment - cancelled"),
        ("Event Type", "Review (not completed)"),
        ("Assessment Type", "Care Act assessment: declined"),
        ("Assessment Type", "Long term assessment, DNA"),
    ],
)
def test_an_event_that_is_named_as_not_done_is_told(column: str, value: str) -> None:
    fine = base(3)[column].iloc[0]
    found = [f for f in read(column, value, fine, value, "Assessment").findings if f.code == "event-not-done"]
    assert [(f.severity, f.loses, f.rows) for f in found] == [("warning", "people", (1, 3))]
    assert "event-not-done" not in read(column, fine).findings.codes


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("Autism Spectrum Disorder (ASD)", "Yes", "CT04"),
        ("Primary Support Reason", "Learning disability support", "CT04"),
        ("Dementia", "Yes", "CT06"),
    ],
)
def test_a_question_mark_doubts_a_listed_value(column: str, value: str, code: str) -> None:
    for order in ([value, f"{value}?", f"{value} ?"], [f"{value} ?", f"{value}?", value]):
        extract = read(column, *order)
        assert holders(extract, code) == 1
        assert told(extract) == [("unrecognised-value", 2)]
