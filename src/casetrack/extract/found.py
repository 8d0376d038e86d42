"""A finding about rows, where there are any."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from casetrack.findings import Finding, finding_rows


def found_on(
    code: str,
    field: str,
    what: str,
    rows: np.ndarray,
    advice: str,
    severity: str = "warning",
    *,
    count: int | None = None,
    unit: str = "rows",
    loses: str = "",
) -> Iterator[Finding]:
    """A finding about these rows, or about so many things that are told on them; nothing where there are none."""
    count = len(rows) if count is None else count
    if count:
        yield Finding(code, field, what, count, finding_rows(rows), advice, severity, unit, loses)
