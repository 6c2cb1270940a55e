"""Provider registry for LLM gateways (standard library only).

A provider is one entry of a table; a site is one place where a provider name chooses code. The code asks
`use_registry` which arm is on, `Site.resolve` gives the provider, and its slots are read late, as the legacy code read
its globals.

    >>> from types import SimpleNamespace
    >>> registry = ProviderRegistry.from_mapping({
    ...     "SLOTS": {"make_request": "{}s"},
    ...     "SITES": {"chat": {"slots": ["make_request"]}},
    ...     "PROVIDER_CONFIGS": {"dump": {"module_name": "json", "sites": "*"}},
    ... })
    >>> namespace = {}
    >>> (CHAT,) = registry.bind(namespace, "chat")
    >>> with hold_arm("registry"):
    ...     use_registry(CHAT, "dump"), use_registry(CHAT, "other")
    (True, False)
    >>> CHAT.resolve("dump").make_request([1])
    '[1]'
"""

from cutover_registry._bound import BoundProvider
from cutover_registry._bucket import bucket_of
from cutover_registry._config import ProviderConfig
from cutover_registry._config_file import read_tables
from cutover_registry._default import (
    AUTO_DETECT_PROVIDERS,
    DEFAULT_PROVIDER,
    PROVIDER_ALIASES,
    PROVIDER_CONFIGS,
    get_provider_or_error,
    get_provider_registry,
    get_provider_timeout,
    load_all_providers,
    load_provider,
    normalize_provider_name,
    register_provider,
)
from cutover_registry._events import Attempt, AttemptHook, CallHook, ChunkHook, Outcome
from cutover_registry._faults import fault_counts
from cutover_registry._hooks import RecordingHook, add_hook, remove_hook
from cutover_registry._plugins import Plugin, list_plugins
from cutover_registry._reference import SlotReference
from cutover_registry._registry import ProviderRegistry
from cutover_registry._reload import Reloaded
from cutover_registry._route import carried, current_route, route_key
from cutover_registry._route_middleware import RouteKeyMiddleware
from cutover_registry._site import Site, current_switch, follow_switch, hold_arm, use_registry
from cutover_registry._site_config import SiteConfig
from cutover_registry._switch import SwitchSnapshot, switch_file, write_switch
from cutover_registry._switch_rule import SwitchRule
from cutover_registry._tables import Tables
from cutover_registry._watch import bound_sites, observe_more, watch_switch
from cutover_registry.errors import (
    CutoverRegistryError,
    DuplicateProvider,
    InvalidEntry,
    InvalidRouteKey,
    InvalidSwitch,
    ProviderUnavailable,
    UnknownProvider,
    UnknownSite,
)

__all__ = [
    "AUTO_DETECT_PROVIDERS",
    "DEFAULT_PROVIDER",
    "PROVIDER_ALIASES",
    "PROVIDER_CONFIGS",
    "Attempt",
    "AttemptHook",
    "BoundProvider",
    "CallHook",
    "ChunkHook",
    "CutoverRegistryError",
    "DuplicateProvider",
    "InvalidEntry",
    "InvalidRouteKey",
    "InvalidSwitch",
    "Outcome",
    "Plugin",
    "ProviderConfig",
    "ProviderRegistry",
    "ProviderUnavailable",
    "RecordingHook",
    "Reloaded",
    "RouteKeyMiddleware",
    "Site",
    "SiteConfig",
    "SlotReference",
    "SwitchRule",
    "SwitchSnapshot",
    "Tables",
    "UnknownProvider",
    "UnknownSite",
    "add_hook",
    "bound_sites",
    "bucket_of",
    "carried",
    "current_route",
    "current_switch",
    "fault_counts",
    "follow_switch",
    "get_provider_or_error",
    "get_provider_registry",
    "get_provider_timeout",
    "hold_arm",
    "list_plugins",
    "load_all_providers",
    "load_provider",
    "normalize_provider_name",
    "observe_more",
    "read_tables",
    "register_provider",
    "remove_hook",
    "route_key",
    "switch_file",
    "use_registry",
    "watch_switch",
    "write_switch",
]
