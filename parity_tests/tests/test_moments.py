"""When things happen, on which loop, and in which context: what a replay sees of it, and what it does not hide."""

import json

import pytest

from cutover_parity import ArmSpec, Case, Match, Request, Script, Step, compare
from cutover_parity.arms._arm import Arm, ArmSetup

PLAN = {"clients": {"ask_ash": {"provider": "ash", "slot": "ask"}, "feed_ash": {"provider": "ash", "slot": "feed"}}}
CLIENTS = """
async def ask_ash(): ...
async def feed_ash():
    yield {}
"""
APP = """
import asyncio, contextvars
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
import clients

NAME = contextvars.ContextVar("name", default="nobody")
KEPT = []


async def act(request):
{body}


app = Starlette(routes=[Route("/act", act)])
"""
PLAINLY = "    await clients.ask_ash()\n    return JSONResponse({})\n"


@pytest.fixture
def seen(tmp_path):
    def drive(body, script=Script()):  # noqa: B008 - a script cannot change
        (tmp_path / "clients.py").write_text(CLIENTS)
        (tmp_path / "app.py").write_text(APP.format(body=body))
        case = Case("one", Request("GET", "/act"), script, "answer")
        with Arm(ArmSpec(tmp_path, "app:app"), ArmSetup("calls", PLAN, [], b"k" * 32)) as arm:
            arm.wait_until_ready()
            arm.feed([json.dumps(case.to_json()).encode()])
            return json.loads(arm.reply("one").observation)

    return drive


def test_a_call_after_the_answer_says_so_and_one_before_says_nothing(seen):
    behind = seen("    return JSONResponse({}, background=BackgroundTask(clients.ask_ash))\n")
    assert [call.get("when") for call in behind["calls"]] == ["after the answer"]
    assert "when" not in seen(PLAINLY)["calls"][0]
    first = compare(seen(PLAINLY), behind).differences[0]
    assert str(first) == "calls[0].when: legacy (absent), registry 'after the answer'"


def test_attempts_have_the_moments_of_the_clock_at_which_they_were_made(seen):
    waits = seen("    await asyncio.sleep(7)\n" + PLAINLY + "\n")
    assert waits["moments"]["attempts"] == [7.0]
    twice = "    await clients.ask_ash()\n" + PLAINLY
    at_once = "    await asyncio.gather(clients.ask_ash(), clients.ask_ash())\n    return JSONResponse({})\n"
    slow = Script(rest=Step("slow", seconds=3))
    one, other = seen(twice, slow), seen(at_once, slow)
    assert (one["moments"]["attempts"], other["moments"]["attempts"]) == ([0.0, 3.0], [0.0, 0.0])
    assert str(compare(one, other).differences[0]) == "timeouts.moments[1]: legacy 3.0, registry 0.0"


def test_a_stream_that_is_gathered_first_comes_later_chunk_by_chunk(seen):
    given = "    return StreamingResponse(piece['id'] async for piece in clients.feed_ash())\n"
    gathered = (
        "    pieces = [piece['id'] async for piece in clients.feed_ash()]\n    return StreamingResponse(iter(pieces))\n"
    )
    slow = Script(rest=Step("slow", seconds=2))
    one, other = seen(given, slow), seen(gathered, slow)
    assert one["moments"]["chunks"] == [2000.0, 4000.0, 6000.0]
    assert str(compare(one, other).differences[0]) == "edges.moments[0]: legacy 2000.0, registry 6000.0"


def test_where_a_wait_was_real_there_are_no_moments_and_none_differ(seen):
    really = seen("    import subprocess, sys\n    subprocess.run([sys.executable, '-c', ''])\n" + PLAINLY)
    assert really["moments"] in (None, {"attempts": [0.0], "chunks": [0.0]})
    assert compare({**really, "moments": None}, seen(PLAINLY)) == Match()


def test_a_loop_of_ones_own_in_a_thread_is_another_loop(seen):
    elsewhere = "    await asyncio.to_thread(asyncio.run, clients.ask_ash())\n    return JSONResponse({})\n"
    assert [seen(body)["calls"][0]["on"] for body in (PLAINLY, elsewhere)] == ["event loop", "another event loop"]


@pytest.mark.parametrize(
    ("way", "name"),
    [
        ("asyncio.to_thread(NAME.get)", "ada"),
        ("asyncio.get_running_loop().run_in_executor(None, NAME.get)", "nobody"),
        ("asyncio.get_running_loop().run_in_executor(None, contextvars.copy_context().run, NAME.get)", "ada"),
    ],
)
def test_the_context_of_an_application_reaches_threads_as_it_does_in_production(seen, way, name):
    observed = seen(f"    NAME.set('ada')\n    return JSONResponse(await {way})\n")
    assert observed["answer"]["chunks"] == [json.dumps(name)]
