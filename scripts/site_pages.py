"""The documentation site's hook: whole docstrings, pages made from run notebooks, and every page in the navigation.

Read by ``mkdocs.yml``. Nothing here is written into the repository.
"""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCS, RUN = ROOT / "docs", ROOT / "build" / "notebooks"
#: Files of the repository that the pages link to, and where they stand on the site.
ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
    "data/samples/README.md": "samples.md",
}
#: What the theme writes, and how everybody can reach and name it.
REACHABLE = {
    'data-md-component="search" role="dialog"': 'data-md-component="search" role="dialog" aria-label="Search"',
    "<pre>": '<pre tabindex="0">',
    "<th></th>": "<td></td>",
}
TABLE = re.compile(r"<table.*?</table>", re.S)
#: The lines of a table of public names, on the page of the Python interface.
NAMES = re.compile(r"(?:^\| `casetrack.*\n)+", re.M)
LINK = re.compile(r"(\]\()([^)#\s]+)((?:#[^)]*)?\))")


def on_config(config: Any) -> Any:
    """Fill each ``folder/*`` of the navigation with the pages that are not named elsewhere in it."""
    named = set(re.findall(r"[\w/-]+\.md", str(config["nav"])))
    config["nav"] = [_filled(item, named) for item in config["nav"]] + _pages_of(".", named)
    return config


def _filled(item: Any, named: set[str]) -> Any:
    if isinstance(item, dict):
        return {title: _filled(inside, named) for title, inside in item.items()}
    if isinstance(item, list):
        found: list[Any] = []
        for part in item:
            filled = _filled(part, named)
            found += filled if isinstance(filled, list) else [filled]
        return found
    return _pages_of(item[:-2], named) if item.endswith("/*") else item


def _pages_of(folder: str, named: set[str]) -> list[str]:
    if folder == "notebooks":
        return [f"notebooks/{path.stem}.md" for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    pages = [path.relative_to(DOCS).as_posix() for path in sorted((DOCS / folder).glob("*.md"))]
    return sorted((p for p in pages if p not in named), key=lambda p: (not p.endswith("index.md"), p))


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that do not lie in ``docs/``."""
    from mkdocs.structure.files import File

    for path, text in made_pages().items():
        files.append(File.generated(config, path, content=text))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        files.append(
            File.generated(config, f"notebooks/{path.stem}.md", content=notebook_page(RUN / path.name))
        )
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Point links that leave ``docs/`` for a file of the repository to its page on the site."""
    if page.file.src_uri == "reference/python.md":
        markdown = NAMES.sub(_with_docstrings, markdown)
    here = DOCS / page.file.src_uri
    for source, target in ELSEWHERE.items():
        if page.file.src_uri == target:
            here = ROOT / source

    def moved(found: re.Match[str]) -> str:
        if ":" in found[2]:
            return found[0]
        target = (here.parent / found[2]).resolve()
        place = target.relative_to(ROOT).as_posix() if target.is_relative_to(ROOT) else ""
        if place in ELSEWHERE:
            place = ELSEWHERE[place]
        elif place.startswith("notebooks/"):
            place = place.replace(".ipynb", ".md")
        elif place.startswith("docs/"):
            place = place.removeprefix("docs/")
        else:
            return found[0]
        return f"{found[1]}{'../' * page.file.src_uri.count('/')}{place}{found[3]}"

    return LINK.sub(moved, markdown)


def _with_docstrings(rows: re.Match[str]) -> str:
    """A table of names, and below it what mkdocstrings shows of each."""
    names = re.findall(r"^\| `([\w.]+)`", rows[0], re.M)
    return "\n".join([rows[0], *(f"::: {name}\n" for name in names)])


def on_post_page(output: str, page: Any, config: Any) -> str:
    """What the theme leaves out for people who use a keyboard or do not see: names, and a way into what scrolls."""
    for before, after in REACHABLE.items():
        output = output.replace(before, after)
    return TABLE.sub(r'<div class="wide" tabindex="0">\g<0></div>', output)


def on_post_template(output_content: str, template_name: str, config: Any) -> str:
    """The same for the page that says there is none."""
    return on_post_page(output_content, None, config)


def on_post_build(config: Any) -> None:
    """Stop when a page would load anything from elsewhere: the site has to work offline."""
    loads = re.compile(r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="?(?:https?:)?//[^"> ]*')
    for path in sorted(Path(config["site_dir"]).rglob("*.html")):
        text = re.sub(r'<link rel="(?:canonical|next|prev)"[^>]*>', "", path.read_text(encoding="utf-8"))
        if found := loads.search(text):
            raise SystemExit(f"{path.name} loads something from elsewhere: {found[0]}")


def made_pages() -> dict[str, str]:
    """Place on the site to the Markdown of a file that lies elsewhere in the repository."""
    return {place: (ROOT / source).read_text(encoding="utf-8") for source, place in ELSEWHERE.items()}


def notebook_page(path: Path) -> str:
    """A notebook that was run, with its outputs and pictures."""
    import nbformat

    if not path.exists():
        raise SystemExit(
            f"{path.name} was not run yet: use python3 tasks.py docs, which runs the notebooks first."
        )
    parts = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            # In the repository the notebooks lie beside ``docs/``, on the site within it.
            parts.append(cell.source.replace(".ipynb)", ".md)").replace("(../docs/", "(../"))
        else:
            parts.append(f"```python\n{cell.source}\n```")
            shown = [text for output in cell.outputs if (text := _shown(output))]
            if shown:
                parts.append(f'<div class="nb-output" tabindex="0">\n{"".join(shown)}\n</div>')
    return "\n\n".join(parts) + "\n"


def _shown(output: Any) -> str:
    """One output as HTML on lines of its own: a blank line within would end it in Markdown."""
    if output.output_type == "stream":
        return f"<pre>{_one_block(html.escape(output.text))}</pre>" if output.name == "stdout" else ""
    data = output.get("data", {})
    if "image/png" in data:
        content = base64.b64encode(base64.b64decode(data["image/png"])).decode()
        words = html.escape(" ".join(str(data.get("text/plain", "A picture")).split()))
        return f'<img alt="{words}" src="data:image/png;base64,{content}">'
    if "text/html" in data:
        return _one_block(data["text/html"])
    return f"<pre>{_one_block(html.escape(str(data.get('text/plain', ''))))}</pre>"


def _one_block(text: str) -> str:
    return re.sub(r"\n\s*\n", "\n&nbsp;\n", text.strip())
