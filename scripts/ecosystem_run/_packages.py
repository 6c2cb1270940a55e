"""Pinned packages: their wheels, downloaded once and unpacked in a cache folder outside of the repository.

Example: ``cached(Pinned("litellm", "1.109.1"))``
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(tempfile.gettempdir()) / "cutover-ecosystem"
OURS = ".cutover"


@dataclass(frozen=True, order=True)
class Pinned:
    """One version of one package; as a text it is what pip takes."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"

    @classmethod
    def read(cls, text: str) -> Pinned:
        """From ``name==version``; a text without a version is a ValueError."""
        name, _, version = text.partition("==")
        if not name or not version:
            raise ValueError(f"{text!r}: not a pinned package; write name==version")
        return cls(name, version)


def cached(package: Pinned, cache: Path = CACHE) -> Path:
    """The folder of the package's own files; no dependency is fetched and nothing of it is run."""
    folder = cache / str(package)
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as download:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*command, "--only-binary", ":all:", "--dest", download, str(package)], check=True)
        wheel = next(Path(download).glob("*.whl"))
        unpacked = Path(download) / "unpacked"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked)
        unpacked.rename(folder)
    return folder


def digest(folder: Path) -> str:
    """One digest over every file's path and bytes, what our own commands leave in ``.cutover`` aside."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.is_file() and place.parts[0] != OURS:
            total.update(json.dumps([place.as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()]).encode())
    return total.hexdigest()
