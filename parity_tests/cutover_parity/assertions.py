"""Assertions for test suites: a request gives the same in both arms, else the test fails with the first difference.

with Duel(legacy, registry, setup) as duel:
    answer = Parity(duel)("POST", "/v1/chat", json={"model": "m", "messages": []})
    assert answer.status == 200
"""

import json as _json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cutover_parity._messages import Json, Request, bytes_from_json
from cutover_parity.cases._bodies import written
from cutover_parity.cases._cases import Case
from cutover_parity.cases._script import ANSWER, Script, script_text
from cutover_parity.compare._compare import Comparer
from cutover_parity.compare._verdicts import Difference, Mismatch
from cutover_parity.replay._duel import Answered, Died, Duel
from cutover_parity.secrets._secrets import Scrubber

__all__ = ["ArmsDiffer", "Parity", "Seen"]

_BODY = 1000
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """What both arms did: the answer, and the providers' functions that were called, in their order."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    calls: tuple[str, ...]

    def json(self) -> Json:
        """Read the body as JSON."""
        return _json.loads(self.body)


class ArmsDiffer(AssertionError):
    """The arms differ, or something escaped its stub; `case` and `differences` say what."""

    def __init__(self, case: Case, differences: tuple[Difference, ...], message: str) -> None:
        self.case, self.differences = case, differences
        super().__init__(message)


class Parity:
    """Asks both arms; every call asserts that they do the same."""

    def __init__(self, duel: Duel, *, comparer: Comparer | None = None) -> None:
        self._duel, self._comparer, self._asked = duel, comparer or Comparer(), 0

    def __call__(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        script: Script = ANSWER,
        pause: float | None = None,
        leaves: int | None = None,
    ) -> Seen:
        """Ask one request; `script` is what its attempts meet, `pause` the seconds since the last one on warm arms.

        The caller hangs up when it has got `leaves` chunks of the answer.
        """
        __tracebackhide__ = True
        self._asked += 1
        pairs = tuple((name.lower(), value) for name, value in (headers or {}).items())
        request = Request(method, url, pairs).with_body(body)
        if json is not None:
            request = Request(method, url, (("content-type", "application/json"), *pairs)).with_body(written(json))
        name = f"asked {self._asked}: {method} {url}"
        return self.check(Case(name, request, script, "asked", pause=pause, leaves=leaves))

    def check(self, case: Case) -> Seen:
        """Ask one case."""
        __tracebackhide__ = True
        (outcome,) = self._duel.drive([case])
        found = self._found(outcome)
        if found is not None:
            raise found
        assert isinstance(outcome, Answered)
        return _seen(_json.loads(outcome.legacy.observation))

    def check_all(self, cases: Iterable[Case]) -> None:
        """Ask all cases, in a row; fail with those that differ."""
        __tracebackhide__ = True
        asked = tuple(cases)
        found = [error for error in map(self._found, self._duel.drive(asked)) if error is not None]
        if found:
            first = found[0]
            raise ArmsDiffer(first.case, first.differences, "\n".join(_together(found, len(asked))))

    def _found(self, outcome: Answered | Died) -> ArmsDiffer | None:
        case = outcome.case
        if isinstance(outcome, Died):
            reasons = [str(error) for _, error in outcome.errors]
            return ArmsDiffer(case, (), "\n".join([*_lines(case), *reasons]))
        escapes = [(arm, text) for arm in ("legacy", "registry") for text in _escapes(outcome, arm)]
        if escapes:
            told = [f"  escaped   {arm} arm: {text}" for arm, text in escapes[:_SHOWN]]
            return ArmsDiffer(case, (), "\n".join([*_lines(case), *told]))
        verdict = self._comparer.verdict_of(outcome.legacy.observation, outcome.registry.observation)
        if not isinstance(verdict, Mismatch):
            return None
        told = [f"  differs   {difference}" for difference in verdict.differences[:1]]
        told += [f"  and in    {more} more places"] if (more := len(verdict.differences) - 1) else []
        return ArmsDiffer(case, verdict.differences, "\n".join([*_lines(case), *told]))


def _lines(case: Case) -> Iterator[str]:
    request = Scrubber().request(case.request)
    yield f"the arms differ: {case.id}"
    yield f"  request   {request.method} {request.url} {request.body[:_BODY].decode(errors='replace')}"
    if case.script != ANSWER and case.exchanges is None:
        yield f"  meets     {script_text(case.script)}"


def _together(found: list[ArmsDiffer], asked: int) -> Iterator[str]:
    yield str(found[0])
    if asked > 1:
        yield f"  in all    {len(found)} of {asked} cases of this group differ"
    yield from (f"            {error.case.id}" for error in found[1:_SHOWN])


def _escapes(outcome: Answered, arm: str) -> list[str]:
    text = outcome.legacy.observation if arm == "legacy" else outcome.registry.observation
    return [] if '"escapes":[]' in text else list(_json.loads(text)["escapes"])


def _seen(observation: Json) -> Seen:
    answer = observation["answer"]
    return Seen(
        status=answer["status"],
        headers=dict(answer["headers"]),
        body=b"".join(bytes_from_json(chunk) for chunk in answer["chunks"]),
        calls=tuple(call["function"] for call in observation["calls"]),
    )
