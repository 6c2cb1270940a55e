"""One HTML page for a replay: no script, no request, nothing beside it; its style is allowed by its digest alone.

Example: `html_report(report, title="gateway", version="0.1.0")`
"""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

from cutover_parity.replay._coverage import Coverage
from cutover_parity.replay._replay import ReplayReport
from cutover_parity.reports._html import html_text
from cutover_parity.reports._sections import (
    cluster_section,
    coverage_section,
    error_section,
    hidden_section,
    intended_section,
    statement_section,
)
from cutover_parity.reports._style import STYLE

_THEMES = (("auto", "Auto"), ("light", "Light"), ("dark", "Dark"))
_TILES = (("match", "ok"), ("mismatch", "bad"), ("ignored", "no"), ("intended", "no"), ("died", "bad"))


def html_report(report: ReplayReport, *, title: str, version: str) -> str:
    """Give the page; equal findings give equal bytes."""
    return "\n".join(_lines(report, title, version)) + "\n"


def coverage_page(coverage: Coverage, *, title: str, version: str) -> str:
    """Give a page of the coverage matrix alone."""
    head = f"Coverage of {html_text(title)}"
    lines = [*_head(head), f"<header><h1>{head}</h1>{_themes()}</header>", '<main id="main">']
    return "\n".join([*lines, *coverage_section(coverage), *_foot(version)]) + "\n"


def _lines(report: ReplayReport, title: str, version: str) -> Iterator[str]:
    head = f"Parity of {html_text(title)}"
    yield from _head(head)
    yield f"<header><h1>{head}</h1>{_themes()}</header>"
    yield '<main id="main">'
    arms = f"{html_text(report.legacy)} against {html_text(report.registry)}"
    yield f'<p class="soft">At {report.depth} depth: {arms}</p>'
    yield from _tiles(report)
    yield from statement_section(report)
    yield f"<h2>Mismatches by cause</h2>{'' if report.clusters else '<p>There are none.</p>'}"
    for number, cluster in enumerate(report.clusters, start=1):
        yield from cluster_section(cluster, number)
    yield from intended_section(report.intended)
    yield from error_section(report)
    yield from hidden_section(report)
    yield from coverage_section(report.coverage)
    yield from _foot(version)


def _foot(version: str) -> Iterator[str]:
    yield "</main>"
    yield f"<footer><p>Written by cutover {html_text(version)}. This page loads nothing.</p></footer>"
    yield "</body>\n</html>"


def _head(title: str) -> Iterator[str]:
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{title}</title>"
    yield f"<style>{STYLE}</style>\n</head>\n<body>"
    yield '<a class="skip" href="#main">Skip to the findings</a>'


def _tiles(report: ReplayReport) -> Iterator[str]:
    counts = dict(report.counts)
    yield '<ul class="tiles" aria-label="Verdicts">'
    yield f"<li><b>{report.replays}</b>replays</li>"
    for name, kind in _TILES:
        if name not in counts:
            continue
        count = counts[name]
        yield f'<li><b class="{kind if count else "soft"}">{count}</b>{name}</li>'
    yield f"<li><b>{len(report.clusters)}</b>causes</li>"
    yield f"<li><b>{report.coverage.share:.0%}</b>of the matrix reached</li></ul>"


def _themes() -> str:
    inputs = "".join(
        f'<label><input type="radio" name="theme" id="{key}"{" checked" if not number else ""}>{word}</label>'
        for number, (key, word) in enumerate(_THEMES)
    )
    return f"<fieldset><legend>Theme</legend>{inputs}</fieldset>"
