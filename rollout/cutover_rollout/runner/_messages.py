"""What webhooks are told: one decision of the audit, as JSON."""

import json
from typing import Any

from cutover_rollout.controller import ControllerError, Rollout, rollout_from_document
from cutover_rollout.runner._courier import Message
from cutover_rollout.state import Decision, Versioned

VERSION = 1
LARGEST = 65_536


def message(row: Decision, seen: Versioned) -> Message:
    """One row of the audit; evidence that would make it larger than 64 KB is left out, and that is said."""
    told: dict[str, Any] = {
        "version": VERSION,
        "decision": row.version,
        "at": row.at,
        "by": row.by,
        "why": row.why,
        **standing(row.document),
        "kill": bool(row.document.get("kill", False)),
        "quarantined": list(row.document.get("quarantined", ())),
        "evidence": dict(row.evidence),
    }
    body = _json(told)
    if len(body) > LARGEST:
        kept = {name: row.evidence[name] for name in ("action", "verdict") if name in row.evidence}
        body = _json({**told, "evidence": {**kept, "left_out": True}})
    return Message(f"{seen.origin}-{row.version}", body)


def standing(document: Any) -> dict[str, Any]:
    """Where the rollout of a document stands, in plain values; {} where there is none that is understood."""
    try:
        rollout = rollout_from_document(document)
    except ControllerError:
        return {}
    return {} if rollout is None else stands(rollout)


def stands(rollout: Rollout) -> dict[str, Any]:
    """Where a rollout stands, in plain values."""
    return {
        "rollout": rollout.plan.name,
        "phase": rollout.phase.value,
        "waits": None if rollout.waits is None else rollout.waits.value,
        "stage": rollout.at_stage.name,
        "place": rollout.stage + 1,
        "stages": len(rollout.plan.stages),
        "share": rollout.share,
        "since": rollout.since,
    }


def _json(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
