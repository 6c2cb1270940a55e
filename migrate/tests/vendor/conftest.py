"""Gateways on disk, and an interpreter that has everything installed but this project's packages."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from cutover_migrate import apply_plan, certified_plan, finish_cutover, plan_json, scan_paths, undo_cutover
from cutover_migrate import verify_cutover as verify
from cutover_migrate._plan import Options

EXAMPLES = Path(__file__).parents[3] / "examples"
SOURCES = {"legacy_gateway": "src", "relay_desk": "deskrelay"}
RUNTIME = "desk/clients/_cutover_registry"
CHAT = '''
"""Chat."""

from desk.clients.a import make_a
from desk.clients.b import make_b
from desk.clients.c import make_c
from desk.clients.d import make_d


def chat(provider, model):
    if provider == "a":
        done = make_a(model)
    elif provider == "b":
        done = make_b(model)
    elif provider == "c":
        done = make_c(model)
    elif provider == "d":
        done = make_d(model)
    else:
        raise LookupError(provider)
    return done
'''
ASK = """
from desk.chat import chat
for provider in ["a", "b", "c", "d", "e", None, ["a"]]:
    try:
        print(chat(provider, "m"))
    except LookupError as error:
        print("nobody", error)
"""


@dataclass(frozen=True)
class Gateway:
    """One gateway in a folder, and the interpreter that it is run by."""

    root: Path
    alone: "Alone"
    sources: str = "desk"

    def plan(self, **options):
        """A plan as its JSON file would have it."""
        found = scan_paths([self.root / self.sources], root=self.root)
        return json.loads(json.dumps(plan_json(certified_plan(found, Options(**options)))))

    def apply(self, plan=None, *, vendor_runtime=True, **options):
        """Apply a plan, a fresh one if none is given."""
        return apply_plan(self.root, plan or self.plan(), vendor_runtime=vendor_runtime, **options)

    def verify(self):
        """Certify what is on disk."""
        return verify(self.root)

    def finish(self):
        """Take the legacy arm out."""
        return finish_cutover(self.root)

    def undo(self, **options):
        """Take everything back."""
        return undo_cutover(self.root, **options)

    def journal(self):
        """The journal."""
        return json.loads((self.root / ".cutover" / "journal.json").read_text())

    def files(self):
        """The bytes of every file outside of `.cutover`, by path; bytecode is left out."""
        paths = [path for path in self.root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        found = {path.relative_to(self.root).as_posix(): path.read_bytes() for path in sorted(paths)}
        return {path: data for path, data in found.items() if not path.startswith(".cutover/")}

    def ask(self, arm=""):
        """What every provider answers, in a process that has none of our packages."""
        return self.alone.run(["-c", ASK], cwd=self.root, env={"CUTOVER_ARM": arm}).stdout


@dataclass(frozen=True)
class Alone:
    """An interpreter that finds the packages of this environment, this project's left out."""

    packages: Path

    def run(self, arguments, *, cwd, env=None, check=True):
        """Run it; nothing of the user's or of the site's is read."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CUTOVER_", "PYTEST_"))}
        done = subprocess.run(
            [sys.executable, "-S", "-W", "error", *map(str, arguments)],
            cwd=cwd,
            env=kept | {"PYTHONPATH": str(self.packages), "PYTHONDONTWRITEBYTECODE": "1"} | (env or {}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done


@pytest.fixture(scope="session")
def alone(tmp_path_factory):
    """The interpreter; its packages are links to the installed ones."""
    folder = tmp_path_factory.mktemp("packages")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        ours = entry.name.startswith(("cutover_", "provider_cutover", "_provider_cutover", "__editable__"))
        if not ours and entry.suffix != ".pth":
            (folder / entry.name).symlink_to(entry)
    return Alone(folder)


@pytest.fixture
def gateway(tmp_path, alone):
    """A small gateway with one chain over four providers."""
    root = tmp_path / "gateway"
    for folder in ("desk", "desk/clients", "desk/config"):
        (root / folder).mkdir(parents=True)
        (root / folder / "__init__.py").touch()
    for name in "abcd":
        (root / f"desk/clients/{name}.py").write_text(f'def make_{name}(model):\n    return f"{name} made {{model}}"\n')
    (root / "desk/chat.py").write_text(CHAT)
    (root / "requirements.txt").write_text("httpx>=0.28\n")
    return Gateway(root, alone)


@pytest.fixture
def example(tmp_path, alone):
    """A copy of one of the example gateways."""

    def copy(name):
        litter = shutil.ignore_patterns("__pycache__", "*_cache", ".cutover")
        return Gateway(Path(shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=litter)), alone, SOURCES[name])

    return copy


@pytest.fixture(scope="session")
def runtime():
    """The folder of the small gateway's vendored runtime."""
    return RUNTIME


@pytest.fixture(scope="session")
def dedent():
    """Dedent a text."""
    return textwrap.dedent
