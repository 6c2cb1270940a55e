"""What the source of a migrated module says of a site: what the legacy branch of each key has in the template's holes.

That is the function that it calls where the template reads a slot, and the constant that it has where the template
reads a value; and whether the rest is the same program.

    branches_of("src.routes.chat", "chat")["near"].functions        {"make_near_request": "make_request"}
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from cutover_registry import Site

Nodes: TypeAlias = list[Any]
QUESTION = "use_registry"


@dataclass(frozen=True, slots=True)
class Branch:
    """The legacy branch of one key beside the template.

    Attributes:
        functions: What the branch reads where the template reads a slot, to the slot.
        values: The value that the template reads to the constant that the branch has.
        difference: Where the two differ in anything else; empty where they do not.
    """

    functions: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    difference: str = ""


def branches_of(module: str, site: str) -> Mapping[str, Branch]:
    """Give the branches of a site by key; none where the module has no source, or is written in another way."""
    loaded = sys.modules.get(module)
    place = getattr(loaded, "__file__", None)
    if loaded is None or not isinstance(place, str):
        return {}
    names = frozenset(name for name, value in vars(loaded).items() if type(value) is Site and value.name == site)
    try:
        return _branches(_tree(place), names)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}


@lru_cache(maxsize=64)
def _tree(place: str) -> ast.Module:
    return ast.parse(Path(place).read_bytes())


def _branches(tree: ast.Module, names: frozenset[str]) -> dict[str, Branch]:
    found: dict[str, Branch] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _asks(node.test, names):
            chain = _chain(node)
        elif isinstance(node, ast.Match) and node.cases and _asks(node.cases[0].guard, names):
            chain = _cases(node)
        else:
            continue
        template = next(chain)[1]
        for keys, body in chain:
            branch = _beside(template, body)
            found |= {key: branch for key in keys if key not in found}
    return found


def _asks(test: ast.expr | None, names: frozenset[str]) -> bool:
    called = test.func if isinstance(test, ast.Call) else None
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    if name != QUESTION or not isinstance(test, ast.Call) or not test.args:
        return False
    return isinstance(test.args[0], ast.Name) and test.args[0].id in names


def _chain(node: ast.If) -> Iterator[tuple[tuple[str, ...], Nodes]]:
    """The template first, then each branch with its keys."""
    yield (), node.body
    rest = node.orelse
    while len(rest) == 1 and isinstance(rest[0], ast.If):
        yield tuple(_keys(rest[0].test)), rest[0].body
        rest = rest[0].orelse


def _cases(node: ast.Match) -> Iterator[tuple[tuple[str, ...], Nodes]]:
    yield (), node.cases[0].body
    for case in node.cases[1:]:
        patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
        values = [pattern.value for pattern in patterns if isinstance(pattern, ast.MatchValue)]
        if case.guard is None and len(values) == len(patterns):
            yield tuple(key for value in values for key in _constants(value)), case.body


def _keys(test: ast.expr) -> Iterator[str]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        for part in test.values:
            yield from _keys(part)
    elif isinstance(test, ast.Compare) and len(test.ops) == 1:
        if isinstance(test.ops[0], ast.Eq):
            yield from _constants(test.comparators[0])
            yield from _constants(test.left)
        elif isinstance(test.ops[0], ast.In):
            yield from _constants(test.comparators[0])


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for item in node.elts:
            yield from _constants(item)


def _beside(template: Nodes, body: Nodes) -> Branch:
    config, rest = _config(template)
    walk = _Walk(config)
    walk.same(rest, body)
    return Branch(walk.functions, walk.values, walk.difference)


def _config(template: Nodes) -> tuple[str, Nodes]:
    """The name that holds what `resolve` gave, and the statements behind it."""
    first = template[0] if template else None
    if isinstance(first, ast.Assign) and isinstance(first.targets[0], ast.Name) and isinstance(first.value, ast.Call):
        called = first.value.func
        if isinstance(called, ast.Attribute) and called.attr == "resolve":
            return first.targets[0].id, template[1:]
    return "", template


class _Walk:
    """Goes along both programs at once; stops at the first difference that is no hole."""

    def __init__(self, config: str) -> None:
        self._config = config
        self.functions: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self.difference = ""

    def same(self, one: Any, other: Any) -> bool:
        if isinstance(one, ast.AST):
            return self._nodes(one, other)
        if isinstance(one, list):
            alike = isinstance(other, list) and len(one) == len(other)
            return alike and all(self.same(left, right) for left, right in zip(one, other, strict=True))
        return bool(one == other)

    def _nodes(self, one: ast.AST, other: Any) -> bool:
        if self._hole(one, other):
            return True
        if type(one) is not type(other):
            return self._differ(one, other)
        alike = all(self.same(getattr(one, name, None), getattr(other, name, None)) for name in one._fields)
        return alike or self._differ(one, other)

    def _hole(self, one: ast.AST, other: Any) -> bool:
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == self._config:
            if isinstance(other, ast.Name | ast.Attribute):
                self.functions[ast.unparse(other)] = one.attr
            elif isinstance(other, ast.Constant):
                self.values[one.attr] = other.value
            else:
                return False
            return True
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "getattr":
            named = isinstance(other, ast.Attribute) and len(one.args) == 2
            return (
                named and self._nodes(one.args[0], other.value) and self._nodes(one.args[1], ast.Constant(other.attr))
            )
        return False

    def _differ(self, one: ast.AST, other: Any) -> bool:
        if not self.difference:
            line = getattr(one, "lineno", 0), getattr(other, "lineno", 0)
            self.difference = f"the template (line {line[0]}) and the branch (line {line[1]}) are not the same program"
        return False
