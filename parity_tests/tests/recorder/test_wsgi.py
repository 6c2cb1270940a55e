"""The WSGI recorder around real applications in real servers."""

import io
import socket
import threading
from contextlib import suppress
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import flask
import httpx
import pytest

from cutover_parity import RecordingWriter, WsgiRecorder, read_recording


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path):
    """Serve an application, recorded, while this is open; gives a client, and afterwards the routes."""
    servers = []

    def serve(app):
        writer = RecordingWriter(tmp_path / "r.jsonl", content=["*"])
        recorder = WsgiRecorder(app, writer)
        server = make_server("127.0.0.1", 0, recorder, handler_class=Quiet)
        capturing = recorder.capturing()
        capturing.__enter__()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def routes():
            server.shutdown()
            thread.join()
            server.server_close()
            capturing.__exit__(None, None, None)
            writer.close()
            servers.remove(routes)
            return read_recording(tmp_path / "r.jsonl").routes

        servers.append(routes)
        return f"http://127.0.0.1:{server.server_port}", routes

    yield serve
    for end in servers:
        end()


@pytest.fixture
def gateway(upstream):
    """A Flask gateway: plain, streamed, failing, and one that works in a thread."""
    app = flask.Flask("desk")
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.post("/plain/<who>")
    def plain(who):
        answer = httpx.post(f"{upstream}/{who}", json={"model": "m", **flask.request.get_json()})
        return answer.json(), answer.status_code

    @app.post("/streamed")
    def streamed():
        def pieces():
            with httpx.stream("POST", f"{upstream}/ash", json={"model": "m", "stream": True}) as answer:
                yield from answer.iter_raw()

        return flask.Response(pieces(), content_type="text/event-stream")

    @app.post("/threaded")
    def threaded():
        found = []
        thread = threading.Thread(target=lambda: found.append(httpx.post(f"{upstream}/ash", json={"model": "m"})))
        thread.start()
        thread.join()
        return found[0].json()

    return app


def test_a_flask_gateway_is_recorded_with_what_it_asked_upstream(served, gateway, upstream):
    base, routes = served(gateway)
    httpx.post(f"{base}/plain/ash?deep=1", json={"user": "u"}, headers={"x-lane": "north"})
    httpx.post(f"{base}/plain/birch", json={})
    httpx.post(f"{base}/threaded", json={})
    fine, failing, threaded = routes()
    assert (fine.request.method, fine.request.url) == ("POST", "/plain/ash?deep=1")
    assert ("x-lane", "north") in fine.request.headers
    assert fine.request.body == b'{"user":"u"}'
    assert (fine.answer.status, failing.answer.status) == (200, 503)
    assert [route.exchanges[0].request.url for route in (fine, failing, threaded)] == [
        f"{upstream}/{who}" for who in ("ash", "birch", "ash")
    ]


def test_a_streamed_answer_keeps_its_chunks_and_the_attempt_that_was_made_while_it_was_sent(served, gateway):
    base, routes = served(gateway)
    httpx.post(f"{base}/streamed")
    (route,) = routes()
    assert route.answer.body == b'data: {"piece": 1}\n\ndata: {"piece": 2}\n\ndata: [DONE]\n\n'
    assert route.answer.body == route.exchanges[0].answer.body
    assert len(route.answer.chunks) == len(route.answer.gaps)
    assert not route.answer.cancelled


def test_a_caller_who_hangs_up_in_the_middle_of_a_stream_is_recorded_as_such(served):
    gone = threading.Event()

    def endless(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])

        def chunks():
            try:
                yield b"first"
                assert gone.wait(20)
                while True:
                    yield b"x" * 65536
            finally:
                ended.append(True)

        return chunks()

    ended = []
    base, routes = served(endless)
    with socket.create_connection(("127.0.0.1", int(base.rpartition(":")[2]))) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        while b"first" not in caller.recv(4096):
            pass
    gone.set()
    (route,) = routes()
    assert ended == [True]
    assert route.answer.cancelled
    assert route.answer.chunks[0] == b"first"
    assert route.answer.cut is None


def test_an_application_that_raises_in_the_middle_is_recorded_as_cut(served, capfd):
    def breaking(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one"
        raise RuntimeError("lost")

    base, routes = served(breaking)
    with suppress(httpx.HTTPError):
        httpx.get(base)
    (route,) = routes()
    assert (route.answer.chunks, route.answer.cut.type) == ((b"one",), "RuntimeError")


def test_an_application_that_raises_before_its_answer_is_recorded_without_one(served, capfd):
    def breaking(environ, start_response):
        raise RuntimeError("lost")

    base, routes = served(breaking)
    assert httpx.get(base).status_code == 500
    (route,) = routes()
    assert (route.answer, route.error.type, route.error.message) == (None, "RuntimeError", "lost")


def test_an_answer_whose_length_the_server_can_ask_for_still_has_one(served):
    def listed(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"hello"]

    base, routes = served(listed)
    assert httpx.get(base).headers["content-length"] == "5"
    assert routes()[0].answer.chunks == (b"hello",)


def test_the_recorder_keeps_to_the_rules_that_the_standard_library_checks(tmp_path):
    def app(environ, start_response):
        body = environ["wsgi.input"].read(5)
        rest = b"".join(environ["wsgi.input"])
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"written ")
        return iter([body, rest])

    with RecordingWriter(tmp_path / "r.jsonl", content=["*"]) as writer:
        recorder = WsgiRecorder(validator(app), writer)
        with recorder.capturing():
            environ = {
                "REQUEST_METHOD": "POST", "PATH_INFO": "/a b/é".encode().decode("latin-1"), "SCRIPT_NAME": "/mount",
                "QUERY_STRING": "x=1", "SERVER_NAME": "h", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
                "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(b"hello\nworld"),
                "wsgi.errors": io.StringIO(), "wsgi.multithread": False, "wsgi.multiprocess": False,
                "wsgi.run_once": False, "CONTENT_LENGTH": "11", "CONTENT_TYPE": "text/plain",
            }  # fmt: skip
            answer = validator(recorder)(environ, lambda status, headers, info=None: lambda data: None)
            assert b"".join(answer) == b"hello\nworld"
            answer.close()
    (route,) = read_recording(tmp_path / "r.jsonl").routes
    assert route.request.url == "/mount/a%20b/%C3%A9?x=1"
    assert route.request.body == b"hello\nworld"
    assert route.answer.chunks == (b"written ", b"hello", b"\nworld")


@pytest.mark.parametrize("reading", ["read", "readline", "readlines", "readinto", "iter"])
def test_the_body_is_noted_in_whichever_way_it_is_read(tmp_path, reading):
    body, seen = b"one\ntwo\n", []

    def app(environ, start_response):
        stream, buffer = environ["wsgi.input"], bytearray(64)
        if reading == "readinto":
            seen.append(bytes(buffer[: stream.readinto(buffer)]))
        elif reading == "readline":
            seen.extend([stream.readline(), stream.readline()])
        else:
            seen.append(
                stream.read() if reading == "read" else b"".join(stream if reading == "iter" else stream.readlines())
            )
        start_response("204 No Content", [])
        return []

    with RecordingWriter(tmp_path / "r.jsonl", content=["*"]) as writer:
        recorder = WsgiRecorder(app, writer)
        with recorder.capturing():
            recorder({"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(body)}, lambda *_: None)
    assert b"".join(seen) == body
    assert read_recording(tmp_path / "r.jsonl").routes[0].request.body == body
