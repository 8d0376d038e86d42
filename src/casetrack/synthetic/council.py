"""An invented council: its Client Level Data and the person-level extras beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import pandas as pd

from casetrack.dates import read_date
from casetrack.errors import UsageError
from casetrack.synthetic.chance import Chance
from casetrack.synthetic.extras import make_extras
from casetrack.synthetic.flaws import FLAWS, add_flaws
from casetrack.synthetic.journeys import make_journeys
from casetrack.synthetic.names import make_names
from casetrack.synthetic.people import MOST_PEOPLE, make_people
from casetrack.synthetic.rows import make_rows
from casetrack.synthetic.writing import as_written, write_csv, write_excel, write_parquet
from casetrack.tables import html_table

_RELEASES = ("R1", "R2", "mixed")


@dataclass(frozen=True)
class Council:
    """An invented council, made by :func:`make_council`.

    Attributes
    ----------
    extract : pandas.DataFrame
        Client Level Data, one row per event, all text, council headings, dates as DD/MM/YYYY, blanks empty.
    extras : pandas.DataFrame
        One row per person, all text: the optional characteristics; no rows when made without extras.
    release : str
        ``R1``, ``R2`` or ``mixed``.
    as_at : datetime.date
        The day on which the council is looked at; the extract reaches some weeks further.
    people : int
        How many people were invented.
    seed : str
    flaws : tuple of str
        The kinds of trouble put in, in the order of ``FLAWS``.
    """

    extract: pd.DataFrame = field(repr=False)
    extras: pd.DataFrame = field(repr=False)
    release: str
    as_at: dt.date
    people: int
    seed: str
    flaws: tuple[str, ...]

    def to_csv(self, folder: str | Path) -> None:
        """Write ``cld_extract.csv`` and, when there are extras, ``person_details.csv`` into a folder.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     make_council(people=20).to_csv(folder)
        ...     sorted(path.name for path in pathlib.Path(folder).iterdir())
        ['cld_extract.csv', 'person_details.csv']
        """
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        self.write_csv(place / "cld_extract.csv")
        if len(self.extras):
            write_csv(self.extras, place / "person_details.csv", "utf-8", ",")

    def write_csv(
        self,
        path: str | Path,
        *,
        encoding: str = "utf-8",
        separator: str = ",",
        date_format: str = "DD/MM/YYYY",
        headings: str = "council",
    ) -> None:
        """Write the extract as CSV.

        `encoding`: ``utf-8``, ``utf-8-sig`` (with BOM), ``cp1252`` or ``utf-16``. `separator`: ``,`` or ``;``.
        `date_format`: ``DD/MM/YYYY``, ``YYYY-MM-DD``, ``YYYY-MM-DD hh:mm:ss``, ``DD-MMM-YYYY`` or ``serial``. `headings`:
        ``council`` as councils write them, ``database`` as the national database does.
        """
        write_csv(as_written(self.extract, date_format, headings), Path(path), encoding, separator)

    def write_excel(
        self,
        path: str | Path,
        *,
        sheet: str = "CLD",
        date_format: str = "DD/MM/YYYY",
        headings: str = "council",
        date_cells: bool = True,
    ) -> None:
        """Write the extract as an Excel workbook; dates as date cells, or as text in ``date_format``."""
        form = "DD/MM/YYYY" if date_cells else date_format
        write_excel(as_written(self.extract, form, headings), Path(path), sheet, date_cells)

    def write_parquet(
        self, path: str | Path, *, date_format: str = "DD/MM/YYYY", headings: str = "council"
    ) -> None:
        """Write the extract as Parquet, all columns text."""
        write_parquet(as_written(self.extract, date_format, headings), Path(path))

    def summary(self) -> pd.DataFrame:
        """Count events by type, those of no plain type as Other."""
        kinds = self.extract["Event Type"].str.strip().str.capitalize()
        order = pd.Index(["Request", "Assessment", "Service", "Review", "Other"])
        counts = kinds.where(kinds.isin(order[:4]), "Other").value_counts()
        rows = counts.reindex(order[order.isin(counts.index)])
        return pd.DataFrame({"event type": rows.index, "rows": rows.to_numpy()})

    def _repr_html_(self) -> str:
        counts = f"{self.people:,} people, {len(self.extract):,} events"
        title = f"Invented council: {counts}, as at {self.as_at:%d/%m/%Y}"
        flaws = escape(", ".join(self.flaws)) or "none"
        table = html_table(self.summary())
        return f"<p><strong>{escape(title)}</strong></p>{table}<p>Release {self.release}; flaws: {flaws}.</p>"


def make_council(
    people: int = 2000,
    seed: int | str = 1,
    release: str = "R2",
    flaws: Iterable[str] | str = (),
    as_at: dt.date | str = "2026-03-31",
    extras: bool = True,
    two_years: bool = False,
) -> Council:
    """Invent a council: people, what happened to them, and the extract that its system would give.

    Nobody in it exists. NHS numbers come from the test range that starts 999, postcodes from the area ZZ,
    which is not a place; names and places are Faker's. The same arguments always give the same council,
    except that names can differ between versions of Faker.

    `people`: how many people, 1 to 850,000; about 2.9 events each. `seed`: any number or text. `release`: values as in
    Release ``R1`` or ``R2`` of Client Level Data, or ``mixed``: older events in Release 1. `flaws`: kinds of trouble to
    put in: names from ``FLAWS``, or ``"all"``. `as_at`: the day on which the council is looked at, a date or its
    text. `extras`: whether to invent the person-level characteristics too. `two_years`: whether the extract goes back 24
    months instead of 12: with earlier journeys, long waits, more contacts, people who still wait, and support from before
    a stay in hospital.

    Examples
    --------
    >>> council = make_council(people=200, seed=1)
    >>> council.extract["LA Person Unique Identifier"].nunique(), len(council.extract) > 400
    (200, True)
    >>> council.extract.equals(make_council(people=200, seed=1).extract)
    True
    """
    chosen = _checked(people, release, flaws)
    day = read_date(as_at)
    day_number = (day - dt.date(1970, 1, 1)).days
    chance = Chance(str(seed))
    names = make_names(chance)
    crowd = make_people(chance, names, people, day_number)
    events, death = make_journeys(chance, crowd, day_number, two_years)
    details = make_extras(chance, names, crowd, events)
    rows = make_rows(chance, names, crowd, events, death, release, day, 24 if two_years else 12)
    rows, details = add_flaws(chance, rows, details if extras else details.iloc[:0], crowd, day, chosen)
    columns = dict(rows.columns)
    # One column at a time, and nothing else holds it: a whole table never stands in memory in both forms.
    del rows
    extract = pd.DataFrame({name: pd.Series(columns.pop(name)) for name in list(columns)})
    return Council(extract, details, release, day, people, str(seed), chosen)


def _checked(people: int, release: str, flaws: Iterable[str] | str) -> tuple[str, ...]:
    asked = list(FLAWS) if flaws == "all" else [flaws] if isinstance(flaws, str) else list(flaws)
    if any(name not in FLAWS for name in asked):
        raise UsageError.of(
            "unknown-flaw", "flaws holds a name that is not known.", advice="Known: " + ", ".join(FLAWS) + "."
        )
    if release not in _RELEASES:
        raise UsageError.of(
            "unknown-release", "release is not known.", advice="One of: " + ", ".join(_RELEASES) + "."
        )
    if not 1 <= people <= MOST_PEOPLE:
        raise UsageError.of(
            "people-out-of-range",
            f"people must be from 1 to {MOST_PEOPLE:,}.",
            advice="The test range of NHS numbers has no more numbers than that.",
        )
    return tuple(name for name in FLAWS if name in asked)
