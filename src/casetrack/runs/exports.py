"""Every file of the folders as it follows from the state: made, made again, and held against what is there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casetrack.cases.timetable import Timetable
from casetrack.errors import CasetrackError, HistoryError, OutputError
from casetrack.files import all_leftovers, make_folder, move, remove, write_files
from casetrack.release.template import IN_TEMPLATE
from casetrack.runs.manifest import Manifest
from casetrack.runs.places import COUNCIL_ONLY, RETURN, SHARED, STATE, state_path
from casetrack.runs.state import (
    MANIFEST,
    PACKS,
    SUPERSEDED,
    Output,
    State,
    chains_of,
    check_state,
    heads,
    read_state,
    told_by,
)
from casetrack.verify.reading import beside_cells, cells_of, read_workbook

CALENDAR = f"{COUNCIL_ONLY}/timetable.ics"
CERTIFICATE = f"{COUNCIL_ONLY}/lookup.destroyed.json"
#: Nobody writes into these by hand, so a wrong one is simply made again.
_OURS = (MANIFEST, CALENDAR, CERTIFICATE)
_COVER = "Cover"
_BESIDE = (
    "what stands beside the cells, such as comments, page headers and footers, links, pictures or properties"
)
_NOTHING = "Comments, page headers and footers, links, pictures and properties are too, but for who saved it."
#: The state itself, and the empty file that keeps two people from writing it at once.
_STATE = {STATE, f".{STATE}.lock"}
_LEFT_OVER = "left over", "was left by a command that was interrupted."
_OLDER = "older", "is an older version: casetrack export makes the newest again."
_FOLDERS = (RETURN, SUPERSEDED, SHARED, COUNCIL_ONLY)


@dataclass(frozen=True)
class Found:
    """What is wrong with one file."""

    path: str
    what: str  # "missing", "changed", "filled in", "saved again", "older", "newer", "not of this list", "left over"
    said: str  # what is wrong, after the name of the file

    @property
    def words(self) -> str:
        """The same in a sentence."""
        return f"{self.path} {self.said}"

    @property
    def is_well(self) -> bool:
        """Whether this is as it may be: filled in on its cover, saved again, or a document that was worked on."""
        return self.what in {"filled in", "saved again", "worked on"}


def sealed_until(state: State) -> str:
    """The last day on which the lookup is kept, where it was sealed with it at the draw; empty where none was."""
    if state.lookup is not None:
        return state.lookup.opened().header.facts.keep_until
    return str((state.certificate or {}).get("keep_until", ""))


def timetable_of(state: State) -> Timetable | None:
    """The dates kept with the list, or None; a day sealed with the lookup stands."""
    if state.timetable is None:
        return None
    told = {name: day for name, day in state.timetable.items() if name not in {"sequence"}}
    if until := sealed_until(state):
        told["keep_until"] = until
    try:
        return Timetable(**told)
    except TypeError:
        raise HistoryError.of(
            "timetable-unreadable",
            "the dates kept with the list cannot be read.",
            advice="Write them again: casetrack timetable --notified DATE --folder FOLDER.",
        ) from None


def files_of(state: State) -> dict[str, Output]:
    """Every file that follows from the state, by its path in the folder."""
    content = {**state.manifest, "folder": state.folder, **heads(chains_of(state))}
    files = {**state.outputs, MANIFEST: Output(Manifest(content).to_json().encode())}
    dates = timetable_of(state)
    if dates is not None:
        assert state.timetable is not None
        text = dates.to_ics(identity=state.folder, sequence=state.timetable.get("sequence", 0))
        files[CALENDAR] = Output(text.encode())
    for one in state.earlier_certificates:
        files[earlier_certificate(one)] = _certificate(one)
    if state.certificate is not None:
        files[CERTIFICATE] = _certificate(state.certificate)
    return files


def earlier_certificate(certificate: Mapping[str, Any]) -> str:
    """Where the certificate of a list lies that another draw replaced: named for that list's release."""
    return f"{COUNCIL_ONLY}/lookup.destroyed.{certificate['release_id']}.json"


def _certificate(content: Mapping[str, Any]) -> Output:
    text = json.dumps(dict(content), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    return Output(text.encode())


def manifest_differs(folder: Path, state: State) -> list[str]:
    """Fields of the manifest in the folder that are not what the state gives; empty where it is as it was written."""
    there, own = _read(folder / MANIFEST), files_of(state)[MANIFEST].content
    if there == own:
        return []
    told: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        told = json.loads(there or b"")
    if not isinstance(told, dict):
        return ["the whole file"]
    given = json.loads(own)
    missing = object()
    names = sorted(told.keys() | given.keys())
    # Where the fields agree, the file is spelled in another way.
    different = [name for name in names if told.get(name, missing) != given.get(name, missing)]
    return different or ["the whole file"]


def export(folder: Path, state: State, *, force: bool = False) -> tuple[Path, ...]:
    """Make again what is missing or unfinished, and clear what is left over; what somebody changed stays.

    `force`: replace what somebody changed, too.
    """
    check_places(folder, state)
    if not force and _somebody_went_on(folder, state):
        # The files follow from the newer state, and are whoever's who wrote it.
        return ()
    clear(folder, state)
    due = {}
    for path, output in files_of(state).items():
        there = _read(folder / path)
        known = path in _OURS or there is None or _digest(there) in output.earlier
        if there != output.content and (known or force):
            due[folder / path] = output.content
    for part in (RETURN, COUNCIL_ONLY, SHARED):
        make_folder(folder / part)
    return write_files(due, force=True) if due else ()


def check_places(folder: Path, state: State) -> None:
    """Refuse before anything is written where a folder stands in the place of a file."""
    stand = [path for path in (*files_of(state), f"{COUNCIL_ONLY}/{STATE}") if (folder / path).is_dir()]
    if stand:
        raise OutputError.of(
            "file-exists",
            f"a folder stands where a file belongs: {', '.join(stand)}.",
            where=str(folder),
            advice="Move it away or remove it, and run the command again.",
        )


def _somebody_went_on(folder: Path, state: State) -> bool:
    """Whether the manifest is ahead of this state because another command wrote since; else that is refused."""
    try:
        check_state(folder, state)
    except HistoryError:
        if read_state(folder).to_json() == state.to_json():
            raise
        return True
    return False


def clear(folder: Path, state: State) -> None:
    """Set old versions of the return aside; remove what an interrupted command left, and files of a list no more."""
    for name, digests in state.stale.items():
        there = _read(folder / name)
        if there is not None and name not in state.outputs and _digest(there) in digests:
            remove(folder / name)
    for old, new in _to_set_aside(folder, state).items():
        there = _read(folder / new)
        if there is None:
            # As it is, also when its cover was filled in: this is what was sent.
            move(folder / old, folder / new)
        elif there == _read(folder / old):
            remove(folder / old)
    for part in (*_FOLDERS, PACKS):
        for path in all_leftovers(folder / part):
            remove(path)
    with contextlib.suppress(OSError):
        # Only where nothing is in it.
        (folder / SUPERSEDED).rmdir()


def _to_set_aside(folder: Path, state: State) -> dict[str, str]:
    """Files of a version that was replaced, still where the newest one belongs, and where they belong now."""
    there = {f"{RETURN}/{Path(new).name}": new for new in state.outputs if new.startswith(f"{SUPERSEDED}/")}
    return {old: new for old, new in there.items() if old not in state.outputs and (folder / old).is_file()}


def look(folder: Path, state: State) -> tuple[Found, ...]:
    """What is missing, changed, swapped, older or left over, file by file; nothing is written."""
    files, aside = files_of(state), _to_set_aside(folder, state)
    replaced = f"was replaced by a later version: casetrack export moves it to {SUPERSEDED}."
    found = [Found(old, "older", replaced) for old in aside]
    for name, output in files.items():
        there = _read(folder / name)
        if there is None and name in aside.values():
            continue
        if there is None:
            words = (
                "is a folder: move it away, and run casetrack export."
                if (folder / name).is_dir()
                else "is missing."
            )
            found.append(Found(name, "missing", words))
        elif there != output.content:
            found.append(Found(name, *_different(folder, name, there, output, state)))
    for path, digest in state.identifying.items():
        there = _read(folder / path)
        if there is not None and _digest(there) != digest:
            found.append(Found(path, "worked on", "was worked on since it was made."))
    known = {*files, *state.identifying, *aside}
    for part in (*_FOLDERS, PACKS):
        found += [Found(f"{part}/{one.name}", *_LEFT_OVER) for one in all_leftovers(folder / part)]
    return (*found, *_strangers(folder, state, known))


def _strangers(folder: Path, state: State, known: Container[str]) -> Iterator[Found]:
    """Every file of what may leave the council, however deep, that is not known; of the rest those that lie plainly."""
    deep = [path for part in (RETURN, SHARED) for path in sorted((folder / part).rglob("*"))]
    for one in (*deep, *sorted((folder / COUNCIL_ONLY).glob("*"))):
        name = one.relative_to(folder).as_posix()
        if one.is_file() and not (one in all_leftovers(one.parent) or name in known or one.name in _STATE):
            words = "is not of this list as the state has it: put there by somebody, or by a later state."
            stale = _digest(one.read_bytes()) in state.stale.get(name, ())
            yield Found(name, *(_LEFT_OVER if stale else ("not of this list", words)))


def _different(folder: Path, path: str, there: bytes, output: Output, state: State) -> tuple[str, str]:
    if _digest(there) in output.earlier:
        return _OLDER
    if path == MANIFEST:
        return _other_manifest(path, there, state)
    if path.endswith(IN_TEMPLATE):
        return _filled_in_template(folder, path, there, output)
    if path.endswith(".xlsx"):
        sheets = _sheets_that_differ(folder / path, output.content)
        if not _same_beside(there, output.content):
            sheets.append(_BESIDE)
        if sheets == [_COVER]:
            return (
                "filled in",
                f"was filled in on its cover; its list, coverage and notes are as released. {_NOTHING}",
            )
        if not sheets:
            return "saved again", f"was saved again by another program; its cells are as released. {_NOTHING}"
        return "changed", f"is not what was released: {', '.join(sheets)}."
    return "changed", "was changed, or exchanged for another file."


def _filled_in_template(folder: Path, path: str, content: bytes, output: Output) -> tuple[str, str]:
    """A template has fields that are the council's to fill in; what casetrack wrote has to stand."""
    there = read_workbook(folder / path).sheets
    if there and not _same_beside(content, output.content):
        return "changed", f"is not what was released: {_BESIDE}."
    for name, rows in cells_of(output.content).items():
        for r, row in enumerate(rows):
            held = there.get(name, [])[r : r + 1] or [[]]
            if any(cell not in ("", *held[0][c : c + 1]) for c, cell in enumerate(row)):
                return "changed", f"does not say what was released: {name}."
    return "filled in", "was filled in; what was released stands in it."


def _other_manifest(path: str, there: bytes, state: State) -> tuple[str, str]:
    """A manifest tells which history it was written with, so that an older state beside it shows."""
    what, telling = told_by(there, state.folder, chains_of(state))
    if what == "not of this list":
        return what, "is of another folder."
    if what == "newer":
        copy = f"{state_path(Path()).as_posix()} is an older copy, or lines were taken from its end."
        return what, f"tells {telling}: {copy}"
    if what == "older" or _digest(there) in state.stale.get(path, ()):
        return _OLDER
    return "changed", "was changed, or tells of another history."


def _sheets_that_differ(path: Path, content: bytes) -> list[str]:
    there = read_workbook(path).sheets
    own = cells_of(content)
    return [name for name in dict.fromkeys([*own, *there]) if own.get(name) != there.get(name)]


def _same_beside(there: bytes, own: bytes) -> bool:
    """Whether people put nothing beside the cells of a workbook, and took nothing away; False where it cannot be read."""
    try:
        return beside_cells(there) == beside_cells(own)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, CasetrackError):
        return False


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
