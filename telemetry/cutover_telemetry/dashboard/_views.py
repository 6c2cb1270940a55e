"""What the dashboard answers with: the page, the same as parts for the page's script, plain JSON, files."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from cutover_telemetry.dashboard._asked import FILTERS, Asked, BadQuestion, read
from cutover_telemetry.dashboard._assets import assets
from cutover_telemetry.dashboard._fresh import Overviews
from cutover_telemetry.dashboard._page import (
    Address,
    as_of,
    charted,
    filters,
    page,
    panels,
    problem_panels,
    question_page,
    to_data,
)
from cutover_telemetry.overview import Overview, Waterfall, to_json
from cutover_telemetry.store import StoreError

MOST_KEPT = 32
Parts: TypeAlias = Mapping[str, Any]
FOR_EVER = "public, max-age=31536000, immutable"


class Views:
    """The endpoints that show the store."""

    def __init__(self, overviews: Overviews, *, title: str, actions: tuple[str, ...]) -> None:
        self._overviews, self._title, self._actions = overviews, title, actions
        self._made: OrderedDict[Address, tuple[Overview, Parts]] = OrderedDict()

    async def page(self, request: Request) -> Response:
        """The page; a wrong question and a store that cannot be read are pages too."""
        try:
            asked = read(request.query_params.multi_items())
        except BadQuestion as error:
            return HTMLResponse(question_page(self._title, error), 400)
        try:
            shown, found = await self._found(asked, self._overviews.first)
        except StoreError as error:
            problem = page(self._title, problem_panels(error), shown=None, address=asked.address)
            return HTMLResponse(problem)
        return HTMLResponse(await run_in_threadpool(self._page_of, asked, shown, found))

    async def parts(self, request: Request) -> Response:
        """The same as data for the page's script."""
        asked = read(request.query_params.multi_items())
        try:
            return JSONResponse(await self._parts(asked, *await self._found(asked, self._overviews.overview)))
        except StoreError as error:
            return JSONResponse(self._troubled(error))

    async def overview(self, request: Request) -> Response:
        """The overview as `docs/reference/json.md` has it."""
        asked = read(request.query_params.multi_items(), known=FILTERS)
        return JSONResponse(to_json(await self._overviews.overview(asked)))

    async def waterfall(self, request: Request) -> Response:
        """One route with its attempts."""
        read(request.query_params.multi_items(), known=())
        name = request.path_params["name"]
        found = await self._overviews.waterfall(name)
        if found is None:
            raise HTTPException(404, f"route {name[:50]!r} is not kept; take an id from `recent` of /api/overview")
        return JSONResponse(to_json(found))

    async def news(self, asked: Asked, told: object) -> tuple[object, Parts | None]:
        """What stands for the present state, and what to tell of it: None where that is what was told before."""
        try:
            shown, found = await self._found(asked, self._overviews.overview)
        except StoreError as error:
            present = str(error)
            return present, None if present == told else self._troubled(error)
        return shown, None if shown is told else await self._parts(asked, shown, found)

    async def _found(
        self, asked: Asked, look: Callable[[Asked], Awaitable[Overview]]
    ) -> tuple[Overview, Waterfall | None]:
        shown = await look(asked)
        route = asked.address.route
        return shown, None if route is None else await self._overviews.waterfall(route)

    async def _parts(self, asked: Asked, shown: Overview, found: Waterfall | None) -> Parts:
        kept = self._made.get(asked.address)
        if kept is not None and kept[0] is shown:
            return kept[1]
        made = await run_in_threadpool(self._made_of, asked, shown, found)
        self._made[asked.address] = (shown, made)
        while len(self._made) > MOST_KEPT:
            self._made.popitem(last=False)
        return made

    def _page_of(self, asked: Asked, shown: Overview, found: Waterfall | None) -> str:
        made = panels(shown, found=found, address=asked.address, actions=self._actions)
        return page(self._title, made, shown=shown, address=asked.address)

    def _made_of(self, asked: Asked, shown: Overview, found: Waterfall | None) -> Parts:
        made = panels(shown, found=found, address=asked.address, actions=self._actions)
        return {
            "panels": {name: to_data(panel) for name, panel in made.items()},
            "filters": [to_data(each) for each in filters(asked.address, shown)],
            "as_of": to_data(as_of(shown)),
            "charts": charted(shown),
        }

    def _troubled(self, error: Exception) -> Parts:
        made = {name: to_data(panel) for name, panel in problem_panels(error).items()}
        return {"panels": made, "filters": None, "as_of": to_data(""), "charts": None}


async def asset(request: Request) -> Response:
    """One of the page's files; its address changes with its content, so a browser may keep it."""
    found = assets().get(request.path_params["path"])
    if found is None:
        raise HTTPException(404, "there is no such file; reload the page")
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.body, media_type=found.media_type, headers=headers)
    packed = await run_in_threadpool(lambda: found.packed)
    return Response(packed, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"})
