"""The command and the Python interface as pages of reference, from the code itself.

``scripts/make_reference.py`` writes the pages; a test holds them against this.
"""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

#: Modules whose public names are documented, with what they are for.
PUBLIC = {
    "casetrack": "The way from a file to a list.",
    "casetrack.sampling": "The lottery by itself, for any pool and any quotas.",
    "casetrack.disclosure": "How coarse a release has to be, for any table.",
    "casetrack.spark": "Every council of a national file at once.",
    "casetrack.testing": "Hypothesis strategies, for people who build on casetrack.",
}


def command_page(made: str) -> str:
    """Every command with its arguments and options."""
    import typer.main

    from casetrack.cli.app import app

    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    lines = ["# The command", "", made, ""]
    lines += [
        "`casetrack COMMAND --help` says the same. Every command ends with an [exit code](json-and-exit-codes.md);",
        "`casetrack --version` prints the version. In `[ ]` stands what may be left out.",
        "",
    ]
    lines += ["| command | what it does |", "| --- | --- |"]
    lines += [
        f"| [{name}](#casetrack-{name}) | {_first(command.help)} |" for name, command in commands.items()
    ]
    for name, command in commands.items():
        given = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
        lines += ["", f"## `casetrack {name}`", "", " ".join((command.help or "").split()), ""]
        usage = ["casetrack", name, *map(_argument, given), *(_option(p) for p in options if p.required)]
        lines += ["```text", " ".join([*usage, "[options]"]), "```", ""]
        lines += ["| given | what it is |", "| --- | --- |"]
        lines += [f"| `{_argument(p)}` | {_told(p)} |" for p in given]
        lines += [f"| `{_option(p)}` | {_told(p)} |" for p in options]
    read_on = (
        "[the ten days](../ten-days.md), [the same in Python](python.md), [the glossary](../glossary.md)"
    )
    return "\n".join([*lines, "", f"Read on: {read_on}."]) + "\n"


def _argument(parameter: Any) -> str:
    """An argument as in ``draw FILE... [options]``."""
    name = (parameter.metavar or parameter.name).upper()
    more = "..." if parameter.nargs == -1 and "..." not in name else ""
    return f"{name}{more}" if parameter.required else f"[{name}{more}]"


def _option(parameter: Any) -> str:
    """An option with what it takes; a switch with its opposite, if it has one."""
    if parameter.is_flag:
        return " / ".join([*parameter.opts, *parameter.secondary_opts])
    return f"{parameter.opts[0]} …"


def _told(parameter: Any) -> str:
    """What a parameter is, with its default where it has one that says something."""
    told = " ".join(parameter.help.split()).replace("|", "\\|")
    default = parameter.default
    if isinstance(default, bool) or not isinstance(default, str | int | Path) or not default:
        return f"{told} Required." if parameter.required and parameter.param_type_name == "option" else told
    return f"{told} Without it: {default}".rstrip(".") + "."


def _first(text: str | None) -> str:
    """The first paragraph in one line."""
    return " ".join((text or "").split("\n\n")[0].split())


def _sentence(thing: Any) -> str:
    """What a public name is."""
    if not callable(thing):
        return "A constant."
    return re.sub(r":\w+:`", "`", _first(inspect.getdoc(thing)).replace("``", "`"))


def python_page(made: str) -> str:
    """Every public name with the sentence its docstring begins with; the site adds each docstring as a whole."""
    lines = ["# The Python interface", "", made, ""]
    lines += [
        "On the documentation's site (`python3 tasks.py docs`) each docstring follows in full; `help(casetrack.draw)`",
        "shows one. The examples in them are run by the tests.",
        "",
    ]
    for module, what in PUBLIC.items():
        lines += [f"## {module}", "", what, "", "| name | what it is |", "| --- | --- |"]
        public = importlib.import_module(module)
        names = [name for name in public.__all__ if not name.startswith("__")]
        lines += [f"| `{module}.{name}` | {_sentence(getattr(public, name))} |" for name in names]
        lines.append("")
    read_on = "[a first list](../tutorial/first-list.md), [the command](command.md), [the house](../architecture.md)"
    return "\n".join([*lines, f"Read on: {read_on}."]) + "\n"
