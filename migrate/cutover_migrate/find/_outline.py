"""What other files need to know of a file: its imports, whether it is a script, what it defines at its top level.

An outline depends on the file's bytes alone, so it can be kept where the tree is not.

Example: ``outline_of(source.tree).imports``
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Outline:
    """One file's outline; ``imports`` are the absolute modules imported at its top level, Python's own left out."""

    imports: tuple[str, ...] = ()
    is_script: bool = False
    defines: tuple[str, ...] = ()

    @classmethod
    def of(cls, imports: list[str], *, is_script: bool, defines: tuple[str, ...] = ()) -> Outline:
        """An outline from every module that is imported."""
        own = tuple(name for name in imports if name.partition(".")[0] not in sys.stdlib_module_names)
        return cls(own, is_script, defines)


def outline_of(module: ast.Module) -> Outline:
    """The outline of one file."""
    imports: list[str] = []
    defines: list[str] = []
    is_script = False
    for node in module.body:
        if isinstance(node, ast.ImportFrom):
            imports += [node.module] if node.level == 0 and node.module else []
        elif isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            defines.append(node.name)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Compare):
            is_script = is_script or ast.unparse(node.test.left) == "__name__"
    return Outline.of(imports, is_script=is_script, defines=tuple(defines))
