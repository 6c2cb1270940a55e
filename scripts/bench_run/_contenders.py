"""Who is measured, what each is held by, and in which scenarios.

Example: ``wanted("ours", Scenario("chat", "sync", 1))``
"""

from __future__ import annotations

from bench_worker import Scenario

RAW = "raw httpx"
OURS = (RAW, "ours", "ours in a chain", "ours, telemetry on")
TRANSPORTS = ("raw httpx2", "ours on httpx2", "raw aiohttp", "ours on aiohttp", "ours on aiohttp, telemetry on")
PEERS = ("openai", "litellm", "litellm Router", "any-llm", "aisuite")
ALL = (*OURS, *TRANSPORTS, *PEERS)
HELD_BY = {
    "ours on httpx2": "raw httpx2",
    "ours on aiohttp": "raw aiohttp",
    "ours on aiohttp, telemetry on": "raw aiohttp",
}


def held_by(contender: str) -> str:
    """The raw calls that a contender's ratios are made with: those of httpx, or of its own transport for ours."""
    return HELD_BY.get(contender, RAW)


def wanted(contender: str, scenario: Scenario) -> bool:
    """Whether this contender does anything of its own there."""
    if "aiohttp" in contender and scenario.mode == "sync":
        return False
    return not (contender == "ours in a chain" and scenario.kind == "failover")
