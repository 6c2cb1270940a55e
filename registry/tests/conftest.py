"""What the tests of this room share: modules on disk, a gateway of two sites, subprocesses, a clean process."""

import importlib
import itertools
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cutover_registry import ProviderRegistry, RecordingHook
from cutover_registry._open_attempt import LISTENERS

CLIENT = """
def make_{identifier}_request_openai(messages, model, **kwargs):
    return ("{name}", "request", model)

def process_{identifier}_response(response):
    return ("{name}", "processed", response)

def make_{identifier}_request_openai_stream(messages, model, **kwargs):
    yield "{name}"
    yield model
"""
_serial = itertools.count()


class Project:
    """A package on disk, under a name that no other test uses."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.package = f"project{os.getpid()}_{next(_serial)}"
        (root / self.package).mkdir()
        (root / self.package / "__init__.py").write_text("")

    def name(self, module: str) -> str:
        return f"{self.package}.{module}"

    def write(self, module: str, source: str) -> str:
        """Write one module (``PKG`` in its source stands for the package); return its dotted name."""
        path = self.root / self.package / f"{module}.py"
        path.write_text(textwrap.dedent(source).replace("PKG", self.package))
        importlib.invalidate_caches()
        return self.name(module)

    def client(self, name: str) -> str:
        """Write the usual client module of a provider; return its dotted name."""
        identifier = name.replace("-", "_")
        return self.write(f"{identifier}_client", CLIENT.format(name=name, identifier=identifier))

    def load(self, module: str) -> ModuleType:
        return importlib.import_module(self.name(module))

    def loaded(self, module: str) -> bool:
        return self.name(module) in sys.modules

    def run(self, source: str, **environment: str) -> str:
        """Run a script in a process of its own; return what it printed."""
        script = textwrap.dedent(source).replace("PKG", self.package)
        result = subprocess.run(
            [sys.executable, "-W", "error", "-c", script],
            cwd=self.root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout


@pytest.fixture(autouse=True)
def clean_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("CUTOVER_SWITCH_FILE", str(tmp_path / "switch.json"))
    monkeypatch.delenv("CUTOVER_ARM", raising=False)
    yield
    assert LISTENERS.active == (), "a test left its hook behind"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    project = Project(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield project
    for name in [name for name in sys.modules if name.partition(".")[0] == project.package]:
        del sys.modules[name]


@pytest.fixture
def tables(project: Project) -> dict[str, Any]:
    """Two sites that do not serve the same providers: chat three, responses one and the default."""
    return {
        "DEFAULT_PROVIDER": "openrouter",
        "DEFAULT_TIMEOUT": 30,
        "PROVIDER_ALIASES": {"hug": "huggingface"},
        "SLOTS": {
            "make_request": "make_{}_request_openai",
            "process_response": "process_{}_response",
            "make_request_stream": "make_{}_request_openai_stream",
        },
        "SITES": {
            "chat": {"slots": ["make_request", "process_response"], "default": "openrouter"},
            "responses": {"slots": ["make_request", "process_response"], "default": "openrouter"},
            "chat_stream": {"slots": ["make_request_stream"], "default": "openrouter"},
        },
        "PROVIDER_CONFIGS": {
            "featherless": {"module_name": project.client("featherless"), "priority": 1, "sites": "*"},
            "near": {"module_name": project.client("near"), "timeout": 120, "priority": 2, "sites": ["chat"]},
            "huggingface": {
                "module_name": project.client("huggingface"),
                "timeout": 120,
                "priority": 3,
                "sites": ["chat", "chat_stream"],
            },
            "openrouter": {"module_name": project.client("openrouter"), "priority": 22, "sites": []},
        },
    }


@pytest.fixture
def registry(tables: dict[str, Any]) -> ProviderRegistry:
    return ProviderRegistry.from_mapping(tables)


@pytest.fixture
def hook() -> Iterator[RecordingHook]:
    with RecordingHook() as hook:
        yield hook
