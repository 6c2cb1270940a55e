"""Kill and quarantine, which need no lease and no controller, and of which the half on this machine needs no state.

The file on this machine is written first, then the state is told; either half is done where the other one fails, and
each failure is said. That nobody ever began anything in the state is said too: the workers may be following another.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cutover_rollout import end_kill, end_quarantine, kill, quarantine
from cutover_rollout._errors import RolloutError, UnwritableKillFile, UnwritableQuarantineFile
from cutover_rollout._switch_file import killed_here
from cutover_rollout.controller import Action, Decision, Refused, Rollout, rollout_from_document
from cutover_rollout.controller import kill as killed
from cutover_rollout.controller import quarantine as quarantined
from cutover_rollout.controller import release as released
from cutover_rollout.runner._deciding import decide, has_rollout, mark
from cutover_rollout.state import StateError, StateStore


@dataclass(frozen=True, slots=True)
class Halves:
    """What was done on this machine and in the state.

    Attributes:
        file: The file of this machine; None where there was nothing to take away.
        version: Of the state after it; None where the state was not told.
        refused: Why the rollout refused, if it did: it is so already, say.
        problem: Why the state could not be told, if it could not.
        unwritten: Why this machine's file could not be written, if it could not.
        empty: The state, where there is neither a rollout nor a rule: nobody may be following it.
        share: Of a rollout that runs: what the end of this machine's kill would put back, and did not.
    """

    file: Path | None = None
    version: int | None = None
    refused: str | None = None
    problem: str | None = None
    unwritten: str | None = None
    empty: str | None = None
    share: float | None = None

    @property
    def whole(self) -> bool:
        """Whether every half was done that was asked for."""
        return self.problem is None and self.unwritten is None and self.empty is None and self.share is None


def kill_all(switch: str | os.PathLike[str], state: StateStore | None, *, at: float, by: str, why: str) -> Halves:
    """Put everything on legacy: here by the kill file, everywhere else by the state."""
    return _both(
        lambda: kill(switch), state, lambda rollout: killed(rollout, at, by=by, why=why),
        lambda document: {**document, "kill": True}, by=by, why=why, evidence={"action": Action.KILL.value},
    )  # fmt: skip


def quarantine_all(
    switch: str | os.PathLike[str], state: StateStore | None, provider: str, *, at: float, by: str, why: str
) -> Halves:
    """Put one provider on legacy, in the same two ways."""
    return _both(
        lambda: quarantine(switch, provider), state,
        lambda rollout: quarantined(rollout, provider, at, by=by, why=why),
        lambda document: {**document, "quarantined": _with(document, provider)}, by=by, why=why,
        evidence={"action": Action.QUARANTINE.value, "provider": provider},
    )  # fmt: skip


def release_all(
    switch: str | os.PathLike[str],
    state: StateStore | None,
    provider: str | None,
    *,
    at: float,
    by: str,
    why: str,
    force: bool = False,
) -> Halves:
    """End the kill, or the quarantine of a provider, in the state and then on this machine.

    Where this machine alone was killed, while the state's rollout goes on, nothing is ended but by force: its share
    would come back here.
    """
    back = None if provider is not None or force else _share_behind(switch, state)
    if back:
        return Halves(share=back)
    done = _with_state(
        state, None, lambda rollout: released(rollout, at, by=by, why=why, provider=provider),
        lambda document: _without(document, provider), by=by, why=why, lifted=True,
        evidence={"action": Action.RELEASE.value} | ({} if provider is None else {"provider": provider}),
    )  # fmt: skip
    if done.problem is not None:
        return done
    try:
        was = end_kill(switch) if provider is None else end_quarantine(switch, provider)
    except (UnwritableKillFile, UnwritableQuarantineFile) as error:
        return replace(done, unwritten=str(error))
    file = Path(switch).with_name("kill" if provider is None else "quarantine") if was else None
    return replace(done, file=file)


def _share_behind(switch: str | os.PathLike[str], state: StateStore | None) -> float | None:
    """The share that the state's rollout has, where nothing but this machine's file kills."""
    if state is None or not killed_here(switch):
        return None
    try:
        document = state.read().document
        rollout = rollout_from_document(document)
    except (StateError, RolloutError):
        return None
    if rollout is None or rollout.killed or document.get("kill"):
        return None
    return rollout.share or None


def _both(
    here: Callable[[], Path],
    state: StateStore | None,
    said: Callable[[Rollout], Decision | Refused],
    change: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    by: str,
    why: str,
    evidence: dict[str, Any],
) -> Halves:
    try:
        file, unwritten = here(), None
    except (UnwritableKillFile, UnwritableQuarantineFile) as error:
        file, unwritten = None, str(error)
    told = _with_state(state, file, said, change, by=by, why=why, evidence=evidence)
    return replace(told, unwritten=unwritten)


def _with_state(
    state: StateStore | None,
    file: Path | None,
    said: Callable[[Rollout], Decision | Refused],
    change: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    by: str,
    why: str,
    evidence: dict[str, Any],
    lifted: bool = False,
) -> Halves:
    if state is None:
        return Halves(file)
    try:
        if not has_rollout(state):
            document = state.read().document
            if lifted and not _is_lifted(document, change):
                return Halves(file)
            empty = None if document.get("rollout") or document.get("rules") else state.where
            return Halves(file, mark(state, change, by=by, why=why, evidence=evidence).version.version, empty=empty)
        outcome = decide(state, said, released=lifted)
        if isinstance(outcome, Refused) and lifted and _is_lifted(state.read().document, change):
            return Halves(file, mark(state, change, by=by, why=why, evidence=evidence).version.version)
    except (StateError, RolloutError) as error:
        return Halves(file, problem=str(error))
    if isinstance(outcome, Refused):
        return Halves(file, refused=outcome.why)
    return Halves(file, outcome.version.version)


def _is_lifted(document: Mapping[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]]) -> bool:
    """Whether there is something to lift that the rollout knows nothing of: it was said before the rollout began."""
    after = change(dict(document))
    return any(document.get(name) and document[name] != after[name] for name in ("kill", "quarantined"))


def _with(document: dict[str, Any], provider: str) -> list[str]:
    return sorted({*document.get("quarantined", ()), provider})


def _without(document: dict[str, Any], provider: str | None) -> dict[str, Any]:
    if provider is None:
        return {**document, "kill": False}
    return {**document, "quarantined": [name for name in document.get("quarantined", ()) if name != provider]}
