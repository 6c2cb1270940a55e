"""The provider functions of branches that are no template: what a branch calls, and no other branch of its chain.

Only functions of the project count, those that the calling module defines or imports. Where some of them bear the
branch's key, in their own name or their module's, the others are taken for its helpers.

Example: ``dict(branch_callees(plan, plan.sites[0]))``
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from cutover_migrate import Plan
from cutover_migrate.rewrite import SitePlan, text_keys

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def branch_callees(plan: Plan, site: SitePlan) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the callees of each keyed branch by the path under which they are read, with their homes.

    What a branch imports for itself has its home as its path.
    """
    read = [(text_keys(branch), _homes(plan, site.path, branch.body)) for branch in site.decided.chain.branches]
    counts = Counter(path for _, homes in read for path in homes)
    for keys, homes in read:
        own = {path: home for path, home in homes.items() if counts[path] == 1}
        bearing = {path: home for path, home in own.items() if any(_identifier(key) in home.lower() for key in keys)}
        for path, home in (bearing or own).items() if keys else ():
            yield path, {"provider": keys[0], "slot": _slot(path.rpartition(":")[2], keys[0]), "home": home}


def _homes(plan: Plan, file: str, body: Sequence[ast.stmt]) -> dict[str, str]:
    """The functions of the project that a body reads, by path, with the places where they are defined."""
    imported = dict(_imported(body))
    homes: dict[str, str] = {}
    for path in sorted(set(_paths(body))):
        first, _, rest = path.partition(".")
        if first not in imported:
            homes[path] = _home(plan, file, path)
        elif bool(rest) != bool(imported[first].partition(":")[2]):
            home = imported[first] + rest
            homes[home] = home if _is_own(plan, *home.split(":")) else ""
    return {path: home for path, home in homes.items() if home}


def _imported(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    """The names that a body imports for itself, as `module:attribute`, or `module:` for a module."""
    for node in (node for statement in body for node in ast.walk(statement)):
        match node:
            case ast.Import(names=names):
                yield from ((each.asname or each.name, f"{each.name}:") for each in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from ((each.asname or each.name, f"{module}:{each.name}") for each in names)


def _paths(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield node.id
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                yield f"{node.value.id}.{node.attr}"


def _home(plan: Plan, file: str, path: str) -> str:
    """The place where a function of the project is defined, else an empty text."""
    origin, modules = plan.scan.imports_of(file).origin(path), plan.scan.modules
    module = origin.module or ("" if "." in path else modules.name_of(file))
    return f"{module}:{origin.attribute}" if module and _is_own(plan, module, origin.attribute) else ""


def _is_own(plan: Plan, module: str, function: str) -> bool:
    source = plan.scan.tree.sources.get(plan.scan.modules.path_of(module) or "")
    return source is not None and any(
        isinstance(each, _FUNCTIONS) and each.name == function for each in source.tree.body
    )


def _slot(path: str, key: str) -> str:
    return path.rpartition(".")[2].lower().replace(_identifier(key), "").strip("_") or "call"


def _identifier(key: str) -> str:
    return key.lower().replace("-", "_").replace(".", "_")
