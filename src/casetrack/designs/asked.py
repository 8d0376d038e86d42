"""What is asked of a list: its size, who must be covered, and what it may not hold.

A design is a plain, frozen description. It knows nothing of a pool until it is held against one, and it
can be written to a file, read back, edited and minuted. The people named in it are never printed: only their
number is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pandas import DataFrame
from pydantic import AfterValidator, Field

from casetrack.designs import design_files
from casetrack.designs.quota import (
    LINKED,
    SAME_COLUMN,
    Combination,
    FixedDict,
    Quota,
    StrictModel,
    both,
    built_quotas,
    fixed,
    fixed_levels,
)
from casetrack.errors import DesignError, Problem
from casetrack.headings import JOINED, group_in_words, heading, in_a_sentence
from casetrack.stages import checked
from casetrack.tables import html_lines, html_table
from casetrack.words import NOT_RECORDED, count_of, people

__all__ = ["Asked", "Combination", "Kind", "Quota", "digest_of_plain"]

_KEEP: Any = object()
#: A design of a kind; what is changed keeps its kind.
Kind = TypeVar("Kind", bound="Asked")


def digest_of_plain(content: Mapping[str, Any]) -> str:
    """SHA-256 of a design as plain dictionaries, whatever the order it was written in; reasons are left out."""
    plain = {name: part for name, part in content.items() if name != "reasons"}
    plain["combinations"] = sorted(plain["combinations"], key=lambda pair: json.dumps(pair, sort_keys=True))
    for named in ("must_include", "exclude"):
        plain[named] = sorted(plain[named])
    canonical = json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


@checked
class Asked(StrictModel):
    """What a list must look like: the plain description that `Design` is, without its suggestion and check."""

    size: int = Field(default=50, ge=1, le=100_000)
    codes: Annotated[dict[str, Quota], AfterValidator(fixed)] = Field(default_factory=FixedDict)
    characteristics: Annotated[dict[str, dict[str, Quota]], AfterValidator(fixed_levels)] = Field(
        default_factory=FixedDict
    )
    balance: Annotated[dict[str, dict[str, Quota]], AfterValidator(fixed_levels)] = Field(
        default_factory=FixedDict
    )
    combinations: tuple[Combination, ...] = ()
    at_most: Annotated[dict[str, Annotated[int, Field(ge=1)]], AfterValidator(fixed)] = Field(
        default_factory=lambda: FixedDict({LINKED: 1})
    )
    must_include: Annotated[dict[str, str], AfterValidator(fixed)] = Field(default_factory=FixedDict)
    exclude: Annotated[dict[str, str], AfterValidator(fixed)] = Field(default_factory=FixedDict)
    reasons: Annotated[dict[str, str], AfterValidator(fixed)] = Field(default_factory=FixedDict)

    def __init__(self, **data: Any) -> None:
        built, problems = built_quotas(data)
        try:
            super().__init__(**built)
        except DesignError as error:
            raise DesignError([*problems, *error.problems]) from None
        problems += _contradictions(self)
        if problems:
            raise DesignError(problems)

    # -- making and keeping ------------------------------------------------------------------------

    @classmethod
    def from_toml(cls, source: str | Path) -> Self:
        """Read a design from a TOML file or text; see the how-to page on editing a design.

        Two people who are linked as carer and cared-for do not come together unless the file names
        ``linked_group`` under ``at_most``: a number, or ``"no limit"``.

        Raises
        ------
        DesignError
            ``unreadable-design`` when it is not TOML or cannot be opened, else as the class says.
        """
        return cls(**design_files.read(source, "TOML"))

    @classmethod
    def from_json(cls, source: str | Path) -> Self:
        """Read a design from a JSON file or text.

        Raises
        ------
        DesignError
            As `from_toml`.
        """
        return cls(**design_files.read(source, "JSON"))

    def to_toml(self, path: str | Path | None = None, *, force: bool = False) -> str:
        """Write the design as TOML, to a file too when a path is given; never over one without ``force``."""
        return design_files.write(
            design_files.toml_text(design_files.for_a_file(self.to_dict())), path, force
        )

    def to_json(self, path: str | Path | None = None, *, force: bool = False) -> str:
        """Write the design as JSON, to a file too when a path is given; never over one without ``force``."""
        plain = design_files.for_a_file(self.to_dict())
        text = json.dumps(plain, ensure_ascii=False, indent=2) + "\n"
        return design_files.write(text, path, force)

    def to_dict(self) -> dict[str, Any]:
        """The design as plain dictionaries, without what is empty. Holds the person ids of fixed places."""
        return self.model_dump(mode="json", exclude_defaults=False, exclude_none=True)

    def digest(self) -> str:
        """SHA-256 of everything that decides a draw, whatever the order it was written in; reasons are left
        out.

        Keep it on the council's side when the design names people: it depends on their ids.
        """
        return digest_of_plain(self.to_dict())

    # -- editing -----------------------------------------------------------------------------------

    def with_quota(
        self, feature: str, value: str | None = None, *, min: int = _KEEP, max: int | None = _KEEP
    ) -> Self:
        """The design with another quota for a cohort code, or for a level of a characteristic.

        The reason of a number that changes is taken away: it explained the number before.

        Parameters
        ----------
        feature
            A cohort code, or a characteristic.
        value
            The level of the characteristic; left out for a cohort code.
        min, max
            The new numbers; one that is left out stays as it was, and ``max=None`` takes a maximum away.

        Examples
        --------
        >>> design = Asked(size=50).with_quota("CT02", min=7).with_quota("sex", "Female", max=30)
        >>> design.codes["CT02"], design.characteristics["sex"]["Female"]
        (Quota(min=7, max=None), Quota(min=0, max=30))
        """
        levels = self.codes if value is None else self.characteristics.get(feature, {})
        key = feature if value is None else value
        quota = _changed(levels.get(key, Quota()), min, max)
        changed: dict[str, Any] = {**levels, key: quota}
        name = design_files.name_of(feature, "yes" if value is None else value)
        reasons = self.reasons if quota == levels.get(key) else self._reasons_without(name)
        if value is None:
            return self._with(codes=changed, reasons=reasons)
        return self._with(characteristics={**self.characteristics, feature: changed}, reasons=reasons)

    def with_balance(self, feature: str, value: str, *, min: int = _KEEP, max: int | None = _KEEP) -> Self:
        """The design with other bounds between which a level of a characteristic is balanced."""
        levels = self.balance.get(feature, {})
        changed = {**levels, value: _changed(levels.get(value, Quota()), min, max)}
        return self._with(balance={**self.balance, feature: changed})

    def without_balance(self, feature: str | None = None) -> Self:
        """The design with one characteristic, or with none, balanced."""
        left = {name: levels for name, levels in self.balance.items() if feature not in (None, name)}
        gone = {f"balance: {name}" for name in self.balance if name not in left}
        return self._with(balance=left, reasons={n: why for n, why in self.reasons.items() if n not in gone})

    def with_combination(self, of: Mapping[str, str], *, min: int = 0, max: int | None = None) -> Self:
        """The design with a quota for two features together, in place of an earlier one for the same."""
        pair = Combination(of=dict(of), min=min, max=max)
        others = tuple(other for other in self.combinations if other.label != pair.label)
        return self._with(combinations=(*others, pair))

    def with_at_most(self, column: str, most: int | None) -> Self:
        """The design with another limit per value of a column; None takes the limit away."""
        name = SAME_COLUMN.get(column, column)
        limits = {other: limit for other, limit in self.at_most.items() if other != name}
        reasons = (
            self.reasons if most == self.at_most.get(name) else self._reasons_without(f"at_most: {name}")
        )
        return self._with(at_most=limits if most is None else {**limits, name: most}, reasons=reasons)

    def with_fixed_place(self, person_id: str, reason: str) -> Self:
        """The design with a place for one person, who must be on the list."""
        return self._with(must_include={**self.must_include, person_id: reason})

    def with_fixed_places(self, people: Mapping[str, str]) -> Self:
        """The design with these fixed places (person id to reason) and no others."""
        return self._with(must_include=dict(people))

    def without_person(self, person_id: str, reason: str) -> Self:
        """The design with one more person who may not be drawn."""
        return self._with(exclude={**self.exclude, person_id: reason})

    def with_size(self, size: int) -> Self:
        """The design with another number of places; no quota changes."""
        return self._with(size=size)

    def with_reasons(self, reasons: Mapping[str, str]) -> Self:
        """The design with reasons added or replaced."""
        return self._with(reasons={**self.reasons, **reasons})

    def _reasons_without(self, name: str) -> dict[str, str]:
        return {other: reason for other, reason in self.reasons.items() if other != name}

    def _with(self, **changes: Any) -> Self:
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**fields, **changes})

    # -- showing -----------------------------------------------------------------------------------

    def quotas(self) -> dict[tuple[str, str], Quota]:
        """Every quota by feature and value, in order; a cohort code has the value ``"yes"``.

        Where a level is balanced too, both hold.
        """
        listed = {(code, "yes"): quota for code, quota in self.codes.items()}
        for name, levels in self.characteristics.items():
            listed.update({(name, level): quota for level, quota in levels.items()})
        for name, levels in self.balance.items():
            for level, quota in levels.items():
                listed[name, level] = both(listed.get((name, level), Quota()), quota)
        listed.update({pair.label: pair.quota for pair in self.combinations})
        return listed

    def to_frame(self) -> DataFrame:
        """One row per quota and limit: feature, value, min, max, reason. Names nobody."""
        rows: list[tuple[object, ...]] = [
            (feature, value, quota.min, quota.max, self.reasons.get(design_files.name_of(feature, value), ""))
            for (feature, value), quota in self.quotas().items()
        ]
        rows += [
            (name, "each value", 0, most, self.reasons.get(f"at_most: {name}", ""))
            for name, most in self.at_most.items()
        ]
        frame = DataFrame(rows, columns=["feature", "value", "min", "max", "reason"])
        return frame.astype({"min": "int64", "max": "Int64"})

    def describe(self) -> str:
        """The whole design in plain English, with the reasons that are known. Names nobody: people are counted."""
        lines = [f"A list of {people(self.size)}."]
        for (feature, value), quota in self.without_balance().quotas().items():
            reason = self._because(design_files.name_of(feature, value))
            asked = quota.in_words() if quota.min or quota.max is not None else "no minimum" if reason else ""
            lines += [f"- {group_in_words(feature, value)}: {asked}.{reason}"] if asked else []
        for name, levels in self.balance.items():
            told = "; ".join(f"{level} {quota.in_short()}" for level, quota in levels.items())
            lines.append(f"- {in_a_sentence(name)}, balanced: {told}.{self._because(f'balance: {name}')}")
        for column, most in self.at_most.items():
            reason = self._because(f"at_most: {column}")
            lines.append(f"- {in_a_sentence(column)}: at most {people(most)} for each value.{reason}")
        if self.must_include:
            lines.append(f"- {people(len(self.must_include))} with a fixed place.")
        if self.exclude:
            lines.append(f"- {people(len(self.exclude))} excluded.")
        return "\n".join(lines)

    def _because(self, name: str) -> str:
        reason = self.reasons.get(name, "")
        return f" ({reason})" if reason else ""

    def __str__(self) -> str:
        return self.describe()

    def __repr__(self) -> str:
        named = f", fixed places={len(self.must_include)}, excluded={len(self.exclude)}"
        quotas = sum(1 for quota in self.quotas().values() if quota.min or quota.max is not None)
        return (
            f"{type(self).__name__}(size={self.size}, quotas={quotas}, at_most={dict(self.at_most)}{named})"
        )

    def _repr_html_(self) -> str:
        named = f"Fixed places: {len(self.must_include):,}. Excluded: {len(self.exclude):,}."
        return html_lines(f"A list of {self.size:,} people. {named}") + html_table(_in_words(self.to_frame()))

    def __hash__(self) -> int:
        return hash(self.digest())


def _in_words(table: DataFrame) -> DataFrame:
    codes = table["value"] == "yes"
    return table.assign(feature=table["feature"].map(heading), value=table["value"].mask(codes, ""))


def _changed(quota: Quota, low: Any, high: Any) -> Quota:
    return Quota(min=quota.min if low is _KEEP else low, max=quota.max if high is _KEEP else high)


def _contradictions(design: Asked) -> list[Problem]:
    problems = []
    unknown = [
        name
        for name, levels in design.characteristics.items()
        if NOT_RECORDED in levels and levels[NOT_RECORDED].min
    ]
    unknown += [
        JOINED.join(pair.of) for pair in design.combinations if pair.min and NOT_RECORDED in pair.of.values()
    ]
    if unknown:
        what = f'"{NOT_RECORDED}" is asked for under {", ".join(unknown)}.'
        advice = "What is not recorded is shown, never a target: take the minimum away."
        problems.append(Problem("target-not-recorded", what, advice=advice))
    if len({pair.label for pair in design.combinations}) < len(design.combinations):
        what = "the same combination has two quotas."
        problems.append(Problem("combination-twice", what, advice="Keep one of them."))
    return [*problems, *_people_named(design)]


def _people_named(design: Asked) -> list[Problem]:
    problems = []
    if len(design.must_include) > design.size:
        problems.append(
            Problem(
                "too-many-fixed-places",
                f"{people(len(design.must_include))} have a fixed place on a list of {design.size:,}.",
                advice="Take some of them away, or make the list larger.",
            )
        )
    for setting, named in (("must_include", design.must_include), ("exclude", design.exclude)):
        unexplained = sum(1 for reason in named.values() if not reason.strip())
        if unexplained:
            problems.append(
                Problem(
                    "reason-needed",
                    f"{count_of(unexplained, 'person has', 'people have')} no reason.",
                    f"setting {setting}",
                    "Write why beside each person id.",
                )
            )
    both = len(design.must_include.keys() & design.exclude.keys())
    if both:
        problems.append(
            Problem(
                "included-and-excluded",
                f"{count_of(both, 'person is', 'people are')} both under must_include and exclude.",
                advice="Decide which it is for each of them.",
            )
        )
    return problems
