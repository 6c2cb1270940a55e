"""For whoever looks on while the switch decides: which key took which arm, and calls that the table does not know.

The legacy arm calls functions by the names that its branches have. Hooks hear of those that an entry names; where an
entry was given another function, the one that the branch still calls is observed by `observe_more`.
"""

from collections.abc import Callable, Mapping, MutableMapping

from cutover_registry._events import LEGACY, Attempt
from cutover_registry._namespace import Namespace
from cutover_registry._observe import ObservedCallable, observable, unobserved
from cutover_registry._site import SITES, WATCH, Site, Watcher, apply_switch
from cutover_registry._typing import Any
from cutover_registry._writing import WRITING


def watch_switch(watcher: Watcher) -> Callable[[], None]:
    """Tell `watcher` the site, the key and whether it takes the registry arm, at each decision; give what ends that.

    It is called in the thread that is served. What it raises is counted and dropped.

    >>> from cutover_registry import ProviderRegistry, hold_arm, use_registry
    >>> tables = {"SITES": {"chat": {"slots": []}}, "PROVIDER_CONFIGS": {"near": {"sites": ["chat"]}}}
    >>> CHAT = ProviderRegistry.from_mapping(tables).site("chat")
    >>> seen = []
    >>> end = watch_switch(lambda site, key, on: seen.append((site.name, key, on)))
    >>> with hold_arm("registry"):
    ...     use_registry(CHAT, "near")
    True
    >>> end()
    >>> seen
    [('chat', 'near', True)]
    """

    def end() -> None:
        with WRITING:
            WATCH.watchers = tuple(other for other in WATCH.watchers if other is not watcher)
            apply_switch()

    with WRITING:
        WATCH.watchers = (*WATCH.watchers, watcher)
        apply_switch()
    return end


def bound_sites() -> tuple[tuple[str, Site], ...]:
    """Give the sites of this process that are bound to a module, each with the module's name, sorted.

    >>> from cutover_registry import ProviderRegistry
    >>> tables = {"SITES": {"ask": {"slots": []}}, "PROVIDER_CONFIGS": {}}
    >>> (ASK,) = ProviderRegistry.from_mapping(tables).bind({"__name__": "routes"}, "ask")
    >>> [module for module, site in bound_sites() if site is ASK]
    ['routes']
    """
    with WRITING:
        found = [(str(names.get("__name__")), site) for site in SITES if (names := _names(site)) is not None]
    return tuple(sorted(found, key=lambda pair: (pair[0], pair[1].name)))


def observe_more(site: Site, functions: Mapping[str, str]) -> Callable[[], None]:
    """Let hooks hear of calls by these global names (name to key) of a site's module; give what ends that.

    Names that are observed already, or that hold no function, are left alone.

    >>> from cutover_registry import ProviderRegistry, RecordingHook
    >>> routes = {"ask_near": len}
    >>> tables = {"SITES": {"ask": {"slots": []}}, "PROVIDER_CONFIGS": {}}
    >>> (ASK,) = ProviderRegistry.from_mapping(tables).bind(routes, "ask")
    >>> end = observe_more(ASK, {"ask_near": "near"})
    >>> with RecordingHook() as hook:
    ...     routes["ask_near"]("hi")
    2
    >>> hook.attempts[0].function
    'ask_near'
    >>> end()
    """
    names = _names(site) or {}
    placed: dict[str, ObservedCallable] = {}
    with WRITING:
        for name, key in functions.items():
            present = names.get(name)
            if type(present) is not ObservedCallable and observable(present):
                placed[name] = ObservedCallable(present, Attempt(key, "", name, LEGACY, site.name))
        names.update(placed)

    def end() -> None:
        with WRITING:
            for name, observed in placed.items():
                if names.get(name) is observed:
                    names[name] = unobserved(observed)

    return end


def _names(site: Site) -> MutableMapping[str, Any] | None:
    namespace: Namespace | None = None if site.binding is None else site.binding.namespace
    return None if namespace is None else namespace.names
