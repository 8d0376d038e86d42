"""The state of a folder and what follows from it: every change is noticed, and every earlier format can be read."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import icalendar
import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName

from casetrack.cases.decisions import decided, find_cases
from casetrack.cases.timetable import Timetable
from casetrack.chain import canonical_digest
from casetrack.errors import CasetrackError, HistoryError, LookupFileError, OutputError, UsageError
from casetrack.lookup.sealing import Cost
from casetrack.release.template import read_template
from casetrack.runs.ending import destroy_folder, what_identifies
from casetrack.runs.exports import export, look, manifest_differs
from casetrack.runs.folders import (
    RunFolder,
    fill_template,
    has_second,
    keep,
    open_for,
    set_passphrase,
    write_timetable,
)
from casetrack.runs.manifest import Replay
from casetrack.runs.places import check_stays, state_path
from casetrack.runs.running import _in_place_of, run
from casetrack.runs.standing import done_steps, reveal_people, status_of, steps_of, verify_folder
from casetrack.runs.state import _spelled, read_state, record_mark, write_state
from casetrack.verify.reading import read_workbook
from casetrack.verify.verify import verify_release
from casetrack.words import day_in_words
from command import drawn_once
from life_example import AS_AT, KEY, PASSPHRASE, SEED, coded, council, on_disk

COUNCIL, CONTACT = "City of Northshire Council", "performance team, asc@northshire.example"
FIRST_VERSION = Path(__file__).parents[1] / "data" / "first-version"


def template_in(folder: Path) -> Path:
    """A small template with headings that speak for themselves, and a field for the council."""
    book = openpyxl.Workbook()
    book.active.append(["Council:", ""])
    book.active.append(["Case ID", "Cohort", "Age group"])
    book.save(folder / "council.xlsx")
    return folder / "council.xlsx"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with two versions of the return, dates, permission and a selection."""
    place = on_disk(tmp_path_factory.mktemp("council"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("casetrack.runs.running.prepare", lambda *args, **more: coded())
        words = iter(["<p>the first report</p>"] * 3 + ["<p>the report</p>"] * 3)
        patch.setattr("casetrack.runs.folders.report_html", lambda *args, **more: next(words))
        patch.setattr("casetrack.lookup.content.Cost", lambda: Cost(n=2))
        patch.setattr("casetrack.cases.case_list.draw_design", drawn_once)
        patch.setattr("casetrack.cases.decisions.draw_design", drawn_once)
        run(
            place / "cld_extract.csv",
            as_at=AS_AT,
            seed=SEED,
            out=place / "out",
            passphrase=PASSPHRASE,
            key=KEY,
            k=1,
            on="2026-04-02",
            council=COUNCIL,
            contact=CONTACT,
            template=read_template(template_in(place)),
        )
        opened = open_for(RunFolder.open(place / "out"), PASSPHRASE, reason="a test")
        lookup = opened.use.whole
        people = {r: lookup.person_id(r) for r in lookup.references}
        cases = opened.folder.cases.attach(coded(), people, key=KEY)
        table = cases.reserves(1)
        able = table.loc[table["place"] == 1, "case_reference"].iloc[0]
        folder, _ = keep(opened.folder, cases.replace(able, "declined", on="2026-04-05"), opened)
        given = folder.cases.permission(folder.cases.references[0], "given", on="2026-04-06")
        folder, _ = keep(folder, given.permission(given.references[0], "withdrawn", on="2026-04-07"))
        write_timetable(folder, Timetable("2026-04-02"))
    return place / "out"


@pytest.fixture
def out(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "out"))


def found(out: Path) -> dict[str, str]:
    return {one.path: one.what for one in look(out, read_state(out))}


def test_untouched_everything_holds(out):
    assert found(out) == {}
    verdict = verify_folder(out, PASSPHRASE)
    assert verdict.holds
    assert len(verdict.checked) == 4


def test_every_bit_of_the_state_matters(out):
    content = state_path(out).read_bytes()
    chance = random.Random(1)
    for _ in range(300):
        at = chance.randrange(len(content))
        changed = content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
        state_path(out).write_bytes(changed)
        with pytest.raises(HistoryError):
            read_state(out)


def test_every_field_is_under_the_digest(out):
    text = state_path(out).read_text(encoding="utf-8")
    told = json.loads(text)
    assert told["design"]["reasons"], "the reasons of quotas too"
    for name in set(told) - {"digest"}:
        other = json.dumps(told[name], ensure_ascii=False)[:1] if told[name] else None
        edited = {**told, name: "x" if other != '"' else told[name] + "x"}
        state_path(out).write_text(json.dumps(edited, ensure_ascii=False), encoding="utf-8")
        with pytest.raises(HistoryError):
            read_state(out)


def test_whatever_is_done_to_the_files_is_named(out):
    """Deleted, edited, swapped, an older version in a newer one's place, put there: what and where."""
    shared, kept = out / "return", out / "council-only"
    aside = shared / "superseded"
    (aside / "case-list.csv").unlink()
    (shared / "case-list-v2.csv").write_bytes(b"edited")
    shutil.copy(aside / "case-list.xlsx", shared / "case-list-v2.xlsx")
    (kept / "report.html").write_bytes(b"<p>the first report</p>")
    (kept / "manifest.json").write_text("{}", encoding="utf-8")
    (kept / "timetable.ics").unlink()
    (shared / "case-list-v3.xlsx").write_bytes(b"from elsewhere")
    (kept / ".state.0123456789abcdef.tmp.json").write_bytes(b"half")
    (shared / "packs").mkdir()
    (shared / "packs" / "pack.docx").write_bytes(b"about somebody")
    (out / "for-sharing" / "a" / "b").mkdir(parents=True)
    (out / "for-sharing" / "a" / "b" / "worklist.xlsx").write_bytes(b"about somebody")
    assert found(out) == {
        "return/packs/pack.docx": "not of this list",
        "for-sharing/a/b/worklist.xlsx": "not of this list",
        "return/superseded/case-list.csv": "missing",
        "return/case-list-v2.csv": "changed",
        "return/case-list-v2.xlsx": "changed",
        "council-only/report.html": "older",
        "council-only/manifest.json": "changed",
        "council-only/timetable.ics": "missing",
        "return/case-list-v3.xlsx": "not of this list",
        "council-only/.state.0123456789abcdef.tmp.json": "left over",
    }
    assert not verify_folder(out).holds
    export(out, read_state(out))
    left = found(out)
    assert left == {
        "return/packs/pack.docx": "not of this list",
        "for-sharing/a/b/worklist.xlsx": "not of this list",
        "return/case-list-v2.csv": "changed",
        "return/case-list-v2.xlsx": "changed",
        "return/case-list-v3.xlsx": "not of this list",
    }, "what somebody changed is not written over"
    export(out, read_state(out), force=True)
    strangers = {"return/case-list-v3.xlsx", "return/packs/pack.docx", "for-sharing/a/b/worklist.xlsx"}
    assert set(found(out)) == strangers


def test_an_older_state_beside_newer_files_shows(out, made):
    """A withdrawn permission cannot come back as given by taking the last line off, with every digest made anew."""
    state = read_state(out)
    assert state.history[-1].detail["status"] == "withdrawn"
    older = state.changed(history=state.history[:-1])
    state_path(out).write_text(older.to_json(), encoding="utf-8")
    assert found(out) == {"council-only/manifest.json": "newer"}
    # So short that the lookup remembers more than there is.
    shorter = state.changed(history=state.history[:2])
    state_path(out).write_text(shorter.to_json(), encoding="utf-8")
    assert "do not belong together" in verify_folder(out).problems[0]
    with pytest.raises(LookupFileError) as caught:
        open_for(RunFolder.open(out), PASSPHRASE, reason="a test")
    assert caught.value.code == "another-list"


def test_nothing_about_people_is_written_where_files_leave_the_council(out):
    for place in ("return", "return/packs", "return/superseded/a/b.xlsx", "for-sharing/new.csv"):
        with pytest.raises(OutputError) as caught:
            check_stays(None, out / place)
        assert caught.value.code == "may-leave"
    check_stays(None, out / "council-only" / "packs", out.parent / "return" / "elsewhere")


def test_nothing_is_written_over_what_tells_that_the_state_is_an_older_copy(out):
    """Every command that writes looks first; only ``export --force`` says that the older state is to stand."""
    newer = read_state(out)
    older = newer.changed(history=newer.history[:-1])
    state_path(out).write_text(older.to_json(), encoding="utf-8")
    (out / "council-only" / "report.html").unlink()
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    folder = RunFolder.open(out)
    again = folder.cases.permission(folder.cases.references[0], "refused", on="2026-04-08")
    for writes in (
        lambda: export(out, older),
        lambda: keep(folder, again),
        lambda: folder.keep(older),
        lambda: write_timetable(folder, Timetable("2026-04-03")),
        lambda: open_for(folder, PASSPHRASE, reason="a test"),
        lambda: destroy_folder(folder, reason="a test"),
    ):
        with pytest.raises(HistoryError) as caught:
            writes()
        assert caught.value.code == "state-changed"
        assert f"tells of {len(newer.history)} decisions" in str(caught.value)
        assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert not verify_folder(out).holds
    state_path(out).write_text(newer.to_json(), encoding="utf-8")
    assert export(out, newer)
    assert verify_folder(out).holds
    state_path(out).write_text(older.to_json(), encoding="utf-8")
    export(out, older, force=True)
    assert verify_folder(out).holds


def test_nor_over_what_tells_that_the_state_is_of_another_list(out):
    path, folder = out / "council-only" / "manifest.json", RunFolder.open(out)
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**told, "folder": "0" * 32}), encoding="utf-8")
    before = path.read_bytes()
    asked = folder.cases.permission(folder.cases.references[0], "asked", on="2026-04-08")
    for writes in (lambda: export(out, folder.state), lambda: keep(folder, asked)):
        with pytest.raises(HistoryError, match="the state is of another list"):
            writes()
        assert path.read_bytes() == before
    export(out, folder.state, force=True)
    assert verify_folder(out).holds


def test_a_state_that_lost_a_use_of_the_lookup_alone_is_older_too(out):
    older = state_path(out).read_bytes()
    reveal_people(out, read_state(out).cases.references[:1], PASSPHRASE, "a test")
    used = state_path(out).read_bytes()
    assert verify_folder(out).holds
    state_path(out).write_bytes(older)
    assert found(out) == {"council-only/manifest.json": "newer"}
    with pytest.raises(HistoryError, match=r"tells of \d+ uses of the lookup") as caught:
        open_for(RunFolder.open(out), PASSPHRASE, reason="a test")
    assert (caught.value.code, state_path(out).read_bytes()) == ("state-changed", older)
    state_path(out).write_bytes(used)
    destroy_folder(RunFolder.open(out), PASSPHRASE, reason="a test")
    assert verify_folder(out).holds
    state_path(out).write_bytes(used)
    assert not verify_folder(out).holds


def test_a_folder_in_the_place_of_a_file_is_told_before_anything_is_written(out):
    stands = out / "return" / "case-list.csv"
    there = next(out.rglob("case-list.csv"))
    there.unlink()
    stands.mkdir(exist_ok=True)
    before = state_path(out).read_bytes()
    run_folder = RunFolder.open(out)
    wrong = next(p for p in read_state(out).outputs if p.endswith("case-list.csv"))
    (out / wrong).mkdir(parents=True, exist_ok=True)
    again = run_folder.cases.permission(run_folder.cases.references[0], "refused", on="2026-04-08")
    for writes in (
        lambda: keep(run_folder, again),
        lambda: destroy_folder(run_folder, reason="a test"),
        lambda: open_for(run_folder, PASSPHRASE, reason="a test"),
        lambda: export(out, run_folder.state, force=True),
    ):
        with pytest.raises(OutputError, match="a folder stands where a file belongs"):
            writes()
        assert state_path(out).read_bytes() == before
    assert "is a folder" in next(one.words for one in look(out, run_folder.state) if one.path == wrong)
    (out / wrong).rmdir()
    assert export(out, run_folder.state)


def test_another_history_of_the_same_length_is_not_written_over_either(out):
    state = read_state(out)
    folder = RunFolder(out, state.changed(history=state.history[:-1]))
    other = folder.cases.permission(folder.cases.references[0], "given", on="2026-04-09")
    rebuilt = state.changed(history=other.history)
    state_path(out).write_text(rebuilt.to_json(), encoding="utf-8")
    with pytest.raises(HistoryError, match="another history"):
        export(out, rebuilt)


def test_who_was_slower_leaves_the_manifest_of_who_went_on(out):
    """Two commands at once: the files of the first are written after the second has gone on from its state."""
    state = read_state(out)
    first = state.changed(history=state.history[:-1])
    export(out, first)
    assert found(out) == {}


def test_each_field_of_the_manifest_is_held_against_the_state(out):
    state, path = read_state(out), out / "council-only" / "manifest.json"
    assert manifest_differs(out, state) == []
    told = json.loads(path.read_text(encoding="utf-8"))
    for name in told:
        path.write_text(json.dumps({**told, name: "another"}), encoding="utf-8")
        assert manifest_differs(out, state) == [name]
    path.write_text(json.dumps(told), encoding="utf-8")
    assert manifest_differs(out, state) == ["the whole file"]
    path.unlink()
    assert manifest_differs(out, state) == ["the whole file"]
    same = Replay(True, "", (("the draw", True),))
    assert same.beside([]).same
    assert not same.beside(["release"]).same
    assert "release" in str(same.beside(["release"]))


def test_the_certificate_of_a_list_that_another_draw_replaced_stays(out):
    ended = destroy_folder(RunFolder.open(out), reason="a test")
    before = read_state(out)
    after = _in_place_of(out, before.changed(certificate=None), before)
    write_state(out, after, before)
    export(out, after)
    kept = f"council-only/lookup.destroyed.{ended.certificate.release_id}.json"
    assert json.loads((out / kept).read_text(encoding="utf-8")) == before.certificate
    assert not (out / "council-only" / "lookup.destroyed.json").exists()
    assert found(out) == {}
    assert read_state(out).earlier_certificates == (before.certificate,)
    assert any(kept in line for line in status_of(RunFolder.open(out), dt.date(2026, 4, 20)))


def test_a_lookup_or_an_identity_of_another_folder_shows(out):
    state = read_state(out)
    for other in (state.changed(folder="0" * 32), state.changed(lookup=None, certificate=None)):
        state_path(out).write_text(other.to_json(), encoding="utf-8")
        verdict = verify_folder(out)
        assert not verdict.holds


def test_a_return_carries_the_mark_of_the_history_it_is_of(out):
    state = read_state(out)
    for name, lines in (("superseded/case-list.xlsx", 2), ("case-list-v2.xlsx", 4)):
        texts = [text for _, text in read_workbook(out / "return" / name).others]
        assert record_mark(state, lines) in texts
    assert state.folder not in (out / "return" / "case-list-v2.csv").read_text(encoding="utf-8-sig")


def saved_again(path: Path, change: Callable[[openpyxl.Workbook], object]) -> None:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)


def test_a_workbook_that_another_program_saved_is_as_it_may_be_and_so_is_its_cover(out):
    path = out / "return" / "case-list-v2.xlsx"
    released = path.read_bytes()
    for value, what in ((None, "saved again"), ("by the performance team", "filled in")):
        path.write_bytes(released)
        saved_again(path, lambda book, value=value: book["Cover"].cell(5, 2, value))
        assert found(out) == {"return/case-list-v2.xlsx": what}
        assert verify_folder(out).holds


_BESIDE: dict[str, Callable[[openpyxl.Workbook], object]] = {
    "a comment": lambda book: setattr(book.worksheets[-1]["A5"], "comment", Comment("Somebody", "us")),
    "the foot of a page": lambda book: setattr(book.worksheets[-1].oddFooter.left, "text", "Somebody"),
    "a link": lambda book: setattr(book.worksheets[-1]["A5"], "hyperlink", "http://example.org/somebody"),
    "a property": lambda book: setattr(book.properties, "creator", "Somebody"),
    "a property of its own": lambda book: book.custom_doc_props.append(StringProperty(name="a", value="b")),
    "a name": lambda book: book.defined_names.add(DefinedName("Somebody", attr_text="1")),
}


@pytest.mark.parametrize("what", _BESIDE)
@pytest.mark.parametrize("name", ["case-list-v2.xlsx", "case-list-v2-in-template.xlsx"])
def test_what_stands_beside_the_cells_is_no_cover_filled_in(out, name, what):
    path = out / "return" / name
    saved_again(path, _BESIDE[what])
    assert found(out) == {f"return/{name}": "changed"}
    assert "comments, page headers" in look(out, read_state(out))[0].words


def test_a_workbook_that_asks_for_all_memory_is_read_in_bounds_and_told(out):
    path = out / "return" / "case-list-v2.xlsx"
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in [name for name in parts if name.startswith("xl/worksheets/sheet")]:
        parts[name] = parts[name].replace(b"</sheetData>", far)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert found(out) == {"return/case-list-v2.xlsx": "changed"}
    assert not verify_folder(out).holds
    assert "cells far away" in str(read_workbook(path).sheets["Case list"][-1])


def test_every_version_says_whose_it_is_which_it_is_and_what_it_replaces(out):
    shared = out / "return"
    # A version is of the day on which it was made, whenever the case left.
    today = day_in_words(dt.date.today().isoformat())
    for path, version, replaces in (
        (
            shared / "superseded" / "case-list.xlsx",
            "1, of 2 April 2026",
            "Nothing: this is the first version.",
        ),
        (
            shared / "case-list-v2.xlsx",
            f"2, of {today}",
            "Version 1 of 2 April 2026 and all before it. Please delete them.",
        ),
    ):
        told = {str(row[0]): row[1] for row in read_workbook(path).sheets["Cover"] if len(row) > 1}
        assert (told["Council"], told["Who to ask"]) == (COUNCIL, CONTACT)
        assert (told["List version"], told["What it replaces"]) == (version, replaces)


def test_a_state_from_before_covers_were_kept_is_read(out):
    told = read_state(out).to_dict()
    del told["cover"]
    state_path(out).write_text(_spelled(told, canonical_digest(told)), encoding="utf-8")
    assert read_state(out).cover == {}
    assert verify_folder(out, PASSPHRASE).holds


@pytest.mark.parametrize(
    "contact", ["born 12/07/1950", "NHS 943 476 5919", "at home, NE1 4PA", "two\nlines", "a" * 256]
)
def test_what_cannot_stand_on_a_cover_is_refused_before_anything_is_read(contact, tmp_path):
    with pytest.raises(UsageError) as caught:
        run("nowhere.csv", seed=SEED, out=tmp_path, passphrase=PASSPHRASE, contact=contact)
    assert caught.value.code == "cover-text"
    assert contact not in str(caught.value)


@pytest.mark.parametrize("which", ["id", "worker"])
@pytest.mark.parametrize("part", ["council", "contact"])
def test_a_cover_names_nobody_of_the_extract(part, which, tmp_path):
    made, extract = council(), coded().pool.extract
    worker = extract.details["lead_professional"].dropna().iloc[0]
    text = {"id": f"team {extract.people.index[7]}!", "worker": f"{worker.replace(' ', '.')}@example.org"}[
        which
    ]
    more = {"as_at": AS_AT, "people": made.extras, "passphrase": PASSPHRASE}
    with pytest.raises(UsageError) as caught:
        run(made.extract, seed=SEED, out=tmp_path / "out", **more, **{part: text})
    assert caught.value.code == "cover-text"
    assert text not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_reason_to_destroy_is_held_against_shapes_without_the_passphrase(out):
    somebody = coded().pool.extract.people.index[7]
    for passphrase in (None, PASSPHRASE):
        with pytest.raises(UsageError) as caught:
            destroy_folder(RunFolder.open(out), passphrase, reason=f"asked by {somebody}!")
        assert caught.value.code == "reason-names-somebody"
    assert read_state(out).lookup is not None


# -- versions that were replaced ------------------------------------------------------------------------


def test_a_version_that_was_replaced_is_set_aside_and_everybody_knows(out):
    assert sorted(path.name for path in (out / "return").glob("*.*")) == [
        "case-list-v2-in-template.xlsx",
        "case-list-v2.csv",
        "case-list-v2.xlsx",
    ]
    folder = RunFolder.open(out)
    said = " ".join(status_of(folder, dt.date(2026, 4, 20)))
    assert "The return to send is case-list-v2.xlsx; what it replaces is in return/superseded" in said
    assert what_identifies(folder, superseded=True) == [
        "return/superseded/case-list-in-template.xlsx",
        "return/superseded/case-list.csv",
        "return/superseded/case-list.xlsx",
    ]
    ended = destroy_folder(folder, PASSPHRASE, reason="it is over", documents=True)
    assert "return/superseded/case-list.xlsx" in ended.removed
    assert not (out / "return" / "superseded").exists()
    assert found(out) == {}, "what was removed is not made again"


def test_a_stopped_command_left_it_where_it_was_and_the_next_one_sets_it_aside_as_it_is(out):
    shared = out / "return"
    shutil.move(shared / "superseded" / "case-list.csv", shared / "case-list.csv")
    shutil.move(shared / "superseded" / "case-list.xlsx", shared / "case-list.xlsx")
    with (shared / "case-list.xlsx").open("ab") as sent:
        sent.write(b"filled in")
    shutil.copy(shared / "case-list.csv", shared / "superseded" / "case-list.csv")
    assert found(out) == {"return/case-list.csv": "older", "return/case-list.xlsx": "older"}
    export(out, read_state(out))
    assert (shared / "superseded" / "case-list.xlsx").read_bytes().endswith(b"filled in"), "what was sent"
    assert found(out) == {"return/superseded/case-list.xlsx": "changed"}


# -- a template of CQC's --------------------------------------------------------------------------------


def in_template(path: Path) -> list[list[object]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path).active.iter_rows()]


def test_every_version_is_filled_into_the_template_too(out):
    for stem in ("superseded/case-list", "case-list-v2"):
        rows = in_template(out / "return" / f"{stem}-in-template.xlsx")
        listed = read_workbook(out / "return" / f"{stem}.xlsx").case_list()
        columns = [listed[0].index(name) for name in ("Case reference", "Listed as", "Age band")]
        assert rows[:2] == [["Council:", None, None], ["Case ID", "Cohort", "Age group"]]
        assert rows[2:] == [[row[c] for c in columns] for row in listed[1:]]


def test_what_the_council_fills_in_beside_the_list_is_as_it_may_be_and_the_list_is_not(out):
    path = out / "return" / "case-list-v2-in-template.xlsx"
    for cell, value, what in (("B1", "Northshire", "filled in"), ("B3", "CT09", "changed")):
        book = openpyxl.load_workbook(path)
        book.active[cell] = value
        book.save(path)
        assert found(out) == {"return/case-list-v2-in-template.xlsx": what}


def test_a_template_can_come_after_the_draw_and_another_in_its_place(out, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Reference", "CT01"])
    book.save(tmp_path / "other.xlsx")
    folder = fill_template(RunFolder.open(out), read_template(tmp_path / "other.xlsx"))
    rows = in_template(out / "return" / "case-list-v2-in-template.xlsx")
    assert (rows[0], len(rows)) == (["Reference", "CT01"], 51)
    assert {row[1] for row in rows[1:]} <= {"Yes", "No", "Not shown"}
    assert found(out) == {} and read_state(out).to_json() == folder.state.to_json()
    again = fill_template(folder, read_template(tmp_path / "other.xlsx"))
    assert again.state.to_json() == folder.state.to_json(), "nothing changed"


def test_a_second_look_goes_over_the_template_too(out):
    opened = open_for(RunFolder.open(out), PASSPHRASE, reason="a test")
    people = {r: opened.use.whole.person_id(r) for r in opened.use.whole.references}
    cases = opened.folder.cases.attach(coded(), people, key=KEY)
    looked = verify_release(out / "return", cases)
    assert looked.problems == () and len(looked.files) == 6
    path = out / "return" / "case-list-v2-in-template.xlsx"
    clean, local = path.read_bytes(), next(iter(people.values()))
    for cell, value, words in (
        ("B3", "CT09", "rows say something else"),
        ("A3", None, "does not hold the same cases"),
        ("E4", "Somebody", "rows say something else"),
        ("B1", local, "a local id"),
        ("E70", local, "a local id"),
    ):
        path.write_bytes(clean)
        book = openpyxl.load_workbook(path)
        book.active[cell] = value
        book.save(path)
        problems = verify_release(out / "return", cases).problems
        assert any(words in problem for problem in problems), (cell, problems)
        assert not any(local in problem for problem in problems)


def test_somebody_else_is_not_written_over(out):
    one, other = RunFolder.open(out), RunFolder.open(out)
    keep(one, one.cases.permission(one.cases.references[1], "asked", on="2026-04-08"))
    with pytest.raises(HistoryError) as caught:
        keep(other, other.cases.permission(other.cases.references[2], "asked", on="2026-04-08"))
    assert caught.value.code == "somebody-else-wrote"


# -- dates ---------------------------------------------------------------------------------------------


def entries(out: Path) -> dict[str, icalendar.Event]:
    text = (out / "council-only" / "timetable.ics").read_bytes()
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return {str(event["SUMMARY"]).removeprefix("Case tracking: ")[:11]: event for event in events}


def test_an_entry_keeps_its_identity_when_the_day_of_the_notification_changes(out):
    first = entries(out)
    write_timetable(RunFolder.open(out), Timetable("2026-04-02"))
    assert entries(out) == first, "nothing changed, so nothing counts up"
    write_timetable(RunFolder.open(out), Timetable("2026-04-09", selected="2026-05-05"))
    second = entries(out)
    for name, event in first.items():
        assert second[name]["UID"] == event["UID"]
        assert second[name]["SEQUENCE"] == event["SEQUENCE"] + 1
        assert second[name]["DTSTAMP"].dt > event["DTSTAMP"].dt
    asked = second["Ask for per"]
    assert asked["DTSTART"].dt == dt.date(2026, 5, 12)
    (alarm,) = asked.walk("VALARM")
    start = dt.datetime.combine(asked["DTSTART"].dt, dt.time())
    assert start + alarm["TRIGGER"].dt == dt.datetime(2026, 5, 8, 9), "two working days before, at nine"
    # Good Friday and Easter Monday do not count.
    listed = first["Upload the "]
    start = dt.datetime.combine(listed["DTSTART"].dt, dt.time())
    assert start + listed.walk("VALARM")[0]["TRIGGER"].dt == dt.datetime(2026, 4, 16, 9)


def test_a_list_has_one_day_until_which_the_lookup_is_kept(out, monkeypatch):
    for room in ("exports", "folders", "ending"):
        monkeypatch.setattr(f"casetrack.runs.{room}.sealed_until", lambda state: "2026-09-30")
    with pytest.raises(UsageError, match=r"kept until 30/09/2026") as caught:
        write_timetable(RunFolder.open(out), Timetable("2026-04-02", keep_until="2026-12-31"))
    assert caught.value.code == "timetable-order"
    folder = write_timetable(RunFolder.open(out), Timetable("2026-04-02"))
    assert steps_of(folder, dt.date(2026, 9, 30)).set_index("code")["standing"]["destroy"] == "due today"
    assert "To be kept until 30/09/2026" in " ".join(status_of(folder, dt.date(2026, 10, 1)))


def test_a_passphrase_that_is_refused_leaves_no_line(out):
    other = "another passphrase, and longer"
    folder = set_passphrase(RunFolder.open(out), PASSPHRASE, other, second=True, _cost=Cost(n=2))
    assert has_second(folder)
    before = state_path(out).read_bytes()
    with pytest.raises(UsageError) as caught:
        set_passphrase(folder, other, PASSPHRASE, second=False, _cost=Cost(n=2))
    assert (caught.value.code, state_path(out).read_bytes()) == ("second-passphrase", before)


def test_what_other_things_tell_of_is_not_done_by_hand(out):
    folder = RunFolder.open(out)
    for step in ("permission", "destroy"):
        with pytest.raises(UsageError, match="by hand"):
            folder.cases.done(step)
    said = decided(folder.cases, "done", dt.date(2026, 4, 20), "analyst", detail={"step": "destroy"})
    assert done_steps(said) == {}, "as an earlier version let it be recorded"


def test_which_of_several_references_is_unknown(out):
    cases = RunFolder.open(out).cases
    with pytest.raises(HistoryError) as caught:
        find_cases(cases, [cases.references[0], "2222-2222-2"])
    assert "number 2 of the 2 given" in str(caught.value)


def test_a_pack_of_a_case_that_left_is_told(out):
    folder = RunFolder.open(out)
    gone = next(ref for ref, state in folder.cases.states.items() if not state.on_list)
    (out / "council-only" / "packs").mkdir()
    for ref in (gone, folder.cases.references[0]):
        (out / "council-only" / "packs" / f"case-{ref}.docx").write_bytes(b"a pack")
    (said,) = [
        line for line in status_of(folder, dt.date(2026, 4, 20)) if "Record packs of cases that left" in line
    ]
    assert said.endswith(f"remove them: case-{gone}.docx.")


def test_days_in_words():
    dates = Timetable("2026-04-02", selected="2026-05-05")
    words = {
        day: dict(zip(table["code"], table["standing"], strict=True))["list"]
        for day in ("2026-04-15", "2026-04-20", "2026-04-22", "2026-04-18")
        for table in [dates.standing(day)]
    }
    assert words == {
        "2026-04-15": "due in 3 working days",
        "2026-04-18": "due in 1 working day",
        "2026-04-20": "due today",
        "2026-04-22": "missed by 2 working days",
    }
    done = dates.standing("2026-05-01", {"list": dt.date(2026, 4, 16)})
    assert "done on 16/04/2026" in set(done["standing"])


# -- formats -------------------------------------------------------------------------------------------


@pytest.fixture
def first_version(tmp_path):
    return Path(shutil.copytree(FIRST_VERSION, tmp_path / "first version"))


def test_a_folder_of_the_first_version_is_read_shown_revealed_and_destroyed(first_version):
    folder = RunFolder.open(first_version)
    assert len(folder.cases) == 50
    said = " ".join(status_of(folder, dt.date(2026, 4, 20)))
    assert "Drawn with casetrack 0.1.0" in said
    assert "50 cases are on the list" in said
    assert verify_folder(first_version).holds
    assert "by one rule" not in " ".join(status_of(folder, dt.date(2026, 4, 20)))
    refs = folder.cases.references[:2]
    people = reveal_people(first_version, refs, PASSPHRASE, "to ask for permission")
    assert people["case_reference"].tolist() == list(refs)
    assert set(people["person_id"]) <= set(coded().people.index)
    ended = destroy_folder(folder, PASSPHRASE, reason="it is over")
    assert ended.certificate.opened and ended.certificate.done
    assert not (first_version / "council-only" / "lookup.sealed").exists()
    assert "destroyed or moved" in " ".join(status_of(RunFolder.open(first_version), dt.date(2026, 4, 20)))


def test_it_is_not_carried_on_and_says_which_version_does(first_version):
    folder = RunFolder.open(first_version)
    for use in (
        lambda: keep(folder, folder.cases.permission(folder.cases.references[1], "asked", on="2026-04-20")),
        lambda: open_for(folder, PASSPHRASE, reason="a test"),
        lambda: write_state(first_version, folder.state, folder.state),
    ):
        with pytest.raises(CasetrackError) as caught:
            use()
        assert caught.value.code == "earlier-format"
        assert "casetrack==0.1.0" in str(caught.value)
    assert not state_path(first_version).exists()


def test_a_format_that_is_not_known_yet_says_so(out):
    told = json.loads(state_path(out).read_text(encoding="utf-8"))
    later = {**told, "format": "casetrack folder, version 3", "casetrack": "9.1"}
    state_path(out).write_text(json.dumps(later), encoding="utf-8")
    with pytest.raises(HistoryError) as caught:
        read_state(out)
    assert caught.value.code == "newer-format"
    assert "9.1" in str(caught.value)
