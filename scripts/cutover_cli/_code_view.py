"""Code on a terminal: a site's lines in colour, the deciding ones marked.

Example: ``show_code(console(), ["if a:", "    b()"], first=433, marked={433})``
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from cutover_migrate import Scan, Site
from cutover_migrate.reports import visible

AROUND = 1
HEAD = 2
INDENT = 6


def show_code(
    out: Console,
    lines: Sequence[str],
    *,
    first: int,
    marked: Collection[int],
    spans: Sequence[tuple[int, int]] | None = None,
) -> None:
    """Lines of a file with their numbers, from ``first`` on; all, or those in some spans."""
    texts = [visible(line) for line in _dedented(lines)]
    for number, (begin, end) in enumerate(spans or [(first, first + len(lines) - 1)]):
        if number:
            out.print(Text(f"{' ' * (INDENT + 2)}…", "dim"))
        code = Syntax(
            "\n".join(texts[begin - first : end - first + 1]), "python", theme="ansi_dark", line_numbers=True,
            start_line=begin, highlight_lines=set(marked), background_color="default", word_wrap=True,
        )  # fmt: skip
        out.print(Padding(code, (0, 0, 0, INDENT)))


def show_lines(out: Console, found: Scan, site: Site, *, whole: bool) -> None:
    """The lines of a site: all, or where it begins and what decided it."""
    facts, source = site.facts, found.tree.sources[site.path]
    marked = deciding_lines(site)
    raw = source.lines[facts.start_line - 1 : facts.end_line]
    lines = [line.decode(source.encoding, errors="replace").rstrip("\r\n") for line in raw]
    spans = None if whole else list(_excerpt(site, marked))
    show_code(out, lines, first=facts.start_line, marked=marked, spans=spans)


def deciding_lines(site: Site) -> set[int]:
    """The lines that a reason, or a branch that stays, is about."""
    return {why.line for why in site.facts.reasons} | {kept.line for kept in site.facts.kept}


def _excerpt(site: Site, marked: Collection[int]) -> Iterator[tuple[int, int]]:
    """The first lines and those around each deciding one, joined where they touch."""
    facts = site.facts
    begin, end = facts.start_line, facts.start_line + HEAD
    for line in sorted(set(marked) & {*range(facts.start_line, facts.end_line + 1)}):
        if line - AROUND > end + 1:
            yield begin, end
            begin = line - AROUND
        end = max(end, line + AROUND)
    yield begin, min(end, facts.end_line)


def _dedented(lines: Sequence[str]) -> list[str]:
    """Lines without the white space that all begin with."""
    margins = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines if line.strip()]
    shortest = min(margins, key=len, default="")
    margin = shortest if all(each.startswith(shortest) for each in margins) else ""
    return [line.removeprefix(margin) for line in lines]
