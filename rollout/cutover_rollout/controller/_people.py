"""What people may say to a rollout; each is a decision, or a refusal with its reason."""

from __future__ import annotations

from dataclasses import replace

from cutover_rollout.controller._copied import copied
from cutover_rollout.controller._decision import Decision, Refused
from cutover_rollout.controller._evidence import Certified
from cutover_rollout.controller._look import rolled_back
from cutover_rollout.controller._ready import STALE_AFTER, following, why_uncertified
from cutover_rollout.controller._rollout import Action, Phase, Rollout, Verdict, Waits
from cutover_rollout.controller._stages import entered, fresh_bench, without


def advance(
    rollout: Rollout, at: float, *, by: str, why: str = "", certified: Certified | None = None, force: bool = False
) -> Decision | Refused:
    """Go on to the next stage.

    Where the last look said so, no longer ago than three minutes; or without its time and evidence, if forced. Never
    without the certificate that the plan asks for.
    """
    if rollout.phase not in (Phase.COLLECTING, Phase.HOLD):
        return Refused(Action.ADVANCE, f"it is {rollout.phase.value}: there is no stage to go on to", rollout)
    uncertified = why_uncertified(rollout, certified)
    if uncertified:
        return Refused(Action.ADVANCE, uncertified, rollout)
    ready = rollout.waits is Waits.PERSON and rollout.looked is not None and at - rollout.looked <= STALE_AFTER
    if not ready and not force:
        said = rollout.why if rollout.waits is not Waits.PERSON else "nobody has looked for some minutes"
        return Refused(Action.ADVANCE, f"it is not ready for {following(rollout)}: {said}; --force goes on", rollout)
    why = why or (f"on to {following(rollout)}" if ready else f"on to {following(rollout)} without its evidence")
    after = replace(entered(rollout, rollout.stage + 1, at), verdict=Verdict.COLLECTING, why=why)
    return Decision(Action.ADVANCE, Verdict.PROMOTE, after, why, at, by=by, changes=True, ground=rollout)


def pause(rollout: Rollout, at: float, *, by: str, why: str = "") -> Decision | Refused:
    """Promote nothing until it is resumed; what is worse is rolled back all the same."""
    if rollout.phase not in (Phase.COLLECTING, Phase.HOLD) or rollout.waits is Waits.RESUME:
        said = "paused already" if rollout.waits is Waits.RESUME else rollout.phase.value
        return Refused(Action.PAUSE, f"it is {said}: there is nothing to pause", rollout)
    after = replace(rollout, phase=Phase.HOLD, waits=Waits.RESUME)
    return _said(Action.PAUSE, after, why or "paused", at, by)


def resume(rollout: Rollout, at: float, *, by: str, why: str = "") -> Decision | Refused:
    """End a pause."""
    if rollout.waits is not Waits.RESUME or rollout.phase is not Phase.HOLD:
        return Refused(Action.RESUME, f"it is not paused, it is {rollout.phase.value}", rollout)
    after = replace(rollout, phase=Phase.COLLECTING, waits=None, verdict=Verdict.COLLECTING)
    return _said(Action.RESUME, after, why or "resumed", at, by)


def roll_back(rollout: Rollout, at: float, *, by: str, why: str = "") -> Decision | Refused:
    """Put everything of the plan on legacy."""
    if rollout.phase is Phase.ROLLED_BACK:
        return Refused(Action.ROLL_BACK, "it is rolled back already", rollout)
    why = why or "rolled back by a person"
    return _said(Action.ROLL_BACK, rolled_back(rollout, why), why, at, by, ground=rollout)


def kill(rollout: Rollout, at: float, *, by: str, why: str = "") -> Decision:
    """Put everything on legacy, whatever other rules say; the rollout is rolled back."""
    why = why or "killed"
    return _said(Action.KILL, replace(rolled_back(rollout, why), killed=True), why, at, by, ground=rollout)


def release(rollout: Rollout, at: float, *, by: str, why: str = "", provider: str | None = None) -> Decision | Refused:
    """End a kill (the rollout stays rolled back), or the quarantine of a provider (its evidence begins anew)."""
    if provider is None:
        if not rollout.killed:
            return Refused(Action.RELEASE, "it was not killed", rollout)
        return _said(Action.RELEASE, replace(rollout, killed=False), why or "the kill is over", at, by)
    if provider not in rollout.quarantined:
        return Refused(Action.RELEASE, f"{provider} is not in quarantine here", rollout)
    after = replace(
        rollout,
        quarantined={name: said for name, said in rollout.quarantined.items() if name != provider},
        counted_from={**rollout.counted_from, provider: int(-(-at // 60))},
    )
    return _said(Action.RELEASE, after, why or f"{provider} is no longer in quarantine", at, by, provider=provider)


def quarantine(rollout: Rollout, provider: str, at: float, *, by: str, why: str = "") -> Decision | Refused:
    """Put one provider on legacy."""
    if provider in rollout.quarantined:
        return Refused(Action.QUARANTINE, f"{provider} is in quarantine already", rollout)
    why = why or f"{provider} is put on legacy by a person"
    if rollout.running:
        bench = fresh_bench(rollout) if rollout.bench is None else copied(rollout.bench)
        after = without(rollout, bench, provider, why=why, after=int(at // 60) - 1)
    else:
        after = replace(rollout, quarantined={**rollout.quarantined, provider: why})
    return _said(Action.QUARANTINE, after, why, at, by, ground=rollout, provider=provider)


def done(rollout: Rollout, at: float, *, by: str, why: str = "", force: bool = False) -> Decision | Refused:
    """Call it done: at 100 % for the plan's minutes, with no provider in quarantine."""
    refusal = _not_done(rollout, at, force=force)
    if refusal:
        return Refused(Action.DONE, refusal, rollout)
    return _said(Action.DONE, replace(rollout, phase=Phase.DONE), why or "done", at, by, ground=rollout)


def _not_done(rollout: Rollout, at: float, *, force: bool) -> str:
    if rollout.phase is not Phase.AT_100 or rollout.killed:
        return f"it is {rollout.phase.value}, at {rollout.share:.0%}: only a rollout at 100 % can be done"
    if rollout.quarantined:
        return f"{', '.join(sorted(rollout.quarantined))}: in quarantine, so the legacy arm is still needed"
    minutes = (at - rollout.since) / 60
    if minutes < rollout.plan.done_after and not force:
        return f"it is at 100 % for {minutes:,.0f} minutes, and the plan wants {rollout.plan.done_after:,.0f}"
    return ""


def _said(
    action: Action,
    rollout: Rollout,
    why: str,
    at: float,
    by: str,
    *,
    ground: Rollout | None = None,
    provider: str | None = None,
) -> Decision:
    after = replace(rollout, why=why)
    return Decision(action, after.verdict, after, why, at, by=by, changes=True, ground=ground, provider=provider)
