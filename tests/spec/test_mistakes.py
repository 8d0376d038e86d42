"""Every mistake is told by its code, and mended it is told no more; every code is shown, or said to be without."""

from __future__ import annotations

import pytest

from spec.mistake_tables import MISTAKES
from spec.mistakes import Given, Mistake, given, said
from spec.test_reference_pages import script
from spec.without_example import WITHOUT_EXAMPLE


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.code)
def test_a_mistake_is_told_by_its_code_and_mended_it_is_not(mistake: Mistake) -> None:
    assert set(said(mistake.wrong).error) == {mistake.code}
    assert said(mistake.mended).text == ""


def test_every_code_of_the_code_has_an_example_or_a_reason() -> None:
    every = {code for codes in script().errors_by_room().values() for code in codes}
    shown = {mistake.code for mistake in MISTAKES}
    assert every - shown == set(WITHOUT_EXAMPLE)
    assert shown <= every
    # Take a code off this list by giving it an example; nothing is put on it.
    assert len(WITHOUT_EXAMPLE) <= 44


def test_what_is_no_mistake_says_nothing() -> None:
    assert said(Given("1 + 1")).error == ()
    assert "no-source" in said(given("ct.read_extract([])")).error
