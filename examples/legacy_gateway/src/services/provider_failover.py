"""Which providers are tried for one request, and which errors move on to the next one."""

import asyncio
import logging

import httpx
from fastapi import HTTPException

logger = logging.getLogger(__name__)

# Order matters: cheapest first, openrouter last because it can serve nearly everything
FALLBACK_PROVIDER_PRIORITY = (
    "huggingface",
    "featherless",
    "fireworks",
    "together",
    "openrouter",
)

# 400 is the customer's mistake and 429 has to reach the customer, all others are worth another try
FAILOVER_STATUS_CODES = {401, 403, 404, 502, 503, 504}


def build_provider_failover_chain(initial_provider: str | None) -> list[str]:
    """Providers to try, the asked-for one first."""
    provider = initial_provider or "openrouter"
    chain = [provider]
    for candidate in FALLBACK_PROVIDER_PRIORITY:
        if candidate not in chain:
            chain.append(candidate)
    return chain


def enforce_model_failover_rules(model: str | None, chain: list[str]) -> list[str]:
    """`openrouter/…` ids and `:free` variants exist only there, do not ask others."""
    if not model:
        return chain
    if model.startswith("openrouter/") or model.endswith(":free"):
        return ["openrouter"]
    return chain


def should_failover(exc: HTTPException) -> bool:
    return exc.status_code in FAILOVER_STATUS_CODES


def map_provider_error(provider: str, model: str, exc: BaseException) -> HTTPException:
    """Turn whatever a provider call raised into the HTTPException that the customer may see."""
    if isinstance(exc, HTTPException):
        return exc

    if isinstance(exc, httpx.HTTPStatusError):
        return _map_status_error(provider, model, exc)

    # asyncio.TimeoutError and the builtin are one since 3.11, httpx has its own
    if isinstance(exc, (asyncio.TimeoutError, httpx.TimeoutException)):
        return HTTPException(status_code=504, detail=f"Provider '{provider}' timed out")

    if isinstance(exc, httpx.ConnectError):
        return HTTPException(status_code=503, detail=f"Provider '{provider}' is unreachable")

    if isinstance(exc, httpx.RequestError):
        return HTTPException(
            status_code=502,
            detail=f"Connection to provider '{provider}' was lost ({type(exc).__name__})",
        )

    if isinstance(exc, ValueError):
        return HTTPException(
            status_code=502, detail=f"Provider '{provider}' gave an answer that cannot be read"
        )

    logger.error("Unexpected error from %s for %s: %s", provider, model, exc, exc_info=exc)
    return HTTPException(status_code=502, detail=f"Provider '{provider}' failed")


def _map_status_error(provider: str, model: str, exc: httpx.HTTPStatusError) -> HTTPException:
    status = exc.response.status_code
    if status == 429:
        retry_after = exc.response.headers.get("retry-after")
        return HTTPException(
            status_code=429,
            detail=f"Provider '{provider}' rate limit exceeded",
            headers={"Retry-After": retry_after} if retry_after else None,
        )
    if status in (401, 403):
        return HTTPException(
            status_code=status, detail=f"Provider '{provider}' authentication failed"
        )
    if status == 404:
        return HTTPException(
            status_code=404, detail=f"Model '{model}' is not available on provider '{provider}'"
        )
    if status in (503, 504):
        return HTTPException(status_code=status, detail=f"Provider '{provider}' is unavailable")
    if status >= 500 or status < 400:
        return HTTPException(
            status_code=502, detail=f"Provider '{provider}' failed with status {status}"
        )
    return HTTPException(
        status_code=400, detail=f"Provider '{provider}' rejected the request ({status})"
    )
