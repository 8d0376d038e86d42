"""The second look over many invented councils: what readers of a return can expect, and what they get.

    python benchmarks/second_look.py            # forty councils of 60 to 5,000 people
    python benchmarks/second_look.py --quick    # three of them, a minute

For each council: a design (suggested, or with minimums on rare levels), a release, and lists of the same lottery by
other keys, of each of which every reader names the people he holds likeliest. Printed: right guesses that each reader can
expect and gets, rows where somebody is likelier than 1 in k beyond the exceptions, whether a reader without the key can
deal the list, and after replacements what somebody learns who holds every version, and how sure of a newcomer somebody is
who knows who left and who stays. Exit status 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
import warnings

import numpy as np
import pandas as pd

import casetrack as ct
from casetrack.designs.quota import Quota
from casetrack.designs.replacement import Line
from casetrack.disclosure.practice import lists_as_units
from casetrack.disclosure.publishable import publishable
from casetrack.errors import CasetrackError
from casetrack.release.release import Release
from casetrack.synthetic import make_council
from casetrack.verify.readers import KNOWS_THE_CHANCES, KNOWS_THE_RULE, facts_from_versions, readers_of

K = 10
AS_AT = "2026-03-31"
#: People to councils of that size.
SIZES = {60: 3, 100: 3, 150: 5, 200: 5, 300: 6, 500: 6, 1000: 6, 2000: 3, 3000: 2, 5000: 1}
#: People, seed, kind of design, replacements.
COUNCILS = [
    (people, seed, ("suggested", "rare")[seed % 2], (0, 1, 3, 10)[(people + seed) % 4])
    for people, seeds in SIZES.items()
    for seed in range(1, seeds + 1)
]
QUICK = [(150, 1, "suggested", 2), (300, 1, "rare", 2), (500, 2, "suggested", 3)]
SENSITIVE = ("religion", "sexual_orientation", "gender_identity", "pregnancy_maternity")


def pool_of(people: int, seed: int) -> ct.CodedPool:
    made = make_council(people=people, seed=seed)
    extract = ct.read_extract(made.extract, people=made.extras if len(made.extras) else None)
    return ct.code_cohorts(ct.find_eligible(extract, AS_AT))


def design_of(coded: ct.CodedPool, kind: str) -> ct.Design:
    size = min(50, max(1, len(coded.drawable) - 1))
    if kind == "suggested":
        return ct.Design.suggest(coded, size=size)
    counts = coded.drawable["religion"].value_counts()
    rare = counts[(counts >= 2) & (counts <= 12) & (counts.index != "Not recorded")].index[:3]
    asked = {"religion": {level: Quota(min=1) for level in rare}} if len(rare) else {}
    design = ct.Design(size=size, codes={c: Quota(min=2) for c in coded.code_names}, characteristics=asked)
    shortfall = design.check(coded).shortfall
    return design if shortfall is None else shortfall.nearest_design


def shown_of(release: Release, units: np.ndarray) -> pd.DataFrame:
    return release.rule.labels(units)[list(release.table.columns)]


def guesses(readers, table: pd.DataFrame, units: np.ndarray) -> dict[str, float]:
    """How many rows each reader names rightly, who names one of the likeliest people for each row."""
    right = {"evenly": 0.0, "chances": 0.0, "rule": 0.0}
    for unit, fit, so in zip(units, readers.fit(table), readers.shown_so(table), strict=True):
        person = readers.person[unit]
        right["evenly"] += float((readers.person[fit] == person).any()) / len(fit)
        for name, mine in (("chances", fit), ("rule", so)):
            weight = readers.chance[mine]
            likeliest = readers.person[mine][np.isclose(weight, weight.max(), rtol=1e-9)]
            right[name] += float((likeliest == person).any()) / len(likeliest)
    return right


def without_the_key(cases: ct.CaseList, release: Release, tries: int = 3) -> int:
    """Lists dealt by somebody who knows everything but the key: how many show the released rows."""
    lottery, number = cases.identified.drawn.lottery, cases.identified.drawn.number
    rows = sorted(map(tuple, release.table.to_numpy().tolist()))
    found = 0
    for key in range(tries):
        guess = lottery.prepared.lottery.with_key(bytes([key + 1]) * 32).list_number(number).kinds
        units = lists_as_units(
            lottery, cases.identified.coded.drawable.index, release.rule.frame, [guess], b"guess"
        )[0]
        found += sorted(map(tuple, shown_of(release, units).to_numpy().tolist())) == rows
    return found


def surest(cases: ct.CaseList, leaving: str) -> float:
    """How sure of a newcomer somebody can be who knows who left, who stays, the chances, the design and the ladder."""
    known, states = cases.identified, cases.states
    kept = [known.people[r] for r in cases.references if r != leaving]
    gone = [known.people[r] for r, state in states.items() if not state.on_list]
    line = Line(known.drawn, known.design)
    return float(line.chances(kept, known.people[leaving], gone, states[leaving].listed_as)["chance"].max())


def replaced(cases: ct.CaseList, release: Release, number: int) -> tuple[list[str], int, list[float]]:
    """Facts learnt from versions beyond who left and the code of who came; facts of special category; and for each
    newcomer how sure somebody can be who knows who left."""
    tables, day, sure = [release.table], pd.Timestamp("2026-04-03"), []
    cases = cases.record_release(release.facts_on_record, on=day.date())
    for step in range(number):
        leaving = cases.references[(7 * step) % len(cases)]
        try:
            sure.append(surest(cases, leaving))
            cases = cases.replace(leaving, "moved", on=day.date())
        except CasetrackError:
            break
        again = ct.pseudonymise(cases)
        if not again.coverage.equals(release.coverage):
            return ["the coverage changed"], 1, sure
        tables.append(again.table)
        cases = cases.record_release(again.facts_on_record, on=day.date())
    special = sum(column in table for table in tables for column in SENSITIVE)
    return facts_from_versions(tables), special, sure


def look(people: int, seed: int, kind: str, changes: int, lists: int) -> dict[str, object]:
    start = time.process_time()
    coded = pool_of(people, seed)
    design = design_of(coded, kind)
    cases = ct.draw(
        coded, design, f"second look {people} {seed}", on="2026-04-02", reference_seed="second look"
    )
    release = ct.pseudonymise(cases)
    able = dataclasses.replace(coded, people=publishable(coded.people)).drawable
    readers = readers_of(cases, able, list(release.table.columns), release)
    lottery = cases.identified.drawn.lottery
    written = lottery.prepared.lottery.practice(b"second look".ljust(32), lists)
    redrawn = lists_as_units(lottery, coded.drawable.index, release.rule.frame, written, b"second look")
    counted, beyond = [], 0
    for units in redrawn:
        table = shown_of(release, units)
        counted.append(guesses(readers, table, units))
        outside = table["listed_as"].isin(release.rule.code_only).to_numpy()
        seen = readers.look(table, outside).set_index("reader")["beyond"]
        beyond += int(seen[KNOWS_THE_CHANCES] + seen[KNOWS_THE_RULE])
    got = pd.DataFrame(counted)
    facts, special, sure = replaced(cases, release, changes)
    small, size = release.rule.small, len(release.table)
    expected = release.rule.right_guesses
    error = float(got["rule"].std(ddof=1) / len(got) ** 0.5) if len(got) > 1 else 0.0
    alone = release.rule.exceptions_right
    met = small or (
        expected <= release.rule.frame.places / K + alone + 1e-6
        and abs(got["rule"].mean() - expected) <= 3 * error + 0.05
        and not beyond
    )
    return {
        "people": people,
        "drawable": release.rule.frame.people,
        "design": kind,
        "size": size,
        "small": small,
        "code_only": len(release.rule.code_only),
        "expected": round(expected, 2),
        "evenly": round(float(got["evenly"].mean()), 2),
        "chances": round(float(got["chances"].mean()), 2),
        "rule": round(float(got["rule"].mean()), 2),
        "error": round(error, 2),
        "beyond": beyond,
        "fits": release.readers.get("fits", float("nan")),
        "fits_above": release.readers.get("fits_above", float("nan")),
        "no_key": without_the_key(cases, release) if not small else 0,
        "newcomers": len(sure),
        "who_left": round(max(sure, default=0.0), 3),
        "facts": len(facts),
        "special": special,
        "met": bool(met and not facts and not special),
        "cpu": round(time.process_time() - start, 1),
    }


def main() -> int:
    warnings.simplefilter("ignore")
    given = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    given.add_argument("--quick", action="store_true", help="three councils")
    given.add_argument("--lists", type=int, default=64, help="lists redrawn for each council")
    options = given.parse_args()
    rows = []
    for number, (people, seed, kind, changes) in enumerate(QUICK if options.quick else COUNCILS, start=1):
        rows.append(look(people, seed, kind, changes, options.lists))
        print(f"{number}: " + ", ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    table = pd.DataFrame(rows)
    missed = int((~table["met"]).sum())
    hidden = table[~table["small"]]
    print(
        f"\n{len(table)} councils, {len(hidden)} of them not small: expected right guesses "
        f"{hidden['expected'].mean():.2f}, got {hidden['rule'].mean():.2f} of {hidden['size'].mean():.0f}; rows beyond "
        f"the exceptions {hidden['beyond'].sum()}; who fits everything {hidden['fits'].mean():.2f}, above 1 in "
        f"{K} {hidden['fits_above'].mean():.1f} rows; lists found without the key {table['no_key'].sum()}; facts from "
        f"{table['newcomers'].sum()} newcomers {table['facts'].sum()}, of special category {table['special'].sum()}; "
        f"surest of a newcomer, for who knows who left {hidden['who_left'].max():.3f}; goals missed {missed}"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
