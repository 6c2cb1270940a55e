"""What figures depend on: the class of machine, the interpreter, the versions. No name and no path."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

LIBRARIES = ("httpx", "httpx2", "aiohttp", "opentelemetry-sdk", "openai", "litellm", "any-llm-sdk", "aisuite")
ASK = """
import json, platform
from importlib.metadata import PackageNotFoundError, version
found = {"Python": platform.python_version()}
for name in %r:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Machine:
    """Where it was measured.

    Attributes:
        load: The load average of the minute before; near 0 on a quiet machine.
    """

    cores: int
    system: str
    versions: dict[str, str]
    load: float

    @classmethod
    def of(cls, python: Path) -> Machine:
        """Of the machine that this runs on, with the versions that an interpreter has."""
        told = subprocess.run([str(python), "-c", ASK % (LIBRARIES,)], check=True, capture_output=True, text=True)
        system = f"{platform.system()} {platform.machine()}"
        return cls(os.cpu_count() or 1, system, json.loads(told.stdout), round(os.getloadavg()[0], 1))

    def __str__(self) -> str:
        named = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"{self.cores} cores, {self.system}, load {self.load} before the run; {named}"
