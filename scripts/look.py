"""Everything that people look at, as pictures in ``build/look``: ``python scripts/look.py``.

The sample council's reports at 320, 768 and 1,280 pixels and as A4 pages, the return's workbook page by page, and the
terminal at 80 and 120 columns. Needs Chromium, LibreOffice and poppler; what is missing is said, and left out.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOOK = ROOT / "build" / "look"
WIDTHS = (320, 768, 1280)
COLUMNS = (80, 120)


def tool(*names: str) -> str | None:
    """The first of these programs that is here; a missing one is said."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        print(f"{names[0]} is not here: its pictures are left out.")
    return found


def call(*command: str | Path) -> None:
    """Run a program that has much to say, in silence."""
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def pages(pdf: Path) -> None:
    """A PDF as one picture for each page."""
    if pdftoppm := tool("pdftoppm"):
        call(pdftoppm, "-r", "80", "-png", pdf, pdf.with_suffix(""))


def at_a_terminal(columns: int, *command: str | Path) -> bytes:
    """What a command says at a terminal of so many columns; into a pipe it would break no line."""
    import pty  # not on Windows

    here, there = pty.openpty()
    said = b""
    with subprocess.Popen(command, stdout=there, env={**os.environ, "COLUMNS": str(columns)}) as running:
        os.close(there)
        with contextlib.suppress(OSError):  # Linux says so that the other end is closed
            while part := os.read(here, 65536):
                said += part
    os.close(here)
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command, said)
    return said.replace(b"\r\n", b"\n")


def main() -> int:
    """Make all pictures anew."""
    shutil.rmtree(LOOK, ignore_errors=True)
    made = LOOK / "demo"
    casetrack = [sys.executable, "-m", "casetrack.cli"]
    for columns in COLUMNS:
        sample = ROOT / "data" / "samples" / "cld_extract.csv"
        told = at_a_terminal(columns, *casetrack, "check", sample, "--as-at", "2026-03-31")
        LOOK.mkdir(parents=True, exist_ok=True)
        (LOOK / f"terminal-{columns}.txt").write_bytes(told)
    call(*casetrack, "demo", "--out", made)
    if chromium := tool("chromium", "chromium-browser", "google-chrome"):
        alone = [chromium, "--headless", "--no-sandbox", "--hide-scrollbars"]
        for page in sorted(made.glob("*/*.html")):
            name = LOOK / f"{page.parent.name}-{page.stem}"
            for width in WIDTHS:
                call(*alone, f"--window-size={width},2400", f"--screenshot={name}-{width}.png", page)
            call(*alone, "--no-pdf-header-footer", f"--print-to-pdf={name}.pdf", page)
            pages(name.with_suffix(".pdf"))
    if office := tool("libreoffice", "soffice"):
        call(
            office, "--headless", "--convert-to", "pdf", "--outdir", LOOK, made / "return" / "case-list.xlsx"
        )
        pages(LOOK / "case-list.pdf")
    print(f"{len(list(LOOK.glob('*.png')))} pictures are in {LOOK.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
