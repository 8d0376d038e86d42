"""Disclosure control: how coarse a list has to be so that nobody on it stands out."""

from typing import NoReturn

from casetrack.disclosure.coarsening import Coarsening, least_coarsening
from casetrack.disclosure.defaults import RELEASE_COLUMNS, as_released, council_hierarchies
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.labels import as_characteristics
from casetrack.disclosure.method_known import people_if_method_known
from casetrack.disclosure.modes import Comparison, choose, compare_modes
from casetrack.disclosure.pool_rule import pool_coarsening
from casetrack.disclosure.risk import Risk, assess
from casetrack.disclosure.suppression import SuppressedTable, suppress_small

__all__ = [
    "RELEASE_COLUMNS",
    "Coarsening",
    "Comparison",
    "Hierarchy",
    "Risk",
    "SuppressedTable",
    "as_characteristics",
    "as_released",
    "assess",
    "choose",
    "compare_modes",
    "council_hierarchies",
    "least_coarsening",
    "people_if_method_known",
    "pool_coarsening",
    "suppress_small",
]

_MOVED = ("Intrusion", "intrude", "intrude_release")


def __getattr__(name: str) -> NoReturn:
    where = f"It lives in casetrack.verify now: from casetrack.verify import {name}" if name in _MOVED else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}. {where}".rstrip(". ") + ".")
