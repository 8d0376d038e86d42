"""How many examples a property is tried with: a share in every run, the whole and more at night."""

from __future__ import annotations

from hypothesis import settings

__all__ = ["NIGHT", "SHARE", "examples"]

#: What every run, and the night's, tries where a test names no number (`conftest.py`).
SHARE, NIGHT = 40, 500


def examples(whole: int) -> int:
    """Of so many examples a third in every run, and five times as many at night."""
    return 5 * whole if settings.default.max_examples == NIGHT else max(1, whole // 3)
