"""The codemod's journey over public packages that nobody here wrote, and the labels made of them by hand.

The packages are downloaded (pinned) by pip into a cache folder outside of the repository and unpacked. Each is scanned,
rewritten in a copy, certified, executed, scanned again, finished and undone, in a process of its own with a time limit.
The exit code is 1 when anything breaks a promise, or when the labels are not met.

    python scripts/ecosystem.py                       every package of the labels
    python scripts/ecosystem.py litellm==1.109.1      these alone
    python scripts/ecosystem.py --rows rows --page docs/reference/ecosystem.md      can be broken off and taken up again
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from cutover_cli._console import print_json, progress
from ecosystem_run import (
    MEASURES,
    Journey,
    Pinned,
    Recall,
    cached,
    figures_table,
    measure,
    page,
    read_labels,
    recall_of,
    travel,
    violations,
)

SECONDS = 3600
PIPED_WIDTH = 150
Json = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the whole, or one part of it in this process; give the exit code."""
    asked = _parser().parse_args(arguments)
    if asked.travel or asked.measure:
        return _part(asked)
    rows = _all(asked)
    recalls = recall_of(label for row in rows for label in row.get("labels", ()))
    told = [f"{row['package']}: {text}" for row in rows for text in violations(row)]
    told += [text for recall in recalls if not recall.reached for text in recall.wrong]
    if asked.page:
        asked.page.write_text(page(rows, date=date.today().isoformat()), encoding="utf-8")
    if asked.json:
        print_json({"packages": rows, "labels": [vars(recall) for recall in recalls], "violations": told})
    else:
        _show(rows, recalls, told)
    return 1 if told else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", nargs="*", type=Pinned.read, metavar="NAME==VERSION")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--page", type=Path, help="write the reference page to this file")
    parser.add_argument("--no-execute", action="store_true", help="leave the runtime check out, which takes longest")
    parser.add_argument(
        "--rows", type=Path, help="a folder to save each row in; a package whose row is there is not run"
    )
    parser.add_argument("--jobs", type=int, default=1, help="packages at the same time (default 1)")
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"time limit a package (default {SECONDS})")
    parser.add_argument("--travel", type=Path, metavar="ROW", help=argparse.SUPPRESS)
    parser.add_argument("--measure", choices=sorted(MEASURES), help=argparse.SUPPRESS)
    return parser


def _part(asked: argparse.Namespace) -> int:
    """What the subprocesses of :func:`_row` do: one measure printed, or one journey saved as it goes."""
    (package,) = asked.packages
    if asked.measure:
        print_json(measure(asked.measure, cached(package)))
        return 0
    labels = tuple(label for label in read_labels() if label.pinned == package)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / package.name

        def save(row: Json) -> None:
            asked.travel.write_text(json.dumps(row), encoding="utf-8")

        executes = not asked.no_execute
        travel(Journey(cached(package), copy, save, labels, executes=executes, row={"package": str(package)}))
    return 0


def _all(asked: argparse.Namespace) -> list[Json]:
    packages = asked.packages or sorted({label.pinned for label in read_labels()})
    with progress("packages", len(packages)) as told, ThreadPoolExecutor(asked.jobs) as pool:
        rows = []
        for row in pool.map(lambda package: _row(package, asked), packages):
            rows.append(row)
            told(len(rows))
    return rows


def _row(package: Pinned, asked: argparse.Namespace) -> Json:
    """One package's row, from the folder of rows where it is there."""
    if asked.rows is None:
        return _travelled(package, asked)
    saved: Path = asked.rows / f"{package}.json"
    if not saved.is_file():
        row = _travelled(package, asked)
        saved.parent.mkdir(parents=True, exist_ok=True)
        saved.write_text(json.dumps(row), encoding="utf-8")
    kept: Json = json.loads(saved.read_text(encoding="utf-8"))
    return kept


def _travelled(package: Pinned, asked: argparse.Namespace) -> Json:
    """One package's row: its journey and its measures, each from a process of its own."""
    cached(package)
    seconds, flags = asked.seconds, ["--no-execute"] if asked.no_execute else []
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "row.json"
        ended = _run(package, "--travel", str(saved), *flags, seconds=seconds)
        row: Json = json.loads(saved.read_text(encoding="utf-8")) if saved.is_file() else {"step": "start"}
    row |= {"package": str(package)}
    if ended is None or ended.returncode != 0:
        row.setdefault("crash", f"no answer in {seconds} s" if ended is None else ended.stderr[-2000:])
    return row | _ratios(package, seconds)


def _ratios(package: Pinned, seconds: int) -> Json:
    """CPU time of a scan against ``ast.parse`` of the same files, and the scan's peak memory."""
    found: dict[str, Json] = {}
    for name in MEASURES:
        ended = _run(package, "--measure", name, seconds=seconds)
        if ended is None or ended.returncode != 0:
            return {}
        found[name] = json.loads(ended.stdout)
    parsed = found["parse"]["seconds"]
    return {name: found[name]["seconds"] / parsed for name in ("cold", "cached")} | {
        "parse_seconds": parsed,
        "peak_mib": found["cold"]["peak_mib"],
    }


def _run(package: Pinned, *options: str, seconds: int) -> subprocess.CompletedProcess[str] | None:
    """One of our own processes, with a cache of its own; ``None`` where it took too long."""
    command = [sys.executable, str(Path(__file__).resolve()), str(package), *options]
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"XDG_CACHE_HOME": cache}
        try:
            return subprocess.run(
                command, capture_output=True, text=True, timeout=seconds, check=False, env=environment
            )
        except subprocess.TimeoutExpired:
            return None


def _show(rows: Iterable[Json], recalls: Iterable[Recall], told: Iterable[str]) -> None:
    out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    out.print(figures_table(rows))
    for line in (*_recall_lines(recalls), *told):
        out.print(line, markup=False, soft_wrap=True)


def _recall_lines(recalls: Iterable[Recall]) -> Iterator[str]:
    for recall in recalls:
        yield f"labelled {recall.label}: {recall.labelled}, rewritten {recall.rewritten}"


if __name__ == "__main__":
    sys.exit(main())
