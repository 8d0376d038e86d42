"""Files read within bounds: whatever is given as a path, reading ends, and ends soon.

Designs, mappings, lists, manifests and passphrases are small. A path can also lead to a folder, a device, a pipe that
nobody writes to, or a file of 100,000 brackets; each is an error that the caller can put into words, never a hang and
never the end of the process.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import time
import tomllib
from pathlib import Path
from typing import Any

#: A list of everybody in the largest council takes about 30 MB; nothing that is read here is larger.
MOST = 256 << 20
#: Seconds that a pipe may be silent. A program that makes an extract on the way writes sooner.
PATIENCE = 10.0
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class NoFileError(OSError):
    """The path leads to something that cannot be read as a file; ``strerror`` says why, without the path."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.EINVAL, why)

    def __str__(self) -> str:
        return str(self.strerror)


def kind_of(path: Path) -> str:
    """What a path leads to: ``file`` or ``pipe``."""
    try:
        mode = path.stat().st_mode
    except ValueError:
        raise NoFileError("a path cannot hold such characters") from None
    except FileNotFoundError:
        raise
    except OSError as error:
        raise NoFileError((error.strerror or "it cannot be opened").lower()) from None
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISFIFO(mode) and os.name != "nt":
        return "pipe"
    raise NoFileError(
        "it is a folder"
        if stat.S_ISDIR(mode)
        else "it is no file but a device: save the data to a file first"
    )


def read_small(path: str | os.PathLike[str], most: int = MOST) -> bytes:
    """The content of a small file, or of a pipe that is written to."""
    target = Path(path)
    if kind_of(target) == "pipe":
        return read_pipe(target, most)
    with target.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise NoFileError(f"it is larger than {most >> 20} MB")
    return content


def read_pipe(path: Path, most: int, patience: float = PATIENCE) -> bytes:
    """Everything that is written into a pipe until it is closed."""
    import select

    # Without this flag, opening a pipe waits until somebody writes to it.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    parts, size, until = [], 0, time.monotonic() + patience
    try:
        while size <= most:
            try:
                # Where nobody has opened the other end, this says at once that there is no more.
                part = os.read(handle, 1 << 20)
            except BlockingIOError:
                if not select.select([handle], [], [], max(0.0, until - time.monotonic()))[0]:
                    raise NoFileError("it is a pipe that nobody writes to") from None
                continue
            if not part:
                break
            parts.append(part)
            size, until = size + len(part), time.monotonic() + patience
    finally:
        os.close(handle)
    if size > most:
        raise NoFileError(f"it is larger than {most >> 20} MB")
    if not size:
        raise NoFileError("it is a pipe that nobody writes to")
    return b"".join(parts)


def text_of(path: str | os.PathLike[str]) -> str:
    """The text of a small UTF-8 file, with or without a byte order mark."""
    return read_small(path).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def json_of(text: str | bytes) -> Any:
    """The content of a JSON text."""
    try:
        content = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    plain = text if isinstance(text, str) else text.decode("utf-8")
    if _SURROGATE.search(plain):
        # Half of a character can be written in JSON, but nothing made of it can be saved or printed.
        json.dumps(content, ensure_ascii=False).encode("utf-8")
    return content


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def toml_of(text: str) -> dict[str, Any]:
    """The content of a TOML text."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
