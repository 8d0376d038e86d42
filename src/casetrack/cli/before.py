"""Commands for what comes before a draw: whether the council is ready, what an extract gives, and the design."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any

import typer

from casetrack.cli.answers import Checked, Drafted, Readied, Suggested
from casetrack.cli.options import (
    AsAt,
    Beside,
    Files,
    Force,
    Nearest,
    Rule,
    Told,
    read_design,
    where_the_nearest_is,
)
from casetrack.cli.words import table_text
from casetrack.errors import EligibilityError, InfeasibleDesignError, UsageError
from casetrack.headings import in_a_sentence
from casetrack.progress import work
from casetrack.version import __version__


def check(
    files: Files,
    rule: Rule,
    beside: Beside,
    people_out: Annotated[
        Path | None, typer.Option(help="CSV with one row per person, for the council only.")
    ] = None,
    design: Annotated[
        Path | None,
        typer.Option(help="A design (TOML or JSON): say whether it can be met, and whom it leaves out."),
    ] = None,
    nearest: Nearest = None,
    force: Force = False,
) -> Told:
    """Read an extract, apply the 12-month rule and code the cohorts; say what was found. Nothing is drawn."""
    from casetrack.pool.people_csv import write_people
    from casetrack.pool.preparing import prepare
    from casetrack.runs.places import check_stays

    if nearest is not None and design is None:
        raise UsageError.of(
            "nearest-without-design",
            "--nearest is about a design, and none is given.",
            advice="Add --design FILE.toml.",
        )
    plan = None if design is None else read_design(design)
    check_stays(people_out)
    with work("Reading the extract"):
        with work("Reading the extract", 0.5 if plan else 0.9):
            coded = prepare(files, **vars(rule), **vars(beside))
        if people_out is not None:
            with work("Writing one row per person", 0.1):
                write_people(coded, people_out, force=force)
        found = None
        if plan is not None:
            with work("Checking the design"):
                found = plan.check(coded)
    yield _report(coded, None if found is None else _design_report(plan, coded, found))
    yield from _what_was_found(coded, people_out)
    if found is not None:
        yield from _what_the_design_does(plan, coded, found, design)
    elif len(coded.drawable):
        yield "\nNext: casetrack suggest writes quotas to read and edit; casetrack draw draws the list."
    if not len(coded.people):
        raise typer.Exit(EligibilityError.exit_code)
    if found is not None and not found.works:
        if nearest is not None:
            found.shortfall.nearest_design.to_toml(nearest, force=force)
        yield where_the_nearest_is(nearest)
        raise typer.Exit(InfeasibleDesignError.exit_code)


def mapping(
    files: Files,
    out_file: Annotated[Path, typer.Option("--out", help="Where to write the draft (TOML).")],
    half: Annotated[
        Path | None, typer.Option("--mapping", help="A mapping to go on from, half filled in (TOML).")
    ] = None,
    force: Force = False,
) -> Told:
    """Draft a mapping for a council's own headings and values, to go through by hand."""
    from casetrack.extract.draft import draft_mapping
    from casetrack.files import write_file

    write_file(out_file, draft_mapping(files, half), force=force)
    yield Drafted(file=str(out_file))
    yield (
        f"The draft is in {out_file}. It holds values of the files, for the council's own eyes. Next: go through every "
        f"line, then casetrack check with --mapping {out_file} shows what is still not read."
    )


def template(
    file: Annotated[Path, typer.Argument(help="The template that CQC sent (.xlsx).", show_default=False)],
    out_file: Annotated[Path, typer.Option("--out", help="Where to write the draft (TOML).")],
    force: Force = False,
) -> Told:
    """Draft what stands under each heading of a template of CQC's, to go through by hand."""
    from casetrack.files import write_file
    from casetrack.release.template import draft_template

    write_file(out_file, draft_template(file), force=force)
    yield Drafted(file=str(out_file))
    yield (
        f"The draft is in {out_file}. Next: write a column of the return beside each heading, or leave it empty, then "
        f"casetrack draw or casetrack export with --template {file} --template-mapping {out_file}."
    )


def _report(coded: Any, design: dict[str, Any] | None) -> Checked:
    from casetrack.pool.preparing import counts_of

    account = coded.pool.extract.account
    told = ("code", "field", "what", "count", "unit", "severity", "loses")
    findings = [{name: getattr(finding, name) for name in told} for finding in coded.findings]
    return Checked(
        rows=account.read,
        duplicates=account.duplicates,
        set_aside=sum(account.set_aside.values()),
        **counts_of(coded),
        as_at=coded.as_at,
        not_available=list(coded.not_available),
        findings=findings,
        design=design,
    )


def _design_report(plan: Any, coded: Any, found: Any) -> dict[str, Any]:
    shortfall = found.shortfall
    return {
        "works": found.works,
        "clash": [] if shortfall is None else shortfall.clash.to_dict("records"),
        "nearest": [] if shortfall is None else shortfall.nearest.to_dict("records"),
        "without_chance": found.without_chance.to_dict("records"),
        "rare": found.rare.to_dict("records"),
        "likely": found.likely.to_dict("records"),
        "minutes": _for_the_minutes(plan, coded),
    }


def _for_the_minutes(plan: Any, coded: Any) -> dict[str, str]:
    return {"design": plan.digest(), "pool": coded.digest, "edition": coded.edition, "casetrack": __version__}


def _what_was_found(coded: Any, people_out: Path | None) -> Told:
    account = coded.pool.extract.account
    yield (
        f"{account.read:,} rows read: {account.used:,} used, {account.duplicates:,} duplicates, "
        f"{sum(account.set_aside.values()):,} set aside. {len(coded.pool.extract.people):,} people.\n"
    )
    if not len(coded.findings):
        yield "Findings: none"
    # They are sorted by what they cost.
    for heading, found in groupby(coded.findings, attrgetter("heading")):
        yield heading
        for finding in found:
            yield str(finding), finding.severity
    yield (
        f"\nThe 12-month rule on {coded.as_at:%d/%m/%Y}, assessments from {coded.pool.window_starts:%d/%m/%Y}"
    )
    yield table_text(coded.pool.flow)
    yield "\nCohort codes among the eligible (a person can meet several)"
    yield table_text(coded.counts())
    if coded.not_available:
        yield f"\nNot available in this extract: {', '.join(map(in_a_sentence, coded.not_available))}."
    if people_out is not None:
        yield f"\nOne row per person, not to leave the council: {people_out}"


def _what_the_design_does(plan: Any, coded: Any, found: Any, path: Path | None) -> Told:
    yield f"\nThe design in {path}"
    yield found.in_words()
    if not found.works:
        return
    yield "\nTo minute before the draw, together with the seed:"
    names = {"design": "the design", "pool": "the pool", "edition": "edition", "casetrack": "casetrack"}
    for name, text in _for_the_minutes(plan, coded).items():
        yield f"  {names[name]:<10}  {text}"
    yield (
        "The long numbers are fingerprints (SHA-256). A draw in which all of this, the seed and the secret key are the "
        "same gives the same list;\nwith another design, another pool or another edition it is another lottery, and the "
        "fingerprints show that."
    )
    if plan.must_include or plan.exclude:
        yield "The design names people: keep its fingerprint in minutes that stay inside the council."
    first = "" if found.without_chance.empty else "change the design, or, if the council wants it as it is, "
    yield f"\nNext: {first}casetrack draw with --design {path}."


def suggest(
    files: Files,
    design_out: Annotated[
        Path, typer.Option("--out", help="Where to write the design: TOML, or .xlsx for a sheet.")
    ],
    rule: Rule,
    beside: Beside,
    size: Annotated[int, typer.Option(help="Number of cases.")] = 50,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="CSV with the columns characteristic, level, share: a population to follow instead of the pool."
        ),
    ] = None,
    at_risk: Annotated[
        Path | None,
        typer.Option(
            help="CSV with the columns characteristic, level, factor: groups that get more than their share "
            "(1.5 times where the factor is empty; a cohort code has no level)."
        ),
    ] = None,
    force: Force = False,
) -> Told:
    """Write the suggested design (the quotas), to read and edit before the draw."""
    from casetrack.designs.design import Design
    from casetrack.designs.suggest_options import read_at_risk, read_reference
    from casetrack.pool.preparing import check_drawable, prepare

    follows = None if reference is None else read_reference(reference)
    more_for = None if at_risk is None else read_at_risk(at_risk)
    with work("Reading the extract"):
        with work("Reading the extract", 0.2):
            coded = prepare(files, **vars(rule), **vars(beside))
        check_drawable(coded)
        as_sheet = design_out.suffix.lower() == ".xlsx"
        with work("Suggesting quotas", 0.3 if as_sheet else 0.8):
            design = Design.suggest(coded, size=size, reference=follows, at_risk=more_for)
        if as_sheet:
            with work("Working out what each wish does to the chances"):
                design.to_excel(design_out, coded, force=force)
        else:
            design.to_toml(design_out, force=force)
    yield Suggested(file=str(design_out), digest=design.digest(), design=design.to_dict())
    yield design.describe()
    yield f"\n{coded.findings.in_brief()}"
    yield (
        f"\nThe design is in {design_out}. Next: read and edit it, look for trouble with casetrack check --design "
        f"{design_out}, then casetrack draw with --design {design_out}."
    )


def readiness(
    files: Files,
    beside: Beside,
    as_at: AsAt = None,
    size: Annotated[int, typer.Option(help="Number of cases.")] = 50,
    before: Annotated[
        Path | None,
        typer.Option(help="Last month's extract, for the trend; read without hold-back list and overrides."),
    ] = None,
    written: Annotated[
        Path | None, typer.Option("--out", help="A workbook (.xlsx) or a page (.html); it names nobody.")
    ] = None,
    people_out: Annotated[
        Path | None,
        typer.Option(help="CSV of local id, team and check, for those who mend the records; council only."),
    ] = None,
    force: Force = False,
) -> Told:
    """Check the records months before the letter: what would go wrong with a list, and what to do. Nothing is kept."""
    from casetrack.checks.readiness import readiness as check_readiness
    from casetrack.extract import read_extract
    from casetrack.runs.places import check_stays

    check_stays(written, people_out)
    kind = "" if written is None else written.suffix.lower()
    if kind not in ("", ".xlsx", ".html"):
        raise UsageError.of(
            "out-kind",
            "--out ends neither in .xlsx nor in .html.",
            advice="Give readiness.xlsx or readiness.html.",
        )
    with work("Checking the records"):
        extract = read_extract(files, mapping=beside.mapping, people=beside.people)
        earlier = None if before is None else read_extract(before, mapping=beside.mapping)
        found = check_readiness(
            extract, as_at, size, hold_back=beside.hold_back, overrides=beside.overrides, before=earlier
        )
        if written is not None:
            (found.to_excel if kind == ".xlsx" else found.to_html)(written, force=force)
        if people_out is not None:
            found.write_people(people_out, force=force)
    yield Readied(**found.to_dict())
    yield found.in_words() + "\n"
    for check in sorted(found.checks, key=lambda check: ("act", "look", "ready").index(check.state)):
        told = check.state != "ready" or check.threshold == "for information"
        lines = [f"{check.title}: {check.figure} ({check.threshold})", *([check.advice] if told else [])]
        yield "\n".join(lines), check.state
    if found.trend is not None:
        yield "\nLast month and now"
        yield table_text(found.trend[["check", "before", "now"]])
    if people_out is not None:
        yield f"\nWhose records to mend, not to leave the council: {people_out}"
