"""The summary for people (tables in a terminal) and for programs (JSON), with the same numbers in both."""

import json
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING

from cutover_telemetry._summary import Summary

if TYPE_CHECKING:
    from rich.console import RenderableType


def table(summary: Summary) -> "RenderableType":
    """Tables of providers, failovers, arms and ratios; those without a row are left out. Needs rich."""
    shown: RenderableType = import_module("cutover_telemetry._table").table(summary)
    return shown


def to_json(summary: Summary) -> str:
    """The summary as a JSON document; times in seconds."""
    return json.dumps(asdict(summary), indent=2)
