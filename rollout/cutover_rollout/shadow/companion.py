"""The companion of a served process: `python -m cutover_rollout.shadow.companion TOLD`.

It takes messages from its socket into a queue, has the candidate run them, counts, and writes the routes of mismatches
down as a recording without secrets. It ends after the served process.
"""

import fcntl
import json
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter, deque
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from cutover_parity import Exchange, ParityError, RecordingWriter, Route
from cutover_rollout.shadow._budgets import LARGEST, Budgets
from cutover_rollout.shadow._candidate import Candidate, Gone
from cutover_rollout.shadow._counts import Counts
from cutover_rollout.shadow._pair import PairFound
from cutover_rollout.shadow._wire import unpacked

Json: TypeAlias = Any
NICER = 15
SAVE_EVERY = 1.0
LAST_SECONDS = 60.0
MOST_KINDS = 200
COUNTS, MISMATCHES = "counts.db", "mismatches"


class Companion:
    """Takes messages in one thread, and sees to them in another."""

    def __init__(self, told: Json, counts: Counts) -> None:
        self._budgets = Budgets(**told["budgets"])
        self._counts = counts
        self._mismatches = _Mismatches(Path(told["folder"]) / MISMATCHES, self._budgets.kept)
        self._candidate = Candidate({"cwd": told["cwd"], "path": told["path"]}, self._budgets)
        self._waiting: deque[bytes] = deque()
        self._dropped: Counter[str] = Counter()
        self._wake, self._ended = threading.Event(), threading.Event()
        self._saved, self._restarts = 0.0, 0

    def run(self, connection: socket.socket) -> None:
        """See to everything until the other end hangs up."""
        threading.Thread(target=self._take, args=(connection,), daemon=True).start()
        self._give_up = float("inf")
        while not self._ended.is_set() or self._waiting:
            if self._ended.is_set():
                self._give_up = min(self._give_up, time.monotonic() + LAST_SECONDS)
            if time.monotonic() > self._give_up:
                self._dropped["dropped: the companion ended"] += len(self._waiting)
                break
            self._one()
        self._candidate.close()
        self._save()
        self._mismatches.close()

    def _take(self, connection: socket.socket) -> None:
        buffer = bytearray(2 * LARGEST)
        while True:
            try:
                size = connection.recv_into(buffer)
            except OSError:
                size = 0
            if not size:
                break
            if len(self._waiting) >= self._budgets.waiting:
                self._dropped["dropped: the queue is full"] += 1
            else:
                self._waiting.append(bytes(memoryview(buffer)[:size]))
                self._wake.set()
        self._ended.set()
        self._wake.set()

    def _one(self) -> None:
        if not self._waiting:
            self._wake.wait(SAVE_EVERY)
            self._wake.clear()
        if self._waiting:
            message = self._waiting.popleft()
            try:
                self._message(message)
            except Exception as error:  # noqa: BLE001  one message must not end the others
                self._counts.tally(f"left out: a fault of the companion ({type(error).__name__})")
        if time.monotonic() - self._saved >= SAVE_EVERY:
            self._save()

    def _message(self, message: bytes) -> None:
        route, rest = unpacked(message)
        for reason, count in rest["drops"].items():
            self._counts.tally(reason, count)
        if route is None:
            return
        self._counts.tally("taken")
        kinds = [kind for call in rest["calls"] for kind in self._call(route, call)]
        if kinds:
            self._mismatches.write(route, kinds, self._counts)

    def _call(self, route: Route, call: Json) -> list[str]:
        """Count one pair; give the kinds of its differences."""
        if not self._candidate.ready(call["module"]):
            self._counts.tally(
                "dropped: the candidate rests" if not self._candidate.trouble else "left out: no candidate"
            )
            return []
        first, last = call.pop("exchanges")
        exchanges = route.exchanges[first:last]
        if any(_lost(exchange) for exchange in exchanges):
            self._counts.tally("dropped: larger than the budget")
            return []
        job = {**call, "form": self._budgets.form, "exchanges": [exchange.to_json() for exchange in exchanges]}
        reply = self._candidate.ask(job, self._budgets.seconds + call["seconds"])
        found = _gone(reply) if isinstance(reply, Gone) else PairFound.from_json(reply["found"])
        if found.left_out:
            self._counts.tally(f"left out: {found.left_out}")
            return []
        control = bool(call["error"])
        self._counts.pair(
            int(time.time() // 60),
            call["site"],
            call["key"],
            candidate_only=found.failed and not control,
            control_only=control and not found.failed,
            differs=bool(found.differences),
        )
        return [f"{call['site']} {call['key']}: {difference}" for difference in found.differences]

    def _save(self) -> None:
        candidate = self._candidate
        dropped, self._dropped = self._dropped, Counter()
        for reason, count in dropped.items():
            self._counts.tally(reason, count)
        if candidate.restarts > self._restarts:
            self._counts.tally("restarts of the candidate", candidate.restarts - self._restarts)
            self._restarts = candidate.restarts
        if candidate.walls:
            self._counts.note("walls", ", ".join(candidate.walls))
        self._counts.note("candidate", candidate.trouble or "runs")
        self._saved = time.monotonic()
        with suppress(Exception):
            self._counts.save()


class _Mismatches:
    """The recording of mismatches: opened at the first one, so many routes of each kind."""

    def __init__(self, folder: Path, kept: int) -> None:
        self._folder, self._kept = folder, kept
        self._writer: RecordingWriter | None = None
        self._met: Counter[str] = Counter()

    def write(self, route: Route, kinds: list[str], counts: Counts) -> None:
        """Record a route, unless there are enough of its kinds."""
        for kind in kinds:
            known = kind if kind in self._met or len(self._met) < MOST_KINDS else "another kind"
            self._met[known] += 1
            counts.tally(f"differs: {known}")
        if all(self._met[kind] > self._kept for kind in kinds):
            return
        try:
            if self._writer is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._writer = RecordingWriter(self._folder)
            self._writer.write(route)
            counts.tally("recorded")
        except (OSError, ParityError) as error:
            counts.note("recording", f"not written: {error}")

    def close(self) -> None:
        """Flush it, and look through it for secrets."""
        if self._writer is not None:
            with suppress(OSError, ParityError):
                self._writer.close()


def main() -> int:
    """Run the companion."""
    told = json.loads(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    stand_back()
    folder = Path(told["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    held = _lock(folder, told["budgets"]["companions"])
    if held is None:
        return 3
    with socket.socket(fileno=told["socket"]) as connection:
        Companion(told, Counts(folder / COUNTS)).run(connection)
    os.close(held)
    return 0


def stand_back() -> None:
    """Take the processor when nobody else wants it: a message must not wake this process in place of its sender."""
    with suppress(OSError):
        os.nice(NICER)
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _lock(folder: Path, companions: int) -> int | None:
    """Take one of the places for companions; None where all are taken."""
    for number in range(companions):
        file = os.open(folder / f"companion-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
        else:
            return file
    return None


def _gone(gone: Gone) -> PairFound:
    if gone.running == "candidate" and not gone.same:
        return PairFound(failed=True, differences=(gone.why,))
    return PairFound(left_out=f"the companion's process {gone.why} with the control's function")


def _lost(exchange: Exchange) -> bool:
    return bool(exchange.request.lost or (exchange.answer is not None and exchange.answer.lost))


if __name__ == "__main__":
    sys.exit(main())
