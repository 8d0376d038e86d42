"""Every council of a national file on Spark: each list as on one machine, and one that fails stops no other."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import casetrack as ct
from casetrack import spark as every
from casetrack.disclosure.defaults import DEFAULT_COLUMNS
from casetrack.errors import DesignError, ExtractError, OutputError, UsageError
from casetrack.lookup.log import log_path
from casetrack.lookup.lookup import open_lookup
from casetrack.lottery.keyed import hashed
from casetrack.synthetic import make_council
from identifiers import told
from life_example import KEY

if importlib.util.find_spec("pyspark") is None:
    pytest.skip("PySpark is not installed: pip install casetrack[spark]", allow_module_level=True)
if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
    pytest.skip("there is no Java, on which Spark runs", allow_module_level=True)

AS_AT = "2026-03-31"
SEED = "All councils, 2 April 2026"
#: Code to people. E06000001 is ten times the others; nobody of 703 was assessed in the twelve months; nobody keeps a
#: passphrase for 704; and the last has no code.
COUNCILS = {"701": 80, "702": 90, "E06000001": 800, "703": 30, "704": 30, "": 5}
DRAWN = ("701", "702", "E06000001")
DESIGN = ct.Design(size=20, codes={"CT01": {"min": 3}, "CT07": {"min": 2}})


@functools.cache
def council(la_code: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A council's events and its people, each with its code."""
    as_at = "2020-03-31" if la_code == "703" else AS_AT
    made = make_council(COUNCILS[la_code], seed=f"of {la_code}", release="mixed", flaws=FLAWS, as_at=as_at)
    return made.extract.assign(**{"LA Code": la_code}), made.extras.assign(**{"LA Code": la_code})


FLAWS = ("conflicting_details", "duplicate_events", "missing_local_id", "missing_tokens", "extra_columns")


def national(part: int) -> pd.DataFrame:
    """All councils in one table, rows in any order, codes as systems write them."""
    rows = pd.concat([council(la_code)[part] for la_code in COUNCILS], ignore_index=True)
    rows = rows.sample(frac=1, random_state=5).reset_index(drop=True).fillna("")
    rows.loc[rows.index % 3 == 0, "LA Code"] = (
        rows["LA Code"].map({"701": " 701", "702": "702.0", "E06000001": "e06000001"}).fillna(rows["LA Code"])
    )
    return rows


def passphrase(la_code: str) -> str:
    return f"a passphrase long enough of {la_code}"


def keeper(*without: str) -> Callable[[str], str]:
    """A function of a council's code; it holds what it needs, since the workers do not know this module."""
    kept = {la: passphrase(la) for la in COUNCILS if la not in without}
    return lambda la_code: kept[la_code]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false").config(
            "spark.sql.shuffle.partitions", "2"
        )
        # A short life: what the JVM saves by compiling well it does not live to use.
        builder = builder.config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        made = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
        made.sparkContext.setLogLevel("ERROR")
        yield made
        made.stop()


def on_spark(session: Any, part: int) -> Any:
    return session.createDataFrame(pa.Table.from_pandas(national(part), preserve_index=False)).repartition(3)


def rows_of(frame: Any) -> pd.DataFrame:
    return frame.toArrow().to_pandas()


def alone(la_code: str, design: ct.Design | None, with_people: bool) -> tuple[ct.CaseList, ct.Release]:
    """The same list on one machine."""
    events, people = council(la_code)
    return alone_from(events, people if with_people else None, la_code, design)


def alone_from(
    events: pd.DataFrame, people: pd.DataFrame | None, la_code: str, design: ct.Design | None
) -> tuple[ct.CaseList, ct.Release]:
    extract = ct.read_extract(events, people=people)
    coded = ct.code_cohorts(ct.find_eligible(extract, AS_AT))
    cases = ct.draw(
        coded,
        design or ct.Design.suggest(coded),
        every.council_seed(SEED, la_code),
        key=hashed(KEY, "lottery", la_code),
        reference_seed=hashed(KEY, "references", la_code).hex(),
    )
    return cases, ct.pseudonymise(cases)


def check_against_one_machine(
    made: every.EachCouncil, drawn: tuple[str, ...], design: ct.Design | None, with_people: bool
) -> None:
    cases = rows_of(made.cases).set_index(["la_code", "case_reference"])
    assert list(cases.columns) == list(DEFAULT_COLUMNS)
    lookups = rows_of(made.lookups).set_index("la_code")
    assert set(cases.index.get_level_values("la_code")) == set(lookups.index) == set(drawn)
    for la_code in drawn:
        expected, release = alone(la_code, design, with_people)
        shown = cases.loc[la_code].dropna(axis=1, how="all")
        pd.testing.assert_frame_equal(shown, release.table, check_dtype=False)
        opened = open_lookup(lookups.at[la_code, "lookup"], passphrase(la_code), reason="a test")
        assert {r: opened.person_id(r) for r in opened.references} == dict(expected.identified.people)
        assert opened.lottery_key == hashed(KEY, "lottery", la_code).hex()
        facts = release.facts
        assert lookups.at[la_code, "release_id"] == facts["release_id"]
        assert lookups.at[la_code, "list_digest"] == facts["list_digest"]


@pytest.fixture(scope="module")
def made(session: Any, tmp_path_factory: pytest.TempPathFactory) -> every.EachCouncil:
    return every.draw_each_council(
        on_spark(session, 0),
        on_spark(session, 1),
        DESIGN,
        as_at=AS_AT,
        seed=SEED,
        by="la_code",
        keys=keeper("704"),
        lookups=tmp_path_factory.mktemp("lookups"),
    )


def test_every_list_is_the_one_of_one_machine(made: every.EachCouncil) -> None:
    check_against_one_machine(made, DRAWN, DESIGN, with_people=True)


def test_a_council_that_fails_says_why_and_the_others_are_drawn(made: every.EachCouncil) -> None:
    status = rows_of(made.status).set_index("la_code")
    assert list(status.index) == sorted(COUNCILS)
    assert status["state"].to_dict() == {la: "drawn" if la in DRAWN else "failed" for la in COUNCILS}
    assert status["code"].dropna().to_dict() == {
        "": "council-code",
        "703": "nobody-to-draw",
        "704": "council-passphrase",
    }
    assert status["why"].notna().to_dict() == {la: la not in DRAWN for la in COUNCILS}
    assert status["rows"].to_dict() == {la: len(council(la)[0]) for la in COUNCILS}
    assert status["cases"].to_dict() == {la: 20 if la in DRAWN else 0 for la in COUNCILS}
    assert status.loc["701", "seed"] == "All councils, 2 April 2026, council 701"


def test_no_identifier_comes_back_and_the_folder_holds_sealed_files_alone(made: every.EachCouncil) -> None:
    shown = " ".join(rows_of(frame).to_csv() for frame in (made.cases, made.status, made.lookups))
    ids = pd.concat([council(la)[0] for la in COUNCILS if la])
    known = {*ids["LA Person Unique Identifier"], *ids["NHS Number"], *ids["Date of Birth"], *ids["Postcode"]}
    assert not told(shown, {one for one in known if len(one) > 4})
    paths = [Path(path) for path in rows_of(made.lookups)["lookup"]]
    files = {path for path in paths[0].parent.iterdir() if not path.name.startswith(".")}
    assert files == {*paths, *map(log_path, paths)}


def test_the_work_is_done_once(made: every.EachCouncil) -> None:
    """Whatever is asked of the result: its DataFrames hold their rows, and read no event again."""
    for frame in (made.cases, made.status, made.lookups):
        plan = frame._jdf.queryExecution().optimizedPlan().toString()
        assert "FlatMap" not in plan and "CoGroups" not in plan


def test_each_council_is_a_task_of_its_own_and_the_largest_is_the_first(session: Any) -> None:
    rows, _ = every._read_columns(on_spark(session, 0), "LA Code", "events")
    places = every._places(rows, None)
    at = (
        every._placed(rows, places).selectExpr("spark_partition_id() AS part", "council").distinct().collect()
    )
    by_size = sorted(COUNCILS, key=lambda la_code: -len(council(la_code)[0]))
    assert [places[row["council"]] for row in sorted(at)] == by_size
    assert sorted(row["part"] for row in at) == list(range(len(COUNCILS)))


def test_a_task_that_is_run_twice_makes_the_same_list(made: every.EachCouncil, tmp_path: Path) -> None:
    _, release = alone("701", DESIGN, with_people=True)
    path = Path(rows_of(made.lookups).set_index("la_code").at["701", "lookup"])
    before = path.read_bytes()
    assert every._sealed(release, path.parent, "701", passphrase("701")) == path
    assert path.read_bytes() == before
    half = every._sealed(release, tmp_path, "701", passphrase("701"))
    log_path(half).unlink()
    with pytest.raises(OutputError, match="file-exists"):
        every._sealed(release, tmp_path, "701", passphrase("701"))


def test_dates_as_dates_a_suggested_design_and_an_error_that_nobody_knows(
    session: Any, tmp_path: Path
) -> None:
    from pyspark.sql.functions import expr

    others = keeper()

    def some(la_code: str) -> str:
        if la_code == "702":
            raise ZeroDivisionError("9990000018")
        return others(la_code)

    few = on_spark(session, 0).where("trim(`LA Code`) IN ('701', '702', '702.0')")
    dates = {
        n: f"CAST(try_to_timestamp(`{n}`, 'dd/MM/yyyy') AS DATE)"
        for n in ("Date of Birth", "Event Start Date")
    }
    few = few.withColumns({name: expr(text) for name, text in dates.items()})
    made = every.draw_each_council(few, as_at=AS_AT, seed=SEED, keys=some, lookups=tmp_path)
    check_against_one_machine(made, ("701",), None, with_people=False)
    status = rows_of(made.status).set_index("la_code")
    assert status.at["702", "code"] == "council-stopped"
    assert "ZeroDivisionError" in status.at["702", "why"] and "999" not in status.at["702", "why"]


def test_each_council_is_checked_as_on_one_machine(session: Any) -> None:
    few = on_spark(session, 0).where("trim(`LA Code`) IN ('701', '', '703')")
    checked = every.check_each_council(few, as_at=AS_AT, size=10)
    status = rows_of(checked.status).set_index("la_code")
    assert status["state"].to_dict() == {"": "failed", "701": "checked", "703": "checked"}
    checks = rows_of(checked.checks).set_index("la_code")
    expected = ct.readiness(ct.read_extract(council("701")[0]), AS_AT, 10).to_frame()
    found = checks.loc["701", ["title", "figure", "threshold", "state", "advice"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        found.rename(columns={"title": "check"}), expected, check_dtype=False, check_index_type=False
    )


def test_what_is_wrong_with_the_call_is_told_before_any_work(session: Any, tmp_path: Path) -> None:
    frame = session.createDataFrame(
        pa.table({"LA Code": ["701"], "la_code": ["701"], "Event Type": ["Review"]})
    )
    with pytest.raises(UsageError, match="council-column"):
        every.draw_each_council(frame, seed=SEED, keys=keeper(), lookups=tmp_path)
    with pytest.raises(UsageError, match="council-column"):
        every.check_each_council(frame, by="Council")
    with pytest.raises(ExtractError, match="no-rows"):
        every.check_each_council(frame.drop("la_code").where("false"))
    with pytest.raises(DesignError, match="no-seed"):
        every.draw_each_council(frame, seed=" ", keys=keeper(), lookups=tmp_path)


@pytest.mark.night
def test_a_hundred_and_fifty_three_councils_one_of_them_a_hundred_times_the_others(
    session: Any, tmp_path: Path
) -> None:
    sizes = {str(number): 5000 if number == 777 else 50 for number in range(701, 854)}
    events = {
        la_code: make_council(people, seed=la_code, extras=False).extract.assign(**{"LA Code": la_code})
        for la_code, people in sizes.items()
    }
    pd.concat(events.values()).to_parquet(tmp_path / "national.parquet", index=False)
    made = every.draw_each_council(
        session.read.parquet(str(tmp_path / "national.parquet")),
        as_at=AS_AT,
        seed=SEED,
        keys=lambda la_code: f"a passphrase long enough of {la_code}",
        lookups=tmp_path / "lookups",
    )
    status = rows_of(made.status).set_index("la_code")
    assert (status["state"] == "drawn").all() and list(status.index) == sorted(sizes)
    cases = rows_of(made.cases).set_index(["la_code", "case_reference"])
    for la_code in (*sorted(sizes)[::15], "777"):
        _, release = alone_from(events[la_code], None, la_code, None)
        shown = cases.loc[la_code].dropna(axis=1, how="all")
        pd.testing.assert_frame_equal(shown, release.table, check_dtype=False)
