"""Imported by every Python process of an instrumented command when it starts; the user's own sitecustomize follows."""

import importlib.util
import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path

HERE = Path(__file__).resolve().parent


def _load(name: str, place: Path) -> None:
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def _users_own() -> None:
    sys.path[:] = [entry for entry in sys.path if not entry or os.path.realpath(entry) != str(HERE)]
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.origin is not None:
        _load("sitecustomize", Path(spec.origin))


if "CUTOVER_TELEMETRY" in os.environ:
    _load("_cutover_telemetry_seams", HERE.parent / "_seams.py")
    sys.modules["_cutover_telemetry_seams"].install()
_users_own()
