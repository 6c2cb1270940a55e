"""Which errors are told in one line, and with which exit code.

They stand in every room, and an error can only come from a room that is imported: no other is looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

UNUSABLE = {
    "cutover_cli._unusable": ("Unusable",),
    "cutover_migrate.apply": ("ApplyError",),
    "cutover_migrate.errors": ("BadInput",),
    "cutover_parity.errors": (
        "AppNotLoaded",
        "CommandNotStarted",
        "EngineError",
        "HooksRefused",
        "NoSeed",
        "NotFinding",
        "NotNoiseRules",
        "PlanError",
        "RecordingError",
        "RevisionRefused",
        "UnknownArm",
        "UnknownRequirement",
    ),
    "cutover_registry": ("CutoverRegistryError",),
    "cutover_rollout": ("RolloutError",),
    "cutover_telemetry": ("TelemetryError",),
}
FINDINGS = {
    "cutover_cli._finish_line": ("RolloutNotDone",),
    "cutover_migrate.errors": ("MigrateError",),
    "cutover_parity.errors": ("ParityError",),
}


def exit_code_of(error: Exception) -> int:
    """2 for what cannot be used, 1 for a finding, 3 for what nobody foresaw."""
    if isinstance(error, tuple(_loaded(UNUSABLE))):
        return 2
    return 1 if isinstance(error, tuple(_loaded(FINDINGS))) else 3


def _loaded(names: Mapping[str, tuple[str, ...]]) -> Iterator[type[Exception]]:
    for module, kinds in names.items():
        if module in sys.modules:
            yield from (getattr(sys.modules[module], kind) for kind in kinds)
