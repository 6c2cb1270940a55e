"""One file: its functions with sites, made ready and compared one by one."""

from __future__ import annotations

import ast
import builtins
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from cutover_migrate.execute._inside._bindings import Imported, Literal, Own, constants_of, read_bindings
from cutover_migrate.execute._inside._canonical import canonical
from cutover_migrate.execute._inside._compare import EXHAUSTED, Comparison, Tally, Versions, difference, subjects_of
from cutover_migrate.execute._inside._copy import copied
from cutover_migrate.execute._inside._drive import HELPERS
from cutover_migrate.execute._inside._errors import error_names, error_paths
from cutover_migrate.execute._inside._label import Labelled
from cutover_migrate.execute._inside._pairs import (
    MODULE,
    Function,
    Pair,
    Spot,
    compared_with,
    needs_hash,
    pair_functions,
    statements_at,
)
from cutover_migrate.execute._inside._programs import Program, compiled, cut_out, define, head_of, marked, varied_in
from cutover_migrate.execute._inside._run import NOW, Run, Schedule
from cutover_migrate.execute._inside._runtime import bind_sites, bound_names, read_tables, runtime_names
from cutover_migrate.execute._inside._subject import ALIAS
from cutover_migrate.execute._inside._world import World, loaded_names
from cutover_registry import CutoverRegistryError, ProviderRegistry, Site

NORMALISE = "normalize_provider_name"


@dataclass(frozen=True)
class Job:
    """What is asked for one file.

    Attributes:
        file: Its path, for the report.
        before: The legacy text.
        after: The rewritten text.
        config: The text of the config file.
        module: The dotted name of the file's module; ``package`` tells whether it is an `__init__.py`.
        config_module: The dotted name of the config file's module.
        constants: Sources of constants that the file imports, by path.
        lines: First lines of the chains in the legacy text, by the name of the site.
        subjects: What the chains ask, as source, by the name of the site.
        keys: Further keys of a site, by its name.
        arms: The arms that the rewritten text has.
    """

    file: str
    before: bytes
    after: bytes
    config: bytes
    module: str = "app"
    package: bool = False
    config_module: str | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, list[str]] = field(default_factory=dict)
    arms: tuple[str, ...] = ("registry",)


class NotExecutable(Exception):
    """A file or a site cannot be executed; the text says why."""


class FileUnderTest:
    """Both texts of a file, their tables and what their names stand for."""

    def __init__(self, job: Job) -> None:
        self.job = job
        try:
            self.before, self.after = ast.parse(job.before), ast.parse(job.after)
            tables = read_tables(job.config, module=job.config_module)
            registry = tables.registry()
        except CutoverRegistryError as error:
            raise NotExecutable(f"the runtime refuses the table: {error}") from error
        except (SyntaxError, ValueError, RecursionError) as error:
            raise NotExecutable(f"a text cannot be read: {error}") from error
        self.tables = tables
        self.registry = registry
        self.old = read_bindings(self.before, module=job.module, package=job.package)
        self.new = read_bindings(self.after, module=job.module, package=job.package)
        constants = {**job.constants, **constants_of(self.old), **constants_of(self.new)}
        self.world = World(error_names([self.before, self.after]), constants)
        self.world.constants |= runtime_names(self.new, registry, tables)
        NOW.run = Run(Schedule(0), make=self.world.make)
        self.legacy = self.world.namespace(self.old, loaded_names([self.before]))
        self.rewritten = self.world.namespace(self.new, loaded_names([self.after]) | _slot_names(registry))
        self.bound = self._bind()
        self._fresh = dict(self.legacy), dict(self.rewritten)
        self.pairs, self.reasons = self._pairs()
        self._marked: dict[int, tuple[Function, Function]] = {}
        self._whole: dict[int, tuple[Program, Program]] = {}

    def sites(self) -> Iterator[tuple[Pair | None, str, str]]:
        """Every site with the pair of functions that it stands in; without one, why not."""
        for site, reason in self.reasons.items():
            yield None, site, reason
        for pair in self.pairs:
            yield from ((pair, site, reason) for site, reason in pair.failures.items())
            alone = len(pair.spots) == 1
            named = (spot.site for spot in pair.spots if alone or not spot.site.startswith(ALIAS))
            yield from ((pair, site, "") for site in named)

    def compare(self, pair: Pair, site: str, *, seconds: float, rounds: int) -> Tally:
        """Execute one site.

        Raises:
            NotExecutable: It cannot be.
        """
        spot = next(each for each in pair.spots if each.site == site)
        keys = {each.site: self._keys(pair, each) for each in pair.spots}
        try:
            versions = self._versions(pair, spot)
        except (SyntaxError, NameError, RecursionError, StopIteration) as error:
            raise NotExecutable(f"its function cannot be taken out of the file: {error}") from error
        comparison = Comparison(pair, spot, versions, self.world, self._errors(pair), self.job.arms, keys, seconds)
        hashed = any(needs_hash(each, spot.subject.dump) for each in statements_at(pair.before.body, spot.before))
        subjects = subjects_of(keys[site], self.job.keys.get(site, []), hashed=hashed)
        tally = comparison.compare(subjects, rounds=rounds)
        if tally.exhausted >= EXHAUSTED and not tally.differences:
            raise NotExecutable("its runs had to be ended: they take more time or memory than there is")
        if not tally.reached and not tally.differences:
            raise NotExecutable("no run reaches it")
        unknown = self._unknown_keys(pair, spot) if tally.differences else ""
        if unknown:
            raise NotExecutable(f"its chain compares with {unknown}, whose value is not known here")
        return tally

    def names(self) -> Tally:
        """Compare the constants of the module: what a rewritten table or list is, and what it was."""
        tally = Tally()
        for name, binding in self.old.names.items():
            if not isinstance(binding, Literal) or not isinstance(self.new.names.get(name), Own):
                continue
            tally.pairs += 1
            tally.reached += 1
            was, now = (_sorted(each) for each in (binding.value, self.rewritten.get(name)))
            if was != now:
                tally.differences += 1
                tally.first = tally.first or difference(name, was, now)
        return tally

    def _bind(self) -> dict[str, Site]:
        """Bind the providers and define the handlers: the module-level functions that only the rewritten file has."""
        functions = (each for each in self.after.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
        handlers = [copied(each) for each in functions if each.name not in self.old.names]
        try:
            self.rewritten["__builtins__"].update(HELPERS)
            define(handlers, self.rewritten)
            return bind_sites(self.after, self.rewritten, before=self.old, after=self.new, world=self.world)
        except Exception as error:
            raise NotExecutable(f"its providers cannot be bound: {type(error).__name__}: {error}") from error

    def _pairs(self) -> tuple[list[Pair], dict[str, str]]:
        symbols = {symbol: site.name for symbol, site in self.bound.items()}
        names = {name for name, each in self.new.names.items() if isinstance(each, Imported)}
        normalisers = {name for name in names if self.new.label(name).rpartition(".")[2] == NORMALISE}
        found, reasons = pair_functions(
            self.before, self.after, symbols, lines=self.job.lines, subjects=self.job.subjects, normalisers=normalisers
        )
        wanted = {*self.job.lines, *bound_names(self.after)} - set(symbols.values())
        return found, reasons | dict.fromkeys(sorted(wanted), "the rewritten file has no symbol for it")

    def _versions(self, pair: Pair, spot: Spot) -> Versions:
        module_site = spot.site if pair.before.name == MODULE else None
        if id(pair) not in self._marked:
            self._marked[id(pair)] = marked(pair, legacy=True), marked(pair, legacy=False)
            self._whole.clear()
        if module_site is not None or id(pair) not in self._whole:
            self._whole[id(pair)] = self._programs(pair, None, module_site)
        return Versions(self._whole[id(pair)], self._programs(pair, spot.site, module_site))

    def _programs(self, pair: Pair, site: str | None, module_site: str | None) -> tuple[Program, Program]:
        versions = self._marked[id(pair)]
        varied = frozenset[str]().union(*(varied_in(each, site) for each in versions if site is not None))
        before, after = (cut_out(each, site, module_site=module_site, varied=varied) for each in versions)
        legacy, rewritten = self._program(before, pair, legacy=True), self._program(after, pair, legacy=False)
        known = {*legacy.written, *self.old.names}
        legacy.written = rewritten.written = tuple(sorted(known & {*legacy.written, *rewritten.written}))
        return legacy, rewritten

    def _program(self, function: Function, pair: Pair, *, legacy: bool) -> Program:
        namespace = self.legacy if legacy else self.rewritten
        namespace.clear()
        namespace.update(self._fresh[0 if legacy else 1])
        return compiled(
            function,
            head=head_of(pair.before if legacy else pair.after),
            classes=pair.classes,
            namespace=namespace,
            bindings=self.old if legacy else self.new,
            helpers=HELPERS,
        )

    def _keys(self, pair: Pair, spot: Spot) -> tuple[str, ...]:
        """The keys of the table, those that the legacy function compares the subject with, and the aliases."""
        table = next((each.keys() for each in self.bound.values() if each.name == spot.site), ())
        compared = [self._constant(side) for side in compared_with(pair.before, spot.subject.dump)]
        texts = [key for key in compared if isinstance(key, str)]
        return tuple(dict.fromkeys((*table, *texts, *self.tables.values.get("PROVIDER_ALIASES", {}))))

    def _constant(self, node: ast.expr) -> object:
        """The value of a constant or of a name that stands for one, None for anything else."""
        if isinstance(node, ast.Constant):
            return node.value
        root, *path = ast.unparse(node).split(".")
        if not isinstance(node, ast.Name | ast.Attribute) or root not in self.old.names:
            return None
        try:
            return reduce(getattr, path, self.world.bound(self.old, root))
        except AttributeError:
            return None

    def _errors(self, pair: Pair) -> tuple[type[BaseException], ...]:
        """What may be raised: what the function knows of, and three errors that every code knows of."""
        found: list[Any] = []
        for path in error_paths([pair.before, pair.after]):
            root, *rest = path.split(".")
            known = self.world.bound(self.old, root) if root in self.old.names else vars(builtins).get(root)
            with contextlib.suppress(AttributeError):
                found.append(reduce(getattr, rest, known))
        classes = [each for each in found if isinstance(each, type) and issubclass(each, Exception)]
        return tuple(dict.fromkeys((*classes, ValueError, KeyError, RuntimeError)))

    def _unknown_keys(self, pair: Pair, spot: Spot) -> str:
        """A name that the chain compares its subject with and that stands for no constant."""
        for statement in statements_at(pair.before.body, spot.before):
            for side in compared_with(statement, spot.subject.dump):
                if isinstance(self._constant(side), Labelled):
                    return ast.unparse(side)
        return ""


def _sorted(value: Any) -> str:
    """A value as text; by axiom `table-order` nobody looks at the order of a table."""
    return canonical(dict(sorted(value.items())) if type(value) is dict else value)


def _slot_names(registry: ProviderRegistry) -> set[str]:
    """The global names that slots are read from."""
    names: set[str] = set()
    for provider in registry.list_providers():
        names |= {reference.global_name for reference in registry.get(provider).references().values()}
    return names
