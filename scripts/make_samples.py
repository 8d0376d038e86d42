"""Make everything in data/samples/ again: ``python scripts/make_samples.py``.

The files are kept in the repository, because Faker's names can change from version to version.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from casetrack.synthetic import Council, make_council
from casetrack.synthetic.writing import as_written

SAMPLES = Path(__file__).resolve().parent.parent / "data" / "samples"
AS_AT = "2026-03-31"

# Enough that every kind of finding can be seen once, and little enough that the extract is a good one.
MILD_FLAWS = (
    "leap_day_births",
    "conflicting_details",
    "shared_nhs_number",
    "invalid_nhs_number",
    "duplicate_events",
    "missing_local_id",
    "no_identifier",
    "missing_start_date",
    "end_before_start",
    "event_type_variants",
    "unrecognised_event_type",
    "unrecognised_values",
    "unknown_tokens",
    "nhs_number_with_spaces",
    "formula_text",
    "other_assessment_types",
    "conversations_as_requests",
    "carers_with_needs",
)

EVENT_TYPES = {
    "Request": "Contact",
    "Assessment": "Care Act assessment",
    "Service": "Care package",
    "Review": "Annual review",
}
ROUTES = {
    "Planned entry (transition)": "From children's services",
    "Discharge from hospital": "Hospital ward",
    "Diversion from hospital services": "Avoiding admission",
    "Self-funder with depleted funds": "Savings below threshold",
    "Self-funder with depleted funds (of which previously provided with 12-week disregard or deferred payment)": (
        "Savings below threshold, after 12 weeks"
    ),
    "Community or other route": "Community",
}
NEEDS = {
    "Physical support: Access and mobility only": "Mobility",
    "Physical support: Personal care support": "Personal care",
    "Sensory support: Support for visual impairment": "Sight",
    "Sensory support: Support for hearing impairment": "Hearing",
    "Sensory support: Support for dual impairment": "Dual sensory",
    "Support with memory and cognition": "Memory",
    "Learning disability support": "LD",
    "Mental health support": "MH",
    "Social support: Substance misuse support": "Substance misuse",
    "Social support: Asylum seeker support": "Asylum seeker",
    "Social support: Support for social isolation or other reason": "Isolation / other",
    "Social support: Support to unpaid carer": "Carer",
    "Unknown": "Not known",
}
SERVICES = {
    "Short term support: ST-Max": "Reablement",
    "Short term support: Ongoing low level": "Low level",
    "Short term support: Other short term": "Short stay",
    "Long term support: Nursing care": "Nursing home",
    "Long term support: Residential care": "Care home",
    "Long term support: Community": "Home care",
    "Long term support: Prison": "Prison",
}
OWN_HEADINGS = {
    "LA Person Unique Identifier": "Swift ID",
    "NHS Number": "NHS No",
    "Date of Birth": "D.O.B.",
    "Date of Death": "Deceased on",
    "Gender": "Sex",
    "Ethnicity": "Ethnic origin",
    "Primary Support Reason": "Need category",
    "Autism Spectrum Disorder (ASD)": "Autistic?",
    "Event Type": "Contact type",
    "Event Start Date": "Started",
    "Event End Date": "Completed",
    "Request: Route of Access": "Came from",
    "Service Type": "Package",
}
OWN_VALUES = {
    "Event Type": EVENT_TYPES,
    "Request: Route of Access": ROUTES,
    "Primary Support Reason": NEEDS,
    "Service Type": SERVICES,
    "Gender": {"Male": "M", "Female": "F", "Other": "O", "Unknown": "U"},
    "Autism Spectrum Disorder (ASD)": {"Yes": "Y", "No": "N", "Unknown": "U"},
}
DATES = ("Date of Birth", "Date of Death", "Event Start Date", "Event End Date")


def own_export(council: Council) -> pd.DataFrame:
    """Give service users' events as a council's own report would: fewer columns, own headings and values."""
    events = as_written(council.extract, "DD-MMM-YYYY", "council")
    events = events[events["Client Type"] == "Service user"]
    columns = {}
    for field, heading in OWN_HEADINGS.items():
        words = OWN_VALUES.get(field, {})
        columns[heading] = events[field].map(lambda value, words=words: words.get(value, value))
    table = pd.DataFrame(columns)
    return table.sort_values(["Swift ID", "Contact type"], kind="stable")


def mapping_text() -> str:
    """Write the mapping file that goes with the export."""
    lines = [
        "# How the export beside this file becomes an extract. Left is always casetrack's side of a heading,",
        "# and your own side of a value.",
        "",
        "[headings]  # casetrack field = heading in your file",
        *(f'"{field}" = "{heading}"' for field, heading in OWN_HEADINGS.items()),
    ]
    for field, words in OWN_VALUES.items():
        lines += ["", f'[values."{field}"]  # your value = value that the rules read']
        lines += [f'"{own}" = "{value}"' for value, own in words.items()]
    lines += ["", "[dates]  # formats of a column, when it needs saying"]
    lines += [f'"{field}" = ["DD-MMM-YYYY"]' for field in DATES]
    lines += [
        "",
        "[constants]  # the value for every row, when the file has no such column",
        '"Client Type" = "Service user"',
        "",
        "[file]",
        'separator = ";"',
        'encoding = "cp1252"',
        "",
    ]
    return "\n".join(lines)


def write_own_headings(folder: Path) -> None:
    """Write the plain person-and-assessment export and its mapping."""
    folder.mkdir(parents=True, exist_ok=True)
    table = own_export(make_council(people=300, seed="own headings", as_at=AS_AT, extras=False))
    with (folder / "assessments_export.csv").open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(table.columns)
        writer.writerows(table.itertuples(index=False))
    (folder / "mapping.toml").write_text(mapping_text(), encoding="utf-8", newline="\n")


def main() -> None:
    """Write all samples."""
    council = make_council(people=2000, seed=1, release="R2", flaws=MILD_FLAWS, as_at=AS_AT, two_years=True)
    council.to_csv(SAMPLES)
    write_own_headings(SAMPLES / "own_headings")
    for path in sorted(SAMPLES.rglob("*.*")):
        print(f"{path.relative_to(SAMPLES).as_posix()}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
