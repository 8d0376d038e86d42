"""All mistakes, in the order in which a person meets them."""

from __future__ import annotations

from spec import mistakes_in_files, mistakes_in_lists, mistakes_in_rules
from spec.mistakes import Mistake

__all__ = ["MISTAKES"]

MISTAKES: tuple[Mistake, ...] = (
    *mistakes_in_files.MISTAKES,
    *mistakes_in_rules.MISTAKES,
    *mistakes_in_lists.MISTAKES,
)
