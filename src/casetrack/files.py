"""Files written whole or not at all, never over another, for the owner's eyes where systems know it.

Every output of casetrack goes through here. A file is first written under a hidden name in its own folder,
brought to the disk, and only then given its name, which a file system does in one step: whoever looks sees
the old file or the new one, never half of either, also when the process is killed or the disk is full.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from casetrack.errors import OutputError

#: Read and write for the owner, nothing for anyone else. Windows keeps to the folder's own permissions.
OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR


def write_file(path: str | os.PathLike[str], content: bytes | str, *, force: bool = False) -> Path:
    """Write one file, whole or not at all.

    `force`: replace a file that is already there. Without it, that is an error.
    """
    return write_files({Path(path): content}, force=force)[0]


def write_files(
    files: Mapping[Path, bytes] | Mapping[Path, str] | Mapping[Path, bytes | str], *, force: bool = False
) -> tuple[Path, ...]:
    """Write several files that belong together: all are on the disk before the first gets its name.

    When one cannot be written none is left, except that with ``force`` a file already replaced stays
    replaced.

    `force`: replace files that are already there. Without it any one of them is an error, and none of them is written.
    """
    targets = list(files)
    _refuse_existing(targets, force)
    hidden: list[Path] = []
    placed: list[Path] = []
    try:
        for target, content in zip(targets, files.values(), strict=True):
            make_folder(target.parent)
            hidden.append(_hidden_beside(target))
            _write_hidden(hidden[-1], content.encode("utf-8") if isinstance(content, str) else content)
        for source, target in zip(hidden, targets, strict=True):
            _place(source, target, force)
            placed.append(target)
        for folder in dict.fromkeys(target.parent for target in targets):
            _sync_folder(folder)
    except BaseException as error:
        _remove(hidden if force else [*hidden, *placed])
        with _writing(targets[min(len(placed), len(targets) - 1)]):
            raise error
    return tuple(targets)


def make_folder(path: str | os.PathLike[str]) -> Path:
    """Make a folder and the folders above it, each for the owner only; leave those that exist as they are."""
    folder = Path(path)
    missing = [step for step in (folder, *folder.parents) if not step.exists()]
    with _writing(folder):
        for step in reversed(missing):
            _make(step)
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder.name} is a file, not a folder")
    return folder


def set_aside(path: str | os.PathLike[str]) -> Path | None:
    """Rename a file to the first free name of ``name.1``, ``name.2``, …, so that nothing is lost."""
    old = Path(path)
    if not old.exists():
        return None
    number = 1
    while (new := old.with_name(f"{old.name}.{number}")).exists():
        number += 1
    move(old, new)
    return new


def leftovers(path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Hidden files that a process left when it was killed while it wrote ``path``."""
    target = Path(path)
    hidden = re.compile(
        re.escape(f".{target.stem[:100]}.") + "[0-9a-f]{16}" + re.escape(f".tmp{target.suffix}")
    )
    return tuple(sorted(found for found in target.parent.iterdir() if hidden.fullmatch(found.name)))


def all_leftovers(folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Every hidden file that a process left in a folder when it was killed while it wrote there."""
    path = Path(folder)
    hidden = re.compile(r"\..*\.[0-9a-f]{16}\.tmp(\..*)?")
    return tuple(sorted(p for p in path.glob(".*") if hidden.fullmatch(p.name))) if path.is_dir() else ()


def move(path: str | os.PathLike[str], to: str | os.PathLike[str]) -> None:
    """Give a file another name or folder, in one step; never over a file that is there."""
    source, target = Path(path), Path(to)
    make_folder(target.parent)
    with _writing(target):
        _place(source, target, force=False)
        for folder in dict.fromkeys((source.parent, target.parent)):
            _sync_folder(folder)


def remove(path: str | os.PathLike[str]) -> None:
    """Remove a file, if it is there."""
    with _writing(Path(path)):
        _unlink(Path(path))


def overwrite_and_remove(path: str | os.PathLike[str], keep: int = 0) -> int:
    """Put random bytes over a file where it stands on the disk, but for the first ``keep``, and remove it."""
    target = Path(path)
    with _writing(target):
        size = target.stat().st_size
        _overwrite(target, keep, size)
        _unlink(target)
    return size


def second_name(path: str | os.PathLike[str]) -> Path | None:
    """Another, hidden name for the same bytes on the disk, so that they can be reached after a new file has the name.

    None where the file system knows no second names.
    """
    target = Path(path)
    hidden = _hidden_beside(target)
    try:
        _link(target, hidden)
    except OSError:
        return None
    return hidden


@contextlib.contextmanager
def locked(path: str | os.PathLike[str], *, wait: float = 10.0) -> Iterator[None]:
    """Keep everyone else who asks for the same path out until the block ends.

    The lock is the system's own, on a small file ``.<name>.lock`` beside the path. It ends with the process,
    however that ends; the small file stays, and means nothing.

    `wait`: seconds to wait for somebody else.
    """
    target = Path(path)
    with _writing(target):
        handle = os.open(target.with_name(f".{target.name}.lock"), os.O_RDWR | os.O_CREAT, OWNER_ONLY)
    try:
        until = time.monotonic() + wait
        while not _try_lock(handle):
            if time.monotonic() >= until:
                raise OutputError.of(
                    "in-use",
                    "somebody else is changing this file.",
                    where=str(target),
                    advice="Wait until they have finished, then try again.",
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _refuse_existing(targets: list[Path], force: bool) -> None:
    existing = [target for target in targets if target.is_dir() or (not force and os.path.lexists(target))]
    if existing:
        raise OutputError.of(
            "file-exists",
            f"{len(existing)} of the {len(targets)} files to write {'is' if len(existing) == 1 else 'are'} "
            "already there; none of them was written over.",
            where=", ".join(map(str, existing)),
            advice="Choose another folder, or allow overwriting with force=True.",
            command="Choose another folder, or use --force to replace what is there.",
        )


def _hidden_beside(target: Path) -> Path:
    return target.with_name(f".{target.stem[:100]}.{secrets.token_hex(8)}.tmp{target.suffix}")


def _overwrite(path: Path, keep: int, size: int) -> None:
    with path.open("rb+") as stream:
        stream.seek(keep)
        stream.write(secrets.token_bytes(max(0, size - keep)))
        stream.flush()
        os.fsync(stream.fileno())


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)


def _link(source: Path, target: Path) -> None:
    os.link(source, target)


def _write_hidden(hidden: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(hidden, flags, OWNER_ONLY), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)


def _place(source: Path, target: Path, force: bool) -> None:
    """Give a finished file its name in one step, which without ``force`` refuses an existing file."""
    if force:
        source.replace(target)
    elif os.name == "nt":
        source.rename(target)
    else:
        try:
            os.link(source, target)
        except FileExistsError:
            raise
        except OSError:
            # Some network shares and memory sticks know no links: look once more, then rename.
            _refuse_existing([target], force)
            source.replace(target)
        else:
            source.unlink()


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        # A folder on some network shares cannot be brought to the disk by hand; the files in it were.
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            _unlink(path)


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Tell in words what the system refuses."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileExistsError):
            code, what = "file-exists", "the file appeared while it was being written; it was left alone."
        else:
            code, what = "cannot-write", f"the file cannot be written: {error.strerror or error}."
        raise OutputError.of(
            code,
            what,
            where=str(target),
            advice="Close it in other programs, check the space and your permissions, or choose another folder.",
        ) from error
