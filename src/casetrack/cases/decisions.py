"""What can happen to a case list after the draw: replacing, permission, selection."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd

from casetrack.cases.case_files import public_design, reasons_digest
from casetrack.cases.history import append
from casetrack.cases.naming import check_words, reason_for_leaving
from casetrack.cases.record import Identified, Record
from casetrack.cases.states import CaseState, states_of
from casetrack.dates import for_people
from casetrack.designs.design import Design
from casetrack.designs.drawing import Drawn, draw_design
from casetrack.designs.replacement import Line
from casetrack.designs.replacement import reserves as reserves_of
from casetrack.errors import CasetrackError, DesignError, HistoryError, InfeasibleDesignError, UsageError
from casetrack.pool.cohorts import CodedPool
from casetrack.references import check_reference, make_references
from casetrack.typed_text import Known

__all__ = [
    "attach",
    "decided",
    "done",
    "draw_facts",
    "entry",
    "find_case",
    "permission",
    "rehearse",
    "replace",
    "reserves",
    "select",
]

#: A list of a kind: what is decided about it gives a list of the same kind.
List = TypeVar("List", bound=Record)

TO_TRACK, TO_SELECT = 6, 10
_STATUSES = ("asked", "given", "refused", "withdrawn")
_WAYS = ("", "phone", "video", "in person")
_STEPS = ("information-return", "list", "permission", "interviews", "destroy")


def entry(coded: CodedPool, reference: str, person_id: str, listed_as: str) -> dict[str, Any]:
    """A case as the log has it: reference, listed_as and codes."""
    row = coded.people.loc[person_id]
    told = {"reference": reference, "listed_as": listed_as, "codes": [c for c in coded.code_names if row[c]]}
    # Kept with the case, so that whoever has only the list knows whom else to ask.
    return told | ({"carer": True} if row.get("has_unpaid_carer") == "Yes" else {})


def draw_facts(coded: CodedPool, design: Design, drawn: Drawn) -> dict[str, Any]:
    """What the log keeps of a draw: enough to repeat it and to see that it is the same."""
    return {
        "seed": drawn.seed,
        "lottery": drawn.lottery.digest,
        "key": drawn.lottery.key_digest,
        "number": drawn.number,
        "thrown": drawn.thrown,
        "lists": drawn.lottery.prepared.lottery.lists,
        "pool": coded.digest,
        "design": design.digest(),
        # What is kept with the list names nobody, so it has a digest of its own.
        "design_as_kept": public_design(design).digest(),
        "design_reasons": reasons_digest(design),
        "named_people": len(design.must_include) + len(design.exclude),
        "edition": coded.edition,
        "as_at": coded.as_at.isoformat(),
        "eligible": len(coded.people),
        "drawable": len(coded.drawable),
        "size": len(drawn.chosen),
        "floor": drawn.floor,
        "cap": drawn.cap,
        "certificate": drawn.certificate.in_words(),
    }


def attach(
    cases: List, coded: CodedPool, people: Mapping[str, str], design: Design | None, key: bytes
) -> List:
    """See `CaseList.attach`."""
    facts = cases.drawn_facts
    check_key(facts, key)
    full = design or cases.design
    if coded.digest != facts["pool"]:
        raise HistoryError.of(
            "another-pool",
            "this is not the pool that the list was drawn from.",
            advice="Give the same extract, person-level file, hold-back list, date and overrides as at the draw.",
        )
    if not hmac.compare_digest(full.digest(), facts["design"]):
        raise HistoryError.of(
            "another-design",
            "this is not the design that the list was drawn by.",
            advice="Give the design file of the draw: a design that names people is not kept in the case list.",
        )
    missing = [r for r in cases.states if r not in people]
    if missing:
        raise HistoryError.of(
            "people-missing",
            f"the lookup lacks {len(missing)} of the list's case references.",
            advice="Use its own lookup.",
        )
    known = {r: people[r] for r in cases.states}
    spare = {p: r for r, p in people.items() if r not in cases.states}

    @functools.cache
    def draw_again() -> Drawn:
        number = thrown_number(facts)
        try:
            drawn = draw_design(coded, full, facts["seed"], key, number, facts["lottery"])
        except DesignError as error:
            if error.code != "lottery-not-minuted":
                raise
            drawn = None
        if drawn is None or sorted(drawn.chosen) != sorted(
            people[c["reference"]] for c in cases.history[0].detail["cases"]
        ):
            raise HistoryError.of(
                "another-lottery",
                "this version of casetrack draws other people from the same pool, design and seed.",
                advice="Use the version that drew the list; casetrack status names it.",
            )
        return drawn

    return dataclasses.replace(cases, known=Identified(coded, draw_again, full, known, spare))


def thrown_number(facts: Mapping[str, Any]) -> int | None:
    """The number of the list where it was thrown; None where it follows from the seed."""
    return int(facts["number"]) if facts["thrown"] else None


def check_key(facts: Mapping[str, Any], key: bytes) -> None:
    """Refuse a key that a list was not drawn with, and a list that was drawn before there were keys."""
    if "lottery" not in facts:
        raise HistoryError.of(
            "drawn-before-keys",
            "this list was drawn by the first version of casetrack, whose lottery this version does not repeat.",
            advice="Install casetrack 0.1 to replace a case of it or to draw it again; its lookup can be opened.",
        )
    if not hmac.compare_digest(hashlib.sha256(key).hexdigest(), str(facts["key"])):
        raise HistoryError.of(
            "another-key",
            "this is not the key of the lottery that the list was drawn by.",
            advice="Give the key that is sealed with the list's own lookup.",
        )


def find_case(cases: Record, who: str) -> CaseState:
    """The case that a reference or, while people are known, a local id names."""
    text = str(who).strip()
    if cases.known is not None:
        found = cases.known.coded.pool.extract.find_people([text])[0]
        by_person = {p: r for r, p in cases.known.people.items()}
        if found in by_person:
            return cases.states[by_person[found]]
    try:
        reference = check_reference(text)
    except CasetrackError:
        # Whatever was typed may be an identifier, so it is not repeated.
        raise _unknown() from None
    if reference not in cases.states:
        raise _unknown()
    return cases.states[reference]


def _unknown() -> CasetrackError:
    return HistoryError.of(
        "case-unknown",
        "no case on this list has that reference.",
        advice="Check it against the list; its last character is a check.",
    )


def _live(cases: Record, who: str) -> CaseState:
    case = find_case(cases, who)
    if not case.on_list:
        raise HistoryError.of(
            "already-left", "that case has left the list.", advice="Who has left never returns."
        )
    return case


def decided(
    cases: List, action: str, on: dt.date, who: str, *, known: Known | None = None, **more: Any
) -> List:
    """The list with one more line in its history, decided by a role that names nobody."""
    who = check_words(cases, who, "role", known=known)
    return dataclasses.replace(cases, history=append(cases.history, action, on=on, who=who, **more))


def _check_day(case: CaseState, on: dt.date) -> None:
    """Refuse a day on which the case was not on the list."""
    if on < case.since:
        raise HistoryError.of(
            "not-yet-on-the-list",
            f"the case came on the list on {for_people(case.since)}.",
            advice="Give the day on which it was decided.",
        )
    if case.left_on is not None and on > case.left_on:
        raise HistoryError.of(
            "already-left",
            f"that case has left the list, on {for_people(case.left_on)}.",
            advice="Who has left never returns. What was decided before can be recorded with its day.",
        )


def replace(
    cases: List,
    ref: str,
    reason: str,
    on: dt.date,
    who: str,
    reference_seed: str | None,
    more: Mapping[str, Any],
) -> List:
    """See `CaseList.replace`."""
    reason = reason_for_leaving(cases, reason)
    case, known = _live(cases, ref), cases.identified
    _check_day(case, on)
    kept = [known.people[r] for r in cases.references if r != case.reference]
    try:
        line = Line(known.drawn, known.design)
        found = line.next(kept, known.people[case.reference], _gone(cases), case.listed_as)
    except InfeasibleDesignError as error:
        if error.code != "nobody-left":
            raise
        # Everyone there is stands on the list: the case leaves and its place stays empty.
        after = decided(
            cases,
            "replaced",
            on,
            who,
            case=case.reference,
            reason=reason,
            detail={"by": None, **more},
        )
        return _move_up(after, on, who) if case.selection == "tracked" else after
    # Sealed in the lookup already when an earlier attempt was interrupted.
    reference = known.spare.get(found.person_id) or _new_reference(cases, reference_seed)
    new = entry(known.coded, reference, found.person_id, found.listed_as)
    counts = {
        "step": found.step,
        "could_come": found.could_come,
        "in_line": found.in_line,
        "chance": found.chance,
    }
    detail = {"by": new, **counts, **more}
    people = {**known.people, reference: found.person_id}
    after = decided(cases, "replaced", on, who, case=case.reference, reason=reason, detail=detail)
    after = dataclasses.replace(after, known=dataclasses.replace(known, people=people))
    return _move_up(after, on, who) if case.selection == "tracked" else after


def _gone(cases: Record) -> list[str]:
    people = cases.identified.people
    return [people[r] for r, state in cases.states.items() if not state.on_list]


def _new_reference(cases: Record, seed: str | None) -> str:
    number = len(cases.states)
    while True:
        reference = make_references(1, seed=None if seed is None else f"{seed}/{number}")[0]
        if reference not in cases.states and reference not in cases.identified.spare.values():
            return reference
        number += 1


def _move_up(cases: List, on: dt.date, who: str) -> List:
    """A reserve moves up for a tracked case that fell out, in the order in which CQC named the reserves."""
    last = next(d for d in reversed(cases.history) if d.action == "selected")
    waiting = [r for r in last.detail["reserve"] if cases.states[r].selection == "reserve"]
    if not waiting:
        return cases
    # Who fell out before CQC named the cases is known to have done so only after it.
    day = max(on, last.on)
    return decided(cases, "moved up", day, who, case=waiting[0], reason="a tracked case fell out")


def reserves(cases: Record, per_case: int) -> pd.DataFrame:
    """See `CaseList.reserves`."""
    known = cases.identified
    listed = {known.people[r]: cases.states[r].listed_as for r in cases.references}
    table = reserves_of(known.drawn, known.design, listed, per_case, _gone(cases))
    back = {p: r for r, p in known.people.items()}
    named = table.assign(case=[back[p] for p in table["case"]])
    return named.rename(columns={"case": "case_reference", "reserve": "person_id"})


def permission(
    cases: List,
    ref: str,
    status: str,
    of: str,
    in_writing: bool,
    extra: Mapping[str, str],
    reason: str,
    on: dt.date,
    who: str,
    known: Known | None,
) -> List:
    """See `CaseList.permission`."""
    if status not in _STATUSES or of not in {"person", "carer"} or extra["way"] not in _WAYS:
        raise UsageError.of(
            "permission-words",
            "permission is one of asked, given, refused, withdrawn; of person or carer; by phone, video or in person.",
            advice="Check the spelling.",
        )
    case = find_case(cases, ref)
    _check_day(case, on)
    that_day = tuple(d for d in cases.history if d.action != "permission" or d.on <= on)
    if status == "withdrawn" and getattr(states_of(that_day)[case.reference], of).status != "given":
        raise HistoryError.of(
            "nothing-to-withdraw",
            "permission was not given by that day, so it cannot be withdrawn.",
            advice="Record it as refused.",
        )
    extra = {
        name: check_words(cases, text, "note", needed=False, known=known) for name, text in extra.items()
    }
    reason = check_words(cases, reason, "note", needed=False, known=known)
    detail = {"of": of, "status": status, "in_writing": in_writing and status == "given"}
    detail |= {k: v for k, v in extra.items() if v}
    return decided(
        cases, "permission", on, who, known=known, case=case.reference, reason=reason, detail=detail
    )


def done(cases: List, step: str, on: dt.date, who: str, known: Known | None) -> List:
    """See `CaseList.done`."""
    if step not in _STEPS:
        raise UsageError.of(
            "step-unknown", "no step of the timetable has that name.", advice=f"One of: {', '.join(_STEPS)}."
        )
    return decided(cases, "done", on, who, known=known, detail={"step": step})


def select(
    cases: List,
    refs: Sequence[str],
    tracked: Sequence[str] | None,
    note: str,
    on: dt.date,
    who: str,
    known: Known | None,
) -> List:
    """See `CaseList.select`."""
    chosen = [_live(cases, r) for r in refs]
    for case in chosen:
        _check_day(case, on)
    named = [case.reference for case in chosen]
    if len(set(named)) != len(named):
        raise HistoryError.of("named-twice", "a case is named twice.", advice="Name each case once.")
    if len(named) != min(TO_SELECT, len(cases)) and not note.strip():
        raise HistoryError.of(
            "another-number",
            f"{len(named)} cases are named, and the request is for {TO_SELECT}.",
            advice="Check CQC's message; if the number is right, say so in note=.",
            command="Check CQC's message; if the number is right, say so with --note.",
        )
    first = named[:TO_TRACK] if tracked is None else [_live(cases, r).reference for r in tracked]
    if not set(first) <= set(named):
        raise HistoryError.of(
            "tracked-not-named", "a tracked case is not among the cases named.", advice="Check it."
        )
    if len(set(first)) != len(first):
        raise HistoryError.of("named-twice", "a case is named twice.", advice="Name each case once.")
    if len(first) != min(TO_TRACK, len(named)) and not note.strip():
        raise HistoryError.of(
            "another-number",
            f"{len(first)} cases are to be tracked, and the request is for {TO_TRACK}.",
            advice="Check CQC's message; if the number is right, say so in note=.",
            command="Check CQC's message; if the number is right, say so with --note.",
        )
    note = check_words(cases, note, "note", needed=False, known=known)
    detail = {"tracked": first, "reserve": [r for r in named if r not in first], "note": note}
    return decided(cases, "selected", on, who, known=known, detail=detail)


def rehearse(cases: Record, count: int, seed: str) -> pd.DataFrame:
    """See `CaseList.rehearse`."""
    if not 1 <= count <= len(cases):
        raise UsageError.of("rehearsal-size", f"a rehearsal takes 1 to {len(cases)} cases.")
    key = f"rehearsal\x1f{seed.strip()}".encode()
    ordered = sorted(cases.references, key=lambda r: hmac.digest(key, r.encode(), "sha256"))
    by_code: dict[str, list[str]] = {}
    for reference in ordered:
        by_code.setdefault(cases.states[reference].listed_as, []).append(reference)
    queues = [by_code[c] for c in sorted(by_code, key=lambda c: hashlib.sha256(key + c.encode()).digest())]
    rounds = max(len(q) for q in queues)
    spread = [q[i] for i in range(rounds) for q in queues if i < len(q)][:count]
    table = cases.cases.loc[spread, ["listed_as", "codes"]]
    return table.assign(rehearsal=["tracked" if i < TO_TRACK else "reserve" for i in range(len(table))])
