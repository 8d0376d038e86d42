"""A second look at what was written: read it back with other code, and search it for everyone in the extract."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from casetrack.cases.case_list import CaseList
from casetrack.cases.history import releases
from casetrack.disclosure.defaults import RELEASE_COLUMNS, council_hierarchies
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.publishable import publishable
from casetrack.disclosure.values import WITHHELD
from casetrack.errors import ReleaseError
from casetrack.headings import heading
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.pool.cohorts import CodedPool
from casetrack.release.release import Release
from casetrack.stages import checked
from casetrack.threads import one_thread
from casetrack.verify.readers import KNOWS_THE_RULE, facts_from_versions, held_by_lists, readers_of
from casetrack.verify.reading import Written, read_csv, read_workbook, shown, unguarded
from casetrack.verify.search import Known, Piece, plain, search, words

_IN_TEMPLATE = "-in-template.xlsx"
_SHEETS = ("Cover", "Case list", "Coverage", "Notes")
#: On the cover, beside these, the council says who it is.
_TYPED = ("Council", "Who to ask")
_COUNT = re.compile(r"[\d,]+(\.\d)?|fewer than 50|yes")
_LONGEST_LEVEL = 120
_FILE = re.compile(r"case-list(-v\d+)?(-in-template\.xlsx|\.xlsx|\.csv)")


@dataclass(frozen=True)
class Verification:
    """What a second look found."""

    files: tuple[str, ...]
    problems: tuple[str, ...]  # what ought not to be there, in words that repeat nothing of it
    #: What readers of the newest list can expect, for the council's own eyes: reader, expects, above, beyond, most.
    readers: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def to_frame(self) -> pd.DataFrame:
        """One row per problem."""
        return pd.DataFrame({"problem": list(self.problems)}, dtype=object)

    def __str__(self) -> str:
        if self.passed:
            return f"{len(self.files)} files looked at; nothing in them that ought not to be there."
        return "\n".join([f"{len(self.problems)} problems in {len(self.files)} files:", *self.problems])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(problem)}</li>" for problem in self.problems)
        return f"<p>{escape(str(self).splitlines()[0])}</p><ul>{items}</ul>"


@checked
@one_thread
def verify_release(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    cases: CaseList,
    release: Release | None = None,
) -> Verification:
    """Read a written return back and look for what ought not to be in it.

    Parameters
    ----------
    path
        The folder ``return/``, one file of it, or several.
    cases
        The list, with its people: the whole extract behind it is searched for.
    release
        The release that was written. With it, the newest file has to say what it says, and the people who look like
        each case, counted from the file alone, have to be as many as it says.

    Returns
    -------
    Verification

    Raises
    ------
    HistoryError
        ``people-not-known`` for a list without its people.

    Notes
    -----
    What counts as an identifier: :mod:`casetrack.verify.search`.

    Examples
    --------
    >>> import tempfile
    >>> import casetrack as ct
    >>> from casetrack.synthetic import make_council
    >>> pool = ct.find_eligible(ct.read_extract(make_council(people=600, seed=3).extract), "2026-03-31")
    >>> coded = ct.code_cohorts(pool)
    >>> cases = ct.draw(coded, ct.Design.suggest(coded), seed="Northshire, 2 April 2026", on="2026-04-02")
    >>> release = ct.pseudonymise(cases)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = release.to_excel(f"{folder}/case-list.xlsx")
    ...     verify_release(folder, cases, release).passed
    True
    """
    looker = _Looker.of(cases, release)
    found, problems = _files(path)
    files, templates = _taken_apart(found)
    looker = looker.told(files)
    pieces: list[Piece] = []
    tables: dict[int, tuple[Written, pd.DataFrame]] = {}
    for written in files:
        problems += written.problems
        table, wrong = looker.table(written)
        problems += wrong
        pieces += looker.pieces(written, problems)
        if table is not None:
            first = tables.setdefault(_version(written.name), (written, table))[1]
            if not first.equals(table):
                problems.append(f"{written.name} does not hold the same list as the workbook beside it.")
    for one in templates:
        problems += template_problems(one, tables.get(_version(one.name), (one, None))[0])
        pieces += template_pieces(one, looker.references)
    problems += looker.versions([tables[version] for version in sorted(tables)])
    readers = pd.DataFrame()
    if tables:
        written, table = tables[max(tables)]
        if release is not None and not _same(table, release.table):
            problems.append(f"{written.name} does not say what the release says.")
        else:
            wrong, readers = looker.read(written, table, cases, release)
            problems += wrong
    for place, kind, count in search(pieces, cases.identified.coded.pool.extract, looker.known):
        problems.append(f"{place}: {kind} ({count} {'text' if count == 1 else 'texts'}).")
    return Verification(tuple(w.name for w in (*files, *templates)), tuple(dict.fromkeys(problems)), readers)


def _taken_apart(paths: Sequence[Path]) -> tuple[list[Written], list[Written]]:
    """Files of our own making, and filled templates."""
    files = [read_workbook(path) if path.suffix == ".xlsx" else read_csv(path) for path in paths]
    ours = [one for one in files if not one.name.endswith(_IN_TEMPLATE)]
    return ours, [one for one in files if one not in ours]


def require_clean(files: Sequence[Path], cases: CaseList, release: Release) -> None:
    """Refuse files that do not pass."""
    found = verify_release(files, cases, release)
    if not found.passed:
        more = len(found.problems) - 5
        raise ReleaseError.of(
            "release-not-clean",
            "a second look at the return found what ought not to leave the council: "
            + " ".join(found.problems[:5])
            + (f" And {more} more." if more > 0 else ""),
            advice="Nothing of this return was kept. Look for identifiers typed where a category belongs, map them "
            "in a mapping file or leave the column out, and run again.",
        )


def _files(path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> tuple[list[Path], list[str]]:
    if not isinstance(path, str | os.PathLike):
        files = [Path(one) for one in path]
        there = [file for file in files if file.exists()]
        return there, ["There is no such file."] * (len(there) < len(files))
    place = Path(path)
    if not place.is_dir():
        return ([place], []) if place.exists() else ([], ["There is no such file."])
    aside = place / "superseded"
    inside = [file for part in (place, aside) if part.is_dir() for file in part.iterdir() if file != aside]
    files = [file for file in inside if _FILE.fullmatch(file.name)]
    others = len(inside) - len(files)
    problems = [f"{others} of the files in the folder are not part of a return."] if others else []
    if not files:
        problems.append("There is no return in the folder.")
    return sorted(files, key=lambda file: (_version(file.name), file.suffix != ".xlsx")), problems


def _version(name: str) -> int:
    found = re.search(r"-v(\d+)[-.]", name)
    return int(found[1]) if found else 1


@dataclass(frozen=True)
class _Looker:
    """What the pool says may stand in a return."""

    coded: CodedPool
    references: frozenset[str]
    columns: Mapping[str, str]
    characteristics: frozenset[str]
    coverage_levels: frozenset[str]
    known: Known
    joined: Mapping[str, str]
    cached: dict[tuple[str, ...], dict[str, frozenset[str]] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, cases: CaseList, release: Release | None) -> _Looker:
        coded = cases.identified.coded
        coded = dataclasses.replace(coded, people=publishable(coded.people))
        levels = {plain(v) for name in coded.stated_names for v in coded.people[name].unique()}
        levels |= {
            plain(t) for code in coded.code_names for t in (code, f"{code}: {CODE_NAMES.get(code, '')}")
        }
        # The days that covers state.
        stated = {line.on for line in releases(cases.history)}
        columns = {text: name for name in RELEASE_COLUMNS for text in (name, heading(name))}
        return cls(
            coded=coded,
            references=frozenset(cases.identified.people),
            columns=columns,
            characteristics=frozenset(heading(n) for n in ("cohort_code", *coded.stated_names)),
            coverage_levels=frozenset(levels),
            known=Known(
                levels=frozenset(levels),
                dates=frozenset({coded.as_at, coded.pool.window_starts, *stated}),
                people=len(coded.pool.extract.people),
            ),
            joined={} if release is None else release.rule.frame.shown_as,
        )

    def told(self, files: Sequence[Written]) -> _Looker:
        """With what the council typed on the covers: its name, and who to ask."""
        cells = [row[1] for w in files for row in w.sheets.get("Cover", []) if row and row[0] in _TYPED]
        typed = frozenset(word for cell in cells for word in words(plain(cell)))
        return dataclasses.replace(self, known=dataclasses.replace(self.known, typed=typed))

    @property
    def listed(self) -> list[str]:
        """What a case can be listed as: a code, or codes that are shown as one."""
        return sorted({*self.coded.code_names, *self.joined.values()})

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Everyone whom a case can be."""
        return self.coded.drawable

    def labels(self, names: Sequence[str]) -> dict[str, frozenset[str]] | None:
        """Every label that each column can be written with; None where the extract does not have one of them."""
        key = tuple(names)
        if key not in self.cached:
            try:
                hierarchies = council_hierarchies(self.frame, names)
            except ReleaseError:
                self.cached[key] = None
            else:
                self.cached[key] = {name: self._labels_of(name, hierarchies) for name in names}
        return self.cached[key]

    def _labels_of(self, column: str, hierarchies: Mapping[str, Hierarchy]) -> frozenset[str]:
        if column == "listed_as":
            return frozenset(map(plain, self.listed))
        labels = {str(label) for label in hierarchies[column].labels.to_numpy(dtype=object).ravel()}
        if column == "codes":
            labels |= {f"{c} and {more} more" for c in self.listed for more in range(1, len(CODE_NAMES))}
            labels |= {*self.listed}
        return frozenset(map(plain, labels))

    def table(self, written: Written) -> tuple[pd.DataFrame | None, list[str]]:
        """The case list of a file under the names of its columns; None, and why, when it cannot be one."""
        rows, name = written.case_list(), written.name
        if not rows:
            return None, [f"{name} has no case list."]
        names = [self.columns.get(text, "") for text in rows[0][1:]]
        if "" in names or "listed_as" not in names or len(set(names)) < len(names):
            return None, [f"{name} has columns that a case list does not have."]
        labels = self.labels(names)
        if labels is None:
            return None, [f"{name} has columns that the extract does not have."]
        table = pd.DataFrame([row[1:] for row in rows[1:]], columns=names, dtype=object)
        table.index = pd.Index([row[0] for row in rows[1:]], name="case_reference")
        problems = []
        strange = int((~table.index.isin(self.references)).sum())
        if strange or table.index.has_duplicates:
            problems.append(f"{name} has case references that the list does not have, or one twice.")
        for column in names:
            unknown = int((~table[column].map(plain).isin(labels[column])).sum())
            if unknown:
                problems.append(f'{name}: {unknown} cells of "{heading(column)}" are no known level of it.')
            if (table[column].str.len() > _LONGEST_LEVEL).any():
                problems.append(f'{name}: a text in "{heading(column)}" is longer than any category.')
        return table, problems

    def pieces(self, written: Written, problems: list[str]) -> list[Piece]:
        """Every text of a file and what it is; texts that are only known references or counts are left out."""
        name = written.name
        pieces = [Piece(f"{name}, {place}", text) for place, text in written.others]
        if name.endswith(".xlsx") and tuple(written.sheets) != _SHEETS:
            problems.append(f"{name} has other sheets than a return has.")
        rows = written.case_list()
        names = [self.columns.get(text, "") for text in rows[0]] if rows else []
        levels = (self.labels(names[1:]) if rows and "" not in names[1:] else None) or {}
        for sheet, cells in written.sheets.items():
            where = f"{name}, sheet {sheet}" if sheet in _SHEETS else f"{name}, a sheet of its own"
            for row in cells:
                for place, cell in enumerate(row):
                    known = levels.get(names[place], frozenset()) if place < len(names) else frozenset()
                    pieces += self._cell(where, sheet, place, cell, known)
        return pieces

    def _cell(self, where: str, sheet: str, place: int, cell: object, levels: frozenset[str]) -> list[Piece]:
        text = shown(cell)
        if sheet == "Coverage":
            return self._coverage_cell(where, place, text)
        if sheet != "Case list":
            return [Piece(where, text, "prose" if isinstance(cell, str) else "value")]
        if (place == 0 and text in self.references) or text in self.columns:
            return []
        if plain(text) in levels:
            return [Piece(where, text, "level")]
        return [Piece(where, text, "value" if len(text) <= _LONGEST_LEVEL else "prose")]

    def _coverage_cell(self, where: str, place: int, text: str) -> list[Piece]:
        largest = max(int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", text) or ["0"])
        if place > 1 and _COUNT.fullmatch(text) and largest <= self.known.people:
            return []
        joined = all(plain(part) in self.coverage_levels for part in text.split("; "))
        return [Piece(where, text, "level" if joined else "prose")]

    def versions(self, tables: Sequence[tuple[Written, pd.DataFrame]]) -> list[str]:
        """What versions of one return tell beside each other that they should not."""
        problems = facts_from_versions([table for _, table in tables])
        coverages = [w.sheets["Coverage"] for w, _ in tables if "Coverage" in w.sheets]
        if any(coverage != coverages[0] for coverage in coverages[1:]):
            problems.append("The coverage is not the same in every version.")
        return problems

    def read(
        self, written: Written, table: pd.DataFrame, cases: CaseList, release: Release | None
    ) -> tuple[list[str], pd.DataFrame]:
        """Whether each row fits its own person and the promise holds, and what readers can expect."""
        if table.empty:
            return [], pd.DataFrame()
        readers, problems = readers_of(cases, self.frame, list(table.columns), release), []
        people, states = cases.identified.people, cases.states
        at = {person: row for row, person in enumerate(self.frame.index)}
        lost = 0
        for (reference, row), units in zip(table.iterrows(), readers.fit(table), strict=True):
            own = at.get(people.get(str(reference), ""), -1)
            listed = states[str(reference)].listed_as if str(reference) in states else ""
            told = row.drop("listed_as")
            lost += not (
                own in readers.person[units]
                or ((told == WITHHELD).all() and readers.joined.get(listed, listed) == row["listed_as"])
            )
        if lost:
            problems.append(f"{written.name}: {lost} rows do not fit the person that they are about.")
        outside = np.zeros(len(table), dtype=bool)
        if release is not None:
            outside = (release.weighed["exception"].reindex(table.index) != "").to_numpy()
        found = readers.look(table, outside, held_by_lists(cases, self.frame, readers.person))
        beyond = int(found.loc[found["reader"] == KNOWS_THE_RULE, "beyond"].sum())
        if beyond:
            problems.append(f"{written.name}: in {beyond} rows somebody is likelier than is promised.")
        return problems, found


def _same(table: pd.DataFrame, released: pd.DataFrame) -> bool:
    if list(table.columns) != list(released.columns) or list(table.index) != [str(r) for r in released.index]:
        return False
    return bool((table.map(plain).to_numpy() == released.map(plain).to_numpy()).all())


def template_problems(filled: Written, beside: Written) -> list[str]:
    """What is wrong with a filled template, held against the workbook of its version.

    A row with a case reference may hold nothing but what the workbook shows of that case, and the numbers of rows.
    """
    told = {row[0]: set(row) for row in beside.whole_list()[1:]}
    seen = [(next((cell for cell in row if cell in told), ""), row) for _, row in _rows(filled)]
    strange = sum(
        bool(ref) and any(c not in told[ref] and not (c.isdigit() and int(c) <= len(told)) for c in row)
        for ref, row in seen
    )
    problems = []
    if not told or sorted(ref for ref, _ in seen if ref) != sorted(told):
        problems.append(f"{filled.name} does not hold the same cases as the workbook beside it.")
    if strange:
        problems.append(f"{filled.name}: {strange} rows say something else than the workbook beside it.")
    return problems


def template_pieces(filled: Written, references: Collection[str]) -> list[Piece]:
    """Every text of a filled template but the case references."""
    cells = [(f"sheet {sheet}", cell) for sheet, row in _rows(filled) for cell in row]
    return [
        Piece(f"{filled.name}, {p}", t, "theirs") for p, t in (*cells, *filled.others) if t not in references
    ]


def _rows(written: Written) -> Iterator[tuple[str, list[str]]]:
    """The cells of each row that are not empty, as text."""
    for sheet, rows in written.sheets.items():
        for row in rows:
            yield sheet, [unguarded(shown(cell)) for cell in row if cell != ""]
