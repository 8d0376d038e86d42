"""Readiness as one page for the director, with the figures behind each check below; it works offline and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

from casetrack.checks.thirteen import Check
from casetrack.tables import html_table

_WORDS = {"act": "Act", "look": "Look", "ready": "Ready"}
_STYLE = """
body { font: 100%/1.5 Arial, sans-serif; color: #0b0c0c; max-width: 60rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; margin: 0 0 1.5rem; }
th, td { border-bottom: 1px solid #b1b4b6; padding: .3rem .6rem; text-align: left; vertical-align: top; }
caption { text-align: left; font-weight: bold; padding: .3rem 0; }
.state { display: inline-block; min-width: 4rem; padding: 0 .4rem; border: 2px solid; font-weight: bold; }
.act { color: #942514; } .look { color: #594d00; } .ready { color: #005a30; }
.wide { overflow-x: auto; }
@media print { section { break-inside: avoid; } h2#figures { break-before: page; } }
"""


def page_html(verdict: str, checks: Sequence[Check], trend: pd.DataFrame | None) -> str:
    """The page: what was found and what to do, then the figures of each check."""
    rows = "".join(
        f'<tr><th scope="row"><a href="#{check.name}">{escape(check.title)}</a></th><td>{_state(check)}</td>'
        f"<td>{escape(check.figure)}</td><td>{escape(check.threshold)}</td><td>{escape(check.advice)}</td></tr>"
        for check in checks
    )
    heads = "".join(
        f'<th scope="col">{name}</th>' for name in ("Check", "State", "Figure", "When", "What to do")
    )
    sections = "".join(
        f'<section><h3 id="{check.name}">{escape(check.title)}</h3><p>{_state(check)} {escape(check.figure)}. '
        f'{escape(check.advice)}</p><div class="wide" role="region" tabindex="0" aria-label="{escape(check.title)}">'
        f"{html_table(check.detail, check.title)}</div></section>"
        for check in checks
    )
    since = (
        ""
        if trend is None
        else f'<h2>Since last month</h2><div class="wide">{html_table(trend, "Last month and now")}</div>'
    )
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Readiness for case tracking (council only)</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>Readiness for case tracking</h1>"
        "<p><strong>Council only.</strong> This page names nobody, but its counts are exact and can be small.</p>"
        f"<p>{escape(verdict)}</p>"
        f'<div class="wide" role="region" tabindex="0" aria-label="Thirteen checks"><table>'
        "<caption>Thirteen checks</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{since}"
        f'<h2 id="figures">The figures behind each check</h2>{sections}</main></body></html>\n'
    )


def _state(check: Check) -> str:
    return f'<span class="state {check.state}">{_WORDS[check.state]}</span>'
