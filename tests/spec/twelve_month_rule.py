"""The 12-month rule: one outcome for every person."""

# ruff: noqa: E501 - a table is as wide as its cells.
from __future__ import annotations

from spec.tables import Example, Page, Section

WINDOW = Section(
    "The window",
    "The window is the 12 calendar months that end on `as_at`, that day included. A person is eligible when an "
    "Assessment of theirs, as Service user or Unpaid carer, was completed in it: it has an end in the window, not "
    "before its start.",
    (
        Example(
            "Its first and last day",
            "For 31 March 2026 the window is 1 April 2025 to 31 March 2026.",
            """
            | person | start      | end        |
            | ------ | ---------- | ---------- |
            | 0001   | 01/03/2025 | 31/03/2025 |
            | 0002   | 01/03/2025 | 01/04/2025 |
            | 0003   | 01/03/2026 | 31/03/2026 |
            | 0004   | 01/03/2026 | 01/04/2026 |
            """,
            """
            | person | outcome                |
            | ------ | ---------------------- |
            | 0001   | assessment_too_old     |
            | 0002   | eligible               |
            | 0003   | eligible               |
            | 0004   | assessment_after_as_at |
            """,
        ),
        Example(
            "A window that ends on 29 February",
            "For 29 February 2024 it is 1 March 2023 to 29 February 2024.",
            """
            | person | start      | end        |
            | ------ | ---------- | ---------- |
            | 0001   | 01/02/2023 | 28/02/2023 |
            | 0002   | 01/02/2023 | 01/03/2023 |
            | 0003   | 01/02/2024 | 29/02/2024 |
            | 0004   | 01/02/2024 | 01/03/2024 |
            """,
            """
            | person | outcome                |
            | ------ | ---------------------- |
            | 0001   | assessment_too_old     |
            | 0002   | eligible               |
            | 0003   | eligible               |
            | 0004   | assessment_after_as_at |
            """,
            as_at="2024-02-29",
        ),
        Example(
            "A window that starts after 29 February",
            "For 28 February 2025 it is 29 February 2024 to 28 February 2025.",
            """
            | person | start      | end        |
            | ------ | ---------- | ---------- |
            | 0001   | 01/02/2024 | 28/02/2024 |
            | 0002   | 01/02/2024 | 29/02/2024 |
            """,
            """
            | person | outcome            |
            | ------ | ------------------ |
            | 0001   | assessment_too_old |
            | 0002   | eligible           |
            """,
            as_at="2025-02-28",
        ),
        Example(
            "Six months as a parameter",
            "`months=6`, read on 31 August 2025: 1 March to 31 August, because 31 February is 28 February.",
            """
            | person | start      | end        |
            | ------ | ---------- | ---------- |
            | 0001   | 01/02/2025 | 28/02/2025 |
            | 0002   | 01/02/2025 | 01/03/2025 |
            """,
            """
            | person | outcome            |
            | ------ | ------------------ |
            | 0001   | assessment_too_old |
            | 0002   | eligible           |
            """,
            as_at="2025-08-31",
            rule={"months": 6},
        ),
        Example(
            "Several assessments",
            "One in the window is enough, whatever came before or comes after.",
            """
            | person | start      | end        |
            | ------ | ---------- | ---------- |
            | 0001   | 01/01/2020 | 20/01/2020 |
            | 0001   | 01/02/2026 | 20/02/2026 |
            | 0001   | 01/05/2026 | 20/05/2026 |
            | 0002   | 01/01/2020 | 20/01/2020 |
            | 0002   | 01/05/2026 | 20/05/2026 |
            """,
            """
            | person | outcome            |
            | ------ | ------------------ |
            | 0001   | eligible           |
            | 0002   | assessment_too_old |
            """,
        ),
    ),
)

COMPLETED = Section(
    "What counts as a completed assessment",
    "An event of the type Assessment with an end that is not before its start, of a kind that counts "
    "(`assessment_types`).",
    (
        Example(
            "The end and the start",
            "No end, an end that is no date, and an end before the start are not completed. One day is enough.",
            """
            | person | start      | end        |
            | ------ | ---------- | ---------- |
            | 0001   | 01/02/2026 |            |
            | 0002   | 01/02/2026 | 31/02/2026 |
            | 0003   | 21/02/2026 | 20/02/2026 |
            | 0004   | 20/02/2026 | 20/02/2026 |
            | 0005   | NULL       | 20/02/2026 |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | 0001   | no_assessment |
            | 0002   | no_assessment |
            | 0003   | no_assessment |
            | 0004   | eligible      |
            | 0005   | no_assessment |
            """,
            findings=("unreadable-date", "end-before-start", "no-start-date"),
        ),
        Example(
            "The event type",
            "A value that contains exactly one of the four words is that type, in any case.",
            """
            | person | event                     |
            | ------ | ------------------------- |
            | 0001   | Assessments               |
            | 0002   | CARE ACT ASSESSMENT       |
            | 0003   | Assessment / review       |
            | 0004   | Review                    |
            | 0005   | Contact                   |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | 0001   | eligible      |
            | 0002   | eligible      |
            | 0003   | no_assessment |
            | 0004   | no_assessment |
            | 0005   | no_assessment |
            """,
            findings=("unrecognised-event-type",),
        ),
        Example(
            "Reviews count when asked",
            "`count_reviews=True` lets a completed review count like an assessment.",
            """
            | person | event   |
            | ------ | ------- |
            | 0001   | Review  |
            | 0002   | Request |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | 0001   | eligible      |
            | 0002   | no_assessment |
            """,
            rule={"count_reviews": True},
        ),
        Example(
            "Kinds of assessment",
            "The type is read for its first match on whole words. A financial assessment, and one that is no part of "
            "Client Level Data, never count; a type that is not recognised does, with a warning.",
            """
            | person | assessment type                   |
            | ------ | --------------------------------- |
            | 0001   | Long term assessment              |
            | 0002   | Short term assessment             |
            | 0003   | Financial Assessment: Residential |
            | 0004   | Deprivation of Liberty Safeguards |
            | 0005   | Best Interests assessment         |
            | 0006   | Carers' assessment                |
            | 0007   | OT assessment                     |
            | 0008   | Blue Badge                        |
            | 0009   | Another kind                      |
            """,
            """
            | person | outcome                |
            | ------ | ---------------------- |
            | 0001   | eligible               |
            | 0002   | eligible               |
            | 0003   | assessment_not_counted |
            | 0004   | assessment_not_counted |
            | 0005   | assessment_not_counted |
            | 0006   | eligible               |
            | 0007   | eligible               |
            | 0008   | eligible               |
            | 0009   | eligible               |
            """,
            findings=("assessments-of-no-known-type", "carers-as-service-users"),
        ),
        Example(
            "Only some kinds, as a parameter",
            '`assessment_types=("long term", "carer")`. The later reasons look at counted ones only.',
            """
            | person | assessment type       | start      | end        |
            | ------ | --------------------- | ---------- | ---------- |
            | 0001   | Long term assessment  | 01/02/2026 | 20/02/2026 |
            | 0002   | Short term assessment | 01/02/2026 | 20/02/2026 |
            | 0003   | Blue Badge            | 01/02/2026 | 20/02/2026 |
            | 0004   | Long term assessment  | 01/02/2024 | 20/02/2024 |
            | 0004   | Short term assessment | 01/02/2026 | 20/02/2026 |
            """,
            """
            | person | outcome                |
            | ------ | ---------------------- |
            | 0001   | eligible               |
            | 0002   | assessment_not_counted |
            | 0003   | assessment_not_counted |
            | 0004   | assessment_too_old     |
            """,
            rule={"assessment_types": ("long term", "carer")},
        ),
        Example(
            "Conversations recorded as requests are reported",
            "A Request that ended in the window, led on, and is described as a conversation. It does not count.",
            """
            | person | event   | start      | end        | event outcome                            | description    |
            | ------ | ------- | ---------- | ---------- | ---------------------------------------- | -------------- |
            | 0001   | Request | 01/06/2025 | 20/06/2025 | Progress to support planning or services | Conversation 1 |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | 0001   | no_assessment |
            """,
            findings=("conversations-not-counted",),
        ),
        Example(
            "Or they count, where a council says so",
            '`conversations="count"`: when they started before 1 July 2025 (`conversations_until`).',
            """
            | person | event   | start      | end        | event outcome                            | description         |
            | ------ | ------- | ---------- | ---------- | ---------------------------------------- | ------------------- |
            | 0001   | Request | 30/06/2025 | 20/07/2025 | Progress to support planning or services | first CONVERSATION  |
            | 0002   | Request | 01/07/2025 | 20/07/2025 | Progress to support planning or services | first conversation  |
            | 0003   | Request | 30/06/2025 | 20/07/2025 | NFA: Information and advice              | first conversation  |
            | 0004   | Request | 30/06/2025 | 20/07/2025 | Progress to support planning or services | telephone call      |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | 0001   | eligible      |
            | 0002   | no_assessment |
            | 0003   | no_assessment |
            | 0004   | no_assessment |
            """,
            rule={"conversations": "count"},
        ),
        Example(
            "Whose assessment",
            "As Service user or Unpaid carer (Carer in Release 1). An assessment without a client type is nobody's.",
            """
            | person | client       |
            | ------ | ------------ |
            | 0001   | Service user |
            | 0002   | Unpaid carer |
            | 0003   | Carer        |
            | 0004   |              |
            """,
            """
            | person | outcome       |
            | ------ | ------------- |
            | 0001   | eligible      |
            | 0002   | eligible      |
            | 0003   | eligible      |
            | 0004   | no_assessment |
            """,
        ),
    ),
)

REASONS = Section(
    "The reasons, in order",
    "Everyone who is not eligible is left out for one reason, the first that holds in the order of this section.",
    (
        Example(
            "`known_by_association`: every row says so",
            "One row as Service user is enough to be looked at further.",
            """
            | person | client                            | event      |
            | ------ | --------------------------------- | ---------- |
            | 0001   | Unpaid carer known by association | Assessment |
            | 0002   | Carer known by association        | Assessment |
            | 0003   | Unpaid carer known by association | Request    |
            | 0003   | Service user                      | Assessment |
            | 0004   | Unpaid carer known by association | Assessment |
            | 0004   | Service user                      | Request    |
            """,
            """
            | person | outcome              |
            | ------ | -------------------- |
            | 0001   | known_by_association |
            | 0002   | known_by_association |
            | 0003   | eligible             |
            | 0004   | no_assessment        |
            """,
        ),
        Example(
            "`deceased`: on or before the date",
            "By the Date of Death, or by an event that ended on or before the date with the outcome NFA: Deceased.",
            """
            | person | died       | event      | end        | event outcome  |
            | ------ | ---------- | ---------- | ---------- | -------------- |
            | 0001   | 31/03/2026 | Assessment | 20/02/2026 |                |
            | 0002   | 01/04/2026 | Assessment | 20/02/2026 |                |
            | 0003   |            | Assessment | 20/02/2026 | NFA - Deceased |
            | 0004   |            | Assessment | 20/02/2026 |                |
            | 0004   |            | Review     | 31/03/2026 | NFA: Deceased  |
            | 0005   |            | Assessment | 20/02/2026 |                |
            | 0005   |            | Review     | 01/04/2026 | NFA: Deceased  |
            | 0006   |            | Assessment | 20/02/2026 |                |
            | 0006   |            | Review     |            | NFA: Deceased  |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | deceased |
            | 0002   | eligible |
            | 0003   | deceased |
            | 0004   | deceased |
            | 0005   | eligible |
            | 0006   | eligible |
            """,
        ),
        Example(
            "`age_unknown`: no date of birth, or one that cannot be",
            "None, one after the date, or an age over 120. Age is in completed years.",
            """
            | person | born       |
            | ------ | ---------- |
            | 0001   | NULL       |
            | 0002   | 01/04/2026 |
            | 0003   | 31/03/1905 |
            | 0004   | 01/04/1905 |
            | 0005   | 31/02/1980 |
            """,
            """
            | person | outcome     | age |
            | ------ | ----------- | --- |
            | 0001   | age_unknown | -   |
            | 0002   | age_unknown | -   |
            | 0003   | age_unknown | -   |
            | 0004   | eligible    | 120 |
            | 0005   | age_unknown | -   |
            """,
        ),
        Example(
            "`under_18`: on the date",
            "The eighteenth birthday counts.",
            """
            | person | born       |
            | ------ | ---------- |
            | 0001   | 01/04/2008 |
            | 0002   | 31/03/2008 |
            | 0003   | 31/03/2026 |
            """,
            """
            | person | outcome  | age |
            | ------ | -------- | --- |
            | 0001   | under_18 | -   |
            | 0002   | eligible | 18  |
            | 0003   | under_18 | -   |
            """,
        ),
        Example(
            "Born on 29 February",
            "In a year without one, a year older on 1 March.",
            """
            | person | born       | start      | end        |
            | ------ | ---------- | ---------- | ---------- |
            | 0001   | 29/02/2008 | 01/02/2026 | 20/02/2026 |
            | 0002   | 28/02/2008 | 01/02/2026 | 20/02/2026 |
            """,
            """
            | person | outcome  |
            | ------ | -------- |
            | 0001   | under_18 |
            | 0002   | eligible |
            """,
            as_at="2026-02-28",
        ),
        Example(
            "Born on 29 February, a day later",
            "The same person on 1 March.",
            """
            | person | born       | start      | end        |
            | ------ | ---------- | ---------- | ---------- |
            | 0001   | 29/02/2008 | 01/02/2026 | 20/02/2026 |
            """,
            """
            | person | outcome  | age |
            | ------ | -------- | --- |
            | 0001   | eligible | 18  |
            """,
            as_at="2026-03-01",
        ),
        Example(
            "`no_assessment`, `assessment_not_counted`, `assessment_after_as_at`, `assessment_too_old`",
            "None completed at all; none of a counted kind; only after the date; none in the window and the latest "
            "before it.",
            """
            | person | event      | assessment type      | start      | end        |
            | ------ | ---------- | -------------------- | ---------- | ---------- |
            | 0001   | Request    |                      | 01/02/2026 | 20/02/2026 |
            | 0002   | Assessment | Financial assessment | 01/04/2026 | 20/04/2026 |
            | 0003   | Assessment | Long term assessment | 01/04/2026 | 20/04/2026 |
            | 0003   | Assessment | Financial assessment | 01/02/2026 | 20/02/2026 |
            | 0004   | Assessment | Long term assessment | 01/02/2024 | 20/02/2024 |
            """,
            """
            | person | outcome                |
            | ------ | ---------------------- |
            | 0001   | no_assessment          |
            | 0002   | assessment_not_counted |
            | 0003   | assessment_after_as_at |
            | 0004   | assessment_too_old     |
            """,
        ),
        Example(
            "`held_back`: on the council's own list",
            "By local id or NHS number. It is the last reason: who is left out for another keeps that one.",
            """
            | person | NHS number | born       |
            | ------ | ---------- | ---------- |
            | 0001   |            | 01/01/1990 |
            | 0002   | 9990000018 | 01/01/1990 |
            | 0003   |            | 01/01/2015 |
            | 0004   |            | 01/01/1990 |
            """,
            """
            | person | outcome   |
            | ------ | --------- |
            | 0001   | held_back |
            | 0002   | held_back |
            | 0003   | under_18  |
            | 0004   | eligible  |
            """,
            rule={"hold_back": {"0001": "in court", "999 000 0018": "in hospital", "0003": "in court"}},
        ),
        Example(
            "The first reason that holds",
            "Each person has this reason and every one below it.",
            """
            | person | client                            | died       | born       | event      | end        |
            | ------ | --------------------------------- | ---------- | ---------- | ---------- | ---------- |
            | 0001   | Unpaid carer known by association | 01/01/2026 |            | Request    | 20/02/2026 |
            | 0002   | Service user                      | 01/01/2026 |            | Request    | 20/02/2026 |
            | 0003   | Service user                      |            | 01/01/2027 | Request    | 20/02/2026 |
            | 0004   | Service user                      |            | 01/01/2020 | Request    | 20/02/2026 |
            """,
            """
            | person | outcome              |
            | ------ | -------------------- |
            | 0001   | known_by_association |
            | 0002   | deceased             |
            | 0003   | age_unknown          |
            | 0004   | under_18             |
            """,
            rule={"hold_back": {"0001": "asked", "0002": "asked", "0003": "asked", "0004": "asked"}},
        ),
    ),
)

PAGE = Page(
    "twelve-month-rule",
    "The 12-month rule",
    "Everyone on the list must have received an assessment within the last 12 months (briefing note of 9 April 2024). "
    "`find_eligible` gives every person of the extract one outcome, read on `as_at`; by default the Reporting Period "
    "End Date of the file, when the file has just one.",
    (WINDOW, COMPLETED, REASONS),
)
