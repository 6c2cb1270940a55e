"""What a provider is: one immutable record, made from one entry of PROVIDER_CONFIGS.

>>> near = ProviderConfig.from_entry("near", {"module_name": "src.near_client", "timeout": 120, "sites": ["chat"]})
>>> near.timeout, near.sites
(120, ('chat',))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from cutover_registry._checks import (
    check_fields,
    check_flag,
    check_identifier,
    check_integer,
    check_mapping,
    check_name,
    check_names,
    check_seconds,
)
from cutover_registry._reference import SlotReference, is_dotted
from cutover_registry.errors import InvalidEntry

EVERY_SITE = ("*",)
DEFAULT_PRIORITY = 100
ENTRY_FIELDS = ("timeout", "priority", "auto_detect", "module_name", "sites", "slots", "values", "lazy", "capabilities")
RESERVED = frozenset({"name", "from_entry", "identifier", "modules", "references", "with_convention", *ENTRY_FIELDS})


def _frozen(mapping: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType(dict(mapping))


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One provider, as its entry describes it.

    Reading a slot (``config.make_request``) reads the function from its module at that moment, importing it if need be.

    Attributes:
        name: The key, as requests and tables spell it.
        module_name: The dotted module of its functions; None when every slot names its own, or it has none.
        timeout: Its own timeout in seconds; None means the table's DEFAULT_TIMEOUT.
        priority: Order in listings, lowest first.
        auto_detect: Whether model names are tried with it.
        sites: The sites that must have it, ``("*",)`` for every site, None for those whose slots it fills.
        slots: Slot to reference; None says that the provider has no such slot. The registry merges the convention in.
        values: Constants that templates read.
        lazy: Whether its slots are imported at each read instead of bound as globals.
        capabilities: What it can do, in words of the gateway's choice (``tools``, ``multimodal``); see `supports`.

    Raises:
        InvalidEntry: At construction, for the first field that is not well formed.

    >>> near = ProviderConfig("near", "json", timeout=120, slots={"make_request": "dumps"}, values={"label": "Near AI"})
    >>> near.make_request([1]), near.label
    ('[1]', 'Near AI')
    >>> ProviderConfig("near", timeout=0)
    Traceback (most recent call last):
    cutover_registry.errors.InvalidEntry: provider 'near', timeout: is 0 (int); write seconds, a number above zero
    """

    name: str
    module_name: str | None = None
    timeout: float | None = field(default=None, kw_only=True, hash=False)
    priority: int = field(default=DEFAULT_PRIORITY, kw_only=True, hash=False)
    auto_detect: bool = field(default=False, kw_only=True, hash=False)
    sites: tuple[str, ...] | None = field(default=None, kw_only=True, hash=False)
    slots: Mapping[str, str | None] = field(default_factory=dict, kw_only=True, hash=False)
    values: Mapping[str, object] = field(default_factory=dict, kw_only=True, hash=False)
    lazy: bool = field(default=False, kw_only=True, hash=False)
    capabilities: tuple[str, ...] = field(default=(), kw_only=True, hash=False)

    @classmethod
    def from_entry(cls, name: str, entry: Mapping[str, object]) -> "ProviderConfig":
        """Read one entry of PROVIDER_CONFIGS.

        Raises:
            InvalidEntry: For an unknown field, or one that is not well formed.
        """
        where = f"provider {check_name(name, where='a provider name')!r}"
        check_fields(check_mapping(entry, where=where), ENTRY_FIELDS, where=where)
        return cls(name, **entry)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        for attribute, check in _CHECKS.items():
            value = getattr(self, attribute)
            where = f"provider {self.name!r}, {attribute}" if attribute != "name" else "a provider name"
            object.__setattr__(self, attribute, check(value, where=where))
        both = sorted(set(self.slots) & set(self.values))
        if both:
            raise InvalidEntry(f"provider {self.name!r}", f"has {both[0]!r} as slot and as value; rename one")
        self.references()

    def __getattr__(self, attribute: str) -> object:
        if attribute.startswith("_") or attribute in RESERVED:
            raise AttributeError(f"'ProviderConfig' object has no attribute {attribute!r}")
        if attribute in self.values:
            return self.values[attribute]
        reference = self.references().get(attribute)
        if reference is None:
            raise AttributeError(lacking(self, attribute), name=attribute, obj=self)
        return reference.load()

    def __reduce__(self) -> tuple[Callable[..., "ProviderConfig"], tuple[str, dict[str, object]]]:
        kept = {attribute: getattr(self, attribute) for attribute in ENTRY_FIELDS}
        return _rebuilt, (self.name, kept | {"slots": dict(self.slots), "values": dict(self.values)})

    @property
    def identifier(self) -> str:
        """The name as the naming convention writes it, ``-`` and ``.`` as ``_``."""
        return self.name.replace("-", "_").replace(".", "_")

    def references(self) -> dict[str, SlotReference]:
        """Return the parsed reference of every slot that the provider has, in order."""
        return {
            slot: SlotReference.parse(
                text, module_name=self.module_name, where=f"provider {self.name!r}, slot {slot!r}"
            )
            for slot, text in self.slots.items()
            if text is not None
        }

    def modules(self) -> tuple[str, ...]:
        """Return the modules that its slots are read from, its own first."""
        own = () if self.module_name is None else (self.module_name,)
        foreign = (reference.module for reference in self.references().values() if not reference.own)
        return tuple(dict.fromkeys((*own, *foreign)))

    def with_convention(self, convention: Mapping[str, str]) -> "ProviderConfig":
        """Return the record with the slots that the naming convention gives to what it leaves unsaid.

        >>> ProviderConfig("near-ai", "m").with_convention({"make_request": "make_{}_request"}).slots["make_request"]
        'make_near_ai_request'
        """
        if self.module_name is None:
            return self
        given = {slot: template.replace("{}", self.identifier) for slot, template in convention.items()}
        return replace(self, slots=given | dict(self.slots))


def lacking(config: ProviderConfig, attribute: str) -> str:
    """Say that a provider has no such slot or value, and what it has."""
    there = ", ".join([*config.references(), *config.values]) or "none"
    return f"provider {config.name!r} has no slot or value {attribute!r}; it has: {there}"


def _rebuilt(name: str, fields: dict[str, object]) -> ProviderConfig:
    return ProviderConfig(name, **fields)  # type: ignore[arg-type]


def _check_module(value: object, *, where: str) -> str | None:
    if value is None:
        return None
    name = check_name(value, where=where)
    if not is_dotted(name):
        raise InvalidEntry(where, f"is {name!r}; write a dotted absolute module such as 'src.services.near_client'")
    return name


def _check_timeout(value: object, *, where: str) -> float | None:
    return None if value is None else check_seconds(value, where=where)


def _check_sites(value: object, *, where: str) -> tuple[str, ...] | None:
    if value is None or value == "*":
        return None if value is None else EVERY_SITE
    names = check_names(value, where=where)
    if "*" in names and names != EVERY_SITE:
        raise InvalidEntry(where, "mixes '*' with names; write '*' alone or the names")
    return names


def _check_slots(value: object, *, where: str) -> Mapping[str, str | None]:
    slots = check_mapping(value, where=where)
    for slot, text in slots.items():
        check_identifier(slot, where=f"{where}, a slot", reserved=RESERVED)
        if text is not None:
            check_name(text, where=f"{where}, slot {slot!r}")
    return _frozen(slots)  # type: ignore[return-value]


def _check_values(value: object, *, where: str) -> Mapping[str, object]:
    values = check_mapping(value, where=where)
    for name in values:
        check_identifier(name, where=f"{where}, a value", reserved=RESERVED)
    return _frozen(values)


_CHECKS: dict[str, Callable[..., object]] = {
    "name": check_name,
    "module_name": _check_module,
    "timeout": _check_timeout,
    "priority": check_integer,
    "auto_detect": check_flag,
    "sites": _check_sites,
    "slots": _check_slots,
    "values": _check_values,
    "lazy": check_flag,
    "capabilities": check_names,
}
