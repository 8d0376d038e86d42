"""Small files are read within bounds, whatever the path leads to."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from casetrack import small_files
from casetrack.small_files import json_of, read_small, text_of, toml_of

PIPES = pytest.mark.skipif(sys.platform == "win32", reason="pipes have no path on Windows")


def test_text_with_a_mark_and_any_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\rc = 3\n")
    assert text_of(path) == "a = 1\nb = 2\nc = 3\n"


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "9" * 5_000, '{"a": NaN}', '"\\ud800"', '{"\\udfff": 1}', "{", "\ufffe"],
    ids=["deep", "long number", "no number", "half a character", "half a key", "cut", "no character"],
)
def test_json_that_nothing_can_be_made_of(text: str) -> None:
    with pytest.raises(ValueError):
        json_of(text)


def test_json_with_whole_characters_written_as_two_halves() -> None:
    assert json_of('["\\ud83d\\ude00"]') == ["\U0001f600"]


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 5_000, "a = "])
def test_toml_that_nothing_can_be_made_of(text: str) -> None:
    with pytest.raises(ValueError):
        toml_of(text)


@pytest.mark.parametrize(
    "path", ["", "a" * 5_000, "a\x00b", "x/" * 3_000], ids=["here", "long", "nul", "deep"]
)
def test_a_path_that_leads_to_no_file(tmp_path: Path, path: str) -> None:
    with pytest.raises(OSError):
        read_small(tmp_path / path if path else tmp_path)


def test_a_file_too_large(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 11)
    with pytest.raises(OSError, match="larger"):
        read_small(tmp_path / "a", most=10)


@PIPES
def test_a_device_is_refused_before_it_is_opened() -> None:
    with pytest.raises(OSError, match="device"):
        read_small("/dev/zero")


@PIPES
def test_a_pipe_is_read_while_somebody_writes_and_refused_when_nobody_does(tmp_path: Path) -> None:
    pipe = tmp_path / "p"
    os.mkfifo(pipe)
    start = time.monotonic()
    with pytest.raises(OSError, match="nobody writes"):
        read_small(pipe)
    reader, writer = os.pipe()
    os.write(writer, b"one ")
    later = threading.Timer(0.2, lambda: (os.write(writer, b"two"), os.close(writer)))
    later.start()
    assert read_small(f"/dev/fd/{reader}") == b"one two"
    os.close(reader)
    assert time.monotonic() - start < 5


@PIPES
def test_a_pipe_that_stays_silent_is_not_waited_for() -> None:
    reader, writer = os.pipe()
    with pytest.raises(OSError, match="nobody writes"):
        small_files.read_pipe(Path(f"/dev/fd/{reader}"), 100, patience=0.2)
    os.close(reader)
    os.close(writer)
