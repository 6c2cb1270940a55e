"""The catalogue of planted faults: tables in TOML, one a family, each planted into a copy of a small gateway.

The unchanged gateway is driven once for each depth; its replies serve every fault of the family that is planted there.
Each fault has a worker of its own (forked from one that is warm, see `forking`), and what that does goes through the
finder and the report of a replay.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cutover_parity import ArmSpec, Case, ReplayReport, Request, Script, Step, report_text
from cutover_parity.arms._arm import ArmSetup, Reply, _environment, _setup_line, line_of
from cutover_parity.replay._duel import Answered
from cutover_parity.replay._findings import Finder
from cutover_parity.replay._lanes import Job, LaneResult
from cutover_parity.replay._replay import Gathered

CATALOGUE = Path(__file__).parent / "catalogue"
JSON = (("content-type", "application/json"), ("x-route", "r7"))
MESSAGES = [{"role": "user", "content": 'hé, "you"'}]
OPTIONS = {
    "temperature": 0,
    "max_tokens": 9,
    "n": 2,
    "stop": ["END"],
    "tools": [{"type": "function", "function": {"name": "weather", "parameters": {}}}],
    "tool_choice": "auto",
    "user": "ada",
}
ALWAYS = ["status 402", "status 404", "status 429", "status 500", "status 503", "timeout", "connect", "hang", "value"]
ONCE = ["status 429", "status 503", "timeout", "connect", "reset"]
STREAMED = ["status 503", "timeout", "cut", "malformed", "hang"]
ANSWER = Script()
STEPS = {
    **{f"status {number}": Step("status", number) for number in (402, 404, 500, 503)},
    **{kind: Step(kind) for kind in ("timeout", "connect", "reset", "hang", "value", "malformed")},
    "status 429": Step("status", 429, retry_after="3"),
    "cut": Step("cut", 1),
    "slow by 25 s": Step("slow", seconds=25),
    "slow by 40 s": Step("slow", seconds=40),
}
PROVIDERS = {
    "ferry": ("/send", "crew", ["oak", "elm", "fir"], ["o", "oakwood", "Oak", " oak", "ash", "yew", "zinc", None]),
    "kiosk": ("/", "shop", ["main", "spare"], [None]),
    "atelier": ("/paint", "studio", ["main", "other"], [None]),
}


@dataclass(frozen=True)
class Fault:
    """One planted fault; the report shows a difference of `layer` that `says` so; layers in `also` show it too."""

    name: str
    family: str
    gateway: str
    file: str
    edits: list[list[str]]
    layer: str
    says: str
    depth: str = "calls"
    also: list[str] = field(default_factory=list)


def all_faults() -> dict[str, dict[str, Fault]]:
    """Give the catalogue: families, and in each its faults by name."""
    return {
        path.stem: {name: Fault(name, path.stem, **entry) for name, entry in tomllib.loads(path.read_text()).items()}
        for path in sorted(CATALOGUE.glob("*.toml"))
    }


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a `fault` gets those of the family that its file is named after."""
    if "fault" in metafunc.fixturenames:
        faults = all_faults()[Path(metafunc.module.__file__).stem.removeprefix("test_")]
        metafunc.parametrize("fault", faults.values(), ids=faults.keys())


@pytest.fixture(scope="session")
def catalogue() -> dict[str, dict[str, Fault]]:
    return all_faults()


def cases_of(ours) -> Iterator[Case]:
    """Few cases that reach every branch of a gateway: each key, the faults that matter, routes in a row."""
    if ours.name in PROVIDERS:
        yield from _spoken(ours.name)
        return
    for case in ours.generated():
        if case.outcome != "fault" or any(word in case.id for word in ("401", "429", "504", "timeout", "value", "cut")):
            yield case


def _spoken(name: str) -> Iterator[Case]:
    path, field_name, names, others = PROVIDERS[name]

    def asked(label: str, key: str | None, *, script=ANSWER, pause=None, url=path, leaves=None, **more) -> Case:
        body = {"model": "m", "messages": MESSAGES, **({} if key is None else {field_name: key}), **more}
        streamed = "streamed " if more.get("stream") else ""
        body = {name: value for name, value in body.items() if value is not None or name not in {"model", "messages"}}
        request = Request("POST", url, JSON, json.dumps(body).encode())
        return Case(f"{url} {key!r} {streamed}{label}", request, script, "made", key, pause=pause, leaves=leaves)

    for key in (*names, *others):
        yield asked("answers", key)
        yield asked("answers", key, stream=True)
    for key in names:
        yield asked("with options", key, **OPTIONS)
        yield asked("without a model", key, model=None)
        yield asked("with nulls", key, stop=None, tools=None)
        yield asked("without messages", key, messages=None)
        yield asked("with options", key, **OPTIONS, stream=True)
        for step in ALWAYS:
            yield asked(f"{step} always", key, script=Script(rest=STEPS[step]))
        for step in (*ONCE, "slow by 25 s", "slow by 40 s"):
            yield asked(f"{step} once", key, script=Script((STEPS[step],)))
        for step in STREAMED:
            yield asked(step, key, script=Script(rest=STEPS[step]), stream=True)
        yield asked("comes slowly", key, script=Script(rest=Step("slow", seconds=2)), stream=True)
        yield asked("is left after a chunk", key, stream=True, leaves=1)
    if name == "ferry":
        yield from _for_the_ferry(asked)


def _for_the_ferry(asked: Callable[..., Case]) -> Iterator[Case]:
    failing, down = Script(rest=STEPS["status 503"]), "?crew=oak"
    for key in ("oak", "fir"):
        yield asked("answers", None, url=f"/quick?crew={key}")
        yield asked("fails", None, url=f"/quick?crew={key}", script=failing)
    yield asked("fails once more", "oak", script=failing, pause=None, note=down)
    yield asked("fails after 1 s", "oak", script=failing, pause=1)
    yield asked("rests after 30 s", "oak", pause=30)
    yield asked("is back after 70 s", "oak", pause=70)


class Bench:
    """Drives gateways and keeps what the unchanged ones said."""

    def __init__(self, folder: Path, forking: subprocess.Popen) -> None:
        self.folder, self._forking, self._number = folder, forking, 0
        self._legacy: dict[tuple[str, str], tuple[ArmSpec, list[Case], list[Reply]]] = {}

    def report(self, ours, registry: Path, depth: str) -> ReplayReport:
        """Compare a tree with the unchanged gateway."""
        setup = ArmSetup(depth, ours.plan.modules, [], b"k" * 32)
        spec = ArmSpec(registry, ours.app)
        legacy, cases, before = self._unchanged(ours, setup)
        after, missing = self._replies(spec, setup, cases)
        finder = Finder(ours.plan)
        for case, one, other in zip(cases, before, after, strict=True):
            finder.add(Answered(case, one, other))
        gathered = Gathered(ours.plan)
        found = finder.findings, finder.coverage, {"registry": missing} if missing else {}
        gathered.add(LaneResult(0, len(cases), *found, finder.idle, 0.0))
        return gathered.report(Job(legacy, spec, setup, ours.plan), cases)

    def _unchanged(self, ours, setup: ArmSetup) -> tuple[ArmSpec, list[Case], list[Reply]]:
        kind = ours.name, setup.depth
        if kind not in self._legacy:
            spec, cases = ArmSpec(ours.copy("legacy"), ours.app), list(cases_of(ours))
            assert len({case.id for case in cases}) == len(cases)
            self._legacy[kind] = spec, cases, self._replies(spec, setup, cases)[0]
        return self._legacy[kind]

    def _replies(self, spec: ArmSpec, setup: ArmSetup, cases: list[Case]) -> tuple[list[Reply], tuple[str, ...]]:
        self._number += 1
        asked, replies = (self.folder / f"{self._number}-{name}.jsonl" for name in ("asked", "replies"))
        lines = [json.dumps(_setup_line(spec, setup, "")).encode(), *map(line_of, cases)]
        asked.write_bytes(b"\n".join(lines) + b"\n")
        replies.touch()
        order = {"root": str(spec.root), "env": _environment(spec), "asked": str(asked), "replies": str(replies)}
        self._forking.stdin.write(json.dumps(order) + "\n")
        self._forking.stdin.flush()
        code = int(self._forking.stdout.readline())
        ready, *said = replies.read_text().splitlines() or ["{}"]
        assert (code, len(said)) == (0, len(cases)), f"the worker ended with {code} after {len(said)} replies: {ready}"
        return [Reply(*line.split("\t")) for line in said], tuple(json.loads(ready)["missing"])


@pytest.fixture(scope="session")
def bench(tmp_path_factory) -> Iterator[Bench]:
    command = [sys.executable, "-P", str(Path(__file__).parent / "forking.py")]
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forking:
        yield Bench(tmp_path_factory.mktemp("bench"), forking)
        forking.stdin.close()


@pytest.fixture
def caught(planted) -> Callable[[Fault], None]:
    """Assert that a fault is found by a difference of its layer that says what it is, in the text of the report too."""

    def look(fault: Fault) -> None:
        report = planted(fault)
        text = report_text(report)
        shown = [pair.verdict.differences[0] for pair in report.mismatches]
        assert report.exit_code == 1, text
        assert any(fault.says in str(each) for each in shown if each.layer == fault.layer), "\n".join(map(str, shown))
        assert fault.says in text
        layers = {each.layer for pair in report.mismatches for each in pair.verdict.differences}
        assert layers >= {fault.layer, *fault.also}

    return look


@pytest.fixture
def planted(gateway, bench) -> Callable[[Fault], ReplayReport]:
    """Plant a fault into a copy of its gateway; give the report of the replay against the unchanged one."""

    def run(fault: Fault) -> ReplayReport:
        ours = gateway(fault.gateway)
        tree = ours.copy("registry")
        source = (tree / fault.file).read_text()
        for old, new in fault.edits:
            assert source.count(old) >= 1, f"{old!r} is not in {fault.file}"
            source = source.replace(old, new, 1)
        compile(source, fault.file, "exec")
        (tree / fault.file).write_text(source)
        return bench.report(ours, tree, fault.depth)

    return run
