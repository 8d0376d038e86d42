"""Run `casetrack replace` in copies of a folder and end each run, without any clearing up, at another step.

Arguments: the folder with the extract and the drawn list, a folder for the copies, and the steps, joined by commas.
Reading and drawing are the same in every run, so they are done once; coarsening and pictures are left out.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from casetrack.cases import decisions as case_life
from casetrack.cli import app as cli
from casetrack.runs import folders

MADE, COPIES, STEPS = Path(sys.argv[1]), Path(sys.argv[2]), [int(s) for s in sys.argv[3].split(",")]
CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir"}


def command(folder: Path, fatal: int) -> None:
    touched = 0

    def watch(event: str, args: tuple[object, ...]) -> None:
        nonlocal touched
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in CHANGES) and str(folder) in str(args):
            touched += 1
            if touched == fatal:
                os._exit(9)

    sys.addaudithook(watch)
    reference = folders.RunFolder.open(MADE / "out").cases.references[7]
    sys.argv = [
        "casetrack",
        "replace",
        str(folder),
        reference,
        "--reason",
        "moved away",
        "--on",
        "2026-04-09",
    ]
    sys.argv += ["--extract", str(MADE / "cld_extract.csv"), "--people", str(MADE / "person_details.csv")]
    sys.argv += ["--passphrase-file", str(MADE / "passphrase.txt")]
    try:
        cli.main()
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(int(end.code or 0) or (8 if touched < fatal else 0))


def child(folder: Path, fatal: int) -> int:
    if not hasattr(os, "fork"):
        command(folder, fatal)
    number = os.fork()
    if number == 0:
        command(folder, fatal)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def main() -> None:
    told = folders.RunFolder.open(MADE / "out").manifest.content
    pool = folders.read_again(told, MADE / "cld_extract.csv", people=MADE / "person_details.csv")
    drawn = case_life.draw_design(
        pool, folders.RunFolder.open(MADE / "out").cases.design, told["draw"]["seed"]
    )
    folders.prepare = lambda *args, **more: pool
    coarsen = folders.pseudonymise
    folders.pseudonymise = lambda cases, columns, k: coarsen(cases, columns, k=1)
    folders.report_html = lambda *args: "<p>the report</p>"
    case_life.draw_design = lambda *args: drawn
    for step in STEPS:
        killed, again = COPIES / f"killed {step}", COPIES / f"again {step}"
        if not killed.exists():
            shutil.copytree(MADE / "out", killed)
            ended = child(killed, step)
            if ended == 8:
                shutil.rmtree(killed)
                break
            (COPIES / f"code {step}").write_text(str(ended), encoding="utf-8")
        shutil.copytree(killed, again)
        (COPIES / f"again code {step}").write_text(str(child(again, 0)), encoding="utf-8")


if __name__ == "__main__":
    main()
