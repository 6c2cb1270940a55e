"""Chains of four or more ``name == constant``, counted without any code of ours.

Example: ``counted_chains(folder)``
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SHORTEST = 4


def counted_chains(folder: Path) -> set[tuple[str, int]]:
    """The file and the line of each such chain."""
    found = set()
    for path, tree in parse_files(folder):
        below = {id(n.orelse[0]) for n in ast.walk(tree) if isinstance(n, ast.If) and len(n.orelse) == 1}
        for head in ast.walk(tree):
            if isinstance(head, ast.If) and id(head) not in below and _longest(head) >= SHORTEST:
                found.add((path.relative_to(folder).as_posix(), head.lineno))
    return found


def parse_files(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every file of the folder that is Python, with its tree; templates that only end in ``.py`` are left out."""
    for path in sorted(folder.rglob("*.py")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                yield path, ast.parse(path.read_bytes())
            except (SyntaxError, ValueError):
                continue


def _longest(head: ast.If) -> int:
    """How often the name that the chain compares most is compared."""
    names: Counter[str] = Counter()
    node: ast.stmt = head
    while isinstance(node, ast.If):
        match node.test:
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant()]):
                names[name] += 1
        node = node.orelse[0] if len(node.orelse) == 1 else ast.Pass()
    return max(names.values(), default=0)
