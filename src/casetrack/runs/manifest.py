"""What a draw was made of, so that it can be repeated and shown to be the same; and the repeating itself."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from casetrack.cases.case_files import public_design
from casetrack.cases.case_list import CaseList, draw
from casetrack.cases.decisions import check_key, thrown_number
from casetrack.chain import canonical, canonical_digest
from casetrack.designs.design import Design
from casetrack.errors import CasetrackError, DesignError, HistoryError
from casetrack.extract import Extract
from casetrack.files import write_file
from casetrack.headings import in_a_sentence
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.pool.preparing import counts_of
from casetrack.release.release import Release, pseudonymise
from casetrack.report.pages import page
from casetrack.small_files import json_of, text_of
from casetrack.stages import checked
from casetrack.tables import html_lines, html_table
from casetrack.version import __version__

_FORMAT = "casetrack manifest, version 2"
#: The first version carried no digest of its own.
_FORMATS = ("casetrack manifest, version 1", _FORMAT)
#: What neither extract nor design gives: who wrote it, and which folder and decisions it was written for. The command
#: holds these against the state.
_NOT_MADE_AGAIN = ("format", "casetrack", "digest", "folder", "history", "uses")
_PARTS = dict.fromkeys(("input", "rule", "coding", "counts", "design", "draw"), dict) | {
    "states": list,
    "pool": str,
}


@checked
@dataclass(frozen=True)
class Manifest:
    """Hashes, versions, design, seed, counts and the list's states; no identifier and no case reference.

    Parameters
    ----------
    content
        What `to_json` writes.
    """

    content: Mapping[str, Any]

    @classmethod
    def of(cls, cases: CaseList, release: Release | None = None, drawn: Manifest | None = None) -> Manifest:
        """The manifest of a list, and of how it was released; the input stays the one of the draw, if that is given."""
        coded = cases.identified.coded
        pool, extract = coded.pool, coded.pool.extract
        account = extract.account
        content: dict[str, Any] = {
            "format": _FORMAT,
            "casetrack": __version__,
            "input": {"sha256": extract.sha256, "person_file": extract.details is not None},
            "rows": {
                "read": account.read,
                "used": account.used,
                "duplicates": account.duplicates,
                "set_aside": dict(account.set_aside),
            },
            "rule": pool.told_rule,
            "coding": {
                "edition": coded.edition,
                "parameters": dict(vars(coded.parameters)),
                "overrides": int(coded.evidence["overridden"].sum()),
            },
            "counts": counts_of(coded),
            "pool": coded.digest,
            "design": public_design(cases.identified.design).to_dict(),
            "draw": dict(cases.drawn_facts),
            "states": _states(cases),
        }
        if release is not None:
            content["release"] = {**_shown(release), "edition": coded.edition}
        if drawn is not None:
            content |= {name: drawn.content[name] for name in ("casetrack", "input", "rows")}
        return cls(json.loads(canonical(content)))

    def to_json(self) -> str:
        """The manifest as JSON, with its own digest; the same bytes for the same input, design, seed and version."""
        content = {**self.content, "digest": _digest(self.content)}
        return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the manifest; never over a file without ``force``."""
        return write_file(path, self.to_json(), force=force)

    def dpia_annex(self) -> str:
        """The annex of a data protection impact assessment, as Markdown, in figures of this release.

        Raises
        ------
        HistoryError
            ``not-released`` when the manifest was made without a release.
        """
        if "release" not in self.content:
            raise HistoryError.of(
                "not-released",
                "the manifest tells of no release.",
                advice="Make it with the release: Manifest.of(cases, release).",
            )
        return dpia_annex(self.content)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Manifest:
        """A manifest from its file.

        Raises
        ------
        HistoryError
            ``not-a-manifest``, or ``manifest-changed`` where a part is not as it was written.
        """
        try:
            content = json_of(text_of(path))
            known = content["format"] in _FORMATS and all(
                isinstance(content[name], kind) for name, kind in _PARTS.items()
            )
            digest = content.pop("digest", None if content["format"] != _FORMAT else "")
        except (OSError, ValueError, KeyError, TypeError):
            known = False
        if not known:
            raise HistoryError.of(
                "not-a-manifest",
                "the file is not a manifest that casetrack wrote.",
                advice="Open manifest.json.",
            )
        if digest is not None and digest != _digest(content):
            raise HistoryError.of(
                "manifest-changed",
                "the manifest is not as it was written.",
                advice="casetrack export makes the one of a folder again; do not mend it by hand.",
            )
        return cls(content)

    def __repr__(self) -> str:
        return f"Manifest(version {self.content['casetrack']}, {len(self.content['states'])} states)"


def _shown(release: Release) -> dict[str, Any]:
    """How the list was released: counts and figures of the rule, and no row."""
    told = ("columns", "k", "joined", "weights", "rule", "coverage", "readers")
    shown = release.rule.shown().round(1).set_index("column")
    return {name: release.facts_on_record[name] for name in told} | {
        "people": release.rule.frame.people,
        "places": round(release.rule.frame.places, 1),
        "code_only": list(release.rule.code_only),
        "small": release.rule.small,
        "exceptions": {
            why: int(count) for why, count in release.exceptions.value_counts().sort_index().items()
        },
        "shown": {str(name): row for name, row in shown.to_dict("index").items()},
        "kinds": {str(code): int(count) for code, count in release.rule.kinds().items()},
    }


def _digest(content: Mapping[str, Any]) -> str:
    plain = {name: part for name, part in content.items() if name != "digest"}
    return canonical_digest(plain)


def _fingerprint(cases: CaseList, people: Sequence[str]) -> str:
    """A digest of who is on the list, under the lottery's key: it can be compared, and nobody can be guessed."""
    return hmac.digest(cases.identified.drawn.key, canonical(sorted(people)).encode(), "sha256").hex()


def _states(cases: CaseList) -> list[dict[str, Any]]:
    """The list after the draw and after every replacement; who left by their place in the list in text order."""
    people = cases.identified.people
    listed: set[str] = set()
    states: list[dict[str, Any]] = []
    for decision in cases.history:
        step: dict[str, Any] = {"action": decision.action, "on": decision.on.isoformat()}
        if decision.action == "drawn":
            listed = {people[c["reference"]] for c in decision.detail["cases"]}
            del step["on"]
        elif decision.action == "replaced":
            step["place"] = sorted(listed).index(people[decision.case])
            came = decision.detail["by"]
            listed = (listed - {people[decision.case]}) | ({people[came["reference"]]} if came else set())
        else:
            continue
        states.append({**step, "fingerprint": _fingerprint(cases, sorted(listed))})
    return states


@dataclass(frozen=True)
class Replay:
    """Whether a list could be made again."""

    same: bool  # true when every step agreed
    difference: str  # the first step that did not, in words; empty when all did
    steps: tuple[tuple[str, bool], ...] = field(default_factory=tuple)

    def to_frame(self) -> pd.DataFrame:
        """The steps as a table."""
        return pd.DataFrame(self.steps, columns=["step", "same"])

    def beside(self, different: Sequence[str]) -> Replay:
        """The answer for a folder: not the same where fields of its manifest's file are not what its state gives."""
        steps = (*self.steps, ("the file of the manifest", not different))
        words = (
            "The file of the manifest was not what the list on record gives, and casetrack export makes it again: "
            f"{', '.join(different)}."
        )
        told = "\n".join([*([self.difference] if self.difference else []), *([words] if different else [])])
        return Replay(self.same and not different, told, steps)

    def __str__(self) -> str:
        return "The list is the same at every step." if self.same else self.difference

    def _repr_html_(self) -> str:
        return html_lines(str(self)) + html_table(self.to_frame())


def _coded_again(told: Mapping[str, Any], extract: Extract) -> CodedPool:
    rule, coding = told["rule"], told["coding"]
    pool = find_eligible(extract, **rule)
    return code_cohorts(pool, edition=coding["edition"], **coding["parameters"])


def _replaced_again(cases: CaseList, told: Mapping[str, Any]) -> CaseList | None:
    """The list after a replacement that a manifest tells of; None when it cannot be made."""
    people = sorted(cases.ids)
    if not 0 <= told["place"] < len(people):
        return None
    try:
        return cases.replace(
            people[told["place"]], "other: replayed", on="2000-01-01", reference_seed="replay"
        )
    except CasetrackError:
        return None


def _states_again(
    told: Mapping[str, Any], coded: CodedPool, plan: Design, key: bytes
) -> Iterator[tuple[str, str, CaseList | None]]:
    """Each state made again: its name, what differs in it (empty when nothing does), and the list."""
    number = thrown_number(told["draw"])
    seed = told["draw"]["seed"]
    digest = told["draw"].get("lottery", "")
    try:
        cases = draw(
            coded,
            plan,
            seed,
            on="2000-01-01",
            key=key,
            number=number,
            minuted=digest,
            reference_seed="replay",
        )
    except DesignError as error:
        if error.code != "lottery-not-minuted":
            raise
        yield "the draw", "the lottery is another one", None
        return
    for number, state in enumerate(told["states"]):
        name, difference = "the draw", ""
        if state["action"] == "replaced":
            name = f"replacement {number}"
            after = _replaced_again(cases, state)
            if after is None:
                yield name, "it cannot be made", None
                return
            cases = after
        if state["fingerprint"] != _fingerprint(cases, cases.ids):
            difference = "other people are on the list"
        yield name, difference, cases


def _made_of(told: Mapping[str, Any], made: CaseList) -> Mapping[str, Any]:
    """The manifest of the list made again, released again where it was."""
    release, how = None, told.get("release")
    # A part that no release can be made by is not in the manifest made again, and so is a difference.
    with contextlib.suppress(CasetrackError, KeyError, TypeError, ValueError):
        if how is not None:
            release = pseudonymise(
                made, columns=how["columns"], k=how["k"], weights=how["weights"], join_codes=how["joined"]
            )
    again = dict(Manifest.of(made, release).content)
    drawn = made.identified.drawn
    # A number that follows from the seed was not thrown, whatever is said of it.
    follows = drawn.number == drawn.lottery.prepared.lottery.number_of(drawn.seed)
    return again | {"draw": {**again["draw"], "thrown": not follows}}


def _other_fields(told: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    """Fields of a manifest that are not what the list made again has, by path."""
    different = []
    for name in sorted(told.keys() - set(_NOT_MADE_AGAIN)):
        pairs = _pairs(name, told[name], again.get(name))
        different += [f"{name} {key}".strip() for key, (first, second) in pairs.items() if first != second]
    return different


def _pairs(name: str, one: Any, two: Any) -> dict[str, tuple[Any, Any]]:
    """What is to be the same of one field, part by part."""
    if name == "states":
        # The days are those of the decisions; made again, every step has the same day.
        made = [{k: s.get(k) for k in t if k != "on"} for s, t in zip(two or [], one, strict=False)]
        return {"steps": ([{k: t[k] for k in t if k != "on"} for t in one], made)}
    if isinstance(one, dict) and isinstance(two, dict):
        # An earlier version put fewer fields on record.
        return {key: (one[key], two.get(key)) for key in one}
    return {"": (one, two)}


@checked
def replay(
    manifest: Manifest | str | os.PathLike[str],
    made_of: CodedPool | Extract,
    design: Design | None = None,
    *,
    key: bytes,
) -> Replay:
    """Make the list again from its manifest and the extract, state by state.

    Parameters
    ----------
    manifest
        The manifest or its file.
    made_of
        The extract, read again; or its pool, coded again, where the council held people back or overrode codes.
    design
        The design in full, when it names people: the manifest does not.
    key
        The secret key of the lottery, which is sealed with the lookup.

    Returns
    -------
    Replay
        ``same``, or the first difference said plainly.

    Raises
    ------
    HistoryError
        ``another-key``, or ``drawn-before-keys`` for a list that the first version drew.
    """
    told = manifest.content if isinstance(manifest, Manifest) else Manifest.open(manifest).content
    check_key(told["draw"], key)
    coded = made_of if isinstance(made_of, CodedPool) else _coded_again(told, made_of)
    steps: list[tuple[str, bool]] = []
    for step, difference in _differences(told, coded, design or Design(**told["design"]), key):
        steps.append((step, not difference))
        if difference:
            return Replay(False, difference, tuple(steps))
    return Replay(True, "", tuple(steps))


def _differences(
    told: Mapping[str, Any], coded: CodedPool, plan: Design, key: bytes
) -> Iterator[tuple[str, str]]:
    """Each step of making a list again: its name, and in a sentence what is not the same (empty when all is)."""
    facts = {
        "the input file": (told["input"]["sha256"], coded.pool.extract.sha256),
        "the date and window of the rule": (told["rule"], coded.pool.told_rule),
        "the edition of the cohort rules": (told["coding"]["edition"], coded.edition),
        "people, outcomes and codes": (told["counts"], counts_of(coded)),
        "the coded pool": (told["pool"], coded.digest),
    }
    first = "The first difference is in"
    for step, (one, two) in facts.items():
        yield step, "" if one == two else f"{first} {step}: it is not what the manifest has."
    same = told["draw"]["design"] == plan.digest()
    words = "The design is not the one of the draw; give it in full when it names people."
    yield "the design", "" if same else words
    made: CaseList | None = None
    for step, difference, after in _states_again(told, coded, plan, key):
        made = after
        yield step, difference and f"{first} {step}: {difference}."
    other = _other_fields(told, {} if made is None else _made_of(told, made))
    words = f"The list is the same, but the manifest is not what it gives: {', '.join(other)}."
    yield "every other field", words if other else ""


def dpia_annex(told: Mapping[str, Any]) -> str:
    """Markdown: purpose, context, consequence, future review, and what each kind of reader could do."""
    release, draw = told["release"], told["draw"]
    outside = (
        f"{count if count > 4 else 'fewer than 5'} rows: {why}"
        for why, count in release["exceptions"].items()
    )
    return page(
        "annex.md",
        size=told["design"]["size"],
        rule=told["rule"],
        edition=told["coding"]["edition"],
        lottery=str(draw.get("lottery", draw["design"])),
        columns=", ".join(map(in_a_sentence, release["columns"])),
        outside="; ".join(outside),
        shown=[(in_a_sentence(name), row) for name, row in release["shown"].items()],
        kinds=", ".join(f"{code} {count}" for code, count in release["kinds"].items()),
        release=release,
    )
