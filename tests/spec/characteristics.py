"""Bands and groups, what is recorded and what is not."""

from __future__ import annotations

from spec.tables import Example, Page, Section

AGE_AND_SEX = Section(
    "Age band and sex",
    "Age bands as DHSC publishes them; sex is the Gender field.",
    (
        Example(
            "The edges of the bands",
            "Age in completed years on `as_at`.",
            """
            | person | born       |
            | ------ | ---------- |
            | 0001   | 31/03/2008 |
            | 0002   | 01/04/2000 |
            | 0003   | 31/03/2001 |
            | 0004   | 31/03/1981 |
            | 0005   | 31/03/1961 |
            | 0006   | 31/03/1951 |
            | 0007   | 31/03/1941 |
            | 0008   | 31/03/1931 |
            | 0009   | 01/04/1931 |
            """,
            """
            | person | age | age_band    |
            | ------ | --- | ----------- |
            | 0001   | 18  | 18 to 24    |
            | 0002   | 25  | 25 to 44    |
            | 0003   | 25  | 25 to 44    |
            | 0004   | 45  | 45 to 64    |
            | 0005   | 65  | 65 to 74    |
            | 0006   | 75  | 75 to 84    |
            | 0007   | 85  | 85 to 94    |
            | 0008   | 95  | 95 and over |
            | 0009   | 94  | 85 to 94    |
            """,
        ),
        Example(
            "Sex",
            "Unknown, blank, and what the list of values lacks are Not recorded; Other is a value.",
            """
            | person | gender  |
            | ------ | ------- |
            | 0001   | FEMALE  |
            | 0002   | Male    |
            | 0003   | Other   |
            | 0004   | Unknown |
            | 0005   |         |
            | 0006   | Blue    |
            """,
            """
            | person | sex          |
            | ------ | ------------ |
            | 0001   | Female       |
            | 0002   | Male         |
            | 0003   | Other        |
            | 0004   | Not recorded |
            | 0005   | Not recorded |
            | 0006   | Not recorded |
            """,
        ),
    ),
)

ETHNICITY = Section(
    "Ethnic group",
    "The five groups of the eighteen values, in either release's spelling; the sixth, No data, is Not recorded.",
    (
        Example(
            "Both releases",
            "Release 2 writes Group: Value, Release 1 Group - Value.",
            """
            | person | ethnicity                                                    |
            | ------ | ------------------------------------------------------------ |
            | 0001   | Asian or Asian British: Bangladeshi                          |
            | 0002   | Asian / Asian British - Indian                               |
            | 0003   | Black, Black British, Caribbean or African: African          |
            | 0004   | Black / African / Caribbean / Black British - Caribbean      |
            | 0005   | Mixed or multiple ethnic groups: White and Asian             |
            | 0006   | White: Any other White background                            |
            | 0007   | Other ethnic group - Arab                                    |
            | 0008   | No data: Refused                                             |
            | 0009   | No data - Undeclared or not known                            |
            | 0010   |                                                              |
            """,
            """
            | person | ethnic_group                               |
            | ------ | ------------------------------------------ |
            | 0001   | Asian or Asian British                     |
            | 0002   | Asian or Asian British                     |
            | 0003   | Black, Black British, Caribbean or African |
            | 0004   | Black, Black British, Caribbean or African |
            | 0005   | Mixed or multiple ethnic groups            |
            | 0006   | White                                      |
            | 0007   | Other ethnic group                         |
            | 0008   | Not recorded                               |
            | 0009   | Not recorded                               |
            | 0010   | Not recorded                               |
            """,
        ),
    ),
)

DISABILITY = Section(
    "Disability",
    "Yes when CT04's or CT06's own evidence holds (whoever's assessment it was), or the optional column says yes. No "
    "when something is known and nothing says yes. Not recorded when nothing is known.",
    (
        Example(
            "Yes, no, and nobody knows",
            "The carer has CT06's evidence but not the code: the assessment was not as a Service user.",
            """
            | person | client       | support reason                             | autism  | disability   |
            | ------ | ------------ | ------------------------------------------ | ------- | ------------ |
            | 0001   | Service user | Learning disability support                |         |              |
            | 0002   | Unpaid carer | Physical support: Access and mobility only |         |              |
            | 0003   | Service user |                                            |         | Yes          |
            | 0004   | Service user | Mental health support                      |         |              |
            | 0005   | Service user |                                            | No      |              |
            | 0006   | Service user |                                            |         | No           |
            | 0007   | Service user | Unknown                                    | Unknown | Not recorded |
            """,
            """
            | person | codes | disability   |
            | ------ | ----- | ------------ |
            | 0001   | CT04  | Yes          |
            | 0002   | CT07  | Yes          |
            | 0003   | -     | Yes          |
            | 0004   | CT05  | No           |
            | 0005   | -     | No           |
            | 0006   | -     | No           |
            | 0007   | -     | Not recorded |
            """,
        ),
    ),
)

HOME = Section(
    "Accommodation",
    "Settled or unsettled, by the grouping of the SALT table LTS004. Unknown is Not recorded.",
    (
        Example(
            "Settled",
            "Approved premises are settled, though their name speaks of prison.",
            """
            | person | home                                                                             |
            | ------ | -------------------------------------------------------------------------------- |
            | 0001   | Owner occupier or shared ownership scheme                                        |
            | 0002   | Tenant - private landlord                                                        |
            | 0003   | Settled mainstream housing with family or friends                                |
            | 0004   | Shared Lives scheme                                                              |
            | 0005   | Approved premises for offenders released from prison or under probation supervision |
            | 0006   | Sheltered housing / extra care housing                                           |
            | 0007   | Mobile accommodation for Gypsy/Roma and Traveller communities                    |
            """,
            """
            | person | accommodation |
            | ------ | ------------- |
            | 0001   | Settled       |
            | 0002   | Settled       |
            | 0003   | Settled       |
            | 0004   | Settled       |
            | 0005   | Settled       |
            | 0006   | Settled       |
            | 0007   | Settled       |
            """,
        ),
        Example(
            "Unsettled, and not recorded",
            "Staying with family as a short term guest is unsettled.",
            """
            | person | home                                              |
            | ------ | ------------------------------------------------- |
            | 0001   | Rough sleeper / squatting                         |
            | 0002   | Night shelter, emergency hostel or direct access hostel |
            | 0003   | Placed in temporary accommodation by the council  |
            | 0004   | Staying with family / friends as a short term guest |
            | 0005   | Registered nursing home                           |
            | 0006   | Prison, young offenders institution               |
            | 0007   | Unknown                                           |
            | 0008   |                                                   |
            """,
            """
            | person | accommodation |
            | ------ | ------------- |
            | 0001   | Unsettled     |
            | 0002   | Unsettled     |
            | 0003   | Unsettled     |
            | 0004   | Unsettled     |
            | 0005   | Unsettled     |
            | 0006   | Unsettled     |
            | 0007   | Not recorded  |
            | 0008   | Not recorded  |
            """,
        ),
    ),
)

OTHERS = Section(
    "Funding, unpaid carer, and the optional columns",
    "As they come, after tidying. A deprivation decile becomes a quintile. What the extract has no column for is "
    "reported as not available, and never invented.",
    (
        Example(
            "As they come",
            "Spacing is tidied; unknown values are Not recorded.",
            """
            | person | funding                  | unpaid carer | religion     | IMD decile |
            | ------ | ------------------------ | ------------ | ------------ | ---------- |
            | 0001   | Fully client funded      | Yes          | Buddhist     | 1          |
            | 0002   | Fully social care funded | No           | No religion  | 2          |
            | 0003   | Unknown                  | Unknown      | Not recorded | 3          |
            | 0004   |                          | NULL         | -            | 10         |
            | 0005   |                          |              |              | 11         |
            """,
            """
            | person | funding                  | has_unpaid_carer | religion     | deprivation_quintile |
            | ------ | ------------------------ | ---------------- | ------------ | -------------------- |
            | 0001   | Fully client funded      | Yes              | Buddhist     | 1 (most deprived)    |
            | 0002   | Fully social care funded | No               | No religion  | 1 (most deprived)    |
            | 0003   | Not recorded             | Not recorded     | Not recorded | 2                    |
            | 0004   | Not recorded             | Not recorded     | Not recorded | 5 (least deprived)   |
            | 0005   | Not recorded             | Not recorded     | Not recorded | Not recorded         |
            """,
        ),
    ),
)

PAGE = Page(
    "characteristics",
    "Characteristics",
    "What `code_cohorts` says of each eligible person besides the codes: the nine characteristics of the Equality Act "
    "2010 as far as the extract records them, and other disadvantage. Not recorded is shown wherever it occurs and is "
    "never a target.",
    (AGE_AND_SEX, ETHNICITY, DISABILITY, HOME, OTHERS),
)
