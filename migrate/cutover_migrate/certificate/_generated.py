"""New files: only the three generated modules may appear, and each has a shape.

The registry module is what every proof leans on, so each of its statements is compared with what it may be; the loader
only hands the registry's methods on. Their docstrings are free.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cutover_migrate.certificate._syntax import same

_REGISTRY = """
_registry = ProviderRegistry.from_module({config})
bind_providers = _registry.bind
normalize_provider_name = _registry.normalize
def get_provider_registry() -> ProviderRegistry:
    return _registry
"""
_LOADER = """
load_all_providers = get_provider_registry().load_all
load_provider = get_provider_registry().load
get_provider_or_error = get_provider_registry().get_or_error
"""


def registry_faults(
    tree: ast.Module, *, config_module: str, runtime: str = "cutover_registry"
) -> Iterator[tuple[int, str]]:
    """Give (line, reason) of what is wrong with a registry module."""
    package, _, config = config_module.rpartition(".")
    allowed = [_plain(statement) for statement in ast.parse(_REGISTRY.format(config=config)).body]
    needed = allowed[:2]
    seen: list[ast.stmt] = []
    for statement in _code(tree):
        if isinstance(statement, ast.ImportFrom) and _is_import(statement, package, config, runtime):
            continue
        if isinstance(statement, ast.Import) and not package and [a.name for a in statement.names] == [config]:
            continue
        plain = _plain(statement)
        if not any(same(plain, other) for other in allowed) or any(same(plain, other) for other in seen):
            yield statement.lineno, "a statement that a generated registry module does not have"
        seen.append(plain)
    if not all(any(same(other, plain) for plain in seen) for other in needed):
        yield 1, f"the registry module does not build its registry from {config_module!r}"


def loader_faults(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give (line, reason) of what is wrong with a loader module."""
    allowed = ast.parse(_LOADER).body
    for statement in _code(tree):
        handed_on = any(same(statement, other) for other in allowed)
        names = [alias.name for alias in statement.names] if isinstance(statement, ast.ImportFrom) else []
        if not handed_on and names != ["get_provider_registry"]:
            yield statement.lineno, "a statement that a generated loader module does not have"


def _code(tree: ast.Module) -> list[ast.stmt]:
    future = ast.parse("from __future__ import annotations").body[0]
    return [s for s in tree.body if not _is_text(s) and not same(s, future) and not _is_all(s)]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_all(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__"


def _plain(statement: ast.stmt) -> ast.stmt:
    """Give a function without its docstring."""
    if not isinstance(statement, ast.FunctionDef):
        return statement
    body = [inner for inner in statement.body if not _is_text(inner)]
    return ast.FunctionDef(**{**vars(statement), "body": body})


def _is_import(statement: ast.ImportFrom, package: str, config: str, runtime: str) -> bool:
    if statement.level or any(alias.asname not in (None, alias.name) for alias in statement.names):
        return False
    names = {alias.name for alias in statement.names}
    of_runtime = statement.module == runtime and names <= {"ProviderConfig", "ProviderRegistry", "use_registry"}
    return of_runtime or (statement.module == package and names == {config})
