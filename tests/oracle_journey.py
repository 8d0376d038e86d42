"""The journey of one person, worked out slowly and plainly, to hold casetrack against.

Written from the specification alone (its section 6a), on the rows that ``oracle`` prepares: dates are dates, values
are text as the file has it, and everything is a loop over one person's rows.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]

#: What an outcome is in the journey, by how its folded text begins or what it holds; the first that fits.
MOVED_ON = ("reablement", "assessment", "financial", "endoflife", "planning", "continuation")
RANK = (
    *MOVED_ON, "hospital", "moved", "nhs", "selffunded", "advice", "otherservice", "declined", "deceased",
    "endedasplanned", "endedotherwise", "noneoffered", "other", "unknown",
)  # fmt: skip
OUTCOMES = {
    "progresstoreablementorstmax": "reablement",
    "progresstoreablementstmax": "reablement",
    "progresstoassessmentrevieworreassessment": "assessment",
    "progresstoassessment": "assessment",
    "progresstoreassessmentorunplannedreview": "assessment",
    "progresstofinancialassessment": "financial",
    "progresstoendoflifecare": "endoflife",
    "progresstosupportplanningorservices": "planning",
    "continuationofsupportorservices": "continuation",
    "nochangeinpackage": "continuation",
    "provisionofservice": "continuation",
    "admittedtohospital": "hospital",
    "nfaresponsibilitymovedtoanotherlocalauthority": "moved",
    "nfamovedtoanotherla": "moved",
    "nfareferraltonhsservicesornhsfundedsocialcare": "nhs",
    "nfa100nhsfundedcare": "nhs",
    "nfaselffundedclientorunder12wkdisregard": "selffunded",
    "nfaselffundedclientinc12wkdisregard": "selffunded",
    "nfainformationandadviceorsignposting": "advice",
    "nfainformationandadviceorsignpostingonly": "advice",
    "nfareferraltootherservicewithinthelocalauthority": "otherservice",
    "nfasupportdeclined": "declined",
    "nfadeceased": "deceased",
    "nfasupportendedasplanned": "endedasplanned",
    "serviceendedasplanned": "endedasplanned",
    "nfasupportendedforotherreason": "endedotherwise",
    "nfasupportendedotherreason": "endedotherwise",
    "nfanoservicesofferedforotherreason": "noneoffered",
    "nfanoservicesofferedotherreason": "noneoffered",
    "nfaother": "other",
}
CAME_OF_IT = {
    "reablement": "Support", "planning": "Support", "continuation": "Support", "endoflife": "Support",
    "assessment": "Further assessment", "financial": "Further assessment",
    "declined": "Declined", "selffunded": "Self-funding", "advice": "Advice",
    "moved": "Passed on", "nhs": "Passed on", "otherservice": "Passed on",
    "hospital": "Hospital", "unknown": "Not recorded",
}  # fmt: skip
NOBODY = ("", "null", "na", "none", "unknown", "notknown", "notrecorded")
COMMUNITY_ROUTES = (
    "communityorotherroute", "communityotherroute", "prison", "dischargefromreablement", "transferfromotherla",
)  # fmt: skip


def fold(text: str) -> str:
    text = text.casefold().replace("&", " and ").replace("/", " or ")
    return "".join(sign for sign in text if sign.isalnum())


def outcome_of(row: Row) -> str:
    return OUTCOMES.get(fold(row.get("eventoutcome", "")), "unknown")


def service_of(row: Row) -> str:
    text = fold(row.get("servicetype", ""))
    for start, kind in (
        ("shorttermsupport", "short"),
        ("longtermsupportnursing", "nursing"),
        ("longtermsupportresidential", "residential"),
        ("longtermsupportcommunity", "community"),
        ("longtermsupportprison", "prison"),
        ("unpaidcarersupport", "carer"),
        ("carersupport", "carer"),
    ):
        if text.startswith(start):
            return kind
    return ""


def route_of(row: Row) -> str:
    text = fold(row.get("requestrouteofaccess", ""))
    if "transition" in text:
        return "Children's services"
    if "dischargefromhospital" in text or text == "diversionfromhospitalservices":
        return "Hospital"
    if text.startswith("selffunder"):
        return "Self-funder"
    return "Community or other" if text in COMMUNITY_ROUTES else "Not recorded"


def reason_of(row: Row) -> str:
    text = fold(row.get("reviewreason", ""))
    if text.startswith("unplanned"):
        return "hospital" if "hospital" in text else "unplanned"
    return "planned" if text.startswith(("planned", "reviewofshortterm")) else ""


def counts(row: Row) -> bool:
    """A completed assessment, as Service user or carer, that is neither financial nor outside the layout."""
    words = re.sub("[^a-z]+", " ", row.get("assessmenttype", "").lower())
    held = any(
        re.search(rf"\b{word}s?\b", words)
        for word in (
            "deprivation of liberty", "dols", "liberty protection", "mental capacity", "mca", "mental health act",
            "amhp", "safeguarding", "best interest", "financial",
        )
    )  # fmt: skip
    done = row["kind"] == "assessment" and row["role"] in ("service user", "carer")
    return done and not held and row["end"] is not None and row["end"] >= row["start"]


def file_start(everyone: Iterable[Row], as_at: date) -> date | None:
    """The first day of the first month with at least a quarter of the median of the twelve up to ``as_at``'s."""
    held: dict[tuple[int, int], int] = {}
    for row in everyone:
        if (
            row["event"]
            and row["kind"] in ("request", "assessment")
            and row["end"]
            and row["end"] >= row["start"]
        ):
            month = (row["end"].year, row["end"].month)
            held[month] = held.get(month, 0) + 1
    year, month = as_at.year, as_at.month
    twelve = []
    for _ in range(12):
        twelve.append(held.get((year, month), 0))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    usual = statistics.median(twelve)
    for year, month in sorted(held):
        if 4 * held[year, month] >= usual:
            return date(year, month, 1)
    return None


def journey_of(
    rows: list[Row],
    as_at: date,
    since: date,
    months_before: Callable[[date, int], date],
    begins: date | None,
    has_requests: bool,
    wait_until: str = "start",
) -> dict[str, str]:
    """Every measure of one eligible person.

    ``rows`` are the person's kept rows, with their ``order`` where nothing else parts them; ``since`` is the last day
    before the window.
    """
    rows = [row for row in rows if row["event"] and row["start"] <= as_at]
    counted = [row for row in rows if counts(row)]
    a = max(
        (row for row in counted if since < row["end"] <= as_at),
        key=lambda row: (row["end"], row["start"], -RANK.index(outcome_of(row)), row["order"]),
    )
    carer = a["role"] == "carer"
    requests = [row for row in rows if row["kind"] == "request"]
    mine = [row for row in requests if row["role"] == a["role"] and row["start"] <= a["start"]]
    before = [row["start"] for row in counted if row["role"] == a["role"] and row["start"] < a["start"]]
    r = None
    for row in mine:
        moved_on = outcome_of(row) in MOVED_ON
        recent = (a["start"] - row["start"]).days <= 730
        after = not before or row["start"] > max(before)
        earlier = r is None or (row["start"], row["order"]) < (r["start"], r["order"])
        if moved_on and recent and after and earlier:
            r = row
    services = [row for row in rows if row["kind"] == "service" and (carer or service_of(row) != "carer")]
    known = [row for row in services if service_of(row)]
    open_at_a = [s for s in known if s["start"] < a["start"] and (not s["end"] or s["end"] >= a["start"])]
    reviews = [row for row in rows if row["kind"] == "review" and row["end"] and since < row["end"] <= as_at]
    outcome = outcome_of(a)
    found = {
        "wait_for_assessment": _wait_for_assessment(a, r, known, open_at_a, carer, begins, wait_until),
        "wait_for_support": _wait_for_support(a, outcome, known, open_at_a, as_at),
        "support_setting": _setting([s for s in services if not s["end"] or s["end"] >= as_at]),
        "route_in": _route(r, mine, months_before(a["start"], 12)),
        "contacts": _contacts([row for row in requests if row["start"] > since])
        if has_requests
        else "Not recorded",
        "assessment_outcome": CAME_OF_IT.get(outcome, "No support"),
        "unplanned_review": _unplanned([reason_of(row) for row in reviews]),
        "hospital": "No sign",
        "review_due": _review_due(known, bool(reviews), as_at, since, begins),
        "providers": _providers([s for s in known if not s["end"] or s["end"] > since]),
    }
    admitted = any(
        outcome_of(row) == "hospital" and row["end"] and since < row["end"] <= as_at for row in rows
    )
    if admitted or any(reason_of(row) == "hospital" for row in reviews):
        found["hospital"] = "Yes"
    signs = [
        found["wait_for_assessment"] in ("91 to 182 days", "183 days or more"),
        found["wait_for_support"] in ("29 to 90 days", "91 days or more"),
        found["contacts"] == "3 or more",
        found["assessment_outcome"] == "Declined"
        or (
            found["assessment_outcome"] == "No support"
            and fold(a.get("eligibleneedsidentified", "")).startswith("yes")
        ),
        any(reason_of(row) == "unplanned" for row in reviews),
        found["hospital"] == "Yes",
    ]
    found["journey_signs"] = ("None", "One")[sum(signs)] if sum(signs) < 2 else "Two or more"
    nothing_known = found["wait_for_assessment"] == found["assessment_outcome"] == "Not recorded"
    if not any(signs) and nothing_known:
        found["journey_signs"] = "Not recorded"
    some = found["journey_signs"] in ("One", "Two or more")
    found["any_sign"] = "One or more" if some else found["journey_signs"]
    groups = {
        "Nursing home": "Care home",
        "Residential home": "Care home",
        "Community, direct payment": "Home",
        "Community, arranged": "Home",
        "Equipment only": "Home",
        "Not recorded": "Not recorded",
    }
    found["support_group"] = groups.get(found["support_setting"], "Other")
    since = (r or a)["start"]
    reabled = any(fold(s["servicetype"]).endswith("stmax") and s["start"] >= since for s in known)
    found |= _in_words(found["route_in"], found["support_setting"], reabled)
    return found


def _in_words(route: str, setting: str, reabled: bool) -> dict[str, str]:
    origin = {
        "Self-funder": "Community",
        "Community or other": "Community",
        "No request found": "Already known",
    }
    now = {
        "Nursing home": "care home",
        "Residential home": "care home",
        "Community, direct payment": "home",
        "Community, arranged": "home",
        "Equipment only": "home",
        "Support as a carer": "as a carer",
        "None open": "none open",
        "Not recorded": "Not recorded",
    }.get(setting, "short-term or other")
    parts = [origin.get(route, route), *(["reablement"] if reabled else []), now]
    joined = {"care home": "Home or care home", "home": "Home or care home"}
    return {"journey": " > ".join(parts), "journey_now": joined.get(now, now[:1].upper() + now[1:])}


def _wait_for_assessment(
    a: Row,
    r: Row | None,
    known: list[Row],
    open_at_a: list[Row],
    carer: bool,
    begins: date | None,
    until: str,
) -> str:
    if r is not None:
        if any(r["start"] <= s["start"] < a["start"] for s in known):
            return "Support came first"
        days = (a[until] - r["start"]).days
        if days <= 28:
            return "Up to 28 days"
        if days <= 90:
            return "29 to 90 days"
        return "91 to 182 days" if days <= 182 else "183 days or more"
    long_term = ("nursing", "residential", "community", "prison")
    if any(carer or service_of(s) in long_term for s in open_at_a):
        return "Already supported"
    if begins is None or a["start"] < begins or (a["start"] - begins).days < 183:
        return "Not recorded"
    return "No request found"


def _wait_for_support(a: Row, outcome: str, known: list[Row], open_at_a: list[Row], as_at: date) -> str:
    if outcome == "unknown":
        return "Not recorded"
    if outcome in ("assessment", "financial"):
        return "Further assessment"
    if outcome not in MOVED_ON:
        return "None planned"
    if outcome == "continuation" or open_at_a:
        return "Support in place"
    begun = [s["start"] for s in known if s["start"] >= a["start"]]
    if begun:
        days = (min(begun) - a["end"]).days
        if days <= 0:
            return "No wait"
        return "1 to 28 days" if days <= 28 else "29 to 90 days" if days <= 90 else "91 days or more"
    return "Not due yet" if as_at <= a["end"] + timedelta(days=28) else "Planned, none recorded"


def _setting(running: list[Row]) -> str:
    if not running:
        return "None open"
    held = set()
    for s in running:
        kind, component = service_of(s), fold(s.get("servicecomponent", ""))
        if kind in ("community", "short") and component == "equipment":
            held.add("Equipment only")
        elif kind == "community":
            paid = "directpayment" in component or "directpayment" in fold(s.get("deliverymechanism", ""))
            held.add("Community, direct payment" if paid else "Community, arranged")
        elif kind:
            names = {"nursing": "Nursing home", "residential": "Residential home", "prison": "Prison"}
            held.add({**names, "short": "Short term", "carer": "Support as a carer"}[kind])
    for name in (
        "Nursing home",
        "Residential home",
        "Community, direct payment",
        "Community, arranged",
        "Prison",
        "Short term",
        "Equipment only",
        "Support as a carer",
    ):
        if name in held:
            return name
    return "Not recorded"


def _route(r: Row | None, mine: list[Row], earliest: date) -> str:
    if r is not None:
        return route_of(r)
    recent = [row for row in mine if row["start"] > earliest]
    return (
        route_of(max(recent, key=lambda row: (row["start"], row["order"]))) if recent else "No request found"
    )


def _contacts(requests: list[Row]) -> str:
    times, until = 0, None
    for row in sorted(requests, key=lambda row: row["start"]):
        if until is None or (row["start"] - until).days > 4:
            times += 1
        ends = max(row["end"] or row["start"], row["start"])
        until = ends if until is None or ends > until else until
    return str(times) if times < 3 else "3 or more"


def _unplanned(reasons: list[str]) -> str:
    if "unplanned" in reasons or "hospital" in reasons:
        return "Unplanned"
    if "planned" in reasons:
        return "Planned"
    return "Not recorded" if reasons else "None"


def _review_due(known: list[Row], reviewed: bool, as_at: date, since: date, begins: date | None) -> str:
    if begins is None or begins > since + timedelta(days=1):
        return "Not recorded"
    long_term = [s for s in known if service_of(s) in ("nursing", "residential", "community", "prison")]
    lasting = [
        (s["start"], s["end"] or date.max) for s in long_term if not s["end"] or s["end"] >= s["start"]
    ]
    running = [start for start, end in lasting if end >= as_at]
    if not running:
        return "Under 12 months"
    # Back through whatever ended at most a day before what is covered already.
    earliest = min(running)
    while True:
        near = [start for start, end in lasting if end == date.max or (earliest - end).days <= 2]
        if min(near) >= earliest:
            break
        earliest = min(near)
    if earliest > since + timedelta(days=1):
        return "Under 12 months"
    return "Reviewed" if reviewed else "Reassessed only"


def _providers(services: list[Row]) -> str:
    if not services:
        return "0"
    named = {s.get("providercqclocationid", "").strip() for s in services}
    named = {name for name in named if fold(name) not in NOBODY}
    if not named:
        return "Not recorded"
    return str(len(named)) if len(named) < 3 else "3 or more"
