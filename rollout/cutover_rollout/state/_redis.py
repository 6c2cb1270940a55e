"""A state in Redis: each step is one script, a message on a channel says that there is another version.

Nothing here waits longer than `PATIENCE`, and nothing is sent twice: redis-py looks whether the server has closed a
connection before it uses it, and its own repeating is off.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from cutover_rollout.state import _redis_scripts as scripts
from cutover_rollout.state._address import Address
from cutover_rollout.state._errors import (
    ForeignState,
    InvalidStateUrl,
    LeaseLost,
    NewerState,
    StateError,
    StateRefused,
    StateUnreachable,
    UncertainWrite,
    VersionConflict,
)
from cutover_rollout.state._lease import Lease
from cutover_rollout.state._lookup import is_slow
from cutover_rollout.state._records import Decision, Draft, Versioned, parsed, stored_decision
from cutover_rollout.state._store import PAGE, KeptState, Read, Wait

PATIENCE = 2.0  # seconds
FIELDS = ("at", "by", "why", "evidence", "document")
_NO_ANSWER = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError, OSError)


class _LookedUp:
    """The part of a connection that looks up its host's name."""

    def _connect(self) -> Any:
        if is_slow(str(getattr(self, "host", "")), PATIENCE):
            raise redis.TimeoutError("the host's name is still being looked up")
        return cast(Any, super())._connect()


class RedisState(KeptState):
    """A state under keys that begin with `cutover:{name}`, which are made by the first decision or lease.

    Args:
        address: A `redis://`, `rediss://` or `unix://` URL; whatever redis-py takes.
        name: Of the state.
    """

    def __init__(self, address: Address, *, name: str = "default") -> None:
        super().__init__(address.shown, name=name)
        self._address = address
        key = f"cutover:{{{name}}}"
        self._keys = (key, f"{key}:decisions", f"{key}:leases")
        self._channel = key
        self._client = self._connected()
        self._ear: PubSub | None = None
        self._ear_lock = threading.Lock()

    def history(self, *, after: int = 0, most: int = PAGE) -> tuple[Decision, ...]:
        """The decisions that followed this version, oldest first, at most so many."""
        self._fetch(None)
        with self._refusals():
            rows: Any = self._client.xrange(self._keys[1], min=f"{after + 1}-0", max="+", count=most)
        return tuple(_decision(key, fields) for key, fields in rows)

    def renew_lease(self, name: str, *, mark: str, seconds: float) -> bool:
        """Prolong a lease that is held; False when it is not."""
        return self._ask(scripts.RENEW, name, mark, seconds)[0] == "renewed"

    def release_lease(self, name: str, *, mark: str) -> None:
        """Give it up, if it is held."""
        self._ask(scripts.RELEASE, name, mark)

    def close(self) -> None:
        """Close what is open; the next use opens again."""
        self._client.close()
        with self._ear_lock:
            self._hush()

    def forget(self) -> None:
        """Leave the parent's connections to it; redis-py's own pool knows of the fork."""
        self._ear, self._ear_lock = None, threading.Lock()

    def _fetch(self, seen: Versioned | None) -> Versioned:
        seen = seen or Versioned()
        word, *row = self._ask(scripts.READ, seen.version, seen.origin)
        if word == "nothing":
            return Versioned()
        return seen if word == "seen" else Versioned(int(row[0]), parsed(row[2]), row[1])

    def _write(self, draft: Draft, *, expected: Versioned, lease: Lease | None) -> Versioned:
        held = (lease.name, lease.mark) if lease else ("", "")
        target = (expected.version, expected.origin, secrets.token_hex(8), self._channel)
        words = (draft.document, draft.evidence, draft.by, draft.why)
        self._fetch(expected)
        try:
            word, *row = self._ask(scripts.WRITE, *target, *held, *words)
        except StateUnreachable as exc:
            raise UncertainWrite(self.where, exc.reason) from None
        if word == "lost" and lease is not None:
            raise LeaseLost(self.where, lease.name, holder=lease.holder)
        if word == "conflict":
            raise VersionConflict(self.where, expected=expected.version, found=int(row[0]))
        return Versioned(int(row[0]), parsed(draft.document), row[1])

    def _take_lease(self, name: str, holder: str, *, mark: str, seconds: float) -> int | None:
        word, *row = self._ask(scripts.TAKE, secrets.token_hex(8), name, holder, mark, seconds)
        return int(row[0]) if word == "taken" else None

    def _ask(self, script: str, *values: object) -> list[str]:
        """What the script answers, once the keys have the present form."""
        with self._refusals():
            answer = self._run(script, *values)
            if answer[0] == "older":
                self._run(scripts.migration())
                answer = self._run(script, *values)
        if answer[0] == "foreign":
            raise ForeignState(self.where, answer[1])
        if answer[0] == "newer":
            raise NewerState(self.where, found=int(answer[1]), known=len(scripts.MIGRATIONS))
        return answer

    def _run(self, script: str, *values: object) -> list[str]:
        arguments = [str(value) for value in (len(scripts.MIGRATIONS), *values)]
        answer: Any = self._client.eval(script, len(self._keys), *self._keys, *arguments)
        return [str(word) for word in answer]

    def _connected(self) -> redis.Redis:
        once = Retry(NoBackoff(), 0)
        waits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
        try:
            client = redis.Redis.from_url(str(self._address.url), decode_responses=True, retry=once, **waits)
        except (ValueError, TypeError) as exc:
            raise InvalidStateUrl(self.where, self._address.scrubbed(exc)) from None
        pool: Any = client.connection_pool
        pool.connection_class = type("PatientConnection", (_LookedUp, pool.connection_class), {})
        return client

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except (redis.RedisError, OSError) as exc:
            error: StateError
            reason = self._address.scrubbed(exc) or type(exc).__name__
            if isinstance(exc, redis.AuthenticationError) or not isinstance(exc, _NO_ANSWER):
                error = StateRefused(self.where, reason)
            else:
                error = StateUnreachable(self.where, reason)
            raise error from None

    @contextmanager
    def _listening(self) -> Iterator[tuple[Read, Wait]]:
        with self._ear_lock:
            try:
                with self._refusals():
                    ear = self._open_ear()
                yield self._fetch, lambda seconds: self._heard(ear, seconds)
            except StateError:
                self._hush()
                raise

    def _open_ear(self) -> PubSub:
        if self._ear is None:
            ear: PubSub = cast(Any, self._client).pubsub()
            ear.subscribe(self._channel)
            self._ear = ear
        return self._ear

    def _hush(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            with suppress(redis.RedisError, OSError):
                ear.close()

    def _heard(self, ear: PubSub, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with self._refusals():
            while (left := deadline - time.monotonic()) > 0:
                message = ear.get_message(timeout=left)
                if message is not None and message["type"] == "message":
                    return


def _decision(key: str, fields: dict[str, str]) -> Decision:
    return stored_decision([key.partition("-")[0], *(fields[name] for name in FIELDS)])
