"""Imported by every Python process of a recorded command at its start; the user's own sitecustomize comes after it."""

import importlib.util
import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path

HERE = Path(__file__).resolve().parent


def _watch_servers() -> None:
    spec = importlib.util.spec_from_file_location("_cutover_seams", HERE.parent / "_seams.py")
    assert spec is not None
    assert spec.loader is not None
    seams = importlib.util.module_from_spec(spec)
    sys.modules["_cutover_seams"] = seams
    spec.loader.exec_module(seams)
    seams.install()


def _users_own() -> None:
    """Go on as if this folder were not on the path."""
    sys.path[:] = [entry for entry in sys.path if not _is_here(entry)]
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def _is_here(entry: str) -> bool:
    return bool(entry) and os.path.realpath(entry) == str(HERE)


if "CUTOVER_RECORD" in os.environ:
    _watch_servers()
_users_own()
