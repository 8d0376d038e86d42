"""No text that a user types may say who somebody is; a table of what is refused and what is not."""

from __future__ import annotations

import pytest

from casetrack.errors import UsageError
from casetrack.typed_text import Known, check_text, name_forms, shapes_of, what_names_somebody

IDS = ("LA-0001", "LA-0732", "1004417", "AB 12 CD 34", "12")
PEOPLE = [
    ("Rose", "Northam"),
    ("Rose", "D’Arcy"),
    ("Rose", "O'Brien Young"),
    ("Siân", "Llewellyn"),
    ("Ola", "Bjørk"),
]
KNOWN = Known(ids=IDS, names={word: name_forms(first) for first, last in PEOPLE for word in name_forms(last)})

REFUSED = [
    ("943 476 5919", "an NHS number"),
    ("nhs no. 943-476-5919.", "an NHS number"),
    ("NHS9434765919", "an NHS number"),
    ("９４３４７６５９１９", "an NHS number"),
    ("born 02/08/1948", "a date"),
    ("born 2.8.48", "a date"),
    ("1948-08-02", "a date"),
    ("2 August 1948", "a date"),
    ("August 1948", "a date"),
    ("the 3rd of May", "a date"),
    ("19480802", "a date"),
    ("02081948", "a date"),
    ("moved to NE1 4AB", "a postcode"),
    ("m11ae", "a postcode"),
    ("zz98-4gt", "a postcode"),
    ("12-Mar-1950", "a date"),
    ("12 Mar 50", "a date"),
    ("12Mar1950", "a date"),
    ("12 03 1950", "a date"),
    ("12–03–50", "a date"),
    ("1950, 3, 12", "a date"),
    ("Mar-1950", "a date"),
    ("LA-0001 asked", "an identifier"),
    ("(la0001)", "an identifier"),
    ("see 100 44 17", "an identifier"),
    ("ab12cd34", "an identifier"),
    ("1004417!", "an identifier"),
    ("1004417?", "an identifier"),
    ("#1004417", "an identifier"),
    ("id=1004417", "an identifier"),
    ("id1004417", "an identifier"),
    ("[1004417]", "an identifier"),
    ("1004-417", "an identifier"),
    ("1004_417", "an identifier"),
    ("1004’417", "an identifier"),
    ("LÁ_0001", "an identifier"),
    ("Rose Northam", "a name"),
    ("NORTHAM, Rose", "a name"),
    ("Rose Northam?", "a name"),
    ("Rose-Northam", "a name"),
    ("“Rose” Northam’s wish", "a name"),
    ("Rose D'Arcy", "a name"),
    ("Rose D’Arcy", "a name"),
    ("Rose D Arcy", "a name"),
    ("rose obrien", "a name"),
    ("Rose O`Brien", "a name"),
    ("Sian Llewellyn", "a name"),
    ("Si\u0301an LLEWELLYN", "a name"),
    ("Ola Bjork", "a name"),
]
FINE = [
    "",
    "large print, hearing loop",
    "interpreter: Polish",
    "3 of 4 calls, 10:30 and 14:15",
    "flat on floor 12",
    "asked twice in 6 weeks",
    "rose garden",
    "she may come at 3",
    "CT05 and CT06",
    "market 12",
    "NKJ3-NWKH-X",
    "10:30, 14:15 or 16:30",
    "the 2025/26 review",
    "floor 2. May need a hoist",
    "100 calls, 44 answered, 17 not",
    "24/7 care, 3-4 visits",
]
SEEDS = [
    ("Northshire, 2 April 2026", ""),
    ("Minute 12 of 02/04/2026, 10:30", ""),
    ("Minute of 2026-04-02 10:30", ""),
    ("National Lottery, 1 April 2026: 04 12 23 33 45 and 02", ""),
    ("NHS 943 476 5919", "an NHS number"),
    ("9434765919", "an NHS number"),
    ("2 April 2026, NE1 4AB", "a postcode"),
    ("2 April 2026, 1004417", "an identifier"),
    ("la0732", "an identifier"),
    ("Rose Northam", "a name"),
]


@pytest.mark.parametrize(("text", "what"), REFUSED)
def test_what_names_somebody_is_refused_and_not_repeated(text, what):
    assert what_names_somebody(text, KNOWN) == what
    with pytest.raises(UsageError) as caught:
        check_text(text, "note", KNOWN, error=UsageError)
    assert caught.value.code == "note-names-somebody"
    assert text not in str(caught.value)
    assert "must name nobody" in str(caught.value)


@pytest.mark.parametrize("text", FINE)
def test_what_people_really_write_is_not(text):
    assert what_names_somebody(text, KNOWN) == ""
    assert check_text(text, "note", KNOWN) == text


REACHED = [
    ("rang 07700 900123", "a telephone number"),
    ("+44 7700 900123", "a telephone number"),
    ("+44 (0)7700 900 123", "a telephone number"),
    ("0044 7700 900123", "a telephone number"),
    ("(020) 7946 0958", "a telephone number"),
    ("tel:01632.960.123", "a telephone number"),
    ("+353 86 123 4567", "a telephone number"),
    ("０７７００ ９００１２３", "a telephone number"),
    ("jo.bloggs@example.org", "an email address"),
    ("write to Jo@nhs.example.", "an email address"),
]


@pytest.mark.parametrize(("text", "what"), REACHED)
def test_how_to_reach_somebody_is_no_reason_or_role(text, what):
    with pytest.raises(UsageError, match=what) as caught:
        check_text(text, "reason", error=UsageError)
    assert caught.value.code == "reason-names-somebody"
    assert text not in str(caught.value)
    # On a cover a council says how its own team is reached.
    assert what not in what_names_somebody(text)


@pytest.mark.parametrize(("seed", "what"), SEEDS)
def test_a_seed_may_hold_the_day_of_a_minute_and_a_public_lottery_and_nobody(seed, what):
    assert what_names_somebody(seed, KNOWN, dated=True) == what


def test_a_year_is_not_taken_for_an_identifier_in_a_seed():
    known = Known(ids=["2026", "0204"])
    assert what_names_somebody("Northshire, 2 April 2026", known, dated=True) == ""
    assert what_names_somebody("Northshire, 2 April 2026, 0204", known, dated=True) == "an identifier"


def test_where_identifiers_are_sealed_their_shapes_are_enough():
    known = Known(shapes=shapes_of(IDS))
    sealed = (
        "LA-0001",
        "la0001 asked",
        "xy-9999",
        "1004417",
        "100 44 17",
        "AB12CD34",
        "1004417!",
        "#1004417",
    )
    for text in (*sealed, "id=9999999", "[1004417]", "1004-417", "1004_417", "id1004417", "_LA0001_"):
        assert what_names_somebody(text, known) == "what looks like an identifier", text
    for text in FINE:
        assert what_names_somebody(text, known) == "", text
    assert not any(c.isdigit() and c != "0" for shape in shapes_of(IDS) for c in shape)


@pytest.mark.parametrize("text", ["x" * 501, "two\nlines", "tab\tin it", "\x1b[31m"])
def test_a_text_is_one_short_line(text):
    with pytest.raises(UsageError) as caught:
        check_text(text, "note", error=UsageError)
    assert caught.value.code == "no-note"
