"""Every example of the journey through its oracle, which knows nothing of casetrack."""

from __future__ import annotations

import datetime as dt

import pytest

from properties.against_journey_oracle import journey_differences
from spec import experience
from spec.tables import Example, extract_of


@pytest.mark.parametrize("example", experience.PAGE.examples(), ids=lambda example: example.title)
def test_the_oracle_agrees(example: Example) -> None:
    day = dt.date.fromisoformat(example.as_at)
    assert journey_differences(extract_of(example), day, **example.coding) == []
