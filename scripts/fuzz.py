"""Files broken on purpose, given to every reader: read, or refused with a code; never a traceback, an end or a hang.

``python scripts/fuzz.py 20000`` tries so many (without a number the night's share of 100,000) and prints a table. The
inputs follow from their numbers, so a finding can be tried again: ``python scripts/fuzz.py 1 --from 4711``.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import selectors
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
"""Seconds without an answer after which a reader counts as hanging."""
OFTEN = {
    "xlsx": 1,
    "xls": 1,
    "parquet": 4,
    "csv": 8,
    "people": 4,
    "mapping": 6,
    "design": 6,
    "list": 4,
    "lookup": 6,
}
"""How often each kind of file comes; a workbook is read by a process of its own, which takes its time."""
TOKENS = (
    b'"',
    b",",
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"9" * 400,
    b"1E+11",
    b"=cmd|' /C calc'!A0",
    b"\r",
    b"\n\n",
)
TOKENS += (
    b"[" * 3000,
    b"2026-13-45",
    b"nan",
    b"\xe2\x80\x8b",
    b"{}",
    b"'",
    b";",
    b"\t",
    b"-1",
    b"0001-01-01",
    b"true",
)


def broken(content: bytes, chance: random.Random) -> bytes:
    """A file with a few places changed, put in, taken out, doubled, or cut off."""
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at = chance.randrange(len(made) + 1)
        to = min(len(made), at + chance.choice((1, 2, 8, 64, 512)))
        way = chance.randrange(6)
        if way == 0 and at < len(made):
            made[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            del made[at:to]
        elif way == 2:
            made[at:at] = made[at:to]
        elif way == 3:
            made[at:at] = chance.choice(TOKENS)
        elif way == 4:
            made[at:to] = chance.choice(TOKENS)
        elif chance.random() < 0.2:
            del made[at:]
    return bytes(made)


def broken_inside(content: bytes, chance: random.Random) -> bytes:
    """An archive with one of its parts broken, and whole around it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        hit = chance.choice(old.namelist())
        for name in old.namelist():
            new.writestr(name, broken(old.read(name), chance) if name == hit else old.read(name))
    return out.getvalue()


def whole_files(folder: Path) -> dict[str, bytes]:
    """A file of each kind in good order."""
    import casetrack as ct
    from casetrack.lookup.lookup import Lookup
    from casetrack.lookup.sealing import Cost
    from casetrack.references import make_references
    from casetrack.synthetic import make_council

    council = make_council(people=25, seed=1)
    coded = ct.code_cohorts(ct.find_eligible(ct.read_extract(council.extract), "2026-03-31"))
    council.extract.to_excel(folder / "a.xlsx", index=False)
    council.extract.to_parquet(folder / "a.parquet")
    design = ct.Design.suggest(coded, size=5, balance=False)
    cases = ct.draw(coded, design, "x", on="2026-04-02")
    lookup = Lookup.of(make_references(3, seed="x"), ["LA-1", "LA-2", "LA-3"])
    sealed = lookup.seal(
        folder / "lookup.sealed",
        "copper lantern thursday oak",
        keep_until=None,
        release_id="x",
        list_digest="0" * 64,
        _cost=Cost(n=2),
    )
    mapping = '[headings]\n"Event Type" = "Event Type"\n[values."Event Type"]\n"Care" = "Service"\n[dates]\n'
    mapping += '"Event Start Date" = ["DD/MM/YYYY"]\n[file]\nencoding = "utf-8"\nseparator = ","\n'
    people = "person_id,reason\nLA-1,a complaint\n"
    return {
        "csv": council.extract.to_csv(index=False).encode(),
        "xlsx": (folder / "a.xlsx").read_bytes(),
        "xls": (folder / "a.xlsx").read_bytes(),
        "parquet": (folder / "a.parquet").read_bytes(),
        "people": people.encode(),
        "mapping": mapping.encode(),
        "design": design.to_toml().encode(),
        "list": cases.to_json().encode(),
        "lookup": sealed.read_bytes(),
    }


def readers(extract: Path) -> dict[str, tuple[str, Callable[[Path], object]]]:
    """For each kind of file, how its name ends, and what reads it."""
    import casetrack as ct
    from casetrack.lookup.lookup import describe, open_lookup

    def lookup(path: Path) -> None:
        # Its log beside it, as it was.
        log = extract.with_name("lookup.sealed.log").read_bytes()
        path.with_name(path.name + ".log").write_bytes(log)
        describe(path)
        open_lookup(path, "copper lantern thursday oak", reason="a test")

    def whole(path: Path) -> None:
        account = ct.read_extract(path).account
        if account.read != account.used + account.duplicates + sum(account.set_aside.values()):
            raise AssertionError("rows are lost")

    def held_back(path: Path) -> None:
        ct.find_eligible(ct.read_extract(extract), "2026-03-31", hold_back=path)

    return {
        **{kind: (f".{kind}", whole) for kind in ("csv", "xlsx", "xls", "parquet")},
        "people": (".csv", held_back),
        "mapping": (".toml", lambda path: ct.read_extract(extract, mapping=path)),
        "design": (".toml", ct.Design.from_toml),
        "list": (".json", ct.CaseList.open),
        "lookup": (".sealed", lookup),
    }


def work(first: int, count: int) -> None:
    """Try inputs one after the other, and say of each what came of it."""
    sys.path.insert(0, str(ROOT / "src"))
    warnings.simplefilter("ignore")
    from casetrack.errors import CasetrackError

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = whole_files(folder)
        (folder / "whole.csv").write_bytes(files["csv"])
        tried = readers(folder / "whole.csv")
        for number in range(first, first + count):
            chance = random.Random(number)
            kind = chance.choices(list(OFTEN), list(OFTEN.values()))[0]
            inside = kind in ("xlsx", "xls") and chance.random() < 0.7
            content = (broken_inside if inside else broken)(files[kind], chance)
            ending, read = tried[kind]
            path = folder / f"tried{ending}"
            path.write_bytes(content)
            print(number, kind, "begun", flush=True)
            try:
                read(path)
                came = "read"
            except CasetrackError:
                came = "refused"
            except BaseException as error:  # whatever else there is, is what is looked for
                came = f"traceback: {type(error).__name__}"
            print(number, kind, came, flush=True)
            for left in folder.glob("tried*"):
                left.unlink()


def main() -> int:
    """Let workers try the inputs, and watch them from outside."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("count", type=int, nargs="?", default=100_000)
    options.add_argument("--from", dest="first", type=int, default=0)
    options.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.work:
        work(given.first, given.count)
        return 0
    told: Counter[tuple[str, str]] = Counter()
    faults: list[str] = []
    began, at, end = time.monotonic(), given.first, given.first + given.count
    while at < end:
        command = [sys.executable, __file__, str(end - at), "--from", str(at), "--work"]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        at = _watched(worker, at, end, told, faults)
    kinds = sorted(OFTEN)
    print(f"{given.count:,} inputs in {time.monotonic() - began:,.0f} s")
    for kind in kinds:
        print(f"  {kind:8}", ", ".join(f"{came} {n:,}" for (k, came), n in sorted(told.items()) if k == kind))
    print(f"tracebacks, ends and hangs: {len(faults)}")
    for fault in faults[:20]:
        print(f"  {fault}")
    return 1 if faults else 0


def _watched(
    worker: subprocess.Popen[bytes], at: int, end: int, told: Counter[tuple[str, str]], faults: list[str]
) -> int:
    """Read what a worker says until it ends, falls silent or is done; the number of the next input."""
    assert worker.stdout is not None
    ready = selectors.DefaultSelector()
    ready.register(worker.stdout, selectors.EVENT_READ)
    rest, kind, number, going = b"", "", at, False
    while True:
        silent = not ready.select(PATIENCE)
        data = b"" if silent else os.read(worker.stdout.fileno(), 65536)
        if not data:
            worker.kill()
            worker.wait()
            if going or silent:
                came = "hang" if silent else "end of the process"
                told[kind, came] += 1
                faults.append(f"{number}: {kind}, {came}")
                return number + 1
            if number + 1 < end and not told:
                raise SystemExit("The worker does not start.")
            return end if number + 1 >= end else number + 1
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            first, kind, came = line.decode().split(" ", 2)
            number, going = int(first), came == "begun"
            if not going:
                told[kind, came] += 1
                if came.startswith("traceback"):
                    faults.append(f"{number}: {kind}, {came}")


if __name__ == "__main__":
    sys.exit(main())
