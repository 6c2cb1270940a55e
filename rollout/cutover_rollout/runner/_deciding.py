"""From a decision to the state: read, decide, write; if somebody else was first, read again and decide again.

Nothing hears of a decision before it stands in the audit with its evidence.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cutover_rollout.controller import (
    Decision,
    NotARollout,
    Refused,
    Rollout,
    rollout_from_document,
    switch_document,
)
from cutover_rollout.runner._errors import NoRollout, TooManyWriters
from cutover_rollout.state import Lease, StateStore, UncertainWrite, VersionConflict, Versioned

SALT_BYTES = 16
TRIES = 20
EMPTY: dict[str, Any] = {"version": 2, "rules": []}


@dataclass(frozen=True, slots=True)
class Written:
    """A decision that stands in the audit, as this version of the state."""

    decision: Decision
    version: Versioned


@dataclass(frozen=True, slots=True)
class Marked:
    """The kill or quarantine of a state that has no rollout, or one that this release does not understand."""

    version: Versioned


Outcome: TypeAlias = Written | Refused


def decide(state: StateStore, asked: Callable[[Rollout], Decision | Refused], *, released: bool = False) -> Outcome:
    """Say this to the rollout of the state; raises NoRollout where there is none, and what a StateError is."""

    def checked(rollout: Rollout | None) -> Decision | Refused:
        if rollout is None:
            raise NoRollout(state.where)
        return asked(rollout)

    return decide_anyway(state, checked, released=released)


def decide_anyway(
    state: StateStore,
    asked: Callable[[Rollout | None], Decision | Refused],
    *,
    released: bool = False,
    over: bool = False,
) -> Outcome:
    """The same where there may be no rollout yet; `over`: nor one that this release understands."""
    for _ in range(TRIES):
        seen = state.read()
        outcome = asked(_rollout(seen, over=over))
        if isinstance(outcome, Refused):
            return outcome
        try:
            return Written(outcome, put(state, seen, outcome, released=released))
        except VersionConflict:
            continue
    raise TooManyWriters(state.where, tries=TRIES)


def _rollout(seen: Versioned, *, over: bool) -> Rollout | None:
    try:
        return rollout_from_document(seen.document)
    except NotARollout:
        if over:
            return None
        raise


def put(
    state: StateStore, seen: Versioned, decision: Decision, *, lease: Lease | None = None, released: bool = False
) -> Versioned:
    """Write a decision over the version that it was made on; with a lease only while that is held."""
    document = switch_document(decision.rollout, seen.document, salt=secrets.token_hex(SALT_BYTES), released=released)
    return write(state, seen, document, by=decision.by, why=decision.why, evidence=dict(decision.evidence), lease=lease)


def write(
    state: StateStore,
    seen: Versioned,
    document: dict[str, Any],
    *,
    by: str,
    why: str,
    evidence: dict[str, Any] | None = None,
    lease: Lease | None = None,
) -> Versioned:
    """Write a document; where the answer was lost, look whether it was written."""
    try:
        return state.write(document, expected=seen, by=by, why=why, evidence=evidence, lease=lease)
    except UncertainWrite:
        found = state.read()
        if found.version == seen.version + 1 and found.document == document:
            return found
        raise


def mark(
    state: StateStore,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    by: str,
    why: str,
    evidence: dict[str, Any] | None = None,
) -> Marked:
    """Change the switch's part of a state alone, whatever else is in it."""
    for _ in range(TRIES):
        seen = state.read()
        try:
            return Marked(write(state, seen, change(_marked(seen.document)), by=by, why=why, evidence=evidence))
        except VersionConflict:
            continue
    raise TooManyWriters(state.where, tries=TRIES)


def _marked(document: Mapping[str, Any]) -> dict[str, Any]:
    # A document of version 1 has rules alone: workers would not look at a kill in it.
    found = {**EMPTY, **document}
    return {**found, "version": 2} if found["version"] == 1 else found


def has_rollout(state: StateStore) -> bool:
    """Whether there is one that this release understands."""
    try:
        return rollout_from_document(state.read().document) is not None
    except NotARollout:
        return False
