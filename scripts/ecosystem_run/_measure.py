"""CPU seconds and memory of one thing at a time, each in a process of its own.

Example: ``measure("cold", folder)``
"""

from __future__ import annotations

import ast
import os
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from cutover_migrate import scan_paths

MIB_IN_KIB = 1024


def measure(name: str, folder: Path) -> dict[str, float]:
    """Run one of :data:`MEASURES` in this process and tell its seconds (children included) and its peak in MiB."""
    warnings.simplefilter("ignore")
    seconds = MEASURES[name](folder)
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"seconds": seconds, "peak_mib": max(peaks) / MIB_IN_KIB}


def _parse(folder: Path) -> float:
    sources = [path.read_bytes() for path in folder.rglob("*.py")]

    def parse() -> None:
        for source in sources:
            try:
                ast.parse(source)
            except (SyntaxError, ValueError):
                continue

    return _seconds(parse)


def _cold(folder: Path) -> float:
    return _seconds(lambda: scan_paths([folder], root=folder, cache=False))


def _cached(folder: Path) -> float:
    """The second of two scans, with a cache folder that only they use."""
    with tempfile.TemporaryDirectory() as cache:
        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = cache
        try:
            scan_paths([folder], root=folder)
            return _seconds(lambda: scan_paths([folder], root=folder))
        finally:
            del os.environ["XDG_CACHE_HOME"]
            os.environ |= {"XDG_CACHE_HOME": before} if before is not None else {}


def _seconds(work: Callable[[], object]) -> float:
    started = _spent()
    work()
    return _spent() - started


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


MEASURES: dict[str, Callable[[Path], float]] = {"parse": _parse, "cold": _cold, "cached": _cached}
