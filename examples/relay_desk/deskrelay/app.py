"""The application: routes, and errors as JSON."""

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from deskrelay.errors import DeskError
from deskrelay.web.completion import catalogue, draft, draft_live
from deskrelay.web.health import health, journal_page


async def desk_error(request, exc):
    return JSONResponse(
        {"error": type(exc).__name__, "detail": str(exc)}, status_code=exc.status
    )


app = Starlette(
    routes=[
        Route("/drafts", draft, methods=["POST"]),
        Route("/drafts/live", draft_live, methods=["POST"]),
        Route("/vendors/{vendor}/models", catalogue),
        Route("/journal", journal_page),
        Route("/health", health),
    ],
    exception_handlers={DeskError: desk_error},
)
