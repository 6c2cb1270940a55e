"""The child process that executes: started in an empty folder with an empty environment, watched, killed by its id.

A child that dies or takes too long costs the site that it was at; another goes on with the rest.
"""

from __future__ import annotations

import base64
import json
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cutover_registry
from cutover_migrate.execute._records import Executed, ExecuteDifference, ExecuteReport, NotExecuted

BOOT = """
import sys, types
registry, migrate = sys.argv[1:3]
for name, path in (("cutover_migrate", migrate), ("cutover_migrate.execute", migrate + "/execute")):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [path]
sys.path.append(registry)
from cutover_migrate.execute._inside.__main__ import main
main()
"""
FLAGS = ("-S", "-s", "-P", "-B", "-W", "ignore", "-X", "utf8")
START_UP = 30.0
GRACE = 10.0
PATIENCE = 4
CHUNK = 1 << 16


@dataclass(frozen=True)
class Texts:
    """One file before and after, with its table.

    Attributes:
        before: The legacy text.
        after: The rewritten text.
        config: The text of the config file.
        file: Its path, for the report.
        module: The dotted name of its module; relative imports are resolved from it.
        package: Whether it is an `__init__.py`.
        config_module: The dotted name of the config file's module, None where the rewritten file alone tells.
        arms: The arms of the rewritten text: both while both live, else ``("registry",)``.
        constants: Sources of the constants and enumerations that the file imports, by path.
        lines: First lines of the chains in the legacy text, by the name of the site.
        subjects: What the chains ask, as source, by the name of the site.
        keys: Further keys, by the name of the site.
    """

    before: bytes
    after: bytes
    config: bytes
    file: str = "app.py"
    module: str = "app"
    package: bool = False
    config_module: str | None = None
    arms: tuple[str, ...] = ("registry", "legacy")
    constants: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """What one execution is given: seconds and rounds for a site, memory for the process."""

    seconds: float
    memory_mib: int
    rounds: int


@dataclass
class _Progress:
    """What the children said so far."""

    found: list[Executed | NotExecuted] = field(default_factory=list)
    done: set[tuple[int, str]] = field(default_factory=set)
    walls: tuple[str, ...] = ()
    ended: bool = False
    at: tuple[int, str] | None = None


def run_texts(jobs: Sequence[Texts], limits: Limits) -> ExecuteReport:
    """Execute the sites of some files in one child, and in another for each that dies."""
    progress = _Progress()
    while not progress.ended:
        progress.at = None
        fate = _one_child(jobs, limits, progress)
        if progress.ended:
            break
        number, site = progress.at if progress.at is not None else (-1, "")
        if number < 0:
            progress.found.append(NotExecuted("", "", f"the child process did not start: {fate}"))
            break
        progress.found.append(NotExecuted(site, jobs[number].file, f"its process {fate}"))
        progress.done.add((number, site))
    return ExecuteReport(tuple(progress.found), progress.walls)


def _one_child(jobs: Sequence[Texts], limits: Limits, progress: _Progress) -> str:
    """Let one child do what is left; give how it ended where it did not end well."""
    with tempfile.TemporaryDirectory(prefix="cutover-execute-") as empty:
        child = subprocess.Popen(  # noqa: S603  our own interpreter, our own program
            [sys.executable, *FLAGS, "-c", BOOT, *_places()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=empty,
            env={"HOME": empty, "PYTHONHASHSEED": "0"},
            start_new_session=True,
        )
        try:
            return _watch(child, _asked(jobs, limits, progress), limits, progress, jobs)
        finally:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()


def _watch(
    child: subprocess.Popen[bytes], asked: bytes, limits: Limits, progress: _Progress, jobs: Sequence[Texts]
) -> str:
    assert child.stdin is not None
    try:
        child.stdin.write(asked)
        child.stdin.close()
    except BrokenPipeError:
        return _fate(child)
    for line in _lines(child, limits):
        if line is None:
            return f"said nothing for too long; it was given {limits.seconds:g} seconds of processor time for a site"
        try:
            _take(json.loads(line), progress, jobs)
        except (ValueError, TypeError, KeyError, IndexError):
            return "wrote what is no report"
    return _fate(child)


def _lines(child: subprocess.Popen[bytes], limits: Limits) -> Iterator[bytes | None]:
    """The lines that a child writes; None where it writes none for too long."""
    assert child.stdout is not None
    known = b""
    patience = START_UP
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        until = time.monotonic() + patience
        while True:
            if not selector.select(max(0.0, until - time.monotonic())):
                yield None
                return
            data = child.stdout.read1(CHUNK) if hasattr(child.stdout, "read1") else b""
            if not data:
                return
            *whole, known = (known + data).split(b"\n")
            yield from whole
            if whole:
                patience = limits.seconds * PATIENCE + GRACE
                until = time.monotonic() + patience


def _fate(child: subprocess.Popen[bytes]) -> str:
    try:
        code = child.wait(timeout=START_UP)
    except subprocess.TimeoutExpired:
        return "stopped talking"
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


def _take(said: Mapping[str, Any], progress: _Progress, jobs: Sequence[Texts]) -> None:
    """Take in one line of a child."""
    if "walls" in said:
        progress.walls = tuple(said["walls"])
    elif "begin" in said:
        number, site = said["begin"]
        progress.at = (number, site)
    elif "site" in said:
        number, site = said["site"]
        progress.done.add((number, site))
        progress.found.append(_record(said, site, jobs[number].file))
    elif "file" in said:
        progress.done.add((said["file"], ""))
        progress.found.append(NotExecuted("", jobs[said["file"]].file, said["reason"]))
    elif "end" in said:
        progress.ended = True


def _record(said: Mapping[str, Any], site: str, file: str) -> Executed | NotExecuted:
    if said["reason"]:
        return NotExecuted(site, file, said["reason"])
    first = said["first"]
    names = ("function", "pairs", "reached", "differences", "cut", "left_out")
    return Executed(
        site=site,
        file=file,
        **{name: said[name] for name in names},
        first=None if first is None else _difference(first),
        refused=tuple(said["refused"]),
    )


def _difference(first: Mapping[str, Any]) -> ExecuteDifference:
    events = {name: tuple(first[name]) for name in ("legacy", "registry")}
    return ExecuteDifference(**{**first, **events})


def _asked(jobs: Sequence[Texts], limits: Limits, progress: _Progress) -> bytes:
    options = {"seconds": limits.seconds, "memory_mib": limits.memory_mib, "rounds": limits.rounds}
    options["most_sites"] = 4 * len(jobs) + sum(len(job.lines) for job in jobs)
    asked = {"options": options, "jobs": [_job(job) for job in jobs], "left_out": sorted(progress.done)}
    return json.dumps(asked).encode()


def _job(job: Texts) -> dict[str, Any]:
    texts = {name: base64.b64encode(getattr(job, name)).decode() for name in ("before", "after", "config")}
    names = ("file", "module", "package", "config_module", "arms")
    plain = {name: getattr(job, name) for name in names}
    keys = {site: list(keys) for site, keys in job.keys.items()}
    tables = {name: dict(getattr(job, name)) for name in ("constants", "lines", "subjects")}
    return texts | plain | tables | {"keys": keys}


def _places() -> tuple[str, str]:
    """Where the runtime is imported from, and where this package is."""
    registry = Path(str(cutover_registry.__file__)).resolve().parents[1]
    return str(registry), str(Path(__file__).resolve().parents[1])
