"""What ``scan`` shows to people: sites under their file, one line each where the screen is wide enough.

::

    src/routes/chat.py: src.routes.chat.…
      chat_completions.1    870-1042  elif  21 keys  template  fireworks kept: bodies-differ (line 883)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cutover_migrate import Disagreement, Scan, Site

COLOURS = {"template": "green", "refuse": "yellow", "lift": "cyan", "partial": "cyan"}
Row = tuple[str, str, str, str, str, str]


def show_scan(out: Console, found: Scan) -> None:
    """Sites by file, then what was decided and what disagrees."""
    if found.sites:
        _show_sites(out, found)
    else:
        out.print(f"no dispatch found in {_files(len(found.tree.sources))}")
    _show_accounting(out, found)
    findings = found.disagreements()
    if findings:
        out.print()
        out.print(_disagreements(findings))
    show_unread(out, found)


def show_unread(out: Console, found: Scan) -> None:
    """The files that could not be read, and why."""
    if found.tree.unread:
        rows = _pairs()
        for file in found.tree.unread:
            rows.add_row(Text("not read", "red"), Text(f"{file.path}:{file.line}: {file.reason}"))
        out.print(rows)


def _show_sites(out: Console, found: Scan) -> None:
    rows = {site.id: _row(found, site) for site in found.sites}
    widths = [max(len(row[column]) for row in rows.values()) for column in range(6)]
    beside = 2 + sum(widths) + 2 * (len(widths) - 1) <= out.width
    for path, group in groupby(found.sites, key=lambda site: site.path):
        out.print(Text.assemble((path, "bold"), (f": {found.modules.name_of(path)}.…", "dim")), soft_wrap=True)
        for site in group:
            *cells, why = rows[site.id]
            out.print(_line(cells, widths, COLOURS[site.decided.decision], why if beside else ""), soft_wrap=True)
            if why and not beside:
                out.print(Text(f"      {why}"), soft_wrap=True)


def _disagreements(findings: Sequence[Disagreement]) -> Table:
    rows = _pairs()
    for finding in findings:
        where = f"{finding.file}:{finding.line}" if finding.line else finding.file
        rows.add_row(Text("disagreement", "yellow"), Text(f"{where}: {finding.message}"))
    return rows


def _row(found: Scan, site: Site) -> Row:
    chain = site.chain
    name = site.id.removeprefix(f"{found.modules.name_of(site.path)}.")
    place = f"{chain.start_line}-{chain.end_line}"
    return name, place, chain.kind, f"{len(site.keys)} keys", site.decided.decision, _why(site)


def _line(cells: list[str], widths: list[int], colour: str, why: str) -> Text:
    name, place, kind, keys, decision = cells
    known = (name.ljust(widths[0]), place.rjust(widths[1]), kind.ljust(widths[2]), keys.rjust(widths[3]))
    line = Text.assemble("  ", "  ".join(known), "  ", (decision.ljust(widths[4]), colour), "  ", why)
    line.rstrip()
    return line


def _why(site: Site) -> str:
    if site.decided.reasons:
        return "; ".join(f"{why.code} (line {why.line})" for why in site.decided.reasons)
    return "; ".join(f"{', '.join(kept.keys)} kept: {kept.reason} (line {kept.line})" for kept in site.decided.kept)


def _show_accounting(out: Console, found: Scan) -> None:
    counts = found.accounting
    out.print(
        f"\n{counts['found']} found = {counts['template']} template + {counts['refuse']} refused, "
        f"{counts['unaccounted']} unaccounted; {len(found.near_misses)} near misses; "
        f"{_files(len(found.tree.sources))} read",
        style="bold",
    )


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _pairs() -> Table:
    made = Table.grid(padding=(0, 1))
    made.add_column(no_wrap=True)
    made.add_column()
    return made
