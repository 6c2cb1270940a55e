"""Application factory of the gateway. Run with `uvicorn src.main:app`."""

import logging

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from src.config import settings
from src.routes import chat, health

logger = logging.getLogger(__name__)


def create_app() -> FastAPI:
    logging.basicConfig(
        level=settings.log_level,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )

    app = FastAPI(title="Legacy Gateway", version="1.14.2")
    app.include_router(health.router)
    app.include_router(chat.router)

    @app.exception_handler(Exception)
    async def unhandled_exception(request: Request, exc: Exception) -> JSONResponse:
        logger.error("Unhandled error on %s: %s", request.url.path, exc)
        return JSONResponse(
            status_code=500,
            content={"error": {"message": "Internal server error", "type": "internal_error"}},
        )

    @app.get("/", include_in_schema=False)
    async def root() -> dict:
        return {"name": app.title, "version": app.version}

    return app


app = create_app()
