"""Marked identifiers in every field, every command, every byte that is written or said, also when it fails."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import warnings
import zipfile
import zlib
from pathlib import Path

import pandas as pd
import pytest

from casetrack.lookup.sealing import Cost
from casetrack.runs.folders import RunFolder
from casetrack.synthetic import make_council
from command import drawn_once, here
from life_example import AS_AT, PASSPHRASE

#: No word, digest or picture holds it by itself.
MARK = "qzx"
#: Fields in which nothing typed may come out: the mark with the row's number, so that each value is rare.
IDENTIFYING = {
    "First Name": "Qzxfirst",
    "Last Name": "O'Qzxlast",
    "GP Practice Name": "Qzx Surgery",
    "GP Practice Code": "QZX",
    "Postcode": "QZX1 9ZX",
    "Event Reference": "QZXEV",
    "Event Description": "=Qzx visited Qzxfirst",
    "Provider CQC Location Name": "Qzx Home",
    "Provider CQC Location ID": "1-QZX",
    "Adult 1 Linked Person_ID": "QZX",
    "Case notes title": "Qzx notes",
    "Own ward": "Qzx ward",
}
#: Fields that are shown or counted: one row in a hundred holds a name where a category belongs.
TYPED = (
    "Gender",
    "Ethnicity",
    "Client Type",
    "Primary Support Reason",
    "Accommodation Status",
    "Client Funding Status",
    "Has Unpaid Carer",
    "Dementia",
    "Visual Impairment",
    "Event Outcome",
    "Service Type",
    "Service Component",
    "Request: Route of Access",
    "Assessment Type",
    "Employment Status",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = make_council(people=330, seed=21, release="mixed", flaws="all")
    extract, extras = made.extract.copy(), made.extras.copy()
    row = pd.Series(range(len(extract)), index=extract.index).astype(str)
    for name, text in IDENTIFYING.items():
        extract[name] = text + " " + row
    local = extract["LA Person Unique Identifier"]
    extract["LA Person Unique Identifier"] = local.where(local == "", "QZX" + local)
    for number, name in enumerate(TYPED):
        if name in extract:
            chosen = (row.astype(int) * 7 + number) % 100 == 0
            extract.loc[chosen, name] = "Qzxtyped " + row[chosen]
    identifier = next(c for c in extras if "Identifier" in c or "ID" in c.upper().split())
    extras[identifier] = extras[identifier].where(extras[identifier] == "", "QZX" + extras[identifier])
    mine = pd.Series(range(len(extras)), index=extras.index).astype(str)
    for number, name in enumerate(c for c in extras if c != identifier and "NHS" not in c):
        chosen = (mine.astype(int) * 3 + number) % 60 == 0
        extras.loc[chosen, name] = "Qzxextra " + mine[chosen]
    extras["Lead Professional"] = "Qzxlead " + (mine.astype(int) % 90).astype(str)
    extras["Team"] = "Qzxteam " + (mine.astype(int) % 12).astype(str)
    place = tmp_path_factory.mktemp("marked")
    extract.to_csv(place / "cld.csv", index=False)
    extras.to_csv(place / "people.csv", index=False)
    (place / "passphrase.txt").write_text(PASSPHRASE + "\n", encoding="utf-8")
    numbers = {re.sub(r"\s", "", n) for n in extract["NHS Number"]}
    numbers = {n for n in numbers if re.fullmatch(r"\d{10}", n)}
    births = {d for d in extract["Date of Birth"] if re.fullmatch(r"\d\d/\d\d/\d{4}", d)}
    births |= {"-".join(reversed(d.split("/"))) for d in births}
    return place, numbers, births


def texts_in(folder: Path) -> dict[str, str]:
    """Every byte under a folder as text, workbooks taken apart; what is sealed or identifiable by nature left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or "packs" in path.parts:
            continue
        content = path.read_bytes()
        if path.name == "state.json":
            content = opened_up(content)
        found[path.name + " (its name)"] = str(path.relative_to(folder))
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    found[f"{path.name}: {name}"] = archive.read(name).decode("latin-1")
        else:
            found[path.name] = content.decode("latin-1")
            found[path.name + " as UTF-16"] = content.decode("utf-16-le", errors="replace")
    return found


def opened_up(state: bytes) -> bytes:
    """A state with the files it keeps unpacked, and without the sealed lookup: what is sealed looks like anything."""
    told = json.loads(state)
    for output in told["outputs"].values():
        output["content"] = zlib.decompress(base64.b64decode(output["content"])).decode("latin-1")
    if told["lookup"]:
        del told["lookup"]["sealed"]
    return json.dumps(told, ensure_ascii=False).encode()


def leaks(texts: dict[str, str], numbers: set[str], births: set[str]) -> list[str]:
    found = []
    for name, text in texts.items():
        if MARK in text.lower():
            place = text.lower().index(MARK)
            found.append(f"{name}: …{text[max(0, place - 40) : place + 40]}…")
        pictures = re.sub(r'\b(?:d|x|y|points|transform|viewBox)="[^"]*"', "", text)
        runs = set(
            re.findall(r"(?<![0-9a-fA-F.])\d{10}(?![0-9a-fA-F])", re.sub(r"(?<=\d)[ -](?=\d)", "", pictures))
        )
        found += [f"{name}: an NHS number" for _ in runs & numbers]
        dates = set(re.findall(r"\d\d/\d\d/\d{4}|\d{4}-\d\d-\d\d", text))
        allowed = {AS_AT, "31/03/2026"}
        found += [f"{name}: a date of birth" for d in (dates & births) - allowed]
    return found


def test_the_search_finds_what_was_planted(folder):
    place, numbers, births = folder
    assert len(numbers) > 300
    assert len(births) > 600
    planted = {"cld": (place / "cld.csv").read_text(encoding="utf-8")}
    found = leaks(planted, numbers, births)
    assert any("NHS number" in f for f in found)
    assert any("date of birth" in f for f in found)
    assert any("…" in f for f in found)


def test_no_command_says_or_writes_who_anybody_is(folder, tmp_path, monkeypatch, capsys, caplog):
    place, numbers, births = folder
    out = tmp_path / "out"
    said: dict[str, str] = {}
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("casetrack.lookup.content.Cost", lambda: Cost(n=2))
    monkeypatch.setattr("casetrack.cases.case_list.draw_design", drawn_once)
    monkeypatch.setattr("casetrack.cases.decisions.draw_design", drawn_once)

    def call(*arguments, code=0):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            done = here(monkeypatch, capsys, *arguments)
        name = f"{arguments[0]} {len(said)}"
        said[name] = f"{done.out}\n{done.err}\n" + "\n".join(str(w.message) for w in warned)
        expected = code if isinstance(code, tuple) else (code,)
        assert done.code in expected, (
            arguments[0],
            done.code,
            [line[:200] for line in done.err.splitlines()][:3],
        )

    source = (place / "cld.csv", "--people", place / "people.csv", "--as-at", AS_AT)
    again = ("--extract", place / "cld.csv", "--people", place / "people.csv")
    key = ("--passphrase-file", place / "passphrase.txt")
    draw = ("draw", *source, "--seed", "x", "--out", out, "--on", "2026-04-02", "--reference-seed", "r", *key)
    call("check", *source)
    call("check", *source, "--json")
    call("suggest", *source, "--out", tmp_path / "design.toml")
    call(
        *draw,
        "--k",
        "1",
        "--columns",
        "age_band,sex,ethnic_group,accommodation_status,funding,religion,preferred_language",
    )
    call(*draw, "--force", "--yes")
    # What fails.
    for wrong in ("Qzx Lead", "Last Name", "LA Person Unique Identifier"):
        call(*draw, "--force", "--yes", "--columns", wrong.replace("Qzx ", ""), code=2)
    design = tmp_path / "named.toml"
    design.write_text('size = 50\n[must_include]\n"QZXnobody" = "Qzx asked"\n', encoding="utf-8")
    call(*draw, "--force", "--yes", "--design", design, code=(2, 3))
    design.write_text(
        'size = "QZX"\n[must_include]\n"QZX1" = 3\n[characteristics.team]\n"Qzxteam 1" = { min = 50 }\n',
        encoding="utf-8",
    )
    call(*draw, "--force", "--yes", "--design", design, code=2)
    for rows in (
        "person_id,reason\nQZXnobody,Qzx asked\n",
        "person_id,Qzxcolumn\nQZXnobody,Qzx asked\n",
        "person_id,code,holds,reason\nQZXnobody,Qzx,maybe,Qzx\n",
    ):
        (tmp_path / "list.csv").write_text(rows, encoding="utf-8")
        call("check", *source, "--hold-back", tmp_path / "list.csv", code=(0, 2, 3))
        call("check", *source, "--overrides", tmp_path / "list.csv", code=(0, 2, 3))
    (tmp_path / "one.csv").write_text("NHS Number,NHS Number\nQzx,Qzx\n", encoding="utf-8")
    call("check", tmp_path / "one.csv", "--as-at", AS_AT, code=3)
    call("check", place / "people.csv", "--as-at", AS_AT, code=3)
    call("check", place / "cld.csv", "--people", place / "cld.csv", "--as-at", AS_AT, code=(0, 3))
    # The life of the list.
    found = RunFolder.open(out)
    refs = found.cases.references
    person = pd.read_csv(place / "people.csv", dtype=str).iloc[0].iloc[0]
    call("replace", out, refs[0], "--reason", f"is {person}", *again, *key, code=3)
    call("replace", out, person, "--reason", "declined", *again, *key, code=3)
    common = next(r for r in refs if found.cases.states[r].listed_as == "CT06")
    call("replace", out, common, "--reason", "declined", *again, *key)
    refs = RunFolder.open(out).cases.references
    call("permission", out, person, "asked", code=3)
    call("permission", out, refs[1], "given", "--in-writing", "--way", "phone")
    call("select", out, *refs[1:4], "--note", "CQC asked for three")
    call("rehearse", out, "--seed", "x")
    call("status", out)
    call("timetable", "--notified", "2026-04-02", "--folder", out)
    call("packs", out, *again, *key)
    call("replay", out, *again, *key)
    call("reveal", out, person, "--reason", "to ask", *key, code=(2, 3))
    call("reveal", out, refs[1], "--reason", "", *key, code=2)
    call("destroy", out, "--yes", *key)
    said["log records"] = caplog.text
    assert len(said) > 27
    assert leaks(said, numbers, births) == []
    (tmp_path / "list.csv").unlink()
    (tmp_path / "one.csv").unlink()
    design.unlink()
    texts = texts_in(tmp_path)
    assert sum(name.startswith("case-list") for name in texts) > 20
    assert leaks(texts, numbers, births) == []
