"""The how-to pages on failover and on moving over: their Python runs, block after block, and prints what it shows.

What a `print` gives stands behind it as a comment. The ready clients ask a provider on loopback.
"""

import contextlib
import io
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cutover_registry import providers

PAGES = ("docs/how-to/failover.md", "docs/how-to/from-litellm.md", "docs/how-to/from-hand-written.md")
SHOWN = re.compile(r"print\(.*\)  # (.*)$", re.MULTILINE)
COMPLETION = {
    "id": "c1",
    "model": "llama",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
CHUNK = {"id": "c1", "choices": [{"index": 0, "delta": {"content": "hello"}, "finish_reason": "stop"}]}


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(COMPLETION).encode()
        kind = "application/json"
        if asked.get("stream"):
            body, kind = f"data: {json.dumps(CHUNK)}\n\ndata: [DONE]\n\n".encode(), "text/event-stream"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def ready_clients(monkeypatch):
    """The clients of all providers, at a provider on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
        made = {
            (name, None): providers.ProviderClient(spec, base_url=url, key="k")
            for name, spec in providers.specs().items()
        }
        monkeypatch.setattr(providers, "_clients", made)
        yield
        providers.close_all()
        server.shutdown()


@pytest.mark.parametrize("path", PAGES)
def test_the_page_runs_and_prints_what_it_shows(path, pages, ready_clients):
    names, printed, expected = {"__name__": "page"}, io.StringIO(), []
    for block in pages[path].fences("python"):
        expected += SHOWN.findall(block)
        with contextlib.redirect_stdout(printed):
            exec(compile(block, path, "exec"), names)
    assert printed.getvalue().splitlines() == expected
    assert len(expected) > 1


def test_the_cookbook_has_a_recipe_for_each_option(pages):
    from cutover_registry.failover import OPTIONS

    text = pages["docs/how-to/failover.md"].text
    assert [name for name in OPTIONS if f"Policy({name}=" not in text and f", {name}=" not in text] == []
    assert [name for name in OPTIONS if f"[`{name}`](#" not in text] == []
