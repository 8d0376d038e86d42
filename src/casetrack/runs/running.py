"""The usual path in one call: from a file to its folders, what may leave the council and what may not."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from casetrack.cases.case_list import CaseList, draw
from casetrack.cases.history import Decision, append, releases
from casetrack.cases.record import known_in
from casetrack.designs.design import Design
from casetrack.disclosure.defaults import DEFAULT_COLUMNS
from casetrack.errors import CasetrackError, HistoryError, OutputError, ReleaseError, UsageError
from casetrack.extract import Source
from casetrack.lookup.sealing import check_passphrase
from casetrack.pool.cohorts import CodedPool
from casetrack.pool.preparing import check_drawable, prepare
from casetrack.progress import work
from casetrack.release.release import Release, pseudonymise
from casetrack.release.template import Template
from casetrack.runs.exports import CERTIFICATE, check_places, export, files_of
from casetrack.runs.folders import (
    RunFolder,
    attach,
    checked_return,
    is_first_version,
    on_record,
    open_for,
    reports_of,
    return_of,
)
from casetrack.runs.manifest import Manifest
from casetrack.runs.places import COUNCIL_ONLY, RETURN, SHARED, state_path
from casetrack.runs.state import MANIFEST, KeptLookup, Output, State, binding, read_state, write_state
from casetrack.stages import checked
from casetrack.typed_text import Known, shapes_of, what_names_somebody
from casetrack.version import __version__
from casetrack.words import LONGEST


@dataclass(frozen=True, repr=False)
class Run:
    """What one call made."""

    cases: CaseList
    release: Release
    files: tuple[Path, ...]
    finished: bool = False  # whether the same draw had been interrupted and was brought to its end

    def to_frame(self) -> pd.DataFrame:
        """The files, and which folder each is in."""
        return pd.DataFrame([(f.parent.name, f.name) for f in self.files], columns=["folder", "file"])

    def __repr__(self) -> str:
        return f"Run({self.cases!r}, {len(self.files)} files)"


@checked
@work("Reading the extract")
def run(
    path: Source | Sequence[Source],
    *,
    as_at: dt.date | str | None = None,
    seed: str,
    out: str | os.PathLike[str],
    passphrase: str,
    second_passphrase: str = "",
    design: Design | None = None,
    columns: str | Sequence[str] | None = None,
    k: int | None = None,
    join_codes: bool | None = None,
    size: int = 50,
    keep_until: dt.date | None = None,
    on: dt.date | str | None = None,
    key: bytes | None = None,
    number: int | None = None,
    minuted: str = "",
    council: str = "",
    contact: str = "",
    template: Template | None = None,
    reference_seed: str | None = None,
    force: bool = False,
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
        Folder for ``return/`` (for CQC), ``for-sharing/`` (may be shown to anybody) and ``council-only/`` (may not leave
        the council).
    passphrase, second_passphrase
        Seals the lookup; with a second one either opens it.
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
    number, minuted
        The number thrown, and the digest of the lottery that was minuted before, as for ``draw``.
    council, contact
        The council's name and who to ask, a role and a mailbox: for the cover of every version of the return.
    template
        A template of CQC's, from ``read_template``, that every version is filled into.
    force
        Replace the files of an earlier run.
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
    for word in filter(None, (passphrase, second_passphrase)) if passphrase else (passphrase,):
        check_passphrase(word)
    cover = cover_of(council, contact)
    check_free(Path(out), force=force)
    with work("Reading the extract", 0.1):
        coded = prepare(path, as_at, **reading)
    cover_of(council, contact, known_in(coded.pool.extract))
    check_drawable(coded)
    with work("Suggesting quotas", 0.4 if design is None else 0.0):
        plan = design if design is not None else Design.suggest(coded, size=size)
    if not force and state_path(Path(out)).exists():
        shown = columns if columns is not None else [c for c in DEFAULT_COLUMNS if c in coded.people.columns]
        asked = {
            "columns": {"listed_as", "codes", *shown},
            "k": 10 if k is None else k,
            "joined": bool(join_codes),
        }
        given = {"cover": cover, "keep_until": keep_until, "template": template}
        return _finished(Path(out), coded, plan, seed, (passphrase, second_passphrase), asked, given)
    with work("Drawing the list", 0.15):
        cases = draw(
            coded, plan, seed, on=on, key=key, number=number, minuted=minuted, reference_seed=reference_seed
        )
    with work("Finding what can be shown", 0.25):
        release = pseudonymise(cases, columns=columns, k=k, join_codes=join_codes)
    cases = cases.record_release(release.facts_on_record, on=on)
    return write_run(
        cases,
        release,
        out,
        passphrase,
        second_passphrase=second_passphrase,
        keep_until=keep_until,
        reference_seed=reference_seed,
        force=force,
        cover=cover,
        template=template,
    )


def cover_of(council: str, contact: str, known: Known | None = None) -> dict[str, str]:
    """What a council says of itself on the cover, as the state keeps it; once the extract is read, held against it."""
    told = {"council": council.strip(), "contact": contact.strip()}
    for what, text in told.items():
        found = what_names_somebody(text, known)
        if found or len(text) > LONGEST or (text and not text.isprintable()):
            raise UsageError.of(
                "cover-text",
                f"the {what} for the cover holds {found}."
                if found
                else f"the {what} for the cover is more than one line of {LONGEST} characters.",
                advice="Give the council's name, and for who to ask a role and a mailbox.",
            )
    return {what: text for what, text in told.items() if text}


@work("Writing")
def write_run(
    cases: CaseList,
    release: Release,
    out: str | os.PathLike[str],
    passphrase: str,
    *,
    second_passphrase: str = "",
    keep_until: dt.date | None = None,
    reference_seed: str | None = None,
    force: bool = False,
    **parts: Any,
) -> Run:
    """Write all folders: the state in one step, and then whatever follows from it.

    `keep_until`: the last day on which the lookup is kept. `reference_seed`: fixes the folder's identity, for tests only.
    `force`: replace the list of an earlier run.
    """
    folder = Path(out)
    check_free(folder, force=force)
    before = read_state(folder) if state_path(folder).exists() else None
    if before is not None and not force:
        raise _exists([f"{COUNCIL_ONLY}/{state_path(folder).name}"])
    if reference_seed is None:
        cases = on_record(cases, dt.date.today())
    state = State(
        folder=_random(16, reference_seed, "folder") if before is None else before.folder,
        key=_random(32, reference_seed, "key") if before is None else before.key,
        drawn_with=__version__,
        design=cases.design,
        history=cases.history,
        draws=_draws(() if before is None else before.draws, cases),
        manifest=Manifest.of(cases, release).content,
        **parts,
    )
    made, release = return_of(state, release)
    checked_return(made, cases, release)
    lookup, lines = release.lookup.sealed(
        passphrase,
        second=second_passphrase,
        keep_until=keep_until,
        release_id=release.facts["release_id"],
        list_digest=release.facts["list_digest"],
        created=dt.date.today(),
        of=binding(state),
    )
    state = state.changed(timetable=None if before is None else before.timetable)
    reports = reports_of(state, cases, release)
    state = state.changed(
        lookup=KeptLookup.of(lookup, lines),
        shapes=shapes_of(cases.identified.people.values()),
        outputs={**{path: Output(content) for path, content in made.items()}, **reports},
    )
    if before is not None:
        state = _in_place_of(folder, state, before)
    check_places(folder, state)
    write_state(folder, state, before)
    export(folder, state)
    return Run(cases, release, _paths(folder, state))


def _paths(folder: Path, state: State) -> tuple[Path, ...]:
    return (*(folder / path for path in files_of(state)), state_path(folder))


def _check_asked(state: State, asked: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Refuse another rule of release, cover, day or template than those of the list that stands."""
    first = releases(state.history)[0].detail
    stands = {"columns": set(first["columns"]), "k": first["k"], "joined": first["joined"]}
    other = [name for name in stands if stands[name] != asked[name]]
    if other:
        raise ReleaseError.of(
            "another-release-rule",
            f"this draw was made before, and its list was released with other {' and '.join(other)}: the rule of a "
            "list's first release is fixed.",
            advice="Give what was given then, or choose another folder. --force draws a new list.",
        )
    until = None if state.lookup is None else state.lookup.opened().header.facts.keep_until
    same = {
        "the cover of its return names another council or another one to ask": dict(given["cover"])
        == dict(state.cover),
        "its lookup is kept until another day": str(given["keep_until"] or "") == str(until or ""),
        # One that was filled in since is no reason to stop.
        "its return is in no such template": given["template"] in (None, state.template),
    }
    other = [what for what, is_so in same.items() if not is_so]
    if other:
        raise OutputError.of(
            "file-exists",
            f"this draw was made before, and {', and '.join(other)}.",
            advice="Give what was given then: its list stands. A template is filled by casetrack export --template. "
            "--force draws a new list.",
        )


def _finished(
    folder: Path,
    coded: CodedPool,
    plan: Design,
    seed: str,
    passphrases: tuple[str, str],
    asked: Mapping[str, Any],
    given: Mapping[str, Any],
) -> Run:
    """The same draw once more, after it was stopped when its state stood already, or done: its list stands."""
    run_folder = RunFolder.open(folder)
    facts, actions = run_folder.cases.drawn_facts, [d.action for d in run_folder.cases.history]
    same = (facts["seed"], facts["pool"], facts["design"]) == (seed.strip(), coded.digest, plan.digest())
    if not same or actions != ["drawn", "released"]:
        raise _exists([*files_of(run_folder.state), f"{COUNCIL_ONLY}/{state_path(folder).name}"])
    _check_asked(run_folder.state, asked, given)
    first, second = passphrases
    if second and run_folder.state.lookup is not None:
        run_folder.state.lookup.opened().unlock(second)
    opened = open_for(run_folder, first, reason="The draw was asked for again, and what was missing is made.")
    cases = attach(opened, coded, plan)
    return Run(cases, pseudonymise(cases), _paths(folder, opened.folder.state), finished=True)


def _in_place_of(folder: Path, state: State, before: State) -> State:
    """A new list in an old one's folder: what follows from the old one may be written over or removed."""
    made = files_of(before)
    old: dict[str, tuple[str, ...]] = {
        path: tuple(dict.fromkeys([*output.earlier, output.digest, *_digest_of(folder / path)]))
        for path, output in before.outputs.items()
    }
    # The old list's manifest tells of another history, and is no reason to stop when this is interrupted.
    known = before.stale.get(MANIFEST, ())
    old[MANIFEST] = (*known, made[MANIFEST].digest, *_digest_of(folder / MANIFEST))
    certificates = before.earlier_certificates
    if before.certificate is not None:
        certificates = (*certificates, before.certificate)
        old[CERTIFICATE] = (made[CERTIFICATE].digest,)
    return state.changed(
        earlier_certificates=certificates,
        outputs={p: Output(o.content, old.pop(p, ())) for p, o in state.outputs.items()},
        stale={**before.stale, **old},
        identifying=before.identifying,
        earlier_logs=(*before.earlier_logs, *([before.lookup.log.decode("ascii")] if before.lookup else [])),
    )


def _digest_of(path: Path) -> tuple[str, ...]:
    return (Output(path.read_bytes()).digest,) if path.is_file() else ()


def _random(size: int, seed: str | None, what: str) -> str:
    if seed is None:
        return secrets.token_hex(size)
    return hashlib.sha256(f"{what} {seed}".encode()).hexdigest()[: 2 * size]


def check_free(folder: Path, *, force: bool) -> None:
    """Refuse a folder that holds the files of an earlier run, unless they may be replaced or it has a state.

    `force`: whether they may.
    """
    if is_first_version(folder) and not state_path(folder).exists():
        raise HistoryError.of(
            "earlier-format",
            "the folder holds a list of the first version of casetrack, which this one does not replace.",
            advice="Choose another folder.",
        )
    # Whether a list that stands there is the very one that is asked for shows when its files have been read.
    if force or state_path(folder).exists():
        return
    existing = [
        f"{part}/{path.name}"
        for part in (RETURN, COUNCIL_ONLY, SHARED)
        for path in sorted((folder / part).glob("*"))
        if not path.name.startswith(".")
    ]
    if existing:
        raise _exists(existing)


def _exists(names: Sequence[str]) -> OutputError:
    return OutputError.of(
        "file-exists",
        f"{len(names)} files are there already: {', '.join(Path(name).name for name in names)}.",
        advice="Choose another folder, or use --force to replace them.",
    )


def was_released(folder: str | os.PathLike[str]) -> bool:
    """Whether the list that a folder holds was released; False where there is none that can be read."""
    try:
        return len(read_state(Path(folder)).cases.releases) > 0
    except (CasetrackError, OSError):
        return False


def holds_lookup(folder: str | os.PathLike[str]) -> bool:
    """Whether the sealed lookup of a list lies in a folder."""
    try:
        return read_state(Path(folder)).lookup is not None
    except (CasetrackError, OSError):
        return False


def _draws(earlier: tuple[Decision, ...], cases: CaseList) -> tuple[Decision, ...]:
    """Every draw made into this folder, chained, so that trying one seed after another shows."""
    drawn = cases.history[0]
    facts: Mapping[str, Any] = drawn.detail["draw"]
    same = facts["lottery"], facts["number"]
    if any((d.detail.get("lottery"), d.detail.get("number")) == same for d in earlier):
        return earlier
    day = max([drawn.on, *(d.on for d in earlier[-1:])])
    return append(earlier, "drawn", on=day, who=drawn.who, detail=facts)
