"""Counts replays and mismatches: in all, per provider that was attempted, and per feature of the request.

Features are read off a request's shape: the fields that its body has (a boolean one counts when it is true), parts of
other kinds than text inside a message, and whether there is a body at all.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cutover_parity._messages import Json, Request
from cutover_parity.cases._cases import Case
from cutover_parity.compare._verdicts import Ignored, Mismatch, Verdict
from cutover_parity.replay._statement import statement, upper_bound

OTHERS = "(others)"
NO_PROVIDER = "(none)"
EMPTY = "(empty)"
_MOST_NAMES = 300
_LONGEST_NAME = 40


@dataclass(slots=True)
class Count:
    """Replays, and how many of them mismatched, were ignored, or differed as intended.

    What differed as intended says nothing of mismatches, so that it does not count for the bound.
    """

    replays: int = 0
    mismatches: int = 0
    ignored: int = 0
    intended: int = 0

    @property
    def compared(self) -> int:
        """Replays that say something of mismatches."""
        return self.replays - self.intended

    @property
    def bound(self) -> float:
        """The exact upper bound on the mismatch rate with 95 % confidence."""
        return upper_bound(self.mismatches, self.compared) if self.compared else 1.0

    @property
    def statement(self) -> str:
        """The bound in a sentence."""
        return statement(self.mismatches, self.compared)

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        self.replays += 1
        self.mismatches += isinstance(verdict, Mismatch)
        intended = isinstance(verdict, Ignored) and bool(verdict.options)
        self.intended += intended
        self.ignored += isinstance(verdict, Ignored) and not intended

    def merge(self, other: "Count") -> None:
        """Add another's counts."""
        self.replays += other.replays
        self.mismatches += other.mismatches
        self.ignored += other.ignored
        self.intended += other.intended

    def ends(self, died: int) -> dict[str, int]:
        """Give how many cases had which end, those besides that died included."""
        match = self.compared - self.mismatches - self.ignored
        ends = {"match": match, "mismatch": self.mismatches, "ignored": self.ignored, "died": died}
        return {**ends, "intended": self.intended} if self.intended else ends

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {
            "replays": self.replays,
            "mismatches": self.mismatches,
            "ignored": self.ignored,
            "bound": self.bound,
            **({"intended": self.intended} if self.intended else {}),
        }


@dataclass(slots=True)
class Tally:
    """The counts of a replay, or of a part of one; parts are merged."""

    total: Count = field(default_factory=Count)
    providers: dict[str, Count] = field(default_factory=dict)
    features: dict[str, Count] = field(default_factory=dict)

    def add(self, case: Case, verdict: Verdict, asides: Iterable[Json]) -> None:
        """Count one case."""
        self.total.add(verdict)
        for provider in providers_of(case, asides):
            _named(self.providers, provider).add(verdict)
        for feature in features_of(case.request):
            _named(self.features, feature).add(verdict)

    def merge(self, other: "Tally") -> None:
        """Add another part's counts."""
        self.total.merge(other.total)
        for mine, theirs in ((self.providers, other.providers), (self.features, other.features)):
            for name, count in theirs.items():
                _named(mine, name).merge(count)

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {
            "total": self.total.to_json(),
            "providers": {name: self.providers[name].to_json() for name in sorted(self.providers)},
            "features": {name: self.features[name].to_json() for name in sorted(self.features)},
        }


def providers_of(case: Case, asides: Iterable[Json]) -> tuple[str, ...]:
    """Give the providers that a case attempted in either arm, or else the keys that sites were asked for."""
    asides = list(asides)
    made = [entry[1] for aside in asides for entry in aside["made"]]
    asked = [visit[1] for aside in asides for visit in aside["trace"] if isinstance(visit[1], str)]
    names = made or asked or [case.key or NO_PROVIDER]
    return tuple(dict.fromkeys(name or EMPTY for name in names))


def features_of(request: Request) -> tuple[str, ...]:
    """Give the features of a request, each once, in order."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return ("body that is not JSON",) if request.body else ("no body",)
    if not isinstance(body, dict):
        return ("body that is no object",)
    found = [name if len(name) <= _LONGEST_NAME else OTHERS for name, value in body.items() if _says_something(value)]
    return tuple(sorted({*found, *(f"{kind} part" for kind in _part_kinds(body))}))


def _says_something(value: Json) -> bool:
    return value is not None and value is not False and value not in ("", [], {})


def _part_kinds(value: Json) -> Iterator[str]:
    """Find the kinds of parts in lists of parts below a message: lists whose items all say their type."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _part_kinds(item)
    elif isinstance(value, list):
        kinds = [item.get("type") for item in value if isinstance(item, dict)]
        if kinds and len(kinds) == len(value):
            yield from (kind for kind in kinds if isinstance(kind, str) and 0 < len(kind) <= _LONGEST_NAME)
        for item in value:
            yield from _part_kinds(item)


def _named(counts: dict[str, Count], name: str) -> Count:
    known = name if name in counts or len(counts) < _MOST_NAMES else OTHERS
    return counts.setdefault(known, Count())
