"""A provider as one site sees it: slots read late, values and timeout plain."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from cutover_registry._config import ProviderConfig, lacking
from cutover_registry._events import REGISTRY, Attempt
from cutover_registry._observe import ObservedCallable, observable, unobserved
from cutover_registry._open_attempt import LISTENERS
from cutover_registry._typing import Any


class BoundProvider:
    """What `Site.resolve` gives; made once for each site and key.

    Reading a slot reads the migrated module's global of that moment, exactly where and when the legacy branch read it.
    While hooks listen, the function comes in a stand-in that tells them of the call.

    Attributes:
        name: The provider.
        timeout: Seconds, its own or DEFAULT_TIMEOUT.

    >>> from cutover_registry import ProviderRegistry
    >>> registry = ProviderRegistry.from_mapping({
    ...     "SITES": {"chat": {"slots": ["make_request"], "values": ["label"]}},
    ...     "PROVIDER_CONFIGS": {
    ...         "near": {"sites": "*", "slots": {"make_request": "json:dumps as ask"}, "values": {"label": "Near AI"}},
    ...     },
    ... })
    >>> module_globals = {}
    >>> (CHAT,) = registry.bind(module_globals, "chat")
    >>> near = CHAT.resolve("near")
    >>> near.make_request(["hi"]), near.label, near.timeout
    ('["hi"]', 'Near AI', 30)
    >>> module_globals["ask"] = lambda messages: "patched"
    >>> near.make_request(["hi"])
    'patched'
    """

    __slots__ = ("_calls", "_config", "_globals", "_namespace", "_observed", "_references", "_site", "name", "timeout")

    def __init__(
        self,
        config: ProviderConfig,
        *,
        site: str,
        timeout: float,
        namespace: Mapping[str, object] | None,
        calls: frozenset[str],
    ) -> None:
        self.name = config.name
        self.timeout = timeout if config.timeout is None else config.timeout
        self._config = config
        self._site = site
        self._namespace = namespace
        self._calls = calls
        self._references = config.references()
        self._globals = {
            slot: each.global_name for slot, each in self._references.items() if namespace is not None and not each.path
        }
        self._observed: dict[str, ObservedCallable] = {}

    def __getattr__(self, attribute: str) -> Any:
        if attribute in self._references:
            return self._read(attribute)
        try:
            return self._config.values[attribute]
        except KeyError:
            raise AttributeError(lacking(self._config, attribute), name=attribute, obj=self) from None

    def __repr__(self) -> str:
        return f"<BoundProvider {self.name!r} at site {self._site!r}>"

    def _read(self, slot: str) -> Any:
        reference = self._references[slot]
        function = unobserved(reference.load() if self._namespace is None else reference.read(self._namespace))
        if not LISTENERS.active or slot not in self._calls or not observable(function):
            return function
        kept = self._observed.get(slot)
        if kept is None or unobserved(kept) is not function:
            attempt = Attempt(self.name, slot, reference.expression, REGISTRY, self._site)
            self._observed[slot] = kept = ObservedCallable(function, attempt)
        return kept


@lru_cache(maxsize=256)
def bound_class(slots: tuple[str, ...]) -> type[BoundProvider]:
    """Return the class for providers with these slots: the same, with a short way to a slot that is a plain global."""
    ways = {slot: property(_short_way(slot)) for slot in slots}
    return type("BoundProvider", (BoundProvider,), {"__slots__": (), "__doc__": BoundProvider.__doc__, **ways})


def _short_way(slot: str) -> Callable[[Any], Any]:
    def read(self: Any) -> Any:
        try:
            function = self._namespace[self._globals[slot]]
        except KeyError:
            return self._read(slot)
        return self._read(slot) if LISTENERS.active or type(function) is ObservedCallable else function

    return read
