"""The route reaches every kind of endpoint of real frameworks, on real servers, and no request sees another's."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import flask
import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Mount, Route
from werkzeug.serving import make_server

from cutover_registry import RouteKeyMiddleware, carried
from cutover_registry._route import ROUTE

POOL = ThreadPoolExecutor(2)
FINISHED: list[str | None] = []


def present() -> str | None:
    route = ROUTE.get()
    return None if route is None else route.key


async def plain(request):
    return JSONResponse(present())


def in_the_thread_pool(request):
    return JSONResponse(present())


async def streamed(request):
    async def pieces():
        for _ in range(3):
            await asyncio.sleep(0)
            yield f"{present()} "

    return StreamingResponse(pieces())


async def streamed_from_a_thread(request):
    return StreamingResponse(f"{present()} " for _ in range(3))


async def in_many_tasks(request):
    found = await asyncio.gather(*(asyncio.to_thread(present) for _ in range(5)))
    return JSONResponse(sorted(set(found)))


async def in_a_pool(request):
    loop = asyncio.get_running_loop()
    return JSONResponse([await loop.run_in_executor(POOL, each) for each in (present, carried(present))])


async def in_the_background(request):
    return JSONResponse(present(), background=BackgroundTask(lambda: FINISHED.append(present())))


async def failing(request):
    raise RuntimeError(present())


ENDPOINTS = (plain, in_the_thread_pool, streamed, streamed_from_a_thread, in_many_tasks, in_a_pool, in_the_background)


def starlette_app() -> Starlette:
    routes = [Route(f"/{each.__name__}", each) for each in (*ENDPOINTS, failing)]
    middleware = [Middleware(RouteKeyMiddleware, key="query:user")]
    return Starlette(routes=[*routes, Mount("/users/{user}", routes=routes)], middleware=middleware)


@contextmanager
def served_by_uvicorn(app: Any) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    started = threading.Event()
    startup = server.startup

    async def starting(*arguments: Any, **options: Any) -> None:
        await startup(*arguments, **options)
        started.set()

    server.startup = starting
    thread = threading.Thread(target=server.run)
    thread.start()
    assert started.wait(30)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def served_by_werkzeug(app: flask.Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def asgi() -> Iterator[str]:
    with served_by_uvicorn(starlette_app()) as url:
        yield url


@pytest.fixture
def ask() -> Iterator[Callable[..., httpx.Response]]:
    with httpx.Client(trust_env=False) as client:
        yield client.get


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("plain", '"u-1"'),
        ("in_the_thread_pool", '"u-1"'),
        ("streamed", "u-1 u-1 u-1 "),
        ("streamed_from_a_thread", "u-1 u-1 u-1 "),
        ("in_many_tasks", '["u-1"]'),
        ("in_a_pool", '[null,"u-1"]'),
    ],
)
def test_every_kind_of_endpoint_has_the_route(endpoint, expected, asgi, ask):
    assert ask(f"{asgi}/{endpoint}?user=u-1").text == expected


def test_a_background_task_has_the_route_of_its_request(asgi, ask, eventually):
    FINISHED.clear()
    ask(f"{asgi}/in_the_background?user=u-1")
    assert eventually(lambda: FINISHED == ["u-1"])


def test_a_request_without_a_key_after_one_with_a_key_on_the_same_connection_has_none(asgi, ask):
    assert ask(f"{asgi}/plain?user=u-1").text == '"u-1"'
    assert ask(f"{asgi}/plain").text == "null"
    # uvicorn hangs up after an error, so the client is to leave that connection too
    assert ask(f"{asgi}/failing?user=u-1", headers={"Connection": "close"}).status_code == 500
    assert ask(f"{asgi}/plain").text == "null"


def test_many_requests_at_once_keep_their_keys_apart(asgi, ask):
    def one(number: int) -> bool:
        name = ENDPOINTS[number % 4].__name__
        return f"u-{number}" in ask(f"{asgi}/{name}?user=u-{number}").text

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(80)))


async def test_a_client_that_goes_away_leaves_no_route_behind():
    async def endless(request):
        async def pieces():
            while True:
                yield f"{present()} "
                await asyncio.sleep(0)

        return StreamingResponse(pieces())

    inner = Starlette(routes=[Route("/", endless)])
    app = RouteKeyMiddleware(inner, key="query:user")
    sent: list[bytes] = []

    async def receive():
        return {"type": "http.disconnect"} if len(sent) > 3 else await asyncio.sleep(3600)

    async def send(message):
        sent.append(message.get("body", b""))
        if len(sent) > 3:
            raise OSError

    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"user=u-1", "headers": [],
        "asgi": {"version": "3.0", "spec_version": "2.4"},
    }  # fmt: skip
    with pytest.raises(ClientDisconnect):
        await app(scope, receive, send)
    assert b"u-1 " in sent
    assert ROUTE.get() is None


def test_flask_has_the_route_in_views_and_in_streams(ask):
    app = flask.Flask(__name__)

    @app.get("/plain")
    def view():
        return str(present())

    @app.get("/streamed")
    def stream():
        return flask.Response(f"{present()} " for _ in range(3))

    @app.get("/users/<user>/failing")
    def fail(user):
        raise RuntimeError(user)

    app.wsgi_app = RouteKeyMiddleware(app.wsgi_app, key="query:user")
    with served_by_werkzeug(app) as url:
        assert ask(f"{url}/plain?user=u-1").text == "u-1"
        assert ask(f"{url}/streamed?user=u-1").text == "u-1 u-1 u-1 "
        assert ask(f"{url}/users/u-1/failing?user=u-1").status_code == 500
        assert ask(f"{url}/plain").text == "None"
