"""Health endpoints for the load balancer and for the on-call dashboard."""

import logging

from fastapi import APIRouter, HTTPException

from src.routes.chat import _provider_import_errors
from src.services import usage

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/health", tags=["health"])


@router.get("")
async def health_check() -> dict:
    """200 as long as the process answers; `degraded` when a client could not be imported."""
    return {
        "status": "degraded" if _provider_import_errors else "healthy",
        "unavailable_providers": sorted(_provider_import_errors),
    }


@router.get("/providers")
async def provider_health() -> dict:
    """Import errors by provider, with the text that the startup log has."""
    return {
        "import_errors": dict(_provider_import_errors),
        "import_error_count": len(_provider_import_errors),
    }


@router.get("/providers/{provider}")
async def single_provider_health(provider: str) -> dict:
    error = _provider_import_errors.get(provider)
    if error is not None:
        raise HTTPException(
            status_code=503,
            detail={"provider": provider, "status": "unavailable", "error": error},
        )
    return {"provider": provider, "status": "available"}


@router.get("/usage")
async def usage_snapshot() -> dict:
    """Requests and tokens since the process started. Not billing, only a quick look."""
    return usage.snapshot()
