"""The application."""

from fastapi import FastAPI

from tollgate.routes import chat


def build() -> FastAPI:
    app = FastAPI()
    app.include_router(chat.router)
    return app


app = build()
