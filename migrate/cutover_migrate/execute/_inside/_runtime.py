"""The real runtime among recorders: the tables of the config file, the sites, and where its imports lead.

`cutover_registry` is what is under test, so it is used as it is. Only its imports give recorders, and nothing watches a
switch file: which arm is on is held by the comparison.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cutover_migrate.execute._inside._bindings import Bindings, Imported
from cutover_migrate.execute._inside._recorder import Recorder
from cutover_migrate.execute._inside._run import NOW
from cutover_migrate.execute._inside._world import World
from cutover_registry import ProviderRegistry, Site, _binding, _reference, use_registry
from cutover_registry._tables import TABLES
from cutover_registry._watcher import WATCHER

BIND = "bind_providers"


@dataclass(frozen=True)
class Tables:
    """The tables of a config file as read, and the module that it is imported as (None where nobody said)."""

    values: Mapping[str, Any]
    module: str | None

    def registry(self) -> ProviderRegistry:
        """A registry of its own.

        Raises:
            CutoverRegistryError: The runtime refuses the tables.
        """
        return ProviderRegistry.from_mapping({name: self.values[name] for name in TABLES if name in self.values})


def read_tables(config: bytes, *, module: str | None) -> Tables:
    """Read the tables as literals, and the auto-detect list as its one derived statement makes it.

    Raises:
        SyntaxError: It is no Python.
        ValueError: A table is no literal.
    """
    values: dict[str, Any] = {}
    for statement in ast.parse(config).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
                values[name] = ast.literal_eval(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name.isupper():
                values[name] = ast.literal_eval(value)
    detected = values.setdefault("AUTO_DETECT_PROVIDERS", [])
    entries = values.get("PROVIDER_CONFIGS", {}).items()
    detected += [name for name, entry in entries if entry.get("auto_detect") and name not in detected]
    return Tables(values, module)


def redirect() -> None:
    """Have the runtime's imports give what the run's world has for them, and stop it from watching files."""

    def import_from(module: str, attribute: str) -> Any:
        return NOW.run.make(f"{module}.{attribute}")

    def import_module(module: str) -> Any:
        return NOW.run.make(module)

    ways: Mapping[str, Any] = {"import_from": import_from, "import_module": import_module, "attach": lambda: None}
    for owner, name in ((_reference, "import_from"), (_reference, "import_module"), (_binding, "import_module")):
        setattr(owner, name, ways[name])
    vars(WATCHER)["attach"] = ways["attach"]


def runtime_names(bindings: Bindings, registry: ProviderRegistry, tables: Tables) -> dict[str, Any]:
    """What the generated modules export, by the paths under which the rewritten file imports it."""
    exported = {
        BIND: registry.bind,
        "use_registry": use_registry,
        "get_provider_registry": lambda: registry,
        "normalize_provider_name": registry.normalize,
    }
    paths = [binding.path for binding in bindings.names.values() if isinstance(binding, Imported)]
    homes = {path.rpartition(".")[0] for path in paths if path.rpartition(".")[2] == BIND}
    found = {f"{home}.{name}": value for home in homes for name, value in exported.items()}
    homes = {tables.module} if tables.module else {path.rpartition(".")[0] for path in paths if path.endswith(TABLES)}
    return found | {f"{home}.{name}": value for home in homes for name, value in tables.values.items()}


def bind_sites(
    tree: ast.Module, namespace: dict[str, Any], *, before: Bindings, after: Bindings, world: World
) -> dict[str, Site]:
    """Execute the statements that bind providers and read the registry's tables; give the sites by their symbol.

    A name that the legacy module did not import by itself stands for the module's own, as it did there.
    """
    there = set(namespace)

    def load(_: str, names: list[str]) -> dict[str, Any]:
        return {name: _legacy(name, before, world) for name in names}

    for statement in _registry_statements(tree.body, _runtime_symbols(after)):
        for call in ast.walk(statement):
            if isinstance(call, ast.Call):
                for option in call.keywords:
                    option.value = ast.Name("__cutover_load__", ast.Load()) if option.arg == "load" else option.value
        module = ast.fix_missing_locations(ast.Module([statement], []))
        ours = {**namespace, "__cutover_load__": load, "globals": lambda: namespace}
        known = dict(ours)
        exec(compile(module, "<registry>", "exec"), ours)  # noqa: S102  in the sandbox
        namespace.update({name: value for name, value in ours.items() if known.get(name, namespace) is not value})
    for name in set(namespace) - there:
        if isinstance(namespace[name], Recorder) and name in before.names:
            namespace[name] = _legacy(name, before, world, otherwise=namespace[name])
    return {name: value for name, value in namespace.items() if isinstance(value, Site)}


def bound_names(tree: ast.Module) -> set[str]:
    """The names of the sites that a file binds."""
    calls = (each for each in ast.walk(tree) if isinstance(each, ast.Call) and ast.unparse(each.func).endswith(BIND))
    return {str(each.value) for call in calls for each in call.args if isinstance(each, ast.Constant)}


def _legacy(name: str, before: Bindings, world: World, *, otherwise: Any = None) -> Any:
    binding = before.names.get(name)
    if isinstance(binding, Imported) and otherwise is not None:
        return otherwise
    return world.bound(before, name)


def _runtime_symbols(bindings: Bindings) -> set[str]:
    """The names under which a module has what the registry's module exports."""
    imported = {name: binding.path for name, binding in bindings.names.items() if isinstance(binding, Imported)}
    homes = {path.rpartition(".")[0] for path in imported.values() if path.rpartition(".")[2] == BIND}
    return {name for name, path in imported.items() if path.rpartition(".")[0] in homes}


def _registry_statements(statements: list[ast.stmt], symbols: set[str]) -> Iterator[ast.stmt]:
    """Module-level assignments of what the registry gives."""
    for statement in statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            called = {node.id for node in ast.walk(statement.value.func) if isinstance(node, ast.Name)}
            if called & symbols:
                yield statement
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, None)
            if inner and not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _registry_statements(inner, symbols)
