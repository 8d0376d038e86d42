"""How many examples a property is tried with: a share in every run, the whole and more at night."""

from __future__ import annotations

from hypothesis import settings

__all__ = ["NIGHT", "examples"]

#: What the night's profile tries where a test names no number (`conftest.py`).
NIGHT = 500


def examples(whole: int) -> int:
    """Of so many examples half in every run, and five times as many at night."""
    return 5 * whole if settings.default.max_examples == NIGHT else max(1, whole // 2)
