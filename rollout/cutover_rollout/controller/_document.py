"""What workers are told: the document of the state, out of a rollout and the document before it.

The rollout's rules stand before everybody else's, so that a person's rule for a tenant or a provider is an exception
to them. Once it is rolled back they stand behind all others: taken back is taken back for everyone. At 100 % the rule
names the arm and not the share, so that routes without a key take it too before the legacy arm is removed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from cutover_rollout.controller._json import rollout_from_json, rollout_to_json
from cutover_rollout.controller._rollout import Phase, Rollout

VERSION = 2


def switch_document(
    rollout: Rollout, previous: Mapping[str, Any], *, salt: str | None = None, released: bool = False
) -> dict[str, Any]:
    """The document after this rollout: its rules, kill and quarantine; the salt and everybody else's rules stay.

    `salt` is for a document that has none yet; without, one is made at random. With `released` a kill that somebody
    else has set is lifted too. Its "rollout" is the rollout without its evidence, for `rollout_from_document`.
    """
    before = previous.get("rollout")
    before = before if isinstance(before, Mapping) else {}
    ours = _rules(rollout)
    others = [rule for rule in previous.get("rules", ()) if rule not in before.get("rules", ())]
    by_others = [name for name in previous.get("quarantined", ()) if name not in before.get("quarantined", ())]
    killed_by_others = previous.get("kill") is True and not before.get("killed") and not released
    return {
        "version": VERSION,
        "salt": previous.get("salt") or salt or secrets.token_hex(8),
        "rules": [*others, *ours] if rollout.phase is Phase.ROLLED_BACK else [*ours, *others],
        "kill": rollout.killed or killed_by_others,
        "quarantined": sorted({*by_others, *rollout.quarantined}),
        "rollout": {**rollout_to_json(rollout, judges=False), "rules": ours},
    }


def rollout_from_document(document: Mapping[str, Any]) -> Rollout | None:
    """The rollout in a state's document, None where there is none.

    It comes without evidence: the next look counts the minutes of its stage again.

    Raises:
        NotARollout: What is there is of another version, or damaged.
    """
    stored = document.get("rollout")
    return None if stored is None else rollout_from_json(stored)


def _rules(rollout: Rollout) -> list[dict[str, Any]]:
    plan, share = rollout.plan, rollout.share
    said: dict[str, Any] = {"share": share}
    if share in {0.0, 1.0}:
        said = {"arm": "registry" if share else "legacy"}
    if plan.tenant is not None:
        said = {"tenant": plan.tenant, **said}
    if plan.header is not None:
        said = {"header": {"name": plan.header[0], "value": plan.header[1]}, **said}
    return [{"site": site, "provider": provider, **said} for site in plan.sites for provider in plan.providers]
