"""A copy of a tree: what `copy.deepcopy` does, without its bookkeeping."""

from __future__ import annotations

import ast
from typing import Any, TypeVar

Node = TypeVar("Node", bound=ast.AST)


def copied(node: Node) -> Node:
    """Copy a node and all below it; nodes without fields (contexts, operators) are shared."""
    made = type(node).__new__(type(node))
    for name, value in vars(node).items():
        setattr(made, name, _part(value))
    return made


def _part(value: Any) -> Any:
    if isinstance(value, list):
        return [_part(each) for each in value]
    return copied(value) if isinstance(value, ast.AST) and value._fields else value
