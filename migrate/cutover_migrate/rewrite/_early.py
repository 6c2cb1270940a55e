"""What a module's top level reads while it runs, up to a line: names that cannot be bound further down.

A function or class of the module that is named there counts as called, so what its body reads is read.

Example: ``early_reads(tree, anchor=12).names``
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

NAMESPACE = frozenset({"globals", "locals", "vars", "dir", "eval", "exec"})
Functions = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class EarlyReads:
    """The ``names`` that are read, and the last line on which the module looks at its names as a whole (0: none)."""

    names: frozenset[str]
    namespace: int


def early_reads(module: ast.Module, anchor: int) -> EarlyReads:
    """What the statements that begin on line ``anchor`` or above read while they run."""
    called = _Callables()
    names: set[str] = set()
    namespace = 0
    for statement in module.body:
        if statement.lineno > anchor:
            break
        called.define(statement)
        nodes = list(called.with_bodies(_eager_nodes(statement)))
        names |= {node.id for node in nodes if _is_read(node)}
        if any(_is_namespace(node) for node in nodes):
            namespace = statement.lineno
    return EarlyReads(frozenset(names), namespace)


class _Callables:
    """The functions and classes of a module, by name."""

    def __init__(self) -> None:
        self._found: dict[str, list[ast.stmt]] = {}

    def define(self, statement: ast.stmt) -> None:
        """Take note of what a statement defines."""
        for node in ast.walk(statement):
            if isinstance(node, (*Functions, ast.ClassDef)):
                self._found.setdefault(node.name, []).append(node)

    def with_bodies(self, nodes: Iterator[ast.AST]) -> Iterator[ast.AST]:
        """The nodes, and those of every body that they name, directly or through another."""
        entered: set[str] = set()
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            yield node
            if isinstance(node, ast.Name) and node.id in self._found and node.id not in entered:
                entered.add(node.id)
                waiting += [inner for each in self._found[node.id] for inner in ast.walk(each)]


def _eager_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement that run with it: not the bodies of functions."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        inside = {id(each) for each in node.body} if isinstance(node, Functions) else set()
        waiting += [child for child in ast.iter_child_nodes(node) if id(child) not in inside]


def _is_read(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _is_namespace(node: ast.AST) -> bool:
    """Whether a node looks at the module's names as a whole: ``globals``, ``sys.modules[__name__]``."""
    if isinstance(node, ast.Name):
        return node.id in NAMESPACE and isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Subscript):
        return ast.unparse(node) == "sys.modules[__name__]"
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "sys.modules.get"
