"""Ray: lanes as tasks of a cluster, started again elsewhere when their node is lost. Needs `provider-cutover[ray]`.

Every node needs this package, the applications' packages, and both trees under the same paths.
"""

import importlib
import os
from collections.abc import Iterable, Iterator
from typing import Any

from cutover_parity.engines._protocol import Told
from cutover_parity.engines._window import in_order
from cutover_parity.errors import EngineError, ParityError
from cutover_parity.replay._lanes import Job, Lane, LaneResult, drive_lane

_RETRIES = 5


class RayCluster:
    """The engine of many machines; `address` names a running cluster, without it one is started on this machine.

    `ahead` lanes are under way at a time, by default one more than the cluster has processors.
    """

    def __init__(self, address: str | None = None, *, ahead: int | None = None) -> None:
        self._address, self._ahead = address, ahead

    def run(self, job: Job, lanes: Iterable[Lane], told: Told) -> Iterator[LaneResult]:
        """Drive lanes wherever there is room."""
        ray = _ray()
        ours = not ray.is_initialized()
        if ours:
            _connect(ray, self._address)
        try:
            yield from self._results(ray, job, lanes, told)
        finally:
            if ours:
                ray.shutdown()

    def _results(self, ray: Any, job: Job, lanes: Iterable[Lane], told: Told) -> Iterator[LaneResult]:
        task = ray.remote(max_retries=_RETRIES, num_cpus=1, scheduling_strategy="SPREAD")(_outcome_of)
        shared = ray.put(job)
        ahead = self._ahead or int(ray.cluster_resources().get("CPU", 1)) + 1
        for _, ticket in in_order(lanes, lambda lane: task.remote(shared, lane), width=ahead):
            result = _taken(ray, ticket)
            told(result.cases)
            yield result


def _outcome_of(job: Job, lane: Lane) -> LaneResult | ParityError:
    try:
        return drive_lane(job, lane)
    except ParityError as error:
        return error


def _taken(ray: Any, ticket: Any) -> LaneResult:
    try:
        outcome: LaneResult | ParityError = ray.get(ticket)
    except ray.exceptions.RayTaskError:
        raise
    except ray.exceptions.RayError as error:
        raise EngineError("ray", f"a lane was lost for good: {error}") from error
    if isinstance(outcome, ParityError):
        raise outcome
    return outcome


def _connect(ray: Any, address: str | None) -> None:
    try:
        ray.init(address=address, include_dashboard=False, log_to_driver=False, configure_logging=False)
    except (ConnectionError, ValueError) as error:
        raise EngineError("ray", f"no cluster at {address}: {error}") from error


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise EngineError("ray", "ray is not installed; install provider-cutover[ray]") from error
