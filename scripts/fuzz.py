"""Files broken on purpose, given to every reader: read, or refused with a code; never a traceback, an end or a hang.

``python scripts/fuzz.py 20000`` tries so many (without a number the million of the night), about 50 in a second of
one processor's time, and prints a table. The inputs follow from their numbers, so a finding can be tried again:
``python scripts/fuzz.py 1 --from 4711``.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import selectors
import subprocess
import sys
import tempfile
import time
import tomllib
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
"""Seconds without an answer after which a reader counts as hanging."""
SHARE = 5_000
"""Inputs that one worker tries, one after the other; it takes a few seconds to begin."""
OFTEN = {
    "xlsx": 1,
    "xls": 1,
    "ods": 1,
    "design.xlsx": 1,
    "parquet": 4,
    "csv": 6,
    "person-file": 3,
    "hold-back": 4,
    "overrides": 2,
    "reference": 2,
    "at-risk": 2,
    "mapping": 6,
    "design.toml": 6,
    "design.json": 4,
    "list": 4,
    "manifest": 4,
    "lookup": 6,
}
"""How often each kind of file comes; a workbook is read by a process of its own, which takes its time."""
ARCHIVES, TABLES, TREES = (
    {"xlsx", "ods", "design.xlsx"},
    {"csv", "person-file", "hold-back", "overrides", "reference", "at-risk"},
    {"mapping", "design.toml", "design.json", "list", "manifest"},
)
"""Kinds whose structure is broken too: the parts of an archive, the cells of a table, the entries of a tree."""
OLD = ROOT / "tests" / "data" / "cases" / "16-filtered-rows"
"""Workbooks in formats that casetrack does not write."""
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


BESIDE = [
    "LA Person Unique Identifier",
    "NHS Number",
    "Gender",
    "Date of Birth",
    "Client Type",
    "Event Type",
    "Event Start Date",
    "Event End Date",
]
"""Columns of the extract that a mapping or a person-level file is tried with: what they can change or contradict."""


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


def odd_value(chance: random.Random) -> Any:
    """A value that does not belong where it is put."""
    token = chance.choice(TOKENS).decode("utf-8", "replace")
    odd = (None, True, -1, 0, 10**30, 1.5, float("nan"), "", token, [], {}, [token], {token: token})
    return chance.choice(odd)


def broken_table(content: bytes, chance: random.Random) -> bytes:
    """A CSV file with its cells, rows or headings exchanged, doubled, taken out, or written in another way."""
    table = list(csv.reader(io.StringIO(content.decode("utf-8"))))
    for _ in range(chance.choice((1, 2, 5))):
        row = chance.randrange(len(table))
        cell = chance.randrange(len(table[row]) or 1)
        way = chance.randrange(7)
        if way == 0 and table[row]:
            table[row][cell] = chance.choice(TOKENS).decode("utf-8", "replace")
        elif way == 1:
            table[row] = table[row][:cell]
        elif way == 2:
            table[row] = [*table[row], *table[row][cell:]]
        elif way == 3:
            table.insert(row, list(chance.choice(table)))
        elif way == 4 and len(table) > 1:
            del table[row]
        elif way == 5:
            for line in table:
                line[cell : cell + 2] = line[cell : cell + 2][::-1]
        elif table[0]:
            table[0][cell % len(table[0])] = chance.choice(table[0])
    out = io.StringIO()
    ends = chance.choice(("\n", "\r\n", "\r"))
    quotes = chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE))
    writer = csv.writer(
        out, delimiter=chance.choice(",,,;\t|"), lineterminator=ends, quoting=quotes, escapechar="\\"
    )
    writer.writerows(table)
    return out.getvalue().encode(chance.choice(("utf-8", "utf-8-sig", "utf-16", "cp1252")), "replace")


def broken_tree(content: bytes, chance: random.Random, toml: bool) -> bytes:
    """A TOML or JSON file with some of its entries exchanged for others, taken out, or deeper than before."""
    tree = tomllib.loads(content.decode("utf-8")) if toml else json.loads(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        place, at = tree, chance.random()
        while isinstance(place, dict | list) and place:
            key = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if chance.random() < at or not isinstance(place[key], dict | list):
                break
            place = place[key]
        if not isinstance(place, dict | list) or not place:
            continue
        way = chance.randrange(4)
        if way == 0:
            del place[key]
        elif way == 1 and isinstance(place, dict):
            place[chance.choice(TOKENS).decode("utf-8", "replace")] = odd_value(chance)
        elif way == 2:
            place[key] = {"a": [place[key]]}
        else:
            place[key] = odd_value(chance)
    return (as_toml(tree) if toml else json.dumps(tree, ensure_ascii=chance.random() < 0.5)).encode(
        "utf-8", "replace"
    )


def as_toml(tree: dict[str, Any]) -> str:
    """A tree as TOML, every table in one line."""

    def value(part: Any) -> str:
        if isinstance(part, dict):
            return "{" + ", ".join(f"{json.dumps(str(k))} = {value(v)}" for k, v in part.items()) + "}"
        if isinstance(part, list):
            return "[" + ", ".join(value(one) for one in part) + "]"
        return "nan" if part is None or part != part else json.dumps(part)

    return "".join(f"{json.dumps(str(key))} = {value(part)}\n" for key, part in tree.items())


def broken_columns(content: bytes, chance: random.Random) -> bytes:
    """A Parquet file of which some columns are of another type, hold nothing, stand twice, or are gone."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(content))
    columns = [[name, table.column(name).combine_chunks()] for name in table.column_names]
    for _ in range(chance.choice((1, 2, 5))):
        one = chance.choice(columns)
        texts = one[1].cast(pa.string()).to_pylist() if pa.types.is_string(one[1].type) else []
        rows = len(one[1])
        made: tuple[Callable[[], Any], ...] = (
            lambda rows=rows: pa.nulls(rows),
            lambda rows=rows: pa.array([chance.randrange(-(2**62), 2**62) for _ in range(rows)], pa.int64()),
            lambda rows=rows: pa.array([chance.choice((0.5, float("nan"), 1e300, 12.0))] * rows),
            lambda rows=rows: pa.array([chance.choice(TOKENS)] * rows, pa.binary()),
            lambda rows=rows: pa.array([chance.randrange(2**62)] * rows, pa.timestamp("us", "UTC")),
            lambda rows=rows: pa.array([chance.randrange(-(2**31), 2**31)] * rows, pa.date32()),
            lambda rows=rows: pa.array([[odd] for odd in range(rows)]),
            lambda rows=rows: pa.array([{"a": odd} for odd in range(rows)]),
            lambda rows=rows: pa.array([True, None] * rows).slice(0, rows),
            lambda texts=texts, rows=rows: pa.array(texts or [""] * rows).dictionary_encode(),
            lambda rows=rows: pa.array([1] * rows).cast(pa.decimal128(38, 0)),
            lambda rows=rows: pa.array([1] * rows, pa.int64()).cast(pa.time64("us")),
            lambda rows=rows: pa.array([1] * rows, pa.int64()).cast(pa.duration("s")),
        )
        way = chance.randrange(4)
        if way == 0:
            columns.append([one[0], one[1]])
        elif way == 1 and len(columns) > 1:
            columns.remove(one)
        else:
            one[1] = chance.choice(made)()
    out = io.BytesIO()
    groups = chance.choice((50, 1_000))
    odd = pa.Table.from_arrays([array for _, array in columns], names=[name for name, _ in columns])
    pq.write_table(odd, out, row_group_size=groups, compression=chance.choice(("none", "snappy", "gzip")))
    return out.getvalue()


def tried(kind: str, content: bytes, chance: random.Random) -> bytes:
    """A file of a kind broken in its structure, or somewhere in its bytes."""
    if chance.random() < 0.5:
        return broken(content, chance)
    if kind in ARCHIVES:
        return broken_inside(content, chance)
    if kind in TABLES:
        return broken_table(content, chance)
    if kind in TREES:
        return broken_tree(content, chance, toml=not content.startswith(b"{"))
    return broken_columns(content, chance) if kind == "parquet" else broken(content, chance)


def whole_files(folder: Path) -> dict[str, bytes]:
    """A file of each kind in good order."""
    import casetrack as ct
    from casetrack.lookup.lookup import Lookup
    from casetrack.lookup.sealing import Cost
    from casetrack.references import make_references
    from casetrack.synthetic import make_council

    council = make_council(people=12, seed=1)
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
    design.to_excel(folder / "design.xlsx")
    first, second = coded.people.index[:2]
    # What a person-level file says as well as the events can contradict them.
    told = {"Gender": "Female", "Date of Birth": "02/03/1941", "Client Type": "Service user"}
    release = ct.pseudonymise(cases, k=1)
    return {
        "csv": council.extract.to_csv(index=False).encode(),
        "beside": council.extract[BESIDE].to_csv(index=False).encode(),
        "xlsx": (folder / "a.xlsx").read_bytes(),
        "xls": (OLD / "in.xls").read_bytes(),
        "ods": (OLD / "in.ods").read_bytes(),
        "parquet": (folder / "a.parquet").read_bytes(),
        "person-file": council.extras.assign(**told).to_csv(index=False).encode(),
        "hold-back": f"person_id,reason\n{first},a complaint\n{second},moved\n".encode(),
        "overrides": f"person_id,code,holds,reason\n{first},CT06,yes,seen\n{second},CT07,no,seen\n".encode(),
        "reference": b"characteristic,level,share\nsex,Female,0.51\nsex,Male,0.49\n",
        "at-risk": b"characteristic,level,factor\nCT07,,2\nsex,Male,1.2\n",
        "mapping": mapping.encode(),
        "design.toml": design.to_toml().encode(),
        "design.json": design.to_json().encode(),
        "design.xlsx": (folder / "design.xlsx").read_bytes(),
        "list": cases.to_json().encode(),
        "manifest": ct.Manifest.of(cases, release).save(folder / "manifest.json").read_bytes(),
        "lookup": sealed.read_bytes(),
    }


def readers(extract: Path) -> dict[str, tuple[str, Callable[[Path], object]]]:
    """For each kind of file, how its name ends, and what reads it."""
    import casetrack as ct
    from casetrack.designs.suggest_options import read_at_risk, read_reference
    from casetrack.lookup.lookup import describe, open_lookup
    from casetrack.pool.hold_back import held_back

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

    good, beside = ct.read_extract(extract), extract.with_name("beside.csv")
    pool = ct.find_eligible(good, "2026-03-31")

    return {
        **{kind: (f".{kind}", whole) for kind in ("csv", "xlsx", "xls", "ods", "parquet")},
        "person-file": (".csv", lambda path: ct.read_extract(beside, people=path)),
        "hold-back": (".csv", lambda path: held_back(good, path)),
        "overrides": (".csv", lambda path: ct.code_cohorts(pool, overrides=path)),
        "reference": (".csv", read_reference),
        "at-risk": (".csv", read_at_risk),
        "mapping": (".toml", lambda path: ct.read_extract(beside, mapping=path)),
        "design.toml": (".toml", ct.Design.from_toml),
        "design.json": (".json", ct.Design.from_json),
        "design.xlsx": (".xlsx", ct.Design.from_excel),
        "list": (".json", ct.CaseList.open),
        "manifest": (".json", ct.Manifest.open),
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
        (folder / "beside.csv").write_bytes(files["beside"])
        ways = readers(folder / "whole.csv")
        for number in range(first, first + count):
            chance = random.Random(number)
            kind = chance.choices(list(OFTEN), list(OFTEN.values()))[0]
            ending, read = ways[kind]
            path = folder / f"tried{ending}"
            path.write_bytes(tried(kind, files[kind], chance))
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
    """Let workers try the inputs beside each other, and watch them from outside."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("count", type=int, nargs="?", default=1_000_000)
    options.add_argument("--from", dest="first", type=int, default=0)
    options.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.work:
        work(given.first, given.count)
        return 0
    began, end = time.monotonic(), given.first + given.count
    shares = [(at, min(at + SHARE, end)) for at in range(given.first, end, SHARE)]
    with ThreadPoolExecutor(given.workers) as pool:
        answers = list(pool.map(tried_share, shares))
    told = sum((counts for counts, _ in answers), Counter())
    faults = [fault for _, found in answers for fault in found]
    kinds = sorted(OFTEN)
    print(f"{given.count:,} inputs in {time.monotonic() - began:,.0f} s")
    for kind in kinds:
        print(
            f"  {kind:11}", ", ".join(f"{came} {n:,}" for (k, came), n in sorted(told.items()) if k == kind)
        )
    print(f"tracebacks, ends and hangs: {len(faults)}")
    for fault in faults[:20]:
        print(f"  {fault}")
    return 1 if faults else 0


def tried_share(share: tuple[int, int]) -> tuple[Counter[tuple[str, str]], list[str]]:
    """What came of the inputs of a share, and what is wrong; a worker that ends is followed by another."""
    told: Counter[tuple[str, str]] = Counter()
    faults: list[str] = []
    at, end = share
    while at < end:
        command = [sys.executable, __file__, str(end - at), "--from", str(at), "--work"]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        at = _watched(worker, at, end, told, faults)
    return told, faults


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
