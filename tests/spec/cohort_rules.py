"""The cohort codes, each with the evidence that makes it hold."""

# ruff: noqa: E501 - a table is as wide as its cells.
from __future__ import annotations

from spec.tables import Example, Page, Section

CT01 = Section(
    "CT01, older people",
    "Aged 65 or over on `as_at` (`older_from=65`).",
    (
        Example(
            "The 65th birthday counts",
            "Who turns 65 a day after the date is 64 on it.",
            """
            | person | born       |
            | ------ | ---------- |
            | 0001   | 31/03/1961 |
            | 0002   | 01/04/1961 |
            """,
            """
            | person | codes | evidence            |
            | ------ | ----- | ------------------- |
            | 0001   | CT01  | aged 65, 65 or over |
            | 0002   | -     | -                   |
            """,
            code="CT01",
        ),
        Example(
            "Another age as a parameter",
            "`older_from=60`.",
            """
            | person | born       |
            | ------ | ---------- |
            | 0001   | 31/03/1966 |
            | 0002   | 01/04/1966 |
            """,
            """
            | person | evidence            |
            | ------ | ------------------- |
            | 0001   | aged 60, 60 or over |
            | 0002   | -                   |
            """,
            code="CT01",
            coding={"older_from": 60},
        ),
    ),
)

CT02 = Section(
    "CT02, young people who have transitioned to adult services",
    "Aged 18 to 25 (`transition_max_age=25`), and a Request with a transition route that started in the 24 months up "
    "to `as_at` (`transition_months=24`), or the optional column Transitioned from children's services says yes.",
    (
        Example(
            "Age and request",
            "25 until the day before the 26th birthday; the request from the day after `as_at` minus 24 months.",
            """
            | person | born       | event      | start      | end        | route                       |
            | ------ | ---------- | ---------- | ---------- | ---------- | --------------------------- |
            | 0001   | 01/04/2000 | Assessment | 01/02/2026 | 20/02/2026 |                             |
            | 0001   | 01/04/2000 | Request    | 01/04/2024 | 02/04/2024 | Planned entry (transition)  |
            | 0002   | 31/03/2000 | Assessment | 01/02/2026 | 20/02/2026 |                             |
            | 0002   | 31/03/2000 | Request    | 01/04/2024 | 02/04/2024 | Planned entry (transition)  |
            | 0003   | 01/04/2000 | Assessment | 01/02/2026 | 20/02/2026 |                             |
            | 0003   | 01/04/2000 | Request    | 31/03/2024 | 02/04/2024 | Planned entry (transition)  |
            | 0004   | 01/04/2000 | Assessment | 01/02/2026 | 20/02/2026 |                             |
            | 0004   | 01/04/2000 | Request    | 31/03/2026 |            | Planned Entry - transition  |
            | 0005   | 01/04/2000 | Assessment | 01/02/2026 | 20/02/2026 |                             |
            | 0005   | 01/04/2000 | Request    | 01/04/2026 |            | Planned entry (transition)  |
            """,
            """
            | person | codes | evidence                                                              |
            | ------ | ----- | --------------------------------------------------------------------- |
            | 0001   | CT02  | aged 25; Request with a transition route started 01/04/2024 (row 2)   |
            | 0002   | -     | -                                                                     |
            | 0003   | -     | -                                                                     |
            | 0004   | CT02  | aged 25; Request with a transition route started 31/03/2026 (row 8)   |
            | 0005   | -     | -                                                                     |
            """,
            code="CT02",
        ),
        Example(
            "Only a request tells",
            "The route on a row of another event type is not read, and other routes are no transition.",
            """
            | person | born       | event      | route                      |
            | ------ | ---------- | ---------- | -------------------------- |
            | 0001   | 01/01/2005 | Assessment | Planned entry (transition) |
            | 0002   | 01/01/2005 | Assessment |                            |
            | 0002   | 01/01/2005 | Request    | Community / other route    |
            | 0003   | 01/01/2005 | Assessment |                            |
            | 0003   | 01/01/2005 | Request    | Transition from children's |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | -     |
            | 0002   | -     |
            | 0003   | CT02  |
            """,
            findings=("unrecognised-value",),
        ),
        Example(
            "The optional column",
            "The latest known value counts, and the age still matters.",
            """
            | person | born       | transitioned |
            | ------ | ---------- | ------------ |
            | 0001   | 01/01/2005 | Yes          |
            | 0002   | 01/01/2005 | No           |
            | 0003   | 01/01/1990 | Yes          |
            | 0004   | 01/01/2005 | Not known    |
            """,
            """
            | person | codes | evidence                                            |
            | ------ | ----- | --------------------------------------------------- |
            | 0001   | CT02  | aged 21; Transitioned from children's services: Yes |
            | 0002   | -     | -                                                   |
            | 0003   | -     | -                                                   |
            | 0004   | -     | -                                                   |
            """,
            code="CT02",
        ),
        Example(
            "A first service about the 18th birthday, as a parameter",
            "`transition_proxy=True`: within six months of it, before or after.",
            """
            | person | born       | event      | start      | end        | service                      |
            | ------ | ---------- | ---------- | ---------- | ---------- | ---------------------------- |
            | 0001   | 01/04/2005 | Assessment | 01/02/2026 | 20/02/2026 |                              |
            | 0001   | 01/04/2005 | Service    | 01/10/2023 |            | Long term support: Community |
            | 0002   | 01/04/2005 | Assessment | 01/02/2026 | 20/02/2026 |                              |
            | 0002   | 01/04/2005 | Service    | 02/10/2023 |            | Long term support: Community |
            | 0003   | 01/04/2005 | Assessment | 01/02/2026 | 20/02/2026 |                              |
            | 0003   | 01/04/2005 | Service    | 01/10/2022 |            | Long term support: Community |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | CT02  |
            | 0002   | -     |
            | 0003   | CT02  |
            """,
            coding={"transition_proxy": True},
        ),
        Example(
            "Born on 29 February, and the first of several services",
            "18 is reached on 1 March where the year has no 29 February; later services do not count.",
            """
            | person | born       | event      | start      | end        | service                      |
            | ------ | ---------- | ---------- | ---------- | ---------- | ---------------------------- |
            | 0001   | 29/02/2004 | Assessment | 01/02/2026 | 20/02/2026 |                              |
            | 0001   | 29/02/2004 | Service    | 01/09/2022 |            | Long term support: Community |
            | 0002   | 29/02/2004 | Assessment | 01/02/2026 | 20/02/2026 |                              |
            | 0002   | 29/02/2004 | Service    | 02/09/2022 |            | Long term support: Community |
            | 0003   | 29/02/2004 | Assessment | 01/02/2026 | 20/02/2026 |                              |
            | 0003   | 29/02/2004 | Service    | 31/08/2021 | 01/09/2021 | Long term support: Community |
            | 0003   | 29/02/2004 | Service    | 01/03/2022 |            | Long term support: Community |
            | 0004   | 29/02/2004 | Assessment | 01/02/2026 | 20/02/2026 |                              |
            | 0004   | 29/02/2004 | Service    | 01/09/2021 | 30/09/2021 | Long term support: Community |
            | 0004   | 29/02/2004 | Service    | 01/06/2024 |            | Long term support: Community |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | CT02  |
            | 0002   | -     |
            | 0003   | -     |
            | 0004   | CT02  |
            """,
            coding={"transition_proxy": True},
        ),
        Example(
            "Both parameters",
            "`transition_max_age=30`, `transition_months=6`.",
            """
            | person | born       | event      | start      | end        | route                      |
            | ------ | ---------- | ---------- | ---------- | ---------- | -------------------------- |
            | 0001   | 01/04/1995 | Assessment | 01/02/2026 | 20/02/2026 |                            |
            | 0001   | 01/04/1995 | Request    | 01/10/2025 | 02/10/2025 | Planned entry (transition) |
            | 0002   | 01/04/1995 | Assessment | 01/02/2026 | 20/02/2026 |                            |
            | 0002   | 01/04/1995 | Request    | 30/09/2025 | 02/10/2025 | Planned entry (transition) |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | CT02  |
            | 0002   | -     |
            """,
            coding={"transition_max_age": 30, "transition_months": 6},
        ),
    ),
)

CT03 = Section(
    "CT03, people who have recently come out of hospital and are receiving care",
    "A Request with the route discharge from hospital that started in the 6 months up to `as_at` "
    "(`discharge_months=6`), and a Service in the group Short term or Long term support that started on or after that "
    "request's start and on or before `as_at`; or a Long term service that began before the request and was open when it "
    'ended (`discharge_services="started_or_running"`): a package that is suspended has no new row.',
    (
        Example(
            "The request's six months",
            "For 31 March 2026: 1 October 2025 to 31 March 2026.",
            """
            | person | event      | start      | end        | route                   | service                      |
            | ------ | ---------- | ---------- | ---------- | ----------------------- | ---------------------------- |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                         |                              |
            | 0001   | Request    | 01/10/2025 | 02/10/2025 | Discharge from hospital |                              |
            | 0001   | Service    | 01/10/2025 |            |                         | Short term support: ST-Max   |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |                         |                              |
            | 0002   | Request    | 30/09/2025 | 02/10/2025 | Discharge from hospital |                              |
            | 0002   | Service    | 01/10/2025 |            |                         | Long term support: Community |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 |                         |                              |
            | 0003   | Request    | 31/03/2026 |            | DISCHARGE FROM HOSPITAL |                              |
            | 0003   | Service    | 31/03/2026 |            |                         | Long Term Support: Community |
            """,
            """
            | person | codes | evidence                                                                                                                          |
            | ------ | ----- | --------------------------------------------------------------------------------------------------------------------------------- |
            | 0001   | CT03  | Request with the route Discharge from hospital started 01/10/2025 (row 2); Short term support: ST-Max started 01/10/2025 (row 3)  |
            | 0002   | -     | -                                                                                                                                 |
            | 0003   | CT03  | Request with the route Discharge from hospital started 31/03/2026 (row 8); Long term support: Community started 31/03/2026 (row 9) |
            """,
            code="CT03",
        ),
        Example(
            "The service follows the request",
            "Not one that had ended before the request did, nor after the date, nor one for the unpaid carer; not a review.",
            """
            | person | event      | start      | end        | route                            | service                                     |
            | ------ | ---------- | ---------- | ---------- | -------------------------------- | ------------------------------------------- |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                                  |                                             |
            | 0001   | Request    | 01/12/2025 | 02/12/2025 | Discharge from hospital          |                                             |
            | 0001   | Service    | 30/11/2025 | 01/12/2025 |                                  | Long term support: Community                |
            | 0001   | Service    | 01/04/2026 |            |                                  | Long term support: Community                |
            | 0001   | Service    | 01/12/2025 |            |                                  | Unpaid carer support: Direct to unpaid carer |
            | 0001   | Review     | 01/12/2025 | 02/12/2025 |                                  | Long term support: Community                |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |                                  |                                             |
            | 0002   | Request    | 01/12/2025 | 02/12/2025 | Diversion from hospital services |                                             |
            | 0002   | Service    | 02/12/2025 |            |                                  | Long term support: Community                |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | -     |
            | 0002   | -     |
            """,
        ),
        Example(
            "Or was running when the request ended",
            "Long term support only; to the day on which the request ended, or on which it started where it has no end. An "
            "end that cannot be read is not open.",
            """
            | person | event      | start      | end        | route                   | service                      |
            | ------ | ---------- | ---------- | ---------- | ----------------------- | ---------------------------- |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                         |                              |
            | 0001   | Request    | 01/12/2025 | 05/12/2025 | Discharge from hospital |                              |
            | 0001   | Service    | 01/05/2020 |            |                         | Long term support: Community |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |                         |                              |
            | 0002   | Request    | 01/12/2025 | 05/12/2025 | Discharge from hospital |                              |
            | 0002   | Service    | 01/05/2020 | 05/12/2025 |                         | Long term support: Community |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 |                         |                              |
            | 0003   | Request    | 01/12/2025 | 05/12/2025 | Discharge from hospital |                              |
            | 0003   | Service    | 01/05/2020 | 04/12/2025 |                         | Long term support: Community |
            | 0004   | Assessment | 01/02/2026 | 20/02/2026 |                         |                              |
            | 0004   | Request    | 01/12/2025 | 05/12/2025 | Discharge from hospital |                              |
            | 0004   | Service    | 01/05/2020 |            |                         | Short term support: ST-Max   |
            | 0005   | Assessment | 01/02/2026 | 20/02/2026 |                         |                              |
            | 0005   | Request    | 01/12/2025 | 05/12/2025 | Discharge from hospital |                              |
            | 0005   | Service    | 01/05/2020 | 31/02/2026 |                         | Long term support: Community |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | CT03  |
            | 0002   | CT03  |
            | 0003   | -     |
            | 0004   | -     |
            | 0005   | -     |
            """,
        ),
        Example(
            "Only one that started, as a parameter",
            '`discharge_services="started"`.',
            """
            | person | event      | start      | end        | route                   | service                      |
            | ------ | ---------- | ---------- | ---------- | ----------------------- | ---------------------------- |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                         |                              |
            | 0001   | Request    | 01/12/2025 | 05/12/2025 | Discharge from hospital |                              |
            | 0001   | Service    | 01/05/2020 |            |                         | Long term support: Community |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | -     |
            """,
            coding={"discharge_services": "started"},
        ),
        Example(
            "An admission as a sign of a stay in hospital",
            "`hospital_signs=True`: an outcome Admitted to hospital, or an unplanned hospital review, in those months.",
            """
            | person | event      | start      | end        | event outcome        | service                      |
            | ------ | ---------- | ---------- | ---------- | -------------------- | ---------------------------- |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 | Admitted to hospital |                              |
            | 0001   | Service    | 01/03/2026 |            |                      | Short term support: ST-Max   |
            | 0002   | Assessment | 01/09/2025 | 20/09/2025 | Admitted to hospital |                              |
            | 0002   | Service    | 01/10/2025 |            |                      | Short term support: ST-Max   |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | CT03  |
            | 0002   | -     |
            """,
            coding={"hospital_signs": True},
        ),
        Example(
            "A hospital review as a sign of a stay in hospital",
            "`hospital_signs=True`: the day on which the unplanned review ended counts, a planned review does not.",
            """
            | person | event      | start      | end        | review reason                             | service                    |
            | ------ | ---------- | ---------- | ---------- | ----------------------------------------- | -------------------------- |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                                           |                            |
            | 0001   | Review     | 01/11/2025 | 05/11/2025 | Unplanned review: Hospital episode        |                            |
            | 0001   | Service    | 05/11/2025 |            |                                           | Short term support: ST-Max |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |                                           |                            |
            | 0002   | Review     | 01/11/2025 | 05/11/2025 | Planned review                            |                            |
            | 0002   | Service    | 05/11/2025 |            |                                           | Short term support: ST-Max |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 |                                           |                            |
            | 0003   | Review     | 01/11/2025 | 05/11/2025 | Unplanned review: Hospital episode        |                            |
            | 0003   | Service    | 04/11/2025 | 10/11/2025 |                                           | Short term support: ST-Max |
            | 0004   | Assessment | 01/02/2026 | 20/02/2026 |                                           |                            |
            | 0004   | Review     | 20/09/2025 | 30/09/2025 | Unplanned review: Hospital episode        |                            |
            | 0004   | Service    | 01/10/2025 |            |                                           | Short term support: ST-Max |
            | 0005   | Assessment | 01/02/2026 | 20/02/2026 |                                           |                            |
            | 0005   | Review     | 20/03/2026 | 31/03/2026 | Unplanned review: Hospital episode        |                            |
            | 0005   | Service    | 31/03/2026 |            |                                           | Short term support: ST-Max |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | CT03  |
            | 0002   | -     |
            | 0003   | -     |
            | 0004   | -     |
            | 0005   | CT03  |
            """,
            coding={"hospital_signs": True},
        ),
        Example(
            "Any request with a service after it",
            "The second discharge has no service after it; the first one has.",
            """
            | person | event      | start      | end        | route                   | service                    |
            | ------ | ---------- | ---------- | ---------- | ----------------------- | -------------------------- |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                         |                            |
            | 0001   | Request    | 01/03/2026 | 02/03/2026 | Discharge from hospital |                            |
            | 0001   | Request    | 01/11/2025 | 02/11/2025 | Discharge from hospital |                            |
            | 0001   | Service    | 03/11/2025 | 20/12/2025 |                         | Short term support: ST-Max |
            """,
            """
            | person | evidence                                                                                                                         |
            | ------ | -------------------------------------------------------------------------------------------------------------------------------- |
            | 0001   | Request with the route Discharge from hospital started 01/11/2025 (row 3); Short term support: ST-Max started 03/11/2025 (row 4) |
            """,
            code="CT03",
        ),
        Example(
            "A request before the window does not lend its service",
            "The service follows only the older request.",
            """
            | person | event      | start      | end        | route                   | service                    |
            | ------ | ---------- | ---------- | ---------- | ----------------------- | -------------------------- |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                         |                            |
            | 0001   | Request    | 01/09/2025 | 02/09/2025 | Discharge from hospital |                            |
            | 0001   | Service    | 05/10/2025 |            |                         | Short term support: ST-Max |
            | 0001   | Request    | 01/11/2025 | 02/11/2025 | Discharge from hospital |                            |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | -     |
            """,
        ),
        Example(
            "Other months as a parameter",
            "`discharge_months=12`.",
            """
            | person | event      | start      | end        | route                   | service                    |
            | ------ | ---------- | ---------- | ---------- | ----------------------- | -------------------------- |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                         |                            |
            | 0001   | Request    | 01/04/2025 | 02/09/2025 | Discharge from hospital |                            |
            | 0001   | Service    | 05/10/2025 |            |                         | Short term support: ST-Max |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | CT03  |
            """,
            coding={"discharge_months": 12},
        ),
    ),
)

CT04 = Section(
    "CT04, people with a learning disability and autistic people",
    "Primary Support Reason Learning disability support, or Autism Yes, by the latest known value.",
    (
        Example(
            "Support reason or autism",
            "Both are given as evidence where both hold.",
            """
            | person | support reason              | autism  |
            | ------ | --------------------------- | ------- |
            | 0001   | Learning disability support | No      |
            | 0002   | LEARNING DISABILITY SUPPORT | Yes     |
            | 0003   |                             | YES     |
            | 0004   | Mental health support       | Unknown |
            """,
            """
            | person | codes | evidence                                                                                         |
            | ------ | ----- | ------------------------------------------------------------------------------------------------ |
            | 0001   | CT04  | Primary Support Reason: Learning disability support                                              |
            | 0002   | CT04  | Primary Support Reason: Learning disability support; Autism Spectrum Disorder (ASD): Yes         |
            | 0003   | CT04  | Autism Spectrum Disorder (ASD): Yes                                                              |
            | 0004   | CT05  | -                                                                                                |
            """,
            code="CT04",
        ),
        Example(
            "The latest known value decides",
            "An earlier Yes does not outlive a later No; a later Unknown does not take a Yes away.",
            """
            | person | autism  | event      | start      | end        |
            | ------ | ------- | ---------- | ---------- | ---------- |
            | 0001   | Yes     | Request    | 01/01/2026 | 02/01/2026 |
            | 0001   | No      | Assessment | 01/02/2026 | 20/02/2026 |
            | 0002   | Yes     | Request    | 01/01/2026 | 02/01/2026 |
            | 0002   | Unknown | Assessment | 01/02/2026 | 20/02/2026 |
            """,
            """
            | person | codes |
            | ------ | ----- |
            | 0001   | -     |
            | 0002   | CT04  |
            """,
        ),
    ),
)

REASONS_FROM = Example(
    "All reasons in the window, as a parameter",
    '`reasons_from="window"`: those on all rows that run in it, for it may differ by event.',
    """
    | person | support reason              | event      | start      | end        |
    | ------ | --------------------------- | ---------- | ---------- | ---------- |
    | 0001   | Learning disability support | Request    | 01/03/2025 | 01/04/2025 |
    | 0001   | Mental health support       | Assessment | 01/02/2026 | 20/02/2026 |
    | 0002   | Learning disability support | Request    | 01/03/2025 | 31/03/2025 |
    | 0002   | Mental health support       | Assessment | 01/02/2026 | 20/02/2026 |
    | 0003   | Learning disability support | Request    | 01/03/2025 | 01/06/2025 |
    | 0004   | Mental health support       | Assessment | 01/02/2026 | 20/02/2026 |
    | 0004   | Learning disability support | Request    | 31/03/2026 |            |
    | 0005   | Mental health support       | Assessment | 01/02/2026 | 20/02/2026 |
    | 0005   | Learning disability support | Request    | 01/04/2026 |            |
    """,
    """
    | person | codes     |
    | ------ | --------- |
    | 0001   | CT04 CT05 |
    | 0002   | CT05      |
    | 0003   | -         |
    | 0004   | CT04 CT05 |
    | 0005   | CT05      |
    """,
    coding={"reasons_from": "window"},
)

CT05 = Section(
    "CT05, people with mental health needs or substance misuse",
    "Primary Support Reason Mental health support, or Social support: Substance misuse support.",
    (
        Example(
            "Two support reasons",
            "Memory and cognition is not one of them.",
            """
            | person | support reason                           |
            | ------ | ---------------------------------------- |
            | 0001   | Mental health support                    |
            | 0002   | Social Support - Substance Misuse Support |
            | 0003   | Social support: Asylum seeker support    |
            | 0004   | Support with memory and cognition        |
            """,
            """
            | person | codes | evidence                                                         |
            | ------ | ----- | ---------------------------------------------------------------- |
            | 0001   | CT05  | Primary Support Reason: Mental health support                    |
            | 0002   | CT05  | Primary Support Reason: Social support: Substance misuse support |
            | 0003   | -     | -                                                                |
            | 0004   | CT06  | -                                                                |
            """,
            code="CT05",
        ),
        REASONS_FROM,
    ),
)

CT06 = Section(
    "CT06, people with physical disabilities or long-term conditions",
    "Primary Support Reason in Physical support or Sensory support, or Support with memory and cognition; or Dementia "
    "Yes; or a visual or hearing impairment recorded.",
    (
        Example(
            "By support reason",
            "Every reason of the two groups, and memory and cognition however it is written.",
            """
            | person | support reason                                        |
            | ------ | ----------------------------------------------------- |
            | 0001   | Physical support: Access and mobility only            |
            | 0002   | Physical Support: Personal Care Support               |
            | 0003   | Sensory support: Support for dual impairment          |
            | 0004   | Support with Memory & Cognition                       |
            | 0005   | Social support: Support for social isolation or other |
            """,
            """
            | person | codes | evidence                                                             |
            | ------ | ----- | -------------------------------------------------------------------- |
            | 0001   | CT06  | Primary Support Reason: Physical support: Access and mobility only   |
            | 0002   | CT06  | Primary Support Reason: Physical support: Personal care support      |
            | 0003   | CT06  | Primary Support Reason: Sensory support: Support for dual impairment |
            | 0004   | CT06  | Primary Support Reason: Support with memory and cognition            |
            | 0005   | -     | -                                                                    |
            """,
            code="CT06",
        ),
        Example(
            "By dementia or an impairment",
            "A value that says No impairment is none, and Unknown is none; one that says neither is a finding.",
            """
            | person | dementia | sight                           | hearing                              |
            | ------ | -------- | ------------------------------- | ------------------------------------ |
            | 0001   | Yes      | No visual impairment            | No hearing impairment                |
            | 0002   | No       | Blind/severely sight impaired   | No hearing impairment                |
            | 0003   | Unknown  | Unknown                         | Deaf without speech                  |
            | 0004   | No       | Visual impairment, severity unknown | Not known                        |
            | 0005   | No       | No visual impairment            | NO HEARING IMPAIRMENT                |
            | 0006   |          | NULL                            | Not applicable                       |
            | 0007   | No       | Partial sight/sight impaired    | Hard of hearing                      |
            """,
            """
            | person | codes | evidence                                                                           |
            | ------ | ----- | ---------------------------------------------------------------------------------- |
            | 0001   | CT06  | Dementia: Yes                                                                      |
            | 0002   | CT06  | Visual Impairment: Blind/severely sight impaired                                   |
            | 0003   | CT06  | Hearing Impairment: Deaf without speech                                            |
            | 0004   | CT06  | Visual Impairment: Visual impairment, severity unknown                             |
            | 0005   | -     | -                                                                                  |
            | 0006   | -     | -                                                                                  |
            | 0007   | CT06  | Visual Impairment: Partial sight/sight impaired; Hearing Impairment: Hard of hearing |
            """,
            code="CT06",
        ),
    ),
)

CT07 = Section(
    "CT07, unpaid carers",
    "A completed assessment in the window as an Unpaid carer. CT01 to CT06 need one as a Service user.",
    (
        Example(
            "Whose assessment it was",
            "A carer of 70 with a mental health need, assessed only as a carer, is CT07 alone.",
            """
            | person | born       | client       | support reason        | event      | start      | end        |
            | ------ | ---------- | ------------ | --------------------- | ---------- | ---------- | ---------- |
            | 0001   | 01/01/1956 | Unpaid carer | Mental health support | Assessment | 01/02/2026 | 20/02/2026 |
            | 0002   | 01/01/1956 | Service user | Mental health support | Assessment | 01/02/2026 | 20/02/2026 |
            | 0003   | 01/01/1956 | Carer        | Mental health support | Assessment | 01/02/2026 | 20/02/2026 |
            | 0003   | 01/01/1956 | Service user | Mental health support | Assessment | 01/02/2026 | 20/02/2026 |
            | 0004   | 01/01/1956 | Unpaid carer | Mental health support | Assessment | 01/02/2025 | 20/02/2025 |
            | 0004   | 01/01/1956 | Service user | Mental health support | Assessment | 01/02/2026 | 20/02/2026 |
            """,
            """
            | person | codes          | evidence                                                   |
            | ------ | -------------- | ---------------------------------------------------------- |
            | 0001   | CT07           | Assessment as Unpaid carer completed 20/02/2026 (row 1)    |
            | 0002   | CT01 CT05      | -                                                          |
            | 0003   | CT01 CT05 CT07 | Assessment as Unpaid carer completed 20/02/2026 (row 3)    |
            | 0004   | CT01 CT05      | -                                                          |
            """,
            code="CT07",
        ),
    ),
)

OVERRIDES = Section(
    "No code, and the council's own corrections",
    "An eligible person who meets no code is kept and counted, and never drawn. A council may override a code for a "
    "person, with a reason; the rule's own answer is kept beside it.",
    (
        Example(
            "A code added and a code taken away",
            "Both answers are in the evidence.",
            """
            | person | born       | support reason        |
            | ------ | ---------- | --------------------- |
            | 0001   | 01/01/1990 | Mental health support |
            | 0002   | 01/01/1990 |                       |
            | 0003   | 01/01/1990 |                       |
            """,
            """
            | person | codes | evidence                                                                                           |
            | ------ | ----- | -------------------------------------------------------------------------------------------------- |
            | 0001   | -     | Primary Support Reason: Mental health support + override: no; recorded in error (the rule holds)   |
            | 0002   | CT05  | override: yes; known to the team (the rule does not hold)                                          |
            | 0003   | -     | -                                                                                                  |
            """,
            code="CT05",
            coding={
                "overrides": [
                    {"person_id": "0001", "code": "CT05", "holds": "no", "reason": "recorded in error"},
                    {"person_id": "0002", "code": "CT05", "holds": "yes", "reason": "known to the team"},
                ]
            },
        ),
    ),
)

PAGE = Page(
    "cohort-rules",
    "The cohort codes CT01 to CT07, edition 2024-04",
    "`code_cohorts` gives every eligible person all the codes they meet, read on `as_at` from the latest known details "
    "and the events up to `as_at`. Source: CQC's briefing note on case tracking of 9 April 2024.",
    (CT01, CT02, CT03, CT04, CT05, CT06, CT07, OVERRIDES),
)
