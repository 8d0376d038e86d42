"""The parts of a list's folder, and what may lie in which: loaded by commands that write beside a list, and light."""

from __future__ import annotations

from pathlib import Path

from casetrack.errors import OutputError

RETURN, COUNCIL_ONLY, SHARED = "return", "council-only", "for-sharing"
STATE = "state.json"


def state_path(folder: Path) -> Path:
    """Where the state of a folder is."""
    return folder / COUNCIL_ONLY / STATE


def check_stays(*paths: Path | None) -> None:
    """Refuse a place in the parts of any list's folder from which files leave the council."""
    for path in paths:
        if path is None:
            continue
        place = path.resolve()
        for part in (place, *place.parents):
            if part.name in {RETURN, SHARED} and state_path(part.parent).exists():
                raise OutputError.of(
                    "may-leave",
                    f"what lies in {part.name}/ may leave the council: only the files of the return and the pages for "
                    "sharing belong there.",
                    where=str(path),
                    advice="Nothing was written. Choose a place in council-only/ or outside the folder.",
                )
