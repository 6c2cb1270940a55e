"""The process-wide registry, and plain tables through which an application without sites of its own may fill it.

>>> PROVIDER_CONFIGS["js"] = {"module_name": "json", "slots": {"make_request": "dumps"}, "timeout": 7}
>>> get_provider_registry().get("js").make_request([1]), get_provider_timeout("js")
('[1]', 7)
>>> del PROVIDER_CONFIGS["js"]
>>> "js" in get_provider_registry()
False
"""

from collections.abc import Mapping

from cutover_registry._config import ProviderConfig
from cutover_registry._registry import ProviderRegistry
from cutover_registry._tables import Tables, as_config
from cutover_registry._writing import WRITING

DEFAULT_PROVIDER = "openrouter"
PROVIDER_CONFIGS: dict[str, ProviderConfig | Mapping[str, object]] = {}
PROVIDER_ALIASES: dict[str, str] = {}
AUTO_DETECT_PROVIDERS: list[str] = []
CONVENTION: Mapping[str, str] = {
    "make_request": "make_{}_request_openai",
    "process_response": "process_{}_response",
    "make_request_stream": "make_{}_request_openai_stream",
    "make_request_stream_async": "make_{}_request_openai_stream_async",
}

_registry = ProviderRegistry(Tables(convention=CONVENTION, default_provider=DEFAULT_PROVIDER))
_taken: dict[str, ProviderConfig] = {}
_taken_aliases: set[str] = set()


def get_provider_registry() -> ProviderRegistry:
    """Return the one registry of this process, as PROVIDER_CONFIGS and PROVIDER_ALIASES have it now.

    Raises:
        InvalidEntry: For an entry of the tables that is not well formed.
    """
    with WRITING:
        _follow_configs()
        _follow_aliases()
    return _registry


def register_provider(config: ProviderConfig, *, replace: bool = False) -> ProviderConfig:
    """Add a provider to the process-wide registry and its tables; return its record.

    Raises:
        DuplicateProvider: When the name is taken and `replace` is False.

    >>> register_provider(ProviderConfig("js", "json", slots={"make_request": "dumps"})).name
    'js'
    >>> load_provider("js") is get_provider_or_error("js"), load_all_providers()
    (True, {'js': None})
    >>> del PROVIDER_CONFIGS["js"]
    """
    with WRITING:
        registered = get_provider_registry().register(config, replace=replace)
        PROVIDER_CONFIGS[config.name] = _taken[config.name] = config
        if config.auto_detect and config.name not in AUTO_DETECT_PROVIDERS:
            AUTO_DETECT_PROVIDERS.append(config.name)
    return registered


def get_provider_timeout(name: str) -> float:
    """Return a provider's timeout in seconds, the default one where it has none or is not known."""
    return get_provider_registry().get_timeout(name)


def normalize_provider_name(name: str) -> str:
    """Return the name that an alias stands for; anything else is returned as it came.

    >>> PROVIDER_ALIASES["hug"] = "huggingface"
    >>> normalize_provider_name("hug"), normalize_provider_name("near"), normalize_provider_name(None)
    ('huggingface', 'near', None)
    >>> del PROVIDER_ALIASES["hug"]
    """
    return get_provider_registry().normalize(name)


def load_all_providers(*, lazy: bool = False) -> dict[str, BaseException | None]:
    """Import every provider in isolation; return for each the error of its import, or None.

    With `lazy` each provider is imported at its first read; only what failed before is returned as an error.
    """
    return get_provider_registry().load_all(lazy=lazy)


def load_provider(name: str) -> ProviderConfig:
    """Import the modules of a provider; return its record.

    Raises:
        UnknownProvider: When it is not registered.
        Exception: What the import raises.
    """
    return get_provider_registry().load(name)


def get_provider_or_error(name: str) -> ProviderConfig:
    """Return the record of a provider whose modules import.

    Raises:
        UnknownProvider: When it is not registered.
        ProviderUnavailable: When its import fails.
    """
    return get_provider_registry().get_or_error(name)


def _follow_configs() -> None:
    configs = {name: as_config(name, entry) for name, entry in PROVIDER_CONFIGS.items()}
    for name in [name for name in _taken if name not in configs]:
        del _taken[name]
        if name in _registry:
            _registry.unregister(name)
    for name, config in configs.items():
        if _taken.get(name) != config:
            _registry.register(config, replace=name in _taken)
            _taken[name] = config


def _follow_aliases() -> None:
    for alias in [alias for alias in _taken_aliases if alias not in PROVIDER_ALIASES]:
        _taken_aliases.remove(alias)
        _registry.remove_alias(alias)
    for alias, name in PROVIDER_ALIASES.items():
        _registry.add_alias(alias, name, replace=alias in _taken_aliases)
        _taken_aliases.add(alias)
