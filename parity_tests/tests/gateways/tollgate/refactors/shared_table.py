"""Refactored by hand: one table for both endpoints, read late. /answers now serves fir, which it never did."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel
from tollgate import guards
from tollgate.clients import elm, fir, oak, yew
from tollgate.database import session
from tollgate.guards import signed_in

router = APIRouter()
Name = Annotated[str, Depends(signed_in)]
Database = Annotated[Any, Depends(session)]
CLIENTS = {"oak": oak, "elm": elm, "fir": fir, "yew": yew}


class Chat(BaseModel):
    provider: str = "yew"
    model: str = "m"
    messages: list


def note(database, name, provider, cost):
    database.execute("insert into spent (name, provider, cost) values (?, ?, ?)", (name, provider, cost))


async def dispatched(body):
    provider = body.provider if body.provider in CLIENTS else "yew"
    client = CLIENTS[provider]
    raw = await asyncio.to_thread(getattr(client, f"ask_{provider}"), body.messages, body.model)
    return await asyncio.to_thread(getattr(client, f"tidy_{provider}"), raw)


@router.post("/chat")
async def chat(body: Chat, name: Name, database: Database):
    guards.count_down(name)
    if body.provider == "ash":
        raise HTTPException(410, "ash is gone")
    try:
        done = await dispatched(body)
    except OSError as error:
        raise HTTPException(502, str(error)) from error
    note(database, name, body.provider, 2)
    return done


@router.post("/answers")
async def answers(body: Chat, name: Name, database: Database):
    guards.count_down(name)
    done = await dispatched(body)
    note(database, name, body.provider, 1)
    return done
