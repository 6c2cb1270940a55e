"""Drives the gateway of the current folder through ASGI, and prints what its upstream was asked: run by a test.

``python drive_gateway.py PROVIDER`` with UPSTREAM_BASE_URL set.
"""

import asyncio
import json
import sys

import httpx


async def answers(provider: str) -> list[tuple[int, str]]:
    """Status and text of four requests: each endpoint, plain and streamed."""
    from src.main import app

    found = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as client:
        for path, said in (
            ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}]}),
            ("/v1/responses", {"input": "Hi"}),
        ):
            for stream in (False, True):
                body = {"model": "m", "provider": provider, "stream": stream, **said}
                answer = await client.post(path, json=body, timeout=60)
                found.append((answer.status_code, answer.text))
    return found


def main() -> None:
    """Ask, and say what came of it."""
    provider = sys.argv[1]
    sys.path.insert(0, "")
    from src.config import settings
    from src.routes import chat

    asked = httpx.Client(base_url=settings.upstream_base_url)
    asked.delete("/_log")
    told = asyncio.run(answers(provider))
    print(
        json.dumps(
            {
                "answers": told,
                "asked": [[entry["provider"], bool(entry["stream"])] for entry in asked.get("/_log").json()],
                "timeout": chat.PROVIDER_TIMEOUTS.get(provider),
                "known_timeout": chat.PROVIDER_TIMEOUTS.get("huggingface"),
            }
        )
    )


if __name__ == "__main__":
    main()
