"""Documents about people that a folder's list gives, and the record of which were made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from casetrack.cases.case_list import CaseList
from casetrack.errors import OutputError
from casetrack.files import write_file
from casetrack.packs.sheets import people_to_ring, worklist_bytes
from casetrack.runs.folders import RunFolder
from casetrack.runs.places import COUNCIL_ONLY
from casetrack.runs.state import Output

WORKLIST = f"{COUNCIL_ONLY}/worklist.xlsx"


def note_documents(folder: RunFolder, paths: Sequence[Path]) -> RunFolder:
    """The folder with documents on record that identify people, as far as they lie in it."""
    root = folder.path.resolve()
    inside = [path for path in paths if path.resolve().is_relative_to(root)]
    made = {p.resolve().relative_to(root).as_posix(): Output(p.read_bytes()).digest for p in inside}
    return folder.keep(folder.state.changed(identifying={**folder.state.identifying, **made}))


def write_worklist(folder: RunFolder, cases: CaseList, *, force: bool) -> tuple[Path, dict[str, int]]:
    """The worklist in the folder, over one that nobody worked on since; and how many cases each team has."""
    path = folder.path / WORKLIST
    table = people_to_ring(cases)
    content = worklist_bytes(table, cases.history[-1].on)
    if path.exists() and not force:
        known = (folder.state.identifying.get(WORKLIST), Output(content).digest)
        if Output(path.read_bytes()).digest not in known:
            raise OutputError.of(
                "file-exists",
                "somebody worked on the worklist since it was made.",
                where=str(path),
                advice="Move it away, or use --force to replace it.",
            )
    write_file(path, content, force=True)
    note_documents(folder, [path])
    return path, {str(team): int(number) for team, number in table["team"].value_counts(sort=False).items()}
