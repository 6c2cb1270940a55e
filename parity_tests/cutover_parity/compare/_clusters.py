"""Mismatches by their cause: what counts is the first difference, which is the nearest to it.

A signature names the layer, the kind of place, and the kind of change; a cluster has all mismatches of a signature, or
those of one provider where only few providers show it. However many mismatches there are, what is kept stays small:
exact counts, the first cases, and the smallest case with its differences.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from cutover_parity._messages import Json
from cutover_parity.cases._cases import Case
from cutover_parity.cases._script import Step
from cutover_parity.compare._signature import Signature
from cutover_parity.compare._verdicts import Difference, Mismatch
from cutover_parity.replay._timelines import Timeline, timeline_of

_FIRST_CASES = 10
_KEPT_DIFFERENCES = 20
_MOST_CLUSTERS = 500
_FEW = 3
_STEP_WEIGHT = 40


MORE = Signature("other", "(further kinds)", "differ")


@dataclass(frozen=True, slots=True)
class Representative:
    """The smallest case of a cluster: its differences, and both answers in time."""

    case: Case
    differences: tuple[Difference, ...]
    legacy: Timeline
    registry: Timeline

    @property
    def weight(self) -> int:
        """How much there is to read."""
        script = self.case.script
        steps = len(script.steps) + (script.rest != Step()) + len(self.case.exchanges or ())
        return len(self.case.request.body) + len(self.case.request.url) + _STEP_WEIGHT * steps


@dataclass(frozen=True, slots=True)
class Cluster:
    """All mismatches of one cause; `providers` counts them by the provider that the legacy arm attempted first.

    `options` are those of failover that were on in these cases, in the registry arm alone.
    """

    signature: Signature
    count: int
    cases: tuple[str, ...]
    providers: tuple[tuple[str, int], ...]
    smallest: Representative
    options: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """A line that says what the cluster is."""
        names = [name for name, _ in self.providers]
        told = names[:_FEW] + ([f"{len(names) - _FEW} more"] if len(names) > _FEW else [])
        return f"{self.signature}, with {', '.join(told)}{options_on(self.options)}"


@dataclass(slots=True)
class _Group:
    count: int
    cases: list[str]
    smallest: Representative

    def merge(self, other: "_Group") -> None:
        self.count += other.count
        self.cases = [*self.cases, *other.cases][:_FIRST_CASES]
        if other.smallest.weight < self.smallest.weight:
            self.smallest = other.smallest


@dataclass(slots=True)
class Clusters:
    """Gathers mismatches; the gathered parts of a replay are merged in order."""

    _groups: dict[tuple[Signature, tuple[str, ...], str], _Group] = field(default_factory=dict)

    def add(
        self,
        case: Case,
        verdict: Mismatch,
        *,
        provider: str,
        observations: tuple[Json, Json],
        asides: tuple[Json, Json],
        options: tuple[str, ...] = (),
    ) -> None:
        """Gather one mismatch; `provider` is the one that the legacy arm attempted first."""
        lines = [
            timeline_of(observation, _moments(aside)) for observation, aside in zip(observations, asides, strict=True)
        ]
        smallest = Representative(case, _telling(verdict), lines[0], lines[1])
        self._put((Signature.of(verdict), options, provider), _Group(1, [case.id], smallest))

    def merge(self, other: "Clusters") -> None:
        """Gather what another part gathered."""
        for key, group in other._groups.items():
            self._put(key, group)

    def clusters(self) -> tuple[Cluster, ...]:
        """Give the clusters, the largest first."""
        ordered = sorted(self._groups.items(), key=lambda item: item[0])
        found = [
            cluster
            for (signature, options), entries in groupby(ordered, key=lambda item: item[0][:2])
            for cluster in _clusters(signature, options, [(key[2], group) for key, group in entries])
        ]
        return tuple(sorted(found, key=lambda cluster: (-cluster.count, cluster.signature, cluster.providers)))

    def _put(self, key: tuple[Signature, tuple[str, ...], str], group: _Group) -> None:
        if key not in self._groups and len(self._groups) >= _MOST_CLUSTERS:
            key = (MORE, (), "")
        known = self._groups.get(key)
        if known is None:
            self._groups[key] = _Group(group.count, list(group.cases), group.smallest)
        else:
            known.merge(group)


def options_on(options: tuple[str, ...]) -> str:
    """Say which options were on, as the end of a line; nothing where none was."""
    return f" (option{'s' if len(options) > 1 else ''} on: {', '.join(options)})" if options else ""


def _clusters(signature: Signature, options: tuple[str, ...], entries: list[tuple[str, _Group]]) -> Iterator[Cluster]:
    """Many providers that show one signature have one cause; few may each have their own."""
    if len(entries) >= _FEW:
        yield _cluster(signature, options, entries)
    else:
        for entry in entries:
            yield _cluster(signature, options, [entry])


def _cluster(signature: Signature, options: tuple[str, ...], entries: Iterable[tuple[str, _Group]]) -> Cluster:
    entries = list(entries)
    first = entries[0][1]
    merged = _Group(first.count, list(first.cases), first.smallest)
    for _, group in entries[1:]:
        merged.merge(group)
    counts = sorted(((provider, group.count) for provider, group in entries), key=lambda pair: (-pair[1], pair[0]))
    return Cluster(signature, merged.count, tuple(merged.cases), tuple(counts), merged.smallest, options)


def _moments(aside: Json) -> list[float]:
    """Give the moments of the chunks; where the clock went as the real one goes they would differ from run to run."""
    waited: int = aside.get("real_waits", {}).get("number", 0)
    moments: list[float] = aside.get("moments", [])
    return [] if waited else moments


def _telling(verdict: Mismatch) -> tuple[Difference, ...]:
    """Give the first differences, and the first of each layer."""
    kept = list(verdict.differences[:_KEPT_DIFFERENCES])
    first = {difference.layer: difference for difference in reversed(verdict.differences[_KEPT_DIFFERENCES:])}
    told = {difference.layer for difference in kept}
    return (*kept, *(difference for layer, difference in first.items() if layer not in told))
