"""Pages made from the templates beside this, in which nothing may be missing; among them one for a committee."""

from __future__ import annotations

from typing import Any

import jinja2

from casetrack.lottery.chance_words import one_in


def page(name: str, **told: Any) -> str:
    """A page; in HTML every text is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("casetrack.report"),
        autoescape=name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(**told)


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def committee_page(
    *, size: int, lists: int, lottery: str, key: str, people: int, lowest: float, highest: float
) -> str:
    """The page, as HTML that loads nothing: ``size`` places on each of the numbered lists."""
    dice = len(str(lists - 1))
    shown = "48172035"[:dice].ljust(dice, "4")
    return page(
        "committee.html",
        counted=_NUMBERS[dice] if dice < len(_NUMBERS) else str(dice),
        number=f"{int(shown):,}",
        lowest=one_in(lowest),
        highest=one_in(highest),
        dice=dice,
        shown=shown,
        size=size,
        lists=lists,
        lottery=lottery,
        key=key,
        people=people,
    )
