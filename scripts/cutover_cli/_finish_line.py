"""Before the legacy arm is taken out: a rollout that was started on these sites has to be done.

Where it stands is asked of its state: the one that `cutover rollout start` left a mark of in the project, and the one
that the environment or the settings name. A state that gives no answer is no permission.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutover_cli._rollout_options import STATE_VARIABLE, where_of
from cutover_cli._unusable import Unusable
from cutover_migrate import journal_of
from cutover_rollout import RolloutError, started_here
from cutover_rollout.state import open_state

if TYPE_CHECKING:
    from cutover_rollout.controller import Rollout

FORCED = "to finish all the same: `cutover finish --force`"


class RolloutNotDone(Exception):
    """Sites are in a rollout that is not done; nothing was changed. Exit code 1."""


@dataclass(frozen=True)
class Place:
    """A state that may have a rollout of this project; `marked` are the sites that a mark says it was started on."""

    url: str
    name: str
    marked: tuple[str, ...] = ()


def check_finish_line(root: Path) -> None:
    """See that no site of an applied project is in a rollout that is not done.

    Raises:
        RolloutNotDone: One is.
        Unusable: A state cannot be asked.
    """
    journal = journal_of(root)
    if journal is None or journal.state != "applied":
        return
    ours = tuple(dict.fromkeys(str(site["name"]) for site in journal.sites))
    for place in _places(root):
        _check(place, ours)


def _places(root: Path) -> Iterator[Place]:
    mark, where = started_here(root), where_of(root, os.environ.get(STATE_VARIABLE) or None, None)
    said = Place(where.url, where.name)
    if mark is None:
        yield from [said] if where.known else []
        return
    # The mark has no password, the same address in the environment or the settings may have one.
    same = (open_state(said.url).where, said.name) == (open_state(mark.state).where, mark.name)
    yield Place(said.url if same else mark.state, mark.name, mark.sites)
    if not same:
        yield said


def _check(place: Place, ours: tuple[str, ...]) -> None:
    from cutover_rollout.controller import rollout_from_document  # noqa: PLC0415  only where there is a state

    marked = _touched(ours, place.marked)
    state = open_state(place.url, name=place.name)
    where = f"{state.where} ({place.name})"
    try:
        document = state.read().document
        rollout = rollout_from_document(document)
    except RolloutError as error:
        raise Unusable(
            f"{_listed(marked or ours)} may be in a rollout that is not done, and that cannot be asked: {error}. "
            f"Nothing was changed; see that it can be read, or {FORCED}"
        ) from error
    finally:
        state.close()
    if rollout is None:
        if marked:
            raise RolloutNotDone(_refusal(marked, f"and {where} knows nothing of it any more"))
        return
    touched = _touched(ours, rollout.plan.sites)
    needed = _still_needed(rollout, document)
    if touched and needed:
        raise RolloutNotDone(_refusal(touched, f"in {where}: {needed}, {_standing(rollout)}"))


def _touched(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    return ours if "*" in theirs else tuple(site for site in ours if site in theirs)


def _still_needed(rollout: Rollout, document: Mapping[str, Any]) -> str:
    """What the legacy arm is still needed for; "" for a rollout that is done."""
    if rollout.killed or document.get("kill"):
        return "killed"
    quarantined = sorted({*rollout.quarantined, *document.get("quarantined", ())})
    if quarantined:
        return f"{rollout.phase.value}, {', '.join(quarantined)} in quarantine"
    return "" if rollout.phase.value == "done" else rollout.phase.value


def _standing(rollout: Rollout) -> str:
    began = datetime.fromtimestamp(rollout.began, UTC)
    stage = f"stage {rollout.stage + 1} of {len(rollout.plan.stages)}"
    return f"{stage}, share {rollout.share * 100:g} %, begun {began:%Y-%m-%d %H:%M} UTC"


def _refusal(sites: tuple[str, ...], standing: str) -> str:
    return (
        f"a rollout was started on {_listed(sites)} and is not done, {standing}. Nothing was changed; see "
        f"`cutover rollout status`, say `cutover rollout done` once it has been at 100 % for long enough, or {FORCED}"
    )


def _listed(sites: tuple[str, ...]) -> str:
    return f"site{'s' if len(sites) > 1 else ''} {', '.join(sites)}"
