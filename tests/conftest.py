"""The same examples in every run, so that a failure is the change's own; `--hypothesis-profile=default` explores."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
