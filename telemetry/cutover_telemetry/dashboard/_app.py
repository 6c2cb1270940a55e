"""The dashboard as a Starlette application: the page, its data, its events, its files, and who may have them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cutover_telemetry._errors import TelemetryError
from cutover_telemetry.dashboard._access import Access
from cutover_telemetry.dashboard._actions import Action, act
from cutover_telemetry.dashboard._asked import BadQuestion, read
from cutover_telemetry.dashboard._assets import assets
from cutover_telemetry.dashboard._doorkeeper import Doorkeeper
from cutover_telemetry.dashboard._events import Events
from cutover_telemetry.dashboard._fresh import Overviews
from cutover_telemetry.dashboard._headers import SafeHeaders
from cutover_telemetry.dashboard._live import Live, TooManyReaders
from cutover_telemetry.dashboard._sign_in import sign_in, sign_out
from cutover_telemetry.dashboard._views import Views, asset
from cutover_telemetry.store import BusyStore, NoStore, StoreError

TITLE = "provider-cutover"
Rollout: TypeAlias = Mapping[str, Any] | Callable[[], Mapping[str, Any] | None] | None
STATUSES: Mapping[type[TelemetryError], int] = {BadQuestion: 400, NoStore: 503, BusyStore: 503, TooManyReaders: 503}


def dashboard(
    store_path: str | PathLike[str],
    *,
    token: str | None = None,
    title: str = TITLE,
    rollout: Rollout = None,
    actions: Mapping[str, Action] | None = None,
    live: Live | None = None,
) -> Starlette:
    """The dashboard of a store that others write; it need not be there yet.

    Without a token only this machine is served, and nothing can be changed. `rollout` is what the rollout panel shows,
    or gives it; `actions` are what the page may do, by name: each is called with the fields of the request, in a
    thread. `app.state.live.end()` ends the open event streams, for a server that is about to stop.
    """
    access = Access(token)
    live = live or Live()
    overviews = Overviews(Path(store_path), _gives(rollout))
    shown = Views(overviews, title=title, actions=tuple(sorted(actions or {})))
    routes = [
        Route("/", shown.page),
        Route("/api/overview", shown.overview),
        Route("/api/page", shown.parts),
        Route("/api/route/{name}", shown.waterfall),
        Route("/api/actions/{name}", act, methods=["POST"]),
        Route("/events", Events(shown, live), methods=["GET"]),
        Route("/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
        Route("/assets/{path:path}", asset),
        Route("/health", health),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(SafeHeaders), Middleware(Doorkeeper, access=access, title=title)],
        lifespan=lambda _: _warm(overviews),
        exception_handlers={TelemetryError: _refused, HTTPException: _refused},
    )
    app.state.live, app.state.access, app.state.actions, app.state.title = live, access, dict(actions or {}), title
    return app


async def health(_: Request) -> Response:
    """Whether the server answers; says nothing of the store."""
    return JSONResponse({"status": "ok"})


@asynccontextmanager
async def _warm(overviews: Overviews) -> AsyncIterator[None]:
    """What the first visitor will ask for is worked out while nobody waits."""
    task = asyncio.create_task(_first(overviews))
    yield
    task.cancel()


async def _first(overviews: Overviews) -> None:
    await run_in_threadpool(assets)
    with suppress(StoreError):
        await overviews.overview(read([]))


async def _refused(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)
    return JSONResponse({"error": str(error)}, status, {"Retry-After": "5"} if status == 503 else None)


def _gives(rollout: Rollout) -> Callable[[], Mapping[str, Any] | None]:
    return rollout if callable(rollout) else lambda: rollout
