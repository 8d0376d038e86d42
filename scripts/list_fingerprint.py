"""Draw the sample council's list and print its digest and the library versions: the digest must not depend on them."""

from __future__ import annotations

import hashlib
from importlib.metadata import version

import casetrack as ct
from casetrack.samples import sample_folder


def main() -> None:
    folder = sample_folder()
    extract = ct.read_extract(folder / "cld_extract.csv", people=folder / "person_details.csv")
    coded = ct.code_cohorts(ct.find_eligible(extract, as_at="2026-03-31"))
    design = ct.Design.suggest(coded)
    digest = hashlib.sha256(design.digest().encode())
    for seed in ("one", "two", "three"):
        cases = ct.draw(coded, design, seed=seed, on="2026-04-02", key=bytes(32), reference_seed="fixed")
        digest.update(cases.to_json().encode())
        chances = cases.chances()
        digest.update("".join(f"{name}{value:.12f}" for name, value in chances.items()).encode())
    print(
        digest.hexdigest(), *(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas", "highspy"))
    )


if __name__ == "__main__":
    main()
