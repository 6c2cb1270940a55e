"""What the names that code reads stand for while it runs: constants, stand-ins for exceptions, recorders."""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cutover_migrate.execute._inside._bindings import Bindings, Literal
from cutover_migrate.execute._inside._canonical import canonical
from cutover_migrate.execute._inside._errors import error_class
from cutover_migrate.execute._inside._label import GLOBAL, Labelled
from cutover_migrate.execute._inside._recorder import Recorder
from cutover_migrate.execute._inside._run import NOW

RECORDED = (
    "open", "print", "input", "exec", "eval", "compile", "vars", "dir", "globals", "locals", "exit", "quit",
    "breakpoint", "help", "super", "id", "memoryview",
)  # fmt: skip


class World:
    """Gives each label its thing; both programs share it.

    Args:
        errors: Last names of what is raised or caught.
        constants: Literals and enumerations by path; functions of the runtime are put here too.
    """

    def __init__(self, errors: set[str], constants: Mapping[str, Any]) -> None:
        self.errors = errors
        self.constants = dict(constants)
        self._made: dict[str, Any] = {}

    def make(self, label: str) -> Any:
        """What a path stands for."""
        if label in self.constants:
            return _copied(self.constants[label])
        if label not in self._made:
            error = label.rpartition(".")[2] in self.errors
            self._made[label] = error_class(label) if error else Recorder(label, GLOBAL)
        return self._made[label]

    def namespace(self, bindings: Bindings, names: Iterable[str]) -> dict[str, Any]:
        """The globals for code of one module; a name that the module does not bind is not there."""
        found: dict[str, Any] = {"__builtins__": self.builtins(bindings), "__name__": bindings.module}
        for name in sorted(names):
            if name in bindings.names:
                found[name] = self.bound(bindings, name)
            elif name not in vars(builtins) and bindings.stars:
                found[name] = self.make(f"{bindings.stars[-1]}.{name}")
        return found

    def bound(self, bindings: Bindings, name: str) -> Any:
        """What one name of a module stands for."""
        binding = bindings.names.get(name)
        return binding.value if isinstance(binding, Literal) else self.make(bindings.label(name))

    def builtins(self, bindings: Bindings) -> dict[str, Any]:
        """The builtins: what reaches out of the code, or looks into it, is a recorder."""
        ours: dict[str, Any] = {**vars(builtins), **{name: self.make(name) for name in RECORDED}}
        ours |= {"__import__": self._importer(bindings), "isinstance": _isinstance, "issubclass": _issubclass}
        return ours | {"hasattr": _hasattr, "callable": _callable}

    def _importer(self, bindings: Bindings) -> Callable[..., Any]:
        def import_(name: str, _: Any = None, __: Any = None, fromlist: Any = (), level: int = 0) -> Any:
            NOW.run.step()
            path = bindings.absolute(name, level)
            return self.make(path if fromlist else path.partition(".")[0])

        return import_


def loaded_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name that code mentions."""
    found = {inner.id for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return found | {
        name for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Global) for name in inner.names
    }


def _copied(value: Any) -> Any:
    return copy.deepcopy(value) if isinstance(value, list | dict | set) else value


def _isinstance(value: Any, kinds: Any) -> bool:
    parts = kinds if type(kinds) is tuple else (kinds,)
    if isinstance(value, Labelled) or any(isinstance(part, Labelled) for part in parts):
        return _asked("isinstance", value, kinds)
    return isinstance(value, kinds)


def _issubclass(value: Any, kinds: Any) -> bool:
    parts = kinds if type(kinds) is tuple else (kinds,)
    if any(isinstance(part, Labelled) for part in (value, *parts)):
        return _asked("issubclass", value, kinds)
    return issubclass(value, kinds)


def _hasattr(value: Any, name: str) -> bool:
    return _asked("hasattr", value, name) if isinstance(value, Labelled) else hasattr(value, name)


def _callable(value: Any) -> bool:
    return _asked("callable", value) if isinstance(value, Labelled) else callable(value)


def _asked(what: str, *about: Any) -> bool:
    text = f"{what}({', '.join(map(canonical, about))})"
    NOW.run.note(text)
    return NOW.run.ask(text)
