"""Trees without a fault: copies of a gateway, trees that mean the same, and routes that are made up. None differs."""

import os

import pytest

from cutover_parity import ArmSetup, ArmSpec, Duel, Request, report_text
from cutover_parity.fuzzing import Limits, Seed, fuzz

GATEWAYS = ["lanes", "wharf", "mill", "ferry", "kiosk", "atelier"]
ROUTES = 10_000 if os.environ.get("CUTOVER_FUZZ") else 30
TALK = "lanes/routes/talk.py"
JSON = (("content-type", "application/json"),)
SEEDS = {
    "lanes": Request("POST", "/v1/talk", JSON, b'{"backend":"ash","messages":[],"temperature":0,"stream":false}'),
    "wharf": Request("POST", "/load", (*JSON, ("x-pier", "north")), b'{"weight":7,"model":"crane"}'),
    "mill": Request("POST", "/grind?stone=flint", JSON, b'{"grain":"rye"}'),
    "ferry": Request("POST", "/send", JSON, b'{"crew":"oak","messages":[],"n":1,"stream":false}'),
    "kiosk": Request("POST", "/", JSON, b'{"shop":"main","messages":[],"stream":false}'),
    "atelier": Request("POST", "/paint", JSON, b'{"studio":"main","model":"m","messages":[],"stream":false}'),
}
EQUAL = [
    ("lanes", TALK, 'if backend == "ash":\n        return', 'if "ash" == backend:\n        return'),
    ("lanes", TALK, "MOVES_ON = {401, 403,", "MOVES_ON = {403, 401,"),
    ("lanes", TALK, "TIMEOUTS.get(backend, 30)", '{"birch": 90.0}.get(backend, 30)'),
    ("lanes", TALK, "ask_birch, messages, model, **options", 'globals()["ask_birch"], messages, model, **options'),
    ("wharf", "wharf.py", 'case "north":', 'case ("north" | "nord"):'),
    ("mill", "mill.py", "import httpx\n", "import uuid\n\nimport httpx\n\nNUMBER = uuid.uuid4()\n"),
    ("ferry", "ferry.py", "ALIASES.get(name, name)", "name if name not in ALIASES else ALIASES[name]"),
    ("ferry", "ferry.py", "await asyncio.sleep(2**number)", "await asyncio.sleep([1, 2, 4][number])"),
    (
        "ferry",
        "ferry.py",
        "    stream = pieces_of(crew, load)\n",
        "    given = pieces_of\n    stream = given(crew, load)\n",
    ),
    ("ferry", "ferry.py", "time.monotonic() - at < RESTS", "at > time.monotonic() - RESTS"),
    ("kiosk", "kiosk.py", "timeout=(3, 20)", "timeout=(3.0, 20.0)"),
    ("atelier", "atelier.py", '"n", "stop", "tools"', '"tools", "stop", "n"'),
]


@pytest.mark.parametrize(
    ("name", "depth"),
    [*((name, "http") for name in GATEWAYS), *((name, "calls") for name in ("lanes", "wharf", "mill", "ferry"))],
)
def test_a_copy_of_a_gateway_never_differs_from_it(gateway, bench, name, depth):
    ours = gateway(name)
    report = bench.report(ours, ours.copy("registry"), depth)
    assert not report.mismatches, report_text(report)
    assert report.replays > 50


@pytest.mark.parametrize(("name", "file", "old", "new"), EQUAL)
def test_a_tree_that_means_the_same_is_left_alone(gateway, bench, name, file, old, new):
    ours = gateway(name)
    depth = "http" if name in {"kiosk", "atelier"} else "calls"
    report = bench.report(ours, ours.planted(file, old, new), depth)
    assert not report.mismatches, report_text(report)


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_gateway_never_differs_from_itself_in_routes_that_are_made_up(gateway, name):
    ours = gateway(name)
    depth = "http" if name in {"kiosk", "atelier"} else "calls"
    spec = ArmSpec(ours.copy(), ours.app)
    with Duel(spec, spec, ArmSetup(depth, ours.plan.modules, [], b"k" * 32)) as duel:
        report = fuzz(duel, [Seed(SEEDS[name])], ours.plan, seed=7, limits=Limits(ROUTES))
    assert report.replay.counts["mismatch"] == 0, report_text(report.replay)
    assert report.replay.replays >= ROUTES // 2
