"""What a suggestion may be told: a reference population, and groups at higher risk of poor outcomes.

Everything that is wrong is told at once: a name that nobody has would otherwise change nothing, unseen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from casetrack.designs.by_experience import experience_names
from casetrack.designs.coded_people import CodedPeople
from casetrack.errors import DesignError, Problem
from casetrack.extract.lists import read_list
from casetrack.words import NOT_RECORDED

#: How many times its share a group at higher risk gets unless a factor is given.
AT_RISK_TIMES = 1.5
#: Shares that were rounded may come to a little more than 1.
_AT_MOST_TOGETHER = 1.01
_MOST_TIMES = 100
_REFERENCE = "the reference population"
_AT_RISK = "the list of groups at higher risk"


def factors(at_risk: Mapping[str, object]) -> dict[tuple[str, str], object]:
    """Feature and level to factor, whichever way the groups were given.

    >>> factors({"CT07": 1.2, "sex": "Male", "age_band": {"18 to 24": 2}})
    {('CT07', 'yes'): 1.2, ('sex', 'Male'): 1.5, ('age_band', '18 to 24'): 2}
    """
    found: dict[tuple[str, str], object] = {}
    for feature, levels in at_risk.items():
        if isinstance(levels, Mapping):
            found.update({(feature, str(level)): times for level, times in levels.items()})
        elif _is_number(levels):
            found[feature, "yes"] = levels
        else:
            several = (
                [levels] if isinstance(levels, str) else list(np.atleast_1d(np.asarray(levels, dtype=object)))
            )
            found.update({(feature, str(level)): AT_RISK_TIMES for level in several})
    return found


def check_options(
    coded: CodedPeople, reference: Mapping[str, Mapping[str, float]], at_risk: Mapping[str, object]
) -> None:
    """Check that the pool has every name, and that shares and factors are numbers that make sense."""
    problems: list[Problem] = []
    for name, shares in reference.items():
        if name not in coded.characteristic_names:
            problems.append(_unknown(_REFERENCE, name, coded.characteristic_names))
        elif isinstance(shares, Mapping):
            problems += _unknown_levels(coded, _REFERENCE, name, shares)
        if not _are_shares(shares):
            what = f'the shares of "{name}" in {_REFERENCE} are not all numbers from 0 to 1.'
            if isinstance(shares, Mapping) and all(_is_share(share) for share in shares.values()):
                what = f'the shares of "{name}" in {_REFERENCE} come to more than 1.'
            problems.append(Problem("bad-share", what, advice="Give each level its share: 0.12 for 12%."))
    for (feature, value), times in factors(at_risk).items():
        if feature in coded.code_names:
            if value != "yes":
                what = f'{_AT_RISK} names the level "{value}" of {feature}, and a cohort code has none.'
                problems.append(Problem("unknown-level", what, advice=f"Give {feature} a factor alone."))
        elif feature not in (names := (*coded.characteristic_names, *experience_names(coded.people))):
            problems.append(_unknown(_AT_RISK, feature, (*names, *coded.code_names)))
        else:
            problems += _unknown_levels(coded, _AT_RISK, feature, [value])
        if not (_is_number(times) and 0 < float(str(times)) <= _MOST_TIMES):
            what = (
                f'the factor of "{feature}" under at_risk is not a number above 0, and {_MOST_TIMES} at most.'
            )
            problems.append(Problem("bad-factor", what, advice="Give 1.5, or 2."))
    if problems:
        raise DesignError(list(dict.fromkeys(problems)))


def _unknown(where: str, name: str, available: Iterable[str]) -> Problem:
    what = f'{where} names "{name}", which the pool does not have.'
    return Problem("unknown-characteristic", what, advice=f"Available: {', '.join(available)}.")


def _unknown_levels(coded: CodedPeople, where: str, name: str, levels: Iterable[object]) -> list[Problem]:
    known = sorted({str(level) for level in coded.people[name].unique()} - {NOT_RECORDED})
    problems = []
    for level in levels:
        if level == NOT_RECORDED:
            what = f'{where} names "{NOT_RECORDED}" of {name}, which is never a target.'
            problems.append(Problem("target-not-recorded", what, advice="Take it away."))
        elif level not in known:
            what = f'{where} names the level "{level}" of {name}, which nobody in the pool has.'
            if level in ("", "yes"):
                # A factor without a level is one for everybody with a code.
                what = f"{where} names {name} without one of its levels."
            advice = f"Available: {'; '.join(known)}. Correct its spelling, or take it away."
            problems.append(Problem("unknown-level", what, advice=advice))
    return problems


def _are_shares(shares: object) -> bool:
    if not isinstance(shares, Mapping) or not all(_is_share(share) for share in shares.values()):
        return False
    return round(sum(float(share) for share in shares.values()), 9) <= _AT_MOST_TOGETHER


def _is_share(part: object) -> bool:
    return _is_number(part) and 0 <= float(str(part)) <= 1


def _is_number(part: object) -> bool:
    is_number = isinstance(part, int | float | np.integer | np.floating) and not isinstance(part, bool)
    return is_number and math.isfinite(float(str(part)))


# -- files -----------------------------------------------------------------------------------------


def read_reference(path: str | Path) -> dict[str, dict[str, float]]:
    r"""Read a reference population from a CSV file with the columns characteristic, level and share.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "census.csv")
    ...     _ = path.write_text("characteristic,level,share\nsex,Female,51%\nsex,Male,0.49\n")
    ...     read_reference(path)
    {'sex': {'Female': 0.51, 'Male': 0.49}}
    """
    table = _table(path, _REFERENCE, ("characteristic", "level", "share"))
    return _by_level(table, "share", "bad-share", "Give 0.12, or 12%.", {})


def read_at_risk(path: str | Path) -> dict[str, dict[str, float]]:
    """Read groups at higher risk from a CSV file with the columns characteristic, level and factor."""
    table = _table(path, _AT_RISK, ("characteristic", "level", "factor"))
    table = table.assign(level=table["level"].where(table["level"] != "", "yes"))
    return _by_level(table, "factor", "bad-factor", "Give 1.5, or 2.", {"": AT_RISK_TIMES})


def _table(path: str | Path, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        table = read_list(path)
    except (OSError, ValueError):
        advice = f"Check its name and place; it is a CSV file with the columns {', '.join(columns)}."
        raise DesignError.of(
            "unreadable-options", f"the file with {name} cannot be read.", advice=advice
        ) from None
    table.columns = pd.Index([str(column).lower() for column in table.columns])
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DesignError.of(
            "missing-column",
            f"the file with {name} has no column {' and no column '.join(missing)}.",
            advice=f"Its columns are {', '.join(columns)}.",
        )
    return table.loc[:, ~table.columns.duplicated()][list(columns)]


def _by_level(
    table: pd.DataFrame, column: str, code: str, advice: str, known: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    problems = []
    rows = zip(table.index, table["characteristic"], table["level"], table[column], strict=True)
    for number, name, level, text in rows:
        share = known.get(text, _read_number(text))
        if share is None:
            problems.append(Problem(code, f"a {column} is not a number.", f"row {number}", advice))
        elif level in found.get(name, {}):
            problems.append(
                Problem("level-twice", "a level has two rows.", f"row {number}", "Keep one of them.")
            )
        else:
            found.setdefault(name, {})[level] = share
    if problems:
        raise DesignError(problems)
    return found


def _read_number(text: str) -> float | None:
    percent = text.endswith("%")
    try:
        number = float(text.removesuffix("%").strip())
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return round(number / 100, 12) if percent else number
