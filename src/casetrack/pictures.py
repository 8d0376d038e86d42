"""Pictures in one style, for notebooks and for the report: drawn with matplotlib, the same bytes for the same numbers.

A picture is a small frozen description of what it shows. It draws itself on axes, says in words what it shows for
people who do not see it, and becomes SVG that stands inside a page, in a wide and in a narrow form. matplotlib is
loaded when something is drawn, so that importing casetrack stays quick.
"""

from __future__ import annotations

import abc
import datetime as dt
import io
import itertools
import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

from casetrack.dates import for_people
from casetrack.stages import need

__all__ = ["Bars", "Columns", "Days", "Gaps", "Picture"]

#: Government Analysis Function palette: told apart by colour-blind readers and in greyscale.
DARK, ORANGE, LIGHT, GREY = "#12436D", "#F46A25", "#BFD3E6", "#6B7276"
_TEXT = "#0B0C0C"
#: Inches. The wide form is as wide as the text of an A4 page, so its 10 points stay 10 in print; the narrow one is a
#: phone's, where the label of a line stands above it.
_WIDE, _NARROW, _LABELS = 7.0, 3.3, 2.75
_POINTS, _LINE, _MARK = 10, 0.175, 0.20
#: Characters of 10 points in the column of labels, and across the narrow form.
_IN_LABELS, _IN_NARROW = 34, 42
_MOST_IN_WORDS = 12


@dataclass(frozen=True)
class Picture(abc.ABC):
    """What all pictures share: a title, which is the finding as a sentence without a full stop."""

    title: str

    def plot(self, ax: Any = None) -> Any:
        """Draw the picture on matplotlib axes, those of a new figure when not given; gives the axes."""
        figure = None
        if ax is None:
            from matplotlib import pyplot

            # Outside the style: with the first figure a notebook sets itself up to show every one, and that has to last.
            figure = pyplot.figure(facecolor="white")
        else:
            need(ax, "Axes", "ax")
        with _style():
            if figure is not None:
                ax = self._laid_out(figure, narrow=False, above=0.16 + 0.19 * len(self._heading()))
            self._draw(ax, narrow=False)
            heading, inches = "\n".join(self._heading()), 72 * self._key_room(narrow=False) + 4
            ax.set_title(heading, loc="left", x=self._start(), pad=inches, fontsize=11)
        return ax

    def svg(self, name: str) -> str:
        """The picture for a page, in both forms, of which the page's style shows the one that fits.

        ``name`` keeps the ids of several pictures on a page apart. The ``div`` has a name for people who do not see it,
        and no date, link, script or anything to load.
        """
        forms = [self._form(f"{name}-{form}", form, narrow=form == "narrow") for form in ("wide", "narrow")]
        return f'<div class="picture" role="img" aria-label="{escape(self.alt)}">{"".join(forms)}</div>'

    @property
    def alt(self) -> str:
        """What the picture shows, its figures included."""
        said = self._said()
        more = f"; and {len(said) - _MOST_IN_WORDS} more" if len(said) > _MOST_IN_WORDS else ""
        return f"{self.title}. {'; '.join(said[:_MOST_IN_WORDS])}{more}."

    def _form(self, name: str, form: str, *, narrow: bool) -> str:
        from matplotlib.figure import Figure

        text = io.StringIO()
        with _style(f"casetrack {name}"):
            ax = self._laid_out(Figure(), narrow=narrow, above=0.08)
            self._draw(ax, narrow=narrow)
            ax.figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        return _for_page(text.getvalue(), name, form)

    def _laid_out(self, figure: Any, *, narrow: bool, above: float) -> Any:
        """Axes with margins in inches, which is quicker than letting the layout be worked out for each picture."""
        width, below = (_NARROW if narrow else _WIDE), 0.55
        left, right, tall = self._room(narrow)
        above += self._key_room(narrow)
        height = tall + above + below
        figure.set_size_inches(width, height)
        return figure.add_axes((left / width, below / height, (width - left - right) / width, tall / height))

    @abc.abstractmethod
    def _room(self, narrow: bool) -> tuple[float, float, float]:
        """Inches to the left and to the right of the axes, and their height."""

    def _key_room(self, narrow: bool) -> float:
        """Inches above the axes for the key of the marks."""
        return 0.0

    def _heading(self) -> list[str]:
        return textwrap.wrap(_plain(self.title), 78)

    def _start(self) -> float:
        """Where the title starts, as a part of the axes' width."""
        return 0.0

    @abc.abstractmethod
    def _draw(self, ax: Any, *, narrow: bool) -> None:
        """Put the marks on the axes."""

    @abc.abstractmethod
    def _said(self) -> list[str]:
        """What the picture shows, for whoever cannot see it."""


@dataclass(frozen=True)
class _Lines(Picture):
    """Pictures with one labelled line for each thing, from top to bottom."""

    labels: tuple[str, ...]

    def _wrapped(self, narrow: bool) -> list[list[str]]:
        most = _IN_NARROW if narrow else _IN_LABELS
        return [textwrap.wrap(_plain(text), most) or [""] for text in self.labels]

    def _heights(self, narrow: bool) -> list[float]:
        rows = [len(lines) for lines in self._wrapped(narrow)]
        if narrow:
            return [n * _LINE + _MARK + 0.12 for n in rows]
        return [max(_MARK, n * _LINE) + 0.09 for n in rows]

    def _places(self, narrow: bool) -> list[float]:
        """Where each line's mark is, in inches from the top."""
        places, top = [], 0.0
        for height in self._heights(narrow):
            places.append(top + (height - _MARK / 2 - 0.06 if narrow else height / 2))
            top += height
        return places

    def _room(self, narrow: bool) -> tuple[float, float, float]:
        tall = sum(self._heights(narrow)) or _MARK
        return (0.17, 0.12, tall) if narrow else (_LABELS, 0.12, tall)

    def _start(self) -> float:
        return -(_LABELS - 0.1) / (_WIDE - _LABELS - 0.12)

    def _label(self, ax: Any, narrow: bool) -> None:
        places = self._places(narrow)
        ax.set_ylim(sum(self._heights(narrow)) or _MARK, 0)
        ax.set_yticks([])
        for place, lines in zip(places, self._wrapped(narrow), strict=True):
            # Line by line: a page's typeface is not the one that several lines would be set by.
            top = place - (
                _MARK / 2 + 0.03 + _LINE * (len(lines) - 0.5) if narrow else _LINE * (len(lines) - 1) / 2
            )
            x, side = (0.0, "left") if narrow else (-0.015, "right")
            for number, text in enumerate(lines):
                where = (x, top + number * _LINE)
                ax.text(
                    *where, text, transform=ax.get_yaxis_transform(), ha=side, va="center", fontsize=_POINTS
                )
        _tidy(ax, "x")


@dataclass(frozen=True)
class Bars(_Lines):
    """Horizontal bars with their numbers, from top to bottom; the words of ``emphasis`` have to say why it is there."""

    counts: tuple[int, ...]
    unit: str
    marked: tuple[str, ...] = ()
    emphasis: tuple[int, ...] = ()

    def _said(self) -> list[str]:
        words = self.marked or ("",) * len(self.counts)
        return [
            f"{label}: {count:,} {self.unit}{more}"
            for label, count, more in zip(self.labels, self.counts, words, strict=True)
        ]

    def _draw(self, ax: Any, *, narrow: bool) -> None:
        colours = [ORANGE if place in self.emphasis else DARK for place in range(len(self.counts))]
        places = self._places(narrow)
        ax.barh(places, self.counts, color=colours, height=_MARK * 0.9)
        words = self.marked or ("",) * len(self.counts)
        longest = max((len(f"{c:,}{more}") for c, more in zip(self.counts, words, strict=True)), default=1)
        width = (_NARROW - 0.29) if narrow else _WIDE - _LABELS - 0.12
        # Room for the longest words beside the longest bar: 10 points are about .078 inches a character.
        ax.set_xlim(0, max([*self.counts, 1]) / max(1 - (0.078 * longest + 0.1) / width, 0.3))
        for place, count, more in zip(places, self.counts, words, strict=True):
            _note(ax, f"{count:,}{more}", (count, place), (4, 0), va="center")
        ax.set_xlabel(self.unit)
        _whole_numbers(ax.xaxis, 4 if narrow else 6)
        self._label(ax, narrow)


@dataclass(frozen=True)
class Gaps(_Lines):
    """For each level the share of everyone and the share of the list, with what the design allows."""

    pool: tuple[float, ...]
    listed: tuple[float, ...] = ()
    bands: tuple[tuple[float, float] | None, ...] = ()
    reference: tuple[float | None, ...] = ()
    words: tuple[str, ...] = ()

    def _said(self) -> list[str]:
        return [f"{label}: {said}" for label, said in zip(self.labels, self.words, strict=True)]

    def _key_room(self, narrow: bool) -> float:
        return 0.52 if narrow else 0.3

    def _bands(self) -> list[tuple[int, float, float]]:
        return [(place, *band) for place, band in enumerate(self.bands) if band is not None]

    def _references(self) -> list[tuple[int, float]]:
        return [(place, share) for place, share in enumerate(self.reference) if share is not None]

    def _draw(self, ax: Any, *, narrow: bool) -> None:
        self._marks(ax, self._places(narrow))
        # A band without an upper end reaches the edge of the picture, wherever that is.
        tops = [*self.pool, *self.listed, *(share for _, share in self._references()), 0.1]
        tops += [high if high < 1 else low for _, low, high in self._bands()]
        ax.set_xlim(0, min(max(tops) * 1.08, 1.02))
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        ax.xaxis.get_major_locator().set_params(nbins=4 if narrow else 6)
        ax.set_xlabel("share of people")
        apart = {"handletextpad": 0.3, "columnspacing": 1.2}
        _key(ax, -0.03 if narrow else self._start(), 2 if narrow else 4, **apart)
        self._label(ax, narrow)

    def _marks(self, ax: Any, places: list[float]) -> None:
        bands, references = self._bands(), self._references()
        if bands:
            rows, low = [places[p] for p, _, _ in bands], [low for _, low, _ in bands]
            high = [high for _, _, high in bands]
            # As lines of 72 points an inch: one artist, where bars are one each.
            style = {"color": LIGHT, "linewidth": 72 * _MARK, "zorder": 1}
            ax.hlines(rows, low, high, label="the design allows", **style)
        if self.listed:
            ax.hlines(places, self.pool, self.listed, color=GREY, linewidth=1.6, zorder=2)
        ax.scatter(self.pool, places, marker="o", s=46, color=DARK, zorder=3, label="eligible people")
        if references:
            rows, shares = [places[p] for p, _ in references], [share for _, share in references]
            ax.scatter(shares, rows, marker="x", s=42, color=_TEXT, zorder=4, label="reference population")
        if self.listed:
            edge = {"facecolor": ORANGE, "edgecolor": _TEXT, "linewidth": 0.6}
            ax.scatter(self.listed, places, marker="D", s=36, zorder=5, label="the list", **edge)


@dataclass(frozen=True)
class Columns(Picture):
    """How many have which value: upright bars over a scale, with a line at a value to compare with.

    There is one edge more than there are counts; ``ticks`` name the edges where they are places and not values.
    ``before`` are counts to compare with, drawn as an outline; ``tail`` is said of the right end of the scale.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    unit: str
    scale: str
    line: float
    line_words: str
    words: tuple[str, ...] = ()
    ticks: tuple[str, ...] = ()
    before: tuple[int, ...] = ()
    names: tuple[str, str] = ("before", "after")
    tail: str = ""

    def _said(self) -> list[str]:
        return list(self.words)

    def _room(self, narrow: bool) -> tuple[float, float, float]:
        return (0.75, 0.15, 1.9)

    def _key_room(self, narrow: bool) -> float:
        return (0.52 if narrow else 0.3) if self.before else 0.0

    def _draw(self, ax: Any, *, narrow: bool) -> None:
        steps = [high - low for low, high in itertools.pairwise(self.edges)]
        bars = {"align": "edge", "color": DARK, "edgecolor": "white", "linewidth": 0.4}
        ax.bar(self.edges[:-1], self.counts, width=steps, label=self.names[1], **bars)
        if self.before:
            ax.stairs(self.before, self.edges, color=ORANGE, linewidth=2, label=self.names[0], baseline=None)
            _key(ax, 0, 1 if narrow else 2)
        ax.set_xlim(self.edges[0], self.edges[-1])
        ax.set_ylim(0, max([*self.counts, *self.before, 1]) * 1.28)
        ax.axvline(self.line, color=_TEXT, linewidth=1.6, linestyle="--")
        self._annotate(ax, narrow)
        ax.set_xlabel(self.scale)
        ax.set_ylabel(self.unit)
        if self.ticks:
            ax.set_xticks(self.edges, [_plain(name) for name in self.ticks])
        else:
            ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g}")
            ax.xaxis.get_major_locator().set_params(nbins=5 if narrow else 8)
        _whole_numbers(ax.yaxis, 4)
        _tidy(ax, "y")

    def _annotate(self, ax: Any, narrow: bool) -> None:
        left = self.line < (self.edges[0] + self.edges[-1]) / 2
        at, side = ("data", "axes fraction"), "left" if left else "right"
        _note(ax, self.line_words, (self.line, 1), (5 if left else -5, -2), va="top", xycoords=at, ha=side)
        # Line by line, below the words at the line: a page's typeface is not the one that several lines are set by.
        for number, text in enumerate(textwrap.wrap(self.tail, 30 if narrow else 44)):
            where = (-2, -20 - 12.5 * number)
            _note(ax, text, (1, 1), where, va="top", xycoords="axes fraction", ha="right")


@dataclass(frozen=True)
class Days(_Lines):
    """What is due when: one mark a line on a scale of days."""

    days: tuple[dt.date, ...] = ()

    def _said(self) -> list[str]:
        return [f"{label}: {for_people(day)}" for label, day in zip(self.labels, self.days, strict=True)]

    def _draw(self, ax: Any, *, narrow: bool) -> None:
        places = self._places(narrow)
        start, end = min(self.days), max(self.days)
        spread = max((end - start).days, 7)
        offsets = [(day - start).days for day in self.days]
        ax.hlines(places, 0, offsets, color=LIGHT, linewidth=3)
        ax.scatter(offsets, places, marker="D", s=40, color=DARK, zorder=3)
        for place, day, offset in zip(places, self.days, offsets, strict=True):
            _note(ax, for_people(day), (offset, place), (7, 0), va="center")
        ax.set_xlim(-0.02 * spread, spread * (1.6 if narrow else 1.35))
        ax.set_xlabel(f"days after {for_people(start)}")
        _whole_numbers(ax.xaxis, 4 if narrow else 6)
        self._label(ax, narrow)


def _plain(text: str) -> str:
    """A dollar sign would start a formula in matplotlib's own language."""
    return text.replace("$", r"\$")


def _note(ax: Any, text: str, at: tuple[float, float], offset: tuple[float, float], **more: Any) -> None:
    """Words beside a place, so many points away from it."""
    more = {"textcoords": "offset points", "fontsize": _POINTS, **more}
    ax.annotate(_plain(text), at, xytext=offset, **more)


def _key(ax: Any, start: float, columns: int, **more: Any) -> None:
    """The key of the marks, above the axes."""
    more = {"loc": "lower left", "frameon": False, "borderaxespad": 0.1, "fontsize": _POINTS, **more}
    ax.legend(bbox_to_anchor=(start, 1), ncols=columns, **more)


def _whole_numbers(axis: Any, most: int) -> None:
    axis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axis.get_major_locator().set_params(integer=True, nbins=most)


def _tidy(ax: Any, along: str) -> None:
    ax.tick_params(length=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines["left" if along == "x" else "bottom"].set_color(GREY)
    ax.grid(axis=along, color="#E5E6E7", zorder=0)
    ax.set_axisbelow(True)


@contextmanager
def _style(salt: str = "casetrack") -> Iterator[None]:
    """One style, whatever the user has set."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        # Text stays text, so that it can be searched, and drawn in the page's own typeface.
        matplotlib.rcParams.update(
            {
                "svg.hashsalt": salt,
                "svg.fonttype": "none",
                "font.size": _POINTS,
                "font.family": "sans-serif",
                "font.sans-serif": ["Arial", "Liberation Sans", "DejaVu Sans"],
                "text.color": _TEXT,
                "axes.labelcolor": _TEXT,
                "xtick.color": _TEXT,
                "ytick.color": _TEXT,
            }
        )
        yield


def _for_page(svg: str, name: str, form: str) -> str:
    inside = svg[svg.index("<svg") :].rstrip()
    # The style is the page's own: one inside a picture would hold for the whole page.
    inside = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", inside, flags=re.DOTALL)
    view = re.search(r'viewBox="[^"]*"', inside)
    assert view is not None
    inside = inside[inside.index(">") + 1 :]
    inside = re.sub(r'\bid="', f'id="{name}-', inside)
    inside = re.sub(r'(?:xlink:)?href="#', f'href="#{name}-', inside)
    inside = inside.replace("url(#", f"url(#{name}-")
    inside = re.sub(
        r"('?(?:Arial|Liberation Sans|DejaVu Sans)'?, ?)+[^;\"]*", "Arial, Helvetica, sans-serif", inside
    )
    inside = "\n".join(line.strip() for line in inside.splitlines() if line.strip())
    return f'<svg class="{form}" aria-hidden="true" {view.group()}>{inside}'
