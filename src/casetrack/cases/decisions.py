"""What can happen to a case list after the draw: replacing, permission, selection; and words, which name nobody."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, TypeVar

import pandas as pd

from casetrack.cases.case_files import public_design, reasons_digest
from casetrack.cases.history import append, ledger_line
from casetrack.cases.record import Identified, Record, known_in
from casetrack.cases.states import CaseState, states_of
from casetrack.dates import for_people, read_date
from casetrack.designs.design import Design
from casetrack.designs.drawing import Drawn, draw_design
from casetrack.designs.replacement import Line
from casetrack.designs.replacement import reserves as reserves_of
from casetrack.errors import CasetrackError, DesignError, HistoryError, InfeasibleDesignError, UsageError
from casetrack.extract import Extract
from casetrack.lottery.keyed import minuted
from casetrack.pool.cohorts import CodedPool
from casetrack.references import check_reference, make_references
from casetrack.stages import checked
from casetrack.typed_text import REASONS, Known, check_text, refuse_names


def check_words(
    cases: Record, text: str, what: str = "reason", *, needed: bool = True, known: Known | None = None
) -> str:
    """The text, refused when it is missing, endless, or names somebody."""
    if cases.known is not None:
        known = cases.known.words
    return check_text(text, what, known, needed=needed, error=HistoryError)


def reason_for_leaving(cases: Record, reason: str) -> str:
    """A reason from the list, and after "other:" a few words that name nobody."""
    kind, _, words = reason.partition(":")
    kind = " ".join(kind.casefold().split())
    if kind not in REASONS or bool(words.strip()) != (kind == "other"):
        raise HistoryError.of(
            "reason-not-listed",
            "why a case leaves is one of a list, so that nobody is named by it.",
            advice=f'Choose one of: {", ".join(REASONS[:-1])}, or "other: …" with a few words that name nobody.',
        )
    return kind if kind != "other" else f"other: {check_words(cases, words)}"


def check_draw_words(design: Design, seed: str, number: int | None, who: str, extract: Extract) -> None:
    """Refuse what is kept with a list where it names somebody: reasons of the design, seed and role.

    A seed may hold the day of a minute. `number`: what dice have shown, where they were thrown.
    """
    known = known_in(extract)
    for text in sorted({*design.reasons.values(), *design.must_include.values(), *design.exclude.values()}):
        check_text(" ".join(text.split()), "reason", known, error=DesignError)
    text = minuted(seed)
    shown = "".join(filter(str.isdecimal, text))
    if number is not None and shown and int(shown) == number:
        # What dice have shown can be anybody's identifier by chance, and stands.
        text = re.sub(r"\d", "", text)
    refuse_names(text, "seed", known, dated=True, error=DesignError)
    check_text(who, "role", known, needed=True, error=HistoryError)


#: A list of a kind: what is decided about it gives a list of the same kind.
List = TypeVar("List", bound=Record)

TO_TRACK, TO_SELECT = 6, 10
_STATUSES = ("asked", "given", "refused", "withdrawn")
_WAYS = ("", "phone", "video", "in person")
#: Steps that nothing else on record tells of: permission follows from the answers, destruction from its certificate.
_STEPS = ("information-return", "list", "interviews")


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


def find_cases(cases: Record, refs: Sequence[str]) -> list[CaseState]:
    """The cases that references name; an error says which of several is not on the list."""
    found = []
    for place, ref in enumerate(refs, start=1):
        try:
            found.append(find_case(cases, ref))
        except HistoryError as error:
            if len(refs) == 1:
                raise
            raise _unknown(f"number {place} of the {len(refs)} given") from error
    return found


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
        reference = ""
    if reference not in cases.states:
        raise _unknown()
    return cases.states[reference]


def _unknown(where: str = "") -> CasetrackError:
    return HistoryError.of(
        "case-unknown",
        "no case on this list has that reference.",
        where=where,
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


def decision_day(on: dt.date | str | None) -> dt.date:
    """The day of a decision; one that is still to come would count today, and nothing could take it back."""
    today = _today()
    day = today if on is None else read_date(on)
    if day > today:
        raise HistoryError.of(
            "day-to-come",
            f"the decision is dated {for_people(day)}, which is still to come.",
            advice="Give the day on which it was made. Days that are planned belong in a Timetable.",
            command="Give the day on which it was made. Days that are planned belong in casetrack timetable.",
        )
    return day


def _today() -> dt.date:
    return dt.date.today()


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


def _gone(cases: Record) -> list[str]:
    people = cases.identified.people
    return [people[r] for r, state in cases.states.items() if not state.on_list]


def _new_reference(cases: Record, seed: str | None) -> str:
    number, taken = len(cases.states), {*cases.states, *cases.identified.spare.values()}
    return make_references(1, seed=None if seed is None else f"{seed}/{number}", taken=taken)[0]


def _move_up(cases: List, on: dt.date, who: str) -> List:
    """A reserve moves up for a tracked case that fell out, in the order in which CQC named the reserves."""
    last = next(d for d in reversed(cases.history) if d.action == "selected")
    waiting = [r for r in last.detail["reserve"] if cases.states[r].selection == "reserve"]
    if not waiting:
        return cases
    # Who fell out before CQC named the cases is known to have done so only after it.
    day = max(on, last.on)
    return decided(cases, "moved up", day, who, case=waiting[0], reason="a tracked case fell out")


@checked
class Decided(Record):
    """A history with what can be decided about it."""

    def replace(
        self,
        ref: str,
        reason: str,
        *,
        on: dt.date | str | None = None,
        who: str = "analyst",
        reference_seed: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Self:
        """The list with someone else in one case's place.

        The newcomer is drawn, by the list's secret key, among the people waiting who hold the cohort code that the
        case is listed as, in proportion to their chances of being listed as it, on the first step of a ladder that
        leaves ten people who together weigh ten times the likeliest (`casetrack.designs.replacement`). The rest of
        the list stays. Who has left never returns, and who had no chance in the draw never comes.

        Parameters
        ----------
        ref
            The case reference, or the person's local id.
        reason
            One of ``casetrack.typed_text.REASONS``: declined, no capacity to consent, moved, died, in hospital,
            unsuitable now; or ``other:`` and a few words that name nobody.
        on, who
            The day (today when not given) and the role of whoever decided.
        reference_seed
            Fixes the new case reference, for tests only.
        more
            What else the log is to keep of it; no identifier.

        Raises
        ------
        HistoryError
            ``case-unknown``, ``already-left``, ``reason-not-listed``, ``reason-names-somebody``.
        """
        day, reason = decision_day(on), reason_for_leaving(self, reason)
        case, known = _live(self, ref), self.identified
        _check_day(case, day)
        detail: dict[str, Any] = {"by": None}
        people = known.people
        kept = [known.people[r] for r in self.references if r != case.reference]
        try:
            line = Line(known.drawn, known.design)
            found = line.next(kept, known.people[case.reference], _gone(self), case.listed_as)
        except InfeasibleDesignError as error:
            if error.code != "nobody-left":
                raise
            # Everyone there is stands on the list: the case leaves and its place stays empty.
        else:
            # Sealed in the lookup already when an earlier attempt was interrupted.
            reference = known.spare.get(found.person_id) or _new_reference(self, reference_seed)
            detail = {n: getattr(found, n) for n in ("step", "could_come", "in_line", "chance")}
            detail["by"] = entry(known.coded, reference, found.person_id, found.listed_as)
            people = {**people, reference: found.person_id}
        told: dict[str, Any] = {
            "case": case.reference,
            "reason": reason,
            "detail": {**detail, **(more or {})},
        }
        after = decided(self, "replaced", day, who, **told)
        after = dataclasses.replace(after, known=dataclasses.replace(known, people=people))
        return _move_up(after, day, who) if case.selection == "tracked" else after

    def permission(
        self,
        ref: str,
        status: str,
        *,
        of: str = "person",
        in_writing: bool = False,
        needs: str = "",
        way: str = "",
        interpreter: str = "",
        reason: str = "",
        on: dt.date | str | None = None,
        who: str = "practitioner",
        known: Known | None = None,
    ) -> Self:
        """The list with a line on permission.

        Parameters
        ----------
        ref
            The case reference.
        status
            ``asked``, ``given``, ``refused`` or ``withdrawn``.
        of
            ``person`` or ``carer``.
        in_writing
            Whether it was given in writing.
        needs, way, interpreter
            Communication needs; phone, video or in person; the language an interpreter is needed for.
        on
            The day it was asked or answered, today when not given; in any order of entry.
        known
            What is known of people whom no text may name, where the list is not attached to its pool.
        """
        day = decision_day(on)
        if status not in _STATUSES or of not in {"person", "carer"} or way not in _WAYS:
            raise UsageError.of(
                "permission-words",
                "permission is one of asked, given, refused, withdrawn; of person or carer; by phone, video or in "
                "person.",
                advice="Check the spelling.",
            )
        case = find_case(self, ref)
        _check_day(case, day)
        that_day = tuple(d for d in self.history if d.action != "permission" or d.on <= day)
        if status == "withdrawn" and getattr(states_of(that_day)[case.reference], of).status != "given":
            raise HistoryError.of(
                "nothing-to-withdraw",
                "permission was not given by that day, so it cannot be withdrawn.",
                advice="Record it as refused.",
            )
        texts = {"needs": needs, "way": way, "interpreter": interpreter, "reason": reason}
        texts = {n: check_words(self, t, "note", needed=False, known=known) for n, t in texts.items()}
        told = {"case": case.reference, "reason": texts.pop("reason")}
        detail = {"of": of, "status": status, "in_writing": in_writing and status == "given"}
        detail |= {name: text for name, text in texts.items() if text}
        return decided(self, "permission", day, who, known=known, **told, detail=detail)

    def done(
        self, step: str, *, on: dt.date | str | None = None, who: str = "analyst", known: Known | None = None
    ) -> Self:
        """The list with a step of the timetable on record as done, for example ``list`` or ``interviews``.

        `known`: as for `permission`.
        """
        day = decision_day(on)
        if step not in _STEPS:
            raise UsageError.of(
                "step-unknown",
                "no step that is recorded by hand has that name.",
                advice=f"One of: {', '.join(_STEPS)}. Permission is done when nothing is left to do about it, "
                "destruction when casetrack destroy has done it.",
            )
        return decided(self, "done", day, who, known=known, detail={"step": step})

    def select(
        self,
        refs: Sequence[str],
        *,
        tracked: Sequence[str] | None = None,
        note: str = "",
        on: dt.date | str | None = None,
        who: str = "analyst",
        known: Known | None = None,
    ) -> Self:
        """The list with CQC's choice: ten cases, of which the first six are tracked and four are in reserve.

        Parameters
        ----------
        refs
            Exactly the case references that CQC named, in its order.
        tracked
            The ones to track, when they are not the first six.
        note
            Needed when CQC named another number than ten.
        known
            As for `permission`.
        """
        find_cases(self, refs)
        day, chosen = decision_day(on), [_live(self, r) for r in refs]
        for case in chosen:
            _check_day(case, day)
        named = [case.reference for case in chosen]
        _check_number(named, "named", TO_SELECT, len(self), note)
        first = named[:TO_TRACK] if tracked is None else [_live(self, r).reference for r in tracked]
        if not set(first) <= set(named):
            raise HistoryError.of(
                "tracked-not-named", "a tracked case is not among the cases named.", advice="Check it."
            )
        _check_number(first, "to be tracked", TO_TRACK, len(named), note)
        note = check_words(self, note, "note", needed=False, known=known)
        detail = {"tracked": first, "reserve": [r for r in named if r not in first], "note": note}
        return decided(self, "selected", day, who, known=known, detail=detail)

    def rehearse(self, count: int = 10, *, seed: str) -> pd.DataFrame:
        """Ten cases for a rehearsal, spread over the cohorts; nothing is recorded and nothing is selected."""
        if not 1 <= count <= len(self):
            raise UsageError.of("rehearsal-size", f"a rehearsal takes 1 to {len(self)} cases.")
        key = f"rehearsal\x1f{seed.strip()}".encode()
        ordered = sorted(self.references, key=lambda r: hmac.digest(key, r.encode(), "sha256"))
        by_code: dict[str, list[str]] = {}
        for reference in ordered:
            by_code.setdefault(self.states[reference].listed_as, []).append(reference)
        queues = [
            by_code[c] for c in sorted(by_code, key=lambda c: hashlib.sha256(key + c.encode()).digest())
        ]
        rounds = max(len(q) for q in queues)
        spread = [q[i] for i in range(rounds) for q in queues if i < len(q)][:count]
        table = self.cases.loc[spread, ["listed_as", "codes"]]
        return table.assign(rehearsal=["tracked" if i < TO_TRACK else "reserve" for i in range(len(table))])

    def record_release(
        self, facts: Mapping[str, Any], *, on: dt.date | str | None = None, who: str = "analyst"
    ) -> Self:
        """The list with a line in its ledger of releases: ``cases.record_release(release.facts_on_record)``.

        A release holds everything on record, so its day is never earlier than that of any decision before it.

        Raises
        ------
        ReleaseError
            ``another-release-rule`` when the rule is not the one of the list's first release.
        """
        day = max(decision_day(on), *(line.on for line in self.history))
        return decided(self, "released", day, who, detail=ledger_line(self.history, facts))

    def close(self, reason: str, *, on: dt.date | str | None = None, who: str = "analyst") -> Self:
        """The list at the end of its life; nothing can be decided afterwards."""
        reason = check_words(self, reason)
        return decided(self, "closed", decision_day(on), who, reason=reason)

    def reserves(self, per_case: int = 2) -> pd.DataFrame:
        """Who would take each case's place if it alone fell out today, by the rule of `replace`.

        Returns
        -------
        DataFrame
            ``case_reference``, ``place`` (1 comes first; one row with 0 where nobody can), ``person_id``, ``step`` of
            the ladder, ``in_line`` (people waiting who hold the code of the case), ``could_come`` (how many of them
            could), ``chance`` (that this one comes).
        """
        known = self.identified
        listed = {known.people[r]: self.states[r].listed_as for r in self.references}
        table = reserves_of(known.drawn, known.design, listed, per_case, _gone(self))
        back = {p: r for r, p in known.people.items()}
        named = table.assign(case=[back[p] for p in table["case"]])
        return named.rename(columns={"case": "case_reference", "reserve": "person_id"})

    def attach(
        self, coded: CodedPool, people: Mapping[str, str], design: Design | None = None, *, key: bytes
    ) -> Self:
        """The list with its people: the pool it was drawn from and the references' persons, as the lookup has them.

        Parameters
        ----------
        coded
            The same pool, coded by the same edition; its digest is compared.
        people
            Case reference to ``person_id``, for everyone who was ever on the list.
        design
            The design in full when it names people; its digest is compared.
        key
            The secret key of the lottery, which is sealed with the lookup; its digest is compared. With it the lottery is
            dealt again, and everybody's chance is known.

        Raises
        ------
        HistoryError
            ``another-pool``, ``another-design``, ``another-key``, ``people-missing``, or ``drawn-before-keys`` for a list
            that the first version drew.
        """
        facts = self.drawn_facts
        check_key(facts, key)
        full = design or self.design
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
        missing = [r for r in self.states if r not in people]
        if missing:
            raise HistoryError.of(
                "people-missing",
                f"the lookup lacks {len(missing)} of the list's case references.",
                advice="Use its own lookup.",
            )
        known = {r: people[r] for r in self.states}
        spare = {p: r for r, p in people.items() if r not in self.states}
        chosen = tuple(sorted(people[c["reference"]] for c in self.history[0].detail["cases"]))
        again = _DrawnAgain(coded, full, facts, key, chosen)
        return dataclasses.replace(self, known=Identified(coded, again, full, known, spare))


@dataclass(frozen=True, repr=False)
class _DrawnAgain:
    """The lottery of a list, made again at the first call; refused when other people come out of it."""

    coded: CodedPool
    design: Design
    facts: Mapping[str, Any]
    key: bytes
    chosen: tuple[str, ...]

    def __call__(self) -> Drawn:
        return self._drawn

    @cached_property
    def _drawn(self) -> Drawn:
        facts, drawn = self.facts, None
        number = thrown_number(facts)
        try:
            drawn = draw_design(self.coded, self.design, facts["seed"], self.key, number, facts["lottery"])
        except DesignError as error:
            if error.code != "lottery-not-minuted":
                raise
        if drawn is None or drawn.chosen != self.chosen:
            raise HistoryError.of(
                "another-lottery",
                "this version of casetrack draws other people from the same pool, design and seed.",
                advice="Use the version that drew the list; casetrack status names it.",
            )
        return drawn


def _check_number(cases: Sequence[str], what: str, asked: int, most: int, note: str) -> None:
    """Refuse a case that is named twice, and, without a note that says why, another number than the request is for."""
    if len(set(cases)) != len(cases):
        raise HistoryError.of("named-twice", "a case is named twice.", advice="Name each case once.")
    if len(cases) != min(asked, most) and not note.strip():
        raise HistoryError.of(
            "another-number",
            f"{len(cases)} cases are {what}, and the request is for {asked}.",
            advice="Check CQC's message; if the number is right, say so in note=.",
            command="Check CQC's message; if the number is right, say so with --note.",
        )
