"""The edits of one file, for both stages: with both arms (``apply``) and with the legacy arm gone (``finish``).

Example: ``FileRewrite(source, sites, imports, blocks, table, layout).applied()``
"""

from __future__ import annotations

import ast
import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cutover_migrate.find import Block, Source, used_names
from cutover_migrate.rewrite._comments import Comment, between, read_comments
from cutover_migrate.rewrite._decide import text_keys
from cutover_migrate.rewrite._gone import Loading, Removal, Stays, owners_of, provider_groups, split_groups
from cutover_migrate.rewrite._handlers import handler_texts, handlers_place
from cutover_migrate.rewrite._imports import FileImports
from cutover_migrate.rewrite._layout import Layout
from cutover_migrate.rewrite._naming import fresh
from cutover_migrate.rewrite._regions import read_regions
from cutover_migrate.rewrite._sites import Edit, applied_edit, finished_edit, member_regions, shared
from cutover_migrate.rewrite._table import SitePlan, Table

WIDTH = 100
IMPORTED = {"timeouts": "get_provider_registry", "list": "AUTO_DETECT_PROVIDERS", "alias": "normalize_provider_name"}
KEPT_REASONS = {
    "timeouts": "it names a provider that no chain serves, has another order, or differs from the table taken",
    "list": "it differs from the list that became AUTO_DETECT_PROVIDERS, or stands inside a site",
    "alias": "the aliases are not the same at each place",
}


@dataclass(frozen=True)
class BlockPlan:
    """What happens at ``finish`` to a block of statements around the chains."""

    kind: str
    first: int
    last: int
    decision: str
    reason: str = ""


class FileRewrite:
    """Everything that is written into one existing file."""

    def __init__(
        self,
        source: Source,
        sites: list[SitePlan],
        imports: FileImports,
        blocks: list[Block],
        table: Table,
        layout: Layout,
        every_site: list[SitePlan],
    ) -> None:
        self.source = source
        self.sites = [site for site in sites if site.path == source.path]
        self.every_site = every_site
        self.imports = imports
        self.blocks = blocks
        self.table = table
        self.layout = layout
        self.comments = read_comments(source)

    @cached_property
    def local(self) -> str:
        """The fresh local name of the templates."""
        return fresh("provider_config", self._used)

    @cached_property
    def _used(self) -> set[str]:
        return used_names(self.source.tree)

    def applied(self) -> str:
        """The file with both arms."""
        edits = [applied_edit(self.source, site, local=self.local, comments=self.comments) for site in self.sites]
        imports = [self._import(["bind_providers", "use_registry"])]
        return splice(self.source, [*edits, *self._handler_edits(), *self._bind_edits(self.anchor, imports, Loading())])

    def finished(self) -> str:
        """The file with the legacy arm gone."""
        edits = [finished_edit(self.source, site, local=self.local, comments=self.comments) for site in self.sites]
        names = {"bind_providers"}
        first = self.anchor
        for edit, name in self._table_edits():
            edits.append(edit)
            names.add(name)
            first = min(first, self._line_at(edit.start) - 1)
        imports = [self._import(sorted(names - {"AUTO_DETECT_PROVIDERS"}))]
        if "AUTO_DETECT_PROVIDERS" in names:
            imports.insert(0, f"from {self.layout.config_module} import AUTO_DETECT_PROVIDERS")
        edits += [*self._import_edits(), *self._bind_edits(first, imports, self._split[0]), *self._handler_edits()]
        return splice(self.source, edits)

    def _handler_edits(self) -> Iterator[Edit]:
        """The handlers of the lifted sites, each site's in front of the statement that the site stands in."""
        for site in self.sites:
            if site.decided.lift is None:
                continue
            line = handlers_place(self.source, site.decided.chain.start_line, self.comments)
            texts = handler_texts(self.source, site, self.comments)
            at = self.source.starts[line - 1]
            yield Edit(at, at, "".join(self._joined([*text, "", ""]) for text in texts))

    @cached_property
    def anchor(self) -> int:
        """The line after which the registry's names are bound: behind the provider imports and those next to them."""
        groups = provider_groups(self.imports, self.table, self.every_site, self.source.path)
        last = max(
            [statement.end_lineno or 0 for group in groups for statement in group.statements], default=self._header
        )
        for statement in self.source.tree.body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)) or _is_docstring(statement):
                last = max(last, statement.end_lineno or 0)
            elif statement.lineno > last:
                break
        return last

    @cached_property
    def _header(self) -> int:
        """How many comment lines the file begins with: its interpreter, its encoding, its licence."""
        lines = [line.removeprefix(codecs.BOM_UTF8) for line in self.source.lines]
        return next((number for number, line in enumerate(lines) if not line.startswith(b"#")), len(lines))

    @cached_property
    def _split(self) -> tuple[Loading, list[Removal], list[Stays]]:
        return split_groups(self.imports, self.table, self.every_site, self.source.path, anchor=self.anchor)

    def block_plans(self) -> Iterator[BlockPlan]:
        """The blocks of the file: runs of provider imports, and the tables, lists and alias fixes."""
        _, removals, stays = self._split
        lines = self.source.lines
        yield from _runs([removal.group.statements for removal in removals], lines, "rewrite", "")
        for stay in stays:
            yield from _runs([stay.group.statements], lines, "keep", stay.reason)
        rewritten = {id(edit_block) for edit_block in self._rewritten_blocks}
        for block in self.blocks:
            if not self._belongs(block):
                continue
            decision = "rewrite" if id(block) in rewritten else "keep"
            first, last = block.node.lineno, block.node.end_lineno or block.node.lineno
            reason = "" if decision == "rewrite" else self._kept_reason(block)
            yield BlockPlan(block.kind, first, last, decision, reason)

    def _belongs(self, block: Block) -> bool:
        known = {*self.table.providers}
        if block.kind == "alias":
            return block.names[1] in known and block.names[0] not in known
        members = [name for name in block.names if name in known]
        return bool(members) and (block.kind == "timeouts" or 2 * len(members) > len(block.names))

    @cached_property
    def _rewritten_blocks(self) -> list[Block]:
        outside = [block for block in self.blocks if not self._inside_site(block)]
        return [block for block in outside if self._belongs(block) and self._matches(block)]

    def _inside_site(self, block: Block) -> bool:
        line = block.node.lineno
        return any(site.decided.chain.start_line <= line <= site.decided.chain.end_line for site in self.sites)

    def _kept_reason(self, block: Block) -> str:
        if IMPORTED[block.kind] in self._used:
            return f"the file uses the name {IMPORTED[block.kind]} already"
        return KEPT_REASONS[block.kind]

    def _matches(self, block: Block) -> bool:
        if IMPORTED[block.kind] in self._used:
            return False
        if block.kind == "timeouts":
            ordered = [name for name in self.table.providers if name in self.table.timeouts]
            same = dict(zip(block.names, block.values, strict=True)) == self.table.timeouts
            return same and ordered == list(block.names)
        if block.kind == "list":
            return list(block.names) == self.table.auto_detect
        return self.table.aliases == {block.names[0]: block.names[1]}

    def _table_edits(self) -> Iterator[tuple[Edit, str]]:
        for block in self._rewritten_blocks:
            if block.kind == "timeouts":
                assert isinstance(block.node, (ast.Assign, ast.AnnAssign))
                assert block.node.value is not None
                start, end = self.source.span(block.node.value)
                yield Edit(start, end, "get_provider_registry().timeouts()"), "get_provider_registry"
            elif block.kind == "list":
                start, end = self.source.span(block.node)
                kind = "tuple" if isinstance(block.node, ast.Tuple) else "list"
                text = f"{kind}(AUTO_DETECT_PROVIDERS)" if block.target else "AUTO_DETECT_PROVIDERS"
                yield Edit(start, end, text), "AUTO_DETECT_PROVIDERS"
            else:
                start, end = self.source.span(block.node)
                text = f"{block.target} = normalize_provider_name({block.target})"
                yield Edit(start, end, text), "normalize_provider_name"

    def _import_edits(self) -> Iterator[Edit]:
        """Take the provider imports out; names that nothing else binds stay imported."""
        _, removals, _ = self._split
        gone: set[int] = set()
        for removal in removals:
            for statement in removal.group.statements:
                gone |= set(self._whole_lines(statement))
            rest = [name for name in removal.group.names if name.local not in removal.names]
            if rest:
                at = self.source.starts[removal.group.statements[0].lineno - 1]
                names = ", ".join(_as_import(name.attribute, name.local) for name in rest)
                text = f"from {_written_module(removal.group.statements[0])} import {names}{self.source.newline}"
                yield Edit(at, at, text)
        for line in self._with_blanks(gone):
            yield Edit(self.source.starts[line - 1], self.source.starts[line], "")

    def _with_blanks(self, gone: set[int]) -> list[int]:
        """The lines that go, with the blank ones that only parted them, and one side's at each end."""
        lines = self.source.lines
        blank = [number for number in range(1, len(lines) + 1) if not lines[number - 1].strip()]
        found = set(gone)
        for number in blank:
            above = next((n for n in range(number - 1, 0, -1) if lines[n - 1].strip()), 0)
            below = next((n for n in range(number + 1, len(lines) + 1) if lines[n - 1].strip()), 0)
            if above in gone and (below in gone or below == 0):
                found.add(number)
        return sorted(found)

    def _bind_edits(self, first: int, imports: list[str], loading: Loading) -> Iterator[Edit]:
        """The import of the registry's names behind the last import before ``first``; the binding behind the anchor."""
        top = self._last_import(first)
        bind = self._bind(loading)
        if top == self.anchor:
            at = self.source.starts[top]
            open_end = at == len(self.source.data) and not self.source.data.endswith((b"\n", b"\r"))
            end = self.source.newline if open_end else ""
            yield Edit(at, at, end + self._joined([*imports, "", bind, *self._blank_after(top)]))
            return
        at = self.source.starts[top]
        yield Edit(at, at, self._joined(imports))
        at = self.source.starts[self.anchor]
        lead = [] if self._is_removed(self.anchor) else [""]
        yield Edit(at, at, self._joined([*lead, bind, *self._blank_after(self.anchor)]))

    def _is_removed(self, line: int) -> bool:
        _, removals, _ = self._split
        last = [statement.end_lineno for removal in removals for statement in removal.group.statements]
        return line in last and bool(self._split[0].helper)

    def _last_import(self, line: int) -> int:
        """The last line of the top-level imports that end at or before ``line``."""
        found = self._header
        for statement in self.source.tree.body:
            end = statement.end_lineno or 0
            first = statement is self.source.tree.body[0] and _is_docstring(statement)
            if end <= line and (first or isinstance(statement, (ast.Import, ast.ImportFrom))):
                found = end
        return found

    def _blank_after(self, line: int) -> list[str]:
        following = self.source.lines[line : line + 1]
        return [""] if following and following[0].strip() else []

    def _whole_lines(self, statement: ast.stmt) -> range:
        """A statement's lines, with the comment lines directly above it; the head of the file is not its comment."""
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        while first > 1 and self.source.lines[first - 2].startswith(b"#"):
            first -= 1
        return range(first if first > 1 else statement.lineno, last + 1)

    def carried_comments(self) -> dict[str, list[str]]:
        """The comments that leave with the legacy arm, by the provider that they belong to."""
        found: dict[str, list[str]] = {}
        for site in self.sites:
            for provider, comment in self._site_comments(site):
                _remember(found, provider, comment)
        for block in self._rewritten_blocks:
            for provider, comment in self._block_comments(block):
                _remember(found, provider, comment)
        _, removals, _ = self._split
        owners = owners_of([removal.group for removal in removals], self.table)
        for removal in removals:
            for statement in removal.group.statements:
                lines = self._whole_lines(statement)
                for comment in between(self.comments, lines[0], lines[-1]):
                    for provider in owners[id(removal.group)][:1]:
                        _remember(found, provider, comment)
        return found

    def _site_comments(self, site: SitePlan) -> Iterator[tuple[str, Comment]]:
        if site.decided.lift is not None:
            return
        keep = shared(self.source, site, self.comments)
        for branch, region in zip(site.template.members, member_regions(self.source, site), strict=True):
            for comment in between(self.comments, region.first, region.last):
                if comment.text not in keep:
                    yield text_keys(branch)[0], comment
        default = read_regions(self.source, site.decided.chain).default
        if site.absorbs and site.default and default is not None:
            for comment in between(self.comments, default.first, default.last):
                if comment.text not in keep:
                    yield site.default, comment

    def _block_comments(self, block: Block) -> Iterator[tuple[str, Comment]]:
        """The comments inside a table, list or alias fix, by the name on their line or the next one below."""
        items: list[ast.expr | None] = []
        if isinstance(block.node, (ast.List, ast.Tuple)):
            items = [*block.node.elts]
        elif isinstance(block.node, (ast.Assign, ast.AnnAssign)) and isinstance(block.node.value, ast.Dict):
            items = block.node.value.keys
        marks = [(item.lineno, name) for item, name in zip(items, block.names, strict=False) if item is not None]
        for comment in between(self.comments, block.node.lineno, (block.node.end_lineno or 0) - 1):
            yield next((name for line, name in marks if line >= comment.line), block.names[-1]), comment

    def _import(self, names: Iterable[str]) -> str:
        return f"from {self.layout.registry_module} import {', '.join(names)}"

    def _bind(self, loading: Loading) -> str:
        symbols = ", ".join(site.symbol for site in self.sites)
        target = symbols if len(self.sites) > 1 else f"({symbols},)"
        names = "".join(f', "{site.name}"' for site in self.sites)
        load = f', load={loading.helper}, load_by="{loading.by}"' if loading.helper else ""
        line = f"{target} = bind_providers(globals(){names}{load})"
        if len(line) <= WIDTH:
            return line
        newline = self.source.newline
        return f"{target} = bind_providers({newline}    globals(){names}{load}{newline})"

    def _joined(self, lines: list[str]) -> str:
        return "".join(f"{line}{self.source.newline}" for line in lines)

    def _line_at(self, offset: int) -> int:
        return self.source.data.count(b"\n", 0, offset) + 1


def splice(source: Source, edits: Iterable[Edit]) -> str:
    """Apply edits that do not overlap; every byte outside of them stays."""
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            raise AssertionError(f"{source.path}: edits overlap at byte {edit.start}")
        pieces += [source.text(position, edit.start), edit.text]
        position = edit.end
    pieces.append(source.text(position, len(source.data)))
    return "".join(pieces)


def _runs(groups: list[tuple[ast.stmt, ...]], lines: list[bytes], decision: str, reason: str) -> Iterator[BlockPlan]:
    """Join import statements into blocks where nothing but blank lines and comments is between them."""
    statements = sorted((statement for group in groups for statement in group), key=lambda node: node.lineno)
    first = last = 0
    for statement in statements:
        between = lines[last : statement.lineno - 1]
        if first and any(line.strip() and not line.lstrip().startswith(b"#") for line in between):
            yield BlockPlan("imports", first, last, decision, reason)
            first = 0
        first = first or statement.lineno
        last = statement.end_lineno or statement.lineno
    if first:
        yield BlockPlan("imports", first, last, decision, reason)


def _remember(found: dict[str, list[str]], provider: str, comment: Comment) -> None:
    texts = found.setdefault(provider, [])
    if comment.text and not comment.is_pragma and comment.text not in texts:
        texts.append(comment.text)


def _as_import(attribute: str, local: str) -> str:
    return local if attribute == local else f"{attribute} as {local}"


def _written_module(statement: ast.stmt) -> str:
    assert isinstance(statement, ast.ImportFrom)
    return "." * statement.level + (statement.module or "")


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
