"""Commands whose applications nobody edits, run under real servers."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from cutover_parity import CommandNotStarted, RecorderOptions, Sampling, read_recording, run_recorded

BIN = str(Path(sys.executable).parent)
SHOP = """
    import os
    import httpx

    UP, KEY = os.environ["UP"], {"authorization": "Bearer sk-shop-0123456789abcdef0123"}

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"]
                await send({"type": kind + ".complete"})
                if kind.endswith("shutdown"):
                    return
        body = (await receive()).get("body", b"")
        async with httpx.AsyncClient() as client:
            answer = await client.post(UP + "/ash", json={"model": "m"}, headers=KEY)
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def wsgi(environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        httpx.post(UP + "/ash", json={"model": "m"}, headers=KEY)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body]

    def app_in_flask():
        import flask
        app = flask.Flask("shop")
        app.add_url_rule("/<path:_>", view_func=lambda _: wsgi_body(flask.request.get_data()), methods=["POST"])
        return app

    def wsgi_body(body):
        httpx.post(UP + "/ash", json={"model": "m"}, headers=KEY)
        return body
"""
WSGIREF = "import shop, wsgiref.simple_server as s; s.make_server('127.0.0.1', {}, shop.wsgi).serve_forever()"
SERVERS = {
    "uvicorn": ["uvicorn", "shop:app", "--port", "{}"],
    "uvicorn without lifespan": ["uvicorn", "shop:app", "--port", "{}", "--lifespan", "off"],
    "uvicorn with workers": ["uvicorn", "shop:app", "--port", "{}", "--workers", "2"],
    "uvicorn that reloads": ["uvicorn", "shop:app", "--port", "{}", "--reload"],
    "hypercorn": ["hypercorn", "shop:app", "-b", "127.0.0.1:{}"],
    "hypercorn with workers, wsgi": ["hypercorn", "wsgi:shop:wsgi", "-b", "127.0.0.1:{}", "-w", "2"],
    "gunicorn": ["gunicorn", "shop:wsgi", "-b", "127.0.0.1:{}", "-w", "2"],
    "gunicorn with threads, preloaded": ["gunicorn", "shop:wsgi", "-b", "127.0.0.1:{}", "--threads", "3", "--preload"],
    "gunicorn with uvicorn": ["gunicorn", "shop:app", "-b", "127.0.0.1:{}", "-k", "uvicorn.workers.UvicornWorker"],
    "gunicorn, asgi": ["gunicorn", "shop:app", "-b", "127.0.0.1:{}", "-k", "asgi"],
    "waitress": ["waitress-serve", "--listen=127.0.0.1:{}", "shop:wsgi"],
    "flask": ["flask", "--app", "shop:app_in_flask()", "run", "--port", "{}"],
    "wsgiref": ["python", "-c", WSGIREF],
}
INTERRUPTED = {"waitress", "flask", "wsgiref"}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "r.jsonl"


@pytest.fixture
def ran(tmp_path, out, monkeypatch, module):
    """Run a command, recorded, in the test's folder; gives how it ended."""
    module("shop", SHOP)
    monkeypatch.chdir(tmp_path)

    def run(*command, **named):
        env = {"PYTHONPATH": str(tmp_path), "PYTHONWARNINGS": "ignore", **named.pop("env", {})}
        return run_recorded(command, out=out, env=env, **named)

    return run


def post(base, number):
    for _ in range(1200):
        try:
            return httpx.post(f"{base}/ask?n={number}", content=b"you", timeout=30)
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("it never listened")


@pytest.mark.parametrize("name", SERVERS)
def test_what_a_server_serves_is_recorded_with_what_it_asked(name, ran, out, free_port, upstream, capfd):
    answers = []

    def visit(pid):
        answers.extend(post(f"http://127.0.0.1:{free_port}", number) for number in range(3))
        time.sleep(0.5 if name in INTERRUPTED else 0)  # these servers drop a thread that has answered but not ended
        os.kill(pid, signal.SIGINT if name in INTERRUPTED else signal.SIGTERM)

    head, *rest = (part.format(free_port) for part in SERVERS[name])
    outcome = ran(
        f"{BIN}/{head}", *rest, env={"UP": upstream},
        options=RecorderOptions(content=("*",)),
        on_start=lambda pid: threading.Thread(target=visit, args=(pid,)).start(),
    )  # fmt: skip
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"you")] * 3
    assert (outcome.recorded, outcome.drops) == (3, {})
    routes = read_recording(out).routes
    assert sorted(route.request.url for route in routes) == ["/ask?n=0", "/ask?n=1", "/ask?n=2"]
    assert [(route.request.body, route.answer.body, route.answer.cancelled) for route in routes] == [
        (b"you", b"you", False)
    ] * 3
    assert [exchange.request.url for route in routes for exchange in route.exchanges] == [f"{upstream}/ash"] * 3
    assert "sk-shop-0123456789abcdef0123" not in out.read_text()


@pytest.mark.parametrize(
    ("program", "code"), [("raise SystemExit(7)", 7), ("pass", 0), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_the_commands_exit_code_is_told(ran, out, program, code):
    outcome = ran(sys.executable, "-c", program)
    assert (outcome.exit_code, outcome.recorded) == (code, 0)
    assert read_recording(out).routes == ()


def test_a_command_that_cannot_be_run_is_an_error_that_names_it(ran):
    with pytest.raises(CommandNotStarted) as refused:
        ran("no-such-server", "shop:app")
    assert str(refused.value) == (
        "no-such-server: this command cannot be run (No such file or directory), so there is nothing to record"
    )


def test_the_users_own_sitecustomize_still_runs_and_the_path_is_as_it_was(ran, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.own = 'here'\n")
    program = "import sys, sitecustomize; print(sys.own, sitecustomize.__file__, sys.path, file=open('seen', 'w'))"
    assert ran(sys.executable, "-c", program).exit_code == 0
    seen = (tmp_path / "seen").read_text()
    assert seen.startswith(f"here {tmp_path / 'sitecustomize.py'} ")
    assert "inject" not in seen


def test_a_process_without_a_server_imports_nothing_of_ours(ran, tmp_path):
    program = "import sys, json; json.dump(sorted(sys.modules), open('seen', 'w'))"
    assert ran(sys.executable, "-c", program).exit_code == 0
    assert "cutover_parity" not in (tmp_path / "seen").read_text()


def test_a_server_of_another_version_is_served_and_said(ran, tmp_path, capfd):
    (tmp_path / "waitress").mkdir()
    (tmp_path / "waitress" / "__init__.py").write_text("")
    (tmp_path / "waitress" / "server.py").write_text("served = True\n")
    assert ran(sys.executable, "-c", "from waitress.server import served; assert served").exit_code == 0
    said = capfd.readouterr().err
    assert said.startswith("cutover: waitress.server is another version than the recorder knows")


def test_a_recording_process_that_dies_takes_nobody_with_it(tmp_path, free_port, upstream, module, eventually):
    module("shop", SHOP)
    record = [sys.executable, "-m", "cutover_cli", "record", "-o", "r.jsonl", "--"]
    serve = [f"{BIN}/uvicorn", "shop:app", "--port", str(free_port), "--log-level", "critical"]
    env = {**os.environ, "UP": upstream, "PYTHONPATH": str(tmp_path)}
    parent = subprocess.Popen([*record, *serve], cwd=tmp_path, env=env, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{free_port}"
    assert post(base, 0).status_code == 200
    (server,) = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    parent.kill()
    parent.wait()
    try:
        for number in range(20):
            assert post(base, number).content == b"you"
    finally:
        os.kill(int(server), signal.SIGTERM)
    state = Path(f"/proc/{server}/stat")
    eventually(lambda: not state.exists() or ") Z" in state.read_text())


def test_sampling_and_limits_hold_in_the_recorded_process(ran, out, free_port, upstream):
    def visit(pid):
        for number in range(6):
            post(f"http://127.0.0.1:{free_port}", number)
        os.kill(pid, signal.SIGTERM)

    outcome = ran(
        f"{BIN}/uvicorn", "shop:app", "--port", str(free_port), env={"UP": upstream},
        options=RecorderOptions(max_body=2, sampling=Sampling(rate=0, quota=4), content=("*",)),
        on_start=lambda pid: threading.Thread(target=visit, args=(pid,)).start(),
    )  # fmt: skip
    assert (outcome.recorded, outcome.drops) == (4, {"not sampled": 2})
    route = read_recording(out).routes[0]
    assert (route.request.body, route.request.lost, route.answer.lost) == (b"yo", 1, 1)
