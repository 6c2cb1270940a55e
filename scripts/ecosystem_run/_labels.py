"""The labels that were made by hand, and how the codemod's decisions compare with them.

Example: ``recall_of([(label, "lift", True)])``
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ecosystem_run._packages import Pinned

LABELS = Path(__file__).resolve().parents[2] / "migrate" / "ecosystem" / "labels.json"
REWRITABLE = ("template", "lift", "partial")
WANTED = 0.9
Json = dict[str, Any]


@dataclass(frozen=True)
class Label:
    """What a person says of one chain."""

    package: str
    version: str
    file: str
    line: int
    end_line: int
    subject: str
    branches: int
    label: str
    why: str
    form: str = ""
    level: str = "safe"
    decoy: bool = False

    @property
    def pinned(self) -> Pinned:
        """The package that the chain stands in."""
        return Pinned(self.package, self.version)


@dataclass(frozen=True)
class Recall:
    """How many chains of one label there are, how many of them were rewritten, and which were decided wrongly."""

    label: str
    labelled: int
    rewritten: int
    wrong: tuple[str, ...]

    @property
    def reached(self) -> bool:
        """Whether it is as good as it has to be: none of the refused ones, nine in ten of the others."""
        return self.rewritten == 0 if self.label == "refuse" else self.rewritten >= WANTED * self.labelled


def read_labels(path: Path = LABELS) -> list[Label]:
    """All labels of the file."""
    return [Label(**fields) for fields in json.loads(path.read_text(encoding="utf-8"))]


def decisions_for(labels: Iterable[Label], sites: Sequence[Json], planned: frozenset[str]) -> list[Json]:
    """Each label with the decision on its chain, what was found there, and whether the plan rewrites it."""
    return [_decision(label, sites, planned) for label in labels]


def recall_of(decided: Iterable[Json]) -> list[Recall]:
    """The recall of each label, over the answers of :func:`decisions_for`."""
    rows = list(decided)
    found = []
    for label in (*REWRITABLE, "refuse"):
        mine = [row for row in rows if row["label"] == label]
        wrong = tuple(_told(row) for row in mine if row["rewritten"] == (label == "refuse"))
        found.append(Recall(label, len(mine), sum(row["rewritten"] for row in mine), wrong))
    return found


def _decision(label: Label, sites: Sequence[Json], planned: frozenset[str]) -> Json:
    here = [site for site in sites if site["file"] == label.file and _is_about(label, site)]
    here.sort(key=lambda site: (site["id"] not in planned, site["start_line"] != label.line))
    site = here[0] if here else None
    return asdict(label) | {
        "decision": site["decision"] if site else "not found",
        "codes": site["codes"] if site else [],
        "rewritten": site is not None and site["id"] in planned,
    }


def _is_about(label: Label, site: Json) -> bool:
    """Whether a site is the labelled chain: on the same subject, and what it covers is some of the same lines."""
    first, last = site["covers"]
    return bool(site["subject"] == label.subject and first <= label.end_line and label.line <= last)


def _told(row: Json) -> str:
    codes = f" ({', '.join(row['codes'])})" if row["codes"] else ""
    return f"{row['package']} {row['file']}:{row['line']}: labelled {row['label']}, decided {row['decision']}{codes}"
