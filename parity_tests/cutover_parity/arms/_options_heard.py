"""Learns which options of failover were on in a route, where the application uses `cutover_registry.failover`.

A route says at its end which options its policy has (`RouteEnd.options_on`). That an option was on is known; that a
difference comes of it is not.
"""

import importlib
import sys
from contextlib import suppress
from typing import Any

from cutover_parity.arms._route_log import LOG

_REGISTRIES = ("cutover_registry", "_cutover_registry")


class OptionsHeard:
    """A route hook that notes the options of each route in the log of the case."""

    def route_started(self, chain: tuple[str, ...]) -> object:
        """Take nothing."""

    def skipped(self, token: object, provider: str, reason: str) -> None:
        """Take nothing."""

    def failed_over(self, token: object, source: str, target: str, error: BaseException) -> None:
        """Take nothing."""

    def route_ended(self, token: object, end: Any) -> None:  # noqa: ARG002 - the form of a route hook
        """Note the options."""
        log = LOG.get()
        if log is not None:
            log.options.update(end.options_on)


def hear_options() -> None:
    """Listen to the routes of the application, if it has the registry, or a vendored copy of it."""
    for name in list(sys.modules):
        if name.rpartition(".")[2] in _REGISTRIES:
            with suppress(ImportError):
                importlib.import_module(f"{name}.failover").add_route_hook(OptionsHeard())
