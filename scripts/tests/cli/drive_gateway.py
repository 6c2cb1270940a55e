"""Drives the gateway of the current folder through ASGI, and prints what came of it as JSON: run by a test.

``python drive_gateway.py PROVIDER`` with UPSTREAM_BASE_URL set.
"""

import asyncio
import json
import sys

import httpx

SAID = {"/v1/chat/completions": {"messages": [{"role": "user", "content": "Hi"}]}, "/v1/responses": {"input": "Hi"}}


async def answers(app, provider):
    """Status and text of four requests: each endpoint, plain and streamed."""
    found = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as client:
        for path, said in SAID.items():
            for stream in (False, True):
                body = {"model": "m", "provider": provider, "stream": stream, **said}
                answer = await client.post(path, json=body, timeout=60)
                found.append([answer.status_code, answer.text])
    return found


def main():
    """Ask, and say what the gateway and its upstream saw."""
    provider = sys.argv[1]
    sys.path.insert(0, "")
    from src.config import settings
    from src.config.providers import AUTO_DETECT_PROVIDERS
    from src.main import app
    from src.routes import chat

    with httpx.Client(base_url=settings.upstream_base_url) as upstream:
        upstream.delete("/_log")
        told = asyncio.run(answers(app, provider))
        asked = [[entry["provider"], bool(entry["stream"])] for entry in upstream.get("/_log").json()]
    seen = {"answers": told, "asked": asked, "auto_detect": AUTO_DETECT_PROVIDERS}
    seen["timeouts"] = {name: chat.PROVIDER_TIMEOUTS.get(name) for name in (provider, "huggingface", "groq")}
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
