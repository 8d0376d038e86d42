"""Whom a quota counts, as people read it in tables and pictures."""

from __future__ import annotations

from casetrack.headings import JOINED, heading
from casetrack.pool.cohort_rules import CODE_NAMES


def group_name(feature: str, value: str) -> str:
    """A cohort code with its name, or a level under the name of its characteristic.

    >>> group_name("CT01", "yes"), group_name("age_band", "18 to 24")
    ('CT01: older people', 'Age band: 18 to 24')
    >>> group_name("CT07 × sex", "yes × Male")
    'CT07: unpaid carers and Sex: Male'
    """
    parts = zip(feature.split(JOINED), value.split(JOINED), strict=True)
    return " and ".join(
        f"{name}: {CODE_NAMES.get(name, 'yes')}" if level == "yes" else f"{heading(name)}: {level}"
        for name, level in parts
    )
