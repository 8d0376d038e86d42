"""What sampling needs of a pool. `casetrack.pool.cohorts.CodedPool` has it, and more."""

from __future__ import annotations

from typing import Protocol

from pandas import DataFrame


class CodedPeople(Protocol):
    """A coded pool, as the design layer reads it."""

    @property
    def people(self) -> DataFrame:
        """One row per eligible person, index ``person_id`` (text).

        A boolean column for each cohort code, a text column for each characteristic, and columns such as ``team`` and
        ``linked_group`` where known.
        """
        ...

    @property
    def code_names(self) -> tuple[str, ...]:
        """The columns that are cohort codes."""
        ...

    @property
    def characteristic_names(self) -> tuple[str, ...]:
        """The columns that are characteristics."""
        ...

    @property
    def edition(self) -> str:
        """The edition of the cohort rules."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of the pool's content."""
        ...
