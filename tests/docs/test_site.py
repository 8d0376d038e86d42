"""The documentation site: every page can be reached, none is a dead end, nothing is loaded from elsewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def hook():
    spec = importlib.util.spec_from_file_location("site_pages", ROOT / "scripts" / "site_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def links(text: str) -> set[str]:
    return {t for t in re.findall(r"\]\(([^)#\s]+\.md)(?:#[^)]*)?\)", text) if ":" not in t}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_links_on(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    on = {(DOCS / page).parent.joinpath(target).resolve() for target in links(text)}
    others = {path for path in on if path.is_relative_to(DOCS)} - {DOCS / page}
    assert others, f"{page} is a dead end"
    assert all(path.exists() for path in others)


def reference(name):
    return (DOCS / "reference" / name).read_text(encoding="utf-8")


def test_the_pages_of_reference_name_every_command_and_every_public_name():
    import casetrack
    from casetrack.cli.app import app

    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        assert f"## `casetrack {name}`" in reference("command.md")
        assert f"](#casetrack-{name}) |" in reference("command.md")
    for name in casetrack.__all__:
        assert name.startswith("__") or f"| `casetrack.{name}` | " in reference("python.md")


def test_the_site_shows_whole_docstrings_below_the_names():
    class Page:
        class file:  # noqa: N801
            src_uri = "reference/python.md"

    shown = hook().on_page_markdown(reference("python.md"), Page, None, None)
    for name in ("casetrack.draw", "casetrack.testing.extracts", "casetrack.spark.draw_each_council"):
        assert shown.index(f"| `{name}` |") < shown.index(f"::: {name}\n")


def test_every_page_stands_in_the_navigation():
    yaml = pytest.importorskip("yaml")
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    config = hook().on_config({"nav": yaml.safe_load(text)["nav"]})
    named = re.findall(r"[\w/-]+\.md", str(config["nav"]))
    assert len(named) == len(set(named))
    assert set(PAGES) <= set(named)


def test_what_is_said_of_options_is_so():
    options = set(re.findall(r"`(--[a-z-]+)", reference("command.md")))
    for page in PAGES:
        text = (DOCS / page).read_text(encoding="utf-8")
        for line in re.findall(r"casetrack [a-z]+[^`\n]*", text):
            assert set(re.findall(r"(?<!\S)(--[a-z-]+)", line)) <= options, f"{page}: {line}"


def test_the_build_stops_at_what_is_loaded_from_elsewhere(tmp_path):
    module = hook()
    (tmp_path / "page.html").write_text('<a href="https://www.gov.uk">a link is fine</a>', encoding="utf-8")
    module.on_post_build({"site_dir": str(tmp_path)})
    (tmp_path / "page.html").write_text('<script src="https://cdn.example/x.js"></script>', encoding="utf-8")
    with pytest.raises(SystemExit, match=r"page\.html"):
        module.on_post_build({"site_dir": str(tmp_path)})


def test_what_scrolls_can_be_reached_by_keyboard():
    page = hook().on_post_page('<pre>x</pre><table class="a"><tr><th></th></tr></table>', None, None)
    assert page == (
        '<pre tabindex="0">x</pre><div class="wide" tabindex="0"><table class="a"><tr><td></td></tr></table></div>'
    )


def test_a_notebook_page_shows_outputs_and_pictures(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    new = nbformat.v4
    outputs = [
        new.new_output("stream", name="stdout", text="<said>\n\nmore"),
        new.new_output("display_data", data={"image/png": "aGk=", "text/plain": "<Figure>"}),
        new.new_output("execute_result", data={"text/html": "<table></table>", "text/plain": "x"}),
    ]
    book = new.new_notebook(
        cells=[new.new_markdown_cell("# Title"), new.new_code_cell("1 + 1", outputs=outputs)]
    )
    nbformat.write(book, tmp_path / "book.ipynb")
    text = hook().notebook_page(tmp_path / "book.ipynb")
    assert "# Title" in text and "```python\n1 + 1\n```" in text and "&lt;said&gt;" in text
    assert 'src="data:image/png;base64,aGk="' in text and "<table></table>" in text
    assert "\n\n" not in text.split('<div class="nb-output" tabindex="0">')[1].split("</div>")[0]
