"""How far work has come that takes more than two seconds: for somebody at a terminal or in a notebook, and nowhere else.

The loops that take the time say so, each within its share of the work around it. Nothing here decides anything.
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

_Item = TypeVar("_Item")

#: Seconds of work before anything is shown, and between two looks at it.
_AFTER, _BETWEEN = 2.0, 0.25


@dataclass
class _Part:
    """Work under way, from ``start`` to ``end`` of the whole, and how far it is."""

    words: str
    start: float
    end: float
    at: float


class _Work:
    """Everything under way, the innermost last."""

    def __init__(self, screen: _Terminal | _Notebook | None) -> None:
        self.screen, self.parts = screen, [_Part("", 0.0, 1.0, 0.0)]

    def begin(self, words: str, share: float) -> int:
        outer = self.parts[-1]
        end = min(outer.end, outer.at + share * (outer.end - outer.start))
        self.parts.append(_Part(words or outer.words, outer.at, end, outer.at))
        self.tell()
        return len(self.parts) - 1

    def end(self, level: int) -> None:
        # A loop that was left early may be closed after the work around it, and then there is nothing to end.
        if level < len(self.parts):
            self.parts[level - 1].at = self.parts[level].end
            del self.parts[level:]

    def tell(self) -> None:
        if self.screen is not None:
            self.screen.tell(self.parts[-1].words, self.parts[-1].at)


_NOW: ContextVar[_Work | None] = ContextVar("work under way", default=None)


@contextmanager
def work(words: str, share: float = 1.0) -> Iterator[None]:
    """Work that has a name: a block, or a function under this as a decorator.

    `share`: its share of the work around it, if there is any.
    """
    now = _NOW.get()
    screen = _screen() if now is None else None
    if now is None and screen is None:
        yield
        return
    under_way = now or _Work(screen)
    token, level = _NOW.set(under_way), under_way.begin(words, share)
    try:
        yield
    finally:
        under_way.end(level)
        _NOW.reset(token)
        if screen is not None:
            screen.close()


def steps(items: Sequence[_Item]) -> Iterator[_Item]:
    """The items, each of which takes as much of the work under way as any other."""
    now = _NOW.get()
    for item in items:
        level = now.begin("", 1 / len(items)) if now else 0
        try:
            yield item
        finally:
            if now:
                now.end(level)


def done(share: float) -> None:
    """Say which share of the work under way is done."""
    now = _NOW.get()
    if now is not None:
        part = now.parts[-1]
        part.at = max(part.at, part.start + min(share, 1.0) * (part.end - part.start))
        now.tell()


@contextmanager
def hidden() -> Iterator[None]:
    """Show nothing."""
    token = _NOW.set(_Work(None))
    try:
        yield
    finally:
        _NOW.reset(token)


def _screen() -> _Terminal | _Notebook | None:
    """The notebook or the terminal that somebody sits at, if there is one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        # A notebook that is run by a program cannot ask anybody anything.
        return _Notebook() if getattr(kernel, "_allow_stdin", False) else None
    return _Terminal() if sys.stderr is not None and sys.stderr.isatty() else None


def _left(seconds: float, share: float) -> str:
    """How long it will take if it goes on as it went.

    Examples
    --------
    >>> _left(3.0, 0.25), _left(120.0, 0.5), _left(2.0, 0.0)
    ('9 seconds left', '2 minutes left', '')
    """
    if share <= 0:
        return ""
    left = round(seconds * (1 - share) / share)
    number, unit = (left, "second") if left < 100 else (round(left / 60), "minute")
    return f"{number} {unit}{'' if number == 1 else 's'} left"


class _Terminal:
    """A line on standard error, which is gone when the work is done."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self._begun, self._share = time.monotonic(), 0.0
        console = Console(stderr=True)
        columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn()
        self._bar = Progress(*columns, TextColumn("{task.fields[left]}"), console=console)
        self._task = self._bar.add_task("", total=1.0, left="")
        self._live = Live(get_renderable=self._line, console=console, transient=True)
        self._live.start()

    def _line(self) -> Any:
        taken = time.monotonic() - self._begun
        if taken < _AFTER:
            return ""
        self._bar.update(self._task, left=_left(taken, self._share))
        return self._bar.get_renderable()

    def tell(self, words: str, share: float) -> None:
        self._share = share
        self._bar.update(self._task, description=words, completed=share)

    def close(self) -> None:
        self._live.stop()


class _Notebook:
    """A bar under the cell, which is gone when the work is done."""

    def __init__(self) -> None:
        self._begun = self._told = time.monotonic()
        self._shown: Any = None

    def tell(self, words: str, share: float) -> None:
        now = time.monotonic()
        if now - self._begun < _AFTER or now - self._told < _BETWEEN:
            return
        self._told = now
        told = f"{html.escape(words)}: {share:.0%} done, {_left(now - self._begun, share)}".rstrip(", ")
        self._show(f'<progress value="{share:.3f}"></progress> {told}')

    def close(self) -> None:
        if self._shown is not None:
            self._show("")

    def _show(self, content: str) -> None:
        # A notebook has it loaded; casetrack does not need it.
        display = sys.modules["IPython.display"].display
        data = {"text/html": content, "text/plain": ""}
        if self._shown is None:
            self._shown = display(data, raw=True, display_id=True)
        else:
            self._shown.update(data, raw=True)
