"""Where the sample council is: beside the package when installed, in the checkout otherwise."""

from __future__ import annotations

from pathlib import Path

from casetrack.errors import OutputError

__all__ = ["sample_folder"]


def sample_folder() -> Path:
    """The folder with the sample council's files."""
    here = Path(__file__).resolve().parent
    for folder in (here / "samples", here.parents[1] / "data" / "samples"):
        if (folder / "cld_extract.csv").is_file():
            return folder
    raise OutputError.of(
        "no-samples", "the sample council's files are missing.", advice="Install casetrack again."
    )
