"""Files are whole or not there, never over another, the owner's: whatever fails at any step."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from casetrack import files
from casetrack.errors import OutputError
from casetrack.files import leftovers, locked, make_folder, set_aside, write_file, write_files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_is_written_as_utf_8_with_its_line_ends_as_given(tmp_path):
    path = write_file(tmp_path / "a" / "b" / "notes.txt", "café\r\nnext\n")
    assert path.read_bytes() == "café\r\nnext\n".encode()
    assert names(path.parent) == ["notes.txt"]


def test_an_existing_file_is_refused_and_left_unless_forced(tmp_path):
    path = write_file(tmp_path / "list.csv", "first")
    with pytest.raises(OutputError) as caught:
        write_file(path, "second")
    assert caught.value.code == "file-exists"
    assert "force" in str(caught.value)
    assert path.read_text(encoding="utf-8") == "first"
    write_file(path, "second", force=True)
    assert path.read_text(encoding="utf-8") == "second"
    assert names(tmp_path) == ["list.csv"]


def test_of_files_that_belong_together_all_or_none_are_written(tmp_path):
    (tmp_path / "b.csv").write_text("there", encoding="utf-8")
    (tmp_path / "d.csv").write_text("there", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        write_files({tmp_path / f"{name}.csv": name for name in "abcd"})
    assert "b.csv" in str(caught.value) and "d.csv" in str(caught.value) and "a.csv" not in str(caught.value)
    assert names(tmp_path) == ["b.csv", "d.csv"]


def test_a_folder_in_the_place_of_a_file_is_refused_even_with_force(tmp_path):
    (tmp_path / "list.csv").mkdir()
    with pytest.raises(OutputError):
        write_file(tmp_path / "list.csv", "x", force=True)


def test_a_file_in_the_place_of_a_folder_is_a_clear_error(tmp_path):
    (tmp_path / "return").write_text("", encoding="utf-8")
    for attempt in (
        lambda: make_folder(tmp_path / "return"),
        lambda: write_file(tmp_path / "return" / "a", "x"),
    ):
        with pytest.raises(OutputError) as caught:
            attempt()
        assert caught.value.code == "cannot-write"


if os.name != "nt":

    def test_files_and_new_folders_are_the_owners_only_whatever_the_umask(tmp_path):
        before = os.umask(0)
        try:
            path = write_file(tmp_path / "new" / "deep" / "secret", "x")
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "new" / "deep").stat().st_mode) == 0o700

    def test_a_dangling_link_is_not_written_through(tmp_path):
        (tmp_path / "list.csv").symlink_to(tmp_path / "elsewhere.csv")
        with pytest.raises(OutputError):
            write_file(tmp_path / "list.csv", "x")
        write_file(tmp_path / "list.csv", "x", force=True)
        assert names(tmp_path) == ["list.csv"]

    def test_where_a_file_system_knows_no_links_files_are_still_never_overwritten(tmp_path, monkeypatch):
        def no_links(*_: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(files.os, "link", no_links)
        path = write_file(tmp_path / "list.csv", "first")
        assert path.read_text(encoding="utf-8") == "first"
        (tmp_path / "racer").write_text("", encoding="utf-8")
        with pytest.raises(OutputError):
            files._place(tmp_path / "racer", path, force=False)
        assert path.read_text(encoding="utf-8") == "first"


def test_a_file_that_appears_meanwhile_is_left_alone(tmp_path, monkeypatch):
    real = files._write_hidden

    def meanwhile(hidden, content):
        real(hidden, content)
        (tmp_path / "list.csv").write_text("theirs", encoding="utf-8")

    monkeypatch.setattr(files, "_write_hidden", meanwhile)
    with pytest.raises(OutputError) as caught:
        write_file(tmp_path / "list.csv", "ours")
    assert caught.value.code == "file-exists"
    assert (tmp_path / "list.csv").read_text(encoding="utf-8") == "theirs"
    assert names(tmp_path) == ["list.csv"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("failing", range(12))
def test_when_any_step_fails_the_old_file_stands_and_nothing_is_left_over(
    tmp_path, monkeypatch, force, failing
):
    """Fails the n-th call that touches the disk, for every n, and looks at what stands then."""
    target, other = tmp_path / "cases.json", tmp_path / "log.json"
    if force:
        target.write_text("old", encoding="utf-8")
        other.write_text("old", encoding="utf-8")
    calls = {"left": failing}

    def fails(real):
        def call(*args, **kwargs):
            calls["left"] -= 1
            if calls["left"] == -1:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in ("fdopen", "link"):
            if hasattr(os, name):
                patch.setattr(files.os, name, fails(getattr(os, name)))
        patch.setattr(files.os, "open", fails(os.open))
        patch.setattr(Path, "replace", fails(Path.replace))
        patch.setattr(files.os, "fsync", fails(os.fsync))
        try:
            write_files({target: "new", other: "new"}, force=force)
            failed = False
        except OutputError as error:
            assert error.code == "cannot-write" and "No space left" in str(error)
            failed = True
    found = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    if not failed:
        assert found == {"cases.json": "new", "log.json": "new"}
    elif force:
        assert set(found) == {"cases.json", "log.json"} and set(found.values()) <= {"old", "new"}
        assert found["cases.json"] == "new" or found["log.json"] == "old"
    else:
        assert found == {}


def test_the_failures_above_reach_every_step_and_end(tmp_path, monkeypatch):
    seen = []
    real = os.fsync
    monkeypatch.setattr(files.os, "fsync", lambda handle: (seen.append(handle), real(handle))[1])
    write_files({tmp_path / "a": "x", tmp_path / "b": "y"})
    assert len(seen) == (2 if os.name == "nt" else 3)


def test_killed_in_the_middle_the_old_file_stands(tmp_path):
    """The process ends, as by a power cut, right before the new file gets its name."""
    target = write_file(tmp_path / "cases.json", "old")
    script = f"""
        import os
        from pathlib import Path
        from casetrack.files import write_file
        Path.replace = lambda *_: os._exit(9)
        write_file({str(target)!r}, "new", force=True)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == 9
    assert target.read_text(encoding="utf-8") == "old"
    write_file(tmp_path / "others.json", "{}")
    (left,) = leftovers(target)
    assert left.read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == [left.name, "cases.json", "others.json"]


def test_setting_aside_never_loses_a_file(tmp_path):
    for text in ("one", "two", "three"):
        set_aside(write_file(tmp_path / "uses.log", text))
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {
        "uses.log.1": "one",
        "uses.log.2": "two",
        "uses.log.3": "three",
    }
    assert set_aside(tmp_path / "uses.log") is None


def test_only_one_at_a_time_gets_in(tmp_path):
    inside, most = 0, 0

    def work():
        nonlocal inside, most
        for _ in range(5):
            with locked(tmp_path / "cases.json"):
                inside += 1
                most = max(most, inside)
                counted = int((tmp_path / "n").read_text(encoding="utf-8"))
                write_file(tmp_path / "n", str(counted + 1), force=True)
                inside -= 1

    write_file(tmp_path / "n", "0")
    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert most == 1
    assert (tmp_path / "n").read_text(encoding="utf-8") == "20"


def test_who_waits_too_long_is_told_that_somebody_else_is_there(tmp_path):
    with (
        locked(tmp_path / "cases.json"),
        pytest.raises(OutputError) as caught,
        locked(tmp_path / "cases.json", wait=0.1),
    ):
        raise AssertionError("two were let in")
    assert caught.value.code == "in-use"
    with locked(tmp_path / "cases.json", wait=0):
        pass


def test_a_lock_ends_with_the_process_that_held_it(tmp_path):
    script = f"""
        import os
        from casetrack.files import locked
        with locked({str(tmp_path / "cases.json")!r}):
            os._exit(9)
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    with locked(tmp_path / "cases.json", wait=0):
        pass
