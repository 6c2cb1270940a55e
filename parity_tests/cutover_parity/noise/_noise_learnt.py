"""Learns noise from pairs of observations of the same arm: what differs between them cannot tell the arms apart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cutover_parity._messages import Json
from cutover_parity.compare._differences import differences
from cutover_parity.compare._layers import Readings, layer_pairs
from cutover_parity.compare._patterns import common_form
from cutover_parity.compare._verdicts import Difference
from cutover_parity.noise._noise import NoiseRule, NoiseRules
from cutover_parity.noise._noise_tests import kinds_of, masked_item, masked_multiset, numbers_in, passes, passing_tests

_MARGIN = 1.0


@dataclass(slots=True)
class _Place:
    tests: list[str]
    seen: int = 0
    numbers: list[float] = field(default_factory=list)

    def add(self, one: Any, other: Any) -> None:
        self.seen += 1
        self.tests = [test for test in self.tests if passes(test, one, other)]
        numbers = [*self.numbers, *numbers_in(one), *numbers_in(other)]
        self.numbers = [min(numbers), max(numbers)] if numbers else []


def learn_noise(pairs: Iterable[tuple[Json, Json]], *, expires: date) -> NoiseRules:
    """Learn rules from pairs of observations of the same code.

    Each place that differed gets the strictest test that every pair passed, and for numbers the range that was seen,
    widened by its own width. Places that pass no test become no rule: they are given as `unexplained`.
    """
    places: dict[str, _Place] = {}
    count = 0
    for one, other in pairs:
        count += 1
        for difference in observed_differences(one, other):
            place = common_form(difference.place)
            found = places.get(place)
            if found is None:
                found = places[place] = _Place(_tests(difference))
            found.add(difference.legacy, difference.registry)
    rules = tuple(_rule(place, found, count, expires) for place, found in sorted(places.items()) if found.tests)
    return NoiseRules(rules, tuple(place for place, found in sorted(places.items()) if not found.tests))


def observed_differences(one: Json, other: Json) -> Iterator[Difference]:
    """Give every difference of two observations; of lists in another order only that, and what differs inside."""
    for layer, left, right in layer_pairs(one, other, Readings.of(one, other)):
        for path, first, second in differences(left, right, reordered=_reordered):
            yield Difference(layer, path, first, second)


def _reordered(_: str, one: list[Any], other: list[Any]) -> tuple[list[Any], list[Any]] | None:
    order, other_order = list(map(masked_item, one)), list(map(masked_item, other))
    if order == other_order or masked_multiset(one) != masked_multiset(other):
        return None
    return sorted(one, key=masked_item), sorted(other, key=masked_item)


def _tests(difference: Difference) -> list[str]:
    if difference.layer == "edges":
        return ["edges"]
    return list(passing_tests(difference.legacy, difference.registry))


def _rule(place: str, found: _Place, pairs: int, expires: date) -> NoiseRule:
    test = found.tests[0]
    low, high = _range(found.numbers) if "number" in kinds_of(test) and found.numbers else (None, None)
    reason = f"differed in {found.seen} places of {pairs} pairs of the same arm"
    return NoiseRule(place, test, reason, expires, low, high, found.seen)


def _range(numbers: list[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    width = (high - low) * _MARGIN
    return low - width, high + width
