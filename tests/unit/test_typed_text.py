"""No text that a user types may say who somebody is; a table of what is refused and what is not."""

from __future__ import annotations

import pytest

from casetrack.errors import UsageError
from casetrack.typed_text import Known, check_text, shapes_of, what_names_somebody

IDS = ("LA-0001", "LA-0732", "1004417", "AB 12 CD 34")
KNOWN = Known(ids=IDS, names={"northam": frozenset({"rose"})})

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
    ("LA-0001 asked", "an identifier"),
    ("(la0001)", "an identifier"),
    ("see 100 44 17", "an identifier"),
    ("ab12cd34", "an identifier"),
    ("Rose Northam", "a name"),
    ("NORTHAM, Rose", "a name"),
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


def test_where_identifiers_are_sealed_their_shapes_are_enough():
    known = Known(shapes=shapes_of(IDS))
    for text in ("LA-0001", "la0001 asked", "xy-9999", "1004417", "100 44 17", "AB12CD34"):
        assert what_names_somebody(text, known) == "what looks like an identifier", text
    for text in FINE:
        assert what_names_somebody(text, known) == "", text
    assert not any(c.isdigit() and c != "0" for shape in shapes_of(IDS) for c in shape)


@pytest.mark.parametrize("text", ["x" * 501, "two\nlines", "tab\tin it", "\x1b[31m"])
def test_a_text_is_one_short_line(text):
    with pytest.raises(UsageError) as caught:
        check_text(text, "note", error=UsageError)
    assert caught.value.code == "no-note"
