import json
import os
import py_compile
import sys

import pytest

from cutover_parity import AppNotLoaded, ArmSpec, Case, Request, Script, UnknownArm, WorkerDied, replay, report_text
from cutover_parity.arms._arm import Arm, ArmSetup
from cutover_parity.arms._plan import ReplayPlan, SitePlan

PLAN = ReplayPlan((SitePlan("s", ("a",)),), {})
SETUP = ArmSetup("calls", {}, [], b"k" * 32, limit=5.0)


@pytest.fixture
def tree(tmp_path):
    def make(source, file="app.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(source)
        return tmp_path

    return make


@pytest.fixture
def observed():
    def run(root, *urls, app="app:app", depth="calls", **options):
        cases = [case(url) for url in urls]
        setup = ArmSetup(depth, {}, [], b"k" * 32, limit=5.0)
        with Arm(ArmSpec(root, app, **options), setup) as arm:
            arm.wait_until_ready()
            arm.feed([json.dumps(item.to_json()).encode() for item in cases])
            return [json.loads(arm.reply(item.id).observation) for item in cases]

    return run


def case(url):
    return Case(url, Request("GET", url), Script(), "answer")


PLAIN = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError("no lifespan here")
    {body}
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": str(said).encode()}})
"""


def plain(body):
    return PLAIN.format(body=body)


def test_an_arm_that_is_neither_is_refused(tmp_path):
    with pytest.raises(UnknownArm) as refused:
        ArmSpec(tmp_path, "app:app", "registrar")
    assert str(refused.value) == (
        "unknown arm 'registrar': an arm is held to 'legacy' or 'registry', or left alone with None"
    )


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(AppNotLoaded, match="there is no such folder"):
        ArmSpec(tmp_path / "gone", "app:app")


@pytest.mark.parametrize(
    ("source", "app", "says"),
    [
        ("import nothing_of_that_name\n", "app:app", "No module named 'nothing_of_that_name'"),
        ("app = 7\n", "app:app", "app:app is a int, not an ASGI or WSGI application"),
        ("def app(:\n", "app:app", "SyntaxError"),
        ("", "app:missing", "has no attribute 'missing'"),
        ("import os\nos._exit(7)\n", "app:app", ""),
        ("raise SystemExit('no configuration')\n", "app:app", "no configuration"),
    ],
)
def test_an_application_that_cannot_be_imported_shows_the_end_of_its_traceback(tree, source, app, says):
    with Arm(ArmSpec(tree(source), app), SETUP) as arm, pytest.raises(AppNotLoaded) as refused:
        arm.wait_until_ready()
    assert f"the application {app!r} cannot be loaded from" in str(refused.value)
    assert says in str(refused.value)


def test_an_application_that_never_finishes_its_import_is_given_up_with_the_line_where_it_hangs(tree):
    root = tree("import select\n\nselect.select([], [], [])\n")
    with (
        Arm(ArmSpec(root, "app:app"), ArmSetup("calls", {}, [], b"k" * 32, patience=1.0)) as arm,
        pytest.raises(AppNotLoaded, match=r"(?s)Timeout.*app.py., line 3"),
    ):
        arm.wait_until_ready()


def test_a_start_up_that_fails_shows_why(tree):
    source = """
async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
"""
    with Arm(ArmSpec(tree(source), "app:app"), SETUP) as arm, pytest.raises(AppNotLoaded, match="no database"):
        arm.wait_until_ready()


def test_a_worker_that_dies_is_named_with_its_case_and_stderr(tree):
    root = tree(plain("import os, sys; print('last words', file=sys.stderr, flush=True); os._exit(9); said = 0"))
    with Arm(ArmSpec(root, "app:app", "legacy"), SETUP) as arm:
        arm.wait_until_ready()
        arm.send(case("/x"))
        with pytest.raises(WorkerDied) as died:
            arm.reply("/x")
    assert died.value.code == 9
    assert "held to legacy arm ended (exit code 9) before it answered case /x" in str(died.value)
    assert "last words" in str(died.value)


ENDS = """
import ctypes, faulthandler, os
faulthandler.disable()
ENDS = {
    "/exits": lambda: os._exit(3),
    "/segfaults": lambda: ctypes.string_at(0),
    "/blocks": lambda: list(iter(int, 1)),
}
"""


def test_a_case_that_ends_its_worker_in_whatever_way_is_an_error_of_that_case_alone(tree):
    root = tree(ENDS + plain("ENDS.get(scope['path'], int)(); said = scope['path']"))
    urls = ["/1", "/exits", "/2", "/segfaults", "/3", "/blocks", "/4"]
    spec = ArmSpec(root, "app:app")
    report = replay(spec, spec, [case(url) for url in urls], plan=PLAN, limit=0.2)
    assert report.counts == {"match": 4, "mismatch": 0, "ignored": 0, "died": 3}
    dead = {error.case_id for error in report.errors}
    assert dead == {"/exits", "/segfaults", "/blocks"}
    assert len(report.errors) == 6


def test_worker_threads_are_as_many_as_the_production_server_would_have(tree, observed):
    body = """
    await asyncio.to_thread(int)
    said = asyncio.get_running_loop()._default_executor._max_workers, anyio.to_thread.current_default_thread_limiter()
    said = said[0], said[1].total_tokens
"""
    (seen,) = observed(tree("import anyio, asyncio\n" + plain(body.strip())), "/")
    assert seen["answer"]["chunks"] == [f"({min(32, (os.cpu_count() or 1) + 4)}, 40)"]


def test_two_salts_give_other_numbers_and_the_same_one_the_same(tree):
    root = tree("import random, uuid\n" + plain("said = [str(uuid.uuid4()), random.random()]"))

    def drawn(salt):
        with Arm(ArmSpec(root, "app:app"), SETUP, salt=salt) as arm:
            arm.wait_until_ready()
            arm.send(case("/"))
            return json.loads(arm.reply("/").observation)["answer"]["chunks"]

    assert drawn("one") == drawn("one") != drawn("other")


def test_the_side_is_held_by_the_environment(tree, observed, monkeypatch):
    monkeypatch.setenv("CUTOVER_ARM", "elsewhere")
    root = tree(plain("import os; said = os.environ.get('CUTOVER_ARM'), os.environ.get('MORE')"))
    sides = [observed(root, "/", side=side, env={"MORE": "1"})[0] for side in ("legacy", "registry", None)]
    assert [seen["answer"]["chunks"] for seen in sides] == [
        ["('legacy', '1')"],
        ["('registry', '1')"],
        ["(None, '1')"],
    ]


def test_a_kill_file_in_the_tree_does_not_reach_an_arm_that_is_held(tree, observed):
    bound = (
        "from cutover_registry import ProviderRegistry, use_registry\n"
        "tables = {'SITES': {'chat': {'slots': []}}, 'PROVIDER_CONFIGS': {'near': {'sites': '*'}}}\n"
        "(CHAT,) = ProviderRegistry.from_mapping(tables).bind(globals(), 'chat')\n"
    )
    root = tree(bound + plain("said = use_registry(CHAT, 'near')"))
    (root / ".cutover").mkdir()
    (root / ".cutover" / "kill").touch()
    assert observed(root, "/", side="registry")[0]["answer"]["chunks"] == ["True"]
    assert observed(root, "/", side="legacy")[0]["answer"]["chunks"] == ["False"]


@pytest.mark.parametrize("app", ["pkg.mod:build()", "pkg.mod:holder.app"])
def test_factories_and_dotted_attributes_are_applications_too(tree, observed, app):
    source = plain("said = 'here'") + "\ndef build():\n    return app\n\nclass holder:\n    app = staticmethod(app)\n"
    assert observed(tree(source, "pkg/mod.py"), "/", app=app)[0]["answer"]["chunks"] == ["here"]


def test_another_folder_of_the_tree_can_lead_the_search_path(tree, observed):
    assert observed(tree(plain("said = 'inside'"), "src/app.py"), "/", paths=("src",))[0]["answer"]["status"] == 200


def test_two_arms_see_the_same_time_random_numbers_and_ids(tree):
    source = "import datetime, os, random, secrets, time, uuid\nfrom datetime import date, datetime as dt\n" + plain(
        "said = [time.time(), time.time_ns(), time.monotonic(), time.perf_counter(), uuid.uuid4(), uuid.uuid1(), "
        "secrets.token_hex(), random.random(), os.urandom(40), datetime.datetime.now(), dt.utcnow(), date.today(), "
        "dt.today(), isinstance(dt(2020, 1, 1), dt), issubclass(datetime.datetime, dt), date(2020, 2, 2), hash('x')]"
    )
    root = tree(source)
    cases = [case(f"/{number}") for number in range(3)]
    report = replay(ArmSpec(root, "app:app"), ArmSpec(root, "app:app"), cases, plan=PLAN)
    assert not report.mismatches, report_text(report)


def test_each_case_has_its_own_hour_and_its_own_numbers(tree, observed):
    first, second = observed(tree("import time, uuid\n" + plain("said = [time.time(), str(uuid.uuid4())]")), "/1", "/2")
    (now, number), (later, other) = (
        json.loads(seen["answer"]["chunks"][0].replace("'", '"')) for seen in (first, second)
    )
    assert later - now == 3600
    assert number != other


def test_a_route_that_waits_for_the_clock_does_not_hang(tree, observed):
    source = "import time\n" + plain("until = time.time() + 2\n    while time.time() < until: pass\n    said = 'ready'")
    assert observed(tree(source), "/")[0]["answer"]["chunks"] == ["ready"]


def test_sleeps_are_noted_and_take_no_time_but_move_the_clock(tree, observed):
    waits = "await asyncio.sleep(500); await asyncio.to_thread(time.sleep, 400)"
    body = f"began = time.time(); {waits}; said = time.time() - began"
    (seen,) = observed(tree("import asyncio, time\n" + plain(body)), "/")
    assert seen["answer"]["chunks"] == ["900.0"]
    assert [(item["kind"], item["seconds"]) for item in seen["timeouts"]] == [
        ("asyncio.sleep", 500.0),
        ("time.sleep", 400.0),
    ]


def test_a_loop_of_its_own_in_a_thread_still_has_timers(tree, observed):
    body = "said = await asyncio.to_thread(asyncio.run, asyncio.wait_for(asyncio.sleep(0.001, 'woke'), 1))"
    assert observed(tree("import asyncio\n" + plain(body)), "/")[0]["answer"]["chunks"] == ["woke"]


def test_byte_code_left_beside_an_edited_file_is_not_believed(tree, observed):
    root = tree(plain("said = 'older'"))
    py_compile.compile(str(root / "app.py"))
    before = (root / "app.py").stat()
    tree(plain("said = 'newer'"))
    os.utime(root / "app.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert observed(root, "/")[0]["answer"]["chunks"] == ["newer"]


def test_no_byte_code_is_left_in_the_tree(tree, observed):
    root = tree(plain("said = 0"))
    observed(root, "/")
    assert not list(root.rglob("__pycache__"))


def test_what_the_application_prints_does_not_disturb_the_replies(tree, observed):
    source = "print('{\"ready\": false}')\n" + plain("print('noise'); said = 'kept'")
    assert observed(tree(source), "/")[0]["answer"]["chunks"] == ["kept"]


@pytest.mark.parametrize("depth", ["calls", "http"])
def test_a_connection_by_any_other_library_is_refused_and_reported(tree, observed, depth):
    connecting = "socket.create_connection(('127.0.0.1', 9), 1); said = 'through'"
    body = f"import socket\n    try: {connecting}\n    except OSError as e: said = e"
    (seen,) = observed(tree(plain(body)), "/", depth=depth)
    assert "refused: nothing leaves during a replay" in seen["answer"]["chunks"][0]
    assert "a connection to 127.0.0.1 by app was about to be made; nothing leaves" in seen["escapes"][0]


def test_a_request_outside_any_route_does_not_leave_either(tree):
    source = "import httpx\nhttpx.get('http://prices.invalid/list')\n"
    with (
        Arm(ArmSpec(tree(source), "app:app"), SETUP) as arm,
        pytest.raises(AppNotLoaded, match=r"GET http://prices.invalid/list outside a route: nothing leaves"),
    ):
        arm.wait_until_ready()


def test_a_route_that_never_answers_is_given_up(tree):
    root = tree(plain("import asyncio; await asyncio.Event().wait(); said = 0"))
    with Arm(ArmSpec(root, "app:app"), ArmSetup("calls", {}, [], b"k" * 32, limit=0.2)) as arm:
        arm.wait_until_ready()
        arm.feed([json.dumps(case("/").to_json()).encode()])
        seen = json.loads(arm.reply("/").observation)
    assert seen["error"]["message"] == "the application gave no answer within 0.2 s"


def test_tasks_that_a_route_leaves_behind_are_awaited_a_little(tree, observed):
    source = "import asyncio\nseen = []\nasync def later(): seen.append(1)\n" + plain(
        "said = len(seen); asyncio.ensure_future(later())"
    )
    first, second = observed(tree(source), "/1", "/2")
    assert (first["answer"]["chunks"], second["answer"]["chunks"]) == (["0"], ["1"])


def test_timeouts_that_are_asked_for_are_noted_whoever_offers_them(tree, observed):
    body = """
    import anyio, concurrent.futures
    async with asyncio.timeout(1): pass
    await asyncio.wait_for(asyncio.sleep(0), timeout=2)
    await asyncio.wait([asyncio.ensure_future(asyncio.sleep(0))], timeout=3)
    with anyio.fail_after(4): pass
    with anyio.move_on_after(delay=5): pass
    with concurrent.futures.ThreadPoolExecutor() as pool: pool.submit(int).result(6)
    await asyncio.wait_for(asyncio.sleep(0), None)
    said = 'done'
"""
    (seen,) = observed(tree("import asyncio\n" + plain(body.strip())), "/")
    assert [(item["kind"], item["seconds"]) for item in seen["timeouts"]] == [
        ("timeout", 1.0),
        ("wait_for", 2.0),
        ("wait", 3.0),
        ("fail_after", 4.0),
        ("move_on_after", 5.0),
        ("Future.result", 6.0),
    ]


def test_the_exception_tree_holds_causes_contexts_and_groups(tree, observed):
    source = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    try:
        raise KeyError("inner")
    except KeyError as error:
        raise ExceptionGroup("both", [ValueError("left"), TypeError(f"at {object()}")]) from error
"""
    (seen,) = observed(tree(source), "/")
    error = seen["error"]
    assert (error["type"], error["cause"]["type"], error["context"]) == ("ExceptionGroup", "KeyError", None)
    assert [part["message"] for part in error["parts"]] == ["left", "at <object>"]


def test_an_arm_runs_the_interpreter_that_it_is_given(tree, observed):
    root = tree("import sys\n" + plain("said = sys.executable"))
    assert observed(root, "/", python=sys.executable)[0]["answer"]["chunks"] == [sys.executable]
