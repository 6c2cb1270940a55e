"""What an import costs: CPU of a fresh interpreter that imports a package, over one that imports nothing."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_run._processes import environment

OURS = ("cutover_registry", "cutover_registry.failover", "cutover_registry.providers")
MODULES = {
    "raw httpx": ("httpx",), "raw httpx2": ("httpx2",), "raw aiohttp": ("aiohttp",), "ours": OURS,
    "openai": ("openai",), "litellm": ("litellm",), "any-llm": ("any_llm",), "aisuite": ("aisuite",),
}  # fmt: skip
BARE = "pass"


@dataclass(frozen=True)
class ImportFigure:
    """One package.

    Attributes:
        milliseconds: User and system time over the bare interpreter, median.
    """

    module: str
    rounds: int
    milliseconds: float


def import_figures(
    contenders: Sequence[str], *, python: Path, rounds: int, told: Callable[[int], None]
) -> list[ImportFigure]:
    """Import each contender's package in turn, again and again; the first round, which may compile, is not counted."""
    modules = [module for name in contenders for module in MODULES.get(name, ())]
    spent: dict[str, list[float]] = {module: [] for module in modules}
    with tempfile.TemporaryDirectory() as home:
        for number in range(rounds + 1):
            bare = _cpu(python, BARE, home)
            for module in modules:
                spent[module].append(_cpu(python, f"import {module}", home) - bare)
            told(number)
    return [ImportFigure(name, rounds, statistics.median(values[1:]) * 1000) for name, values in spent.items()]


def _cpu(python: Path, code: str, home: str) -> float:
    """User and system seconds of one interpreter."""
    process = os.posix_spawn(str(python), [str(python), "-c", code], environment(home))
    _, status, used = os.wait4(process, 0)
    if status != 0:
        raise RuntimeError(f"{code!r} ended with status {status}")
    return used.ru_utime + used.ru_stime
