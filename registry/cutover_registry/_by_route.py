"""Decide by route: for a site and provider of which a share, a tenant or a header speaks."""

from collections.abc import Iterable, Sequence
from operator import itemgetter

from cutover_registry._bucket import secret_of
from cutover_registry._faults import logger
from cutover_registry._route import Route, RouteUnreadable
from cutover_registry._switch_rule import SwitchRule

Asked = tuple[tuple[tuple[str, str] | None, bool | None, float], ...]
"""Header, what is fixed and share of each rule, the last first."""


class ByRoute:
    """The rules that speak of one provider at one site, where the answer differs between routes.

    Args:
        rules: The last first; those behind the first that speaks of every route are never asked.
        salt: What keys the buckets.
    """

    __slots__ = ("_others", "_secret", "_tenants")

    def __init__(self, rules: Sequence[SwitchRule], *, salt: str) -> None:
        self._secret = secret_of(salt)
        self._others = _asked(enumerate(rules), tenant=None)
        self._tenants = {tenant: _asked(met, tenant=tenant) for tenant, met in _by_tenant(rules).items()}

    def on(self, route: Route | None) -> bool:
        """Tell whether a route takes the registry arm; None is an attempt outside of any route."""
        if route is None:
            return self._outside()
        try:
            tenants = self._tenants
            asked = tenants.get(route.tenant or "", self._others) if tenants else self._others
            for header, fixed, share in asked:
                if header is not None and route.header(header[0]) != header[1]:
                    continue
                if fixed is not None:
                    return fixed
                bucket = route.bucket(self._secret)
                return bucket < share if bucket is not None else KEYLESS.tell()
        except RouteUnreadable:
            return False
        return False

    def _outside(self) -> bool:
        fixed = next((fixed for header, fixed, _ in self._others if header is None), False)
        return KEYLESS.tell() if fixed is None else fixed


class Both:
    """Takes the registry arm where two decisions both do."""

    __slots__ = ("_one", "_other")

    def __init__(self, one: "ByRoute | Both", other: "ByRoute | Both") -> None:
        self._one = one
        self._other = other

    def on(self, route: Route | None) -> bool:
        """Tell whether a route takes the registry arm; None is an attempt outside of any route."""
        return self._one.on(route) and self._other.on(route)


class Keyless:
    """Says once in a process that a share met a route without a key: as a rule the middleware is missing."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told = False

    def tell(self) -> bool:
        """Say it, the first time; give the answer for such a route."""
        if self._told:
            return False
        self._told = True
        logger().warning(
            "a share of traffic is switched on and an attempt came without a route key: such attempts take the legacy "
            "arm; add RouteKeyMiddleware to the application, and carried() where it hands work to a thread pool"
        )
        return False


KEYLESS = Keyless()


def deciding(rules: Sequence[SwitchRule], *, salt: str) -> bool | ByRoute:
    """Return what the rules that speak of one provider at one site, in order, say of every route, else `ByRoute`."""
    asked: list[SwitchRule] = []
    for rule in reversed(rules):
        asked.append(rule)
        if not rule.conditional:
            break
    said = {rule.fixed for rule in asked}
    if not asked or asked[-1].conditional:
        said.add(False)
    if len(said) == 1 and None not in said:
        return bool(said.pop())
    return ByRoute(asked, salt=salt)


def both(one: bool | ByRoute | Both, other: bool | ByRoute | Both) -> bool | ByRoute | Both:
    """Return what takes the registry arm where both do."""
    if isinstance(one, bool):
        return other if one else False
    if isinstance(other, bool):
        return one if other else False
    return Both(one, other)


def _by_tenant(rules: Sequence[SwitchRule]) -> dict[str, list[tuple[int, SwitchRule]]]:
    """For each tenant that is named, the rules that may speak of it, with their places; those of no other tenant."""
    wide = [(place, rule) for place, rule in enumerate(rules) if rule.tenant is None]
    met: dict[str, list[tuple[int, SwitchRule]]] = {}
    for place, rule in enumerate(rules):
        if rule.tenant is not None:
            met.setdefault(rule.tenant, [*wide]).append((place, rule))
    return met


def _asked(met: Iterable[tuple[int, SwitchRule]], *, tenant: str | None) -> Asked:
    """What is asked of a route of this tenant, or of none that is named, up to the first rule without a header."""
    asked: list[tuple[tuple[str, str] | None, bool | None, float]] = []
    for _, rule in sorted(met, key=itemgetter(0)):
        if rule.tenant not in (None, tenant):
            continue
        asked.append((rule.header, rule.fixed, rule.share or 0.0))
        if rule.header is None:
            break
    return tuple(asked)
