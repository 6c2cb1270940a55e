"""Fault scripts: what the n-th attempt of a route meets, the same in both arms.

At calls depth an attempt is one call of a provider function, at http depth one upstream request.
"""

from dataclasses import dataclass

import httpx

from cutover_parity._faults import kind_of
from cutover_parity._messages import Exchange, Failure, Json

KINDS = ("answer", "status", "timeout", "connect", "reset", "cut", "malformed", "value", "slow", "hang")


@dataclass(frozen=True, slots=True)
class Step:
    """What one attempt meets; `number` is the status of a "status", and the chunks before the end of a "cut".

    `seconds` (of the virtual clock) is what a "slow" answer takes, before each chunk where it is a stream. A "hang"
    gives nothing until the caller's own timeout. `retry_after` is that header's value, beside a status.
    """

    kind: str = "answer"
    number: int = 0
    seconds: float = 0.0
    retry_after: str = ""

    def __str__(self) -> str:
        if self.kind == "status":
            return f"status {self.number}" + (f" (retry after {self.retry_after})" if self.retry_after else "")
        if self.kind == "slow":
            return f"slow by {self.seconds:g} s"
        return f"cut after {self.number} chunks" if self.kind == "cut" else self.kind

    def to_json(self) -> Json:
        """Give the JSON form."""
        return [self.kind, self.number, self.seconds, self.retry_after]

    @property
    def fails(self) -> bool:
        """Whether the attempt raises or is malformed."""
        return self.kind not in {"answer", "slow"}


@dataclass(frozen=True, slots=True)
class Script:
    """The steps of the first attempts, and what every later attempt meets."""

    steps: tuple[Step, ...] = ()
    rest: Step = Step()

    def step(self, index: int) -> Step:
        """Give the step of the attempt with this index."""
        return self.steps[index] if index < len(self.steps) else self.rest

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {"steps": [step.to_json() for step in self.steps], "rest": self.rest.to_json()}

    @classmethod
    def from_json(cls, data: Json) -> "Script":
        """Read the JSON form."""
        return cls(tuple(Step(*step) for step in data["steps"]), Step(*data["rest"]))


ANSWER = Script()


def script_text(script: Script) -> str:
    """Say what the attempts meet."""
    if script == ANSWER:
        return "every attempt answers"
    steps = [f"attempt {number}: {step}" for number, step in enumerate(script.steps, start=1)]
    return ", ".join([*steps, f"{'later ones' if steps else 'every attempt'}: {script.rest}"])


def step_of(exchange: Exchange) -> Step:
    """Give the step that stands for a recorded exchange."""
    failure = exchange.error or (exchange.answer.cut if exchange.answer else None)
    if exchange.answer is not None and failure is not None:
        return Step("cut", len(exchange.answer.chunks))
    if failure is not None:
        return Step(_failing_kind(failure))
    if exchange.answer is not None and exchange.answer.status >= 400:
        return Step("status", exchange.answer.status)
    return Step()


def _failing_kind(failure: Failure) -> str:
    if failure.type == "unfinished" or failure.type.endswith("CancelledError"):
        return "hang"
    kind = kind_of(failure)
    return "timeout" if kind.endswith("timeout") else "reset" if kind == "reset" else "connect"


def error_of(step: Step, request: httpx.Request) -> Exception | None:
    """Give the exception with which a step ends an attempt, or None if it answers (perhaps malformed, or cut later)."""
    place = f"{request.method} {request.url}"
    if step.kind == "status":
        response = httpx.Response(step.number, request=request, json={"error": {"message": f"scripted {step.number}"}})
        return httpx.HTTPStatusError(f"scripted status {step.number} for {place}", request=request, response=response)
    if step.kind == "timeout":
        return httpx.ReadTimeout(f"scripted timeout for {place}", request=request)
    if step.kind == "connect":
        return httpx.ConnectError(f"scripted connect error for {place}", request=request)
    if step.kind == "hang":
        return httpx.ReadTimeout(f"scripted hang for {place}", request=request)
    if step.kind == "reset":
        return httpx.ReadError(f"scripted reset for {place}", request=request)
    if step.kind == "value":
        return ValueError(f"scripted ValueError for {place}")
    return None
