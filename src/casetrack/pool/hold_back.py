"""The council's own list of people to leave out, in every form that a council keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from casetrack.errors import EligibilityError, rows_in_words
from casetrack.extract import Extract
from casetrack.extract.fields import field_for_heading, fold
from casetrack.extract.found import found_on
from casetrack.extract.frames import text_of
from casetrack.extract.identifiers import loosely, nearly_known
from casetrack.extract.lists import identifiers_in, list_as_text, read_list, why_no_list
from casetrack.findings import Finding

#: Identifiers that are numbers are read as text.
HoldBack: TypeAlias = str | Path | pd.DataFrame | Mapping[Any, Any] | Iterable[Any] | None


def held_back(extract: Extract, hold_back: HoldBack) -> tuple[list[str | None], list[Finding]]:
    """The council's own reason for each person to leave out (None for everyone else), and who was not found."""
    if hold_back is None:
        return [None] * len(extract.people), []
    lines = _lines(hold_back)
    found = extract.find_any(lines["identifiers"])
    _refuse_two_people(lines, found)
    places = {name: place for place, name in enumerate(extract.people.index)}
    notes: list[str | None] = [None] * len(places)
    for note, names in zip(lines["note"], found, strict=True):
        for name in names:
            notes[places[name]] = note or "no reason given"
    _refuse_near_misses(extract, lines, found, notes)
    finding = found_on(
        "held-back-nobody",
        "",
        "people on the hold-back list who are not found in the extract",
        lines.index.to_numpy()[[not names for names in found]],
        "Nobody is held back for these lines (rows of the list). Check the identifiers; an NHS number that stands under "
        "several people finds nobody: give the local id.",
        unit="people",
        loses="people",
    )
    return notes, list(finding)


def _refuse_two_people(lines: pd.DataFrame, found: list[tuple[str, ...]]) -> None:
    """Stop where the identifiers of one line lead to different people; one that means two holds both back."""
    pairs = zip(lines.index, lines["identifiers"], found, strict=True)
    if wrong := [number for number, line, names in pairs if len(names) > 1 and len(line) > 1]:
        raise EligibilityError.of(
            "hold-back-two-people",
            "a line of the hold-back list has identifiers of different people.",
            where=f"{rows_in_words(wrong[:1000], len(wrong))} of the list",
            advice="Give each line the identifiers of one person.",
        )


def _refuse_near_misses(
    extract: Extract, lines: pd.DataFrame, found: list[tuple[str, ...]], notes: list[str | None]
) -> None:
    """Stop where the extract has an identifier written a little differently, or so too: a person must not slip by.

    `notes`: the reason of everybody who is found.
    """
    known = extract.identifiers
    held = np.array([note is not None for note in notes], dtype=bool)[
        known["person"].to_numpy(dtype=np.int64)
    ]
    loose = pd.Series([loosely(text) for text in known["identifier"]], known.index, dtype=object)
    # Whoever is not held back, and has the local id of somebody who is, or their NHS number for one; ids that differ in
    # the case of letters alone are two people's.
    others = ~held & (known["kind"] == "local_id").to_numpy()
    left, theirs = loose[others], set(known["identifier"][others].str.casefold())
    same_letters = known["identifier"].str.casefold().isin(theirs) & (known["kind"] == "local_id")
    alike = held & loose.isin(left).to_numpy() & ~same_letters.to_numpy()
    beside = set(extract.people.index[known["person"][alike].unique()])
    lost = {
        text for line, names in zip(lines["identifiers"], found, strict=True) if not names for text in line
    }
    near = nearly_known(lost, known["identifier"]) if lost else set()
    missed = [
        number
        for number, line, names in zip(lines.index, lines["identifiers"], found, strict=True)
        if (not names and near & set(line)) or beside & set(names)
    ]
    if missed:
        raise EligibilityError.of(
            "hold-back-near-miss",
            "the extract writes identifiers of the hold-back list in another way, or in another way too: without zeros "
            "in front, with .0 at the end, in another case of letters, with other marks or words beside them, rounded, "
            "or as a local id what is an NHS number.",
            where=f"{rows_in_words(missed[:1000], len(missed))} of the list",
            advice="Write them as the extract does, in both ways where it has both. Until then these people would stay "
            "in the draw.",
        )


def _lines(hold_back: Any) -> pd.DataFrame:
    """The ``identifiers`` of each line of the list and its ``note``; the index is the number of its row."""
    if isinstance(hold_back, str | Path):
        try:
            frame = read_list(hold_back)
        except (OSError, ValueError) as error:
            told = why_no_list("the hold-back list", hold_back, error)
            raise EligibilityError.of("hold-back-file", **told) from None
    elif isinstance(hold_back, pd.DataFrame):
        frame = list_as_text(hold_back)
    elif isinstance(hold_back, Mapping):
        pairs = [(text_of(key), text_of(note)) for key, note in hold_back.items()]
        frame = list_as_text(pd.DataFrame(pairs, columns=["person_id", "reason"], dtype=object))
    else:
        frame = _of_identifiers(hold_back)
    ids = identifiers_in(frame)
    reasons = [i for i, c in enumerate(frame.columns) if "reason" in fold(c)]
    if ids is None or not reasons:
        raise EligibilityError.of(
            "hold-back-columns",
            "the hold-back list needs an identifier and a reason.",
            advice='Give it the columns "LA Person Unique Identifier" (or "NHS Number") and "Reason".',
        )
    # A list cut from the extract has a Primary Support Reason too; the council's own is the plain one.
    reasons.sort(key=lambda i: field_for_heading(frame.columns[i]) is not None)
    notes = frame.iloc[:, reasons[0]].tolist()
    return pd.DataFrame(
        {"identifiers": pd.Series(ids, frame.index, dtype=object), "note": notes}, frame.index
    )


def _of_identifiers(hold_back: Any) -> pd.DataFrame:
    """Identifiers alone as a list; a Series with an index of its own may hold them there or as its values."""
    own_index = isinstance(hold_back, pd.Series) and not isinstance(hold_back.index, pd.RangeIndex)
    ids = [] if own_index else list(hold_back)
    if own_index or any(isinstance(one, tuple | list | set | Mapping) for one in ids):
        raise EligibilityError.of(
            "hold-back-columns",
            "the hold-back list has to be a path, a DataFrame, a dict of identifier to reason, or identifiers alone.",
            advice="Of a Series give .to_dict() where its index holds the identifiers, .tolist() where its values do; "
            "of pairs give dict(pairs); of records a DataFrame.",
        )
    return list_as_text(
        pd.DataFrame({"person_id": [text_of(one) for one in ids], "reason": ""}, dtype=object)
    )
