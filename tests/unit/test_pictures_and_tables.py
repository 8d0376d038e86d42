"""Pictures and tables of every result: one style, finished, with words, and the same bytes for the same numbers."""

from __future__ import annotations

import datetime as dt
import re

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from casetrack.cases.timetable import Timetable
from casetrack.pictures import Bars, Columns, Days, Gaps
from casetrack.report.report import report_html
from casetrack.tables import cell_words, html_lines, html_table
from outputs_example import example

PICTURES = [
    Bars(
        "One row was not used",
        ("read", "a label that is much too long for one line of the picture"),
        (10, 9),
        "rows",
    ),
    Gaps(
        "Women are fewer",
        ("Female", "Male"),
        (0.6, 0.4),
        (0.5, 0.5),
        ((0.4, 0.6), None),
        (0.5, None),
        ("a", "b"),
    ),
    Columns(
        "Most are near", (0.0, 0.1, 0.2), (3, 4), "people", "chance in 100", 0.1, "equal: 1 in 10", ("3", "4")
    ),
    Days("Soon", ("first", "second"), (dt.date(2026, 3, 24), dt.date(2026, 4, 9))),
]


@pytest.fixture(autouse=True)
def _nothing_left_open():
    yield
    from matplotlib import pyplot

    pyplot.close("all")


@pytest.mark.parametrize("picture", PICTURES, ids=lambda p: type(p).__name__)
def test_a_picture_is_drawn_and_stands_in_a_page(picture):
    before = dict(matplotlib.rcParams)
    axes = picture.plot()
    assert isinstance(axes, Axes) and axes.get_title(loc="left") == picture.title
    assert isinstance(picture.plot(axes), Axes)
    text = picture.svg("name")
    assert text == picture.svg("name")
    assert dict(matplotlib.rcParams) == before
    assert text.count("<svg") == 2 and "://" not in text and "<style" not in text and "<script" not in text
    assert f'aria-label="{picture.title}. ' in text
    ids = re.findall(r'id="([^"]*)"', text)
    assert len(ids) == len(set(ids)) and set(re.findall(r"url\(#([^)]*)\)", text)) <= set(ids)
    # Nothing is cut: every word of every label is in both forms.
    for label in getattr(picture, "labels", ()):
        assert all(text.count(word) >= 2 for word in label.split())


def test_words_for_people_who_do_not_see_it_hold_the_figures():
    assert PICTURES[0].alt.endswith("one line of the picture: 9 rows.")
    many = Bars("Many", tuple(map(str, range(20))), tuple(range(20)), "rows")
    assert many.alt.endswith("; and 8 more.")


def test_a_cell_is_what_people_write():
    cases = {
        1204: "1,204",
        np.int64(1204): "1,204",
        True: "Yes",
        np.bool_(False): "No",
        dt.datetime(2026, 4, 20, 9): "20/04/2026",
        "x": "x",
    }
    assert {value: cell_words(value) for value in cases} == cases
    assert [cell_words(v) for v in (None, pd.NA, pd.NaT, float("nan"))] == [""] * 4


def test_a_table_escapes_its_text_leaves_out_empty_columns_and_sets_numbers_to_the_right():
    table = pd.DataFrame({"left_out": [1204, 3], "what": ["<b>", "&"], "empty": [pd.NA, None]})
    text = html_table(table, "A <caption>")
    assert '<th scope="col" style="text-align: right">Left out</th>' in text
    assert (
        '<th scope="row" style="text-align: right; font-weight: normal">1,204</th>' in text
        and "&lt;b&gt;" in text
        and "Empty" not in text
    )
    assert "A &lt;caption&gt;" in text and "<NA>" not in text and "nan" not in text
    assert html_table(table.iloc[:0]).count("<th ") == 3  # headings alone
    named = table.set_index(pd.Index(["K1", "K2"], name="case_reference"))
    assert "Case reference" in html_table(named)
    assert "And 40 more rows." in html_table(pd.concat([table] * 50))
    assert html_table(pd.DataFrame()).startswith("<table>")
    assert html_lines("a\n\nb") == "<p>a</p><p>b</p>"


def test_every_result_shows_itself():
    _, cases, release = example()
    coded = cases.identified.coded
    results = {
        "extract": coded.pool.extract,
        "pool": coded.pool,
        "coded": coded,
        "cases": cases,
        "timetable": Timetable(notified=dt.date(2026, 3, 24)),
        "release": release,
        "risk": release.risk,
    }
    for name, result in results.items():
        shown = result._repr_html_()
        assert (
            "<table>" in shown
            and "<NA>" not in shown
            and "NaN" not in shown
            and 'class="dataframe"' not in shown
        ), name
        assert result.summary().endswith(".") and len(result.to_frame()), name
        # A release is drawn by its risk.
        assert name == "release" or isinstance(result.plot(), Axes), name
    assert isinstance(cases.design.plot(coded), Axes)


def test_the_list_is_drawn_with_the_largest_gap_first():
    _, cases, _ = example()
    picture, cover = cases.picture(), cases.coverage()
    gaps = (cover["on_list"] - len(cases) * cover["pool_share"]).abs()
    assert picture.labels[0].endswith(str(cover.loc[gaps.idxmax(), "level"]))
    assert len(picture.labels) == min(24, len(cover))


def test_the_risk_is_drawn_as_the_report_draws_it():
    _, cases, release = example()
    axes, surer = release.risk.plot(), (release.weighed["in_full"] < release.k * (1 - 1e-6)).sum()
    title = " ".join(axes.get_title(loc="left").split())
    assert f" of 50 cases are likelier than 1 in 10 to be named; {surer} would be if everything" in title
    assert sum(bar.get_height() for bar in axes.patches[: len(release.risk.edges)]) == len(release.table)
    assert f'aria-label="{title}' in report_html(cases, release)
    table = release.risk.to_frame()
    assert table[["as_drawn", "as_released"]].sum().tolist() == [50, 50]


def test_what_a_notebook_sets_with_its_first_figure_stays_set(monkeypatch):
    """IPython switches the showing of figures on when the first one is made, within matplotlib's own settings."""
    import matplotlib
    from matplotlib import pyplot

    figure = pyplot.figure
    monkeypatch.setitem(matplotlib.rcParams, "interactive", False)

    def first(**more):
        matplotlib.rcParams["interactive"] = True
        return figure(**more)

    monkeypatch.setattr(pyplot, "figure", first)
    Bars("One bar", ("a",), (1,), "people").plot()
    assert matplotlib.rcParams["interactive"]
