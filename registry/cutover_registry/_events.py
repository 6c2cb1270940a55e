"""What telemetry hears about: an attempt begins, its first chunk comes, it ends.

An attempt is one call of a provider function. A hook implements `AttemptHook`; a hook that wants every chunk of a
stream implements `ChunkHook`, one that wants the arguments `CallHook`. Events are frozen; the token that `started`
returns comes back with the later ones.
"""

from dataclasses import dataclass, field

from cutover_registry._typing import Any, Protocol

LEGACY = "legacy"
REGISTRY = "registry"
ARMS = (LEGACY, REGISTRY)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a provider function.

    Attributes:
        provider: The provider whose function it is.
        slot: The slot that the function fills.
        function: What the code reads, such as ``make_near_request`` or ``near_client.make_request``.
        arm: ``legacy`` or ``registry``.
        site: The site; in the legacy arm all sites that read this global name, sorted, joined by commas.
        model: The second positional argument or the keyword ``model``, when it is a string.

    >>> Attempt("near", "make_request", "make_near_request", "registry", "chat", "llama-3").provider
    'near'
    """

    provider: str
    slot: str
    function: str
    arm: str
    site: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended.

    Attributes:
        error: What it raised, or None.
        streamed: Whether it answered with a stream.
        chunks: How many chunks of the stream were taken.
        cancelled: Whether its caller went away: cancelled it, closed the stream early, or dropped it.
        answer: What it gave, or the last chunk of a stream. Only to be looked at: it is the caller's.

    >>> Outcome(error=None, streamed=True, chunks=6, cancelled=False).chunks
    6
    """

    error: BaseException | None = None
    streamed: bool = False
    chunks: int = 0
    cancelled: bool = False
    answer: object = field(default=None, repr=False, compare=False)


class AttemptHook(Protocol):
    """What a listener implements; what it raises is counted and dropped, never passed to the caller.

    >>> class Printer:
    ...     def started(self, attempt):
    ...         return attempt.provider
    ...     def first_chunk(self, token):
    ...         pass
    ...     def ended(self, token, outcome):
    ...         print(token, "failed" if outcome.error else "answered")
    >>> Printer().ended(Printer().started(Attempt("near", "make_request", "f", "registry", "chat")), Outcome())
    near answered
    """

    def started(self, attempt: Attempt) -> object:
        """Take the beginning of an attempt, in the caller's thread; return a token for the later events."""

    def first_chunk(self, token: object) -> None:
        """Take the arrival of a stream's first chunk."""

    def ended(self, token: object, outcome: Outcome) -> None:
        """Take the end; it comes once for each token, for a failed or dropped attempt as surely as for a good one."""


class ChunkHook(AttemptHook, Protocol):
    """A listener that is told of every chunk, the first included; any hook that has a `chunk` is one."""

    def chunk(self, token: object) -> None:
        """Take the arrival of a chunk."""


class CallHook(AttemptHook, Protocol):
    """A listener that is shown the arguments of every attempt; any hook that has a `called` is one.

    >>> class Counter:
    ...     def started(self, attempt):
    ...         return attempt.provider
    ...     def called(self, token, args, kwargs):
    ...         print(token, len(args), sorted(kwargs))
    >>> Counter().called("near", (["hi"], "llama-3"), {"stream": True})
    near 2 ['stream']
    """

    def called(self, token: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Take the arguments before the function does. Only to be looked at: they are the caller's."""
