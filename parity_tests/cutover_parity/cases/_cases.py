"""A case: one request with what its attempts meet. `_case_stream` makes the cases of a replay, `_variations` most."""

import json
from dataclasses import dataclass

from cutover_parity._messages import Exchange, Json, Request, Route
from cutover_parity.cases._script import ANSWER, Script, Step, step_of

OUTCOMES = {
    "answer": ANSWER,
    "error": Script(rest=Step("status", 503)),
    "failover": Script((Step("status", 503),)),
}
_QUESTIONS = frozenset({"contents", "input", "inputs", "messages", "prompt"})


@dataclass(frozen=True, slots=True)
class Case:
    """One request with what its attempts meet; `exchanges` are the recorded ones, None where the script answers.

    `pause` is the seconds (of the virtual clock) since the case before; None gives the case an hour of its own, so that
    breakers and caches have cooled down. The caller hangs up when it has got `leaves` chunks of the answer.
    """

    id: str
    request: Request
    script: Script
    outcome: str
    key: str | None = None
    exchanges: tuple[Exchange, ...] | None = None
    pause: float | None = None
    leaves: int | None = None

    @property
    def recorded(self) -> bool:
        """Whether the case is a recorded route as it was."""
        return self.exchanges is not None

    def to_json(self) -> Json:
        """Give what a worker needs."""
        return {
            "id": self.id,
            "request": self.request.to_json(),
            "script": self.script.to_json(),
            "exchanges": None if self.exchanges is None else [exchange.to_json() for exchange in self.exchanges],
            "pause": self.pause,
            **({} if self.leaves is None else {"leaves": self.leaves}),
        }


def recorded_case(route: Route, number: int) -> Case:
    """Make the case that drives a recorded route as it was; `number` counts the routes of all recordings."""
    script = Script(tuple(step_of(exchange) for exchange in _attempts(route.exchanges)))
    name = f"recorded {number}: {route.request.method} {route.request.url}"
    left = len(route.answer.chunks) if route.answer is not None and route.answer.cancelled else None
    return Case(name, route.request, script, _outcome(script), exchanges=route.exchanges, leaves=left or None)


def _attempts(exchanges: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
    """Give those that ask a model, since a database or a cache may be asked over HTTP too; all, if none looks so."""
    return tuple(exchange for exchange in exchanges if _asks_a_model(exchange.request)) or exchanges


def _asks_a_model(request: Request) -> bool:
    try:
        body = json.loads(request.body)
    except ValueError:
        return bool(request.lost)
    return isinstance(body, dict) and not _QUESTIONS.isdisjoint(body)


def _outcome(script: Script) -> str:
    failing = [step.fails for step in script.steps]
    if not any(failing):
        return "answer"
    return "error" if failing[-1] else "failover"
