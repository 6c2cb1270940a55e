"""Let hooks hear of the legacy arm: while any hook listens, the global names of call slots hold observed functions.

The names go back to their functions when the last hook leaves. A name that was patched meanwhile is left alone.
"""

from collections.abc import Iterable
from dataclasses import replace

from cutover_registry._binding import Binding
from cutover_registry._config import ProviderConfig
from cutover_registry._events import LEGACY, Attempt
from cutover_registry._namespace import Namespace
from cutover_registry._observe import ObservedCallable, observable, unobserved
from cutover_registry._site_config import SiteConfig


def call_slots(sites: Iterable[SiteConfig]) -> frozenset[str]:
    """Return the slots whose calls are attempts: all but those that stand after the first place wherever they stand.

    >>> sorted(call_slots([SiteConfig("chat", ("make_request", "process_response"), kept_slots=("make_async",))]))
    ['make_async', 'make_request']
    """
    sites = tuple(sites)
    named = {slot for site in sites for slot in (*site.slots, *site.kept_slots)}
    first = {site.slots[0] for site in sites if site.slots}
    later = {slot for site in sites for slot in site.slots[1:]}
    return frozenset(named - (later - first))


def observe_names(
    bindings: Iterable[Binding], configs: Iterable[ProviderConfig], calls: frozenset[str], *, late: bool = False
) -> None:
    """Put observed functions in place of those that bound modules call; the caller holds the writers' lock.

    With `late`, only names that were never observed, such as a module's own functions that are defined after `bind`.
    """
    configs = tuple(configs)
    for namespaces in _by_globals(bindings).values():
        attempts = _legacy_attempts(namespaces, configs, calls)
        for namespace in (binding.namespace for binding in namespaces if binding.namespace is not None):
            for name, attempt in attempts.items():
                if not (late and name in namespace.observed):
                    _observe(namespace, name, attempt)


def restore_names(bindings: Iterable[Binding]) -> None:
    """Put the functions themselves back; the caller holds the writers' lock."""
    for namespace in (binding.namespace for binding in bindings if binding.namespace is not None):
        for name in namespace.observed & namespace.names.keys():
            namespace.names[name] = unobserved(namespace.names[name])
        namespace.observed = set()


def _observe(namespace: Namespace, name: str, attempt: Attempt) -> None:
    present = namespace.names.get(name)
    function = unobserved(present)
    if not observable(function):
        return
    namespace.observed.add(name)
    if type(present) is not ObservedCallable or not present._own_is_about(attempt):
        namespace.names[name] = ObservedCallable(function, attempt)


def _by_globals(bindings: Iterable[Binding]) -> dict[int, list[Binding]]:
    grouped: dict[int, list[Binding]] = {}
    for binding in bindings:
        if binding.namespace is not None:
            grouped.setdefault(id(binding.namespace.names), []).append(binding)
    return grouped


def _legacy_attempts(
    bindings: Iterable[Binding], configs: Iterable[ProviderConfig], calls: frozenset[str]
) -> dict[str, Attempt]:
    bindings = tuple(bindings)
    attempts: dict[str, Attempt] = {}
    for config in configs:
        readers = (reader for binding in bindings for reader in binding.readers(config))
        for site, slot, reference in sorted(readers, key=lambda reader: reader[:2]):
            if slot in calls and not reference.path:
                name = reference.global_name
                known = attempts.setdefault(name, Attempt(config.name, slot, name, LEGACY, site))
                sites = sorted({*known.site.split(","), site})
                attempts[name] = replace(known, site=",".join(sites))
    return attempts
