"""Fixtures of the command tests: small gateways on disk, run in processes of their own."""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from cutover_migrate import apply_plan, finish_cutover, make_plan, plan_json, scan_paths, undo_cutover, verify_cutover
from cutover_migrate._plan import Options

RUNNER = Path(__file__).with_name("runner.py")
MAIN = "desk/chat.py"
PACKAGE = {"pyproject.toml": "", "desk/__init__.py": "", "desk/config/__init__.py": "", "desk/clients/__init__.py": ""}


@dataclass(frozen=True)
class Gateway:
    """One gateway in a folder."""

    root: Path

    def plan(self, **options):
        """A plan as its JSON file would have it."""
        found = scan_paths([self.root], root=self.root, include=options.get("include", ()))
        return json.loads(json.dumps(plan_json(make_plan(found, Options(**options)))))

    def apply(self, plan=None, **options):
        """Apply a plan, a fresh one if none is given."""
        return apply_plan(self.root, plan or self.plan(), **options)

    def verify(self):
        """Certify what is on disk."""
        return verify_cutover(self.root)

    def finish(self):
        """Take the legacy arm out."""
        return finish_cutover(self.root)

    def undo(self, **options):
        """Take everything back."""
        return undo_cutover(self.root, **options)

    def text(self, path=MAIN):
        """The text of a file."""
        return (self.root / path).read_text()

    def write(self, files):
        """Write files (texts are dedented)."""
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(textwrap.dedent(text))

    def edit(self, old, new, path=MAIN):
        """Replace a text that stands once in a file."""
        text = self.text(path)
        assert text.count(old) == 1, text
        (self.root / path).write_text(text.replace(old, new))

    def files(self):
        """The bytes of every file outside of `.cutover`, by path."""
        paths = [path for path in self.root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        found = {path.relative_to(self.root).as_posix(): path.read_bytes() for path in sorted(paths)}
        return {path: data for path, data in found.items() if not path.startswith(".cutover/")}

    def run(self, *, arm="", keys=(), module="desk.chat"):
        """What a process of the gateway sees: the outcome of each function at each key, imports and calls traced."""
        task = {"module": module, "keys": list(keys)}
        environment = {**os.environ, "CUTOVER_ARM": arm, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-W", "error", str(RUNNER), json.dumps(task)],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def gateway(tmp_path):
    """Write a gateway: its chat module, its clients by name (each a module that traces its calls), other files."""
    numbers = itertools.count()

    def build(chat, clients=("a", "b", "c", "d"), **files):
        found = Gateway(tmp_path / f"gateway{next(numbers)}")
        made = {f"desk/clients/{name}.py": client(name) for name in clients}
        others = {path.replace("__", "/") + ".py": text for path, text in files.items()}
        found.write({**PACKAGE, **made, MAIN: chat, **others})
        return found

    return build


@pytest.fixture
def open_folder():
    """A folder outside of pytest's private ones, which any user may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name).resolve()


def client(name):
    return f"""
    TRACE = []


    def make_{name}(*args, **options):
        TRACE.append(["make_{name}", repr(args), repr(options)])
        if "bad" in args:
            raise ValueError("{name} is bad")
        return "{name} made"


    def done_{name}(*args):
        TRACE.append(["done_{name}", repr(args)])
        return "{name} done", *args


    async def stream_{name}(*args):
        TRACE.append(["stream_{name}", repr(args)])
        for number in range(2):
            yield "{name}", number


    class Client:
        @staticmethod
        def run_{name}(*args):
            TRACE.append(["run_{name}", repr(args)])
            return "{name} ran"
    """


@pytest.fixture(scope="session")
def plain():
    """A gateway's chat module with two sites, an odd branch, a table, a list and an alias fix."""
    return '''
    """Chat."""

    from desk.clients.a import done_a, make_a
    from desk.clients.b import done_b, make_b  # the slow one
    from desk.clients.c import done_c, make_c
    from desk.clients.d import done_d, make_d

    DEFAULT = 30
    TIMES = {"b": 120}


    def chat(provider, model):
        if provider == "bee":
            provider = "b"
        wait = TIMES.get(provider, DEFAULT)
        if provider == "a":
            raw = make_a(model, timeout=wait)
            done = done_a(raw)
        elif provider == "b":
            raw = make_b(model, timeout=wait)
            done = done_b(raw)
        elif provider == "c":
            model = f"c/{model}"
            raw = make_c(model, 3)
            done = done_c(raw, wait)
        else:
            raw = make_d(model, timeout=wait)
            done = done_d(raw)
        return done, model


    def images(provider, model):
        if provider == "b":
            return [make_b(model)]
        elif provider == "a":
            return [make_a(model)]
        else:
            raise LookupError(provider)


    def detect(provider, model):
        for name in ["b", "a"]:
            if name == provider:
                return name
        return None
    '''
