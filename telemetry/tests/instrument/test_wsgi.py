"""WSGI applications: called by hand, and Flask behind a real server."""

import threading
import wsgiref.simple_server
from wsgiref.util import FileWrapper

import flask
import httpx
import pytest

from cutover_registry import Attempt, Outcome
from cutover_telemetry import WsgiRouteMiddleware, instrument
from cutover_telemetry.instrument._open_route import joinable_route


@pytest.fixture
def telemetry(provider):
    instrumentation = instrument(tracer_provider=provider)
    yield instrumentation
    instrumentation.uninstrument()


@pytest.fixture
def attempt(telemetry):
    def attempt(outcome=None):
        assert joinable_route() is not None
        token = telemetry._hook.started(Attempt("near", "make_request", "f", "legacy", "chat", "m-1"))
        telemetry._hook.ended(token, outcome or Outcome())

    return attempt


def call(app, **environ):
    statuses = []
    answer = app({"REQUEST_METHOD": "POST", **environ}, lambda status, headers, *rest: statuses.append(status))
    return answer, statuses


def test_a_list_passes_as_it_is_and_ends_the_route(telemetry, attempt):
    body = [b"all of it"]

    def app(environ, start_response):
        attempt()
        start_response("200 OK", [])
        return body

    answer, _ = call(telemetry.wrap_wsgi(app))
    assert answer is body
    (route,) = telemetry.routes()
    assert (route.status_code, route.outcome, route.name) == (200, "ok", None)
    assert joinable_route() is None


def test_a_generator_runs_inside_the_route_to_its_end(telemetry, attempt):
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        attempt()
        yield b"b"

    answer, statuses = call(telemetry.wrap_wsgi(app))
    assert telemetry.routes() == ()
    assert (list(answer), statuses) == ([b"a", b"b"], ["200 OK"])
    (route,) = telemetry.routes()
    assert (len(route.attempts), route.disconnected) == (1, False)


def test_a_close_before_the_last_piece_is_a_client_that_left(telemetry, attempt):
    closed = []

    def app(environ, start_response):
        start_response("200 OK", [])
        attempt()
        try:
            yield b"a"
            yield b"b"
        finally:
            closed.append(True)

    answer, _ = call(telemetry.wrap_wsgi(app))
    assert next(answer) == b"a"
    answer.close()
    (route,) = telemetry.routes()
    assert (route.disconnected, closed) == (True, [True])


@pytest.mark.parametrize("late", [False, True])
def test_what_the_application_raises_comes_through_and_is_the_routes_error(late, telemetry, attempt):
    def failing(environ, start_response):
        attempt()
        raise ZeroDivisionError

    def failing_late(environ, start_response):
        yield b"a"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(call(telemetry.wrap_wsgi(failing_late if late else failing))[0])
    (route,) = telemetry.routes()
    assert route.error_type == "ZeroDivisionError"
    assert joinable_route() is None


def test_a_file_that_the_server_sends_by_itself_passes_as_it_is(telemetry, attempt, tmp_path):
    (tmp_path / "file").write_bytes(b"bytes")
    with (tmp_path / "file").open("rb") as file:
        wrapped = FileWrapper(file)

        def app(environ, start_response):
            attempt()
            return wrapped

        answer, _ = call(telemetry.wrap_wsgi(app), **{"wsgi.file_wrapper": FileWrapper})
    assert answer is wrapped
    assert len(telemetry.routes()) == 1


def test_a_status_that_is_none_is_the_servers_to_refuse(telemetry, attempt):
    def app(environ, start_response):
        attempt()
        start_response("fine", [])
        return []

    _, statuses = call(telemetry.wrap_wsgi(app))
    assert statuses == ["fine"]
    assert [route.status_code for route in telemetry.routes()] == [None]


def test_once_inactive_everything_passes_untouched(telemetry):
    def app(environ, start_response):
        return iter([joinable_route()])

    wrapped = telemetry.wrap_wsgi(app)
    telemetry.uninstrument()
    assert list(call(wrapped)[0]) == [None]


def test_flask_is_given_the_middleware_in_place_and_names_its_routes(provider, gateway, eventually):
    app = flask.Flask("shop")

    @app.post("/chat/<who>")
    def chat(who):
        return gateway.call("alpha", "m-1")

    @app.get("/fails")
    def fails():
        flask.abort(503)

    telemetry = instrument(app, tracer_provider=provider)
    assert telemetry.app is app
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, app, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        assert httpx.post(f"{base}/chat/me").text == "alpha:m-1"
        assert httpx.get(f"{base}/fails").status_code == 503
        assert httpx.get(f"{base}/nowhere").status_code == 404
        eventually(lambda: len(telemetry.routes()) == 2)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        telemetry.uninstrument()
    assert [(route.name, route.status_code, route.outcome) for route in telemetry.routes()] == [
        ("POST /chat/<who>", 200, "ok"),
        ("GET /fails", 503, "error"),
    ]


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *args):
        pass


def test_a_function_of_an_environ_is_wrapped_as_wsgi(provider):
    def app(environ, start_response):
        return []

    telemetry = instrument(app, tracer_provider=provider)
    telemetry.uninstrument()
    assert isinstance(telemetry.app, WsgiRouteMiddleware)
