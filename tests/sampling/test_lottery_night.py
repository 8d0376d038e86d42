"""What takes minutes: ``pytest -m night``. Seeds counted over the ten million lists, every list of the sample
council's lottery."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from counted_lists import audit
from lottery_pools import council
from scipy.stats import chi2

import casetrack as ct
from casetrack.designs.drawing import prepare_design
from casetrack.lottery.draw import draw_list
from casetrack.lottery.numbered import lottery_of
from casetrack.lottery.prepare import limited_chances, prepare
from casetrack.quotas.quota_system import quota_system
from casetrack.samples import sample_folder

pytestmark = pytest.mark.night
KEY = bytes(range(32))
ROOT = Path(__file__).parents[2]


def test_twenty_thousand_seeds_over_ten_million_lists():
    people, quotas = council(200, 2)
    system = quota_system(people, quotas, 20)
    made = prepare(limited_chances(system, {}), {}, key=KEY, told={"pool": "night"})
    keys = [label.encode() for label in people.index]
    seeds, chosen = 20_000, np.zeros((20_000, len(system.counts)), dtype=np.int8)
    for seed in range(seeds):
        drawn = draw_list(made, keys, f"seed {seed}")
        np.add.at(chosen[seed], system.type_of[drawn.rows], 1)
    assert all(system.met_by(one) for one in np.unique(chosen, axis=0))
    wanted = np.zeros(len(system.counts))
    np.add.at(wanted, made.kinds.type_of[made.kinds.group], made.lottery.tickets / made.lottery.lists)
    # Types hang together, since every list meets every quota: misses are weighed by their own covariance, on its range.
    spread, directions = np.linalg.eigh(np.cov(chosen.astype(float), rowvar=False))
    varies = spread > 1e-9 * spread.max()
    along = directions.T @ (chosen.mean(axis=0) - wanted)
    assert np.abs(along[~varies]).max(initial=0.0) < 1e-6
    distance = float((along[varies] ** 2 / spread[varies]).sum()) * seeds
    assert distance < chi2.ppf(0.9999, int(varies.sum()))


def sample():
    folder = sample_folder()
    extract = ct.read_extract(folder / "cld_extract.csv", people=folder / "person_details.csv")
    coded = ct.code_cohorts(ct.find_eligible(extract, as_at="2026-03-31"))
    return coded, ct.Design.suggest(coded)


def test_every_list_of_the_sample_councils_lottery_counted():
    made = prepare_design(*sample(), KEY).prepared
    small, _ = lottery_of(made.lottery.rules, made.wanted_of_kinds, KEY, {"pool": "night"}, 5000)
    found = audit(small)
    assert found.exact
    assert found.lists == 5000


@pytest.mark.parametrize("seed", range(0, 4000, 1000))
def test_four_thousand_small_pools_of_which_every_list_is_tried(seed):
    spec = importlib.util.spec_from_file_location("lottery_exact", ROOT / "benchmarks" / "lottery_exact.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert not {
        number: off for number in range(seed, seed + 1000) if (off := script.held_against_all(number)[1])
    }


def test_the_same_lists_with_one_and_with_two_threads():
    told = []
    for threads in ("1", "2"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        environment["PYTHONPATH"] = os.pathsep.join(
            [str(Path(ct.__file__).parents[1]), str(ROOT / "benchmarks")]
        )
        code = (
            "from pools import people, quotas\nfrom casetrack.sampling import select\npool = people(3000)\n"
            "found = select(pool, quotas(pool, 50, 'tight'), 50, 's', key=bytes(32))\n"
            "print(found.lottery_digest, found.number, ' '.join(found.chosen))"
        )
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
        told.append(done.stdout)
    assert told[0] == told[1]
