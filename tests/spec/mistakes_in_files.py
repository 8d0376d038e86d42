"""Mistakes in the files that are read: extract, person-level file and mapping."""

from __future__ import annotations

from spec.mistakes import Given, Mistake, given, rows

__all__ = ["MISTAKES"]

READ = 'ct.read_extract("extract.csv")'
MAPPED = 'ct.read_extract("extract.csv", mapping="mapping.toml")'
WITH_PEOPLE = 'ct.read_extract("extract.csv", people="people.csv")'
GOOD = rows("person,event,start,end", "0001,Assessment,01/02/2026,20/02/2026")
OWN = rows("person,event,Begun,end", "0001,Assessment,01/02/2026,20/02/2026")
OWN_TOML = '[headings]\n"Event Start Date" = "Begun"\n'
SEMICOLONS = GOOD.replace(",", ";")
PEOPLE = rows("person,religion", "0001,Muslim")
WORKBOOK = 'pd.read_csv("extract.csv", dtype=str).to_excel("{}", sheet_name="Events", index=False)\n'
HIDDEN = """\
with pd.ExcelWriter("extract.xlsx") as book:
    pd.DataFrame().to_excel(book, sheet_name="Notes", index=False)
    pd.read_csv("extract.csv", dtype=str).to_excel(book, sheet_name="Events", index=False)
"""


def dated(*starts: str) -> str:
    """An extract with these start dates."""
    return rows(
        "person,event,start,end",
        *(f"{i:04},Assessment,{start},20/02/2026" for i, start in enumerate(starts, 1)),
    )


def born(*days: str) -> str:
    """An extract with these dates of birth."""
    return rows(
        "person,born,event,start,end",
        *(f"000{i},{day},Assessment,01/02/2026,20/02/2026" for i, day in enumerate(days, 1)),
    )


def mapped(wrong: str, mended: str, extract: str = GOOD) -> tuple[Given, Given]:
    """An extract with a mapping that is wrong, and with the same mended."""
    return (
        given(MAPPED, extract_csv=extract, mapping_toml=wrong),
        given(MAPPED, extract_csv=extract, mapping_toml=mended),
    )


MISTAKES = (
    Mistake(
        "cannot-open", given('ct.read_extract("extrct.csv")', extract_csv=GOOD), given(READ, extract_csv=GOOD)
    ),
    Mistake(
        "duplicates",
        given('ct.read_extract("extract.csv", duplicates="Single")', extract_csv=GOOD),
        given('ct.read_extract("extract.csv", duplicates="single")', extract_csv=GOOD),
    ),
    Mistake("empty-file", given(READ, extract_csv=GOOD.split("\n")[0]), given(READ, extract_csv=GOOD)),
    Mistake(
        "events-before-2000",
        given(READ, extract_csv=dated("15/06/1970", "02/11/1948")),
        given(READ, extract_csv=dated("01/02/2026", "02/02/2026")),
    ),
    Mistake(
        "exchanged-days",
        given(
            READ,
            extract_csv=dated(
                *(f"2025-03-0{day}" for day in range(1, 6)), *(f"1{day}/03/2025" for day in range(3, 8))
            ),
        ),
        given(
            READ,
            extract_csv=dated(
                *(f"03/0{day}/2025" for day in range(1, 6)), *(f"1{day}/03/2025" for day in range(3, 8))
            ),
        ),
    ),
    Mistake(
        "headings-again",
        given(
            READ, extract_csv=GOOD + rows("event,person,start,end", "Assessment,0002,01/02/2026,20/02/2026")
        ),
        given(
            READ, extract_csv=GOOD + rows("person,event,start,end", "0002,Assessment,01/02/2026,20/02/2026")
        ),
    ),
    Mistake(
        "mapped-file-missing",
        *mapped('[[files]]\nname = "assesments.csv"\n', '[[files]]\nname = "extract.csv"\n'),
    ),
    Mistake(
        "mapped-heading-missing",
        *mapped(
            '[headings]\nGender = "Sex at birth"\n',
            '[headings]\nGender = "Sex"\n',
            rows("person,event,start,end,Sex", "0001,Assessment,01/02/2026,20/02/2026,Male"),
        ),
    ),
    Mistake(
        "mapping-date-ambiguous",
        *mapped(
            '[dates]\n"Event Start Date" = ["DD/MM/YYYY", "MM/DD/YYYY"]\n',
            '[dates]\n"Event Start Date" = ["DD/MM/YYYY"]\n',
        ),
    ),
    Mistake(
        "mapping-date-format",
        *mapped(
            '[dates]\n"Event Start Date" = ["day/month/year"]\n',
            '[dates]\n"Event Start Date" = ["DD/MM/YYYY"]\n',
        ),
    ),
    Mistake("mapping-encoding", *mapped('[file]\nencoding = "ANSI text"\n', '[file]\nencoding = "cp1252"\n')),
    Mistake("mapping-field", *mapped('[headings]\n"Event Begin" = "Begun"\n', OWN_TOML, OWN)),
    Mistake(
        "mapping-file-twice",
        *mapped(
            '[[files]]\nname = "extract.csv"\n\n[[files]]\nname = "extract.csv"\n',
            '[[files]]\nname = "extract.csv"\n',
        ),
    ),
    Mistake(
        "mapping-kind",
        given('ct.read_extract("extract.csv", mapping=["Begun"])', extract_csv=OWN),
        given(
            'ct.read_extract("extract.csv", mapping={"headings": {"Event Start Date": "Begun"}})',
            extract_csv=OWN,
        ),
    ),
    Mistake("mapping-layout", *mapped('[heading]\n"Event Start Date" = "Begun"\n', OWN_TOML, OWN)),
    Mistake(
        "mapping-missing",
        given(MAPPED, extract_csv=OWN),
        given(MAPPED, extract_csv=OWN, mapping_toml=OWN_TOML),
    ),
    Mistake("mapping-not-toml", *mapped('[headings]\n"Event Start Date" = Begun\n', OWN_TOML, OWN)),
    Mistake(
        "mapping-separator",
        *mapped('[file]\nseparator = "semicolon"\n', '[file]\nseparator = ";"\n', SEMICOLONS),
    ),
    Mistake("mapping-turned", *mapped('[headings]\n"Begun" = "Event Start Date"\n', OWN_TOML, OWN)),
    Mistake(
        "mapping-twice",
        *mapped('[headings]\n"Event Start Date" = "Begun"\n"Event End Date" = "Begun"\n', OWN_TOML, OWN),
    ),
    Mistake(
        "mapping-wrong-kind",
        *mapped('[dates]\nGender = ["DD/MM/YYYY"]\n', '[dates]\n"Event Start Date" = ["DD/MM/YYYY"]\n'),
    ),
    Mistake(
        "mixed-dates",
        given(READ, extract_csv=dated("01/02/2026", "2026-02-02", "03/02/2026")),
        given(READ, extract_csv=dated("01/02/2026", "02/02/2026", "03/02/2026")),
    ),
    Mistake(
        "month-first-dates",
        given(READ, extract_csv=dated("02/01/2026", "02/25/2026")),
        given(
            MAPPED,
            extract_csv=dated("02/01/2026", "02/25/2026"),
            mapping_toml='[dates]\n"Event Start Date" = ["MM/DD/YYYY"]\n',
        ),
    ),
    Mistake(
        "no-dates",
        given(READ, extract_csv=rows("person,event,Begun,Done", "0001,Assessment,01/02/2026,20/02/2026")),
        given(
            MAPPED,
            extract_csv=rows("person,event,Begun,Done", "0001,Assessment,01/02/2026,20/02/2026"),
            mapping_toml='[headings]\n"Event Start Date" = "Begun"\n"Event End Date" = "Done"\n',
        ),
    ),
    Mistake(
        "no-event-type",
        given(READ, extract_csv=rows("person,event,start,end", "0001,Form 7,01/02/2026,20/02/2026")),
        given(
            MAPPED,
            extract_csv=rows("person,event,start,end", "0001,Form 7,01/02/2026,20/02/2026"),
            mapping_toml='[values."Event Type"]\n"Form 7" = "Assessment"\n',
        ),
    ),
    Mistake(
        "no-identifier",
        given(READ, extract_csv=rows("Client,event,start,end", "0001,Assessment,01/02/2026,20/02/2026")),
        given(
            MAPPED,
            extract_csv=rows("Client,event,start,end", "0001,Assessment,01/02/2026,20/02/2026"),
            mapping_toml='[headings]\n"LA Person Unique Identifier" = "Client"\n',
        ),
    ),
    Mistake(
        "no-source", given("ct.read_extract([])"), given('ct.read_extract(["extract.csv"])', extract_csv=GOOD)
    ),
    Mistake(
        "no-such-sheet",
        given(
            WORKBOOK.format("extract.xlsx")
            + 'ct.read_extract("extract.xlsx", mapping={"file": {"sheet": "Assessments"}})',
            extract_csv=GOOD,
        ),
        given(
            WORKBOOK.format("extract.xlsx")
            + 'ct.read_extract("extract.xlsx", mapping={"file": {"sheet": "Events"}})',
            extract_csv=GOOD,
        ),
    ),
    Mistake(
        "no-visible-sheet",
        *(
            given(
                HIDDEN + f'    book.sheets["{sheet}"].hide()\nct.read_extract("extract.xlsx")',
                extract_csv=GOOD,
            )
            for sheet in ("Events", "Notes")
        ),
    ),
    Mistake(
        "not-what-it-says",
        given('ct.read_extract("extract.xlsx")', extract_xlsx=GOOD),
        given(READ, extract_csv=GOOD),
    ),
    Mistake(
        "person-file-columns",
        given(WITH_PEOPLE, extract_csv=GOOD, people_csv="Client,Faith\n0001,Muslim\n"),
        given(WITH_PEOPLE, extract_csv=GOOD, people_csv=PEOPLE),
    ),
    Mistake(
        "person-file-two-people",
        *(
            given(
                WITH_PEOPLE,
                extract_csv=rows(
                    "person,NHS number,event,start,end",
                    "0001,999 000 0018,Assessment,01/02/2026,20/02/2026",
                    "0002,,Assessment,01/02/2026,20/02/2026",
                ),
                people_csv=rows("person,NHS number,religion", f"{who},999 000 0018,Muslim"),
            )
            for who in ("0002", "0001")
        ),
    ),
    Mistake(
        "rows-do-not-fit",
        given(
            READ,
            extract_csv=rows(
                "person,ethnicity,event,start,end,description",
                *(f"000{i},White, British,Assessment,01/02/2026,20/02/2026,visit, call" for i in range(1, 5)),
            ),
        ),
        given(
            READ,
            extract_csv=rows(
                "person,ethnicity,event,start,end,description",
                *(
                    f'000{i},"White, British",Assessment,01/02/2026,20/02/2026,"visit, call"'
                    for i in range(1, 5)
                ),
            ),
        ),
    ),
    Mistake("source-kind", given("ct.read_extract(5)"), given(READ, extract_csv=GOOD)),
    Mistake(
        "two-columns-one-field",
        given(
            READ,
            extract_csv=rows(
                "person,event,start,Event Start Date,end", "0001,Assessment,01/02/2026,03/02/2026,20/02/2026"
            ),
        ),
        given(
            READ,
            extract_csv=rows(
                "person,event,start,Allocated,end", "0001,Assessment,01/02/2026,03/02/2026,20/02/2026"
            ),
        ),
    ),
    Mistake(
        "unclosed-quote",
        given(
            READ,
            extract_csv=rows(
                "person,event,start,end,description",
                '0001,Assessment,01/02/2026,20/02/2026,"visit',
                "0002,Assessment,02/02/2026,21/02/2026,call",
                "0003,Assessment,02/02/2026,21/02/2026,call",
            ),
        ),
        given(
            READ,
            extract_csv=rows(
                "person,event,start,end,description",
                '0001,Assessment,01/02/2026,20/02/2026,"visit"',
                "0002,Assessment,02/02/2026,21/02/2026,call",
                "0003,Assessment,02/02/2026,21/02/2026,call",
            ),
        ),
    ),
    Mistake(
        "unknown-date-form",
        given(READ, extract_csv=born("June of 1970", "May of 1941", "May of 1938")),
        given(READ, extract_csv=born("15/06/1970", "03/05/1941", "19/05/1938")),
    ),
    Mistake(
        "unknown-kind",
        given('ct.read_extract("extract.doc")', extract_doc=GOOD),
        given(READ, extract_csv=GOOD),
    ),
    Mistake(
        "unreadable-column",
        *(
            given(
                f'pd.read_csv("extract.csv", dtype=str).assign(**{{"Event Type": {cell}}}).to_parquet("extract.parquet")\nct.read_extract("extract.parquet")',
                extract_csv=GOOD,
            )
            for cell in ('[b"\\xff"]', '["Assessment"]')
        ),
    ),
    Mistake(
        "unreadable-csv",
        *(
            given(
                f'Path("extract.csv").write_bytes(Path("extract.csv").read_text("utf-8").encode("cp1252"))\nct.read_extract("extract.csv", mapping={{"file": {{"encoding": "{name}"}}}})',
                extract_csv=GOOD.replace("0001", "Zoë"),
            )
            for name in ("utf-8", "cp1252")
        ),
    ),
    Mistake("unreadable-text", *mapped('[file]\nencoding = "utf-16"\n', '[file]\nencoding = "utf-8"\n')),
    Mistake(
        "years-not-dates",
        given(READ, extract_csv=dated("2026", "2025")),
        given(READ, extract_csv=dated("01/02/2026", "02/02/2025")),
    ),
)
