"""A gateway whose answers never come twice the same: its noise is learnt, hidden and counted, and no fault with it."""

import json
from datetime import date

import pytest

from cutover_parity import ArmSpec, Case, Request, Script, learn_noise_of, plan_of, replay, report_text

LATER = date(2100, 1, 1)
SOURCE = """
import asyncio, base64, json, os, time
from backends import ask_ash, ask_birch, ask_cedar

TIMEOUTS = {"birch": 90}


def drawn(size):
    with open("/dev/urandom", "rb") as source:
        return source.read(size)


def shuffled(items):
    return sorted(items, key=lambda _: drawn(4))


def now():
    return time.clock_gettime(time.CLOCK_REALTIME)


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    asked = json.loads((await receive())["body"] or b"{}")
    key, trace = asked.get("backend"), drawn(16).hex()
    if key == "ash":
        said = await asyncio.wait_for(asyncio.to_thread(ask_ash, asked["text"], trace=trace), 30)
    elif key == "birch":
        said = await asyncio.wait_for(asyncio.to_thread(ask_birch, asked["text"], trace=trace), TIMEOUTS["birch"])
    else:
        said = await asyncio.to_thread(ask_cedar, asked["text"], trace=trace)
    streamed = asked.get("stream")
    kind = b"text/event-stream" if streamed else b"application/json"
    took = b"%d" % (drawn(1)[0] % 90 + 10)
    made = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(now())).encode()
    headers = [(b"content-type", kind), (b"x-took", took), (b"x-made", made), (b"x-id", trace.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    answer = {
        "id": "run-" + trace[:12],
        "made": now(),
        "model": said["model"],
        "text": said["choices"][0]["message"]["content"][:10],
        "tags": shuffled(["a", "b", "c", "d", "e", "f"]),
        "used": [{"name": name, "id": drawn(8).hex(), "n": 1} for name in shuffled(["tool", "file", "page", "code"])],
        "for": key,
    }
    if not streamed:
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
        return
    events = [f"data: {json.dumps({'id': answer['id'], 'part': n, 'for': key})}\\n\\n".encode() for n in range(6)]
    whole = b"".join(events)
    while whole:
        size = 5 + drawn(1)[0]
        await send({"type": "http.response.body", "body": whole[:size], "more_body": len(whole) > size})
        whole = whole[size:]
"""
BACKENDS = "\n".join(
    f"def ask_{name}(text, trace):\n    raise RuntimeError('never called')\n" for name in ("ash", "birch", "cedar")
)
PLAN = plan_of(
    {
        "sites": [{"name": "run", "keys": ["ash", "birch"], "file": "noisy.py"}],
        "modules": [
            {
                "module": "noisy",
                "callees": {f"ask_{name}": {"provider": name, "slot": "ask"} for name in ("ash", "birch", "cedar")},
            }
        ],
    }
)
FAULTS = {
    "a wrong callee": ("ask_birch, asked", "ask_cedar, asked"),
    "a lost timeout": ('TIMEOUTS["birch"])', "None)"),
    "a changed timeout": ('"birch": 90', '"birch": 30'),
    "a changed argument": ('ask_ash, asked["text"]', 'ask_ash, asked["text"].strip()'),
    "a lost argument": ('ask_ash, asked["text"], trace=trace', 'ask_ash, asked["text"], trace=None'),
    "a lost tag": ('["a", "b", "c", "d", "e", "f"]', '["a", "b", "c", "d", "e"]'),
    "a doubled tag": ('["a", "b", "c", "d", "e", "f"]', '["a", "b", "c", "d", "f", "f"]'),
    "another part of an item": ('"n": 1', '"n": 2'),
    "a lost event": ("range(6)", "range(5)"),
    "another event": ("'part': n", "'part': n * 2"),
    "another label": ("'for': key}", "'for': 'ash'}"),
    "an id of another shape": ('"run-" + trace[:12]', '"run-" + trace[:11]'),
    "an id with another beginning": ('"run-" + trace[:12]', '"job-" + trace[:12]'),
    "a constant for an id": ('"id": drawn(8).hex(), "n"', '"id": "fallback", "n"'),
    "milliseconds for seconds": ('b"%d" % (drawn', 'b"%d000" % (drawn'),
    "no date": ('(b"x-made", made)', '(b"x-made", b"now")'),
    "another header": ('(b"x-id", trace.encode())', '(b"x-trace", trace.encode())'),
    "an end that is missing": ('"more_body": len(whole) > size', '"more_body": True'),
    "other spaces": ("json.dumps(answer)", "json.dumps(answer, indent=1)"),
}


def tree(folder, name, source=SOURCE):
    root = folder / name
    root.mkdir()
    (root / "noisy.py").write_text(source)
    (root / "backends.py").write_text(BACKENDS)
    return ArmSpec(root, "noisy:app")


def cases(count):
    for number in range(count):
        key = ("ash", "birch", "elm")[number % 3]
        body = {"backend": key, "text": f" hello {number} ", "stream": number % 2 == 1}
        yield Case(f"case {number}", Request("POST", "/", (), json.dumps(body).encode()), Script(), "answer", key)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """The gateway, and what was learnt by running it against itself."""
    folder = tmp_path_factory.mktemp("noisy")
    legacy = tree(folder, "legacy")
    return folder, legacy, learn_noise_of(legacy, cases(150), plan=PLAN, expires=LATER)


def test_each_kind_of_noise_is_learnt_with_its_own_test(noisy):
    _, _, learnt = noisy
    assert learnt.unexplained == ()
    tests = {rule.place: rule.test for rule in learnt.rules}
    assert tests["answer.headers.x-id"] == "hex"
    assert tests["answer.headers.x-took"] == "number"
    assert tests["answer.headers.x-made"] == "date"
    assert tests["answer.body.id"] == "hex"
    assert tests["answer.body.made"] == "epoch"
    assert tests["answer.body.tags"] == "set"
    assert tests["answer.body.used"] == "set"
    assert tests["answer.body.used[*].id"] == "hex"
    assert tests["calls[*].kwargs.trace"] == "hex"
    assert tests["stream.events[*].data.id"] == "hex"
    assert {test for place, test in tests.items() if place.startswith("edges")} == {"edges"}


def test_at_most_one_of_a_thousand_is_a_false_mismatch(noisy):
    folder, legacy, learnt = noisy
    registry = tree(folder, "equal")
    noise_only = replay(legacy, registry, list(cases(30)), plan=PLAN)
    assert noise_only.counts["mismatch"] == 30
    report = replay(legacy, registry, list(cases(1000)), plan=PLAN, noise=learnt)
    assert report.counts["mismatch"] <= 1, report_text(report)
    assert report.counts["ignored"] > 990
    assert sum(report.hidden.values()) > 5000


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_is_lost_in_the_noise(noisy, fault, tmp_path):
    _, legacy, learnt = noisy
    old, new = FAULTS[fault]
    assert SOURCE.count(old) >= 1
    registry = tree(tmp_path, "faulty", SOURCE.replace(old, new))
    report = replay(legacy, registry, list(cases(6)), plan=PLAN, noise=learnt)
    assert report.counts["mismatch"] >= 1, report_text(report)
    assert not report.errors
