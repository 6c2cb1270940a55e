"""Compares two observations, layer by layer; what noise rules and ignored places hide is counted, not forgotten."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cutover_parity._messages import Json
from cutover_parity.compare._differences import Reordered, differences
from cutover_parity.compare._layers import LAYERS, Readings, layer_pairs
from cutover_parity.compare._patterns import matches
from cutover_parity.compare._verdicts import Difference, Ignored, Match, Mismatch, Verdict
from cutover_parity.noise._noise import NO_NOISE, NoiseRules

__all__ = ["LAYERS", "Comparer", "Difference", "Ignored", "Match", "Mismatch", "Verdict", "compare"]
_BODY_LAYERS = {"answer", "stream"}
_VALUES = ("body", "events")


@dataclass(frozen=True, slots=True)
class Comparer:
    """Gives verdicts; `ignore` maps a pattern of places ("answer.headers.x-took*") to the reason why."""

    ignore: Mapping[str, str] = field(default_factory=dict)
    noise: NoiseRules = NO_NOISE

    def verdict_of(self, legacy: str, registry: str) -> Verdict:
        """Compare two observations as the workers wrote them; the same text matches without being read."""
        return Match() if legacy == registry else self.verdict(json.loads(legacy), json.loads(registry))

    def verdict(self, legacy: Json, registry: Json) -> Verdict:
        """Compare two observations."""
        found = list(self._differences(legacy, registry))
        if not found:
            return Match()
        hiding = self._hiding(found) if self.ignore or self.noise.rules else [None] * len(found)
        counted = tuple(difference for difference, rule in zip(found, hiding, strict=True) if rule is None)
        hidden = tuple(rule[0] for rule in hiding if rule is not None)
        if counted:
            return Mismatch(counted, hidden)
        reasons = {rule[1] for rule in hiding if rule is not None}
        return Ignored("; ".join(sorted(reasons)), tuple(found), hidden)

    def _differences(self, legacy: Json, registry: Json) -> Iterator[Difference]:
        body: list[Difference] = []
        readings = Readings.of(legacy, registry)
        for layer, left, right in layer_pairs(legacy, registry, readings):
            found = [Difference(layer, *each) for each in differences(left, right, reordered=self._reordered(layer))]
            found.sort(key=_follows)
            yield from found
            body += found if layer in _BODY_LAYERS else ()
            if layer == "stream" and readings is not None and not any(each.is_structural for each in body):
                yield from _spelt(readings, [each for each in body if each.path.startswith(_VALUES)])

    def _hiding(self, found: list[Difference]) -> list[tuple[str, str] | None]:
        known: dict[Any, tuple[str, str] | None] = {}
        return [self._hidden_by(difference, known) for difference in found]

    def _hidden_by(self, difference: Difference, known: dict[Any, tuple[str, str] | None]) -> tuple[str, str] | None:
        place = difference.place
        for pattern, reason in self.ignore.items():
            if matches(pattern, place):
                return pattern, reason
        mark = self.noise.mark(place), *map(_hashable, (difference.legacy, difference.registry))
        if mark not in known:
            rule = self.noise.hiding(place, difference.legacy, difference.registry)
            known[mark] = None if rule is None else (str(rule), rule.reason)
        return known[mark]

    def _reordered(self, layer: str) -> Reordered | None:
        if not self.noise.sets:
            return None
        return lambda path, one, other: self.noise.reordered(Difference(layer, path, one, other).place, one, other)


def compare(
    legacy: Json, registry: Json, *, ignore: Mapping[str, str] | None = None, noise: NoiseRules = NO_NOISE
) -> Verdict:
    """Compare two observations once."""
    return Comparer(ignore or {}, noise).verdict(legacy, registry)


def _follows(difference: Difference) -> bool:
    """Whether a difference only follows from others of its layer: a body's length, when the body differs."""
    return difference.path.endswith("headers.content-length")


def _hashable(value: Any) -> Any:
    return value if type(value) is str else (type(value), repr(value))


def _spelt(readings: Readings, values: list[Difference]) -> Iterator[Difference]:
    """Find two ways of writing the same data: other spaces, other escapes."""
    left, right = readings.legacy, readings.registry
    if left.form != right.form or left.form == "text" or left.body == right.body:
        return
    one, other = left.spelling(), right.spelling()
    if any(isinstance(value.legacy, list) for value in values):
        one, other = bytes(sorted(one)), bytes(sorted(other))
    if not values or one != other:
        yield Difference("answer", "spelling", left.as_text, right.as_text)
