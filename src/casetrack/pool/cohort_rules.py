"""The rules CT01 to CT07: one small function each, grouped by edition of the guidance.

A rule looks at facts about all eligible people at once and answers with evidence: for each person the words that
made the code hold, or an empty text. Source: ``docs/specification.md``, section 5, after the briefing note
of 9 April 2024.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.dates import for_people, months_before
from casetrack.errors import UsageError
from casetrack.extract.fields import (
    PHYSICAL_REASONS,
    SERVICE_GROUPS,
    field_named,
    fold,
    impairment,
    says_yes_or_no,
)
from casetrack.pool.assessments import UNPAID_CARER, rows_with
from casetrack.pool.eligibility import Pool
from casetrack.pool.journey_values import Reason, reason

#: The cohorts in CQC's words (briefing note, "CQC Selection of cases to track").
CODE_NAMES: dict[str, str] = {
    "CT01": "older people",
    "CT02": "young people who have transitioned to adult services",
    "CT03": "people who have recently come out of hospital and are receiving care",
    "CT04": "people with a learning disability and autistic people",
    "CT05": "people with mental health needs or substance misuse",
    "CT06": "people with physical disabilities or long-term conditions",
    "CT07": "unpaid carers",
}


@dataclass(frozen=True)
class Parameters:
    """What a council may set, as ``code_cohorts`` says; the defaults are those of the specification."""

    older_from: int = 65
    transition_max_age: int = 25
    transition_months: int = 24
    transition_proxy: bool = False
    discharge_months: int = 6
    #: A package that is suspended during a stay in hospital and starts again has no new row: one that runs counts too.
    discharge_services: str = "started_or_running"
    hospital_signs: bool = False
    reasons_from: str = "latest"
    wait_until: str = "start"

    def __post_init__(self) -> None:
        for name, allowed in _WORDS.items():
            if getattr(self, name) not in allowed:
                raise UsageError.of(
                    "parameter-value",
                    f"{name} has a value that it cannot have.",
                    advice=f"Use {' or '.join(map(str, allowed))}.",
                )
        for name in _NUMBERS:
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 0:
                raise UsageError.of(
                    "parameter-value",
                    f"{name} has a value that it cannot have.",
                    advice="Use a whole number of 0 or more.",
                )


_NUMBERS = ("older_from", "transition_max_age", "transition_months", "discharge_months")
_WORDS: dict[str, tuple[str | bool, ...]] = {
    "discharge_services": ("started_or_running", "started"),
    "reasons_from": ("latest", "window"),
    "wait_until": ("start", "end"),
    "transition_proxy": (False, True),
    "hospital_signs": (False, True),
}
#: CT02's proxy: how far from the 18th birthday a first adult service may start.
_PROXY_MONTHS = 6


@dataclass(frozen=True, repr=False)
class Facts:
    """What the rules read: the eligible people and their events up to ``as_at``, each with the row of its person."""

    people: pd.DataFrame
    events: pd.DataFrame
    place: np.ndarray
    as_at: dt.date
    parameters: Parameters
    carer_assessments: pd.DataFrame
    born: np.ndarray
    reasons: pd.DataFrame

    @classmethod
    def of(cls, pool: Pool, parameters: Parameters) -> Facts:
        """The facts of a pool."""
        events = pool.extract.events
        to_place = pool.people.index.get_indexer(pool.extract.people.index)
        place = to_place[events["person"].to_numpy()]
        mine = (place >= 0) & events["is_event"].to_numpy()
        mine &= events["event_start_date"].to_numpy() <= np.datetime64(pool.as_at)
        types = ["Request", "Service", *(["Assessment", "Review"] if parameters.hospital_signs else [])]
        kept = np.flatnonzero(mine & rows_with(events, "event_type", types))
        wanted = [c for c in _EVENT_FIELDS if c in events]
        return cls(
            pool.people,
            events[wanted].take(kept),
            place[kept],
            pool.as_at,
            parameters,
            _carer_assessments(pool, place),
            pool.extract.people["date_of_birth"].loc[pool.people.index].to_numpy(),
            _reasons_in_window(pool, to_place) if parameters.reasons_from == "window" else pd.DataFrame(),
        )

    def nobody(self) -> np.ndarray:
        """Empty evidence for everyone."""
        return np.full(len(self.people), "", dtype=object)

    def where_reason(self, test: Callable[[str], bool]) -> np.ndarray:
        """Evidence for everyone whose Primary Support Reason passes a test: the latest, or any in the window."""
        name = "primary_support_reason"
        if self.parameters.reasons_from == "latest" or self.reasons.empty:
            return self.where(name, test)
        found = self.reasons[["?" not in value and test(value) for value in self.reasons["value"]]]
        evidence = self.nobody()
        words = found.groupby("place")["value"].agg(
            lambda v: "; ".join(f"{field_named(name).heading}: {x}" for x in v)
        )
        evidence[words.index.to_numpy(dtype=int)] = words.to_numpy()
        return evidence

    def where(self, name: str, test: Callable[[str], bool]) -> np.ndarray:
        """Evidence ``Field: value`` for everyone whose latest known value of a field passes a test."""
        if name not in self.people:
            return self.nobody()
        column, heading = self.people[name].cat, field_named(name).heading
        # A question mark doubts, whatever stands before it.
        texts = [f"{heading}: {v}" if "?" not in v and test(v) else "" for v in column.categories]
        return np.array([*texts, ""], dtype=object)[column.codes.to_numpy()]

    def requests(self, word: str, months: int) -> pd.DataFrame:
        """Requests whose route holds a word and that started in the months up to ``as_at``."""
        rows = rows_with(self.events, "event_type", ["Request"])
        rows &= rows_with(self.events, "route_of_access", lambda v: word in fold(v))
        start = self.events["event_start_date"].to_numpy()
        return self._found(rows & (start > np.datetime64(months_before(self.as_at, months))))

    def services(self, groups: Iterable[str]) -> pd.DataFrame:
        """Services in one of the groups, with ``kind`` and ``open`` beside ``place``, ``start``, ``end``, ``row``."""
        starts = tuple(map(fold, groups))
        rows = rows_with(self.events, "event_type", ["Service"])
        rows &= rows_with(self.events, "service_type", lambda v: fold(v).startswith(starts))
        found = self._found(rows)
        kind = self.events.get("service_type", pd.Series("", self.events.index)).loc[found.index]
        still = found["end"].isna() & ~self.events["end_unreadable"].loc[found.index]
        return found.assign(kind=kind.astype(str), open=still)

    def signs(self, months: int) -> pd.DataFrame:
        """Admissions to hospital and unplanned hospital reviews that ended in the months up to ``as_at``."""
        rows = rows_with(self.events, "event_outcome", ["Admitted to hospital"])
        rows |= rows_with(self.events, "review_reason", lambda v: reason(v) == Reason.HOSPITAL)
        end = self.events["event_end_date"].to_numpy()
        rows &= (end > np.datetime64(months_before(self.as_at, months))) & (end <= np.datetime64(self.as_at))
        # What matters is the day of the sign, on which it both began and ended.
        return self._found(rows).assign(start=lambda t: t["end"])

    def _found(self, rows: np.ndarray) -> pd.DataFrame:
        """``place``, ``start``, ``end`` and ``row`` of events, in order of person, start and row."""
        found = pd.DataFrame(
            {
                "place": self.place[rows],
                "start": self.events["event_start_date"].to_numpy()[rows],
                "end": self.events["event_end_date"].to_numpy()[rows],
                "row": self.events["row"].to_numpy()[rows],
            },
            index=self.events.index[rows],
        )
        return found.sort_values(["place", "start", "row"], kind="stable")


def _carer_assessments(pool: Pool, place: np.ndarray) -> pd.DataFrame:
    """Completed assessments in the window as Unpaid carer, as the 12-month rule counts them, by person and end."""
    events = pool.extract.events
    end = events["event_end_date"].to_numpy()
    rows = pool.completed_in_window() & rows_with(events, "client_type", [UNPAID_CARER]) & (place >= 0)
    found = pd.DataFrame(
        {
            "place": place[rows],
            "start": end[rows],
            "row": events["row"].to_numpy()[rows],
            "kind": events["event_type"].astype(object).to_numpy()[rows],
        }
    )
    return found.sort_values(["place", "start", "row"], kind="stable")


_EVENT_FIELDS = (
    "row",
    "event_type",
    "event_start_date",
    "event_end_date",
    "end_unreadable",
    "event_outcome",
    "review_reason",
    "route_of_access",
    "service_type",
)


def _reasons_in_window(pool: Pool, to_place: np.ndarray) -> pd.DataFrame:
    """Every Primary Support Reason on rows of the eligible that run in the window: ``place`` and ``value``."""
    frames = []
    for frame in (pool.extract.events, pool.extract.duplicates):
        if "primary_support_reason" not in frame:
            continue
        start, end = (frame[f"event_{which}_date"].to_numpy() for which in ("start", "end"))
        still = (np.isnat(end) & ~frame["end_unreadable"].to_numpy()) | (
            end >= np.datetime64(pool.window_starts)
        )
        where = to_place[frame["person"].to_numpy()]
        rows = (where >= 0) & (start <= np.datetime64(pool.as_at)) & still
        rows &= frame["primary_support_reason"].notna().to_numpy()
        values = frame["primary_support_reason"].astype(object).to_numpy()[rows]
        frames.append(pd.DataFrame({"place": where[rows], "value": values}))
    if not frames:
        return pd.DataFrame({"place": [], "value": []})
    return pd.concat(frames).drop_duplicates().sort_values(["place", "value"], ignore_index=True)


def _join(*pieces: np.ndarray) -> np.ndarray:
    """Evidence from several sources, joined by semicolons where more than one holds."""
    joined = pieces[0].copy()
    for piece in pieces[1:]:
        both = (joined != "") & (piece != "")
        joined = np.where(joined == "", piece, joined)
        joined[both] = joined[both] + "; " + piece[both]
    return joined


def _days(moments: pd.Series) -> list[str]:
    """Days in words, each distinct one written once."""
    codes, distinct = pd.factorize(moments.to_numpy().astype("M8[D]"))
    words = [for_people(day) for day in distinct.astype("M8[D]").astype(object)]
    return [words[code] for code in codes.tolist()]


def ct01(facts: Facts) -> np.ndarray:
    """CT01, older people: age 65 or over."""
    age, limit = facts.people["age"].to_numpy(), facts.parameters.older_from
    words = np.array([f"aged {a}, {limit} or over" if a >= limit else "" for a in range(200)], dtype=object)
    return np.asarray(words[age])


def ct02(facts: Facts) -> np.ndarray:
    """CT02, young people who have transitioned: 18 to 25, and a transition request or the optional column."""
    p = facts.parameters
    found = facts.requests("transition", p.transition_months).drop_duplicates("place", keep="last")
    evidence = facts.nobody()
    evidence[found["place"].to_numpy(dtype=int)] = [
        f"Request with a transition route started {s} (row {r})"
        for s, r in zip(_days(found["start"]), found["row"], strict=True)
    ]
    evidence = _join(evidence, facts.where("transitioned", lambda v: says_yes_or_no(v) is True))
    if p.transition_proxy:
        evidence = _join(evidence, _first_services_at_18(facts))
    young = facts.people["age"].to_numpy() <= p.transition_max_age
    ages = facts.people["age"].astype(str).to_numpy(dtype=object)
    return np.where((evidence != "") & young, "aged " + ages + "; " + evidence, "")


def _first_services_at_18(facts: Facts) -> np.ndarray:
    """First services as an adult within six months of the 18th birthday, before or after it."""
    first = facts.services(_SUPPORT).drop_duplicates("place", keep="first")
    evidence = facts.nobody()
    for place, start, row in zip(first["place"], first["start"].to_numpy(), first["row"], strict=True):
        born = facts.born[place].astype("M8[D]").astype(object)
        began = start.astype("M8[D]").astype(object)
        birthday = _birthday(born, 18)
        if (
            months_before(birthday, _PROXY_MONTHS) <= began
            and months_before(began, _PROXY_MONTHS) <= birthday
        ):
            evidence[place] = (
                f"first service started {for_people(began)}, about the 18th birthday (row {row})"
            )
    return evidence


def _birthday(born: dt.date, age: int) -> dt.date:
    """The day of an age; someone born on 29 February has it on 1 March where the year has none."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return dt.date(born.year + age, 3, 1)


_SUPPORT = SERVICE_GROUPS[:2]
_LONG_TERM = fold(_SUPPORT[1])


def ct03(facts: Facts) -> np.ndarray:
    """CT03, recently out of hospital and receiving care: a discharge request, and support since or still running."""
    p = facts.parameters
    requests = facts.requests("dischargefromhospital", p.discharge_months)
    evidence = _with_support(facts, requests, "Request with the route Discharge from hospital started")
    if p.hospital_signs:
        signs = _with_support(facts, facts.signs(p.discharge_months), "Admission or hospital review on")
        evidence = np.where(evidence == "", signs, evidence)
    return evidence


def _with_support(facts: Facts, hospital: pd.DataFrame, words: str) -> np.ndarray:
    """Evidence of a stay in hospital with support that started on or after it, or else was running when it ended."""
    both = facts.services(_SUPPORT).merge(hospital, on="place", suffixes=("", "_request"))
    start, asked = both["start"].to_numpy(), both["start_request"].to_numpy()
    end, ended = both["end"].to_numpy(), both["end_request"].to_numpy()
    started = start >= asked
    long = {kind: fold(kind).startswith(_LONG_TERM) for kind in both["kind"].unique()}
    running = both["kind"].map(long).to_numpy(dtype=bool) & ~started
    # A request that has no end yet is looked at on the day it started.
    running &= both["open"].to_numpy(dtype=bool) | (end >= np.where(np.isnat(ended), asked, ended))
    running &= facts.parameters.discharge_services != "started"
    # The earliest request and its first service; a service that started counts before one that was running.
    both = both.assign(running=running)[started | running]
    both = both.sort_values(
        ["place", "running", "start_request", "row_request", "start", "row"], kind="stable"
    )
    both = both.drop_duplicates("place", keep="first")
    evidence = facts.nobody()
    evidence[both["place"].to_numpy(dtype=int)] = [
        f"{words} {a} (row {b}); {kind} started {c}{' and was running' if still else ''} (row {d})"
        for a, b, kind, c, d, still in zip(
            _days(both["start_request"]),
            both["row_request"],
            both["kind"],
            _days(both["start"]),
            both["row"],
            both["running"],
            strict=True,
        )
    ]
    return evidence


def ct04(facts: Facts) -> np.ndarray:
    """CT04, learning disability and autism: Primary Support Reason or Autism Yes."""
    return _join(
        facts.where_reason(lambda v: fold(v) == fold("Learning disability support")),
        facts.where("autism", lambda v: v == "Yes"),
    )


def ct05(facts: Facts) -> np.ndarray:
    """CT05, mental health needs or substance misuse: Primary Support Reason."""
    reasons = {fold("Mental health support"), fold("Social support: Substance misuse support")}
    return facts.where_reason(lambda v: fold(v) in reasons)


def ct06(facts: Facts) -> np.ndarray:
    """CT06, physical disabilities or long-term conditions: Primary Support Reason, dementia or an impairment."""
    return _join(
        facts.where_reason(lambda v: fold(v).startswith(PHYSICAL_REASONS)),
        facts.where("dementia", lambda v: v == "Yes"),
        facts.where("visual_impairment", lambda v: impairment(v) is True),
        facts.where("hearing_impairment", lambda v: impairment(v) is True),
    )


def ct07(facts: Facts) -> np.ndarray:
    """CT07, unpaid carers: a completed assessment in the window as an unpaid carer."""
    evidence = facts.nobody()
    mine = facts.people["as_unpaid_carer"].to_numpy()
    found = facts.carer_assessments.drop_duplicates("place", keep="last")
    evidence[found["place"].to_numpy(dtype=int)] = [
        f"{kind} as Unpaid carer completed {end} (row {row})"
        for kind, end, row in zip(found["kind"], _days(found["start"]), found["row"], strict=True)
    ]
    return np.where(mine, evidence, "")


Rule = Callable[[Facts], np.ndarray]

#: Each edition's rules. The next edition is this dict with the changed rules replaced.
EDITIONS: dict[str, dict[str, Rule]] = {
    "2024-04": {rule.__name__.upper(): rule for rule in (ct01, ct02, ct03, ct04, ct05, ct06, ct07)},
}
