"""Providers of other distributions, by the entry point group ``cutover.providers``.

A distribution names an entry, a dict as in PROVIDER_CONFIGS or a `ProviderConfig`, or a function without arguments
that returns one::

    [project.entry-points."cutover.providers"]
    near-two = "near_two.entry:ENTRY"

Listing reads metadata alone. Taking one in imports its module; what goes wrong there is that plugin's error alone.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from cutover_registry._config import ProviderConfig
from cutover_registry._tables import as_config
from cutover_registry._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "cutover.providers"


@dataclass(frozen=True, slots=True)
class Plugin:
    """One provider that a distribution offers; nothing of it was imported.

    >>> print(Plugin("near-two", "near_two.entry:ENTRY", "near-two 1.0"))
    the plugin 'near-two' (near_two.entry:ENTRY) of near-two 1.0
    """

    name: str
    reference: str
    distribution: str

    def __str__(self) -> str:
        return f"the plugin {self.name!r} ({self.reference}) of {self.distribution}"


def list_plugins(group: str = GROUP) -> list[Plugin]:
    """List what the installed distributions offer, by name.

    >>> list_plugins("a.group.that.nobody.uses")
    []
    """
    return [plugin_of(point) for point in points_of(group)]


def points_of(group: str) -> list[EntryPoint]:
    """Give the entry points of a group in an order that does not depend on the search path."""
    # The metadata reader costs as much as everything else that this package imports, and few read plugins
    metadata = importlib.import_module("importlib.metadata")
    return sorted(metadata.entry_points(group=group), key=lambda point: (point.name, point.value))


def plugin_of(point: EntryPoint) -> Plugin:
    """Describe an entry point."""
    dist = point.dist
    return Plugin(point.name, point.value, f"{dist.name} {dist.version}" if dist else "an unknown distribution")


def config_of(point: EntryPoint) -> ProviderConfig:
    """Import an entry and read it.

    Raises:
        Exception: What its module raises; InvalidEntry when it is not an entry.
    """
    entry = point.load()
    if callable(entry) and not isinstance(entry, ProviderConfig):
        entry = entry()
    return as_config(point.name, entry)
