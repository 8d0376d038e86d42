"""The release: case references in place of people, shown by one rule for everyone who could be a case.

This is the one place where the identifiable side and the released side meet.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from casetrack.cases.case_list import CaseList
from casetrack.cases.history import ledger_line, releases
from casetrack.chain import canonical, canonical_digest
from casetrack.disclosure.coverage_statement import coverage_statement, in_steps
from casetrack.disclosure.defaults import DEFAULT_COLUMNS
from casetrack.disclosure.frame import release_frame, shown_columns
from casetrack.disclosure.practice import practise
from casetrack.disclosure.publishable import publishable
from casetrack.disclosure.release_rule import Rule, codes_to_join, find_rule, group_sums
from casetrack.disclosure.values import WITHHELD
from casetrack.errors import ReleaseError
from casetrack.extract.fields import FIELDS, fold
from casetrack.files import write_file
from casetrack.lookup.content import Lookup
from casetrack.pool.cohorts import CodedPool
from casetrack.progress import work
from casetrack.release.case_csv import csv_bytes
from casetrack.release.cover import Cover
from casetrack.release.promises import CANNOT, FIXED, LATER, SMALL, release_notes
from casetrack.release.released import Released
from casetrack.release.workbook import workbook_bytes
from casetrack.stages import checked
from casetrack.threads import one_thread
from casetrack.version import __version__

_ALWAYS = ("listed_as", "codes")


@checked
@dataclass(frozen=True, repr=False, eq=False)
class Release(Released):
    """What may leave the council, and the sealed way back; its parts are those of ``Released``."""

    def to_csv(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the list as CSV for Excel (UTF-8 with BOM); never over a file without ``force``."""
        return write_file(path, csv_bytes(self), force=force)

    def to_excel(
        self, path: str | os.PathLike[str], cover: Cover | None = None, *, force: bool = False
    ) -> Path:
        """Write the return: cover, list, coverage, notes; never over a file without ``force``.

        ``cover`` (``casetrack.release.cover.Cover``) has what only the council knows: its name, who to ask, the version.
        """
        return write_file(path, workbook_bytes(self, cover), force=force)


@checked
@one_thread
@work("Finding what can be shown")
def pseudonymise(
    cases: CaseList,
    columns: str | Sequence[str] | None = None,
    k: int | None = None,
    weights: Mapping[str, float] | None = None,
    join_codes: bool | None = None,
) -> Release:
    """Make the list fit to leave the council.

    Parameters
    ----------
    cases
        The list, with its people at hand.
    columns
        What is shown of each case beside ``listed_as`` and ``codes``: by default age band, sex and ethnic group.
        Religion, sexual orientation, gender identity and pregnancy are in the coverage statement and shown row by row
        only when named here.
    k
        10 unless given. For everyone who could be a case: all who would be shown exactly alike weigh, by their chance of
        being listed, at least k times the likeliest of them. 1 leaves everything as it is.
    weights
        Column to how much a loss in it matters; 1 unless given or in ``COLUMN_WEIGHTS``.
    join_codes
        Show codes that cannot reach k as one ("CT02, CT03 or CT04"); otherwise their rows show the code alone.

    Returns
    -------
    Release

    Raises
    ------
    ReleaseError
        ``never-released`` when a direct identifier, free text or anything else that is not on the allow-list is
        asked for; ``not-available`` when the extract lacks a column that is named; ``bad-k``; ``bad-weights``;
        ``another-release-rule``
        when the list was released before with another rule.

    Notes
    -----
    The rule is found from pool, design and chances alone: no list is looked at. A list that was released before keeps the
    rule of its first release, which is what is used when nothing is given. The method:
    ``docs/explanation/disclosure-control.md``. ``listed_as`` is never withheld: CQC asks for it.
    """
    before = releases(cases.history)
    first: Mapping[str, Any] = before[0].detail if before else {}
    k = int(first.get("k", 10)) if k is None else k
    if k < 1:
        raise ReleaseError.of("bad-k", "k is below 1.", advice="Use 10, or 1 to leave every detail as it is.")
    coded = dataclasses.replace(cases.identified.coded, people=publishable(cases.identified.coded.people))
    shown = _columns(columns if columns is not None or not first else first["columns"], coded.people)
    weights = first.get("weights", {}) if weights is None else weights
    join = bool(first.get("joined", False)) if join_codes is None else join_codes
    _check_weights(weights, shown)
    with work("", 0.15):
        rule = _rule(cases, coded, shown, k, weights, join)
    coverage = _coverage(cases, coded)
    table, weighed = _rows(cases, coded, rule, shown)
    on_record = {
        "columns": list(table.columns),
        "k": k,
        "joined": join,
        "weights": dict(weights),
        "rule": rule.digest,
        "coverage": _digest(coverage),
    }
    readers = dict(first.get("readers", {})) or _readers(cases, coded, rule)
    digest = _digest(table.reset_index())
    on_record |= {"readers": readers, "release_id": digest[:12], "list_digest": digest}
    ledger_line(cases.history, on_record)
    facts = _facts(cases, coded, rule, weighed, digest) | {"on_record": on_record}
    return Release(
        table=table,
        coverage=coverage,
        columns=tuple(c for c in shown if c not in _ALWAYS),
        k=k,
        rule=rule,
        weighed=weighed,
        readers=readers,
        facts=facts,
        notes=release_notes(facts, coded, shown, rule, readers, table, weighed),
        lookup=_lookup(cases),
    )


def _columns(columns: Sequence[str] | None, people: pd.DataFrame) -> tuple[str, ...]:
    """The columns to release, ``listed_as`` and ``codes`` first; the default ones only as far as the pool has them."""
    if columns is None:
        return tuple(c for c in DEFAULT_COLUMNS if c in _ALWAYS or c in people.columns)
    if isinstance(columns, str):
        columns = [columns]
    kinds = {fold(name): f.kind for f in FIELDS for name in (f.name, f.heading, *f.aliases)}
    identifying = [
        c for c in columns if kinds.get(fold(str(c))) in {"identifier", "free_text"} or c == "person_id"
    ]
    if identifying:
        raise ReleaseError.of(
            "never-released",
            f"{len(identifying)} of the columns asked for identify a person or hold free text.",
            advice="Direct identifiers and free text cannot be released. Leave them out.",
        )
    return tuple(dict.fromkeys([*_ALWAYS, *columns]))


def _check_weights(weights: Mapping[str, float], shown: Sequence[str]) -> None:
    unknown = [name for name in weights if name not in shown]
    if unknown or any(not 0 <= weight < float("inf") for weight in weights.values()):
        raise ReleaseError.of(
            "bad-weights",
            f"weights are given to columns that are not shown: {', '.join(map(str, unknown))}."
            if unknown
            else "a weight is not a number from 0 on.",
            advice="Give a number from 0 on for a column that is shown; 1 is usual.",
        )


def _rule(
    cases: CaseList, coded: CodedPool, shown: Sequence[str], k: int, weights: Mapping[str, float], join: bool
) -> Rule:
    """The rule of pool, design and chances: the same whichever list was drawn."""
    able = coded.drawable
    columns = shown_columns(able, shown)
    person, code, weight = listing_chances(cases, able.index)
    frame = release_frame(columns, person, code, weight)
    if join:
        frame = release_frame(columns, person, code, weight, codes_to_join(frame, k))
    drawn = cases.drawn_facts
    key = canonical([drawn["pool"], drawn["design"], coded.edition]).encode()
    return find_rule(frame, k, hashlib.blake2b(key).digest(), weights)


def listing_chances(cases: CaseList, able: pd.Index) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Everyone's chance to be a row of each code: rows of ``able``, codes, chances. Fixed places are not drawn."""
    known = cases.identified
    weights = known.drawn.weights.loc[able]
    drawn = weights.to_numpy() * ~able.isin(known.design.must_include)[:, None]
    person, place = np.nonzero(drawn > 0)
    return person, weights.columns.to_numpy(dtype=object)[place], drawn[person, place]


def _coverage(cases: CaseList, coded: CodedPool) -> pd.DataFrame:
    """Of the draw's own design: what was asked after that tells who left."""
    return coverage_statement(
        coded.people,
        coded.code_names,
        coded.stated_names,
        cases.identified.drawn.chances,
        cases.identified.design.quotas(),
    )


def _rows(
    cases: CaseList, coded: CodedPool, rule: Rule, shown: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is shown of the cases, and how they are weighed."""
    known, frame = cases.identified, rule.frame
    references = pd.Index(cases.references, name="case_reference")
    people = [known.people[r] for r in references]
    listed = [str(code) for code in cases.cases["listed_as"]]
    drawn = {case["reference"] for case in cases.history[0].detail["cases"]}
    fixed = set(known.design.must_include)
    unit = frame.find(coded.drawable.index.get_indexer(pd.Index(people)), listed)
    table = pd.DataFrame(WITHHELD, index=references, columns=list(shown), dtype=object)
    table["listed_as"] = [frame.shown_as.get(code, code) for code in listed]
    why = [
        FIXED if person in fixed else LATER if reference not in drawn else ""
        for reference, person in zip(references, people, strict=True)
    ]
    total, largest, number = group_sums(rule.group, frame.parts)
    weighed = pd.DataFrame({"people": 1, "one_in": 1.0, "in_full": 1.0, "exception": why}, index=references)
    by_rule = np.flatnonzero((weighed["exception"] == "").to_numpy())
    if (unit[by_rule] < 0).any():
        raise AssertionError("a case was drawn that the lottery gives no chance")
    texts = rule.labels(unit[by_rule])
    for column in texts:
        table.iloc[by_rule, table.columns.get_loc(column)] = texts[column].to_numpy()
    group = rule.group[unit[by_rule]]
    weighed.iloc[by_rule, 0] = number[group]
    weighed.iloc[by_rule, 1] = total[group] / largest[group]
    plain = rule.in_full
    total, largest, _ = group_sums(plain, frame.parts)
    weighed.iloc[by_rule, 2] = (total / largest)[plain[unit[by_rule]]]
    alone = table["listed_as"].isin(rule.code_only) & (weighed["exception"] == "")
    weighed.loc[alone, "exception"] = SMALL if rule.small else CANNOT
    return table, weighed


def _readers(cases: CaseList, coded: CodedPool, rule: Rule) -> dict[str, float]:
    """What readers can expect: counted from the chances, and measured on practice lists."""
    readers = {"rule": rule.right_guesses}
    if rule.k > 1 and len(rule.frame.person):
        readers |= practise(rule, cases.identified.drawn.lottery, coded.drawable.index)
    return {name: round(value, 2) for name, value in readers.items()}


def _digest(table: pd.DataFrame) -> str:
    rows = [list(map(str, row)) for row in table.to_numpy().tolist()]
    return canonical_digest([list(table.columns), rows])


def _facts(
    cases: CaseList, coded: CodedPool, rule: Rule, weighed: pd.DataFrame, digest: str
) -> dict[str, Any]:
    known, drawn = cases.identified, cases.drawn_facts
    design = known.design
    return {
        "release_id": digest[:12],
        "list_digest": digest,
        "as_at": coded.as_at.isoformat(),
        "window_starts": coded.pool.window_starts.isoformat(),
        "months": coded.pool.months,
        "edition": coded.edition,
        "eligible": in_steps(len(coded.people)),
        "in_the_draw": in_steps(len(known.drawn.order)),
        "everyone": len(weighed) == len(known.drawn.order),
        "size": len(weighed),
        "asked_for": cases.design.size,
        "k": rule.k,
        # What the design decided before the draw, counts of 1 to 4 not told.
        "fixed_places": len(design.must_include),
        "excluded": len(design.exclude),
        "held_back": int((coded.pool.left_out["reason"] == "held_back").sum()),
        "overridden": int(coded.evidence.loc[coded.evidence["overridden"], "person_id"].nunique()),
        "what_counts": _what_counts(coded),
        # Groups for which the design sets numbers.
        "asked_of": [
            words
            for words, quotas in (
                ("the cohorts", [design.codes]),
                ("characteristics", [design.characteristics, design.balance, design.combinations]),
            )
            if any(quotas)
        ],
        "without_chance": int((known.chances_in_draw <= 0).sum()),
        "seed": drawn["seed"],
        "version": __version__,
    }


def _what_counts(coded: CodedPool) -> str:
    """What makes a person eligible, by the rule that the pool was read by."""
    rule = coded.pool.rule
    words = "an assessment or a review" if rule.count_reviews else "an assessment"
    return f"{words} (a conversation counts)" if rule.conversations == "count" else words


def _lookup(cases: CaseList) -> Lookup:
    people = cases.identified.people
    references = sorted(people)
    key = cases.identified.drawn.key.hex()
    return Lookup.of(references, [people[r] for r in references], lottery_key=key)
