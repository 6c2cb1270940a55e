"""The loops of one registry: a route for each, and what those under one policy share."""

from collections.abc import Iterable

from cutover_registry.failover._chain import Failover
from cutover_registry.failover._loop import FailoverRoute
from cutover_registry.failover._policy import LEGACY, Policy

_KEPT = 64


class Loops:
    """Gives routes; cooldowns are shared by all that were given under the same policy object.

    Attributes:
        policy: That of a route for which no other is named.
    """

    def __init__(self) -> None:
        self.policy = LEGACY
        self._shared: dict[int, Failover] = {}

    def over(self, chain: Iterable[str], policy: Policy | None = None) -> FailoverRoute:
        """Give one route through these providers."""
        chosen = self.policy if policy is None else policy
        shared = self._shared.get(id(chosen))
        if shared is None:
            shared = self._remember(Failover((), policy=chosen))
        return shared.over(chain).loop()

    def _remember(self, shared: Failover) -> Failover:
        while len(self._shared) >= _KEPT:
            self._shared.pop(next(iter(self._shared)), None)
        return self._shared.setdefault(id(shared.policy), shared)
