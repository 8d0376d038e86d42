"""Cohort coding beyond its tables: overrides, parameters, digests, what is not available."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from casetrack.errors import CodingError, UsageError
from casetrack.extract import read_extract
from casetrack.pool.cohort_rules import Facts, Parameters
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import Pool, find_eligible
from unit.small_extracts import table


def pool(**changes: Any) -> Pool:
    rows = table().assign(**{"Primary Support Reason": "Mental health support", **changes})
    return find_eligible(read_extract(rows), as_at="2026-03-31")


def held(coded: CodedPool, code: str) -> list[bool]:
    return coded.people[code].tolist()


OVERRIDE = {"person_id": "0001", "code": "CT05", "holds": "no", "reason": "entered in error"}


@pytest.mark.parametrize(
    "overrides",
    [
        OVERRIDE,
        [OVERRIDE],
        [OVERRIDE | {"code": " ct05 ", "holds": "NO"}],
        [OVERRIDE | {"holds": False}],
        [OVERRIDE | {"holds": np.bool_(False)}],
        pd.DataFrame([OVERRIDE]),
        pd.DataFrame([OVERRIDE]).rename(columns={"person_id": "LA Person Unique Identifier", "code": "Code"}),
        pd.DataFrame([OVERRIDE]).assign(**{"NHS Number": np.nan}),
    ],
)
def test_every_form_of_an_override(overrides: Any) -> None:
    coded = code_cohorts(pool(), overrides=overrides)
    assert held(coded, "CT05") == [False, True, True]
    assert coded.evidence["overridden"].tolist() == [False, False, False, True]
    assert coded.evidence["evidence"].iloc[3] == "override: no; entered in error (the rule holds)"
    assert coded.evidence["overridden"].dtype == bool


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_overrides_from_a_file(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "overrides.csv"
    path.write_bytes("person_id;code;holds;reason\r\n0002;CT07;yes;naïve\r\n".encode(encoding))
    coded = code_cohorts(pool(), overrides=path)
    assert held(coded, "CT07") == [False, True, False]


@pytest.mark.parametrize("overrides", [None, [], pd.DataFrame(), pd.DataFrame(columns=list(OVERRIDE))])
def test_no_overrides(overrides: Any) -> None:
    assert held(code_cohorts(pool(), overrides=overrides), "CT05") == [True] * 3


def test_every_problem_of_a_list_of_overrides_at_once() -> None:
    wrong = [
        OVERRIDE | {"code": "CT99"},
        OVERRIDE | {"holds": "maybe"},
        OVERRIDE | {"reason": " ", "person_id": "0002"},
        OVERRIDE,
    ]
    with pytest.raises(CodingError) as caught:
        code_cohorts(pool(), overrides=wrong)
    codes = {p.code: p.where for p in caught.value.problems}
    assert codes == {
        "override-code": "row 2",
        "override-holds": "row 3",
        "override-reason": "row 4",
        "override-twice": "rows 3, 5",
    }


def test_overrides_about_nobody_are_a_finding() -> None:
    coded = code_cohorts(pool(), overrides=[OVERRIDE | {"person_id": "zz"}, OVERRIDE | {"person_id": ""}])
    finding = next(f for f in coded.findings if f.code == "override-nobody")
    assert (finding.count, finding.unit) == (2, "overrides")
    assert held(coded, "CT05") == [True] * 3


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ([{"person_id": "0001", "code": "CT01"}], "overrides-columns"),
        (
            [{"person_id": "1", "code": "CT01", "Code": "CT02", "holds": "no", "reason": "x"}],
            "overrides-columns",
        ),
        ("nowhere.csv", "overrides-file"),
    ],
)
def test_lists_of_overrides_that_cannot_be_read(overrides: Any, code: str) -> None:
    with pytest.raises(CodingError) as caught:
        code_cohorts(pool(), overrides=overrides)
    assert caught.value.code == code


def test_unknown_editions_and_parameters() -> None:
    with pytest.raises(UsageError, match="unknown-edition"):
        code_cohorts(pool(), edition="1066")
    with pytest.raises(UsageError, match="unknown-parameter"):
        code_cohorts(pool(), older_than=60)


def test_the_uncoded_are_kept_and_counted_and_not_drawn() -> None:
    coded = code_cohorts(pool(**{"Primary Support Reason": ["Mental health support", "Unknown", ""]}))
    assert list(coded.people.index) == ["0001", "0002", "0003"]
    assert list(coded.drawable.index) == ["0001"]
    counts = coded.counts().set_index("code")["people"]
    assert (counts["CT05"], counts["none"], counts.drop("none").sum()) == (1, 2, 1)


def test_what_the_extract_lacks_is_not_available_and_never_invented() -> None:
    coded = code_cohorts(find_eligible(read_extract(table()), as_at="2026-03-31"))
    assert coded.characteristic_names == ("age_band",)
    assert {"sex", "ethnic_group", "disability", "religion"} <= set(coded.not_available)
    assert "disability" not in coded.people
    assert "disability" in code_cohorts(pool()).people


def test_the_digest_is_the_content_s_not_the_file_s() -> None:
    rows = table().assign(**{"Client Funding Status": ["Joint", "JOINT", "Joint"]})
    digests = {
        code_cohorts(find_eligible(read_extract(source), as_at="2026-03-31")).digest
        for source in (
            rows,
            rows.iloc[::-1],
            rows.assign(Own="x"),
            rows[rows.columns[::-1]],
            pd.concat([rows, rows]),
        )
    }
    assert len(digests) == 1
    other = code_cohorts(find_eligible(read_extract(rows), as_at="2026-04-01")).digest
    assert other not in digests
    named = code_cohorts(find_eligible(read_extract(rows), as_at="2026-03-31"), older_from=50).digest
    assert named not in digests


def test_characteristics_are_counted_in_order_with_not_recorded_last() -> None:
    coded = code_cohorts(pool(Gender=["Male", "Unknown", "Female"]))
    shown = coded.characteristics()
    assert shown["characteristic"].drop_duplicates().tolist() == list(coded.characteristic_names)
    assert shown.loc[shown["characteristic"] == "sex", "level"].tolist() == ["Female", "Male", "Not recorded"]
    assert shown.groupby("characteristic")["people"].sum().eq(3).all()


def test_details_that_a_design_may_limit_by() -> None:
    rows = table().assign(Team=["North", "", "Unknown"], **{"Lead Professional": ["A", "B", None]})
    rows["Provider CQC Location ID"] = "1-1"
    service = {"Event Type": "Service", "Service Type": "Long term support: Community"}
    more = rows.iloc[:1].assign(**service, **{"Provider CQC Location ID": "1-234"})
    coded = code_cohorts(find_eligible(read_extract(pd.concat([rows, more])), as_at="2026-03-31"))
    assert coded.people["team"].tolist() == ["North", "", ""]
    assert coded.people["lead_professional"].tolist() == ["A", "B", ""]
    assert coded.people["provider"].tolist() == ["1-234", "", ""]
    assert coded.people["service_groups"].tolist() == ["Long term support", "None", "None"]


def test_carers_and_those_they_care_for_share_a_linked_group() -> None:
    rows = table(6).assign(**{"Adult 1 Linked Person_ID": ["0002", "", "", "", "", "zz"]})
    rows["Adult 2 Linked Person_ID"] = ["", "", "0005", "0005", "", ""]
    rows.loc[4, "Client Type"] = "Unpaid carer known by association"
    linked = code_cohorts(find_eligible(read_extract(rows), as_at="2026-03-31")).people["linked_group"]
    # 0005 is not eligible, but 0003 and 0004 are linked through them; 0006 is linked to nobody in the file.
    assert linked.to_dict() == {
        "0001": "link 1",
        "0002": "link 1",
        "0003": "link 2",
        "0004": "link 2",
        "0006": "",
    }


def test_an_empty_pool_is_coded_too() -> None:
    coded = code_cohorts(find_eligible(read_extract(table()), as_at="2020-01-01"))
    assert coded.people.empty
    assert coded.drawable.empty
    assert coded.counts()["people"].sum() == 0
    assert len(coded.digest) == 64
    assert coded.characteristics().empty
    assert "0 eligible" in repr(coded)


def test_a_link_may_be_an_nhs_number_with_spaces() -> None:
    rows = table(2).assign(
        **{"NHS Number": ["", "9990000018"], "Adult 1 Linked Person_ID": ["999 000 0018", ""]}
    )
    linked = code_cohorts(find_eligible(read_extract(rows), as_at="2026-03-31")).people["linked_group"]
    assert linked.tolist() == ["link 1", "link 1"]


def test_the_first_service_after_the_discharge_and_the_latest_carers_assessment_are_the_evidence() -> None:
    rows = pd.concat([table(1)] * 6, ignore_index=True)
    rows["Event Type"] = ["Assessment", "Assessment", "Assessment", "Request", "Service", "Service"]
    rows["Client Type"] = ["Unpaid carer", "Unpaid carer", *["Service user"] * 4]
    rows["Event Start Date"] = ["01/02/2026", "01/06/2025", "01/02/2026", *["01/01/2026"] * 3]
    rows["Event End Date"] = ["11/02/2026", "11/06/2025", "12/02/2026", "02/01/2026", "", ""]
    rows.loc[4, "Event Start Date"] = "09/01/2026"
    rows["Request: Route of Access"] = ["", "", "", "Discharge from hospital", "", ""]
    rows["Service Type"] = ["", "", "", "", "Short term support: ST-Max", "Long term support: Community"]
    coded = code_cohorts(find_eligible(read_extract(rows), as_at="2026-03-31"))
    words = coded.evidence.set_index("code")["evidence"]
    assert words["CT03"].endswith("Long term support: Community started 01/01/2026 (row 6)")
    assert words["CT07"] == "Assessment as Unpaid carer completed 11/02/2026 (row 1)"


@pytest.mark.parametrize(
    ("clients", "user", "carer"),
    [
        (["Service user"] * 2, True, False),
        (["Unpaid carer"] * 2, False, True),
        (["Service user", "Unpaid carer"], True, True),
    ],
)
def test_whose_assessment_it_was(clients: list[str], user: bool, carer: bool) -> None:
    rows = pd.concat([table(1)] * 2, ignore_index=True).assign(**{"Client Type": clients})
    rows["Event Start Date"] = ["01/02/2026", "02/02/2026"]
    found = find_eligible(read_extract(rows), as_at="2026-03-31")
    assert found.people["as_service_user"].tolist() == [user]
    assert found.people["as_unpaid_carer"].tolist() == [carer]
    assert held(code_cohorts(found), "CT07") == [carer]
    assert held(code_cohorts(found), "CT01") == [False]


def test_the_facts_that_rules_read_print_nobody() -> None:
    found = pool(**{"Primary Support Reason": "Frailty of an elephant"})
    said = repr(Facts.of(found, Parameters()))
    assert "elephant" not in said
    assert "0001" not in said
