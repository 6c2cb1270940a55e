"""Fixtures of the surveying tests: a tree with chains of many kinds, a cache of its own, and what a scan says of it."""

import textwrap

import pytest

from cutover_migrate import scan_paths
from cutover_migrate._report import scan_json

FILES = {
    "setup.py": "",
    "desk/__init__.py": "",
    "desk/names.py": """
        from enum import Enum

        FAR = "far"


        class Provider(str, Enum):
            NEAR = "near"
            far = "far"
    """,
    "desk/clients.py": "".join(f"def make_{name}(x): return x\n" for name in ("near", "far", "wide", "deep")),
    "desk/chat.py": """
        from desk.clients import make_deep, make_far, make_near, make_wide
        from desk.names import FAR, Provider


        def chat(provider, x):
            if provider == Provider.NEAR:
                return make_near(x)
            elif provider == FAR:
                return make_far(x)
            elif provider == "wide":
                return make_wide(x)
            elif provider == "deep":
                return make_deep(x)
            raise ValueError(provider)


        def label(provider):
            return "n" if provider == "near" else "f" if provider == "far" else "?"


        def draw(kind):
            if kind == "a":
                return 1
            elif kind == "b":
                return 2
    """,
    "desk/parts.py": """
        def flat(parts):
            for part in parts:
                if part["type"] == "text":
                    print(part["text"])
                elif part["type"] == "image":
                    print(part["url"])
    """,
    "desk/later.py": """
        from .names import Provider
        from .clients import make_far, make_near


        async def later(provider, x):
            match provider:
                case Provider.NEAR:
                    return make_near(x)
                case Provider.far:
                    return make_far(x)
    """,
    "desk/broken.py": "def f(:\n",
    "desk/plain.py": "def f(x):\n    return x\n",
}


@pytest.fixture
def project(tmp_path):
    """The tree, in a folder of its own."""
    root = tmp_path / "project"
    for path, text in FILES.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text))
    return root


@pytest.fixture
def cache_home(tmp_path, monkeypatch):
    """The folder of the user's caches, empty at first."""
    home = tmp_path / "caches"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home


@pytest.fixture
def said():
    """What a scan of a folder says, as JSON."""

    def run(root, **options):
        return scan_json(scan_paths([root], root=root, **options))

    return run
