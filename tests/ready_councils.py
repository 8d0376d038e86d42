"""A council that is ready for the letter, and eight like it with one thing wrong each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd

from casetrack.synthetic import make_council

__all__ = ["AS_AT", "FAULTS", "person_file", "ready_council"]

AS_AT = dt.date(2026, 3, 31)
OF_PERSON = (
    "Gender",
    "Ethnicity",
    "Primary Support Reason",
    "Accommodation Status",
    "Has Unpaid Carer",
    "Autism Spectrum Disorder (ASD)",
    "Visual Impairment",
    "Hearing Impairment",
    "Dementia",
    "Client Funding Status",
)
ID, BORN, START, END = "LA Person Unique Identifier", "Date of Birth", "Event Start Date", "Event End Date"


def ready_council() -> pd.DataFrame:
    """Two years of events, everything recorded, every cohort large enough for half a year."""
    rows = make_council(people=800, seed=21, extras=False).extract
    rows = rows[rows[START] != ""]
    for name in OF_PERSON:
        unknown = (rows[name] == "") | rows[name].str.startswith(("Unknown", "No data"))
        rows[name] = rows[name].mask(unknown, rows.loc[~unknown, name].mode().iloc[0])
    rows = rows.assign(
        **{
            "Event Outcome": rows["Event Outcome"].where(
                (rows["Event Type"] != "Assessment") | (rows["Event Outcome"] != ""), "NFA: Other"
            )
        }
    )
    return pd.concat([rows, _young(rows), _a_year_before(rows)], ignore_index=True)


def _young(rows: pd.DataFrame) -> pd.DataFrame:
    """Forty young people who have just come from children's services and were just assessed."""
    fits = (rows["Event Type"] == "Assessment") & (rows["Client Type"] == "Service user")
    usual = rows[fits].iloc[0].to_dict()
    made = []
    for number in range(40):
        person = usual | {
            ID: f"Y{number:04d}",
            "NHS Number": "",
            BORN: f"{number % 28 + 1:02d}/06/2006",
            "Date of Death": "",
        }
        request = {
            "Event Type": "Request",
            START: "02/03/2026",
            END: "03/03/2026",
            "Event Outcome": "Progress to assessment, review or reassessment",
            "Request: Route of Access": "Planned entry (transition)",
            "Assessment Type": "",
        }
        made += [person | request, person | {START: "05/03/2026", END: f"{number % 20 + 6:02d}/03/2026"}]
    return pd.DataFrame(made, dtype=object)


def _a_year_before(rows: pd.DataFrame) -> pd.DataFrame:
    """The requests of everybody again, a year earlier, that came to nothing: the file reaches back two years."""
    asked = rows[(rows["Event Type"] == "Request") & (rows[END] != "")]
    return asked.assign(
        **{
            START: _earlier(asked[START]),
            END: _earlier(asked[END]),
            "Event Outcome": "NFA: Information and advice or signposting",
        }
    )


def _earlier(days: pd.Series) -> pd.Series:
    moved = pd.to_datetime(days, format="%d/%m/%Y") - pd.Timedelta(365, "D")
    return moved.dt.strftime("%d/%m/%Y")


def person_file(rows: pd.DataFrame) -> pd.DataFrame:
    """A religion for everybody."""
    return pd.DataFrame({ID: rows[ID].drop_duplicates().to_numpy(), "Religion or Belief": "No religion"})


def _some(rows: pd.DataFrame, share: float) -> pd.Series:
    """The rows of a share of the people."""
    ids = rows[ID].drop_duplicates().sort_values().to_numpy()
    return rows[ID].isin(ids[np.arange(len(ids)) % round(1 / share) == 0])


def _nobody_from_childrens_services(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.replace(
        {"Request: Route of Access": {"Planned entry (transition)": "Community / other route"}}
    )


def _young_people_assessed_long_ago(rows: pd.DataFrame) -> pd.DataFrame:
    """Everyone young was assessed eleven months ago: in three months nobody is left."""
    born = pd.to_datetime(rows[BORN], format="%d/%m/%Y")
    young = (born >= "2000-01-01") & (rows["Event Type"] == "Assessment")
    return rows.assign(
        **{START: rows[START].mask(young, "10/04/2025"), END: rows[END].mask(young, "20/04/2025")}
    )


def _last_month_missing(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[~((rows["Event Type"] == "Assessment") & rows[END].str.endswith("03/2026"))]


def _births_missing(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{BORN: rows[BORN].mask(_some(rows, 0.2), "")})


def _ethnicity_missing(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(Ethnicity=rows["Ethnicity"].mask(_some(rows, 1 / 3), ""))


def _own_words(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.replace({"Primary Support Reason": {"Learning disability support": "LD team"}})


def _nhs_numbers_wrong(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{"NHS Number": rows["NHS Number"].mask(_some(rows, 0.05), "1234567890")})


def _one_year_only(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[pd.to_datetime(rows[START], format="%d/%m/%Y") >= "2025-04-01"]


#: The check that finds it, and what is wrong.
FAULTS: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "nobody from children's services": ("people_by_code", _nobody_from_childrens_services),
    "young people assessed long ago": ("people_ahead", _young_people_assessed_long_ago),
    "last month missing": ("assessments_by_month", _last_month_missing),
    "dates of birth missing": ("left_out", _births_missing),
    "ethnicity missing": ("not_recorded", _ethnicity_missing),
    "own words": ("values_not_recognised", _own_words),
    "NHS numbers wrong": ("identifiers", _nhs_numbers_wrong),
    "one year only": ("file_reach", _one_year_only),
}
