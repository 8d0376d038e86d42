"""A design as one sheet that a director can read and edit, and back again with every cell checked."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from casetrack.designs.design_files import NO_LIMIT, name_of
from casetrack.designs.group_names import group_name
from casetrack.designs.quota import Combination
from casetrack.errors import DesignError, ExtractError, Problem
from casetrack.extract.workbooks import read_sheets
from casetrack.headings import JOINED
from casetrack.lottery.chance_words import one_in

_SHEET = "Design"
_CREATED = dt.datetime(2000, 1, 1)
_EDITED = ("Wish", "Feature", "Level", "At least", "At most", "Reason")
_TOLD = ("People who can be drawn", "Lowest chance without it", "Highest chance without it")
#: The row of the headings, from 1: a title and a line on how to edit stand above it.
_TOP = 4
_EACH, _SIZE, _FIXED, _EXCLUDED = "each value", "size", "fixed place", "excluded"
_BALANCE = "balance: "
_HOW = (
    "Change the yellow cells: at least, at most and reason. An empty one asks nothing. Rows can be copied or taken away; "
    "Feature and Level say which wish it is."
)


def design_xlsx(plain: Mapping[str, Any], effects: pd.DataFrame | None = None) -> bytes:
    """A design's plain content as a workbook; ``effects`` is `what_if`'s table of it, shown beside each wish."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        # The same design gives the same file.
        book.set_properties({"title": "Design of a case list (council only)", "created": _CREATED})
        _sheet(book, _rows(plain), effects)
    return content.getvalue()


def _rows(plain: Mapping[str, Any]) -> list[tuple[str, str, str, Any, Any, str]]:
    """One row a wish: in words, feature, level, at least, at most, reason."""
    reasons = plain.get("reasons", {})

    def row(feature: str, level: str, quota: Mapping[str, Any]) -> tuple[str, str, str, Any, Any, str]:
        reason = reasons.get(name_of(feature, level), "")
        return group_name(feature, level), feature, level, quota.get("min") or None, quota.get("max"), reason

    rows: list[tuple[str, str, str, Any, Any, str]] = [
        ("Places on the list", _SIZE, "", plain["size"], None, "")
    ]
    rows += [row(code, "yes", quota) for code, quota in plain["codes"].items()]
    rows += [row(n, v, q) for n, levels in plain["characteristics"].items() for v, q in levels.items()]
    rows += [row(*Combination(**pair).label, pair) for pair in plain["combinations"]]
    for name, levels in plain["balance"].items():
        # One reason for all levels of a characteristic, beside the first.
        why = [reasons.get(_BALANCE + name, ""), *[""] * (len(levels) - 1)]
        for (level, quota), reason in zip(levels.items(), why, strict=True):
            words = f"Balanced: {group_name(name, level)}"
            rows.append((words, _BALANCE + name, level, quota.get("min") or None, quota.get("max"), reason))
    for column, most in plain["at_most"].items():
        reason = reasons.get(f"at_most: {column}", "")
        rows.append((group_name(column, _EACH), column, _EACH, None, most, reason))
    rows += [
        ("A fixed place", _FIXED, person, None, None, why) for person, why in plain["must_include"].items()
    ]
    rows += [
        ("Not to be drawn", _EXCLUDED, person, None, None, why) for person, why in plain["exclude"].items()
    ]
    return rows


def _sheet(book: Any, rows: list[tuple[str, str, str, Any, Any, str]], effects: pd.DataFrame | None) -> None:
    sheet = book.add_worksheet(_SHEET)
    font = {"font_name": "Arial", "font_size": 11, "valign": "top"}
    head = book.add_format({**font, "bold": True, "text_wrap": True, "bg_color": "#DCE6F0", "bottom": 2})
    plain = book.add_format(
        {**font, "text_wrap": True, "bottom": 1, "bottom_color": "#B1B4B6", "quote_prefix": True}
    )
    edit = book.add_format(
        {**font, "text_wrap": True, "bg_color": "#FFF7BF", "border": 1, "border_color": "#B1B4B6"}
    )
    sheet.write_string(
        0, 0, "Design of a case list", book.add_format({**font, "bold": True, "font_size": 16})
    )
    sheet.write_string(1, 0, _HOW, book.add_format(font))
    told = _told(effects)
    headings = [*_EDITED, *(_TOLD if told else ())]
    columns = [{"header": name, "header_format": head} for name in headings]
    sheet.add_table(
        _TOP - 1,
        0,
        _TOP - 1 + len(rows),
        len(headings) - 1,
        {"name": "design", "columns": columns, "style": None},
    )
    for place, row in enumerate(rows, start=_TOP):
        for column, value in enumerate(row):
            style = edit if column >= 3 else plain
            if value is None or value == "":
                sheet.write_blank(place, column, None, style)
            elif isinstance(value, int):
                sheet.write_number(place, column, value, style)
            else:
                sheet.write_string(place, column, value, style)
        for column, text in enumerate(told.get(row[0], ("",) * 3) if told else (), start=len(_EDITED)):
            sheet.write_string(place, column, text, plain)
    for column, width in enumerate((46, 22, 30, 10, 10, 50, 14, 16, 16)[: len(headings)]):
        sheet.set_column(column, column, width)
    last = _TOP - 1 + len(rows)
    whole = {
        "validate": "integer",
        "criteria": ">=",
        "value": 0,
        "error_title": "A whole number",
        "ignore_blank": True,
    }
    sheet.data_validation(_TOP, 3, last, 4, whole)
    sheet.freeze_panes(_TOP, 1)
    sheet.repeat_rows(_TOP - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&LDesign of a case list&RCouncil only")
    sheet.set_footer("&RPage &P of &N")


def _told(effects: pd.DataFrame | None) -> dict[str, tuple[str, str, str]]:
    """By wish in words, what is told beside it."""
    if effects is None:
        return {}
    found = {}
    for row in effects.itertuples(index=False):
        people = "" if pd.isna(row.people) else f"{int(row.people):,}"
        lowest, highest = ("" if pd.isna(c) else one_in(c) for c in (row.lowest_chance, row.highest_chance))
        if not pd.isna(row.without_chance) and row.without_chance:
            lowest += f"; {int(row.without_chance):,} people none"
        name = str(row.wish).removeprefix("Without: ")
        found["Places on the list" if name.startswith("The design") else name] = (people, lowest, highest)
    return found


def design_plain(source: str | Path) -> dict[str, Any]:
    """The plain content of a design from its workbook."""
    rows, problems = _cells(Path(source)), list[Problem]()
    plain: dict[str, Any] = {
        "codes": {},
        "characteristics": {},
        "combinations": [],
        "balance": {},
        "at_most": {},
        "must_include": {},
        "exclude": {},
        "reasons": {},
    }
    for number, (_, feature, level, least, most, reason) in rows:
        low, high = (_whole(cell, number, letter, problems) for cell, letter in ((least, "D"), (most, "E")))
        _take(plain, (feature, level, reason), low, high, number, problems)
    if problems:
        raise DesignError(problems)
    return plain


def _cells(path: Path) -> list[tuple[int, list[str]]]:
    """The rows below the headings that are not empty, with their numbers, as text."""
    try:
        sheets = {sheet.name: sheet for sheet in read_sheets(path, _SHEET)}
    except (ExtractError, OSError):
        raise _unreadable("the design is no workbook that can be opened.") from None
    if _SHEET not in sheets:
        raise _unreadable(f'the workbook has no sheet "{_SHEET}".')
    columns = [column.to_pylist() for column in sheets[_SHEET].columns]
    body = [[cell.strip() for cell in row] for row in zip(*columns, strict=True)]
    top = next((n for n, row in enumerate(body) if row[: len(_EDITED)] == list(_EDITED)), None)
    if top is None:
        raise _unreadable(f"the headings {', '.join(_EDITED)} stand in no row.")
    width = len(_EDITED)
    found = [(n, row[:width]) for n, row in enumerate(body[top + 1 :], start=top + 2)]
    return [(n, row) for n, row in found if any(row[1:])]


def _unreadable(what: str) -> DesignError:
    advice = "Start again from design.to_excel or casetrack suggest --out design.xlsx, and keep sheet and headings."
    error: DesignError = DesignError.of("unreadable-design", what, advice=advice)
    return error


def _whole(text: str, row: int, letter: str, problems: list[Problem]) -> int | None:
    if not text or text == NO_LIMIT:
        return None
    if re.fullmatch(r"\d{1,6}", text):
        return int(text)
    what = "a number of people is not a whole number."
    problems.append(Problem("design-cell", what, f"cell {letter}{row}", "Write a whole number, or nothing."))
    return None


def _take(
    plain: dict[str, Any],
    names: tuple[str, str, str],
    low: int | None,
    high: int | None,
    row: int,
    problems: list[Problem],
) -> None:
    """Put one row where it belongs."""
    feature, level, reason = names
    where = f"row {row}"
    if feature == _SIZE:
        plain["size"] = low or 0
    elif feature in (_FIXED, _EXCLUDED):
        if not level:
            problems.append(
                Problem("design-cell", "nobody is named.", f"cell C{row}", "Write the person id there.")
            )
        plain["must_include" if feature == _FIXED else "exclude"][level] = reason
    elif not feature or not level:
        what = "a wish has no feature or no level."
        problems.append(Problem("design-cell", what, where, "Fill in both, as in the rows around it."))
    elif level == _EACH:
        if high is not None:
            plain["at_most"][feature] = high
        _because(plain, f"at_most: {feature}", reason)
    else:
        quota = {"min": low or 0, "max": high}
        _because(plain, feature if feature.startswith(_BALANCE) else name_of(feature, level), reason)
        _file(plain, feature, level, quota, row, problems)


def _file(
    plain: dict[str, Any], feature: str, level: str, quota: dict[str, Any], row: int, problems: list[Problem]
) -> None:
    """Put a quota under its code, its characteristic, or with the combinations; a second one of the same is a problem."""
    if JOINED in feature:
        pairs = dict(zip(feature.split(JOINED), level.split(JOINED), strict=False))
        twice = any(other["of"] == pairs for other in plain["combinations"])
        plain["combinations"].append({"of": pairs, **quota})
    elif name_of(feature, level) == feature:
        twice = feature in plain["codes"]
        plain["codes"][feature] = quota
    else:
        kind = "balance" if feature.startswith(_BALANCE) else "characteristics"
        levels = plain[kind].setdefault(feature.removeprefix(_BALANCE), {})
        twice = level in levels
        levels[level] = quota
    if twice:
        problems.append(
            Problem("design-cell", "a wish stands there twice.", f"row {row}", "Take one of them away.")
        )


def _because(plain: dict[str, Any], name: str, reason: str) -> None:
    if reason:
        plain["reasons"][name] = reason
