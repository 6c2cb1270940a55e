"""Commands whose applications are not edited, run as they are: real servers in real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from cutover_telemetry import CommandNotStarted, run_instrumented
from cutover_telemetry.autorun import instrumented_environment
from cutover_telemetry.store import Store

SHOP = """
import sys
import types

from cutover_registry import ProviderRegistry

class UpstreamError(Exception):
    status_code = 503

def fails(messages, model):
    raise UpstreamError

clients = types.ModuleType("clients")
clients.fails = fails
clients.answers = lambda messages, model: {"usage": {"prompt_tokens": 10, "completion_tokens": 3}}
sys.modules["clients"] = clients
CHAT = ProviderRegistry.from_mapping({
    "SITES": {"chat": {"slots": ["make_request"]}},
    "PROVIDER_CONFIGS": {
        "near": {"sites": ["chat"], "slots": {"make_request": "clients:fails"}},
        "far": {"sites": ["chat"], "slots": {"make_request": "clients:answers"}},
    },
}).site("chat")

def ask():
    for name in ("near", "far"):
        try:
            CHAT.resolve(name).make_request([], "m-1")
            return name
        except UpstreamError:
            continue
"""
ASGI = """
from shop import ask

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = ask().encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
    await send({"type": "http.response.body", "body": body})
"""
WSGI = """
from shop import ask

def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "3")])
    return [ask().encode()]
"""
FLASK = """
import flask

from shop import ask

app = flask.Flask("shop")
app.get("/")(ask)
"""
SERVERS = {
    "uvicorn": ["-m", "uvicorn", "asgi:app", "--log-level", "error", "--port", "{port}"],
    "uvicorn, two workers": ["-m", "uvicorn", "asgi:app", "--log-level", "error", "--workers", "2", "--port", "{port}"],
    "hypercorn": ["-m", "hypercorn", "asgi:app", "--bind", "127.0.0.1:{port}"],
    "gunicorn": ["-m", "gunicorn", "wsgi:app", "--bind", "127.0.0.1:{port}", "--log-level", "error"],
    "waitress": ["-m", "waitress", "--listen", "127.0.0.1:{port}", "wsgi:app"],
    "flask": ["-m", "flask", "--app", "desk:app", "run", "--port", "{port}"],
}


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "asgi.py").write_text(ASGI)
    (tmp_path / "wsgi.py").write_text(WSGI)
    (tmp_path / "desk.py").write_text(FLASK)
    return tmp_path


@pytest.fixture
def started(shop):
    """Start a Python command in the shop's folder, instrumented; the options are those of `instrument`."""
    running = []

    def start(arguments, **options):
        environment = instrumented_environment(os.environ, {"store": str(shop / "telemetry.db"), **options})
        environment["PYTHONPATH"] += os.pathsep + os.pathsep.join([str(shop), *filter(None, sys.path)])
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=shop, env=environment, text=True, stderr=subprocess.PIPE
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def answered(url):
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.get(url, timeout=10).text
        except httpx.TransportError:
            assert time.monotonic() < deadline, "it never listened"
            time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS)
def test_an_application_is_observed_whatever_serves_it_and_nothing_is_lost_at_its_end(server, shop, started, port):
    process = started([argument.format(port=port) for argument in SERVERS[server]])
    for _ in range(5):
        assert answered(f"http://127.0.0.1:{port}/") == "far"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    account = Store.of(shop / "telemetry.db").query.account()
    assert (account.routes, account.attempts) == (5, 10)


def test_a_script_that_serves_nothing_has_its_attempts_seen(shop, started):
    process = started(["-c", "from shop import ask; assert ask() == 'far'"])
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")
    account = Store.of(shop / "telemetry.db").query.account()
    assert (account.routes, account.attempts) == (0, 2)


def test_a_program_without_our_registry_is_left_alone(shop, started):
    process = started(["-c", "import json, sys; assert 'cutover_telemetry' not in sys.modules"])
    assert process.communicate(timeout=60)[1] == ""
    assert not (shop / "telemetry.db").exists()


def test_the_users_own_sitecustomize_is_run(shop, started):
    (shop / "sitecustomize.py").write_text("import os; os.environ['OWN'] = 'was here'")
    process = started(["-c", "import os; assert os.environ['OWN'] == 'was here'"])
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0


def test_options_that_cannot_be_had_are_said_and_the_program_runs(shop, started):
    process = started(["-c", "from shop import ask; print(ask())"], dialect="v0")
    _, said = process.communicate(timeout=60)
    assert (
        said
        == "cutover: not instrumented: UnknownDialect: there is no dialect 'v0'; write one of v1_41, latest, both\n"
    )
    assert process.returncode == 0


def test_a_command_that_is_not_there_is_refused():
    with pytest.raises(CommandNotStarted) as caught:
        run_instrumented(["no-such-command-here"], {})
    assert str(caught.value) == (
        "cannot run no-such-command-here: No such file or directory; name a command that is on the path"
    )


def test_the_environment_goes_before_the_users_own_path():
    made = instrumented_environment({"PYTHONPATH": "own", "KEPT": "1"}, {"otlp": True})
    assert made["PYTHONPATH"].endswith(f"inject{os.pathsep}own")
    assert (made["KEPT"], json.loads(made["CUTOVER_TELEMETRY"])) == ("1", {"otlp": True})
