"""A served module and its shadow: real server upstream, real companion, real candidate in its walls."""

import asyncio
import importlib
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from cutover_parity import read_routes
from cutover_rollout.shadow import Budgets, shadow_pairs, shadow_status, start_shadow

SECRET = "sk-live-" + "Zx81Kq0Vb7Lm3Np9" * 2
ROUTES = """
import asyncio, json, os, pathlib, socket, subprocess, sys, time
import httpx
from cutover_registry import ProviderRegistry, use_registry

URL = os.environ["SHADOW_UPSTREAM"]
HEADERS = {"authorization": os.environ["SHADOW_SECRET"]}

def ask(messages, model):
    return httpx.post(URL, json={"model": model, "messages": messages}, headers=HEADERS).raise_for_status().json()

async def ask_async(messages, model):
    async with httpx.AsyncClient() as client:
        answer = await client.post(URL, json={"model": model, "messages": messages}, headers=HEADERS)
        return answer.raise_for_status().json()

def ask_stream(messages, model):
    with httpx.stream("POST", URL, json={"model": model, "messages": messages}, headers=HEADERS) as answer:
        yield from answer.iter_lines()

async def ask_stream_async(messages, model):
    async with httpx.AsyncClient() as client:
        async with client.stream("POST", URL, json={"model": model, "messages": messages}, headers=HEADERS) as answer:
            async for line in answer.aiter_lines():
                yield line

def alike(messages, model):
    return ask([*messages], model)

def other_request(messages, model):
    return ask(messages, model + "-turbo")

def other_answer(messages, model):
    return {**ask(messages, model), "more": True}

def raising(messages, model):
    raise KeyError(model)

def patient(messages, model):
    try:
        return ask(messages, model)
    except httpx.HTTPStatusError:
        return {"text": "never mind"}

def hanging(messages, model):
    while True:
        pass

def endless(messages, model):
    while True:
        yield "again"

def reaching(messages, model):
    home = pathlib.Path(__file__).parent
    for name, reach in {
        "file": lambda: (home / "left").write_text("x"),
        "folder": lambda: os.mkdir(home / "folder"),
        "raw file": lambda: os.open(home / "raw", os.O_CREAT | os.O_WRONLY),
        "program": lambda: subprocess.run([sys.executable, "-c", ""]),
        "socket": lambda: socket.create_connection(("127.0.0.1", 9), 1),
        "local socket": lambda: socket.socket(socket.AF_UNIX).connect("/tmp/none"),
        "kill": lambda: os.kill(os.getppid(), 0),
    }.items():
        try:
            reach()
        except OSError:
            continue
        raise RuntimeError(name)
    return ask(messages, model)

TABLES = {
    "SITES": {"chat": {"slots": ["ask"]}},
    "PROVIDER_CONFIGS": {
        key: {"sites": ["chat"], "slots": {"ask": "." + function}} for key, function in {
            "same": "ask", "same_async": "ask_async", "same_stream": "ask_stream",
            "same_stream_async": "ask_stream_async", "alike": "alike", "other_request": "other_request",
            "other_answer": "other_answer", "raising": "raising", "patient": "patient", "hanging": "hanging",
            "endless": "endless", "reaching": "reaching",
        }.items()
    },
}
(CHAT,) = ProviderRegistry.from_mapping(TABLES).bind(globals(), "chat")

async def dispatch(key, messages, model):
    if use_registry(CHAT, key):
        config = CHAT.resolve(key)
        raw = config.ask(messages, model)
    elif key == "same_async":
        raw = ask_async(messages, model)
    elif key == "same_stream":
        raw = ask_stream(messages, model)
    elif key == "endless":
        raw = ask_stream(messages, model)
    elif key == "same_stream_async":
        raw = ask_stream_async(messages, model)
    elif key in ("same", "alike", "other_request", "other_answer", "raising", "patient", "hanging", "reaching"):
        raw = ask(messages, model)
    if hasattr(raw, "__await__"):
        return await raw
    if hasattr(raw, "__aiter__"):
        return [chunk async for chunk in raw]
    return raw if isinstance(raw, dict) else list(raw)

async def app(scope, receive, send):
    asked = json.loads((await receive())["body"])
    try:
        status, answer = 200, await dispatch(asked["provider"], asked["messages"], "m")
    except httpx.HTTPError as error:
        status, answer = 502, str(type(error))
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

def wsgi(environ, start_response):
    asked = json.loads(environ["wsgi.input"].read())
    answer = asyncio.run(dispatch(asked["provider"], asked["messages"], "m"))
    start_response("200 OK", [])
    return [json.dumps(answer).encode()]
"""


class Upstream(BaseHTTPRequestHandler):
    seen = 0

    def do_POST(self):
        Upstream.seen += 1
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        failing = "fail" in asked["messages"][0]["content"]
        body = json.dumps({"text": f"hello to {asked['model']}"}).encode()
        self.send_response(500 if failing else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    home = tmp_path_factory.mktemp("served")
    (home / "shadowed_gateway.py").write_text(ROUTES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHADOW_UPSTREAM", f"http://127.0.0.1:{server.server_port}/v1/chat")
        patch.setenv("SHADOW_SECRET", f"Bearer {SECRET}")
        patch.syspath_prepend(str(home))
        patch.setattr(sys, "dont_write_bytecode", True)
        yield importlib.import_module("shadowed_gateway")
    server.shutdown()
    thread.join()
    server.server_close()


def until(condition):
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.02)


async def ask_all(app, keys, text):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gw") as client:
        return [
            (
                await client.post("/", json={"provider": key, "messages": [{"role": "user", "content": text}]})
            ).status_code
            for key in keys
        ]


@pytest.fixture
def shadowed(routes, tmp_path):
    def run(*keys, text="hi", seconds=2.0, **budgets):
        shadow = start_shadow(tmp_path / "shadow", Budgets(per_second=1000, seconds=seconds, **budgets))
        try:
            until(lambda: shadow.ready)
            statuses = asyncio.run(ask_all(shadow.wrap(routes.app), keys, text))
        finally:
            assert shadow.stop(wait=120)
        counts = tmp_path / "shadow" / "counts.db"
        pairs = {each.provider: each for each in shadow_pairs(counts, until=2**40)}
        return statuses, pairs, shadow_status(counts)

    return run


def outcome(minute):
    return minute.pairs, minute.candidate_only, minute.control_only, minute.differing


def test_the_same_function_of_every_kind_makes_pairs_without_a_difference_and_nothing_is_sent_twice(shadowed, tmp_path):
    before = Upstream.seen
    keys = ("same", "same_async", "same_stream", "same_stream_async", "alike")
    _, pairs, status = shadowed(*keys)
    assert {key: outcome(minute) for key, minute in pairs.items()} == dict.fromkeys(keys, (1, 0, 0, 0))
    assert Upstream.seen - before == len(keys)
    assert "audit hook" in status.notes["walls"]
    assert not (tmp_path / "shadow" / "mismatches").exists()


def test_what_the_candidate_does_otherwise_is_counted_named_and_recorded_without_secrets(shadowed, tmp_path):
    before = Upstream.seen
    _, pairs, status = shadowed("other_request", "other_answer", "raising", text=f"key {SECRET}")
    assert Upstream.seen - before == 3
    assert outcome(pairs["other_request"]) == (1, 1, 0, 1)
    assert outcome(pairs["other_answer"]) == (1, 0, 0, 1)
    assert outcome(pairs["raising"]) == (1, 1, 0, 1)
    assert {name for name in status.tallies if name.startswith("differs")} == {
        "differs: chat other_request: request body.model",
        "differs: chat other_answer: result more",
        "differs: chat raising: requests: 1 of the control, 0 of the candidate",
    }
    recorded = list(read_routes(tmp_path / "shadow" / "mismatches"))
    assert sorted(json.loads(route.request.body)["provider"] for route in recorded) == [
        "other_answer", "other_request", "raising",
    ]  # fmt: skip
    written = b"".join(path.read_bytes() for path in (tmp_path / "shadow").rglob("*") if path.is_file())
    assert SECRET.encode() not in written


def test_upstream_failures_are_shared_and_one_of_the_control_alone_is_told(shadowed):
    statuses, pairs, _ = shadowed("same", "patient", text="fail")
    assert statuses == [502, 502]
    assert outcome(pairs["same"]) == (1, 0, 0, 0)
    assert outcome(pairs["patient"]) == (1, 0, 1, 1)


def test_a_candidate_that_hangs_is_killed_and_one_without_end_is_cut(shadowed):
    statuses, pairs, status = shadowed("endless", "hanging", seconds=0.5)
    assert statuses == [200, 200]
    assert outcome(pairs["endless"]) == (1, 1, 0, 1)
    assert outcome(pairs["hanging"]) == (1, 1, 0, 1)
    assert status.tallies["differs: chat hanging: hung"] == 1


def test_the_candidate_cannot_reach_out_of_its_process(shadowed, routes):
    before = Upstream.seen
    _, pairs, _ = shadowed("reaching")
    assert outcome(pairs["reaching"]) == (1, 0, 0, 0)
    assert Upstream.seen - before == 1


def test_the_call_form_compares_functions_and_runs_none(shadowed):
    _, pairs, status = shadowed("same", "alike", "hanging", form="call")
    assert {key: minute.differing for key, minute in pairs.items()} == {"same": 0, "alike": 1, "hanging": 1}
    assert status.tallies["differs: chat alike: function ask"] == 1


def test_budgets_drop_and_count(shadowed):
    _, pairs, status = shadowed("same", text="x" * 5000, size=2048)
    assert pairs == {}
    assert status.tallies == {"left out: arguments: they are larger than the budget": 1}


def test_nothing_is_looked_at_outside_of_the_sample(shadowed):
    _, pairs, status = shadowed("same", sample=0)
    assert (pairs, status.tallies) == ({}, {})


def test_wsgi_applications_are_shadowed_too(routes, tmp_path):
    shadow = start_shadow(tmp_path, Budgets(per_second=1000))
    try:
        until(lambda: shadow.ready)
        with httpx.Client(transport=httpx.WSGITransport(shadow.wrap_wsgi(routes.wsgi)), base_url="http://gw") as client:
            client.post("/", json={"provider": "other_request", "messages": [{"role": "user", "content": "hi"}]})
    finally:
        assert shadow.stop(wait=120)
    assert [outcome(each) for each in shadow_pairs(tmp_path / "counts.db", until=2**40)] == [(1, 1, 0, 1)]


def test_when_it_has_stopped_the_module_is_as_it_was(routes, tmp_path):
    before = dict(vars(routes))
    shadow = start_shadow(tmp_path)
    assert routes.ask is not before["ask"]
    shadow.stop(wait=120)
    assert all(vars(routes)[name] is value for name, value in before.items() if name != "__builtins__")
    assert routes.CHAT._on.keys() == set(routes.CHAT)
