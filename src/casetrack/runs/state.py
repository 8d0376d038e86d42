"""The state of a list: one file from which every other file of its folders follows.

It is written beside and renamed, so whoever looks finds the state before or the state after. Everything in it is
under its digest; why it is one JSON file: decision record 9.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from casetrack.cases.case_files import checked_design
from casetrack.cases.case_list import CaseList
from casetrack.cases.history import Decision, from_list, head_of, to_list
from casetrack.chain import canonical, canonical_digest
from casetrack.designs.design import Design
from casetrack.errors import CasetrackError, HistoryError, LookupFileError
from casetrack.files import locked, make_folder, write_file
from casetrack.lookup.log import LogLine, log_bytes, parsed_log
from casetrack.lookup.sealing import ListState, Sealed
from casetrack.release.template import Template
from casetrack.runs.places import COUNCIL_ONLY, RETURN, STATE, state_path
from casetrack.small_files import json_of, read_small
from casetrack.version import __version__

#: Versions of the return that a later one replaced.
SUPERSEDED = f"{RETURN}/superseded"
MANIFEST = f"{COUNCIL_ONLY}/manifest.json"
PACKS = f"{COUNCIL_ONLY}/packs"
_FORMAT = "casetrack folder, version 2"
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_ADVICE = "Go back to an untouched copy of the file; do not mend it by hand."


@dataclass(frozen=True, repr=False)
class KeptLookup:
    """The sealed lookup and its log, as they stand in the state."""

    sealed: bytes
    log: bytes

    @classmethod
    def of(cls, sealed: Sealed, lines: tuple[LogLine, ...]) -> KeptLookup:
        """From a sealed lookup and the lines of its log."""
        return cls(sealed.to_bytes(), log_bytes(lines))

    def opened(self) -> Sealed:
        """The sealed lookup, its form checked."""
        return Sealed.from_bytes(self.sealed)

    def lines(self, where: Path) -> tuple[LogLine, ...]:
        """Its log, the chain checked."""
        return parsed_log(self.log, where)


@dataclass(frozen=True, repr=False)
class Output:
    """A file that follows from the state and is kept in it: the bytes, and digests of what it was before."""

    content: bytes
    earlier: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    def followed_by(self, content: bytes) -> Output:
        """The file with other bytes."""
        if content == self.content:
            return self
        return Output(content, tuple(dict.fromkeys([*self.earlier, self.digest])))


@dataclass(frozen=True, repr=False)
class State:
    """Everything that a folder is."""

    folder: str  # the identity of the folder: random, the same for its whole life
    key: str  # makes the mark of the history that a return carries, which says nothing without it
    drawn_with: str
    design: Design
    history: tuple[Decision, ...]
    draws: tuple[Decision, ...]
    manifest: Mapping[str, Any]
    #: The sealed lookup; None once it is destroyed, or in a folder of the first version.
    lookup: KeptLookup | None = None
    timetable: Mapping[str, Any] | None = None  # the dates, and how often they were changed
    certificate: Mapping[str, Any] | None = None  # of the lookup's destruction
    #: Of the destruction of lookups before another draw was made into the folder.
    earlier_certificates: tuple[Mapping[str, Any], ...] = ()
    earlier_logs: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()  # what the identifiers in the lookup look like
    #: The return and the report, by their path in the folder.
    outputs: Mapping[str, Output] = field(default_factory=dict)
    #: Files of a list that is no more, to be removed where their digest is one of these.
    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Files made for somebody to work with that identify people, and their digests when they were made.
    identifying: Mapping[str, str] = field(default_factory=dict)
    #: What the council says of itself on the cover of every version: "council" and "contact".
    cover: Mapping[str, str] = field(default_factory=dict)
    template: Template | None = None  # a template of CQC's that every version is filled into
    #: Whether this was read from a folder of the first version, which is not written to.
    first_version: bool = False

    @property
    def cases(self) -> CaseList:
        """The list, with case references only."""
        return CaseList(self.history, self.design)

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON stores it, without its digest."""
        parts = {name: _kept(name, getattr(self, name), 0) for name in _NAMES}
        return {"format": _FORMAT, "casetrack": __version__, **parts}

    def to_json(self) -> str:
        """The file: plain JSON, its digest last."""
        content = json.loads(canonical(self.to_dict()))
        return _spelled(content, canonical_digest(content))

    def changed(self, **parts: Any) -> State:
        """With other parts."""
        return dataclasses.replace(self, **parts)


def binding(state: State) -> ListState:
    """What the lookup's header says of the list it belongs to."""
    head = head_of(state.history)
    return ListState(folder=state.folder, lines=head["lines"], head=head["head"])


def record_mark(state: State, lines: int | None = None) -> str:
    """What a return says of the folder and the history that it is of; it can be tested with the state's key only.

    In letters, so that no run of figures in it can be taken for somebody's number.
    """
    head = head_of(state.history[:lines])
    mark = hmac.digest(bytes.fromhex(state.key), canonical([state.folder, head]).encode(), "sha256").hex()
    return mark[:40].translate(_LETTERS)


def read_state(folder: Path) -> State:
    """The state, every part of it checked."""
    try:
        text = read_small(state_path(folder)).decode("utf-8")
        content = json_of(text)
        digest = content.pop("digest")
        told = content["format"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise HistoryError.of(
            "not-a-folder",
            "this is not a folder that draw made, or its state cannot be read.",
            where=str(state_path(folder)),
            advice="Give the folder that holds return/ and council-only/. "
            "If state.json is damaged, put an untouched copy back.",
        ) from None
    if told != _FORMAT:
        raise HistoryError.of(
            "newer-format",
            "the state was written by a version of casetrack that this one does not know.",
            advice=f"Install version {str(content.get('casetrack', ''))[:20]} or a newer one.",
        )
    try:
        spelled = _spelled(content, digest) == text
    except (ValueError, TypeError):
        spelled = False
    if not spelled or digest != canonical_digest(content):
        raise _changed()
    return _parsed(content)


def _parsed(content: Mapping[str, Any]) -> State:
    try:
        told = {name: content[name] for name in _NAMES if name in content or name not in _LATER}
        state = State(**{name: _kept(name, part, 1) for name, part in told.items()})
        checked_design(state.design, state.history, content["design"])
        if state.lookup is not None:
            state.lookup.opened()
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error, ValidationError, LookupFileError):
        raise _changed() from None
    return state


def write_state(folder: Path, state: State, before: State | None) -> None:
    """Put the state on the disk in one step; refuse when somebody else wrote since ``before`` was read."""
    if state.first_version:
        raise HistoryError.of(
            "earlier-format",
            f"this list was drawn with casetrack {state.drawn_with}, whose folders this version reads, reveals and "
            "destroys, but does not carry on.",
            advice=f"Install that version: pip install casetrack=={state.drawn_with}",
        )
    path = state_path(folder)
    make_folder(path.parent)
    with locked(path):
        if before is not None or path.exists():
            there = read_state(folder) if path.exists() else None
            if before is None or there is None or there.to_json() != before.to_json():
                raise HistoryError.of(
                    "somebody-else-wrote",
                    "somebody else has just changed this list.",
                    advice="What you asked for is not recorded. Run casetrack status, then this command again if it "
                    "is still needed.",
                )
            check_state(folder, before)
        write_file(path, state.to_json(), force=True)


def check_state(folder: Path, state: State) -> None:
    """Refuse a state that is older than the manifest beside it, or of another list."""
    check_newest(folder / MANIFEST, state.folder, chains_of(state), state.stale.get(MANIFEST, ()))


def uses_of(state: State) -> tuple[LogLine, ...]:
    """Every use of the lookup, also of one that is destroyed."""
    if state.lookup is not None:
        return state.lookup.lines(Path(STATE))
    return parsed_log(state.earlier_logs[-1].encode("ascii"), Path(STATE)) if state.earlier_logs else ()


def chains_of(state: State) -> dict[str, tuple[str, ...]]:
    """The digests of every decision, and of every use of the lookup."""
    decided, used = (line.digest for line in state.history), (line.hash for line in uses_of(state))
    return {HISTORY: tuple(decided), USES: tuple(used)}


def _spelled(content: Mapping[str, Any], digest: str) -> str:
    """One field a line, and one decision a line."""
    parts = []
    for name, part in content.items():
        if isinstance(part, list) and part:
            rows = ",\n".join("  " + _flat(row) for row in part)
            parts.append(f'"{name}": [\n{rows}\n]')
        else:
            parts.append(f'"{name}": {_flat(part)}')
    parts.append(f'"digest": {json.dumps(digest)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _flat(part: Any) -> str:
    return json.dumps(part, ensure_ascii=False, sort_keys=True, allow_nan=False)


def _changed() -> CasetrackError:
    return HistoryError.of(
        "state-changed", "the state of the folder is not as it was written.", advice=_ADVICE
    )


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _kept(name: str, part: Any, way: int) -> Any:
    """A part as JSON stores it, or with 1 for the way as it was."""
    return part if part is None or name not in _KEPT else _KEPT[name][way](part)


def _packed(content: bytes) -> str:
    return _text(zlib.compress(content, 9))


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text, validate=True))


_NAMES = tuple(part.name for part in dataclasses.fields(State) if part.name != "first_version")
#: These are not there in a state that was written before they were kept.
_LATER = ("cover", "earlier_certificates", "template")
#: How a part is written, and read again, that JSON does not hold as it is.
_KEPT: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "design": (Design.to_dict, lambda told: Design(**told)),
    "history": (to_list, from_list),
    "draws": (to_list, from_list),
    "lookup": (
        lambda kept: {"log": kept.log.decode("ascii"), "sealed": _text(kept.sealed)},
        lambda told: KeptLookup(base64.b64decode(told["sealed"], validate=True), told["log"].encode("ascii")),
    ),
    "earlier_certificates": (list, tuple),
    "earlier_logs": (list, tuple),
    "shapes": (list, tuple),
    "outputs": (
        lambda outputs: {
            path: {"earlier": list(one.earlier), "content": _packed(one.content)}
            for path, one in outputs.items()
        },
        lambda told: {
            path: Output(_unpacked(one["content"]), tuple(one["earlier"])) for path, one in told.items()
        },
    ),
    "stale": (dict, lambda told: {path: tuple(digests) for path, digests in told.items()}),
    "template": (
        lambda template: {"columns": dict(template.columns), "content": _packed(template.content)},
        lambda told: Template(_unpacked(told["content"]), dict(told["columns"])),
    ),
}


#: What a manifest, the witness beside the state, tells of: decisions, and uses of the lookup. Each is a chain, told by
#: its length and last digest.
HISTORY, USES = "history", "uses"
_WORDS = {HISTORY: "decisions", USES: "uses of the lookup"}
Chains = Mapping[str, Sequence[str]]


def heads(chains: Chains) -> dict[str, dict[str, Any]]:
    """What a manifest says of each chain: its length, and the last digest where that follows from what is drawn."""
    told: dict[str, dict[str, Any]] = {name: {"lines": len(chain)} for name, chain in chains.items()}
    told[HISTORY]["head"] = chains[HISTORY][-1] if chains[HISTORY] else ""
    return told


def told_by(there: bytes, identity: str, chains: Chains) -> tuple[str, str]:
    """What a manifest is to a state, and where it is newer, in which words.

    ``older`` or ``same``; ``newer``; ``another history``; ``not of this list``; ``changed``: it tells of none.
    """
    told: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        told = json.loads(there)
    if not isinstance(told, dict) or not isinstance(told.get(HISTORY), dict):
        return "changed", ""
    if told.get("folder") != identity:
        return "not of this list", ""
    found = ["same"]
    for name, own in chains.items():
        # A manifest that was written before uses were told of tells of none.
        said = told.get(name, {"lines": 0})
        lines = said.get("lines") if isinstance(said, dict) else None
        if not isinstance(lines, int) or lines < 0:
            return "changed", ""
        if lines > len(own):
            return "newer", f"of {lines:,} {_WORDS[name]}, the state of {len(own):,}"
        head = own[lines - 1] if lines else ""
        if said.get("head", "" if name == HISTORY else head) != head:
            return "another history", ""
        found.append("same" if lines == len(own) else "older")
    return min(found), ""


def check_newest(path: Path, identity: str, chains: Chains, known: Iterable[str] = ()) -> None:
    """Refuse to go on from a state that the manifest beside it does not fit: writing would take the only witness away.

    `known`: digests of manifests of lists that another draw replaced.
    """
    try:
        there = path.read_bytes()
    except OSError:
        return
    what, words = told_by(there, identity, chains)
    said = {
        "newer": f"it is an older copy, or lines were taken from its end, for the manifest tells {words}",
        "another history": "they tell of another history",
        "not of this list": "the state is of another list",
    }
    if what not in said or hashlib.sha256(there).hexdigest() in known:
        return
    raise HistoryError.of(
        "state-changed",
        f"the state does not fit {path.name} beside it: {said[what]}.",
        where=str(path),
        advice="Nothing was written. Put the newest state.json of this folder back from a backup. Only where there is "
        "none: casetrack export --force takes the state that is here as it stands, and what was decided since is lost.",
    )
