"""A pool of processes on this machine: each worker drives whole lanes and compares them itself.

A worker that is killed takes its lanes with it; they are driven again by a fresh pool. A result is taken once, by the
number of its lane, so that nothing is lost and nothing counts twice.
"""

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from cutover_parity.engines._protocol import Told
from cutover_parity.engines._window import in_order
from cutover_parity.errors import EngineError
from cutover_parity.replay._lanes import Job, Lane, LaneResult, drive_lane

_TRIES = 4


class Pool:
    """The engine of one machine with several cores; `workers` defaults to half the cores, since a lane has two arms."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or max(1, (os.cpu_count() or 2) // 2)
        self._executor: ProcessPoolExecutor | None = None

    def run(self, job: Job, lanes: Iterable[Lane], told: Told) -> Iterator[LaneResult]:
        """Drive lanes side by side."""
        self._executor = self._started()
        try:
            for lane, ticket in in_order(lanes, lambda lane: self._submit(job, lane), width=self.workers + 1):
                result = self._result(job, lane, ticket)
                told(result.cases)
                yield result
        finally:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def _submit(self, job: Job, lane: Lane) -> "Future[LaneResult]":
        try:
            return self._pool().submit(drive_lane, job, lane)
        except BrokenProcessPool as error:
            lost: Future[LaneResult] = Future()
            lost.set_exception(error)
            return lost

    def _result(self, job: Job, lane: Lane, ticket: "Future[LaneResult]") -> LaneResult:
        for _ in range(_TRIES):
            try:
                return ticket.result()
            except BrokenProcessPool:
                ticket = self._again(job, lane)
        raise EngineError(
            "pool", f"the worker of lane {lane.number} was killed {_TRIES} times; is there enough memory?"
        )

    def _again(self, job: Job, lane: Lane) -> "Future[LaneResult]":
        ticket = self._submit(job, lane)
        if ticket.done() and isinstance(ticket.exception(), BrokenProcessPool):
            self._pool().shutdown(wait=True)
            self._executor = self._started()
            ticket = self._submit(job, lane)
        return ticket

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"))

    def _pool(self) -> ProcessPoolExecutor:
        assert self._executor is not None
        return self._executor
