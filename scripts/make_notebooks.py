"""Write the notebooks from their cells, without outputs, so that they can be reviewed as text."""

from __future__ import annotations

from pathlib import Path

import nbformat

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"

FIRST = [
    ("md", "# From an extract to the return\n\nThe sample council, the whole way. Nobody in it is real."),
    (
        "py",
        "import tempfile\nfrom pathlib import Path\n\nimport casetrack as ct\nfrom casetrack.samples import sample_folder\n\nsamples = sample_folder()",
    ),
    (
        "md",
        "## Read\n\nRows read are rows used, duplicates and rows set aside. Findings name fields and rows, never a value.",
    ),
    (
        "py",
        'extract = ct.read_extract(samples / "cld_extract.csv", people=samples / "person_details.csv")\nextract',
    ),
    ("md", "## The 12-month rule"),
    ("py", 'pool = ct.find_eligible(extract, as_at="2026-03-31")\npool'),
    ("md", "## Cohort codes and characteristics"),
    ("py", "coded = ct.code_cohorts(pool)\ncoded"),
    ("py", "coded.characteristics()"),
    ("md", "## A design\n\nThe suggestion follows the pool. Look for clashes before any draw."),
    ("py", "design = ct.Design.suggest(coded, size=50)\ndesign"),
    ("py", "design.check(coded)"),
    ("md", "## The draw\n\nThe seed was minuted before. Everyone's chance is known."),
    (
        "py",
        'cases = ct.draw(coded, design, seed="Northshire, 2 April 2026", on="2026-04-02")\nprint(cases.chance_summary())\ncases',
    ),
    ("py", "cases.coverage()"),
    (
        "md",
        "## The release\n\nBy everyone's chance, nobody is likelier than 1 in 10 to be a given case, exceptions named.",
    ),
    ("py", "release = ct.pseudonymise(cases, k=10)\nrelease"),
    ("py", "print(release.risk.statement())\nrelease.coverage"),
    ("md", "## What leaves the council, and what does not"),
    (
        "py",
        'folder = Path(tempfile.mkdtemp())\ndone = ct.run(\n    samples / "cld_extract.csv",\n    people=samples / "person_details.csv",\n'
        '    as_at="2026-03-31",\n    seed="Northshire, 2 April 2026",\n    out=folder,\n    passphrase="four words that fit together",\n)\ndone.to_frame()',
    ),
]
SECOND = [
    ("md", "# The life of a list\n\nPeople decline, CQC picks ten, and everything stays on record."),
    (
        "py",
        "import casetrack as ct\nfrom casetrack.samples import sample_folder\n\nsamples = sample_folder()\n"
        'extract = ct.read_extract(samples / "cld_extract.csv", people=samples / "person_details.csv")\n'
        'coded = ct.code_cohorts(ct.find_eligible(extract, as_at="2026-03-31"))\n'
        'cases = ct.draw(coded, ct.Design.suggest(coded), seed="Northshire, 2 April 2026", on="2026-04-02")\ncases',
    ),
    ("md", "## Reserves, before anyone declines"),
    ("py", 'cases.reserves(per_case=2).drop(columns="person_id")'),
    ("md", "## Permission and replacement"),
    (
        "py",
        'cases = cases.permission(cases.references[0], "asked", on="2026-04-07")\n'
        'cases = cases.permission(cases.references[0], "refused", on="2026-04-08")\n'
        "from casetrack.errors import InfeasibleDesignError\n\nleaving = cases.references[0]\ntry:\n"
        '    cases = cases.replace(leaving, reason="declined", on="2026-04-08")\n'
        "except InfeasibleDesignError as refused:  # nobody left keeps every quota: see what gives way, and decide\n"
        "    print(refused)\n    nearest = refused.shortfall.nearest_design\n"
        '    cases = cases.replace(leaving, reason="declined", on="2026-04-08", design=nearest)\n'
        "cases.explain(leaving)",
    ),
    ("md", "## CQC's ten"),
    ("py", 'cases = cases.select(cases.references[:10], on="2026-04-20")\ncases.selected'),
    ("md", "## Any earlier state, and the log"),
    ("py", 'cases.verify()\nprint(cases.as_of("2026-04-02"))\ncases.log()'),
    ("md", "## The dates"),
    (
        "py",
        "import datetime as dt\n\nct.Timetable(notified=dt.date(2026, 3, 24), selected=dt.date(2026, 4, 20))",
    ),
]


def write(name: str, cells: list[tuple[str, str]]) -> None:
    make = {"md": nbformat.v4.new_markdown_cell, "py": nbformat.v4.new_code_cell}
    made = [make[kind](text) for kind, text in cells]
    for number, cell in enumerate(made):
        cell["id"] = f"cell-{number:02d}"
    book = nbformat.v4.new_notebook(cells=made)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / name).write_text(nbformat.writes(book) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write("01_from_extract_to_return.ipynb", FIRST)
    write("02_the_life_of_a_list.ipynb", SECOND)
