"""Pools of invented names and places, drawn once from Faker and then picked from by position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from casetrack.errors import UsageError
from casetrack.synthetic.chance import Chance, Words


@dataclass(frozen=True)
class Names:
    """Pools: first names of men and of women, last names, GP practices and care providers."""

    men: Words
    women: Words
    last: Words
    practice_names: Words
    practice_codes: Words
    provider_names: Words
    provider_codes: Words


def make_names(chance: Chance) -> Names:
    """Draw the pools; sorted, so that they do not depend on the order in which Faker finds them.

    Codes of practices (``Y99...``) and providers (``1-999...``) are of the right form and belong to nobody.
    """
    try:
        from faker import Faker
    except ModuleNotFoundError:
        raise UsageError.of(
            "synthetic-not-installed",
            "an invented council takes its names from the library faker, and that is not installed.",
            advice="Install casetrack with its extra: casetrack[synthetic].",
        ) from None
    fake = Faker("en_GB")
    fake.seed_instance(int(chance.bits("faker", 1)[0]))

    def pool(make: Callable[[], str], draws: int) -> list[str]:
        return sorted({make() for _ in range(draws)})

    last = pool(fake.last_name, 400)
    places = pool(fake.city, 80)
    # Always as many of each, however many places Faker found: codes do not depend on its version.
    practices = [f"{places[number % len(places)]} Surgery" for number in range(40)]
    homes = [places[-1 - number % len(places)] for number in range(40)]
    providers = [f"{place} {kind}" for place in homes for kind in ("House", "Home Care")]
    return Names(
        men=np.array(pool(fake.first_name_male, 200), dtype=object),
        women=np.array(pool(fake.first_name_female, 200), dtype=object),
        last=np.array(last, dtype=object),
        practice_names=np.array(practices, dtype=object),
        practice_codes=np.array([f"Y99{number:03d}" for number in range(len(practices))], dtype=object),
        provider_names=np.array(providers, dtype=object),
        provider_codes=np.array([f"1-999{number:05d}" for number in range(len(providers))], dtype=object),
    )
