"""Plant one wrong dispatch in a migrated tree, in place, and say what it is.

    python scripts/plant_faults.py --root copy-of-a-migrated-tree --seed 7

The same seed in the same tree plants the same fault. Exit codes: 0 planted, 2 nothing was planted (no migrated tree,
unknown kind, nowhere applicable).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from cutover_cli._plant import KINDS, KINDS_ON_REQUEST, Planted, PlantError, plant


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant a fault; give the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        planted = plant(asked.root, asked.seed, kind=asked.kind)
    except (PlantError, OSError) as error:
        print(f"plant_faults: {error}", file=sys.stderr)
        return 2
    print(json.dumps(asdict(planted), indent=2, ensure_ascii=False) if asked.json else _text(planted))
    return 0


def _parser() -> argparse.ArgumentParser:
    kinds = f"one of {', '.join(KINDS)} (default: the seed picks one), or {', '.join(KINDS_ON_REQUEST)}"
    parser = argparse.ArgumentParser(description="Plant one wrong dispatch in a migrated tree, in place.")
    parser.add_argument("--root", type=Path, required=True, help="the root of the tree, where .cutover/ is")
    parser.add_argument("--seed", type=int, required=True, help="the same seed plants the same fault")
    parser.add_argument("--kind", metavar="KIND", help=kinds)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _text(planted: Planted) -> str:
    head = f"seed {planted.seed}: {planted.kind} at site {planted.site}"
    return f"{head}\n{planted.file}:{planted.line}: {planted.sentence}\n\n{planted.diff}"


if __name__ == "__main__":
    sys.exit(main())
