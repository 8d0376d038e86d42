"""Case references: random, unambiguous, and a mistyped one is always caught."""

from __future__ import annotations

import collections
import itertools
import math
import os
import subprocess
import sys

import pytest

from casetrack.errors import UsageError
from casetrack.references import ALPHABET, check_reference, make_references

TYPED = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_caught(text: str) -> bool:
    try:
        check_reference(text)
    except UsageError as error:
        return error.code == "reference-mistyped"
    return False


@pytest.mark.parametrize("prefix", ["", "NS26", "ABCDEFGH"])
def test_every_single_mistyped_character_is_caught(prefix):
    """Every place, every character on the keyboard, for a hundred references: nothing gets through."""
    tried = 0
    for reference in make_references(100, seed="mistyped", prefix=prefix):
        for place, right in enumerate(reference):
            if right != "-":
                for wrong in TYPED.replace(right, ""):
                    tried += 1
                    assert is_caught(reference[:place] + wrong + reference[place + 1 :])
    assert tried == 100 * (9 + len(prefix)) * 35


@pytest.mark.parametrize("prefix", ["", "NS26"])
def test_every_exchange_of_two_characters_is_caught_adjacent_or_not(prefix):
    adjacent = 0
    for reference in make_references(200, seed="exchanged", prefix=prefix):
        typed = reference.replace("-", "")
        for first, second in itertools.combinations(range(len(typed)), 2):
            if typed[first] != typed[second]:
                swapped = list(typed)
                swapped[first], swapped[second] = swapped[second], swapped[first]
                assert is_caught("".join(swapped))
                adjacent += second == first + 1
    assert adjacent > 200 * 7


def test_the_check_holds_for_every_pair_of_values_and_places_not_only_for_samples():
    """What the tests above sample, for all: place * change and (place - place) * change are never 0 modulo 37."""
    places, changes = range(1, 18), [change for change in range(-35, 36) if change]
    assert all(place * change % 37 for place in places for change in changes)
    assert all((a - b) * change % 37 for a, b in itertools.combinations(places, 2) for change in changes)


def test_a_missing_or_doubled_character_is_caught():
    for reference in make_references(50, seed="lengths"):
        typed = reference.replace("-", "")
        for place in range(len(typed)):
            assert is_caught(typed[:place] + typed[place + 1 :])


@pytest.mark.parametrize(
    "typed",
    [
        "nkj3-nwkh-x",
        " NKJ3 NWKH X ",
        "NKJ3NWKHX",
        "nkj3\u2013nwkh\u2013x",
        "NKJ3_NWKH.X",
        "N K J 3-N W K H-X",
        "NKJ3\xa0NWKH\tX",
    ],
)
def test_how_it_is_spaced_and_in_what_case_does_not_matter(typed):
    assert check_reference(typed) == "NKJ3-NWKH-X"


@pytest.mark.parametrize(
    "typed", ["", "-", "NKJ3-NWKH", "ABCDEFGHI" + "NKJ3NWKHX", "ÑKJ3-NWKH-X", "ſKJ3-NWKH-X"]
)
def test_what_is_no_reference_at_all_is_refused_with_advice(typed):
    with pytest.raises(UsageError) as caught:
        check_reference(typed)
    assert "Copy it again" in str(caught.value)


@pytest.mark.parametrize("wrong", [None, 12, b"NKJ3NWKHX"])
def test_only_text_is_a_reference(wrong):
    with pytest.raises(UsageError):
        check_reference(wrong)


def test_no_character_can_be_taken_for_another_and_none_makes_a_word():
    assert set(ALPHABET).isdisjoint("0O1IL5SAEU") and len(set(ALPHABET)) == len(ALPHABET) == 23
    for pair in ("2Z", "6G", "8B", "5S", "0O", "0Q"[:1] + "O", "1I", "1L", "UV"):
        assert not set(pair) <= set(ALPHABET)


def test_references_look_as_described_and_no_group_is_a_number():
    for reference in make_references(2000, seed="looks"):
        groups = reference.split("-")
        assert [len(group) for group in groups] == [4, 4, 1]
        assert set(reference) <= {*ALPHABET, "-"}
        assert not groups[0].isdigit() and not groups[1].isdigit()
        assert check_reference(reference) == reference


def test_a_seed_gives_the_same_again_and_no_seed_never_does():
    assert make_references(50, seed="x") == make_references(50, seed="x")
    assert make_references(60, seed="x")[:50] == make_references(50, seed="x")
    assert set(make_references(50, seed="x")).isdisjoint(make_references(50, seed="y"))
    assert set(make_references(50)).isdisjoint(make_references(50))


def test_references_given_out_before_are_not_given_again():
    first = make_references(10, seed="x")
    assert make_references(5, seed="x", taken=first) == make_references(15, seed="x")[10:]
    assert make_references(5, seed="x", taken=first[2:4]) == (*first[:2], *first[4:7])


def test_a_prefix_is_covered_by_the_check_character():
    for reference in make_references(20, seed="x", prefix="ns26-"):
        assert reference.startswith("NS26-")
        assert check_reference(reference.lower()) == reference
        assert is_caught(reference.removeprefix("NS26-")) or reference[0] == "N"
        assert is_caught("NS27" + reference[4:])


@pytest.mark.parametrize("wrong", ["TOOLONGPREFIX", "é", "A B", "a/b"])
def test_a_prefix_that_cannot_be_typed_is_refused(wrong):
    with pytest.raises(UsageError) as caught:
        make_references(1, prefix=wrong)
    assert caught.value.code == "reference-prefix"


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "3"])
def test_the_number_of_references_is_checked(wrong):
    with pytest.raises(UsageError):
        make_references(wrong)


def test_no_references_are_no_error():
    assert make_references(0) == ()


def test_characters_are_equally_likely_in_every_place():
    """Chi-squared against the exact chances, worked out over all eight-character bodies by their sums modulo 37."""
    references = [reference.replace("-", "") for reference in make_references(23_000, seed="fair")]
    expected = chances_of_first_character()
    counts = collections.Counter(reference[0] for reference in references)
    statistic = sum((counts[c] - 23_000 * p) ** 2 / (23_000 * p) for c, p in expected.items())
    assert statistic < 22 + 4 * math.sqrt(2 * 22)


def chances_of_first_character() -> dict[str, float]:
    """By dynamic programming over places: numbers of bodies for each first character, digits-only groups taken out."""
    totals = {}
    for first in ALPHABET:
        states = {(9 * TYPED.index(first) % 37, first.isdigit(), True): 1}
        for place in range(8, 1, -1):
            grown: dict[tuple[int, bool, bool], int] = collections.Counter()
            for (value, left, right), number in states.items():
                for character in ALPHABET:
                    digit = character.isdigit()
                    key = (
                        (value + place * TYPED.index(character)) % 37,
                        left and (digit or place < 6),
                        right and (digit or place >= 6),
                    )
                    grown[key] += number
            states = grown
        allowed = {-TYPED.index(character) % 37 for character in ALPHABET}
        totals[first] = sum(
            n for (value, left, right), n in states.items() if value in allowed and not left and not right
        )
    whole = sum(totals.values())
    assert 4.7e10 < whole < 4.9e10
    return {first: number / whole for first, number in totals.items()}


def test_the_same_references_in_another_process_with_another_hash_seed():
    script = "from casetrack.references import *; print(make_references(3, seed='x'))"
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": number},
            capture_output=True,
            check=True,
        ).stdout
        for number in ("1", "2")
    }
    assert len(found) == 1


def test_an_empty_seed_is_refused():
    with pytest.raises(UsageError) as caught:
        make_references(1, seed="")
    assert caught.value.code == "empty-key"
