"""Where telemetry plugs in, and the fake hook that is shipped for tests."""

from threading import Lock

from cutover_registry._events import Attempt, AttemptHook, Outcome
from cutover_registry._open_attempt import LISTENERS
from cutover_registry._registry import REGISTRIES
from cutover_registry._writing import WRITING


def add_hook(hook: AttemptHook) -> None:
    """Let a hook hear of every attempt from now on, in both arms; a hook that listens already is left alone.

    >>> from cutover_registry import ProviderRegistry
    >>> tables = {
    ...     "SITES": {"chat": {"slots": ["make_request"]}},
    ...     "PROVIDER_CONFIGS": {"near": {"sites": ["chat"], "slots": {"make_request": "json:dumps"}}},
    ... }
    >>> CHAT = ProviderRegistry.from_mapping(tables).site("chat")
    >>> hook = RecordingHook()
    >>> add_hook(hook)
    >>> CHAT.resolve("near").make_request([1])
    '[1]'
    >>> remove_hook(hook)
    >>> [(attempt.provider, attempt.arm) for attempt in hook.attempts]
    [('near', 'registry')]
    """
    with WRITING:
        if not any(hook is present for present in LISTENERS.active):
            _listen((*LISTENERS.active, hook))


def remove_hook(hook: AttemptHook) -> None:
    """Let a hook hear of no new attempt; those that it saw start still bring it their end."""
    with WRITING:
        _listen(tuple(present for present in LISTENERS.active if present is not hook))


def _listen(hooks: tuple[AttemptHook, ...]) -> None:
    LISTENERS.active = hooks
    for registry in REGISTRIES:
        registry.observe()


class RecordingHook:
    """A hook that keeps what it is told, for tests.

    Attributes:
        attempts: In the order of their start; a token is an index into it.
        firsts: The tokens whose first chunk came.
        chunks: One token for each chunk.
        outcomes: Token to outcome, for those that ended.

    >>> hook = RecordingHook()
    >>> token = hook.started(Attempt("near", "make_request", "make_near_request", "registry", "chat"))
    >>> hook.ended(token, Outcome())
    >>> hook.attempts[0].provider, hook.outcomes[token].error
    ('near', None)
    """

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.firsts: list[int] = []
        self.chunks: list[int] = []
        self.outcomes: dict[int, Outcome] = {}
        self._counting = Lock()

    def __enter__(self) -> "RecordingHook":
        add_hook(self)
        return self

    def __exit__(self, *raised: object) -> None:
        remove_hook(self)

    def started(self, attempt: Attempt) -> int:
        """Keep an attempt; its token is its place."""
        with self._counting:
            self.attempts.append(attempt)
            return len(self.attempts) - 1

    def first_chunk(self, token: object) -> None:
        """Keep the arrival of a first chunk."""
        self.firsts.append(_index(token))

    def chunk(self, token: object) -> None:
        """Keep the arrival of a chunk."""
        self.chunks.append(_index(token))

    def ended(self, token: object, outcome: Outcome) -> None:
        """Keep an outcome; a second one for the same attempt is refused, since an attempt ends once."""
        if self.outcomes.setdefault(_index(token), outcome) is not outcome:
            raise ValueError(f"attempt {token} ended twice, last with {outcome}")


def _index(token: object) -> int:
    if not isinstance(token, int):
        raise TypeError(f"{token!r} is no token of this hook; pass back what started gave")
    return token
