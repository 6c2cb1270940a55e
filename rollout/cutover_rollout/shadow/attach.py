"""Shadows whatever this process serves, as `cutover run --shadow` asked for it in ``CUTOVER_SHADOW``."""

import json
import os
from typing import Any

from cutover_rollout.shadow._budgets import Budgets
from cutover_rollout.shadow._shadow import Shadow, start_shadow

VARIABLE = "CUTOVER_SHADOW"
_started: list[Shadow] = []


def attached(app: Any, kind: str) -> Any:
    """Give the application, "asgi" or "wsgi", with its routes looked at."""
    if not _started:
        asked = json.loads(os.environ[VARIABLE])
        _started.append(start_shadow(asked["folder"], Budgets(**asked["budgets"])))
    return _started[0].wrap(app) if kind == "asgi" else _started[0].wrap_wsgi(app)
