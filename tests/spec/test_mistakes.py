"""Every mistake is told by its code, and mended it is told no more; every code is shown, or said to be without."""

from __future__ import annotations

import pytest

from spec.findings_in_files import FINDINGS
from spec.mistake_tables import MISTAKES
from spec.mistakes import Given, Mistake, given, said
from spec.test_reference_pages import script
from spec.without_example import WITHOUT_EXAMPLE


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.code)
def test_a_mistake_is_told_by_its_code_and_mended_it_is_not(mistake: Mistake) -> None:
    assert set(said(mistake.wrong).error) == {mistake.code}
    assert said(mistake.mended).text == ""


@pytest.mark.parametrize("example", FINDINGS, ids=lambda example: example.code)
def test_an_example_gives_its_finding_and_mended_it_does_not(example: Mistake) -> None:
    assert example.code in said(example.wrong).findings
    mended = said(example.mended)
    assert mended.text == ""
    assert example.code not in mended.findings


def test_every_finding_of_the_code_has_an_example() -> None:
    assert sorted(example.code for example in FINDINGS) == sorted(script().finding_codes())


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
