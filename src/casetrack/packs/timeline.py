"""The journey as a picture: one bar or mark for each event, numbered as in the table that says it in words."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from casetrack.dates import for_people
from casetrack.packs.journey import KINDS, Step
from casetrack.words import count_of
from casetrack.working_days import MONTHS

#: Dark enough to be told from white (3:1 or more), and told from each other by place and number as well.
_COLOURS = {"Request": "#12436D", "Assessment": "#801650", "Service": "#1B7F78", "Review": "#A85511"}
_FONT = "DejaVu Sans"
_WIDTH, _LANE, _MOST_HIGH = 6.7, 0.27, 7.5
_GAP = 0.035


@dataclass(frozen=True)
class _Placed:
    step: Step
    lane: int
    begins: float
    ends: float
    goes_on: bool


def alt_text(steps: Sequence[Step]) -> str:
    """What the picture shows, for who cannot see it; the table holds every event."""
    counts = Counter(s.kind for s in steps)
    told = ", ".join(count_of(counts[k], k.lower()) for k in KINDS if counts[k])
    first, last = for_people(_first(steps)), for_people(_last(steps))
    events = count_of(len(steps), "event")
    return f"Timeline of {events} from {first} to {last}: {told}. The table below it lists every event."


def draw_timeline(steps: Sequence[Step]) -> bytes:
    """The picture as PNG; the same bytes for the same events."""
    placed, lanes = _place(steps)
    count = sum(lanes.values())
    figure = Figure(figsize=(_WIDTH, min(_MOST_HIGH, 0.75 + _LANE * count)), dpi=200, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.155, 0.52 / figure.get_figheight(), 0.81, 1 - 0.6 / figure.get_figheight()))
    _axes(axes, steps, lanes)
    labelled = _LANE * count <= _MOST_HIGH
    for one in placed:
        _bar(axes, one, labelled)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _first(steps: Sequence[Step]) -> dt.date:
    return min(s.start for s in steps)


def _last(steps: Sequence[Step]) -> dt.date:
    return max(max(s.start, s.end or s.start) for s in steps)


def _span(steps: Sequence[Step]) -> tuple[float, float]:
    low, high = _first(steps).toordinal(), _last(steps).toordinal()
    room = max(30.0, (high - low) * 0.06)
    return low - room, high + room


def _place(steps: Sequence[Step]) -> tuple[list[_Placed], dict[str, int]]:
    """Each event in the first lane of its type where it covers no other, its number in front of it."""
    low, high = _span(steps)
    gap, shortest = (high - low) * _GAP, (high - low) * 0.008
    placed: list[_Placed] = []
    lanes: dict[str, int] = {}
    for kind in (k for k in KINDS if any(s.kind == k for s in steps)):
        taken: list[float] = []
        above = sum(lanes.values())
        for step in (s for s in steps if s.kind == kind):
            begins = float(step.start.toordinal())
            goes_on = kind == "Service" and step.end is None
            last = step.end.toordinal() if step.end and step.end >= step.start else step.start.toordinal()
            ends = high if goes_on else max(last + 1.0, begins + shortest)
            lane = next((i for i, end in enumerate(taken) if end <= begins - gap), len(taken))
            taken[lane : lane + 1] = [ends]
            placed.append(_Placed(step, above + lane, begins, ends, goes_on))
        lanes[kind] = len(taken)
    return placed, lanes


def _axes(axes: Axes, steps: Sequence[Step], lanes: dict[str, int]) -> None:
    low, high = _span(steps)
    count = sum(lanes.values())
    axes.set_xlim(low, high)
    axes.set_ylim(count - 0.4, -0.6)
    ticks = _ticks(low, high)
    axes.set_xticks(
        [d.toordinal() for d in ticks],
        [f"{MONTHS[d.month - 1][:3]}\n{d.year}" for d in ticks],
        fontsize=8.5,
        fontfamily=_FONT,
    )
    middles, names, above = [], [], 0
    for kind, height in lanes.items():
        middles.append(above + (height - 1) / 2)
        names.append(f"{kind}s")
        if above:
            axes.axhline(above - 0.5, color="#BBBBBB", linewidth=0.8)
        above += height
    axes.set_yticks(middles, names, fontsize=9, fontfamily=_FONT)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _ticks(low: float, high: float) -> list[dt.date]:
    """First days of months, at most nine of them, a whole number of months apart."""
    months = [
        dt.date(year, month, 1)
        for year in range(dt.date.fromordinal(int(low)).year, dt.date.fromordinal(int(high)).year + 1)
        for month in range(1, 13)
    ]
    shown = [m for m in months if low <= m.toordinal() <= high]
    step = next((n for n in (1, 2, 3, 6, 12, 24, 60, 120) if len(shown) <= 9 * n), 240)
    # Steps are counted from January, so that a yearly step shows Januaries.
    kept = [m for m in shown if (m.year * 12 + m.month - 1) % step == 0]
    return kept or shown[:1]


def _bar(axes: Axes, one: _Placed, labelled: bool) -> None:
    colour = _COLOURS[one.step.kind]
    axes.barh(one.lane, one.ends - one.begins, left=one.begins, height=0.62, color=colour, linewidth=0)
    if one.goes_on:
        axes.plot(
            [one.ends], [one.lane], marker=">", markersize=8, color=colour, clip_on=False, linestyle="none"
        )
    if labelled:
        axes.annotate(
            str(one.step.number),
            (one.begins, one.lane),
            xytext=(-3, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=9,
            fontweight="bold",
            fontfamily=_FONT,
            color="#0B0C0C",
        )
