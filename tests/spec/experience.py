"""What happened to each person: every measure with the events that it comes from."""

# ruff: noqa: E501 - a table is as wide as its cells.
from __future__ import annotations

from spec.tables import Example, Page, Section

WAIT_FOR_ASSESSMENT = Section(
    "wait_for_assessment",
    'Days from the Request that the assessment followed to the assessment\'s start (`wait_until="start"`, or "end"). The '
    "request is the earliest of the assessment's client type whose outcome is known and moves on (no NFA, not Admitted to "
    "hospital), that started after the previous counted assessment of that client type started, by this one's start and at most "
    "730 days before. Without one: Already supported, where a Long term service (for a carer any) was running; Not "
    "recorded, where the assessment started within 183 days of the file's start, which cannot show what came before it; else "
    "No request found. A service begun between request and assessment: Support came first.",
    (
        Example(
            "The bands",
            "28, 29, 91 and 183 days before 01/02/2026.",
            """
            | person | event      | start      | end        | event outcome                                  |
            | 0001   | Request    | 04/01/2026 | 05/01/2026 | Progress to assessment, review or reassessment |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                                                |
            | 0002   | Request    | 03/01/2026 | 05/01/2026 | Progress to assessment, review or reassessment |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |                                                |
            | 0003   | Request    | 02/11/2025 | 05/11/2025 | Progress to assessment, review or reassessment |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 |                                                |
            | 0004   | Request    | 02/08/2025 | 05/08/2025 | Progress to assessment, review or reassessment |
            | 0004   | Assessment | 01/02/2026 | 20/02/2026 |                                                |
            """,
            """
            | person | wait_for_assessment | evidence                                                                                  |
            | 0001   | Up to 28 days       | Request started 04/01/2026 (row 1); Assessment started 01/02/2026 (row 2): 28 days        |
            | 0002   | 29 to 90 days       | Request started 03/01/2026 (row 3); Assessment started 01/02/2026 (row 4): 29 days        |
            | 0003   | 91 to 182 days      | Request started 02/11/2025 (row 5); Assessment started 01/02/2026 (row 6): 91 days        |
            | 0004   | 183 days or more    | Request started 02/08/2025 (row 7); Assessment started 01/02/2026 (row 8): 183 days       |
            """,
            code="wait_for_assessment",
        ),
        Example(
            "Until the assessment's end",
            '`wait_until="end"`.',
            """
            | person | event      | start      | end        | event outcome                                  |
            | 0001   | Request    | 04/01/2026 | 05/01/2026 | Progress to assessment, review or reassessment |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                                                |
            """,
            """
            | person | wait_for_assessment |
            | 0001   | 29 to 90 days       |
            """,
            coding={"wait_until": "end"},
        ),
        Example(
            "Which request",
            "0001: the earlier of two that moved on. 0002: one that ended in advice led to nothing. 0003: one from before the previous "
            "assessment belongs to that. 0004: one of an unpaid carer is not the service user's.",
            """
            | person | client       | event      | start      | end        | event outcome                                  |
            | 0001   | Service user | Request    | 01/10/2025 | 05/10/2025 | Progress to assessment, review or reassessment |
            | 0001   | Service user | Request    | 20/01/2026 | 21/01/2026 | Progress to assessment, review or reassessment |
            | 0001   | Service user | Assessment | 01/02/2026 | 20/02/2026 |                                                |
            | 0002   | Service user | Request    | 01/10/2025 | 05/10/2025 | NFA: Information and advice or signposting     |
            | 0002   | Service user | Request    | 20/01/2026 | 21/01/2026 | Progress to support planning or services       |
            | 0002   | Service user | Assessment | 01/02/2026 | 20/02/2026 |                                                |
            | 0003   | Service user | Request    | 01/10/2024 | 05/10/2024 | Progress to assessment, review or reassessment |
            | 0003   | Service user | Assessment | 01/12/2024 | 20/12/2024 |                                                |
            | 0003   | Service user | Assessment | 01/02/2026 | 20/02/2026 |                                                |
            | 0004   | Unpaid carer | Request    | 20/01/2026 | 21/01/2026 | Progress to assessment, review or reassessment |
            | 0004   | Service user | Assessment | 01/02/2026 | 20/02/2026 |                                                |
            """,
            """
            | person | wait_for_assessment |
            | 0001   | 91 to 182 days      |
            | 0002   | Up to 28 days       |
            | 0003   | No request found    |
            | 0004   | No request found    |
            """,
        ),
        Example(
            "Without a wait to count",
            "0001: support began before the assessment. 0002: a Long term service had been running. 0003: a Short term service is "
            "none. 0004: for an unpaid carer any service is one.",
            """
            | person | client       | event      | start      | end        | service                                       | event outcome                                  |
            | 0001   | Service user | Request    | 01/10/2024 | 05/10/2024 |                                               | Progress to support planning or services       |
            | 0001   | Service user | Service    | 05/10/2024 |            | Short term support: ST-Max                    |                                                |
            | 0001   | Service user | Assessment | 01/02/2026 | 20/02/2026 |                                               |                                                |
            | 0002   | Service user | Service    | 01/02/2024 |            | Long term support: Community                  |                                                |
            | 0002   | Service user | Assessment | 01/02/2026 | 20/02/2026 |                                               |                                                |
            | 0003   | Service user | Service    | 01/02/2024 |            | Short term support: Ongoing low level         |                                                |
            | 0003   | Service user | Assessment | 01/02/2026 | 20/02/2026 |                                               |                                                |
            | 0004   | Unpaid carer | Service    | 01/02/2024 |            | Unpaid carer support: Direct to unpaid carer  |                                                |
            | 0004   | Unpaid carer | Assessment | 01/02/2026 | 20/02/2026 |                                               |                                                |
            """,
            """
            | person | wait_for_assessment | evidence                                                                                                                |
            | 0001   | Support came first  | Request started 01/10/2024 (row 1); Service started 05/10/2024 (row 2); Assessment started 01/02/2026 (row 3)           |
            | 0002   | Already supported   | Service running since 01/02/2024 (row 4); Assessment started 01/02/2026 (row 5)                                         |
            | 0003   | No request found    | Assessment started 01/02/2026 (row 7)                                                                                   |
            | 0004   | Already supported   | Service running since 01/02/2024 (row 8); Assessment started 01/02/2026 (row 9)                                         |
            """,
            code="wait_for_assessment",
        ),
        Example(
            "Too near the file's start",
            "The file starts in the first month that holds, by end, a quarter of a usual month's completed Requests and Assessments: "
            "here 01/08/2025. 0001's assessment started 182 days later, 0002's 184.",
            """
            | person | event      | start      | end        |
            | 0001   | Assessment | 30/01/2026 | 20/02/2026 |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |
            | 0003   | Assessment | 20/07/2025 | 01/08/2025 |
            """,
            """
            | person | wait_for_assessment |
            | 0001   | Not recorded        |
            | 0002   | No request found    |
            | 0003   | Not recorded        |
            """,
        ),
    ),
)

WAIT_FOR_SUPPORT = Section(
    "wait_for_support",
    "Days from the assessment's end to the first service that began from its start on, where its outcome is reablement, support "
    "planning or services, or end of life care. Before that: None planned (an NFA, or Admitted to hospital), Further "
    "assessment (a financial one too), Support in place (Continuation, or a service begun before the assessment and running "
    "at its start). Without a service: Not due yet in the first 28 days, then Planned, none recorded, which is often "
    "support bought elsewhere and no sign. An outcome that is missing or not recognised: Not recorded.",
    (
        Example(
            "Days to the first service",
            "The service that begins while the assessment runs is no wait.",
            """
            | person | event      | start      | end        | event outcome                            | service                      |
            | 0001   | Assessment | 01/10/2025 | 20/10/2025 | Progress to support planning or services |                              |
            | 0001   | Service    | 20/10/2025 |            |                                          | Long term support: Community |
            | 0002   | Assessment | 01/10/2025 | 20/10/2025 | Progress to reablement/ST-Max            |                              |
            | 0002   | Service    | 17/11/2025 |            |                                          | Short term support: ST-Max   |
            | 0003   | Assessment | 01/10/2025 | 20/10/2025 | Progress to support planning or services |                              |
            | 0003   | Service    | 18/11/2025 |            |                                          | Long term support: Community |
            | 0004   | Assessment | 01/10/2025 | 20/10/2025 | Progress to End of Life Care             |                              |
            | 0004   | Service    | 19/01/2026 |            |                                          | Long term support: Community |
            """,
            """
            | person | wait_for_support | evidence                                                                              |
            | 0001   | No wait          | Assessment completed 20/10/2025 (row 1); Service started 20/10/2025 (row 2): 0 days   |
            | 0002   | 1 to 28 days     | Assessment completed 20/10/2025 (row 3); Service started 17/11/2025 (row 4): 28 days  |
            | 0003   | 29 to 90 days    | Assessment completed 20/10/2025 (row 5); Service started 18/11/2025 (row 6): 29 days  |
            | 0004   | 91 days or more  | Assessment completed 20/10/2025 (row 7); Service started 19/01/2026 (row 8): 91 days  |
            """,
            code="wait_for_support",
        ),
        Example(
            "Nothing to wait for, and nothing yet",
            "On 31/03/2026, 29 days after 02/03/2026, the 28 days are over; 28 days after 03/03/2026 they are not.",
            """
            | person | event      | start      | end        | event outcome                                  | service                      |
            | 0001   | Assessment | 01/02/2026 | 02/03/2026 | Progress to support planning or services       |                              |
            | 0002   | Assessment | 01/02/2026 | 03/03/2026 | Progress to support planning or services       |                              |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 | NFA: Support declined                          |                              |
            | 0004   | Assessment | 01/02/2026 | 20/02/2026 | Progress to financial assessment               |                              |
            | 0005   | Assessment | 01/02/2026 | 20/02/2026 | Continuation of support or services            |                              |
            | 0006   | Service    | 01/10/2025 | 01/02/2026 |                                                | Long term support: Community |
            | 0006   | Assessment | 01/02/2026 | 20/02/2026 | Progress to support planning or services       |                              |
            | 0007   | Assessment | 01/02/2026 | 20/02/2026 | Gone fishing                                   |                              |
            """,
            """
            | person | wait_for_support       |
            | 0001   | Planned, none recorded |
            | 0002   | Not due yet            |
            | 0003   | None planned           |
            | 0004   | Further assessment     |
            | 0005   | Support in place       |
            | 0006   | Support in place       |
            | 0007   | Not recorded           |
            """,
        ),
    ),
)

SUPPORT_SETTING = Section(
    "support_setting",
    "What runs on `as_at`, the first that holds: Nursing home, Residential home, Community by direct payment (mechanism or "
    "component), Community arranged, Prison, Short term, Equipment only, Support as a carer (for a carer's assessment), None "
    "open. A Community or Short term service whose component is Equipment counts as nothing else: it is often a missing end. "
    "Only services whose type is not recognised: Not recorded.",
    (
        Example(
            "The first that holds",
            "",
            """
            | person | event      | start      | end        | service                        | component | mechanism           |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                                |           |                     |
            | 0001   | Service    | 01/02/2026 |            | Long term support: Community   |           | Full direct payment |
            | 0001   | Service    | 01/02/2026 | 31/03/2026 | Long term support: Nursing care |          |                     |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |                                |           |                     |
            | 0002   | Service    | 01/02/2026 |            | Long term support: Community   |           | Full direct payment |
            | 0002   | Service    | 01/02/2026 |            | Long term support: Community   | Day support |                   |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 |                                |           |                     |
            | 0003   | Service    | 01/02/2026 |            | Long term support: Community   | Equipment |                     |
            | 0004   | Assessment | 01/02/2026 | 20/02/2026 |                                |           |                     |
            | 0004   | Service    | 01/02/2026 |            | Long term support: Community   | Equipment |                     |
            | 0004   | Service    | 01/02/2026 |            | Short term support: ST-Max     |           |                     |
            | 0005   | Assessment | 01/02/2026 | 20/02/2026 |                                |           |                     |
            | 0005   | Service    | 01/02/2026 | 30/03/2026 | Long term support: Residential care |      |                     |
            | 0006   | Assessment | 01/02/2026 | 20/02/2026 |                                |           |                     |
            | 0006   | Service    | 01/02/2026 |            | Moonlight                      |           |                     |
            | 0007   | Assessment | 01/02/2026 | 20/02/2026 |                                |           |                     |
            | 0007   | Service    | 01/02/2026 |            | Long term support: Prison      | Equipment |                     |
            """,
            """
            | person | support_setting           | evidence                                      |
            | 0001   | Nursing home              | Service running since 01/02/2026 (row 3)      |
            | 0002   | Community, direct payment | Service running since 01/02/2026 (row 5)      |
            | 0003   | Equipment only            | Service running since 01/02/2026 (row 8)      |
            | 0004   | Short term                | Service running since 01/02/2026 (row 11)     |
            | 0005   | None open                 | -                                             |
            | 0006   | Not recorded              | Service running since 01/02/2026 (row 15)     |
            | 0007   | Prison                    | Service running since 01/02/2026 (row 17)     |
            """,
            code="support_setting",
        ),
        Example(
            "A carer's own support",
            "Looked at only where the assessment is a carer's.",
            """
            | person | client       | event      | start      | end        | service                                      |
            | 0001   | Unpaid carer | Assessment | 01/02/2026 | 20/02/2026 |                                              |
            | 0001   | Unpaid carer | Service    | 01/02/2026 |            | Unpaid carer support: Direct to unpaid carer |
            | 0002   | Service user | Assessment | 01/02/2026 | 20/02/2026 |                                              |
            | 0002   | Unpaid carer | Service    | 01/02/2026 |            | Unpaid carer support: Direct to unpaid carer |
            """,
            """
            | person | support_setting    |
            | 0001   | Support as a carer |
            | 0002   | None open          |
            """,
        ),
    ),
)

ROUTE_IN = Section(
    "route_in",
    "The route of the request that the assessment followed, else of the latest Request of its client type in the 12 months to its "
    "start, whatever came of that.",
    (
        Example(
            "Routes",
            "0001: the request that was followed, though another is later. 0005: a request of 12 months before counts from the day after.",
            """
            | person | event      | start      | end        | event outcome                                  | route                            |
            | 0001   | Request    | 01/12/2025 | 05/12/2025 | Progress to assessment, review or reassessment | Discharge from hospital          |
            | 0001   | Request    | 20/01/2026 | 21/01/2026 | NFA: Other                                     | Community / other route          |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                                                |                                  |
            | 0002   | Request    | 01/12/2025 | 05/12/2025 | NFA: Other                                     | Diversion from hospital services |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |                                                |                                  |
            | 0003   | Request    | 01/12/2025 | 05/12/2025 | NFA: Other                                     | Planned entry (transition)       |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 |                                                |                                  |
            | 0004   | Request    | 01/12/2025 | 05/12/2025 | NFA: Other                                     | By balloon                       |
            | 0004   | Assessment | 01/02/2026 | 20/02/2026 |                                                |                                  |
            | 0005   | Request    | 01/02/2025 | 05/02/2025 | NFA: Other                                     | Community / other route          |
            | 0005   | Assessment | 01/02/2026 | 20/02/2026 |                                                |                                  |
            """,
            """
            | person | route_in            | evidence                           |
            | 0001   | Hospital            | Request started 01/12/2025 (row 1) |
            | 0002   | Hospital            | Request started 01/12/2025 (row 4) |
            | 0003   | Children's services | Request started 01/12/2025 (row 6) |
            | 0004   | Not recorded        | Request started 01/12/2025 (row 8) |
            | 0005   | No request found    | -                                  |
            """,
            code="route_in",
        ),
    ),
)

CONTACTS = Section(
    "contacts",
    "Requests that started in the window; one within 4 days of the latest end so far (of the start where there is no end) is the same "
    "contact. A file without any Request: Not recorded.",
    (
        Example(
            "Asking again",
            "0001: four days after the end is the same, five days is another. 0002: an earlier request is outside the window.",
            """
            | person | event      | start      | end        |
            | 0001   | Request    | 01/10/2025 | 03/10/2025 |
            | 0001   | Request    | 07/10/2025 |            |
            | 0001   | Request    | 12/10/2025 | 20/12/2025 |
            | 0001   | Request    | 01/11/2025 | 02/11/2025 |
            | 0001   | Request    | 25/12/2025 | 25/12/2025 |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |
            | 0002   | Request    | 31/03/2025 | 31/03/2025 |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |
            | 0003   | Request    | 01/05/2025 | 01/05/2025 |
            | 0003   | Request    | 01/06/2025 | 01/06/2025 |
            | 0003   | Request    | 01/07/2025 | 01/07/2025 |
            | 0003   | Request    | 01/08/2025 | 01/08/2025 |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 |
            """,
            """
            | person | contacts  |
            | 0001   | 3 or more |
            | 0002   | 0         |
            | 0003   | 3 or more |
            """,
        ),
        Example(
            "A file without requests",
            "",
            """
            | person | event      |
            | 0001   | Assessment |
            """,
            """
            | person | contacts     |
            | 0001   | Not recorded |
            """,
        ),
    ),
)

ASSESSMENT_OUTCOME = Section(
    "assessment_outcome",
    "What came of the assessment, in groups.",
    (
        Example(
            "Groups of outcomes",
            "",
            """
            | person | event outcome                                            |
            | 0001   | Progress to reablement/ST-Max                            |
            | 0002   | Progress to assessment, review or reassessment           |
            | 0003   | NFA: Support declined                                    |
            | 0004   | NFA: Self-funded client or under 12wk disregard          |
            | 0005   | NFA: Information and advice or signposting               |
            | 0006   | NFA: Referral to NHS services or NHS funded social care  |
            | 0007   | NFA: No services offered for other reason                |
            | 0008   | Admitted to hospital                                     |
            | 0009   |                                                          |
            """,
            """
            | person | assessment_outcome |
            | 0001   | Support            |
            | 0002   | Further assessment |
            | 0003   | Declined           |
            | 0004   | Self-funding       |
            | 0005   | Advice             |
            | 0006   | Passed on          |
            | 0007   | No support         |
            | 0008   | Hospital           |
            | 0009   | Not recorded       |
            """,
        ),
    ),
)

REVIEWS = Section(
    "unplanned_review and hospital",
    "Whether a Review that ended in the window was unplanned; a missing reason beside a planned one is Planned, missing or "
    "unrecognised reasons alone are Not recorded. Hospital: an event that ended in the window with the outcome Admitted to hospital, or an "
    "unplanned review for hospital. What kind of unplanned review it was is never released.",
    (
        Example(
            "Reviews",
            "",
            """
            | person | event      | start      | end        | review reason                | event outcome        |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                              |                      |
            | 0001   | Review     | 01/03/2026 | 02/03/2026 | Planned                      |                      |
            | 0001   | Review     | 10/03/2026 | 12/03/2026 | Unplanned - Carer related    |                      |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |                              |                      |
            | 0002   | Review     | 01/03/2026 | 02/03/2026 | Review of short term support |                      |
            | 0002   | Review     | 10/03/2026 | 12/03/2026 |                              |                      |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 |                              |                      |
            | 0003   | Review     | 01/03/2026 | 02/03/2026 |                              | Admitted to hospital |
            | 0004   | Assessment | 01/02/2026 | 20/02/2026 |                              |                      |
            | 0004   | Review     | 01/03/2025 | 31/03/2025 | Unplanned - Hospital         |                      |
            | 0005   | Assessment | 01/02/2026 | 20/02/2026 |                              |                      |
            | 0005   | Review     | 01/03/2025 | 01/04/2025 | Unplanned - Hospital         |                      |
            """,
            """
            | person | unplanned_review | hospital | evidence                                        |
            | 0001   | Unplanned        | No sign  | -                                               |
            | 0002   | Planned          | No sign  | -                                               |
            | 0003   | Not recorded     | Yes      | Admitted to hospital 02/03/2026 (row 8)         |
            | 0004   | None             | No sign  | -                                               |
            | 0005   | Unplanned        | Yes      | Unplanned hospital review 01/04/2025 (row 12)   |
            """,
            code="hospital",
        ),
        Example(
            "Any event can say hospital",
            "The assessment itself, too, and in the first row of the file.",
            """
            | person | event      | start      | end        | event outcome        |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 | Admitted to hospital |
            """,
            """
            | person | hospital | evidence                                |
            | 0001   | Yes      | Admitted to hospital 20/02/2026 (row 1) |
            """,
            code="hospital",
        ),
    ),
)

REVIEW_DUE = Section(
    "review_due",
    "Of people whose Long term support has run for 12 months, with gaps of up to a day: Reviewed, or Reassessed only. It hardly "
    "varies on a list, since everybody was assessed. A file that starts after the window does: Not recorded.",
    (
        Example(
            "Twelve months of support",
            "0003's two services have a day between them, 0004's two days.",
            """
            | person | event      | start      | end        | service                             |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                                     |
            | 0001   | Service    | 02/04/2025 |            | Long term support: Community        |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |                                     |
            | 0002   | Service    | 01/04/2025 |            | Long term support: Community        |
            | 0002   | Review     | 01/03/2026 | 02/03/2026 |                                     |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 |                                     |
            | 0003   | Service    | 01/04/2024 | 10/10/2025 | Long term support: Community        |
            | 0003   | Service    | 12/10/2025 |            | Long term support: Residential care |
            | 0004   | Assessment | 01/02/2026 | 20/02/2026 |                                     |
            | 0004   | Service    | 01/04/2024 | 10/10/2025 | Long term support: Community        |
            | 0004   | Service    | 13/10/2025 |            | Long term support: Residential care |
            | 0005   | Assessment | 01/04/2025 | 20/04/2025 |                                     |
            """,
            """
            | person | review_due      |
            | 0001   | Under 12 months |
            | 0002   | Reviewed        |
            | 0003   | Reassessed only |
            | 0004   | Under 12 months |
            | 0005   | Under 12 months |
            """,
        ),
    ),
)

PROVIDERS = Section(
    "providers",
    "How many providers (distinct location ids) gave services that ran in the window. Services without an id, as those by direct payment, "
    "alone: Not recorded. Never released in any form.",
    (
        Example(
            "Providers",
            "",
            """
            | person | event      | start      | end        | service                      | provider |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 |                              |          |
            | 0001   | Service    | 01/02/2024 | 31/03/2025 | Long term support: Community | 1-111    |
            | 0001   | Service    | 01/04/2025 |            | Long term support: Community | 1-222    |
            | 0001   | Service    | 01/05/2025 |            | Long term support: Community | 1-222    |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 |                              |          |
            | 0002   | Service    | 01/02/2026 |            | Long term support: Community |          |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 |                              |          |
            """,
            """
            | person | providers    |
            | 0001   | 1            |
            | 0002   | Not recorded |
            | 0003   | 0            |
            """,
        ),
    ),
)

SIGNS = Section(
    "journey_signs",
    "How many of these the record holds: 91 days or more to the assessment; 29 or more to support; 3 or more contacts; declined, or "
    "no support though needs are eligible; an unplanned review not for hospital; hospital. They are records, not opinions, and None "
    "does not mean a good experience. Not recorded where there is none and both the wait for the assessment and its "
    "outcome are Not recorded.",
    (
        Example(
            "Counting signs",
            "",
            """
            | person | event      | start      | end        | event outcome                                  | needs        | review reason             |
            | 0001   | Request    | 01/10/2025 | 05/10/2025 | Progress to assessment, review or reassessment |              |                           |
            | 0001   | Assessment | 01/02/2026 | 20/02/2026 | NFA: Support declined                          |              |                           |
            | 0002   | Assessment | 01/02/2026 | 20/02/2026 | NFA: Other                                     | Yes, some    |                           |
            | 0003   | Assessment | 01/02/2026 | 20/02/2026 | NFA: Other                                     | No           |                           |
            | 0004   | Assessment | 01/02/2026 | 20/02/2026 | Continuation of support or services            |              |                           |
            | 0004   | Review     | 01/03/2026 | 02/03/2026 |                                                |              | Unplanned - Carer related |
            | 0004   | Review     | 10/03/2026 | 12/03/2026 |                                                |              | Unplanned - Hospital      |
            | 0005   | Assessment | 01/10/2025 | 20/10/2025 |                                                |              |                           |
            """,
            """
            | person | journey_signs | evidence                                                                                    |
            | 0001   | Two or more   | waited 91 days or more for the assessment; declined, or no support though needs are eligible |
            | 0002   | One           | declined, or no support though needs are eligible                                           |
            | 0003   | None          | -                                                                                           |
            | 0004   | Two or more   | an unplanned review; hospital                                                               |
            | 0005   | Not recorded  | -                                                                                           |
            """,
            code="journey_signs",
        ),
    ),
)

PAGE = Page(
    "experience",
    "What happened to each person: the journey in the record",
    "`code_cohorts` gives every eligible person these measures beside the cohort codes, each with the events that it comes from, read "
    "on `as_at`. They are told from one assessment: the counted one with the latest end in the window, then the latest start. The bands "
    "are the project's own. A quota asks for people whose record shows it; who waits today without a completed assessment is on no "
    "list, and is counted by `casetrack readiness`.",
    (
        WAIT_FOR_ASSESSMENT,
        WAIT_FOR_SUPPORT,
        SUPPORT_SETTING,
        ROUTE_IN,
        CONTACTS,
        ASSESSMENT_OUTCOME,
        REVIEWS,
        REVIEW_DUE,
        PROVIDERS,
        SIGNS,
    ),
)
