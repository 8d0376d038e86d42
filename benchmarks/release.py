"""What a release shows, against a bound that no rule can be below, and how long the rule takes.

python benchmarks/release.py              # the sample council and three of 1,000 people
python benchmarks/release.py --large      # 200,000 people and eight columns too
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings

import numpy as np
import pandas as pd

import casetrack as ct
from casetrack.disclosure.frame import release_frame, shown_columns
from casetrack.disclosure.release_rule import Rule, find_rule, loss_bound
from casetrack.samples import sample_folder
from casetrack.synthetic import make_council

COLUMNS = ["age_band", "sex", "ethnic_group", "disability", "accommodation", "funding"]
COLUMNS += ["deprivation_quintile", "marital_status"]


def councils() -> dict[str, ct.CodedPool]:
    folder = sample_folder()
    read = {"sample": ct.read_extract(folder / "cld_extract.csv", people=folder / "person_details.csv")}
    for seed in (1, 2, 3):
        made = make_council(people=1000, seed=seed)
        read[f"1,000 people, seed {seed}"] = ct.read_extract(made.extract, people=made.extras)
    return {name: ct.code_cohorts(ct.find_eligible(extract, "2026-03-31")) for name, extract in read.items()}


def minority_rows(rule: Rule) -> tuple[float, float]:
    """Rows of people of ethnic minorities on the lottery's average, and those that can be seen to be."""
    place = [column.name for column in rule.frame.columns].index("ethnic_group")
    column = rule.frame.columns[place]
    own = column.texts[column.values[rule.frame.person], 0]
    weight = rule.frame.parts / rule.frame.parts.sum() * rule.frame.places
    mine = ~np.isin(own.astype(str), ["White", "Not recorded"])
    seen = ~rule.labels()["ethnic_group"].isin(["Withheld", "White", "Not recorded"]).to_numpy()
    return float(weight[mine].sum()), float(weight[mine & seen].sum())


def show(name: str, coded: ct.CodedPool) -> None:
    cases = ct.draw(coded, ct.Design.suggest(coded), "benchmark", on="2026-04-02")
    ct.pseudonymise(cases)  # libraries are loaded by the first
    start = time.process_time()
    release = ct.pseudonymise(cases)
    seconds, rule = time.process_time() - start, release.rule
    listed, seen = minority_rows(rule)
    weight = np.bincount(rule.group, rule.frame.parts) / rule.frame.parts.sum() * rule.frame.places
    print(f"{name}: {seconds:.2f} CPU s; right guesses {rule.right_guesses:.2f}; {dict(release.readers)}")
    print(
        f"  loss {rule.loss:.3f}, no rule below {loss_bound(rule.frame, 10):.3f}; alone: {list(rule.code_only)}"
    )
    print("  " + rule.shown().round(1).to_string(index=False).replace("\n", "\n  "))
    print(f"  kinds of row {rule.kinds().to_dict()}, told apart on a list {(1 - np.exp(-weight)).sum():.0f}")
    print(f"  rows of ethnic minorities {listed:.1f}, visible as such {seen:.1f}", flush=True)


def large(people: int = 200_000) -> None:
    chance = np.random.default_rng(1)
    shares = (0.5, 0.02, 0.02, 0.08, 0.05, 0.6, 0.1)
    pool = pd.DataFrame({f"CT0{n}": chance.random(people) < share for n, share in enumerate(shares, start=1)})
    pool.loc[~pool.any(axis=1), "CT06"] = True
    levels = {
        "age_band": ["18 to 24", "25 to 44", "45 to 64", "65 to 74", "75 to 84", "85 to 94", "95 and over"],
        "sex": ["Female", "Male", "Not recorded"],
        "ethnic_group": ["White"] * 8 + ["Asian or Asian British", "Mixed or multiple ethnic groups"],
    }
    for name in COLUMNS:
        values = np.array(levels.get(name, list("abcd")), dtype=object)
        pool[name] = values[chance.integers(0, len(values), people)]
    weight = chance.choice([1.0, 2, 3, 4, 8], people)
    holds = pool[[f"CT0{n}" for n in range(1, 8)]].to_numpy()
    person, code = np.nonzero(holds)
    each = (weight * 50 / weight.sum() / holds.sum(axis=1))[person]
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    columns = shown_columns(pool, COLUMNS)
    codes = np.array([f"CT0{n}" for n in range(1, 8)], dtype=object)
    rule = find_rule(release_frame(columns, person, codes[code], each), 10, b"benchmark")
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"{people:,} people, {len(COLUMNS)} columns: {time.process_time() - start:.2f} CPU s, {more:.0f} MB more"
    )
    print(f"  loss {rule.loss:.3f}; right guesses {rule.right_guesses:.2f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    given = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    given.add_argument("--large", action="store_true", help="200,000 people too")
    if given.parse_args().large:
        large()
    for council, pool in councils().items():
        show(council, pool)
