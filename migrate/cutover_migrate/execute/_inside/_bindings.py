"""What the names of a module stand for, read from its text alone.

A name that one import binds stands for what it imports; one that one literal binds stands for that literal; anything
else stands for itself (`module.name`). Enumerations with text members are constants too.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

ENUM_BASES = {"Enum": None, "IntEnum": int, "StrEnum": str, "str": str, "Flag": None, "int": int}
SPECIAL_MEMBERS = {"__eq__", "__hash__", "_missing_", "_generate_next_value_", "__new__", "__init__"}
COLLECTIONS = {"frozenset": frozenset, "set": set, "tuple": tuple, "list": list, "dict": dict}


@dataclass(frozen=True)
class Imported:
    """A name that an import binds; ``path`` is what it imports, dotted."""

    path: str


@dataclass(frozen=True)
class Literal:
    """A name that one literal binds."""

    node: ast.expr

    @property
    def value(self) -> Any:
        """A new copy of it."""
        return evaluated(self.node)


@dataclass(frozen=True)
class Own:
    """A name that the module makes itself: a function, a class, the result of a call, or one bound more than once."""

    node: ast.AST


Binding = Imported | Literal | Own


@dataclass
class Bindings:
    """The names of one module; ``stars`` are the modules that it imports everything of."""

    module: str
    package: bool
    names: dict[str, Binding] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    def label(self, name: str) -> str:
        """What a name stands for, as a dotted path."""
        found = self.names.get(name)
        return found.path if isinstance(found, Imported) else f"{self.module}.{name}"

    def absolute(self, module: str | None, level: int) -> str:
        """The absolute name of an imported module."""
        if not level:
            return module or ""
        parts = self.module.split(".")
        parts = parts[: len(parts) - (level - self.package)]
        return ".".join([*parts, *([module] if module else [])])


def read_bindings(tree: ast.Module, *, module: str, package: bool = False) -> Bindings:
    """Read what the names of a module stand for."""
    found = Bindings(module, package)
    for name, binding in _bound(tree.body, found):
        again = name in found.names and found.names[name] != binding
        found.names[name] = Own(tree) if again else binding
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            found.names.update((name, Own(node)) for name in node.names)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node in tree.body:
            found.names[node.target.id] = Own(node)
    return found


def evaluated(node: ast.expr) -> Any:
    """The value of a literal, `frozenset({...})` and the like included.

    Raises:
        ValueError: It is none.
    """
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in COLLECTIONS:
        if node.keywords or len(node.args) > 1:
            raise ValueError("no literal")
        made: Any = COLLECTIONS[node.func.id]
        return made(*(ast.literal_eval(each) for each in node.args))
    return ast.literal_eval(node)


def constants_of(bindings: Bindings) -> dict[str, Any]:
    """The constants that a module makes: literals and enumerations, by their path."""
    found: dict[str, Any] = {}
    for name, binding in bindings.names.items():
        made: Any = None
        if isinstance(binding, Literal):
            made = binding.value
        elif isinstance(binding, Own) and isinstance(binding.node, ast.ClassDef):
            made = enumeration(binding.node)
        if made is not None:
            found[f"{bindings.module}.{name}"] = made
    return found


def enumeration(node: ast.ClassDef) -> type[enum.Enum] | None:
    """The enumeration that a class statement makes, None if it is none that can be known from its text."""
    bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    if not any("Enum" in base for base in bases) or any(base not in ENUM_BASES for base in bases) or node.keywords:
        return None
    members: dict[str, Any] = {}
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name in SPECIAL_MEMBERS:
            return None
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                members[statement.targets[0].id] = ast.literal_eval(statement.value)
            except ValueError:
                return None
    kind = next((ENUM_BASES[base] for base in bases if ENUM_BASES[base] is not None), None)
    base: Any = enum.StrEnum if "StrEnum" in bases else enum.Enum
    if kind is str and not all(type(value) is str for value in members.values()):
        return None
    made: type[enum.Enum] = base(node.name, members, **({"type": kind} if kind and base is enum.Enum else {}))
    return made


def _bound(statements: list[ast.stmt], of: Bindings) -> Iterator[tuple[str, Binding]]:
    """Every binding of module-level code, those in `if`, `try`, `with` and loops included."""
    for statement in statements:
        match statement:
            case ast.Import(names=names):
                for each in names:
                    yield (each.asname, Imported(each.name)) if each.asname else _top(each.name)
            case ast.ImportFrom(module=module, names=names, level=level):
                source = of.absolute(module, level)
                if names[0].name == "*":
                    of.stars.append(source)
                else:
                    yield from ((each.asname or each.name, Imported(f"{source}.{each.name}")) for each in names)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, Own(statement)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                yield name, _of_value(value, statement)
            case _:
                yield from ((name, Own(statement)) for name in _stores(statement))
                for block in _blocks(statement):
                    yield from _bound(block, of)


def _top(module: str) -> tuple[str, Binding]:
    top = module.partition(".")[0]
    return top, Imported(top)


def _of_value(value: ast.expr, statement: ast.stmt) -> Binding:
    try:
        evaluated(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return Own(statement)
    return Literal(value)


def _stores(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement itself binds, its inner statements apart."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        inner = (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt | ast.Lambda))
        todo.extend(inner)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field_name in ("body", "orelse", "finalbody"):
        yield from filter(None, [getattr(statement, field_name, None)])
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body
