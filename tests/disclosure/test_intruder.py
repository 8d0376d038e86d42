"""A simulated intruder against every target and every guess, one at a time, in plain Python."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import casetrack as ct
from casetrack.disclosure import (
    Hierarchy,
    as_released,
    council_hierarchies,
    intrude,
    intrude_release,
    least_coarsening,
)
from casetrack.errors import DisclosureError
from casetrack.samples import sample_folder
from casetrack.verify.intruder import COLLEAGUE, NEIGHBOUR

COLUMNS = ["sex", "area", "group"]
#: Value to its label at each level, written out once more for the slow way.
LEVELS = {
    "sex": {"F": ["F", "*"], "M": ["M", "*"]},
    "area": {"N": ["N", "land", "*"], "S": ["S", "land", "*"], "E": ["E", "sea", "*"]},
    "group": {"x": ["x", "*"], "y": ["y", "*"]},
}
CHANCES = ["prosecutor", "journalist", "right_when_claimed", "marketer", "alone"]
person = st.tuples(
    st.sampled_from("FM"), st.sampled_from("NSE"), st.sampled_from("xy"), st.sampled_from("123")
)
heights = st.fixed_dictionaries(
    {"sex": st.integers(0, 1), "area": st.integers(0, 2), "group": st.integers(0, 1)}
)
known = st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique=True)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[pd.DataFrame, list[int], pd.DataFrame]:
    """People, which of them are listed, and the level at which each record shows each column."""
    people = draw(st.lists(person, min_size=1, max_size=14))
    listed = draw(st.permutations(range(len(people))))[: draw(st.integers(1, min(5, len(people))))]
    levels = pd.DataFrame(draw(st.lists(heights, min_size=len(listed), max_size=len(listed))))
    names = [f"person {number}" for number in range(len(people))]
    return pd.DataFrame(people, columns=[*COLUMNS, "code"], index=names), listed, levels


def hierarchies() -> dict[str, Hierarchy]:
    return {
        name: Hierarchy.from_table(name, [[value, *labels[1:]] for value, labels in values.items()])
        for name, values in LEVELS.items()
    }


def released(frame: pd.DataFrame, listed: list[int], levels: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    own = frame.iloc[listed]
    table = pd.DataFrame(
        {
            name: [LEVELS[name][value][level] for value, level in zip(own[name], levels[name], strict=True)]
            for name in COLUMNS
        },
        index=[f"case {number}" for number in range(len(listed))],
    ).assign(code=own["code"].to_numpy())
    return table, pd.Series(own.index, index=table.index)


def attacked(frame: pd.DataFrame, listed: list[int], levels: pd.DataFrame, knows: list[str], **more):
    table, truth = released(frame, listed, levels)
    levels = levels.set_axis(table.index)
    return intrude(
        table, frame, knows, hierarchies=hierarchies(), levels=levels, truth=truth, learns="code", **more
    )


def slowly(
    frame: pd.DataFrame, listed: list[int], levels: pd.DataFrame, knows: list[str]
) -> dict[str, Fraction]:
    """Every target and every guess. No hierarchy object, no counting by groups."""
    table, _ = released(frame, listed, levels)
    everyone = frame.to_dict("records")
    records = table.to_dict("records")

    def fits(record: int, who: int) -> bool:
        return all(
            records[record][name] == LEVELS[name][everyone[who][name]][int(levels[name].iloc[record])]
            for name in knows
        )

    journalist = prosecutor = claims = marketer = learns = Fraction(0)
    alone = 0
    for who in range(len(everyone)):
        guesses = [record for record in range(len(records)) if fits(record, who)]
        claims += bool(guesses)
        for guess in guesses:
            right = listed[guess] == who
            journalist += Fraction(right, len(guesses))
            prosecutor += Fraction(right and who in listed, len(guesses))
        if who in listed:
            alone += len(guesses) == 1
            codes = [records[guess]["code"] for guess in guesses]
            most = max(codes.count(code) for code in codes)
            best = sorted({code for code in codes if codes.count(code) == most})
            learns += Fraction(everyone[who]["code"] in best, len(best))
    for record in range(len(records)):
        who_fit = [who for who in range(len(everyone)) if fits(record, who)]
        for who in who_fit:
            marketer += Fraction(listed[record] == who, len(who_fit))
    size, n = len(everyone), len(records)
    return {
        "prosecutor": prosecutor / n,
        "prosecutor_guess": Fraction(1, n),
        "journalist": journalist / size,
        "journalist_guess": Fraction(1, size),
        "claims": claims / size,
        "right_when_claimed": journalist / claims,
        "marketer": marketer,
        "marketer_guess": Fraction(n, size),
        "alone": Fraction(alone),
        "learns": learns / n,
        "learns_guess": Fraction(int(table["code"].value_counts().max()), n),
    }


def finest(levels: pd.DataFrame) -> pd.DataFrame:
    return levels * 0


@settings(deadline=None, max_examples=120)
@given(worlds(), known)
def test_every_figure_is_what_trying_every_target_and_every_guess_gives(world, knows) -> None:
    frame, listed, levels = world
    found = attacked(frame, listed, levels, knows).to_frame().set_index("stage")
    for stage, used in (("finest", finest(levels)), ("released", levels)):
        for name, value in slowly(frame, listed, used, knows).items():
            assert found.loc[stage, name] == pytest.approx(float(value), abs=1e-12), (stage, name)


@settings(deadline=None, max_examples=60)
@given(worlds(), known, st.data())
def test_coarsening_never_helps_to_find_anybody(world, knows, data) -> None:
    frame, listed, levels = world
    step = pd.DataFrame(data.draw(st.lists(heights, min_size=len(listed), max_size=len(listed))))
    coarser = pd.DataFrame({name: np.maximum(levels[name], step[name]) for name in COLUMNS})
    rows = [attacked(frame, listed, used, knows).to_frame().iloc[-1] for used in (levels, coarser)]
    for name in CHANCES:
        assert rows[1][name] <= rows[0][name] + 1e-12, name
    assert rows[1]["claims"] >= rows[0]["claims"]
    # Never worse for the attacker than naming any record, nor any person.
    assert rows[1]["prosecutor"] >= rows[1]["prosecutor_guess"] - 1e-12
    assert rows[1]["marketer"] >= rows[1]["marketer_guess"] - 1e-12


@settings(deadline=None, max_examples=40)
@given(worlds())
def test_knowing_more_never_hurts_the_attacker(world) -> None:
    frame, listed, levels = world
    knows = [COLUMNS[:width] for width in (1, 2, 3)]
    found = attacked(frame, listed, levels, knows).to_frame()
    for _, rows in found.groupby("stage"):
        for name in ("prosecutor", "journalist", "right_when_claimed", "marketer"):
            assert (np.diff(rows[name]) >= -1e-12).all(), name


@settings(deadline=None, max_examples=40)
@given(worlds(), known, st.randoms(use_true_random=False))
def test_the_order_of_rows_people_and_facts_says_nothing(world, knows, chance) -> None:
    frame, listed, levels = world
    table, truth = released(frame, listed, levels)
    levels = levels.set_axis(table.index)
    people, rows = list(frame.index), list(table.index)
    chance.shuffle(people)
    chance.shuffle(rows)

    def figures(who: list[str], which: list[str], facts: list[str]) -> pd.DataFrame:
        found = intrude(
            table.loc[which],
            frame.loc[who],
            facts,
            hierarchies=hierarchies(),
            levels=levels.loc[which],
            truth=truth,
            learns="code",
        )
        return found.to_frame().drop(columns="knows")

    before = figures(list(frame.index), list(table.index), knows)
    pd.testing.assert_frame_equal(before, figures(people, rows, knows[::-1]), check_exact=True)


@settings(deadline=None, max_examples=60)
@given(worlds(), known)
def test_no_coarser_list_teaches_more_than_the_finest(world, knows) -> None:
    frame, listed, levels = world
    finest_row, row = attacked(frame, listed, levels, knows).to_frame().iloc[[0, -1]]["learns"]
    assert row <= finest_row + 1e-12


def test_of_two_coarse_lists_the_coarser_may_teach_more() -> None:
    """The second of two records withheld as well, and the commonest code among what fits is plainer."""
    frame = pd.DataFrame({"sex": list("FFM"), "code": list("121")})
    levels = {"sex": Hierarchy.from_table("sex", [["M", "*"], ["F", "*"]])}
    learnt = [
        intrude(frame.assign(sex=shown), frame, ["sex"], hierarchies=levels, learns="code").results["learns"]
        for shown in (list("F*M"), list("**M"))
    ]
    assert [found.iloc[-1] for found in learnt] == pytest.approx([0.5, 2 / 3])


def test_a_withheld_value_is_not_learnt() -> None:
    frame = pd.DataFrame({"sex": list("MMF"), "code": list("112")})
    levels = {"code": Hierarchy.withholding("code", "12"), "sex": Hierarchy.withholding("sex", "MF")}
    found = intrude(frame.assign(code="Withheld"), frame, ["sex"], hierarchies=levels, learns="code")
    assert found.to_frame()["learns"].tolist() == [1.0, 0.0]


def test_codes_that_are_known_are_not_learnt_from_themselves() -> None:
    frame = pd.DataFrame({"sex": list("MMFF"), "codes": ["CT01", "CT02", "CT01", "CT02"]})
    found = intrude(frame, frame, ["sex", "codes"], learns="codes").to_frame()
    assert found["prosecutor"].tolist() == [1.0, 1.0]
    assert found["learns"].tolist() == [0.5, 0.5]
    told = frame.assign(listed_as=frame["codes"])
    by_another_name = intrude(told, frame, ["sex", "codes"]).to_frame()
    assert by_another_name["learns"].tolist() == [0.5, 0.5]


def test_the_finest_list_can_be_given() -> None:
    frame = pd.DataFrame({"age": [70, 71, 40, 70]})
    age = Hierarchy.from_functions("age", [40, 70, 71], {"years": str, "older": lambda a: str(a >= 65)})
    coarse = pd.DataFrame({"age": ["True", "True", "False", "True"]})
    read_off = intrude(coarse, frame, ["age"], hierarchies={"age": age})
    given_to_it = intrude(coarse, frame, ["age"], hierarchies={"age": age}, finest=frame.iloc[::-1])
    pd.testing.assert_frame_equal(read_off.results, given_to_it.results)
    assert read_off.results["prosecutor"].tolist() == pytest.approx([3 / 4, 2 / 4])


def invented(size: int, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    people = pd.DataFrame(
        {
            "CT01": chance.random(size) < 0.5,
            "CT04": chance.random(size) < 0.2,
            "CT06": chance.random(size) < 0.5,
            "age_band": chance.choice(["25 to 44", "65 to 74", "75 to 84"], size, p=[0.3, 0.3, 0.4]),
            "sex": chance.choice(["Female", "Male"], size, p=[0.6, 0.4]),
            "ethnic_group": chance.choice(["White", "Mixed", "Other"], size, p=[0.9, 0.06, 0.04]),
        },
        index=[f"QZX{number:05d}" for number in range(size)],
    )
    people["CT06"] |= ~people[["CT01", "CT04", "CT06"]].any(axis=1)
    return people


def test_an_intruder_who_really_guesses_is_right_as_often_as_said() -> None:
    """The council's own columns, codes and listed code included: 60,000 guesses with chance, figures from counts."""
    people = invented(1500, 1)
    columns = ["listed_as", "codes", "age_band", "sex", "ethnic_group"]
    frame = as_released(people, columns)
    chance = np.random.default_rng(2)
    at = np.sort(chance.choice(len(frame), 30, replace=False))
    table = frame.iloc[at].assign(listed_as=[text.split(";")[0] for text in frame["codes"].iloc[at]])
    levels = council_hierarchies(people, columns)
    coarse = least_coarsening(table, frame, levels, 10, "record")
    knows = ["codes", "listed_as", "age_band", "sex"]
    row = intrude(coarse.table, frame, knows, hierarchies=levels, levels=coarse.levels).to_frame().iloc[-1]

    def label_fits(name: str, label: str, value: str) -> bool:
        if label == "Withheld":
            return True
        if name == "listed_as" or label.endswith("(listed code only)"):
            return label.split(" ")[0] in value.split(";")
        if name == "age_band":
            return label in (value, "65 and over" if value[:2] in ("65", "75") else "18 to 64")
        return label == value

    shown, real = coarse.table.to_dict("records"), frame.to_dict("records")
    field = {"listed_as": "codes"}
    fits = np.array(
        [
            [all(label_fits(c, record[c], who[field.get(c, c)]) for c in knows) for who in real]
            for record in shown
        ]
    )
    right = claims = 0
    tries = 60_000
    for who in chance.integers(0, len(frame), tries).tolist():
        options = np.flatnonzero(fits[:, who])
        if len(options):
            claims += 1
            right += at[chance.choice(options)] == who
    on_list = sum(
        at[chance.choice(np.flatnonzero(fits[:, who]))] == who for who in chance.choice(at, 20_000).tolist()
    )
    assert row["claims"] == pytest.approx(claims / tries, abs=0.01)
    assert row["journalist"] == pytest.approx(right / tries, abs=5 * np.sqrt(row["journalist"] / tries))
    assert row["prosecutor"] == pytest.approx(on_list / 20_000, abs=0.02)
    assert row["marketer"] == pytest.approx((1 / fits.sum(axis=1)).sum())


@pytest.fixture(scope="module")
def sample() -> ct.CaseList:
    folder = sample_folder()
    extract = ct.read_extract(folder / "cld_extract.csv", people=folder / "person_details.csv")
    coded = ct.code_cohorts(ct.find_eligible(extract, as_at="2026-03-31"))
    return ct.draw(coded, ct.Design.suggest(coded, size=50), seed="Northshire, 2 April 2026")


@pytest.mark.parametrize("mode", ["column", "record", "pool"])
def test_a_council_attacks_its_own_release(sample, mode) -> None:
    release = ct.pseudonymise(sample, k=10, mode=mode)
    found = intrude_release(sample, release)
    rows = found.to_frame().query("stage == 'released'").set_index("attacker")
    assert list(rows.index) == ["a neighbour", "a colleague", "somebody who knows everything released"]
    assert tuple(rows["knows"].iloc[0].split(", ")) == NEIGHBOUR
    assert tuple(rows["knows"].iloc[1].split(", ")) == COLLEAGUE
    everything = rows.iloc[-1]
    # The people who look like each record, counted by another road.
    assert everything["marketer"] == pytest.approx((1 / release.looks_alike["people_alike"]).sum())
    assert everything["marketer"] <= len(release.table) / 10
    finest_rows = found.to_frame().query("stage == 'finest'").set_index("attacker")
    for name in CHANCES:
        assert (rows[name] <= finest_rows[name] + 1e-12).all()


def test_the_list_before_coarsening_is_the_list_at_k_1(sample) -> None:
    coarse = intrude_release(sample, ct.pseudonymise(sample, k=10)).to_frame().query("stage == 'finest'")
    plain = intrude_release(sample, ct.pseudonymise(sample, k=1)).to_frame().query("stage == 'released'")
    pd.testing.assert_frame_equal(
        coarse.drop(columns="stage").reset_index(drop=True),
        plain.drop(columns="stage").reset_index(drop=True),
    )


def test_years_of_age_count_as_what_a_neighbour_knows(sample) -> None:
    release = ct.pseudonymise(sample, ["age", "sex"], k=1)
    found = intrude_release(sample, release).to_frame()
    assert found["knows"].iloc[0] == "age, sex"


def test_nothing_that_is_printed_names_a_case_a_person_or_a_value(sample) -> None:
    release = ct.pseudonymise(sample, k=10)
    found = intrude_release(sample, release)
    texts = [repr(found), found.statement(), found._repr_html_(), found.to_frame().to_csv()]
    values = [v for c in ("age_band", "ethnic_group", "codes", "assessment_month") for v in release.table[c]]
    secret = {*sample.ids, *release.table.index, *map(str, values)} - {"Withheld"}
    for text in texts:
        assert not [value for value in secret if value in text]
    assert "A neighbour knows age band, sex and ethnic group." in found.statement()
    own = found.to_frame()
    own.loc[0, "prosecutor"] = -1
    assert found.results.loc[0, "prosecutor"] >= 0


def codes(error: pytest.ExceptionInfo[DisclosureError]) -> list[str]:
    return [problem.code for problem in error.value.problems]


def test_what_cannot_be_attacked_is_refused_without_a_value(sample) -> None:
    frame = pd.DataFrame({"sex": list("FFM")}, index=["QZX1", "QZX2", "QZX3"])
    table = pd.DataFrame({"sex": list("FM")}, index=["a", "b"])

    def refused(code: str, *args: object, **more: object) -> None:
        with pytest.raises(DisclosureError) as error:
            intrude(*args, **more)
        assert codes(error) == [code]
        assert "QZX" not in str(error.value)

    refused("no-truth", table, frame, ["sex"])
    refused("no-truth", table, frame, ["sex"], truth=pd.Series(["QZX1", "QZX1"], index=["a", "b"]))
    refused("truth-does-not-fit", table, frame, ["sex"], truth=pd.Series(["QZX3", "QZX1"], index=["a", "b"]))
    refused("nothing-known", frame, frame, [])
    refused("nothing-known", frame, frame, [["sex"], []])
    refused("no-such-column", frame, frame, ["area"])
    refused("no-records", frame.iloc[:0], frame, ["sex"])
    release = ct.pseudonymise(sample, k=1)
    other = ct.draw(
        sample.identified.coded, ct.Design.suggest(sample.identified.coded, size=20), seed="other"
    )
    with pytest.raises(DisclosureError) as error:
        intrude_release(other, release)
    assert codes(error) == ["other-list"]


def test_one_attacker_many_or_named() -> None:
    frame = pd.DataFrame({"sex": list("FFM"), "area": list("NSS")})
    assert intrude(frame, frame, ["sex"]).to_frame()["attacker"].tolist() == ["the attacker"] * 2
    many = intrude(frame, frame, [["sex"], ["sex", "area"]]).to_frame()
    assert many["attacker"].tolist() == ["attacker 1"] * 2 + ["attacker 2"] * 2
    named = intrude(frame, frame, {"a relative": ["sex", "area"]})
    assert named.to_frame()["prosecutor"].tolist() == [1.0, 1.0]
    assert "A relative knows sex and area." in named.statement()
    assert np.isnan(named.to_frame()["learns"]).all()
