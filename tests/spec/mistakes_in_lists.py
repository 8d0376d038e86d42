"""Mistakes with a list once it is drawn: decisions, the sealed lookup, the return, record packs and the command."""

from __future__ import annotations

from spec.mistakes import Given, Mistake, given
from spec.mistakes_in_rules import OLDER

__all__ = ["MISTAKES"]

WORDS = "copper lantern thursday oak"
SEALED = f"""\
words = "{WORDS}"
release.lookup.seal("lookup.sealed", words, keep_until=None, release_id="2026", list_digest=cases.history[0].digest)
"""
FIRST = "first = cases.references[0]\n"
TEN = "ten = list(cases.references[:10])\n"
ONE = 'chosen = cases.select(cases.references[:1], note="CQC asked for one", on="2026-04-20")\n'
DRAW = "casetrack draw extract.csv --as-at 31/03/2026 --size 2 --k 1 --out list"
NUMBERED = f'{DRAW} --seed "2 April 2026" --passphrase-file passphrase.txt'
READY = "casetrack readiness extract.csv --as-at 31/03/2026 --size 2 --out {}"
COARSENED = """\
from casetrack.disclosure import Hierarchy, least_coarsening
people = pd.DataFrame({{"sex": ["F", "F", "M", "M"]}})
sexes = Hierarchy.withholding("sex", ["F", "M"])
least_coarsening({}, people, {}, k={}, weights={})"""
LEVELS = 'from casetrack.disclosure import Hierarchy\nHierarchy.from_table("age", [{}], levels=["years", "band", "half"])'
STAYS = """\
from casetrack.runs.places import check_stays
Path("list/council-only").mkdir(parents=True)
Path("list/council-only/state.json").write_text("{{}}")
check_stays(Path("list/{}/people.csv"))"""
WRITTEN = 'council.write_csv("extract.csv", {})'
MADE = "from casetrack.synthetic import make_council\nmake_council({})"


def called(call: str, wrong: str, mended: str) -> tuple[Given, Given]:
    """A call that is wrong in one place, and mended."""
    return given(call.format(wrong)), given(call.format(mended))


def drawn(wrong: str, mended: str = NUMBERED) -> tuple[Given, Given]:
    """A command that is wrong, and mended."""
    files = {"extract_csv": OLDER, "passphrase_txt": WORDS + "\n"}
    return given(wrong, **files), given(mended, **files)


def two_passphrases(*second: str) -> tuple[Given, Given]:
    """A second passphrase that will not do, and one that will."""
    command = f"{NUMBERED} --second-passphrase-file second.txt"
    wrong, mended = (
        given(command, extract_csv=OLDER, passphrase_txt=WORDS + "\n", second_txt=word + "\n")
        for word in second
    )
    return wrong, mended


def coarsened(*wrong: str) -> tuple[Given, Given]:
    """A coarsening of a table that is wrong, and mended."""
    return given(COARSENED.format(*wrong)), given(
        COARSENED.format("people[:1]", '{"sex": sexes}', "2", "None")
    )


MISTAKES = (
    Mistake(
        "already-left",
        *called(
            FIRST
            + 'after = cases.replace(first, "declined", on="2026-04-20")\nafter.replace({}, "declined", on="2026-04-21")',
            "first",
            "after.references[0]",
        ),
    ),
    Mistake(
        "another-design",
        *called(
            "cases.attach(coded, cases.identified.people, {}, key=cases.identified.drawn.key)",
            "design.with_size(9)",
            "design",
        ),
    ),
    Mistake(
        "another-key",
        *called(
            "cases.attach(coded, cases.identified.people, design, key={})",
            "bytes(32)",
            "cases.identified.drawn.key",
        ),
    ),
    Mistake(
        "another-number",
        *called(TEN + 'cases.select(ten{}, on="2026-04-20")', "[:5]", '[:5], note="CQC asked for five"'),
    ),
    Mistake(
        "another-pool",
        *called(
            "cases.attach({}, cases.identified.people, design, key=cases.identified.drawn.key)",
            "ct.code_cohorts(pool, older_from=70)",
            "coded",
        ),
    ),
    Mistake("before-the-draw", *called('cases.done("list", on="{}")', "2026-04-01", "2026-04-20")),
    Mistake(
        "case-unknown",
        *called('cases.permission({}, "given", on="2026-04-20")', '"2222-2222-2"', "cases.references[0]"),
    ),
    Mistake("may-leave", *called(STAYS, "return", "council-only")),
    Mistake("day-to-come", *called('cases.done("list", on="{}")', "2099-04-20", "2026-04-20")),
    Mistake(
        "list-closed",
        *called(
            'after = cases.close("the assessment is over", on="2026-05-20")\n{}.done("interviews", on="2026-05-20")',
            "after",
            "cases",
        ),
    ),
    Mistake(
        "log-changed",
        *called(
            "text = cases.to_json()\nct.CaseList.from_json(text{})",
            '.replace("2026-04-02", "2026-04-03")',
            "",
        ),
    ),
    Mistake("named-twice", *called(TEN + 'cases.select({}, on="2026-04-20")', "[*ten[:9], ten[0]]", "ten")),
    Mistake(
        "not-a-case-list",
        given('ct.CaseList.from_json("[]")'),
        given("ct.CaseList.from_json(cases.to_json())"),
    ),
    Mistake("not-yet-drawn", *called('cases.as_of("{}")', "2026-04-01", "2026-04-02")),
    Mistake(
        "nothing-to-withdraw",
        *called(
            FIRST + 'cases{}.permission(first, "withdrawn", on="2026-04-21")',
            "",
            '.permission(first, "given", on="2026-04-20")',
        ),
    ),
    Mistake(
        "people-missing",
        *called(
            "cases.attach(coded, {}, design, key=cases.identified.drawn.key)", "{}", "cases.identified.people"
        ),
    ),
    Mistake(
        "people-not-known",
        *called(
            "ct.CaseList.from_json(cases.to_json()){}.reserves()",
            "",
            ".attach(coded, cases.identified.people, design, key=cases.identified.drawn.key)",
        ),
    ),
    Mistake(
        "permission-words",
        *called('cases.permission(cases.references[0], "{}", on="2026-04-20")', "yes", "given"),
    ),
    Mistake("person-unknown", *called("cases.explain({})", '"no such person"', "cases.references[0]")),
    Mistake(
        "reason-not-listed",
        *called('cases.replace(cases.references[0], "{}", on="2026-04-20")', "did not want to", "declined"),
    ),
    Mistake(
        "reason-names-somebody",
        *called(
            'cases.replace(cases.references[0], "{}", on="2026-04-20")',
            "other: born on 12/07/1941",
            "other: asked to wait",
        ),
    ),
    Mistake("rehearsal-size", *called('cases.rehearse({}, seed="2 April 2026")', "50", "10")),
    Mistake(
        "somebody-else-wrote",
        *called(
            'cases.done("list", on="2026-04-20").save("case-list.json")\n{}.done("list", on="2026-04-21").save("case-list.json")',
            "cases",
            'ct.CaseList.open("case-list.json")',
        ),
    ),
    Mistake("step-unknown", *called('cases.done("{}", on="2026-04-20")', "upload", "list")),
    Mistake(
        "timetable-order",
        *called('ct.Timetable(notified="2026-03-02", selected="{}")', "2026-02-27", "2026-03-20"),
    ),
    Mistake(
        "tracked-not-named",
        *called(
            TEN + 'cases.select(ten[:8], note="CQC asked for eight", tracked={}, on="2026-04-20")',
            "ten[4:10]",
            "ten[:6]",
        ),
    ),
    Mistake(
        "lookup-missing",
        *called(
            SEALED + 'ct.reveal("{}", release.lookup.references[:1], words, reason="a rehearsal")',
            "lookup",
            "lookup.sealed",
        ),
    ),
    Mistake(
        "lookup-not-sealed",
        *called(
            "import pickle\n{}",
            "pickle.dumps(release.lookup)",
            'release.lookup.seal("lookup.sealed", "copper lantern thursday oak", keep_until=None, release_id="2026", list_digest="0" * 64)',
        ),
    ),
    Mistake(
        "log-missing",
        *called(
            SEALED + '{}\nct.reveal("lookup.sealed", cases.references[:1], words, reason="a rehearsal")',
            'Path("lookup.sealed.log").unlink()',
            "# The log stays beside the lookup.",
        ),
    ),
    Mistake(
        "not-a-lookup",
        given(
            'ct.reveal("return.csv", cases.references[:1], "words", reason="a rehearsal")',
            return_csv="case_reference,sex\n",
        ),
        given(SEALED + 'ct.reveal("lookup.sealed", cases.references[:1], words, reason="a rehearsal")'),
    ),
    Mistake(
        "nothing-asked",
        *called(
            SEALED + 'ct.reveal("lookup.sealed", {}, words, reason="a rehearsal")',
            "[]",
            "cases.references[:1]",
        ),
    ),
    Mistake(
        "passphrase-characters", *called(SEALED.replace(WORDS, "{}"), "copper lantern\\fthursday oak", WORDS)
    ),
    Mistake("second-passphrase", *two_passphrases(WORDS, "velvet harbour seventeen plum")),
    Mistake(
        "unknown-reference",
        *called(
            SEALED
            + 'from casetrack.references import make_references\nct.reveal("lookup.sealed", {}, words, reason="a rehearsal")',
            'make_references(1, seed="another list")',
            "cases.references[:1]",
        ),
    ),
    Mistake("weak-passphrase", *called(SEALED.replace(WORDS, "{}"), "password", WORDS)),
    Mistake(
        "wrong-passphrase-or-changed",
        *called(
            SEALED + 'ct.reveal("lookup.sealed", cases.references[:1], {}, reason="a rehearsal")',
            '"copper lantern friday oak"',
            "words",
        ),
    ),
    Mistake(
        "hierarchy-ragged",
        *called(
            'from casetrack.disclosure import Hierarchy\nHierarchy.from_table("sex", {})',
            '[["Female", "*"], ["Male"]]',
            '[["Female", "*"], ["Male", "*"]]',
        ),
    ),
    Mistake("no-hierarchies", *coarsened("people[:1]", "{}", "2", "None")),
    Mistake(
        "no-such-column",
        *coarsened('people[:1].rename(columns={"sex": "gender"})', '{"sex": sexes}', "2", "None"),
    ),
    Mistake("not-a-k", *coarsened("people[:1]", '{"sex": sexes}', "0", "None")),
    Mistake("not-a-weight", *coarsened("people[:1]", '{"sex": sexes}', "2", '{"age": 2}')),
    Mistake(
        "not-in-frame",
        given(
            COARSENED.format("people[:1]", '{"sex": sexes}', "2", "None").replace(
                "people[:1], people", "people[:1], people[2:]"
            )
        ),
        coarsened("", "", "", "")[1],
    ),
    Mistake("bad-k", *called("ct.pseudonymise(cases, k={})", "0", "10")),
    Mistake("bad-weights", *called("ct.pseudonymise(cases, weights={})", '{"sex": -1}', '{"sex": 2}')),
    Mistake(
        "never-released", *called("ct.pseudonymise(cases, columns={})", '["postcode", "sex"]', '["sex"]')
    ),
    Mistake(
        "not-available",
        *called(
            'from casetrack.disclosure import as_released\nas_released(coded.people{}, ["sex"])',
            '.drop(columns="sex")',
            "",
        ),
    ),
    Mistake(
        "case-not-in-extract",
        given(
            ONE + 'ct.write_record_packs(chosen, ct.read_extract("extract.csv"), "packs")', extract_csv=OLDER
        ),
        given(ONE + 'ct.write_record_packs(chosen, extract, "packs")'),
    ),
    Mistake(
        "nothing-selected", *called(ONE + 'ct.write_record_packs({}, extract, "packs")', "cases", "chosen")
    ),
    Mistake(
        "template-unusable",
        given(
            ONE + 'ct.write_record_packs(chosen, extract, "packs", template="letter.txt")',
            letter_txt="Northshire Council\n",
        ),
        given(ONE + 'ct.write_record_packs(chosen, extract, "packs")'),
    ),
    Mistake("not-a-folder", *drawn("casetrack status .", "casetrack version")),
    Mistake(
        "not-a-manifest",
        given('ct.Manifest.open("manifest.json")', manifest_json="{}"),
        given('ct.Manifest.of(cases, release).save("manifest.json")\nct.Manifest.open("manifest.json")'),
    ),
    Mistake(
        "manifest-changed",
        *called(
            'path = Path("manifest.json")\nct.Manifest.of(cases, release).save(path)\npath.write_bytes(path.read_bytes(){})\nct.Manifest.open(path)',
            '.replace(b"Northshire", b"Southshire")',
            "",
        ),
    ),
    Mistake("not-released", *called("ct.Manifest.of(cases{}).dpia_annex()", "", ", release")),
    Mistake(
        "file-exists",
        *called('release.to_csv("return.csv")\nrelease.to_csv("return.csv"{})', "", ", force=True"),
    ),
    Mistake("keep-until-past", *drawn(NUMBERED + " --on 02/04/2026 --keep-until 31/03/2026")),
    Mistake("key-file", *drawn(NUMBERED + " --key-file key.txt")),
    Mistake(
        "nearest-without-design",
        *drawn(
            "casetrack check extract.csv --as-at 31/03/2026 --nearest nearest.toml",
            "casetrack check extract.csv --as-at 31/03/2026",
        ),
    ),
    Mistake("no-number", *drawn(f"{DRAW} --passphrase-file passphrase.txt")),
    Mistake("out-kind", *drawn(READY.format("readiness.docx"), READY.format("readiness.html"))),
    Mistake("passphrase-file", *drawn(NUMBERED.replace("passphrase.txt", "words.txt"))),
    Mistake("passphrase-needed", *drawn(f'{DRAW} --seed "2 April 2026"')),
    Mistake("thrown-for-nothing", *drawn(NUMBERED.replace('--seed "2 April 2026"', "--thrown 0417"))),
    Mistake("two-keys", *drawn(NUMBERED + " --lottery lottery.json --key-file key.txt")),
    Mistake("two-numbers", *drawn(NUMBERED + " --thrown 0417")),
    Mistake("wrong-object", *called('ct.find_eligible({}, as_at="2026-03-31")', '"extract.csv"', "extract")),
    Mistake(
        "not-a-count",
        *called(
            'from casetrack.working_days import working_days_after\nworking_days_after("2026-03-02", {})',
            "2000",
            "20",
        ),
    ),
    Mistake("people-out-of-range", *called(MADE, "people=0", "people=20")),
    Mistake("unknown-flaw", *called(MADE, 'people=20, flaws=["typos"]', "people=20")),
    Mistake("unknown-release", *called(MADE, 'people=20, release="3"', 'people=20, release="R2"')),
    Mistake(
        "reference-mistyped",
        *called(
            "from casetrack.references import check_reference\ncheck_reference({})",
            '"2222-2222-3"',
            "cases.references[0]",
        ),
    ),
    Mistake(
        "reference-prefix",
        *called(
            'from casetrack.references import make_references\nmake_references(3, prefix="{}")',
            "Northshire 2026",
            "2026",
        ),
    ),
    Mistake(
        "not-yet-on-the-list",
        *called(
            FIRST
            + 'after = cases.replace(first, "declined", on="2026-04-20")\nlast, = set(after.references) - set(cases.references)\nafter.permission(last, "given", on="{}")',
            "2026-04-10",
            "2026-04-21",
        ),
    ),
    Mistake(
        "another-release-rule",
        *called(
            'after = cases.record_release(release.facts, on="2026-04-02")\nafter.record_release({}.facts, on="2026-04-20")',
            "ct.pseudonymise(cases, k=5)",
            "release",
        ),
    ),
    Mistake(
        "design-changed",
        *called(
            "text = cases.to_json()\nct.CaseList.from_json(text{})",
            """.replace('"size": 10', '"size": 11', 1)""",
            "",
        ),
    ),
    Mistake(
        "log-unreadable",
        *called(
            "text = cases.to_json()\nct.CaseList.from_json(text{})",
            """.replace('"action"', '"act"', 1)""",
            "",
        ),
    ),
    Mistake("no-role", *called('cases.done("list", on="2026-04-20", who="{}")', "", "analyst")),
    Mistake("no-reason", *called('cases.close("{}", on="2026-04-20")', "", "the assessment is over")),
    Mistake(
        "lookup-damaged",
        *called(
            SEALED
            + 'path = Path("lookup.sealed")\npath.write_bytes(path.read_bytes(){})\nct.reveal(path, cases.references[:1], words, reason="a rehearsal")',
            "[:-40]",
            "",
        ),
    ),
    Mistake(
        "log-shortened",
        *called(
            SEALED
            + 'ct.reveal("lookup.sealed", cases.references[:1], words, reason="a rehearsal")\nlog = Path("lookup.sealed.log")\nlog.write_bytes(b"".join(log.read_bytes().splitlines(True){}))\nct.reveal("lookup.sealed", cases.references[:1], words, reason="a rehearsal")',
            "[:1]",
            "",
        ),
    ),
    Mistake(
        "lookup-unreadable",
        *called(
            SEALED + 'ct.reveal("{}", cases.references[:1], words, reason="a rehearsal")',
            ".",
            "lookup.sealed",
        ),
    ),
    Mistake(
        "lookup-content",
        *called(
            "from casetrack import Lookup\nLookup.of(cases.references[:2], {})",
            '["0001", "0001"]',
            '["0001", "0002"]',
        ),
    ),
    Mistake(
        "unknown-person", *called("release.lookup.case_reference({})", '"no such person"', "cases.ids[0]")
    ),
    Mistake(
        "hierarchy-does-not-cover",
        given(COARSENED.format("people", '{"sex": sexes}', "2", "None").replace('["F", "M"])', '["F"])')),
        coarsened("", "", "", "")[1],
    ),
    Mistake(
        "hierarchy-does-not-nest",
        *called(
            LEVELS,
            '["64", "45 to 64", "under 65"], ["60", "45 to 64", "under 61"]',
            '["64", "45 to 64", "under 65"], ["60", "45 to 64", "under 65"]',
        ),
    ),
    Mistake(
        "hierarchy-levels",
        *called(
            LEVELS.replace('"years", "band", "half"', "{}").replace(
                "[{}]", '[["64", "45 to 64", "under 65"]]', 1
            ),
            '"years", "band"',
            '"years", "band", "half"',
        ),
    ),
    Mistake(
        "hierarchy-repeats",
        *called(
            LEVELS,
            '["64", "45 to 64", "under 65"], ["64", "45 to 64", "under 65"]',
            '["64", "45 to 64", "under 65"]',
        ),
    ),
    Mistake(
        "not-a-document",
        *called(
            "from casetrack.packs.accessibility import check_accessibility\n"
            + ONE
            + 'folder = ct.write_record_packs(chosen, extract, "packs")\ncheck_accessibility({})',
            'Path("packs")',
            'next(Path("packs").rglob("*.docx"))',
        ),
    ),
    Mistake(
        "not-a-lottery",
        given(
            f"{DRAW} --lottery lottery.json --thrown 0417 --passphrase-file passphrase.txt",
            extract_csv=OLDER,
            passphrase_txt=WORDS + "\n",
            lottery_json="{}",
        ),
        given(NUMBERED, extract_csv=OLDER, passphrase_txt=WORDS + "\n"),
    ),
    Mistake(
        "nobody-to-draw",
        given(NUMBERED, extract_csv=OLDER.replace("Service user", "Unknown"), passphrase_txt=WORDS + "\n"),
        drawn("")[1],
    ),
    Mistake("unknown-date-format", *called(WRITTEN, 'date_format="American"', 'date_format="YYYY-MM-DD"')),
    Mistake("unknown-encoding", *called(WRITTEN, 'encoding="latin"', 'encoding="cp1252"')),
    Mistake("unknown-headings", *called(WRITTEN, 'headings="short"', 'headings="database"')),
    Mistake(
        "reference-count",
        *called("from casetrack.references import make_references\nmake_references({})", "-1", "50"),
    ),
    Mistake(
        "empty-key",
        *called(
            "from casetrack.references import make_references\nmake_references(50, seed={})", '""', "None"
        ),
    ),
    Mistake(
        "report-form",
        *called(
            'from casetrack.report.report import write_report\nwrite_report(cases, release, "report.html", form={})',
            '"public"',
            '"for-sharing"',
        ),
    ),
    Mistake(
        "cover-text",
        *drawn(f'{NUMBERED} --contact "call on 07/04/2026"', f'{NUMBERED} --contact "the performance team"'),
    ),
    Mistake("mapping-without-template", *drawn(f"{NUMBERED} --template-mapping template.toml")),
)
