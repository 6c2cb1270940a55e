"""Scan public packages that nobody here wrote: no crash, nothing touched, every chain accounted for.

The packages are downloaded (pinned) by pip into a cache folder outside the repository and unpacked; they are read as
text and never imported. An independent count of the chains of four or more constant comparisons of one name is held
against what the scan found.

Example: ``python scripts/ecosystem.py litellm==1.109.1``
"""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

from rich.console import Console

from cutover_cli._console import table
from cutover_migrate import scan_json, scan_paths

PINNED = ("litellm==1.109.1",)
CACHE = Path(tempfile.gettempdir()) / "cutover-ecosystem"


def main() -> int:
    """Scan each package; exit code 1 when a chain is missing, a file was touched or the accounting is short."""
    figures = ("files", "found", "template", "refused", "near", "counted", "missing", "scan/parse")
    rows = table("package:whole", *(f"{name}:right" for name in figures))
    failed = False
    for package in sys.argv[1:] or PINNED:
        folder = unpacked(package)
        before = digest(folder)
        seconds = parse_seconds(folder)
        started = time.process_time()
        found = scan_json(scan_paths([folder], root=folder))
        ratio = (time.process_time() - started) / seconds
        counted = set(count(folder))
        missing = counted - {(site["file"], site["start_line"]) for site in found["sites"]}
        counts = found["accounting"]
        failed |= bool(missing) or counts["unaccounted"] != 0 or digest(folder) != before
        rows.add_row(package, str(found["files"]), str(counts["found"]), str(counts["template"]), str(counts["refuse"]),
                     str(len(found["near_misses"])), str(len(counted)), str(len(missing)), f"{ratio:.1f}")  # fmt: skip
    Console().print(rows)
    return 1 if failed else 0


def unpacked(package: str) -> Path:
    """The package's own files, downloaded once."""
    folder = CACHE / package
    if not folder.is_dir():
        with tempfile.TemporaryDirectory() as download:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            subprocess.run([*command, "--dest", download, package], check=True)
            wheel = next(Path(download).glob("*.whl"))
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
    return folder


def count(folder: Path) -> list[tuple[str, int]]:
    """Chains of four or more ``name == constant``, counted without any code of ours."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        below = {id(n.orelse[0]) for n in ast.walk(tree) if isinstance(n, ast.If) and len(n.orelse) == 1}
        for head in ast.walk(tree):
            if not isinstance(head, ast.If) or id(head) in below:
                continue
            names: Counter[str] = Counter()
            node: ast.stmt = head
            while isinstance(node, ast.If):
                match node.test:
                    case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant()]):
                        names[name] += 1
                node = node.orelse[0] if len(node.orelse) == 1 else ast.Pass()
            if names and max(names.values()) >= 4:
                found.append((path.relative_to(folder).as_posix(), head.lineno))
    return found


def parse_seconds(folder: Path) -> float:
    """CPU seconds of ``ast.parse`` over the same files."""
    sources = [path.read_bytes() for path in folder.rglob("*.py")]
    started = time.process_time()
    for source in sources:
        ast.parse(source)
    return time.process_time() - started


def digest(folder: Path) -> str:
    """One digest over every file's path and bytes."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(json.dumps([str(path), hashlib.sha256(path.read_bytes()).hexdigest()]).encode())
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
