"""The list against the pool, counted again person by person."""

from __future__ import annotations

import pandas as pd
import pytest

from casetrack.cases.coverage import coverage_of
from life_example import coded, design, drawn


@pytest.fixture
def table():
    return drawn().coverage()


def test_every_count_is_what_counting_people_gives(table):
    pool, listed = coded().people, set(drawn().ids)
    assert len(table) > 40
    for row in table.itertuples():
        feature = row.level if row.characteristic == "cohort_code" else row.characteristic
        value = True if row.characteristic == "cohort_code" else row.level
        mine = [p for p, v in pool[feature].items() if v == value]
        assert row.pool == len(mine)
        assert row.on_list == len(listed.intersection(mine))
        assert row.pool_share == pytest.approx(len(mine) / len(pool))
        assert row.list_share == pytest.approx(row.on_list / 50)


def test_every_level_of_every_characteristic_is_there_with_not_recorded_last(table):
    for name in coded().characteristic_names:
        levels = table.loc[table["characteristic"] == name, "level"].tolist()
        assert set(levels) == set(coded().people[name])
        assert "Not recorded" not in levels[:-1]
        assert table.loc[table["characteristic"] == name, "on_list"].sum() == 50


def test_quotas_stand_beside_what_they_ask_for(table):
    quotas = {k: q for k, q in design().quotas().items() if " × " not in k[0]}
    assert len(quotas) > 10
    found = 0
    for row in table.itertuples():
        key = (row.level, "yes") if row.characteristic == "cohort_code" else (row.characteristic, row.level)
        if key in quotas:
            found += 1
            assert row.minimum == quotas[key].min
            assert row.on_list >= row.minimum
        else:
            assert pd.isna(row.minimum)
    assert found == len(quotas)


def test_a_reference_population_stands_beside_the_pool():
    table = drawn().coverage(reference={"sex": {"Female": 0.51, "Male": 0.49}})
    shares = table[table["characteristic"] == "sex"].set_index("level")["reference_share"]
    assert shares["Female"] == 0.51
    assert table.loc[table["characteristic"] != "sex", "reference_share"].isna().all()


def test_a_list_of_nobody_divides_by_nothing():
    table = coverage_of(coded(), [], design())
    assert (table["list_share"] == 0).all()


def test_the_design_need_not_name_anything():
    from casetrack.designs.design import Design

    table = coverage_of(coded(), list(drawn().ids), Design())
    assert table["minimum"].isna().all()
