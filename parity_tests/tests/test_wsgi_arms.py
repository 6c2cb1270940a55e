"""WSGI applications as arms: driven in a worker thread, chunk by chunk, to their end."""

import json

import pytest

from cutover_parity import ArmSpec, Case, Request, Script, Step
from cutover_parity.arms._arm import Arm, ArmSetup

PLAIN = """
def app(environ, start_response):
    {body}
"""
FLASK = """
import threading, time

import httpx
from flask import Flask, Response, request, stream_with_context

import clients

def build():
    flask = Flask(__name__)

    @flask.post("/ask")
    def ask():
        body = request.get_json()
        return {"said": clients.ask_ash(body["messages"], body["model"]), "by": request.headers["X-Who"]}

    @flask.get("/stream")
    def stream():
        def pieces():
            for item in clients.ask_ash_stream([], "m"):
                yield f"data: {item['id']}\\n\\n"
            yield request.args["word"]
        return Response(stream_with_context(pieces()), mimetype="text/event-stream")

    @flask.get("/broken")
    def broken():
        raise KeyError("lost")

    return flask
"""
CLIENTS = """
def ask_ash(messages, model): ...
def ask_ash_stream(messages, model): yield {}
"""


@pytest.fixture
def observed(tmp_path):
    def run(files, *cases, app="app:app", plan=None, limit=5.0):
        for name, source in files.items():
            (tmp_path / name).write_text(source)
        with Arm(ArmSpec(tmp_path, app), ArmSetup("calls", plan or {}, [], b"k" * 32, limit=limit)) as arm:
            arm.wait_until_ready()
            arm.feed([json.dumps(case.to_json()).encode() for case in cases])
            return [json.loads(arm.reply(case.id).observation) for case in cases]

    return run


def get(url, **headers):
    return Case(url, Request("GET", url, tuple(headers.items())), Script(), "answer")


def flask_cases(observed, *cases):
    callees = {name: {"provider": "ash", "slot": name} for name in ("ask_ash", "ask_ash_stream")}
    return observed({"app.py": FLASK, "clients.py": CLIENTS}, *cases, app="app:build()", plan={"clients": callees})


def test_a_flask_application_is_driven_and_its_provider_functions_are_stubbed(observed):
    headers = (("content-type", "application/json"), ("x-who", "ada"))
    body = b'{"model": "m", "messages": ["hi"]}'
    (seen,) = flask_cases(observed, Case("a", Request("POST", "/ask", headers, body), Script(), "answer"))
    assert seen["answer"]["status"] == 200
    assert json.loads("".join(seen["answer"]["chunks"]))["by"] == "ada"
    assert [(call["function"], call["args"], call["on"]) for call in seen["calls"]] == [
        ("ask_ash", [["hi"], "m"], "worker thread")
    ]


def test_a_stream_keeps_its_chunk_edges(observed):
    (seen,) = flask_cases(observed, get("/stream?word=end"))
    assert len(seen["answer"]["chunks"]) == 4
    assert seen["answer"]["chunks"][-1] == "end"
    assert seen["answer"]["finished"]


def test_a_stream_that_is_cut_ends_without_its_end_and_with_the_error(observed):
    case = Case("c", Request("GET", "/stream?word=end"), Script((Step("cut", 1),)), "fault")
    (seen,) = flask_cases(observed, case)
    assert (len(seen["answer"]["chunks"]), seen["answer"]["finished"]) == (1, False)
    assert seen["error"]["type"].endswith("RemoteProtocolError")


def test_an_error_that_the_framework_answers_is_an_answer(observed):
    assert flask_cases(observed, get("/broken"))[0]["answer"]["status"] == 500


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("start_response('201 Created', [('X-A', 'b')]); return [b'one', b'', b'two']", (201, ["one", "two"], True)),
        ("write = start_response('200 OK', []); write(b'early'); return [b'late']", (200, ["early", "late"], True)),
        ("start_response('204 No Content', []); return []", (204, [], True)),
        ("return [b'no start']", (None, [], False)),
        ("raise ValueError('broken')", (None, [], False)),
        ("start_response('200 OK', []); start_response('500 Oh', [], (None, None, None)); return []", (500, [], True)),
        ("start_response('200 OK', []); start_response('500 Oh', []); return []", (None, [], False)),
    ],
)
def test_every_way_to_answer_is_noted(observed, body, answer):
    (seen,) = observed({"app.py": PLAIN.format(body=body)}, get("/"))
    assert (seen["answer"]["status"], seen["answer"]["chunks"], seen["answer"]["finished"]) == answer
    assert (seen["error"] is None) is seen["answer"]["finished"]


def test_an_error_after_the_headers_is_raised_as_a_server_would(observed):
    source = """
import sys
def app(environ, start_response):
    start_response('200 OK', [])
    yield b'begun'
    try:
        raise KeyError('late')
    except KeyError:
        start_response('500 Oh', [], sys.exc_info())
"""
    (seen,) = observed({"app.py": source}, get("/"))
    assert (seen["answer"]["status"], seen["answer"]["chunks"]) == (200, ["begun"])
    assert seen["error"]["type"] == "KeyError"


def test_the_iterable_is_closed_after_its_end_and_after_an_error(observed):
    source = """
CLOSED = []
class Pieces:
    def __init__(self, fails): self.fails = fails
    def __iter__(self):
        yield str(CLOSED).encode()
        if self.fails: raise ValueError('in the middle')
    def close(self): CLOSED.append(self.fails)
def app(environ, start_response):
    start_response('200 OK', [])
    return Pieces(environ['QUERY_STRING'] == 'fails')
"""
    seen = observed({"app.py": source}, get("/"), get("/?fails"), get("/?"))
    assert [one["answer"]["chunks"] for one in seen] == [["[]"], ["[False]"], ["[False, True]"]]


def test_the_environment_is_that_of_a_server(observed):
    source = """
import threading
NAMES = ('REQUEST_METHOD', 'PATH_INFO', 'QUERY_STRING', 'CONTENT_TYPE', 'CONTENT_LENGTH', 'HTTP_X_TWICE', 'HTTP_HOST')
def app(environ, start_response):
    start_response('200 OK', [])
    said = [environ.get(name) for name in NAMES] + [environ['wsgi.input'].read().decode()]
    return [repr(said + [threading.current_thread() is threading.main_thread()]).encode()]
"""
    headers = (("Content-Type", "text/plain"), ("x-twice", "a"), ("X-Twice", "b"), ("host", "h"))
    request = Request("PUT", "/a%20b?c=d", headers, b"body")
    (seen,) = observed({"app.py": source}, Case("x", request, Script(), "answer"))
    wanted = ["PUT", "/a b", "c=d", "text/plain", "4", "a,b", "h", "body", False]
    assert seen["answer"]["chunks"] == [repr(wanted)]


def test_a_request_that_never_ends_is_given_up_and_the_next_is_served(observed):
    source = """
import threading
def app(environ, start_response):
    start_response('200 OK', [])
    if environ['PATH_INFO'] == '/hangs':
        threading.Event().wait()
    return [b'served']
"""
    hung, served = observed({"app.py": source}, get("/hangs"), get("/"), limit=0.3)
    assert hung["error"]["type"].endswith("TimeoutError")
    assert served["answer"]["chunks"] == ["served"]
