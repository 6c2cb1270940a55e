"""``compare``: is the candidate better, the same or worse than the baseline, and how sure is that."""

from __future__ import annotations

import time
from pathlib import Path

import click

from cutover_cli._compare_sources import parse_source, read_cells
from cutover_cli._compare_view import Shown, comparison_to_json, show_comparison
from cutover_cli._console import console, print_json
from cutover_cli._json_option import JSON
from cutover_cli._unusable import Unusable
from cutover_telemetry.judge import Cells, JudgePlan, Verdict, beside, compare, compare_windows

MODES = click.Choice(["auto", "concurrent", "windows"])


@click.command(name="compare")
@click.option("--baseline", required=True, metavar="SOURCE", help="What it is compared with.")
@click.option("--candidate", required=True, metavar="SOURCE", help="What is judged.")
@click.option("--mode", type=MODES, default="auto", show_default=True,
              help="Served at the same time, or two windows; auto looks at the minutes.")  # fmt: skip
@click.option("--share", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=None,
              help="The share that the candidate was to get; a split that is off cannot be judged.")  # fmt: skip
@click.option("--alpha", type=click.FloatRange(0.0001, 0.5), default=0.05, show_default=True,
              help="The chance of calling equal arms worse, over all metrics, providers and looks.")  # fmt: skip
@click.option("--require-verdict", is_flag=True, help="Exit 1 where it cannot be judged.")
@click.option("--every", is_flag=True, help="Show every provider's table.")
@JSON
def compare_(
    baseline: str,
    candidate: str,
    mode: str,
    share: float | None,
    alpha: float,
    require_verdict: bool,
    every: bool,
    as_json: bool,
) -> int:
    """Judge errors, timeouts, extra attempts and latency of a candidate beside a baseline, per provider.

    A SOURCE is a store or a file with one attempt as JSON a line; a part of it is chosen behind a #:
    telemetry.db#arm=registry&provider=groq&last=2h (or from=…&to=…). Arms that were served at the same time are judged
    with statistics that hold however often you look. Two windows get an ordinary comparison, which cannot tell the
    change from whatever else changed between them.

    Exit code 0 for better and same, 1 for worse. What cannot be judged is 0 and says what it would take, or 1 with
    --require-verdict.
    """
    now = time.time()
    theirs, ours = parse_source(baseline, now=now), parse_source(candidate, now=now)
    control, tried = read_cells(theirs), read_cells(ours)
    if not control and not tried:
        raise Unusable(f"neither {theirs.path} nor {ours.path} has an attempt that is meant; look at the selectors")
    together = mode == "concurrent" or (mode == "auto" and _at_once(control, tried))
    names = _names(theirs.name, ours.name, theirs.path, ours.path)
    if together:
        pairs = beside(tried, control, share=share)
        shown = Shown(*names, compare(pairs, plan=JudgePlan(alpha=alpha)), tried, control)
    else:
        shown = Shown(*names, compare_windows(tried, control), tried, control)
    if as_json:
        print_json(comparison_to_json(shown))
    else:
        show_comparison(console(), shown, every=every)
    return _code(shown.comparison.verdict, require_verdict=require_verdict)


def _code(verdict: Verdict, *, require_verdict: bool) -> int:
    return int(verdict is Verdict.WORSE or (verdict is Verdict.CANNOT_JUDGE and require_verdict))


def _at_once(control: Cells, tried: Cells) -> bool:
    """Whether the shorter side shares at least half of its minutes with the other; nothing shares all."""
    left, right = {minute for _, minute in control}, {minute for _, minute in tried}
    return not left or not right or 2 * len(left & right) >= min(len(left), len(right))


def _names(baseline: str, candidate: str, theirs: Path, ours: Path) -> tuple[str, str]:
    if baseline != candidate:
        return baseline, candidate
    return ("baseline", "candidate") if theirs == ours else (theirs.stem, ours.stem)
