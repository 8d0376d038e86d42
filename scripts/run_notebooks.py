"""Run the notebooks into ``build/notebooks``, with outputs, for the site; the repository keeps them without."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import warnings
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def ran(path: Path) -> Path:
    """A notebook with its outputs; it is run unless just this notebook was run with just this code before."""
    folder = ROOT / "build" / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    made_of = hashlib.sha256(path.read_bytes())
    for file in sorted((ROOT / "src").rglob("*.py")):
        made_of.update(file.read_bytes())
    stamp, done = folder / f"{path.stem}.made-of", folder / path.name
    if done.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == made_of.hexdigest():
        return done
    print(f"Running {path.name} …", flush=True)
    book = nbformat.read(path, as_version=4)
    with warnings.catch_warnings():
        # What the kernel's libraries warn of is not the notebook's; what the notebook does shows in its outputs.
        warnings.simplefilter("ignore")
        if sys.platform == "win32":
            asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
        NotebookClient(book, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
    nbformat.write(book, done)
    stamp.write_text(made_of.hexdigest(), encoding="utf-8")
    return done


if __name__ == "__main__":
    for notebook in BOOKS:
        ran(notebook)
