"""The annex of a data protection impact assessment, filled in from a manifest; what people have to judge is left open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casetrack.headings import in_a_sentence
from casetrack.report.pages import page


def dpia_annex(told: Mapping[str, Any]) -> str:
    """Markdown: purpose, context, consequence, future review, and what each kind of reader could do."""
    release, draw = told["release"], told["draw"]
    outside = (
        f"{count if count > 4 else 'fewer than 5'} rows: {why}"
        for why, count in release["exceptions"].items()
    )
    return page(
        "annex.md",
        size=told["design"]["size"],
        rule=told["rule"],
        edition=told["coding"]["edition"],
        lottery=str(draw.get("lottery", draw["design"])),
        columns=", ".join(map(in_a_sentence, release["columns"])),
        outside="; ".join(outside),
        shown=[(in_a_sentence(name), row) for name, row in release["shown"].items()],
        kinds=", ".join(f"{code} {count}" for code, count in release["kinds"].items()),
        release=release,
    )
