"""Commands that draw: the council's own list, and the sample council's."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from casetrack.cli.answers import Drawn, Prepared, Version
from casetrack.cli.options import (
    Beside,
    Files,
    Force,
    Nearest,
    PassphraseFile,
    Plan,
    Rule,
    Size,
    TemplateFile,
    TemplateMapping,
    Told,
    nearest_written,
    read_council_template,
    read_design,
    read_key,
    read_passphrase,
)
from casetrack.errors import UsageError
from casetrack.lottery.chance_words import one_in
from casetrack.progress import work
from casetrack.version import __version__


def lottery(
    files: Files,
    out_file: Annotated[Path, typer.Option("--out", help="Where to keep the lottery until the draw (JSON).")],
    rule: Rule,
    beside: Beside,
    design: Plan = None,
    size: Size = 50,
    page: Annotated[
        Path | None,
        typer.Option(help="Half a side for a committee (HTML): how the dice choose, and what to minute."),
    ] = None,
    passphrase_file: PassphraseFile = None,
    key_file: Annotated[
        Path | None, typer.Option(help="A file with the secret key (64 digits): for tests.")
    ] = None,
    force: Force = False,
) -> Told:
    """Make the lottery ready before its number is thrown in public, and say what to minute. Nothing is drawn."""
    from casetrack.designs.design import Design
    from casetrack.pool.preparing import prepare
    from casetrack.report.pages import committee_page
    from casetrack.runs.public_draw import Minuted, prepare_lottery

    def facts_of(told: Minuted) -> dict[str, Any]:
        facts: dict[str, Any] = {"lottery": told.lottery, "key": told.key_digest, "lists": told.lists}
        return facts | {"people": told.people, "lowest": told.lowest, "highest": told.highest}

    passphrase = read_passphrase(passphrase_file, twice=True)
    with work("Making the lottery ready"):
        coded = prepare(files, **vars(rule), **vars(beside))
        plan = read_design(design) or Design.suggest(coded, size=size)
        committee = None
        if page is not None:
            committee = page, lambda told: committee_page(size=plan.size, **facts_of(told))
        told = prepare_lottery(
            coded, plan, out_file, passphrase, key=read_key(key_file), page=committee, force=force
        )
    yield Prepared(file=str(out_file), dice=told.dice, **facts_of(told))
    design_again = f"--design {design}" if design else f"--size {size}"
    yield (
        f"{told.lists:,} lists are settled; {told.people:,} people can come, with chances of {one_in(told.lowest)} to "
        f"{one_in(told.highest)}.\n\nMinute before the throw:\n  lottery  {told.lottery}\n  key      "
        f"{told.key_digest}\n\nThen throw {told.dice} ten-sided dice, one for each digit, and draw with the same files, "
        f"{design_again} and passphrase:\n  casetrack draw … --lottery {out_file} --thrown {'N' * told.dice}\n\n"
        f"{out_file} holds the key, sealed: keep it in the council."
    )


def draw(
    files: Files,
    out_folder: Annotated[
        Path, typer.Option("--out", help="Folder for return/, for-sharing/ and council-only/.")
    ],
    rule: Rule,
    beside: Beside,
    seed: Annotated[
        str,
        typer.Option(
            help="Text minuted before the draw: a date and a phrase, for example.", show_default=False
        ),
    ] = "",
    lottery_file: Annotated[
        Path | None,
        typer.Option("--lottery", help="The lottery that casetrack lottery made ready and you minuted."),
    ] = None,
    thrown: Annotated[
        str,
        typer.Option(
            help="The digits of the dice thrown for that lottery, instead of a seed.", show_default=False
        ),
    ] = "",
    design: Plan = None,
    size: Size = 50,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Details to show for each case, separated by commas, e.g. age_band,sex. A usual set without it."
        ),
    ] = None,
    k: Annotated[
        int,
        typer.Option(
            help="Nobody is likelier than 1 in k to be a given case; 1 leaves every detail as it is."
        ),
    ] = 10,
    join_codes: Annotated[
        bool, typer.Option(help="Show codes that cannot reach k as one, e.g. CT02, CT03 or CT04.")
    ] = False,
    passphrase_file: PassphraseFile = None,
    second_passphrase_file: Annotated[
        Path | None,
        typer.Option(help="A file whose first line is a second passphrase; either opens the lookup."),
    ] = None,
    keep_until: Annotated[
        str | None, typer.Option(help="Last day on which the lookup is kept, e.g. 30/09/2026.")
    ] = None,
    on: Annotated[str | None, typer.Option(help="Day of the draw, for the record; today without it.")] = None,
    council: Annotated[
        str, typer.Option(help="The council's name, for the cover of the return.", show_default=False)
    ] = "",
    contact: Annotated[
        str,
        typer.Option(
            help="Who to ask, for the cover of the return: a role and a mailbox.", show_default=False
        ),
    ] = "",
    template: TemplateFile = None,
    template_mapping: TemplateMapping = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="A file with the secret key of the lottery (64 digits): to repeat a draw, or for tests."
        ),
    ] = None,
    reference_seed: Annotated[
        str | None, typer.Option(help="Fix the case references: for tests only.")
    ] = None,
    nearest: Nearest = None,
    force: Force = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --force: do not ask before a released list's lookup goes.")
    ] = False,
) -> Told:
    """Draw the list and write what may leave the council (return/) and what may not (council-only/)."""
    from casetrack.dates import read_date
    from casetrack.runs.running import holds_lookup, run, was_released

    until = read_date(keep_until) if keep_until else None
    if until is not None and until < (read_date(on) if on else dt.date.today()):
        raise UsageError.of(
            "keep-until-past",
            "the last day on which the lookup is kept lies before the draw.",
            advice="Give a later day with --keep-until, or none.",
        )
    form = read_council_template(template, template_mapping)
    passphrase = read_passphrase(passphrase_file, twice=True)
    second = read_passphrase(second_passphrase_file, twice=True) if second_passphrase_file else ""
    if force and was_released(out_folder):
        typer.echo(
            "The list in this folder was released. This draws a new list, with a ledger of its own: what was sent "
            "of the old one can be laid beside it, so tell whoever has it.",
            err=True,
        )
        if holds_lookup(out_folder) and not yes:
            typer.confirm(
                "The old list's sealed lookup goes with it, without a certificate: nobody will be able to find a person "
                "from a case reference that was sent. Copy council-only/state.json first to keep it, or run casetrack "
                "destroy first for a certificate. Draw a new list?",
                abort=True,
                err=True,
            )
    numbered = _numbered(seed, thrown, lottery_file, key_file, passphrase)
    with nearest_written(nearest, force=force):
        done = run(
            files,
            **numbered,
            out=out_folder,
            passphrase=passphrase,
            second_passphrase=second,
            design=read_design(design),
            columns=[c.strip() for c in columns.split(",") if c.strip()] if columns else None,
            k=k,
            join_codes=join_codes,
            size=size,
            keep_until=until,
            on=on,
            council=council,
            contact=contact,
            template=form,
            reference_seed=reference_seed,
            force=force,
            **vars(rule),
            **vars(beside),
        )
    yield from _what_came_out(done)


def _numbered(
    seed: str, thrown: str, lottery: Path | None, key_file: Path | None, passphrase: str
) -> dict[str, Any]:
    """What a list's number comes from: a seed, or dice thrown for a lottery that was minuted before; and the key."""
    from casetrack.runs.public_draw import read_lottery

    _one_way_to_a_number(seed, thrown, lottery, key_file)
    if lottery is None:
        return {"seed": seed, "key": read_key(key_file)}
    told = read_lottery(lottery, passphrase)
    number = told.number(thrown) if thrown else None
    return {
        "seed": seed or f"dice that show {thrown}",
        "number": number,
        "minuted": told.lottery,
        "key": told.key,
    }


def _one_way_to_a_number(seed: str, thrown: str, lottery: Path | None, key_file: Path | None) -> None:
    if not seed and not thrown:
        raise UsageError.of(
            "no-number",
            "neither a seed nor what dice have shown is given.",
            advice='Give --seed "a date and a phrase", or --lottery FILE.json with --thrown.',
        )
    if seed and thrown:
        raise UsageError.of(
            "two-numbers", "both --seed and --thrown are given.", advice="Give the one that was minuted."
        )
    if thrown and lottery is None:
        raise UsageError.of(
            "thrown-for-nothing",
            "--thrown says what dice have shown, and no lottery was made ready before.",
            advice="Give --lottery with the file that casetrack lottery wrote.",
        )
    if lottery is not None and key_file is not None:
        raise UsageError.of(
            "two-keys", "--lottery and --key-file both give a key.", advice="Give one of them."
        )


def _what_came_out(done: Any) -> Told:
    listed = Counter(state.listed_as for state in done.cases.states.values() if state.on_list)
    may_leave = [path for path in done.files if path.parent.name != "council-only"]
    must_stay = [path for path in done.files if path not in may_leave]
    chances, promised = done.cases.chance_summary(), _promised(done.release)
    yield Drawn(
        cases=len(done.cases),
        listed_as=dict(sorted(listed.items())),
        chances=chances,
        promise=promised,
        may_leave=[str(path) for path in may_leave],
        must_stay=[str(path) for path in must_stay],
        finished=done.finished,
    )
    if done.finished:
        yield (
            "This draw was made before: its list stands, what was missing is made, and nothing is drawn anew."
        )
    yield (
        f"{len(done.cases)} cases, listed as {', '.join(f'{code} {n}' for code, n in sorted(listed.items()))}."
    )
    yield from (chances, *promised, *done.cases.identified.drawn.notes)
    yield f"\n{done.cases.identified.coded.findings.in_brief()}"
    yield from ("\nMay leave the council:", *(f"  {path}" for path in may_leave))
    yield "Must not leave the council, nor anything else in that folder:"
    yield from (f"  {path}" for path in must_stay)
    report = next(path for path in must_stay if path.name == "report.html")
    yield (
        f"\nNext: read {report}, fill in what is yellow on the cover of the workbook, if anything is, and send the files "
        "of return/. The pages in for-sharing/ count nothing of the list."
    )


def _promised(release: Any) -> list[str]:
    """What is promised of the release, and what to do where rows stand outside it."""
    if not len(release.table):
        return ["There is no case to release."]
    from casetrack.release.promises import promise

    lines = promise(release.rule, release.readers, (release.table, release.weighed))
    outside = len(release.exceptions)
    if outside and release.k > 1:
        lines.append(
            f"TAKE CARE: {outside} of the {len(release.table)} rows stand outside the promise. Let your data protection "
            "officer see the report before anything is sent, and consider fewer places for the rarest cohort."
        )
    return lines


def demo(
    out_folder: Annotated[Path, typer.Option("--out", help="Where the demonstration is written.")] = Path(
        "casetrack-demo"
    ),
) -> Told:
    """Run the sample council, in which nobody is real, from the extract to the return."""
    from casetrack.runs.running import run
    from casetrack.samples import sample_folder

    folder = sample_folder()
    done = run(
        folder / "cld_extract.csv",
        people=folder / "person_details.csv",
        as_at="2026-03-31",
        seed="Sample council, 2 April 2026",
        out=out_folder,
        passphrase="sample council, nobody is real",
        council="Northshire County Council",
        contact="Adult social care performance team, asc.performance@northshire.example",
        force=True,
    )
    yield from _what_came_out(done)
    yield "\nEveryone in it is invented. The lookup's passphrase is: sample council, nobody is real"


def version() -> Told:
    """Print the version."""
    yield Version()
    yield __version__
