"""An application in which one in seven cases differs, and more cases than one lane takes."""

import fcntl
import json
import threading
from contextlib import contextmanager

import pytest

from cutover_parity import Answer, ArmSpec, CaseStream, RecordingWriter, Request, Route, plan_of, replay
from cutover_parity.engines import InProcess

APP = """
import fcntl, json, os
from pathlib import Path

HERE = Path(__file__).parent


def ask(provider, number):
    raise AssertionError("the real one")


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = json.loads((await receive())["body"])
    with open(HERE / "driven.txt", "a") as file:
        file.write(f"{os.getpid()} {body['n']}\\n")
    with open(HERE / "gate") as gate:
        fcntl.flock(gate, fcntl.LOCK_SH)
    made = ask(body["provider"], body["n"])
    text = json.dumps([made, body["n"] % 7 == LUCKY, os.environ.get("SERVICE_API_KEY")])
    headers = [(b"x-api-key", b"sk-" + os.environ.get("SERVICE_API_KEY", "").encode() + str(body["n"]).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers if body["n"] % 7 == LUCKY else []})
    await send({"type": "http.response.body", "body": text.encode()})
"""
PLAN = plan_of(
    {
        "sites": [{"name": "talk", "keys": ["ash", "elm"], "file": "app.py"}],
        "modules": [{"module": "app", "callees": {"ask": {"provider": "ash", "slot": "ask"}}}],
    }
)


class Trees:
    """Two trees, a recording, and replays of them in lanes of ten."""

    def __init__(self, folder):
        self.arms = []
        for name, lucky in (("legacy", 3), ("registry", 4)):
            (folder / name).mkdir()
            (folder / name / "app.py").write_text(APP.replace("LUCKY", str(lucky)))
            (folder / name / "gate").touch()
            self.arms.append(ArmSpec(folder / name, "app:app", env={"SERVICE_API_KEY": "0123456789abcdef0123"}))
        self.recording = folder / "traffic.jsonl"
        with RecordingWriter(self.recording) as writer:
            for number in range(30):
                body = json.dumps({"provider": "ash", "n": number}).encode()
                writer.write(Route(str(number), Request("POST", "/v1", (), body), Answer(200)))

    @contextmanager
    def shut(self, opener):
        """Have the legacy arm wait in whatever case it drives, until `opener`, run in a thread, has ended."""

        def run():
            try:
                opener()
            finally:
                gate.close()

        gate, thread = (self.arms[0].root / "gate").open(), threading.Thread(target=run)
        fcntl.flock(gate, fcntl.LOCK_EX)
        thread.start()
        yield
        thread.join()

    def driven(self):
        """The numbers that the legacy arm drove, in the order in which it did."""
        path = self.arms[0].root / "driven.txt"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def replay(self, engine, **options):
        cases = CaseStream([self.recording], PLAN, generate=False)
        return replay(*self.arms, cases, plan=PLAN, engine=engine, lane_cases=10, **options)


@pytest.fixture
def trees(tmp_path):
    return Trees(tmp_path)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The report of the same replay without workers."""
    return Trees(tmp_path_factory.mktemp("alone")).replay(InProcess())
