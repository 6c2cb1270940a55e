"""What the dashboard's rollout panel shows and may do: the rollout of this folder's state, and the switch beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cutover_cli._rollout_options import Where
from cutover_cli._rollout_source import Source
from cutover_cli._unusable import Unusable
from cutover_rollout import RolloutError, SaidHere, end_kill, kill, said_here, status
from cutover_rollout.controller import (
    ControllerError,
    Decision,
    Phase,
    Refused,
    Rollout,
    look,
    pause,
    resume,
    roll_back,
    rollout_from_document,
)
from cutover_rollout.runner import EvidenceSource, Halves, decide, kill_all, release_all, stands
from cutover_rollout.state import StateStore, Versioned
from cutover_telemetry import TelemetryError

Action = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
FRESH = 10.0  # seconds
LATEST = 10
WHO = "dashboard"
WHY = "by the dashboard"
HERE = "Only workers on this machine were told: no rollout is known here."


@dataclass(frozen=True)
class Looked:
    """What was last said of which version, when, and the rollout with what was counted for it."""

    version: tuple[int, str]
    at: float
    rollout: Rollout
    said: Mapping[str, Any]


@dataclass
class Panel:
    """The panel of one folder. `state` is None where no rollout was ever begun here: the switch file says all then."""

    switch: Path
    state: StateStore | None = None
    source: EvidenceSource | None = None
    _looked: Looked | None = field(default=None, init=False)

    def shown(self) -> Mapping[str, Any] | None:
        """What is to be shown; None where nobody ever switched."""
        try:
            switch = _switch_shown(self.switch)
            if self.state is None:
                return switch
            seen = self.state.read()
            rollout = rollout_from_document(seen.document)
        except RolloutError as error:
            return {"problem": str(error)}
        if rollout is None:
            return switch
        return self._rollout_shown(self.state, seen, rollout)

    def actions(self) -> Mapping[str, Action]:
        """What whoever knows the token may do, by the words on its button."""
        state, switch = self.state, self.switch
        if state is None:
            none = dict.fromkeys(("roll-back", "pause", "resume"), _no_rollout)
            return none | {
                "put-everything-on-legacy": lambda _: _done(lambda: {"file": str(kill(switch)), "reach": HERE}),
                "let-the-rules-decide-again": lambda _: _done(lambda: {"changed": end_kill(switch)}),
            }
        return {
            "put-everything-on-legacy": lambda _: _halves(lambda at: kill_all(switch, state, at=at, by=WHO, why=WHY)),
            "let-the-rules-decide-again": lambda _: _halves(
                lambda at: release_all(switch, state, None, at=at, by=WHO, why=WHY)
            ),
            "roll-back": lambda _: _said(state, lambda rollout, at: roll_back(rollout, at, by=WHO, why=WHY)),
            "pause": lambda _: _said(state, lambda rollout, at: pause(rollout, at, by=WHO, why=WHY)),
            "resume": lambda _: _said(state, lambda rollout, at: resume(rollout, at, by=WHO, why=WHY)),
        }

    def _rollout_shown(self, state: StateStore, seen: Versioned, rollout: Rollout) -> Mapping[str, Any]:
        here = said_here(self.switch)
        quarantined = sorted({*seen.document.get("quarantined", ()), *rollout.quarantined, *here.quarantined})
        return {
            "state": state.where,
            **stands(rollout),
            "plan": [{"name": each.name, "share": each.share} for each in rollout.plan.stages],
            "decision": seen.version,
            "why": rollout.why,
            "killed": bool(seen.document.get("kill")),
            "killed_here": here.kill,
            "quarantined": ", ".join(quarantined) or "nobody",
            "rules": list(seen.document.get("rules", ())),
            "now": self._now(seen, rollout),
            "history": _history(state, seen),
        }

    def _now(self, seen: Versioned, rollout: Rollout) -> Mapping[str, Any] | None:
        """What the judge says; looked at every few seconds, however many pages are open."""
        if rollout.phase in {Phase.ROLLED_BACK, Phase.DONE} or rollout.killed or self.source is None:
            return None
        version = (seen.version, seen.origin)
        kept = self._looked if self._looked is not None and self._looked.version == version else None
        if kept is None or time.monotonic() - kept.at >= FRESH:
            # What was counted already is not counted again.
            self._looked = _look(self.source, rollout if kept is None else kept.rollout, version)
        return None if self._looked is None else self._looked.said


@dataclass
class Found:
    """The panel of what the project says at the moment: a rollout may begin while the page is open.

    Attributes:
        find: Where the rollout of the project is, asked at each request.
        switch: The switch file that was named, else the project's.
        store: The store that the dashboard shows.
    """

    find: Callable[[], Where]
    switch: Path | None
    store: Path
    _kept: tuple[tuple[str, str] | None, Panel] | None = field(default=None, init=False)

    def panel(self) -> Panel:
        """The present one; its state stays open while it is the same."""
        where = self.find()
        key = (where.url, where.name) if where.known and where.missing is None else None
        kept = self._kept
        if kept is None or kept[0] != key:
            state = None if key is None else where.state()
            source = None if state is None else Source(where, (self.store,))
            kept = self._kept = key, Panel(self.switch or where.switch, state, source)
        return kept[1]

    def shown(self) -> Mapping[str, Any] | None:
        """What is to be shown."""
        try:
            return self.panel().shown()
        except (RolloutError, Unusable) as error:
            return {"problem": str(error)}

    def actions(self) -> Mapping[str, Action]:
        """What whoever knows the token may do; whether it can be done is seen when it is asked for."""
        return {name: self._action(name) for name in Panel(Path()).actions()}

    def _action(self, name: str) -> Action:
        def action(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
            try:
                panel = self.panel()
            except (RolloutError, Unusable) as error:
                raise _refused(str(error)) from error
            return panel.actions()[name](fields)

        return action


def _switch_shown(path: Path) -> Mapping[str, Any] | None:
    found, here = status(path), said_here(path)
    if not found.exists and here == SaidHere():
        return None
    quarantined = sorted({*found.state.quarantined, *here.quarantined})
    return {
        "rules": [rule.as_json() for rule in found.rules],
        "killed": found.state.kill,
        "killed_here": here.kill,
        "quarantined": ", ".join(quarantined) or "nobody",
    }


def _look(source: EvidenceSource, rollout: Rollout, version: tuple[int, str]) -> Looked:
    try:
        at = time.time()
        found = look(rollout, source.since(rollout, at), at)
    except TelemetryError as error:
        said = {"verdict": "cannot judge", "why": str(error), "evidence": {}}
        return Looked(version, time.monotonic(), rollout, said)
    said = {"verdict": found.verdict.value, "why": found.why, "evidence": found.evidence}
    # A decision that was not written yet is the controller's: the next look is at the same rollout again.
    return Looked(version, time.monotonic(), rollout if found.changes else found.rollout, said)


def _history(state: StateStore, seen: Versioned) -> list[Mapping[str, Any]]:
    rows = state.history(after=max(0, seen.version - LATEST), most=LATEST)
    return [
        {
            "decision": row.version, "at": row.at, "by": row.by, "what": str(row.evidence.get("action", "set")),
            "why": row.why, **_stage(row.document),
        }
        for row in reversed(rows)
    ]  # fmt: skip


def _stage(document: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        found = rollout_from_document(document)
    except ControllerError:
        found = None
    return {"stage": None, "share": None} if found is None else {"stage": found.at_stage.name, "share": found.share}


def _said(state: StateStore, asked: Callable[[Rollout, float], Decision | Refused]) -> Mapping[str, Any]:
    def said() -> Mapping[str, Any]:
        outcome = decide(state, lambda rollout: asked(rollout, time.time()))
        if isinstance(outcome, Refused):
            raise _refused(outcome.why)
        return {"decision": outcome.version.version}

    return _done(said)


def _halves(action: Callable[[float], Halves]) -> Mapping[str, Any]:
    def said() -> Mapping[str, Any]:
        found = action(time.time())
        if found.share is not None:
            share = f"{100 * found.share:g} %"
            raise _refused(
                f"the state was never told of this machine's kill, and its rollout goes on with {share}, which would"
                " come back here; put everything on legacy again first"
            )
        if found.problem is not None:
            reach = "this machine's workers know" if found.file is not None else "nothing was changed"
            raise _refused(f"the state was not told, {reach}: {found.problem}")
        if found.unwritten is not None:
            raise _refused(f"the state was told, this machine was not: {found.unwritten}")
        empty = {} if found.empty is None else {"reach": f"Nobody ever wrote {found.empty}: who follows it?"}
        return {"file": None if found.file is None else str(found.file), "decision": found.version} | empty

    return _done(said)


def _no_rollout(_: Mapping[str, Any]) -> Mapping[str, Any]:
    raise _refused("no rollout is known here; begin one with `cutover rollout start`")


def _done(action: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    try:
        return action()
    except RolloutError as error:
        raise _refused(str(error)) from error


def _refused(why: str) -> Exception:
    from cutover_telemetry.dashboard import ActionRefused  # noqa: PLC0415  the panel is also shown without a server

    return ActionRefused(why)
