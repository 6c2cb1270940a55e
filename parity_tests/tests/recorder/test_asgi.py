"""The ASGI recorder where it gets difficult: callers who hang up, work that goes on, bodies without end."""

import asyncio
import contextvars
import socket
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager

import httpx
import pytest
import respx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from uvicorn import Config, Server

from cutover_parity import Recorder, RecordingWriter, read_recording

UP = "https://upstream.invalid/v1"
STREAMING = """
    import asyncio, httpx, os
    from starlette.applications import Starlette
    from starlette.responses import StreamingResponse
    from starlette.routing import Route
    from cutover_parity import Recorder

    async def endless(request):
        async def pieces():
            async with httpx.AsyncClient() as client, client.stream("POST", os.environ["UP"] + "/endless") as answer:
                async for piece in answer.aiter_raw():
                    yield piece
        return StreamingResponse(pieces())

    app = Starlette(routes=[Route("/", endless)])
    app.add_middleware(Recorder.to, path="r.jsonl", content=["*"])
"""
ENDLESS = """
    import asyncio

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"again ", "more_body": True})
            await asyncio.sleep(0.01)
"""


def routed(**ends):
    return Starlette(routes=[Route(f"/{name}", end, methods=["POST"]) for name, end in ends.items()])


def test_a_caller_who_hangs_up_in_the_middle_of_a_stream_cancels_both_sides(
    module, uvicorn, tmp_path, eventually, recording_server_of
):
    with recording_server_of(ENDLESS) as up, uvicorn(f"{module('streaming', STREAMING)}:app", UP=up) as (base, _):
        with socket.create_connection(("127.0.0.1", int(base.rpartition(":")[2]))) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            while b"again" not in caller.recv(4096):
                pass
        path = tmp_path / "r.jsonl"
        eventually(lambda: path.exists() and path.read_bytes().count(b"\n") == 2)
    (route,) = read_recording(path).routes
    assert route.answer.cancelled
    assert route.answer.cut is None
    assert route.answer.chunks
    assert set(route.answer.body.split()) == {b"again"}
    assert route.exchanges[0].answer.cancelled


@respx.mock
async def test_a_caller_who_hangs_up_before_the_answer_leaves_a_route_without_one(tmp_path):
    async def waiting(scope, receive, send):
        await receive()
        assert (await receive())["type"] == "http.disconnect"

    with RecordingWriter(tmp_path / "r.jsonl") as writer:
        recorder = Recorder(waiting, writer)
        messages = iter([{"type": "http.request", "body": b"{}"}, {"type": "http.disconnect"}])

        async def receive():
            return next(messages)

        with recorder.capturing():
            await recorder({"type": "http", "method": "POST", "path": "/", "headers": []}, receive, None)
    (route,) = read_recording(tmp_path / "r.jsonl").routes
    assert (route.answer, route.error.type) == (None, "cancelled")


@pytest.mark.parametrize("kind", ["oserror", "cancelled"])
async def test_a_send_that_fails_and_a_cancelled_task_count_as_hung_up(tmp_path, kind):
    async def streaming(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"piece", "more_body": True})

    sent = []

    async def send(message):
        sent.append(message)
        if len(sent) == 3:
            raise OSError("gone") if kind == "oserror" else asyncio.CancelledError

    with RecordingWriter(tmp_path / "r.jsonl", content=["*"]) as writer:
        recorder = Recorder(streaming, writer)
        with recorder.capturing(), pytest.raises((OSError, asyncio.CancelledError)):
            await recorder({"type": "http", "method": "GET", "path": "/", "headers": []}, None, send)
    (route,) = read_recording(tmp_path / "r.jsonl").routes
    assert route.answer.cancelled
    assert route.error is None


@respx.mock
async def test_what_a_route_leaves_running_still_belongs_to_it(recorded):
    respx.post(UP).mock(return_value=httpx.Response(200, json={}))
    left = set()

    async def asking(way):
        async with httpx.AsyncClient() as client:
            await client.post(UP, content=way)

    async def leaving(_):
        task = asyncio.create_task(asking(b"task"))
        left.add(task)
        return JSONResponse({}, background=BackgroundTask(asking, b"background"))

    (route,), recorder = await recorded(routed(leaving=leaving), "/leaving", left=left)
    assert sorted(exchange.request.body for exchange in route.exchanges) == [b"background", b"task"]
    assert recorder.drops == {}


async def test_bodies_are_kept_up_to_the_limit_and_the_rest_is_counted(recorded):
    async def echoing(request):
        body = await request.body()

        async def pieces():
            for start in range(0, len(body), 30):
                yield body[start : start + 30]

        return StreamingResponse(pieces())

    (route,), _ = await recorded(routed(echo=echoing), "/echo", max_body=64, content=("*",))
    assert (len(route.request.body), route.request.lost) == (64, 36)
    assert ([len(chunk) for chunk in route.answer.chunks], route.answer.lost) == ([30, 30, 4], 36)
    assert len(route.answer.gaps) == 3


async def test_a_recorder_inside_a_recorder_records_nothing_twice(recorded, tmp_path):
    with RecordingWriter(tmp_path / "inner.jsonl") as writer:

        async def fine(_):
            return JSONResponse({})

        inner = Recorder(routed(fine=fine), writer)
        with inner.capturing():
            (route,), _ = await recorded(inner, "/fine")
    assert route.answer.status == 200
    assert read_recording(tmp_path / "inner.jsonl").routes == ()


def test_websockets_and_the_lifespan_pass_through_untouched(tmp_path):
    seen = []

    async def chat(socket):
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()

    @asynccontextmanager
    async def lifespan(app):
        seen.append("up")
        yield {"state": 1}
        seen.append("down")

    app = Starlette(routes=[WebSocketRoute("/chat", chat)], lifespan=lifespan)
    with RecordingWriter(tmp_path / "r.jsonl") as writer:
        recorder = Recorder(app, writer)
        with TestClient(recorder) as client, client.websocket_connect("/chat") as socket_:
            socket_.send_text("hello")
            assert socket_.receive_text() == "hello"
    assert seen == ["up", "down"]
    assert read_recording(tmp_path / "r.jsonl").routes == ()


async def test_messages_that_nobody_understands_break_nothing(recorded):
    async def odd(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": None})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await send({"type": "http.response.pathsend", "path": __file__})

    sent = []

    async def send(message):
        sent.append(message["type"])

    def served(app):
        async def bare(scope, receive, _):
            await app(scope, receive, send)

        return bare

    with pytest.raises(AssertionError):
        await recorded(lambda *args: Recorder(odd, _Nothing())(*args[:2], send), "/")
    assert len(sent) == 3


class _Nothing(RecordingWriter):
    def __init__(self):
        pass


async def test_an_application_finds_nothing_new_in_the_context_of_its_threads(recorded):
    mark = contextvars.ContextVar("mark", default="none")
    seen = []

    async def threads(_):
        mark.set("route")
        with ThreadPoolExecutor(1) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, lambda: seen.append(mark.get()))
        thread = threading.Thread(target=lambda: seen.append(mark.get()))
        thread.start()
        thread.join()
        assert "run" not in vars(thread)
        return JSONResponse({})

    await recorded(routed(threads=threads), "/threads")
    assert seen == ["none", "none"]


@respx.mock
async def test_a_pool_that_outlives_a_route_does_not_stay_its_own(recorded):
    respx.post(UP).mock(return_value=httpx.Response(200, json={}))
    with ThreadPoolExecutor(1) as pool:

        async def asking(request):
            url = f"{UP}?{request.url.query}"
            await asyncio.get_running_loop().run_in_executor(pool, httpx.post, UP)
            return JSONResponse({"url": url})

        routes, _ = await recorded(routed(ask=asking), "/ask", "/ask", "/ask")
        pool.submit(httpx.post, UP).result()
    assert [len(route.exchanges) for route in routes] == [1, 1, 1]


@pytest.fixture
def recording_server_of(tmp_path):
    """Serve an application's source in a thread; gives its base URL."""

    @contextmanager
    def serve(source):
        space = {}
        exec(textwrap.dedent(source), space)
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            server = Server(Config(space["app"], log_level="critical", timeout_graceful_shutdown=1))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
            thread.start()
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join()

    return serve
