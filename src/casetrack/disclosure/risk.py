"""What a released list says about a person, measured against everyone in the frame.

k-map (Sweeney 2001) for who can be picked out, attribute disclosure for what is learnt about somebody who is
not picked out. Nothing is estimated: the frame is at hand.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from casetrack.disclosure import risk_words
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.kmap import Matching
from casetrack.disclosure.labels import Labelled, family, match_labels
from casetrack.errors import DisclosureError
from casetrack.threads import one_thread

__all__ = ["MOST_COLUMNS", "Risk", "assess"]

#: All sets of columns are looked at: 2 ** 16 of them at most.
MOST_COLUMNS = 16


@dataclass(frozen=True, eq=False, repr=False)
class Risk:
    """The risk of a released list.

    Attributes
    ----------
    records : pandas.DataFrame
        On the table's index. ``people``: people of the frame who match the record, its own person included.
        ``chance``: 1 / people, the chance that a guess among them is right. ``driver``: the column whose
        withholding gains most, ``people_without_driver`` what it would bring. ``rare_combination``: the fewest
        columns on which fewer than k people match (empty when there are none), ``rare_people`` how many do.
        ``alike_on_list``: records of the list with the same labels, itself included.
    attributes : pandas.DataFrame
        One row per record and sensitive column: ``record`` (the table's index), ``sensitive``, ``people`` who
        match on the columns that do not tell of it themselves, ``largest_share`` of one value among them,
        ``distinct`` values, ``distance`` from the frame (total variation, 0 to 1) and ``frame_largest_share``.
    columns : tuple of str
        What was matched on.
    k : int
        What counts as few.
    frame_size : int
        People in the frame.
    """

    records: pd.DataFrame
    attributes: pd.DataFrame
    columns: tuple[str, ...]
    k: int
    frame_size: int

    def __repr__(self) -> str:
        return f"Risk({len(self.records)} records, {self.under_k} under k = {self.k}, {self.frame_size:,} people)"

    @property
    def under_k(self) -> int:
        """Records that fewer than ``k`` people match."""
        return int((self.records["people"] < self.k).sum())

    @property
    def distribution(self) -> pd.Series:
        """Records by how many people match: 1, 2 to 4, 5 to 9, 10 to 19, 20 to 49, 50 to 99, 100 and over."""
        edges = [1, 2, 5, 10, 20, 50, 100]
        names = ["1", "2 to 4", "5 to 9", "10 to 19", "20 to 49", "50 to 99", "100 and over"]
        place = np.searchsorted(edges, self.records["people"].to_numpy(), side="right") - 1
        return pd.Series(np.bincount(place, minlength=len(names)), index=names, name="records")

    @property
    def summary(self) -> dict[str, float]:
        """The figures of the list as a whole, by name."""
        people = self.records["people"].to_numpy()
        alike = self.records["alike_on_list"].to_numpy()
        if not len(people):
            return {"records": 0.0}
        return {
            "records": float(len(people)),
            "frame": float(self.frame_size),
            "least_people": float(people.min()),
            "median_people": float(np.median(people)),
            "under_k": float(self.under_k),
            "highest_chance": float(1 / people.min()),
            "expected_finds": float(np.sort(1 / people).sum()),
            "alone_on_list": float((alike == 1).sum()),
            "prosecutor_highest": float(1 / alike.min()),
            "prosecutor_mean": float(np.sort(1 / alike).mean()),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per record, those that the fewest people match first."""
        return self.records.sort_values("people", kind="stable")

    def statement(self) -> str:
        """The risk in plain English, for a data protection officer."""
        return risk_words.statement(self.summary, self.records, self.attributes, self.columns, self.k)

    def plot(self) -> Any:
        """How many people each record looks like, and what drives it: a ``matplotlib.figure.Figure``."""
        return risk_words.plot(self.distribution, self.records, self.k)

    def _repr_html_(self) -> str:
        words = "".join(f"<p>{html.escape(line)}</p>" for line in self.statement().split("\n") if line)
        table = self.distribution.rename_axis("people who match").reset_index()
        return words + str(table.to_html(index=False, border=0))


@one_thread
def assess(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    hierarchies: Mapping[str, Hierarchy] | None = None,
    levels: pd.Series | pd.DataFrame | None = None,
    sensitive: Sequence[str] | None = None,
    k: int = 10,
) -> Risk:
    """Measure the risk of a released table against everyone it could be about.

    Parameters
    ----------
    table
        The records as released, n rows.
    frame
        Everyone, one row per person, values at their finest.
    columns
        Released columns that somebody could match on: all that say something about the person. The table's
        columns that have a hierarchy, or else those that the frame has too, when left out.
    hierarchies
        Column to hierarchy: a released label then stands for every value that becomes it. A column without one
        is matched on equal values.
    levels
        ``Coarsening.levels``, when at hand; see :func:`match_labels`.
    sensitive
        Columns of the frame that nobody should learn about somebody; ``codes`` where the frame has it.
    k
        What counts as few.

    Returns
    -------
    Risk

    Raises
    ------
    DisclosureError
        ``too-many-columns`` above 16, ``no-columns``, and as :func:`match_labels`.

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "F", "M"], "area": ["N", "S", "S"]})
    >>> found = assess(people.iloc[[2]], people, k=2)
    >>> found.records[["people", "driver", "rare_combination"]].to_dict("records")
    [{'people': 1, 'driver': 'sex', 'rare_combination': 'sex'}]
    >>> found
    Risk(1 records, 1 under k = 2, 3 people)
    """
    chosen = list(columns) if columns is not None else _columns(table, frame, hierarchies)
    if not chosen or len(chosen) > MOST_COLUMNS:
        code = "too-many-columns" if chosen else "no-columns"
        raise DisclosureError.of(
            code, f"{len(chosen)} columns to match on.", advice=f"Name 1 to {MOST_COLUMNS} released columns."
        )
    hidden = (
        list(sensitive) if sensitive is not None else [name for name in ("codes",) if name in frame.columns]
    )
    labelled = match_labels(table, frame, chosen, hierarchies, levels, hidden)
    return Risk(
        records=_records(table, labelled.matching, chosen, k),
        attributes=_attributes(table.index, labelled),
        columns=tuple(chosen),
        k=k,
        frame_size=labelled.matching.frame_size,
    )


def _columns(
    table: pd.DataFrame, frame: pd.DataFrame, hierarchies: Mapping[str, Hierarchy] | None
) -> list[str]:
    if hierarchies:
        return [column for column in hierarchies if column in table.columns]
    return [str(column) for column in table.columns if column in frame.columns]


def _records(table: pd.DataFrame, matching: Matching, columns: list[str], k: int) -> pd.DataFrame:
    sets = _sets(len(columns))
    found: dict[tuple[int, ...], dict[str, object]] = {}
    rows = []
    for record, key in enumerate(map(tuple, matching.targets.tolist())):
        if key not in found:
            counts = matching.lattice(record, [0] * len(columns), list(range(len(columns)))).ravel()
            found[key] = _one_record(counts, columns, sets, k)
        rows.append(found[key])
    records = pd.DataFrame(rows, index=table.index, columns=_RECORD_COLUMNS)
    alike = pd.Series([str(key) for key in matching.targets.tolist()], index=table.index, dtype=object)
    records["alike_on_list"] = alike.map(alike.value_counts()).astype("int64")
    return records.astype({"people": "int64", "people_without_driver": "int64", "rare_people": "Int64"})


_RECORD_COLUMNS = ["people", "chance", "driver", "people_without_driver", "rare_combination", "rare_people"]


def _sets(width: int) -> np.ndarray:
    """All sets of columns, shape (2 ** width, width), in the order of the raveled lattice: True is looked at."""
    number = np.arange(1 << width)
    return np.stack([(number >> (width - 1 - place) & 1) == 0 for place in range(width)], axis=1)


def _one_record(counts: np.ndarray, columns: list[str], sets: np.ndarray, k: int) -> dict[str, object]:
    """The figures of one record from the people who match on each set of columns."""
    width = len(columns)
    people = int(counts[0])
    without = [int(counts[1 << (width - 1 - place)]) for place in range(width)]
    driver = int(np.argmax(without))
    rare = np.flatnonzero(counts < k)
    combination, few = "", None
    if len(rare):
        # Fewest columns, then fewest people, then the earlier columns.
        best = int(rare[np.lexsort((rare, counts[rare], sets[rare].sum(axis=1)))[0]])
        combination = ", ".join(name for name, used in zip(columns, sets[best], strict=True) if used)
        few = int(counts[best])
    return {
        "people": people,
        "chance": 1 / people,
        "driver": columns[driver] if without[driver] > people else "",
        "people_without_driver": without[driver],
        "rare_combination": combination,
        "rare_people": few,
    }


def _attributes(index: pd.Index, labelled: Labelled) -> pd.DataFrame:
    matching = labelled.matching
    rows = []
    for column, (values, size) in labelled.sensitive.items():
        everyone = np.bincount(values, weights=matching.people, minlength=size) / matching.frame_size
        used = [place for place, name in enumerate(matching.columns) if family(name) != family(column)]
        for record, name in enumerate(index):
            keep = np.ones(len(matching.people), dtype=bool)
            for place in used:
                keep &= matching.lowest_levels(record, place) == 0
            group = np.bincount(values[keep], weights=matching.people[keep], minlength=size)
            shares = group / group.sum()
            rows.append(
                {
                    "record": name,
                    "sensitive": column,
                    "people": int(group.sum()),
                    "largest_share": float(shares.max()),
                    "distinct": int((group > 0).sum()),
                    "distance": float(np.abs(shares - everyone).sum() / 2),
                    "frame_largest_share": float(everyone.max()),
                }
            )
    names = ["record", "sensitive", "people", "largest_share", "distinct", "distance", "frame_largest_share"]
    return pd.DataFrame(rows, columns=names)
