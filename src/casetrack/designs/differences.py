"""In which numbers one design differs from another, in words."""

from __future__ import annotations

from casetrack.designs.asked import Asked
from casetrack.headings import group_in_words
from casetrack.quotas.shortfall import bound_in_words

__all__ = ["changes_in_words"]


def changes_in_words(asked: Asked, now: Asked) -> tuple[str, ...]:
    """The numbers in which one design differs from another.

    Parameters
    ----------
    asked, now
        The two designs. People whom they name are not compared.

    Examples
    --------
    >>> from casetrack.designs.asked import Asked
    >>> asked = Asked(size=50).with_quota("CT05", min=2).with_quota("sex", "Female", max=30)
    >>> changes_in_words(asked, asked.with_quota("CT05", min=1).with_quota("sex", "Female", max=None))
    ('CT05: at least 1 instead of 2', 'sex, Female: at most any number instead of 30')
    """
    before, after = _numbers(asked), _numbers(now)
    changes = []
    for feature, value, bound in {**before, **after}:
        key, none = (feature, value, bound), 0 if bound == "min" else "any number"
        one, other = before.get(key, none), after.get(key, none)
        if one != other:
            row = {"feature": feature, "value": value, "bound": bound}
            changes.append(
                f"{group_in_words(feature, value)}: {bound_in_words(row)} {other} instead of {one}"
            )
    return tuple(changes)


def _numbers(design: Asked) -> dict[tuple[str, str, str], int | str]:
    numbers: dict[tuple[str, str, str], int | str] = {}
    for (feature, value), quota in design.quotas().items():
        numbers[feature, value, "min"] = quota.min
        numbers[feature, value, "max"] = "any number" if quota.max is None else quota.max
    return numbers | {(name, "each value", "max"): most for name, most in design.at_most.items()}
