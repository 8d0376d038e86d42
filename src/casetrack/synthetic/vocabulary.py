"""Headings and values of Client Level Data, in the spelling of Release 2 and of Release 1.

Source: section 2 of the field's specification (``docs/``) and the published lists of the national collection.
"""

from __future__ import annotations

import numpy as np

from casetrack.extract.fields import FIELDS as LAYOUT
from casetrack.extract.fields import OPTIONAL_PERSON_FIELDS
from casetrack.synthetic.chance import Words

FIELDS: tuple[str, ...] = tuple(f.heading for f in LAYOUT if f not in OPTIONAL_PERSON_FIELDS)
R1_ONLY: tuple[str, ...] = ("First Name", "Last Name", "GP Practice Name", "Provider CQC Location Name")
DATE_FIELDS: tuple[str, ...] = tuple(f.heading for f in LAYOUT if f.kind == "date")


def _same(*values: str) -> tuple[tuple[str, str], ...]:
    """Values that both releases write alike."""
    return tuple((value, value) for value in values)


_YES_NO = _same("Yes", "No", "Unknown")


def _ethnic(group: str, release_1_group: str, *values: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"{group}: {value}", f"{release_1_group} - {value}") for value in values)


# Field, then (Release 2, Release 1) for each value. The order is the code that the model works with.
VALUES: dict[str, tuple[tuple[str, str], ...]] = {
    "Event Type": _same("Request", "Assessment", "Service", "Review"),
    "Client Type": (
        ("Service user", "Service User"),
        ("Unpaid carer", "Carer"),
        ("Unpaid carer known by association", "Carer known by association"),
    ),
    "Gender": _same("Male", "Female", "Other", "Unknown"),
    "Ethnicity": (
        *_ethnic(
            "White",
            "White",
            "English, Welsh, Scottish, Northern Irish or British",
            "Irish",
            "Gypsy or Irish Traveller",
            "Roma",
            "Any other White background",
        ),
        *_ethnic(
            "Mixed or multiple ethnic groups",
            "Mixed / multiple ethnic groups",
            "White and Black Caribbean",
            "White and Black African",
            "White and Asian",
            "Any other Mixed or multiple ethnic background",
        ),
        *_ethnic(
            "Asian or Asian British",
            "Asian / Asian British",
            "Indian",
            "Pakistani",
            "Bangladeshi",
            "Chinese",
            "Any other Asian background",
        ),
        *_ethnic(
            "Black, Black British, Caribbean or African",
            "Black / African / Caribbean / Black British",
            "African",
            "Caribbean",
            "Any other Black, Black British, Caribbean or African background",
        ),
        *_ethnic("Other ethnic group", "Other ethnic group", "Arab", "Any other ethnic group"),
        *_ethnic("No data", "No data", "Refused", "Undeclared or not known"),
    ),
    "Primary Support Reason": (
        ("Physical support: Access and mobility only", "Physical Support: Access & mobility only"),
        ("Physical support: Personal care support", "Physical Support: Personal care support"),
        ("Sensory support: Support for visual impairment", "Sensory Support: Support for visual impairment"),
        (
            "Sensory support: Support for hearing impairment",
            "Sensory Support: Support for hearing impairment",
        ),
        ("Sensory support: Support for dual impairment", "Sensory Support: Support for dual impairment"),
        ("Support with memory and cognition", "Support with Memory & Cognition"),
        ("Learning disability support", "Learning Disability Support"),
        ("Mental health support", "Mental Health Support"),
        ("Social support: Substance misuse support", "Social Support: Substance misuse support"),
        ("Social support: Asylum seeker support", "Social Support: Asylum seeker support"),
        (
            "Social support: Support for social isolation or other reason",
            "Social Support: Support for Social Isolation/Other",
        ),
        ("Social support: Support to unpaid carer", "Social Support: Support to Carer"),
        *_same("Unknown"),
    ),
    "Accommodation Status": (
        *_same("Owner occupier or shared ownership scheme", "Tenant", "Tenant - private landlord"),
        (
            "Settled mainstream housing with family or friends",
            "Settled mainstream housing with family / friends",
        ),
        (
            "Supported accommodation, supported lodgings or supported group home",
            "Supported accommodation / supported lodgings / supported group home",
        ),
        *_same(
            "Shared Lives scheme",
            "Approved premises for offenders released from prison or under probation supervision",
        ),
        (
            "Sheltered housing, extra care housing or other sheltered housing",
            "Sheltered housing / extra care housing / other sheltered housing",
        ),
        (
            "Mobile accommodation for Gypsy, Roma and Traveller communities",
            "Mobile accommodation for Gypsy / Roma and Traveller communities",
        ),
        ("Rough sleeper or squatting", "Rough sleeper / squatting"),
        (
            "Night shelter, emergency hostel or direct access hostel",
            "Night shelter / emergency hostel / direct access hostel",
        ),
        *_same("Refuge", "Placed in temporary accommodation by the council (inc. homelessness resettlement)"),
        (
            "Staying with family or friends as a short term guest",
            "Staying with family / friends as a short-term guest",
        ),
        (
            "Acute hospital or long term healthcare residential facility",
            "Acute / long-term healthcare residential facility or hospital",
        ),
        *_same("Registered care home", "Registered nursing home"),
        (
            "Prison, young offenders institution or detention centre",
            "Prison / Young offenders institution / detention centre",
        ),
        *_same("Other temporary accommodation", "Unknown"),
    ),
    "Employment Status": (
        *_same("Paid: Less than 16 hours a week", "Paid: 16 or more hours a week"),
        ("Not in paid employment: Seeking work", "Not in Paid Employment (seeking work)"),
        (
            "Not in paid employment: Not actively seeking work or retired",
            "Not in Paid Employment (not actively seeking work / retired)",
        ),
        ("Not in paid employment: Voluntary work only", "Not in Paid Employment (voluntary work only)"),
        *_same("Unknown"),
    ),
    "Has Unpaid Carer": _YES_NO,
    "Autism Spectrum Disorder (ASD)": _YES_NO,
    "Dementia": _YES_NO,
    "Visual Impairment": (
        ("Blind/severely sight impaired", "Blind / severely sight impaired"),
        ("Partial sight/sight impaired", "Partial sight / sight impaired"),
        *_same("Visual impairment - severity unknown", "No visual impairment", "Unknown"),
    ),
    "Hearing Impairment": (
        *_same("Deaf with speech", "Deaf without speech", "Hard of hearing"),
        ("Hearing impairment: Severity unknown", "Hearing impairment - severity unknown"),
        *_same("No hearing impairment", "Unknown"),
    ),
    "Client Funding Status": _same(
        "Fully client funded", "Joint client and social care funded", "Fully social care funded", "Unknown"
    ),
    "Event Outcome": (
        ("Progress to reablement/ST-Max", "Progress to Reablement/ST-Max"),
        ("Progress to assessment, review or reassessment", "Progress to Assessment"),
        ("Progress to support planning or services", "Progress to Support Planning / Services"),
        ("Continuation of support or services", "No change in package"),
        *_same("Admitted to hospital"),
        ("NFA: Deceased", "NFA - Deceased"),
        ("NFA: Information and advice or signposting", "NFA - Information & Advice / Signposting only"),
        ("NFA: Support declined", "NFA - Support declined"),
        ("NFA: Support ended as planned", "Service ended as planned"),
        ("NFA: Support ended for other reason", "NFA - Support ended: other reason"),
        ("NFA: No services offered for other reason", "NFA - No services offered: other reason"),
        ("NFA: Referral to NHS services or NHS funded social care", "NFA - 100% NHS funded care"),
        ("NFA: Referral to other service within the local authority", "NFA - Other"),
        ("NFA: Responsibility moved to another local authority", "NFA - Moved to another LA"),
        ("NFA: Self-funded client or under 12wk disregard", "NFA - Self-funded client (Inc. 12wk disregard)"),
        ("NFA: Other", "NFA - Other"),
    ),
    "Request: Route of Access": (
        ("Planned entry (transition)", "Planned Entry (Transition)"),
        ("Discharge from hospital", "Discharge from Hospital"),
        ("Diversion from hospital services", "Diversion from Hospital Services"),
        *_same(
            "Self-funder with depleted funds",
            "Self-funder with depleted funds (of which previously provided with 12-week disregard or deferred payment)",
        ),
        ("Community or other route", "Community / Other route"),
    ),
    "Assessment Type": (
        ("Short term assessment", "Short Term Assessment"),
        ("Long term assessment", "Long Term Assessment"),
        ("Unpaid carer assessment", "Unpaid Carer Assessment"),
    ),
    "Eligible Needs Identified": _YES_NO,
    "Method of Assessment": (
        *_same("Face to face"),
        ("Remote", "Telephone"),
        *_same("Self-assessment", "Joint assessment"),
    ),
    "Service Type": (
        ("Short term support: ST-Max", "Short Term Support: ST-Max"),
        ("Short term support: Ongoing low level", "Short Term Support: Ongoing Low Level"),
        ("Short term support: Other short term", "Short Term Support: Other Short Term"),
        ("Long term support: Nursing care", "Long Term Support: Nursing Care"),
        ("Long term support: Residential care", "Long Term Support: Residential Care"),
        ("Long term support: Community", "Long Term Support: Community"),
        ("Long term support: Prison", "Long Term Support: Prison"),
        ("Unpaid carer support: Direct to unpaid carer", "Carer Support: Direct to Carer"),
        (
            "Unpaid carer support: Support involving the person cared-for",
            "Carer Support: Support involving the person cared-for",
        ),
    ),
    "Service Component": (
        *_same("Reablement"),
        ("Short term nursing care", "Short Term Nursing Care"),
        ("Long term nursing care", "Long Term Nursing Care"),
        ("Short term residential care", "Short Term Residential Care"),
        ("Long term residential care", "Long Term Residential Care"),
        ("Home support or domiciliary care", "Home Support"),
        ("Day support", "Day Support"),
        *_same("Meals", "Transport", "Equipment"),
        ("Direct payment", "Direct Payment"),
        *_same("Shared Lives"),
        ("Community supported living", "Community Supported Living"),
        ("Extra care housing", "Extra Care Housing"),
        ("Professional support: Social worker", "Professional Support: Social Worker"),
        ("Professional support: Other", "Professional Support: Other"),
        ("End of life care", "End of Life Care"),
        ("Emergency support", "Emergency Support"),
        ("Unpaid carer respite", "Unpaid Carer Respite"),
        ("Other unpaid carer support", "Other Unpaid Carer Support"),
    ),
    "Delivery Mechanism": (
        ("Direct payment", "Direct Payment"),
        ("CASSR managed personal budget", "CASSR Managed Personal Budget"),
        ("CASSR commissioned support", "CASSR Commissioned support"),
    ),
    "Review Reason": (
        ("Planned review: Long term support", "Planned"),
        ("Unplanned review: Hospital episode", "Unplanned - Hospital (planned and unplanned)"),
        ("Unplanned review: Carer related", "Unplanned - Carer related"),
        ("Unplanned review: Other reason", "Unplanned - Other reason"),
    ),
    "Review Outcomes Achieved": _same("Fully achieved", "Partially achieved", "Not achieved"),
    "Method of Review": (*_same("Face to face"), ("Remote", "Telephone")),
    "Cost Frequency (Unit Type)": (("Per session", "Per Session"), *_same("Hourly", "Weekly", "One-off")),
}


def code(field: str, value: str) -> int:
    """Position of a Release 2 value in its field's list."""
    return [pair[0] for pair in VALUES[field]].index(value)


def spelling(field: str, release: str) -> Words:
    """Values of a field in one release, with an empty text last so that code -1 reads as blank."""
    column = 1 if release == "R1" else 0
    return np.array([*(pair[column] for pair in VALUES[field]), ""], dtype=object)
