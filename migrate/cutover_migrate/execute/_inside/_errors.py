"""Stand-ins for the exception classes that the code imports.

What stands behind `raise` or in an `except` must be an exception class; which names these are is read from the code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from cutover_migrate.execute._inside._canonical import call_text
from cutover_migrate.execute._inside._label import VALUE
from cutover_migrate.execute._inside._recorder import Recorder
from cutover_migrate.execute._inside._run import NOW

OUTSIDE_EXCEPTION = {"CancelledError", "KeyboardInterrupt", "GeneratorExit", "SystemExit"}


class RecordedError(BaseException):
    """Base of all stand-ins."""

    cutover_label = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        NOW.run.event(f"call {self.cutover_label}({call_text(args, options)})")
        super().__init__(*args)
        self.__dict__.update(options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        NOW.run.note(f"read {self.cutover_label} error.{name}")
        return Recorder(f"{self.cutover_label} error.{name}", VALUE)


def error_class(label: str) -> type[BaseException]:
    """A stand-in for the exception class of that label."""
    name = label.rpartition(".")[2]
    bases = (RecordedError,) if name in OUTSIDE_EXCEPTION else (RecordedError, Exception)
    return type(name, bases, {"cutover_label": label, "__module__": label.rpartition(".")[0]})


def error_names(nodes: Iterable[ast.AST]) -> set[str]:
    """The last names of everything that code raises or catches."""
    return {path.rpartition(".")[2] for path in error_paths(nodes)}


def error_paths(nodes: Iterable[ast.AST]) -> list[str]:
    """Everything that code raises or catches, dotted, each once."""
    found: list[str] = []
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Raise) and inner.exc is not None:
                found += _paths(inner.exc.func if isinstance(inner.exc, ast.Call) else inner.exc)
            elif isinstance(inner, ast.ExceptHandler) and inner.type is not None:
                found += _paths(inner.type)
    return list(dict.fromkeys(found))


def _paths(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Tuple):
        return [path for each in node.elts for path in _paths(each)]
    return [ast.unparse(node)] if isinstance(node, ast.Name | ast.Attribute) else []
