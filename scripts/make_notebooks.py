"""Write the notebooks from their cells, without outputs, so that they can be reviewed as text."""

from __future__ import annotations

from pathlib import Path

import nbformat

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"

START = (
    "import casetrack as ct\nfrom casetrack.samples import sample_folder\n\nsamples = sample_folder()\n"
    'extract = ct.read_extract(samples / "cld_extract.csv", people=samples / "person_details.csv")\n'
    'coded = ct.code_cohorts(ct.find_eligible(extract, as_at="2026-03-31"))'
)
DRAW = 'cases = ct.draw(coded, ct.Design.suggest(coded), seed="Northshire, 2 April 2026", on="2026-04-02")'

FIRST_RETURN = [
    ("md", "# 1. A first return in ten minutes\n\nThe sample council, the whole way. Nobody in it is real."),
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
    ("md", "## The 12-month rule\n\nEverybody is eligible, or left out for one reason."),
    ("py", 'pool = ct.find_eligible(extract, as_at="2026-03-31")\npool.plot();'),
    ("md", "## Cohort codes"),
    ("py", "coded = ct.code_cohorts(pool)\ncoded.plot();"),
    ("md", "## A design and the draw\n\nThe seed was minuted before. Everyone's chance is known."),
    ("py", "design = ct.Design.suggest(coded, size=50)\nprint(design.check(coded).in_words())"),
    (
        "py",
        'cases = ct.draw(coded, design, seed="Northshire, 2 April 2026", on="2026-04-02")\nprint(cases.chance_summary())\ncases.plot();',
    ),
    ("md", "## What leaves the council, and what does not"),
    ("py", "release = ct.pseudonymise(cases)\nrelease"),
    (
        "py",
        'folder = Path(tempfile.mkdtemp())\nrelease.to_excel(folder / "case-list.xlsx")\nct.write_report(cases, release, folder / "report.html")\n'
        'release.lookup.seal(\n    folder / "lookup.sealed",\n    "four words that fit together",\n    keep_until=None,\n'
        '    release_id=release.facts["release_id"],\n    list_digest=release.facts["list_digest"],\n)\nsorted(path.name for path in folder.iterdir())',
    ),
    (
        "md",
        "The same in one call is `ct.run(…)`, and at the command line `casetrack draw`. Next: [your own data](02_your_own_data.ipynb).",
    ),
]
OWN_DATA = [
    (
        "md",
        "# 2. Your own data\n\nAn export with a council's own headings and words, read with a mapping file.",
    ),
    (
        "py",
        'import casetrack as ct\nfrom casetrack.samples import sample_folder\n\nown = sample_folder() / "own_headings"\nprint((own / "mapping.toml").read_text(encoding="utf-8"))',
    ),
    (
        "py",
        'extract = ct.read_extract(own / "assessments_export.csv", mapping=own / "mapping.toml")\nextract.plot();',
    ),
    ("md", "## What to look at\n\nFindings marked *warning* can change who is on the list."),
    ("py", "extract.findings"),
    (
        "md",
        "## Who is eligible, and who is not\n\nA person's own reason can be looked up; counts are enough for a report.",
    ),
    ("py", 'pool = ct.find_eligible(extract, as_at="2026-03-31")\nprint(pool.summary())\npool'),
    (
        "md",
        "## Codes, and what the extract does not hold\n\nWhat is not recorded is reported, never invented.",
    ),
    ("py", "coded = ct.code_cohorts(pool)\nprint(coded.summary())\ncoded"),
    (
        "md",
        "Next: [the lottery](03_the_lottery.ipynb). More on headings: [your own headings](../docs/how-to/your-own-headings.md).",
    ),
]
LOTTERY = [
    ("md", "# 3. The lottery\n\nWhat is asked, what it does to chances, and one list drawn."),
    ("py", START),
    (
        "md",
        "## A design beside the pool\n\nCircles are everyone eligible; the bands are what the design allows of a list of 50.",
    ),
    ("py", "design = ct.Design.suggest(coded, size=50)\ndesign.plot(coded);"),
    (
        "md",
        "## A wish, and whom it shuts out\n\nA maximum for one group can leave its other members no chance. The check says so before any draw.",
    ),
    (
        "py",
        'wish = design.with_quota("CT02", min=5).with_quota("age_band", "18 to 24", min=0, max=5)\nprint(wish.check(coded).in_words())',
    ),
    ("md", "## Everyone's chance"),
    ("py", DRAW + "\nprint(cases.chance_summary())"),
    (
        "py",
        "from casetrack.cases.explain import chance_spread\nfrom casetrack.report.report import chances_picture\n\nchances_picture(cases, chance_spread(cases)).plot();",
    ),
    ("md", "## Why is somebody on the list?"),
    ("py", "cases.explain(cases.references[0])"),
    (
        "md",
        "Next: [risk and release](04_risk_and_release.ipynb). The method: [how the list is drawn](../docs/explanation/lottery.md).",
    ),
]
RELEASE = [
    (
        "md",
        "# 4. Risk and release\n\nWhat may leave the council of 50 real people, and how the rest is kept.",
    ),
    ("py", START + "\n" + DRAW),
    ("py", "release = ct.pseudonymise(cases)\nrelease"),
    (
        "md",
        "## How surely a reader names somebody\n\nFor the council's own eyes: each case weighed by everyone's chance, as drawn and as released.",
    ),
    ("py", "release.risk.plot();"),
    ("md", "## What the return says of itself"),
    ("py", 'for note in release.notes:\n    print("-", note)'),
    ("md", "## Coverage"),
    ("py", "release.coverage.head(20)"),
    (
        "md",
        "## A second look\n\nOther code reads the written files back and looks for what ought not to be there.",
    ),
    (
        "py",
        'import tempfile\nfrom pathlib import Path\n\nfolder = Path(tempfile.mkdtemp())\nrelease.to_excel(folder / "case-list.xlsx")\nrelease.to_csv(folder / "case-list.csv")\nprint(ct.verify_release(folder, cases, release))',
    ),
    (
        "md",
        "Next: [the life of a list](05_the_life_of_a_list.ipynb). Why it shows what it shows: [what a release may show](../docs/explanation/disclosure-control.md).",
    ),
]
LIFE = [
    ("md", "# 5. The life of a list\n\nPeople decline, CQC picks ten, and everything stays on record."),
    ("py", START + "\n" + DRAW + "\nprint(cases.summary())"),
    ("md", "## Reserves, before anyone declines"),
    ("py", 'cases.reserves(per_case=2).drop(columns="person_id").head(10)'),
    (
        "md",
        "## Permission and replacement\n\nWho comes is drawn among those who hold the code of the place; the ladder says what is kept.",
    ),
    (
        "py",
        "leaving = cases.references[0]\n"
        'cases = cases.permission(leaving, "asked", on="2026-04-07")\n'
        'cases = cases.permission(leaving, "refused", on="2026-04-08")\n'
        'cases = cases.replace(leaving, reason="declined", on="2026-04-08")\n'
        "cases.explain(leaving)",
    ),
    ("md", "## CQC's ten"),
    ("py", 'cases = cases.select(cases.references[:10], on="2026-04-20")\ncases.selected'),
    ("md", "## Any earlier state, and the log"),
    ("py", 'cases.verify()\nprint(cases.as_of("2026-04-02"))\ncases.log()'),
    ("md", "## The dates"),
    (
        "py",
        "import datetime as dt\n\ndates = ct.Timetable(notified=dt.date(2026, 3, 24), selected=dt.date(2026, 4, 20))\ndates.plot()\ndates",
    ),
    (
        "md",
        "More: [carry a list to the end](../docs/how-to/carry-a-list-to-the-end.md), [the ten days, day by day](../docs/ten-days.md).",
    ),
]
BOOKS = {
    "01_a_first_return.ipynb": FIRST_RETURN,
    "02_your_own_data.ipynb": OWN_DATA,
    "03_the_lottery.ipynb": LOTTERY,
    "04_risk_and_release.ipynb": RELEASE,
    "05_the_life_of_a_list.ipynb": LIFE,
}


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
    for name, cells in BOOKS.items():
        write(name, cells)
