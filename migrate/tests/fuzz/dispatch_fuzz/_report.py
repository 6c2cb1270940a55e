"""A program that failed, made small and written out for a person to read."""

from __future__ import annotations

import shutil
from pathlib import Path

from dispatch_fuzz._journey import Fault, examine
from dispatch_fuzz._program import Program
from dispatch_fuzz._shrink import shrink


def shrunk(
    program: Program, fault: Fault, root: Path, *, seconds: float = 60.0, certified: bool = True
) -> tuple[Program, Fault]:
    """A smaller program that breaks the same rule, and how it does."""
    found = [fault]

    def fails(data: bytes) -> bool:
        try:
            examine(program.with_main(data), root, disk=_needs_disk(fault), certified=certified)
        except Fault as other:
            if other.kind == fault.kind:
                found.append(other)
            return other.kind == fault.kind
        return False

    return program.with_main(shrink(program.main, fails, seconds=seconds)), found[-1]


def _needs_disk(fault: Fault) -> bool:
    return not fault.kind.startswith(("difference", "legacy-line", "unaccounted", "not-certified"))


def write_out(program: Program, fault: Fault, folder: Path) -> Path:
    """Write a failing program's project, and beside it what was found; return the folder."""
    place = folder / f"seed-{program.seed}"
    shutil.rmtree(place, ignore_errors=True)
    for path, data in program.files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
    for name, text in {**fault.shown, "fault.txt": str(fault)}.items():
        (place / name).write_text(text, encoding="utf-8")
    return place
