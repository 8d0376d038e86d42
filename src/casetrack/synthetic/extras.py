"""The second, person-level file: what case-management systems hold and the national collection does not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from casetrack.synthetic.chance import Bools, Chance, Ints, Words
from casetrack.synthetic.journeys import Events
from casetrack.synthetic.names import Names
from casetrack.synthetic.people import SERVICE_USER, People
from casetrack.synthetic.vocabulary import EXTRA_FIELDS, code

__all__ = ["make_extras"]

_RELIGIONS = ("Christian", "No religion", "Muslim", "Hindu", "Sikh", "Jewish", "Buddhist", "Other religion")
_LANGUAGES = (
    "English",
    "Urdu",
    "Punjabi",
    "Polish",
    "Bengali",
    "Gujarati",
    "Arabic",
    "British Sign Language",
)
_TEAMS = (
    "North locality",
    "South locality",
    "East locality",
    "West locality",
    "Hospital discharge",
    "Learning disability",
    "Mental health",
    "Preparing for adulthood",
    "Carers",
)


def make_extras(chance: Chance, names: Names, people: People, events: Events) -> pd.DataFrame:
    """Give one row of text for nearly everyone: the characteristics that the national layout lacks."""
    count = people.count
    asian = np.isin(people.codes["Ethnicity"], (9, 10, 11))
    older = people.age >= 65
    columns: dict[str, Words] = {
        "LA Person Unique Identifier": people.local_id,
        "Religion or Belief": _religion(chance, asian),
        "Sexual Orientation": _pick(
            chance,
            "orientation",
            count,
            (
                "Heterosexual or straight",
                "Gay or lesbian",
                "Bisexual",
                "Other",
                "Prefer not to say",
                "Not recorded",
            ),
            (47, 1.5, 1, 0.3, 3, 47),
        ),
        "Gender Identity": _pick(
            chance,
            "gender identity",
            count,
            ("Same as at birth", "Different from birth", "Not recorded"),
            (54, 0.6, 45.4),
        ),
        "Marital or Civil Partnership Status": _marital(chance, older),
        "Pregnancy or Maternity": _pregnancy(chance, people),
        "Disability": _pick(chance, "disability", count, ("Yes", "No", "Not recorded"), (38, 22, 40)),
        "Preferred Language": _language(chance, asian),
        "Interpreter needed": _pick(chance, "interpreter", count, ("Yes", "No", "Not known"), (4, 86, 10)),
        "IMD Decile": _pick(
            chance,
            "deprivation",
            count,
            ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", ""),
            (15, 13, 12, 11, 10, 9, 9, 8, 6, 5, 2),
        ),
        "Team": _team(chance, people),
        "Lead Professional": _professionals(chance, names, count),
        "Transitioned from children's services": _transitioned(chance, people, events),
    }
    frame = pd.DataFrame({field: columns[field] for field in EXTRA_FIELDS})
    known = chance.happens("has extras", count, 0.97)
    return frame[known].reset_index(drop=True)


def _pick(
    chance: Chance, stream: str, count: int, values: tuple[str, ...], weights: tuple[float, ...]
) -> Words:
    return np.asarray(np.array(values, dtype=object)[chance.pick(stream, count, weights)], dtype=object)


def _pick_by(
    chance: Chance, stream: str, group: Ints, values: tuple[str, ...], tables: tuple[tuple[float, ...], ...]
) -> Words:
    return np.asarray(np.array(values, dtype=object)[chance.pick_by(stream, group, tables)], dtype=object)


def _religion(chance: Chance, asian: Bools) -> Words:
    tables = ((44, 18, 2, 0.3, 0.2, 0.6, 0.4, 1, 33.5), (3, 3, 42, 12, 12, 0, 1, 1, 26))
    return _pick_by(chance, "religion", asian.astype(np.int64), (*_RELIGIONS, "Not recorded"), tables)


def _marital(chance: Chance, older: Bools) -> Words:
    values = ("Single", "Married", "Civil partnership", "Divorced", "Widowed", "Separated", "Not recorded")
    tables = ((50, 17, 0.5, 7, 1.5, 3, 21), (9, 30, 0.3, 8, 32, 1, 19.7))
    return _pick_by(chance, "marital", older.astype(np.int64), values, tables)


def _pregnancy(chance: Chance, people: People) -> Words:
    woman = people.codes["Gender"] == code("Gender", "Female")
    may_be = woman & (people.age >= 18) & (people.age < 45)
    values = ("Yes", "No", "Not recorded")
    return _pick_by(chance, "pregnancy", may_be.astype(np.int64), values, ((0, 70, 30), (3, 72, 25)))


def _language(chance: Chance, asian: Bools) -> Words:
    tables = ((91, 0.1, 0.1, 1.2, 0.1, 0.1, 0.6, 0.4, 6.4), (52, 14, 12, 0, 5, 7, 0, 0.2, 9.8))
    return _pick_by(chance, "language", asian.astype(np.int64), (*_LANGUAGES, "Not known"), tables)


def _team(chance: Chance, people: People) -> Words:
    reason = people.codes["Primary Support Reason"]
    group = np.zeros(people.count, dtype=np.int64)
    group[reason == code("Primary Support Reason", "Learning disability support")] = 1
    group[reason == code("Primary Support Reason", "Mental health support")] = 2
    group[people.age < 20] = 3
    group[people.role != SERVICE_USER] = 4
    tables = (
        (24, 24, 22, 22, 8, 0, 0, 0, 0),
        (6, 6, 5, 5, 1, 75, 2, 0, 0),
        (6, 6, 5, 5, 1, 0, 77, 0, 0),
        (3, 3, 3, 3, 0, 15, 3, 70, 0),
        (15, 15, 15, 15, 0, 0, 0, 0, 40),
    )
    return _pick_by(chance, "team", group, _TEAMS, tables)


def _professionals(chance: Chance, names: Names, count: int) -> Words:
    pool = [f"{first} {last}" for first, last in zip(names.women[::-1], names.last[::2], strict=False)][:90]
    return np.asarray(np.array(pool, dtype=object)[chance.whole("professional", count, 0, len(pool) - 1)])


def _transitioned(chance: Chance, people: People, events: Events) -> Words:
    route = events.codes["Request: Route of Access"] == code(
        "Request: Route of Access", "Planned entry (transition)"
    )
    came = np.zeros(people.count, dtype=np.bool_)
    came[events.person[route]] = True
    young = (people.age <= 25) & (people.role == SERVICE_USER)
    said = (came & chance.happens("transition said", people.count, 0.8)) | (
        young & chance.happens("transition only said", people.count, 0.05)
    )
    return np.where(young, np.where(said, "Yes", "No"), "")
