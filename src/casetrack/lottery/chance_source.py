"""Chance from a keyed hash: every uniform and every order follows from a minuted text and stable keys.

A pseudo-random generator hands out numbers in the order in which they are asked for, so a sorted file or a newer
library changes a draw. Here each number belongs to what it decides: hash the seed, the context and the key of a
person or type. Nothing else enters, so anyone can check one number with any tool that knows HMAC-SHA-256 (RFC 2104).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from casetrack.errors import DesignError

__all__ = ["ChanceSource"]


@dataclass(frozen=True)
class ChanceSource:
    """Uniform numbers and orders that depend on the seed, the context and a key, and on nothing else.

    Parameters
    ----------
    seed
        A text that can be minuted before the draw. Unicode is normalised (NFC) and blanks at the ends are dropped.
    context
        What the draw is of, for example the digests of the design and of the pool. Any change of it is another
        draw altogether, so trying seeds until a list pleases cannot be hidden by a small change elsewhere.

    Raises
    ------
    DesignError
        When the seed is empty.

    Examples
    --------
    >>> source = ChanceSource("Northshire, 2 April 2026", {"edition": "2024-04"})
    >>> source.uniform("which panel") == ChanceSource(" Northshire, 2 April 2026", {"edition": "2024-04"}).uniform(
    ...     "which panel"
    ... )
    True
    >>> source.order("people", [b"A", b"B", b"C"]).tolist()
    [2, 1, 0]
    """

    seed: str
    context: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        text = unicodedata.normalize("NFC", self.seed).strip() if isinstance(self.seed, str) else ""
        if not text:
            raise DesignError.of(
                "no-seed",
                "the seed of the draw is empty.",
                advice="Give a text minuted before the draw, for example a date and a phrase.",
            )
        object.__setattr__(self, "seed", text)
        object.__setattr__(self, "context", dict(sorted((str(k), str(v)) for k, v in self.context.items())))

    @cached_property
    def key(self) -> bytes:
        """The key of every hash: SHA-256 of the seed and the context."""
        told = {"seed": self.seed, "context": self.context}
        return hashlib.sha256(json.dumps(told, ensure_ascii=True, sort_keys=True).encode("ascii")).digest()

    def digest(self, *labels: str) -> bytes:
        """The 32 bytes that belong to some labels."""
        return hmac.digest(self.key, json.dumps(labels, ensure_ascii=True).encode("ascii"), "sha256")

    def uniform(self, *labels: str) -> float:
        """A number in [0, 1) with 53 bits that belongs to some labels."""
        return (int.from_bytes(self.digest(*labels)[:8], "big") >> 11) / 2**53

    def uniforms(self, label: str, keys: Sequence[bytes]) -> np.ndarray:
        """A number in [0, 1) for each key, shape (keys,).

        Examples
        --------
        >>> source = ChanceSource("2 April 2026")
        >>> one, two = source.uniforms("steps", [b"A", b"B"])
        >>> bool(source.uniforms("steps", [b"B"])[0] == two)
        True
        """
        words = self._words(label, keys)
        return (words[:, 0] >> np.uint64(11)).astype(np.float64) / 2**53

    def order(self, label: str, keys: Sequence[bytes]) -> np.ndarray:
        """The places of the keys when they stand in line, first to last, shape (keys,).

        The line does not depend on the order in which the keys are given, and a key that is added or taken away
        leaves the others in their order (permanent random numbers).
        """
        words = self._words(label, keys)
        order: np.ndarray = np.lexsort((words[:, 3], words[:, 2], words[:, 1], words[:, 0]))
        return order

    def derived(self, *labels: str) -> ChanceSource:
        """Another source that follows from this one and some labels, for a second attempt.

        Examples
        --------
        >>> source = ChanceSource("2 April 2026")
        >>> source.derived("again").derived("A").key == source.derived("A").key
        False
        """
        before = json.loads(self.context.get("derived", "[]"))
        return ChanceSource(
            self.seed, {**self.context, "derived": json.dumps([*before, labels], ensure_ascii=True)}
        )

    def _words(self, label: str, keys: Sequence[bytes]) -> np.ndarray:
        inner = self.digest(label)
        joined = b"".join(hmac.digest(inner, key, "sha256") for key in keys)
        return np.frombuffer(joined, dtype=">u8").reshape(-1, 4).astype(np.uint64)
