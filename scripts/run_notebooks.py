"""Run the notebooks into ``build/notebooks``, with outputs, for the site; the repository keeps them without."""

from __future__ import annotations

import hashlib
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    folder = ROOT / "build" / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    code = hashlib.sha256(b"".join(p.read_bytes() for p in sorted((ROOT / "src").rglob("*.py")))).hexdigest()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        made_of, stamp = hashlib.sha256(path.read_bytes()).hexdigest() + code, folder / f"{path.stem}.made-of"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == made_of:
            continue
        print(f"Running {path.name} …", flush=True)
        book = nbformat.read(path, as_version=4)
        NotebookClient(book, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
        nbformat.write(book, folder / path.name)
        stamp.write_text(made_of, encoding="utf-8")


if __name__ == "__main__":
    main()
