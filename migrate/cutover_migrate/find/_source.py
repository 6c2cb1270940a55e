"""Reading Python sources as text: never imported, never executed.

A :class:`Source` is one file with its bytes, its tree and its line offsets, so that everything else can speak in
byte ranges.

Example: ``read_source(root, "src/routes/chat.py").tree``
"""

from __future__ import annotations

import ast
import codecs
import io
import os
import sys
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from cutover_migrate.errors import BadInput, NothingFound, NotPython

SKIPPED_FOLDERS = frozenset(
    {"__pycache__", "node_modules", "site-packages", "dist", "build", "venv", "env", ".venv", ".git", ".cutover"}
)
ROOT_MARKERS = (".cutover", "cutover.toml", ".git", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")
PLAIN_FIELDS = frozenset(
    [
        "arg",
        "attr",
        "conversion",
        "ctx",
        "id",
        "is_async",
        "kind",
        "kwd_attrs",
        "level",
        "module",
        "op",
        "ops",
        "simple",
        "type_comment",
    ]
)
"""Fields of nodes that hold operators, contexts and texts, and no other nodes."""
NODE_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {ast.Name: (), ast.Constant: (), ast.Global: (), ast.Nonlocal: ()}

BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
BLOCK_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


@dataclass(frozen=True)
class Source:
    """One Python file: ``path`` is relative to the project root, in POSIX form.

    Its ``tree`` is parsed when it is first asked for, which raises :class:`NotPython` where that cannot be done.
    """

    path: str
    data: bytes

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return _parsed(self.path, self.data)

    @cached_property
    def digest(self) -> str:
        """A digest of the file's bytes."""
        return content_digest(self.data)

    @cached_property
    def encoding(self) -> str:
        """The encoding that the file declares."""
        encoding, _ = tokenize.detect_encoding(io.BytesIO(self.data).readline)
        return "utf-8" if encoding == "utf-8-sig" else encoding

    @cached_property
    def lines(self) -> list[bytes]:
        """The file's lines, line ends included."""
        return self.data.splitlines(keepends=True)

    @cached_property
    def starts(self) -> list[int]:
        """Byte offset at which each line starts (the first one behind a byte order mark), and the file's length."""
        offsets = [0]
        for line in self.lines:
            offsets.append(offsets[-1] + len(line))
        if self.data.startswith(codecs.BOM_UTF8):
            offsets[0] = len(codecs.BOM_UTF8)
        return offsets

    @cached_property
    def newline(self) -> str:
        """The line end of the file's first line."""
        return "\r\n" if self.lines and self.lines[0].endswith(b"\r\n") else "\n"

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree, in no particular order."""
        return every_node(self.tree)

    def offset(self, line: int, column: int) -> int:
        """Byte offset of a position in ``ast`` terms (line from 1, column in bytes of UTF-8)."""
        if self.encoding != "utf-8":
            before = self.lines[line - 1].decode(self.encoding).encode()[:column].decode()
            column = len(before.encode(self.encoding))
        return self.starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Byte range of a node."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def text(self, start: int, end: int) -> str:
        """The text of a byte range."""
        return self.data[start:end].decode(self.encoding)

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """The text of a node."""
        return self.text(*self.span(node))

    def indent(self, line: int) -> str:
        """The white space before the first character of a line."""
        raw = self.lines[line - 1].decode(self.encoding)
        return raw[: len(raw) - len(raw.lstrip(" \t\f"))]


@dataclass(frozen=True)
class Unread:
    """A file that was met and could not be used."""

    path: str
    line: int
    reason: str


@dataclass
class Tree:
    """What :func:`read_tree` found under the given paths; ``named`` are the files that were given as such."""

    root: Path
    sources: dict[str, Source] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    named: set[str] = field(default_factory=set)

    def leave_out(self, path: str, line: int, reason: str) -> None:
        """Take a file that does not parse for unread."""
        del self.sources[path]
        self.unread.append(Unread(path, line, reason))


def content_digest(data: bytes) -> str:
    """A digest by which equal bytes are known."""
    return blake2b(data, digest_size=16).hexdigest()


def every_node(tree: ast.AST) -> list[ast.AST]:
    """Every node of a tree, the tree itself first, but no operators and contexts; much faster than ``ast.walk``."""
    found = [tree]
    for node in found:
        found.extend(inner_nodes(node))
    return found


def inner_nodes(node: ast.AST) -> list[ast.AST]:
    """The nodes directly inside one, operators and contexts left out."""
    kind = node.__class__
    if kind not in NODE_FIELDS:
        NODE_FIELDS[kind] = tuple(name for name in kind._fields if name not in PLAIN_FIELDS)
    found: list[ast.AST] = []
    values = node.__dict__
    for name in NODE_FIELDS[kind]:
        value = values.get(name)
        if value.__class__ is list:
            found.extend(filter(None, value))
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def every_statement(tree: ast.AST) -> Iterator[ast.stmt]:
    """Every statement of a tree, in no particular order; expressions are not looked into."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind not in BLOCK_FIELDS:
            BLOCK_FIELDS[kind] = tuple(name for name in kind._fields if name in BLOCKS)
        if isinstance(node, ast.stmt):
            yield node
        for name in BLOCK_FIELDS[kind]:
            stack.extend(getattr(node, name))


def project_root(paths: Iterable[Path]) -> Path:
    """The project that the paths belong to: the nearest folder above with a project marker, else their own folder."""
    first = next(iter(paths)).resolve()
    start = first if first.is_dir() else first.parent
    for folder in (start, *start.parents):
        if any((folder / marker).exists() for marker in ROOT_MARKERS):
            return folder
    return start


def parse_source(path: str, data: bytes) -> Source:
    """One file's bytes as a parsed source; raises :class:`NotPython`."""
    source = Source(path, data)
    assert source.tree
    return source


def _parsed(path: str, data: bytes) -> ast.Module:
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    try:
        tokenize.detect_encoding(io.BytesIO(data).readline)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data, filename=path)
    except SyntaxError as error:
        raise NotPython(path, error.lineno or 1, error.msg or "syntax error", python=python) from error
    except (ValueError, RecursionError, MemoryError, LookupError) as error:
        raise NotPython(path, 1, str(error) or type(error).__name__, python=python) from error


def read_source(root: Path, path: str, *, parse: bool = True) -> Source:
    """Read one file of a project, and parse it if wanted."""
    try:
        data = (root / path).read_bytes()
        return parse_source(path, data) if parse else Source(path, data)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); nothing was written") from error


def read_tree(paths: Iterable[Path], *, root: Path | None = None, parse: bool = True) -> Tree:
    """Read every Python file under ``paths``.

    A file that is named directly must parse; inside a folder, one that does not is listed in ``unread``. Without
    ``parse`` the bytes alone are read, and what does not parse is found out later.
    """
    chosen = list(paths)
    missing = [path for path in chosen if not path.exists()]
    if missing:
        raise BadInput(f"{missing[0]}: there is no such file or folder; name a Python file or a folder that holds some")
    top = (root or project_root(chosen)).resolve()
    found = Tree(top)
    for path in chosen:
        for file in _python_files(path):
            _read_into(found, file, named=path.is_file(), parse=parse)
    if not found.sources and not found.unread:
        names = ", ".join(str(path) for path in chosen)
        raise NothingFound(f"{names}: no Python file there; name the folder that holds the gateway's sources")
    return found


def _read_into(found: Tree, file: Path, *, named: bool, parse: bool) -> None:
    resolved = file.resolve()
    try:
        relative = resolved.relative_to(found.root).as_posix()
    except ValueError as error:
        raise BadInput(f"{file}: lies outside of the project root {found.root}; give --root") from error
    if relative in found.sources:
        return
    if named and file.suffix not in {".py", ".pyi", ".pyw", ""}:
        raise BadInput(f"{file}: not a Python file (its name ends in {file.suffix!r}); name a .py file or a folder")
    found.named |= {relative} if named else set()
    try:
        found.sources[relative] = read_source(found.root, relative, parse=parse)
    except NotPython as error:
        if named:
            raise
        found.unread.append(Unread(relative, error.line, error.reason))
    except BadInput as error:
        if named:
            raise
        found.unread.append(Unread(relative, 1, str(error)))


def _python_files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED_FOLDERS
            and not name.startswith(".")
            and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
        )
        for name in sorted(files):
            if name.endswith(".py"):
                yield Path(folder, name)
