"""One route through a chain, as decisions: whom to try next, how long to wait first, what to raise in the end.

Nothing is called and nothing waits in here, so that synchronous and asynchronous chains decide alike.
"""

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from cutover_registry.failover._attempt import CurrentAttempt
from cutover_registry.failover._clock import Clock, least
from cutover_registry.failover._cooldown import Cooldowns
from cutover_registry.failover._hooks import End, RouteEnd, Telling
from cutover_registry.failover._policy import Policy
from cutover_registry.failover._status import retry_after_of, status_of
from cutover_registry.failover.errors import ChainExhausted, DeadlineExceeded, NoProviderLeft


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds, then ask again."""

    seconds: float


class Route:
    """The state of one route; `next` says what to do until an attempt answers or an error is raised."""

    def __init__(self, chain: Sequence[str], policy: Policy, *, clock: Clock, cooldowns: Cooldowns) -> None:
        self._policy, self._clock, self._cooldowns = policy, clock, cooldowns
        self._waiting = deque(chain)
        self._telling = Telling(tuple(chain))
        self._due = None if policy.deadline is None else clock.now() + policy.deadline
        self._errors: list[tuple[str, Exception]] = []
        self._tried: list[str] = []
        self._skipped: dict[str, str] = {}
        self._paused = False
        self._ended = False
        self._retries = 0
        self._began: float | None = None
        self._last_began = 0.0

    @property
    def has_more(self) -> bool:
        """Whether there is a provider that was not tried yet."""
        return bool(self._waiting)

    def next(self) -> CurrentAttempt | Pause:
        """Say whom to try, or how long to wait first; raise what the caller is to get where nobody is left."""
        self._check_deadline()
        step = self.advance()
        if step is None:
            raise self._final()
        return step

    def advance(self) -> CurrentAttempt | Pause | None:
        """Say whom to try, or how long to wait first; None where nobody is left."""
        while self._waiting:
            name = self._waiting[0]
            reason = self._reason_to_skip(name)
            if reason is None:
                self._waiting.popleft()
                return self._begin(name)
            pause = self._worth_waiting(name, reason)
            if pause is not None:
                return pause
            self._waiting.popleft()
            self._skipped[name] = reason
            self._telling.tell("skipped", name, reason)
        return None

    def answered(self, attempt: CurrentAttempt) -> None:
        """Note that an attempt answered: the route is over."""
        if self._policy.breaker is not None:
            self._policy.breaker.succeeded(attempt.provider)
        self._end("failed_over" if self._errors else "ok", attempt.provider)

    def failed(self, attempt: CurrentAttempt, error: Exception) -> Pause | None:
        """Note that an attempt failed; raise the error if it does not fail over, else say how long to wait."""
        name = attempt.provider
        goes_on = self._policy.goes_on_after(error)
        if self._policy.breaker is not None:
            (self._policy.breaker.failed if goes_on else self._policy.breaker.abandoned)(name)
        if self._policy.honour_retry_after is not None:
            self._cooldowns.note(name, retry_after_of(error, now=self._clock.wall()))
        pause = self._repetition(name, error)
        if pause is not None:
            self._waiting.appendleft(name)
            return pause
        self._errors.append((name, error))
        self._retries = 0
        if not goes_on:
            self._end("failed", None)
            raise error
        if self._waiting:
            self._telling.tell("failed_over", name, self._waiting[0], error)
        return None

    def gave_up(self, attempt: CurrentAttempt) -> None:
        """Note that an attempt was cancelled, which says nothing of its provider."""
        if self._policy.breaker is not None:
            self._policy.breaker.abandoned(attempt.provider)

    def cancelled(self) -> None:
        """Note that the caller went away."""
        self._end("cancelled", None)

    def overran(self, attempt: CurrentAttempt) -> Pause | None:
        """Note that an attempt gave nothing in its time; raise if that was the time of the whole chain."""
        if self._due is None or self._clock.now() < self._due:
            return self.failed(attempt, TimeoutError(f"{attempt.provider} gave no answer within its time"))
        if self._policy.breaker is not None:
            self._policy.breaker.failed(attempt.provider)
        raise self._late()

    def _check_deadline(self) -> None:
        if self._due is not None and self._clock.now() >= self._due:
            raise self._late()

    def _late(self) -> DeadlineExceeded:
        self._end("deadline", None)
        late = DeadlineExceeded(self._policy.deadline or 0.0, self._tried)
        late.__cause__ = self._errors[-1][1] if self._errors else None
        return late

    def _begin(self, name: str) -> CurrentAttempt:
        now = self._clock.now()
        self._began = now if self._began is None else self._began
        self._last_began = now
        self._tried.append(name)
        self._paused = False
        phases = self._policy.phase_timeouts
        total = None if phases is None or phases.total is None else now + phases.total
        return CurrentAttempt(name, len(self._tried), due=least(total, self._due), phases=phases, clock=self._clock)

    def _reason_to_skip(self, name: str) -> str | None:
        if self._policy.honour_retry_after is not None and not self._paused and self._cooldowns.left(name) > 0:
            return "cooling_down"
        if self._policy.breaker is not None and not self._policy.breaker.allows(name):
            return "circuit_open"
        return None

    def _worth_waiting(self, name: str, reason: str) -> Pause | None:
        longest = self._policy.honour_retry_after
        if reason != "cooling_down" or longest is None or len(self._waiting) > 1:
            return None
        wait = self._cooldowns.left(name)
        if wait > longest or not self._fits(wait):
            return None
        self._paused = True
        return Pause(wait)

    def _repetition(self, name: str, error: Exception) -> Pause | None:
        backoff = self._policy.backoff
        if backoff is None or self._retries >= backoff.retries or status_of(error) not in backoff.statuses:
            return None
        bound = backoff.bound(self._retries + 1)
        wait = random.uniform(0, bound) if backoff.jitter else bound  # noqa: S311 - spreads load, guards nothing
        wait = max(wait, self._cooldowns.left(name)) if self._policy.honour_retry_after is not None else wait
        longest = self._policy.honour_retry_after
        if not self._fits(wait) or (longest is not None and wait > max(longest, bound)):
            return None
        self._retries += 1
        self._paused = True
        return Pause(wait)

    def _fits(self, wait: float) -> bool:
        return self._due is None or self._clock.now() + wait < self._due

    def _final(self) -> Exception:
        if not self._errors:
            self._end("exhausted", None)
            return NoProviderLeft(self._skipped)
        self._end("exhausted" if len(self._errors) > 1 else "failed", None)
        if self._policy.raises == "all":
            return ChainExhausted([name for name, _ in self._errors], [error for _, error in self._errors])
        return self._errors[0 if self._policy.raises == "first" else -1][1]

    def _end(self, outcome: End, provider: str | None) -> None:
        if self._ended:
            return
        self._ended = True
        lost = self._last_began - self._began if self._began is not None else 0.0
        self._telling.tell("route_ended", RouteEnd(outcome, provider, len(self._tried), lost, self._policy.options_on))
