"""The draw: the number of a list, and the people who stand on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from casetrack.errors import DesignError
from casetrack.lottery.numbered import Certificate
from casetrack.lottery.prepare import Prepared
from casetrack.words import count_of


@dataclass(frozen=True)
class DrawnList:
    """One list of a lottery."""

    #: The lottery that it was drawn from; another than was given where `recounted`.
    prepared: Prepared
    #: The number of the list, from 0.
    number: int
    #: Row number and code number of each person, -1 where nobody is listed as a code; in the order of the people's keys.
    listed: tuple[tuple[int, int], ...] = field(repr=False)
    #: What shows that the list is one of an exact lottery.
    certificate: Certificate
    #: Whether the leaf that was drawn first could not be dealt, so that lists were counted out and a number drawn anew.
    recounted: bool = False
    #: Whether the number was given, and does not follow from the seed.
    thrown: bool = False

    @property
    def rows(self) -> list[int]:
        """The rows of the people listed."""
        return [row for row, _ in self.listed]

    def in_words(self) -> list[str]:
        """What there is to say of a lottery whose lists were counted out."""
        table = self.prepared.lottery.table
        if table is None:
            return []
        count, first = len(table[0]), "The lists next to the number drawn first could not be dealt. "
        lists = count_of(count, "different list")
        return [
            f"{first if self.recounted else ''}The lottery is of {lists}, counted out, since no lottery of whole lists "
            "was found with the chances that the quotas alone allow; the chances are those of these lists."
        ]


def draw_list(
    prepared: Prepared, person_keys: Sequence[bytes], seed: str, number: int | None = None
) -> DrawnList:
    """Draw one list.

    `number`: the number, where it was thrown with dice.
    """
    lottery = prepared.lottery
    if number is not None and not 0 <= number < lottery.lists:
        raise DesignError.of(
            "list-number",
            f"the number of the list is not between 0 and {lottery.lists - 1:,}.",
            advice="Throw one ten-sided die for each digit.",
        )
    chosen = lottery.number_of(seed) if number is None else number
    found = lottery.list_number(chosen)
    recounted = not found.certificate.holds
    if recounted and number is not None:
        raise DesignError.of(
            "list-not-dealt",
            "the lists next to this number could not be dealt so that each keeps every rule.",
            advice="Minute it, prepare the lottery anew (another key deals other lists), minute that, and throw again.",
        )
    # Once without rows for codes, then with lists counted out, each of which keeps its rules.
    while not found.certificate.holds and not prepared.counted:
        prepared = prepared.found_anew()
        lottery = prepared.lottery
        chosen = lottery.number_of(seed)
        found = lottery.list_number(chosen)
    if not found.certificate.holds:
        raise ArithmeticError("a list was drawn that does not keep its rules")
    listed = prepared.kinds.take(found.kinds, person_keys, (lottery.key, chosen))
    return DrawnList(prepared, chosen, tuple(listed), found.certificate, recounted, number is not None)
