"""A venv with the pinned peers, made once by pip and made again when the pins change."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path


def peers_python(requirements: Path, cache: Path) -> Path:
    """The interpreter of the venv that has these requirements; takes a minute the first time."""
    pins = requirements.read_bytes()
    folder = cache / f"peers-{hashlib.sha256(pins + sys.version.encode()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    if (folder / "complete").is_file():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = ["install", "-qq", "--disable-pip-version-check", "--no-deps", "--requirement", str(requirements)]
    subprocess.run([str(python), "-m", "pip", *install], check=True)
    (folder / "complete").touch()
    return python
