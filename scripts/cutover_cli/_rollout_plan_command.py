"""``rollout plan``: what each stage could find at the traffic that the stores have seen, and how long it takes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from cutover_cli._console import console, error_console, print_json, table
from cutover_cli._last import stretch_option
from cutover_cli._rollout_names import unknown_of
from cutover_cli._rollout_options import FILE, Where, located, stored
from cutover_cli._unusable import Unusable
from cutover_rollout.plan import (
    Findable,
    Outlook,
    RolloutPlan,
    StageOutlook,
    default_plan,
    detectability,
    plan_to_json,
    read_plan,
    read_traffic,
)
from cutover_telemetry.store import Window


@click.command()
@click.option("--plan", "plan_file", type=FILE, default=None, metavar="FILE",
              help="The plan, TOML or JSON (default: that of the settings, or the default plan).")  # fmt: skip
@stored
@stretch_option("1d")
@click.option("--every", is_flag=True, help="Show every provider by itself too.")
@located
def plan(
    where: Where, plan_file: Path | None, stores: tuple[Path, ...], last: float, every: bool, as_json: bool
) -> int:
    """Say what each stage of a rollout could find at the traffic seen, and how long it takes.

    A rise of errors, slower answers and a total failure are found in four runs of five if they are as large as said;
    that is by the judge's own rules, on traffic without bursts. Times are those of arms that are alike. Without a
    store the plan alone is shown. Exit code 1 where it names a provider or a site that is not known here.
    """
    file = where.file("plan", plan_file)
    chosen = default_plan() if file is None else read_plan(file)
    meant = [path for path in where.stores(stores) if stores or path.exists()]
    traffic = read_traffic(meant, Window.last(last))
    if stores and not traffic.providers:
        raise Unusable(f"no attempt in the last {last:,.0f} s in {', '.join(map(str, meant))}; see --last and --store")
    outlook = detectability(chosen, traffic)
    doubts = unknown_of(chosen, where.root)
    if as_json:
        print_json({**outlook_to_json(chosen, outlook), "doubts": doubts})
        return 1 if doubts else 0
    _show(chosen, outlook, every=every)
    for doubt in doubts:
        error_console().print(escape(doubt), style="bold red", soft_wrap=True)
    return 1 if doubts else 0


def outlook_to_json(plan: RolloutPlan, outlook: Outlook) -> dict[str, Any]:
    """The plan and its outlook as plain values; minutes, and null for what is never reached."""
    seen = outlook.traffic
    stages = [
        {
            "name": one.stage.name,
            "share": one.stage.share,
            "alpha": one.alpha,
            "per_minute": one.per_minute,
            "requests_after": one.requests_after,
            "same_after": one.same_after,
            "minutes": one.minutes,
            "found": [asdict(each) for each in one.subjects],
        }
        for one in outlook.stages
    ]
    traffic = {"minutes": seen.minutes, "per_minute": seen.per_minute, "failing": seen.failing}
    return {"plan": plan_to_json(plan), "traffic": traffic, "stages": stages, "minutes": outlook.minutes}


def _show(plan: RolloutPlan, outlook: Outlook, *, every: bool) -> None:
    out, seen = console(), outlook.traffic
    if not seen.providers:
        _show_alone(plan)
        return
    out.print(
        f"{seen.per_minute:,.1f} attempts a minute of {len(seen.providers)} "
        f"provider{'s' if len(seen.providers) > 1 else ''}, {seen.failing:.2%} fail ({seen.minutes:,} minutes seen)"
    )
    rows = table("stage:whole", "at least:right", "takes:right", "errors:right", "answers slower:right",
                 "all fail, after:right", "why so long")  # fmt: skip
    for one in outlook.stages:
        for place, each in enumerate(one.subjects if every else one.subjects[:1]):
            head = (escape(one.stage.name), _span(one.stage.minutes), _span(one.minutes)) if not place else ("", "", "")
            name = "" if not place else f"{escape(each.subject)}: "
            rows.add_row(*head, f"{name}{_errors(one, each)}", _slower(one, each), _outage(one, each),
                         _longest(one) if not place else "")  # fmt: skip
        if not one.subjects:
            rows.add_row(escape(one.stage.name), _span(one.stage.minutes), _span(one.minutes), "-", "-", "-",
                         "no control beside it")  # fmt: skip
    out.print(rows)
    whole = "never reached at this traffic: ask for fewer requests, or wider margins"
    told = whole if outlook.minutes is None else f"after {_span(outlook.minutes)}, if the arms are alike"
    out.print(f"100 %: {told}", style="bold")
    out.print("found in four runs of five, without bursts; smaller differences may be found too", style="dim")


def _show_alone(plan: RolloutPlan) -> None:
    rows = table("stage:whole", "share:right", "at least:right", "requests:right", "part of alpha:right")
    for stage, part in zip(plan.stages, plan.parts, strict=True):
        rows.add_row(escape(stage.name), f"{stage.share:.4g}", _span(stage.minutes), f"{stage.requests:,}",
                     f"{part:.2f}" if part else "-")  # fmt: skip
    console().print(rows)
    console().print("what it could find: name the stores with --store", style="dim")


def _errors(one: StageOutlook, each: Findable) -> str:
    if each.errors is None:
        return "not found"
    if one.stage.shadow:
        return f"{each.errors:.2%} alone"
    return f"{each.failing:.2%} → {each.errors:.2%}"


def _slower(one: StageOutlook, each: Findable) -> str:
    if one.stage.shadow:
        return "-"
    return "not found" if each.slower is None else f"+{each.slower - 1:.0%}"


def _outage(one: StageOutlook, each: Findable) -> str:
    if one.stage.shadow:
        return "-"
    return "not found" if each.outage is None else f"{each.outage[0]:,} ({_span(each.outage[1])})"


def _longest(one: StageOutlook) -> str:
    if one.requests_after is None:
        return "the candidate has no requests"
    if one.same_after is None:
        return "the margin is not reached in 90 days"
    if one.minutes is None or one.minutes <= one.stage.minutes:
        return ""
    what = "pairs" if one.stage.shadow else "requests"
    return f"{one.stage.requests:,} {what}" if one.requests_after >= one.same_after else "until it is known to be same"


def _span(minutes: float | None) -> str:
    if minutes is None:
        return "never"
    if minutes < 180:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if minutes < 2880 else f"{minutes / 1440:.1f} days"
