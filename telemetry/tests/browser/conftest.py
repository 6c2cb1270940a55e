"""A store with known traffic, a dashboard of it on loopback, and pages in a real headless Chromium that are watched.

A page that is closed has said nothing on its console, broken no policy, opened no dialog and asked nobody but us; what
a test expects of that is put into `expected`.
"""

import contextlib
import itertools
import os
import shutil
import socket
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import expect, sync_playwright

from cutover_telemetry import AttemptRecord, BreakerRecord, RouteRecord, SkipRecord
from cutover_telemetry.dashboard import Live, dashboard
from cutover_telemetry.store import Store

MISSING = shutil.which("chromium") is None
REQUIRED = "CUTOVER_SYSTEM_REQUIRED"
ELSEWHERE = "gateway.test"
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
)
PATIENCE = 20_000
OURS = {"127.0.0.1", ELSEWHERE}
VIOLATIONS = """
window.policyViolations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.policyViolations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
MARKUP = "<img src=x onerror=alert(1)>"
CONFUSING = "\u202emirror\u200b\u0000" + "long" * 40
SECOND = 1_000_000_000


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.system)
            if MISSING and REQUIRED not in os.environ:
                item.add_marker(pytest.mark.skip(reason="left out: chromium not here (apt chromium)"))


class Traffic:
    """Records whose times count back from one moment, put down by a real writer."""

    def __init__(self, path):
        self.store = Store.open(path)
        self.path = self.store.path
        self.now = time.time_ns()
        self._writer = self.store.writer()

    def attempt(self, provider, *, ago, took=0.2, first=None, arm="legacy", model="m-1", **fields):
        """An attempt that ended so many seconds ago."""
        ended = self.now - int(ago * SECOND)
        started = ended - int(took * SECOND)
        begun = None if first is None else started + int(first * SECOND)
        if first is not None:
            fields = {"streamed": True, "chunks": 11, "last_chunk": ended, **fields}
        function = f"make_{provider}_request"
        call = (provider, "make_request", function, arm, fields.pop("site", "chat"), model, None)
        return AttemptRecord(*call, started, ended, begun, **fields)

    def route(self, *attempts, **fields):
        """A route around some attempts, 2 ms before the first and 3 ms after the last."""
        started = min(each.started for each in attempts) - 2_000_000
        ended = max(each.ended for each in attempts) + 3_000_000
        name = fields.pop("name", "POST /v1/chat/completions")
        self._writer.route(RouteRecord(started, ended, attempts, name=name, overhead=100_000, **fields))

    def changed(self, provider, before, after, *, ago):
        """A circuit that changed so many seconds ago."""
        self._writer.breaker(BreakerRecord(provider, before, after, self.now - int(ago * SECOND)))

    def skip(self, provider, *, ago):
        """A provider that was skipped so many seconds ago."""
        return SkipRecord(provider, "circuit_open", self.now - int(ago * SECOND))

    def write(self):
        """Have everything in the file."""
        assert self._writer.flush()

    def close(self):
        assert self._writer.close()


@pytest.fixture(scope="package")
def known(tmp_path_factory):
    """A store with twenty minutes of known traffic.

    `groq` answers on both arms and is twice as fast on the registry arm; `near` fails 12 times and `openrouter`, which
    streams, answers in its stead; `mistral` fails every second call of the registry arm; `idle` had its circuit opened;
    two names are hostile.
    """
    made = Traffic(tmp_path_factory.mktemp("known") / "telemetry.db")
    for minute, second in itertools.product(range(1, 21), range(0, 50, 10)):
        ago = minute * 60 + second
        made.route(made.attempt("groq", ago=ago, took=0.2))
        made.route(made.attempt("groq", ago=ago, took=0.1, arm="registry"))
        for turn in range(4):
            made.route(made.attempt("mistral", ago=ago + turn, took=0.3))
            failed = "503" if turn % 2 else None
            made.route(made.attempt("mistral", ago=ago + turn, took=0.3, arm="registry", error_type=failed))
    for turn in range(12):
        ago = 90 + turn * 60
        lost = made.attempt("near", ago=ago + 2, took=0.5, arm="registry", error_type="httpx.ReadTimeout")
        spoken = {"input_tokens": 50, "output_tokens": 100, "arm": "registry", "model": "m-2"}
        made.route(lost, made.attempt("openrouter", ago=ago, took=1.1, first=0.1, **spoken), status_code=200)
    for turn in range(3):
        made.route(made.attempt("groq", ago=70 + turn, cancelled=True), disconnected=True)
        made.route(made.attempt(CONFUSING, ago=200 + turn, model=MARKUP))
    for turn in range(7):
        broken = {"error_type": MARKUP} if turn < 2 else {}
        made.route(made.attempt(MARKUP, ago=100 + turn, took=0.4, model=MARKUP, **broken), name=MARKUP)
    made.changed("near", "closed", "open", ago=600)
    made.changed("near", "open", "half-open", ago=300)
    made.changed("idle", "closed", "open", ago=240)
    for turn in range(5):
        made.route(made.attempt("groq", ago=150 + turn), skips=(made.skip("idle", ago=150 + turn),))
    made.write()
    yield made
    made.close()


@pytest.fixture
def make_traffic():
    """Make a store at a path and write traffic into it."""
    with contextlib.ExitStack() as stack:

        def make(path):
            made = Traffic(path)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def traffic(make_traffic, tmp_path):
    """A store of the test's own, which is empty."""
    return make_traffic(tmp_path / "telemetry.db")


@pytest.fixture(scope="package")
def known_page(known):
    """The address of a dashboard of the known traffic."""
    with served(dashboard(known.path)) as server:
        yield server.url


@pytest.fixture
def serve():
    """Serve a dashboard of a store; gives its address, that by a name that is not this machine's, and its end."""
    with contextlib.ExitStack() as stack:

        def start(path, *, port=0, **options):
            app = dashboard(path, live=Live(step=0.2), **options)
            return stack.enter_context(served(app, port))

        yield start


@contextlib.contextmanager
def served(app, port=0):
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})

        def stop():
            app.state.live.end()
            server.should_exit = True
            thread.join()
            listener.close()

        thread.start()
        while not server.started:
            time.sleep(0.005)
        ours, theirs = (f"http://{name}:{port}" for name in ("127.0.0.1", ELSEWHERE))
        yield SimpleNamespace(url=ours, elsewhere=theirs, port=port, stop=stop)
        stop()


@pytest.fixture(scope="package")
def chromium():
    """The browser. It ends with this folder, since its loop and those of asynchronous tests do not go together."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Open a watched page; gives it with what it did as `.watched`."""
    with contextlib.ExitStack() as stack:

        def start(url=None, *, expected=(), **options):
            context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.add_init_script(VIOLATIONS)
            page.watched = Watched(page, list(expected), scripted=options.get("java_script_enabled", True))
            stack.callback(page.watched.check)
            if url is not None:
                page.goto(url)
            return page

        yield start


class Watched:
    """What a page said, asked and opened; `expected` are parts of words that it may say."""

    def __init__(self, page, expected, *, scripted):
        self.expected, self._scripted = expected, scripted
        self.said, self.asked, self.dialogs = [], [], []
        self._page = page
        page.on("console", lambda message: self._say(message.type, message.text))
        page.on("pageerror", lambda error: self._say("error", str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("dialog", self._dialog)

    def check(self):
        """Nothing was said, asked or opened that ought not to be."""
        said = [line for line in self.said if not any(part in line for part in self.expected)]
        assert said == []
        assert self.dialogs == []
        fetched = [urlsplit(url) for url in self.asked if not url.startswith(("data:", "file:"))]
        assert [url.geturl() for url in fetched if url.hostname not in OURS] == []
        if self._scripted:
            assert self._page.evaluate("window.policyViolations ?? []") == []

    def _say(self, kind, text):
        if kind in {"error", "warning"}:
            self.said.append(f"{kind}: {text}")

    def _dialog(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()
