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
    "or missing one; then the latest end, where open counts as latest; then the latest start; then the later row. "
    "This is the method that DHSC publishes for Client Level Data.",
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
            "Then the later row of the file",
            "Nothing else tells the two apart, and they are not one event.",
            """
            | person | support reason              | event      |
            | ------ | --------------------------- | ---------- |
            | 0001   | Mental health support       | Assessment |
            | 0001   | Learning disability support | Review     |
            """,
            """
            | person | primary_support_reason      |
            | ------ | --------------------------- |
            | 0001   | Learning disability support |
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
            "The later row of the file tells of an older event, and would make a child of the person.",
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
    ),
)

SAME = Section(
    "The same event twice",
    "Rows that agree on person, event type, start, end (not for services) and client type are one event, when they "
    "also agree on the route of access of a request, the assessment type of an assessment, or the service type and "
    "component of a service. The later row of the file is used, the others are counted.",
    (
        Example(
            "The later row is used",
            "What the earlier one says of the person is not.",
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
            | 0001   | -                      |
            """,
            account=(3, 1, 2, 0),
            findings=("duplicate-event",),
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
    "Nothing is lost silently. For every file: rows read = rows used + duplicates + rows set aside. Only a row without "
    "a usable identifier is set aside.",
    (WHO, LATEST, SAME),
)
