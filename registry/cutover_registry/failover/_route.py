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
    """The state of one route; `next` says what to do until an attempt answers or an error is raised.

    Attributes:
        policy: How it goes on.
        waits: Whether it may ask for a pause at all.
    """

    def __init__(self, chain: Sequence[str], policy: Policy, *, clock: Clock, cooldowns: Cooldowns) -> None:
        self.policy, self._clock, self._cooldowns = policy, clock, cooldowns
        self._waiting = deque(chain)
        self._telling = Telling(tuple(chain))
        self._due = None if policy.deadline is None else clock.now() + policy.deadline
        self._errors: list[tuple[str, Exception]] = []
        self._repeated: tuple[str, Exception] | None = None
        self._left: tuple[str, Exception] | None = None
        self._tried: list[str] = []
        self._skipped: dict[str, str] = {}
        self._paused: str | None = None
        self._ended = False
        self.waits = True
        self._retries = 0
        self._began: float | None = None

    @property
    def first_waiting(self) -> str:
        """The provider that is next in order, whether it may be tried or not."""
        return self._waiting[0]

    @property
    def has_more(self) -> bool:
        """Whether there is a provider that was not tried yet."""
        return bool(self._waiting)

    def next(self) -> CurrentAttempt | Pause:
        """Say whom to try, or how long to wait first; raise what the caller is to get where nobody is left."""
        self._check_deadline()
        step = self.advance()
        if step is None:
            raise self.final()
        return step

    def advance(self) -> CurrentAttempt | Pause | None:
        """Say whom to try, or how long to wait first; None where nobody is left."""
        return self.beside() or self._worth_waiting()

    def beside(self) -> CurrentAttempt | None:
        """Say whom to try at once; None where nobody may be."""
        while self._waiting:
            name = self._waiting.popleft()
            if self._is_cooling(name):
                self._skip(name, "cooling_down")
                continue
            probe = 0 if self.policy.breaker is None else self.policy.breaker.admit(name)
            if probe is not None:
                return self._begin(name, probe)
            self._skip(name, "circuit_open")
        return None

    def answered(self, attempt: CurrentAttempt) -> None:
        """Note that an attempt answered: the route is over."""
        if self.policy.breaker is not None:
            self.policy.breaker.succeeded(attempt.provider, attempt.probe)
        if self._left is not None:
            self._tell_failed_over(attempt.provider)
        self._end("failed_over" if self._errors else "ok", attempt)

    def failed(self, attempt: CurrentAttempt, error: Exception) -> Pause | None:
        """Note that an attempt failed; raise the error if it does not fail over, else say how long to wait."""
        goes_on = self._goes_on(attempt, error)
        pause = self.note_failure(attempt, error, goes_on=goes_on)
        if pause is None and not goes_on:
            raise error
        return pause

    def note_failure(self, attempt: CurrentAttempt, error: Exception, *, goes_on: bool) -> Pause | None:
        """Note that an attempt failed; say how long to wait where the same provider is tried again."""
        name = attempt.provider
        if self.policy.breaker is not None:
            note = self.policy.breaker.failed if goes_on else self.policy.breaker.abandoned
            note(name, attempt.probe)
        if self.policy.honour_retry_after is not None:
            self._cooldowns.note(name, retry_after_of(error, now=self._clock.wall()))
        pause = self._repetition(name, error)
        if pause is not None:
            self._waiting.appendleft(name)
            self._repeated = (name, error)
            return pause
        self._note(name, error)
        if not goes_on:
            self._end("failed", None)
        return None

    def broke(self, attempt: CurrentAttempt, error: BaseException) -> None:
        """Note that a stream ended with an error after the route was over."""
        if self.policy.breaker is not None and isinstance(error, Exception) and self.policy.goes_on_after(error):
            self.policy.breaker.failed(attempt.provider, attempt.probe)

    def gave_up(self, attempt: CurrentAttempt) -> None:
        """Note that an attempt was cancelled, which says nothing of its provider."""
        if self.policy.breaker is not None:
            self.policy.breaker.abandoned(attempt.provider, attempt.probe)

    def cancelled(self) -> None:
        """Note that the caller went away."""
        self._end("cancelled", None)

    def overran(self, attempt: CurrentAttempt) -> Pause | None:
        """Note that an attempt gave nothing in its time; raise if that was the time of the whole chain."""
        if not self.is_late():
            return self.failed(attempt, TimeoutError(f"{attempt.provider} gave no answer within its time"))
        if self.policy.breaker is not None:
            note = self.policy.breaker.failed if self._had_a_chance(attempt) else self.policy.breaker.abandoned
            note(attempt.provider, attempt.probe)
        raise self.late()

    def is_late(self) -> bool:
        """Whether the deadline of the chain has passed."""
        return self._due is not None and self._clock.now() >= self._due

    def late(self) -> DeadlineExceeded:
        """End the route, and give the error for its deadline."""
        self._end("deadline", None)
        late = DeadlineExceeded(self.policy.deadline or 0.0, self._tried)
        last = self._repeated or (self._errors[-1] if self._errors else None)
        late.__cause__ = None if last is None else last[1]
        return late

    def _check_deadline(self) -> None:
        if self.is_late():
            raise self.late()

    def _had_a_chance(self, attempt: CurrentAttempt) -> bool:
        """Whether an attempt that the deadline cut short had half of it: a slow one before it is not its fault."""
        return self._clock.now() - attempt.began >= (self.policy.deadline or 0.0) / 2

    def _goes_on(self, attempt: CurrentAttempt, error: Exception) -> bool:
        try:
            return self.policy.goes_on_after(error)
        except BaseException:
            self.gave_up(attempt)
            self._end("failed", None)
            raise

    def _note(self, name: str, error: Exception) -> None:
        self._errors.append((name, error))
        self._left, self._repeated, self._retries = (name, error), None, 0

    def _begin(self, name: str, probe: int) -> CurrentAttempt:
        now = self._clock.now()
        self._began = now if self._began is None else self._began
        self._tried.append(name)
        self._paused = None
        if self._left is not None:
            self._tell_failed_over(name)
        phases = self.policy.phase_timeouts
        total = None if phases is None or phases.total is None else now + phases.total
        due = least(total, self._due)
        return CurrentAttempt(name, len(self._tried), due=due, phases=phases, clock=self._clock, probe=probe, began=now)

    def _is_cooling(self, name: str) -> bool:
        honoured = self.policy.honour_retry_after is not None and self._paused != name
        return honoured and self._cooldowns.left(name) > 0

    def _skip(self, name: str, reason: str) -> None:
        if self._repeated is not None and self._repeated[0] == name:
            self._note(*self._repeated)
        else:
            self._skipped[name] = reason
        self._telling.tell("skipped", name, reason)

    def _worth_waiting(self) -> Pause | None:
        """Come back to the provider that was skipped for the shortest pause, if it is short enough."""
        longest = self.policy.honour_retry_after
        cooling = [name for name, reason in self._skipped.items() if reason == "cooling_down"]
        if longest is None or not cooling or not self.waits:
            return None
        name = min(cooling, key=self._cooldowns.left)
        wait = self._cooldowns.left(name)
        if wait > longest or not self._fits(wait):
            return None
        del self._skipped[name]
        self._waiting.append(name)
        self._paused = name
        return Pause(wait)

    def _repetition(self, name: str, error: Exception) -> Pause | None:
        backoff = self.policy.backoff
        if (
            backoff is None
            or not self.waits
            or self._retries >= backoff.retries
            or status_of(error) not in backoff.statuses
        ):
            return None
        bound = backoff.bound(self._retries + 1)
        wait = random.uniform(0, bound) if backoff.jitter else bound  # noqa: S311 - spreads load, guards nothing
        longest = self.policy.honour_retry_after
        if longest is not None:
            wait = max(wait, self._cooldowns.left(name))
        if not self._fits(wait) or (longest is not None and wait > max(longest, bound)):
            return None
        self._retries += 1
        self._paused = name
        return Pause(wait)

    def _fits(self, wait: float) -> bool:
        return self._due is None or self._clock.now() + wait < self._due

    def final(self) -> Exception:
        """End the route, since nobody is left; give what is to be raised."""
        if not self._errors:
            self._end("exhausted", None)
            return NoProviderLeft(self._skipped)
        self._end("exhausted" if len(self._errors) > 1 else "failed", None)
        if self.policy.raises == "all":
            return ChainExhausted([name for name, _ in self._errors], [error for _, error in self._errors])
        return self._errors[0 if self.policy.raises == "first" else -1][1]

    def _tell_failed_over(self, target: str) -> None:
        source, error = self._left or ("", None)
        self._left = None
        if source != target:
            self._telling.tell("failed_over", source, target, error)

    def _end(self, outcome: End, answered: CurrentAttempt | None) -> None:
        if self._ended:
            return
        self._ended = True
        if self._telling.anyone:
            lost = answered.began - self._began if answered is not None and self._began is not None else 0.0
            provider = None if answered is None else answered.provider
            end = RouteEnd(outcome, provider, len(self._tried), lost, self.policy.options_on)
            self._telling.tell("route_ended", end)
