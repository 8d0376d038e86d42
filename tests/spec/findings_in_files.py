"""Findings, with which casetrack goes on: an input that gives each, and the same mended."""

from __future__ import annotations

from spec.mistakes import Given, Mistake, given, rows
from spec.mistakes_in_files import GOOD, MAPPED, PEOPLE, READ, WITH_PEOPLE, born, dated

__all__ = ["FINDINGS"]

POOL = 'ct.find_eligible(ct.read_extract("extract.csv"), as_at="2026-03-31"{})'
CODED = 'ct.code_cohorts(ct.find_eligible(ct.read_extract("extract.csv"), as_at="2026-03-31"){})'
BOOK = """\
sheet = pd.read_csv("extract.csv", dtype=str)
with pd.ExcelWriter("extract.xlsx") as book:
    sheet.to_excel(book, sheet_name="Events", index=False)
{}ct.read_extract("extract.xlsx")
"""
TWO_PARTS = """\
parts = [Path(name).read_text(encoding="utf-8") for name in ("first.csv", "second.csv")]
Path("extract.csv").write_bytes({})
ct.read_extract("extract.csv")
"""
FIRST = rows("person,event,start,end,description", "0001,Assessment,01/02/2026,20/02/2026,Café visit")
SECOND = "0002,Assessment,01/02/2026,20/02/2026,Café visit\n"
TWO_SHEETS = """\
with pd.ExcelWriter("extract.xlsx") as book:
    pd.read_csv("extract.csv", dtype=str).to_excel(book, sheet_name="Events", index=False)
    pd.read_csv("services.csv", dtype=str).to_excel(book, sheet_name="Services", index=False)
ct.read_extract("extract.xlsx")
"""
LONG = """\
rows = pd.read_csv("extract.csv", dtype=str)
ct.read_extract(pd.concat([rows] * {0}, ignore_index=True)[:{0}])
"""
SERVICES = rows("person,event,start,end", "0001,Service,01/03/2026,")
CARERS = '[values."Event Type"]\n"Carer assessment" = "Assessment"\n'
#: Of a range that nobody is given; numbers that begin with 999 are made for tests.
NOT_ISSUED = "800 000 0008"


def of(headings: str, *lines: str, call: str = READ) -> Given:
    """A call on an extract of these rows."""
    return given(call, extract_csv=rows(headings, *lines))


def assessed(headings: str, *lines: str, call: str = READ) -> Given:
    """The same, each row an assessment that counts, the person first."""
    more = [f"{line},Assessment,01/02/2026,20/02/2026" for line in lines]
    return of(f"{headings},event,start,end", *more, call=call)


def twice(
    code: str, headings: str, wrong: tuple[str, ...], mended: tuple[str, ...], call: str = READ
) -> Mistake:
    """Assessments that give a finding, and the same without."""
    return Mistake(code, assessed(headings, *wrong, call=call), assessed(headings, *mended, call=call))


FINDINGS = (
    # How the file is written.
    Mistake(
        "longer-than-headings",
        of(
            "person,event,start,end,address,religion,other",
            "0001,Assessment,01/02/2026,20/02/2026,1 High Street,Leeds,Sikh,",
        ),
        of(
            "person,event,start,end,address,religion,other",
            '0001,Assessment,01/02/2026,20/02/2026,"1 High Street,Leeds",Sikh,',
        ),
    ),
    Mistake(
        "two-encodings",
        given(
            TWO_PARTS.format('parts[0].encode("utf-8") + parts[1].encode("cp1252")'),
            first_csv=FIRST,
            second_csv=SECOND,
        ),
        given(TWO_PARTS.format('"".join(parts).encode("utf-8")'), first_csv=FIRST, second_csv=SECOND),
    ),
    Mistake(
        "byte-order-marks",
        given(
            TWO_PARTS.format('b"".join(part.encode("utf-8-sig") for part in parts)'),
            first_csv=FIRST,
            second_csv=SECOND,
        ),
        given(TWO_PARTS.format('"".join(parts).encode("utf-8-sig")'), first_csv=FIRST, second_csv=SECOND),
    ),
    Mistake(
        "cells-joined",
        of(
            "person,event,start,end,description,client",
            "0001,Assessment,01/02/2026,20/02/2026,Home, later office,Service user",
            "0002,Assessment,01/02/2026,20/02/2026,Home,Service user",
        ),
        of(
            "person,event,start,end,description,client",
            '0001,Assessment,01/02/2026,20/02/2026,"Home, later office",Service user',
            "0002,Assessment,01/02/2026,20/02/2026,Home,Service user",
        ),
    ),
    Mistake(
        "wrong-number-of-cells",
        of(
            "person,event,start,end",
            *(f"000{i},Assessment,01/02/2026,20/02/2026" for i in range(1, 9)),
            "0009,Assessment,01/02/2026",
        ),
        of(
            "person,event,start,end",
            *(f"000{i},Assessment,01/02/2026,20/02/2026" for i in range(1, 9)),
            "0009,Assessment,01/02/2026,",
        ),
    ),
    Mistake(
        "blank-rows",
        of(
            "person,event,start,end",
            "0001,Assessment,01/02/2026,20/02/2026",
            ",,,",
            "0002,Assessment,01/02/2026,20/02/2026",
        ),
        of(
            "person,event,start,end",
            "0001,Assessment,01/02/2026,20/02/2026",
            "0002,Assessment,01/02/2026,20/02/2026",
        ),
    ),
    Mistake(
        "ends-at-a-limit",
        given(LONG.format(30_000), extract_csv=GOOD),
        given(LONG.format(30_001), extract_csv=GOOD),
    ),
    # Sheets and columns.
    Mistake(
        "hidden-rows",
        given(
            BOOK.format('    book.sheets["Events"].set_row(1, None, None, {"hidden": True})\n'),
            extract_csv=GOOD,
        ),
        given(BOOK.format(""), extract_csv=GOOD),
    ),
    Mistake(
        "several-sheets-read",
        given(TWO_SHEETS, extract_csv=GOOD, services_csv=SERVICES),
        given(BOOK.format(""), extract_csv=GOOD),
    ),
    Mistake(
        "formulas-not-calculated",
        given(
            BOOK.format('    book.sheets["Events"].write_formula(1, 3, "=DATE(2026,2,20)", None, "")\n'),
            extract_csv=GOOD,
        ),
        given(
            BOOK.format('    book.sheets["Events"].write_formula(1, 3, "=C2", None, "20/02/2026")\n'),
            extract_csv=GOOD,
        ),
    ),
    Mistake(
        "stray-cells",
        given(BOOK.format('    book.sheets["Events"].write(400_000, 0, "checked")\n'), extract_csv=GOOD),
        given(BOOK.format(""), extract_csv=GOOD),
    ),
    Mistake(
        "sheet-not-read",
        given(
            TWO_SHEETS,
            extract_csv=GOOD,
            services_csv=SERVICES.replace("LA Person Unique Identifier", "Reference"),
        ),
        given(TWO_SHEETS, extract_csv=GOOD, services_csv=SERVICES),
    ),
    Mistake(
        "hidden-sheet-not-read",
        given(
            TWO_SHEETS.replace("ct.read", '    book.sheets["Services"].hide()\nct.read', 1),
            extract_csv=GOOD,
            services_csv=SERVICES,
        ),
        given(TWO_SHEETS, extract_csv=GOOD, services_csv=SERVICES),
    ),
    Mistake(
        "columns-not-read",
        assessed("person,Sex at birth", "0001,Male"),
        assessed("person,gender", "0001,Male"),
    ),
    Mistake(
        "missing-field",
        of("person,event,start,end", "0001,Assessment,01/02/2026,20/02/2026"),
        given("council = make_council(people=60, seed=5)\nct.read_extract(council.extract)"),
    ),
    Mistake(
        "several-councils",
        assessed("person,LA Code", "0001,E09000002", "0002,E09000003"),
        assessed("person,LA Code", "0001,E09000002", "0002,E09000002"),
    ),
    # Who a row is about.
    twice("no-usable-identifier", "person", ("0001", "?"), ("0001", "0002")),
    twice("rounded-identifier", "person", ("0001", "1.2E+11"), ("0001", "120000000017")),
    twice("filler-identifier", "person", ("0001", "999999"), ("0001", "0002")),
    twice("identifiers-differ-in-case", "person", ("AB01", "ab01"), ("AB01", "AB01")),
    twice("identifiers-nearly-same", "person", ("0012", "12"), ("0012", "0012")),
    twice(
        "local-id-is-nhs-number",
        "person,NHS number",
        ("0001,999 000 0018", "9990000018,"),
        ("0001,999 000 0018", "0001,999 000 0018"),
    ),
    twice("invalid-nhs-number", "person,NHS number", ("0001,999 000 0010",), ("0001,999 000 0018",)),
    twice(
        "several-nhs-numbers",
        "person,NHS number",
        ("0001,999 000 0018", "0001,999 000 0026"),
        ("0001,999 000 0018", "0001,999 000 0018"),
    ),
    twice(
        "local-ids-joined",
        "person,NHS number",
        ("0001,999 000 0018", "0002,999 000 0018"),
        ("0001,999 000 0018", "0001,999 000 0018"),
    ),
    twice(
        "nhs-number-not-issued",
        "person,NHS number",
        (f"0001,{NOT_ISSUED}", f"0002,{NOT_ISSUED}"),
        ("0001,999 000 0018", "0002,999 000 0026"),
    ),
    twice(
        "nhs-number-under-many",
        "person,NHS number",
        tuple(f"000{i},999 000 0018" for i in range(1, 7)),
        ("0001,999 000 0018", *(f"000{i}," for i in range(2, 7))),
    ),
    twice(
        "nhs-number-births-differ",
        "person,NHS number,born",
        ("0001,999 000 0018,15/06/1970", "0002,999 000 0018,03/11/1948"),
        ("0001,999 000 0018,15/06/1970", "0002,999 000 0026,03/11/1948"),
    ),
    twice(
        "strangers-under-one-number",
        "person,NHS number,born",
        (f"0001,{NOT_ISSUED},", f",{NOT_ISSUED},15/06/1970", f",{NOT_ISSUED},03/11/1948"),
        ("0001,999 000 0018,", "0002,,15/06/1970", "0003,,03/11/1948"),
    ),
    twice(
        "placeholder-identifier",
        "person,born",
        ("0009,12/04/1955", "NEW,15/06/1970", "NEW,03/11/1948", "NEW,21/01/1985"),
        ("0009,12/04/1955", "0001,15/06/1970", "0002,03/11/1948", "0003,21/01/1985"),
    ),
    # The events.
    Mistake(
        "unrecognised-event-type",
        of(
            "person,event,start,end",
            "0001,Assessment,01/02/2026,20/02/2026",
            "0002,Case note,01/02/2026,20/02/2026",
        ),
        of(
            "person,event,start,end",
            "0001,Assessment,01/02/2026,20/02/2026",
            "0002,Review,01/02/2026,20/02/2026",
        ),
    ),
    Mistake(
        "event-after-all",
        of("person,event,start,end", "0001,Assessment,01/02/2026,20/02/2062"),
        of("person,event,start,end", "0001,Assessment,01/02/2026,20/02/2026"),
    ),
    Mistake(
        "status-not-read",
        of(
            "person,event,start,end,Step Status",
            "0001,Assessment,01/02/2026,20/02/2026,Finished",
            "0002,Assessment,01/02/2026,20/02/2026,Cancelled",
        ),
        of("person,event,start,end", "0001,Assessment,01/02/2026,20/02/2026"),
    ),
    twice(
        "event-not-done",
        "person,assessment type",
        ("0001,Care Act assessment", "0002,Care Act assessment (cancelled)"),
        ("0001,Care Act assessment",),
    ),
    Mistake(
        "duplicate-event",
        of("person,event,start,end", *["0001,Assessment,01/02/2026,20/02/2026"] * 2),
        given(READ, extract_csv=GOOD),
    ),
    Mistake(
        "service-left-the-file",
        of(
            "person,event,start,end,period from,period to",
            "0001,Service,01/02/2025,,01/01/2025,31/12/2025",
            "0002,Service,01/02/2025,,01/04/2025,31/03/2026",
        ),
        of(
            "person,event,start,end,period from,period to",
            "0001,Service,01/02/2025,30/11/2025,01/01/2025,31/12/2025",
            "0002,Service,01/02/2025,,01/04/2025,31/03/2026",
        ),
    ),
    Mistake(
        "carers-as-service-users",
        assessed("person,client,assessment type", "0001,Service user,Carer assessment"),
        assessed("person,client,assessment type", "0001,Unpaid carer,Carer assessment"),
    ),
    Mistake(
        "listed-as-another",
        given(
            MAPPED,
            extract_csv=rows("person,event,start,end,gender", "0001,Assessment,01/02/2026,20/02/2026,Male"),
            mapping_toml='[values."Gender"]\n"Male" = "Female"\n',
        ),
        given(
            MAPPED,
            extract_csv=rows("person,event,start,end,gender", "0001,Assessment,01/02/2026,20/02/2026,Male"),
            mapping_toml='[values."Gender"]\n"M" = "Male"\n',
        ),
    ),
    Mistake(
        "constant-hides-carers",
        given(
            MAPPED,
            extract_csv=rows("person,event,start,end", "0001,Carer assessment,01/02/2026,20/02/2026"),
            mapping_toml='[constants]\n"Client Type" = "Service user"\n\n' + CARERS,
        ),
        given(
            MAPPED,
            extract_csv=rows("person,event,start,end", "0001,Carer assessment,01/02/2026,20/02/2026"),
            mapping_toml='[headings]\n"Client Type" = "Event Type"\n"Event Type" = "Event Type"\n\n'
            + CARERS
            + '\n[values."Client Type"]\n"Carer assessment" = "Unpaid carer"\n',
        ),
    ),
    Mistake(
        "constant-not-used",
        *(
            given(
                MAPPED,
                extract_csv=rows(
                    "client,person,event,start,end", "Service user,0001,Assessment,01/02/2026,20/02/2026"
                ),
                mapping_toml=mapping,
            )
            for mapping in (
                '[constants]\n"Client Type" = "Service user"\n',
                '[constants]\n"LA Code" = "999"\n',
            )
        ),
    ),
    twice("unrecognised-value", "person,gender", ("0001,Mann",), ("0001,Male",)),
    # Dates.
    Mistake(
        "no-start-date",
        given(READ, extract_csv=dated("01/02/2026", "")),
        given(READ, extract_csv=dated("01/02/2026", "02/02/2026")),
    ),
    Mistake(
        "unreadable-date",
        given(READ, extract_csv=dated(*["01/02/2026"] * 9, "soon")),
        given(READ, extract_csv=dated(*["01/02/2026"] * 10)),
    ),
    Mistake(
        "filler-date",
        given(READ, extract_csv=born("15/06/1970", "01/01/1900")),
        given(READ, extract_csv=born("15/06/1970", "")),
    ),
    Mistake(
        "open-century",
        given(READ, extract_csv=born("15/06/70", "15/06/20")),
        given(READ, extract_csv=born("15/06/1970", "15/06/1920")),
    ),
    Mistake(
        "utc-midnight",
        given(READ, extract_csv=dated("2026-01-12 00:00:00", "2025-06-01 23:00:00")),
        given(READ, extract_csv=dated("2026-01-12", "2025-06-02")),
    ),
    Mistake(
        "late-hour",
        given(READ, extract_csv=dated("2025-07-14 00:00:00", "2025-06-01 23:00:00")),
        given(READ, extract_csv=dated("2025-07-14", "2025-06-01")),
    ),
    Mistake(
        "end-before-start",
        given(READ, extract_csv=dated("01/02/2026", "01/03/2026")),
        given(READ, extract_csv=dated("01/02/2026", "01/02/2026")),
    ),
    Mistake(
        "outside-reporting-period",
        assessed("person,period from,period to", "0001,01/04/2021,31/03/2022"),
        assessed("person,period from,period to", "0001,01/04/2025,31/03/2026"),
    ),
    twice(
        "death-before-birth",
        "person,born,died",
        ("0001,15/06/1970,03/05/1969",),
        ("0001,15/06/1970,03/05/2025",),
    ),
    twice(
        "several-dates-of-birth",
        "person,born",
        ("0001,15/06/1970", "0001,16/06/1970"),
        ("0001,15/06/1970", "0001,15/06/1970"),
    ),
    twice("impossible-age", "person,born", ("0001,10/06/2045",), ("0001,10/06/1945",)),
    Mistake(
        "one-birth-date-on-many",
        given(READ, extract_csv=born(*["01/01/1950"] * 21)),
        given(READ, extract_csv=born(*[""] * 21)),
    ),
    # The person-level file.
    Mistake(
        "person-file-gaps",
        given(WITH_PEOPLE, extract_csv=dated("01/02/2026", "02/02/2026"), people_csv=PEOPLE),
        given(
            WITH_PEOPLE, extract_csv=dated("01/02/2026", "02/02/2026"), people_csv=PEOPLE + "0002,Christian\n"
        ),
    ),
    Mistake(
        "person-file-no-identifier",
        given(WITH_PEOPLE, extract_csv=GOOD, people_csv=PEOPLE + ",Christian\n"),
        given(WITH_PEOPLE, extract_csv=GOOD, people_csv=PEOPLE),
    ),
    Mistake(
        "person-file-nobody",
        given(WITH_PEOPLE, extract_csv=GOOD, people_csv=PEOPLE + "0077,Christian\n"),
        given(WITH_PEOPLE, extract_csv=GOOD, people_csv=PEOPLE),
    ),
    Mistake(
        "person-file-other-birth",
        *(
            given(
                WITH_PEOPLE,
                extract_csv=rows(
                    "person,event,start,end,born", "0001,Assessment,01/02/2026,20/02/2026,15/06/1970"
                ),
                people_csv=rows("person,born", f"0001,{day}"),
            )
            for day in ("02/08/1948", "15/06/1970")
        ),
    ),
    Mistake(
        "person-file-other-value",
        *(
            given(
                WITH_PEOPLE,
                extract_csv=rows(
                    "person,event,start,end,died", "0001,Assessment,01/02/2026,20/02/2026,01/05/2026"
                ),
                people_csv=rows("person,died", f"0001,{day}"),
            )
            for day in ("01/03/2026", "01/05/2026")
        ),
    ),
    Mistake(
        "person-file-disagrees",
        *(
            given(
                WITH_PEOPLE,
                extract_csv=rows("person,event,start,end", "0001,Assessment,01/02/2026,20/02/2026"),
                people_csv=rows("person,religion", "0001,Christian", f"0001,{religion}"),
            )
            for religion in ("Muslim", "Christian")
        ),
    ),
    # The 12-month rule.
    Mistake(
        "assessments-of-nobody",
        assessed("client,person,born", ",0001,15/06/1970", call=POOL.format("")),
        assessed("client,person,born", "Service user,0001,15/06/1970", call=POOL.format("")),
    ),
    Mistake(
        "nobody-eligible",
        of(
            "client,person,born,event,start,end",
            "Service user,0001,15/06/1970,Assessment,01/02/2020,20/02/2020",
            call=POOL.format(""),
        ),
        of(
            "client,person,born,event,start,end",
            "Service user,0001,15/06/1970,Assessment,01/02/2026,20/02/2026",
            call=POOL.format(""),
        ),
    ),
    Mistake(
        "assessments-of-no-known-type",
        assessed(
            "client,person,born,assessment type", "Service user,0001,15/06/1970,Form 7", call=POOL.format("")
        ),
        assessed(
            "client,person,born,assessment type",
            "Service user,0001,15/06/1970,Long term assessment",
            call=POOL.format(""),
        ),
    ),
    Mistake(
        "conversations-not-counted",
        of(
            "client,person,born,event,start,end,description,event outcome",
            "Service user,0001,15/06/1970,Request,01/06/2025,20/06/2025,First conversation,Progress to assessment",
            call=POOL.format(""),
        ),
        of(
            "client,person,born,event,start,end,description,event outcome",
            "Service user,0001,15/06/1970,Request,01/06/2025,20/06/2025,First conversation,Progress to assessment",
            call=POOL.format(', conversations="count"'),
        ),
    ),
    Mistake(
        "tied-values",
        assessed(
            "client,person,born,gender",
            "Service user,0001,15/06/1970,Male",
            "Service user,0001,15/06/1970,Female",
            call=POOL.format(""),
        ),
        assessed(
            "client,person,born,gender",
            "Service user,0001,15/06/1970,Male",
            "Service user,0001,15/06/1970,Male",
            call=POOL.format(""),
        ),
    ),
    Mistake(
        "held-back-nobody",
        assessed(
            "client,person,born",
            "Service user,0001,15/06/1970",
            "Service user,0002,15/06/1970",
            call=POOL.format(', hold_back={"0777": "in court"}'),
        ),
        assessed(
            "client,person,born",
            "Service user,0001,15/06/1970",
            "Service user,0002,15/06/1970",
            call=POOL.format(', hold_back={"0002": "in court"}'),
        ),
    ),
    Mistake(
        "links-to-nobody",
        assessed("client,person,born,linked", "Unpaid carer,0001,15/06/1970,9", call=POOL.format("")),
        assessed(
            "client,person,born,linked",
            "Unpaid carer,0001,15/06/1970,0009",
            "Service user,0009,15/06/1970,",
            call=POOL.format(""),
        ),
    ),
    # The cohort codes.
    Mistake(
        "cohort-without-anybody",
        assessed("client,person,born", "Service user,0001,15/06/1970", call=CODED.format("")),
        given("coded"),
    ),
    Mistake(
        "override-nobody",
        *(
            given(
                CODED.format(', overrides="overrides.csv"'),
                extract_csv=rows(
                    "client,person,born,event,start,end",
                    "Service user,0001,15/06/1970,Assessment,01/02/2026,20/02/2026",
                ),
                overrides_csv=f"person_id,code,holds,reason\n{who},CT05,yes,said by the reablement team\n",
            )
            for who in ("0777", "0001")
        ),
    ),
    Mistake(
        "transition-of-older-people",
        *(
            of(
                "client,person,born,event,start,end,route",
                f"Service user,0001,{birth},Request,01/02/2026,20/02/2026,Transition from children's social care",
                f"Service user,0001,{birth},Assessment,01/02/2026,20/02/2026,",
                call=CODED.format(""),
            )
            for birth in ("15/06/1970", "15/06/2007")
        ),
    ),
)
