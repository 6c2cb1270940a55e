"""Chains that dispatch, but on something else than providers; told by shape and by the keys, never by a name.

- ``content-parts``: the subject is an item of a loop's own element, and the branches read different other items of it
- ``parameter-names``: the subject is a loop's own element, and the branches only store values under fixed names
- ``error-text``: the subject comes from a caught exception
- ``content-types``: every key is a media type, such as ``"text/plain"``
- ``message-roles``: every key is a role of a chat message, such as ``"user"``

``config["provider"]`` with branches that all read ``config["api_key"]`` is none of these.

Example: ``decoy_of(chain)`` gives ``"content-parts"`` for ``part["type"] == "text"`` and ``part["text"]`` in a loop
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from cutover_migrate.find._chains import Chain
from cutover_migrate.find._scope import OWN_SCOPES, FunctionNodes, own_nodes
from cutover_migrate.find._source import every_node

MEDIA_TYPE = re.compile(r"(application|audio|font|image|multipart|text|video)/[a-z0-9.+*-]+(;.*)?")
ROLES = frozenset({"system", "user", "assistant", "developer", "tool", "function"})
READERS = frozenset({"str", "repr", "getattr", "int"})
OWN_ITEMS = 2


def decoy_of(chain: Chain) -> str | None:
    """The reason code of a chain that is no provider dispatch, ``None`` for every other."""
    keys = [key for branch in chain.keyed for key in branch.keys if key is not None and key != ""]
    if keys and all(isinstance(key, str) and MEDIA_TYPE.fullmatch(key) for key in keys):
        return "content-types"
    if len(set(keys)) > 1 and all(isinstance(key, str) and key in ROLES for key in keys):
        return "message-roles"
    places = _Places.of(chain)
    subject = places.written(chain.subject)
    if _root(subject) in places.caught:
        return "error-text"
    if _root(subject) not in places.elements:
        return None
    if isinstance(subject, ast.Name):
        return "parameter-names" if _only_stores(chain) else None
    base = _base(subject)
    return "content-parts" if base is not None and _reads_own_items(chain, base) else None


class _Places:
    """Where the names of a function come from: loops, caught exceptions, single assignments."""

    def __init__(self, function: ast.AST, expressions: bool) -> None:
        self.elements: set[str] = set()
        self.caught: set[str] = set()
        assigned: dict[str, list[ast.expr]] = {}
        for node in own_nodes(function) if expressions else _own_statements(function):
            if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
                self.elements |= _stored(node.target)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                self.caught.add(node.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    for name in _stored(target):
                        assigned.setdefault(name, []).append(node.value)
        self._assigned = {name: values[0] for name, values in assigned.items() if len(values) == 1}

    @staticmethod
    @lru_cache(maxsize=64)
    def _in(function: ast.AST, expressions: bool) -> _Places:
        return _Places(function, expressions)

    @classmethod
    def of(cls, chain: Chain) -> _Places:
        """The places of the innermost function around a chain; of the chain's own statement where there is none."""
        inner = [scope for scope in chain.scopes if isinstance(scope, FunctionNodes)]
        return cls._in(inner[-1] if inner else chain.nodes[0], chain.kind == "ifexp")

    def written(self, subject: ast.expr) -> ast.expr:
        """The subject, or what its name was given; methods of the text left out."""
        subject = _stripped(subject)
        given = self._assigned.get(subject.id) if isinstance(subject, ast.Name) else None
        known = isinstance(subject, ast.Name) and subject.id in self.elements | self.caught
        return _stripped(given) if given is not None and not known else subject


def _own_statements(function: ast.AST) -> Iterator[ast.AST]:
    """The statements of a function and its ``except`` clauses, those of inner functions and classes left out."""
    stack = [function]
    while stack:
        node = stack.pop()
        if node is not function:
            yield node
            if isinstance(node, OWN_SCOPES):
                continue
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            parts = getattr(node, name, None)
            if isinstance(parts, list):
                stack.extend(parts)


def _stored(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _stripped(node: ast.expr) -> ast.expr:
    """An expression without the text methods called on it, ``or`` defaults and ``await``."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner), args=[], keywords=[]):
            return _stripped(inner)
        case ast.BoolOp(op=ast.Or(), values=[inner, *_]) | ast.Await(value=inner):
            return _stripped(inner)
        case _:
            return node


def _root(node: ast.expr) -> str | None:
    """The name that an expression is read from."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
            return _root(inner)
        case ast.Call(func=ast.Name(id=reader), args=[inner, *_]) if reader in READERS:
            return _root(inner)
        case ast.Call(func=ast.Attribute(value=inner)) | ast.BoolOp(values=[inner, *_]):
            return _root(inner)
        case _:
            return None


def _base(subject: ast.expr) -> ast.expr | None:
    """What a subject is one item of."""
    read = _item(subject)
    return read[0] if read is not None else None


def _item(node: ast.AST) -> tuple[ast.expr, str] | None:
    """An expression as (base, item): ``x["k"]``, ``x.get("k")``, ``x.k``, ``getattr(x, "k")``, ``"k" in x``."""
    match node:
        case ast.Subscript(value=base, slice=ast.Constant(value=str() as item)):
            return base, item
        case ast.Call(func=ast.Attribute(value=base, attr="get"), args=[ast.Constant(value=str() as item), *_]):
            return base, item
        case ast.Call(func=ast.Name(id="getattr"), args=[base, ast.Constant(value=str() as item), *_]):
            return base, item
        case ast.Compare(left=ast.Constant(value=str() as item), ops=[ast.In()], comparators=[base]):
            return base, item
        case ast.Attribute(value=base, attr=item) if item != "get":
            return base, item
        case _:
            return None


def _reads_own_items(chain: Chain, base: ast.expr) -> bool:
    """Whether two branches or more read an item that no other one does, and most of them share none."""
    same = ast.dump(base)
    read = [set(_items(branch.body, same)) for branch in chain.keyed]
    readers = [items for items in read if items]
    times = Counter(item for items in readers for item in items)
    own = sum(any(times[item] == 1 for item in items) for items in readers)
    shared = max(times.values(), default=0)
    return own >= OWN_ITEMS and (2 * shared <= len(readers) or shared == 1)


def _items(body: list[ast.stmt], base: str) -> Iterator[str]:
    for statement in body:
        for node in every_node(statement):
            read = _item(node)
            if read is not None and ast.dump(read[0]).replace("Store()", "Load()") == base:
                yield read[1]


def _only_stores(chain: Chain) -> bool:
    """Whether most branches only store values under names written out, and call nothing for it."""
    bodies = [branch.body for branch in chain.keyed]
    return 2 * sum(all(map(_is_store, body)) for body in bodies) > len(bodies)


def _is_store(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant()) | ast.Attribute()], value=value):
            return not any(isinstance(node, ast.Call) for node in every_node(value))
        case ast.Continue() | ast.Pass():
            return True
        case _:
            return False
