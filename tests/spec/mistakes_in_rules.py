"""Mistakes in what is asked: the date, hold-back and override lists, quotas, the design and its draw."""

from __future__ import annotations

from spec.mistakes import Given, Mistake, given, rows

__all__ = ["MISTAKES"]

GOOD = rows("person,event,start,end", "0001,Assessment,01/02/2026,20/02/2026")
NUMBERED = rows(
    "person,NHS number,event,start,end",
    "0001,999 000 0018,Assessment,01/02/2026,20/02/2026",
    "0002,,Assessment,01/02/2026,20/02/2026",
)
OLDER = rows(
    "person,Gender,born,client,event,start,end",
    *(
        f"000{i},{sex},15/06/1940,Service user,Assessment,01/02/2026,20/02/2026"
        for i, sex in enumerate(("Female", "Male", "Female"), 1)
    ),
)
ELIGIBLE = 'pool = ct.find_eligible(ct.read_extract("extract.csv"), as_at="2026-03-31"{})\n'
HELD = ELIGIBLE.format(', hold_back="hold_back.csv"')
CODED = ELIGIBLE.format("") + 'ct.code_cohorts(pool, overrides="overrides.csv")'
FILE = 'ct.Design.from_toml("design.toml")'
HOLDS = "ct.Design.from_toml('design.toml').bind(coded)"
DRAWN = 'ct.draw(coded, ct.Design.from_toml("design.toml"), seed="2 April 2026")'
SUGGESTED = "ct.Design.suggest(coded, size=10, balance=False, {})"
SELECT = """\
from casetrack.sampling import select
people = pd.DataFrame({{"area": ["north", "south", "south"]{}}}, index=["a", "b", "c"])
quotas = pd.DataFrame([{}], columns=["feature", "value", "min", "max"])
select(people, quotas, size={}, seed="2 April 2026"{})"""


def held(wrong: str, mended: str) -> tuple[Given, Given]:
    """A hold-back list that is wrong, and mended."""
    return given(HELD, extract_csv=GOOD, hold_back_csv=wrong), given(
        HELD, extract_csv=GOOD, hold_back_csv=mended
    )


def overridden(wrong: str, mended: str = "0001,CT06,yes,has dementia") -> tuple[Given, Given]:
    """A list of overrides that is wrong, and mended."""
    head = "person_id,code,holds,reason"
    return (
        given(CODED, extract_csv=GOOD, overrides_csv="\n".join([head, wrong, ""])),
        given(CODED, extract_csv=GOOD, overrides_csv="\n".join([head, mended, ""])),
    )


def designed(wrong: str, mended: str, call: str = FILE) -> tuple[Given, Given]:
    """A design file that is wrong, and mended."""
    return given(call, design_toml=wrong), given(call, design_toml=mended)


def called(call: str, wrong: str, mended: str) -> tuple[Given, Given]:
    """A call with an option that is wrong, and mended."""
    return given(call.format(wrong)), given(call.format(mended))


def optioned(wrong: str | None) -> tuple[Given, Given]:
    """A reference population in a file that is wrong, and mended."""
    mended = "characteristic,level,share\nsex,Female,0.51\nsex,Male,0.49\n"
    call = "casetrack suggest extract.csv --as-at 31/03/2026 --size 2 --reference reference.csv --out design.toml"
    files = {} if wrong is None else {"reference_csv": wrong}
    return given(call, extract_csv=OLDER, **files), given(call, extract_csv=OLDER, reference_csv=mended)


def suggested(option: str, wrong: str, mended: str) -> tuple[Given, Given]:
    """A suggestion with a reference population or groups at risk that are wrong, and mended."""
    return called(SUGGESTED, f"{option}={wrong}", f"{option}={mended}")


def limited(
    wrong: str, mended: str, quota: str = '("area", "north", 1, 1)', size: int = 1
) -> tuple[Given, Given]:
    """A selection with limits per value that are wrong, and mended."""
    return (
        given(SELECT.format("", quota, size, f", at_most={wrong}")),
        given(SELECT.format("", quota, size, f", at_most={mended}")),
    )


def selected(wrong: str, mended: str = '("area", "north", 1, 1)', size: int = 1) -> tuple[Given, Given]:
    """A selection with quotas that are wrong, and mended."""
    return given(SELECT.format("", wrong, size, "")), given(SELECT.format("", mended, size, ""))


MISTAKES = (
    Mistake(
        "as-at-needed",
        given(
            'ct.find_eligible(ct.read_extract("extract.csv"))',
            extract_csv=rows(
                "person,event,start,end,period to",
                "0001,Assessment,01/02/2026,20/02/2026,31/03/2026",
                "0002,Assessment,01/11/2025,20/11/2025,31/12/2025",
            ),
        ),
        given(
            'ct.find_eligible(ct.read_extract("extract.csv"), as_at="2026-03-31")',
            extract_csv=rows(
                "person,event,start,end,period to",
                "0001,Assessment,01/02/2026,20/02/2026,31/03/2026",
                "0002,Assessment,01/11/2025,20/11/2025,31/12/2025",
            ),
        ),
    ),
    Mistake(
        "assessment-types",
        *called(
            'ct.find_eligible(extract, as_at="2026-03-31", assessment_types={})',
            '["carers"]',
            '["long term", "unrecognised"]',
        ),
    ),
    Mistake("hold-back-columns", *held("Client\n0001\n", "person_id,reason\n0001,a complaint\n")),
    Mistake(
        "hold-back-file",
        given(HELD, extract_csv=GOOD),
        given(HELD, extract_csv=GOOD, hold_back_csv="person_id,reason\n0001,a complaint\n"),
    ),
    Mistake(
        "hold-back-near-miss",
        *held("person_id,reason\n1,a complaint\n", "person_id,reason\n0001,a complaint\n"),
    ),
    Mistake(
        "hold-back-two-people",
        *(
            given(
                HELD,
                extract_csv=NUMBERED,
                hold_back_csv=f"LA Person Unique Identifier,NHS Number,Reason\n{who},999 000 0018,a complaint\n",
            )
            for who in ("0002", "0001")
        ),
    ),
    Mistake("override-code", *overridden("0001,Dementia,yes,has dementia")),
    Mistake("override-holds", *overridden("0001,CT06,probably,has dementia")),
    Mistake("override-reason", *overridden("0001,CT06,yes,")),
    Mistake(
        "override-two-people",
        *(
            given(
                CODED,
                extract_csv=NUMBERED,
                overrides_csv="LA Person Unique Identifier,NHS Number,code,holds,reason\n"
                f"{who},999 000 0018,CT06,yes,has dementia\n",
            )
            for who in ("0002", "0001")
        ),
    ),
    Mistake("override-twice", *overridden("0001,CT06,yes,has dementia\n0001,CT06,no,has no dementia")),
    Mistake(
        "overrides-columns",
        given(CODED, extract_csv=GOOD, overrides_csv="person_id,code\n0001,CT06\n"),
        given(
            CODED, extract_csv=GOOD, overrides_csv="person_id,code,holds,reason\n0001,CT06,yes,has dementia\n"
        ),
    ),
    Mistake(
        "overrides-file",
        given(CODED, extract_csv=GOOD),
        given(
            CODED, extract_csv=GOOD, overrides_csv="person_id,code,holds,reason\n0001,CT06,yes,has dementia\n"
        ),
    ),
    Mistake("parameter-value", *called("ct.code_cohorts(pool, older_from={})", '"65 or older"', "65")),
    Mistake("unknown-edition", *called('ct.code_cohorts(pool, edition="{}")', "2026-04", "2024-04")),
    Mistake("unknown-parameter", *called("ct.code_cohorts(pool, {})", "older_age=70", "older_from=70")),
    Mistake(
        "conversations",
        *called('ct.find_eligible(extract, as_at="2026-03-31", conversations={})', "True", '"count"'),
    ),
    Mistake("not-a-date", *called('ct.find_eligible(extract, as_at="{}")', "end of March", "31/03/2026")),
    Mistake(
        "bad-size",
        *called(
            'from casetrack.sampling import select\nselect(pd.DataFrame({{"area": ["north"]}}), pd.DataFrame(columns=["feature", "value", "min", "max"]), size={}, seed="2 April 2026")',
            '"one"',
            "1",
        ),
    ),
    Mistake("quota-crossed", *selected('("area", "north", 2, 1)')),
    Mistake("quota-feature", *selected('("Area", "north", 1, 1)')),
    Mistake("quota-number", *selected('("area", "north", "one", 1)')),
    Mistake("quota-too-large", *selected('("area", "north", 10**10, None)')),
    Mistake("quota-twice", *selected('("area", "north", 1, 1), ("area", "north", 0, 1)')),
    Mistake("quota-value", *selected('("area", ["north", "south"], 1, 1)')),
    Mistake("quotas-clash", *selected('("area", "north", 2, 2)', size=2)),
    Mistake(
        "column-values",
        given(
            SELECT.format(
                ', "codes": [["CT01"], ["CT07"], ["CT01", "CT07"]]', '("codes", "CT07", 1, 1)', 1, ""
            )
        ),
        given(SELECT.format(', "CT07": [False, True, True]', '("CT07", True, 1, 1)', 1, "")),
    ),
    Mistake(
        "people-table",
        *called(
            'from casetrack.sampling import select\nselect({}, pd.DataFrame(columns=["feature", "value", "min", "max"]), size=1, seed="2 April 2026")',
            '["a", "b"]',
            'pd.DataFrame(index=["a", "b"])',
        ),
    ),
    Mistake(
        "quotas-table",
        *called(
            'from casetrack.sampling import select\nselect(pd.DataFrame(index=["a", "b"]), {}, size=1, seed="2 April 2026")',
            '{"area": 1}',
            'pd.DataFrame(columns=["feature", "value", "min", "max"])',
        ),
    ),
    Mistake(
        "too-few-people",
        *called(
            'from casetrack.sampling import select\nselect(pd.DataFrame(index=["a", "b"]), pd.DataFrame(columns=["feature", "value", "min", "max"]), size={}, seed="2 April 2026")',
            "3",
            "2",
        ),
    ),
    Mistake("bad-factor", *suggested("at_risk", '{"CT07": -1}', '{"CT07": 1.5}')),
    Mistake(
        "bad-quota",
        *designed(
            "size = 10\n\n[codes]\nCT07 = { min = 5, max = 2 }\n",
            "size = 10\n\n[codes]\nCT07 = { min = 2, max = 5 }\n",
        ),
    ),
    Mistake(
        "bad-share",
        *suggested(
            "reference", '{"sex": {"Female": 51, "Male": 49}}', '{"sex": {"Female": 0.51, "Male": 0.49}}'
        ),
    ),
    Mistake("bad-value", *designed('size = "ten"\n', "size = 10\n")),
    Mistake(
        "combination-twice",
        *designed(
            'size = 10\n\n[[combinations]]\nof = { CT07 = "yes", sex = "Male" }\nmin = 1\n\n[[combinations]]\nof = { sex = "Male", CT07 = "yes" }\nmin = 2\n',
            'size = 10\n\n[[combinations]]\nof = { CT07 = "yes", sex = "Male" }\nmin = 1\n',
        ),
    ),
    Mistake(
        "included-and-excluded",
        *designed(
            'size = 10\n\n[must_include]\n0003136 = "asked for by CQC"\n\n[exclude]\n0003136 = "a complaint"\n',
            'size = 10\n\n[exclude]\n0003136 = "a complaint"\n',
        ),
    ),
    Mistake(
        "limit-twice",
        *designed(
            "size = 10\n\n[at_most]\nworker = 2\nlead_professional = 3\n",
            "size = 10\n\n[at_most]\nworker = 2\n",
        ),
    ),
    Mistake("limits-clash", *limited('{"area": 1}', '{"area": 2}', '("area", "south", 1, 2)', 3)),
    Mistake(
        "reason-needed",
        *designed(
            'size = 10\n\n[exclude]\n0003136 = ""\n', 'size = 10\n\n[exclude]\n0003136 = "a complaint"\n'
        ),
    ),
    Mistake(
        "target-not-recorded",
        *designed(
            'size = 10\n\n[characteristics.religion]\n"Not recorded" = { min = 1 }\n',
            "size = 10\n\n[characteristics.religion]\nMuslim = { min = 1 }\n",
        ),
    ),
    Mistake(
        "too-many-fixed-places",
        *designed(
            'size = 1\n\n[must_include]\n0001 = "asked for"\n0002 = "asked for"\n',
            'size = 2\n\n[must_include]\n0001 = "asked for"\n0002 = "asked for"\n',
        ),
    ),
    Mistake(
        "unknown-characteristic",
        *designed(
            "size = 10\n\n[characteristics.faith]\nMuslim = { min = 1 }\n",
            "size = 10\n\n[characteristics.religion]\nMuslim = { min = 1 }\n",
            DRAWN,
        ),
    ),
    Mistake(
        "unknown-code",
        *designed(
            "size = 10\n\n[codes]\nCT08 = { min = 1 }\n", "size = 10\n\n[codes]\nCT07 = { min = 1 }\n", DRAWN
        ),
    ),
    Mistake(
        "unknown-column",
        *designed("size = 10\n\n[at_most]\nward = 2\n", "size = 10\n\n[at_most]\nteam = 5\n", DRAWN),
    ),
    Mistake(
        "unknown-level",
        *designed(
            "size = 10\n\n[characteristics.sex]\nF = { min = 1 }\n",
            "size = 10\n\n[characteristics.sex]\nFemale = { min = 1 }\n",
            DRAWN,
        ),
    ),
    Mistake(
        "unknown-person",
        *designed(
            'size = 10\n\n[exclude]\n3136 = "a complaint"\n',
            'size = 10\n\n[exclude]\n0003136 = "a complaint"\n',
            DRAWN,
        ),
    ),
    Mistake("unknown-setting", *designed("size = 10\nlimits = 2\n", "size = 10\n")),
    Mistake("unreadable-design", *designed("size: 10\n", "size = 10\n")),
    Mistake("level-twice", *optioned("characteristic,level,share\nsex,Female,0.51\nsex,Female,0.49\n")),
    Mistake("missing-column", *optioned("characteristic,level,percent\nsex,Female,0.51\n")),
    Mistake("unreadable-options", *optioned(None)),
    Mistake("no-seed", *called('ct.draw(coded, design, seed="{}")', "", "Northshire, 2 April 2026")),
    Mistake(
        "key-form",
        *called('ct.draw(coded, design, seed="2 April 2026", key={})', 'b"secret"', "bytes(range(32))"),
    ),
    Mistake("limit-column", *limited('{"Area": 1}', '{"area": 1}')),
    Mistake("limit-form", *limited("1", '{"area": 1}')),
    Mistake("limit-number", *limited('{"area": 0}', '{"area": 1}')),
    Mistake(
        "people-twice",
        *[
            given(SELECT.format("", '("area", "north", 1, 1)', 1, "").replace('"a", "b", "c"', labels))
            for labels in ('"a", "b", "b"', '"a", "b", "c"')
        ],
    ),
    Mistake("months", *called('ct.find_eligible(extract, as_at="2026-03-31", months={})', "0", "12")),
    Mistake("ties", *called('ct.find_eligible(extract, as_at="2026-03-31", ties="{}")', "first", "text")),
    Mistake(
        "column-twice",
        given(
            SELECT.format("", '("area", "north", 1, 1)', 1, "").replace(
                "select(people,", "select(pd.concat([people, people], axis=1),"
            )
        ),
        given(SELECT.format("", '("area", "north", 1, 1)', 1, "")),
    ),
    Mistake(
        "quota-columns",
        given(SELECT.format("", '("area", "north", 1, 1)', 1, "").replace('"min", "max"]', '"from", "to"]')),
        given(SELECT.format("", '("area", "north", 1, 1)', 1, "")),
    ),
    Mistake(
        "missing-setting",
        *designed(
            "size = 10\n\n[[combinations]]\nmin = 1\n",
            'size = 10\n\n[[combinations]]\nof = { CT07 = "yes", sex = "Male" }\nmin = 1\n',
        ),
    ),
    Mistake(
        "fixed-place-without-code",
        *called(
            'codes = coded.people[list(coded.code_names)].any(axis=1)\nperson = codes[{}].index[0]\nct.draw(coded, design.with_fixed_place(person, "asked for by CQC"), seed="2 April 2026")',
            "~codes",
            "codes",
        ),
    ),
    Mistake(
        "design-cell",
        *called(
            'design.to_excel("design.xlsx")\nrows = pd.read_excel("design.xlsx", header=None).replace(10, {})\nrows.to_excel("design.xlsx", sheet_name="Design", header=False, index=False)\nct.Design.from_excel("design.xlsx")',
            '"ten"',
            "12",
        ),
    ),
    Mistake(
        "nobody-to-draw",
        *(
            given(
                'ct.Design.suggest(ct.code_cohorts(ct.find_eligible(ct.read_extract("extract.csv"), as_at="2026-03-31")), size=2)',
                extract_csv=text,
            )
            for text in (OLDER.replace("Service user", "Unknown"), OLDER)
        ),
    ),
    Mistake(
        "wait-not-recorded",
        *(
            given(
                'coded = ct.code_cohorts(ct.find_eligible(ct.read_extract("extract.csv"), as_at="2026-03-31"))\nct.draw(coded, ct.Design(size=2, at_most={"'
                + column
                + '": 1}), seed="2 April 2026")',
                extract_csv=OLDER,
            )
            for column in ("wait_for_assessment", "sex")
        ),
    ),
)
