"""The second look at what was written: whatever is planted is found, and clean returns raise no alarm."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment

import casetrack as ct
from casetrack.errors import HistoryError, ReleaseError
from casetrack.lookup.sealing import Cost
from casetrack.release.cover import Cover
from casetrack.runs.folders import RunFolder, attach, keep, open_for
from casetrack.runs.running import write_run
from casetrack.synthetic import make_council
from casetrack.verify.search import FIXED, Known, Piece, plain, search
from outputs_example import taken_through

PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="module")
def made():
    council = make_council(people=600, seed=3, release="R1")
    cases, release = taken_through(council.extract, council.extras)
    return cases, release


@pytest.fixture
def folder(made, tmp_path):
    _, release = made
    place = tmp_path / "return"
    place.mkdir()
    release.to_excel(place / "case-list.xlsx")
    release.to_csv(place / "case-list.csv")
    return place


def one_of_each(cases) -> dict[str, list[str]]:
    """One person's identifiers, each in the forms in which somebody would write it."""
    extract = cases.identified.coded.pool.extract
    events, known = extract.events, extract.identifiers
    names = [
        n for n in zip(events["first_name"], events["last_name"], strict=True) if all(p.isalpha() for p in n)
    ]
    first, last = next(n for n in names if not {p.casefold() for p in n} & FIXED)
    nhs = known.loc[known["kind"] == "nhs_number", "identifier"].iloc[5]
    local = known.loc[known["kind"] == "local_id", "identifier"].iloc[5]
    born = extract.people["date_of_birth"].dropna().iloc[5].date()
    died = extract.people["date_of_death"].dropna().iloc[0].date()
    postcode = next(p for p in events["postcode"] if " " in p)
    linked = next(p for p in events["linked_person_1"] if p)
    return {
        "a name": [first, last.upper(), f"Seen by {last}, {first}."],
        "an NHS number": [nhs, f"{nhs[:3]} {nhs[3:6]} {nhs[6:]}", f"no. {nhs[:3]}-{nhs[3:6]}-{nhs[6:]}"],
        "a local id": [local, f"see {local}."],
        "a date of birth or death": [
            *(
                day
                for d in (born, died)
                for day in (
                    f"{d:%d/%m/%Y}",
                    d.isoformat(),
                    f"{d.day}/{d.month}/{d:%y}",
                    f"{d:%d-%b-%Y}",
                    f"{d.day} {d:%B %Y}",
                    f"{d:%B} {d.day}, {d:%Y}",
                    f"{d:%Y%m%d}",
                    f"{d:%d.%m.%Y}",
                    f"{d}T00:00:00",
                )
            )
        ],
        "a postcode": [postcode, postcode.replace(" ", "").lower(), f"lives at {postcode} now"],
        "an event reference": [events["event_reference"].iloc[7], f"({events['event_reference'].iloc[7]})"],
        "the id of a linked person": [linked],
        "the description of an event": [next(t for t in events["event_description"] if len(t) > 15)],
    }


def kinds_in(found) -> str:
    return "\n".join(found.problems)


def known_of(cases) -> Known:
    coded = cases.identified.coded
    days = frozenset({coded.as_at, coded.pool.window_starts})
    return Known(frozenset({"white"}), days, len(coded.pool.extract.people))


def test_each_kind_is_found_in_each_form(made):
    cases, _ = made
    for kind, forms in one_of_each(cases).items():
        for form in forms:
            found = search([Piece("here", form)], cases.identified.coded.pool.extract, known_of(cases))
            assert ("here", kind, 1) in found, kind


def test_excels_day_number_is_a_date_in_the_list_and_a_count_elsewhere(made):
    cases, _ = made
    extract = cases.identified.coded.pool.extract
    born = extract.people["date_of_birth"].dropna().iloc[5].date()
    serial = str((born - dt.date(1899, 12, 30)).days)
    kinds = [k for _, k, _ in search([Piece("here", serial, "value")], extract, known_of(cases))]
    assert "a date of birth or death" in kinds
    assert search([Piece("here", "500"), Piece("here", "2025")], extract, known_of(cases)) == []


def with_extract(cases, **columns):
    """The same list, as if the extract had other values: only the search looks at them."""
    coded = cases.identified.coded
    extract = dataclasses.replace(coded.pool.extract, events=coded.pool.extract.events.assign(**columns))
    coded = dataclasses.replace(coded, pool=dataclasses.replace(coded.pool, extract=extract))
    return dataclasses.replace(cases, known=dataclasses.replace(cases.identified, coded=coded))


def test_names_that_are_words_of_the_return_raise_no_alarm(made, folder):
    cases, release = made
    words = ["May", "White", "Young", "Case", "Arial", "Page", "Male", "Black", "Other", "Christian", "Cover"]
    events = cases.identified.coded.pool.extract.events
    some = [words[i % len(words)] for i in range(len(events))]
    changed = with_extract(cases, first_name=some, last_name=some[::-1])
    assert ct.verify_release(folder, changed, release).problems == ()


def test_the_councils_own_name_is_no_alarm_on_the_cover_and_a_full_name_is(made, tmp_path):
    cases, release = made
    york = with_extract(cases, first_name="Zeb", last_name="York")
    cover = Cover("City of York Council", "performance team, asc@york.example")
    file = release.to_excel(tmp_path / "case-list.xlsx", cover)
    assert ct.verify_release(file, york, release).problems == ()
    file = release.to_excel(file, Cover("City of York Council", "Zeb York"), force=True)
    found = ct.verify_release(file, york, release).problems
    assert any("sheet Cover: a first name with its last name" in problem for problem in found)
    assert not any("Zeb" in problem for problem in found)


def test_short_ids_count_only_alone_in_the_list(made):
    cases, _ = made
    extract = with_extract(cases, linked_person_1="12").identified.coded.pool.extract
    kind = "the id of a linked person"
    assert ("here", kind, 1) in search([Piece("here", "12", "value")], extract, known_of(cases))
    for piece in (Piece("here", "12"), Piece("here", "12 cases", "value"), Piece("here", "12", "level")):
        assert search([piece], extract, known_of(cases)) == []


def test_a_full_name_is_found_in_a_category_too(made):
    cases, _ = made
    extract = with_extract(cases, first_name="Zeb", last_name="Christian").identified.coded.pool.extract
    found = search(
        [Piece("here", "Zeb Christian", "level"), Piece("there", "Zeb", "level")], extract, known_of(cases)
    )
    assert found == [("here", "a first name with its last name", 1)]


def planted_in_workbook(path: Path, where: str, text: str) -> None:
    book = openpyxl.load_workbook(path)
    if where == "cell":
        book["Case list"]["D6"] = text
    elif where == "cover":
        book["Cover"]["B10"] = f"Ask about {text} first"
    elif where == "coverage":
        book["Coverage"]["B6"] = text
    elif where == "comment":
        book["Notes"]["A5"].comment = Comment(text, "reviewer")
    elif where == "sheet name":
        book.create_sheet(text.replace("/", "-").replace(":", "-")[:31])
    elif where == "properties":
        book.properties.creator = text
    book.save(path)


@pytest.mark.parametrize("where", ["cell", "cover", "coverage", "comment", "sheet name", "properties"])
def test_what_is_planted_in_the_workbook_is_found_and_not_repeated(made, folder, where):
    cases, _ = made
    file = folder / "case-list.xlsx"
    clean = file.read_bytes()
    for kind, forms in one_of_each(cases).items():
        file.write_bytes(clean)
        planted_in_workbook(file, where, forms[0])
        found = ct.verify_release(file, cases)
        wanted = (
            {"the description of an event": "a"} if where not in ("cell", "coverage", "properties") else {}
        )
        assert not found.passed
        assert wanted.get(kind, kind) in kinds_in(found)
        assert forms[0] not in kinds_in(found)
        assert forms[0] not in found._repr_html_()


def rewritten(path: Path, part: str, old: str, new: str) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = parts[part].decode("utf-8").replace(old, new, 1)
    assert changed.encode() != parts[part]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in {**parts, part: changed.encode()}.items():
            archive.writestr(name, data)
    path.write_bytes(content.getvalue())


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/sharedStrings.xml", "</sst>", "<si><r><t>{0}</t></r><r><t>{1}</t></r></si></sst>"),
        ("docProps/core.xml", "<cp:lastModifiedBy>", "<cp:lastModifiedBy>{0}{1}"),
        ("docProps/app.xml", "<Application>", "<Application>{0}{1} "),
        ("xl/styles.xml", 'name val="Arial"', 'name val="{0}{1} x"'),
        ("xl/theme/theme1.xml", 'name="Office Theme"', 'name="{0}{1}"'),
        ("xl/workbook.xml", 'name="_xlnm.Print_Titles"', 'name="{0}{1}"'),
        ("xl/worksheets/sheet2.xml", "&amp;R&amp;A", "&amp;R{0}{1} &amp;A"),
        ("xl/tables/table3.xml", 'displayName="case_list"', 'displayName="{0}{1}"'),
    ],
)
def test_what_is_planted_in_a_part_that_no_cell_shows_is_found(made, folder, part, old, new):
    cases, _ = made
    number = one_of_each(cases)["an NHS number"][0]
    rewritten(folder / "case-list.xlsx", part, old, new.format(number[:4], number[4:]))
    assert "an NHS number" in kinds_in(ct.verify_release(folder, cases))


@pytest.mark.parametrize(
    ("part", "old", "new", "said"),
    [
        ("xl/worksheets/sheet2.xml", "<v>", "<f>1+1</f><v>", "a formula"),
        ("xl/workbook.xml", 'sheetId="4"', 'sheetId="4" state="veryHidden"', "a hidden sheet"),
        ("xl/worksheets/sheet2.xml", '<row r="6"', '<row r="6" hidden="1"', "hidden rows"),
        (
            "xl/_rels/workbook.xml.rels",
            'Target="styles.xml"',
            'Target="http://x" TargetMode="External"',
            "outside",
        ),
        ("xl/styles.xml", "<fonts", "<!-- Smith --><fonts", "no program shows"),
    ],
)
def test_what_runs_hides_or_points_outside_is_found(made, folder, part, old, new, said):
    file = folder / "case-list.xlsx"
    rewritten(file, part, old, new)
    assert said in kinds_in(ct.verify_release(file, made[0]))


def test_a_part_of_its_own_is_found(made, folder):
    file = folder / "case-list.xlsx"
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    assert "macro" in kinds_in(ct.verify_release(folder, made[0]))


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def test_a_column_to_filter_by_that_says_something_else_is_found(made, folder, tmp_path):
    path = tmp_path / "case-list.xlsx"
    book = openpyxl.load_workbook(folder / "case-list.xlsx")
    sheet = book["Case list"]
    cell = next(c for c in sheet[5] if c.value in ("Yes", "No", "Not shown"))
    cell.value = "No" if cell.value == "Yes" else "Yes"
    book.save(path)
    found = ct.verify_release(path, made[0])
    assert [p for p in found.problems if "1 rows say something else in the columns for filtering" in p]


def test_what_is_planted_in_the_csv_is_found(made, folder):
    cases, _ = made
    file = folder / "case-list.csv"
    rows = rows_of(file)
    for kind, forms in one_of_each(cases).items():
        for form in (forms[0], f"'{forms[0]}"):
            write_rows(file, [*rows[:3], [*rows[3][:4], form, *rows[3][5:]], *rows[4:]])
            if kind != "the description of an event" or form == forms[0]:
                assert kind in kinds_in(ct.verify_release(file, cases))
    write_rows(file, [*rows[:3], [*rows[3][:4], "=1+1", *rows[3][5:]], *rows[4:]])
    assert "would run" in kinds_in(ct.verify_release(file, cases))
    write_rows(file, [*rows[:3], [*rows[3][:4], "long " * 40, *rows[3][5:]], *rows[4:]])
    assert "longer than any category" in kinds_in(ct.verify_release(file, cases))


def test_two_files_that_differ_are_found(made, folder):
    rows = rows_of(folder / "case-list.csv")
    write_rows(folder / "case-list.csv", rows[:-1])
    assert "same list" in kinds_in(ct.verify_release(folder, made[0]))


def test_readers_are_played_anew_and_a_broken_promise_is_found(made, folder):
    cases, release = made
    found = ct.verify_release(folder, cases, release)
    assert found.passed
    readers = found.readers.set_index("reader")
    assert readers.loc["who knows the rule too", "beyond"] == 0
    # The last is measured on practice lists, so that it can come out below the one before.
    assert readers["expects"].iloc[:3].is_monotonic_increasing, "who knows more expects more"
    # A rule that shows more than it may: every unit at its finest.
    finer = dataclasses.replace(release.rule, levels=release.rule.levels * 0)
    at = finer.frame.find(
        cases.identified.coded.drawable.index.get_indexer(list(cases.ids)), list(cases.cases["listed_as"])
    )
    table = release.table.copy()
    table[:] = finer.labels(at)[list(table.columns)].to_numpy()
    broken = dataclasses.replace(release, rule=finer, table=table)
    for file in folder.iterdir():
        file.unlink()
    broken.to_excel(folder / "case-list.xlsx")
    assert "likelier than is promised" in kinds_in(ct.verify_release(folder, cases, broken))
    other = dataclasses.replace(release, table=release.table.assign(sex="Withheld"))
    assert "does not say what the release says" in kinds_in(ct.verify_release(folder, cases, other))


def test_rows_about_somebody_else_are_found_from_the_file_alone(made, folder):
    rows = rows_of(folder / "case-list.csv")
    place = next(n for n, row in enumerate(rows) if row[4] in ("Female", "Male"))
    rows[place][4] = "Male" if rows[place][4] == "Female" else "Female"
    (folder / "case-list.xlsx").unlink()
    write_rows(folder / "case-list.csv", rows)
    assert "1 rows do not fit the person" in kinds_in(ct.verify_release(folder, made[0]))


def test_versions_that_tell_more_than_who_left_and_came_are_found(made, folder):
    cases, release = made
    for name, changed in {
        "rows differ": dataclasses.replace(release, table=release.table.assign(sex="Withheld")),
        "coverage is not the same": dataclasses.replace(release, coverage=release.coverage.iloc[1:]),
    }.items():
        changed.to_excel(folder / "case-list-v2.xlsx", force=True)
        assert name in kinds_in(ct.verify_release(folder, cases, changed))


def test_a_strange_file_and_an_empty_folder_do_not_pass(made, folder, tmp_path):
    (folder / "names.docx").write_bytes(b"x")
    assert "not part of a return" in kinds_in(ct.verify_release(folder, made[0]))
    (tmp_path / "empty").mkdir()
    assert not ct.verify_release(tmp_path / "empty", made[0]).passed
    assert not ct.verify_release(tmp_path / "nowhere", made[0]).passed
    (folder / "case-list.xlsx").write_bytes(b"no workbook")
    assert "cannot be read" in kinds_in(ct.verify_release(folder / "case-list.xlsx", made[0]))


def test_it_needs_the_people(made, folder):
    with pytest.raises(HistoryError):
        ct.verify_release(folder, dataclasses.replace(made[0], known=None))


@pytest.mark.parametrize(
    ("seed", "release", "people"), [(11, "R1", 420), (12, "mixed", 650), (13, "R2", 800)]
)
def test_clean_returns_of_flawed_councils_raise_no_alarm(tmp_path, seed, release, people):
    council = make_council(people=people, seed=seed, release=release, flaws="all")
    cases, made = taken_through(council.extract, council.extras)
    made.to_excel(tmp_path / "case-list.xlsx")
    made.to_csv(tmp_path / "case-list.csv")
    found = ct.verify_release(tmp_path, cases, made)
    assert found.problems == ()
    assert ct.verify_release(tmp_path, cases).problems == ()
    assert isinstance(found.to_frame(), pd.DataFrame)


def test_the_list_of_the_returns_own_words_is_whole(made, folder):
    cases, _ = made
    everyone = sorted({w for _, text in _prose(folder) for w in text} - FIXED)
    levels = {w for v in cases.coverage()["level"] for w in plain(v).replace("'", "").split()}
    lacking = [w for w in everyone if w.isalpha() and len(w) > 1 and w not in levels]
    assert lacking == [], "add these words to return_words.txt"


def _prose(folder: Path):
    from casetrack.verify.search import words

    book = openpyxl.load_workbook(folder / "case-list.xlsx")
    for sheet in (book["Cover"], book["Notes"]):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value and cell.coordinate != "B14":
                    yield sheet.title, words(plain(cell.value))


def test_a_run_that_is_not_clean_leaves_the_folder_as_it_was(made, tmp_path, monkeypatch):
    cases, release = made
    monkeypatch.setattr("casetrack.lookup.content.Cost", lambda: Cost(n=2))
    number = one_of_each(cases)["an NHS number"][0]
    bad = dataclasses.replace(release, table=release.table.assign(sex=number))
    with pytest.raises(ReleaseError) as error:
        write_run(cases, bad, tmp_path / "new", PASSPHRASE)
    assert error.value.code == "release-not-clean"
    assert number not in str(error.value)
    assert [p for p in (tmp_path / "new").rglob("*") if p.is_file()] == []
    write_run(cases, release, tmp_path / "old", PASSPHRASE)
    before = {p: p.read_bytes() for p in (tmp_path / "old").rglob("*") if p.is_file()}
    with pytest.raises(ReleaseError):
        write_run(cases, bad, tmp_path / "old", PASSPHRASE, force=True)
    assert {p: p.read_bytes() for p in (tmp_path / "old").rglob("*") if p.is_file()} == before


def test_a_new_version_that_is_not_clean_is_not_kept(made, tmp_path, monkeypatch):
    cases, release = made
    monkeypatch.setattr("casetrack.lookup.content.Cost", lambda: Cost(n=2))
    cases = cases.record_release(release.facts_on_record, on="2026-04-02")
    write_run(cases, release, tmp_path, PASSPHRASE)
    number = one_of_each(cases)["an NHS number"][0]
    leaking = f'"case_reference","listed_as"\r\n"{number}","CT01"\r\n'.encode("utf-8-sig")
    monkeypatch.setattr("casetrack.runs.folders.csv_bytes", lambda release: leaking)
    opened = open_for(RunFolder.open(tmp_path), PASSPHRASE, reason="A case is replaced.")
    kept = attach(opened, cases.identified.coded, cases.identified.design)
    changed = kept.replace(cases.references[0], "moved", on="2026-04-03")
    with pytest.raises(ReleaseError) as error:
        keep(opened.folder, changed, opened)
    assert error.value.code == "release-not-clean"
    assert sorted(p.name for p in (tmp_path / "return").iterdir()) == ["case-list.csv", "case-list.xlsx"]
    monkeypatch.undo()
    _, files = keep(opened.folder, changed, opened)
    assert [p.name for p in files] == ["case-list-v2.xlsx", "case-list-v2.csv"]
    found = ct.verify_release(tmp_path / "return", changed)
    assert found.passed
    assert len(found.files) == 4
