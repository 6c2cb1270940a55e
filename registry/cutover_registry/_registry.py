"""The registry: providers by name, the sites that they serve, and the modules where their functions are bound."""

from collections.abc import Iterator, Mapping, MutableMapping
from types import ModuleType
from typing import Any
from weakref import WeakSet

from cutover_registry._binding import Binding
from cutover_registry._bound import BoundProvider, bound_class
from cutover_registry._catalogue import Catalogue
from cutover_registry._config import ProviderConfig
from cutover_registry._legacy_arm import call_slots, observe_names, restore_names
from cutover_registry._namespace import Load, Namespace
from cutover_registry._open_attempt import LISTENERS
from cutover_registry._site import SITES, Site
from cutover_registry._tables import Tables
from cutover_registry._watcher import WATCHER
from cutover_registry._writing import WRITING


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
        self._calls = call_slots(self._tables.sites.values())
        with WRITING:
            REGISTRIES.add(self)

    @classmethod
    def from_module(cls, module: ModuleType) -> "ProviderRegistry":
        """Read the tables of a configuration module.

        Raises:
            InvalidEntry: For the first thing in them that is not well formed.
            UnknownSite: When an entry lists a site that SITES does not have.
        """
        return cls(Tables.from_module(module))

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> "ProviderRegistry":
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

    def observe(self, *, late: bool = False) -> None:
        """Have the names in bound modules follow the present hooks; with `late`, those that came after `bind` too."""
        with WRITING:
            if LISTENERS.active:
                observe_names(self._bindings(), self._configs.values(), self._calls, late=late)
            elif not late:
                restore_names(self._bindings())

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
