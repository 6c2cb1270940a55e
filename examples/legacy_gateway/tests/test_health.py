import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import HTTPException

from src.routes import chat

BROKEN_CLIENTS = """
import sys
sys.modules["src.services.near_client"] = None
del __import__("src.services.groq_client").services.groq_client.process_groq_response
from src.routes import chat, health
print(sorted(health._provider_import_errors))
for function in (chat.make_near_request_openai, chat.make_groq_request_openai):
    try:
        function([], "m")
    except Exception as exc:
        print(type(exc).__name__, exc.status_code, exc.detail.split(" (")[0])
print(chat.make_xai_request_openai.__module__)
"""


async def test_healthy(client):
    response = await client.get("/health")
    assert response.json() == {"status": "healthy", "unavailable_providers": []}


async def test_import_errors_are_reported(client, monkeypatch):
    monkeypatch.setitem(chat._provider_import_errors, "near", "ImportError: no enclave")
    health = (await client.get("/health")).json()
    providers = (await client.get("/health/providers")).json()
    assert health == {"status": "degraded", "unavailable_providers": ["near"]}
    assert providers["import_errors"] == {"near": "ImportError: no enclave"}
    assert (await client.get("/health/providers/near")).status_code == 503
    assert (await client.get("/health/providers/groq")).status_code == 200


def test_failed_import_gives_functions_that_answer_503(monkeypatch):
    monkeypatch.setattr("src.routes.chat._provider_import_errors", {})
    functions = chat._safe_import_provider("no-such", ["make_it", "process_it"])
    assert list(functions) == ["make_it", "process_it"]
    with pytest.raises(HTTPException) as caught:
        functions["process_it"]({})
    assert caught.value.status_code == 503
    assert "ModuleNotFoundError" in chat._provider_import_errors["no-such"]


def test_broken_clients_do_not_take_the_gateway_down():
    result = subprocess.run(
        [sys.executable, "-c", BROKEN_CLIENTS],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.stdout.splitlines() == [
        "['groq', 'near']",
        "HTTPException 503 Provider 'near' is unavailable",
        "HTTPException 503 Provider 'groq' is unavailable",
        "src.services.xai_client",
    ], result.stderr


async def test_root(client):
    assert (await client.get("/")).json()["name"] == "Legacy Gateway"
