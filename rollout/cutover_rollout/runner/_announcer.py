"""Tells webhooks of decisions, out of the audit: the controller's own and people's, each once in their order.

Which was told last is kept in a file, if one is named. Whoever leads without one, after another host say, tells again
what is younger than ten minutes; a message that is sent twice has the same X-Cutover-Delivery.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cutover_rollout._durable import replace_bytes
from cutover_rollout.plan import Webhook
from cutover_rollout.runner._courier import PAUSES, Courier
from cutover_rollout.runner._messages import message
from cutover_rollout.state import StateStore, Versioned

RECENT = 600.0  # seconds
MOST = 50
logger = logging.getLogger("cutover_rollout")


class Announcer:
    """Follows the audit of one state.

    Args:
        state: Whose.
        kept: The file that says what was told last.
        clock: Seconds since 1970.
        pauses: Seconds between the tries of a message.
        environment: Where the secrets are.
    """

    def __init__(
        self,
        state: StateStore,
        *,
        kept: Path | None = None,
        clock: Callable[[], float] = time.time,
        pauses: tuple[float, ...] = PAUSES,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._state = state
        self._kept = kept
        self._clock = clock
        self._pauses = pauses
        self._environment = environment
        self._couriers: dict[Webhook, Courier] = {}
        self._told: tuple[str, int] | None = None

    def tell(self, seen: Versioned, webhooks: Iterable[Webhook]) -> None:
        """Have these webhooks hear of every decision up to this version that they have not heard of."""
        hooks = tuple(webhooks)
        if self._told is None or self._told[0] != seen.origin:
            self._told = (seen.origin, self._begin(seen) if hooks else seen.version)
        while self._told[1] < seen.version:
            rows = self._state.history(after=self._told[1], most=MOST)
            if not rows:
                return
            for row in rows if hooks else ():
                for hook in hooks:
                    self._courier(hook).tell(message(row, seen))
            self._told = (seen.origin, rows[-1].version)
            self._keep()

    def settle(self, seconds: float) -> bool:
        """Wait until all was sent or given up, so long at the most; whether it was."""
        until = time.monotonic() + seconds
        return all(each.settle(max(0.0, until - time.monotonic())) for each in self._couriers.values())

    def end(self) -> None:
        """Send nothing more."""
        for each in self._couriers.values():
            each.end()

    def _courier(self, hook: Webhook) -> Courier:
        if hook not in self._couriers:
            self._couriers[hook] = Courier(hook, pauses=self._pauses, environment=self._environment)
        return self._couriers[hook]

    def _begin(self, seen: Versioned) -> int:
        """The version after which to tell."""
        try:
            kept = json.loads(self._kept.read_bytes()) if self._kept else {}
            if kept.get("origin") == seen.origin and isinstance(kept.get("version"), int):
                return min(int(kept["version"]), seen.version)
        except (OSError, ValueError, AttributeError):
            logger.debug("what was told last is not known", exc_info=True)
        first = max(0, seen.version - MOST)
        old = [row.version for row in self._state.history(after=first, most=MOST) if row.at < self._clock() - RECENT]
        return max(old, default=first)

    def _keep(self) -> None:
        if self._kept is None or self._told is None:
            return
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            told = {"origin": self._told[0], "version": self._told[1]}
            replace_bytes(self._kept, json.dumps(told).encode() + b"\n")
        except OSError as error:
            logger.warning("%s: what webhooks were told cannot be kept (%s)", self._kept, error.strerror)
