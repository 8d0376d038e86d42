"""What a record pack says: the ten records of one selected case, each with what is left for somebody to do.

Source: ``docs/specification.md``, section 7, after the briefing note of 9 April 2024. The extract does not say which
service or referral came of which assessment, so rules stand in for that, and a practitioner is asked to check them:

- *the date of assessment* is that of the latest assessment completed in the window as the case is listed: as an
  unpaid carer for CT07, as a service user for the others; what else was completed in the window stands beside it;
- *the most recent assessment or review* is the completed one that ended last;
- *services as a result of it* are those that started on the day it began or later; services that had started
  before and were still running when it was completed are shown as continuing;
- *referrals as a result of it* are its own outcome, where that is a referral or a next step, the outcomes of the
  services that followed, and the requests that started on the day it was completed or later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from casetrack.cases.states import CaseState, Permission
from casetrack.dates import for_people
from casetrack.extract.fields import fold
from casetrack.packs.journey import Journey, Step, latest_review_or_assessment

#: The ten records, in the order of the request.
RECORDS = (
    "Initial reason for contact",
    "One-page summary of needs",
    "Date of first contact",
    "Date of assessment",
    "Most recent assessment or review",
    "Services provided as a result of it",
    "Referrals made as a result of it",
    "Multi-agency or contextual information",
    "Agreement to be contacted",
    "Contact details of the lead professional",
)
EVALUATION = "Evaluation summary"
COMPLETE, CHECK = "TO COMPLETE", "TO CHECK"
STATUSES = ("done", "to check", "to complete", "missing")
PRACTITIONER, MANAGER = "practitioner", "team manager"


@dataclass(frozen=True)
class Box:
    """Something that is left for somebody to do."""

    kind: str
    who: str
    what: str


@dataclass(frozen=True)
class Table:
    """A table of the document: caption, header cells, rows of text."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Record:
    """One of the ten records."""

    number: int
    name: str
    #: "done"; "to check" (a person must look at what the extract says); "to complete" (a person must write it);
    #: "missing" (an extract would hold it, this one does not, so somebody must find it).
    status: str
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    boxes: tuple[Box, ...] = ()

    def count(self, kind: str) -> int:
        """How many boxes of a kind it has."""
        return sum(box.kind == kind for box in self.boxes)


@dataclass(frozen=True)
class Case:
    """All that a pack is made of."""

    state: CaseState
    journey: Journey
    window: tuple[dt.date, dt.date]
    assessed: dt.date | None  # the day on which the qualifying assessment was completed
    #: What is outstanding about permission: whose (person or carer) and what.
    to_do: tuple[tuple[str, str], ...]
    #: The extract's Reporting Period End Date, the latest when it has several; None when it has none.
    reaches_to: dt.date | None = None
    in_words: str = ""


def make_record(
    number: int,
    facts: Sequence[tuple[str, str]],
    *boxes: Box,
    tables: Sequence[Table] = (),
    missing: bool = False,
) -> Record:
    """A record whose status follows from its boxes; facts without a value are left out."""
    kinds = {box.kind for box in boxes}
    status = "to complete" if COMPLETE in kinds else "to check" if kinds else "done"
    status = "missing" if missing else status
    shown = tuple((label, value) for label, value in facts if value)
    return Record(number, RECORDS[number - 1], status, shown, tuple(tables), boxes)


def lacking(number: int, what: str, *facts: tuple[str, str]) -> Record:
    """A record of which an extract would hold what this one does not."""
    return make_record(number, facts, to_write(what), missing=True)


def to_write(what: str) -> Box:
    """A blank for a practitioner to write in."""
    return Box(COMPLETE, PRACTITIONER, what)


def to_look_at(what: str) -> Box:
    """Something that the extract says and a practitioner should look at."""
    return Box(CHECK, PRACTITIONER, what)


#: Words of an outcome that hands the person on, in Release 1 and 2 alike, as ``fold`` writes them.
_HANDS_ON = (
    "referral",
    "signposting",
    "reablement",
    "progresstoassessment",
    "progresstoreassessment",
    "progresstoreview",
    "admittedtohospital",
    "responsibilitymoved",
)
_ASKING = {
    "ask": "ask for agreement to be contacted, in writing",
    "get an answer": "get the answer, in writing",
}
_NEEDS = {
    "primary_support_reason": "Primary support reason",
    "autism": "Autism",
    "dementia": "Dementia",
    "visual_impairment": "Visual impairment",
    "hearing_impairment": "Hearing impairment",
    "accommodation_status": "Accommodation",
    "caring_hours": "Hours of caring a week",
    "adults_cared_for": "Adults cared for",
}
_NEEDS_PROMPTS = (
    "Who the person is and what matters to them, in their own words where possible",
    "Needs, and what they mean for daily life and wellbeing",
    "Strengths, the people around them, and the outcomes they want",
    "Risks, safeguarding, mental capacity and advocacy, where these apply",
)
_CARER_PROMPT = (
    "What caring involves, what it means for the carer's own life, and the breaks and support they have"
)


def records_of(case: Case) -> tuple[Record, ...]:
    """The ten records of a case, in the order of the request."""
    latest = latest_review_or_assessment(case.journey)
    after = _services(case.journey, latest)
    return (
        _reason(case.journey),
        _needs(case),
        _first_contact(case.journey),
        _assessment(case),
        _latest(latest),
        _services_record(latest, *after),
        _referrals(case.journey, latest, after[0]),
        _context(case.journey),
        _agreement(case),
        _lead(case.journey),
    )


def _reason(journey: Journey) -> Record:
    requests, first = journey.of("Request"), next(iter(journey.steps), None)
    if first is None:
        return lacking(1, "why the person first came into contact; the extract holds no event.")
    told = requests[0] if requests else first
    facts = [
        ("First request" if requests else "First event (there is no request)", told.dates),
        ("Route of access", told.get("route_of_access") or "Not recorded")
        if requests
        else (told.kind, told.what),
        ("Outcome", told.outcome or "Not recorded"),
    ]
    boxes = []
    if not requests or told != first:
        facts.append(("In the extract before it", "" if told == first else f"{first.kind}, {first.dates}"))
        boxes.append(
            to_write("why the person first came into contact: the extract holds no request from that time.")
        )
    elif not told.get("route_of_access"):
        boxes.append(to_write("why the person came into contact: the extract has no route of access."))
    else:
        boxes.append(to_look_at("the route says how, not why: add the reason in the person's own terms."))
    if told.noted:
        facts.append(
            (
                "Note",
                f"row {told.row} of the extract holds one; not copied, as free text can name other people",
            )
        )
    return make_record(1, facts, *boxes, missing=not requests)


def _needs(case: Case) -> Record:
    facts = [(label, case.journey.known.get(name, "")) for name, label in _NEEDS.items()]
    if case.in_words:
        facts.append(("The journey in the record", case.in_words))
    prompts = (*_NEEDS_PROMPTS, *((_CARER_PROMPT,) if "CT07" in case.state.codes else ()))
    return make_record(2, facts, *(to_write(f"{prompt}.") for prompt in prompts))


def _first_contact(journey: Journey) -> Record:
    first = next(iter(journey.steps), None)
    if first is None:
        return lacking(3, "the date of first contact; the extract holds no event.")
    facts = [("First contact in the extract", for_people(first.start)), ("By", f"{first.kind}: {first.what}")]
    words = "whether the case record holds an earlier contact, from before the extract begins."
    return make_record(3, facts, to_look_at(words))


def _assessment(case: Case) -> Record:
    opens, closes = case.window
    within = ("The 12 months", f"{for_people(opens)} to {for_people(closes)}")
    if case.assessed is None:
        return lacking(4, "the date of the assessment.", within)
    found = _qualifying(case)
    if not found:
        words = "the list was drawn on this date, but this extract holds no assessment with it."
        return lacking(4, words, ("Assessment completed", for_people(case.assessed)), within)
    step, others = found[0], "; ".join(f"{s.dates}, {s.what}" for s in found[1:])
    facts = [
        ("Assessment completed", for_people(step.end or step.start)),
        ("Started", for_people(step.start)),
        *_about(step),
        within,
        ("Also completed in them", others),
    ]
    return make_record(4, facts)


def _qualifying(case: Case) -> list[Step]:
    """The assessments in the window, the latest first, those in the role that the case is listed for before others."""
    opens, closes = case.window
    role = "Unpaid carer" if case.state.listed_as == "CT07" else "Service user"
    done = [
        s
        for s in case.journey.of("Assessment", "Review")
        if s.completed and s.end and opens <= s.end <= closes
    ]
    # A review counts only where the council let it, which is when the list was drawn on its date.
    found = [s for s in done if s.kind == "Assessment"] or [s for s in done if s.end == case.assessed]
    latest = sorted(found, key=lambda s: (s.end, s.start, s.number), reverse=True)
    return sorted(latest, key=lambda s: s.get("client_type") != role)


def _about(step: Step) -> list[tuple[str, str]]:
    return [
        (step.kind, step.what),
        ("Eligible needs identified", step.get("eligible_needs")),
        ("Outcome", step.outcome or "Not recorded"),
    ]


def _latest(latest: Step | None) -> Record:
    if latest is None:
        return lacking(5, "the most recent assessment or review; the extract holds none that is completed.")
    words = "attach the assessment or review itself; the extract holds its dates and outcome only."
    return make_record(5, [("Date", latest.dates), *_about(latest)], to_look_at(words))


def _services(journey: Journey, latest: Step | None) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Services that started with the latest assessment or review or after it, and those that ran on."""
    if latest is None or latest.end is None:
        return (), ()
    services = journey.of("Service")
    new = tuple(s for s in services if s.start >= latest.start)
    on = tuple(s for s in services if s.start < latest.start and (s.end is None or s.end >= latest.end))
    return new, on


def _services_record(latest: Step | None, new: Sequence[Step], on: Sequence[Step]) -> Record:
    if latest is None:
        return lacking(6, "services provided; no completed assessment or review to start from.")
    since = ("Counted from", f"{latest.kind}, {latest.dates}")
    rows = [(_service_words(s), "New: started then or later", s.dates) for s in new]
    rows += [(_service_words(s), "Continuing", s.dates) for s in on]
    if rows:
        table = Table(
            "Services after the most recent assessment or review",
            ("Service", "How it counts", "Dates"),
            tuple(rows),
        )
        words = "that these came of it, or went on because of it; the extract does not link services to assessments."
        return make_record(6, [since], to_look_at(words), tables=[table])
    facts = [since, ("Services in the extract", "None"), ("Outcome", latest.outcome or "Not recorded")]
    if latest.outcome.startswith("NFA"):
        return make_record(6, facts, to_look_at("that no service followed, as the outcome says."))
    return lacking(6, "the services provided, or why there were none: the extract holds none.", *facts)


def _service_words(step: Step) -> str:
    ended = f" (ended: {step.outcome})" if step.outcome else ""
    return f"{step.what}{ended}"


def _referrals(journey: Journey, latest: Step | None, new: Sequence[Step]) -> Record:
    ask = "referrals to other services (NHS, housing, voluntary sector, safeguarding): the extract lacks most of them."
    if latest is None or latest.end is None:
        return make_record(7, (), to_write(ask))
    rows = [
        (f"Outcome of the {s.kind.lower()} of {for_people(s.start)}", s.outcome, for_people(s.end or s.start))
        for s in (latest, *new)
        if any(words in fold(s.outcome) for words in _HANDS_ON)
    ]
    rows += [
        (f"Request: {s.what}", s.outcome or "Not recorded", for_people(s.start))
        for s in journey.of("Request")
        if s.start >= latest.end
    ]
    if not rows:
        return make_record(7, [("In the extract", "No referral or further request")], to_write(ask))
    table = Table(
        "Referrals and next steps after it", ("What the extract holds", "Outcome", "Date"), tuple(rows)
    )
    return make_record(7, (), to_write(ask), tables=[table])


def _context(journey: Journey) -> Record:
    hospital = [
        f"{s.what}, {for_people(s.start)}"
        for s in journey.of("Request")
        if "hospital" in s.get("route_of_access").lower()
    ]
    admitted = [for_people(s.end or s.start) for s in journey.steps if s.outcome == "Admitted to hospital"]
    nhs = [for_people(s.end or s.start) for s in journey.steps if "NHS" in s.outcome]
    providers = dict.fromkeys(s.get("provider_name") for s in journey.of("Service") if s.get("provider_name"))
    facts = [
        ("Unpaid carer", journey.known.get("has_unpaid_carer", "Not recorded")),
        ("Funding", journey.known.get("funding_status", "")),
        ("GP practice", journey.known.get("gp_practice_name", "")),
        ("Providers", "; ".join(providers)),
        ("By way of hospital", "; ".join(hospital)),
        ("Admitted to hospital", "; ".join(admitted)),
        ("Referred to the NHS", "; ".join(nhs)),
    ]
    asked = (
        "other agencies involved and what each does; anything in the person's situation that matters here."
    )
    return make_record(8, facts, to_write(asked))


def _agreement(case: Case) -> Record:
    known = case.journey.known
    facts = _permission("Person", case.state.person)
    carer_asked = case.state.carer.status != "not asked" or any(whose == "carer" for whose, _ in case.to_do)
    boxes = [to_write(f"{_ASKING.get(what, what)} ({whose}).") for whose, what in case.to_do]
    if carer_asked:
        facts += _permission("Carer", case.state.carer)
    elif known.get("has_unpaid_carer") == "No":
        facts.append(("Carer", "The extract records no unpaid carer"))
    else:
        boxes.append(
            to_look_at("whether there is an unpaid carer, who is asked too: the extract does not say.")
        )
    facts += [
        ("Preferred language recorded", known.get("preferred_language", "")),
        ("Interpreter needed, as recorded", known.get("interpreter_needed", "")),
    ]
    return make_record(9, facts, *boxes)


def _permission(whose: str, permission: Permission) -> list[tuple[str, str]]:
    answered = permission.answered_on
    status = permission.status.capitalize()
    return [
        (whose, f"{status}, {for_people(answered)}" if answered else status),
        (f"{whose} asked", for_people(permission.asked_on) if permission.asked_on else ""),
        (f"{whose}: in writing", ("Yes" if permission.in_writing else "No") if answered else ""),
        (f"{whose}: communication needs", permission.needs),
        (f"{whose}: preferred way", permission.way.capitalize()),
        (f"{whose}: interpreter", permission.interpreter),
    ]


def _lead(journey: Journey) -> Record:
    name, team = journey.known.get("lead_professional", ""), journey.known.get("team", "")
    facts = [("Lead professional", name), ("Team", team)]
    blank = (
        "telephone and e-mail."
        if name
        else "name, role, telephone and e-mail: the extract has no lead professional."
    )
    return make_record(10, facts, to_write(blank), missing=not name)
