"""The page's tables: providers by site, what disagrees, near misses, files that were not read.

Example: ``providers_table(sides)``
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cutover_migrate._disagreements import Disagreement
from cutover_migrate._scan import Scan
from cutover_migrate.reports._sides import Sides
from cutover_migrate.reports._text import html_text

KEPT = "The rewrite keeps these as they are; decide if they are meant."
SHORT = "Fewer than four keyed branches, and no provider among them."
WORDS = (
    "table: the site serves it from its table; stays: its branch stays in place; default: what any other key gets, as "
    "it was before. A timeout in grey is the default."
)


def providers_table(sides: Sides) -> str:
    """One row a provider: which sites serve it and how, its module, its timeout in seconds."""
    tables: Mapping[str, Any] = sides.tables
    sites = list(tables["SITES"])
    default_timeout = tables.get("DEFAULT_TIMEOUT")
    rows = []
    for provider, entry in tables["PROVIDER_CONFIGS"].items():
        timeout = entry.get("timeout")
        usual = f'<span class="soft">{html_text(repr(default_timeout))}</span>'
        rows.append(
            [
                f"<code>{html_text(provider)}</code>",
                *(_serves(provider, entry, name, tables["SITES"][name]) for name in sites),
                html_text(repr(timeout)) if timeout is not None else usual,
                f"<code>{html_text(entry.get('module_name', ''))}</code>",
            ]
        )
    heads = ["provider", *sites, "timeout, s", "module"]
    return table(heads, rows, caption=f"{len(rows)} providers", note=WORDS, row_heads=True)


def findings_table(findings: Iterable[Disagreement]) -> str:
    """What ought to agree and does not."""
    rows = [
        [
            f"<code>{html_text(finding.kind)}</code>",
            f"<code>{html_text(finding.file)}{f':{finding.line}' if finding.line else ''}</code>",
            html_text(finding.message),
        ]
        for finding in findings
    ]
    return table(["kind", "where", "what"], rows, caption=f"{len(rows)} disagreements", note=KEPT)


def near_table(scan: Scan) -> str:
    """Short chains that are no provider dispatch."""
    rows = [
        [
            f"<code>{html_text(site.id)}</code>",
            f"<code>{html_text(site.path)}:{site.facts.start_line}</code>",
            html_text(", ".join(site.keys)),
        ]
        for site in scan.near_misses
    ]
    return table(
        ["chain", "where", "keys"],
        rows,
        caption=f"{len(rows)} near misses",
        note=SHORT,
    )


def unread_table(scan: Scan) -> str:
    """The files that could not be read."""
    rows = [[f"<code>{html_text(file.path)}:{file.line}</code>", html_text(file.reason)] for file in scan.tree.unread]
    return table(["file", "why"], rows, caption=f"{len(rows)} files", note="Nothing is said of these files.")


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, note: str, row_heads: bool = False
) -> str:
    """A table whose cells are HTML already, with a sentence above it."""
    first = "".join(f'<th scope="col">{html_text(head)}</th>' for head in heads)
    body = "".join(f"<tr>{''.join(_cells(row, row_heads=row_heads))}</tr>" for row in rows)
    return (
        f'<p class="soft">{html_text(note)}</p>'
        f'<div class="wide" tabindex="0" role="region" aria-label="{html_text(caption)}"><table>'
        f"<caption>{html_text(caption)}</caption><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence[str], *, row_heads: bool) -> Iterable[str]:
    for number, cell in enumerate(row):
        yield f'<th scope="row">{cell}</th>' if row_heads and not number else f"<td>{cell}</td>"


def _serves(provider: str, entry: Mapping[str, Any], name: str, site: Mapping[str, Any]) -> str:
    if provider in site.get("kept", ()):
        word = '<span class="no">stays</span>'
    elif entry.get("sites") == "*" or name in entry.get("sites", ()):
        word = '<span class="ok">table</span>'
    else:
        word = ""
    default = '<span class="soft">default</span>' if site.get("default") == provider else ""
    return ", ".join(filter(None, (word, default))) or '<span class="soft">–</span>'
