"""One look at the evidence: count what is new, minute by minute, and decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cutover_rollout.controller._bench import SETTLING, Bench
from cutover_rollout.controller._blame import Blame, fallen, found
from cutover_rollout.controller._copied import copied
from cutover_rollout.controller._decision import Decision
from cutover_rollout.controller._evidence import Evidence, PairMinute, RouteMinute
from cutover_rollout.controller._ready import STALE_AFTER, Standing, following, silence, standing
from cutover_rollout.controller._rollout import Action, Phase, Rollout, Verdict, Waits
from cutover_rollout.controller._stages import EVERY, entered, fresh_bench, named, without
from cutover_telemetry.judge import Minute


@dataclass(slots=True)
class _New:
    """What is new of one minute."""

    minutes: dict[str, Minute] = field(default_factory=dict)
    pairs: dict[str, PairMinute] = field(default_factory=dict)
    routes: RouteMinute | None = None


def look(rollout: Rollout, evidence: Evidence, at: float) -> Decision:
    """Count the minutes that are new, one after the other, and decide.

    The rollout that is given stays as it was. Minutes that were counted, that began before the stage, or that are of a
    provider in quarantine are passed over. What is found in a minute is decided at once; the minutes behind it belong
    to the next look. So it does not matter how many minutes come in one look, save that promoting is decided of the
    last one.
    """
    if not rollout.running:
        verdict = Verdict.ROLL_BACK if rollout.phase is Phase.ROLLED_BACK else Verdict.HOLD
        return Decision(Action.NOTHING, verdict, rollout, f"nothing is judged: it is {rollout.phase.value}", at)
    naming = not rollout.providers and bool(names := named(rollout, {*evidence.minutes, *_of_pairs(evidence)}))
    if naming:
        rollout = replace(rollout, providers=names, bench=None)
    bench = fresh_bench(rollout) if rollout.bench is None else copied(rollout.bench)
    strays = evidence.certified is not None and evidence.certified.revision != rollout.revision
    changes = naming or (strays and not rollout.strayed)
    rollout = replace(rollout, bench=bench, looked=at, strayed=rollout.strayed or strays)
    for minute, new in _new(rollout, evidence):
        _count(rollout, bench, minute, new)
        blame = fallen(bench) if rollout.phase is Phase.AT_100 else found(bench)
        if blame is not None:
            return _blamed(rollout, bench, blame, at)
    return _decided(rollout, _standing(rollout, bench, evidence, at), at, naming=naming, changes=changes)


def _of_pairs(evidence: Evidence) -> set[str]:
    return {one.provider for one in evidence.pairs}


def _new(rollout: Rollout, evidence: Evidence) -> Iterator[tuple[int, _New]]:
    first = -(-rollout.since // 60)
    seen = rollout.seen
    by_minute: dict[int, _New] = defaultdict(_New)
    judged = {name: each for name, each in evidence.minutes.items() if _is_judged(rollout, name)}
    for name, minutes in judged.items():
        for one in minutes:
            by_minute[one.at].minutes[name] = one
    for pair in evidence.pairs if rollout.at_stage.shadow else ():
        if _is_judged(rollout, pair.provider):
            pairs = by_minute[pair.at].pairs
            pairs[pair.provider] = _added(pairs.get(pair.provider), pair)
    for route in evidence.routes or ():
        if route.at in by_minute:
            by_minute[route.at].routes = route
    for at in sorted(by_minute):
        if at >= first and (seen is None or at > seen):
            yield at, by_minute[at]


def _added(one: PairMinute | None, other: PairMinute) -> PairMinute:
    if one is None:
        return other
    return replace(
        one,
        pairs=one.pairs + other.pairs,
        candidate_only=one.candidate_only + other.candidate_only,
        control_only=one.control_only + other.control_only,
    )


def _is_judged(rollout: Rollout, name: str) -> bool:
    plan = rollout.plan.providers
    return name not in rollout.quarantined and (plan == EVERY or name in plan)


def _count(rollout: Rollout, bench: Bench, minute: int, new: _New) -> None:
    bench.add(minute, new.minutes, counted_from=rollout.counted_from)
    bench.add_pairs(minute, new.pairs)
    conditional = rollout.plan.tenant is not None or rollout.plan.header is not None
    if conditional or minute * 60 < rollout.since + 60 * SETTLING or not 0 < rollout.share < 1:
        return
    candidate, control = _arms(new, by_route=not rollout.quarantined)
    bench.split.add(candidate, candidate + control, share=rollout.share)


def _arms(new: _New, *, by_route: bool) -> tuple[int, int]:
    routes, minutes = new.routes, new.minutes.values()
    if by_route and routes is not None and routes.candidate + routes.control:
        return routes.candidate, routes.control
    return sum(one.candidate for one in minutes), sum(one.control for one in minutes)


def _blamed(rollout: Rollout, bench: Bench, blame: Blame, at: float) -> Decision:
    ground = replace(rollout, bench=copied(bench))
    provider = blame.provider
    if provider is not None and _may_quarantine(rollout, bench, provider):
        after = without(rollout, bench, provider, why=blame.why, after=bench.last)
        why = f"{provider} is put on legacy: {blame.why}"
        after = replace(after, verdict=Verdict.COLLECTING, why=why)
        return Decision(
            Action.QUARANTINE, Verdict.ROLL_BACK, after, why, at, changes=True, ground=ground, provider=provider
        )
    after = rolled_back(rollout, blame.why)
    return Decision(Action.ROLL_BACK, Verdict.ROLL_BACK, after, blame.why, at, changes=True, ground=ground)


def _may_quarantine(rollout: Rollout, bench: Bench, provider: str) -> bool:
    everyone = {*bench.own, *rollout.quarantined, *rollout.providers}
    gone = {*rollout.quarantined, provider}
    return rollout.plan.on_worse_provider == "quarantine" and 2 * len(gone) <= len(everyone)


def rolled_back(rollout: Rollout, why: str) -> Rollout:
    """The rollout with everything on legacy; its ledger stays."""
    restless = rollout.restless if rollout.bench is None else rollout.bench.seen_restless
    return replace(
        rollout, phase=Phase.ROLLED_BACK, waits=None, why=why, verdict=Verdict.ROLL_BACK, restless=restless, bench=None
    )


def _standing(rollout: Rollout, bench: Bench, evidence: Evidence, at: float) -> Standing:
    if rollout.phase is not Phase.AT_100:
        return standing(rollout, bench, evidence, at)
    minutes, wanted = (at - rollout.since) / 60, rollout.plan.done_after
    if silence(rollout, bench, evidence, at) > STALE_AFTER:
        return Standing(Verdict.CANNOT_JUDGE, "at 100 %, and nothing is recorded")
    if minutes < wanted:
        return Standing(Verdict.COLLECTING, f"at 100 % for {minutes:,.0f} of {wanted:,.0f} minutes")
    return Standing(Verdict.HOLD, f"at 100 % for {minutes:,.0f} minutes: it may be called done")


def _decided(rollout: Rollout, said: Standing, at: float, *, naming: bool, changes: bool) -> Decision:
    if said.verdict is Verdict.PROMOTE and rollout.waits is not Waits.RESUME:
        return _promoted(rollout, said, at) if rollout.plan.promote == "automatic" else _held(rollout, said, at)
    ready = said.verdict is Verdict.PROMOTE
    if rollout.waits is Waits.PERSON:
        rollout = replace(rollout, phase=Phase.COLLECTING, waits=None)
        said, changes = Standing(said.verdict, f"no longer ready: {said.why}"), True
    verdict = Verdict.HOLD if ready else said.verdict
    why = f"paused, else it would go on: {said.why}" if ready else said.why
    rollout = replace(rollout, verdict=verdict, why=why)
    action = Action.HOLD if changes and not naming else Action.NAME if naming else Action.NOTHING
    return Decision(action, verdict, rollout, why, at, changes=changes)


def _promoted(rollout: Rollout, said: Standing, at: float) -> Decision:
    why = f"on to {following(rollout)}: {said.why}"
    after = replace(entered(rollout, rollout.stage + 1, at), verdict=Verdict.COLLECTING, why=why)
    return Decision(Action.PROMOTE, Verdict.PROMOTE, after, why, at, changes=True, ground=rollout)


def _held(rollout: Rollout, said: Standing, at: float) -> Decision:
    why = f"ready for {following(rollout)}, a person promotes it: {said.why}"
    changes = rollout.waits is not Waits.PERSON
    after = replace(rollout, phase=Phase.HOLD, waits=Waits.PERSON, verdict=Verdict.HOLD, why=why)
    return Decision(Action.HOLD if changes else Action.NOTHING, Verdict.HOLD, after, why, at, changes=changes)
