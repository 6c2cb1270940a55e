"""A migrated tree as its journal describes it: the config, and each site with its template in the syntax tree."""

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover_cli._plant._config import Config, read_config
from cutover_cli._plant._definitions import Definitions, Found
from cutover_cli._plant._errors import NotMigrated
from cutover_cli._plant._sources import Source

Guard = ast.If | ast.match_case


@dataclass(frozen=True)
class Place:
    """One site in the code: `local = SYMBOL.resolve(subject)`, and behind it the template that reads `local`.

    `guard` is the test in front of it (`use_registry(SYMBOL, …)` or `… in SYMBOL`), None where every key is resolved.
    """

    name: str
    symbol: str
    module: str
    source: Source
    local: str
    subject: ast.expr
    resolve: ast.Assign
    template: tuple[ast.stmt, ...]
    guard: Guard | None
    bound: ast.stmt

    def reads(self, names: tuple[str, ...]) -> list[ast.Attribute]:
        """Give the reads of these slots or values, in the order of the source."""
        found = [node for part in self.template for node in ast.walk(part) if self.is_read(node, names)]
        return sorted((node for node in found if isinstance(node, ast.Attribute)), key=self.source.span)

    def is_read(self, node: ast.AST, names: tuple[str, ...]) -> bool:
        """Tell whether a node reads one of these slots or values."""
        match node:
            case ast.Attribute(value=ast.Name(id=base), attr=attr):
                return base == self.local and attr in names
            case _:
                return False


@dataclass(frozen=True)
class Tree:
    """A migrated tree; `callees` holds the provider functions of each file: {expression: {"provider", "slot"}}."""

    root: Path
    state: str
    config: Config
    places: tuple[Place, ...]
    callees: Mapping[str, Mapping[str, Mapping[str, str]]]
    definitions: Definitions

    def slots(self, place: Place) -> tuple[str, ...]:
        """Give the slots that the template of a site really reads."""
        return tuple(dict.fromkeys(read.attr for read in place.reads(self.config.slots(place.name))))

    def served(self, place: Place) -> tuple[str, ...]:
        """Give the providers whose functions the template calls: the table's, and the default where it is resolved."""
        default = self.config.default(place.name) if place.guard is None else None
        return tuple(dict.fromkeys([*self.config.members(place.name), *([default] if default else [])]))

    def definition(self, place: Place, provider: str, slot: str) -> Found | None:
        """Give the function that fills a slot, if the tree defines it."""
        reference = self.config.reference(provider, slot)
        if reference is None:
            return None
        if reference.own:
            return self.definitions.of(place.module, reference.expression)
        if not reference.path:
            return self.definitions.of(reference.module, str(reference.attribute))
        module = reference.module if reference.attribute is None else f"{reference.module}.{reference.attribute}"
        return self.definitions.of(module, reference.path[-1])


def read_tree(root: Path) -> Tree:
    """Read a migrated tree; raise NotMigrated where there is none."""
    journal = _journal(root)
    try:
        config = read_config(Source.read(root, journal["generated"]["config"]))
        modules = {module["file"]: module for module in journal["modules"]}
        sources = {path: Source.read(root, path) for path in modules}
        places = [place for site in journal["sites"] for place in _places(site, modules, sources, journal["state"])]
    except (KeyError, TypeError, ValueError, OSError, SyntaxError) as error:
        raise NotMigrated(root, f"its journal or one of its files cannot be read ({error!r})") from error
    callees = {path: _by_expression(module["callees"]) for path, module in modules.items()}
    base = next((_base(path, module["module"]) for path, module in modules.items()), "")
    return Tree(root, journal["state"], config, tuple(places), callees, Definitions(root, base))


def _journal(root: Path) -> Mapping[str, Any]:
    path = root / ".cutover" / "journal.json"
    try:
        journal: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotMigrated(root, "there is no .cutover/journal.json") from error
    except (ValueError, OSError) as error:
        raise NotMigrated(root, f".cutover/journal.json cannot be read ({error})") from error
    state = journal.get("state") if isinstance(journal, dict) else None
    if state not in ("applied", "finished"):
        raise NotMigrated(root, f"its state is {state!r}, neither 'applied' nor 'finished'")
    return journal


def _by_expression(callees: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    names = {name: name.rpartition(":")[2].rpartition(" as ")[2] for name in callees}
    return {names[name]: entry for name, entry in callees.items()}


def _base(path: str, module: str) -> str:
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return "/".join(parts[: len(parts) - len(module.split("."))])


def _places(
    site: Mapping[str, Any], modules: Mapping[str, Mapping[str, Any]], sources: Mapping[str, Source], state: str
) -> Iterator[Place]:
    source, symbol = sources[site["file"]], site["symbol"]
    bound = next((part for part in source.tree.body if symbol in _targets(part)), None)
    for statement in ast.walk(source.tree):
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=local)],
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=found), attr="resolve"), args=[subject]),
            ) if found == symbol and bound is not None:
                guard = _guard(source, statement, symbol)
                template = _template(source, statement, local)
                if template and (guard is not None or state == "finished"):
                    module = modules[site["file"]]["module"]
                    yield Place(site["name"], symbol, module, source, local, subject, statement, template, guard, bound)


def _targets(statement: ast.stmt) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def _guard(source: Source, statement: ast.stmt, symbol: str) -> Guard | None:
    parent = source.parents[statement]
    test = parent.test if isinstance(parent, ast.If) else parent.guard if isinstance(parent, ast.match_case) else None
    if not isinstance(parent, ast.If | ast.match_case) or test is None or statement not in parent.body:
        return None
    return parent if any(isinstance(node, ast.Name) and node.id == symbol for node in ast.walk(test)) else None


def _template(source: Source, statement: ast.stmt, local: str) -> tuple[ast.stmt, ...]:
    """The statements behind the resolving one, up to the last that reads the local name before it is set again."""
    parent = source.parents[statement]
    bodies = [getattr(parent, field, None) for field in ("body", "orelse", "finalbody")]
    body = next(body for body in bodies if isinstance(body, list) and statement in body)
    behind: list[ast.stmt] = body[body.index(statement) + 1 :]
    named = [[node for node in ast.walk(part) if isinstance(node, ast.Name) and node.id == local] for part in behind]
    again = (number for number, nodes in enumerate(named) if any(isinstance(node.ctx, ast.Store) for node in nodes))
    own = named[: next(again, len(named))]
    return tuple(behind[: max((number for number, nodes in enumerate(own, start=1) if nodes), default=0)])
