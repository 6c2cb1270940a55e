"""What the documentation's tests share: the pages, their fenced blocks, and a shell that runs a page's commands."""

import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FENCE = re.compile(r"^```(?P<kind>[a-z]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LITTER = shutil.ignore_patterns("__pycache__", "*_cache", ".cutover")


@dataclass(frozen=True)
class Page:
    """One page: its path in the repository and its text."""

    path: str
    text: str

    def fences(self, kind):
        """The texts of the fenced blocks of one kind."""
        return [found["text"] for found in FENCE.finditer(self.text) if found["kind"] == kind]

    @property
    def prose(self):
        """The text without its fenced blocks."""
        return FENCE.sub("", self.text)


def read_pages():
    paths = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {
        path.relative_to(ROOT).as_posix(): Page(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
    }


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def pages():
    return read_pages()


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        pages = read_pages()
        metafunc.parametrize("page", pages.values(), ids=list(pages))


@pytest.fixture
def bench(tmp_path):
    """A folder with copies of what the pages speak of: `examples/` without caches."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=LITTER)
    return tmp_path


@pytest.fixture(scope="session")
def free_port():
    def find():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return str(probe.getsockname()[1])

    return find


@pytest.fixture(scope="session")
def shell():
    """Run a script with `cutover` and `python` of this environment; give the finished process."""

    def run(script, *, cwd):
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("CUTOVER_", "COV_", "PYTEST_"))
        }
        environment |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "160"}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1", "TERM": "dumb", "LOG_LEVEL": "CRITICAL"}
        return subprocess.run(
            ["bash", "-c", script], cwd=cwd, env=environment, text=True, timeout=600, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run
