"""Half a side for a committee: how dice choose one list of many, with a picture, and what to minute before the throw."""

from __future__ import annotations

from html import escape

from casetrack.lottery.chance_words import one_in

__all__ = ["committee_page"]

_STYLE = """
body { margin: 0 auto; max-width: 44rem; padding: 1.5rem 1.25rem; color: #0b0c0c; background: #fff; }
body { font: 1.0625rem/1.45 Arial, Helvetica, sans-serif; }
h1 { font-size: 1.75rem; margin: 0 0 .75rem; }
svg { display: block; width: 100%; height: auto; margin: 1rem 0; }
dt { font-weight: bold; margin-top: .5rem; }
dd { margin: 0; overflow-wrap: anywhere; font-family: monospace; }
@page { size: A4; margin: 18mm; }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } }
"""


def committee_page(
    *, size: int, lists: int, lottery: str, key: str, people: int, lowest: float, highest: float
) -> str:
    """The page, as HTML that loads nothing.

    `size`: places on a list. `lists`: how many numbered lists there are.
    """
    dice = len(str(lists - 1))
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head><meta charset="utf-8"><title>How {_number(dice)} dice choose the list</title><style>{_STYLE}</style></head>
<body>
<h1>How {_number(dice)} dice choose the list</h1>
<p>{lists:,} lists of {size} people are settled, each with a number from 0 to {lists - 1:,}. Each keeps everything
that the design asks for. {people:,} people can come. Somebody who is to come with 3 chances in 100 stands on exactly
3 of 100 lists; the lowest chance of anyone is {one_in(lowest)}, the highest {one_in(highest)}.</p>
{_picture(dice, size)}
<p>{_number(dice).capitalize()} ten-sided dice are thrown, one for each digit. They give the number of a list, and
that list is the list. Nobody could choose it: what is minuted here was settled before the throw, and any other
people, design or key would give other digests. Nobody outside can work it out: the key is sealed in the council.
Whoever checks the draw opens the seal, sees that the key fits its digest, and deals the same list again.</p>
<dl>
<dt>Minute before the throw: the lottery</dt><dd>{escape(lottery)}</dd>
<dt>Minute before the throw: its key</dt><dd>{escape(key)}</dd>
<dt>Minute after the throw: the digits, in the order in which the dice were read</dt><dd>{"_ " * dice}</dd>
</dl>
</body>
</html>
"""


def _number(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if count < len(words) else str(count)


def _picture(dice: int, size: int) -> str:
    """Dice, an arrow to one of many lists, an arrow to its people."""
    shown = "48172035"[:dice].ljust(dice, "4")
    number = f"{int(shown):,}"
    faces = "".join(
        f'<rect x="{8 + 34 * at}" y="66" width="28" height="28" rx="5" fill="#fff" stroke="#0b0c0c" stroke-width="2"/>'
        f'<text x="{22 + 34 * at}" y="86" text-anchor="middle" font-size="17">{digit}</text>'
        for at, digit in enumerate(shown)
    )
    left = 34 * dice + 8
    sheets = "".join(
        f'<rect x="{left + 52}" y="{18 + 14 * at}" width="150" height="9" fill="{"#1d70b8" if at == 4 else "#d9dcde"}"/>'
        for at in range(9)
    )
    right = left + 262
    people = "".join(
        f'<circle cx="{right + 14 * (at % 10)}" cy="{46 + 14 * (at // 10)}" r="4.5" fill="#1d70b8"/>'
        for at in range(min(size, 90))
    )

    def arrow(x: int) -> str:
        return f'<path d="M{x} 80h26m-8 -7l8 7l-8 7" fill="none" stroke="#0b0c0c" stroke-width="2"/>'

    wide = right + 150
    said = (
        f"{_number(dice).capitalize()} dice that show {' '.join(shown)} choose list {number} of many; its "
        f"{size} people are the list."
    )
    return (
        f'<svg viewBox="0 0 {wide} 170" role="img" aria-label="{said}" font-family="Arial, Helvetica, sans-serif">'
        f"{faces}{arrow(left + 12)}{sheets}{arrow(left + 214)}{people}"
        f'<text x="8" y="122" font-size="13">for example</text>'
        f'<text x="{left + 52}" y="162" font-size="13">list {number}</text>'
        f'<text x="{right - 5}" y="162" font-size="13">its {size} people</text></svg>'
    )
