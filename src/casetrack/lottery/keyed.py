"""Numbers of the search for lists: raw bits that belong to a secret key and a place in the search.

They come from the bit generator itself and from no library's distributions, so they are the same on every machine and
with every version. They decide how lists are found, never how often anybody stands on one: that is counted.
"""

from __future__ import annotations

import hmac
import json
import secrets
import unicodedata

import numpy as np

from casetrack.errors import DesignError

KEY_BYTES = 32
"""Bytes of a secret key: 256 bits, so that nobody can try all."""

_EIGHTHS = (np.arange(256) % 8 / 8).astype(np.float32)


def hashed(key: bytes, *place: object) -> bytes:
    """The 32 bytes that belong to a key and a place, by HMAC-SHA-256."""
    return hmac.digest(key, json.dumps(place, ensure_ascii=True).encode("ascii"), "sha256")


def secret_key(key: bytes | None) -> bytes:
    """The key given, or a new one."""
    if key is None:
        return new_key()
    if not isinstance(key, bytes) or len(key) != KEY_BYTES:
        raise DesignError.of(
            "key-form",
            f"the secret key of the lottery is not {KEY_BYTES} bytes.",
            advice="Give the key as it was sealed, or none, and a new one is made.",
        )
    return key


def new_key() -> bytes:
    """A key from the system's source of secrets."""
    return secrets.token_bytes(KEY_BYTES)


def minuted(seed: str) -> str:
    """The seed as it is used: normalised (NFC), without blanks at its ends.

    >>> minuted(" Northshire, 2 April 2026 ")
    'Northshire, 2 April 2026'
    """
    text = unicodedata.normalize("NFC", seed).strip() if isinstance(seed, str) else ""
    if not text:
        raise DesignError.of(
            "no-seed",
            "the seed of the draw is empty.",
            advice="Give a text minuted before the draw, for example a date and a phrase.",
        )
    return text


class Keyed:
    """A stream of whole numbers that belongs to a key and a place."""

    def __init__(self, key: bytes, *place: object) -> None:
        self._bits = np.random.PCG64(int.from_bytes(hashed(key, *place), "big"))

    def below(self, most: int, count: int) -> np.ndarray:
        """So many whole numbers from 0 to below the most, shape (count,)."""
        raw = self._bits.random_raw(count)
        numbers: np.ndarray = (raw >> np.uint64(11)).astype(np.int64) % most
        return numbers

    def eighths(self, count: int) -> np.ndarray:
        """So many eighths from 0 to 7/8 as float32, which hold them exactly, shape (count,)."""
        raw = self._bits.random_raw(count // 8 + 1).astype("<u8", copy=False).view(np.uint8)[:count]
        eighths: np.ndarray = _EIGHTHS.take(raw)
        return eighths

    def order(self, count: int) -> np.ndarray:
        """The numbers from 0 to below the count, in an order of their own, shape (count,)."""
        order: np.ndarray = np.argsort(self._bits.random_raw(count), kind="stable")
        return order
