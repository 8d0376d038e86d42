"""The design as a thing: made, edited, kept in files, described, and never naming anybody."""

from __future__ import annotations

import copy
import json
import pickle

import pandas as pd
import pytest
from believable import CODES, coded_pool
from hypothesis import given, settings

from casetrack.designs.bound import quotas_frame
from casetrack.designs.design import Combination, Design, Quota
from casetrack.errors import DesignError, OutputError
from casetrack.testing import designs
from share import examples

SECRET = "9990001114"


@settings(deadline=None, max_examples=examples(60))
@given(designs())
def test_a_design_reads_back_equal_from_toml_and_json(design):
    assert Design.from_toml(design.to_toml()) == design
    assert Design.from_json(design.to_json()) == design
    assert Design.from_toml(design.to_toml()).digest() == design.digest()


def test_a_design_is_kept_in_a_file_and_never_over_another(tmp_path):
    design = Design(size=30, codes={"CT02": Quota(min=3)}, must_include={SECRET: "asked for by CQC"})
    path = tmp_path / "design.toml"
    design.to_toml(path)
    assert Design.from_toml(path) == design == Design.from_toml(str(path))
    with pytest.raises(OutputError):
        design.to_toml(path)
    design.with_size(20).to_toml(path, force=True)
    assert Design.from_toml(path).size == 20


def test_a_design_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "design.json"
    path.write_text(json.dumps({"size": 12}), encoding="utf-8-sig")
    assert Design.from_json(path).size == 12


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("size = = 3", "unreadable-design"),
        ("size = 0\n", "bad-value"),
        ("size = '50'\n", "bad-value"),
        ("sise = 50\n", "unknown-setting"),
        ("[codes]\nCT01 = { min = 5, max = 3 }\n", "bad-quota"),
        ("[codes]\nCT01 = { min = -1 }\n", "bad-value"),
        ("[[combinations]]\nof = { CT07 = 'yes' }\n", "bad-quota"),
        ("[[combinations]]\nmin = 1\n", "missing-setting"),
        ("[characteristics.sex]\n'Not recorded' = { min = 1 }\n", "target-not-recorded"),
        ("size = 1\n[must_include]\na = 'x'\nb = 'y'\n", "too-many-fixed-places"),
        ("[must_include]\na = 'x'\n[exclude]\na = 'y'\n", "included-and-excluded"),
        ("[at_most]\nteam = 0\n", "bad-value"),
        ("[at_most]\nteam = 'none'\n", "bad-value"),
        ("at_most = 3\n", "bad-value"),
        ("[at_most]\nworker = 1\nlead_professional = 3\n", "limit-twice"),
        (
            "[[combinations]]\nof = { CT07 = 'yes', sex = 'Not recorded' }\nmin = 1\n",
            "target-not-recorded",
        ),
        ("[must_include]\na = ''\n", "reason-needed"),
        ("[exclude]\na = ' '\n", "reason-needed"),
        ("[characteristics.age_band]\n18 to 24 = { min = 1 }\n", "unreadable-design"),
    ],
)
def test_each_mistake_has_its_code(text, code):
    with pytest.raises(DesignError) as caught:
        Design.from_toml(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("size = 0\n", "the number is too small"),
        ("size = '50'\n", "a whole number is needed"),
        ("codes = 3\n", "names with their values are needed"),
        ("combinations = 3\n", "a list is needed"),
        ("[reasons]\na = 1\n", "a text is needed"),
    ],
)
def test_what_is_needed_is_said_in_words_for_analysts(text, needed):
    with pytest.raises(DesignError, match=needed) as caught:
        Design.from_toml(text)
    assert "input" not in str(caught.value)


def test_a_file_that_names_other_limits_keeps_linked_people_apart():
    design = Design.from_toml("[at_most]\nteam = 10\n")
    assert design.at_most == {"linked_group": 1, "team": 10}
    assert design == Design.from_json('{"at_most": {"team": 10}}')
    assert Design.from_toml("[at_most]\n").at_most == Design.from_toml("size = 50").at_most
    assert Design.from_toml("[at_most]\nhousehold = 2\n").at_most == {"linked_group": 2}


def test_a_file_says_that_linked_people_may_come_together():
    design = Design.from_toml('[at_most]\nlinked_group = "no limit"\nteam = 10\n')
    assert design.at_most == {"team": 10}
    assert Design.from_toml('[at_most]\nhousehold = "no limit"\n').at_most == {}
    for other in (design, design.with_at_most("team", None), design.with_at_most("household", 3)):
        for again in (Design.from_toml(other.to_toml()), Design.from_json(other.to_json())):
            assert again == other
            assert again.digest() == other.digest()
    assert 'linked_group = "no limit"' in design.to_toml()
    assert "no limit" not in json.dumps(design.to_dict())


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("[characteristics.age_band]\n18 to 24 = { min = 1 }\n", True),
        ("[characteristics.ethnic group]\nWhite = { min = 1 }\n", True),
        ("[codes]\nCT01 = { min = }\n", False),
        ('[characteristics.age_band]\n"18 to 24" = { min = }\n', False),
    ],
)
def test_a_name_that_needs_quotation_marks_is_told_so(text, needed):
    with pytest.raises(DesignError) as caught:
        Design.from_toml(text)
    assert ("needs quotation marks" in str(caught.value)) == needed
    assert "line " in str(caught.value)


def test_people_without_a_reason_are_counted_and_not_named():
    with pytest.raises(DesignError) as caught:
        Design(must_include={SECRET: ""}, exclude={SECRET + "1": "\t", SECRET + "2": "moved"})
    assert [problem.code for problem in caught.value.problems] == ["reason-needed", "reason-needed"]
    assert SECRET not in str(caught.value)
    with pytest.raises(DesignError, match="reason-needed"):
        Design().with_fixed_place(SECRET, "")
    with pytest.raises(DesignError, match="reason-needed"):
        Design().without_person(SECRET, " ")


def test_a_number_that_changes_loses_the_reason_of_the_number_before():
    design = Design(
        codes={"CT02": Quota(min=5)}, reasons={"CT02": "5 each", "at_most: linked_group": "asked"}
    )
    assert design.with_quota("CT02", min=5).reasons == design.reasons
    assert "CT02" not in design.with_quota("CT02", min=7).reasons
    assert design.with_at_most("household", 2).reasons == {"CT02": "5 each"}


def test_a_missing_file_is_a_design_error(tmp_path):
    with pytest.raises(DesignError, match="unreadable-design"):
        Design.from_toml(tmp_path / "nowhere.toml")


def test_all_mistakes_are_told_at_once():
    with pytest.raises(DesignError) as caught:
        Design(size=0, codes={"CT01": {"min": 5, "max": 3}, "CT02": {"mim": 3}}, wrong=1)
    assert [problem.code for problem in caught.value.problems] == [
        "bad-quota",
        "unknown-setting",
        "bad-value",
        "unknown-setting",
    ]
    assert "codes → CT02" in str(caught.value)


@pytest.mark.parametrize(
    "mistake",
    [
        {"must_include": {SECRET: 3}},
        {"exclude": {SECRET: None}},
        {"must_include": {SECRET: "x"}, "exclude": {SECRET: "y"}},
        {"size": 1, "must_include": {SECRET: "x", SECRET + "0": "y"}},
    ],
)
def test_no_error_names_a_person(mistake):
    with pytest.raises(DesignError) as caught:
        Design(**mistake)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)


def test_nothing_that_is_shown_names_a_person():
    design = Design(must_include={SECRET: "wanted"}, exclude={SECRET + "7": "moved"})
    shown = [repr(design), str(design), design.describe(), design._repr_html_(), design.to_frame().to_csv()]
    assert not any(SECRET in text for text in shown)
    assert "1 person with a fixed place" in design.describe()
    assert "1 person excluded" in design.describe()


def test_a_design_cannot_be_changed():
    design = Design(codes={"CT01": Quota(min=5)}, characteristics={"sex": {"Male": Quota(min=1)}})
    for change in (
        lambda: design.codes.update(CT02=Quota()),
        lambda: design.characteristics["sex"].clear(),
        lambda: design.at_most.pop("linked_group"),
        lambda: design.exclude.setdefault("x", "y"),
    ):
        with pytest.raises(TypeError):
            change()
    with pytest.raises(ValueError, match="frozen"):
        design.size = 3
    assert design.at_most == {"linked_group": 1}


def test_copies_and_pickles_are_equal():
    design = Design(codes={"CT01": Quota(min=5)}, combinations=[Combination(of={"CT07": "yes", "sex": "M"})])
    assert pickle.loads(pickle.dumps(design)) == design == copy.deepcopy(design)
    assert hash(copy.deepcopy(design)) == hash(design)


def test_the_digest_follows_what_decides_a_draw_and_nothing_else():
    design = Design(codes={"CT01": Quota(min=5), "CT02": Quota(min=1)}, exclude={"a": "moved", "b": "moved"})
    same = Design(
        codes={"CT02": Quota(min=1), "CT01": Quota(min=5)},
        exclude={"b": "another reason", "a": "moved"},
        reasons={"CT01": "because"},
    )
    assert design.digest() == same.digest()
    others = [
        design.with_size(49),
        design.with_quota("CT01", min=6),
        design.with_quota("CT01", max=9),
        design.with_at_most("team", 3),
        design.with_fixed_place("c", "wanted"),
        design.without_person("c", "moved"),
        design.with_combination({"CT07": "yes", "sex": "M"}, min=1),
    ]
    assert len({design.digest(), *(other.digest() for other in others)}) == 8


def test_edits_replace_and_take_away():
    design = Design().with_quota("CT02", min=7).with_quota("CT02", max=9)
    assert design.codes["CT02"] == Quota(min=7, max=9)
    assert design.with_quota("CT02", max=None).codes["CT02"] == Quota(min=7)
    assert design.with_at_most("worker", 3).at_most == {"linked_group": 1, "lead_professional": 3}
    assert design.with_at_most("household", None).at_most == {}
    pair = {"CT07": "yes", "ethnic_group": "White"}
    twice = design.with_combination(pair, min=1).with_combination(dict(reversed(pair.items())), min=2)
    assert [other.min for other in twice.combinations] == [2]
    counted = pd.Series([3, 4]).sum()
    assert design.with_quota("CT02", min=counted).codes["CT02"].min == 7
    assert design.with_at_most("team", counted).with_size(counted).size == 7
    assert design.codes["CT02"].in_words() == "at least 7 and at most 9"


def test_every_name_that_is_unknown_is_told_at_once_and_nobody_is_named():
    coded = coded_pool(80)
    design = Design(
        codes={"CT08": Quota(min=1)},
        characteristics={"sex": {"Femail": Quota(min=1)}, "religion": {"Hindu": Quota(min=1)}},
        at_most={"team": 4},
        must_include={SECRET: "wanted"},
        exclude={SECRET + "1": "moved", SECRET + "2": "moved"},
    )
    with pytest.raises(DesignError) as caught:
        quotas_frame(design, coded)
    assert {problem.code for problem in caught.value.problems} == {
        "unknown-code",
        "unknown-characteristic",
        "unknown-level",
        "unknown-column",
        "unknown-person",
    }
    text = str(caught.value)
    assert "2 of the people named under exclude are not in the eligible pool" in text
    assert "Available: Female, Male, Not recorded" in text
    assert SECRET not in text


def test_a_fixed_place_needs_a_code():
    coded = coded_pool(80)
    uncoded = coded.people.index[~coded.people[list(CODES)].any(axis=1)][0]
    with pytest.raises(DesignError) as caught:
        quotas_frame(Design(must_include={uncoded: "wanted"}), coded)
    assert caught.value.code == "fixed-place-without-code"


def test_the_quotas_frame_has_each_quota_and_a_column_for_each_combination():
    coded = coded_pool(200)
    left_out = coded.people.index[coded.people["CT06"]][0]
    design = Design(
        size=20,
        codes={"CT06": Quota(min=4)},
        characteristics={"sex": {"Male": Quota(min=3, max=12)}},
        exclude={left_out: "moved"},
    ).with_combination({"sex": "Female", "CT06": "yes"}, min=2)
    quotas, people = quotas_frame(design, coded)
    assert quotas.values.tolist() == [
        ["CT06", "yes", 4, 20],
        ["sex", "Male", 3, 12],
        ["CT06 × sex", "yes × Female", 2, 20],
    ]
    both = people["CT06"] & (people["sex"] == "Female")
    assert (people["CT06 × sex"] == "yes × Female").equals(both)
    assert people[list(CODES)].any(axis=1).all()
    assert left_out not in people.index
