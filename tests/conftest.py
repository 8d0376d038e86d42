"""One thread of linear algebra for each process, and the same examples in every run.

With a process on every core, threads that wait for each other cost more than they bring. Fixed examples make a
failure the change's own; `--hypothesis-profile=default` explores.
"""

from __future__ import annotations

import os

from hypothesis import settings

# Hypothesis does not import numpy, which reads these once.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
