"""The design of a list, as councils use it: what is asked, with its suggestion and its check."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pandas import DataFrame

from casetrack.designs.asked import Asked, Combination, Quota
from casetrack.designs.check import DesignCheck, check_design
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.design_workbook import design_plain, design_xlsx
from casetrack.designs.group_names import group_name
from casetrack.designs.quota import who_counts
from casetrack.designs.suggest import suggest_design
from casetrack.designs.what_if import what_if
from casetrack.files import write_file
from casetrack.pictures import Gaps
from casetrack.progress import work
from casetrack.stages import checked

__all__ = ["Combination", "Design", "Quota"]


@checked
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
    balance
        Bounds for every level of characteristics whose numbers shall be near what the chances expect, kept by every list
        like quotas; a replacement may go past them by one or two people.
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
    @work("Suggesting quotas")
    def suggest(
        cls,
        coded: CodedPeople,
        size: int = 50,
        reference: Mapping[str, Any] | None = None,
        at_risk: Mapping[str, object] | None = None,
        *,
        balance: bool = True,
    ) -> Self:
        """Suggest a design like the pool; see `casetrack.designs.suggest.suggest_design`."""
        return suggest_design(
            coded, size=size, reference=reference, at_risk=at_risk, balance=balance, kind=cls
        )

    def check(self, coded: CodedPeople) -> DesignCheck:
        """Look for trouble before any draw; see `casetrack.designs.check.check_design`."""
        return check_design(self, coded)

    def what_if(self, coded: CodedPeople) -> DataFrame:
        """Everyone's chance under the design and without each of its wishes in turn, before any draw.

        Returns
        -------
        DataFrame
            ``wish``, ``at_least``, ``at_most``, ``people`` (who count towards it and can be drawn), ``lowest_chance`` of
            anyone who has one, ``highest_chance``, ``without_chance`` (people shut out). The first row is the design as
            it is, the last one has no wish at all; the three figures are missing where no list can meet what is left.
        """
        return what_if(self, coded)

    @classmethod
    def from_excel(cls, source: str | Path) -> Self:
        """Read a design from the workbook that `to_excel` wrote, after somebody has edited it; every cell is checked.

        Raises
        ------
        DesignError
            ``unreadable-design``, ``design-cell`` with the cells that are wrong, else as the class says.
        """
        return cls(**design_plain(source))

    def to_excel(
        self, path: str | os.PathLike[str], coded: CodedPeople | None = None, *, force: bool = False
    ) -> Path:
        """Write the design as a workbook with one sheet to read and edit; never over one without ``force``.

        Parameters
        ----------
        path
            Where.
        coded
            A pool: who counts towards each wish, and everyone's chance without it, are then shown beside it.
        force
            Replace a file that is already there.
        """
        effects = None if coded is None else what_if(self, coded)
        return write_file(path, design_xlsx(self.to_dict(), effects), force=force)

    def picture(self, coded: CodedPeople) -> Gaps:
        """What `plot` draws: each quota's share of the list beside the share of eligible people."""
        people, size = coded.people, self.size
        people = people[people[list(coded.code_names)].any(axis=1)]
        labels, shares, bands, words = [], [], [], []
        for (feature, value), quota in self.quotas().items():
            if quota.min or quota.max is not None:
                most = size if quota.max is None else quota.max
                count = int(who_counts(people, feature, value).sum())
                labels.append(group_name(feature, value))
                shares.append(count / max(len(people), 1))
                bands.append((quota.min / size, most / size))
                words.append(
                    f"{count:,} people who can be drawn, {quota.min:,} to {most:,} of {size:,} places"
                )
        title = (
            f"{len(labels)} quotas over {size:,} places, beside the {len(people):,} people who can be drawn"
        )
        return Gaps(title, tuple(labels), tuple(shares), bands=tuple(bands), words=tuple(words))

    def plot(self, coded: CodedPeople, ax: Any = None) -> Any:
        """Draw each quota beside the share of the eligible people whom it is about; gives the matplotlib axes."""
        return self.picture(coded).plot(ax)
