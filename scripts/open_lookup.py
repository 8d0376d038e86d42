"""Open a sealed lookup without casetrack: python open_lookup.py state.json. Needs Python and cryptography only.

Whoever opens it so has to put on record by hand that they did: nothing is written to the lookup's log.
"""

import base64
import csv
import getpass
import json
import sys
import unicodedata
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"casetrack sealed lookup\n"


def spelled(content):
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")


def sealed_in(content):
    """The sealed lookup: the file itself, or as it stands in the state of a folder, council-only/state.json."""
    if content.startswith(MAGIC):
        return content
    try:
        return base64.b64decode(json.loads(content)["lookup"]["sealed"])
    except (ValueError, LookupError, TypeError):
        sys.exit("This is no sealed lookup, nor the state of a folder that has one.")


def data_key(slots, passphrase, bound):
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    for key in slots:
        scrypt = Scrypt(salt=bytes.fromhex(key["salt"]), length=32, **key["cost"])
        context = b"key\n" + spelled({"facts": bound, "cost": key["cost"], "salt": key["salt"]})
        try:
            aes = AESGCM(scrypt.derive(typed))
            return aes.decrypt(bytes.fromhex(key["nonce"]), bytes.fromhex(key["wrapped"]), context)
        except InvalidTag:
            continue
    sys.exit("The passphrase is wrong, or the file was changed.")


def opened(content, passphrase):
    if not content.startswith(MAGIC) or content[24] not in (1, 2):
        sys.exit("This is no sealed lookup, or one of a later version.")
    start = 29 + int.from_bytes(content[25:29], "big")
    header = json.loads(content[29:start])
    facts, slots = header["facts"], [header[name] for name in ("key", "second") if name in header]
    # Version 2 has a second passphrase, and binds the keys to the lookup's number alone.
    key = data_key(slots, passphrase, facts if content[24] == 1 else {"lookup": facts["lookup"]})
    records_key = HKDF(SHA256(), 32, None, b"casetrack lookup records").derive(key)
    nonce, context = bytes.fromhex(header["records_nonce"]), b"records\n" + spelled(facts)
    return json.loads(AESGCM(records_key).decrypt(nonce, content[start:], context))


if __name__ == "__main__":
    records = opened(sealed_in(Path(sys.argv[1]).read_bytes()), getpass.getpass("Passphrase: "))
    table = csv.writer(sys.stdout)
    table.writerow(["case_reference", *records["columns"]])
    table.writerows(
        [ref, *person] for ref, person in zip(records["references"], records["people"], strict=True)
    )
