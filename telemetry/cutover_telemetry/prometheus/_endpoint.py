"""The endpoint that a Prometheus scrapes: an ASGI application with `/metrics`.

endpoint = Endpoint(telemetry.metrics)                              # this process, as instrument gave it
endpoint = Endpoint(StoreTail(path, chosen_dialect()).collected)    # all workers, from their store
"""

import asyncio
import gzip
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cutover_telemetry.prometheus._scrape import Collect, Scrape
from cutover_telemetry.prometheus._text import chosen_form, exposition
from cutover_telemetry.serving import Admission

PATH = "/metrics"


class Endpoint:
    """Answers scrapes with what some sources have, in the form and packing that the scraper asks for.

    Attributes:
        scrape: What reads them, with its faults.
    """

    def __init__(self, *sources: Collect, token: str | None = None) -> None:
        self.scrape = Scrape(*sources)
        self._admission = Admission(token)
        self._app = Starlette(routes=[Route(PATH, self._scrape, methods=["GET"])])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        await self._app(scope, receive, send)

    async def _scrape(self, request: Request) -> Response:
        refusal = self._admission.refused(request.scope)
        if refusal is not None:
            return PlainTextResponse(refusal.message, refusal.status, headers=dict(refusal.headers))
        form = chosen_form(request.headers.get("accept", ""))
        packed = "gzip" in request.headers.get("accept-encoding", "")
        body = await asyncio.to_thread(self._body, form, packed=packed)
        headers = {"Content-Type": form, "Cache-Control": "no-store", "Vary": "Accept, Accept-Encoding"}
        return Response(body, headers=headers | ({"Content-Encoding": "gzip"} if packed else {}))

    def _body(self, form: str, *, packed: bool) -> bytes:
        text = exposition(self.scrape.families(), form).encode("utf-8", "replace")
        return gzip.compress(text, compresslevel=3) if packed else text
