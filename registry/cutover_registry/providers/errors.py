"""What calling a provider may raise; no text of it holds a key, a query or a prompt.

CutoverRegistryError
└── ProviderCallError                        provider, model
    ├── NotConfigured (LookupError)          no key in the environment, or another setting that it needs
    ├── ProviderStatusError                  status_code, retry_after, code, type, detail
    │   ├── AuthenticationFailed             401, 403
    │   ├── ModelNotFound                    404
    │   ├── RateLimited                      429
    │   ├── RequestRefused                   any other 4xx
    │   ├── ProviderRedirected               3xx, which is never followed
    │   └── ProviderFailed                   5xx
    ├── ProviderTimeout (TimeoutError)       phase: connect, first_chunk, between_chunks, total
    ├── ProviderUnreachable (ConnectionError)  no connection, no name, no TLS, or it was lost before the answer
    ├── AnswerUnreadable (ValueError)        not JSON, another content type, too large, not what a completion looks like
    └── StreamBroken (ConnectionError)       the stream ended in its middle, after `chunks` chunks
"""

from typing import Any

from cutover_registry.errors import CutoverRegistryError


class ProviderCallError(CutoverRegistryError):
    """Root of what a call raises.

    Attributes:
        provider: Who was called.
        model: The model that was asked for, or None.
    """

    def __init__(self, message: str, *, provider: str, model: str | None = None, **details: Any) -> None:
        super().__init__(f"{provider}: {message}")
        self.message, self.provider, self.model = message, provider, model
        self._details = details
        for name, value in details.items():
            setattr(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.message, self.provider, self.model, self._details)


class NotConfigured(ProviderCallError, LookupError):
    """The environment lacks a key or another setting.

    Attributes:
        names: The variables, one of which has to be set.
        status_code: What it stands for in a chain: 401, as if the key had been refused.
    """

    names: tuple[str, ...]
    status_code = 401


class ProviderStatusError(ProviderCallError):
    """The provider answered with a status that is no success.

    Attributes:
        status_code: The status.
        retry_after: Seconds after which it asked to be tried again, or None.
        code: The provider's own code of the error, or None.
        type: The provider's own kind of the error, or None.
        detail: The provider's words, without anything that looks like a key, cut to 500 characters.
    """

    status_code: int
    retry_after: float | None
    code: str | None
    type: str | None
    detail: str


class AuthenticationFailed(ProviderStatusError):
    """401 or 403: the key is missing there, wrong, or not allowed to do this."""


class ModelNotFound(ProviderStatusError):
    """404: no such model, or no such path."""


class RateLimited(ProviderStatusError):
    """429: too many requests or tokens, or the account's quota is used up."""


class RequestRefused(ProviderStatusError):
    """Another status of the 400s: the request is at fault."""


class ProviderRedirected(ProviderStatusError):
    """A status of the 300s; a key is never sent after a redirect."""


class ProviderFailed(ProviderStatusError):
    """A status of the 500s: the provider is at fault."""


class ProviderTimeout(ProviderCallError, TimeoutError):
    """The provider took too long.

    Attributes:
        phase: ``connect``, ``first_chunk``, ``between_chunks`` or ``total``.
        seconds: What the phase was allowed.
    """

    phase: str
    seconds: float | None


class ProviderUnreachable(ProviderCallError, ConnectionError):
    """There was no connection, or it was lost before the answer came."""


class AnswerUnreadable(ProviderCallError, ValueError):
    """What came cannot be read as a completion."""


class StreamBroken(ProviderCallError, ConnectionError):
    """The stream ended in its middle.

    Attributes:
        chunks: How many chunks had come.
    """

    chunks: int


def kind_of(status: int) -> type[ProviderStatusError]:
    """Give the kind of error for a status."""
    exact = {401: AuthenticationFailed, 403: AuthenticationFailed, 404: ModelNotFound, 429: RateLimited}
    if status in exact:
        return exact[status]
    if status < 400:
        return ProviderRedirected
    return RequestRefused if status < 500 else ProviderFailed


def _rebuilt(
    kind: type[ProviderCallError], message: str, provider: str, model: str | None, details: dict[str, Any]
) -> ProviderCallError:
    return kind(message, provider=provider, model=model, **details)
