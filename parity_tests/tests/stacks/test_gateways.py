"""Gateways on real client libraries: recorded against a real upstream, replayed with nothing reaching it."""

import importlib.util
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
import respx

from cutover_parity import (
    ArmSpec,
    Case,
    Recorder,
    Recording,
    RecordingWriter,
    Request,
    Script,
    Step,
    cases_from,
    plan_of,
    read_recording,
    recording_server,
    replay,
)
from cutover_parity.arms._arm import ArmSetup
from cutover_parity.arms._http_stubs import templates_to_json
from cutover_parity.replay._duel import Duel

GATEWAYS = Path(__file__).parent / "gateways"
PLAN = plan_of(
    {
        "sites": [{"name": "talk", "file": "nowhere.py", "keys": ["good", "busy"], "start_line": 1, "end_line": 2}],
        "modules": [{"module": "nowhere", "callees": {"ask": {"provider": "good", "slot": "ask"}}}],
    }
)
MESSAGES = [{"role": "user", "content": "hello"}]
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]
KEY = "sk-live-0123456789abcdef0123456789"
STACKS = {"sdk": "httpx2", "httpx": "httpx", "requests": "urllib3", "aiohttp": "aiohttp"}

ERRORS = {"sdk": "APITimeoutError", "httpx": "httpx.ReadTimeout", "requests": "ReadTimeout", "aiohttp": "TimeoutError"}


def bodies(name):
    plain = {"model": "m", "messages": MESSAGES}
    yield "/talk", {**plain, "provider": "good"}
    yield "/talk", {**plain, "provider": "good", "tools": TOOLS, "tool_choice": "auto"}
    for provider in ("busy", "down", "vanishing"):
        yield "/talk", {**plain, "provider": provider}
    for provider in ("good", "cut"):
        yield "/stream", {**plain, "provider": provider}
    if name == "sdk":
        yield "/talk", {**plain, "provider": "good", "way": "thread"}
        yield "/stream", {**plain, "provider": "good", "way": "thread"}


@dataclass
class Gateway:
    """One gateway: its tree, what was recorded of it, and a pair of its arms under replay."""

    name: str
    tree: Path
    recording: Recording
    duel: Duel
    live: object

    @property
    def cases(self):
        return cases_from([self.recording], PLAN, generate=False)

    def ask(self, case):
        """Drive a case through both arms, which are the same; give what they did."""
        one, other = self.duel.ask(case)
        assert one.observation == other.observation
        seen = json.loads(one.observation)
        assert seen["escapes"] == []
        return seen


@pytest.fixture(scope="module", params=["sdk", "httpx", "requests", "aiohttp"])
def gateway(request, live_for_all, tmp_path_factory):
    """Record a gateway against the live upstream, and start its arms; nothing may reach the upstream from then on."""
    name, live = request.param, live_for_all
    tree = tmp_path_factory.mktemp(name)
    out = tree.parent / f"{name}.jsonl"
    shutil.copy(GATEWAYS / f"{name}_gateway.py", tree / "gateway.py")
    env = {"UPSTREAM": live.url, "UPSTREAM_KEY": KEY}
    live.connections = 0
    with recording_server("gateway:app", root=tree, out=out, env=env) as base:
        for path, body in bodies(name):
            answer = httpx.post(base + path, json=body, timeout=30)
            assert answer.status_code == 200, answer.text
    assert live.connections > 0
    assert KEY not in out.read_text()
    live.connections = 0
    recording = read_recording(out)
    templates = templates_to_json(exchange for route in recording.routes for exchange in route.exchanges)
    side = ArmSpec(tree, "gateway:app", env={"UPSTREAM": live.url})
    with Duel(side, side, ArmSetup("http", {}, templates, b"k" * 32)) as duel:
        yield Gateway(name, tree, recording, duel, live)
    assert live.connections == 0


def test_a_gateway_gives_the_recorded_answers_again_and_nothing_escapes(gateway):
    routes = gateway.recording.routes
    assert {exchange.stack for route in routes for exchange in route.exchanges} == {STACKS[gateway.name]}
    assert len(routes) == len(list(bodies(gateway.name)))
    answers = {(route.request.url, route.request.body): route.answer for route in routes}
    for case in gateway.cases:
        seen, recorded = gateway.ask(case), answers[case.request.url, case.request.body]
        assert seen["answer"]["status"] == recorded.status
        assert "".join(seen["answer"]["chunks"]).encode() == recorded.body
    assert gateway.live.connections == 0


def test_generated_faults_reach_the_gateway_and_nothing_escapes(gateway):
    cases = [case for case in cases_from([gateway.recording], PLAN) if case.outcome == "fault"][:40]
    seen = [gateway.ask(case) for case in cases]
    outcomes = {entry["outcome"] for observed in seen for entry in observed["requests"]}
    assert {"answer", "timeout", "connect", "status 429", "status 500"} <= outcomes
    assert gateway.live.connections == 0


def test_slow_hanging_and_reset_upstreams_take_no_real_time(gateway):
    body = {"model": "m", "messages": MESSAGES, "provider": "good"}
    asked = Request("POST", "/talk", (), json.dumps(body).encode())
    steps = [Step("hang"), Step("slow", seconds=30), Step("slow", seconds=19), Step("reset")]
    seen = {
        f"{request.url} {step} {number}": gateway.ask(
            Case(f"{request.url} {step} {number}", request, Script((step,) * number), "fault")
        )
        for request in (asked, replace(asked, url="/stream"))
        for step in steps
        for number in (1, 4)
    }
    assert {observed["answer"]["status"] for name, observed in seen.items() if name.endswith("1")} == {200}
    assert ERRORS[gateway.name] in seen["/talk hang 4"]["error"]["type"]
    outcomes = [[entry["outcome"] for entry in observed["requests"]] for observed in seen.values()]
    assert ["hang", "answer"] in outcomes
    assert ["slow by 19 s"] in outcomes
    assert ["slow by 30 s", "answer"] in outcomes


@pytest.mark.parametrize("gateway", ["requests", "aiohttp"], indirect=True)
def test_a_planted_fault_in_what_is_sent_is_found(gateway, tmp_path):
    other = Path(shutil.copytree(gateway.tree, tmp_path / "other"))
    source = (other / "gateway.py").read_text()
    (other / "gateway.py").write_text(source.replace('"spare"', '"spare2"', 1))
    arms = (ArmSpec(tree, "gateway:app", env={"UPSTREAM": gateway.live.url}) for tree in (gateway.tree, other))
    report = replay(*arms, gateway.cases, depth="http", plan=PLAN)
    assert report.mismatches
    assert "/spare2/v1/chat/completions is not recorded" in report.errors[0].message


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
async def test_a_suite_that_runs_under_respx_is_a_recording_too(tmp_path, using):
    tree, out = tmp_path / "tree", tmp_path / "suite.jsonl"
    tree.mkdir()
    shutil.copy(GATEWAYS / "httpx_gateway.py", tree / "gateway.py")
    spec = importlib.util.spec_from_file_location("gateway_under_respx", tree / "gateway.py")
    gateway = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gateway)
    with RecordingWriter(out) as writer:
        recorder = Recorder(gateway.app, writer)
        transport = httpx.ASGITransport(recorder)
        with recorder.capturing(), respx.mock(using=using, assert_all_called=False) as router:
            router.route(host="gateway").pass_through()
            router.post("http://upstream.invalid/busy/v1/chat/completions").respond(429, json={"error": {}})
            router.post("http://upstream.invalid/spare/v1/chat/completions").respond(json={"from": "spare"})
            router.post("http://upstream.invalid/down/v1/chat/completions").mock(side_effect=httpx.ConnectError("no"))
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as suite:
                for provider in ("busy", "down"):
                    body = {"model": "m", "messages": MESSAGES, "provider": provider}
                    assert (await suite.post("/talk", json=body)).json() == {"from": "spare"}
    cases = cases_from([read_recording(out)], PLAN, generate=False)
    assert [len(case.exchanges) for case in cases] == [2, 2]
    side = ArmSpec(tree, "gateway:app")
    with Duel(side, side, ArmSetup("http", {}, [], b"k" * 32)) as duel:
        for case, outcome in zip(cases, ("status 429", "connect"), strict=True):
            seen = json.loads(duel.ask(case)[0].observation)
            assert seen["escapes"] == []
            assert seen["answer"]["status"] == 200
            assert [entry["outcome"] for entry in seen["requests"]] == [outcome, "answer"]
