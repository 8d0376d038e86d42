"""The same input, design, seed and key give the same bytes, whatever the machine does with hashes and the order of
rows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

import casetrack as ct
from casetrack.runs.folders import RunFolder
from command import in_process
from life_example import AS_AT, PASSPHRASE, SEED, council, held, on_disk

SAME = (
    "return/case-list.xlsx",
    "return/case-list.csv",
    "council-only/manifest.json",
    "council-only/report.html",
    "for-sharing/report.html",
    "for-sharing/summary.html",
)


def drawn(
    folder: Path, out: Path, hash_seed: str, references: str | None = "r", extract: str = "cld_extract.csv"
):
    arguments = ["draw", extract, "--people", "person_details.csv", "--as-at", AS_AT, "--seed", SEED]
    arguments += ["--out", out, "--passphrase-file", "passphrase.txt", "--on", "2026-04-02"]
    arguments += ["--reference-seed", references] if references else []
    (folder / "key.txt").write_text("2a" * 32, encoding="utf-8")
    arguments += ["--key-file", "key.txt"]
    done = in_process(*arguments, folder=folder, PYTHONHASHSEED=hash_seed)
    assert (done.code, done.err) == (0, ""), done
    return {name: (out / name).read_bytes() for name in SAME}


def people(out: Path) -> dict[str, str]:
    lookup, states = held(out), RunFolder.open(out).cases.states
    return {lookup.person_id(r): s.listed_as for r, s in states.items()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = on_disk(tmp_path_factory.mktemp("council"))
    return folder, drawn(folder, folder / "one", "0")


def test_another_run_in_another_process_with_other_hashes(made):
    folder, first = made
    second = drawn(folder, folder / "two", "1")
    for name in SAME:
        assert second[name] == first[name], name


def test_other_references_change_nothing_else(made):
    folder, first = made
    second = drawn(folder, folder / "three", "2", references=None)
    assert people(folder / "three") == people(folder / "one")
    one, other = (json.loads(made["council-only/manifest.json"]) for made in (first, second))
    # Which folder and which history it is of hangs on the references, and the digest covers it.
    assert {n for n in one if one[n] != other[n]} == {"folder", "history", "digest"}
    assert second["return/case-list.csv"] != first["return/case-list.csv"]
    reference = re.compile(rb"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]")

    def without(content: bytes) -> list[bytes]:
        # The digest of the list covers the references, so it differs with them.
        lines = reference.sub(b"", content).splitlines()
        return sorted(re.sub(rb"\b[0-9a-f]{12,64}\b", b"", line) for line in lines)

    assert without(second["return/case-list.csv"]) == without(first["return/case-list.csv"])


def test_shuffled_rows_give_the_same_people(made):
    folder, _ = made
    rows = council().extract.sample(frac=1, random_state=3)
    assert rows.index[0] != 0
    rows.to_csv(folder / "shuffled.csv", index=False)
    drawn(folder, folder / "four", "3", extract="shuffled.csv")
    assert people(folder / "four") == people(folder / "one")


def test_the_call_and_the_command_give_the_same(made, tmp_path):
    folder, first = made
    done = ct.run(
        folder / "cld_extract.csv",
        people=folder / "person_details.csv",
        as_at=AS_AT,
        seed=SEED,
        out=tmp_path / "out",
        passphrase=PASSPHRASE,
        on="2026-04-02",
        key=bytes.fromhex("2a" * 32),
        reference_seed="r",
    )
    for name in SAME:
        assert (tmp_path / "out" / name).read_bytes() == first[name], name
    frame = done.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert set(frame["folder"]) == {"return", "council-only", "for-sharing"}
    assert len(done.files) == 7
