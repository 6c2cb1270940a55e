"""A rollout as JSON and back: what came back decides alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cutover_rollout.controller._bench_json import bench_from_text, bench_to_text
from cutover_rollout.controller._errors import NotARollout
from cutover_rollout.controller._rollout import Phase, Rollout, Verdict, Waits
from cutover_rollout.controller._stages import fresh_bench
from cutover_rollout.plan import InvalidPlan, plan_from_json, plan_to_json
from cutover_telemetry.judge import JudgeError, Ledger

VERSION = 1


def rollout_to_json(rollout: Rollout, *, judges: bool = True) -> dict[str, Any]:
    """The rollout as plain values: below 300 KB with 22 providers, a few KB without its judges.

    Where there are none, a look counts the minutes of the stage again.
    """
    return {
        "version": VERSION,
        "plan": plan_to_json(rollout.plan),
        "revision": rollout.revision,
        "began": rollout.began,
        "round": rollout.round,
        "pot": rollout.pot,
        "stage": rollout.stage,
        "since": rollout.since,
        "phase": rollout.phase.value,
        "waits": None if rollout.waits is None else rollout.waits.value,
        "why": rollout.why,
        "ledger": rollout.ledger.to_json(),
        "providers": list(rollout.providers),
        "restless": {name: list(metrics) for name, metrics in rollout.restless.items()},
        "counted_from": dict(rollout.counted_from),
        "strayed": rollout.strayed,
        "quarantined": dict(rollout.quarantined),
        "killed": rollout.killed,
        "verdict": rollout.verdict.value,
        "looked": rollout.looked,
        "judges": None if rollout.bench is None or not judges else bench_to_text(rollout.bench),
    }


def rollout_from_json(data: Mapping[str, Any]) -> Rollout:
    """The rollout that was stored.

    Raises:
        NotARollout: It is of another version, or damaged.
    """
    if not isinstance(data, Mapping) or data.get("version") != VERSION:
        found = data.get("version") if isinstance(data, Mapping) else data
        raise NotARollout(f"it is of version {found!r}, and this release knows version {VERSION}")
    try:
        rollout = _rollout(data)
        if data.get("judges") is None:
            return rollout
        return replace(rollout, bench=bench_from_text(data["judges"], fresh_bench(rollout)))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, InvalidPlan, JudgeError) as error:
        raise NotARollout(f"it is damaged ({type(error).__name__}: {error})") from error


def _rollout(data: Mapping[str, Any]) -> Rollout:
    plan, stage = plan_from_json(data["plan"]), int(data["stage"])
    if not 0 <= stage < len(plan.stages):
        raise ValueError(f"stage {stage} of {len(plan.stages)}")
    return Rollout(
        plan=plan,
        revision=str(data["revision"]),
        began=float(data["began"]),
        round=int(data["round"]),
        pot=float(data["pot"]),
        stage=stage,
        since=float(data["since"]),
        phase=Phase(data["phase"]),
        waits=None if data["waits"] is None else Waits(data["waits"]),
        why=str(data["why"]),
        ledger=Ledger.from_json(data["ledger"]),
        providers=tuple(map(str, data["providers"])),
        restless={name: tuple(metrics) for name, metrics in data["restless"].items()},
        counted_from={name: int(minute) for name, minute in data["counted_from"].items()},
        strayed=bool(data["strayed"]),
        quarantined=dict(data["quarantined"]),
        killed=bool(data["killed"]),
        verdict=Verdict(data["verdict"]),
        looked=None if data["looked"] is None else float(data["looked"]),
    )
