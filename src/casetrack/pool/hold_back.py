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
from casetrack.extract.identifiers import loosely
from casetrack.extract.lists import identifiers_in, list_as_text, read_list
from casetrack.findings import Finding

#: Identifiers that are numbers are read as text.
HoldBack: TypeAlias = str | Path | pd.DataFrame | Mapping[Any, Any] | Iterable[Any] | None


def held_back(extract: Extract, hold_back: HoldBack) -> tuple[list[str | None], list[Finding]]:
    """The council's reason for each person to leave out (None for everyone else), and who was not found."""
    if hold_back is None:
        return [None] * len(extract.people), []
    pairs = _pairs(hold_back)
    places = {name: place for place, name in enumerate(extract.people.index)}
    notes: list[str | None] = [None] * len(places)
    lost: list[int] = []
    found = extract.find_any(identifiers for identifiers, _ in pairs)
    for number, ((_, note), name) in enumerate(zip(pairs, found, strict=True)):
        if name is None:
            lost.append(number)
        else:
            notes[places[name]] = note or "no reason given"
    rows = np.array(lost, dtype=np.int64) + _FIRST_ROW
    _refuse_near_misses(extract, [line for line, _ in pairs], set(lost), notes)
    finding = found_on(
        "held-back-nobody",
        "",
        "people on the hold-back list who are not found in the extract",
        rows,
        "Nobody is held back for these lines (rows of the list). Check the identifiers; an NHS number that stands under "
        "several people finds nobody: give the local id.",
        unit="people",
        loses="people",
    )
    return notes, list(finding)


#: The heading of a list is its row 1.
_FIRST_ROW = 2


def _refuse_near_misses(
    extract: Extract, lines: list[tuple[str, ...]], lost: set[int], notes: list[str | None]
) -> None:
    """Stop where the extract has an identifier written a little differently, or so too: a person must not slip by.

    `lost`: the lines of which nobody was found. `notes`: the reason of everybody who was.
    """
    known = extract.identifiers
    near: dict[str, set[int]] = {}
    for text, place, kind in zip(known["identifier"], known["person"], known["kind"], strict=True):
        near.setdefault(loosely(text), set()).update({place} if kind == "local_id" else {-1})

    def slips_by(number: int, line: tuple[str, ...]) -> bool:
        alike = [near.get(loosely(text), set()) for text in line]
        if number in lost:
            return any(alike)
        return any(place >= 0 and notes[place] is None for places in alike for place in places)

    missed = [number + _FIRST_ROW for number, line in enumerate(lines) if slips_by(number, line)]
    if missed:
        raise EligibilityError.of(
            "hold-back-near-miss",
            "the extract writes identifiers of the hold-back list in another way, or in another way too: without zeros "
            "in front, with .0 at the end, or in another case of letters.",
            where=f"{rows_in_words(missed[:1000], len(missed))} of the list",
            advice="Write them as the extract does, in both ways where it has both. Until then these people would stay "
            "in the draw.",
        )


def _pairs(hold_back: Any) -> list[tuple[tuple[str, ...], str]]:
    if isinstance(hold_back, str | Path):
        try:
            hold_back = read_list(hold_back)
        except (OSError, ValueError):
            raise EligibilityError.of(
                "hold-back-file",
                "the hold-back list cannot be read.",
                advice="Save it as CSV with an id and a reason.",
            ) from None
    if isinstance(hold_back, pd.DataFrame):
        frame = list_as_text(hold_back)
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
        return list(zip(ids, frame.iloc[:, reasons[0]].tolist(), strict=True))
    if isinstance(hold_back, Mapping):
        return [((text_of(k),), text_of(v).strip()) for k, v in hold_back.items()]
    return [((text_of(one),), "") for one in hold_back]
