"""A design as a file and in words: TOML and JSON."""

from __future__ import annotations

import json
import os
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from casetrack.designs.quota import LINKED, SAME_COLUMN
from casetrack.errors import DesignError
from casetrack.files import write_file
from casetrack.small_files import json_of, text_of, toml_of

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
#: What stands under ``at_most`` in a file where a limit is taken away: TOML has no word for nothing.
NO_LIMIT = "no limit"
_HEADINGS = {
    "balance": (
        "Balance: bounds within a person of what the chances expect, for every level. Every list keeps them; widen a "
        "number, or take a table away, where something else matters more."
    ),
    "codes": "Places for each cohort code. A person counts towards every code they have.",
    "at_most": (
        "The most people that may share a value of a column. linked_group: people linked as carer and cared-for; "
        f'1 unless it says otherwise here, "{NO_LIMIT}" lets them come together.'
    ),
    "must_include": "Fixed places: person id = reason.",
    "exclude": "People who may not be drawn: person id = reason.",
    "reasons": "Why each number was chosen. For readers; changes no draw.",
}


def name_of(feature: str, value: str) -> str:
    """The name of a quota, as reasons are filed under it.

    >>> name_of("CT02", "yes"), name_of("sex", "Female")
    ('CT02', 'sex: Female')
    """
    return feature if value == "yes" and re.fullmatch(r"[A-Z]{2}\d{2}", feature) else f"{feature}: {value}"


def read(source: str | Path, kind: str) -> dict[str, Any]:
    """Read the plain content of a design from a file, or from text.

    Text is told from a path by what only text has: a line end, an equals sign, or an opening brace. Limits
    that do not name people linked as carer and cared-for leave that rule as it is without them.

    >>> read("size = 50", "TOML")
    {'size': 50}
    """
    is_text = isinstance(source, str) and (not source or any(mark in source for mark in "\n={"))
    try:
        text = str(source) if is_text else text_of(source)
        content: object = toml_of(text) if kind == "TOML" else json_of(text)
    except OSError:
        raise DesignError.of(
            "unreadable-design", "the design file cannot be opened.", advice="Check its name and place."
        ) from None
    except UnicodeDecodeError:
        raise DesignError.of(
            "unreadable-design",
            "the design file is not written in UTF-8.",
            advice="Save it again with the encoding UTF-8.",
        ) from None
    except ValueError as error:
        found = re.search(r"line (\d+)", str(error))
        where = f"line {found[1]}" if found else ""
        advice = "Correct it there."
        if kind == "TOML" and found and _is_unquoted(text.splitlines(), int(found[1])):
            advice = 'A name with spaces or signs needs quotation marks: "18 to 24" = { min = 1 }.'
        raise DesignError.of(
            "unreadable-design", f"the design is not {kind}.", where=where, advice=advice
        ) from None
    if not isinstance(content, dict):
        raise DesignError.of(
            "unreadable-design",
            f"the design is not a {kind} table.",
            advice="Start with size = 50, for example.",
        )
    return _with_linked(content)


def _is_unquoted(lines: list[str], number: int) -> bool:
    """Whether the name in a line, before its equals sign or between brackets, needs quotation marks."""
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    name = line.strip("[] ") if line.startswith("[") else line.partition("=")[0].strip()
    if line.startswith("[") or "=" in line:
        return bool(name) and not re.fullmatch(r"""[\w.-]+|.*["'].*""", name, flags=re.ASCII)
    return False


def _with_linked(content: dict[str, Any]) -> dict[str, Any]:
    limits = content.get("at_most")
    if not isinstance(limits, Mapping):
        return content
    named = {SAME_COLUMN.get(column, column) for column in limits}
    kept = {column: most for column, most in limits.items() if most != NO_LIMIT}
    return {**content, "at_most": kept if LINKED in named else {LINKED: 1, **kept}}


def for_a_file(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The plain content of a design as a file holds it: that linked people may come together is said.

    >>> for_a_file({"size": 50, "at_most": {"team": 10}})
    {'size': 50, 'at_most': {'linked_group': 'no limit', 'team': 10}}
    """
    limits = plain["at_most"]
    return {**plain, "at_most": limits if LINKED in limits else {LINKED: NO_LIMIT, **limits}}


def write(text: str, path: str | os.PathLike[str] | None, force: bool) -> str:
    """Write the text when there is a path, and hand it back."""
    if path is not None:
        write_file(path, text, force=force)
    return text


def toml_text(plain: Mapping[str, Any]) -> str:
    """Write the plain content of a design as TOML that people can edit.

    >>> print(toml_text({"size": 50, "codes": {"CT02": {"min": 5}}, "exclude": {}}))
    size = 50
    <BLANKLINE>
    # Places for each cohort code. A person counts towards every code they have.
    [codes]
    CT02 = { min = 5 }
    <BLANKLINE>
    """
    lines = [f"size = {plain['size']}", ""]
    for setting, content in plain.items():
        if setting in ("characteristics", "balance"):
            for number, (name, levels) in enumerate(content.items()):
                heading = "" if number else _HEADINGS.get(setting, "")
                lines += _table(f"{setting}.{_key(name)}", levels, heading)
        elif setting == "combinations":
            for pair in content:
                lines += [
                    "[[combinations]]",
                    *(f"{_key(key)} = {_value(part)}" for key, part in pair.items()),
                    "",
                ]
        elif isinstance(content, Mapping) and content:
            lines += _table(setting, content, _HEADINGS[setting])
    return "\n".join(lines)


def _table(name: str, content: Mapping[str, Any], heading: str) -> list[str]:
    above = [f"# {line}" for line in textwrap.wrap(heading, 100, break_on_hyphens=False)]
    return [*above, f"[{name}]", *(f"{_key(key)} = {_value(part)}" for key, part in content.items()), ""]


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _quoted(name)


def _value(part: Any) -> str:
    if isinstance(part, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in part.items()) + " }"
    return _quoted(part) if isinstance(part, str) else str(part)


def _quoted(text: str) -> str:
    # TOML's strings are JSON's, except that TOML does not allow a bare DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
