"""The rules for one extract, worked out slowly and plainly, to hold casetrack against.

Written from the specification alone (its sections 2 to 6, second edition), with the standard library and nothing
of casetrack, so that agreement means something. It loops over people and rows and is meant for small councils.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

KINDS = ("request", "assessment", "service", "review")
DATES = (
    "eventstartdate",
    "eventenddate",
    "dateofbirth",
    "dateofdeath",
    "reportingperiodstartdate",
    "reportingperiodenddate",
)
NUMERIC = re.compile(r"\d{1,7}(\.\d+)?")
CLOCK = r"[ T]((?:[01]\d|2[0-3])):([0-5]\d):([0-5]\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
IDENTIFIERS = (
    "nhsnumber", "lapersonuniqueidentifier", "adult1linkedpersonid", "adult2linkedpersonid", "adult3linkedpersonid",
)  # fmt: skip
#: The layout's columns in its order; the last step compares rows by them.
LAYOUT = (
    "lacode", "reportingperiodstartdate", "reportingperiodenddate", "nhsnumber", "lapersonuniqueidentifier",
    "firstname", "lastname", "gppracticename", "gppracticecode", "gender", "ethnicity", "dateofbirth", "dateofdeath",
    "clienttype", "primarysupportreason", "postcode", "accommodationstatus", "employmentstatus", "hasunpaidcarer",
    "autismspectrumdisorderasd", "visualimpairment", "hearingimpairment", "dementia", "clientfundingstatus",
    "eventtype", "eventreference", "eventstartdate", "eventenddate", "eventdescription", "eventoutcome",
    "requestrouteofaccess", "assessmenttype", "eligibleneedsidentified", "methodofassessment", "totalhrscaringperweek",
    "noofadultsbeingcaredfor", "adult1linkedpersonid", "adult2linkedpersonid", "adult3linkedpersonid", "servicetype",
    "servicecomponent", "deliverymechanism", "providercqclocationname", "providercqclocationid", "reviewreason",
    "reviewoutcomesachieved", "methodofreview", "unitcost", "costfrequencyunittype", "plannedunitsperweek",
    "religionorbelief", "sexualorientation", "genderidentity", "maritalorcivilpartnershipstatus",
    "pregnancyormaternity", "disability", "preferredlanguage", "interpreterneeded", "imddecile", "team",
    "leadprofessional", "transitionedfromchildrensservices",
)  # fmt: skip
#: What an outcome's folded text begins with or holds, in the order in which one of two rows of an event is kept.
OUTCOMES = (
    "^progresstoreablement", "^progressto(re)?assessment", "^progressto(financial|endoflife)",
    "^progresstosupportplanning", "^(continuation|nochangeinpackage|provisionofservice)", "^admittedtohospital",
    "^nfa.*moved", "^nfa.*nhs", "^nfa.*selffunded", "^nfa.*information", "^nfa.*otherservice", "^nfa.*declined",
    "^nfa.*deceased", "^(nfa.*|service)endedasplanned", "^(nfa.*|service)ended.*otherreason", "^nfanoservices",
    "^nfaother",
)  # fmt: skip
KINDS_OF_ASSESSMENT = (
    ("not CLD", "deprivation of liberty|dols|liberty protection|mental capacity|mca|mental health act|amhp"
                "|safeguarding|best interest"),
    ("financial", "financial"),
    ("carer", "carer"),
    ("long term", "long term|care act|needs assessment"),
    ("short term", "short term|ot|occupational|equipment|reablement|conversation|proportionate"),
)  # fmt: skip
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
    shapes = (_day_first, _year_first, _with_clock, _month_named, _dotted, _compact, _in_words, _serial)
    read = {shape: [shape(value.strip()) for value in values] for shape in shapes}
    used = [shape for shape in shapes if any(read[shape])]
    if len(used) > 1:
        raise ValueError("a date column mixes formats")
    return read[used[0]] if used else [None] * len(values)


def is_filler(day: date | None, ends: bool) -> bool:
    """A day that a system writes where there is none."""
    known = ((1, 1, 1), (1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1901, 1, 1))
    return day is not None and (day in [date(*one) for one in known] or (ends and day.year >= 2099))


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
    found = re.fullmatch(CLOCK, text[10:])
    day = _year_first(text[:10])
    if not found or not day or not found[4]:
        return day if found else None
    offset = timedelta(0)
    if found[4] != "Z":
        offset = timedelta(hours=int(found[4][1:3]), minutes=int(found[4][4:]))
        offset = -offset if found[4][0] == "-" else offset
    moment = datetime(day.year, day.month, day.day, int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
    return (moment - offset).astimezone(ZoneInfo("Europe/London")).date()


def _dotted(text: str) -> date | None:
    found = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    return _day(int(found[3]), int(found[2]), int(found[1])) if found else None


def _compact(text: str) -> date | None:
    found = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    return _day(int(found[1]), int(found[2]), int(found[3])) if found else None


def _in_words(text: str) -> date | None:
    found = re.fullmatch(r"(\d{1,2}) ([A-Za-z]{3,9}) (\d{4})", text)
    if not found or found[2][:3].lower() not in MONTHS:
        return None
    return _day(int(found[3]), MONTHS.index(found[2][:3].lower()) + 1, int(found[1]))


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


def tidy_id(text: str) -> str:
    """An identifier without what only a program put there."""
    while True:
        new = unicodedata.normalize("NFKC", text)
        new = "".join(sign for sign in new if unicodedata.category(sign) not in ("Cf", "Cc")).strip()
        new = new[1:] if new[:1] in ("'", "’") else new
        quoted = re.fullmatch(r'="(.*)"', new)
        new = quoted[1] if quoted else new
        if new == text:
            return text
        text = new


def is_id(text: str) -> bool:
    """Whether a tidied text can name anybody."""
    lower = text.lower()
    plain = "".join(sign for sign in lower if sign.isalnum())
    if not plain or not is_known(text) or plain in ("nan", "nat", "tbc", "tba", "pending", "temp"):
        return False
    if re.fullmatch(r"#(n/a|null!|div/0!|value!|ref!|name\?|num!)", lower):
        return False
    return not re.fullmatch(r"x+|0+|9{6,}|[+-]?\d+([.,]\d+)?e\+\d+", lower)


def tidy_column(values: list[str]) -> list[str]:
    """One column of identifiers; a final .0 goes when all that are identifiers have it."""
    tidy = [tidy_id(value) for value in values]
    filled = [text for text in tidy if is_id(text)]
    if filled and all(text.endswith(".0") for text in filled):
        tidy = [text.removesuffix(".0") for text in tidy]
    return tidy


def valid_nhs(text: str) -> str:
    """The ten digits, or nothing where the length, the digits or the Modulus 11 check digit is wrong."""
    digits = "".join(text.split())
    if not re.fullmatch(r"[0-9]{10}", digits) or len(set(digits)) == 1:
        return ""
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return digits if {11: 0}.get(check, check) == int(digits[9]) else ""


def is_issued(number: str) -> bool:
    three = int(number[:3])
    # A leap year has every day and month that there is.
    scotland = _day(2024, int(number[2:4]), int(number[:2])) is not None
    return 300 <= three <= 499 or 600 <= three <= 799 or three == 999 or scotland


def differ(one: date, two: date) -> bool:
    """In more than one of day, month, year."""
    return (one.day != two.day) + (one.month != two.month) + (one.year != two.year) > 1


def agree(one: date, two: date) -> bool:
    exchanged = (one.day, one.month, one.year) == (two.month, two.day, two.year)
    return exchanged or not differ(one, two)


def kind_of(text: str) -> str:
    held = [kind for kind in KINDS if kind in fold(text)]
    return held[0] if len(held) == 1 else ""


def role_of(text: str) -> str:
    folded = fold(text)
    if folded in ("unpaidcarerknownbyassociation", "carerknownbyassociation"):
        return "known by association"
    return {"serviceuser": "service user", "unpaidcarer": "carer", "carer": "carer"}.get(folded, "")


def people_of(
    rows: list[Row], placeholder_births: int, max_ids_per_number: int
) -> tuple[list[list[Row]], int]:
    """Rows in one list per person, and the count of rows set aside."""
    births: dict[str, set[date]] = {}
    for row in rows:
        if row["local"] and row["dates"]["dateofbirth"]:
            births.setdefault(row["local"], set()).add(row["dates"]["dateofbirth"])
    for local, days in births.items():
        groups = combinations(sorted(days), placeholder_births)
        if any(all(differ(a, b) for a, b in combinations(group, 2)) for group in groups):
            for row in rows:
                row["local"] = "" if row["local"] == local else row["local"]
    numbers: dict[str, set[str]] = {}
    ids: dict[str, set[str]] = {row["nhs"]: set() for row in rows if row["nhs"]}
    for row in rows:
        if row["local"] and row["nhs"]:
            numbers.setdefault(row["local"], set()).add(row["nhs"])
            ids[row["nhs"]].add(row["local"])
    twice = {local for local, held in numbers.items() if len(held) > 1}
    unsafe = {
        number
        for number, mine in ids.items()
        if not is_issued(number)
        or len(mine) > max_ids_per_number
        or any(
            births.get(a) and births.get(b) and not any(agree(x, y) for x in births[a] for y in births[b])
            for a, b in combinations(sorted(mine), 2)
        )
    }
    leads: dict[str, str] = {}

    def lead(key: str) -> str:
        while leads.setdefault(key, key) != key:
            key = leads[key]
        return key

    alone: dict[str, set[date]] = {}
    for row in rows:
        if not row["local"] and row["nhs"] in unsafe and row["dates"]["dateofbirth"]:
            alone.setdefault(row["nhs"], set()).add(row["dates"]["dateofbirth"])
    strangers = {n for n, days in alone.items() if any(not agree(a, b) for a, b in combinations(days, 2))}
    for row in rows:
        keys = ["L" + row["local"]] if row["local"] else []
        joins = not row["local"] or (row["local"] not in twice and row["nhs"] not in unsafe)
        if row["nhs"] and joins and not (not row["local"] and row["nhs"] in strangers):
            keys.append("N" + row["nhs"])
        row["key"] = keys[0] if keys else ""
        if len(keys) == 2:
            leads[lead(keys[1])] = lead(keys[0])
    people: dict[str, list[Row]] = {}
    for row in rows:
        if row["key"]:
            people.setdefault(lead(row["key"]), []).append(row)
    return list(people.values()), sum(not row["key"] for row in rows)


def without_duplicates(rows: list[Row], mode: str, last_period: date | None) -> list[Row]:
    """One row per event, the one that says most; rows that are no event all stay."""
    kept: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = _event_key(row, mode) if row["event"] else ("no event", row["at"])
        if key not in kept or _keeps(row) > _keeps(kept[key]):
            kept[key] = row
    return [_cropped(row, mode, last_period) for row in sorted(kept.values(), key=lambda row: row["at"])]


def _keeps(row: Row) -> tuple[Any, ...]:
    period = row["dates"]["reportingperiodenddate"] or date.min
    described = "conversation" in row.get("eventdescription", "").lower()
    rank = outcome_rank(row.get("eventoutcome", ""))
    return period, row["end_rank"], row["end"] or date.min, -rank, described, row["start"], row["cells"]


def outcome_rank(text: str) -> int:
    """Place in DHSC's order; a missing or unknown outcome comes last."""
    folded = fold(text)
    return next((i for i, word in enumerate(OUTCOMES) if re.search(word, folded)), len(OUTCOMES))


def _cropped(row: Row, mode: str, last_period: date | None) -> Row:
    """A service still open in its last submission, which is not the file's last, ended with it."""
    period = row["dates"]["reportingperiodenddate"]
    left = row["event"] and row["kind"] == "service" and row["end_rank"] == 2
    if mode == "joined" and left and period and last_period and period < last_period:
        return {**row, "end": period, "end_rank": 1}
    return row


def mode_of(rows: list[Row], duplicates: str) -> str:
    if duplicates != "auto":
        return duplicates
    starts = {row["dates"]["reportingperiodstartdate"] for row in rows} - {None}
    ends = {row["dates"]["reportingperiodenddate"] for row in rows} - {None}
    return "single" if len(starts) == len(ends) == 1 else "joined"


def _event_key(row: Row, mode: str) -> tuple[Any, ...]:
    kind = row["kind"]
    client = row["role"] or _same_value(row.get("clienttype", ""))
    fields = {
        "request": ("requestrouteofaccess",),
        "assessment": ("assessmenttype",),
        "service": ("servicetype", "servicecomponent"),
        "review": (),
    }[kind]
    same = [_same_value(row.get(field, "")) for field in fields]
    if mode == "single" and kind == "service":
        same += [_same_value(row.get(field, "")) for field in ("deliverymechanism", "costfrequencyunittype")]
        same += [_amount(row.get(field, "")) for field in ("unitcost", "plannedunitsperweek")]
    end = None if kind == "service" else (row["end_rank"], row["end"])
    return (kind, row["start"], end, client, *same)


def _amount(text: str) -> Any:
    found = re.fullmatch(r"£?([\d,]*\d(?:\.\d+)?)", "".join(text.split()))
    return float(found[1].replace(",", "")) if found else _same_value(text)


def _same_value(text: str) -> str:
    """One spelling for the two that the releases have, and one for all that stand for nothing."""
    folded = "" if is_missing(text) else fold(text)
    folded = re.sub("^homesupport$", "homesupportordomiciliarycare", re.sub("^carer", "unpaidcarer", folded))
    return re.sub("directtocarer$", "directtounpaidcarer", folded)


def latest(rows: list[Row], field: str) -> str:
    """Known first; then the latest end (open counts as latest); the latest start; the row that sorts last as text."""
    best = max(rows, key=lambda row: (_worth(row.get(field, ""), field), *_recency(row)), default=None)
    return best.get(field, "").strip() if best else ""


def _worth(text: str, field: str) -> int:
    folded = fold(text)
    if field == "ethnicity" and folded == "nodatarefused":
        return 1
    if field == "primarysupportreason" and folded in (
        "socialsupportsupporttounpaidcarer",
        "socialsupportsupporttocarer",
    ):
        return 1
    return 2 if is_known(text) else 0


def _recency(row: Row) -> tuple[int, date, date, tuple[str, ...]]:
    """Open is later than any end, also than 31/12/9999; an end that cannot be read is earlier than all."""
    return row["read_end_rank"], row["read_end"] or date.min, row["start"] or date.min, row["cells"]


def latest_date(rows: list[Row], field: str) -> date | None:
    """The same order over all rows; a row without a start counts least."""
    dated = [row for row in rows if row["dates"][field]]
    best = max(dated, key=lambda row: (row["start"] is not None, *_recency(row)), default=None)
    return best["dates"][field] if best else None


def kind_of_assessment(text: str) -> str:
    """The first kind whose words stand in the type as whole words, plural and possessive too."""
    words = re.sub(r"['’]", "", text.lower())
    words = " " + " ".join(re.findall(r"[^\W_]+", words)) + " "
    for kind, pattern in KINDS_OF_ASSESSMENT:
        if re.search(f" ({pattern})s? ", words):
            return kind
    return "unrecognised"


def outcome_of(rows: list[Row], kept: list[Row], as_at: date, rule: Mapping[str, Any]) -> str:
    """Eligible, or the first reason that holds; what a council holds back is for the caller."""
    if all(row["role"] == "known by association" for row in rows):
        return "known_by_association"
    born = latest_date(rows, "dateofbirth")
    real = [
        row for row in rows if not (born and born <= as_at and (row["dates"]["dateofdeath"] or born) < born)
    ]
    died = latest_date(real, "dateofdeath")
    ends = {row["at"]: row["end"] for row in kept}
    ended = [row for row in rows if (end := ends.get(row["at"], row["end"])) and end <= as_at]
    if (died and died <= as_at) or any(fold(row.get("eventoutcome", "")) == "nfadeceased" for row in ended):
        return "deceased"
    if not born or born > as_at or age_on(born, as_at) > 120:
        return "age_unknown"
    if age_on(born, as_at) < 18:
        return "under_18"
    counts = [row["end"] for row in counted(kept, as_at, rule)]
    if not counts:
        done = completed(kept, ("assessment", "review") if rule["count_reviews"] else ("assessment",))
        return "assessment_not_counted" if done else "no_assessment"
    if min(counts) > as_at:
        return "assessment_after_as_at"
    since = months_before(as_at, rule["months"])
    return "eligible" if any(since < end <= as_at for end in counts) else "assessment_too_old"


def counted(rows: list[Row], as_at: date, rule: Mapping[str, Any]) -> list[Row]:
    """Completed assessments of a counted type, reviews and conversations where they count."""
    found = [
        row
        for row in completed(rows, ("assessment",))
        if kind_of_assessment(row.get("assessmenttype", "")) in rule["assessment_types"]
    ]
    if rule["count_reviews"]:
        found += completed(rows, ("review",))
    since, until = months_before(as_at, rule["months"]), rule["conversations_until"]
    if rule["conversations"] == "count":
        found += [
            row
            for row in completed(rows, ("request",))
            if since < row["end"] <= as_at
            and outcome_rank(row.get("eventoutcome", "")) <= 3
            and "conversation" in row.get("eventdescription", "").lower()
            and (until is None or row["start"] < until)
        ]
    return found


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


def reasons_of(rows: list[Row], details: Mapping[str, str], as_at: date, rule: Mapping[str, Any]) -> set[str]:
    """The latest support reason, or all on rows that run in the window."""
    if rule["reasons_from"] == "latest":
        return {fold(details["primary_support_reason"])}
    since = months_before(as_at, rule["months"])
    running = [
        row
        for row in rows
        if row["start"]
        and row["start"] <= as_at
        and (row["end_rank"] == 2 or (row["end"] and row["end"] > since))
    ]
    return {fold(row.get("primarysupportreason", "")) for row in running}


def codes_of(
    kept: list[Row],
    reasons: set[str],
    details: Mapping[str, str],
    born: date,
    roles: Collection[str],
    as_at: date,
    rule: Mapping[str, Any],
) -> list[str]:
    age = age_on(born, as_at)

    def requests(route: str, months: int) -> list[Row]:
        return [
            row
            for row in kept
            if row["event"]
            and row["kind"] == "request"
            and route in fold(row.get("requestrouteofaccess", ""))
            and months_before(as_at, months) < row["start"] <= as_at
        ]

    services = [
        row
        for row in kept
        if row["event"]
        and row["kind"] == "service"
        and fold(row.get("servicetype", "")).startswith(("shorttermsupport", "longtermsupport"))
        and row["start"] <= as_at
    ]

    def supported(since: date, until: date) -> bool:
        return any(
            row["start"] >= since
            or (
                rule["discharge_services"] == "started_or_running"
                and fold(row["servicetype"]).startswith("longterm")
                and (row["end_rank"] == 2 or (row["end"] and row["end"] >= until))
            )
            for row in services
        )

    hospital = [
        (r["start"], r["end"] or r["start"])
        for r in requests("dischargefromhospital", rule["discharge_months"])
    ]
    if rule["hospital_signs"]:
        hospital += [
            (row["end"], row["end"])
            for row in kept
            if row["event"]
            and row["end"]
            and months_before(as_at, rule["discharge_months"]) < row["end"] <= as_at
            and row["start"] <= as_at
            and (
                fold(row.get("eventoutcome", "")) == "admittedtohospital"
                or re.match("unplanned.*hospital", fold(row.get("reviewreason", "")))
            )
        ]
    moved = bool(requests("transition", rule["transition_months"])) or says_yes(details["transitioned"])
    if rule["transition_proxy"] and services:
        birthday = _day(born.year + 18, born.month, born.day) or date(born.year + 18, 3, 1)
        first = min(row["start"] for row in services)
        moved = moved or (months_before(birthday, 6) <= first and months_before(first, 6) <= birthday)
    user = "service user" in roles
    holds = {
        "CT01": user and age >= rule["older_from"],
        "CT02": user and 18 <= age <= rule["transition_max_age"] and moved,
        "CT03": user and any(supported(since, until) for since, until in hospital),
        "CT04": user and ("learningdisabilitysupport" in reasons or says_yes(details["autism"])),
        "CT05": user and bool(reasons & {"mentalhealthsupport", "socialsupportsubstancemisusesupport"}),
        "CT06": user and any(has_condition({**details, "primary_support_reason": one}) for one in reasons),
        "CT07": "carer" in roles,
    }
    return [code for code, held in holds.items() if held]


#: Reasons that tell of something, folded.
REASONS = "physicalsupport|sensorysupport|supportwithmemory|learningdisability|mentalhealth|socialsupport"


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


def characteristics_of(details: Mapping[str, str], reasons: set[str], age: int) -> dict[str, str]:
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
    ethnicity, home = (details[name] for name in ("ethnicity", "accommodation_status"))
    disabled = (
        "learningdisabilitysupport" in reasons
        or says_yes(details["autism"])
        or any(has_condition({**details, "primary_support_reason": one}) for one in reasons)
        or says_yes(details["disability"])
    )
    yes_or_no = ("yes", "y", "true", "no", "n", "false")
    unread = is_known(details["disability"]) and fold(details["disability"]) not in yes_or_no
    known_not = not unread and any(
        fold(details[name]) in yes_or_no for name in ("autism", "dementia", "disability") if name in details
    )
    senses = [details[name] for name in ("visual_impairment", "hearing_impairment")]
    known_not |= not unread and any(
        is_known(s) and re.match("(no|n|false|no .*impairment)$", s.strip().lower()) for s in senses
    )
    known_not |= not unread and re.match(REASONS, fold(details["primary_support_reason"])) is not None
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
    rows = [row for row in rows if any(row.get(field, "").strip() for field in LAYOUT)]
    cells = [tuple(row.get(field, "") for field in LAYOUT) for row in rows]
    dates = {name: dates_of([row.get(name, "") for row in rows]) for name in DATES}
    tidy = {name: tidy_column([row.get(name, "") for row in rows]) for name in IDENTIFIERS}
    done = []
    for at, row in enumerate(rows):
        mine: Row = {**row, "at": at, "cells": cells[at]}
        mine |= {name: tidy[name][at] for name in IDENTIFIERS}
        local = mine["lapersonuniqueidentifier"]
        found = {name: values[at] for name, values in dates.items()}
        filled = {
            name: is_filler(day, name in ("eventenddate", "dateofdeath")) for name, day in found.items()
        }
        mine["dates"] = {name: None if filled[name] else day for name, day in found.items()}
        mine |= {
            "local": local if is_id(local) else "",
            "nhs": valid_nhs(mine["nhsnumber"]),
            "kind": kind_of(row.get("eventtype", "")),
            "role": role_of(row.get("clienttype", "")),
            "start": mine["dates"]["eventstartdate"],
            "end": mine["dates"]["eventenddate"],
        }
        blank = filled["eventenddate"] or not is_known(row.get("eventenddate", ""))
        mine["end_rank"] = 1 if mine["end"] else 2 if blank else 0
        mine["read_end"], mine["read_end_rank"] = mine["end"], mine["end_rank"]
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
    duplicates: str = "auto",
    placeholder_births: int = 3,
    max_ids_per_number: int = 5,
    **more: Any,
) -> dict[str, Any]:
    """Work out every person of an extract.

    ``rows`` come from :func:`read_rows`; ``hold_back`` holds local ids or NHS numbers. The answer has the
    counts ``rows``, ``duplicates``, ``set_aside``, ``people``, ``outcomes`` and ``codes``, and ``persons``:
    for each person id the ``outcome``, ``codes``, ``local_ids``, ``nhs``, ``age``, ``latest`` details and,
    for adults, the ``characteristics``; and ``conversation`` for those whom only conversations would let in.
    """
    rule: dict[str, Any] = {
        "months": months, "count_reviews": count_reviews, "conversations": "report",
        "conversations_until": date(2025, 7, 1), "older_from": 65, "transition_max_age": 25, "transition_months": 24,
        "transition_proxy": False, "discharge_months": 6, "discharge_services": "started_or_running",
        "hospital_signs": False, "reasons_from": "latest",
        "assessment_types": ("long term", "short term", "carer", "unrecognised"),
    }  # fmt: skip
    assert set(more) <= set(rule), sorted(set(more) - set(rule))
    rule |= more
    ready = prepared(rows)
    if as_at is None:
        ends = {row["dates"]["reportingperiodenddate"] for row in ready} - {None}
        if len(ends) != 1:
            raise ValueError("as_at has to be said")
        as_at = ends.pop()
    mode = mode_of(ready, duplicates)
    periods = [
        row["dates"]["reportingperiodenddate"] for row in ready if row["dates"]["reportingperiodenddate"]
    ]
    held = {"".join(text.split()) for text in hold_back or ()}
    people, set_aside = people_of(ready, placeholder_births, max_ids_per_number)
    linked = cared_for(ready, as_at)
    persons: dict[str, dict[str, Any]] = {}
    repeated = 0
    for mine in people:
        kept = without_duplicates(mine, mode, max(periods, default=None))
        repeated += len(mine) - len(kept)
        local_ids = sorted({row["local"] for row in mine if row["local"]})
        nhs = sorted({row["nhs"] for row in mine if row["nhs"]})
        outcome = outcome_of(mine, kept, as_at, rule)
        as_well = outcome_of(mine, kept, as_at, rule | {"conversations": "count"})
        if outcome == "eligible" and held & {*local_ids, *nhs}:
            outcome = "held_back"
        begun = [row for row in mine if row["start"] and row["start"] <= as_at]
        details = {name: latest(begun, field) for name, field in DETAILS.items()}
        if linked & {*local_ids, *nhs}:
            details["has_unpaid_carer"] = "Yes"
        born = latest_date(mine, "dateofbirth")
        age = age_on(born, as_at) if born else None
        since = months_before(as_at, months)
        roles = {row["role"] for row in counted(kept, as_at, rule) if since < row["end"] <= as_at}
        reasons = reasons_of(mine, details, as_at, rule)
        codes = []
        if outcome == "eligible" and born is not None:
            codes = codes_of(kept, reasons, details, born, roles, as_at, rule)
        persons[local_ids[0] if local_ids else "N" + nhs[0]] = {
            "outcome": outcome,
            "codes": codes,
            "conversation": outcome != "eligible" and as_well == "eligible" and outcome != "held_back",
            "local_ids": local_ids,
            "nhs": nhs,
            "age": age,
            "latest": details,
            "characteristics": characteristics_of(details, reasons, age)
            if age is not None and age >= 18
            else {},
        }
    return {
        "rows": len(ready),
        "duplicates": repeated,
        "set_aside": set_aside,
        "people": len(persons),
        "mode": mode,
        "outcomes": dict(Counter(person["outcome"] for person in persons.values())),
        "codes": dict(Counter(code for person in persons.values() for code in person["codes"])),
        "persons": dict(sorted(persons.items())),
    }


def cared_for(rows: list[Row], as_at: date) -> set[str]:
    """Identifiers that a carer's row links, unless it starts after the day."""
    found = set()
    for row in rows:
        if (
            row["role"] in ("carer", "known by association")
            and not (row["start"] and row["start"] > as_at)
            and row["key"]
        ):
            found |= {row[f"adult{n}linkedpersonid"] for n in (1, 2, 3)}
    return {text for text in found if is_id(text)} | {valid_nhs(text) for text in found if valid_nhs(text)}
