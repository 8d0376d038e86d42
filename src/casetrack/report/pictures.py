"""The report's pictures: SVG that stands inside the page, the same bytes for the same numbers.

matplotlib is loaded when the first picture is drawn, so that importing casetrack stays quick.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

__all__ = ["bars", "inline_svg", "pairs"]

#: Government Analysis Function palette: told apart by colour-blind readers and in greyscale.
DARK, ORANGE, GREY = "#12436D", "#F46A25", "#B1B4B6"
_TEXT = "#0B0C0C"
_WIDTH, _LEFT, _ROW = 9.0, 3.4, 0.33
_LONGEST_LABEL = 44


def inline_svg(name: str, make: Callable[[], Any], alt: str) -> str:
    """A figure as SVG to be put into a page.

    Parameters
    ----------
    name
        Of the picture on its page: letters, digits and hyphens. It keeps the ids of several pictures apart.
    make
        Gives the ``matplotlib.figure.Figure``; called in a fixed style, whatever the user has set.
    alt
        What the picture shows, for people who do not see it.

    Returns
    -------
    str
        An ``svg`` element without a date, a link, a script or anything to be loaded.

    Examples
    --------
    >>> picture = inline_svg("rows", lambda: bars(["read", "used"], [10, 9], "rows"), "10 read, 9 used")
    >>> picture.startswith('<svg role="img" aria-label="10 read, 9 used"'), "http" in picture
    (True, False)
    """
    import io

    text = io.StringIO()
    with _fixed_style(name):
        make().savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _for_page(text.getvalue(), name, alt)


@contextmanager
def _fixed_style(name: str) -> Iterator[None]:
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        # Text stays text, so that it can be searched, and drawn in the page's own typeface.
        matplotlib.rcParams.update(
            {
                "svg.hashsalt": f"casetrack {name}",
                "svg.fonttype": "none",
                "font.size": 11,
                "text.color": _TEXT,
                "axes.labelcolor": _TEXT,
                "xtick.color": _TEXT,
                "ytick.color": _TEXT,
            }
        )
        yield


def _for_page(svg: str, name: str, alt: str) -> str:
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
        r"(?:'DejaVu Sans', |'Bitstream Vera Sans', )[^;\"]*", "Arial, Helvetica, sans-serif", inside
    )
    inside = "\n".join(line.strip() for line in inside.splitlines() if line.strip())
    return f'<svg role="img" aria-label="{escape(alt)}" {view.group()}>{inside}'


def bars(
    labels: Sequence[str], counts: Sequence[int], unit: str, *, marked: Sequence[str] = (), emphasis: int = -1
) -> Any:
    """Horizontal bars with their numbers.

    Parameters
    ----------
    labels, counts
        One bar each, from top to bottom.
    unit
        What is counted.
    marked
        Words after the number of each bar; none when left out.
    emphasis
        The bar in the second colour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = _axes(len(labels))
    colours = [ORANGE if place == emphasis else DARK for place in range(len(labels))]
    axes.barh(range(len(labels)), counts, color=colours, height=0.62)
    words = marked or [""] * len(labels)
    for place, (count, more) in enumerate(zip(counts, words, strict=True)):
        axes.annotate(
            f"{count:,}{more}",
            (count, place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=10,
        )
    axes.set_xlim(0, max([*counts, 1]) * 1.28)
    axes.set_xlabel(unit)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.xaxis.get_major_locator().set_params(integer=True, nbins=6)
    _labels(axes, labels)
    return figure


def pairs(labels: Sequence[str], pool: Sequence[float], on_list: Sequence[float]) -> Any:
    """Two marks a line: the share of the pool and the share of the list.

    Parameters
    ----------
    labels
        One line each, from top to bottom.
    pool, on_list
        Shares between 0 and 1.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = _axes(len(labels))
    places = list(range(len(labels)))
    axes.hlines(places, pool, on_list, color=GREY, linewidth=2.5, zorder=1)
    axes.scatter(pool, places, marker="o", s=62, color=DARK, zorder=2, label="eligible people")
    axes.scatter(
        on_list,
        places,
        marker="D",
        s=48,
        facecolor=ORANGE,
        edgecolor=_TEXT,
        linewidth=0.6,
        zorder=3,
        label="the list",
    )
    axes.set_xlim(-0.02, max([*pool, *on_list, 0.1]) * 1.08)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.xaxis.get_major_locator().set_params(nbins=6)
    axes.set_xlabel("share of people")
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0.1, handletextpad=0.2
    )
    _labels(axes, labels)
    return figure


def _axes(lines: int) -> tuple[Any, Any]:
    # Margins are set in inches, which is much quicker than letting the layout be worked out for each picture.
    from matplotlib.figure import Figure

    below, above = 0.62, 0.36
    height = lines * _ROW + below + above
    figure = Figure(figsize=(_WIDTH, height))
    bottom, tall = below / height, lines * _ROW / height
    axes = figure.add_axes((_LEFT / _WIDTH, bottom, (_WIDTH - _LEFT - 0.15) / _WIDTH, tall))
    return figure, axes


def _labels(axes: Any, labels: Sequence[str]) -> None:
    short = [text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…" for text in labels]
    # A dollar sign would start a formula in matplotlib's own language.
    axes.set_yticks(range(len(labels)), [text.replace("$", r"\$") for text in short])
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#E5E6E7", zorder=0)
    axes.set_axisbelow(True)
