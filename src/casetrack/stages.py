"""What each public function needs, so that a wrong object is told in words: what it has to be, and how to get it."""

from __future__ import annotations

import builtins
import datetime as dt
import functools
import inspect
import numbers
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType, NoneType, SimpleNamespace, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from casetrack.errors import UsageError

__all__ = ["STAGES", "Stage", "checked", "need"]

_Offered = TypeVar("_Offered")


@dataclass(frozen=True)
class Stage:
    """A result of a stage: what it is, how it is known, and how one gets it."""

    words: str
    marks: str
    how: str


#: A result is known by what it has and not by its class, for a stage can be given anything that has the same.
STAGES = {
    "Extract": Stage(
        "an extract", "events people account identifiers", 'extract = casetrack.read_extract("extract.csv")'
    ),
    "Pool": Stage(
        "a pool of people with their outcomes",
        "extract as_at outcomes flow",
        'pool = casetrack.find_eligible(extract, as_at="2026-03-31")',
    ),
    "CodedPool": Stage(
        "a coded pool",
        "people code_names characteristic_names edition",
        "coded = casetrack.code_cohorts(pool)",
    ),
    "Design": Stage(
        "a design",
        "size characteristics at_most to_dict",
        'design = casetrack.Design.suggest(coded), or casetrack.Design.from_toml("design.toml")',
    ),
    "CaseList": Stage(
        "a case list",
        "history states references drawn_facts",
        'cases = casetrack.draw(coded, design, seed="…")',
    ),
    "Release": Stage("a release", "table facts lookup coverage", "release = casetrack.pseudonymise(cases)"),
    "Timetable": Stage("a timetable", "notified list_due", 'timetable = casetrack.Timetable("2026-03-02")'),
    "Manifest": Stage("a manifest", "content dpia_annex", "manifest = casetrack.Manifest.of(cases, release)"),
    "Cover": Stage("a cover", "contact replaces", 'cover = casetrack.release.cover.Cover("Northshire")'),
}
#: The part of a coded pool that the design layer reads.
_ALSO = {"CodedPeople": "CodedPool"}


class _Named(type):
    """A class whose objects are known by the marks of a stage, or by the name of their own class."""

    def __instancecheck__(cls, value: object) -> bool:
        stage = STAGES.get(cls.__name__)
        if stage is None:
            return any(kind.__name__ == cls.__name__ for kind in type(value).__mro__)
        # Looking at an attribute could work something out; its name says enough.
        return {*stage.marks.split()} <= {*dir(type(value)), *getattr(value, "__dict__", {})}


@functools.cache
def _named(name: str) -> _Named:
    return _Named(_ALSO.get(name, name), (), {})


#: What a plain kind of value is called: one of it, and several.
_WORDS = {
    str: ("a text", "texts"),
    bool: ("True or False", "True or False"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    dt.date: ("a date", "dates"),
    Mapping: ("a dict", "dicts"),
    NoneType: ("nothing (None)", "nothing"),
}
#: What is as good as a kind: numpy's dates and numbers, and columns and arrays in place of lists.
_AS_GOOD: dict[Any, Any] = {
    dt.date: (dt.date, _named("datetime64")),
    int: numbers.Integral,
    float: numbers.Real,
    Sequence: Collection,
    tuple: Collection,
}


def need(value: object, wanted: Any, parameter: str, default: object = None) -> None:
    """Refuse what is not of a kind: a stage by its name, or whatever an annotation can say.

    Examples
    --------
    >>> need("extract.csv", "Extract", "extract")
    Traceback (most recent call last):
    casetrack.errors.UsageError: UsageError [wrong-object]: extract is a str, and has to be an extract.
      Get one first: extract = casetrack.read_extract("extract.csv").
    >>> need("12", int, "months", 12)
    Traceback (most recent call last):
    casetrack.errors.UsageError: UsageError [wrong-object]: months is a str, and has to be a whole number.
      Give a whole number, for example 12.
    """
    wanted = _named(wanted) if isinstance(wanted, str) else wanted
    if _fits(value, wanted):
        return
    known = next((stage.words for name, stage in STAGES.items() if isinstance(value, _named(name))), "")
    told = f"nothing ({value})" if value is None or _is_nat(value) else known or _one(type(value).__name__)
    stages = [STAGES[kind.__name__] for kind in _parts(wanted) if getattr(kind, "__name__", "") in STAGES]
    words = _in_words(wanted)
    example = f", for example {default!r}" if default or isinstance(default, bool) else ""
    raise UsageError.of(
        "wrong-object",
        f"{parameter} is {told}, and has to be {words}.",
        advice=f"Get one first: {stages[0].how}." if stages else f"Give {words}{example}.",
    )


def _parts(wanted: Any) -> tuple[Any, ...]:
    return get_args(wanted) if get_origin(wanted) in (Union, UnionType) else (wanted,)


def _is_nat(value: Any) -> bool:
    # A missing timestamp counts as a date; it is the one that does not equal itself.
    return isinstance(value, _AS_GOOD[dt.date]) and value != value


def _fits(value: Any, wanted: Any) -> bool:
    """Whether a value is of the kind that an annotation says; what it does not say is not asked."""
    kind, inner = get_origin(wanted) or wanted, get_args(wanted)
    if kind in (Union, UnionType):
        return any(_fits(value, part) for part in inner)
    # An option with a few words has a code of its own for others.
    if kind is Any or not isinstance(kind, type):
        return True
    taken = isinstance(value, _AS_GOOD.get(kind, kind)) and not _is_nat(value)
    if kind in (Sequence, Iterable, tuple):
        # A text would be taken letter by letter.
        return taken and not isinstance(value, str | bytes | Mapping) and _all_fit(value, inner[:1])
    if kind is Mapping:
        return taken and _all_fit(value, inner[:1]) and _all_fit(value.values(), inner[1:])
    return taken and (not isinstance(value, bool) or kind not in (int, float))


def _all_fit(values: Any, inner: tuple[Any, ...]) -> bool:
    """Whether everything in a collection is of one kind; what can be gone through only once is not looked at."""
    return not (inner and isinstance(values, Collection)) or all(_fits(value, inner[0]) for value in values)


def _in_words(wanted: Any, several: bool = False) -> str:
    """What a kind is called, or several of it."""
    *most, last = dict.fromkeys(_kind_in_words(part, several) for part in _parts(wanted))
    return f"{', '.join(most)} or {last}" if most else last


def _kind_in_words(wanted: Any, several: bool) -> str:
    kind, inner = get_origin(wanted) or wanted, get_args(wanted)
    if kind in (Sequence, Iterable, tuple):
        of = f" of {_in_words(inner[0], True)}" if inner and inner[0] is not Any else ""
        return f"lists{of}" if several else f"a list{of}"
    if kind in _WORDS:
        return _WORDS[kind][several]
    name = "path" if issubclass(kind, os.PathLike) else kind.__name__
    return STAGES[name].words if name in STAGES else f"{name}s" if several else _one(name)


def _one(name: str) -> str:
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def checked(offered: _Offered) -> _Offered:
    """Let a function look at what it is given before anything else; of a class, every public method.

    What each argument has to be is what its annotation says. A default is taken as it is.

    Examples
    --------
    >>> @checked
    ... def double(count: int = 1) -> int:
    ...     return 2 * count
    >>> double(4)
    8
    >>> double([4])
    Traceback (most recent call last):
    casetrack.errors.UsageError: UsageError [wrong-object]: count is a list, and has to be a whole number.
      Give a whole number, for example 1.
    """
    if not isinstance(offered, type):
        return _looking(offered)
    for name, member in dict(vars(offered)).items():
        if isinstance(member, FunctionType) and not name.startswith("_"):
            setattr(offered, name, _looking(member))
        elif isinstance(member, classmethod) and not name.startswith("_"):
            setattr(offered, name, classmethod(_looking(member.__func__)))
    return offered


def _looking(function: Any) -> Any:
    inner = inspect.unwrap(function)
    signature = inspect.signature(inner)
    # At the first call, when everything that the annotations name is there.
    hints = functools.cache(lambda: _hints(inner))

    def look(args: tuple[Any, ...], options: dict[str, Any]) -> None:
        try:
            given = signature.bind(*args, **options).arguments
        except TypeError:
            return  # Python says itself what is missing, or too many
        for name, value in given.items():
            about = signature.parameters[name]
            if name not in hints() or value is about.default:
                continue
            default = None if about.default is about.empty else about.default
            for parameter, one in value.items() if about.kind is about.VAR_KEYWORD else [(name, value)]:
                need(one, hints()[name], parameter, default)

    def looked(*args: Any, **options: Any) -> Any:
        look(args, options)
        return function(*args, **options)

    # With the globals of the function itself: doctest passes over the examples of a stranger.
    same = FunctionType(looked.__code__, inner.__globals__, closure=looked.__closure__)
    return functools.update_wrapper(same, function)


def _hints(function: FunctionType) -> dict[str, Any]:
    """The kinds of a function's arguments. What is named for mypy alone is known by its name, as stages are."""
    told = function.__annotations__.items()
    annotations = {name: text for name, text in told if name != "return" and not name.startswith("_")}
    names = {name for text in annotations.values() for name in re.findall(r"[A-Za-z_]\w*", str(text))}
    by_name = {
        name: _named(name)
        for name in names
        if name in STAGES or name in _ALSO or name not in {**vars(builtins), **function.__globals__}
    }
    return get_type_hints(SimpleNamespace(__annotations__=annotations), function.__globals__, by_name)
