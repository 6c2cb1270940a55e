"""What ``scan`` shows to people: sites under their file, one line each where the screen is wide enough.

::

    src/routes/chat.py: src.routes.chat.…
      chat_completions.1    870-1042  elif  21 keys  template  fireworks kept: bodies-differ (line 883)

``show_site`` shows one of them whole, with its code and what would unlock it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cutover_cli._code_view import show_lines
from cutover_migrate import Disagreement, Scan, Site
from cutover_migrate.reports import visible
from cutover_migrate.rewrite import KEPT_REASONS, REASONS

COLOURS = {"template": "green", "refuse": "yellow", "lift": "cyan", "partial": "cyan"}
Row = tuple[str, str, str, str, str, str]


def show_scan(out: Console, found: Scan, *, excluded: Collection[str] = (), code: bool = False) -> None:
    """Sites by file, then what was decided and what disagrees; with ``code`` the deciding lines of each site."""
    if found.sites:
        _show_sites(out, found, excluded, code=code)
    else:
        out.print(f"no dispatch found in {_files(len(found.tree.sources))}")
    show_accounting(out, found)
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
            rows.add_row(Text("not read", "red"), Text(visible(f"{file.path}:{file.line}: {file.reason}")))
        out.print(rows)


def show_site(out: Console, found: Scan, site: Site) -> None:
    """One site: what was decided, why, what would unlock it, and its code with the deciding lines marked."""
    facts = site.facts
    place = f"{site.path}:{facts.start_line}-{facts.end_line}"
    colour = COLOURS[facts.decision]
    out.print(
        Text.assemble((visible(site.id), "bold"), "  ", visible(place), "  ", (facts.decision, colour)),
        soft_wrap=True,
    )
    told = f"{facts.kind} on {facts.subject}, level {facts.level}, {len(site.keys)} keys: {', '.join(site.keys)}"
    for line in (Text(visible(told), "dim"), *_ledger(site)):
        out.print(Padding(line, (0, 0, 0, 2)))
    show_lines(out, found, site, whole=True)
    out.print()


def _ledger(site: Site) -> Iterator[Text]:
    """What is said of a site's reasons and of the branches that stay."""
    for why in site.facts.reasons:
        yield Text.assemble((why.code, "yellow"), f" (line {why.line}): {why.message}")
        if why.code in REASONS:
            yield Text.assemble(("  unlock: ", "bold"), REASONS[why.code].unlock)
    for kept in site.facts.kept:
        stays = f"{', '.join(kept.keys) or 'a branch'} stays (line {kept.line})"
        said = f"{stays}: {KEPT_REASONS.get(kept.reason, kept.reason)}"
        yield Text.assemble((kept.reason, "cyan"), " ", visible(said))


def _show_sites(out: Console, found: Scan, excluded: Collection[str], *, code: bool) -> None:
    rows = {site.id: _row(found, site, excluded) for site in found.sites}
    widths = [max(len(row[column]) for row in rows.values()) for column in range(6)]
    beside = 2 + sum(widths) + 2 * (len(widths) - 1) <= out.width
    for path, group in groupby(found.sites, key=lambda site: site.path):
        out.print(
            Text.assemble((visible(path), "bold"), (f": {visible(found.modules.name_of(path))}.…", "dim")),
            soft_wrap=True,
        )
        for site in group:
            *cells, why = rows[site.id]
            out.print(_line(cells, widths, COLOURS[site.facts.decision], why if beside else ""), soft_wrap=True)
            if why and not beside:
                out.print(Text(f"      {why}"), soft_wrap=True)
            if code:
                show_lines(out, found, site, whole=False)


def _disagreements(findings: Sequence[Disagreement]) -> Table:
    rows = _pairs()
    for finding in findings:
        where = f"{finding.file}:{finding.line}" if finding.line else finding.file
        rows.add_row(Text("disagreement", "yellow"), Text(visible(f"{where}: {finding.message}")))
    return rows


def _row(found: Scan, site: Site, excluded: Collection[str]) -> Row:
    facts = site.facts
    name = site.id.removeprefix(f"{found.modules.name_of(site.path)}.")
    place = f"{facts.start_line}-{facts.end_line}"
    return visible(name), place, facts.kind, f"{len(site.keys)} keys", site.facts.decision, _why(site, excluded)


def _line(cells: list[str], widths: list[int], colour: str, why: str) -> Text:
    name, place, kind, keys, decision = cells
    known = (name.ljust(widths[0]), place.rjust(widths[1]), kind.ljust(widths[2]), keys.rjust(widths[3]))
    line = Text.assemble("  ", "  ".join(known), "  ", (decision.ljust(widths[4]), colour), "  ", why)
    line.rstrip()
    return line


def _why(site: Site, excluded: Collection[str]) -> str:
    found = ["excluded"] if site.id in excluded else []
    found += [f"{why.code} (line {why.line})" for why in site.facts.reasons]
    if not site.facts.reasons:
        for kept in site.facts.kept:
            found.append(f"{', '.join(kept.keys) or 'a branch'} kept: {kept.reason} (line {kept.line})")
    return visible("; ".join(found))


def show_accounting(out: Console, found: Scan) -> None:
    """How many sites were found, and how many got each decision."""
    counts = found.accounting
    out.print(
        f"\n{counts['found']} found = {counts['template']} template + {counts['lift']} lift + "
        f"{counts['partial']} partial + {counts['refuse']} refused, "
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
