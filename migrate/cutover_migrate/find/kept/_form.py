"""What a form that is left as it is looks like, and the literals in it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class KeptForm:
    """Statements or an expression that stay. ``names`` are globals for imports, else keys; aliases come in pairs."""

    kind: Literal["imports", "timeouts", "list", "alias"]
    node: ast.stmt | ast.expr
    names: tuple[str, ...]
    reason: str


def text_of(node: ast.expr | None) -> str | None:
    """A literal text."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def number_of(node: ast.expr) -> float | None:
    """A number as it is written, a sign included."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = number_of(node.operand)
        return None if number is None else -number
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    return None
