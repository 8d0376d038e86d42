"""The usual path in one call: from a file to two folders, one that may leave the council and one that may not."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from casetrack.cases.case_list import CaseList, draw
from casetrack.cases.history import Decision, append, from_list, to_list
from casetrack.designs.design import Design
from casetrack.errors import CasetrackError, EligibilityError, HistoryError, OutputError
from casetrack.extract import Source
from casetrack.files import make_folder, write_files
from casetrack.lookup.sealing import check_passphrase
from casetrack.pool.preparing import Progress, prepare, quiet
from casetrack.release.case_csv import csv_bytes
from casetrack.release.release import Release, pseudonymise
from casetrack.release.workbook import workbook_bytes
from casetrack.report.report import report_html
from casetrack.runs.manifest import Manifest
from casetrack.small_files import json_of, text_of
from casetrack.verify.verify import require_clean

__all__ = [
    "COUNCIL_ONLY",
    "LOOKUP",
    "RETURN",
    "Run",
    "check_free",
    "later_returns",
    "prepare",
    "put_back",
    "run",
    "was_released",
    "write_run",
]

RETURN, COUNCIL_ONLY = "return", "council-only"
DRAW_LOG, LOOKUP = "draw-log.json", "lookup.sealed"
_KEPT = ("manifest.json", "report.html", "case-list.json")


@dataclass(frozen=True, repr=False)
class Run:
    """What one call made.

    Parameters
    ----------
    cases, release
        The list and its release.
    files
        The files written, in order.
    """

    cases: CaseList
    release: Release
    files: tuple[Path, ...]

    def to_frame(self) -> pd.DataFrame:
        """The files, and which folder each is in."""
        return pd.DataFrame([(f.parent.name, f.name) for f in self.files], columns=["folder", "file"])

    def __repr__(self) -> str:
        return f"Run({self.cases!r}, {len(self.files)} files)"


def run(
    path: Source | Sequence[Source],
    *,
    as_at: dt.date | str | None = None,
    seed: str,
    out: str | os.PathLike[str],
    passphrase: str,
    design: Design | None = None,
    columns: Sequence[str] | None = None,
    k: int | None = None,
    join_codes: bool | None = None,
    size: int = 50,
    keep_until: dt.date | None = None,
    on: dt.date | str | None = None,
    key: bytes | None = None,
    reference_seed: str | None = None,
    force: bool = False,
    progress: Progress = quiet,
    **reading: Any,
) -> Run:
    """From an extract to a sealed, coded list in one call.

    Parameters
    ----------
    path
        The extract, or the files that make it up, as for ``read_extract``.
    as_at
        The date that the rules are read on.
    seed
        Text minuted before the draw.
    out
        Folder for ``return/`` (may leave the council) and ``council-only/`` (may not).
    passphrase
        Seals the lookup.
    design
        The quotas; the suggested ones when not given.
    columns, k, join_codes
        What is released of each case; no one person is likelier than 1 in k to be it.
    size
        Number of cases, for the suggested design.
    keep_until
        The last day on which the lookup is kept.
    on
        The day of the draw.
    key, reference_seed
        The secret key of the lottery and fixed case references, for tests and repeats; new ones otherwise.
    force
        Replace the files of an earlier run.
    progress
        Told in words what is being done.
    **reading
        ``mapping``, ``people``, ``months``, ``count_reviews``, ``hold_back``, ``overrides``, ``edition``.

    Returns
    -------
    Run

    Raises
    ------
    CasetrackError
        As each step does; nothing is written unless everything is.
    """
    check_passphrase(passphrase)
    check_free(Path(out), force=force)
    coded = prepare(path, as_at, progress=progress, **reading)
    if coded.drawable.empty:
        raise EligibilityError.of(
            "nobody-to-draw",
            "nobody in the extract is eligible with a cohort code on that date.",
            advice="Check the date, and run check to see why people are left out.",
        )
    progress("Suggesting quotas" if design is None else "Checking the design")
    plan = design if design is not None else Design.suggest(coded, size=size)
    progress("Drawing the list")
    cases = draw(coded, plan, seed, on=on, key=key, reference_seed=reference_seed)
    progress("Finding what can be shown")
    release = pseudonymise(cases, columns=columns, k=k, join_codes=join_codes)
    cases = cases.record_release(release.facts_on_record, on=on)
    progress("Writing")
    files = write_run(cases, release, out, passphrase, keep_until=keep_until, force=force)
    return Run(cases, release, files)


def write_run(
    cases: CaseList,
    release: Release,
    out: str | os.PathLike[str],
    passphrase: str,
    *,
    keep_until: dt.date | None = None,
    force: bool = False,
) -> tuple[Path, ...]:
    """Write both folders, whole or not at all.

    Parameters
    ----------
    cases, release
        The list and its release.
    out
        The folder for both.
    passphrase
        Seals the lookup.
    keep_until
        The last day on which the lookup is kept.
    force
        Replace the files of an earlier run.

    Raises
    ------
    OutputError
        ``file-exists``, before anything is written.
    ReleaseError
        ``release-not-clean`` when a second look at what was written finds what ought not to be there; the folder is
        then as it was before.
    """
    folder = Path(out)
    check_free(folder, force=force)
    shared, kept = folder / RETURN, folder / COUNCIL_ONLY
    log = kept / DRAW_LOG
    contents: dict[Path, bytes | str] = {
        shared / "case-list.xlsx": workbook_bytes(release),
        shared / "case-list.csv": csv_bytes(release),
        kept / "manifest.json": Manifest.of(cases, release).to_json(),
        kept / "report.html": report_html(cases, release),
        kept / "case-list.json": cases.to_json(),
        log: _draw_log(log, cases),
    }
    before = {path: path.read_bytes() if path.exists() else None for path in contents}
    for part in (shared, kept):
        make_folder(part)
    # The log of draws grows by a line; everything else is new or replaced on request.
    written = write_files(contents, force=True)
    try:
        require_clean([path for path in written if path.parent == shared], cases, release)
        sealed = release.lookup.seal(
            kept / LOOKUP,
            passphrase,
            keep_until=keep_until,
            release_id=release.facts["release_id"],
            list_digest=release.facts["list_digest"],
            force=force,
        )
    except BaseException:
        # A list without its lookup would be half a result, and one that is not clean must not be left.
        put_back(before)
        raise
    for stale in later_returns(shared):
        # Versions of a list that is no more would be taken for the one to send.
        stale.unlink()
    return (*written, sealed)


def put_back(before: Mapping[Path, bytes | None]) -> None:
    """Leave files as they were.

    Parameters
    ----------
    before
        Their contents; None for one that was not there.
    """
    for path, content in before.items():
        if content is None:
            path.unlink(missing_ok=True)
    write_files({path: content for path, content in before.items() if content is not None}, force=True)


def check_free(folder: Path, *, force: bool) -> None:
    """Refuse a folder that holds the files of an earlier run, unless they may be replaced.

    Parameters
    ----------
    folder
        The folder for both parts.
    force
        Whether they may.

    Raises
    ------
    OutputError
        ``file-exists``.
    """
    names = {RETURN: ("case-list.xlsx", "case-list.csv"), COUNCIL_ONLY: (*_KEPT, LOOKUP, f"{LOOKUP}.log")}
    existing = [n for part, files in names.items() for n in files if (folder / part / n).exists()]
    if existing and not force:
        raise OutputError.of(
            "file-exists",
            f"{len(existing)} files are there already: {', '.join(existing)}.",
            advice="Choose another folder, or use --force to replace them.",
        )


def was_released(folder: str | os.PathLike[str]) -> bool:
    """Whether the list that a folder holds was released; False where there is none that can be read."""
    try:
        return len(CaseList.open(Path(folder) / COUNCIL_ONLY / "case-list.json").ledger) > 0
    except (CasetrackError, OSError):
        return False


def later_returns(shared: Path) -> list[Path]:
    """The versions of the return after the first one."""
    return sorted([*shared.glob("case-list-v*.xlsx"), *shared.glob("case-list-v*.csv")])


def _draw_log(path: Path, cases: CaseList) -> str:
    """Every draw made into this folder, chained, so that trying one seed after another shows."""
    earlier = _earlier_draws(path)
    drawn = cases.history[0]
    facts = dict(drawn.detail["draw"])
    same = facts["lottery"], facts["number"]
    if not any((d.detail.get("lottery"), d.detail.get("number")) == same for d in earlier):
        day = max([drawn.on, *(d.on for d in earlier[-1:])])
        earlier = append(earlier, "drawn", on=day, who=drawn.who, detail=facts)
    return json.dumps(to_list(earlier), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _earlier_draws(path: Path) -> tuple[Decision, ...]:
    if not path.exists():
        return ()
    try:
        return from_list(json_of(text_of(path)))
    except (OSError, ValueError, TypeError):
        raise HistoryError.of(
            "log-unreadable",
            "the log of draws in this folder cannot be read.",
            advice="Put an untouched copy of draw-log.json back, or draw into another folder.",
        ) from None
