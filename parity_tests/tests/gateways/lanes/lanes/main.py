"""The application."""

from fastapi import FastAPI

from lanes.routes import talk

app = FastAPI()
app.include_router(talk.router)
print("lanes is loaded")
