"""Who is one person, what is known of them, and which rows tell of one event."""

# ruff: noqa: E501 - a table is as wide as its cells.
from __future__ import annotations

from spec.tables import Example, Page, Section

WHO = Section(
    "Who is one person",
    "Rows are linked by LA Person Unique Identifier. Local ids whose rows carry the same valid NHS number (10 digits, "
    "the last the Modulus 11 check digit, spaces allowed) are one person, named by the first local id in text order.",
    (
        Example(
            "Two local ids with one NHS number are one person",
            "The spaces in the number do not matter. The assessment under one id counts for the person.",
            """
            | person | NHS number   | event      | end        |
            | ------ | ------------ | ---------- | ---------- |
            | 0002   | 999 000 0018 | Assessment | 20/02/2026 |
            | 0001   | 9990000018   | Request    | 21/02/2026 |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            """,
            account=(2, 2, 0, 0),
            findings=("local-ids-joined",),
        ),
        Example(
            "Links go through rows that are no event",
            "The second row has an event type that is not recognised, so it is no event; it still says who is who.",
            """
            | person | NHS number | event      |
            | ------ | ---------- | ---------- |
            | 0001   | 9990000018 | Assessment |
            | 0002   | 9990000018 | Contact    |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            """,
            account=(2, 2, 0, 0),
            findings=("unrecognised-event-type",),
        ),
        Example(
            "A number that fails its check digit links nobody",
            "Both rows stay with their local ids.",
            """
            | person | NHS number |
            | ------ | ---------- |
            | 0001   | 9990000010 |
            | 0002   | 9990000010 |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            | 0002   | eligible |
            """,
            findings=("invalid-nhs-number",),
        ),
        Example(
            "A row without a local id belongs to its NHS number",
            "It joins the person whose rows carry the number; where there is none, the number is the person's name.",
            """
            | person | NHS number | event      |
            | ------ | ---------- | ---------- |
            | 0001   | 9990000018 | Request    |
            |        | 9990000018 | Assessment |
            | NULL   | 9990000026 | Assessment |
            """,
            """
            | person     | outcome  |
            | ---------- | -------- |
            | 0001       | eligible |
            | 9990000026 | eligible |
            """,
            account=(3, 3, 0, 0),
        ),
        Example(
            "A row that names nobody is set aside and counted",
            "It has neither a local id nor a valid NHS number. A mark such as a question mark is no local id.",
            """
            | person | NHS number | event      |
            | ------ | ---------- | ---------- |
            | 0001   |            | Assessment |
            | ?      |            | Assessment |
            |        | 12345      | Assessment |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            """,
            account=(3, 1, 0, 2),
            findings=("no-usable-identifier",),
        ),
        Example(
            "Two valid NHS numbers under one local id join nobody",
            "It stays one person and is a finding. The rows of 0002, and the one with a number alone, stay apart.",
            """
            | person | NHS number | event      |
            | ------ | ---------- | ---------- |
            | 0001   | 9990000018 | Assessment |
            | 0001   | 9990000026 | Request    |
            | 0002   | 9990000018 | Request    |
            |        | 9990000026 | Request    |
            """,
            """
            | person     | outcome       |
            | ---------- | ------------- |
            | 0001       | eligible      |
            | 0002       | no_assessment |
            | 9990000026 | no_assessment |
            """,
            findings=("several-nhs-numbers",),
        ),
        Example(
            "One identifier written in several ways is one",
            "A leading apostrophe, blanks around it, full-width figures and Excel's quoting are taken off. The case of "
            "letters and a zero in front stay.",
            """
            | person   | event      |
            | -------- | ---------- |
            | AB12     | Assessment |
            | 'AB12    | Request    |
            | ＡＢ１２ | Review     |
            | ="AB12"  | Service    |
            | ab12     | Request    |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | AB12   | eligible      |
            | ab12   | no_assessment |
            """,
            account=(5, 5, 0, 0),
            findings=("identifiers-differ-in-case",),
        ),
        Example(
            "What is no identifier",
            "Zeros or nines and nothing else, an error of Excel, a number that a spreadsheet rounded, or a word for "
            "nobody. These rows are linked by their NHS number, or set aside.",
            """
            | person    | NHS number | event      |
            | --------- | ---------- | ---------- |
            | 0001      |            | Assessment |
            | 000       |            | Assessment |
            | 999999    |            | Assessment |
            | #N/A      |            | Assessment |
            | 1.23E+11  |            | Assessment |
            | TBC       |            | Assessment |
            | TBC       | 9990000018 | Assessment |
            """,
            """
            | person     | outcome  |
            | ---------- | -------- |
            | 0001       | eligible |
            | 9990000018 | eligible |
            """,
            account=(7, 2, 0, 5),
            findings=("filler-identifier", "rounded-identifier"),
        ),
        Example(
            "A final .0 goes when all of the column has it",
            "The column was read as numbers.",
            """
            | person | event      |
            | ------ | ---------- |
            | 12.0   | Assessment |
            | 13.0   | Request    |
            |        | Request    |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | 12     | eligible      |
            | 13     | no_assessment |
            """,
            account=(3, 2, 0, 1),
        ),
        Example(
            "An id with three dates of birth that do not agree is the id of nobody",
            "Each two differ in more than one of day, month and year (`placeholder_births=3`). Its rows fall back to "
            "their NHS number.",
            """
            | person | NHS number | born       | event      |
            | ------ | ---------- | ---------- | ---------- |
            | NEW    |            | 01/02/1950 | Assessment |
            | NEW    | 9990000018 | 03/04/1961 | Assessment |
            | NEW    |            | 05/06/1972 | Assessment |
            | 0002   |            | 01/02/1950 | Assessment |
            | 0002   |            | 01/02/1951 | Request    |
            | 0002   |            | 01/02/1952 | Request    |
            """,
            """
            | person     | outcome  |
            | ---------- | -------- |
            | 0002       | eligible |
            | 9990000018 | eligible |
            """,
            account=(6, 3, 1, 2),
            findings=("placeholder-identifier",),
        ),
        Example(
            "A number whose ids have births that do not agree joins none of them",
            "Day and month exchanged is agreement; so is one part that differs. A row that has only such a number is a "
            "person of its own.",
            """
            | person | NHS number | born       | event      |
            | ------ | ---------- | ---------- | ---------- |
            | 0001   | 9990000018 | 03/04/1961 | Assessment |
            | 0002   | 9990000018 | 04/03/1961 | Request    |
            | 0003   | 9990000026 | 03/04/1961 | Assessment |
            | 0004   | 9990000026 | 05/06/1972 | Request    |
            |        | 9990000026 | 05/06/1972 | Request    |
            """,
            """
            | person     | outcome       |
            | ---------- | ------------- |
            | 0001       | eligible      |
            | 0003       | eligible      |
            | 0004       | no_assessment |
            | 9990000026 | no_assessment |
            """,
            findings=("nhs-number-births-differ", "local-ids-joined"),
        ),
        Example(
            "A number outside the issued ranges, or one digit ten times, joins nobody",
            "8000000008 has a right check digit and was never issued; 9999999999 is no number at all.",
            """
            | person | NHS number | event      |
            | ------ | ---------- | ---------- |
            | 0001   | 8000000008 | Assessment |
            | 0002   | 8000000008 | Assessment |
            | 0003   | 9999999999 | Assessment |
            |        | 9999999999 | Assessment |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            | 0002   | eligible |
            | 0003   | eligible |
            """,
            account=(4, 3, 0, 1),
            findings=("nhs-number-not-issued", "invalid-nhs-number"),
        ),
        Example(
            "Rows that only an unsafe number joins, with births that do not agree, are set aside",
            "A number under more than five ids joins none (`max_ids_per_number=5`; here 1).",
            """
            | person | NHS number | born       | event      |
            | ------ | ---------- | ---------- | ---------- |
            | 0001   | 9990000018 | 03/04/1961 | Assessment |
            | 0002   | 9990000018 | 03/04/1961 | Assessment |
            |        | 9990000018 | 03/04/1961 | Assessment |
            |        | 9990000018 | 05/06/1972 | Assessment |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            | 0002   | eligible |
            """,
            account=(4, 2, 0, 2),
            findings=("nhs-number-under-many", "strangers-under-one-number"),
            reading={"max_ids_per_number": 1},
        ),
        Example(
            "Identifiers are text",
            "Leading zeros count: these are two people.",
            """
            | person | event      |
            | ------ | ---------- |
            | 0012   | Assessment |
            | 12     | Request    |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | 0012   | eligible      |
            | 12     | no_assessment |
            """,
        ),
    ),
)

LATEST = Section(
    "Latest known value",
    "For each detail of a person, over their rows with a start on or before `as_at`: a known value before an unknown "
    "or missing one; then the latest end, where open counts as latest; then the latest start; then the row whose cells "
    "sort last as text, field by field in the layout's order, so that no order of rows decides. Rows that tell of an "
    "event again are read too. This is the method that DHSC publishes for Client Level Data, but for those two.",
    (
        Example(
            "A known value before an unknown one",
            "The later rows say Unknown, nothing, and Not recorded.",
            """
            | person | support reason        | event      | start      | end        |
            | ------ | --------------------- | ---------- | ---------- | ---------- |
            | 0001   | Mental health support | Request    | 01/01/2020 | 02/01/2020 |
            | 0001   | Unknown               | Assessment | 01/02/2026 | 20/02/2026 |
            | 0001   | NULL                  | Review     | 01/03/2026 |            |
            | 0001   | Not recorded          | Review     | 02/03/2026 |            |
            """,
            """
            | person | primary_support_reason |
            | ------ | ---------------------- |
            | 0001   | Mental health support  |
            """,
        ),
        Example(
            "Then the latest end, and open is latest",
            "The service that is still open began first, and counts most.",
            """
            | person | support reason              | event      | start      | end        | service                      |
            | ------ | --------------------------- | ---------- | ---------- | ---------- | ---------------------------- |
            | 0001   | Learning disability support | Service    | 01/05/2019 |            | Long term support: Community |
            | 0001   | Mental health support       | Assessment | 01/02/2026 | 20/02/2026 |                              |
            """,
            """
            | person | primary_support_reason      |
            | ------ | --------------------------- |
            | 0001   | Learning disability support |
            """,
        ),
        Example(
            "Then the latest start",
            "Both end on one day.",
            """
            | person | support reason              | event      | start      | end        |
            | ------ | --------------------------- | ---------- | ---------- | ---------- |
            | 0001   | Learning disability support | Assessment | 03/02/2026 | 20/02/2026 |
            | 0001   | Mental health support       | Assessment | 02/02/2026 | 20/02/2026 |
            """,
            """
            | person | primary_support_reason      |
            | ------ | --------------------------- |
            | 0001   | Learning disability support |
            """,
        ),
        Example(
            "Then the row that sorts last as text",
            "Nothing else tells the two apart, and they are not one event. A finding says that they differ.",
            """
            | person | support reason              | event      |
            | ------ | --------------------------- | ---------- |
            | 0001   | Mental health support       | Assessment |
            | 0001   | Learning disability support | Review     |
            """,
            """
            | person | primary_support_reason |
            | ------ | ---------------------- |
            | 0001   | Mental health support  |
            """,
            findings=("tied-values",),
        ),
        Example(
            "Or neither, where a council asks for that",
            '`ties="unknown"`, as DHSC does.',
            """
            | person | support reason              | event      |
            | ------ | --------------------------- | ---------- |
            | 0001   | Mental health support       | Assessment |
            | 0001   | Learning disability support | Review     |
            """,
            """
            | person | primary_support_reason |
            | ------ | ---------------------- |
            | 0001   | -                      |
            """,
            rule={"ties": "unknown"},
            findings=("tied-values",),
        ),
        Example(
            "Being a carer does not hide a person's own reason",
            "Support to unpaid carer ranks below every other known reason; a refused ethnicity between undeclared and "
            "known.",
            """
            | person | support reason                           | ethnicity                        | event      | start      | end        |
            | ------ | ---------------------------------------- | -------------------------------- | ---------- | ---------- | ---------- |
            | 0001   | Mental health support                    | No data: Refused                 | Request    | 01/01/2025 | 02/01/2025 |
            | 0001   | Social support: Support to unpaid carer  | No data: Undeclared or not known | Assessment | 01/02/2026 | 20/02/2026 |
            | 0002   | Social support: Support to unpaid carer  | White: Irish                     | Assessment | 01/02/2026 | 20/02/2026 |
            | 0002   | Unknown                                  | No data: Refused                 | Review     | 01/03/2026 | 02/03/2026 |
            """,
            """
            | person | primary_support_reason                  | ethnicity        |
            | ------ | --------------------------------------- | ---------------- |
            | 0001   | Mental health support                   | No data: Refused |
            | 0002   | Social support: Support to unpaid carer | White: Irish     |
            """,
        ),
        Example(
            "A carer's row that links a person says that they have a carer",
            "Whatever their own rows say.",
            """
            | person | client       | unpaid carer | linked |
            | ------ | ------------ | ------------ | ------ |
            | 0001   | Service user | No           |        |
            | 0002   | Unpaid carer | Unknown      | 0001   |
            """,
            """
            | person | has_unpaid_carer |
            | ------ | ---------------- |
            | 0001   | Yes              |
            | 0002   | Not recorded     |
            """,
        ),
        Example(
            "What starts after the date is not known yet",
            "On the date itself it is.",
            """
            | person | support reason              | event      | start      | end        |
            | ------ | --------------------------- | ---------- | ---------- | ---------- |
            | 0001   | Mental health support       | Assessment | 01/02/2026 | 20/02/2026 |
            | 0001   | Learning disability support | Request    | 01/04/2026 |            |
            | 0002   | Mental health support       | Assessment | 01/02/2026 | 20/02/2026 |
            | 0002   | Learning disability support | Request    | 31/03/2026 |            |
            """,
            """
            | person | primary_support_reason      |
            | ------ | --------------------------- |
            | 0001   | Mental health support       |
            | 0002   | Learning disability support |
            """,
        ),
        Example(
            "Of two dates of birth the one on the latest event counts",
            "The other row tells of an older event, and would make a child of the person.",
            """
            | person | born       | event      | start      | end        |
            | ------ | ---------- | ---------- | ---------- | ---------- |
            | 0001   | 01/01/1950 | Assessment | 01/02/2026 | 20/02/2026 |
            | 0001   | 01/01/2015 | Request    | 01/01/2020 | 02/01/2020 |
            """,
            """
            | person | outcome  | age |
            | ------ | -------- | --- |
            | 0001   | eligible | 76  |
            """,
            findings=("several-dates-of-birth",),
        ),
        Example(
            "Dates of birth and death are read from all rows",
            "Also from rows that start after the date, and from rows that are no event.",
            """
            | person | born       | died       | event      | start      | end        |
            | ------ | ---------- | ---------- | ---------- | ---------- | ---------- |
            | 0001   |            |            | Assessment | 01/02/2026 | 20/02/2026 |
            | 0001   | 01/01/1950 |            | Review     | 01/05/2026 | 02/05/2026 |
            | 0002   | 01/01/1950 |            | Assessment | 01/02/2026 | 20/02/2026 |
            | 0002   |            | 30/03/2026 | Contact    |            |            |
            """,
            """
            | person | outcome  | age |
            | ------ | -------- | --- |
            | 0001   | eligible | 76  |
            | 0002   | deceased | -   |
            """,
        ),
        Example(
            "Dates that stand for none, and a death before the birth",
            "An empty text becomes 1 January 1900 in some systems, and an open end 31 December 9999. They are missing, "
            "and so is a death before the birth, but not one on its day.",
            """
            | person | born       | died       | event      | start      | end        |
            | ------ | ---------- | ---------- | ---------- | ---------- | ---------- |
            | 0001   | 01/01/1950 | 01/01/1900 | Assessment | 01/02/2026 | 20/02/2026 |
            | 0002   | 01/01/1950 | 31/12/9999 | Assessment | 01/02/2026 | 31/12/2099 |
            | 0003   | 01/01/1950 | 05/05/1940 | Assessment | 01/02/2026 | 20/02/2026 |
            | 0004   | 31/12/1899 |            | Assessment | 01/02/2026 | 20/02/2026 |
            | 0005   | 01/01/2027 | 05/05/2025 | Assessment | 01/02/2026 | 20/02/2026 |
            | 0006   | 01/01/1950 | 01/01/1950 | Assessment | 01/02/2026 | 20/02/2026 |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | 0001   | eligible      |
            | 0002   | no_assessment |
            | 0003   | eligible      |
            | 0004   | age_unknown   |
            | 0005   | deceased      |
            | 0006   | deceased      |
            """,
            findings=("filler-date", "death-before-birth"),
        ),
    ),
)

SAME = Section(
    "The same event twice",
    "Rows that agree on person, event type, start, end (not for services) and client type are one event, when they "
    "also agree on the route of access of a request, the assessment type of an assessment, or the service type and "
    "component of a service. The row of the latest submission is used, then the one with the latest end (open first), "
    "then by its outcome in DHSC's order, then one described as a conversation, then the one that sorts last as text; "
    'the others are counted. In a file with one reporting period (`duplicates="auto"`) services differ by delivery '
    "mechanism, costs and units, too.",
    (
        Example(
            "One row is used, and what only the others know is kept",
            "Of the two reasons the one on the row that sorts last is read; the blank hides neither.",
            """
            | person | support reason              |
            | ------ | --------------------------- |
            | 0001   | Mental health support       |
            | 0001   | Learning disability support |
            | 0001   | NULL                        |
            """,
            """
            | person | primary_support_reason |
            | ------ | ---------------------- |
            | 0001   | Mental health support  |
            """,
            account=(3, 1, 2, 0),
            findings=("duplicate-event", "tied-values"),
        ),
        Example(
            "The row of the latest submission is used, and a service that left the file ended with its last",
            "0001's second submission says that the assessment's outcome is Deceased, and the death counts from either. "
            "0002's service is open in the first of two submissions and in the second it is not there: it was not running "
            "when the person came home.",
            """
            | person | period from | period to  | event      | start      | end        | event outcome                    | route                   | service                      |
            | ------ | ----------- | ---------- | ---------- | ---------- | ---------- | -------------------------------- | ----------------------- | ---------------------------- |
            | 0001   | 01/04/2025  | 30/09/2025 | Assessment | 01/05/2025 | 20/05/2025 | NFA: Deceased                    |                         |                              |
            | 0001   | 01/10/2025  | 31/03/2026 | Assessment | 01/05/2025 | 20/05/2025 | NFA: Other                       |                         |                              |
            | 0002   | 01/04/2025  | 30/09/2025 | Service    | 01/05/2025 |            |                                  |                         | Long term support: Community |
            | 0002   | 01/10/2025  | 31/03/2026 | Assessment | 01/02/2026 | 20/02/2026 |                                  |                         |                              |
            | 0002   | 01/10/2025  | 31/03/2026 | Request    | 01/12/2025 | 02/12/2025 |                                  | Discharge from hospital |                              |
            """,
            """
            | person | outcome  | codes |
            | ------ | -------- | ----- |
            | 0001   | deceased | -     |
            | 0002   | eligible | -     |
            """,
            account=(5, 4, 1, 0),
            findings=("service-left-the-file",),
        ),
        Example(
            "In one submission, costs tell services apart",
            "£18.50 and 18.5 are one cost. A blank differs from any.",
            """
            | person | period from | period to  | event      | start      | end        | service                      | unit cost |
            | ------ | ----------- | ---------- | ---------- | ---------- | ---------- | ---------------------------- | --------- |
            | 0001   | 01/04/2025  | 31/03/2026 | Assessment | 01/02/2026 | 20/02/2026 |                              |           |
            | 0001   | 01/04/2025  | 31/03/2026 | Service    | 01/02/2026 |            | Long term support: Community | £18.50    |
            | 0001   | 01/04/2025  | 31/03/2026 | Service    | 01/02/2026 |            | Long term support: Community | 18.5      |
            | 0001   | 01/04/2025  | 31/03/2026 | Service    | 01/02/2026 |            | Long term support: Community | 20        |
            | 0001   | 01/04/2025  | 31/03/2026 | Service    | 01/02/2026 |            | Long term support: Community |           |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            """,
            account=(5, 4, 1, 0),
        ),
        Example(
            "Unless the file is said to be joined",
            '`duplicates="joined"`.',
            """
            | person | period from | period to  | event      | start      | end        | service                      | unit cost |
            | ------ | ----------- | ---------- | ---------- | ---------- | ---------- | ---------------------------- | --------- |
            | 0001   | 01/04/2025  | 31/03/2026 | Assessment | 01/02/2026 | 20/02/2026 |                              |           |
            | 0001   | 01/04/2025  | 31/03/2026 | Service    | 01/02/2026 |            | Long term support: Community | 18.50     |
            | 0001   | 01/04/2025  | 31/03/2026 | Service    | 01/02/2026 |            | Long term support: Community | 20        |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            """,
            account=(3, 2, 1, 0),
            reading={"duplicates": "joined"},
        ),
        Example(
            "A birth or death that only the dropped row knows is not lost",
            "The two dates are read from all rows of the person.",
            """
            | person | died       |
            | ------ | ---------- |
            | 0001   | 01/03/2026 |
            | 0001   |            |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | deceased |
            """,
            account=(2, 1, 1, 0),
        ),
        Example(
            "The end does not matter for services",
            "An end that was added later is no second service. For an assessment it is another event.",
            """
            | person | event      | start      | end        | service                      |
            | ------ | ---------- | ---------- | ---------- | ---------------------------- |
            | 0001   | Service    | 01/02/2026 |            | Long term support: Community |
            | 0001   | Service    | 01/02/2026 | 01/03/2026 | Long term support: Community |
            | 0001   | Assessment | 01/02/2026 |            |                              |
            | 0001   | Assessment | 01/02/2026 | 01/03/2026 |                              |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            """,
            account=(4, 3, 1, 0),
        ),
        Example(
            "Details by type tell events apart",
            "Another route, assessment type, component or client type: each is an event of its own.",
            """
            | person | client       | event      | route                    | assessment type       | service                      | component   |
            | ------ | ------------ | ---------- | ------------------------ | --------------------- | ---------------------------- | ----------- |
            | 0001   | Service user | Request    | Discharge from hospital  |                       |                              |             |
            | 0001   | Service user | Request    | Community / other route  |                       |                              |             |
            | 0001   | Service user | Assessment |                          | Long term assessment  |                              |             |
            | 0001   | Service user | Assessment |                          | Short term assessment |                              |             |
            | 0001   | Unpaid carer | Assessment |                          | Short term assessment |                              |             |
            | 0001   | Service user | Service    |                          |                       | Long term support: Community | Day support |
            | 0001   | Service user | Service    |                          |                       | Long term support: Community | Equipment   |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            """,
            account=(7, 7, 0, 0),
        ),
        Example(
            "Releases and ways of writing do not tell events apart",
            "Carer is Release 1 for Unpaid carer, Home support for Home support or domiciliary care; NULL is a blank.",
            """
            | person | client       | event      | assessment type | service                      | component                       |
            | ------ | ------------ | ---------- | --------------- | ---------------------------- | ------------------------------- |
            | 0001   | Unpaid carer | Assessment |                 |                              |                                 |
            | 0001   | CARER        | assessment | NULL            |                              |                                 |
            | 0001   | Service user | Service    |                 | Long Term Support: Community | Home support                    |
            | 0001   | Service user | Service    |                 | Long term support: Community | Home support / domiciliary care |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | eligible |
            """,
            account=(4, 2, 2, 0),
        ),
        Example(
            "Rows that are no event are never duplicates",
            "Their event type is not recognised, or they have no start.",
            """
            | person | event      | start      |
            | ------ | ---------- | ---------- |
            | 0001   | Contact    | 01/02/2026 |
            | 0001   | Contact    | 01/02/2026 |
            | 0001   | Assessment |            |
            | 0001   | Assessment |            |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | 0001   | no_assessment |
            """,
            account=(4, 4, 0, 0),
            findings=("unrecognised-event-type", "no-start-date"),
        ),
    ),
)

PAGE = Page(
    "one-person",
    "One person: who it is, what is known, which rows tell one event",
    "Nothing is lost silently. For every file: rows read = rows used + duplicates + rows set aside. A row is set aside "
    "when it has no usable identifier, or only a number that joins strangers. A row without content is no row.",
    (WHO, LATEST, SAME),
)
