"""A provider on loopback that answers by script, byte for byte, and remembers what it was asked."""

import json
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from cutover_registry.providers import ProviderClient, ProviderSpec

COMPLETION = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}


def chunk(text=None, finish=None, **more):
    delta = {} if text is None else {"content": text}
    return {"id": "c1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def event(data):
    return b"data: " + (data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()) + b"\n\n"


def answer(body, *, status=200, kind="application/json", headers=(), length=True):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", *headers]
    lines += [f"Content-Length: {len(body)}"] if length else ["Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def stream_head(*headers):
    return (
        "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: text/event-stream", *headers, "Connection: close"]).encode()
        + b"\r\n\r\n"
    )


@dataclass
class Asked:
    method: str
    path: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Server:
    """Each step of the script is what one request meets: bytes, or a function of the connection."""

    port: int = 0
    script: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    open_connections: int = 0
    connections: int = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def answers(self, *steps):
        self.script = list(steps)
        return self

    def serve(self, listening, context=None):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._held, args=(connection, context), daemon=True).start()

    def _held(self, connection, context):
        self.connections += 1
        self.open_connections += 1
        try:
            with suppress(OSError, ValueError):
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                self._talk(connection)
        finally:
            self.open_connections -= 1
            with suppress(OSError):
                connection.close()

    def _talk(self, connection):
        reader = connection.makefile("rb")
        while line := reader.readline():
            method, path, _ = line.decode().split(" ", 2)
            headers = {}
            while (head := reader.readline().strip()) != b"":
                name, _, value = head.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = reader.read(int(headers.get("content-length", 0)))
            self.asked.append(Asked(method, path, headers, body))
            step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            sent = step(connection) if callable(step) else step
            if sent is not None:
                connection.sendall(sent)
                if b"Connection: close" in sent:
                    return
            else:
                return


@contextmanager
def serving(context=None):
    """A server in a thread of its own; a listener is shut down, as closing it does not wake whoever accepts."""
    server = Server()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listening, context), daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate that nobody signed, with its key."""
    import subprocess

    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "c.pem", folder / "k.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-keyout", key, "-out", certificate], check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.fixture
def tls_server(certificate):
    """A server that has it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with serving(context) as server:
        yield server


@pytest.fixture
def spec():
    def spec(**fields):
        given = {
            "title": "Near",
            "base_url": "http://127.0.0.1:9/v1",
            "key_env": ("NEAR_KEY",),
            "documentation": None,
            **fields,
        }
        return ProviderSpec("near", **given)

    return spec


@pytest.fixture(params=["httpx", "httpx2", "aiohttp"])
def transport(request):
    return request.param


def pytest_collection_modifyitems(config, items):
    """Leave out what would be the same test again: synchronous calls of aiohttp are httpx's."""
    again = {item for item in items if _is_again(getattr(item, "callspec", None))}
    config.hook.pytest_deselected(items=list(again))
    items[:] = [item for item in items if item not in again]


def _is_again(called):
    given = {} if called is None else called.params
    return given.get("transport") == "aiohttp" and not {"sync", "chat", "stream"}.isdisjoint(map(str, given.values()))


@pytest.fixture
def client(server, spec, transport):
    """Make a client of the server; closed at the end."""
    made = []

    def client(**options):
        options.setdefault("transport", transport)
        fields = {name: options.pop(name) for name in list(options) if name in ProviderSpec.__dataclass_fields__}
        made.append(
            ProviderClient(
                spec(**fields), base_url=options.pop("url", server.url), key="sk-Wq3tXz9LpV2mN8bK", **options
            )
        )
        return made[-1]

    yield client
    for each in made:
        each.close()


@pytest.fixture
def wire():
    """The pieces that answers are made of."""

    class Wire:
        pass

    wire = Wire()
    wire.completion, wire.chunk, wire.event, wire.answer, wire.head = COMPLETION, chunk, event, answer, stream_head
    return wire
