"""Pairs of the small gateways, running; seeds for them; and a breaker for the one that has a failover loop."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from cutover_parity import ArmSetup, ArmSpec, Duel, Request
from cutover_parity.fuzzing import FuzzReport, Limits, Seed, fuzz

TALK = "lanes/routes/talk.py"
BREAKER = """
import time
FAILED = {}


def resting(backend):
    return len([at for at in FAILED.get(backend, []) if time.time() - at < 60]) >= 2


router = APIRouter()
"""


@pytest.fixture
def duel() -> Callable[..., AbstractContextManager[Duel]]:
    def start(ours, registry: Path, legacy: Path | None = None, *, depth="calls") -> Duel:
        arms = ArmSpec(legacy or ours.copy("legacy"), ours.app), ArmSpec(registry, ours.app)
        return Duel(*arms, ArmSetup(depth, ours.plan.modules, [], b"k" * 32))

    return start


@pytest.fixture
def seed() -> Callable[[str], tuple[Seed, ...]]:
    """The seeds of a small gateway by its name."""
    json = (("content-type", "application/json"),)
    talk = b'{"backend":"ash","messages":[{"role":"user","content":"hi"}],"temperature":0,"stream":false}'
    requests = {
        "lanes": [Request("POST", "/v1/talk", json, talk)],
        "wharf": [Request("POST", "/load", (*json, ("x-pier", "north")), b'{"weight":7,"model":"crane"}')],
        "mill": [
            Request("POST", "/grind?stone=flint", json, b'{"grain":"rye"}'),
            Request("POST", "/pour?stone=flint", json, b'{"grain":"rye"}'),
        ],
    }
    return lambda name: tuple(Seed(request) for request in requests[name])


@pytest.fixture
def fuzzed(duel, seed) -> Callable[..., FuzzReport]:
    """Fuzz a gateway against another tree of it."""

    def run(ours, registry: Path, legacy: Path | None = None, *, cases=60, depth="calls", **options) -> FuzzReport:
        with duel(ours, registry, legacy, depth=depth) as running:
            return fuzz(running, seed(ours.name), ours.plan, limits=Limits(cases, shrinking=100), **options)

    return run


@pytest.fixture
def with_breaker(gateway) -> Callable[..., Path]:
    """The talking gateway, which lets a backend rest that failed twice within so many seconds."""

    def make(seconds: int, label: str) -> tuple[object, Path]:
        ours = gateway("lanes")
        tree = ours.copy(label)
        source = (tree / TALK).read_text()
        source = source.replace("\nrouter = APIRouter()\n", BREAKER.replace("60", str(seconds)))
        source = source.replace(
            "        try:\n            if request",
            "        if resting(backend):\n            continue\n        try:\n            if request",
        )
        source = source.replace(
            "            failure = status_of",
            "            FAILED.setdefault(backend, []).append(time.time())\n            failure = status_of",
        )
        source = source.replace("raise HTTPException(failure,", "raise HTTPException(failure or 503,")
        (tree / TALK).write_text(source)
        return ours, tree

    return make
