"""Let hooks hear of the legacy arm: while any hook listens, the global names of call slots hold observed functions.

The names go back to their functions when the last hook leaves. A name that was patched meanwhile is left alone.
"""

from collections.abc import Iterable, Mapping

from cutover_registry._binding import Binding
from cutover_registry._config import ProviderConfig
from cutover_registry._events import LEGACY, Attempt
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


def observe_names(binding: Binding, configs: Iterable[ProviderConfig], calls: frozenset[str]) -> None:
    """Put observed functions in place of those that the binding's code calls; the caller holds the writers' lock."""
    if binding.namespace is None:
        return
    names = binding.namespace.names
    for name, attempt in _legacy_attempts(binding, configs, calls).items():
        present = names.get(name)
        if type(present) is ObservedCallable and present._own_is_about(attempt):
            continue
        function = unobserved(present)
        if observable(function):
            names[name] = ObservedCallable(function, attempt)


def restore_names(binding: Binding, configs: Iterable[ProviderConfig]) -> None:
    """Put the functions themselves back; the caller holds the writers' lock."""
    if binding.namespace is None:
        return
    names = binding.namespace.names
    for config in configs:
        for _, _, reference in binding.readers(config):
            if type(names.get(reference.global_name)) is ObservedCallable:
                names[reference.global_name] = unobserved(names[reference.global_name])


def _legacy_attempts(
    binding: Binding, configs: Iterable[ProviderConfig], calls: frozenset[str]
) -> Mapping[str, Attempt]:
    attempts: dict[str, Attempt] = {}
    for config in configs:
        for site, slot, reference in binding.readers(config):
            if slot not in calls or reference.path:
                continue
            name = reference.global_name
            known = attempts.get(name)
            if known is None:
                attempts[name] = Attempt(config.name, slot, name, LEGACY, site)
            elif site not in known.site.split(","):
                attempts[name] = Attempt(known.provider, known.slot, name, LEGACY, f"{known.site},{site}")
    return attempts
