"""An upstream on loopback that misbehaves on request, and recording and replaying around a client library."""

import gzip
import json
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from cutover_parity import Exchange, Script, Scrubber
from cutover_parity.arms._http_stubs import Upstream
from cutover_parity.arms._route_log import LOG, RouteLog
from cutover_parity.recorder._capture import TAPE, Tape, captured_upstream

PIECES = (b'data: {"piece": 1}\n\n', b'data: {"piece": 2}\n\n', b"data: [DONE]\n\n")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.upstream.connections += 1

    def do_POST(self):
        self.sent = self.rfile.read(int(self.headers.get("content-length", 0)))
        if "chunked" in self.headers.get("transfer-encoding", ""):
            self.sent = self._chunked()
        provider, _, rest = self.path.strip("/").partition("?")[0].partition("/")
        getattr(self, "complete" if rest == "v1/chat/completions" else provider)()

    do_GET = do_HEAD = do_POST

    def echo(self):
        self._send(200, self.sent or b"{}", [("content-type", "application/json")])

    def missing(self):
        self._send(404, b'{"error": {"message": "no such model"}}')

    def moved(self):
        self._send(307, b"", [("location", "/echo")])

    def zipped(self):
        self._send(200, gzip.compress(json.dumps({"zipped": True}).encode()), [("content-encoding", "gzip")])

    def cookies(self):
        self._send(200, b"{}", [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("X-Mixed-Case", "Kept")])

    def complete(self):
        provider, body = self.path.split("/")[1], json.loads(self.sent)
        if provider == "busy":
            self._send(429, b'{"error": {"message": "busy"}}', [("retry-after-ms", "1")])
        elif provider in {"down", "vanishing"}:
            self.reset() if provider == "down" else self.vanish()
        elif body.get("stream"):
            self._begin_stream()
            for number, word in enumerate(("well", "hello")):
                self._piece(b"data: " + json.dumps(_completion(body, {"delta": {"content": word}})).encode() + b"\n\n")
                if provider == "cut" and number == 0:
                    self.close_connection = True
                    return
            self._piece(b"data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")
        else:
            data = json.dumps(_completion(body, {"message": _message(body)})).encode()
            self._send(200, data, [("content-type", "application/json")])

    def stream(self):
        self._begin_stream()
        for piece in PIECES:
            self._piece(piece)
        self.wfile.write(b"0\r\n\r\n")

    def cut(self):
        self._begin_stream()
        self._piece(PIECES[0])
        self.close_connection = True

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def vanish(self):
        self.close_connection = True

    def hang(self):
        self.server.upstream.released.wait(20)
        self.close_connection = True

    def stall(self):
        self._begin_stream()
        self._piece(PIECES[0])
        self.hang()

    def _begin_stream(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def _piece(self, data):
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def _chunked(self):
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def _send(self, status, data, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        pass


def _completion(body, choice):
    kind = "chat.completion.chunk" if body.get("stream") else "chat.completion"
    choice = {"index": 0, "finish_reason": None, **choice}
    return {"id": "c1", "object": kind, "created": 1, "model": body["model"], "choices": [choice]}


def _message(body):
    if not body.get("tools"):
        return {"role": "assistant", "content": "hello"}
    call = {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": '{"place": "sea"}'}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_):
        pass


class LiveUpstream:
    """A real server; `connections` counts what reached it."""

    def __init__(self) -> None:
        self.connections = 0
        self.released = threading.Event()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.upstream = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def _serving() -> Iterator[LiveUpstream]:
    upstream = LiveUpstream()
    thread = threading.Thread(target=upstream.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield upstream
    upstream.released.set()
    upstream.server.shutdown()
    upstream.server.server_close()
    thread.join()


@pytest.fixture
def live() -> Iterator[LiveUpstream]:
    with _serving() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def live_for_all() -> Iterator[LiveUpstream]:
    with _serving() as upstream:
        yield upstream


@pytest.fixture
def recorded(live):
    """Record what a function sends to the live upstream; give what it returned and the exchanges."""

    async def run(use):
        tape = Tape()
        token = TAPE.set(tape)
        try:
            with captured_upstream():
                outcome = await use(live.url)
        finally:
            TAPE.reset(token)
        assert live.connections > 0
        return outcome, tape.exchanges()

    return run


@pytest.fixture
def replayed(live):
    """Run a function on recorded exchanges or on a script; nothing may reach the live upstream."""

    async def run(use, exchanges: tuple[Exchange, ...] | None = None, script: Script | None = None):
        log = RouteLog("case", script or Script(), None if exchanges is None else list(exchanges))
        token = LOG.set(log)
        live.connections = 0
        try:
            with Upstream("http", templates={}, scrubber=Scrubber()).installed():
                outcome = await use(live.url)
        finally:
            LOG.reset(token)
        assert live.connections == 0
        return outcome, log

    return run


@pytest.fixture
def no_real_waits(monkeypatch) -> list[float]:
    """Waits of the harness are noted and take no time."""
    waited: list[float] = []

    async def wait_async(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("cutover_parity.clock._waits.wait", waited.append)
    monkeypatch.setattr("cutover_parity.clock._waits.wait_async", wait_async)
    return waited


@pytest.fixture
def described():
    """Call something; give its result, or the type and text of what it raised."""

    def describe(error: BaseException) -> tuple[str, str]:
        return type(error).__name__, str(error)

    async def run(call):
        try:
            return await call
        except Exception as error:
            return describe(error)

    return run
