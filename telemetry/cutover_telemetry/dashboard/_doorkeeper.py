"""Stops whoever may not look before anything is answered, save the sign-in page, styles and the sign of life."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from cutover_telemetry.dashboard._access import Access
from cutover_telemetry.dashboard._page import refused_page, sign_in_page
from cutover_telemetry.serving import Refusal

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

OPEN = ("/sign-in", "/health")
ASSETS = "/assets/"


class Doorkeeper:
    """Lets a request through, or answers why not: with a page where a page was asked for, else with JSON."""

    def __init__(self, app: "ASGIApp", *, access: Access, title: str) -> None:
        self._app, self._access, self._title = app, access, title

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Serve or refuse one request."""
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await self._answer(scope, refusal)(scope, receive, send)

    def _refusal(self, scope: "Scope") -> Refusal | None:
        if scope["type"] != "http":
            return None
        path = scope["path"]
        refusal = self._access.may_not_look(scope)
        if refusal is not None and (path.startswith(ASSETS) or (refusal.status == 401 and path in OPEN)):
            return None
        return None if path == "/health" else refusal

    def _answer(self, scope: "Scope", refusal: Refusal) -> "Response":
        request = Request(scope)
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"error": refusal.message}, refusal.status, dict(refusal.headers))
        wanted = request.url.path + ("?" + request.url.query if request.url.query else "")
        asks = refusal.status == 401
        page = (
            sign_in_page(self._title, wanted=wanted, refusal=None)
            if asks
            else refused_page(self._title, refusal.message)
        )
        return HTMLResponse(page, refusal.status)
