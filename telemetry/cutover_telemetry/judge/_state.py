"""A judge as plain values and back, so that a restarted controller goes on where it was."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from cutover_telemetry.judge._counts import Metric
from cutover_telemetry.judge._dispersion import LONG, WINDOW, Dispersion, Scatter
from cutover_telemetry.judge._errors import NotAState
from cutover_telemetry.judge._evidence import Evidence, Found
from cutover_telemetry.judge._factor import TILTS
from cutover_telemetry.judge._judge import Contest, Judge
from cutover_telemetry.judge._outage import Outage
from cutover_telemetry.judge._plan import JudgePlan
from cutover_telemetry.judge._restless import Restless
from cutover_telemetry.judge._split import Split

VERSION = 1


def judge_to_json(judge: Judge) -> dict[str, Any]:
    """Everything that the judge has counted; the plan is the caller's to keep."""
    return {
        "version": VERSION,
        "tilts": list(TILTS),
        "alpha": judge.plan.alpha,
        "subject": judge.subject,
        "restless": sorted(metric.value for metric in judge.restless),
        "minutes": judge.minutes,
        "last": judge.last,
        "requests": list(judge.requests),
        "contests": {metric.value: _contest_to_json(contest) for metric, contest in judge.contests.items()},
        "outage": asdict(judge.outage),
        "split": asdict(judge.split),
    }


def judge_from_json(data: Mapping[str, Any], *, plan: JudgePlan) -> Judge:
    """The judge that was stored, under the plan that it began with.

    Raises:
        NotAState: The state is of another version, alpha or shape; evidence is never reused under other settings.
    """
    if data.get("version") != VERSION or data.get("tilts") != list(TILTS):
        raise NotAState(f"it is of version {data.get('version')!r}, and this is version {VERSION}")
    if data.get("alpha") != plan.alpha or set(data.get("contests", ())) != {each.value for each in plan.metrics}:
        raise NotAState("its error probability or its metrics are not those of the plan")
    try:
        return _judge(data, plan)
    except (KeyError, TypeError, ValueError) as error:
        raise NotAState(f"it is damaged ({type(error).__name__}: {error})") from error


def _judge(data: Mapping[str, Any], plan: JudgePlan) -> Judge:
    judge = Judge(
        str(data["subject"]), plan, frozenset(map(Metric, data["restless"])), int(data["minutes"]), data["last"]
    )
    judge.requests = _pair(data["requests"])
    for name, stored in data["contests"].items():
        contest = judge.contests[Metric(name)]
        contest.candidate, contest.control = _pair(stored["candidate"]), _pair(stored["control"])
        contest.arms = (_arm(stored["arms"][0]), _arm(stored["arms"][1]))
        _fill_evidence(contest.worse, stored["worse"])
        _fill_evidence(contest.better, stored["better"])
    judge.outage = Outage(**{**data["outage"], "control": _pair(data["outage"]["control"])})
    judge.split = Split(**data["split"])
    return judge


def _contest_to_json(contest: Contest) -> dict[str, Any]:
    return {
        "candidate": list(contest.candidate),
        "control": list(contest.control),
        "arms": [_arm_to_json(arm) for arm in contest.arms],
        "worse": _evidence_to_json(contest.worse),
        "better": _evidence_to_json(contest.better),
    }


def _arm_to_json(arm: Restless) -> dict[str, Any]:
    return {
        "minutes": arm.minutes,
        "hits": arm.hits,
        "requests": arm.requests,
        "windows": asdict(arm.windows),
        "recent": [list(each) for each in arm.recent],
    }


def _arm(stored: Mapping[str, Any]) -> Restless:
    recent = deque((_pair(each) for each in stored["recent"]), maxlen=WINDOW)
    return Restless(stored["minutes"], stored["hits"], stored["requests"], Scatter(**stored["windows"]), recent)


def _evidence_to_json(evidence: Evidence) -> dict[str, Any]:
    dispersion = {each.name: getattr(evidence.dispersion, each.name) for each in fields(Dispersion)}
    dispersion["single"], dispersion["windows"] = (
        asdict(evidence.dispersion.single),
        asdict(evidence.dispersion.windows),
    )
    dispersion["long"] = asdict(evidence.dispersion.long)
    dispersion["recent"] = [list(each) for each in evidence.dispersion.recent]
    if evidence.dispersion.minutes == 0:
        del dispersion["best_score"]
    found = None if evidence.found is None else asdict(evidence.found)
    return {
        "logs": list(evidence.logs),
        "quick": evidence.quick,
        "slack": evidence.slack,
        "patient": evidence.patient,
        "found": found,
        "dispersion": dispersion,
    }


def _fill_evidence(evidence: Evidence, stored: Mapping[str, Any]) -> None:
    if len(stored["logs"]) != len(TILTS):
        raise ValueError(f"{len(stored['logs'])} bets")
    kept = dict(stored["dispersion"])
    kept["single"], kept["windows"] = Scatter(**kept["single"]), Scatter(**kept["windows"])
    kept["long"] = Scatter(**kept["long"])
    kept["recent"] = deque((tuple(each) for each in kept["recent"]), maxlen=LONG)
    evidence.logs = [float(each) for each in stored["logs"]]
    evidence.quick, evidence.slack = bool(stored["quick"]), float(stored["slack"])
    evidence.patient = bool(stored["patient"])
    evidence.found = None if stored["found"] is None else Found(**stored["found"])
    evidence.dispersion = Dispersion(**kept)


def _pair(stored: Any) -> tuple[int, int]:
    left, right = stored
    return int(left), int(right)
