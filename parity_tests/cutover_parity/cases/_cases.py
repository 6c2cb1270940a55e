"""A case: one request with what its attempts meet. `_case_stream` makes the cases of a replay, `_variations` most."""

from dataclasses import dataclass

from cutover_parity._messages import Exchange, Json, Request, Route
from cutover_parity.cases._script import ANSWER, Script, Step, step_of

OUTCOMES = {
    "answer": ANSWER,
    "error": Script(rest=Step("status", 503)),
    "failover": Script((Step("status", 503),)),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One request with what its attempts meet; `exchanges` are the recorded ones, None where the script answers.

    `pause` is the seconds (of the virtual clock) since the case before; None gives the case an hour of its own, so that
    breakers and caches have cooled down.
    """

    id: str
    request: Request
    script: Script
    outcome: str
    key: str | None = None
    exchanges: tuple[Exchange, ...] | None = None
    pause: float | None = None

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
        }


def recorded_case(route: Route, number: int) -> Case:
    """Make the case that drives a recorded route as it was; `number` counts the routes of all recordings."""
    script = Script(tuple(step_of(exchange) for exchange in route.exchanges))
    name = f"recorded {number}: {route.request.method} {route.request.url}"
    return Case(name, route.request, script, _outcome(script), exchanges=route.exchanges)


def _outcome(script: Script) -> str:
    failing = [step.fails for step in script.steps]
    if not any(failing):
        return "answer"
    return "error" if failing[-1] else "failover"
