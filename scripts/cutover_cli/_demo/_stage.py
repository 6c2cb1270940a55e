"""The demo's folder: the untouched gateway, the one that is migrated, and one that gets a fault.

Example: ``Stage.make(Path("cutover-demo")).gateway``
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import cutover_cli
from cutover_cli._unusable import Unusable

EXAMPLE = "legacy_gateway"
APP = "src.main:app"
MARK = ".cutover-demo"
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".cutover")


@dataclass(frozen=True)
class Stage:
    """Where the demo works; ``legacy`` stays as it was, ``gateway`` is migrated, ``faulty`` gets a fault."""

    folder: Path

    @property
    def legacy(self) -> Path:
        """The gateway as its team left it."""
        return self.folder / "legacy"

    @property
    def gateway(self) -> Path:
        """The gateway that is migrated."""
        return self.folder / "gateway"

    @property
    def faulty(self) -> Path:
        """A copy of the migrated gateway with a planted fault."""
        return self.folder / "faulty"

    @property
    def recording(self) -> Path:
        """The recorded traffic."""
        return self.folder / "traffic.jsonl"

    @property
    def store(self) -> Path:
        """What telemetry saw of the served gateway."""
        return self.folder / "telemetry.db"

    @property
    def upstream(self) -> Path:
        """The bundled fake upstream."""
        return examples() / "fake_upstream.py"

    @classmethod
    def make(cls, folder: Path) -> Stage:
        """Lay out a fresh folder; one that is not a demo's own is refused."""
        target = folder.resolve()
        if target.exists() and any(target.iterdir()) and not (target / MARK).is_file():
            raise Unusable(f"{folder}: exists and is not a demo's folder; name another with --directory")
        if target.exists():
            shutil.rmtree(target)
        target.mkdir(parents=True)
        (target / MARK).write_text("made by `cutover demo`; removed by its next run\n")
        stage = cls(target)
        for copy in (stage.legacy, stage.gateway):
            shutil.copytree(examples() / EXAMPLE, copy, ignore=LEFT_OUT)
        return stage

    def copy_faulty(self) -> Path:
        """A copy of the migrated gateway to plant a fault in."""
        shutil.rmtree(self.faulty, ignore_errors=True)
        shutil.copytree(self.gateway, self.faulty, ignore=shutil.ignore_patterns("__pycache__"))
        return self.faulty


def examples() -> Path:
    """The folder of the example gateways: in a wheel beside this package, in a checkout at its top."""
    package = Path(cutover_cli.__file__).resolve().parent
    packed = package / "_examples"
    return packed if packed.is_dir() else package.parents[1] / "examples"


def tree_bytes(root: Path) -> dict[str, bytes]:
    """Every file of a tree, bytecode and caches left out, for comparing byte for byte."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and ".pytest_cache" not in path.parts:
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found
