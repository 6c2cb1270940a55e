"""One rule of the switch: of which sites, providers and routes it speaks, and what it says of them."""

from dataclasses import dataclass

from cutover_registry._events import ARMS, LEGACY, REGISTRY
from cutover_registry._typing import Any
from cutover_registry.errors import InvalidSwitch

EVERY = "*"
WHERE = "switch rule"
TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class SwitchRule:
    """One rule; ``*`` matches every site, or every provider.

    Attributes:
        site: A site's name, or ``*``.
        provider: A provider's name, or ``*``.
        arm: What everything it speaks of takes, routes without a key included; None where `share` says it.
        share: From 0 to 1: this share of the routes that have a key takes the registry arm, all others legacy.
        tenant: It speaks of this tenant's routes alone; None for all.
        header: It speaks of routes with this header alone: its name, in any case, and its value; None for all.

    Raises:
        InvalidSwitch: When arm or share is none, when both are given, or when a name is no string.

    >>> rule = SwitchRule("chat", arm="registry")
    >>> rule.matches("chat", "near"), rule.matches("responses", "near")
    (True, False)
    >>> SwitchRule("chat", "near", share=0.05, header=("X-Beta", "yes")).header
    ('x-beta', 'yes')
    """

    site: str = EVERY
    provider: str = EVERY
    arm: str | None = None
    share: float | None = None
    tenant: str | None = None
    header: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if self.share is None:
            object.__setattr__(self, "arm", LEGACY if self.arm is None else check_arm(self.arm, source=WHERE))
        elif self.arm is not None:
            raise InvalidSwitch(WHERE, f"has arm {self.arm!r} and share {self.share!r}; write one of the two")
        else:
            _check_share(self.share)
        if not isinstance(self.site, str) or not isinstance(self.provider, str):
            named = f"SwitchRule(site={self.site!r}, provider={self.provider!r}, arm={self.arm!r})"
            raise InvalidSwitch(WHERE, f"{named} names a site or provider by something else than a string")
        _check_tenant(self.tenant)
        object.__setattr__(self, "header", _checked_header(self.header))

    @property
    def conditional(self) -> bool:
        """Whether it speaks of some routes alone."""
        return self.tenant is not None or self.header is not None

    @property
    def fixed(self) -> bool | None:
        """What it says of every route that it speaks of: True for the registry arm; None where the route's key counts.

        A share of 1 is not fixed: a route without a key has no part in it.
        """
        return self.arm == REGISTRY if self.share is None else (None if self.share else False)

    def matches(self, site: str, provider: str) -> bool:
        """Tell whether the rule speaks of that provider at that site."""
        return self.site in (EVERY, site) and self.provider in (EVERY, provider)

    def to_json(self) -> dict[str, Any]:
        """Return the rule as it stands in a switch file; what it does not speak of is left out."""
        said: dict[str, Any] = {"site": self.site, "provider": self.provider}
        if self.tenant is not None:
            said["tenant"] = self.tenant
        if self.header is not None:
            said["header"] = {"name": self.header[0], "value": self.header[1]}
        return {**said, "arm": self.arm} if self.share is None else {**said, "share": self.share}


def check_arm(arm: object, *, source: str) -> str:
    """Return `arm` when it is one of the two."""
    if not isinstance(arm, str) or arm not in ARMS:
        raise InvalidSwitch(source, f"has arm {arm!r}; write 'legacy' or 'registry'")
    return arm


def _check_share(share: object) -> None:
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise InvalidSwitch(WHERE, f"has share {share!r}; write a number from 0 to 1")


def _check_tenant(tenant: object) -> None:
    if tenant is not None and (not isinstance(tenant, str) or tenant in ("", EVERY)):
        raise InvalidSwitch(WHERE, f"has tenant {tenant!r}; write a tenant's name, or leave it out for every one")


def _checked_header(header: object) -> tuple[str, str] | None:
    match header:
        case None:
            return None
        case (str(name), str(value)) if name and TOKEN.issuperset(name.lower()) and value == value.strip():
            return name.lower(), value
        case _:
            raise InvalidSwitch(WHERE, f"has header {header!r}; write the name of a header and the value that it has")
