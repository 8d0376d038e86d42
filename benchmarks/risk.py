"""Time and memory of the risk of 50 records against 1,000,000 people, eight released columns.

python benchmarks/risk.py
"""

from __future__ import annotations

from casetrack.disclosure import assess, council_hierarchies, least_coarsening
from coarsening import RELEASED, council, council_list, measured, peak


def main(size: int = 1_000_000) -> None:
    people = council(size)
    table, frame = council_list(people, RELEASED)
    levels = council_hierarchies(people, RELEASED)
    equal = [column for column in RELEASED if column != "listed_as"] + ["ethnic_group"]
    table_equal, frame_equal = council_list(people, equal)
    coarse = least_coarsening(table, frame, levels, 10, "record")

    cases = {
        "equal values": lambda: assess(table_equal, frame_equal, equal),
        "finest labels, hierarchies": lambda: assess(table, frame, hierarchies=levels),
        "coarsened, hierarchies": lambda: assess(
            coarse.table, frame, hierarchies=levels, levels=coarse.levels
        ),
    }
    print(
        f"Risk of 50 records against {size:,} people, 8 columns, attribute disclosure of the cohort codes included"
    )
    for name, call in cases.items():
        found, seconds = measured(call)
        print(f"  {name:27} {seconds:6.2f} s  {peak(call):6.0f} MiB  {found}")


if __name__ == "__main__":
    main()
