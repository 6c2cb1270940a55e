"""The template's text: one branch body with its holes filled by table reads, at a new indentation.

Holes are spliced by byte range, so that the user's own formatting stays; LibCST then moves the block (strings that span
lines keep their content) and takes out the comments that go to the table.

Example: ``template_lines(source, site, indent="    ", local="provider_config", keep_comments=set())``
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from cutover_migrate.find import Chain, Source
from cutover_migrate.rewrite._comments import PRAGMAS
from cutover_migrate.rewrite._lift import Lift
from cutover_migrate.rewrite._table import SitePlan
from cutover_migrate.rewrite._template import Hole


def template_lines(source: Source, site: SitePlan, *, indent: str, local: str, keep_comments: set[str]) -> list[str]:
    """``local = SITE.resolve(subject)`` and the template's body, each line at ``indent``, without line ends."""
    template = site.template
    resolve = f"{indent}{local} = {site.symbol}.resolve({subject_text(source, site.decided.chain)})"
    if site.decided.lift is not None:
        return [resolve, f"{indent}{call_text(site.decided.lift, local, site.columns[0])}"]
    holes = list(zip(template.holes, site.columns, strict=True))
    text = _spliced(source, template.body, holes, local)
    return [resolve, *_moved(text, indent, source.newline, keep_comments)]


def call_text(lift: Lift, local: str, column: str) -> str:
    """The statement that calls the handler of the resolved provider."""
    call = f"{'await ' if lift.waits else ''}{local}.{column}({', '.join(lift.captures)})"
    if lift.returns:
        return f"return {call}"
    return f"{', '.join(lift.outputs)} = {call}" if lift.outputs else call


def subject_text(source: Source, chain: Chain) -> str:
    """The subject as it is written, on one line."""
    text = source.segment(chain.subject)
    return ast.unparse(chain.subject) if "\n" in text or "\r" in text else text


def moved_body(source: Source, body: Sequence[ast.stmt], indent: str) -> list[str]:
    """A body as it is, each line at ``indent``, comments included, without line ends."""
    return _moved(_spliced(source, body, [], ""), indent, source.newline, None)


def body_start(source: Source, body: Sequence[ast.stmt]) -> int:
    """The line on which a body starts, decorators included."""
    decorators: list[ast.expr] = getattr(body[0], "decorator_list", [])
    line = min([body[0].lineno, *(decorator.lineno for decorator in decorators)])
    while decorators and not source.lines[line - 1].lstrip(b" \t\f").startswith(b"@"):
        line -= 1
    return line


def own_lines(source: Source, body: Sequence[ast.stmt]) -> bool:
    """Whether a body starts on a line of its own."""
    line = source.lines[body_start(source, body) - 1]
    column = body[0].col_offset
    return body_start(source, body) != body[0].lineno or not line[:column].strip()


def _spliced(source: Source, body: Sequence[ast.stmt], holes: list[tuple[Hole, str]], local: str) -> str:
    """The body as the block of an ``if``, holes filled."""
    start = source.starts[_comments_start(source, body) - 1] if own_lines(source, body) else source.span(body[0])[0]
    end = _body_end(source, body)
    pieces: list[str] = []
    position = start
    for node, replacement in sorted(_replacements(source, holes, local), key=lambda pair: source.span(pair[0])[0]):
        first, last = source.span(node)
        pieces += [source.text(position, first), replacement]
        position = last
    pieces.append(source.text(position, end))
    text = "".join(pieces)
    lead = "" if own_lines(source, body) else "    "
    return f"if 1:{source.newline}{lead}{text}{source.newline}"


def _comments_start(source: Source, body: Sequence[ast.stmt]) -> int:
    """The first line of a body, with the comments above its first statement."""
    first = line = body_start(source, body)
    indent = source.indent(first)
    while line > 1:
        line -= 1
        text = source.lines[line - 1].strip()
        if text and (not text.startswith(b"#") or source.indent(line) != indent):
            break
        first = line if text else first
    return first


def _body_end(source: Source, body: Sequence[ast.stmt]) -> int:
    """The end of a body, with the comment behind its last statement and those below it at its indentation."""
    last = body[-1].end_lineno or body[-1].lineno
    end = source.span(body[-1])[1]
    behind = source.data[end : source.starts[last]].rstrip(b"\r\n")
    if behind.lstrip(b" \t\f;").startswith(b"#"):
        end += len(behind)
    for line in range(last + 1, len(source.lines) + 1):
        text = source.lines[line - 1].strip()
        if text and (not text.startswith(b"#") or source.indent(line) != source.indent(body_start(source, body))):
            break
        if text:
            end = source.starts[line - 1] + len(source.lines[line - 1].rstrip(b"\r\n"))
    return end


def _replacements(source: Source, holes: list[tuple[Hole, str]], local: str) -> list[tuple[ast.expr, str]]:
    found = []
    for hole, column in holes:
        node = hole.nodes[0]
        read = f"{local}.{column}"
        if hole.kind == "attribute":
            assert isinstance(node, ast.Attribute)
            read = f"getattr({source.segment(node.value)}, {read})"
        found.append((node, read))
    return found


def _moved(text: str, indent: str, newline: str, keep: set[str] | None) -> list[str]:
    """The block of ``text`` at another indentation; comments that are not in ``keep`` go (``None``: none of them)."""
    module = cst.parse_module(text)
    cleaned = module if keep is None else module.visit(_CommentRemover(keep))
    statement = cleaned.body[0]
    assert isinstance(statement, cst.If)
    block = statement.body
    assert isinstance(block, cst.IndentedBlock)
    moved = statement.with_changes(body=block.with_changes(indent=indent))
    code = cleaned.with_changes(body=[moved], default_newline=newline).code
    return _lines(code)[1:]


def _lines(code: str) -> list[str]:
    """The lines without line ends; the other characters that ``str.splitlines`` parts at stay where they are."""
    return [line.removesuffix("\r") for line in code.removesuffix("\n").split("\n")]


class _CommentRemover(cst.CSTTransformer):
    """Takes comments out, save those that stay and those that speak to a tool."""

    def __init__(self, keep: set[str]) -> None:
        super().__init__()
        self.keep = keep

    def leave_EmptyLine(
        self, _original: cst.EmptyLine, updated_node: cst.EmptyLine
    ) -> cst.EmptyLine | cst.RemovalSentinel:
        if updated_node.comment is None or self._stays(updated_node.comment):
            return updated_node
        return cst.RemoveFromParent()

    def leave_TrailingWhitespace(
        self, _original: cst.TrailingWhitespace, updated_node: cst.TrailingWhitespace
    ) -> cst.TrailingWhitespace:
        if updated_node.comment is None or self._stays(updated_node.comment):
            return updated_node
        return updated_node.with_changes(comment=None, whitespace=cst.SimpleWhitespace(""))

    def _stays(self, comment: cst.Comment) -> bool:
        text = comment.value.lstrip("#").strip()
        return text in self.keep or text.lower().startswith(PRAGMAS)
