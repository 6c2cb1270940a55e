"""The backends of the wharf."""

import json

import httpx


async def _post(name, cargo, **extra):
    async with httpx.AsyncClient(timeout=8) as client:
        answer = await client.post(
            f"https://{name}.piers.invalid/v1?key=wharf-secret-key-123456", json={**cargo, **extra}
        )
        answer.raise_for_status()
        return answer.json()


async def north(cargo):
    return await _post("north", cargo)


async def east(cargo, *, lane):
    return await _post("east", cargo, lane=lane)


async def south(cargo):
    return await _post("south", cargo)


async def _stream(name, cargo):
    async with (
        httpx.AsyncClient(timeout=8) as client,
        client.stream("POST", f"https://{name}.piers.invalid/v1/flow", json=cargo) as answer,
    ):
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                yield json.loads(line[6:])


async def north_stream(cargo):
    async for piece in _stream("north", cargo):
        yield piece


async def south_stream(cargo):
    async for piece in _stream("south", cargo):
        yield piece
