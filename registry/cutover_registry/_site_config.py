"""What a site is: one immutable record, made from one entry of SITES."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from cutover_registry._checks import check_fields, check_flag, check_identifier, check_mapping, check_name, check_names
from cutover_registry._config import EVERY_SITE, RESERVED, ProviderConfig
from cutover_registry.errors import InvalidEntry

SITE_FIELDS = ("slots", "default", "kept", "kept_slots", "lazy", "values")


class Role(Enum):
    """How one provider stands to one site."""

    MEMBER = "in the table; its import must succeed"
    CANDIDATE = "in the table if its import and its functions are there"
    NAMED = "its names are bound for kept code or the default arm; not in the table"
    STRANGER = "none of the site's business"


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """One site, as its entry describes it.

    Attributes:
        name: The site's name.
        slots: The slots that its template reads, in order.
        default: The provider whose functions the default arm uses, or None.
        kept: Providers whose branch stayed in place; bound, not in the table.
        kept_slots: Slots that only kept code reads; bound too.
        lazy: Whether slots are imported at each read instead of read from the module's globals.
        values: The constants that the template reads.

    >>> chat = SiteConfig.from_entry("chat", {"slots": ["make_request", "process_response"], "default": "openrouter"})
    >>> chat.slots, chat.default
    (('make_request', 'process_response'), 'openrouter')
    >>> chat.unfilled(ProviderConfig("near", "m", slots={"make_request": "make_near_request"}))
    ('process_response',)
    """

    name: str
    slots: tuple[str, ...]
    default: str | None = None
    kept: tuple[str, ...] = ()
    kept_slots: tuple[str, ...] = ()
    lazy: bool = False
    values: tuple[str, ...] = ()

    @classmethod
    def from_entry(cls, name: str, entry: Mapping[str, object]) -> "SiteConfig":
        """Read one entry of SITES.

        Raises:
            InvalidEntry: For an unknown field, or one that is not well formed.
        """
        where = f"site {check_name(name, where='a site name')!r}"
        check_fields(check_mapping(entry, where=where), SITE_FIELDS, where=where)
        default = entry.get("default")
        return cls(
            name,
            slots=_check_identifiers(entry.get("slots"), where=f"{where}, slots"),
            default=None if default is None else check_name(default, where=f"{where}, default"),
            kept=check_names(entry.get("kept", ()), where=f"{where}, kept"),
            kept_slots=_check_identifiers(entry.get("kept_slots", ()), where=f"{where}, kept_slots"),
            lazy=check_flag(entry.get("lazy", False), where=f"{where}, lazy"),
            values=check_names(entry.get("values", ()), where=f"{where}, values"),
        )

    def role_of(self, config: ProviderConfig) -> Role:
        """Tell how a provider stands to this site."""
        if config.name in self.kept:
            return Role.NAMED
        is_default = config.name == self.default
        if config.sites is None:
            role = Role.MEMBER if is_default else Role.CANDIDATE
            return role if not self.unfilled(config) else (Role.NAMED if is_default else Role.STRANGER)
        if config.sites == EVERY_SITE or self.name in config.sites:
            return Role.MEMBER
        return Role.NAMED if is_default else Role.STRANGER

    def unfilled(self, config: ProviderConfig) -> tuple[str, ...]:
        """Return the slots and values that this site reads and the provider does not give."""
        slots = [slot for slot in self.slots if config.slots.get(slot) is None]
        values = [value for value in self.values if value not in config.values and value != "timeout"]
        return (*slots, *values)

    def check(self, config: ProviderConfig) -> None:
        """Refuse a provider that is listed for this site and lacks what the site reads.

        Raises:
            InvalidEntry: Naming provider, site and what is missing.
        """
        missing = self.unfilled(config)
        if config.sites is None or not missing or self.role_of(config) is not Role.MEMBER:
            return
        raise InvalidEntry(
            f"provider {config.name!r}",
            f"is listed for site {self.name!r} and gives no {', '.join(map(repr, missing))}; "
            "add them to its slots or values, or leave the site out of its sites",
        )


def _check_identifiers(value: object, *, where: str) -> tuple[str, ...]:
    names = check_names(value, where=where)
    return tuple(check_identifier(name, where=f"{where}, an item", reserved=RESERVED) for name in names)
