"""The second, person-level file: what case-management systems hold and the national collection does not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from casetrack.synthetic.chance import Chance, Ints, Words
from casetrack.synthetic.names import Names
from casetrack.synthetic.people import People
from casetrack.synthetic.vocabulary import SERVICE_USER, code

#: Values of each characteristic by chance, and how often each comes, in one group of people or in several.
_CHANCES: dict[str, tuple[str, tuple[str, ...], tuple[tuple[float, ...], ...]]] = {
    "Religion or Belief": (
        "religion",
        (
            *("Christian", "No religion", "Muslim", "Hindu", "Sikh", "Jewish", "Buddhist", "Other religion"),
            "Not recorded",
        ),
        ((44, 18, 2, 0.3, 0.2, 0.6, 0.4, 1, 33.5), (3, 3, 42, 12, 12, 0, 1, 1, 26)),
    ),
    "Sexual Orientation": (
        "orientation",
        (
            *("Heterosexual or straight", "Gay or lesbian", "Bisexual", "Other", "Prefer not to say"),
            "Not recorded",
        ),
        ((47, 1.5, 1, 0.3, 3, 47),),
    ),
    "Gender Identity": (
        "gender identity",
        ("Same as at birth", "Different from birth", "Not recorded"),
        ((54, 0.6, 45.4),),
    ),
    "Marital or Civil Partnership Status": (
        "marital",
        ("Single", "Married", "Civil partnership", "Divorced", "Widowed", "Separated", "Not recorded"),
        ((50, 17, 0.5, 7, 1.5, 3, 21), (9, 30, 0.3, 8, 32, 1, 19.7)),
    ),
    "Pregnancy or Maternity": ("pregnancy", ("Yes", "No", "Not recorded"), ((0, 70, 30), (3, 72, 25))),
    "Disability": ("disability", ("Yes", "No", "Not recorded"), ((38, 22, 40),)),
    "Preferred Language": (
        "language",
        (
            *("English", "Urdu", "Punjabi", "Polish", "Bengali", "Gujarati", "Arabic"),
            *("British Sign Language", "Not known"),
        ),
        ((91, 0.1, 0.1, 1.2, 0.1, 0.1, 0.6, 0.4, 6.4), (52, 14, 12, 0, 5, 7, 0, 0.2, 9.8)),
    ),
    "Interpreter needed": ("interpreter", ("Yes", "No", "Not known"), ((4, 86, 10),)),
    "IMD Decile": ("deprivation", (*map(str, range(1, 11)), ""), ((15, 13, 12, 11, 10, 9, 9, 8, 6, 5, 2),)),
    "Team": (
        "team",
        (
            *("North locality", "South locality", "East locality", "West locality", "Hospital discharge"),
            *("Learning disability", "Mental health", "Preparing for adulthood", "Carers"),
        ),
        (
            (24, 24, 22, 22, 8, 0, 0, 0, 0),
            (6, 6, 5, 5, 1, 75, 2, 0, 0),
            (6, 6, 5, 5, 1, 0, 77, 0, 0),
            (3, 3, 3, 3, 0, 15, 3, 70, 0),
            (15, 15, 15, 15, 0, 0, 0, 0, 40),
        ),
    ),
}


def make_extras(chance: Chance, names: Names, people: People, events: pd.DataFrame) -> pd.DataFrame:
    """Give one row of text for nearly everyone: the characteristics that the national layout lacks."""
    count = people.count
    asian = np.isin(people.codes["Ethnicity"], (9, 10, 11))
    woman = people.codes["Gender"] == code("Gender", "Female")
    groups = {
        "Religion or Belief": asian,
        "Marital or Civil Partnership Status": people.age >= 65,
        "Pregnancy or Maternity": woman & (people.age >= 18) & (people.age < 45),
        "Preferred Language": asian,
        "Team": _teams(people),
    }
    columns: dict[str, Words] = {"LA Person Unique Identifier": people.local_id}
    for heading, (stream, values, weights) in _CHANCES.items():
        group = groups.get(heading, np.zeros(count)).astype(np.int64)
        columns[heading] = np.array(values, dtype=object)[chance.pick_by(stream, group, weights)]
    columns["Lead Professional"] = _professionals(chance, names, count)
    columns["Transitioned from children's services"] = _transitioned(chance, people, events)
    known = chance.happens("has extras", count, 0.97)
    return pd.DataFrame(columns)[known].reset_index(drop=True)


def _teams(people: People) -> Ints:
    reason = people.codes["Primary Support Reason"]
    group = np.zeros(people.count, dtype=np.int64)
    group[reason == code("Primary Support Reason", "Learning disability support")] = 1
    group[reason == code("Primary Support Reason", "Mental health support")] = 2
    group[people.age < 20] = 3
    group[people.role != SERVICE_USER] = 4
    return group


def _professionals(chance: Chance, names: Names, count: int) -> Words:
    pool = [f"{first} {last}" for first, last in zip(names.women[::-1], names.last[::2], strict=False)][:90]
    return np.asarray(np.array(pool, dtype=object)[chance.whole("professional", count, 0, len(pool) - 1)])


def _transitioned(chance: Chance, people: People, events: pd.DataFrame) -> Words:
    route = "Request: Route of Access"
    planned = events.loc[events[route] == code(route, "Planned entry (transition)"), "person"]
    came = np.isin(np.arange(people.count), planned)
    young = (people.age <= 25) & (people.role == SERVICE_USER)
    said = (came & chance.happens("transition said", people.count, 0.8)) | (
        young & chance.happens("transition only said", people.count, 0.05)
    )
    return np.where(young, np.where(said, "Yes", "No"), "")
