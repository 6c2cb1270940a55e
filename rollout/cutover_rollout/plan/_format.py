"""A plan as a file: TOML or JSON with the same fields; what is left out is as in the default plan.

    {"version": 1, "promote": "by-hand", "stages": [{"name": "5 %", "share": 0.05, "minutes": 30}, …]}

Fields that are not known are refused by name: a plan that says something must not be half heard.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from cutover_rollout.plan._errors import InvalidPlan, UnreadablePlan
from cutover_rollout.plan._records import RolloutPlan, Webhook, default_plan
from cutover_rollout.plan._stages import Stage
from cutover_telemetry.judge import DEFAULT_METRICS, Guard, Metric, MetricPlan

VERSION = 1
LARGEST = 1_000_000
PLAN = "plan"
Made = TypeVar("Made")


def read_plan(path: str | os.PathLike[str]) -> RolloutPlan:
    """The plan in this file.

    Raises:
        UnreadablePlan: It is not there, or neither TOML nor JSON.
        InvalidPlan: It has a field that is not known, or a value that cannot be.
    """
    file = Path(path)
    try:
        text = file.read_bytes()[: LARGEST + 1]
    except OSError as error:
        raise UnreadablePlan(str(file), f"it cannot be read ({error.strerror})") from error
    if len(text) > LARGEST:
        raise UnreadablePlan(str(file), f"it has more than {LARGEST:,} bytes")
    try:
        data = json.loads(text) if file.suffix == ".json" else tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:
        kind = "JSON" if file.suffix == ".json" else "TOML"
        raise UnreadablePlan(str(file), f"it is not {kind} ({error})") from error
    try:
        return plan_from_json(data)
    except InvalidPlan as error:
        raise InvalidPlan(str(file), f"{error.where}: {error.problem}") from error


def plan_from_json(data: object) -> RolloutPlan:
    """The plan in these plain values; what they leave out is as in the default plan.

    Raises:
        InvalidPlan: There is a field that is not known, or a value that cannot be.
    """
    told = _table(PLAN, data)
    if told.get("version", VERSION) != VERSION:
        raise InvalidPlan(PLAN, f"version is {told['version']!r}, and this release knows version {VERSION}")
    _known(PLAN, told, ("version", *(each.name for each in fields(RolloutPlan))))
    read = {name: _READERS[name](value) if name in _READERS else value for name, value in told.items()}
    read.pop("version", None)
    return replace(default_plan(), **read)


def plan_to_json(plan: RolloutPlan) -> dict[str, Any]:
    """The plan as plain values, which `plan_from_json` takes; also what only the default said."""
    made: dict[str, Any] = {"version": VERSION, **{each.name: getattr(plan, each.name) for each in fields(plan)}}
    made["stages"] = [{name: told for name, told in asdict(one).items() if told is not None} for one in plan.stages]
    made["metrics"] = {one.value: asdict(plan.metrics[one]) if one in plan.metrics else False for one in Metric}
    made["milestones"] = {str(minute): part for minute, part in plan.milestones.items()}
    made["guard"] = asdict(plan.guard)
    made["webhooks"] = [asdict(each) for each in plan.webhooks]
    made |= {name: list(made[name]) for name in ("sites", "providers")}
    if plan.header is not None:
        made["header"] = {"name": plan.header[0], "value": plan.header[1]}
    return {name: told for name, told in made.items() if told is not None}


def _table(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise InvalidPlan(where, f"it is {_short(value)}, not a table")
    return value


def _list(where: str, value: object) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise InvalidPlan(where, f"it is {_short(value)}, not a list")
    return list(value)


def _known(where: str, told: Mapping[str, Any], names: tuple[str, ...], *, needed: tuple[str, ...] = ()) -> None:
    for name in told:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            guess = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
            raise InvalidPlan(where, f"there is no field {name!r}; {guess}")
    for name in needed:
        if name not in told:
            raise InvalidPlan(where, f"it lacks the field {name!r}")


def _names(value: object) -> tuple[str, ...]:
    return tuple(_list("sites and providers", value))


def _stages(value: object) -> tuple[Stage, ...]:
    return tuple(_made(Stage, f"stage {place}", one, needed=("name", "share", "minutes"))
                 for place, one in enumerate(_list("stages", value), 1))  # fmt: skip


def _webhooks(value: object) -> tuple[Webhook, ...]:
    return tuple(_made(Webhook, f"webhook {place}", one, needed=("url", "secret_env"))
                 for place, one in enumerate(_list("webhooks", value), 1))  # fmt: skip


def _made(kind: Callable[..., Made], where: str, value: object, *, needed: tuple[str, ...] = ()) -> Made:
    told = _table(where, value)
    _known(where, told, tuple(each.name for each in fields(kind)), needed=needed)  # type: ignore[arg-type]
    return kind(**told)


def _metrics(value: object) -> dict[Metric, MetricPlan]:
    told = _table("metrics", value)
    _known("metrics", told, tuple(metric.value for metric in Metric))
    made = dict(DEFAULT_METRICS)
    for name, each in told.items():
        if each is False:
            made.pop(Metric(name), None)
            continue
        given = _table(f"metric {name!r}", each)
        _known(f"metric {name!r}", given, tuple(one.name for one in fields(MetricPlan)))
        made[Metric(name)] = replace(DEFAULT_METRICS[Metric(name)], **given)
    return made


def _milestones(value: object) -> dict[int, float]:
    told = _table("milestones", value)
    for minute in told:
        if not minute.isdecimal():
            raise InvalidPlan("milestones", f"{minute!r} is not a minute")
    return {int(minute): part for minute, part in told.items()}


def _header(value: object) -> tuple[str, str]:
    told = _table("header", value)
    _known("header", told, ("name", "value"), needed=("name", "value"))
    return told["name"], told["value"]


def _short(value: object) -> str:
    return repr(value) if len(repr(value)) < 60 else type(value).__name__


_READERS: Mapping[str, Callable[[object], Any]] = {
    "sites": _names,
    "providers": _names,
    "stages": _stages,
    "metrics": _metrics,
    "milestones": _milestones,
    "guard": lambda value: _made(Guard, "guard", value),
    "header": _header,
    "webhooks": _webhooks,
}
