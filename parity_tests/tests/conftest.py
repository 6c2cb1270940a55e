"""Small gateways in three styles, copied into tmp_path, with faults planted into the copies."""

import json
import shutil
import socketserver
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from cutover_parity import (
    Answer,
    ArmSpec,
    Case,
    Exchange,
    Recording,
    RecordingWriter,
    ReplayPlan,
    ReplayReport,
    Request,
    Route,
    cases_from,
    plan_of,
    read_recording,
    replay,
)

GATEWAYS = Path(__file__).parent / "gateways"
JSON = (("content-type", "application/json"),)


def _callees(providers, shapes):
    return {
        shape.format(provider): {"provider": provider, "slot": shape.format("x")}
        for provider in providers
        for shape in shapes
    }


def _site(name, file, keys):
    return {"name": name, "file": file, "keys": keys, "start_line": 1, "end_line": 999}


JOURNALS = {
    "lanes": {
        "sites": [
            _site("talk", "lanes/routes/talk.py", ["ash", "birch"]),
            _site("talk_stream", "lanes/routes/talk.py", ["ash"]),
        ],
        "modules": [
            {
                "module": "lanes.routes.talk",
                "callees": _callees(["ash", "birch", "cedar"], ["ask_{}", "tidy_{}", "ask_{}_stream"]),
            }
        ],
    },
    "wharf": {
        "sites": [_site("load", "wharf.py", ["north", "east"]), _site("frames", "wharf.py", ["north"])],
        "modules": [
            {
                "module": "wharf",
                "callees": {
                    **_callees(["north", "east", "south"], ["piers.{}"]),
                    **_callees(["north", "south"], ["piers.{}_stream"]),
                },
            }
        ],
    },
    "mill": {
        "sites": [_site("grind", "mill.py", ["flint"]), _site("pour", "mill.py", ["flint"])],
        "modules": [{"module": "mill", "callees": _callees(["flint", "slate"], ["grind_{}", "pour_{}"])}],
    },
    "ferry": {
        "sites": [
            _site("send", "ferry.py", ["oak", "elm", "yew"]),
            _site("pieces", "ferry.py", ["elm", "oak"]),
            _site("quick", "ferry.py", ["oak"]),
        ],
        "modules": [
            {
                "module": "ferry",
                "callees": {
                    **_callees(["oak", "elm", "fir"], ["ferry_{}", "ferry_{}_stream"]),
                    **_callees(["oak"], ["weigh_{}"]),
                    **_callees(["fir"], ["count_{}"]),
                },
            }
        ],
    },
    "kiosk": {
        "sites": [_site("sold", "kiosk.py", ["main", "spare"])],
        "modules": [{"module": "kiosk", "callees": _callees(["main"], ["sold"])}],
    },
    "atelier": {
        "sites": [_site("paint", "atelier.py", ["main"])],
        "modules": [{"module": "atelier", "callees": _callees(["main"], ["client"])}],
    },
}
APPS = {
    "lanes": "lanes.main:app",
    "wharf": "wharf:build()",
    "mill": "mill:app",
    "ferry": "ferry:app",
    "kiosk": "kiosk:app",
    "atelier": "atelier:app",
}
SEEDS = {
    "lanes": [
        Request(
            "POST", "/v1/talk", JSON, b'{"backend":"ash","messages":[{"role":"user","content":"hi"}],"temperature":0}'
        )
    ],
    "wharf": [Request("POST", "/load", (*JSON, ("x-pier", "north")), b'{"weight":7,"model":"crane"}')],
    "mill": [
        Request("POST", "/grind?stone=flint", JSON, b'{"grain":"rye"}'),
        Request("POST", "/pour?stone=flint", JSON, b'{"grain":"rye"}'),
    ],
    "ferry": [Request("POST", "/send", JSON, b'{"crew":"oak","messages":[],"n":1,"stream":false}')],
    "kiosk": [Request("POST", "/", JSON, b'{"shop":"main","messages":[],"stream":false}')],
    "atelier": [Request("POST", "/paint", JSON, b'{"studio":"main","model":"m","messages":[],"stream":false}')],
}


class Gateway:
    """One of the small gateways: its tree, plan, seeds, and copies of it with or without a fault."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.app = APPS[name]
        self.plan: ReplayPlan = plan_of(JOURNALS[name])

    def copy(self, label: str = "legacy") -> Path:
        return Path(shutil.copytree(GATEWAYS / self.name, self.folder / label))

    def planted(self, file: str, old: str, new: str, *, label: str = "registry") -> Path:
        tree = self.copy(label)
        source = (tree / file).read_text()
        assert source.count(old) >= 1, f"{old!r} is not in {file}"
        (tree / file).write_text(source.replace(old, new, 1))
        return tree

    def recording(self, *routes: Route) -> Recording:
        path = self.folder / "traffic.jsonl"
        with RecordingWriter(path) as writer:
            for route in routes or [Route(str(n), seed, Answer(200)) for n, seed in enumerate(SEEDS[self.name])]:
                writer.write(route)
        return read_recording(path)

    def generated(self, *, faults: bool = True) -> tuple[Case, ...]:
        cases = cases_from([self.recording()], self.plan)
        return tuple(case for case in cases if not case.recorded and (faults or case.outcome != "fault"))

    def replay(
        self, registry: Path, *, legacy: Path | None = None, depth="calls", cases=None, **options
    ) -> ReplayReport:
        return replay(
            ArmSpec(legacy or self.copy("legacy"), self.app),
            ArmSpec(registry, self.app),
            self.generated() if cases is None else cases,
            depth=depth,
            plan=self.plan,
            **options,
        )


@pytest.fixture
def gateway(tmp_path) -> Callable[[str], Gateway]:
    return lambda name: Gateway(name, tmp_path)


@pytest.fixture
def route() -> Callable[..., Route]:
    def make(body: object = None, *exchanges: Exchange, url="/v1/talk", headers=JSON, status=200) -> Route:
        return Route("r1", Request("POST", url, headers, json.dumps(body or {}).encode()), Answer(status), exchanges)

    return make


class _Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "birch" in self.path:
            return self._send(503, b'{"error":"birch is down"}')
        if not body.get("stream"):
            data = {"choices": [{"message": {"content": self.path}}], "echo": self.headers.get("authorization")}
            return self._send(200, json.dumps(data).encode())
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        pieces = [b'data: {"piece": 1}\n\n', b'data: {"piece": 2}\n\n', b"data: [DONE]\n\n"]
        for piece in pieces[:1] if "cut" in body["model"] else pieces:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()
        if "cut" not in body["model"]:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True
        return None

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture
def upstream() -> Iterator[str]:
    with _Server(("127.0.0.1", 0), _Upstream) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def replay_app(tmp_path) -> Callable[..., ReplayReport]:
    """Replay cases through two applications that are given as sources."""

    def run(legacy: str, registry: str, cases, **options) -> ReplayReport:
        for name, source in (("legacy", legacy), ("registry", registry)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "app.py").write_text(source)
        arms = (ArmSpec(tmp_path / name, "app:app") for name in ("legacy", "registry"))
        return replay(
            *arms, cases, plan=plan_of({"sites": [_site("talk", "app.py", ["ash"])], "modules": []}), **options
        )

    return run
