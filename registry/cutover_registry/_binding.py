"""Bind the providers of some sites as globals of one module, and know who joined which site.

Names that are there already stay as they are, so a module that still has its legacy imports loads nothing twice.
Imports run without the writers' lock.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from cutover_registry._config import ProviderConfig
from cutover_registry._faults import logger
from cutover_registry._imports import ISOLATED, import_module
from cutover_registry._namespace import Namespace
from cutover_registry._reference import SlotReference
from cutover_registry._site import Site
from cutover_registry._site_config import Role, SiteConfig

Record = Callable[[str, BaseException], None]


class Binding:
    """One call of `bind`: a namespace, some sites, and which providers joined them.

    Args:
        namespace: The module's globals; None for sites that read by import instead.
        configs: The sites.
        record: Takes the import error of a provider that no site insists on.
    """

    def __init__(self, namespace: Namespace | None, configs: Sequence[SiteConfig], *, record: Record) -> None:
        self.namespace = namespace
        self.configs = {config.name: config for config in configs}
        self.sites = tuple(Site(config, binding=self) for config in configs)
        self._record = record
        self._joined: dict[ProviderConfig, frozenset[str]] = {}

    def succeed(self, earlier: "Binding") -> None:
        """Take over what an earlier execution of the same module's `bind` put into its globals."""
        again = self.configs.keys() & earlier.configs.keys()
        if again and self.namespace and earlier.namespace and self.namespace.names is earlier.namespace.names:
            self.namespace.succeed(earlier.namespace)

    def serves(self, site: str, config: ProviderConfig) -> bool:
        """Tell whether a provider is in the table of a site."""
        return site in self._joined.get(config, ())

    def keep(self, configs: Iterable[ProviderConfig]) -> None:
        """Forget who joined and is not among `configs` any more; their names stay."""
        self._joined = {config: self._joined[config] for config in configs if config in self._joined}

    def join(self, config: ProviderConfig) -> None:
        """Bind the names of one provider and note which sites it is in; nothing happens the second time.

        Raises:
            Exception: What the legacy imports would have raised, for a provider that a site must have.
        """
        if config in self._joined:
            return
        roles = {site.name: site.role_of(config) for site in self.configs.values()}
        self._bind(config, self._references(config, *(name for name, role in roles.items() if role in MUST)))
        members = {name for name, role in roles.items() if role is Role.MEMBER}
        candidates = [name for name, role in roles.items() if role is Role.CANDIDATE]
        self._joined[config] = frozenset(members.union(self._admitted(config, candidates)))

    def reads_by_import(self, site: str, config: ProviderConfig) -> bool:
        """Tell whether a provider's slots at a site are imported at each read, so that nothing is bound."""
        return self.namespace is None or self.configs[site].lazy or config.lazy

    def readers(self, config: ProviderConfig) -> Iterator[tuple[str, str, SlotReference]]:
        """Yield site, slot and reference of every global name through which code reads this provider."""
        references = config.references()
        for name, site in self.configs.items():
            if self.serves(name, config) or site.role_of(config) in MUST:
                yield from ((name, slot, references[slot]) for slot in self._slots(name, config) if slot in references)

    def _slots(self, site: str, config: ProviderConfig) -> tuple[str, ...]:
        if self.reads_by_import(site, config):
            return ()
        at = self.configs[site]
        return at.slots if at.role_of(config) is Role.CANDIDATE else (*at.slots, *at.kept_slots)

    def _references(self, config: ProviderConfig, *sites: str) -> list[SlotReference]:
        slots = {slot for site in sites for slot in self._slots(site, config)}
        return [reference for slot, reference in config.references().items() if slot in slots]

    def _bind(self, config: ProviderConfig, references: list[SlotReference]) -> None:
        if self.namespace is None or not references:
            return
        missing = self.namespace.missing(config, references)
        found = self.namespace.loaded(config, missing)
        for reference in missing:
            if reference.global_name not in found:
                found[reference.global_name] = reference.fetch()
        self.namespace.put(config, found)

    def _admitted(self, config: ProviderConfig, candidates: list[str]) -> Iterator[str]:
        references = self._references(config, *candidates)
        if self.namespace is None or not references:
            yield from candidates
            return
        missing = self.namespace.missing(config, references)
        try:
            loaded = self.namespace.loaded(config, missing)
            for module in dict.fromkeys(each.module for each in missing if each.global_name not in loaded):
                import_module(module)
        except ISOLATED as error:
            self._record(config.name, error)
            return
        for site in candidates:
            if self._fits(self.namespace, config, site, loaded):
                yield site

    def _fits(self, namespace: Namespace, config: ProviderConfig, site: str, loaded: dict[str, object]) -> bool:
        references = self._references(config, site)
        found: dict[str, object] = {}
        try:
            for reference in namespace.missing(config, references):
                name = reference.global_name
                found[name] = loaded[name] if name in loaded else reference.fetch()
            for reference in references:
                if reference.global_name in found:
                    reference.read(found)
        except Exception as error:  # noqa: BLE001  a new provider must not take the others down
            logger().warning("provider %r does not join site %r: %s", config.name, site, error)
            return False
        namespace.put(config, found)
        return True


MUST = (Role.MEMBER, Role.NAMED)
