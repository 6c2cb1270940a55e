"""RouteKeyMiddleware under both kinds of server: the route is there while the application runs, and never after."""

import asyncio
import inspect
import io
import re
import threading
import urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import FileWrapper

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_registry import InvalidRouteKey, RouteKeyMiddleware
from cutover_registry._route import ROUTE


def present():
    route = ROUTE.get()
    return None if route is None else (route.key, route.tenant)


def scope(path="/", query="", headers=(), **more):
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": "http", "path": path, "query_string": query.encode(), "headers": pairs, **more}


def environ(path="/", query="", headers=(), **more):
    made = {"PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": query, "SCRIPT_NAME": "", **more}
    for name, value in headers:
        variable = f"HTTP_{name.upper().replace('-', '_')}"
        joint = "; " if name.lower() == "cookie" else ","
        made[variable] = f"{made[variable]}{joint}{value}" if variable in made else value
    return made


async def asgi_finds(request, **options):
    found = []

    async def app(scope, receive, send):
        found.append(present())

    await RouteKeyMiddleware(app, **options)(request, None, None)
    assert ROUTE.get() is None
    return found[0]


def wsgi_finds(request, **options):
    def app(environ, start_response):
        return [present()]

    (found,) = RouteKeyMiddleware(app, **options)(request, None)
    assert ROUTE.get() is None
    return found


PLACES = [
    ("header:X-User-Id", {"headers": [("x-user-id", "u-1")]}, "u-1"),
    ("header:X-User-Id", {"headers": [("X-USER-ID", " u-1 ")]}, "u-1"),
    ("header:x-user-id", {"headers": [("x-user-id", "u-1"), ("x-user-id", "u-2")]}, "u-1,u-2"),
    ("header:x-user-id", {"headers": [("x-other", "u-1")]}, None),
    ("header:x-user-id", {"headers": [("x-user-id", "")]}, None),
    ("header:x-user-id", {}, None),
    ("header:x-user-id", {"headers": [("x-user-id", "J\xf6rg")]}, "J\xf6rg"),
    ("query:user", {"query": "a=1&user=u%201&user=u2"}, "u 1"),
    ("query:user", {"query": "users=1"}, None),
    ("query:user", {"query": "user="}, None),
    ("query:user", {}, None),
    ("cookie:sid", {"headers": [("cookie", 'a=1; sid="s=1"; b=2')]}, "s=1"),
    ("cookie:sid", {"headers": [("cookie", "xsid=1"), ("cookie", "sid=2")]}, "2"),
    ("cookie:sid", {"headers": [("cookie", "sid")]}, None),
    ("path:/users/{}", {"path": "/users/u-1/chat"}, "u-1"),
    ("path:/*/users/{}/chat", {"path": "/v1/users/J\xf6rg/chat"}, "J\xf6rg"),
    ("path:/users/{}", {"path": "/users/"}, None),
    ("path:/users/{}", {"path": "/users"}, None),
    ("path:/users/{}", {"path": "/people/u-1"}, None),
    ("path:/users/{}/chat", {"path": "/users/u-1/images"}, None),
]


@pytest.mark.parametrize(("key", "request_", "expected"), PLACES, ids=repr)
async def test_the_same_request_has_the_same_key_under_both_kinds_of_server(key, request_, expected):
    assert await asgi_finds(scope(**request_), key=key) == (expected, None)
    assert wsgi_finds(environ(**request_), key=key) == (expected, None)


async def test_a_mounted_application_sees_the_whole_path():
    for path in ("/v1/users/u-1", "/users/u-1"):
        found = await asgi_finds(scope(path, root_path="/v1"), key="path:/v1/users/{}")
        assert found == ("u-1", None)
    assert wsgi_finds(environ("/users/u-1", SCRIPT_NAME="/v1"), key="path:/v1/users/{}") == ("u-1", None)


async def test_a_callable_takes_the_scope_or_the_environ_and_tenants_are_read_alike():
    request = scope(headers=[("x-tenant", "acme")], user="u-1")
    assert await asgi_finds(request, key=lambda scope: scope["user"], tenant="header:x-tenant") == ("u-1", "acme")
    request = environ(headers=[("x-tenant", "acme")], user="u-1")
    assert wsgi_finds(request, key=lambda environ: environ["user"], tenant="header:x-tenant") == ("u-1", "acme")


async def test_a_callable_sees_what_inner_middleware_added_before_the_first_attempt():
    found = []

    async def app(scope, receive, send):
        scope["user"] = "u-1"
        found.append(present())

    await RouteKeyMiddleware(app, key=lambda scope: scope.get("user"))(scope(), None, None)
    assert found == [("u-1", None)]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("x-user-id", "write one of header:…, query:…, cookie:…, path:…, or give a callable"),
        ("header:", "write one of header:…, query:…, cookie:…, path:…, or give a callable"),
        ("body:user", "write one of header:…, query:…, cookie:…, path:…, or give a callable"),
        ("header:x user", "is no name of a header"),
        ("path:users/{}", "write a path from its first slash on, with {} for the segment that is the key"),
        ("path:/users", "write a path from its first slash on, with {} for the segment that is the key"),
        ("path:/{}/{}", "write a path from its first slash on, with {} for the segment that is the key"),
        (None, "is neither text nor callable"),
        (7, "is neither text nor callable"),
    ],
)
def test_a_place_that_is_none_is_refused_when_the_application_is_built(key, problem):
    with pytest.raises(InvalidRouteKey) as caught:
        RouteKeyMiddleware(lambda scope, receive, send: None, key=key)
    assert str(caught.value) == f"route key {key!r}: {problem}"
    assert (caught.value.asked, caught.value.problem) == (key, problem)


@pytest.mark.parametrize("kind", ["lifespan", "something new"])
async def test_what_is_no_request_passes_untouched(kind):
    assert await asgi_finds({"type": kind}, key="header:x") is None


async def test_a_websocket_has_a_route_too():
    assert await asgi_finds({**scope(query="user=u-1"), "type": "websocket"}, key="query:user") == ("u-1", None)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, asyncio.CancelledError])
async def test_the_route_is_taken_away_after_an_error(error):
    async def app(scope, receive, send):
        assert present() == ("u-1", None)
        raise error

    with pytest.raises(error):
        await RouteKeyMiddleware(app, key="query:user")(scope(query="user=u-1"), None, None)
    assert ROUTE.get() is None


def test_the_route_is_taken_away_after_an_error_under_wsgi():
    def app(environ, start_response):
        assert present() == ("u-1", None)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        RouteKeyMiddleware(app, key="query:user")(environ(query="user=u-1"), None)
    assert ROUTE.get() is None


async def test_the_route_is_taken_away_from_a_cancelled_task_that_serves_again():
    entered = asyncio.Event()

    async def app(scope, receive, send):
        entered.set()
        await asyncio.Event().wait()

    after = []

    async def connection():
        try:
            await RouteKeyMiddleware(app, key="query:user")(scope(query="user=u-1"), None, None)
        except asyncio.CancelledError:
            after.append(ROUTE.get())
            raise

    task = asyncio.create_task(connection())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert after == [None]


async def test_many_requests_at_once_keep_their_keys_apart():
    async def app(scope, receive, send):
        before = present()
        await asyncio.sleep(0)
        assert present() == before
        await send(await asyncio.to_thread(present))

    served = RouteKeyMiddleware(app, key="query:user")
    found = []

    async def keep(message):
        found.append(message)

    await asyncio.gather(*(served(scope(query=f"user={number}"), None, keep) for number in range(50)))
    assert sorted(found) == sorted((str(number), None) for number in range(50))
    assert ROUTE.get() is None


async def test_an_inner_middleware_goes_before_and_gives_back():
    found = []

    async def app(scope, receive, send):
        found.append(present())

    async def between(scope, receive, send):
        await inner(scope, receive, send)
        found.append(present())

    inner = RouteKeyMiddleware(app, key="query:inner")
    await RouteKeyMiddleware(between, key="query:outer")(scope(query="inner=i&outer=o"), None, None)
    assert found == [("i", None), ("o", None)]


def test_pieces_that_are_made_while_they_are_sent_are_made_in_the_route():
    def app(environ, start_response):
        try:
            for _ in range(2):
                yield present()
        finally:
            closed.append(present())

    closed = []
    answer = RouteKeyMiddleware(app, key="query:user")(environ(query="user=u-1"), None)
    for _ in range(2):
        assert next(answer) == ("u-1", None)
        assert ROUTE.get() is None
    answer.close()
    assert closed == [("u-1", None)]
    assert ROUTE.get() is None


def test_two_streams_in_turn_on_one_thread_keep_their_keys_apart():
    def app(environ, start_response):
        while True:
            yield present()

    served = RouteKeyMiddleware(app, key="query:user")
    one, other = (served(environ(query=f"user={user}"), None) for user in ("one", "other"))
    assert [next(stream)[0] for stream in (one, other, one, other)] == ["one", "other", "one", "other"]


def test_an_error_in_a_piece_takes_the_route_away_and_an_answer_without_close_is_left_alone():
    class Pieces:
        def __iter__(self):
            return self

        def __next__(self):
            raise ZeroDivisionError

    answer = RouteKeyMiddleware(lambda environ, start_response: Pieces(), key="query:user")(environ(), None)
    with pytest.raises(ZeroDivisionError):
        next(answer)
    assert ROUTE.get() is None
    answer.close()


@pytest.mark.parametrize("pieces", [[b"1"], (b"1", b"2"), FileWrapper(io.BytesIO(b"1"))], ids=["list", "tuple", "file"])
def test_an_answer_that_is_made_already_passes_as_it_is(pieces):
    request = environ(**{"wsgi.file_wrapper": FileWrapper})
    assert RouteKeyMiddleware(lambda environ, start_response: pieces, key="query:user")(request, None) is pieces


def test_servers_see_what_kind_of_application_it_is():
    async def asgi(scope, receive, send): ...

    def wsgi(environ, start_response): ...

    class Framework:
        async def __call__(self, scope, receive, send): ...

    class Old:
        def __call__(self, environ, start_response): ...

    for app in (asgi, Framework()):
        assert inspect.iscoroutinefunction(RouteKeyMiddleware(app, key="query:user").__call__)
    for app in (wsgi, Old()):
        assert not inspect.iscoroutinefunction(RouteKeyMiddleware(app, key="query:user").__call__)
    for app in (asgi, wsgi):
        made = RouteKeyMiddleware(app, key="query:user")
        assert isinstance(made, RouteKeyMiddleware)
        assert made.app is app


async def test_the_interface_can_be_named_where_a_signature_does_not_tell():
    def opaque(*arguments):
        found.append(present())
        return []

    found = []
    RouteKeyMiddleware(opaque, key="query:user", interface="wsgi")(environ(query="user=u-1"), None)
    assert found == [("u-1", None)]
    with pytest.raises(InvalidRouteKey, match=re.escape("route key 'cgi': is no interface; write 'asgi' or 'wsgi'")):
        RouteKeyMiddleware(opaque, key="query:user", interface="cgi")


def test_a_real_server_serves_through_it():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (piece.encode() for piece in present() if piece)

    class Quiet(WSGIRequestHandler):
        def log_message(self, *arguments):
            pass

    served = RouteKeyMiddleware(app, key="header:x-user", tenant="cookie:tenant")
    with make_server("127.0.0.1", 0, served, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        asked = urllib.request.Request(f"http://127.0.0.1:{server.server_port}/")
        asked.add_header("X-User", "u-1")
        asked.add_header("Cookie", "tenant=acme")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked) as answer:
            assert answer.read() == b"u-1acme"
        thread.join()


@given(st.text(), st.lists(st.tuples(st.binary(), st.binary())), st.binary())
def test_no_request_makes_reading_fail_in_a_way_that_is_not_answered_with_legacy(path, headers, query):
    from cutover_registry._route import Route
    from cutover_registry._route_key import ASGI, Attributes

    request = {"type": "http", "path": path, "query_string": query, "headers": headers}
    for key in ("header:x", "query:x", "cookie:x", "path:/{}"):
        found = Route(Attributes(key, None, parts=ASGI), request).key
        assert found is None or isinstance(found, str)
