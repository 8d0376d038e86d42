"""Half a side for a committee: how dice choose one list of many, with a picture, and what to minute before the throw."""

from __future__ import annotations

from casetrack.lottery.chance_words import one_in
from casetrack.report.pages import page

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
