"""One thread of linear algebra for each process, and the same examples in every run.

With a process on every core, threads that wait for each other cost more than they bring. Fixed examples make a
failure the change's own; `--hypothesis-profile=night` explores.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from share import NIGHT, SHARE

# Hypothesis does not import numpy, which reads these once.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

settings.register_profile("repeatable", max_examples=SHARE, derandomize=True, deadline=None)
settings.register_profile("night", max_examples=NIGHT, deadline=None, print_blob=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def one_key_for_every_lottery():
    """Outside tests each lottery has a new secret key; here all have one, so that lists are the same in every run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("casetrack.lottery.keyed.new_key", lambda: bytes(range(32)))
        yield
