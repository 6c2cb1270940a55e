"""The shared state of a rollout: one document that workers follow, and every decision that changed it.

    state = open_state("postgresql://ops@db.internal/gateway")
    with state.lease("controller", holder="host-1", seconds=15) as lease:
        state.write(document, expected=state.read(), by="ops", why="stage 5 %", lease=lease)

Each worker follows it in a thread of its own, and no request waits for that:

    Follower(state).start()
"""

from cutover_rollout.state._errors import (
    ForeignState,
    InvalidDecision,
    InvalidStateUrl,
    LeaseLost,
    MissingExtra,
    NewerState,
    StateError,
    StateRefused,
    StateUnreachable,
    UncertainWrite,
    VersionConflict,
)
from cutover_rollout.state._follower import Followed, Follower
from cutover_rollout.state._lease import Lease
from cutover_rollout.state._memory import MemoryState
from cutover_rollout.state._open import open_state
from cutover_rollout.state._records import Decision, Versioned
from cutover_rollout.state._store import StateStore

__all__ = [
    "Decision",
    "Followed",
    "Follower",
    "ForeignState",
    "InvalidDecision",
    "InvalidStateUrl",
    "Lease",
    "LeaseLost",
    "MemoryState",
    "MissingExtra",
    "NewerState",
    "StateError",
    "StateRefused",
    "StateStore",
    "StateUnreachable",
    "UncertainWrite",
    "VersionConflict",
    "Versioned",
    "open_state",
]
