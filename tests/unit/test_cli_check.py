"""`casetrack check`: what it prints, what it writes, and how it fails."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import casetrack as ct
from casetrack.designs.design import Design
from command import SOURCE, here, in_process
from identifiers import told
from life_example import AS_AT, coded, on_disk

CLD = Path(__file__).parents[1] / "data" / "cld"
FILES = {"r1_example": "2026-03-31", "r2_example": "2026-03-31", "mixed_leap_example": "2024-02-29"}


@pytest.fixture
def casetrack(monkeypatch, capsys):
    return lambda *arguments: here(monkeypatch, capsys, *arguments)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return on_disk(tmp_path_factory.mktemp("Räume und Wege"))


@pytest.mark.parametrize("name", FILES)
def test_the_three_examples_person_by_person(casetrack, name, tmp_path):
    expected = json.loads((CLD / f"{name}.expected.json").read_text(encoding="utf-8"))
    people = tmp_path / "people.csv"
    done = casetrack("check", CLD / f"{name}.csv", "--as-at", FILES[name], "--json", "--people-out", people)
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    for key in ("rows", "set_aside", "duplicates", "people", "outcomes", "codes"):
        assert told[key] == expected[key], key
    with people.open(encoding="utf-8", newline="") as stream:
        rows = {row["person_id"]: row for row in csv.DictReader(stream)}
    persons = {key.removeprefix("N"): value for key, value in expected["persons"].items()}
    assert set(rows) == set(persons)
    for person, row in rows.items():
        assert row["outcome"] == persons[person]["outcome"]
        assert [c for c in row["codes"].split(";") if c] == persons[person]["codes"]
        for code in persons[person]["codes"]:
            assert f"{code}: " in row["evidence"]
        assert bool(row["evidence"]) == bool(persons[person]["codes"])


def test_json_is_one_object_and_nothing_else(folder):
    done = in_process("check", folder / "cld_extract.csv", "--as-at", AS_AT, "--json", folder=folder)
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    assert {"rows", "duplicates", "set_aside", "people", "outcomes", "codes"} <= set(told)
    assert isinstance(told["set_aside"], int)
    assert sum(told["outcomes"].values()) == told["people"]
    assert sorted(p.name for p in folder.iterdir()) == [
        "cld_extract.csv",
        "passphrase.txt",
        "person_details.csv",
    ]


def test_tables_tell_findings_flow_and_counts(casetrack, folder):
    done = casetrack(
        "check", folder / "cld_extract.csv", "--people", folder / "person_details.csv", "--as-at", AS_AT
    )
    assert done.code == 0
    for words in (
        "Findings",
        "no_assessment",
        "people in the extract",
        "CT07",
        "unpaid carers",
        "31/03/2026",
    ):
        assert words in done.out
    for row in coded().counts().itertuples():
        assert f"{row.people}" in done.out
    extract = coded().pool.extract
    words = set(done.out.replace(",", " ").split())
    assert not words & {i for i in extract.identifiers["identifier"] if len(i) > 4}


def test_the_date_may_come_from_the_file(casetrack, folder):
    done = casetrack("check", folder / "cld_extract.csv", "--json")
    assert done.code in {0, 3}
    if done.code == 0:
        assert json.loads(done.out)["as_at"]


def test_people_out_is_not_written_over(casetrack, folder, tmp_path):
    target = tmp_path / "people.csv"
    target.write_text("mine", encoding="utf-8")
    arguments = ("check", folder / "cld_extract.csv", "--as-at", AS_AT, "--people-out", target)
    done = casetrack(*arguments)
    assert done.code == 2
    assert "file-exists" in done.err
    assert target.read_text(encoding="utf-8") == "mine"
    assert casetrack(*arguments, "--force").code == 0
    assert target.read_text(encoding="utf-8").startswith(
        "person_id,outcome,codes,evidence,wait_for_assessment,"
    )


WRONG = {
    "empty.csv": b"",
    "headings only.csv": b"NHS Number,Event Type,Event Start Date\n",
    "words.csv": b"Dear all,\nplease find attached\n",
    "zip.xlsx": b"PK\x03\x04 not really",
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "not.parquet": b"PAR1 no",
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "page.csv": b"<html><body>Sign in</body></html>",
    "unclosed.csv": b'NHS Number,Event Type,Event Start Date\n"9990000018,Request,01/01/2026\n',
    "letters.docx": b"PK\x03\x04",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_told_in_words(casetrack, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(WRONG[name])
    done = casetrack("check", path, "--as-at", AS_AT, "--people-out", tmp_path / "people.csv")
    assert done.code == 3, done
    assert done.err.startswith("ExtractError [")
    assert "Traceback" not in done.err + done.out
    assert "9990000018" not in done.err
    assert not (tmp_path / "people.csv").exists()


def test_no_file_a_folder_and_a_wrong_date(casetrack, folder, tmp_path):
    assert casetrack("check", tmp_path / "none.csv", "--as-at", AS_AT).code == 3
    assert casetrack("check", tmp_path, "--as-at", AS_AT).code == 3
    for date in ("31 March", "2026-02-30", "03-31-2026", ""):
        done = casetrack("check", folder / "cld_extract.csv", "--as-at", date)
        assert done.code == 2, (date, done)
    for option in (("--mapping", tmp_path / "none.toml"), ("--people", tmp_path / "none.csv")):
        assert casetrack("check", folder / "cld_extract.csv", "--as-at", AS_AT, *option).code == 3
    for option in (("--hold-back", tmp_path / "none.csv"), ("--overrides", tmp_path / "none.csv")):
        done = casetrack("check", folder / "cld_extract.csv", "--as-at", AS_AT, *option)
        assert done.code in {2, 3}
        assert "unforeseen" not in done.err
    for months in ("0", "-3", "100000"):
        done = casetrack("check", folder / "cld_extract.csv", "--as-at", AS_AT, "--months", months)
        assert done.code in {2, 3}
        assert "unforeseen" not in done.err


def test_wrong_use(casetrack):
    for arguments in (
        (),
        ("check",),
        ("chekc",),
        ("check", "x", "--no-such"),
        ("draw", "x"),
        ("check", "x", "--months", "a"),
    ):
        done = casetrack(*arguments)
        assert done.code == 2, arguments
        assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "console",
    [
        {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_a_console_that_lacks_characters_is_no_reason_to_stop(folder, console):
    odd = folder / "mapping.toml"
    if not odd.exists():
        odd.write_text('[headings]\n"Event Outcome" = "Ergebnis – 日本"\n', encoding="utf-8")
    for arguments in (("--mapping", "mapping.toml"), ("--json",), ("--no-such-option",)):
        done = in_process("check", "cld_extract.csv", "--as-at", AS_AT, *arguments, folder=folder, **console)
        assert done.code in {0, 2, 3}
        assert "unforeseen" not in done.err
        assert "Traceback" not in done.err
    odd.unlink()


def test_a_fault_of_our_own_shows_its_place_and_no_value(casetrack, folder, monkeypatch):
    def broken(*args, **more):
        raise ValueError("Qzx 9990000018")

    monkeypatch.setattr("casetrack.pool.preparing.read_extract", broken)
    done = casetrack("check", folder / "cld_extract.csv", "--as-at", AS_AT)
    assert done.code == 1
    assert "ValueError" in done.err
    assert "Qzx" not in done.err + done.out
    assert "9990000018" not in done.err + done.out


def test_check_loads_nothing_that_only_a_draw_needs(folder):
    import os
    import subprocess
    import sys

    code = (
        "import sys\nfrom casetrack.cli import app as cli\n"
        f"sys.argv = ['casetrack', 'check', r'{folder / 'cld_extract.csv'}', '--as-at', '{AS_AT}', '--json']\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write(' '.join(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert "pandas" in loaded
    heavy = {
        "matplotlib",
        "docx",
        "faker",
        "scipy",
        "highspy",
        "jinja2",
        "cryptography",
        "xlsxwriter",
        "holidays",
    }
    assert not loaded & heavy


# -- with a design ---------------------------------------------------------------------------------


@pytest.fixture
def council(folder):
    """The extract and the person details as the commands take them."""
    return (folder / "cld_extract.csv", "--people", folder / "person_details.csv", "--as-at", AS_AT)


def written(tmp_path, text, name="design.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


SHUT = """
size = 50
[codes]
CT02 = { min = 5 }
[characteristics.age_band]
"18 to 24" = { max = 5 }
"""


def test_a_design_that_works_is_said_to_work_and_can_be_minuted(casetrack, council, tmp_path):
    path = tmp_path / "design.toml"
    assert casetrack("suggest", *council, "--out", path).code == 0
    plain = casetrack("check", *council).out
    done = casetrack("check", *council, "--design", path)
    assert (done.code, done.err) == (0, "")
    same = plain[: plain.index("\nNext:")]
    assert done.out.startswith(same)
    assert "The design can be met, and everybody who can be drawn has a chance." in done.out
    for number in (Design.from_toml(path).digest(), coded().digest, coded().edition):
        assert done.out.count(number) == 1
    assert "minute before the draw, together with the seed" in done.out
    assert "names people" not in done.out


def test_the_digests_to_minute_are_those_of_the_draw(casetrack, council, folder, tmp_path):
    path = written(tmp_path, SHUT.replace("max = 5", "min = 1"))
    told = json.loads(casetrack("check", *council, "--design", path, "--json").out)["design"]["minutes"]
    drawn = ct.draw(coded(), Design.from_toml(path), seed="of the minutes")
    record = drawn.history[0].detail["draw"]
    assert (told["design"], told["pool"], told["edition"]) == (
        record["design"],
        record["pool"],
        record["edition"],
    )


def test_people_without_a_chance_are_told_in_words_before_the_draw(casetrack, council, tmp_path):
    path = written(tmp_path, SHUT)
    people = coded().drawable
    shut = int(((people["age_band"] == "18 to 24") & ~people["CT02"]).sum())
    done = casetrack("check", *council, "--design", path)
    assert done.code == 0
    assert f'No chance for everyone with age band "18 to 24" and without CT02: {shut} people' in done.out
    assert 'at least 5 for CT02, at most 5 for age band "18 to 24"' in done.out
    assert "change the design" in done.out
    told = json.loads(casetrack("check", *council, "--design", path, "--json").out)["design"]
    assert told["works"]
    assert [row["people"] for row in told["without_chance"]] == [shut]


def test_a_design_that_cannot_be_met_ends_like_a_draw_with_the_nearest_one(casetrack, council, tmp_path):
    path, near = written(tmp_path, SHUT.replace("min = 5", "min = 49")), tmp_path / "near.toml"
    done = casetrack("check", *council, "--design", path)
    assert done.code == 4
    assert "The design cannot be met." in done.out
    assert "add --nearest FILE.toml" in done.out
    assert "minute before the draw" not in done.out
    assert done.out.count("Places: 50") == 1
    assert casetrack("check", *council, "--design", path, "--nearest", near).code == 4
    assert casetrack("check", *council, "--design", near).code == 0
    again = casetrack("check", *council, "--design", path, "--nearest", near)
    assert (again.code, "file-exists" in again.err) == (2, True)
    done = casetrack("check", *council, "--design", path, "--nearest", near, "--json", "--force")
    told = json.loads(done.out)["design"]
    assert (done.code, told["works"]) == (4, False)
    assert told["clash"]
    assert told["nearest"]


def test_a_design_that_names_people_is_kept_inside_and_names_nobody(casetrack, council, tmp_path):
    person = coded().drawable.index[0]
    path = written(tmp_path, f'size = 50\n[exclude]\n"{person}" = "moved"\n')
    done = casetrack("check", *council, "--design", path)
    assert done.code == 0
    assert "names people" in done.out
    assert not told(done.out, [person])
    assert not told(casetrack("check", *council, "--design", path, "--json").out, [person])


def test_a_wrong_design_is_told_in_words(casetrack, council, tmp_path):
    wrong = {
        "unreadable-design": "[characteristics.age_band]\n18 to 24 = { max = 5 }\n",
        "unknown-level": "[characteristics.age_band]\n'18 to 25' = { max = 5 }\n",
        "unknown-setting": "sise = 50\n",
        "reason-needed": "[exclude]\n1004417 = ''\n",
    }
    for code, text in wrong.items():
        done = casetrack("check", *council, "--design", written(tmp_path, text))
        assert (done.code, code in done.err) == (2, True), done
        assert "1004417" not in done.err
    assert casetrack("check", *council, "--design", tmp_path / "none.toml").code == 2
    done = casetrack("check", *council, "--nearest", tmp_path / "near.toml")
    assert (done.code, "nearest-without-design" in done.err) == (2, True)


def test_suggest_follows_a_reference_population_and_groups_at_risk(casetrack, council, tmp_path):
    census = written(tmp_path, "characteristic,level,share\nsex,Male,60%\n", "census.csv")
    risk = written(tmp_path, "characteristic,level,factor\nCT07,,2\n", "risk.csv")
    done = casetrack(
        "suggest", *council, "--out", tmp_path / "new.toml", "--reference", census, "--at-risk", risk
    )
    assert (done.code, done.err) == (0, "")
    assert "sex, Male: at least 15. (half the share of a group that is 60.0% of the reference" in done.out
    assert "2 times the share, because the group is at higher risk" in done.out
    assert Design.from_toml(tmp_path / "new.toml").characteristics["sex"]["Male"].min == 15


def test_a_wrong_reference_population_is_told_in_words(casetrack, council, tmp_path):
    for code, text in {
        "unknown-level": "characteristic,level,share\nsex,Mail,0.5\n",
        "unknown-characteristic": "characteristic,level,share\nsecks,Male,0.5\n",
        "missing-column": "sex,Male\nsex,Female\n",
        "bad-share": "characteristic,level,share\nsex,Male,half\n",
    }.items():
        census = written(tmp_path, text, "census.csv")
        done = casetrack("suggest", *council, "--out", tmp_path / "new.toml", "--reference", census)
        assert (done.code, code in done.err) == (2, True), done
        assert not (tmp_path / "new.toml").exists()
    # A blank where a level belongs is told as that, and not as a level that nobody has.
    for option, number in {"--reference": "share", "--at-risk": "factor"}.items():
        blank = written(tmp_path, f"characteristic,level,{number}\nsex,,0.5\n", "blank.csv")
        done = casetrack("suggest", *council, "--out", tmp_path / "new.toml", option, blank)
        assert done.code == 2
        assert "names sex without one of its levels" in " ".join(done.err.split())
        assert "Available: Female; Male" in " ".join(done.err.split())
        done = casetrack("suggest", *council, "--out", tmp_path / "new.toml", option, tmp_path / "none.csv")
        assert (done.code, "unreadable-options" in done.err) == (2, True), done
