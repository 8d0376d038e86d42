"""Kill commands on a folder at random moments, and say how often what was found afterwards was wrong.

    python scripts/kills.py --kills 1000 --seed 1

Each time: a copy of a folder, a command, a kill after a random share of the time that the command takes, everything
checked (the state before or after, the lookup fits, ``verify`` holds), the same command again, everything checked again.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from stopping import at_a_moment, copy_of, ended, prepared


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as place:
        scene = prepared(Path(place))
        takes = {}
        for name, (start, arguments, _) in scene.commands.items():
            folder = copy_of(scene, start, scene.place / "tried")
            began = time.monotonic()
            assert ended(arguments, folder) == 0, name
            takes[name] = time.monotonic() - began
        how: Counter[str] = Counter()
        wrong: list[str] = []
        for number in range(asked.kills):
            name = chance.choice(list(takes))
            code, problems = at_a_moment(scene, name, chance.random() * 1.1 * takes[name])
            how["killed" if code == -9 else "done before the kill"] += 1
            wrong += [f"{number}, {name}: {problem}" for problem in problems]
    print(f"{asked.kills} kills (seed {asked.seed}): {dict(how)}; {len(wrong)} problems")
    for line in wrong:
        print(line)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
