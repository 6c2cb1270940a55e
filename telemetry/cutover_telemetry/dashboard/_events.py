"""The endpoint of the page's events: one stream for each page that is open."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import StreamingResponse

from cutover_telemetry.dashboard._asked import Asked, read
from cutover_telemetry.dashboard._live import Live, News
from cutover_telemetry.dashboard._views import Parts, Views

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

HEADERS = {"X-Accel-Buffering": "no"}


class Events:
    """Tells each reader what it asked for, whenever that changed."""

    def __init__(self, views: Views, live: Live) -> None:
        self._views, self._live = views, live

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Serve one reader until it goes; raises BadQuestion, TooManyReaders."""
        asked = read(Request(scope).query_params.multi_items())
        with self._live.reader():
            stream = self._live.events(_Feed(self._views, asked).news)
            await StreamingResponse(stream, media_type="text/event-stream", headers=HEADERS)(scope, receive, send)


class _Feed:
    """What one reader was told last, so that it is told only what is other than that."""

    def __init__(self, views: Views, asked: Asked) -> None:
        self._views, self._asked = views, asked
        self._told: object = None
        self._parts: Parts = {}

    async def news(self) -> News | None:
        self._told, parts = await self._views.news(self._asked, self._told)
        if parts is None:
            return None
        before, self._parts = self._parts, parts
        return "parts", changed(before, parts)


def changed(before: Parts, now: Parts) -> dict[str, Any]:
    """The parts that are not what they were, and those panels; what stayed is None, or is not there."""
    shown = before.get("panels", {})
    panels = {name: panel for name, panel in now["panels"].items() if shown.get(name) != panel}
    others = {name: None if before.get(name) == part else part for name, part in now.items()}
    return {**others, "panels": panels}
