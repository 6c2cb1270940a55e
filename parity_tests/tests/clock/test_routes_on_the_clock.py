"""Arms on the virtual clock: scripts that take time, what is left behind, pauses, salts, limits."""

import json

import pytest

from cutover_parity import Case, Request, Script, Step
from cutover_parity.arms._arm import Arm, ArmSetup, ArmSpec

GATEWAY = """
import asyncio, random, threading, time, uuid, wsgiref.validate
import providers

OPENED = {"at": None}
STREAM = {"content-type": "text/event-stream"}

async def attempt(path):
    if path == "/thread":
        return await asyncio.wait_for(asyncio.to_thread(providers.ask, "m"), 30)
    if path == "/coroutine":
        return await asyncio.wait_for(providers.ask_async("m"), 30)
    if path == "/stream":
        async with asyncio.timeout(10):
            return [item["id"] async for item in providers.ask_stream("m")]
    if path == "/lines":
        return await asyncio.wait_for(asyncio.to_thread(lambda: [i["id"] for i in providers.ask_lines("m")]), 10)
    if path == "/open":
        OPENED["at"] = time.monotonic()
    if path == "/breaker":
        return "open" if OPENED["at"] and time.monotonic() - OPENED["at"] < 60 else "closed"
    if path == "/dice":
        return [random.random(), str(uuid.uuid4()), time.time()]
    if path == "/forever":
        await asyncio.to_thread(compute)
    if path == "/never":
        await asyncio.Event().wait()
    if path == "/spin":
        while True: await asyncio.sleep(0)
    return "fine"

def compute():
    while True: pass

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    began = time.monotonic()
    try:
        said = await attempt(scope["path"])
    except BaseException as error:
        said = type(error).__name__
        if said == "CancelledError": raise
    said = "answer" if hasattr(said, "model_dump") else said
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{said} {time.monotonic() - began:.1f}".encode()})
"""
PROVIDERS = """
def ask(model): ...
async def ask_async(model): ...
async def ask_stream(model): yield {}
def ask_lines(model): yield {}
"""
FLASK_LIKE = """
import concurrent.futures, time
import providers
POOL = concurrent.futures.ThreadPoolExecutor(2)

def app(environ, start_response):
    began = time.monotonic()
    try:
        POOL.submit(providers.ask, "m").result(timeout=30); said = "answer"
    except concurrent.futures.TimeoutError:
        said = "timeout"
    start_response("200 OK", [])
    return [f"{said} {time.monotonic() - began:.1f}".encode()]
"""
NAMES = ("ask", "ask_async", "ask_stream", "ask_lines")
ANSWER = Step()
MODULES = {"providers": {name: {"provider": "p", "slot": name} for name in NAMES}}


@pytest.fixture
def said(tmp_path):
    (tmp_path / "app.py").write_text(GATEWAY)
    (tmp_path / "providers.py").write_text(PROVIDERS)

    def run(*cases, limit=20.0, salt="", app=None, aside=False):
        if app:
            (tmp_path / "app.py").write_text(app)
        setup = ArmSetup("calls", MODULES, [], b"k" * 32, limit=limit)
        with Arm(ArmSpec(tmp_path, "app:app"), setup, salt=salt) as arm:
            arm.wait_until_ready()
            replies = []
            for case in cases:
                arm.send(case)
                replies.append(arm.reply(case.id))
        if aside:
            return [json.loads(reply.aside) for reply in replies]
        seen = [json.loads(reply.observation) for reply in replies]
        return ["".join(item["answer"]["chunks"]) or item["error"]["message"] for item in seen]

    return run


def case(path, step=ANSWER, *, pause=None, number=0):
    return Case(f"{path} {number}", Request("GET", path), Script(rest=step), "fault", pause=pause)


@pytest.mark.parametrize(
    ("path", "step", "answers"),
    [
        ("/thread", Step("slow", seconds=29.9), "answer 29.9"),
        ("/thread", Step("slow", seconds=30.1), "TimeoutError 30.0"),
        ("/thread", Step("hang"), "TimeoutError 30.0"),
        ("/coroutine", Step("slow", seconds=29.9), "answer 29.9"),
        ("/coroutine", Step("slow", seconds=30.1), "TimeoutError 30.0"),
        ("/coroutine", Step("hang"), "TimeoutError 30.0"),
        ("/stream", Step("slow", seconds=3.2), "9.6"),
        ("/stream", Step("slow", seconds=3.4), "TimeoutError 10.0"),
        ("/stream", Step("hang"), "TimeoutError 10.0"),
        ("/lines", Step("slow", seconds=3.2), "9.6"),
        ("/lines", Step("slow", seconds=3.4), "TimeoutError 10.0"),
        ("/lines", Step("hang"), "TimeoutError 10.0"),
    ],
)
def test_what_a_script_says_takes_its_time(said, path, step, answers):
    assert said(case(path, step))[0].endswith(answers)


@pytest.mark.parametrize(("seconds", "answers"), [(29.9, "answer 29.9"), (30.1, "timeout 30.0")])
def test_a_wsgi_application_is_on_the_same_clock(said, seconds, answers):
    assert said(case("/", Step("slow", seconds=seconds)), app=FLASK_LIKE) == [answers]


def test_threads_that_hang_do_not_fill_the_pool_for_later_cases(said):
    hanging = [case("/thread", Step("hang"), number=number) for number in range(40)]
    *hung, after = said(*hanging, case("/thread", Step("slow", seconds=1)))
    assert hung == ["TimeoutError 30.0"] * 40
    assert after == "answer 1.0"


def test_a_breaker_cools_down_between_cases_but_not_within_a_sequence(said):
    sequence = [case("/open"), case("/breaker", pause=5.0), case("/breaker", pause=56.0, number=1)]
    again = [case("/open", number=1), case("/breaker", number=2)]
    assert [text.split()[0] for text in said(*sequence, *again)] == ["fine", "open", "closed", "fine", "closed"]


def test_a_salt_changes_times_numbers_and_ids_and_nothing_else(said):
    plain, same, salted = (said(case("/dice"), salt=salt)[0] for salt in ("", "", "pepper"))
    assert plain == same
    for one, other in zip(plain.split(), salted.split(), strict=True):
        assert (one == other) == one.startswith("0.0")


@pytest.mark.parametrize("path", ["/forever", "/never", "/spin"])
def test_a_case_that_never_answers_is_given_up_and_the_next_is_not_the_worse_for_it(said, path):
    given_up, after = said(case(path), case("/thread", Step("slow", seconds=29.9)), limit=1.0)
    assert given_up == "the application gave no answer within 1 s"
    assert after == "answer 29.9"


def test_the_aside_says_that_no_wait_was_real(said):
    (aside,) = said(case("/thread", Step("slow", seconds=29.9)), aside=True)
    assert aside["real_waits"] == {"number": 0, "seconds": 0.0}


def test_dates_stand_still_in_modules_that_are_imported_late(said, tmp_path):
    (tmp_path / "late.py").write_text("import datetime\nfrom datetime import datetime as dt\n")
    app = GATEWAY.replace('path == "/dice"', 'path == "/late"').replace(
        "return [random.random(), str(uuid.uuid4()), time.time()]",
        "import late; return [late.dt.now().timestamp() - time.time(), late.datetime.datetime.now() == late.dt.now()]",
    )
    assert said(case("/late"), app=app) == ["[0.0, True] 0.0"]
