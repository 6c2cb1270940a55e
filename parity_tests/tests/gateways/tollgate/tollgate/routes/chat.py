"""Two endpoints that serve different providers; both send the rest to yew."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel

from tollgate import guards
from tollgate.clients.elm import ask_elm, tidy_elm
from tollgate.clients.fir import ask_fir, tidy_fir
from tollgate.clients.oak import ask_oak, tidy_oak
from tollgate.clients.yew import ask_yew, tidy_yew
from tollgate.database import session
from tollgate.guards import signed_in

router = APIRouter()
Name = Annotated[str, Depends(signed_in)]
Database = Annotated[Any, Depends(session)]


class Chat(BaseModel):
    provider: str = "yew"
    model: str = "m"
    messages: list


def note(database, name, provider, cost):
    database.execute("insert into spent (name, provider, cost) values (?, ?, ?)", (name, provider, cost))


@router.post("/chat")
async def chat(body: Chat, name: Name, database: Database):
    guards.count_down(name)
    try:
        if body.provider == "oak":
            raw = await asyncio.to_thread(ask_oak, body.messages, body.model)
            done = await asyncio.to_thread(tidy_oak, raw)
        elif body.provider == "elm":
            raw = await asyncio.to_thread(ask_elm, body.messages, body.model)
            done = await asyncio.to_thread(tidy_elm, raw)
        elif body.provider == "fir":
            raw = await asyncio.to_thread(ask_fir, body.messages, body.model)
            done = await asyncio.to_thread(tidy_fir, raw)
        elif body.provider == "ash":
            raise HTTPException(410, "ash is gone")
        else:
            raw = await asyncio.to_thread(ask_yew, body.messages, body.model)
            done = await asyncio.to_thread(tidy_yew, raw)
    except OSError as error:
        raise HTTPException(502, str(error)) from error
    note(database, name, body.provider, 2)
    return done


@router.post("/answers")
async def answers(body: Chat, name: Name, database: Database):
    guards.count_down(name)
    provider = body.provider
    if provider == "oak":
        raw = await asyncio.to_thread(ask_oak, body.messages, body.model)
        done = await asyncio.to_thread(tidy_oak, raw)
    elif provider == "elm":
        raw = await asyncio.to_thread(ask_elm, body.messages, body.model)
        done = await asyncio.to_thread(tidy_elm, raw)
    else:
        raw = await asyncio.to_thread(ask_yew, body.messages, body.model)
        done = await asyncio.to_thread(tidy_yew, raw)
    note(database, name, provider, 1)
    return done
