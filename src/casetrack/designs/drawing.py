"""From a design and a pool to a lottery made ready, and from a number to the people drawn.

Fixed places are filled first, and what they take up is subtracted from the quotas and the limits. Everything else that a
design asks is kept by every list of the lottery: quotas, limits per value, and the number listed as each code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from pandas import DataFrame, Series

from casetrack.designs.asked import Asked
from casetrack.designs.bound import Bound, bind, counted, drawable, limit_column, open_limits, quotas_frame
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.listed_as import assign_listed_as
from casetrack.designs.nearest import shortfall_of
from casetrack.designs.quota import Quota
from casetrack.errors import DesignError, InfeasibleDesignError
from casetrack.lottery.chances import missed
from casetrack.lottery.draw import DrawnList, draw_list
from casetrack.lottery.keyed import hashed, minuted, secret_key
from casetrack.lottery.numbered import TRIALS, Certificate
from casetrack.lottery.prepare import NEARLY_WHOLE, Prepared, Wanted, limited_chances, prepare
from casetrack.lottery.rules import Limit
from casetrack.quotas.quota_system import QuotaSystem
from casetrack.quotas.shortfall import refusal
from casetrack.threads import one_thread
from casetrack.words import count_of

#: Lists to practise on: what readers reach is then known to about half a case.
PRACTICE_LISTS = 10


@dataclass(frozen=True)
class DesignLottery:
    """A design's lottery made ready: everything that is fixed before the number is known."""

    coded: CodedPeople = field(repr=False)
    design: Asked = field(repr=False)
    #: The one held against the other.
    bound: Bound = field(repr=False)
    #: The lottery of the places that are not fixed.
    prepared: Prepared
    #: The code that each person with a fixed place is listed as.
    fixed: Series = field(repr=False)

    @property
    def digest(self) -> str:
        """What is minuted before a draw: pool, design, edition, chances and key as one digest."""
        return self.prepared.lottery.digest

    @property
    def key_digest(self) -> str:
        """SHA-256 of the secret key, which is minuted with it."""
        return self.prepared.lottery.key_digest

    @cached_property
    def practice(self) -> np.ndarray:
        """Lists of the same lottery by another key, as kinds: they tell how lists look, and nothing of its own lists.

        Dealt when they are first asked for, which takes as long as a draw, and kept.
        """
        key = hashlib.blake2b(b"practice" + self.digest.encode(), digest_size=32).digest()
        return self.prepared.lottery.practice(key, PRACTICE_LISTS)

    @cached_property
    def weights(self) -> DataFrame:
        """The chance of everyone eligible to be listed as each code, counted over all lists; fixed places are certain."""
        codes = list(self.coded.code_names)
        weights = np.zeros((len(self.coded.people), len(codes)))
        rows = self.coded.people.index.get_indexer(self.bound.people.index)
        weights[rows] = self.prepared.chance_as[self.prepared.kinds.group_of]
        for person, code in self.fixed.items():
            weights[self.coded.people.index.get_loc(person), codes.index(code)] = 1.0
        return DataFrame(weights, index=self.coded.people.index, columns=codes)


@dataclass(frozen=True)
class Drawn:
    """A list as it was drawn, and everybody's chance of being on it."""

    #: The people on the list, in text order.
    chosen: tuple[str, ...] = field(repr=False)
    #: The code that each is listed as, index ``person_id``.
    listed_as: Series = field(repr=False)
    #: The chance of everyone eligible, index ``person_id`` in the order of the pool: 1 for a fixed place, 0 for people
    #: who are excluded, without a code, or shut out. They sum to the places drawn.
    chances: Series = field(repr=False)
    #: The smallest chance of anyone who has one, and what no lottery under these quotas and this cap could give to all.
    floor: float
    best_floor: float
    #: The most that anybody's chance was allowed to be; 1 where a cap would have cost too much of the floor.
    cap: float
    #: ``feature``, ``value``, ``multiplier``: positive where a quota raises a person's chance, negative where it lowers
    #: it, 0 where it does not bind.
    multipliers: DataFrame = field(repr=False)
    #: ``feature``, ``value``, ``min``, ``max`` (missing where there is none), ``in_pool``, ``on_list``; for a limit per
    #: value, the people who have a value, and the most that share one on the list.
    quota_table: DataFrame = field(repr=False)
    #: The seed as it was used.
    seed: str
    #: The number of the list, from 0, and whether it was thrown with dice; otherwise it follows from the seed.
    number: int
    thrown: bool
    #: What shows that the list is one of an exact lottery.
    certificate: Certificate
    #: The lottery that it was drawn from.
    lottery: DesignLottery = field(repr=False)
    #: What there is to say about this draw beside everyone's chance, in plain sentences that name nobody.
    notes: tuple[str, ...]

    @property
    def key(self) -> bytes:
        """The secret key: whoever has it, the pool and the number can write the list out."""
        return self.lottery.prepared.lottery.key

    @property
    def weights(self) -> DataFrame:
        """The chance of everyone eligible to be listed as each code: index ``person_id``, a column for each code."""
        return self.lottery.weights

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Everyone who can be drawn in an order of the key and the number: who is next in line follows from it."""
        able = drawable(self.lottery.design, self.lottery.coded).index
        own = hashed(self.key, "line", self.number)
        return tuple(sorted(able, key=lambda person: hashed(own, str(person))))


@one_thread
def prepare_design(
    coded: CodedPeople,
    design: Asked,
    key: bytes | None = None,
    trials: int = TRIALS,
    *,
    easily: bool = False,
) -> DesignLottery:
    """Make the lottery of a design ready: everything but the number.

    `key`: the secret key, 32 bytes; a new one is made when none is given. `trials`: leaves to try before the lottery is
    minuted. `easily`: refuse what is not found with ease, instead of counting lists out.
    """
    shortfall = shortfall_of(design, coded)
    if shortfall is not None:
        raise refusal(shortfall, shortfall.nearest_design)
    bound = bind(design, coded, as_rows=False)
    limits = _value_limits(bound)
    wanted = wanted_chances(design, bound)
    if wanted is None:
        raise _limits_clash(limits)
    codes = list(coded.code_names)
    fixed = coded.people.loc[list(bound.fixed), codes]
    listed = assign_listed_as(fixed, codes) if len(fixed) else Series(dtype=object, name="listed_as")
    prepared = prepare(
        wanted,
        limits,
        key=secret_key(key),
        told={"design": design.digest(), "pool": coded.digest, "edition": coded.edition},
        holds=coded.people.loc[bound.people.index, codes].to_numpy(bool),
        already=np.array([int((listed == code).sum()) for code in codes]),
        trials=trials,
        easily=easily,
    )
    return DesignLottery(coded, design, bound, prepared, listed)


@one_thread
def chances_of(design: Asked, coded: CodedPeople) -> Series | None:
    """Everyone's chance under a design, index ``person_id``: 1 for fixed places; None when no chances can keep it."""
    bound = bind(design, coded, as_rows=False)
    wanted = wanted_chances(design, bound)
    if wanted is None:
        return None
    chances = Series(0.0, index=coded.people.index, name="chance")
    chances.loc[bound.people.index] = wanted.chances.by_type[wanted.system.type_of]
    chances.loc[list(bound.fixed)] = 1.0
    return chances


def _value_limits(bound: Bound) -> dict[str, Limit]:
    return {name: Limit(values, np.maximum(bound.room[name], 0)) for name, values in bound.limits.items()}


def wanted_chances(design: Asked, bound: Bound) -> Wanted | None:
    """The chances under the minimums, which lie between the bounds of a balance; under both where they do not.

    A balance is made from the chances and is to cost nobody any: worked out again with it they would be the same.
    """
    system, limits = bound.system, _value_limits(bound)
    if not design.balance:
        return limited_chances(system, limits, capped=True)
    own = design.without_balance().quotas()
    asked = [own.get((feature, value), Quota()) for feature, value in system.labels]
    least = np.array([quota.min for quota in asked]) - bound.held
    most = np.array([design.size if quota.max is None else quota.max for quota in asked]) - bound.held
    loose = replace(system, minimum=np.maximum(least, 0), maximum=np.maximum(most, 0))
    wanted = limited_chances(loose, limits, capped=True)
    if wanted is None:
        return None
    rows = len(system.labels)
    held = replace(
        wanted.system,
        minimum=np.r_[system.minimum, wanted.system.minimum[rows:]],
        maximum=np.r_[system.maximum, wanted.system.maximum[rows:]],
    )
    if missed(held, wanted.chances.by_type) <= NEARLY_WHOLE:
        return replace(wanted, system=held)
    return limited_chances(system, limits, capped=True)


@one_thread
def draw_prepared(lottery: DesignLottery, seed: str, number: int | None = None) -> Drawn:
    """Draw a list of a lottery made ready.

    `number`: the number of the list, where it was thrown with dice; the seed then only says where and when.
    """
    text = minuted(seed)
    keys = [str(person).encode() for person in lottery.bound.people.index]
    drawn = draw_list(lottery.prepared, keys, text, number)
    if drawn.recounted:
        lottery = replace(lottery, prepared=drawn.prepared)
    return _drawn(lottery, drawn, text)


def draw_design(
    coded: CodedPeople,
    design: Asked,
    seed: str,
    key: bytes | None = None,
    number: int | None = None,
    digest: str = "",
) -> Drawn:
    """Make a lottery ready and draw a list of it.

    `key`: the secret key, 32 bytes; a new one is made when none is given. The same pool, design, seed and key give the
    same list. `number`: the number of the list, where it was thrown with dice. `digest`: what was minuted of the lottery,
    or is on record of it, where something is.
    """
    minuted(seed)
    # Without a digest nothing was minuted in between, so the draw's own leaf is the trial.
    lottery = prepare_design(coded, design, key, trials=0)
    if digest not in {"", lottery.digest}:
        lottery = prepare_design(coded, design, key)
    drawn = draw_prepared(lottery, seed, number)
    if digest not in {"", drawn.lottery.digest}:
        raise DesignError.of(
            "lottery-not-minuted",
            "the lottery of this pool, design and key is not the one that was minuted.",
            advice="Give the same extract, person-level file, mapping, hold-back list, overrides, date, rule, design and "
            "size, with the same version of casetrack; or prepare the lottery anew and minute it.",
        )
    return drawn


def _limits_clash(limits: dict[str, Limit]) -> InfeasibleDesignError:
    columns = ", ".join(sorted(limits))
    return InfeasibleDesignError.of(
        "limits-clash",
        f"the quotas leave no room for the limit per value of {columns}.",
        where=columns,
        advice="Allow more people per value, or lower the minimums of small groups.",
    )


def _drawn(lottery: DesignLottery, drawn: DrawnList, seed: str) -> Drawn:
    coded, bound, prepared = lottery.coded, lottery.bound, lottery.prepared
    codes = list(coded.code_names)
    listed = dict(lottery.fixed.items())
    listed |= {str(bound.people.index[row]): codes[code] for row, code in drawn.listed}
    chosen = tuple(sorted(listed))
    chances = lottery.weights.sum(axis=1).rename("chance")
    wanted = prepared.wanted
    floor = float(chances[chances > 0].min())
    return Drawn(
        chosen=chosen,
        listed_as=Series(listed, name="listed_as", dtype=object).reindex(list(chosen)),
        chances=chances,
        floor=floor,
        best_floor=max(wanted.chances.best_floor, floor),
        cap=wanted.cap,
        multipliers=_multipliers(wanted.system, wanted.chances.multipliers),
        quota_table=_quota_table(lottery.design, coded, chosen),
        seed=seed,
        number=drawn.number,
        thrown=drawn.thrown,
        certificate=drawn.certificate,
        lottery=lottery,
        notes=_notes(lottery, drawn),
    )


def _multipliers(system: QuotaSystem, multipliers: np.ndarray) -> DataFrame:
    rows = [
        (limit_column(feature) or feature, "one value" if limit_column(feature) else value, float(multiplier))
        for (feature, value), multiplier in zip(system.labels, multipliers, strict=True)
    ]
    return DataFrame(rows, columns=["feature", "value", "multiplier"])


def _quota_table(design: Asked, coded: CodedPeople, chosen: Sequence[str]) -> DataFrame:
    quotas, people = quotas_frame(design, coded)
    listed = people.loc[list(chosen)]
    rows: list[tuple[object, ...]] = [
        (feature, value, quota.min, quota.max, in_pool, on_list)
        for ((feature, value), quota), in_pool, on_list in zip(
            design.quotas().items(),
            counted(people, quotas).tolist(),
            counted(listed, quotas).tolist(),
            strict=True,
        )
    ]
    limits = open_limits(design, people, min(design.size, len(people)))
    for column, (numbers, most) in limits.items():
        taken = numbers[people.index.get_indexer(list(chosen))]
        shared = int(np.bincount(taken[taken >= 0], minlength=1).max())
        rows.append((column, "each value", 0, most, int((numbers >= 0).sum()), shared))
    frame = DataFrame(rows, columns=["feature", "value", "min", "max", "in_pool", "on_list"])
    return frame.astype({"min": "int64", "max": "Int64", "in_pool": "int64", "on_list": "int64"})


# -- notes -------------------------------------------------------------------------------------------


def _notes(lottery: DesignLottery, drawn: DrawnList) -> tuple[str, ...]:
    design, coded, bound, prepared = lottery.design, lottery.coded, lottery.bound, lottery.prepared
    able = len(bound.people) + len(bound.fixed) + len(bound.shut_out)
    notes = []
    if able <= design.size:
        notes.append(f"{able:,} people can be drawn for {design.size:,} places: the list is everyone.")
        if any(column in coded.people for column in design.at_most):
            notes.append("Limits per value of a column were set aside, because everyone is on the list.")
    if len(bound.shut_out):
        who = count_of(len(bound.shut_out), "person is", "people are")
        notes.append(f"{who} shut out because a fixed place fills a limit that they share.")
    if not prepared.listing_kept:
        notes.append(
            "The number listed as each code can differ from list to list by more than one: no lottery was found that "
            "keeps it."
        )
    return (*notes, *drawn.in_words())
