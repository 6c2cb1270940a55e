"""One HTML page for a scan: no script, no request, nothing beside it; its style is allowed by its digest alone.

Example: ``html_page(scan, plan=make_plan(scan), title="gateway", version="0.1.0")``
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import groupby

from cutover_migrate._plan import Plan
from cutover_migrate._scan import Scan, Site
from cutover_migrate.reports._code_html import diff_pane
from cutover_migrate.reports._diff import patch
from cutover_migrate.reports._sides import Sides, Version, decoded
from cutover_migrate.reports._site_html import site_section
from cutover_migrate.reports._style import STYLE
from cutover_migrate.reports._tables_html import findings_table, near_table, providers_table, unread_table
from cutover_migrate.reports._text import html_text

DECISIONS = ("template", "lift", "partial", "refuse")
THEMES = (("auto", "Auto"), ("light", "Light"), ("dark", "Dark"))
FILTERS = (("only-all", "All"), ("only-go", "Rewritten"), ("only-no", "Left as they are"))


def html_page(
    scan: Scan, *, plan: Plan | None, title: str, version: str, notes: Mapping[str, str] | None = None
) -> str:
    """The page; ``notes`` say of sites (by id) why they are left out although they could be rewritten."""
    page = _Page(scan, plan, title, version, notes or {})
    return "\n".join(page.lines()) + "\n"


class _Page:
    def __init__(self, scan: Scan, plan: Plan | None, title: str, version: str, notes: Mapping[str, str]) -> None:
        self.scan, self.plan, self.title, self.version, self.notes = scan, plan, title, version, notes
        self.sides = Sides(plan) if plan is not None else None
        self.edits = {change.path: [change] for change in plan.applied()} if plan is not None else {}
        self.names = {site.id: site.name for site in plan.sites} if plan is not None else {}
        self.anchors = {site.id: f"site-{number}" for number, site in enumerate(scan.sites, start=1)}

    def lines(self) -> Iterator[str]:
        digest = b64encode(sha256(STYLE.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
        yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield '<meta name="referrer" content="no-referrer">'
        head = f"Provider dispatch in {html_text(self.title)}"
        yield f"<title>{head}</title>"
        yield f"<style>{STYLE}</style>\n</head>\n<body>"
        yield '<a class="skip" href="#main">Skip to the sites</a>'
        yield f"<header><h1>{head}</h1>{_choice('theme', 'Theme', THEMES)}</header>"
        yield '<main id="main">'
        yield from self._summary()
        yield from self._sections()
        yield "</main>"
        yield f"<footer><p>Written by cutover {html_text(self.version)}. This page loads nothing.</p></footer>"
        yield "</body>\n</html>"

    def _summary(self) -> Iterator[str]:
        counts = self.scan.accounting
        yield '<ul class="tiles" aria-label="Accounting">'
        yield f"<li><b>{counts['found']}</b>found</li>"
        for name in DECISIONS:
            word = "refused" if name == "refuse" else name
            yield f'<li><b class="{name if counts[name] else "soft"}">{counts[name]}</b>{word}</li>'
        yield f"<li><b>{counts['unaccounted']}</b>unaccounted</li>"
        yield f"<li><b>{len(self.scan.tree.sources)}</b>files read</li></ul>"

    def _sections(self) -> Iterator[str]:
        if self.sides is not None:
            yield f"<h2>Providers</h2>{providers_table(self.sides)}"
        findings = self.scan.disagreements()
        if findings:
            yield f"<h2>What disagrees</h2>{findings_table(findings)}"
        yield f'<div class="head bar"><h2>Sites</h2>{_choice("only", "Show", FILTERS)}</div>'
        yield self._contents()
        for path, group in groupby(self.scan.sites, key=lambda site: site.path):
            yield f"<h2><code>{html_text(path)}</code></h2>"
            yield from self._file(path, list(group))
        yield from self._generated()
        if self.scan.near_misses:
            yield f"<h2>Near misses</h2>{near_table(self.scan)}"
        if self.scan.tree.unread:
            yield f"<h2>Not read</h2>{unread_table(self.scan)}"

    def _contents(self) -> str:
        items = "".join(
            f'<li><a href="#{self.anchors[site.id]}">{html_text(site.id)}</a> '
            f'<span class="soft">{site.facts.decision}</span></li>'
            for site in self.scan.sites
        )
        return f'<nav aria-label="Sites"><ul class="toc">{items}</ul></nav>' if items else "<p>None were found.</p>"

    def _file(self, path: str, sites: list[Site]) -> Iterator[str]:
        source = self.scan.tree.sources[path]
        before = Version(decoded(source))
        for site in sites:
            yield site_section(
                site,
                before,
                anchor=self.anchors[site.id],
                sides=self.sides if site.id in self.names else None,
                subject=site.facts.subject,
                name=self.names.get(site.id),
                note=self.notes.get(site.id, ""),
            )
        text = patch(self.edits.get(path, ())).decode(errors="replace")
        if text:
            diff = diff_pane(text, label=f"{path}: what apply writes")
            yield f"<details><summary>What <code>cutover apply</code> writes into this file</summary>{diff}</details>"

    def _generated(self) -> Iterator[str]:
        if self.plan is None:
            return
        yield "<h2>New files</h2>"
        for path, text in self.plan.generated.items():
            code = diff_pane(text, label=path)
            yield f"<details><summary><code>{html_text(path)}</code></summary>{code}</details>"


def _choice(name: str, label: str, options: tuple[tuple[str, str], ...]) -> str:
    """A row of radio buttons that the style reads; the first is chosen."""
    inputs = "".join(
        f'<label><input type="radio" name="{name}" id="{key}"{" checked" if not number else ""}>{word}</label>'
        for number, (key, word) in enumerate(options)
    )
    return f"<fieldset><legend>{label}</legend>{inputs}</fieldset>"
