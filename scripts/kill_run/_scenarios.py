"""What a fleet is put through: each scenario kills every worker again and again under one condition of the store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from cutover_rollout.controller import kill
from cutover_rollout.runner import decide
from cutover_rollout.state import _postgresql as postgresql_module
from kill_run._controller import LAST, begin_rollout, clock, controllers, stage_of
from kill_run._fleet import now
from kill_run._reckon import Outcome, climbed, raised
from kill_run._scene import KILLED, Scene, shared
from kill_run._servers import until

PUSHED, POLLED = 1.0, 2.0
"""Seconds within which a worker has to be on legacy, told and not told."""
RECONNECTED = 5.0
"""Seconds that a worker may take after a loss: an answer that never came, and the pause before it asks again."""
NOWHERE = "elsewhere"
LOST = 2.5
STAGES = (0.1, 0.3, 0.6)


def pushed(scene: Scene, turns: int) -> Outcome:
    """A decision kills, and workers are told."""
    outcome = Outcome("a decision, pushed", PUSHED)
    for _ in range(turns):
        scene.all_on()
        outcome.add(scene.killed(lambda: scene.decide(KILLED, why="kill")))
    return outcome


def push_lost(scene: Scene, turns: int) -> Outcome:
    """A decision kills, and the message that there is one reaches nobody."""
    outcome = Outcome("a decision, its push lost", POLLED)
    for _ in range(turns):
        scene.all_on()
        with _mute(scene.state):
            outcome.add(scene.killed(lambda: scene.decide(KILLED, why="kill")))
    return outcome


def store_killed(scene: Scene, turns: int) -> Outcome:
    """The store is killed, and the kill file kills."""
    outcome = Outcome("the store killed, a kill file", PUSHED)
    scene.all_on()
    for _ in range(turns):
        scene.server.kill()
        outcome.add(scene.killed_by_file())
        scene.fleet.await_on(now())
        scene.server.start()
    return outcome


def network_cut(scene: Scene, turns: int) -> Outcome:
    """The network to the store is cut, and the kill file kills."""
    outcome = Outcome("the network cut, a kill file", PUSHED)
    scene.all_on()
    for _ in range(turns):
        scene.cut()
        outcome.add(scene.killed_by_file())
        scene.fleet.await_on(now())
        scene.network.mend()
    return outcome


def mended(scene: Scene, turns: int) -> Outcome:
    """The network was cut for so long that every worker knows it, and a decision kills once it is there again."""
    outcome = Outcome("the network mended, a decision", RECONNECTED)
    for _ in range(turns):
        scene.all_on()
        scene.cut()
        time.sleep(LOST)
        scene.network.mend()
        outcome.add(scene.killed(lambda: scene.decide(KILLED, why="kill")))
    return outcome


def stages(scene: Scene, turns: int) -> Outcome:
    """The share goes up by stages while the store is lost now and then; nobody is served by more than was decided."""
    outcome = Outcome("stages, the store killed in each", POLLED)
    for _ in range(turns):
        begun = now()
        for share in STAGES:
            scene.decide(shared(share), why=f"{share:.0%}")
            scene.fleet.await_on(now())
            scene.server.kill()
            scene.fleet.await_on(now())
            scene.server.start()
        outcome.wrong += raised(scene.fleet.load.answers, scene.history(), since=begun, lag=POLLED)
        outcome.add(scene.killed(lambda: scene.decide(KILLED, why="kill")))
    return outcome


def controlled(scene: Scene, turns: int) -> Outcome:
    """A controller is killed in the middle of a stage while another waits, and is started again; a kill file kills."""
    outcome = Outcome("a controller killed in a stage, a kill file", PUSHED)
    for _ in range(turns):
        scene.decide(shared(0.0), why="anew")
        begun, version, since = time.time(), scene.state.read().version, now()
        begin_rollout(scene.state, begun)
        with controllers(scene.url, scene.name, begun) as start:
            leader = start()
            start()
            until(lambda: _stage(scene) >= 1)
            leader.kill()
            outcome.add(scene.killed_by_file())
            start()
            until(lambda: _stage(scene) == LAST)
        decisions = scene.history()
        outcome.wrong += raised(scene.fleet.load.answers, decisions, since=since, lag=POLLED)
        outcome.wrong += climbed([each for each in decisions if each.version > version])
        decide(scene.state, partial(kill, at=clock(begun)(), by="ops"))
        scene.fleet.await_off(now())
    return outcome


def signalled(scene: Scene) -> Outcome:
    """The store is killed, and a signal kills; the workers of this fleet are killed from then on."""
    outcome = Outcome("the store killed, a signal", PUSHED)
    scene.all_on()
    scene.server.kill()
    outcome.add(scene.killed(scene.fleet.signal))
    scene.server.start()
    return outcome


SCENARIOS = (pushed, push_lost, store_killed, network_cut, mended, stages, controlled)


def _stage(scene: Scene) -> int:
    return stage_of(scene.state.read().document)


@contextmanager
def _mute(state: Any) -> Iterator[None]:
    """Have decisions tell somebody else."""
    place, name = (state, "_channel") if hasattr(state, "_channel") else (postgresql_module, "CHANNEL")
    channel = getattr(place, name)
    setattr(place, name, NOWHERE)
    try:
        yield
    finally:
        setattr(place, name, channel)
