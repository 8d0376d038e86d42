"""The design of a list, as councils use it: what is asked, with its suggestion and its check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from casetrack.designs.asked import Asked, Combination, Quota
from casetrack.designs.check import DesignCheck, check_design
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.suggest import suggest_design
from casetrack.designs.wanted import picture_of_design
from casetrack.pictures import Gaps

__all__ = ["Combination", "Design", "Quota"]


class Design(Asked):
    """What a list must look like.

    Parameters
    ----------
    size
        Places on the list.
    codes
        Quota for each cohort code; people may count towards several.
    characteristics
        Quotas for levels of characteristics, by characteristic.
    combinations
        Quotas for two features together.
    at_most
        The most people that may share a value of a column: a ``team``, a ``provider``, a
        ``lead_professional`` (``worker`` is understood too), a ``linked_group`` (people linked as carer and
        cared-for; 1 when ``at_most`` is left out). What is given here is all that holds; a file that does not
        name ``linked_group`` keeps it at 1. Empty values are not limited.
    must_include
        Fixed places: person id to reason, which may not be empty.
    exclude
        People who may not be drawn: person id to reason, which may not be empty.
    reasons
        Why a number was chosen, by its name in `describe`; changes no draw and no digest.

    Raises
    ------
    DesignError
        With everything that is wrong: ``unknown-setting``, ``missing-setting``, ``bad-quota``, ``bad-value``,
        ``limit-twice``, ``target-not-recorded``, ``combination-twice``, ``too-many-fixed-places``,
        ``included-and-excluded``, ``reason-needed``.

    Examples
    --------
    >>> design = Design(size=50, codes={"CT02": Quota(min=5)}, at_most={"linked_group": 1, "team": 10})
    >>> print(design.with_quota("ethnic_group", "White", max=40).describe())
    A list of 50 people.
    - CT02: at least 5.
    - ethnic group, White: at most 40.
    - people linked as carer and cared-for: at most 1 person for each value.
    - team: at most 10 people for each value.
    >>> Design.from_toml(design.to_toml()) == design
    True
    """

    @classmethod
    def suggest(
        cls,
        coded: CodedPeople,
        size: int = 50,
        reference: Mapping[str, Mapping[str, float]] | None = None,
        at_risk: Mapping[str, object] | None = None,
    ) -> Self:
        """Suggest a design like the pool; see `casetrack.designs.suggest.suggest_design`."""
        return suggest_design(coded, size=size, reference=reference, at_risk=at_risk, kind=cls)

    def check(self, coded: CodedPeople) -> DesignCheck:
        """Look for trouble before any draw; see `casetrack.designs.check.check_design`."""
        return check_design(self, coded)

    def picture(self, coded: CodedPeople) -> Gaps:
        """What `plot` draws: each quota's share of the list beside the share of eligible people."""
        return picture_of_design(self, coded)

    def plot(self, coded: CodedPeople, ax: Any = None) -> Any:
        """Draw each quota beside the share of the eligible people whom it is about; gives the matplotlib axes."""
        return self.picture(coded).plot(ax)
