"""A simulated motivated intruder: somebody who knows things about people tries to find them in the list.

The test is the one of the Information Commissioner's guidance on anonymisation (the "motivated intruder"); the three
attacks are those of El Emam and others (journalist, prosecutor, marketer). Nobody is drawn at random: every target and
every guess is counted, so the chances are exact.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from casetrack.disclosure.defaults import as_released, council_hierarchies
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.kmap import Matching, require_columns
from casetrack.disclosure.labels import family, match_labels
from casetrack.disclosure.publishable import publishable
from casetrack.disclosure.values import column_values
from casetrack.errors import DisclosureError
from casetrack.threads import one_thread
from casetrack.verify import intruder_words

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList
    from casetrack.release.release import Release

__all__ = ["COLLEAGUE", "NEIGHBOUR", "Intrusion", "intrude", "intrude_release"]

#: What a neighbour is taken to know of somebody.
NEIGHBOUR = ("age_band", "sex", "ethnic_group")
#: What somebody is taken to know who works with the council.
COLLEAGUE = (*NEIGHBOUR, "assessment_month")

Knows = Sequence[str] | Sequence[Sequence[str]] | Mapping[str, Sequence[str]]


@dataclass(frozen=True, eq=False, repr=False)
class Intrusion:
    """How often each attacker is right.

    Attributes
    ----------
    results : pandas.DataFrame
        One row per attacker and stage. ``attacker``, ``knows`` (columns, with commas), ``stage``: ``"finest"`` for the
        list before anything was made coarser, ``"released"`` for the list as given. Then chances and expected numbers:

        - ``prosecutor``: the attacker knows that the target is on the list, takes one of the records that fit the
          known facts, each as likely, and says that it is the target's; the chance that this is right, the target
          being anybody of the list. ``prosecutor_guess``: by naming any record, 1 / records.
        - ``journalist``: the same with the target being anybody of the frame. Nothing is claimed where nothing fits.
          ``journalist_guess``: 1 / frame. ``claims``: the share of the frame for whom something is claimed;
          ``right_when_claimed``: the share of these claims that are right.
        - ``marketer``: the expected number of records rightly named when the attacker names for every record one of
          the people of the frame who fit it; ``marketer_guess``: records / frame.
        - ``alone``: records that are the only ones to fit the facts known of their own person: 1 / 1 for the
          prosecutor.
        - ``learns``: the chance of rightly naming the target's value of ``learnt``, the target being on the list, by
          naming the commonest value among the records that fit (one of the commonest where several are);
          ``learns_guess``: by naming the commonest on the list. Missing when nothing is learnt.
    records : int
        Records on the list.
    frame_size : int
        People in the frame.
    learnt : str
        The column of the table that attackers try to learn; empty for none.
    """

    results: pd.DataFrame
    records: int
    frame_size: int
    learnt: str

    def __repr__(self) -> str:
        worst = self.results.loc[self.results["stage"] == "released", "prosecutor"].max()
        attackers = self.results["attacker"].nunique()
        return (
            f"Intrusion({attackers} attackers, {self.records} records, {self.frame_size:,} people; who knows that "
            f"somebody is listed is right in {worst:.1%} at most)"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per attacker and stage; no record and no person."""
        return self.results.copy()

    def statement(self) -> str:
        """What the attackers reach, in plain English: a paragraph per attacker, no record and no value named."""
        return intruder_words.statement(self.results, self.records, self.frame_size, self.learnt)

    def _repr_html_(self) -> str:
        words = "".join(f"<p>{html.escape(line)}</p>" for line in self.statement().split("\n"))
        return words + str(self.results.to_html(index=False, border=0, float_format=lambda x: f"{x:.4g}"))


@one_thread
def intrude(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    knows: Knows,
    *,
    hierarchies: Mapping[str, Hierarchy] | None = None,
    levels: pd.Series | pd.DataFrame | None = None,
    truth: pd.Series | None = None,
    finest: pd.DataFrame | None = None,
    learns: str | None = None,
) -> Intrusion:
    """Let attackers who know given facts try to find people in a list; how often they are right, exactly.

    Parameters
    ----------
    table
        The records as released, n rows.
    frame
        Everyone the records could be about, one row per person, values at their finest, index unique.
    knows
        The released columns that an attacker knows of every person, at their finest; a list of such lists, or a
        mapping of names to them, for several attackers.
    hierarchies, levels
        As for :func:`casetrack.disclosure.labels.match_labels`: a released label fits a person whose value becomes
        it. A column without a hierarchy fits on equal values.
    truth
        On the table's index, whose each record is: labels of the frame's index. The table's own index when left out.
    finest
        The table before anything was made coarser. Read off the frame by ``truth`` when left out, columns that the
        frame lacks being taken as they are.
    learns
        A column of the table that attackers try to learn: ``listed_as`` where the table has it, unless told
        otherwise. Known columns that tell of it (for the cohort codes, the codes) are left out for this.

    Returns
    -------
    Intrusion

    Raises
    ------
    DisclosureError
        ``no-records``, ``nothing-known``, ``no-truth`` when somebody is missing from the frame or stands for two
        records, ``truth-does-not-fit`` when a record does not look like its own person, and as ``match_labels``.

    Notes
    -----
    Coarsening along the hierarchies only adds to the records that fit a person and to the people who fit a record.
    So ``prosecutor``, ``journalist``, ``right_when_claimed``, ``marketer`` and ``alone`` never rise by it, nor by
    knowing less. ``learns`` is never more than at the finest, where a label fits
    its own value alone (all but ``listed_as``); from one coarse list to a coarser one it may rise.

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "F", "M", "F"], "area": ["N", "S", "S", "N"]})
    >>> found = intrude(people.iloc[:3], people, ["sex"])
    >>> row = found.to_frame().iloc[-1]
    >>> [round(float(row[name]), 3) for name in ("prosecutor", "prosecutor_guess", "journalist", "marketer")]
    [0.667, 0.333, 0.5, 1.667]
    """
    attackers = _attackers(knows)
    used = list(dict.fromkeys(column for columns in attackers.values() for column in columns))
    at = _whose(table, frame, truth)
    given = dict(hierarchies or {})
    wanted = learns if learns is not None else "listed_as" if "listed_as" in table.columns else ""
    needed = list(dict.fromkeys([*used, *([wanted] if wanted else [])]))
    require_columns(table, needed, "table")
    fine = _finest(table, frame.iloc[at], needed, given) if finest is None else finest.reindex(table.index)
    require_columns(fine, needed, "finest table")
    bottom = pd.Series(0, index=used)
    rows: list[dict[str, object]] = []
    for stage, shown, stands in (("finest", fine, bottom), ("released", table, levels)):
        side = _Side.of(shown, frame, used, given, stands, at)
        said = _said(shown[wanted], fine[wanted]) if wanted else None
        for name, columns in attackers.items():
            who: dict[str, object] = {"attacker": name, "knows": ", ".join(columns), "stage": stage}
            rows.append(who | side.attack(columns) | side.learn(columns, wanted, said))
    results = pd.DataFrame(rows)
    order = {name: place for place, name in enumerate(attackers)}
    results = results.sort_values("attacker", key=lambda names: names.map(order), kind="stable")
    return Intrusion(results.reset_index(drop=True), len(table), len(frame), wanted)


def intrude_release(cases: CaseList, release: Release, knows: Knows | None = None) -> Intrusion:
    """Attack a council's own release before it leaves.

    Parameters
    ----------
    cases
        The list that the release was made from, with its people at hand.
    release
        What ``pseudonymise(cases)`` made.
    knows
        As for :func:`intrude`. By default three attackers: a neighbour (age band, sex, ethnic group), a colleague
        (the month of assessment too), and somebody who knows everything released, the cohort codes included. Of what
        a default attacker knows, only what the release shows counts.

    Returns
    -------
    Intrusion

    Raises
    ------
    DisclosureError
        ``other-list`` when the release has cases that the list does not know; and as :func:`intrude`.

    Notes
    -----
    Where every record looks like k people, ``marketer`` is at most records / k, whatever is known. Of somebody known
    to be listed no k says anything.
    """
    people = cases.identified.people
    unknown = sum(reference not in people for reference in release.table.index)
    if unknown:
        raise DisclosureError.of(
            "other-list",
            f"{unknown} cases of the release are not on the list.",
            advice="Give the list that this release was made from.",
        )
    shown = list(release.table.columns)
    drawable = cases.identified.coded.drawable
    tidy = publishable(cases.identified.coded.people).loc[drawable.index]
    return intrude(
        release.table,
        as_released(tidy, shown),
        knows if knows is not None else _usual_attackers(shown),
        hierarchies=council_hierarchies(tidy, shown),
        levels=None if release.coarsening is None else release.coarsening.levels,
        truth=pd.Series({reference: people[reference] for reference in release.table.index}, dtype=object),
    )


def _usual_attackers(shown: Sequence[str]) -> dict[str, list[str]]:
    usual = {"a neighbour": NEIGHBOUR, "a colleague": COLLEAGUE, intruder_words.EVERYTHING: tuple(shown)}
    # Where age is shown in years, or ethnicity in full, it is this that the attacker is taken to know.
    subjects = {name: {family(column) for column in columns} for name, columns in usual.items()}
    known = {name: [c for c in shown if family(c) in subjects[name]] for name in usual}
    return {name: columns for name, columns in known.items() if columns}


def _attackers(knows: Knows) -> dict[str, list[str]]:
    if isinstance(knows, str):
        knows = [knows]
    if isinstance(knows, Mapping):
        named = {str(name): list(columns) for name, columns in knows.items()}
    elif all(isinstance(column, str) for column in knows):
        named = {"the attacker": [str(column) for column in knows]}
    else:
        named = {f"attacker {number}": list(columns) for number, columns in enumerate(knows, start=1)}
    named = {name: list(dict.fromkeys(columns)) for name, columns in named.items()}
    if not named or not all(named.values()):
        raise DisclosureError.of(
            "nothing-known",
            "an attacker knows nothing.",
            advice="Name at least one released column that each attacker knows.",
        )
    return named


def _whose(table: pd.DataFrame, frame: pd.DataFrame, truth: pd.Series | None) -> np.ndarray:
    """The row of the frame that each record is about."""
    if table.empty:
        raise DisclosureError.of("no-records", "the list is empty.", advice="Attack a list with records.")
    whose = table.index if truth is None else truth.reindex(table.index)
    if frame.index.has_duplicates or table.index.has_duplicates:
        lost = len(table)
    else:
        at = np.asarray(frame.index.get_indexer(pd.Index(whose)))
        lost = int((at < 0).sum()) + len(at) - len(np.unique(at))
    if lost:
        raise DisclosureError.of(
            "no-truth",
            f"for {lost} records it is not known which one person of the frame they are about.",
            where="truth",
            advice="Give each record's own row of the frame (truth=), one record a person, both indexes unique.",
        )
    return at


def _finest(
    table: pd.DataFrame, own: pd.DataFrame, columns: Sequence[str], hierarchies: Mapping[str, Hierarchy]
) -> pd.DataFrame:
    """The records as they were before anything was made coarser."""
    made = table.astype(object)
    for column in table.columns:
        if column in own.columns:
            made[column] = own[column].to_numpy()
    fine = made.copy()
    for column in columns:
        if column in hierarchies and column in own.columns:
            numbers, places = hierarchies[column].keys(made)
            fine[column] = hierarchies[column].labels.iloc[places[numbers], 0].to_numpy()
    return fine


def _said(shown: pd.Series, fine: pd.Series) -> np.ndarray:
    """The value that each record has in full, as a number, -1 where the released label does not say it."""
    numbers, texts = column_values(fine)
    released, labels = column_values(shown)
    full = np.array(texts, dtype=object)[numbers] == np.array(labels, dtype=object)[released]
    return np.stack([numbers, np.where(full, numbers, -1)])


@dataclass(frozen=True, eq=False)
class _Side:
    """One stage of the list against the frame; ``own`` is the combination that each record's person has."""

    matching: Matching
    own: np.ndarray

    @classmethod
    def of(
        cls,
        shown: pd.DataFrame,
        frame: pd.DataFrame,
        columns: Sequence[str],
        hierarchies: Mapping[str, Hierarchy],
        levels: pd.Series | pd.DataFrame | None,
        at: np.ndarray,
    ) -> _Side:
        # The listed people carry a mark through the counting, so that each has a combination of their own.
        mark = "".join(map(str, frame.columns)) + " mark"
        marks = np.full(len(frame), -1)
        marks[at] = np.arange(len(at))
        marked = frame.assign(**{mark: marks})
        found = match_labels(shown, marked, columns, hierarchies, levels, [mark])
        texts = np.array(column_values(marked[mark])[1], dtype=object).astype(int)
        of_each = texts[found.sensitive[mark][0]]
        own = np.empty(len(at), dtype=np.int64)
        own[of_each[of_each >= 0]] = np.flatnonzero(of_each >= 0)
        side = cls(found.matching, own)
        apart = int((~np.diagonal(side.fits(columns))).sum())
        if apart:
            raise DisclosureError.of(
                "truth-does-not-fit",
                f"{apart} records do not look like the person that they are said to be about.",
                where="truth",
                advice="Give the frame, the hierarchies and the levels that the list was made with.",
            )
        return side

    def _on(self, record: int, columns: Sequence[str], combinations: np.ndarray | None = None) -> np.ndarray:
        """Whether each combination fits a record on these columns."""
        size = len(self.matching.people) if combinations is None else len(combinations)
        keep = np.ones(size, dtype=bool)
        for column in columns:
            place = self.matching.columns.index(column)
            values = self.matching.combinations[place]
            row = self.matching.first[place][self.matching.targets[record, place]] == 0
            keep &= row.take(values if combinations is None else values[combinations])
        return keep

    def fits(self, columns: Sequence[str]) -> np.ndarray:
        """Shape (n, n): whether record i fits what is known of the person of record j."""
        return np.stack([self._on(record, columns, self.own) for record in range(len(self.own))])

    def attack(self, columns: Sequence[str]) -> dict[str, float]:
        """The chances of finding somebody."""
        records, people = len(self.own), self.matching.frame_size
        anything = np.zeros(len(self.matching.people), dtype=bool)
        who_fit = []
        for record in range(records):
            keep = self._on(record, columns)
            anything |= keep
            who_fit.append(int(self.matching.people[keep].sum()))
        alike = self.fits(columns).sum(axis=0)
        right = math.fsum(1 / number for number in alike.tolist())
        claimed = int(self.matching.people[anything].sum())
        return {
            "prosecutor": right / records,
            "prosecutor_guess": 1 / records,
            "journalist": right / people,
            "journalist_guess": 1 / people,
            "claims": claimed / people,
            "right_when_claimed": right / claimed,
            "marketer": math.fsum(1 / number for number in who_fit),
            "marketer_guess": records / people,
            "alone": int((alike == 1).sum()),
        }

    def learn(self, columns: Sequence[str], wanted: str, said: np.ndarray | None) -> dict[str, float]:
        """The chance of rightly naming what is not known."""
        if said is None:
            return {"learns": math.nan, "learns_guess": math.nan}
        values, shown = said
        fits = self.fits([column for column in columns if family(column) != family(wanted)])
        everybody = np.bincount(values)
        named = shown[:, None] == np.arange(len(everybody))
        counts = fits.T.astype(np.int64) @ named.astype(np.int64)
        most = counts.max(axis=1, keepdims=True)
        commonest = (counts == most) & (most > 0)
        right = commonest[np.arange(len(values)), values] / np.maximum(commonest.sum(axis=1), 1)
        return {
            "learns": math.fsum(right.tolist()) / len(values),
            "learns_guess": int(everybody.max()) / len(values),
        }
