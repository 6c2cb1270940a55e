"""The two texts of a site: with both arms (``apply``), and with the legacy arm gone (``finish``).

Example: ``applied_edit(source, site, local="provider_config", comments=[])``
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from cutover_migrate.find import Source
from cutover_migrate.rewrite._body import body_start, own_lines, subject_text, template_lines
from cutover_migrate.rewrite._comments import Comment, between, shared_texts
from cutover_migrate.rewrite._regions import Region, case_line, first_line, read_regions, region_text
from cutover_migrate.rewrite._table import SitePlan


@dataclass(frozen=True)
class Edit:
    """Bytes ``start`` to ``end`` of a file become ``text``."""

    start: int
    end: int
    text: str


def applied_edit(source: Source, site: SitePlan, *, local: str, comments: list[Comment]) -> Edit:
    """Put the registry arm in front of the legacy chain; no other byte of the chain changes."""
    chain = site.decided.chain
    subject = subject_text(source, chain)
    line = _front_line(source, site)
    indent = source.indent(line)
    block = template_lines(
        source,
        site,
        indent=indent + _unit(source, site, indent),
        local=local,
        keep_comments=shared(source, site, comments),
    )
    test = f"use_registry({site.symbol}, {subject})"
    newline = source.newline
    body = newline.join(block)
    start = source.starts[line - 1]
    if chain.kind == "match":
        return Edit(start, start, f"{indent}case _ if {test}:{newline}{body}{newline}")
    if chain.kind == "siblings":
        return Edit(start, start, f"{indent}if {test}:{newline}{body}{newline}")
    begin = start + len(indent.encode(source.encoding))
    word = _keyword(source, site)
    return Edit(begin, begin + len(word), f"{word} {test}:{newline}{body}{newline}{indent}elif")


def finished_edit(source: Source, site: SitePlan, *, local: str, comments: list[Comment]) -> Edit:
    """Leave the template, the kept branches and a kept default arm; the legacy arm goes."""
    chain = site.decided.chain
    keep = shared(source, site, comments)
    start = source.starts[chain.start_line - 1]
    end = source.starts[chain.end_line]
    outer = source.indent(chain.start_line)
    if not site.absorbs:
        lines = _kept_form(source, site, local, keep)
    elif site.decided.kept or site.decided.lead:
        lines = _else_form(source, site, local, keep)
    else:
        lines = template_lines(source, site, indent=outer, local=local, keep_comments=keep)
    tail = source.newline if source.lines[chain.end_line - 1].endswith(b"\n") else ""
    return Edit(start, end, source.newline.join(lines) + tail)


def shared(source: Source, site: SitePlan, comments: list[Comment]) -> set[str]:
    """The comments that every branch of the template has."""
    return shared_texts([between(comments, region.first, region.last) for region in member_regions(source, site)])


def member_regions(source: Source, site: SitePlan) -> list[Region]:
    """The regions of the branches that are in the template."""
    regions = read_regions(source, site.decided.chain)
    members = {id(branch) for branch in site.template.members}
    pairs = zip(site.decided.chain.branches, regions.branches, strict=True)
    return [region for branch, region in pairs if id(branch) in members]


def _kept_form(source: Source, site: SitePlan, local: str, keep: set[str]) -> list[str]:
    chain = site.decided.chain
    subject = subject_text(source, chain)
    regions = read_regions(source, chain)
    line = _front_line(source, site)
    indent = source.indent(line)
    block = template_lines(source, site, indent=indent + _unit(source, site, indent), local=local, keep_comments=keep)
    word = "case _ if" if chain.kind == "match" else _keyword(source, site)
    lines = [*_match_header(source, site), f"{indent}{word} {subject} in {site.symbol}:", *block]
    for region in _kept_regions(source, site):
        lines += _rejoined(source, region, word="elif" if chain.kind == "elif" else "")
    if regions.default is not None:
        lines += region_text(source, regions.default)
    return lines


def _else_form(source: Source, site: SitePlan, local: str, keep: set[str]) -> list[str]:
    """The kept branches, then the template for every other key, the default arm's included."""
    chain = site.decided.chain
    indent = source.indent(_front_line(source, site))
    inner = indent + _unit(source, site, indent)
    lines = _match_header(source, site)
    for number, region in enumerate(_kept_regions(source, site)):
        word = "" if chain.kind == "match" else ("elif" if number else _keyword(source, site))
        lines += _rejoined(source, region, word=word)
    lines.append(f"{indent}{'case _' if chain.kind == 'match' else 'else'}:")
    return [*lines, *template_lines(source, site, indent=inner, local=local, keep_comments=keep)]


def _kept_regions(source: Source, site: SitePlan) -> list[Region]:
    chain = site.decided.chain
    kept = {id(kept.branch) for kept in site.decided.kept}
    pairs = zip(chain.branches, read_regions(source, chain).branches, strict=True)
    return [region for branch, region in pairs if id(branch) in kept]


def _match_header(source: Source, site: SitePlan) -> list[str]:
    chain = site.decided.chain
    if chain.kind != "match":
        return []
    lines = source.lines[chain.start_line - 1 : first_line(read_regions(source, chain)) - 1]
    return [line.decode(source.encoding).rstrip("\r\n") for line in lines]


def _rejoined(source: Source, region: Region, *, word: str) -> list[str]:
    """A kept branch's lines, its keyword as its new place in the chain wants it."""
    lines = region_text(source, region)
    if word:
        place = region.keyword - region.first
        lines[place] = re.sub(r"^(\s*)(el)?if\b", rf"\1{word}", lines[place], count=1)
    return lines


def _front_line(source: Source, site: SitePlan) -> int:
    chain = site.decided.chain
    if chain.kind != "match":
        return chain.start_line
    case = chain.branches[0].node
    assert isinstance(case, ast.match_case)
    return case_line(source, case)


def _keyword(source: Source, site: SitePlan) -> str:
    """The word with which the part that is rewritten begins: ``if``, or ``elif`` behind branches that stay."""
    first = site.decided.chain.branches[0].node
    assert isinstance(first, ast.If)
    return "elif" if source.lines[first.lineno - 1].lstrip(b" \t\f").startswith(b"elif") else "if"


def _unit(source: Source, site: SitePlan, indent: str) -> str:
    """One level of indentation, as the chain has it."""
    for branch in site.template.members:
        if own_lines(source, branch.body):
            inner = source.indent(body_start(source, branch.body))
            if inner.startswith(indent) and len(inner) > len(indent):
                return inner[len(indent) :]
    return "\t" if "\t" in indent else "    "
