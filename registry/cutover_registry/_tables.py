"""Read the tables of a configuration module: what is there, in its order, or one clear refusal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType

from cutover_registry._checks import check_fields, check_mapping, check_name, check_seconds
from cutover_registry._config import EVERY_SITE, ProviderConfig
from cutover_registry._reference import SlotReference
from cutover_registry._site_config import SiteConfig
from cutover_registry.errors import InvalidEntry, UnknownSite

TABLES = (
    "DEFAULT_PROVIDER",
    "DEFAULT_TIMEOUT",
    "PROVIDER_ALIASES",
    "SLOTS",
    "SITES",
    "PROVIDER_CONFIGS",
    "AUTO_DETECT_PROVIDERS",
)
DEFAULT_TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one configuration, checked one by one and against each other.

    Attributes:
        configs: PROVIDER_CONFIGS, naming convention merged in.
        sites: SITES.
        convention: SLOTS, slot to template with ``{}``.
        aliases: PROVIDER_ALIASES.
        default_provider: DEFAULT_PROVIDER, or None.
        default_timeout: DEFAULT_TIMEOUT, seconds.

    >>> entries = {"x-ai": {"module_name": "m"}}
    >>> tables = Tables.from_mapping({"SLOTS": {"make_request": "make_{}"}, "PROVIDER_CONFIGS": entries})
    >>> tables.configs["x-ai"].slots["make_request"], tables.default_timeout
    ('make_x_ai', 30)
    """

    configs: Mapping[str, ProviderConfig] = field(default_factory=dict)
    sites: Mapping[str, SiteConfig] = field(default_factory=dict)
    convention: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    default_provider: str | None = None
    default_timeout: float = DEFAULT_TIMEOUT

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> "Tables":
        """Read the tables from a mapping of the names that a configuration module has."""
        check_fields(check_mapping(mapping, where="the tables"), TABLES, where="the tables")
        default = mapping.get("DEFAULT_PROVIDER")
        sites = _named("SITES", mapping)
        shell = cls(
            sites={name: SiteConfig.from_entry(name, entry) for name, entry in sites.items()},  # type: ignore[arg-type]
            convention=_read_convention(mapping),
            aliases=_read_aliases(mapping),
            default_provider=None if default is None else check_name(default, where="DEFAULT_PROVIDER"),
            default_timeout=check_seconds(mapping.get("DEFAULT_TIMEOUT", DEFAULT_TIMEOUT), where="DEFAULT_TIMEOUT"),
        )
        return shell._filled(_named("PROVIDER_CONFIGS", mapping))

    @classmethod
    def from_module(cls, module: ModuleType) -> "Tables":
        """Read the tables from a module; its other names are not looked at."""
        there = {name: getattr(module, name) for name in TABLES if hasattr(module, name)}
        if "PROVIDER_CONFIGS" not in there:
            raise InvalidEntry(f"module {module.__name__!r}", "has no PROVIDER_CONFIGS; define the dict of entries")
        return cls.from_mapping(there)

    def site(self, name: str) -> SiteConfig:
        """Return the record of a site.

        Raises:
            UnknownSite: When SITES has no such name.
        """
        if name not in self.sites:
            raise UnknownSite(name, self.sites)
        return self.sites[name]

    def completed(self, config: ProviderConfig) -> ProviderConfig:
        """Return the record with the convention merged in, once it stands up against the sites.

        Raises:
            UnknownSite: When it lists a site that SITES does not have.
            InvalidEntry: When it is listed for a site whose slots it does not fill.
        """
        complete = config.with_convention(self.convention)
        for name in complete.sites or ():
            if name not in self.sites and complete.sites != EVERY_SITE:
                raise UnknownSite(name, self.sites)
        for site in self.sites.values():
            site.check(complete)
        return complete

    def _filled(self, entries: Mapping[str, object]) -> "Tables":
        configs = {name: self.completed(as_config(name, entry)) for name, entry in entries.items()}
        for site in self.sites.values():
            if site.default is not None and site.default not in configs:
                raise InvalidEntry(
                    f"site {site.name!r}, default",
                    f"is {site.default!r}, which PROVIDER_CONFIGS does not have; add the entry or leave default out",
                )
        return Tables(configs, self.sites, self.convention, self.aliases, self.default_provider, self.default_timeout)


def as_config(name: str, entry: object) -> ProviderConfig:
    """Return the record of an entry, which is a dict or a record of that name already."""
    if not isinstance(entry, ProviderConfig):
        return ProviderConfig.from_entry(name, entry)  # type: ignore[arg-type]
    if entry.name != name:
        raise InvalidEntry(f"provider {name!r}", f"has the record of {entry.name!r}; use one name for both")
    return entry


def _named(table: str, mapping: Mapping[str, object]) -> Mapping[str, object]:
    return check_mapping(mapping.get(table, {}), where=table)


def _read_convention(mapping: Mapping[str, object]) -> Mapping[str, str]:
    convention = {
        slot: check_name(template, where=f"SLOTS, slot {slot!r}") for slot, template in _named("SLOTS", mapping).items()
    }
    for slot, template in convention.items():
        SlotReference.parse(template.replace("{}", "x"), module_name="m", where=f"SLOTS, slot {slot!r}")
    return MappingProxyType(convention)


def _read_aliases(mapping: Mapping[str, object]) -> Mapping[str, str]:
    aliases = _named("PROVIDER_ALIASES", mapping)
    return MappingProxyType({a: check_name(n, where=f"PROVIDER_ALIASES, {a!r}") for a, n in aliases.items()})
