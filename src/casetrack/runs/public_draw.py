"""A lottery made ready before its number is thrown in public: what is minuted, and a file that keeps its key sealed."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casetrack.chain import canonical_digest
from casetrack.designs.design import Design
from casetrack.designs.drawing import DesignLottery, prepare_design
from casetrack.errors import DesignError, LookupFileError
from casetrack.files import write_files
from casetrack.lookup.sealing import Cost, Sealed, check_passphrase, make_facts, seal
from casetrack.lottery.numbered import LISTS
from casetrack.pool.cohorts import CodedPool
from casetrack.small_files import json_of, read_small
from casetrack.version import __version__


@dataclass(frozen=True)
class Minuted:
    """What is minuted of a lottery before its number is thrown, and its secret key."""

    #: What goes into the minutes: SHA-256 of the lottery (pool, design, chances, key) and of its key.
    lottery: str
    key_digest: str
    lists: int
    key: bytes = field(repr=False)
    lowest: float = 0.0  # the smallest and the largest chance of anyone who has one
    highest: float = 0.0
    people: int = 0

    @property
    def dice(self) -> int:
        """Ten-sided dice to throw, one for each digit of a list's number."""
        return len(str(self.lists - 1))

    def number(self, thrown: str) -> int:
        """The number of the list that was thrown."""
        digits = thrown.replace(" ", "")
        if len(digits) != self.dice or not (digits.isascii() and digits.isdigit()):
            raise DesignError.of(
                "thrown-digits",
                f"what was thrown is not {self.dice} digits from 0 to 9.",
                advice="Write the digits in the order in which the dice were read, zeros at the beginning too.",
            )
        return int(digits)


def prepare_lottery(
    coded: CodedPool,
    design: Design,
    path: str | os.PathLike[str],
    passphrase: str,
    *,
    key: bytes | None = None,
    page: tuple[Path, Callable[[Minuted], str]] | None = None,
    force: bool = False,
) -> Minuted:
    """Make the lottery of a design ready, and write a file that keeps its secret key sealed until the draw.

    `key`: the secret key, for tests; a new one is made without it. `page`: a page about it and where; both files are
    written or none. `force`: replace a file that is there.
    """
    check_passphrase(passphrase)
    made = prepare_design(coded, design, key)
    told = _minuted(made)
    content = {
        "casetrack": __version__,
        "lottery": told.lottery,
        "key": told.key_digest,
        "lists": told.lists,
        "design": design.digest(),
        "pool": coded.digest,
    }
    facts = make_facts(
        release_id=_bound(content),
        list_digest=told.lottery,
        created=dt.date.today(),
        keep_until=None,
        cases=0,
    )
    sealed, _ = seal(told.key, facts, passphrase, Cost())
    content["sealed"] = base64.b64encode(sealed.to_bytes()).decode("ascii")
    files = {Path(path): json.dumps(content, indent=2) + "\n"}
    if page is not None:
        files[page[0]] = page[1](told)
    write_files(files, force=force)
    return told


def read_lottery(path: str | os.PathLike[str], passphrase: str) -> Minuted:
    """What a file of `prepare_lottery` holds, with the key: nothing that is not sealed with it is believed."""
    try:
        content = json_of(read_small(path))
        sealed = Sealed.from_bytes(base64.b64decode(content.pop("sealed"), validate=True))
        lottery, key_digest = content["lottery"], content["key"]
    except (AttributeError, OSError, ValueError, KeyError, TypeError, LookupFileError):
        raise DesignError.of(
            "not-a-lottery",
            "the file of the lottery cannot be read, or is not one.",
            advice="Give the file that casetrack lottery wrote.",
        ) from None
    try:
        key = sealed.records(sealed.unlock(passphrase))
    except LookupFileError:
        raise LookupFileError.of(
            "lottery-closed",
            "the file of the lottery does not open: the passphrase is another one, or the file was changed.",
            advice="Give the passphrase with which the lottery was prepared.",
        ) from None
    facts = sealed.header.facts
    of_key = hashlib.sha256(key).hexdigest()
    if (facts.list_digest, facts.release_id, of_key) != (lottery, _bound(content), key_digest):
        raise DesignError.of(
            "not-a-lottery",
            "the file of the lottery does not say what was sealed in it: it was changed since it was made ready.",
            advice="Go back to the file as casetrack lottery wrote it, and compare it with the minutes.",
        )
    return Minuted(lottery, key_digest, LISTS, key)


def _bound(content: Mapping[str, Any]) -> str:
    """What the sealed part of a lottery's file says of every field beside it."""
    return f"a lottery before its draw: {canonical_digest(dict(content))}"


def _minuted(made: DesignLottery) -> Minuted:
    chances = made.weights.sum(axis=1)
    able = chances[chances > 0]
    return Minuted(
        made.digest,
        made.key_digest,
        made.prepared.lottery.lists,
        made.prepared.lottery.key,
        float(able.min()) if len(able) else 0.0,
        float(able.max()) if len(able) else 0.0,
        len(able),
    )
