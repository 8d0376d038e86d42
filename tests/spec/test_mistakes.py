"""Every mistake is told by its code, and mended it is told no more."""

from __future__ import annotations

import pytest

from spec.mistakes import Mistake, said
from spec import mistakes_in_files, mistakes_in_lists, mistakes_in_rules


ERRORS = [
    pytest.param(one, id=one.code) for part in (mistakes_in_files, mistakes_in_rules, mistakes_in_lists) for one in part.MISTAKES
]


@pytest.mark.parametrize("mistake", ERRORS)
def test_a_mistake_is_told_by_its_code_and_mended_it_is_not(mistake: Mistake) -> None:
    assert set(said(mistake.wrong).error) == {mistake.code}
    assert said(mistake.mended).text == ""
