"""The risk of a list in words and in a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from casetrack.headings import heading, in_a_sentence

__all__ = ["plot", "statement"]

#: Government Analysis Function palette: told apart by colour-blind readers and in greyscale.
_DARK, _ORANGE = "#12436D", "#F46A25"


def statement(
    summary: Mapping[str, float],
    records: pd.DataFrame,
    attributes: pd.DataFrame,
    columns: Sequence[str],
    k: int,
) -> str:
    """The risk in plain English.

    Parameters
    ----------
    summary, records, attributes, columns, k
        Those of :class:`casetrack.disclosure.risk.Risk`.

    Returns
    -------
    str
        Paragraphs, one a line. No value of the data and no record is named.
    """
    if not summary["records"]:
        return "The list is empty: it says nothing about anybody."
    lines = [_who(summary, columns, k), _why(records, k), _on_the_list(summary)]
    lines += [_learnt(part, str(name)) for name, part in attributes.groupby("sensitive", sort=False)]
    lines.append(
        "These figures are about the people in this pool and the columns named above. They do not cover what "
        "somebody knows besides, another release of the same people, or what is said in a record pack."
    )
    return "\n".join(line for line in lines if line)


def _who(summary: Mapping[str, float], columns: Sequence[str], k: int) -> str:
    records, under = int(summary["records"]), int(summary["under_k"])
    least = int(summary["least_people"])
    met = (
        f"Every record looks like at least {least:,} people"
        if not under
        else f"{under} of the {records} look like fewer than {k} people, the rarest like {least:,}"
    )
    were = "was" if records == 1 else "were"
    return (
        f"{_records(records)} {were} compared with all {int(summary['frame']):,} people of the pool on "
        f"{_listed([in_a_sentence(name) for name in columns])}. {met}; half of them look like "
        f"{summary['median_people']:,.0f} or more. Somebody who "
        f"knew these facts of everyone in the pool and guessed would be right at most 1 time in {least:,} for any "
        f"one record, and for {summary['expected_finds']:.1f} of the {records} records on average."
    )


def _why(records: pd.DataFrame, k: int) -> str:
    drivers = records.loc[records["driver"] != "", "driver"].value_counts()
    if drivers.empty:
        return ""
    most = sorted(drivers.items(), key=lambda item: (-int(item[1]), str(item[0])))[:3]
    named = _listed([f"{in_a_sentence(str(name))} ({_records(int(count))})" for name, count in most])
    rare = records.loc[records["rare_combination"] != "", "rare_combination"]
    words = f"What makes records rare is, most often, {named}."
    if len(rare):
        single = int((~rare.str.contains(", ", regex=False)).sum())
        words += f" For {_records(len(rare))} some combination of columns fits fewer than {k} people"
        words += f"; for {single} of them one column alone does." if single else "."
    return words


def _on_the_list(summary: Mapping[str, float]) -> str:
    records, alone = int(summary["records"]), int(summary["alone_on_list"])
    return (
        f"Within the list itself {alone} of the {records} records differ from every other, as in any short list: "
        "somebody who already knows that a person is on it, and these facts about them, finds their record with a "
        f"chance of {summary['prosecutor_mean']:.0%} on average. No coarsening short of an empty list changes "
        "that; what protects people is that nobody outside the council is told who is on the list."
    )


def _learnt(attributes: pd.DataFrame, column: str) -> str:
    if attributes.empty:
        return ""
    sure = int((attributes["distinct"] == 1).sum())
    high = float(attributes["largest_share"].max())
    mean = float(attributes["largest_share"].mean())
    usual = float(attributes["frame_largest_share"].iloc[0])
    far = float(attributes["distance"].mean())
    certain = (
        f"For {_records(sure)} all people who match on the other columns have the same value, so it is learnt "
        "without picking anybody out."
        if sure
        else "For no record does matching on the other columns settle it."
    )
    return (
        f"{heading(column)}: {certain} "
        f"The commonest value among the matching people has a share of {mean:.0%} on average "
        f"and {high:.0%} at most, against {usual:.0%} in the pool; the matching people differ from the pool by "
        f"{far:.0%} on average (0% the same, 100% nothing in common)."
    )


def _records(number: int) -> str:
    return f"{number} record{'' if number == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def plot(distribution: pd.Series, records: pd.DataFrame, k: int) -> Any:
    """Two panels: records by the number of people who match, and records by the column that drives it.

    Parameters
    ----------
    distribution, records, k
        Those of :class:`casetrack.disclosure.risk.Risk`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    few = [int(name.split(" ")[0]) < k for name in distribution.index]
    colours = [_ORANGE if low else _DARK for low in few]
    _bars(left, list(distribution.index), distribution.to_numpy(), colours)
    left.set_title(f"Records by people who match (orange: below {k})", fontsize=10, loc="left")
    drivers = records.loc[records["driver"] != "", "driver"].value_counts()
    order = sorted(drivers.index, key=lambda name: (-int(drivers[name]), name))
    _bars(
        right,
        [heading(name) for name in order],
        np.array([drivers[name] for name in order]),
        [_DARK] * len(order),
    )
    right.set_title("Column whose withholding gains most", fontsize=10, loc="left")
    return figure


def _bars(axes: Any, names: list[str], counts: np.ndarray, colours: list[str]) -> None:
    places = np.arange(len(names))
    axes.barh(places, counts, color=colours)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlabel("records")
    for place, count in zip(places, counts, strict=True):
        axes.text(count, place, f" {count}", va="center", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.12)
