"""The provider functions of branches that are no template: what a branch calls, and no other branch of its chain.

Only functions of the project count, those that the calling module defines or imports. Where some of them bear the
branch's key, in their own name or their module's, the others are taken for its helpers.

Example: ``dict(branch_callees(plan, plan.sites[0]))``
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from cutover_migrate import Plan
from cutover_migrate.rewrite import SitePlan, text_keys

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def branch_callees(plan: Plan, site: SitePlan) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the callees of each keyed branch by the path under which the module reads them, with their homes."""
    read = [(text_keys(branch), set(_paths(branch.body))) for branch in site.decided.chain.branches]
    counts = Counter(path for _, paths in read for path in paths)
    for keys, paths in read:
        homes = {path: _home(plan, site.path, path) for path in sorted(paths) if counts[path] == 1}
        own = {path: home for path, home in homes.items() if home}
        bearing = {path: home for path, home in own.items() if any(_identifier(key) in home.lower() for key in keys)}
        for path, home in (bearing or own).items() if keys else ():
            yield path, {"provider": keys[0], "slot": _slot(path, keys[0]), "home": home}


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
    source = plan.scan.tree.sources.get(modules.path_of(module) or "") if module else None
    functions = [node for node in source.tree.body if isinstance(node, _FUNCTIONS)] if source is not None else []
    return f"{module}:{origin.attribute}" if any(node.name == origin.attribute for node in functions) else ""


def _slot(path: str, key: str) -> str:
    return path.rpartition(".")[2].lower().replace(_identifier(key), "").strip("_") or "call"


def _identifier(key: str) -> str:
    return key.lower().replace("-", "_").replace(".", "_")
