"""A case list on disk: JSON with case references only, never overwritten by a list that knows less."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from casetrack.cases.history import Decision, from_list, to_list
from casetrack.chain import canonical_digest
from casetrack.designs.asked import digest_of_plain
from casetrack.designs.design import Design
from casetrack.errors import CasetrackError, HistoryError
from casetrack.files import locked, make_folder, write_file
from casetrack.small_files import json_of, text_of

_FORMAT = "casetrack case list, version 1"


def public_design(design: Design) -> Design:
    """The design without the people it names: those are known only beside the pool."""
    return Design(**{**design.to_dict(), "must_include": {}, "exclude": {}})


def reasons_digest(design: Design) -> str:
    """SHA-256 of the reasons of a design's quotas, which its own digest leaves out."""
    return canonical_digest(dict(design.reasons))


def checked_design(design: Design, history: Sequence[Decision], plain: Mapping[str, Any]) -> Design:
    """The design, refused when it is not the one that the draw put on record, reasons included.

    The first version put no digest of the reasons on record, and knew fewer fields: there ``plain`` decides, the design
    as the file has it.
    """
    told = history[0].detail["draw"]
    if "design_reasons" in told:
        same = told["design_as_kept"] == design.digest() and told["design_reasons"] == reasons_digest(design)
    else:
        same = told["design_as_kept"] in (design.digest(), digest_of_plain(plain))
    if not same:
        raise HistoryError.of(
            "design-changed",
            "the design in the file is not the one of the draw.",
            advice="Go back to an untouched copy of the file; do not mend it by hand.",
        )
    return design


def to_json(history: Sequence[Decision], design: Design) -> str:
    """The log and the design as JSON, one decision a line."""
    lines = ",\n".join(
        "  " + json.dumps(line, ensure_ascii=False, sort_keys=True) for line in to_list(history)
    )
    plan = json.dumps(design.to_dict(), ensure_ascii=False, sort_keys=True)
    return f'{{\n"format": {json.dumps(_FORMAT)},\n"design": {plan},\n"history": [\n{lines}\n]\n}}\n'


def from_json(text: str) -> tuple[tuple[Decision, ...], Design]:
    """The log and the design from JSON."""
    try:
        content = json_of(text)
        if content["format"] != _FORMAT:
            raise KeyError("format")
        design = Design(**content["design"])
        lines = content["history"]
    except (ValueError, KeyError, TypeError, ValidationError, CasetrackError):
        raise HistoryError.of(
            "not-a-case-list",
            "the file is not a case list that casetrack wrote.",
            advice="Open case-list.json.",
        ) from None
    history = from_list(lines)
    if not history or history[0].action != "drawn":
        raise HistoryError.of(
            "not-a-case-list", "the log does not begin with a draw.", advice="Open an untouched copy."
        )
    checked_design(design, history, content["design"])
    if "design_reasons" in history[0].detail["draw"] and to_json(history, design) != text:
        raise HistoryError.of(
            "log-changed",
            "the case list is not spelled as casetrack wrote it.",
            advice="Go back to an untouched copy of the file; do not mend it by hand.",
        )
    return history, design


def read(path: Path) -> str:
    """The text of a saved list."""
    try:
        return text_of(path)
    except (OSError, UnicodeDecodeError):
        raise HistoryError.of(
            "cannot-open", "the case list cannot be opened.", advice="Check the folder that draw made."
        ) from None


def save(path: Path, text: str, history: Sequence[Decision]) -> Path:
    """Write under a lock; refuse when the file holds decisions that ``history`` does not begin with."""
    make_folder(path.parent)
    with locked(path):
        if path.exists():
            before = from_json(read(path))[0]
            if [d.digest for d in before] != [d.digest for d in history[: len(before)]]:
                raise HistoryError.of(
                    "somebody-else-wrote",
                    "the saved list holds decisions that this one does not know.",
                    advice="Open it again and make your decision on what stands there.",
                )
        return write_file(path, text, force=True)
