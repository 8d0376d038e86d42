"""CT01 to CT07 for every eligible person, with the evidence for each code.

Rule: ``docs/specification.md``, section 5. The rules themselves are in ``cohort_rules.py``, by edition.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from casetrack.errors import CodingError, Problem, UsageError, rows_in_words
from casetrack.extract.found import found_on
from casetrack.extract.lists import identifiers_in, list_as_text, read_list, why_no_list
from casetrack.findings import Finding, Findings
from casetrack.headings import in_a_sentence
from casetrack.pictures import Bars
from casetrack.pool.characteristics import characteristics_of
from casetrack.pool.cohort_rules import CODE_NAMES, EDITIONS, Facts, Parameters
from casetrack.pool.eligibility import Pool
from casetrack.pool.experience import COUNCIL_ONLY, Experience, experience_of
from casetrack.pool.links import linked_groups
from casetrack.stages import checked
from casetrack.tables import html_lines, html_table
from casetrack.words import NOT_RECORDED, of_every_mask

Overrides: TypeAlias = str | Path | pd.DataFrame | Sequence[Mapping[str, Any]] | Mapping[str, Any] | None

#: Details that are no characteristic but that a design may limit by, or a release may show.
_SUPPORT = (
    *("ethnicity", "primary_support_reason", "accommodation_status"),
    *("team", "lead_professional", "provider", "gp_practice"),
)


@checked
@dataclass(frozen=True, repr=False)
class CodedPool:
    """Everyone eligible, with every cohort code they meet and their characteristics.

    Parameters
    ----------
    people
        One row per eligible person, index ``person_id`` sorted as text: ``CT01`` … ``CT07`` (bool), a column of
        levels for each characteristic, ``age``, ``assessment_date``, and details that a design may limit by
        (``team``, ``provider``, ``lead_professional``, ``linked_group`` …; empty text where unknown).
    code_names, characteristic_names
        Which columns are codes and which are characteristics.
    not_available
        Characteristics that the extract has no column for.
    experience
        What happened to each person, with the events that it comes from.
    evidence
        ``person_id``, ``code``, ``evidence`` in words, ``overridden``: one row per code that holds, and one per
        override.
    edition, parameters
        Which rules, and what the council set in them.
    pool
        The pool that was coded.
    findings
        The pool's findings and the coding's own.
    """

    people: pd.DataFrame
    code_names: tuple[str, ...]
    characteristic_names: tuple[str, ...]
    not_available: tuple[str, ...]
    experience: Experience
    evidence: pd.DataFrame
    edition: str
    parameters: Parameters
    pool: Pool
    findings: Findings

    @property
    def as_at(self) -> dt.date:
        """The date that the rules were read on."""
        return self.pool.as_at

    @property
    def experience_names(self) -> tuple[str, ...]:
        """The columns that tell what happened to a person."""
        return tuple(self.experience.answers)

    @property
    def stated_names(self) -> tuple[str, ...]:
        """What a coverage statement may count: characteristics, and measures that are not the council's alone."""
        told = tuple(name for name in self.experience_names if name not in COUNCIL_ONLY)
        return (*self.characteristic_names, *told)

    @cached_property
    def drawable(self) -> pd.DataFrame:
        """The people with at least one code; the others are kept and counted, and never drawn."""
        return self.people[self.people[list(self.code_names)].any(axis=1)]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the pool's content: people, codes and characteristics, whatever the order of rows."""
        digest = hashlib.sha256()
        digest.update("\x1f".join([self.edition, self.as_at.isoformat(), *self.people.columns]).encode())
        for name in self.people.columns:
            values = self.people[name]
            texts = values.dt.strftime("%Y-%m-%d") if values.dtype.kind == "M" else values.astype(str)
            digest.update("\x1f".join(["", *texts.to_numpy(dtype=object)]).encode())
        digest.update("\x1f".join(map(str, self.people.index)).encode())
        return digest.hexdigest()

    def counts(self) -> pd.DataFrame:
        """How many eligible people meet each code, in CQC's words, and how many meet none."""
        rows = [(c, CODE_NAMES.get(c, ""), int(self.people[c].sum())) for c in self.code_names]
        rows.append(
            ("none", "eligible, but no cohort code holds: not drawn", len(self.people) - len(self.drawable))
        )
        return pd.DataFrame(rows, columns=["code", "cohort", "people"])

    def characteristics(self) -> pd.DataFrame:
        """How many eligible people have each level of each characteristic."""
        # Characteristics in the order of the specification; levels by name, with Not recorded at the end.
        rows = [
            (name, level, count)
            for name in self.characteristic_names
            for level, count in sorted(
                self.people[name].value_counts().items(),
                key=lambda found: (found[0] == NOT_RECORDED, found[0]),
            )
        ]
        table = pd.DataFrame(rows, columns=["characteristic", "level", "people"])
        return table.astype({"characteristic": str, "people": np.int64})

    def to_frame(self) -> pd.DataFrame:
        """The counts by code."""
        return self.counts()

    def __repr__(self) -> str:
        held = ", ".join(f"{c} {int(self.people[c].sum()):,}" for c in self.code_names)
        return f"CodedPool({len(self.people):,} eligible people; {held}; edition {self.edition})"

    def summary(self) -> str:
        """How many people can be drawn, and what the extract does not record, in sentences."""
        several = int((self.people[list(self.code_names)].sum(axis=1) > 1).sum())
        words = [
            f"{len(self.drawable):,} of {len(self.people):,} eligible people meet a cohort code and can be drawn; "
            f"{several:,} meet several."
        ]
        if self.not_available:
            missing = ", ".join(map(in_a_sentence, self.not_available))
            words.append(f"Not available in the extract: {missing}.")
        return "\n".join(words)

    def picture(self) -> Bars:
        """What `plot` draws: eligible people by cohort code."""
        counts = self.counts()
        rows = zip(counts["code"], counts["cohort"], strict=True)
        named = [f"{code}: {words}" if code in self.code_names else words for code, words in rows]
        title = f"{len(self.drawable):,} of {len(self.people):,} eligible people meet a cohort code; one can meet several"
        people = tuple(counts["people"].tolist())
        return Bars(
            title, tuple(n[:1].upper() + n[1:] for n in named), people, "people", emphasis=(len(named) - 1,)
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw how many eligible people meet each cohort code; gives the matplotlib axes."""
        return self.picture().plot(ax)

    def _repr_html_(self) -> str:
        return html_lines(self.summary()) + html_table(self.counts())


@checked
def code_cohorts(
    pool: Pool, edition: str = "2024-04", overrides: Overrides = None, **parameters: int | str | bool
) -> CodedPool:
    """Give every eligible person all the cohort codes they meet, with evidence.

    Parameters
    ----------
    pool
        What ``find_eligible`` gave.
    edition
        The edition of the rules.
    overrides
        The council's own corrections: a CSV file, a DataFrame, a dict or a list of dicts with ``person_id`` (or an
        identifier's heading), ``code``, ``holds`` (yes or no) and ``reason``. The rule's answer is kept beside it.
    **parameters
        ``older_from=65``, ``transition_max_age=25``, ``transition_months=24``, ``transition_proxy=False``,
        ``discharge_months=6``, ``discharge_services="started_or_running"``, ``hospital_signs=False``,
        ``reasons_from="latest"``, ``wait_until="start"`` (which day of the assessment ends the wait for it).

    Returns
    -------
    CodedPool

    Raises
    ------
    UsageError
        For an unknown edition or parameter.
    CodingError
        For overrides without a known code, a yes or no, or a reason; all of them at once.

    Notes
    -----
    ``docs/specification.md``, section 5. CT01 to CT06 need a completed assessment in the window as a Service
    user, CT07 one as an Unpaid carer.
    """
    if edition not in EDITIONS:
        raise UsageError.of(
            "unknown-edition", f"there is no edition {edition!r}.", advice=f"Known: {', '.join(EDITIONS)}."
        )
    known = {f.name for f in dataclasses.fields(Parameters)}
    if not set(parameters) <= known:
        raise UsageError.of(
            "unknown-parameter",
            f"{', '.join(sorted(set(parameters) - known))} is no parameter.",
            advice=f"Known: {', '.join(sorted(known))}.",
        )
    given: dict[str, Any] = parameters
    rules, chosen = EDITIONS[edition], Parameters(**given)
    facts = Facts.of(pool, chosen)
    needs = {code: rule(facts) for code, rule in rules.items()}
    user = pool.people["as_service_user"].to_numpy()
    holds = {c: (words != "") & (user if c != "CT07" else True) for c, words in needs.items()}
    told = (
        pd.DataFrame({"person_id": pool.people.index[who], "code": c, "evidence": needs[c][who]})
        for c, who in holds.items()
    )
    evidence = pd.concat(told, ignore_index=True).assign(overridden=False)
    holds, evidence, found = _apply(_read_overrides(overrides), pool, holds, evidence)
    found += [*_of_cohorts(pool, holds), *_of_transitions(facts)]
    table, lacking = characteristics_of(pool.people, needs)
    experience = experience_of(pool, edition, chosen.wait_until)
    people = pd.DataFrame(holds, index=pool.people.index).join(table)
    people = people.join(experience.table(pool.people.index))
    people["age"] = pool.people["age"]
    people["assessment_date"] = pool.people["assessment_date"]
    people = people.join(_support(pool, facts))
    return CodedPool(
        people=people,
        code_names=tuple(rules),
        characteristic_names=tuple(table.columns),
        not_available=lacking,
        experience=experience,
        evidence=evidence,
        edition=edition,
        parameters=chosen,
        pool=pool,
        findings=pool.findings.with_more(found),
    )


def _of_cohorts(pool: Pool, holds: dict[str, np.ndarray]) -> Iterator[Finding]:
    """Cohorts that nobody is in, although people are eligible: one finding for each, for it takes a quota with it."""
    for code, who in holds.items():
        if len(pool.people) and not who.any():
            yield Finding(
                "cohort-without-anybody",
                "",
                f"no eligible person meets {code} ({CODE_NAMES.get(code, '')})",
                len(pool.people),
                advice="No case can be listed so. Check the columns and values that the code is read from, or say by "
                "overrides who belongs to it.",
                unit="people looked at",
                loses="cohort",
            )


def _of_transitions(facts: Facts) -> Iterator[Finding]:
    """Requests with the transition route of people who are too old for CT02: a route entered by mistake, or an age."""
    p = facts.parameters
    found = facts.requests("transition", p.transition_months)
    old = facts.people["age"].to_numpy()[found["place"].to_numpy(dtype=int)] > p.transition_max_age
    yield from found_on(
        "transition-of-older-people",
        "Request: Route of Access",
        f"requests with a transition route of people over {p.transition_max_age}",
        np.sort(found["row"].to_numpy()[old]),
        "CT02 does not hold by them. Check the route and the date of birth.",
    )


def _support(pool: Pool, facts: Facts) -> pd.DataFrame:
    table = pd.DataFrame(index=pool.people.index)
    for name in _SUPPORT:
        if name in pool.people:
            column = pool.people[name].cat
            table[name] = np.array([*column.categories, ""], dtype=object)[column.codes.to_numpy()]
    table["service_groups"] = _service_groups(facts)
    table["linked_group"] = linked_groups(pool.extract, pool.people.index)
    return table


def _service_groups(facts: Facts) -> np.ndarray:
    """The groups of service that each person had up to ``as_at``, joined by semicolons; None where there is none."""
    groups = ("Long term support", "Short term support", "Unpaid carer support")
    had = np.zeros(len(facts.people), dtype=np.int64)
    for bit, group in enumerate(groups):
        had[facts.services([group])["place"].to_numpy(dtype=int)] |= 1 << bit
    texts = ["None", *of_every_mask(groups)[1:]]
    return np.asarray(np.array(texts, dtype=object)[had])


def _read_overrides(overrides: Overrides) -> pd.DataFrame:
    columns = ["person_id", "code", "holds", "reason"]
    if overrides is None or (not isinstance(overrides, str | Path) and not len(overrides)):
        return pd.DataFrame(columns=columns)
    if isinstance(overrides, str | Path):
        try:
            frame = read_list(overrides)
        except (OSError, ValueError) as error:
            told = why_no_list("the list of overrides", overrides, error)
            raise CodingError.of("overrides-file", **told) from None
    else:
        given = [dict(overrides)] if isinstance(overrides, Mapping) else overrides
        frame = list_as_text(given if isinstance(given, pd.DataFrame) else pd.DataFrame(given))
    people = identifiers_in(frame)
    frame = frame.rename(columns={c: c.lower() for c in frame.columns})
    _check_columns(frame, columns, people is not None)
    told = {"person_id": pd.Series(people, frame.index, dtype=object), **{c: frame[c] for c in columns[1:]}}
    return pd.DataFrame(told, dtype=object)


def _check_columns(frame: pd.DataFrame, columns: Sequence[str], has_people: bool) -> None:
    """Refuse a list of overrides that lacks a column, or has one twice."""
    names = frame.columns.tolist()
    missing = [c for c in columns if (not has_people if c == "person_id" else c not in names)]
    if missing:
        raise CodingError.of(
            "overrides-columns",
            f"the list of overrides lacks {', '.join(missing)}.",
            advice=f"It needs {', '.join(columns)}.",
        )
    twice = [c for c in columns[1:] if names.count(c) > 1]
    if twice:
        raise CodingError.of(
            "overrides-columns",
            f"the list of overrides has two columns {', '.join(twice)}.",
            advice="Keep the one that is right.",
        )


def _apply(
    wanted: pd.DataFrame, pool: Pool, holds: dict[str, np.ndarray], evidence: pd.DataFrame
) -> tuple[dict[str, np.ndarray], pd.DataFrame, list[Finding]]:
    """Codes after the council's overrides; both the rule's answer and the override stay in the evidence."""
    if wanted.empty:
        return holds, evidence, []
    code, answer = wanted["code"].str.upper(), wanted["holds"].str.lower()
    found_people = pool.extract.find_any(wanted["person_id"])
    several = pd.Series([len(names) > 1 for names in found_people], wanted.index, dtype=bool)
    who = pd.Series([names[0] if names else "" for names in found_people], wanted.index, dtype=object)
    who_and_what = pd.DataFrame({"who": who, "code": code})
    twice = who_and_what.duplicated(keep=False) & (who_and_what["who"] != "")
    neither = ~answer.isin(["yes", "no"])
    known, unsaid = code.isin(list(holds)), wanted["reason"] == ""
    wrong = (
        ("code", "an override names no cohort code.", ~known, f"Use {', '.join(holds)}."),
        ("holds", "an override says neither yes nor no.", neither, "Write yes or no under holds."),
        ("reason", "an override has no reason.", unsaid, "Say why, in a few words."),
        (
            "two-people",
            "an override has identifiers that lead to different people.",
            several,
            "Give each line the identifiers of one person.",
        ),
        ("twice", "two overrides are about the same person and code.", twice, "Keep the one that is right."),
    )
    problems = [
        Problem("override-" + name, what, rows_in_words(bad.index[bad], int(bad.sum())), advice)
        for name, what, bad, advice in wrong
        if bad.any()
    ]
    if problems:
        raise CodingError(problems)
    place = pool.people.index.get_indexer(pd.Index(who, dtype=object))
    holds = {c: flags.copy() for c, flags in holds.items()}
    rows = []
    for i in np.flatnonzero(place >= 0):
        yes, at, c = answer.iloc[i] == "yes", place[i], code.iloc[i]
        said = "the rule holds" if holds[c][at] else "the rule does not hold"
        holds[c][at] = yes
        text = f"override: {'yes' if yes else 'no'}; {wanted['reason'].iloc[i]} ({said})"
        rows.append({"person_id": pool.people.index[at], "code": c, "evidence": text, "overridden": True})
    found = found_on(
        "override-nobody",
        "",
        "overrides are about people who are not eligible or not in the extract",
        np.zeros(0),
        "Not used. Check the identifiers.",
        count=int((place < 0).sum()),
        unit="overrides",
    )
    if rows:
        # Objects throughout, so that joining an empty table to a full one changes no type.
        more = pd.DataFrame(rows, columns=evidence.columns, dtype=object)
        evidence = pd.concat([evidence.astype(object), more], ignore_index=True)
    return holds, evidence.astype({"overridden": bool}), list(found)
