"""One pair: what the control did while it was served, and what the candidate does with the same, in its own process.

Where the candidate is another function than the control, or does something else, the control's function runs here too.
Where that does not do here what it did when it was served, nothing can be said of the candidate: the pair is left out.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from cutover_parity import Exchange
from cutover_registry import Site
from cutover_rollout.shadow._branches import Branch, branches_of
from cutover_rollout.shadow._copied import restored
from cutover_rollout.shadow._requests import places, value_difference
from cutover_rollout.shadow._run_slot import Ran, Runner

Json: TypeAlias = Any
NOT_REPEATED = "the control did not repeat itself in the companion"
Told: TypeAlias = Callable[[Json], None]


@dataclass(frozen=True, slots=True)
class PairFound:
    """What came of one pair.

    Attributes:
        left_out: Why nothing can be said; empty where something can.
        failed: Whether the candidate failed: it raised, its stream did not end, or it sent another request.
        differences: The places in which the arms differ.
    """

    left_out: str = ""
    failed: bool = False
    differences: tuple[str, ...] = field(default=())

    def to_json(self) -> Json:
        """Give the JSON form."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Json) -> "PairFound":
        """Read the JSON form."""
        return cls(data["left_out"], data["failed"], tuple(data["differences"]))


@dataclass(frozen=True, slots=True)
class _Arms:
    control: Any
    candidate: Any
    call: tuple[str, ...]

    @property
    def same(self) -> bool:
        return self.control is self.candidate


def find_pair(job: Json, runner: Runner, told: Told) -> PairFound:
    """Compare the two arms of one call; `told` hears which arm runs."""
    arms = _arms(job)
    if isinstance(arms, str):
        return PairFound(left_out=arms)
    if job["form"] == "call":
        other = () if arms.same else (f"function {job['function']}",)
        return PairFound(differences=(*arms.call, *other))
    return _run(job, arms, runner, told)


def _arms(job: Json) -> _Arms | str:
    module = importlib.import_module(job["module"])
    site = next((one for one in vars(module).values() if type(one) is Site and one.name == job["site"]), None)
    if site is None:
        return "the site is not bound in the companion"
    branch = branches_of(job["module"], job["site"]).get(job["key"])
    slot = None if branch is None else branch.functions.get(job["function"])
    if branch is None or slot is None:
        return "the legacy branch does not stand in the source beside a template"
    config = site.resolve(job["key"])
    return _Arms(vars(module)[job["function"]], getattr(config, slot), tuple(_call(branch, config)))


def _call(branch: Branch, config: Any) -> Iterator[str]:
    if branch.difference:
        yield f"arguments: {branch.difference}"
    for name, constant in branch.values.items():
        if getattr(config, name) != constant:
            yield f"arguments: value {name}"


def _run(job: Json, arms: _Arms, runner: Runner, told: Told) -> PairFound:
    exchanges = [Exchange.from_json(exchange) for exchange in job["exchanges"]]

    def run(arm: str) -> Ran:
        told({"running": arm, "same": arms.same})
        function = arms.candidate if arm == "candidate" else arms.control
        return runner.run(function, (restored(job["args"]), restored(job["kwargs"])), exchanges, chunks=job["chunks"])

    candidate = run("candidate")
    if arms.same:
        repeated = not candidate.difference and bool(candidate.error) == bool(job["error"])
        return PairFound(failed=bool(candidate.error), differences=arms.call) if repeated else _left_out(arms)
    control = run("control")
    if control.difference or bool(control.error) != bool(job["error"]):
        return PairFound(left_out=NOT_REPEATED)
    found = [*arms.call, *_differences(candidate, control, lambda: run("control"))]
    return PairFound(failed=candidate.failed, differences=tuple(found))


def _left_out(arms: _Arms) -> PairFound:
    return PairFound(differences=arms.call) if arms.call else PairFound(left_out=NOT_REPEATED)


def _differences(candidate: Ran, control: Ran, again: Callable[[], Ran]) -> Iterator[str]:
    if candidate.difference:
        yield candidate.difference
    elif candidate.error != control.error:
        yield f"raises {candidate.error or 'nothing'}, the control {control.error or 'nothing'}"
    elif value_difference(control.result, candidate.result):
        noise = places(control.result, again().result)
        if place := value_difference(control.result, candidate.result, noise=noise):
            yield f"result {place}"
