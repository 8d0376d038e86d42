"""Every council of a national file, each as on one machine: the same functions, once for every group of rows.

Needs PySpark 4 (the extra ``spark``), on the driver and on every worker. How to run it on a cluster:
``docs/how-to/every-council-on-spark.md``.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from casetrack.cases.case_list import draw
from casetrack.checks.readiness import readiness
from casetrack.designs.design import Design
from casetrack.disclosure.defaults import DEFAULT_COLUMNS
from casetrack.errors import CasetrackError, ExtractError, OutputError, UsageError
from casetrack.extract import Extract, read_extract
from casetrack.extract.fields import field_for_heading, fold
from casetrack.lookup.log import log_path
from casetrack.lookup.sealing import check_passphrase
from casetrack.lottery.keyed import hashed, minuted, secret_key
from casetrack.pool.cohorts import code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.pool.preparing import check_drawable
from casetrack.release.release import Release, pseudonymise
from casetrack.threads import one_thread

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["EachCheck", "EachCouncil", "check_each_council", "council_seed", "draw_each_council"]

#: Of the council's code and its extract, what a stage makes of one council.
Work: TypeAlias = Callable[[str, Extract], Mapping[str, Any]]

_LA_CODE = re.compile("[A-Z0-9]{1,20}")
_STATUS = [
    ("la_code", pa.string()),
    ("state", pa.string()),
    ("code", pa.string()),
    ("why", pa.string()),
    ("rows", pa.int64()),
    ("seconds", pa.float64()),
]
_CASE = pa.struct([(name, pa.string()) for name in ("case_reference", *DEFAULT_COLUMNS)])
_LOOKUP = [("lookup", pa.string()), ("release_id", pa.string()), ("list_digest", pa.string())]
_DRAWN = pa.schema([*_STATUS, ("seed", pa.string()), *_LOOKUP, ("listed", pa.list_(_CASE))])
_CHECK = pa.struct(
    [(name, pa.string()) for name in ("check", "title", "figure", "threshold", "state", "advice")]
)
_CHECKED = pa.schema([*_STATUS, ("checks", pa.list_(_CHECK))])


@dataclass(frozen=True)
class EachCouncil:
    """What every council's draw came to: three Spark DataFrames, none of which holds an identifier.

    Parameters
    ----------
    cases
        One row per case: ``la_code``, ``case_reference`` and the released columns; null where a council's rows have
        no such column.
    status
        One row per council: ``la_code``, ``state`` (``drawn`` or ``failed``), ``code`` and ``why`` (of the error; null
        where it was drawn), ``rows`` read, CPU ``seconds``, ``seed`` (the council's own), ``cases`` (how many).
    lookups
        One row per sealed lookup: ``la_code``, ``lookup`` (its path), ``release_id``, ``list_digest``.
    """

    cases: DataFrame
    status: DataFrame
    lookups: DataFrame


@dataclass(frozen=True)
class EachCheck:
    """What every council's records look like before a letter: two Spark DataFrames that name nobody.

    Parameters
    ----------
    checks
        One row per council and check: ``la_code``, ``check``, ``title``, ``figure``, ``threshold``, ``state`` (``ready``,
        ``look`` or ``act``), ``advice``.
    status
        One row per council: ``la_code``, ``state`` (``checked`` or ``failed``), ``code`` and ``why`` (of the error),
        ``rows`` read, CPU ``seconds``.
    """

    checks: DataFrame
    status: DataFrame


def council_seed(seed: str, la_code: str) -> str:
    """The seed of one council's draw, from the seed that was minuted for all of them.

    Parameters
    ----------
    seed
        As given to ``draw_each_council``.
    la_code
        The council's code.

    Examples
    --------
    >>> council_seed("All councils, 2 April 2026", "701")
    'All councils, 2 April 2026, council 701'
    """
    return f"{minuted(seed)}, council {la_code}"


def draw_each_council(
    events: DataFrame,
    people: DataFrame | None = None,
    design: Design | None = None,
    *,
    as_at: dt.date | str | None = None,
    seed: str,
    by: str = "LA Code",
    keys: Callable[[str], str],
    lookups: str | os.PathLike[str],
) -> EachCouncil:
    """Draw, release and seal the list of every council of a national file.

    Parameters
    ----------
    events
        A Spark DataFrame with one row per event, headings as for ``read_extract``.
    people
        One with a row per person, as ``people`` of ``read_extract``, and the council's code beside.
    design
        The quotas of every council; where none is given, those suggested for its own pool.
    as_at
        The date that the rules are read on; without one, each council's own Reporting Period End Date.
    seed
        Text minuted before the draw. Each council is drawn with ``council_seed(seed, la_code)``.
    by
        The column with the council's code, in both DataFrames. Outer blanks, case and a final ``.0`` do not count.
    keys
        The passphrase that seals a council's lookup, of its code. It is called on the workers.
    lookups
        A folder that every worker reaches by the same path. Each worker writes sealed files there, and nothing else.

    Returns
    -------
    EachCouncil

    Raises
    ------
    UsageError
        ``council-column`` when ``by`` is not one column; ``no-seed``. What is wrong with one council stands in its row
        of ``status``, and the others are drawn.

    Notes
    -----
    The draws happen now, once, whatever is done with the result: lists and sealed lookups belong together, and a Spark
    DataFrame that was worked out again later would have no lookups. Only what may leave a council comes back to the
    driver, which hands it out as DataFrames that hold their rows. A task that Spark runs
    twice makes the same list, for secret key and case references follow from a secret of this call and the council's
    code; the key is sealed with the lookup, so that a council can draw its list again on one machine.
    """
    minuted(seed)
    secret = secret_key(None)

    def work(la_code: str, extract: Extract) -> Mapping[str, Any]:
        passphrase = _passphrase(keys, la_code)
        coded = code_cohorts(find_eligible(extract, as_at))
        check_drawable(coded)
        own_seed = council_seed(seed, la_code)
        cases = draw(
            coded,
            Design.suggest(coded) if design is None else design,
            own_seed,
            key=hashed(secret, "lottery", la_code),
            reference_seed=hashed(secret, "references", la_code).hex(),
        )
        release = pseudonymise(cases)
        return {
            "state": "drawn",
            "seed": own_seed,
            "lookup": str(_sealed(release, Path(lookups), la_code, passphrase)),
            "release_id": release.facts["release_id"],
            "list_digest": release.facts["list_digest"],
            "listed": release.table.reset_index().to_dict("records"),
        }

    held = _of_each(events, people, by, work, _DRAWN)
    return EachCouncil(
        cases=held.selectExpr("la_code", "inline(listed)"),
        status=held.selectExpr(*(name for name, _ in _STATUS), "seed", "coalesce(size(listed), 0) AS cases"),
        lookups=held.where("lookup IS NOT NULL").select("la_code", *(name for name, _ in _LOOKUP)),
    )


def check_each_council(
    events: DataFrame,
    people: DataFrame | None = None,
    *,
    as_at: dt.date | str | None = None,
    by: str = "LA Code",
    size: int = 50,
) -> EachCheck:
    """Check the records of every council of a national file, months before a letter: the national readiness table.

    Parameters
    ----------
    events, people, as_at, by
        As for ``draw_each_council``.
    size
        Places on each list.

    Returns
    -------
    EachCheck

    Raises
    ------
    UsageError
        ``council-column``. What is wrong with one council stands in its row of ``status``.
    """

    def work(_: str, extract: Extract) -> Mapping[str, Any]:
        found = readiness(extract, as_at, size)
        told = [(c.name, c.title, c.figure, c.threshold, c.state, c.advice) for c in found.checks]
        names = [field.name for field in _CHECK]
        return {"state": "checked", "checks": [dict(zip(names, one, strict=True)) for one in told]}

    held = _of_each(events, people, by, work, _CHECKED)
    return EachCheck(
        checks=held.selectExpr("la_code", "inline(checks)"),
        status=held.select(*(name for name, _ in _STATUS)),
    )


def _of_each(
    events: DataFrame, people: DataFrame | None, by: str, work: Work, schema: pa.Schema
) -> DataFrame:
    """One row for every council, worked out now; the DataFrame holds its rows."""
    session = events.sparkSession
    spark_schema = session.createDataFrame(schema.empty_table()).schema
    rows, headings = _read_columns(events, by, "events")
    others, other_headings = (None, []) if people is None else _read_columns(people, by, "people")
    council_at = _places(rows, others)

    def alone(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
        return _row(schema, work, council_at[key[0].as_py()], _named(table, headings), None)

    def together(key: tuple[pa.Scalar, ...], table: pa.Table, beside: pa.Table) -> pa.Table:
        la_code = council_at[key[0].as_py()]
        return _row(schema, work, la_code, _named(table, headings), _named(beside, other_headings))

    grouped = _placed(rows, council_at).groupBy("council")
    if others is None:
        made = grouped.applyInArrow(alone, spark_schema)
    else:
        beside = _placed(others, council_at).groupBy("council")
        made = grouped.cogroup(beside).applyInArrow(together, spark_schema)
    return session.createDataFrame(made.toArrow().sort_by("la_code"), spark_schema)


def _read_columns(frame: DataFrame, by: str, what: str) -> tuple[DataFrame, list[str]]:
    """The council's code and the columns that casetrack reads, by number, and the headings of these.

    Spark takes the dot of "No. of adults being cared for" for a field of a structure, and two headings that differ in
    case for one; numbers are neither. What is not read is not sent.
    """
    from pyspark.sql import functions as sql

    at = [number for number, heading in enumerate(frame.columns) if fold(heading) == fold(by)]
    if len(at) != 1:
        raise UsageError.of(
            "council-column",
            f'{len(at)} columns of {what} are called "{by}".',
            advice="Name the one column with the council's code as by=.",
        )
    numbered = frame.toDF(*(f"c{number}" for number in range(len(frame.columns))))
    text = sql.trim(sql.coalesce(sql.col(f"c{at[0]}").cast("string"), sql.lit("")))
    council = sql.upper(sql.regexp_replace(text, r"\.0$", "")).alias("council")
    read = [number for number, heading in enumerate(frame.columns) if field_for_heading(heading)]
    return numbered.select(council, *(f"c{number}" for number in read)), [frame.columns[n] for n in read]


def _places(rows: DataFrame, others: DataFrame | None) -> dict[int, str]:
    """A number for each council that Spark's hash puts into a partition of its own, the largest into the first.

    Left to itself, Spark sizes partitions by bytes, would put all councils into a few, and might begin with the largest
    last. Here each is a task, and the longest begins first.
    """
    codes = rows.select("council")
    codes = codes if others is None else codes.unionAll(others.select("council"))
    counts = sorted((-row["count"], row["council"]) for row in codes.groupBy("council").count().collect())
    if not counts:
        raise ExtractError.of(
            "no-rows", "there is no row in events.", advice="Check what they are selected from."
        )
    tried = rows.sparkSession.range(64 * len(counts)).selectExpr(
        f"pmod(hash(id), {len(counts)}) AS part", "id"
    )
    number = {row["part"]: row["id"] for row in tried.collect()}
    return {number[part]: council for part, (_, council) in enumerate(counts)}


def _placed(rows: DataFrame, council_at: Mapping[int, str]) -> DataFrame:
    """The rows, each council's under its number and in its partition."""
    from pyspark.sql import functions as sql

    number = sql.create_map(*(sql.lit(one) for at, council in council_at.items() for one in (council, at)))
    at = number[sql.col("council")].cast("long")  # as an integer of another width it has another hash
    return rows.withColumn("council", at).repartition(len(council_at), "council")


def _named(table: pa.Table, headings: list[str]) -> pa.Table:
    return table.drop_columns("council").rename_columns(headings)


@one_thread
def _row(schema: pa.Schema, work: Work, la_code: str, events: pa.Table, people: pa.Table | None) -> pa.Table:
    """What a council came to, or why it came to nothing; nothing that goes wrong with one stops the others."""
    began = time.process_time()
    row: dict[str, Any] = {"la_code": la_code, "rows": events.num_rows}
    try:
        # The code becomes part of a seed and of a file's name.
        if not _LA_CODE.fullmatch(la_code):
            raise ExtractError.of(
                "council-code",
                "the council's code of these rows is blank, or not up to 20 letters and digits.",
                advice="Give every row the code of its council.",
            )
        row |= work(la_code, read_extract(events, people=people))
    except Exception as error:
        told = error
        if not isinstance(told, CasetrackError):
            # What it says may hold what stood in a cell, so it is not told.
            told = CasetrackError.of(
                "council-stopped",
                f"the work on this council stopped with a {type(error).__name__}.",
                advice="Take its rows to one machine, and run casetrack on them there to see where.",
            )
        row |= {"state": "failed", "code": told.code, "why": str(told)}
    return pa.Table.from_pylist([row | {"seconds": time.process_time() - began}], schema)


def _passphrase(keys: Callable[[str], str], la_code: str) -> str:
    try:
        passphrase = keys(la_code)
    except LookupError:
        passphrase = ""
    if not passphrase:
        raise UsageError.of(
            "council-passphrase",
            "there is no passphrase for this council.",
            advice="Let keys give one for every code, or leave the council's rows out.",
        )
    check_passphrase(passphrase)
    return passphrase


def _sealed(release: Release, folder: Path, la_code: str, passphrase: str) -> Path:
    """The sealed lookup, in a file of the council's and the release's name."""
    path = folder / f"{la_code}-{release.facts['release_id']}.sealed"
    try:
        return release.lookup.seal(
            path,
            passphrase,
            keep_until=None,
            release_id=release.facts["release_id"],
            list_digest=release.facts["list_digest"],
        )
    except OutputError as error:
        # The name is that of this very list: another run of the same task has sealed it, with its log beside it.
        if error.code != "file-exists" or not log_path(path).exists():
            raise
        return path
