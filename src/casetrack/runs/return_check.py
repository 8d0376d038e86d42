"""A return before it is kept: marked with what it was made from, and looked at a second time with other code."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from casetrack.cases.case_list import CaseList
from casetrack.errors import OutputError
from casetrack.release.release import Release
from casetrack.runs.state import State, record_mark
from casetrack.verify.verify import require_clean

__all__ = ["checked_return", "marked"]


def marked(release: Release, state: State) -> Release:
    """The release with the mark of the folder and the history that it was made from."""
    return dataclasses.replace(release, facts={**release.facts, "record": record_mark(state)})


def checked_return(files: Mapping[str, bytes], cases: CaseList, release: Release) -> None:
    """Read a new return back from a place of its own, outside the folder."""
    try:
        place = Path(tempfile.mkdtemp(prefix="casetrack-"))
    except OSError as error:
        raise OutputError.of("cannot-write", f"no file can be written: {error.strerror}.") from error
    try:
        paths = [place / Path(name).name for name in files]
        for path, content in zip(paths, files.values(), strict=True):
            path.write_bytes(content)
        require_clean(paths, cases, release)
    except OSError as error:
        raise OutputError.of("cannot-write", f"no file can be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
