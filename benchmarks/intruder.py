"""What a simulated intruder reaches before and after coarsening: the sample council, and 50 of 200,000 people.

python benchmarks/intruder.py
"""

from __future__ import annotations

import casetrack as ct
from casetrack.disclosure import (
    Intrusion,
    council_hierarchies,
    intrude,
    intrude_release,
    least_coarsening,
    pool_coarsening,
)
from casetrack.samples import sample_folder
from coarsening import RELEASED, council, council_list, measured, peak

FIGURES = ["prosecutor", "journalist", "claims", "right_when_claimed", "marketer", "alone", "learns"]
KNOWS = {
    "a neighbour": ["age", "sex", "ethnicity"],
    "a colleague": ["age", "sex", "ethnicity", "assessment_month"],
    "everything released": RELEASED,
}


def show(found: Intrusion) -> None:
    table = found.to_frame()
    first = table.iloc[0]
    print(
        f"    guessing: prosecutor {first['prosecutor_guess']:.4f}, journalist {first['journalist_guess']:.1e}, "
        f"marketer {first['marketer_guess']:.4f}, learns {first['learns_guess']:.4f}"
    )
    text = table[["attacker", "stage", *FIGURES]].to_string(index=False, float_format=lambda x: f"{x:.4g}")
    print("\n".join("    " + line for line in text.split("\n")))


def sample() -> None:
    folder = sample_folder()
    extract = ct.read_extract(folder / "cld_extract.csv", people=folder / "person_details.csv")
    coded = ct.code_cohorts(ct.find_eligible(extract, as_at="2026-03-31"))
    cases = ct.draw(coded, ct.Design.suggest(coded, size=50), seed="Northshire, 2 April 2026")
    print(f"Sample council, 50 of {len(coded.drawable):,} people, the default columns, k = 10")
    for mode in ("column", "record", "pool"):
        release = ct.pseudonymise(cases, k=10, mode=mode)
        found, seconds = measured(lambda release=release: intrude_release(cases, release))
        print(f"  {mode}: {seconds:.2f} s")
        show(found)


def large(size: int = 200_000) -> None:
    people = council(size)
    table, frame = council_list(people, RELEASED)
    levels = council_hierarchies(people, RELEASED)
    print(f"\nInvented council, 50 of {size:,} people, {len(RELEASED)} columns, k = 10")
    ways = {
        "column": least_coarsening(table, frame, levels, 10, "column"),
        "record": least_coarsening(table, frame, levels, 10, "record"),
        "pool": pool_coarsening(table, frame, levels, 10),
    }
    for mode, coarse in ways.items():

        def attack(coarse=coarse) -> Intrusion:
            return intrude(coarse.table, frame, KNOWS, hierarchies=levels, levels=coarse.levels)

        found, seconds = measured(attack)
        print(f"  {mode}: {seconds:.2f} s, {peak(attack):.0f} MiB, three attackers, before and after")
        show(found)


if __name__ == "__main__":
    sample()
    large()
