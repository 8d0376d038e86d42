r"""The sealed file: bytes in, bytes out, and nothing but an error when a single byte of it was changed.

Layout::

    "casetrack sealed lookup\n"    24 bytes, so that anyone who finds the file knows what it is
    version                       1 byte
    length of the header          4 bytes, big-endian
    header                        JSON in one fixed spelling (sorted, no spaces): facts, key, second key,
                                  records, log, the list that it belongs to, mac
    records                       AES-256-GCM, its tag at the end

A random data key is wrapped (AES-256-GCM) by a key that scrypt derives from a passphrase; a second passphrase
wraps the same data key once more, and either opens. HKDF-SHA256 makes two keys of the data key: one for the
records, one for the log and the header. The facts are associated data of the records; the mac covers the
version, the whole header and a digest of the records, so parts of two files cannot be mixed. Version 1, which
is read and written back as it is, knows no second key and no list, and its facts are associated data of the
key too.

Sources: RFC 7914 (scrypt), NIST SP 800-38D (GCM), RFC 5869 (HKDF).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import itertools
import json
import re
import secrets
import struct
import unicodedata
from dataclasses import dataclass, replace
from typing import Annotated, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from casetrack.errors import CasetrackError, LookupFileError, UsageError
from casetrack.small_files import json_of

MAGIC = b"casetrack sealed lookup\n"
VERSION = 2
_VERSIONS = (1, VERSION)
_LENGTH = struct.Struct(">I")
_LARGEST_HEADER = 64 * 1024
#: 1 GiB: scrypt needs 128 * n * r bytes.
_MOST_MEMORY = 1 << 30
#: The work of four times the largest memory: about ten seconds.
_MOST_WORK = 1 << 25
#: What NIST SP 800-63B-4 asks of a secret that stands alone. A guess costs 0.3 s and 128 MiB.
_SHORTEST_PASSPHRASE = 15
_FEWEST_CHARACTERS = 8

Hex12 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}\Z")]
Hex16 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}\Z")]
Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\Z")]
Hex48 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{96}\Z")]
Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")]


def _real_day(text: str) -> str:
    if text and dt.date.fromisoformat(text).isoformat() != text:
        raise ValueError("not a date")
    return text


Day = Annotated[str, AfterValidator(_real_day)]


class Part(BaseModel):
    """A part of what is kept, of exactly the form that was written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, regex_engine="python-re")


class Facts(Part):
    """What a sealed lookup says without its passphrase: no identifier, nothing that changes with use."""

    lookup: Hex16
    release_id: Line
    list_digest: Line
    created: Annotated[Day, StringConstraints(min_length=10)]
    keep_until: Day
    cases: Annotated[int, Field(ge=0)]


class Cost(Part):
    """What one try of a passphrase costs: ``128 * n * r`` bytes of memory, and work of ``n * r * p`` blocks.

    The default takes 128 MiB and some 0.3 s.
    """

    n: int = 1 << 17
    r: int = 8
    p: int = 1

    def check(self) -> None:
        """Refuse numbers that make no key, or that are there to exhaust the machine."""
        sound = self.n >= 2 and self.n & (self.n - 1) == 0 and self.r >= 1 and self.p >= 1
        if not sound or 128 * self.n * self.r > _MOST_MEMORY or self.n * self.r * self.p > _MOST_WORK:
            raise LookupFileError.of(
                "lookup-parameters",
                "the file asks for a passphrase computation that casetrack never writes (over 1 GiB of memory, or "
                "not a valid one), so it was not tried and nothing was revealed.",
                advice="The file was changed. Use the council's backup of the lookup.",
            )


class _Key(Part):
    cost: Cost
    salt: Hex32
    nonce: Hex12
    wrapped: Hex48


class LogState(Part):
    """How long the log was, and the hash of its last line, when the lookup was last used."""

    lines: Annotated[int, Field(ge=0)]
    head: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?\Z")]


class ListState(Part):
    """Which folder's list the lookup belongs to, and how far its history was when the lookup was last used."""

    folder: Line
    lines: Annotated[int, Field(ge=0)]
    head: Hex32


class _Header(Part):
    facts: Facts
    key: _Key
    second: _Key | None = None
    records_nonce: Hex12
    log: LogState
    list: ListState | None = None
    mac: Hex32


@dataclass(frozen=True, repr=False)
class Keys:
    """The data key and what is made of it. Never shown, never written."""

    data: bytes

    @property
    def records(self) -> bytes:
        """Seals the records."""
        return _derived(self.data, b"casetrack lookup records")

    @property
    def log(self) -> bytes:
        """Signs the lines of the log and the header."""
        return _derived(self.data, b"casetrack lookup log")


@dataclass(frozen=True, repr=False)
class Sealed:
    """A sealed file in memory: its header and its encrypted records."""

    header: _Header
    ciphertext: bytes
    version: int = VERSION

    @classmethod
    def from_bytes(cls, content: bytes) -> Sealed:
        """Take a file apart and check its form; what it says is not yet proven."""
        if not content.startswith(MAGIC):
            raise LookupFileError.of(
                "not-a-lookup",
                "this file does not begin as a sealed lookup does.",
                advice="Choose the lookup.sealed that was written beside the list.",
            )
        start = len(MAGIC) + 1 + _LENGTH.size
        if len(content) < start:
            raise damaged("it ends before its header")
        version = content[len(MAGIC)]
        if version not in _VERSIONS:
            raise LookupFileError.of(
                "lookup-version",
                "this lookup says it has a version that this casetrack does not know.",
                advice="Open it with the casetrack that wrote it, or a newer one; if it was written by this "
                "one, "
                "the file was changed.",
            )
        (length,) = _LENGTH.unpack(content[start - _LENGTH.size : start])
        if length > _LARGEST_HEADER or len(content) < start + length:
            raise damaged("it ends before its header does")
        header = _parsed(content[start : start + length])
        if version == 1 and (header.second is not None or header.list is not None):
            raise damaged("its header holds what its version does not know")
        return cls(header, content[start + length :], version)

    def to_bytes(self) -> bytes:
        """The file."""
        header = _spelled(self.header.model_dump(exclude_none=True))
        return MAGIC + bytes([self.version]) + _LENGTH.pack(len(header)) + header + self.ciphertext

    def unlock(self, passphrase: str) -> Keys:
        """The keys, once the passphrase has opened them and they have proven every byte of the file."""
        slots = [key for key in (self.header.key, self.header.second) if key is not None]
        for key in slots:
            key.cost.check()
        data = next(filter(None, (self._opened(key, passphrase) for key in slots)), None)
        if data is None:
            raise LookupFileError.of(
                "wrong-passphrase-or-changed",
                "the lookup does not open. Either the passphrase is wrong, or the part of the file that holds the "
                "key was changed: the two cannot be told apart. Nothing was revealed.",
                advice="Type the passphrase again (capitals and spaces count). If it is certainly right, "
                "use the "
                "council's backup of the lookup.",
            )
        keys = Keys(data)
        if not hmac.compare_digest(_mac(self, keys), self.header.mac):
            raise damaged(
                "the passphrase is right, but the header or the records are not as they were written"
            )
        return keys

    def _opened(self, key: _Key, passphrase: str) -> bytes | None:
        context = _wrap_context(self.header.facts, key, self.version)
        try:
            return AESGCM(_passphrase_key(passphrase, key)).decrypt(
                bytes.fromhex(key.nonce), bytes.fromhex(key.wrapped), context
            )
        except InvalidTag:
            return None

    def records(self, keys: Keys) -> bytes:
        """The records in clear."""
        nonce = bytes.fromhex(self.header.records_nonce)
        try:
            return AESGCM(keys.records).decrypt(nonce, self.ciphertext, _records_context(self.header.facts))
        except InvalidTag:
            raise damaged("the passphrase is right, but the records are not as they were written") from None

    def with_log(self, keys: Keys, state: LogState, of: ListState | None = None) -> Sealed:
        """The same lookup after its log has grown, and as it belongs to a list that has grown too."""
        known = of or self.header.list
        return _signed(self._with(log=state, list=None if self.version == 1 else known), keys)

    def with_passphrase(self, keys: Keys, passphrase: str, cost: Cost, *, old: str = "") -> Sealed:
        """The same lookup with the data key wrapped anew where ``old`` opened it; or, without ``old``, once more."""
        opened_first = self.check_other(passphrase, old=old)
        key = _wrapped(keys, self.header.facts, passphrase, cost, self.version)
        return _signed(self._with(**{"key" if opened_first else "second": key}), keys)

    def check_other(self, passphrase: str, *, old: str = "") -> bool:
        """Refuse a passphrase that is the one which stays; whether ``old`` is the first, which another is to follow."""
        opened_first = bool(old) and self._opened(self.header.key, old) is not None
        stays = self.header.second if opened_first else self.header.key
        if stays is not None and self._opened(stays, passphrase) is not None:
            raise same_passphrase()
        return opened_first

    def with_records(self, keys: Keys, facts: Facts, content: bytes) -> Sealed:
        """Other records and facts under the same data key; every passphrase still opens it."""
        nonce = secrets.token_bytes(12)
        ciphertext = AESGCM(keys.records).encrypt(nonce, content, _records_context(facts))
        changed = self._with(facts=facts, records_nonce=nonce.hex())
        return _signed(replace(changed, ciphertext=ciphertext), keys)

    def _with(self, **parts: Any) -> Sealed:
        return replace(self, header=self.header.model_copy(update=parts))


def make_facts(
    *,
    release_id: str,
    list_digest: str,
    created: dt.date,
    keep_until: dt.date | None,
    cases: int,
    lookup: str | None = None,
) -> Facts:
    """What the header says in clear; without ``lookup`` a new random number is drawn for it."""
    try:
        return Facts(
            lookup=secrets.token_hex(16) if lookup is None else lookup,
            release_id=release_id,
            list_digest=list_digest,
            created=f"{created:%Y-%m-%d}",
            keep_until=f"{keep_until:%Y-%m-%d}" if keep_until else "",
            cases=cases,
        )
    except ValidationError as error:
        names = ", ".join(str(problem["loc"][0]) for problem in error.errors(include_input=False))
        raise UsageError.of(
            "lookup-facts",
            f"these facts for the lookup's header are not one line of at most 200 characters: {names}.",
        ) from None


def seal(content: bytes, facts: Facts, passphrase: str, cost: Cost) -> tuple[Sealed, Keys]:
    """Seal records for the first time, under a new data key and with an empty log."""
    keys, nonce = Keys(secrets.token_bytes(32)), secrets.token_bytes(12)
    header = _Header(
        facts=facts,
        key=_wrapped(keys, facts, passphrase, cost, VERSION),
        records_nonce=nonce.hex(),
        log=LogState(lines=0, head=""),
        mac="0" * 64,
    )
    ciphertext = AESGCM(keys.records).encrypt(nonce, content, _records_context(facts))
    return _signed(Sealed(header, ciphertext), keys), keys


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that a guess would soon find, or that cannot be typed again."""
    if any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} for c in passphrase):
        raise UsageError.of(
            "passphrase-characters",
            "the passphrase holds a control character, which nobody can type again.",
            advice="Use letters, figures, signs and spaces only.",
        )
    counted = _without_runs(passphrase.strip())
    if len(counted) < _SHORTEST_PASSPHRASE or len(set(counted)) < _FEWEST_CHARACTERS:
        raise UsageError.of(
            "weak-passphrase",
            f"the passphrase has fewer than {_SHORTEST_PASSPHRASE} characters, or fewer than "
            f"{_FEWEST_CHARACTERS} different ones, not counting what repeats or runs on like abcd or 1234.",
            advice="Use four or more words that have nothing to do with one another, and keep them in the "
            "council's "
            "password manager, not beside the lookup. Without them nobody can open it.",
        )


#: Three characters or more that are said again at once, or after a sign or two.
_SAID_AGAIN = re.compile(r"(.{3,}?)(?:\W{0,2}\1)+", re.IGNORECASE)


def _without_runs(text: str) -> str:
    """Each part that is said again and again once; and of a run such as abcd or 4321 its ends."""
    size = next(
        n for n in range(1, len(text) + 2) if n > len(text) or text == (text[:n] * len(text))[: len(text)]
    )
    text = _SAID_AGAIN.sub(r"\1", text[:size])
    steps = [ord(two) - ord(one) for one, two in itertools.pairwise(text)]
    runs_on = [
        0 < place < len(text) - 1 and abs(steps[place]) <= 1 and steps[place] == steps[place - 1]
        for place in range(len(text))
    ]
    return "".join(c for c, on in zip(text, runs_on, strict=True) if not on)


def same_passphrase() -> CasetrackError:
    """The error for two passphrases that are one."""
    return UsageError.of(
        "second-passphrase",
        "the second passphrase is the first one again.",
        advice="Give another one: a second passphrase is for another person's keeping.",
    )


def damaged(why: str) -> CasetrackError:
    """The error for a file that is not as it was written."""
    return LookupFileError.of(
        "lookup-damaged",
        f"the lookup is damaged or was changed: {why}. Nothing was revealed.",
        advice="Use the council's backup of the lookup.",
    )


def _parsed(header: bytes) -> _Header:
    try:
        content = json_of(header)
        parsed = _Header.model_validate(content)
        spelled = _spelled(content)
    except ValueError:
        raise damaged("its header cannot be read") from None
    if spelled != header:
        raise damaged("its header is not spelled as casetrack spells it")
    return parsed


def _spelled(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _mac(sealed: Sealed, keys: Keys) -> str:
    header = sealed.header.model_dump(exclude={"mac"}, exclude_none=True)
    covered = MAGIC + bytes([sealed.version]) + _spelled(header) + hashlib.sha256(sealed.ciphertext).digest()
    return hmac.new(keys.log, covered, hashlib.sha256).hexdigest()


def _signed(sealed: Sealed, keys: Keys) -> Sealed:
    return replace(sealed, header=sealed.header.model_copy(update={"mac": _mac(sealed, keys)}))


def _wrapped(keys: Keys, facts: Facts, passphrase: str, cost: Cost, version: int) -> _Key:
    salt, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
    key = _Key(cost=cost, salt=salt.hex(), nonce=nonce.hex(), wrapped="0" * 96)
    wrapped = AESGCM(_passphrase_key(passphrase, key)).encrypt(
        nonce, keys.data, _wrap_context(facts, key, version)
    )
    return key.model_copy(update={"wrapped": wrapped.hex()})


def _wrap_context(facts: Facts, key: _Key, version: int) -> bytes:
    # What changes with the list is under the mac alone, or a key whose passphrase is not at hand could not stay.
    of = facts.model_dump() if version == 1 else {"lookup": facts.lookup}
    return b"key\n" + _spelled({"facts": of, "cost": key.cost.model_dump(), "salt": key.salt})


def _records_context(facts: Facts) -> bytes:
    return b"records\n" + _spelled(facts.model_dump())


def _passphrase_key(passphrase: str, key: _Key) -> bytes:
    # One way of writing what can be typed in several: é is one character on some keyboards and two on others.
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    cost = key.cost
    try:
        return Scrypt(salt=bytes.fromhex(key.salt), length=32, n=cost.n, r=cost.r, p=cost.p).derive(typed)
    except MemoryError:
        raise LookupFileError.of(
            "not-enough-memory",
            f"this machine cannot give the {128 * cost.n * cost.r >> 20} MiB that opening the lookup takes.",
            advice="Close other programs and try again.",
        ) from None


def _derived(data: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(data)
