"""Failover as a library: an ordered chain of providers, one call for each until one answers.

As it stands a chain does what a hand-written loop does. Every improvement is an option of the policy with a name of its
own: a deadline, a circuit breaker, backoff, Retry-After, streams until their first chunk, hedging.

>>> answers = {"near": TimeoutError("near is slow"), "far": "hello"}
>>> def ask(name):
...     if isinstance(answers[name], Exception):
...         raise answers[name]
...     return answers[name]
>>> Failover(["near", "far"], policy=Policy(deadline=20)).run(ask)
'hello'
"""

from cutover_registry.failover._attempt import CurrentAttempt, current_attempt
from cutover_registry.failover._breaker import BreakerState, CircuitBreaker
from cutover_registry.failover._chain import Failover
from cutover_registry.failover._clock import Clock, RealClock
from cutover_registry.failover._hooks import RouteEnd, RouteHook, add_route_hook, remove_route_hook
from cutover_registry.failover._loop import FailoverRoute
from cutover_registry.failover._loops import Loops
from cutover_registry.failover._policy import (
    FAILING_OVER,
    LEGACY,
    OPTIONS,
    WORTH_REPEATING,
    Backoff,
    Hedge,
    PhaseTimeouts,
    Policy,
)
from cutover_registry.failover._status import retry_after_of, status_of
from cutover_registry.failover._stream import AsyncChainStream, ChainStream
from cutover_registry.failover.errors import (
    ChainExhausted,
    DeadlineExceeded,
    FailoverError,
    InvalidPolicy,
    NoProviderLeft,
)

__all__ = [
    "FAILING_OVER",
    "LEGACY",
    "OPTIONS",
    "WORTH_REPEATING",
    "AsyncChainStream",
    "Backoff",
    "BreakerState",
    "ChainExhausted",
    "ChainStream",
    "CircuitBreaker",
    "Clock",
    "CurrentAttempt",
    "DeadlineExceeded",
    "Failover",
    "FailoverError",
    "FailoverRoute",
    "Hedge",
    "InvalidPolicy",
    "Loops",
    "NoProviderLeft",
    "PhaseTimeouts",
    "Policy",
    "RealClock",
    "RouteEnd",
    "RouteHook",
    "add_route_hook",
    "current_attempt",
    "remove_route_hook",
    "retry_after_of",
    "status_of",
]
