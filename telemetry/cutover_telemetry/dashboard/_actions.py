"""What the page may do: named actions that somebody gave the dashboard, each for those alone who know the token."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cutover_telemetry._errors import TelemetryError
from cutover_telemetry.dashboard._access import Access
from cutover_telemetry.dashboard._body import read_body

Action: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


class ActionRefused(TelemetryError):
    """An action says that it was not done, and why; the page shows it."""


async def act(request: Request) -> Response:
    """Do one action with the fields of a JSON object; the answer is what it gave."""
    access: Access = request.app.state.access
    refusal = access.may_not_act(request.scope)
    if refusal is not None:
        return JSONResponse({"error": refusal.message}, refusal.status, dict(refusal.headers))
    actions: Mapping[str, Action] = request.app.state.actions
    name = request.path_params["name"]
    if name not in actions:
        known = ", ".join(sorted(actions)) or "none"
        return JSONResponse({"error": f"there is no action {name[:50]!r}; there are: {known}"}, 404)
    fields = _fields(await read_body(request))
    if fields is None:
        return JSONResponse({"error": "the body is no JSON object; send the action's fields as one"}, 400)
    try:
        given = await run_in_threadpool(actions[name], fields)
    except ActionRefused as error:
        return JSONResponse({"error": str(error)}, 409)
    return JSONResponse({"done": name, "result": None if given is None else dict(given)})


def _fields(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
