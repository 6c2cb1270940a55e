"""What a worker makes of what it reads, or of not being able to read: pure, so that every case can be looked at.

A worker never raises a share by itself. It keeps its last switch while the state is away, and is on legacy once that
has been so for too long. From a state that went back, as a restored backup or a replica that lags does, it takes at
once whatever lowers: kill, quarantine, and lower shares, for it serves by the registry arm only what both its last
switch and that state would.
"""

from dataclasses import dataclass, replace

from cutover_registry import InvalidSwitch, SwitchSnapshot
from cutover_rollout.state._records import Versioned

LEGACY = SwitchSnapshot()


@dataclass(frozen=True, slots=True)
class Taken:
    """The switch to put in force; `problem` says why it is not all of what was read."""

    switch: SwitchSnapshot
    problem: str | None = None


def take(found: Versioned, *, kept: SwitchSnapshot, trusted: Versioned | None, where: str) -> Taken:
    """What follows from reading this.

    Args:
        found: What was read.
        kept: The switch that is in force.
        trusted: What was last taken as a whole.
        where: The address, for messages.
    """
    if trusted is not None and _went_back(found, trusted):
        problem = f"it went back from version {trusted.version} to {found.version}"
        return Taken(_lowered(kept, found, where=where), problem)
    try:
        return Taken(_switch(found, where=where))
    except InvalidSwitch as error:
        problem = f"version {found.version} is not understood: {error.problem}"
        return Taken(_lowered(kept, found, where=where), problem)


def _went_back(found: Versioned, trusted: Versioned) -> bool:
    if found.version == 0:
        return trusted.version > 0
    return found.origin == trusted.origin and found.version < trusted.version


def _switch(found: Versioned, *, where: str) -> SwitchSnapshot:
    if not found.document:
        return LEGACY
    return SwitchSnapshot.from_document(found.document, source=where)


def _lowered(kept: SwitchSnapshot, found: Versioned, *, where: str) -> SwitchSnapshot:
    kill = kept.kill or found.document.get("kill") is True
    try:
        read = _switch(found, where=where)
    except InvalidSwitch:
        return replace(kept, kill=kill)
    if found.version == 0:
        return kept
    return replace(kept, kill=kill, quarantined=kept.quarantined | read.quarantined, within=replace(read, kill=False))
