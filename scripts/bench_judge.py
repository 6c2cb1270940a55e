"""What the judge finds and what it blames wrongly, over simulated rollouts with published seeds.

Cells of identical arms are whole rollouts: an hour in each of five stages, all metrics, a look each minute, and one
restart in each stage. Cells of a worse candidate say when it was found.

Example: ``python scripts/bench_judge.py --runs 2000``; ``--only burst`` for some, ``--page FILE`` for a table;
``--keep DIRECTORY`` to go on later with what was measured (of this judge); ``--frontier --plot FILE`` for other plans
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

from cutover_telemetry.judge import DEFAULT_METRICS, Guard, JudgePlan, Metric, MetricPlan, Pairs
from cutover_telemetry.judge.simulate import (
    FIVE,
    ONE,
    Ended,
    Stage,
    Traffic,
    binomial,
    bursts,
    daily,
    drifting,
    incidents,
    log_normal,
    pareto,
    rollout,
    wandering,
    worse,
)

RUNS = 2000
CHUNK = 25
FIRST_SEED = 20_261_123
MOST_FALSE = 0.05
PAIRS_ALPHA = 0.005
DEFAULT_COLOUR, OTHER_COLOUR = "#c0392b", "#2c6fbb"
ONE_PERCENT = (Stage(0.01, 120),)


@dataclass(frozen=True)
class Cell:
    """Traffic, stages, and what is wanted of it: at most so many alarms, or a share found within so many minutes."""

    name: str
    traffic: Callable[[], Traffic]
    stages: tuple[Stage, ...] = FIVE
    most: float | None = None
    found: float | None = None
    within: int | None = None
    canary: int | None = None


def ramp(minute: int) -> float:
    """A share that climbs from 2 to 50 % in an hour."""
    return 0.02 + 0.48 * min(minute, 59) / 59


def office(minute: int) -> float:
    """Traffic that swings between a half and one and a half times its mean within two hours."""
    return 1.5 if minute // 60 % 2 else 0.5


def identical(rate: int) -> list[Cell]:
    """Arms that are alike: the weathers of the issue first, then those that nobody asked for."""
    wanted = {
        "independent": lambda: Traffic(rate),
        "two-minute bursts": lambda: Traffic(rate, weather=bursts()),
        "shared incidents": lambda: Traffic(rate, weather=incidents()),
        "drift": lambda: Traffic(rate, weather=drifting()),
        "daily": lambda: Traffic(rate, weather=daily(), wave=office),
        "heavy tail": lambda: Traffic(rate, tail=pareto(1.1)),
    }
    unasked = {
        "bursts, often and small": lambda: Traffic(rate, weather=bursts(every=15, failing=0.1)),
        "bursts that are slow too": lambda: Traffic(rate, weather=bursts(slower=3.0)),
        "incidents with a lag of 3": lambda: Traffic(rate, weather=incidents(lag=3)),
        "failures in batches of 5": lambda: Traffic(rate, batch=5),
        "failures in batches of 20": lambda: Traffic(rate, batch=20),
        "latency wanders by 5 %": lambda: Traffic(rate, weather=wandering()),
        "latency wanders by 10 %": lambda: Traffic(rate, weather=wandering(spread=0.1)),
    }
    made = [Cell(f"alike, {name}, {rate}/min", traffic, most=MOST_FALSE) for name, traffic in wanted.items()]
    made += [Cell(f"alike, {name}, {rate}/min", traffic) for name, traffic in unasked.items()]
    climbing = Cell(f"alike, share climbs, {rate}/min", lambda: Traffic(rate, ramp=ramp), ONE)
    return [*made, climbing]


def hurt() -> list[Cell]:
    """Candidates that are worse from the beginning of the stage."""
    rise, slow, dead = worse(failing=0.01), worse(slower=1.25), worse(all_fail=True)
    return [
        Cell("1 to 2 % errors, 60/min in all, 50 %", lambda: Traffic(60, weather=rise), ONE, found=0.8, within=60),
        Cell("1 to 2 % errors, 60/min an arm", lambda: Traffic(120, weather=rise), ONE, found=0.8, within=60),
        Cell("+2 points, 600/min", lambda: Traffic(600, weather=worse(failing=0.02)), ONE, found=0.5, within=4),
        Cell("p95 +25 %, 600/min", lambda: Traffic(600, weather=slow), ONE, found=0.5, within=1),
        Cell("p95 +25 %, 60/min", lambda: Traffic(60, weather=slow), ONE, found=0.5, within=10),
        Cell("p95 +25 %, 600/min, sigma 0.7", lambda: Traffic(600, weather=slow, tail=log_normal(0.7)), ONE),
        Cell("latency doubled, 600/min", lambda: Traffic(600, weather=worse(slower=2.0)), ONE),
        Cell("all fail, 1 % of 600/min", lambda: Traffic(600, weather=dead), ONE_PERCENT, found=0.5, canary=20),
        Cell("all fail, 1 % of 60/min", lambda: Traffic(60, weather=dead), ONE_PERCENT, found=0.5, canary=20),
        Cell("+2 points amid bursts, 600/min", lambda: Traffic(600, weather=worse(failing=0.02, on=bursts())), ONE),
        Cell("1 to 3 % errors amid bursts, 60/min",
             lambda: Traffic(60, weather=worse(failing=0.02, on=bursts())), FIVE),
    ]  # fmt: skip


def cells() -> list[Cell]:
    """All of them."""
    return [*hurt(), *identical(60), *identical(600)]


def plans() -> dict[str, JudgePlan]:
    """The frontier: other guards against bursts, and other parts for the errors' milestones."""
    made = {"": JudgePlan()}
    guards = {
        "no guard": Guard(1, float("-inf"), 1, scatter=False),
        "4 minutes, and no more": Guard(4, float("-inf"), 4, scatter=False),
        "8 minutes": Guard(8, 1.0, 30),
    }
    made |= {name: JudgePlan(guard=guard) for name, guard in guards.items()}
    own = DEFAULT_METRICS[Metric.ERRORS]
    for part in (0.4, own.part + own.milestones):
        errors = MetricPlan(part, own.margin, milestones=own.part + own.milestones - part)
        made[f"looks {part:.2f}, milestones {errors.milestones:.2f}"] = JudgePlan(
            metrics={**DEFAULT_METRICS, Metric.ERRORS: errors}
        )
    return made


def frontier() -> list[Cell]:
    """The cells in which plans pull against each other: a quick find, a small one, and bursts that are no fault."""
    names = ("+2 points, 600/min", "1 to 2 % errors, 60/min in all, 50 %", "alike, two-minute bursts, 60/min")
    return [next(cell for cell in cells() if cell.name == name) for name in names]


def chunk(order: tuple[str, str, int, int]) -> list[Ended]:
    """Some runs of one cell under one plan."""
    plan, name, first, runs = order
    cell = next(cell for cell in cells() if cell.name == name)
    restart = len(cell.stages) > 1
    chosen = plans()[plan]
    return [
        rollout(cell.traffic(), stages=cell.stages, seed=first + run, plan=chosen, restart=restart)
        for run in range(runs)
    ]


def ended_runs(cell: Cell, *, runs: int, pool: ProcessPoolExecutor, plan: str, keep: Path | None) -> list[Ended]:
    """The runs of one cell; those that were kept are not run again."""
    file = None if keep is None else keep / (re.sub(r"\W+", "-", f"{plan} {cell.name}") + ".jsonl")
    ended = [] if file is None or not file.exists() else [_told(line) for line in file.read_text().splitlines()]
    orders = [
        (plan, cell.name, FIRST_SEED + begin, min(CHUNK, runs - begin)) for begin in range(len(ended), runs, CHUNK)
    ]
    for part in pool.map(chunk, orders):
        ended += part
        if file is not None:
            with file.open("a", encoding="utf-8") as lines:
                lines.writelines(json.dumps([each.found, each.requests, each.by]) + "\n" for each in part)
    return ended[:runs]


def _told(line: str) -> Ended:
    found, requests, by = json.loads(line)
    return Ended(found, requests, tuple(by))


def reached(cell: Cell, ended: list[Ended]) -> float:
    """The share of the runs in which the candidate was found worse, in time if there is one."""
    found = [each for each in ended if each.found is not None]
    if cell.within is not None:
        found = [each for each in found if (each.found or 0) <= cell.within]
    elif cell.canary is not None:
        found = [each for each in found if each.requests <= cell.canary]
    return len(found) / len(ended)


def told(cell: Cell, ended: list[Ended], *, plan: str = "") -> tuple[str, bool]:
    """The row of a cell, and whether it is as wanted."""
    share = reached(cell, ended)
    minutes = sorted(each.found if each.found is not None else sys.maxsize for each in ended)
    median = minutes[len(ended) // 2]
    by = ", ".join(f"{name} {count}" for name, count in Counter(b for e in ended for b in e.by).most_common(3))
    within = f" within {cell.within} min" if cell.within else f" within {cell.canary} canary requests"
    wanted = f"{cell.found:.0%}{within}" if cell.found else "" if cell.most is None else f"at most {cell.most:.0%}"
    fine = share >= (cell.found or 0) and (cell.most is None or share <= cell.most)
    when = "-" if median == sys.maxsize else f"{median}"
    name = f"{plan}{', ' if plan else ''}{cell.name}"
    return f"| {name} | {len(ended)} | {share:.1%} | {wanted} | {when} | {by} |", fine


def plot(points: list[tuple[str, float, float, float]]) -> str:
    """Two panels as SVG: plans by what they find quickly, over what they blame in bursts, and over a small rise."""
    panels = [("arms alike, bursts, 60/min: blamed", 2), ("1 to 2 % errors, 60/min: found in an hour", 3)]
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 430" font-family="sans-serif" font-size="12">',
        '<rect width="960" height="430" fill="white"/>',
    ]
    for number, (title, place) in enumerate(panels):
        left, top, wide, high = 60 + number * 480, 40, 390, 290
        parts.append(f'<text x="{left}" y="24" font-size="14" font-weight="bold">{title}</text>')
        for tick in range(0, 101, 20):
            x, y = left + wide * tick / 100, top + high * (1 - tick / 100)
            parts.append(f'<path d="M{left} {y}h{wide}M{x} {top}v{high}" stroke="#ddd" fill="none"/>')
            parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{tick} %</text>')
            parts.append(f'<text x="{x}" y="{top + high + 18}" text-anchor="middle">{tick} %</text>')
        label = "+2 points, 600/min: found by minute 4"
        parts.append(f'<text x="{left + wide / 2}" y="{top + high + 42}" text-anchor="middle">{label}</text>')
        parts += _marks(points, place, left=left, bottom=top + high, wide=wide, high=high)
    return "\n".join([*parts, *_legend(points), "</svg>"]) + "\n"


def _marks(
    points: list[tuple[str, float, float, float]], place: int, *, left: float, bottom: float, wide: float, high: float
) -> list[str]:
    """A dot where some plans are, with their numbers; the legend names them."""
    spots: dict[tuple[int, int], list[int]] = {}
    for number, point in enumerate(points, 1):
        spots.setdefault((round(50 * point[1]), round(50 * float(point[place]))), []).append(number)
    made = []
    for (across, up), numbers in spots.items():
        x, y = left + wide * across / 50, bottom - high * up / 50
        colour = DEFAULT_COLOUR if 1 in numbers else OTHER_COLOUR
        label = ", ".join(map(str, numbers))
        made.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        made.append(f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle" fill="{colour}">{label}</text>')
    return made


def _legend(points: list[tuple[str, float, float, float]]) -> list[str]:
    made = []
    for number, (name, *_) in enumerate(points):
        x, y = 60 + 290 * (number // 2), 404 + 18 * (number % 2)
        colour = OTHER_COLOUR if number else DEFAULT_COLOUR
        made.append(f'<text x="{x}" y="{y}" fill="{colour}">{number + 1}  {name or "default"}</text>')
    return made


def shadow(runs: int, *, rate: int, only: float, control: float) -> float:
    """The share of runs in which candidate-only failures were found within four hours of shadow pairs."""
    return sum(_shadow(FIRST_SEED + run, rate=rate, only=only, control=control) for run in range(runs)) / runs


def _shadow(seed: int, *, rate: int, only: float, control: float) -> bool:
    dice, pairs = Random(seed), Pairs(PAIRS_ALPHA)
    for _ in range(240):
        alone = binomial(dice, rate, only), binomial(dice, rate, control), rate
        pairs.add(candidate_only=alone[0], control_only=alone[1], pairs=alone[2])
    return pairs.found is not None


def main() -> int:
    """Measure and print; 1 if a figure is not as wanted."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=RUNS)
    options.add_argument("--only", default="")
    options.add_argument(
        "--frontier", action="store_true", help="other plans, in the cells that pull against each other"
    )
    options.add_argument("--plot", type=Path, help="the frontier as SVG")
    options.add_argument("--keep", type=Path, help="a directory for the runs, to go on with later")
    options.add_argument("--page", type=Path)
    chosen = options.parse_args()
    rows = ["| cell | runs | found | wanted | median minute | by |", "| --- | --- | --- | --- | --- | --- |"]
    missed, shares = 0, dict[str, list[float]]()
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        meant = [cell for cell in (frontier() if chosen.frontier else cells()) if chosen.only in cell.name]
        for plan, cell in product(list(plans()) if chosen.frontier else [""], meant):
            begun = time.perf_counter()
            ended = ended_runs(cell, runs=chosen.runs, pool=pool, plan=plan, keep=chosen.keep)
            row, fine = told(cell, ended, plan=plan)
            missed += not fine and not plan
            shares.setdefault(plan, []).append(reached(cell, ended))
            rows.append(row)
            print(f"{row} {'' if fine else 'MISSED '}{time.perf_counter() - begun:.0f} s", flush=True)
    if not chosen.frontier and chosen.only in "shadow pairs":
        rows += shadow_rows(chosen.runs)
    if chosen.plot:
        points = [(plan, quick, blamed, small) for plan, (quick, small, blamed) in shares.items()]
        chosen.plot.write_text(plot(points), encoding="utf-8")
    if chosen.page:
        chosen.page.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{missed} figures missed, {chosen.runs} runs a cell, seeds from {FIRST_SEED}")
    return int(missed > 0)


def shadow_rows(runs: int) -> list[str]:
    """What pairs find, and blame wrongly."""
    rows = []
    for only, control, wanted in ((0.002, 0.0, "at least 95%"), (0.0025, 0.0005, ""), (0.0005, 0.0005, "at most 5%")):
        share = shadow(runs, rate=60, only=only, control=control)
        name = f"shadow pairs, {only:.2%} candidate only, {control:.2%} control only, 60/min"
        rows.append(f"| {name} | {runs} | {share:.1%} | {wanted} | | |")
        print(rows[-1], flush=True)
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
