"""Put on record what the sample council gives: counts, design, chances and the people drawn, as digests."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import casetrack as ct
from casetrack.pool.preparing import counts_of
from casetrack.samples import sample_folder

RECORD = Path(__file__).parents[1] / "tests" / "golden" / "sample_council.json"
KEY = bytes(range(32))
SEED = "Sample council, 2 April 2026"


def golden() -> dict[str, Any]:
    """Counts as they are; people only as digests."""
    folder = sample_folder()
    extract = ct.read_extract(folder / "cld_extract.csv", people=folder / "person_details.csv")
    coded = ct.code_cohorts(ct.find_eligible(extract, as_at="2026-03-31"))
    design = ct.Design.suggest(coded)
    cases = ct.draw(coded, design, seed=SEED, on="2026-04-02", key=KEY, reference_seed="golden")
    release = ct.pseudonymise(cases)
    chances = cases.chances()
    return {
        "rows": {
            "read": extract.account.read,
            "used": extract.account.used,
            "duplicates": extract.account.duplicates,
            "set_aside": dict(extract.account.set_aside),
        },
        **counts_of(coded),
        "flow": coded.pool.flow["remaining"].tolist(),
        "findings": {f"{f.code}: {f.field}": f.count for f in coded.findings},
        "pool": coded.digest,
        "design": design.digest(),
        "minimums": {f"{name}: {value}": quota.min for (name, value), quota in design.quotas().items()},
        "lowest_chance": f"{cases.drawn_facts['floor']:.9f}",
        "chances": digest(f"{person} {chance:.9f}" for person, chance in chances.items()),
        "people_drawn": digest(sorted(cases.ids)),
        "listed_as": cases.cases["listed_as"].value_counts().sort_index().to_dict(),
        "reserves": digest(sorted(cases.reserves(1)["person_id"])),
        "released": release.facts["list_digest"],
    }


def digest(lines: Any) -> str:
    """SHA-256 of lines of text."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def main() -> None:
    """Write the record."""
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(
        json.dumps(golden(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )


if __name__ == "__main__":
    main()
