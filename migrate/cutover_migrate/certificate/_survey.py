"""First look at a file: the lines that the registry brought in, and the names that they give the module."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cutover_migrate.certificate._config import Config
from cutover_migrate.certificate._handlers import fresh_functions
from cutover_migrate.certificate._records import Stage
from cutover_migrate.certificate._scope import bound_anywhere
from cutover_migrate.certificate._syntax import FunctionNode, identifiers, walk
from cutover_migrate.certificate._tables import SiteTable, site_table
from cutover_migrate.certificate._texts import Definitions, Texts

REGISTRY_NAMES = frozenset({"bind_providers", "get_provider_registry", "normalize_provider_name", "use_registry"})
LOAD_BY = frozenset({"identifier", "module_name", "name"})
_BUILTINS = frozenset({"getattr", "globals", "list", "tuple"})


@dataclass(frozen=True, slots=True)
class BindLine:
    """`X, Y = bind_providers(globals(), "x", "y"[, load=…, load_by=…])`."""

    line: int
    variables: tuple[str, ...]
    sites: tuple[str, ...]
    load: str | None
    load_by: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What one file is about to be judged by; `nodes` are those of the new tree."""

    path: str
    stage: Stage
    config: Config
    old: ast.Module
    new: ast.Module
    inserted: frozenset[int]
    binds: tuple[BindLine, ...]
    imported: frozenset[str]
    registry_modules: frozenset[str]
    sites: Mapping[str, str]
    tables: Mapping[str, SiteTable]
    rebound: frozenset[str]
    handlers: Mapping[str, FunctionNode]
    texts: Texts
    nodes: Sequence[ast.AST] = field(repr=False)
    mentioned: frozenset[str] = field(repr=False)
    used: frozenset[str] = field(repr=False)
    import_root: str = ""

    @property
    def keys(self) -> Mapping[str, frozenset[str]]:
        """The keys that each site variable's table serves."""
        return {variable: frozenset(table.served) for variable, table in self.tables.items()}

    def module_of(self, module: str | None, level: int) -> str:
        """Give the absolute name of what a `from` import names (relative ones by the file's path)."""
        if not level:
            return module or ""
        parts = _dotted(self.path, self.import_root).split(".")
        return ".".join([*parts[: len(parts) - level], *([module] if module else [])])


def survey(
    path: str,
    old: ast.Module,
    new: ast.Module,
    *,
    config: Config,
    config_module: str,
    stage: Stage,
    definitions: Definitions,
    import_root: str = "",
) -> Survey:
    """Look at both trees of a file."""
    legacy = {_spelled(statement) for statement in old.body if isinstance(statement, ast.ImportFrom)}
    inserted: set[int] = set()
    binds: list[BindLine] = []
    imported: set[str] = set()
    modules: set[str] = set()
    for statement in new.body:
        bind = bind_line(statement)
        if bind is not None:
            binds.append(bind)
        elif isinstance(statement, ast.ImportFrom) and _spelled(statement) not in legacy:
            names = _brought_in(statement, config, config_module)
            if not names:
                continue
            imported |= names
            modules |= {statement.module or ""} if names <= REGISTRY_NAMES else set()
        else:
            continue
        inserted.add(id(statement))
    sites = {variable: site for bind in binds for variable, site in zip(bind.variables, bind.sites, strict=True)}
    known = {variable: config.sites[site] for variable, site in sites.items() if site in config.sites}
    legacy_nodes, nodes = walk(old), walk(new)
    mentioned = frozenset(identifiers(legacy_nodes))
    handlers = fresh_functions(new, mentioned)
    inserted |= {id(handler) for handler in handlers.values()}
    return Survey(
        path=path,
        stage=stage,
        config=config,
        old=old,
        new=new,
        inserted=frozenset(inserted),
        binds=tuple(binds),
        imported=frozenset(imported),
        registry_modules=frozenset(modules),
        sites={variable: sites[variable] for variable in known},
        tables={variable: site_table(config, rule) for variable, rule in known.items()},
        rebound=_BUILTINS & frozenset(bound_anywhere(legacy_nodes)),
        handlers=handlers,
        texts=Texts(path, _dotted(path, import_root), old, definitions),
        mentioned=mentioned,
        nodes=nodes,
        used=frozenset(identifiers(nodes)),
        import_root=import_root,
    )


def _dotted(path: str, import_root: str) -> str:
    return path.removeprefix(f"{import_root}/").removesuffix(".py").replace("/", ".")


def bind_line(statement: ast.stmt) -> BindLine | None:
    """Read a bind line."""
    match statement:
        case ast.Assign(
            targets=[ast.Tuple(elts=targets) | ast.List(elts=targets)],
            value=ast.Call(
                func=ast.Name(id="bind_providers"),
                args=[ast.Call(func=ast.Name(id="globals"), args=[], keywords=[]), *names],
                keywords=keywords,
            ),
        ):
            variables = tuple(target.id for target in targets if isinstance(target, ast.Name))
            sites = tuple(
                name.value for name in names if isinstance(name, ast.Constant) and isinstance(name.value, str)
            )
            options = dict(_options(keywords))
            mangled = any(variable.startswith("__") for variable in variables)
            whole = not mangled and len(variables) == len(targets) == len(sites) == len(names) == len(set(variables))
            if not whole or len(options) != len(keywords) or ("load_by" in options and "load" not in options):
                return None
            return BindLine(
                statement.lineno, variables, sites, load=options.get("load"), load_by=options.get("load_by", "name")
            )
        case _:
            return None


def _options(keywords: list[ast.keyword]) -> Iterator[tuple[str, str]]:
    for keyword in keywords:
        match keyword:
            case ast.keyword(arg="load", value=ast.Name(id=helper)):
                yield "load", helper
            case ast.keyword(arg="load_by", value=ast.Constant(value=str(way))) if way in LOAD_BY:
                yield "load_by", way
            case _:
                pass


def _spelled(statement: ast.ImportFrom) -> tuple[object, ...]:
    return statement.module, statement.level, *((alias.name, alias.asname) for alias in statement.names)


def _brought_in(statement: ast.ImportFrom, config: Config, config_module: str) -> frozenset[str]:
    plain = statement.level == 0 and all(alias.asname is None for alias in statement.names)
    names = frozenset(alias.name for alias in statement.names)
    allowed = config.lists.keys() if statement.module == config_module else REGISTRY_NAMES
    return names if plain and names <= allowed else frozenset()
