"""Pages made from the templates beside this: what a template asks for and is not told is an error."""

from __future__ import annotations

from typing import Any

import jinja2


def page(name: str, **told: Any) -> str:
    """A page; in HTML every text is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("casetrack.report"),
        autoescape=name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(**told)
