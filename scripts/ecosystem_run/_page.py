"""What people read: the table in the terminal and ``docs/reference/ecosystem.md``, both made from the rows.

Example: ``page(rows, date="2026-11-23")``
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table

from cutover_cli._console import table
from cutover_migrate.rewrite import REASONS
from ecosystem_run._labels import Recall, recall_of
from ecosystem_run._rows import violations

Json = dict[str, Any]
DECISIONS = ("template", "lift", "partial", "refuse")
COLUMNS = (
    "files", "found", *DECISIONS, "rewritten", "left out", "executed", "cold", "cached", "MiB", "violations",
)  # fmt: skip
HEAD = """# Public packages

Written by `make ecosystem` on {date}; do not edit by hand.

Each package is downloaded in the version that is named here, scanned, planned with every chain that can be rewritten
(`--unsafe`, and `--include` for each chain of other keys), applied to a copy, certified, compiled, {executed}scanned
again, finished, certified again and undone byte for byte. Nothing of it is imported or kept.

## Chains

`found` has the chains of four or more keys and all that the plan could include; `refuse` is told apart below. `left
out` are chains that are rewritable and could not be certified, so that they stay as they are. `cold` and `cached` are
the CPU time of a scan against `ast.parse` of the same files, `MiB` the scan's peak memory.

"""
LABELS_HEAD = """
## Against labels made by hand

[A hundred chains](../../migrate/ecosystem/README.md) of these packages were read and labelled before LIFT and PARTIAL
were written. Wanted: nine in ten of the templates and of the liftable ones rewritten, and none of the refused ones.

| label | labelled | rewritten |
| --- | --- | --- |
"""
CODES_HEAD = """
## What the rest would take

The commonest codes of refused chains, and the edit by hand that would unlock them (see [refusals](../refusals.md)).

| code | chains | what unlocks it |
| --- | --- | --- |
"""


def figures_table(rows: Iterable[Json]) -> Table:
    """The rows as a table for the terminal."""
    made = table("package:whole", *(f"{name}:right" for name in COLUMNS))
    for row in rows:
        made.add_row(row["package"], *figures(row))
    return made


def figures(row: Json) -> list[str]:
    """One row's texts under :data:`COLUMNS`."""
    counts = row.get("accounting", {})
    return [
        _text(row.get("files")),
        *(_text(counts.get(name)) for name in ("found", *DECISIONS)),
        _text(row.get("rewritten")),
        _text(len(row["left_out"]) if "left_out" in row else None),
        _text(row.get("executed")),
        *(f"{row[name]:.2f}" if row.get(name) else "" for name in ("cold", "cached")),
        f"{row['peak_mib']:.0f}" if row.get("peak_mib") else "",
        str(len(violations(row))),
    ]


def page(rows: Sequence[Json], *, date: str) -> str:
    """The reference page."""
    executed = "executed, " if any(row.get("executed") is not None for row in rows) else ""
    parts = [HEAD.format(date=date, executed=executed), _lines(("package", *COLUMNS), rows), _shares(rows), LABELS_HEAD]
    recalls = recall_of(label for row in rows for label in row.get("labels", ()))
    parts += [f"| `{recall.label}` | {recall.labelled} | {recall.rewritten} |\n" for recall in recalls]
    parts += [*_wrong(recalls), CODES_HEAD, *_codes(rows)]
    return "".join(parts)


def _shares(rows: Sequence[Json]) -> str:
    """One sentence on all packages together."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update({name: row.get("accounting", {}).get(name, 0) for name in ("found", *DECISIONS)})
    total = counts["found"] or 1
    told = ", ".join(f"{counts[name] / total:.0%} {name}" for name in DECISIONS)
    return f"\nTogether {len(rows)} packages with {counts['found']} chains: {told}.\n"


def _lines(heads: Sequence[str], rows: Iterable[Json]) -> str:
    lines = [heads, ["---"] * len(heads), *([row["package"], *figures(row)] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _wrong(recalls: Iterable[Recall]) -> list[str]:
    wrong = [text for recall in recalls for text in recall.wrong]
    return ["\nDecided otherwise:\n\n```text\n", *(f"{text}\n" for text in wrong), "```\n"] if wrong else []


def _codes(rows: Iterable[Json]) -> list[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row.get("codes", {}))
    return [f"| `{code}` | {count} | {_unlock(code)} |\n" for code, count in counts.most_common()]


def _unlock(code: str) -> str:
    return _cell(REASONS[code].unlock) if code in REASONS else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _text(value: object) -> str:
    return "" if value is None else str(value)
