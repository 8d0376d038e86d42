"""The people of the invented council: who they are, before anything happens to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casetrack.synthetic.chance import Chance, Floats, Ints, Words
from casetrack.synthetic.names import Names
from casetrack.synthetic.vocabulary import SERVICE_USER, code

NONE: int = int(np.iinfo(np.int64).min)
"""A day or a number that is not there."""

# The range 999 holds 909,090 or so valid numbers; some are kept for numbers that conflict.
MOST_PEOPLE = 850_000

_AGE_BANDS = ((16, 17), (18, 19), (20, 24), (25, 44), (45, 64), (65, 74), (75, 84), (85, 94), (95, 104))
_AGE_WEIGHTS = (
    (1.3, 2.6, 3.4, 12.5, 19.5, 15.0, 23.0, 19.7, 3.0),
    (0.4, 0.8, 2.2, 16.0, 42.0, 20.0, 14.6, 4.0, 0.0),
    (0.4, 0.8, 2.2, 16.0, 42.0, 20.0, 14.6, 4.0, 0.0),
)

# One column for each Primary Support Reason but "Support to unpaid carer" and "Unknown", which come last.
_REASONS_BY_AGE = (
    (5, 13, 1.5, 1.5, 0.5, 0.5, 40, 20, 3, 2, 6, 0, 7),
    (6, 18, 1.5, 1.5, 0.5, 1, 30, 24, 6, 2, 5, 0, 4.5),
    (11, 34, 2, 1.5, 0.7, 3, 16, 18, 4, 0.5, 5, 0, 4.3),
    (16, 55, 2, 1.5, 0.8, 11, 2.5, 4.5, 0.5, 0.1, 3.5, 0, 2.6),
    (15, 56, 2, 1.5, 1, 17, 0.4, 1.8, 0.1, 0, 3, 0, 2.2),
)

_ETHNICITY_UNDER_65 = (
    *(60, 1, 0.5, 0.4, 5, 2, 0.8, 1.2, 1),
    *(4.2, 4.6, 1.8, 0.9, 2, 3.6, 2.2, 1, 0.9, 1.3, 1.2, 4.4),
)
_ETHNICITY_65_OVER = (
    *(80, 2, 0.2, 0.1, 3, 0.4, 0.1, 0.2, 0.3),
    *(2.2, 1.6, 0.5, 0.4, 0.6, 0.6, 1.8, 0.3, 0.2, 0.5, 1, 4),
)

_SETTLED_YOUNGER = (12, 24, 9, 30, 9, 1.6, 0.3, 2, 0.3, 0.6, 0.8, 0.3, 1.5, 0.6, 0.6, 3.2, 0.6, 0.5, 0.6, 1.5)
_SETTLED_OLDER = (50, 17, 4, 5, 1, 0.1, 0, 8, 0.1, 0.1, 0.1, 0, 0.2, 0.3, 1, 7, 4, 0.1, 0.3, 1.7)


@dataclass(frozen=True)
class People:
    """One position for each person; codes are positions in ``VALUES``, days count from 1 January 1970."""

    role: Ints
    age: Ints
    birth: Ints
    codes: dict[str, Ints]
    local_id: Words
    nhs_number: Words
    spare_nhs: Words
    first_name: Words
    last_name: Words
    postcode: Words
    practice_code: Words
    practice_name: Words
    cared_for: Ints
    """Positions of the people whom carers care for, -1 for nobody."""
    also_cared_for: Ints

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.role)


def nhs_numbers(chance: Chance, count: int) -> Words:
    """Give different valid NHS numbers of the test range that starts 999, in an order of chance."""
    start = int(chance.whole("nhs start", 1, 0, 999_999)[0])
    tried = np.arange(min(1_000_000, int(count * 1.11) + 100), dtype=np.int64)
    middle = (tried * 618_033 + start) % 1_000_000
    total = np.full(len(middle), 9 * (10 + 9 + 8), dtype=np.int64)
    for place in range(6):
        total += (middle // 10 ** (5 - place)) % 10 * (7 - place)
    check = (11 - total % 11) % 11
    good = check != 10
    numbers = (9_990_000_000 + middle[good] * 10 + check[good])[:count]
    return np.array([str(number) for number in numbers.tolist()], dtype=object)


def make_people(chance: Chance, names: Names, count: int, as_at_day: int) -> People:
    """Invent ``count`` people as they are on a day."""
    role = chance.pick("role", count, (84.0, 13.8, 2.2))
    band = chance.pick_by("age band", role, _AGE_WEIGHTS)
    low, high = (np.array(side, dtype=np.int64)[band] for side in zip(*_AGE_BANDS, strict=True))
    age = np.asarray(low + np.floor(chance.uniform("age", count) * (high - low + 1)), dtype=np.int64)
    days = np.floor((age + chance.uniform("birthday", count)) * 365.2425).astype(np.int64)
    birth = np.where(chance.happens("birth unknown", count, 0.004), NONE, as_at_day - days)
    cared_for, also = _cared_for(chance, role)
    codes = _details(chance, role, age)
    helped = np.concatenate([cared_for[cared_for >= 0], also[also >= 0]])
    codes["Has Unpaid Carer"][helped] = code("Has Unpaid Carer", "Yes")
    numbers = nhs_numbers(chance, count + count // 20 + 20)
    known = ~chance.happens("nhs unknown", count, 0.06)
    practice = chance.whole("practice", count, 0, len(names.practice_codes) - 1)
    woman = codes["Gender"] == code("Gender", "Female")
    first = np.where(woman, _any(chance, "woman", names.women, count), _any(chance, "man", names.men, count))
    return People(
        role=role,
        age=age,
        birth=birth,
        codes=codes,
        local_id=_local_ids(chance, count),
        nhs_number=np.where(known, numbers[:count], ""),
        spare_nhs=numbers[count:],
        first_name=first,
        last_name=_any(chance, "last name", names.last, count),
        postcode=_postcodes(chance, cared_for),
        practice_code=names.practice_codes[practice],
        practice_name=names.practice_names[practice],
        cared_for=cared_for,
        also_cared_for=also,
    )


def _any(chance: Chance, stream: str, pool: Words, count: int) -> Words:
    return np.asarray(pool[chance.whole(stream, count, 0, len(pool) - 1)], dtype=object)


def _cared_for(chance: Chance, role: Ints) -> tuple[Ints, Ints]:
    users = np.flatnonzero(role == SERVICE_USER)
    nobody = np.full(len(role), -1, dtype=np.int64)
    if not len(users):
        return nobody, nobody
    linked = (role != SERVICE_USER) & chance.happens("linked", len(role), 0.9)
    whom, other = (users[chance.whole(name, len(role), 0, len(users) - 1)] for name in ("cared for", "also"))
    two = linked & (other != whom) & chance.happens("cares for two", len(role), 0.07)
    return np.where(linked, whom, -1), np.where(two, other, -1)


def _details(chance: Chance, role: Ints, age: Ints) -> dict[str, Ints]:
    count = len(role)
    older = (age >= 65).astype(np.int64)
    generation = np.searchsorted(np.array([25, 45, 65, 75]), age, side="right").astype(np.int64)
    reason = chance.pick_by("reason", generation, _REASONS_BY_AGE)
    carers = (role != SERVICE_USER) & chance.happens("carer reason", count, 0.94)
    reason = np.where(
        carers, code("Primary Support Reason", "Social support: Support to unpaid carer"), reason
    )
    women = np.where(age >= 85, 0.66, np.where(age >= 65, 0.58, np.where(role == SERVICE_USER, 0.48, 0.69)))
    gender = np.where(
        chance.happens("rare gender", count, 0.008),
        chance.whole("which rare gender", count, 2, 3),
        chance.happens("woman", count, women).astype(np.int64),
    )
    carer_known = chance.happens("carer known well", count, 0.3)
    not_asked = (role != SERVICE_USER) & ~carer_known
    working_age = (age >= 18) & (age < 65)
    codes = {
        "Accommodation Status": chance.pick_by("home", older, (_SETTLED_YOUNGER, _SETTLED_OLDER)),
        "Client Funding Status": chance.pick("funding", count, (9, 41, 38, 12)),
        "Employment Status": np.where(working_age, chance.pick("work", count, (5, 4, 8, 62, 3, 18)), -1),
        **_conditions(chance, age, reason),
    }
    return {
        **{field: np.where(not_asked, -1, values) for field, values in codes.items()},
        "Gender": gender,
        "Ethnicity": chance.pick_by("ethnicity", older, (_ETHNICITY_UNDER_65, _ETHNICITY_65_OVER)),
        "Primary Support Reason": reason,
        "Has Unpaid Carer": chance.pick("has carer", count, (22, 53, 25)),
    }


def _conditions(chance: Chance, age: Ints, reason: Ints) -> dict[str, Ints]:
    count = len(age)

    def because(*reasons: str) -> Floats:
        codes = [code("Primary Support Reason", name) for name in reasons]
        return np.asarray(np.isin(reason, codes), dtype=np.float64)

    def yes_no(name: str, share: Floats) -> Ints:
        other = chance.pick(f"{name} otherwise", count, (0, 78, 22))
        return np.where(chance.happens(name, count, share), 0, other)

    def impairment(name: str, share: Floats, kinds: tuple[float, ...]) -> Ints:
        other = chance.pick(f"{name} otherwise", count, (80, 20)) + len(kinds)
        return np.where(chance.happens(name, count, share), chance.pick(f"{name} kind", count, kinds), other)

    learning = because("Learning disability support")
    dual = because("Sensory support: Support for dual impairment")
    sight = because("Sensory support: Support for visual impairment") + dual
    hearing = because("Sensory support: Support for hearing impairment") + dual
    autism = np.where(age < 25, 0.10, np.where(age < 65, 0.035, 0.004)) + 0.25 * learning
    dementia = np.where(age >= 85, 0.16, np.where(age >= 65, 0.08, 0.004))
    dementia = np.maximum(dementia, 0.85 * because("Support with memory and cognition"))
    ageing = np.where(age >= 75, 0.09, 0.02)
    return {
        "Autism Spectrum Disorder (ASD)": yes_no("autism", autism),
        "Dementia": yes_no("dementia", dementia),
        "Visual Impairment": impairment("sight", np.maximum(ageing, 0.95 * sight), (25, 60, 15)),
        "Hearing Impairment": impairment("hearing", np.maximum(ageing, 0.95 * hearing), (15, 5, 65, 15)),
    }


def _local_ids(chance: Chance, count: int) -> Words:
    start = int(chance.whole("local id start", 1, 0, 999_999)[0])
    numbers = (np.arange(count, dtype=np.int64) * 381_967 + start) % 1_000_000
    return np.array([f"{number:07d}" for number in numbers.tolist()], dtype=object)


def _postcodes(chance: Chance, cared_for: Ints) -> Words:
    count = len(cared_for)
    home = chance.whole("postcode", count, 0, 9 * 9 * 400 - 1)
    # About half of carers live with the person they care for.
    together = (cared_for >= 0) & chance.happens("lives with", count, 0.5)
    home = np.where(together, home[np.maximum(cared_for, 0)], home)
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    table = [
        f"ZZ9{area} {sector}{one}{two}"
        for area in range(1, 10)
        for sector in range(1, 10)
        for one in letters
        for two in letters
    ]
    return np.array(table, dtype=object)[home]
