"""The state of every case, computed from the log and from nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from casetrack.cases.history import Decision
from casetrack.designs.replacement import Replacement


@dataclass(frozen=True)
class Permission:
    """What is known of one person's permission to be contacted."""

    status: str = "not asked"  # "not asked", "asked", "given", "refused" or "withdrawn"
    in_writing: bool = False  # whether it was given in writing, which the request asks for
    asked_on: dt.date | None = None  # dates of the last time it was asked and answered
    answered_on: dt.date | None = None
    #: Communication needs, the preferred way (phone, video, in person), and the interpreter needed.
    needs: str = ""
    way: str = ""
    interpreter: str = ""


@dataclass(frozen=True)
class CaseState:
    """Where one case stands."""

    reference: str
    listed_as: str  # the cohort code it stands for, and all codes it meets
    codes: tuple[str, ...]
    since: dt.date
    in_place_of: str = ""  # the case whose place it took; empty when it was drawn
    left_on: dt.date | None = None
    left_because: str = ""
    person: Permission = field(default_factory=Permission)
    carer: Permission = field(default_factory=Permission)
    selection: str = ""  # "tracked", "reserve" or empty
    has_carer: bool = False  # whether an unpaid carer is known, who is asked for permission too

    @property
    def on_list(self) -> bool:
        """Whether the case is on the list now."""
        return self.left_on is None


States = dict[str, CaseState]


def states_of(history: Sequence[Decision]) -> States:
    """Every case that was ever on the list, by reference, in the order in which they came.

    What was asked and answered counts by its day, whenever it was put on record; the rest in the order of the log.
    """
    states: States = {}
    for decision in sorted(
        history, key=lambda d: (1, d.on) if d.action == "permission" else (0, dt.date.min)
    ):
        detail, about = decision.detail, decision.case
        match decision.action:
            case "drawn":
                states |= {c["reference"]: _case(c, decision.on) for c in detail["cases"]}
            case "replaced":
                left = {"left_on": decision.on, "left_because": decision.reason, "selection": ""}
                states[about] = _changed(states[about], **left)
                if came := detail["by"]:
                    states[came["reference"]] = _case(came, decision.on, about)
            case "permission":
                answered = _answered(getattr(states[about], detail["of"]), decision)
                states[about] = _changed(states[about], **{detail["of"]: answered})
            case "selected":
                chosen = {r: kind for kind in ("tracked", "reserve") for r in detail[kind]}
                for reference, state in states.items():
                    states[reference] = _changed(state, selection=chosen.get(reference, ""))
            case "moved up":
                states[about] = _changed(states[about], selection="tracked")
    return states


def _changed(state: CaseState, **parts: Any) -> CaseState:
    return dataclasses.replace(state, **parts)


def _case(entry: Mapping[str, Any], on: dt.date, in_place_of: str = "") -> CaseState:
    return CaseState(
        entry["reference"],
        entry["listed_as"],
        tuple(entry["codes"]),
        on,
        in_place_of,
        has_carer=bool(entry.get("carer")),
    )


def _answered(known: Permission, decision: Decision) -> Permission:
    """What is known of somebody's permission after it was asked or answered once more."""
    detail, status = decision.detail, decision.detail["status"]
    changes: dict[str, Any] = {k: detail[k] for k in ("needs", "way", "interpreter") if detail.get(k)}
    still_given = known.status == "given"
    if status == "asked":
        changes["asked_on"] = decision.on
        # Asking again, for example about communication needs, takes nothing back.
        if not still_given:
            changes |= {"status": "asked", "in_writing": False}
    else:
        kept = status == "given" and still_given and known.in_writing
        in_writing = bool(detail.get("in_writing")) or kept
        changes |= {"status": status, "answered_on": decision.on, "in_writing": in_writing}
    return dataclasses.replace(known, **changes)


def list_frame(rows: Sequence[CaseState]) -> pd.DataFrame:
    """Cases as a table without people, as `CaseList.cases` has it."""
    columns = ["listed_as", "codes", "since", "permission", "carer_permission", "selection"]
    told = [
        (s.listed_as, ";".join(s.codes), s.since, s.person.status, s.carer.status, s.selection) for s in rows
    ]
    index = pd.Index([s.reference for s in rows], name="case_reference")
    return pd.DataFrame(told, columns=columns, index=index)


def replacement_of(history: Sequence[Decision], reference: str) -> Replacement | None:
    """How the place of a case was filled, as the log has it and so without saying who came."""
    for decision in history:
        if decision.action == "replaced" and decision.case == reference:
            came, told = decision.detail["by"], decision.detail
            if came is None or "step" not in told:
                return None
            kept = {name: told[name] for name in ("step", "in_line", "could_come", "chance")}
            return Replacement(person_id="", listed_as=came["listed_as"], **kept)
    return None


def outstanding_frame(states: Mapping[str, CaseState]) -> pd.DataFrame:
    """What is still to be done about permission, for the selected cases or, before the selection, for all.

    A case whose person refused or withdrew stays until somebody else has its place, selected or not.
    """
    live = [s for s in states.values() if s.on_list]
    chosen = [s for s in live if s.selection] or live
    left = [s for s in live if s.person.status in {"refused", "withdrawn"} and s not in chosen]
    rows = []
    for state in sorted([*chosen, *left], key=lambda s: s.reference):
        people = [("person", state.person)]
        if state.has_carer or state.carer.status != "not asked":
            people.append(("carer", state.carer))
        for whose, permission in people:
            to_do = _to_do(permission, whose)
            if to_do:
                written = "yes" if permission.in_writing else "no"
                rows.append((state.reference, state.selection, whose, permission.status, written, to_do))
    return pd.DataFrame(
        rows, columns=["case_reference", "selection", "whose", "status", "in_writing", "to_do"]
    )


def _to_do(permission: Permission, whose: str) -> str:
    match permission.status:
        case "not asked":
            return "ask"
        case "asked":
            return "get an answer"
        case "refused" | "withdrawn":
            # A carer who does not want to talk is not talked to; the case stays.
            return "replace the case" if whose == "person" else ""
    missing = [] if permission.in_writing else ["get it in writing"]
    missing += [] if permission.needs else ["ask about communication needs"]
    missing += [] if permission.way else ["agree on phone, video or in person"]
    return "; ".join(missing)
