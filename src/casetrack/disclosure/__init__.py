"""Disclosure control: what may be shown of everyone who could be a case, so that nobody is likelier than 1 in k."""

from casetrack.disclosure.coarsening import Coarsening, least_coarsening
from casetrack.disclosure.defaults import RELEASE_COLUMNS, as_released, council_hierarchies
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.release_rule import COLUMN_WEIGHTS, Rule

__all__ = [
    "COLUMN_WEIGHTS",
    "RELEASE_COLUMNS",
    "Coarsening",
    "Hierarchy",
    "Rule",
    "as_released",
    "council_hierarchies",
    "least_coarsening",
]
