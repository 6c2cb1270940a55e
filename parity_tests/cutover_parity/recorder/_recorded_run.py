"""How a recording ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What was recorded and what was dropped, in routes; a command's exit code (128 and more: it met that signal)."""

    exit_code: int
    recorded: int
    drops: Mapping[str, int] = field(default_factory=dict)
