"""Migrated trees to plant in: copies of both examples, and a small gateway in other forms (CRLF, modules, siblings)."""

import importlib.util
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
import pytest

from cutover_cli._plant import KINDS_ON_REQUEST, Planted, plant
from cutover_migrate import Verified, apply_plan, finish_cutover, make_plan, plan_json, scan_paths, verify_cutover
from cutover_parity import (
    ArmSpec,
    Case,
    ReplayReport,
    cases_from,
    read_plan,
    read_recording,
    recording_server,
    replay,
)

EXAMPLES = Path(__file__).parents[3] / "examples"


def migrate(root: Path, *, state: str, package: str) -> Path:
    apply_plan(root, plan_json(make_plan(scan_paths([root / package], root=root))))
    if state == "finished":
        finish_cutover(root)
    return root


@dataclass(frozen=True)
class Seeds:
    """How one example is asked: the application, the variable with its upstream, and (method, path, body)."""

    package: str
    app: str
    variable: str
    requests: list[tuple[str, str, dict | None]]


CHAT = {"model": "m", "temperature": 0.5, "user": "u-1"}
TICKET = {"number": "T-1", "question": "Where?", "tone": "brief", "model": "m", "knobs": {"temperature": 0.2}}
SEEDS = {
    "legacy_gateway": Seeds(
        "src",
        "src.main:app",
        "UPSTREAM_BASE_URL",
        [
            ("POST", path, {**CHAT, **said, "provider": provider, "stream": stream})
            for path, said in (
                ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}]}),
                ("/v1/responses", {"input": "Hi"}),
            )
            for stream in (False, True)
            for provider in ("groq", "openrouter")
        ],
    ),
    "relay_desk": Seeds(
        "deskrelay",
        "deskrelay.app:app",
        "DESK_UPSTREAM",
        [
            request
            for vendor in ("groq", "mistral")
            for request in (
                ("POST", "/drafts", {**TICKET, "vendor": vendor}),
                ("POST", "/drafts/live", {**TICKET, "vendor": vendor}),
                ("GET", f"/vendors/{vendor}/models?floor=9000", None),
            )
        ],
    ),
}  # fmt: skip


class Example:
    """One example: its legacy tree, a recording of it, and the migrated trees, each made when it is first needed."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder, self.seeds = name, folder, SEEDS[name]
        ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
        self.legacy = Path(shutil.copytree(EXAMPLES / name, folder / "legacy", ignore=ignored))
        self._trees: dict[str, Path] = {}
        self._env: dict[str, str] = {}

    def tree(self, state: str) -> Path:
        if state not in self._trees:
            fresh = shutil.copytree(self.legacy, self.folder / state, ignore=shutil.ignore_patterns("__pycache__"))
            self._trees[state] = migrate(Path(fresh), state=state, package=self.seeds.package)
        return self._trees[state]

    def prepare(self, state: str) -> None:
        assert self.tree(state)
        assert self.cases

    def copy(self, state: str, label: str) -> Path:
        return Path(
            shutil.copytree(self.tree(state), self.folder / label, ignore=shutil.ignore_patterns("__pycache__"))
        )

    @cached_property
    def cases(self) -> list[Case]:
        out = self.folder / "traffic.jsonl"
        with serve_upstream() as url:
            self._env = {self.seeds.variable: url}
            with recording_server(self.seeds.app, root=self.legacy, out=out, env=self._env) as base:
                for method, path, body in self.seeds.requests:
                    assert httpx.request(method, base + path, json=body).status_code == 200
        return list(cases_from([read_recording(out)], read_plan(self.tree("applied") / ".cutover" / "journal.json")))

    @cached_property
    def some_cases(self) -> list[Case]:
        """Every answer, and a third of what fails with 503 or fails over."""
        failing = [case for case in self.cases if case.outcome in ("error", "failover")]
        return [*(case for case in self.cases if case.outcome == "answer"), *failing[::3]]

    def replay(self, tree: Path, state: str, *, depth: str = "calls", every: bool = False) -> ReplayReport:
        plan = read_plan(self.tree("applied") / ".cutover" / "journal.json")
        cases, side = self.cases if every else self.some_cases, "registry" if state == "applied" else None
        arms = (
            ArmSpec(self.legacy, self.seeds.app, env=self._env),
            ArmSpec(tree, self.seeds.app, side, env=self._env),
        )
        return replay(*arms, cases, depth=depth, plan=plan)


@contextmanager
def serve_upstream() -> Iterator[str]:
    spec = importlib.util.spec_from_file_location("fake_upstream_of_examples", EXAMPLES / "fake_upstream.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.serve_upstream() as upstream:
        yield upstream.url


@pytest.fixture(scope="session")
def example(tmp_path_factory) -> Callable[[str], Example]:
    made: dict[str, Example] = {}

    def give(name: str) -> Example:
        if name not in made:
            made[name] = Example(name, tmp_path_factory.mktemp(name))
        return made[name]

    return give


@dataclass(frozen=True)
class Outcome:
    """What became of one planted fault."""

    planted: Planted
    verified: Verified
    reports: list[ReplayReport]

    @property
    def caught(self) -> bool:
        return bool(self.reports[-1].mismatches)

    def __str__(self) -> str:
        planted = self.planted
        return f"{planted.kind} at {planted.site} was not caught: {planted.sentence}\n{planted.diff}"


class Nursery:
    """Plants by seed and sees what catches it; while one seed is looked at, the next is under way already."""

    def __init__(self, example: Callable[[str], Example], seeds: range) -> None:
        self._example, self._seeds = example, seeds
        self._pool = ThreadPoolExecutor(2)
        self._outcomes: dict[int, Future[Outcome]] = {}

    def bed(self, seed: int) -> tuple[Example, str]:
        """Every third seed goes to the larger example, and states take turns."""
        name = "relay_desk" if seed % 3 else "legacy_gateway"
        return self._example(name), ("applied", "finished")[seed // 3 % 2]

    def outcome(self, seed: int) -> Outcome:
        for number in (seed, seed + self._seeds.step):
            if number in self._seeds and number not in self._outcomes:
                self._outcomes[number] = self.look(*self.bed(number), seed=number)
        return self._outcomes[seed].result()

    def look(self, example: Example, state: str, *, seed: int, kind: str | None = None) -> Future[Outcome]:
        """Plant and verify here (two threads that parse at once break Python 3.11), replay in the background."""
        example.prepare(state)
        tree = example.copy(state, f"{state}-{seed}-{kind}")
        planted = plant(tree, seed, kind=kind)
        verified = verify_cutover(tree)
        return self._pool.submit(_replayed, example, state, tree, planted, verified)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def _replayed(example: Example, state: str, tree: Path, planted: Planted, verified: Verified) -> Outcome:
    reports = [example.replay(tree, state, every=planted.kind in KINDS_ON_REQUEST)]
    if not reports[0].mismatches:
        reports.append(example.replay(tree, state, depth="http"))
    shutil.rmtree(tree)
    return Outcome(planted, verified, reports)


@pytest.fixture(scope="session")
def nursery(example) -> Iterator[Nursery]:
    made = Nursery(example, range(0, 50, 1 if os.environ.get("CUTOVER_FUZZ") else 10))
    yield made
    made.close()


QUAY = '''\
"""Routes of a quay — by module, with a stream and a price list."""
import asyncio

from quay import ash_client
from quay import birch_client
from quay import cedar_client
from quay import elm_client


async def run(function, /, *args, label="", **kwargs):
    return await asyncio.to_thread(function, *args, **kwargs)


async def logged(function, *args):
    return function(args)


async def talk(backend, text, more):
{talk}    else:
        raise KeyError(backend)
    return reply


def live(backend, text):
{live}    else:
        parts = elm_client.ask_live(text)
    return parts


async def quiet(backend, text):
    reply = None
    try:
{quiet}        else:
            reply = text
    except OSError:
        reply = None
    return reply


def cents(backend, tokens):
{cents}    return 0
'''
BRANCHES = {
    "talk": ("ash birch cedar", "    ", '''\
    if backend == "NAME":
        async with asyncio.timeout(30):
            reply = await run(NAME_client.ask, text, tone="""dry
and short""", timeout=(5 + 5), label="talk", **more)
'''),
    "live": ("ash birch cedar elm", "    ", '''\
    if backend == "NAME":
        parts = NAME_client.ask_live(text)
'''),
    "quiet": ("ash birch cedar", "        ", '''\
        if backend == "NAME":
            reply = await logged(NAME_client.ask, text)
'''),
    "cents": ("ash birch cedar elm", "", '''\
    if backend == "NAME":
        return NAME_client.cents(tokens)
'''),
}  # fmt: skip
CLIENT = """\
import httpx

RATES = {"dry": 1}


def ask(text, tone="dry", timeout=None, **more):
    return httpx.post("http://127.0.0.1:1/NAME", json={"text": text, "tone": tone, **more}, timeout=timeout).json()


def ask_live(text):
    yield from ask(text)["parts"]


def cents(tokens):
    return round(tokens * RATES.get("dry"), 2)
"""


def quay_text() -> str:
    texts = {}
    for site, (names, _, branch) in BRANCHES.items():
        branches = [branch.replace("NAME", name) for name in names.split()]
        chained = site != "cents"
        texts[site] = "".join(
            text.replace("if ", "elif ", 1) if chained and number else text for number, text in enumerate(branches)
        )
    return QUAY.format(**texts)


@pytest.fixture(scope="session")
def quays(tmp_path_factory) -> dict[str, Path]:
    """The small gateway, applied and finished; its files have CRLF line ends."""
    roots = {}
    for state in ("applied", "finished"):
        root = tmp_path_factory.mktemp("quay") / state
        (root / "quay").mkdir(parents=True)
        (root / "pyproject.toml").write_text('[project]\nname = "quay"\nversion = "1"\n')
        (root / "quay" / "__init__.py").write_text("")
        (root / "quay" / "routes.py").write_bytes(quay_text().replace("\n", "\r\n").encode())
        for name in ("ash", "birch", "cedar", "elm"):
            (root / "quay" / f"{name}_client.py").write_text(textwrap.dedent(CLIENT).replace("NAME", name))
        roots[state] = migrate(root, state=state, package="quay")
    return roots


@pytest.fixture
def quay(quays, tmp_path) -> Callable[..., Path]:
    return lambda state="applied", label="quay": Path(shutil.copytree(quays[state], tmp_path / label))
