"""What axe-core finds in pages, and which scroll sideways, at three widths: ``python scripts/accessible.py FOLDER …``.

Needs Chromium, and axe-core as the package ``axe-core-python`` brings it; the one who calls is told where either is
missing. Pages are shown by a server on this computer, in a frame as wide as the screen would be.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import importlib.util
import json
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

WIDTHS = (320, 768, 1280)
#: Of a documentation site: a page of each kind. All of it takes a quarter of an hour, with ``--all``.
KINDS = (
    "404.html",
    "index.html",
    "how-to/edit-a-design.html",
    "notebooks/04_risk_and_release.html",
    "reference/errors.html",
)
#: A page takes seconds; the largest, on a busy computer, a minute.
PATIENCE = 120
FRAME = """<!DOCTYPE html><title>frame</title><body><script>
const tell = (what) => fetch("/found", {method: "POST", body: JSON.stringify(what)});
const shown = (frame, page) => new Promise((done) => { frame.onload = done; frame.src = page; });
(async () => {
  for (const page of PAGES) for (const width of WIDTHS) {
    const frame = document.createElement("iframe"), found = [];
    frame.style = `width: ${width}px; height: 900px; border: 0`;
    document.body.append(frame);
    try {
      await shown(frame, "/" + page);
      const inside = frame.contentDocument, script = inside.createElement("script");
      if (inside.documentElement.scrollWidth > width) found.push("scrolls sideways");
      await new Promise((done, fail) => {
        Object.assign(script, {onload: done, onerror: fail, src: "/axe.js"});
        inside.head.append(script);
      });
      const told = await frame.contentWindow.axe.run(inside, {resultTypes: ["violations"]});
      for (const {id, help, nodes} of told.violations)
        found.push(`${id}: ${help} (${nodes.length} times, ${nodes[0].target})`);
    } catch (error) { found.push(`not looked at: ${error}`); }
    await tell({page, width, found});
    frame.remove();
  }
  await tell(null);
})();
</script>"""


def browser() -> str | None:
    """Chromium, by whichever name it is here."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def axe() -> Path | None:
    """axe-core's own file within the package that brings it."""
    spec = importlib.util.find_spec("axe_core_python")
    return None if spec is None or spec.origin is None else Path(spec.origin).with_name("axe.min.js")


def lacking() -> str:
    """Why nothing can be looked at here; nothing when it can."""
    missing = [name for name, it in (("Chromium", browser()), ("axe-core-python", axe())) if it is None]
    return " and ".join(missing)


class _Pages(http.server.SimpleHTTPRequestHandler):
    """The pages, the frame, axe-core, and what was found."""

    pages: Sequence[str]
    found: queue.Queue[Any]

    def do_GET(self) -> None:
        script = axe()
        if self.path == "/frame.html":
            text = FRAME.replace("PAGES", json.dumps(self.pages)).replace("WIDTHS", json.dumps(WIDTHS))
            self._send(text.encode(), "text/html")
        elif self.path == "/axe.js" and script is not None:
            self._send(script.read_bytes(), "text/javascript")
        elif (page := Path(self.translate_path(self.path))).suffix == ".html":
            # A report forbids every script; axe-core is one.
            text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text("utf-8"))
            self._send(text.encode(), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self.found.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._send(b"", "text/plain")

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextlib.contextmanager
def _served(folder: Path, pages: Sequence[str]) -> Iterator[tuple[str, queue.Queue[Any]]]:
    found: queue.Queue[Any] = queue.Queue()
    handler = type("Pages", (_Pages,), {"pages": pages, "found": found})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/frame.html", found
    finally:
        server.shutdown()
        server.server_close()


def looked_at(folder: Path, pages: Sequence[str]) -> list[tuple[str, int, list[str]]]:
    """Page, width and what was found there, for every page at every width."""
    chromium, looked = browser(), []
    assert chromium is not None
    with (
        _served(folder, pages) as (address, found),
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own,
    ):
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-proxy-server",
            f"--user-data-dir={own}",
        ]
        command += ["--window-size=1400,1000", "--remote-debugging-port=0", address]
        shown = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while (one := found.get(timeout=PATIENCE)) is not None:
                looked.append((one["page"], one["width"], one["found"]))
        finally:
            shown.terminate()
            shown.wait()
    return looked


def main() -> int:
    """Look at every page of the folders named, or of a site at one of each kind."""
    folders = [Path(name) for name in sys.argv[1:] if name != "--all"]
    if lacks := lacking():
        print(f"Not looked at by axe-core: {lacks} is not here.")
        return 0
    count = bad = 0
    for folder in folders:
        every = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
        kinds = [page for page in KINDS if page in every]
        for page, width, found in looked_at(folder, every if "--all" in sys.argv or not kinds else kinds):
            count += 1
            bad += bool(found)
            for what in found:
                print(f"{page} at {width} pixels: {what}")
    print(f"axe-core looked {count} times at a page, and found something {bad} times.")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
