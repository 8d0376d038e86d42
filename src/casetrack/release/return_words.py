"""What the return says of itself: its cover and its notes, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casetrack.release.cover import MARKING, Cover
from casetrack.release.promises import few
from casetrack.release.released import Released
from casetrack.words import clean
from casetrack.words import day_in_words as in_words


def about_rows(release: Released, about: Cover) -> list[tuple[str, str]]:
    """The cover's first table: subject and details. What only the council knows is left open where it was not given."""
    facts = release.facts
    return [
        ("Council", clean(about.council)),
        ("Marking", MARKING),
        ("List version", _version(about)),
        ("What it replaces", _replaced(about)),
        ("Who to ask", clean(about.contact)),
        (
            "What this is",
            f"A coded, pseudonymised list of people who had {facts['what_counts']} completed in the period below, for "
            "case tracking in the Care Quality Commission's assessment of the local authority.",
        ),
        ("Number of cases", f"{len(release.table):,}"),
        ("As at", in_words(facts["as_at"])),
        ("Assessment completed", f"{in_words(facts['window_starts'])} to {in_words(facts['as_at'])}"),
        ("Edition of the cohort codes", str(facts["edition"])),
        ("Release", str(facts["release_id"])),
        (
            "Sheet: Case list",
            "One row per case: its reference, codes and a few details; a column for each code to filter by.",
        ),
        (
            "Sheet: Coverage",
            "What the lottery gives on average, what was asked for, and how many are eligible.",
        ),
        ("Sheet: Notes", "How the list was made, and what was made coarser or left out."),
    ]


def _version(about: Cover) -> str:
    return f"{about.version}, of {in_words(about.dated)}" if about.dated else f"{about.version}"


def _replaced(about: Cover) -> str:
    if about.version == 1:
        return "Nothing: this is the first version."
    of = f" of {in_words(about.replaces)}" if about.replaces else ""
    return f"Version {about.version - 1}{of} and all before it. Please delete them."


def note_rows(release: Released) -> list[tuple[str, str]]:
    """The table of notes: subject and note."""
    rows = [("About this list", note) for note in release.notes]
    rows += [("How the cases were chosen", words) for words in _method(release.facts)]
    rows += [("What pseudonymised means", words) for words in _PSEUDONYMISED]
    rows += [("How to read the case list", words) for words in _SHORTHAND]
    rows.append(("How to read the coverage", _COVERAGE))
    return rows


_REPLACED = (
    "Where a case fell out since, somebody who holds the code that the case was listed under came in its place, drawn in "
    "proportion to the chances in the draw of being listed under it. Where nobody could come, the council can say why."
)
_PSEUDONYMISED = (
    "The list holds no name, number, date of birth, address or free text. Each case has a random reference. Only the "
    "council can find the person behind one, with a sealed file that does not leave it, so this remains personal data "
    "under UK GDPR: keep it safe, use it for the assessment only, and do not try to find out who somebody is.",
    '"Withheld" means that the rule of this release does not show the detail, whether the council knows it or not. "Not '
    'recorded" means that the council does not know it.',
)
_SHORTHAND = (
    "In the columns CT01 to CT07 Yes and No say whether the person meets the code; Not shown: the list does not say.",
    "The last column names what is withheld of a case; Nothing means that every column shows something of it.",
)
_COVERAGE = (
    "Eligible people are given to the nearest ten; levels with fewer than 50 people are joined. Places on the "
    "lottery's average is what everyone's chance sums to. At least and at most is what was asked of the draw, which met "
    "it. Places filled later keep balanced levels within two of that where that leaves ten people who hold the code, "
    "none of whom is much likelier to come than the others; else they keep the code alone."
)


def _method(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """How the cases were chosen, with what the design decided before the draw: counts only, and no reason."""
    fixed, excluded, without = (int(facts[name]) for name in ("fixed_places", "excluded", "without_chance"))
    if facts["everyone"]:
        drawn = "There were no more people than places: everyone who could be listed was, and no lottery was needed."
    elif fixed >= facts["asked_for"]:
        drawn = f"No case was drawn by lottery. {_REPLACED}"
    else:
        drawn = f"The cases{' without a fixed place' if fixed else ''} were {_lottery(facts)} {_REPLACED}"
    by_design = [
        _before(fixed, "place was fixed", "places were fixed"),
        _before(excluded, "person was excluded", "people were excluded"),
    ]
    if without:
        cause = "quotas and the fixed places" if fixed else "quotas"
        who = few(without, "person", "people").capitalize()
        by_design.append(f"{who} with a cohort code had no chance by the {cause}.")
    if not fixed:
        by_design.append("Nobody chose a case by hand.")
    return (_eligible(facts), drawn, " ".join(words for words in by_design if words))


def _eligible(facts: Mapping[str, Any]) -> str:
    held, changed = int(facts["held_back"]), int(facts["overridden"])
    left = (
        f", but for {few(held, 'person', 'people')} whom the council left out before the draw" if held else ""
    )
    but = f"; the council corrected codes of {few(changed, 'person', 'people')}" if changed else ""
    return (
        f"From the council's Client Level Data, everyone aged 18 or over who had {facts['what_counts']} completed in "
        f"the period on the cover, and did not die by its end, is eligible{left}. Each eligible person gets every cohort "
        f"code, CT01 to CT07, whose rule they meet{but}; the rules are published with the edition named on the cover."
    )


def _lottery(facts: Mapping[str, Any]) -> str:
    asked = " and ".join(facts["asked_of"])
    if not asked:
        return "drawn by a lottery in which everyone's chance is known; no numbers were set for any group."
    return (
        f"drawn by a lottery in which everyone's chance is known and set numbers hold for {asked}, so that the list "
        "shows the range of people in the area."
    )


def _before(number: int, one: str, many: str) -> str:
    """What the design decided, in one sentence; nothing for nobody, and no count under 5."""
    if not number:
        return ""
    words = few(number, one, many).capitalize()
    return f"{words} by the design before the draw; the reasons are on the council's record."
