"""The registry: providers by name, the sites that they serve, and the modules where their functions are bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from types import ModuleType
from weakref import WeakSet

from cutover_registry._binding import Binding
from cutover_registry._bound import BoundProvider, bound_class
from cutover_registry._catalogue import Catalogue
from cutover_registry._config import ProviderConfig
from cutover_registry._imports import ISOLATED
from cutover_registry._later import Later
from cutover_registry._legacy_arm import call_slots, observe_names, restore_names
from cutover_registry._namespace import Load, Namespace
from cutover_registry._open_attempt import LISTENERS
from cutover_registry._plugins import GROUP, config_of, plugin_of, points_of
from cutover_registry._reload import ConfigWatch, Reloaded, difference
from cutover_registry._site import SITES, Site
from cutover_registry._tables import Tables
from cutover_registry._typing import TYPE_CHECKING, Any
from cutover_registry._watcher import WATCHER
from cutover_registry._writing import WRITING
from cutover_registry.errors import DuplicateProvider, InvalidEntry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cutover_registry.failover import FailoverRoute, Loops, Policy

pathlib = Later("pathlib")
failover = Later(f"{__package__}.failover")


class ProviderRegistry(Catalogue):
    """Providers by name, and the sites that they serve.

    Args:
        tables: What it begins with; see `from_module` and `from_mapping`. Without, it is empty and has no sites.

    >>> registry = ProviderRegistry.from_mapping({
    ...     "PROVIDER_ALIASES": {"js": "json"},
    ...     "SLOTS": {"make_request": "dumps"},
    ...     "SITES": {"chat": {"slots": ["make_request"]}},
    ...     "PROVIDER_CONFIGS": {"json": {"module_name": "json", "timeout": 5, "sites": ["chat"]}},
    ... })
    >>> registry.get("js").make_request([1]), registry.get_timeout("json"), registry.get_timeout("other")
    ('[1]', 5, 30)
    >>> (chat,) = registry.bind(globals(), "chat")
    >>> "json" in chat, "js" in chat, dumps([2]), chat.resolve("json").make_request([3])
    (True, False, '[2]', '[3]')
    """

    def __init__(self, tables: Tables | None = None) -> None:
        super().__init__(tables)
        self._sites: WeakSet[Site] = WeakSet()
        self._unbound: Mapping[str, Site] = {}
        self._loops: Loops | None = None
        self._calls = call_slots(self._tables.sites.values())
        with WRITING:
            REGISTRIES.add(self)

    @classmethod
    def from_module(cls, module: ModuleType) -> ProviderRegistry:
        """Read the tables of a configuration module.

        Raises:
            InvalidEntry: For the first thing in them that is not well formed.
            UnknownSite: When an entry lists a site that SITES does not have.
        """
        return cls(Tables.from_module(module))

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> ProviderRegistry:
        """Read the tables from a mapping of the same names as a configuration module's; raises as `from_module`."""
        return cls(Tables.from_mapping(mapping))

    def bind(
        self, namespace: MutableMapping[str, Any], *sites: str, load: Load | None = None, load_by: str = "name"
    ) -> tuple[Site, ...]:
        """Bind the functions of the named sites' providers as globals of a module; return the sites.

        Args:
            namespace: The module's ``globals()``. Names that are there already stay as they are.
            *sites: Names in SITES.
            load: The module's own helper for imports, ``load(provider, names)``, whose answer is bound as it is,
                objects that stand for a failure included.
            load_by: What the helper takes: the provider's ``name``, ``identifier`` or ``module_name``.

        Raises:
            UnknownSite: When SITES has no such name.
            InvalidSwitch: When ``CUTOVER_ARM`` is set to anything but an arm.
            Exception: What the legacy imports would have raised, for a provider that a site must have.
        """
        configs = [self._tables.site(name) for name in sites]
        binding = Binding(Namespace(namespace, load=load, load_by=load_by), configs, record=self.record_import_error)
        WATCHER.attach()
        _succeed(binding)
        return self._admit(binding)

    def site(self, name: str) -> Site:
        """Return a site that belongs to no module: its slots are imported at each read.

        Raises:
            UnknownSite: When SITES has no such name.
        """
        known = self._unbound.get(name)
        if known is not None:
            return known
        (site,) = self._admit(Binding(None, [self._tables.site(name)], record=self.record_import_error))
        with WRITING:
            self._unbound = {name: site, **self._unbound}
        return self._unbound[name]

    @property
    def failover_policy(self) -> Policy:
        """The policy of every route that `failover` gives: LEGACY, a hand-written loop's, until another is set."""
        return self._failover().policy

    @failover_policy.setter
    def failover_policy(self, policy: Policy) -> None:
        self._failover().policy = policy

    def failover(self, chain: Iterable[str], *, policy: Policy | None = None) -> FailoverRoute:
        """Give one route through these providers, for a ``for`` loop that asks one after the other.

        Cooldowns are shared by the registry's routes under one policy.

        Args:
            chain: The providers' names, in order.
            policy: Another one than `failover_policy`.
        """
        return self._failover().over(chain, policy)

    def load_plugins(self, group: str = GROUP, *, replace: bool = False) -> dict[str, BaseException | None]:
        """Register what installed distributions offer, each in isolation; return for each the error, or None.

        An error is also kept as the provider's import error. A name that is taken is refused, unless `replace`.
        """
        outcome: dict[str, BaseException | None] = {}
        for point in points_of(group):
            try:
                config = config_of(point)
                if config.name in self and not replace:
                    raise DuplicateProvider(point.name, present=self.get(point.name), offered=plugin_of(point))
                self.register(config, replace=replace)
                outcome[point.name] = None
            except ISOLATED as error:
                outcome[point.name] = error
                self.record_import_error(point.name, error)
        return outcome

    def reload(self, tables: Tables) -> Reloaded:
        """Take other tables, all or nothing; return what became different.

        Providers and aliases that were registered by code stay. Sites are what the code was bound with: they cannot
        change while it runs.

        Raises:
            InvalidEntry: When SITES is another; then, as with any error, everything stays as it was.
            DuplicateProvider: When a new entry has the name of a provider that was registered by code.
            ImportError: When a bound site must have a new provider and its import fails.
        """
        while True:
            seen, before = self._configs, self._tables
            if tables.sites != before.sites:
                raise InvalidEntry("SITES", "is another than the running code was bound with; restart to change sites")
            following = _following(seen, before, tables)
            for config in following.values():
                if config not in seen.values():
                    self._arriving(config)
            with WRITING:
                if seen is not self._configs or before is not self._tables:
                    continue
                by_code = {alias: name for alias, name in self._aliases.items() if alias not in before.aliases}
                self._configs, self._tables = following, tables
                self._aliases = {**tables.aliases, **by_code}
            self._changed()
            return difference(before, tables)

    def watch(self, source: Path | ModuleType, *, signal_number: int | None = None) -> Callable[[], None]:
        """Reload whenever a configuration file changes, or on a signal alone; return a function that ends it.

        The file's tables are read as literals, never executed. What is not well formed changes nothing and is logged,
        as is what a reload changed. The file is looked at five times a second.

        Args:
            source: The file, or the module that was imported from it: then its dicts and lists follow, in place.
            signal_number: ``signal.SIGHUP``, say; needs the main thread.
        """
        module = source if isinstance(source, ModuleType) else None
        path = pathlib.Path(str(source.__file__)) if isinstance(source, ModuleType) else source
        look = ConfigWatch(path, reload=self.reload, module=module, number=signal_number).look
        WATCHER.attach()
        WATCHER.chores.append(look)
        return lambda: WATCHER.chores.remove(look)

    def observe(self, *, late: bool = False) -> None:
        """Have the names in bound modules follow the present hooks; with `late`, those that came after `bind` too."""
        with WRITING:
            if LISTENERS.active:
                observe_names(self._bindings(), self._configs.values(), self._calls, late=late)
            elif not late:
                restore_names(self._bindings())

    def _failover(self) -> Loops:
        if self._loops is None:
            loops: Loops = failover.Loops()
            with WRITING:
                self._loops = self._loops or loops
        return self._loops

    def _admit(self, binding: Binding) -> tuple[Site, ...]:
        for config in self._configs.values():
            binding.join(config)
        with WRITING:
            self._sites.update(binding.sites)
            SITES.update(binding.sites)
        self._changed()
        return binding.sites

    def _bindings(self) -> Iterator[Binding]:
        with WRITING:
            return iter(dict.fromkeys(site.binding for site in self._sites))

    def _arriving(self, config: ProviderConfig) -> None:
        for binding in self._bindings():
            binding.join(config)

    def _changed(self) -> None:
        for binding in self._bindings():
            for config in self._configs.values():
                binding.join(config)
        with WRITING:
            for binding in self._bindings():
                binding.keep(self._configs.values())
                for site in binding.sites:
                    self._fill(binding, site)
            if LISTENERS.active:
                self.observe()

    def _fill(self, binding: Binding, site: Site) -> None:
        bound = {config: self._bound(binding, site, config) for config in self._configs.values()}
        table = {config.name: each for config, each in bound.items() if binding.serves(site.name, config)}
        at = binding.configs[site.name]
        defaults = (each for config, each in bound.items() if config.name == at.default and not at.unfilled(config))
        site.fill(table, next(defaults, None))

    def _bound(self, binding: Binding, site: Site, config: ProviderConfig) -> BoundProvider:
        late = None if binding.reads_by_import(site.name, config) else binding.namespace
        return bound_class(tuple(config.references()))(
            config,
            site=site.name,
            timeout=self.default_timeout,
            namespace=None if late is None else late.names,
            calls=self._calls,
        )


def _following(seen: Mapping[str, ProviderConfig], before: Tables, tables: Tables) -> dict[str, ProviderConfig]:
    """The providers of other tables and those that code registered, records that are equal being the same."""
    by_code = {name: config for name, config in seen.items() if before.configs.get(name) != config}
    taken = next((name for name in tables.configs if name in by_code and name not in before.configs), None)
    if taken is not None:
        raise DuplicateProvider(taken, present=by_code[taken], offered=tables.configs[taken])
    return {
        **{name: seen[name] if seen.get(name) == each else each for name, each in tables.configs.items()},
        **by_code,
    }


def _succeed(binding: Binding) -> None:
    with WRITING:
        earlier = dict.fromkeys(site.binding for site in SITES)
    for each in earlier:
        binding.succeed(each)


def _observe_late_names() -> None:
    if LISTENERS.active:
        with WRITING:
            registries = list(REGISTRIES)
        for registry in registries:
            registry.observe(late=True)


REGISTRIES: WeakSet[ProviderRegistry] = WeakSet()
WATCHER.chores.append(_observe_late_names)
