"""The commands, from the draw to the end of the lookup, in a folder with spaces and letters beyond ASCII."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

import casetrack as ct
from casetrack.errors import OutputError
from casetrack.lookup.content import KeepUntilWarning
from casetrack.lookup.sealing import Cost
from casetrack.runs.folders import RunFolder, replace_case
from casetrack.runs.manifest import Manifest
from casetrack.runs.standing import reveal_people, steps_of
from command import drawn_once, here, in_process
from identifiers import told
from life_example import (
    AS_AT,
    KEY,
    PASSPHRASE,
    SEED,
    cheap,
    coded,
    design,
    held,
    on_disk,
    with_somebody_to_come,
)

#: Every use of the lookup is on record there, whatever came of it.
STATE = str(Path("council-only") / "state.json")
MANIFEST = str(Path("council-only") / "manifest.json")


@pytest.fixture
def casetrack(monkeypatch, capsys):
    # Pictures and a dear passphrase computation have tests of their own.
    monkeypatch.setattr("casetrack.runs.folders.report_html", lambda *args, **more: "<p>the report</p>")
    monkeypatch.setattr("casetrack.lookup.content.Cost", lambda: Cost(n=2))
    monkeypatch.setattr("casetrack.cases.case_list.draw_design", drawn_once)
    monkeypatch.setattr("casetrack.cases.decisions.draw_design", drawn_once)
    return lambda *arguments: here(monkeypatch, capsys, *arguments)


@pytest.fixture(scope="module")
def council(tmp_path_factory):
    folder = on_disk(tmp_path_factory.mktemp("Räume & Wege é"))
    (folder / "key.txt").write_text(KEY.hex(), encoding="utf-8")
    return folder


def source(council: Path) -> list[object]:
    return [council / "cld_extract.csv", "--people", council / "person_details.csv"]


def draw_arguments(council: Path, out: Path) -> list[object]:
    more = ["--seed", SEED, "--out", out, "--on", "2026-04-02", "--as-at", AS_AT, "--reference-seed", "r"]
    more += ["--key-file", council / "key.txt"]
    return ["draw", *source(council), *more, "--passphrase-file", council / "passphrase.txt"]


@pytest.fixture(scope="module")
def drawn(council, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn here") / "out é"
    done = in_process(*draw_arguments(council, folder))
    assert (done.code, done.err) == (0, ""), done
    cheap(folder)
    return folder


@pytest.fixture
def out(drawn, tmp_path):
    return Path(shutil.copytree(drawn, tmp_path / "a copy é"))


def again(council: Path) -> list[object]:
    extract = ["--extract", council / "cld_extract.csv", "--people", council / "person_details.csv"]
    return [*extract, "--passphrase-file", council / "passphrase.txt"]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# -- draw ----------------------------------------------------------------------------------------------


def test_draw_writes_its_folders_and_says_which_is_which(drawn):
    names = {part.name: sorted(p.name for p in part.iterdir()) for part in drawn.iterdir()}
    assert set(names) == {"return", "council-only", "for-sharing"}
    assert names["return"] == ["case-list.csv", "case-list.xlsx"]
    assert names["for-sharing"] == ["report.html", "summary.html"]
    kept = {"manifest.json", "report.html", "state.json"}
    assert {n for n in names["council-only"] if not n.endswith(".lock")} == kept
    if os.name != "nt":
        for path in drawn.rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path.name
    assert len(pd.read_csv(drawn / "return" / "case-list.csv", dtype=str, encoding="utf-8-sig")) >= 50
    assert len(RunFolder.open(drawn).cases) == 50


def test_files_that_are_there_are_left_alone(casetrack, council, out):
    before = contents(out)
    other = [word if word != SEED else "another seed" for word in draw_arguments(council, out)]
    done = casetrack(*other)
    assert done.code == 2
    assert "file-exists" in done.err
    assert contents(out) == before
    # The very same draw once more: its list stands, and the use of the lookup is on record.
    done = casetrack(*draw_arguments(council, out))
    assert done.code == 0, done.err
    assert "This draw was made before: its list stands" in done.out
    # The manifest tells of every use, so that an older copy of the state beside it shows.
    assert {n for n, b in contents(out).items() if b != before.get(n)} <= {STATE, MANIFEST}
    # Other details, another k or another cover are not what stands there, and are told as what they are.
    before = contents(out)
    for other, code in (
        (["--columns", "sex"], "another-release-rule"),
        (["--k", "7"], "another-release-rule"),
        (["--council", "Northshire"], "file-exists"),
        (["--contact", "performance team"], "file-exists"),
        (["--keep-until", "31/12/2099"], "file-exists"),
    ):
        done = casetrack(*draw_arguments(council, out), *other)
        assert (done.code, f"[{code}]" in done.err) == (2, True), done.err
        assert "made before" in done.err
        assert contents(out) == before
    one_left = out.parent / "one left"
    (one_left / "return").mkdir(parents=True)
    (one_left / "return" / "case-list.csv").write_text("mine", encoding="utf-8")
    assert casetrack(*draw_arguments(council, one_left)).code == 2
    assert contents(one_left) == {str(Path("return") / "case-list.csv"): b"mine"}


def test_force_replaces_everything_and_the_log_of_draws_grows(casetrack, council, out):
    assert (
        casetrack("replace", out, with_somebody_to_come("r")[0], "--reason", "declined", *again(council)).code
        == 0
    )
    assert (out / "return" / "case-list-v2.xlsx").exists()
    arguments = draw_arguments(council, out)
    arguments[arguments.index(SEED)] = "another seed"
    sealed = RunFolder.open(out).state.lookup
    done = casetrack(*arguments, "--force")
    assert (done.code, "Copy council-only/state.json first" in done.err) == (2, True), "nobody said yes"
    assert RunFolder.open(out).state.lookup == sealed
    done = casetrack(*arguments, "--force", "--yes")
    assert done.code == 0, done.err
    draws = RunFolder.open(out).state.draws
    assert [line.detail["seed"] for line in draws] == [SEED, "another seed"]
    assert sorted(p.name for p in (out / "return").iterdir()) == ["case-list.csv", "case-list.xlsx"]
    assert "case-list.xlsx" in casetrack("status", out).out
    assert casetrack(*arguments, "--force", "--yes").code == 0
    assert len(RunFolder.open(out).state.draws) == 2
    assert casetrack("verify", out, "--passphrase-file", council / "passphrase.txt").code == 0


def test_whatever_fails_leaves_nothing(casetrack, council, tmp_path):
    arguments = draw_arguments(council, tmp_path / "out")
    short = tmp_path / "short.txt"
    short.write_text("short\n", encoding="utf-8")
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    latin = tmp_path / "latin.txt"
    latin.write_bytes(b"p\xe4ssphrase that is long\n")
    nonsense = tmp_path / "design.toml"
    nonsense.write_text("size = 'fifty'\nshape = 3\n", encoding="utf-8")
    greedy = tmp_path / "greedy.toml"
    greedy.write_text("size = 50\n[codes]\nCT02 = { min = 49 }\nCT07 = { min = 49 }\n", encoding="utf-8")
    unknown = tmp_path / "unknown.toml"
    unknown.write_text("size = 50\n[characteristics.eyes]\nBlue = { min = 1 }\n", encoding="utf-8")
    for more, code in (
        (("--passphrase-file", short), 2),
        (("--passphrase-file", empty), 2),
        (("--passphrase-file", latin), 2),
        (("--passphrase-file", tmp_path / "none"), 2),
        (("--design", nonsense), 2),
        (("--design", unknown), 2),
        (("--design", tmp_path / "none.toml"), 2),
        (("--design", greedy), 4),
        (("--columns", "NHS Number"), 2),
        (("--columns", "age_band,Postcode"), 2),
        (("--columns", "shoe_size"), 2),
        (("--seed", ""), 2),
        (("--size", "0"), 2),
        (("--size", "-5"), 2),
        (("--k", "0"), 2),
        (("--k", "-1"), 2),
        (("--on", "yesterday"), 2),
        (("--keep-until", "soon"), 2),
        (("--as-at", "1990-01-01"), 3),
        (("--people", tmp_path / "none.csv"), 3),
    ):
        done = casetrack(*arguments, *more)
        assert done.code == code, (more, done.code, done.err)
        assert "unforeseen" not in done.err, (more, done.err)
        assert done.err
        assert not (tmp_path / "out").exists(), more
    told = casetrack(*arguments, "--design", greedy).err
    assert "CT02" in told
    assert "--nearest FILE.toml" in told


def test_the_nearest_design_that_works_can_be_had_and_drawn(casetrack, council, tmp_path):
    greedy, nearest = tmp_path / "greedy.toml", tmp_path / "nearest.toml"
    greedy.write_text("size = 50\n[codes]\nCT02 = { min = 49 }\nCT07 = { min = 4 }\n", encoding="utf-8")
    arguments = draw_arguments(council, tmp_path / "out")
    done = casetrack(*arguments, "--design", greedy, "--nearest", nearest)
    assert done.code == 4
    assert str(nearest) in done.err
    assert casetrack(*arguments, "--design", nearest).code == 0


def test_without_a_terminal_there_is_nobody_to_ask(council, tmp_path):
    arguments = draw_arguments(council, tmp_path / "out")[:-2]
    done = in_process(*arguments)
    assert done.code == 2
    assert "--passphrase-file" in done.err
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_nothing(casetrack, council, tmp_path, monkeypatch):
    def full(*args, **more):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("casetrack.files._write_hidden", full)
        done = casetrack(*draw_arguments(council, tmp_path / "out"))
    assert done.code == 2
    assert "No space left" in done.err
    assert {Path(name).name for name in contents(tmp_path / "out")} <= {".state.json.lock"}


def test_a_lookup_that_cannot_be_sealed_leaves_no_list(casetrack, council, tmp_path, monkeypatch):
    def broken(*args, **more):
        raise OutputError.of("cannot-write", "no.")

    with monkeypatch.context() as patch:
        patch.setattr("casetrack.lookup.content.Lookup.sealed", broken)
        assert casetrack(*draw_arguments(council, tmp_path / "out")).code != 0
    assert not contents(tmp_path / "out")


# -- suggest and demo ----------------------------------------------------------------------------------


def test_suggest_writes_a_design_that_draws_the_same_list(casetrack, council, drawn, tmp_path):
    path = tmp_path / "design é.toml"
    done = casetrack("suggest", *source(council), "--as-at", AS_AT, "--out", path)
    assert done.code == 0, done.err
    assert "A list of 50 people" in done.out
    assert ct.Design.from_toml(path).digest() == design().digest()
    assert casetrack("suggest", *source(council), "--as-at", AS_AT, "--out", path).code == 2
    assert casetrack(*draw_arguments(council, tmp_path / "out"), "--design", path).code == 0
    assert (tmp_path / "out/return/case-list.csv").read_bytes() == (
        drawn / "return/case-list.csv"
    ).read_bytes()


@pytest.mark.night  # test_screen runs it twice, and .ci/run once
def test_the_demonstration_runs_anywhere(tmp_path):
    done = in_process("demo", folder=tmp_path)
    assert (done.code, done.err) == (0, ""), done
    assert len(RunFolder.open(tmp_path / "casetrack-demo").cases) == 50
    assert "invented" in done.out


def test_a_template_is_drafted_for_and_filled(casetrack, out, tmp_path):
    template, told = tmp_path / "council.xlsx", tmp_path / "template.toml"
    with xlsxwriter.Workbook(template) as book:
        book.add_worksheet().write_row(0, 0, ["Case ID", "Cohort", "CQC use only"])
    done = casetrack("export", out, "--template", template)
    assert done.code == 2 and "template-headings" in done.err and '"CQC use only"' in done.err
    assert casetrack("template", template, "--out", told).code == 0
    done = casetrack("export", out, "--template", template, "--template-mapping", told)
    assert done.code == 0, done.err
    assert "case-list-in-template.xlsx" in done.out
    assert (out / "return" / "case-list-in-template.xlsx").exists()
    assert casetrack("verify", out).code == 0
    done = casetrack("export", out, "--template-mapping", told)
    assert done.code == 2 and "mapping-without-template" in done.err


# -- the life of a list --------------------------------------------------------------------------------


def test_replace_permission_select_status(casetrack, council, out):
    refs = with_somebody_to_come("r")
    assert set(refs) <= set(RunFolder.open(out).cases.references)
    first = contents(out / "return")
    done = casetrack("replace", out, refs[0], "--reason", "declined", "--on", "2026-04-05", *again(council))
    assert done.code == 0, done.err
    assert "took the place" in done.out
    assert "case-list-v2.xlsx" in done.out
    second = contents(out / "return")
    assert {name: second[f"superseded/{name}"] for name in first} == first, "as it was, set aside"
    assert sorted(name for name in second if "/" not in name) == ["case-list-v2.csv", "case-list-v2.xlsx"]
    # Done again: nothing changes.
    before = contents(out)
    repeated = casetrack(
        "replace", out, refs[0], "--reason", "declined", "--on", "2026-04-05", *again(council)
    )
    assert repeated.code == 0, repeated.err
    assert "replaced before" in repeated.out
    after = contents(out)
    assert {n for n in after if after[n] != before.get(n)} <= {STATE, MANIFEST}
    # And another, named by the local id, which the answer does not repeat.
    person = held(out).person_id(refs[1])
    done = casetrack("replace", out, person, "--reason", "moved", "--on", "2026-04-06", *again(council))
    assert (done.code, person in done.out + done.err) == (0, False), done.err
    assert "took the place" in done.out
    assert (out / "return" / "case-list-v3.xlsx").exists()
    found = RunFolder.open(out)
    assert found.cases.history[2].detail["by"]["reference"] in found.cases.references
    table = (out / "return" / "case-list-v3.csv").read_text(encoding="utf-8-sig")
    assert all(r in table for r in found.cases.references)
    assert refs[0] not in table
    assert refs[1] not in table
    assert len(found.manifest.content["states"]) == 3
    # Both were entered late: a return is of the day on which it was made, which the log has beside the decision's.
    late = [line.recorded for line in found.cases.history if line.action == "replaced"]
    assert [line.on for line in found.cases.history if line.action == "released"][1:] == late
    assert found.cases.as_of("2026-04-06").references == found.cases.references
    ten = sorted(found.cases.references, key=lambda ref: found.cases.states[ref].since, reverse=True)[:10]
    too_early = casetrack("select", out, *ten, "--on", "2026-04-04")
    assert (too_early.code, "came on the list on" in too_early.err) == (3, True), too_early.err
    # Permission.
    # First somebody without a carer, for whom one answer is all there is to ask for.
    live = sorted(found.cases.references, key=lambda ref: found.cases.states[ref].has_carer)
    for _ in range(2):
        done = casetrack(
            "permission", out, live[0], live[0], "asked", "--needs", "large print", "--on", "2026-04-07"
        )
        assert done.code == 0
    assert [d.action for d in RunFolder.open(out).cases.history].count("permission") == 1
    done = casetrack(
        "permission", out, live[0], "given", "--in-writing", "--way", "phone", "--on", "2026-04-08"
    )
    assert "Nothing is left to do about permission for this case." in done.out
    carers = sum(s.has_carer and s.on_list for s in RunFolder.open(out).cases.states.values())
    assert carers > 0
    assert f"{49 + carers} still to do" in done.out, "carers are asked too"
    # Selection.
    for _ in range(2):
        done = casetrack("select", out, *live[:10], "--on", "2026-04-09")
        assert done.code == 0, done.err
    assert (done.out.count("tracked"), done.out.count("reserve")) == (6, 4)
    assert [d.action for d in RunFolder.open(out).cases.history].count("selected") == 1
    said = casetrack("status", out).out
    assert "2 have left" in said
    both = casetrack("status", out, refs[0], live[0], refs[0]).out
    assert both.count(f"{refs[0]} left the list on 05/04/2026: declined.") == 1
    assert live[0] in both
    assert "(none)" not in casetrack("status", out, refs[0]).out
    assert "6 tracked, 4 in reserve" in said
    to_do = RunFolder.open(out).cases.outstanding()
    mine = int((to_do["whose"] == "carer").sum())
    assert mine < carers, "only the carers of the cases that there is something to do about"
    assert f"Still to do: {len(to_do)}, of which {mine} with carers." in said
    assert "Permission in writing: 1 of people, 0 of carers." in said
    assert "case-list-v3.xlsx" in said
    # A tracked case falls out.
    gone = next(ref for ref in live[:6] if ref in refs)
    done = casetrack("replace", out, gone, "--reason", "in hospital", "--on", "2026-04-10", *again(council))
    assert RunFolder.open(out).cases.states[live[6]].selection == "tracked"
    # Replay.
    done = casetrack("replay", out, *again(council))
    assert (done.code, done.out.strip()) == (0, "The list is the same at every step.")
    smaller = council / "smaller.csv"
    lines = (council / "cld_extract.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    smaller.write_text("".join(lines[:-3]), encoding="utf-8")
    done = casetrack("replay", out, "--extract", smaller, *again(council)[2:])
    assert done.code == 1
    assert "the input file" in done.out
    smaller.unlink()


def opened(out: Path) -> ct.CaseList:
    run = RunFolder.open(out)
    lookup = held(out)
    return run.cases.attach(
        coded(), {r: lookup.person_id(r) for r in lookup.references}, key=bytes.fromhex(lookup.lottery_key)
    )


def test_two_at_the_same_moment_are_told_so_plainly(casetrack, council, out, monkeypatch):
    """Between the reading and the writing of one command the other does the same, and is done first."""
    refs = RunFolder.open(out).cases.references
    table = opened(out).reserves(1).set_index("case_reference")
    sought = table["person_id"].value_counts().index[0]
    one, other = table.index[table["person_id"] == sought][:2]
    arguments = [*again(council), "--reason", "declined", "--on", "2026-04-05"]

    def overtaken(cases, ref, *rest, **more):
        monkeypatch.setattr("casetrack.runs.folders.replace_case", replace_case)
        assert casetrack("replace", out, other, *arguments).code == 0
        return replace_case(cases, ref, *rest, **more)

    monkeypatch.setattr("casetrack.runs.folders.replace_case", overtaken)
    done = casetrack("replace", out, one, *arguments)
    assert done.code == 3
    assert "[somebody-else-wrote]: somebody else has just changed this list." in done.err
    assert "lookup" not in done.err
    assert one in RunFolder.open(out).cases.references
    assert casetrack("replace", out, one, *arguments).code == 0
    assert len(RunFolder.open(out).cases) == len(refs)


def test_what_does_not_fit_the_list_changes_nothing(casetrack, council, out, tmp_path):
    refs, before = RunFolder.open(out).cases.references, contents(out)
    (tmp_path / "other").mkdir()
    other = on_disk(tmp_path / "other", people=200, seed=9)
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("another passphrase altogether\n", encoding="utf-8")
    person = next(iter(coded().people.index))
    for arguments, code in (
        (("replace", out, "2222-2222-2", "--reason", "declined", *again(council)), 3),
        (("replace", out, refs[0], "--reason", "", *again(council)), 3),
        (("replace", out, refs[0], "--reason", "declined", "--on", "2026-04-01", *again(council)), 3),
        (("replace", out, refs[0], "--reason", "declined", *again(other)), 3),
        (("replace", out, refs[0], "--reason", "declined", *again(council)[:-1], wrong), 3),
        (("replace", out, refs[0], "--reason", f"is {person}", *again(council)), 3),
        (("replace", tmp_path, refs[0], "--reason", "declined", *again(council)), 3),
        (("replace", out, refs[0], "--reason", "declined"), 2),
        (("permission", out, refs[0], "perhaps"), 2),
        (("permission", out, "2222-2222-2", "asked"), 3),
        (("permission", out, refs[0], "withdrawn"), 3),
        (("select", out, *refs[:9]), 3),
        (("select", out, *refs[:9], refs[0]), 3),
        (("select", out), 2),
        (("status", tmp_path), 3),
        (("rehearse", out, "--seed", "x", "--count", "99"), 2),
        (("replay", out / "return" / "case-list.csv", *again(council)), 3),
        (("timetable", "--notified", "soon"), 2),
        (("timetable", "--notified", "2026-04-02", "--folder", tmp_path / "none"), 3),
        (("packs", out, *again(council)), 3),
    ):
        done = casetrack(*arguments)
        assert done.code == code, (arguments[:3], done.code, done.err)
        assert done.err
        assert "unforeseen" not in done.err, done.err
        assert person not in done.err
        after = contents(out)
        assert {n for n in after if after[n] != before.get(n)} <= {STATE, MANIFEST}, arguments[:3]
    assert not (tmp_path / "none").exists()


def test_an_edited_state_is_told_of(casetrack, out):
    path = out / "council-only" / "state.json"
    text = path.read_text(encoding="utf-8")
    for edited in (text.replace("analyst", "me"), text[:-40], "", "[1]", text.replace("person", "persom", 1)):
        path.write_text(edited, encoding="utf-8")
        for command in ("status", "verify", "export", "log"):
            done = casetrack(command, out)
            assert done.code == 3
            assert "unforeseen" not in done.err


def test_rehearsal_says_what_it_is_and_records_nothing(casetrack, out):
    before = contents(out)
    done = casetrack("rehearse", out, "--seed", "x")
    assert done.code == 0
    assert "REHEARSAL" in done.out
    assert contents(out) == before


def test_timetable(casetrack, out, tmp_path):
    ics = tmp_path / "dates.ics"
    arguments = ("timetable", "--notified", "2026-04-02", "--folder", out, "--ics", ics)
    done = casetrack(*arguments, "--keep-until", "2026-12-31")
    assert done.code == 0, done.err
    assert "BEGIN:VCALENDAR" in ics.read_text(encoding="utf-8")
    assert (out / "council-only" / "timetable.ics").exists()
    # Easter 2026 is on 5 April: Good Friday and Easter Monday do not count.
    assert re.search(r"20/04/2026|2026-04-20", done.out)
    before = contents(out)
    assert casetrack(*arguments).code == 2, "the calendar file is there already"
    assert contents(out) == before
    assert re.search(r"20/04/2026|2026-04-20", casetrack("status", out).out)


def test_what_is_on_record_fills_the_timetable(casetrack, council, out):
    def standing():
        table = steps_of(RunFolder.open(out), dt.date(2026, 4, 10))
        return table.set_index("code")["standing"]

    dates = ("timetable", "--notified", "2026-04-02", "--folder", out)
    assert casetrack(*dates, "--keep-until", "2026-04-13").code == 0
    assert "13/04/2026" in casetrack(*dates, "--notice", "2026-03-02").out
    kept = RunFolder.open(out).state.timetable
    assert (kept["keep_until"], kept["information_return_from"]) == ("2026-04-13", "2026-03-02")
    assert casetrack(*dates, "--keep-until", "2026-04-14").code == 0
    assert RunFolder.open(out).state.timetable["keep_until"] == "2026-04-14", "given anew"
    assert (standing()["permission"], standing()["destroy"]) == ("not known yet", "due in 2 working days")
    refs = RunFolder.open(out).cases.references
    assert casetrack("select", out, *refs[:10], "--on", "2026-04-09").code == 0
    assert standing()["permission"] == "due in 4 working days"
    # The calendar says so too, as an entry that was changed; and what is typed later does not move it.
    kept = RunFolder.open(out).state.timetable
    assert (kept["selected"], kept["sequence"]) == ("2026-04-09", 3)
    assert casetrack(*dates, "--selected", "2026-04-10").code == 0
    assert RunFolder.open(out).state.timetable == kept
    key = ("--passphrase-file", council / "passphrase.txt")
    assert casetrack("destroy", out, "--reason", "it is over", "--yes", *key).code == 0
    assert standing()["destroy"].startswith("done on ")


def test_packs_for_the_selected(casetrack, council, out):
    refs = RunFolder.open(out).cases.references
    assert casetrack("select", out, *refs[:2], "--note", "CQC asked for two", "--on", "2026-04-09").code == 0
    done = casetrack("packs", out, *again(council))
    assert done.code == 0, done.err
    names = [p.name for p in (out / "council-only" / "packs").iterdir()]
    assert sum(n.endswith(".docx") for n in names) == 2
    assert sum(n.endswith(".xlsx") for n in names) == 1
    before = contents(out / "council-only" / "packs")
    assert casetrack("packs", out, *again(council)).code == 0, "what is there is as it would be written"
    assert contents(out / "council-only" / "packs") == before
    typed_into = out / "council-only" / "packs" / f"case-{refs[0]}.docx"
    typed_into.write_bytes(typed_into.read_bytes() + b"typed into")
    before = contents(out / "council-only" / "packs")
    assert casetrack("packs", out, *again(council)).code == 2, "somebody has typed into it"
    assert contents(out / "council-only" / "packs") == before
    assert "was worked on since it was made" in casetrack("status", out).out


def test_reveal_and_destroy(casetrack, council, out):
    refs = RunFolder.open(out).cases.references
    key = ("--passphrase-file", council / "passphrase.txt")
    done = casetrack("reveal", out, refs[0], "--reason", "to ask for permission", *key)
    assert done.code == 0, done.err
    person = done.out.split()[-1]
    assert person in coded().people.index
    assert casetrack("reveal", out, "2222-2222-2", "--reason", "x y z", *key).code in {2, 3}
    assert casetrack("reveal", out, "--reason", "x y z", *key).code == 2, "nobody is selected yet"
    done = casetrack("reveal", out, refs[0], "--reason", f"asked by {person}", *key)
    assert (done.code, person in done.err) == (2, False)
    assert casetrack("select", out, *refs[:10], "--on", "2026-04-09").code == 0
    done = casetrack("reveal", out, "--reason", "to ask for permission", *key)
    assert all(ref in done.out for ref in refs[:10])
    done = casetrack("destroy", out, "--reason", "it is over")
    assert done.code in {1, 2}, "it asks first, and there is nobody to answer"
    assert RunFolder.open(out).state.lookup is not None
    done = casetrack("destroy", out, "--reason", "it is over", "--yes", *key)
    assert done.code == 0, done.err
    assert RunFolder.open(out).state.lookup is None
    again_destroyed = casetrack("destroy", out, "--reason", "it is over", "--yes", *key)
    assert (again_destroyed.code, again_destroyed.out) == (0, done.out), "safe to repeat"
    assert casetrack("reveal", out, refs[0], "--reason", "to ask", *key).code == 3
    assert casetrack("replace", out, refs[0], "--reason", "declined", *again(council)).code == 3
    said = casetrack("status", out).out
    assert "The lookup was destroyed on" in said
    assert "lookup.destroyed.json" in said
    told = casetrack("log", out).out
    assert "destroyed" in told
    assert re.search(r"\d\d/\d\d/\d{4} at \d\d:\d\d UTC +destroyed", told)
    assert casetrack("verify", out).code == 0


def test_a_second_passphrase_opens_it_too(casetrack, council, out, tmp_path):
    second = tmp_path / "second.txt"
    second.write_text("velvet harbour seventeen plum\n", encoding="utf-8")
    first = ("--passphrase-file", council / "passphrase.txt")
    refs = RunFolder.open(out).cases.references
    before = contents(out)
    same = casetrack("passphrase", out, "--second", *first, "--new-passphrase-file", first[1])
    assert (same.code, "second-passphrase" in same.err, contents(out)) == (2, True, before)
    done = casetrack("passphrase", out, "--second", *first, "--new-passphrase-file", second)
    assert done.code == 0, done.err
    same = casetrack("passphrase", out, *first, "--new-passphrase-file", second)
    assert (same.code, "second-passphrase" in same.err) == (2, True), "a change must not make them one either"
    for key in (first, ("--passphrase-file", second)):
        assert casetrack("reveal", out, refs[0], "--reason", "permission", *key).code == 0
    # Whoever has either carries the list on, and both still open it.
    ref = with_somebody_to_come("r")[0]
    arguments = [*again(council)[:-2], "--passphrase-file", second]
    assert casetrack("replace", out, ref, "--reason", "declined", "--on", "2026-04-05", *arguments).code == 0
    came = RunFolder.open(out).cases.history[2].detail["by"]["reference"]
    for key in (first, ("--passphrase-file", second)):
        assert casetrack("reveal", out, came, "--reason", "permission", *key).code == 0
    third = tmp_path / "third.txt"
    third.write_text("marble tractor evening silk\n", encoding="utf-8")
    assert casetrack("passphrase", out, *first, "--new-passphrase-file", third).code == 0
    assert casetrack("reveal", out, came, "--reason", "permission", *first).code == 3
    for opens in (second, third):
        key = ("--passphrase-file", opens)
        assert casetrack("reveal", out, came, "--reason", "permission", *key).code == 0


def test_the_passphrase_is_read_whole_or_refused(casetrack, council, tmp_path):
    arguments = draw_arguments(council, tmp_path / "out")[:-1]
    for cut in ("\f", "\v", "\u2028", "\x85"):
        path = tmp_path / "cut.txt"
        path.write_bytes(f"copper lantern{cut}thursday oak\n".encode())
        done = casetrack(*arguments, path)
        assert (done.code, "passphrase-characters" in done.err) == (2, True)
    path.write_bytes("pässphrase that is long enough\n".encode("latin-1"))
    done = casetrack(*arguments, path)
    assert (done.code, "not UTF-8" in done.err, "path" in done.err) == (2, True, False)
    for weak in (
        "passwordpassword",
        "passwordpassword123",
        "Password-password1",
        "abcdefghijklmnop",
        "11111111222222223333",
        "short one",
    ):
        path.write_text(weak, encoding="utf-8")
        assert "weak-passphrase" in casetrack(*arguments, path).err, weak
    path.write_bytes(b"copper lantern thursday oak\r\nand more\n")
    assert casetrack(*arguments, path).code == 0
    key = ("--passphrase-file", council / "passphrase.txt")
    assert casetrack("verify", tmp_path / "out", *key).code == 0


def test_the_folder_stands_for_the_manifest_in_it(casetrack, council, out):
    assert casetrack("replay", out, *again(council)).code == 0


def test_what_else_identifies_people_is_named_and_removed_on_request(casetrack, council, out):
    refs = RunFolder.open(out).cases.references
    key = again(council)
    assert casetrack("select", out, *refs[:2], "--note", "CQC asked for two", "--on", "2026-04-09").code == 0
    assert casetrack("packs", out, *key).code == 0
    assert casetrack("worklist", out, *key).code == 0
    people = ["check", *source(council), "--as-at", AS_AT, "--people-out", out / "council-only" / "all.csv"]
    assert casetrack(*people).code == 0
    done = casetrack("destroy", out, "--yes", *key[-2:])
    assert done.code == 0, done.err
    for name in ("worklist.xlsx", "checklist.xlsx", "all.csv", f"case-{refs[0]}.docx"):
        assert name in done.out
        assert list(out.rglob(name))
    done = casetrack("destroy", out, "--yes", "--documents", *key[-2:])
    assert done.code == 0, done.err
    assert not [p for p in out.rglob("*") if p.suffix == ".docx" or p.name in ("worklist.xlsx", "all.csv")]
    assert (out / "return" / "case-list.xlsx").exists()


def test_past_its_day_status_lists_what_is_due(casetrack, council, out):
    dates = ("timetable", "--notified", "2020-01-06", "--folder", out, "--keep-until", "2020-09-30")
    assert casetrack(*dates).code == 0
    said = casetrack("status", out).out
    assert "To be kept until 30/09/2020, which has passed: the sealed lookup." in said
    run = RunFolder.open(out)
    with pytest.warns(KeepUntilWarning, match="was to be kept until 2020-09-30"):
        reveal_people(out, run.cases.references[:1], PASSPHRASE, "a test")
    assert casetrack("destroy", out, "--yes", "--documents").code == 0
    assert "To be kept until" not in casetrack("status", out).out


def test_a_lookup_is_not_sealed_past_its_last_day(casetrack, council, tmp_path):
    done = casetrack(*draw_arguments(council, tmp_path / "out"), "--keep-until", "01/04/2020")
    assert (done.code, "keep-until-past" in done.err) == (2, True)
    assert not (tmp_path / "out").exists()


def test_cases_that_look_like_too_few_are_warned_of(casetrack, council, drawn, tmp_path):
    done = casetrack(*draw_arguments(council, tmp_path / "out"), "--k", "5000")
    assert done.code == 0, done.err
    assert "TAKE CARE: 50 of the 50 rows stand outside the promise" in done.out
    assert "data protection officer" in done.out


def test_what_is_printed_is_in_words_that_people_use(casetrack, council, out, tmp_path):
    said = [
        casetrack("check", *source(council), "--as-at", AS_AT, "--people-out", tmp_path / "people.csv").out,
        casetrack("suggest", *source(council), "--as-at", AS_AT, "--out", tmp_path / "design.toml").out,
        casetrack(*draw_arguments(council, tmp_path / "drawn")).out,
        casetrack("timetable", "--notified", "2026-04-02", "--folder", out).out,
        casetrack("permission", out, RunFolder.open(out).cases.references[0], "asked").out,
        casetrack("status", out).out,
    ]
    reasons = set(ct.find_eligible(ct.read_extract(council / "cld_extract.csv"), AS_AT).flow["reason"])
    for words in said:
        words = words.replace(str(tmp_path), "").replace(str(out), "")
        assert not re.findall(r"NaT|<NA>|nan\b|\d{4}-\d{2}-\d{2}|\w+\(", words)
        assert set(re.findall(r"\b[a-z]+_[a-z_]+\b", words)) <= reasons
    assert "Next:" in said[0] and "Next:" in said[1] and "Next:" in said[2]
    assert "not asked" not in said[-1], "fifty lines would hide the one that says more"


def test_a_design_that_names_people_goes_the_whole_way(casetrack, council, tmp_path):
    people = list(coded().drawable.index)
    plan = tmp_path / "named.toml"
    design().with_fixed_place(people[3], "asked for").without_person(people[8], "a complaint").to_toml(plan)
    out = tmp_path / "out"
    assert casetrack(*draw_arguments(council, out), "--design", plan).code == 0
    cheap(out)
    ref = RunFolder.open(out).cases.references[0]
    done = casetrack("replace", out, ref, "--reason", "declined", *again(council))
    assert done.code == 3
    assert "another-design" in done.err
    done = casetrack("replace", out, ref, "--reason", "declined", *again(council), "--design", plan)
    assert done.code == 0, done.err
    manifest = out / "council-only" / "manifest.json"
    assert not told(json.dumps(dict(Manifest.open(manifest).content)["design"]), [people[3]])
    assert casetrack("replay", out, *again(council), "--design", plan).code == 0
