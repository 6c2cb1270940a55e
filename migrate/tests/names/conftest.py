"""Small gateways whose names other code needs, run in fresh processes at every stage of a cutover."""

import itertools
import json
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cutover_migrate import (
    apply_plan,
    certified_plan,
    finish_cutover,
    plan_json,
    scan_json,
    scan_paths,
    undo_cutover,
    verify_cutover,
)

FOLDERS = ("", "clients/", "config/")
IMPORTS = "".join(f"from desk.clients.{name} import done_{name}, make_{name}\n" for name in "abcd")
CHAIN = """

def chat(provider, model):
    if provider == "a":
        raw = make_a(model)
        done = done_a(raw)
    elif provider == "b":
        raw = make_b(model)
        done = done_b(raw)
    elif provider == "c":
        raw = make_c(model)
        done = done_c(raw)
    elif provider == "d":
        raw = make_d(model)
        done = done_d(raw)
    else:
        raise LookupError(provider)
    return done
"""
LOAD = """\
import importlib

IMPORT_ERRORS = {}


def load(name, names):
    try:
        module = importlib.import_module("desk.clients." + name)
        return {each: getattr(module, each) for each in names}
    except ImportError as error:
        IMPORT_ERRORS[name] = str(error)

        def away(*args, **options):
            raise RuntimeError(f"{name} is away")

        return {each: away for each in names}


"""
SEEN = """
import desk.chat as chat
from unittest import mock


def seen():
    for provider in ["a", "b", "c", "d", "hug", "e", None, ["a"]]:
        try:
            print(provider, chat.chat(provider, "m"))
        except Exception as error:
            print(provider, type(error).__name__, error)


seen()
"""


def client(name):
    return f'''
EXTRA_{name} = "extra {name}"


class Client_{name}:
    """A type."""


def make_{name}(*args, **options):
    return f"{name} made {{args}} {{sorted(options.items())}}"


def done_{name}(*args):
    return f"{name} done {{args}}"
'''


@dataclass
class Audit:
    """What the program showed at each stage of one cutover, what was left, and how the file looked."""

    root: Path
    probe: str
    process: "Forking"
    before: str = ""
    blocks: list = field(default_factory=list)
    texts: dict = field(default_factory=dict)

    def run(self, arm=""):
        """What the probe prints, in a process of its own."""
        return self.process.run(SEEN + textwrap.dedent(self.probe), cwd=self.root, arm=arm)

    def follow(self):
        """Take the program through every stage; whatever it shows differently fails the test."""
        self.before = self.run()
        original = self.text()
        found = scan_paths([self.root / "desk"], root=self.root)
        self.blocks = scan_json(found)["blocks"]
        apply_plan(self.root, json.loads(json.dumps(plan_json(certified_plan(found)))))
        self.texts["applied"] = self.text()
        assert self.run("legacy") == self.before
        assert self.run("registry") == self.before
        assert verify_cutover(self.root).findings() == []
        finish_cutover(self.root)
        self.texts["finished"] = self.text()
        assert self.run() == self.before
        assert verify_cutover(self.root).findings() == []
        undo_cutover(self.root)
        assert self.text() == original
        assert self.run() == self.before

    def text(self):
        """The text of the chat module."""
        return (self.root / "desk/chat.py").read_text()

    def decided(self, kind):
        """First line, decision and reason of each block of a kind."""
        return [
            (block["start_line"], block["decision"], block["reason"]) for block in self.blocks if block["kind"] == kind
        ]

    def reasons(self, kind):
        """The reasons of the kept blocks of a kind, each once."""
        assert {decision for _, decision, _ in self.decided(kind)} == {"keep"}, self.blocks
        return sorted({reason for _, _, reason in self.decided(kind)})

    def is_rewritten(self, kind):
        """Whether every block of a kind is rewritten, and there is one."""
        return {decision for _, decision, _ in self.decided(kind)} == {"rewrite"}


@dataclass
class Forking:
    """A process that forks a fresh one for each run."""

    server: subprocess.Popen
    folder: Path

    def run(self, code, *, cwd, arm):
        """What the code prints; it may not fail."""
        out, err = self.folder / "out", self.folder / "err"
        for path in (out, err):
            path.write_text("")
        order = {"code": code, "cwd": str(cwd), "arm": arm, "out": str(out), "err": str(err)}
        self.server.stdin.write(json.dumps(order) + "\n")
        self.server.stdin.flush()
        assert self.server.stdout.readline() == "0\n", out.read_text() + err.read_text()
        return out.read_text()


@pytest.fixture(scope="session")
def forking(tmp_path_factory):
    """The process that forks."""
    command = [sys.executable, str(Path(__file__).with_name("forking.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield Forking(server, tmp_path_factory.mktemp("forking"))
        server.stdin.close()


@pytest.fixture
def audit(tmp_path, forking):
    """Write a gateway and follow it through every stage.

    The chat module is ``imports``, ``between``, ``chain``, ``after``; ``files`` are further files by path. ``probe``
    runs behind `seen`, with ``chat`` and ``mock`` at hand, and prints what it sees.
    """
    numbers = itertools.count()

    def audit(*, imports=IMPORTS, between="", chain=CHAIN, after="", probe="", clients="abcd", files=None):
        root = tmp_path / f"gateway{next(numbers)}"
        texts = {f"desk/{folder}__init__.py": "" for folder in FOLDERS}
        texts |= {f"desk/clients/{name}.py": client(name) for name in clients}
        texts |= {"pyproject.toml": "", "desk/chat.py": f'"""Chat."""\n{imports}{between}{chain}{after}'}
        texts |= {path: textwrap.dedent(text) for path, text in (files or {}).items()}
        for path, text in texts.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        found = Audit(root, probe, forking)
        found.follow()
        return found

    return audit


@pytest.fixture(scope="session")
def plain():
    """The provider imports of the chat module, one line a client."""
    return IMPORTS


@pytest.fixture(scope="session")
def chain():
    """The chat module's function."""
    return CHAIN


@pytest.fixture(scope="session")
def each_client():
    """Join a text for each client, its name in place of ``{}``."""
    return lambda text, names="abcd": "".join(text.replace("{}", name) for name in names)


@pytest.fixture(scope="session")
def client_text():
    """The text of one client module."""
    return client


@pytest.fixture(scope="session")
def safe_imports():
    """A safe-import helper, and the clients through it."""
    lines = '_{} = load("{}", ["make_{}", "done_{}"])\nmake_{} = _{}.get("make_{}")\ndone_{} = _{}.get("done_{}")\n'
    return LOAD + "".join(lines.replace("{}", name) for name in "abcd")
