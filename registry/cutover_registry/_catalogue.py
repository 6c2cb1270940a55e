"""Providers by name: registering, aliases, loading, and the errors of imports.

Readers see a table that is never written again; a writer makes the next one and puts it in place.
"""

from collections.abc import Mapping

from cutover_registry._checks import check_name
from cutover_registry._config import ProviderConfig
from cutover_registry._imports import ISOLATED, import_module
from cutover_registry._matching import matching_key
from cutover_registry._tables import Tables
from cutover_registry._writing import WRITING
from cutover_registry.errors import DuplicateProvider, ProviderUnavailable, UnknownProvider

ASYNC_STREAM_SLOT = "make_request_stream_async"


class Catalogue:
    """Providers by name, without sites; see `ProviderRegistry`."""

    def __init__(self, tables: Tables | None = None) -> None:
        self._tables = Tables() if tables is None else tables
        self._configs: Mapping[str, ProviderConfig] = dict(self._tables.configs)
        self._aliases: Mapping[str, str] = dict(self._tables.aliases)
        self._import_errors: Mapping[str, BaseException] = {}

    def __contains__(self, name: object) -> bool:
        return matching_key(name, self._configs) is not None

    def __len__(self) -> int:
        return len(self._configs)

    @property
    def default_provider(self) -> str | None:
        """DEFAULT_PROVIDER of its tables, or None."""
        return self._tables.default_provider

    @property
    def default_timeout(self) -> float:
        """DEFAULT_TIMEOUT of its tables, seconds."""
        return self._tables.default_timeout

    def register(self, config: ProviderConfig, *, replace: bool = False) -> ProviderConfig:
        """Add a provider; return its record with the naming convention merged in.

        Raises:
            DuplicateProvider: When the name is taken and `replace` is False.
            InvalidEntry: When it is listed for a site whose slots it does not fill.
            UnknownSite: When it lists a site that SITES does not have.
            ImportError: When a bound site must have it and its import fails; then nothing is registered.
        """
        complete = self._tables.completed(config)
        self._refuse_duplicate(complete, replace=replace)
        self._arriving(complete)
        with WRITING:
            self._refuse_duplicate(complete, replace=replace)
            self._configs = {**self._configs, complete.name: complete}
        self._changed()
        return complete

    def unregister(self, name: str) -> ProviderConfig:
        """Take a provider out of the table and of every site; return its record. Bound names stay.

        Raises:
            UnknownProvider: When no provider has exactly that name.
        """
        with WRITING:
            if name not in self._configs:
                raise UnknownProvider(name, self._configs)
            gone = self._configs[name]
            self._configs = {key: config for key, config in self._configs.items() if key != name}
            self._import_errors = {key: error for key, error in self._import_errors.items() if key != name}
        self._changed()
        return gone

    def add_alias(self, alias: str, name: str, *, replace: bool = False) -> None:
        """Let `alias` stand for the provider `name`.

        Raises:
            DuplicateProvider: When the alias stands for another provider and `replace` is False.
        """
        check_name(name, where=f"alias {check_name(alias, where='an alias')!r}")
        with WRITING:
            present = self._aliases.get(alias, name)
            if present != name and not replace:
                raise DuplicateProvider(alias, present=f"an alias of {present!r}", offered=f"an alias of {name!r}")
            self._aliases = {**self._aliases, alias: name}

    def remove_alias(self, alias: str) -> None:
        """Let `alias` stand for nothing; nothing happens when it did not stand for anything."""
        with WRITING:
            self._aliases = {key: name for key, name in self._aliases.items() if key != alias}

    def get(self, name: str) -> ProviderConfig:
        """Return the record of a provider: the exact name first, then an alias.

        Raises:
            UnknownProvider: When there is neither.
        """
        configs = self._configs
        for candidate in (name, self.normalize(name)):
            match = matching_key(candidate, configs)
            if match is not None:
                return configs[match]
        raise UnknownProvider(name, configs)

    def normalize(self, name: str) -> str:
        """Return the name that an alias stands for; anything else is returned as it came, whatever its type."""
        aliases = self._aliases
        match = matching_key(name, aliases)
        return name if match is None else aliases[match]

    def list_providers(self) -> list[str]:
        """Return all names, lowest `priority` first, in table order where that is equal."""
        return [config.name for config in sorted(self._configs.values(), key=lambda config: config.priority)]

    def get_timeout(self, name: str) -> float:
        """Return the provider's timeout in seconds; DEFAULT_TIMEOUT where it has none or is not known."""
        try:
            timeout = self.get(name).timeout
        except UnknownProvider:
            timeout = None
        return self.default_timeout if timeout is None else timeout

    def timeouts(self) -> dict[str, float]:
        """Return a new dict of the providers that have a timeout of their own, in table order."""
        return {name: config.timeout for name, config in self._configs.items() if config.timeout is not None}

    def load(self, name: str) -> ProviderConfig:
        """Import the modules of a provider; return its record. A failure is recorded, a success clears the record.

        Raises:
            UnknownProvider: When it is not registered.
            Exception: What the import raises.
        """
        config = self.get(name)
        try:
            for module in config.modules():
                import_module(module)
        except ISOLATED as error:
            self.record_import_error(config.name, error)
            raise
        with WRITING:
            self._import_errors = {key: error for key, error in self._import_errors.items() if key != config.name}
        return config

    def load_all(self, *, lazy: bool = False) -> dict[str, BaseException | None]:
        """Import every provider in isolation; return for each the error of its import, or None.

        With `lazy` nothing is imported now: each provider comes with its first read, and what is returned are the
        errors of imports that were tried before.
        """
        if lazy:
            return {name: self._import_errors.get(name) for name in self._configs}
        return {name: self._load_error(name) for name in self._configs}

    def get_or_error(self, name: str) -> ProviderConfig:
        """Return the record of a provider whose modules import.

        Raises:
            UnknownProvider: When it is not registered.
            ProviderUnavailable: When its import fails; the import's error is the cause.
        """
        config = self.get(name)
        error = self._load_error(config.name)
        if error is not None:
            raise ProviderUnavailable(config.name, error) from error
        return config

    def is_available(self, name: str) -> bool:
        """Tell whether a provider is registered and its modules import."""
        try:
            known = self.get(name)
        except UnknownProvider:
            return False
        return self._load_error(known.name) is None

    def supports(self, name: str, capability: str) -> bool:
        """Tell whether a provider's entry says that it has a capability; a provider that is not known has none."""
        try:
            return capability in self.get(name).capabilities
        except UnknownProvider:
            return False

    def supports_async_streaming(self, name: str) -> bool:
        """Tell whether a provider has a function for the slot ``make_request_stream_async``."""
        try:
            return callable(getattr(self.get(name), ASYNC_STREAM_SLOT))
        except (LookupError, *ISOLATED):
            return False

    def record_import_error(self, name: str, error: BaseException | str) -> None:
        """Keep the reason why a provider is not available."""
        reason = ImportError(error) if isinstance(error, str) else error
        with WRITING:
            self._import_errors = {**self._import_errors, name: reason}

    def get_import_errors(self) -> dict[str, BaseException]:
        """Return a new dict of the providers whose import failed, with the error."""
        return dict(self._import_errors)

    def _load_error(self, name: str) -> BaseException | None:
        try:
            self.load(name)
        except ISOLATED as error:
            return error
        return None

    def _refuse_duplicate(self, config: ProviderConfig, *, replace: bool) -> None:
        present = self._configs.get(config.name)
        if present is not None and not replace:
            raise DuplicateProvider(config.name, present=present, offered=config)

    def _arriving(self, config: ProviderConfig) -> None:
        """Prepare for a record that will be in the table; raise to refuse it."""

    def _changed(self) -> None:
        """Take the present table everywhere."""
