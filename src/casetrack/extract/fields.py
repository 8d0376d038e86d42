"""The field dictionary: every column that casetrack knows, how councils write it, and the values the rules read.

Source: the adult social care Client Level Data layout, Release 1 and Release 2 (``docs/specification.md``, section 2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

#: Everything but letters and figures, and signs that belong to a number: 1.0 is not 10, nor -10, 1:0 or 10%.
_NOT_ALNUM = re.compile(r"[.,:](?:(?<!\d[.,:])|(?!\d))|-(?:(?<!^-)|(?!\d))|%(?<!\d%)|[^\w.,:%-]+|_+")


def fold(text: str) -> str:
    """Text as headings and values are compared: no case, spacing or punctuation; ``&`` is and, ``/`` is or.

    A text of signs alone, such as a tick, stays what it is.

    Examples
    --------
    >>> fold("Support with Memory & Cognition") == fold("support with memory and cognition")
    True
    >>> fold("Request_Route_of_Access") == fold("Request: Route of Access")
    True
    """
    return (_folded if len(text) <= _REMEMBERED else _folded.__wrapped__)(text)


#: A text of at most so many characters is remembered when it is folded: headings and values come again and again.
_REMEMBERED = 1000


@lru_cache(maxsize=1 << 13)
def _folded(text: str) -> str:
    words = text.strip().casefold().replace("&", " and ").replace("/", " or ").replace("+", " plus ")
    return _NOT_ALNUM.sub("", words) or text.strip()


@dataclass(frozen=True)
class Field:
    """One field of the extract: casetrack's name for its column, and how councils write it.

    ``kind`` is ``identifier`` (never leaves), ``free_text`` (never released), ``date``, ``category`` or ``text``.
    ``values`` and ``spellings`` give canonical values their other spellings, the first all that there are unless
    ``other_values``; of others ``reads`` says whether a rule can read them, by a word or a beginning. ``codes`` are
    written by some systems: they are not read, but can be pasted into a mapping. ``examples`` are the layout's values
    where any other that says the same is read too. ``also`` are headings of common systems, which give way where another
    column has a heading of the layout.
    """

    name: str
    heading: str
    module: str
    kind: str = "category"
    aliases: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    other_values: bool = True
    reads: Callable[[str], bool] | None = None
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @cached_property
    def listed(self) -> frozenset[str]:
        """Its listed values in every spelling, folded."""
        return frozenset(fold(s) for value, more in self.values.items() for s in (value, *more))

    @cached_property
    def canonical(self) -> dict[str, str]:
        """Each spelling of a listed value, folded, to the value."""
        return {
            fold(spelling): value
            for value, more in (*self.values.items(), *self.spellings.items())
            for spelling in (value, *more)
        }

    def recognises(self, value: str) -> bool:
        """Whether a rule can read a value: listed, or read by a word in it, or of a field that holds anything."""
        read = self.other_values if self.reads is None else self.reads(value)
        # A question mark doubts.
        return read or ("?" not in value and fold(value) in self.listed)

    @property
    def stays_text(self) -> bool:
        """Whether its cells are kept as they stand: references, postcodes, links and free text hardly repeat."""
        repeats = {"local_id", "nhs_number", "lead_professional"}
        return self.kind in {"identifier", "free_text"} and self.name not in repeats


def _closed(
    name: str, heading: str, module: str, values: Mapping[str, tuple[str, ...]], **more: Any
) -> Field:
    """A field that can hold the listed values only."""
    return Field(name, heading, module, values=values, other_values=False, **more)


def _optional(name: str, heading: str, *aliases: str, **more: Any) -> Field:
    """A field that stands on any row, or in a person-level file."""
    return Field(name, heading, "optional", aliases=aliases, **more)


#: Codes of the NHS Data Dictionary that case-management systems export instead of words.
_SEX_CODES = {"F": "Female", "M": "Male", "1": "Male", "2": "Female", "9": "Unknown", "0": "Unknown"}
_YES_NO_CODES = {"1": "Yes", "0": "No"}
_ETHNIC_CODES = {
    "A": "White: English, Welsh, Scottish, Northern Irish or British",
    "B": "White: Irish",
    "C": "White: Any other White background",
    "D": "Mixed or multiple ethnic groups: White and Black Caribbean",
    "E": "Mixed or multiple ethnic groups: White and Black African",
    "F": "Mixed or multiple ethnic groups: White and Asian",
    "G": "Mixed or multiple ethnic groups: Any other Mixed or multiple ethnic background",
    "H": "Asian or Asian British: Indian",
    "J": "Asian or Asian British: Pakistani",
    "K": "Asian or Asian British: Bangladeshi",
    "L": "Asian or Asian British: Any other Asian background",
    "M": "Black, Black British, Caribbean or African: Caribbean",
    "N": "Black, Black British, Caribbean or African: African",
    "P": "Black, Black British, Caribbean or African: Any other Black, Black British or Caribbean background",
    "R": "Asian or Asian British: Chinese",
    "S": "Other ethnic group: Any other ethnic group",
    "Z": "No data: Undeclared or not known",
}

#: What rules read of a route, a support reason and a service type that the layout does not list, folded.
ROUTE_WORDS = ("transition", "dischargefromhospital")
SERVICE_GROUPS = ("Short term support", "Long term support", "Unpaid carer support")
#: The four types of event, folded.
EVENT_TYPES = ("request", "assessment", "service", "review")
YES_NO = {"Yes": ("Y", "True"), "No": ("N", "False"), "Unknown": ()}

CLIENT_TYPES = {
    "Service user": (),
    "Unpaid carer": ("Carer",),
    "Unpaid carer known by association": ("Carer known by association",),
}

PRIMARY_SUPPORT_REASONS = {
    "Physical support: Access and mobility only": (),
    "Physical support: Personal care support": (),
    "Sensory support: Support for visual impairment": (),
    "Sensory support: Support for hearing impairment": (),
    "Sensory support: Support for dual impairment": (),
    "Support with memory and cognition": (),
    "Learning disability support": (),
    "Mental health support": (),
    "Social support: Substance misuse support": (),
    "Social support: Asylum seeker support": (),
    "Social support: Support for social isolation or other reason": (
        "Social support: Support for social isolation or other",
    ),
    "Social support: Support to unpaid carer": ("Social Support: Support to Carer",),
    "Unknown": (),
}

#: The groups of reasons that make CT06, folded.
PHYSICAL_REASONS = ("physicalsupport", "sensorysupport", "supportwithmemoryandcognition")

FUNDING = {
    "Fully client funded": (),
    "Joint client and social care funded": (),
    "Fully social care funded": (),
    "Unknown": (),
}

ROUTES = {
    "Planned entry (transition)": (),
    "Discharge from hospital": (),
    "Diversion from hospital services": (),
    "Self-funder with depleted funds": (
        "Self-funder with depleted funds, or 12-week disregard or deferred payment agreement",
        "Self-funder with depleted funds (including 12-week disregard and deferred payment agreement)",
        "Self-funder with depleted funds (of which previously provided with 12-week disregard or deferred payment)",
    ),
    "Community / other route": ("Community", "Other route"),
    # Release 1 has four more; the list of Release 2 is not public.
    "Prison": (),
    "Self-funder": (),
    "Discharge from reablement": ("Discharge from reablement (no hospital discharge)",),
    "Transfer from other LA": ("Transfer from other local authority",),
}

SERVICE_TYPES = {
    "Short term support: ST-Max": (),
    "Short term support: Ongoing low level": (),
    "Short term support: Other short term": (),
    "Long term support: Nursing care": (),
    "Long term support: Residential care": (),
    "Long term support: Community": (),
    "Long term support: Prison": (),
    "Unpaid carer support: Direct to unpaid carer": ("Carer Support: Direct to Carer",),
    "Unpaid carer support: Support involving the person cared-for": (
        "Carer Support: Support involving the person cared-for",
    ),
}

_ACCOMMODATION = (
    "Owner occupier or shared ownership scheme",
    "Tenant",
    "Tenant - private landlord",
    "Settled mainstream housing with family or friends",
    "Supported accommodation, supported lodgings or supported group home",
    "Shared Lives scheme",
    "Approved premises for offenders released from prison or under probation supervision",
    "Sheltered housing, extra care housing or other sheltered housing",
    "Mobile accommodation for Gypsy, Roma and Traveller communities",
    "Rough sleeper or squatting",
    "Night shelter, emergency hostel or direct access hostel",
    "Refuge",
    "Placed in temporary accommodation by the council (inc. homelessness resettlement)",
    "Staying with family or friends as a short term guest",
    "Acute hospital or long term healthcare residential facility",
    "Registered care home",
    "Registered nursing home",
    "Prison, young offenders institution or detention centre",
    "Other temporary accommodation",
    "Unknown",
)
_VISUAL = (
    "Blind/severely sight impaired",
    "Partial sight/sight impaired",
    "Visual impairment - severity unknown",
    "No visual impairment",
    "Unknown",
)
_HEARING = (
    "Deaf with speech",
    "Deaf without speech",
    "Hard of hearing",
    "Hearing impairment: Severity unknown",
    "No hearing impairment",
    "Unknown",
)

#: Words that deny or doubt what stands beside them: a value with one is read only where it is known as a whole.
_DENIED = re.compile(
    r"\b(no|not|non|none|never|without|un\w+|isn't|former\w*|ex|lost|ended|evicted|awaiting|query)\b|\?"
)
_NO_IMPAIRMENT = re.compile(
    r"(no|none|nil|n|false|normal|unimpaired|not impaired|none known|.*: ?none)|"
    r"no (known |identified |reported )?(visual|hearing|sight|vision|sensory)? ?(impairment|loss|difficulty|problem)s?"
)
_IMPAIRMENT = re.compile(
    r"(yes|y|true)$|((registered|severely|partially|profoundly|mild|moderate|severe) )*"
    r"(blind|deaf|partial sight|sighted\b|sight impair|impaired|hard of hearing|"
    r"(visual|visually|hearing|sight|dual|sensory|dual sensory) (impair|loss))"
)


def _in_words(value: str) -> str:
    """A value in small letters, one blank between words."""
    return " ".join(re.sub(r"[^\w?':]+|_", " ", value.casefold()).split())


def impairment(value: str) -> bool | None:
    """Whether a value tells of a visual or hearing impairment; None where it says neither for sure."""
    words = _in_words(value)
    if fold(value) in map(fold, (*_VISUAL[:-1], *_HEARING[:-1])):
        return not words.startswith("no ")
    if _NO_IMPAIRMENT.fullmatch(words):
        return False
    told = _IMPAIRMENT.match(words) and words != "sighted"
    return True if told and not _DENIED.search(words.replace("severity unknown", "")) else None


#: Words of the SALT LTS004 grouping. The unsettled ones are looked for before the settled ones ("short term guest" of
#: the family), and approved premises before both: their name speaks of prison and hostels, but they are settled.
_UNSETTLED = re.compile(
    r"\b(unsettled|not settled|non settled|no settled|rough sleep\w*|squat\w*|homeless\w*|no fixed abode|sofa surf\w*|"
    r"night shelter|hostel|refuge|temporary|short term guest|hospital|healthcare|(care|nursing|residential) home|prison|"
    r"young offender\w*|detention)\b"
)
_SETTLED = re.compile(
    r"\b(owner occupier|shared ownership|tenant|tenancy|settled|family or friends|family friends|supported|shared lives|"
    r"sheltered|extra care|mobile|gypsy)\b"
)


def settled(value: str) -> bool | None:
    """Whether an accommodation is a settled one; None where its words say neither for sure."""
    words = _in_words(value)
    if "approved premises" in words:
        return True
    if _UNSETTLED.search(words):
        return False
    return True if _SETTLED.search(words) and not _DENIED.search(words) else None


_DECILE = re.compile(
    r"(?:imd )?(?:decile )?0?(10|[1-9])(?:\.0+)?(?:st|nd|rd|th)?(?: ?[-(]? ?(most|least) deprived\)?)?(?: decile)?"
)


def decile(value: str) -> int | None:
    """The decile of deprivation that a value names, 1 to 10, however it is written; 1 is the most deprived."""
    found = _DECILE.fullmatch(" ".join(value.casefold().split()))
    if not found or found[2] == ("most" if int(found[1]) > 5 else "least"):
        return None
    return int(found[1])


#: Yes or No alone, or before what explains it. "N/K", "Yes/No", "Yes?" and "No information" are neither.
_YES_OR_NO = re.compile(
    r"(?:(yes|y|true)(?![a-z]| ?[/?])|(?:no|n|false)"
    r"(?= ?$| ?[-\u2013,:;.(]| (?:known|apparent|registered|disab|impair|transition)))(?!.*\?)"
)


def says_yes_or_no(value: str) -> bool | None:
    """True for a value that begins with the word Yes, False with No, else None."""
    found = _YES_OR_NO.match(value.casefold().strip())
    return bool(found[1]) if found else None


_NOT_DONE = re.compile(
    r"\b(cancel\w*|abandon\w*|abort\w*|void\w*|deleted|withdrawn|declined|refused|excluded|in error|draft|incomplete|"
    r"(not|never) (started|taken place|completed|finished|done|carried out|required|needed)|did not|dna)\b"
)


def says_not_done(text: str) -> bool:
    """Whether a text names what did not take place, or does not count."""
    return _NOT_DONE.search(text.casefold()) is not None


_STATUS = re.compile(
    r"((event|step|task|form|episode|workflow|assessment|review|service|request|activity|record|row) ?)?status|"
    r"(is |record |row |date )?(cancel\w*|deleted|void\w*|withdrawn|abandoned)( on| date| flag| yn)?"
)


def says_whether_done(heading: str) -> bool:
    """Whether a heading is one of a column that says whether an event took place."""
    return (
        _STATUS.fullmatch(
            " ".join(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).casefold()))
        )
        is not None
    )


#: Only the values that the two releases write differently; two rows of one event must agree on them.
COMPONENTS = {"Home support or domiciliary care": ("Home support",)}

_ETHNIC_VALUES = {
    "Asian or Asian British": ("Bangladeshi", "Chinese", "Indian", "Pakistani", "Any other Asian background"),
    "Black, Black British, Caribbean or African": (
        "African",
        "Caribbean",
        "Any other Black, Black British or Caribbean background",
    ),
    "Mixed or multiple ethnic groups": (
        "White and Asian",
        "White and Black African",
        "White and Black Caribbean",
        "Any other Mixed or multiple ethnic background",
    ),
    "White": (
        "English, Welsh, Scottish, Northern Irish or British",
        "Gypsy or Irish Traveller",
        "Irish",
        "Roma",
        "Any other White background",
    ),
    "Other ethnic group": ("Arab", "Any other ethnic group"),
    "No data": ("Refused", "Undeclared or not known"),
}
_OLD_GROUPS = {
    "Asian or Asian British": ("Asian", "Asian British"),
    "Black, Black British, Caribbean or African": (
        "Black / African / Caribbean / Black British",
        "Black or Black British",
        "Black",
        "Black British",
    ),
    "Mixed or multiple ethnic groups": ("Mixed / multiple ethnic groups", "Mixed"),
    "Other ethnic group": ("Other ethnic groups", "Other"),
}
_OLD_VALUES = {
    "Any other Asian background": ("Any other Asian", "Other Asian background", "Other Asian", "Other"),
    "Any other White background": ("Any other White", "Other White background", "Other White", "Other"),
    "Any other Black, Black British or Caribbean background": (
        "Any other Black, Black British, Caribbean or African background",
        "Any other Black / African / Caribbean background",
        "Any other Black background",
        "Any other Black",
        "Other Black background",
        "Other Black",
        "Other",
    ),
    "Any other Mixed or multiple ethnic background": (
        "Any other mixed / multiple ethnic background",
        "Any other mixed background",
        "Other mixed background",
        "Other mixed",
        "Other",
    ),
    "English, Welsh, Scottish, Northern Irish or British": (
        "English / Welsh / Scottish / Northern Irish / British",
        "British",
    ),
    "Undeclared or not known": ("Undeclared / not known",),
}


def _ethnicities() -> dict[str, tuple[str, ...]]:
    """The canonical "Group: Value" of each ethnicity, to its spellings under older group and value names.

    A bare group name is a value too: it gives the group only. So is a bare value that belongs to one group alone.
    """
    bare = {"Refused", "British", "Other"}
    groups = {group: _OLD_GROUPS.get(group, ()) for group in _ETHNIC_VALUES if group != "No data"}
    return groups | {
        f"{group}: {value}": (
            *(
                f"{g}: {v}"
                for g in (group, *_OLD_GROUPS.get(group, ()))
                for v in spelled
                if (g, v) != (group, value)
            ),
            *(v for v in spelled if v not in bare),
        )
        for group, values in _ETHNIC_VALUES.items()
        for value in values
        for spelled in [(value, *_OLD_VALUES.get(value, ()))]
    }


@cache
def _groups() -> dict[str, str]:
    """Every spelling of a listed ethnicity or group, folded, to its group."""
    listed = _ethnicities().items()
    return {fold(s): value.partition(":")[0] for value, more in listed for s in (value, *more)}


def group_of(value: str) -> str | None:
    """The group of an ethnicity, listed or "Group: another value"; None where neither tells it for sure."""
    group = _groups().get(fold(value))
    if group is None and not _DENIED.search(_in_words(value)):
        group = _groups().get(fold(re.split(r":| - ", value)[0]))
    return group if group != "No data" else None


#: Each outcome with the spellings of Release 1, in DHSC's order: of two rows of one event the first is kept.
OUTCOMES: dict[str, tuple[str, ...]] = {
    "Progress to reablement/ST-Max": (),
    "Progress to assessment, review or reassessment": (
        "Progress to Assessment",
        "Progress to Re-assessment / Unplanned Review",
        "Progress to Reassessment",
        "Progress to Assessment / Unplanned Review",
    ),
    "Progress to financial assessment": (),
    "Progress to End of Life Care": (),
    "Progress to support planning or services": (),
    "Continuation of support or services": (
        "No change in package",
        "Provision of service",
        "Provision of service (running)",
    ),
    "Admitted to hospital": (),
    "NFA: Responsibility moved to another local authority": (
        "NFA: Moved to another LA",
        "NFA: Moved to another local authority",
        "NFA: Responsibility moved to another LA",
    ),
    "NFA: Referral to NHS services or NHS funded social care": (
        "NFA: 100% NHS funded care",
        "NFA: Referral to NHS services",
    ),
    "NFA: Self-funded client or under 12wk disregard": (
        "NFA: Self-funded client (Inc. 12 week disregard)",
        "NFA: Self-funded client (Inc. 12wk disregard)",
        "NFA: Self-funded client",
    ),
    "NFA: Information and advice or signposting": (
        "NFA: Information & Advice / Signposting only",
        "NFA: Information and advice only",
    ),
    "NFA: Referral to other service within the local authority": (
        "NFA: Referral to other service within the LA",
        "NFA: Signposted to other service within the local authority",
    ),
    "NFA: Support declined": (),
    "NFA: Deceased": (),
    "NFA: Support ended as planned": ("Service Ended As Planned", "NFA: Service ended as planned"),
    "NFA: Support ended for other reason": (
        "NFA: Support ended: Other reason",
        "Service ended for other reason",
    ),
    "NFA: No services offered for other reason": ("NFA: No services offered: Other reason",),
    "NFA: Other": (),
}
#: Groups of outcomes that count alike among rows of one event: financial assessment and end of life care do.
OUTCOME_ORDER: dict[str, int] = {
    value: place - (place > list(OUTCOMES).index("Progress to financial assessment"))
    for place, value in enumerate(OUTCOMES)
}

_SUBMISSION = (
    Field("la_code", "LA Code", "submission", "text"),
    Field("period_start", "Reporting Period Start Date", "submission", "date"),
    Field("period_end", "Reporting Period End Date", "submission", "date"),
)

_PERSON = (
    Field("nhs_number", "NHS Number", "person", "identifier", ("NHS No", "NHSNumber")),
    Field(
        "local_id",
        "LA Person Unique Identifier",
        "person",
        "identifier",
        ("LA Person Unique ID", "Local Person Identifier", "Person ID", "Client ID"),
        also=("Person No", "Person Number", "Client No", "Client Number"),
    ),
    Field("first_name", "First Name", "person", "identifier", ("Forename",)),
    Field("last_name", "Last Name", "person", "identifier", ("Surname",)),
    Field("gp_practice_name", "GP Practice Name", "person", "text"),
    Field("gp_practice", "GP Practice Code", "person", "text"),
    _closed(
        "gender",
        "Gender",
        "person",
        dict.fromkeys(("Male", "Female", "Other", "Unknown"), ()),
        codes=_SEX_CODES,
    ),
    _closed(
        "ethnicity",
        "Ethnicity",
        "person",
        _ethnicities(),
        reads=lambda value: group_of(value) is not None,
        codes=_ETHNIC_CODES,
    ),
    Field("date_of_birth", "Date of Birth", "person", "date", ("DOB",)),
    Field("date_of_death", "Date of Death", "person", "date", ("DOD",)),
    _closed("client_type", "Client Type", "person", CLIENT_TYPES),
    _closed(
        "primary_support_reason",
        "Primary Support Reason",
        "person",
        PRIMARY_SUPPORT_REASONS,
        reads=lambda value: fold(value).startswith(PHYSICAL_REASONS),
    ),
    Field("postcode", "Postcode", "person", "identifier"),
    Field(
        "accommodation_status",
        "Accommodation Status",
        "person",
        examples=_ACCOMMODATION,
        reads=lambda value: settled(value) is not None,
    ),
    Field("employment_status", "Employment Status", "person"),
    _closed("has_unpaid_carer", "Has Unpaid Carer", "person", YES_NO, codes=_YES_NO_CODES),
    _closed(
        "autism",
        "Autism Spectrum Disorder (ASD)",
        "person",
        YES_NO,
        aliases=("Autism", "Autism Spectrum Disorder"),
        codes=_YES_NO_CODES,
    ),
    Field(
        "visual_impairment",
        "Visual Impairment",
        "person",
        examples=_VISUAL,
        reads=lambda value: impairment(value) is not None,
        codes=_YES_NO_CODES,
    ),
    Field(
        "hearing_impairment",
        "Hearing Impairment",
        "person",
        examples=_HEARING,
        reads=lambda value: impairment(value) is not None,
        codes=_YES_NO_CODES,
    ),
    _closed("dementia", "Dementia", "person", YES_NO, codes=_YES_NO_CODES),
    _closed("funding_status", "Client Funding Status", "person", FUNDING),
)

_EVENT = (
    Field("event_type", "Event Type", "event"),
    Field("event_reference", "Event Reference", "event", "identifier"),
    Field("event_start_date", "Event Start Date", "event", "date"),
    Field("event_end_date", "Event End Date", "event", "date"),
    Field("event_description", "Event Description", "event", "free_text"),
    _closed("event_outcome", "Event Outcome", "event", OUTCOMES),
    _closed(
        "route_of_access",
        "Request: Route of Access",
        "request",
        ROUTES,
        aliases=("Route of Access",),
        reads=lambda value: any(word in fold(value) for word in ROUTE_WORDS),
    ),
    Field("assessment_type", "Assessment Type", "assessment"),
    Field("eligible_needs", "Eligible Needs Identified", "assessment"),
    Field("assessment_method", "Method of Assessment", "assessment"),
    Field("caring_hours", "Total Hrs Caring per week", "carer"),
    Field("adults_cared_for", "No. of adults being cared for", "carer"),
    Field("linked_person_1", "Adult 1 Linked Person_ID", "carer", "identifier"),
    Field("linked_person_2", "Adult 2 Linked Person_ID", "carer", "identifier"),
    Field("linked_person_3", "Adult 3 Linked Person_ID", "carer", "identifier"),
    _closed(
        "service_type",
        "Service Type",
        "service",
        SERVICE_TYPES,
        reads=lambda value: fold(value).startswith(tuple(map(fold, SERVICE_GROUPS))),
    ),
    Field("service_component", "Service Component", "service", spellings=COMPONENTS),
    Field("delivery_mechanism", "Delivery Mechanism", "service"),
    Field("provider_name", "Provider CQC Location Name", "service", "text"),
    Field("provider", "Provider CQC Location ID", "service", "text"),
    Field("review_reason", "Review Reason", "review"),
    Field("review_outcomes", "Review Outcomes Achieved", "review"),
    Field("review_method", "Method of Review", "review"),
    Field("unit_cost", "Unit Cost", "cost", "text"),
    Field("cost_frequency", "Cost Frequency (Unit Type)", "cost"),
    Field("planned_units", "Planned units per week", "cost", "text"),
)

OPTIONAL_PERSON_FIELDS = (
    _optional("religion", "Religion or Belief", "Religion"),
    _optional("sexual_orientation", "Sexual Orientation", "Sexuality"),
    _optional(
        "gender_identity",
        "Gender Identity",
        "Gender same as at birth",
        "Gender reassignment",
        "Gender same as birth",
    ),
    _optional(
        "marital_status",
        "Marital or Civil Partnership Status",
        "Marital Status",
        "Marriage or Civil Partnership",
        "Marriage and Civil Partnership",
    ),
    _optional(
        "pregnancy_maternity",
        "Pregnancy or Maternity",
        "Pregnancy and Maternity",
        "Pregnancy",
        "Pregnancy Maternity",
    ),
    _optional(
        "disability",
        "Disability",
        "Disabled",
        values=YES_NO,
        reads=lambda value: says_yes_or_no(value) is not None,
        codes=_YES_NO_CODES,
    ),
    _optional("preferred_language", "Preferred Language", "First Language", "Language"),
    _optional("interpreter_needed", "Interpreter Needed", "Interpreter", values=YES_NO),
    _optional(
        "imd_decile",
        "IMD Decile",
        "Deprivation Decile",
        "Index of Multiple Deprivation",
        kind="text",
        reads=lambda value: decile(value) is not None,
    ),
    _optional("team", "Team", "Allocated Team", kind="text"),
    _optional(
        "lead_professional",
        "Lead Professional",
        "Allocated Worker",
        "Key Worker",
        "Lead Worker",
        kind="identifier",
    ),
    _optional(
        "transitioned",
        "Transitioned from children's services",
        "Transitioned",
        "Transition from children's services",
        values=YES_NO,
        reads=lambda value: says_yes_or_no(value) is not None,
        codes=_YES_NO_CODES,
    ),
)

FIELDS: tuple[Field, ...] = _SUBMISSION + _PERSON + _EVENT + OPTIONAL_PERSON_FIELDS

#: Fields whose latest known value describes the person (``docs/specification.md``, section 3).
PERSON_FIELDS: tuple[str, ...] = tuple(
    f.name
    for f in _PERSON + OPTIONAL_PERSON_FIELDS
    if f.kind in {"category", "text"} or f.name == "lead_professional"
)


@cache
def _by_heading() -> dict[str, Field]:
    table: dict[str, Field] = {}
    for f in FIELDS:
        for spelling in (f.heading, f.name, *f.aliases, *f.also):
            table.setdefault(fold(spelling), f)
    return table


_BY_NAME = {f.name: f for f in FIELDS}


def field_for_heading(heading: str) -> Field | None:
    """The field that a heading names, or None."""
    return _by_heading().get(fold(heading))


def field_named(name: str) -> Field:
    """The field with this casetrack name."""
    return _BY_NAME[name]
