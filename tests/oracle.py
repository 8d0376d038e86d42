"""The rules for one extract, worked out slowly and plainly, to hold casetrack against.

Written from the specification alone (its sections 2 to 6), with the standard library and nothing of
casetrack, so that agreement means something. It loops over people and rows and is meant for small councils.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]

KINDS = ("request", "assessment", "service", "review")
DATES = ("eventstartdate", "eventenddate", "dateofbirth", "dateofdeath", "reportingperiodenddate")
NUMERIC = re.compile(r"\d{1,7}(\.\d+)?")
CLOCK = r"[ T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DETAILS = {
    "gender": "gender",
    "ethnicity": "ethnicity",
    "primary_support_reason": "primarysupportreason",
    "accommodation_status": "accommodationstatus",
    "has_unpaid_carer": "hasunpaidcarer",
    "autism": "autismspectrumdisorderasd",
    "visual_impairment": "visualimpairment",
    "hearing_impairment": "hearingimpairment",
    "dementia": "dementia",
    "funding": "clientfundingstatus",
    "transitioned": "transitionedfromchildrensservices",
    "disability": "disability",
}
UNSETTLED = (
    "rough sleeper", "squatting", "night shelter", "hostel", "refuge", "temporary", "short term guest",
    "hospital", "care home", "nursing home", "prison", "unsettled",
)  # fmt: skip
SETTLED = (
    "owner occupier", "shared ownership", "tenant", "family", "settled", "supported", "shared lives",
    "sheltered", "extra care", "gypsy", "traveller", "mobile",
)  # fmt: skip
CONDITIONS = (
    "primary_support_reason", "autism", "dementia", "visual_impairment", "hearing_impairment", "disability",
)  # fmt: skip


def fold(text: str) -> str:
    """Leave only what headings and values are matched by: letters and figures, ``&`` as and, ``/`` as or."""
    text = text.casefold().replace("&", " and ").replace("/", " or ")
    return "".join(sign for sign in text if sign.isalnum())


def is_missing(text: str) -> bool:
    """NULL, N/A, None, - and blanks."""
    return "".join(sign for sign in text.casefold() if sign.isalnum()) in ("", "null", "na", "none")


def is_known(text: str) -> bool:
    """Neither missing nor one of the ways to say that nobody knows."""
    folded = fold(text)
    said_unknown = folded in ("unknown", "notknown", "notrecorded") or folded.startswith("nodata")
    return not is_missing(text) and not said_unknown


def read_rows(path_or_rows: str | Path | Iterable[Mapping[str, Any]]) -> list[Row]:
    """Read a CSV file, or take rows as they are: one dict per row, folded headings, every value as text."""
    if isinstance(path_or_rows, str | Path):
        raw = Path(path_or_rows).read_bytes()
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = raw.decode("utf-16")
        else:
            try:
                text = raw.decode("utf-8-sig")
            except UnicodeDecodeError:
                text = raw.decode("cp1252")
        first = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=first.count)
        path_or_rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [{fold(str(name)): _text(value) for name, value in row.items()} for row in path_or_rows]


def _text(value: Any) -> str:
    if value is None or str(value) in ("nan", "NaT", "<NA>"):
        return ""
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def dates_of(values: list[str]) -> list[date | None]:
    """Read one column, which has one format; a value without a meaning in it is None.

    A column that shows more than one format, or a date that only makes sense month first, is refused.
    """
    if any(not _day_first(value.strip()) and _month_first(value.strip()) for value in values):
        raise ValueError("a date column is month first")
    shapes = (_day_first, _year_first, _with_clock, _month_named, _serial)
    read = {shape: [shape(value.strip()) for value in values] for shape in shapes}
    used = [shape for shape in shapes if any(read[shape])]
    if len(used) > 1:
        raise ValueError("a date column mixes formats")
    return read[used[0]] if used else [None] * len(values)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day_first(text: str) -> date | None:
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    return _day(int(found[3]), int(found[2]), int(found[1])) if found else None


def _month_first(text: str) -> bool:
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    return bool(found and _day(int(found[3]), int(found[1]), int(found[2])))


def _year_first(text: str) -> date | None:
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    return _day(int(found[1]), int(found[2]), int(found[3])) if found else None


def _with_clock(text: str) -> date | None:
    return _year_first(text[:10]) if re.fullmatch(CLOCK, text[10:]) else None


def _month_named(text: str) -> date | None:
    found = re.fullmatch(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", text)
    if not found or found[2].lower() not in MONTHS:
        return None
    return _day(int(found[3]), MONTHS.index(found[2].lower()) + 1, int(found[1]))


def _serial(text: str) -> date | None:
    if not NUMERIC.fullmatch(text) or not 1 <= float(text) < 2958466:
        return None
    # Excel counts a 29 February 1900 that never was, so the two epochs differ by a day on its either side.
    epoch = date(1899, 12, 30) if float(text) >= 61 else date(1899, 12, 31)
    return epoch + timedelta(days=int(float(text)))


def months_before(day: date, months: int) -> date:
    """The same day so many calendar months earlier, or the last of that month where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for number in range(day.day, 0, -1):
        found = _day(year, month + 1, number)
        if found:
            return found
    raise AssertionError("every month has a first day")


def age_on(born: date, day: date) -> int:
    """Completed years; 29 February counts on 1 March where the year has none."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def valid_nhs(text: str) -> str:
    """The ten digits, or nothing where the length or the Modulus 11 check digit is wrong."""
    digits = "".join(text.split())
    if not re.fullmatch(r"[0-9]{10}", digits):
        return ""
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return digits if {11: 0}.get(check, check) == int(digits[9]) else ""


def kind_of(text: str) -> str:
    held = [kind for kind in KINDS if kind in fold(text)]
    return held[0] if len(held) == 1 else ""


def role_of(text: str) -> str:
    folded = fold(text)
    if folded in ("unpaidcarerknownbyassociation", "carerknownbyassociation"):
        return "known by association"
    return {"serviceuser": "service user", "unpaidcarer": "carer", "carer": "carer"}.get(folded, "")


def people_of(rows: list[Row]) -> tuple[list[list[Row]], int]:
    """Rows in one list per person, and the count of rows set aside."""
    numbers: dict[str, set[str]] = {}
    for row in rows:
        if row["local"] and row["nhs"]:
            numbers.setdefault(row["local"], set()).add(row["nhs"])
    twice = {local for local, held in numbers.items() if len(held) > 1}
    leads: dict[str, str] = {}

    def lead(key: str) -> str:
        while leads.setdefault(key, key) != key:
            key = leads[key]
        return key

    for row in rows:
        keys = ["L" + row["local"]] if row["local"] else []
        if row["nhs"] and row["local"] not in twice:
            keys.append("N" + row["nhs"])
        row["key"] = keys[0] if keys else ""
        if len(keys) == 2:
            leads[lead(keys[1])] = lead(keys[0])
    people: dict[str, list[Row]] = {}
    for row in rows:
        if row["key"]:
            people.setdefault(lead(row["key"]), []).append(row)
    return list(people.values()), sum(not row["key"] for row in rows)


def without_duplicates(rows: list[Row]) -> list[Row]:
    """One row per event, the later of the file; rows that are no event all stay."""
    kept: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        kept[_event_key(row) if row["event"] else ("no event", row["at"])] = row
    return sorted(kept.values(), key=lambda row: row["at"])


def _event_key(row: Row) -> tuple[Any, ...]:
    kind = row["kind"]
    client = row["role"] or _same_value(row.get("clienttype", ""))
    fields = {
        "request": ("requestrouteofaccess",),
        "assessment": ("assessmenttype",),
        "service": ("servicetype", "servicecomponent"),
        "review": (),
    }[kind]
    same = tuple(_same_value(row.get(field, "")) for field in fields)
    return (kind, row["start"], None if kind == "service" else row["end"], client, *same)


def _same_value(text: str) -> str:
    """One spelling for the two that the releases have, and one for all that stand for nothing."""
    folded = "" if is_missing(text) else fold(text)
    return re.sub("^homesupport$", "homesupportordomiciliarycare", re.sub("^carer", "unpaidcarer", folded))


def latest(rows: list[Row], field: str) -> str:
    """Known first; then the latest end (open counts as latest); the latest start; the later row."""
    if not rows:
        return ""
    best = max(rows, key=lambda row: (is_known(row.get(field, "")), *_recency(row)))
    return best.get(field, "").strip()


def _recency(row: Row) -> tuple[bool, date, date, int]:
    """Open is later than any end, also than 31/12/9999."""
    return row["end"] is None, row["end"] or date.min, row["start"] or date.min, row["at"]


def latest_date(rows: list[Row], field: str) -> date | None:
    """The same order over all rows, where a date that cannot be read is not known."""
    dated = [row for row in rows if row["dates"][field]]
    best = max(dated, key=_recency, default=None)
    return best["dates"][field] if best else None


def outcome_of(rows: list[Row], as_at: date, months: int, kinds: tuple[str, ...]) -> str:
    """Eligible, or the first reason that holds; what a council holds back is for the caller."""
    if all(row["role"] == "known by association" for row in rows):
        return "known_by_association"
    kept = without_duplicates(rows)
    died, born = latest_date(rows, "dateofdeath"), latest_date(rows, "dateofbirth")
    ended = [row for row in kept if row["event"] and row["end"] and row["end"] <= as_at]
    if (died and died <= as_at) or any(fold(row.get("eventoutcome", "")) == "nfadeceased" for row in ended):
        return "deceased"
    if not born or born > as_at or age_on(born, as_at) > 120:
        return "age_unknown"
    if age_on(born, as_at) < 18:
        return "under_18"
    ends = [row["end"] for row in completed(kept, kinds)]
    if not ends:
        return "no_assessment"
    if min(ends) > as_at:
        return "assessment_after_as_at"
    since = months_before(as_at, months)
    return "eligible" if any(since < end <= as_at for end in ends) else "assessment_too_old"


def completed(rows: list[Row], kinds: tuple[str, ...]) -> list[Row]:
    return [
        row
        for row in rows
        if row["event"]
        and row["kind"] in kinds
        and row["role"] in ("service user", "carer")
        and row["end"]
        and row["end"] >= row["start"]
    ]


def codes_of(
    rows: list[Row],
    details: Mapping[str, str],
    age: int,
    roles: Collection[str],
    as_at: date,
    older_from: int,
    transition_max_age: int,
    transition_months: int,
    discharge_months: int,
) -> list[str]:
    def requests(route: str, months: int) -> list[Row]:
        return [
            row
            for row in rows
            if row["event"]
            and row["kind"] == "request"
            and route in fold(row.get("requestrouteofaccess", ""))
            and months_before(as_at, months) < row["start"] <= as_at
        ]

    services = [
        row["start"]
        for row in rows
        if row["event"]
        and row["kind"] == "service"
        and fold(row.get("servicetype", "")).startswith(("shorttermsupport", "longtermsupport"))
        and row["start"] <= as_at
    ]
    discharges = [row["start"] for row in requests("dischargefromhospital", discharge_months)]
    moved = bool(requests("transition", transition_months)) or says_yes(details["transitioned"])
    reason = fold(details["primary_support_reason"])
    user = "service user" in roles
    holds = {
        "CT01": user and age >= older_from,
        "CT02": user and 18 <= age <= transition_max_age and moved,
        "CT03": user and any(start >= day for day in discharges for start in services),
        "CT04": user and (reason == "learningdisabilitysupport" or says_yes(details["autism"])),
        "CT05": user and reason in ("mentalhealthsupport", "socialsupportsubstancemisusesupport"),
        "CT06": user and has_condition(details),
        "CT07": "carer" in roles,
    }
    return [code for code, held in holds.items() if held]


def says_yes(text: str) -> bool:
    return fold(text) in ("yes", "y", "true")


def has_condition(details: Mapping[str, str]) -> bool:
    reason = fold(details["primary_support_reason"])
    by_reason = reason.startswith(("physicalsupport", "sensorysupport")) or (
        reason == "supportwithmemoryandcognition"
    )
    senses = (details["visual_impairment"], details["hearing_impairment"])
    impaired = any(
        is_known(s) and not re.match(r"(no|not|nil|n)([^a-z]|$)", s.strip().lower()) for s in senses
    )
    return by_reason or says_yes(details["dementia"]) or impaired


def characteristics_of(details: Mapping[str, str], age: int) -> dict[str, str]:
    """The characteristics of section 6 that every extract has."""
    bands = (
        (24, "18 to 24"),
        (44, "25 to 44"),
        (64, "45 to 64"),
        (74, "65 to 74"),
        (84, "75 to 84"),
        (94, "85 to 94"),
    )
    groups = {
        "asian": "Asian or Asian British",
        "black": "Black, Black British, Caribbean or African",
        "mixed": "Mixed or multiple ethnic groups",
        "white": "White",
        "other": "Other ethnic group",
    }
    reason, ethnicity, home = (
        details[name] for name in ("primary_support_reason", "ethnicity", "accommodation_status")
    )
    disabled = (
        fold(reason) == "learningdisabilitysupport"
        or says_yes(details["autism"])
        or has_condition(details)
        or says_yes(details["disability"])
    )
    known_not = any(is_known(details[name]) for name in CONDITIONS)
    said = {name: value if is_known(value) else "Not recorded" for name, value in details.items()}
    sexes = ("male", "female", "other")
    carer = "Yes" if says_yes(said["has_unpaid_carer"]) else "Not recorded"
    if fold(said["has_unpaid_carer"]) in ("no", "n", "false"):
        carer = "No"
    return {
        "age_band": next((name for top, name in bands if age <= top), "95 and over"),
        "sex": said["gender"] if fold(said["gender"]) in sexes else "Not recorded",
        "ethnic_group": next(
            (n for start, n in groups.items() if fold(ethnicity).startswith(start)), "Not recorded"
        ),
        "disability": "Yes" if disabled else "No" if known_not else "Not recorded",
        "accommodation": settled_or_not(home) if is_known(home) else "Not recorded",
        "funding": said["funding"],
        "has_unpaid_carer": carer,
    }


def settled_or_not(home: str) -> str:
    """The SALT grouping, whatever the spacing and punctuation; a value in neither list is not placed."""

    def holds(words: tuple[str, ...]) -> bool:
        return any(fold(word) in fold(home) for word in words)

    if holds(("approved premises",)):
        return "Settled"
    return "Unsettled" if holds(UNSETTLED) else "Settled" if holds(SETTLED) else "Not recorded"


def prepared(rows: list[Row]) -> list[Row]:
    dates = {name: dates_of([row.get(name, "") for row in rows]) for name in DATES}
    done = []
    for at, row in enumerate(rows):
        local = row.get("lapersonuniqueidentifier", "").strip()
        mine: Row = {
            **row,
            "at": at,
            "local": local if is_known(local) else "",
            "nhs": valid_nhs(row.get("nhsnumber", "")),
            "kind": kind_of(row.get("eventtype", "")),
            "role": role_of(row.get("clienttype", "")),
            "dates": {name: values[at] for name, values in dates.items()},
        }
        mine["start"], mine["end"] = mine["dates"]["eventstartdate"], mine["dates"]["eventenddate"]
        mine["event"] = bool(mine["kind"] and mine["start"])
        done.append(mine)
    return done


def oracle(
    rows: list[Row],
    as_at: date | None = None,
    months: int = 12,
    count_reviews: bool = False,
    hold_back: Collection[str] | None = None,
    *,
    older_from: int = 65,
    transition_max_age: int = 25,
    transition_months: int = 24,
    discharge_months: int = 6,
) -> dict[str, Any]:
    """Work out every person of an extract.

    ``rows`` come from :func:`read_rows`; ``hold_back`` holds local ids or NHS numbers. The answer has the
    counts ``rows``, ``duplicates``, ``set_aside``, ``people``, ``outcomes`` and ``codes``, and ``persons``:
    for each person id the ``outcome``, ``codes``, ``local_ids``, ``nhs``, ``age``, ``latest`` details and,
    for adults, the ``characteristics``.
    """
    ready = prepared(rows)
    if as_at is None:
        ends = {row["dates"]["reportingperiodenddate"] for row in ready} - {None}
        if len(ends) != 1:
            raise ValueError("as_at has to be said")
        as_at = ends.pop()
    kinds = ("assessment", "review") if count_reviews else ("assessment",)
    held = {"".join(text.split()) for text in hold_back or ()}
    people, set_aside = people_of(ready)
    persons: dict[str, dict[str, Any]] = {}
    duplicates = 0
    for mine in people:
        kept = without_duplicates(mine)
        duplicates += len(mine) - len(kept)
        local_ids = sorted({row["local"] for row in mine if row["local"]})
        nhs = sorted({row["nhs"] for row in mine if row["nhs"]})
        outcome = outcome_of(mine, as_at, months, kinds)
        if outcome == "eligible" and held & {*local_ids, *nhs}:
            outcome = "held_back"
        begun = [row for row in kept if row["start"] and row["start"] <= as_at]
        details = {name: latest(begun, field) for name, field in DETAILS.items()}
        born = latest_date(mine, "dateofbirth")
        age = age_on(born, as_at) if born else None
        since = months_before(as_at, months)
        roles = {row["role"] for row in completed(kept, kinds) if since < row["end"] <= as_at}
        codes = []
        if outcome == "eligible" and age is not None:
            codes = codes_of(
                kept,
                details,
                age,
                roles,
                as_at,
                older_from,
                transition_max_age,
                transition_months,
                discharge_months,
            )
        persons[local_ids[0] if local_ids else "N" + nhs[0]] = {
            "outcome": outcome,
            "codes": codes,
            "local_ids": local_ids,
            "nhs": nhs,
            "age": age,
            "latest": details,
            "characteristics": characteristics_of(details, age) if age is not None and age >= 18 else {},
        }
    return {
        "rows": len(rows),
        "duplicates": duplicates,
        "set_aside": set_aside,
        "people": len(persons),
        "outcomes": dict(Counter(person["outcome"] for person in persons.values())),
        "codes": dict(Counter(code for person in persons.values() for code in person["codes"])),
        "persons": dict(sorted(persons.items())),
    }
