"""The benchmarks: ratios against a peer or a limit, both sides measured in turn in one run.

Machines are noisy: each figure is a median over pairs, quoted as a ratio; nothing here passes or fails.

Example: ``python scripts/bench.py``
"""

from __future__ import annotations

import ast
import json
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
import libcst
from rich.console import Console

from cutover_cli._console import table
from cutover_cli._demo._servers import upstream
from cutover_cli._demo._stage import APP, Stage
from cutover_cli._demo._traffic import seeds, send
from cutover_migrate import apply_plan, make_plan, plan_json, scan_paths, verify_cutover
from cutover_parity import ArmSpec, Case, CaseStream, ReplayPlan, read_plan, recording_server, replay
from cutover_registry import ProviderRegistry, hold_arm, use_registry

PAIRS = 7
REPLAYS = 3
DRIVER = Path(__file__).with_name("bench_driver.py")


@dataclass(frozen=True)
class Figure:
    """One line of the report: ours against the peer, and what we want of it."""

    name: str
    ours: str
    peer: str
    ratio: float
    wanted: str


def main() -> int:
    """Measure and print everything."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage.make(Path(folder) / "stage")
        figures = [*codemod(stage), *lookup(), *arms(stage)]
    rows = table("what", "ours:right", "against:right", "ratio:right", "wanted")
    for figure in figures:
        rows.add_row(figure.name, figure.ours, figure.peer, f"{figure.ratio:.2f}", figure.wanted)
    Console().print(rows)
    if "--json" in sys.argv:
        print(json.dumps([figure.__dict__ for figure in figures], indent=2))
    return 0


def codemod(stage: Stage) -> list[Figure]:
    """Finding against ``ast.parse``; planning and applying against LibCST's parse and code of the same file."""
    root, path = stage.gateway, stage.gateway / "src" / "routes" / "chat.py"
    data = path.read_bytes()
    scan_ours, parse, scan_ratio = paired(lambda: scan_paths([path], root=root), lambda: ast.parse(data))
    text = data.decode()
    found = scan_paths([root / "src"], root=root)
    plan_ours, cst, plan_ratio = paired(
        lambda: make_plan(found).applied(), lambda: libcst.parse_module(text).code, pairs=3
    )
    apply_plan(root, plan_json(make_plan(found)))
    verify_ours, _, verify_ratio = paired(lambda: verify_cutover(root), lambda: libcst.parse_module(text).code, pairs=3)
    lines = f"{len(data.splitlines())} lines"
    return [
        Figure(f"scan of chat.py ({lines}) / ast.parse", ms(scan_ours), ms(parse), scan_ratio, "≤ 3"),
        Figure("plan and edits / LibCST parse and code", ms(plan_ours), ms(cst), plan_ratio, "≤ 2"),
        Figure("certificate / LibCST parse and code", ms(verify_ours), ms(cst), verify_ratio, "≤ 1 more"),
    ]


def lookup() -> list[Figure]:
    """The registry's lookup against a chain of 21 branches, on average over the keys; the switch, off and on."""
    keys = [f"provider{number}" for number in range(21)]
    chain = chain_of(keys)
    registry = ProviderRegistry.from_mapping(
        {
            "SLOTS": {"call": "{}_call"},
            "SITES": {"chat": {"slots": ["call"]}},
            "PROVIDER_CONFIGS": {key: {"module_name": "nowhere", "sites": "*"} for key in keys},
        }
    )
    namespace: dict[str, object] = {f"{key}_call": chain for key in keys}
    (site,) = registry.bind(namespace, "chat")
    with hold_arm("registry"):
        served = each(keys, lambda key: use_registry(site, key) and site.resolve(key))
        ours, peer, ratio = paired(served, each(keys, chain))
        on, _, _ = paired(each(keys, lambda key: use_registry(site, key)), each(keys, chain))
    with hold_arm("legacy"):
        off, _, _ = paired(each(keys, lambda key: use_registry(site, key)), each(keys, chain))
    calls = 21 * 2000
    return [
        Figure("lookup and switch / 21-branch chain", ns(ours / calls), ns(peer / calls), ratio, "≤ 1"),
        Figure("switch off / 1 µs", ns(off / calls), "1000 ns", off / calls / 1e-6, "≤ 1"),
        Figure("switch on / 1 µs", ns(on / calls), "1000 ns", on / calls / 1e-6, "≤ 3"),
    ]


def arms(stage: Stage) -> list[Figure]:
    """Replayed pairs against the two bare applications; the legacy arm against the registry arm, end to end."""
    record(stage)
    plan = read_plan(stage.gateway / ".cutover" / "journal.json")
    cases = CaseStream([stage.recording], plan)
    answered = [case for case in cases if case.outcome == "answer" and not case.recorded]
    bodies = [{"path": case.request.url, "body": case.request.body.decode()} for case in answered]
    pairs = [replayed(stage, answered, depth, plan, bodies) for depth in ("calls", "http")]
    legacy, registry = [], []
    for _ in range(PAIRS):
        legacy.append(finished(drive(stage.gateway, bodies, "legacy")))
        registry.append(finished(drive(stage.gateway, bodies, "registry")))
    ratio = statistics.median(one / other for one, other in zip(legacy, registry, strict=True))
    return [
        *pairs,
        Figure(
            "registry arm / legacy arm, seconds a request",
            f"{1000 / statistics.median(registry):.2f} ms",
            f"{1000 / statistics.median(legacy):.2f} ms",
            ratio,
            "≤ 1.05",
        ),
    ]


def replayed(
    stage: Stage, cases: list[Case], depth: Literal["calls", "http"], plan: ReplayPlan, bodies: list[dict[str, str]]
) -> Figure:
    """Pairs a second, compared, against the two applications side by side with nothing compared."""
    ours, bare = [], []
    for _ in range(REPLAYS):
        both = [drive(root, bodies, "legacy", wait=False) for root in (stage.legacy, stage.gateway)]
        bare.append(min(finished(process) for process in both))
        arms = ArmSpec(stage.legacy, APP), ArmSpec(stage.gateway, APP, "registry")
        report = replay(*arms, cases, depth=depth, plan=plan)
        ours.append(report.replays / report.seconds)
    ratio = statistics.median(one / other for one, other in zip(ours, bare, strict=True))
    shown = [f"{statistics.median(rates):.0f} /s" for rates in (ours, bare)]
    return Figure(f"replayed pairs at {depth} depth / bare applications", shown[0], shown[1], ratio, "≥ 0.5")


def record(stage: Stage) -> None:
    """Record a few requests to generate the cases from; the upstream answers inside the driver's process."""
    with upstream(stage) as url, httpx.Client(base_url=url) as faults:
        environment = {"UPSTREAM_BASE_URL": url, "LOG_LEVEL": "CRITICAL"}
        server = recording_server(APP, root=stage.legacy, out=stage.recording, env=environment)
        with server as base, httpx.Client(base_url=base, timeout=30) as client:
            for ask in seeds():
                send(client, ask, upstream=faults)


def drive(root: Path, bodies: list[dict[str, str]], arm: str, *, wait: bool = True) -> subprocess.Popen[str]:
    """Start the bare application in a process of its own."""
    environment = {"CUTOVER_ARM": arm, "LOG_LEVEL": "CRITICAL", "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        [sys.executable, "-P", str(DRIVER), APP],
        cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(bodies))
    process.stdin.close()
    if wait:
        process.wait()
    return process


def finished(process: subprocess.Popen[str]) -> float:
    """The requests a second that a driver reached."""
    assert process.stdout is not None
    with process:
        return float(process.stdout.read())


def paired(ours: Callable[[], object], peer: Callable[[], object], *, pairs: int = PAIRS) -> tuple[float, float, float]:
    """Median seconds of both, and the median of the pairs' ratios; the first pair warms up."""
    one, other = [], []
    for _ in range(pairs + 1):
        one.append(seconds(ours))
        other.append(seconds(peer))
    ratios = [a / b for a, b in zip(one[1:], other[1:], strict=True)]
    return statistics.median(one[1:]), statistics.median(other[1:]), statistics.median(ratios)


def seconds(run: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    started = time.process_time()
    run()
    return time.process_time() - started


def each(keys: list[str], call: Callable[[str], object]) -> Callable[[], object]:
    """Call for every key, two thousand times."""
    return lambda: timeit.timeit(lambda: [call(key) for key in keys], number=2000)


def chain_of(keys: list[str]) -> Callable[[str], object]:
    """A function with one branch a key, as legacy code has it."""
    lines = ["def chain(name):"]
    for number, key in enumerate(keys):
        lines += [f"    {'el' if number else ''}if name == {key!r}:", f"        return {number}"]
    namespace: dict[str, Callable[[str], object]] = {}
    exec("\n".join(lines), namespace)
    return namespace["chain"]


def ms(value: float) -> str:
    """Seconds as milliseconds."""
    return f"{value * 1000:.1f} ms"


def ns(value: float) -> str:
    """Seconds as nanoseconds."""
    return f"{value * 1e9:.0f} ns"


if __name__ == "__main__":
    sys.exit(main())
