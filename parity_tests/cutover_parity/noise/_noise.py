"""Noise: what differs between two runs of the very same code, and so says nothing about the arms.

A rule names a kind of place and a test that both values must pass: a rule never hides a value that fails its test.
Every rule has a reason and a day on which it expires, and a report counts what each one hid.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from cutover_parity._messages import Json
from cutover_parity.compare._patterns import matches, without_indexes
from cutover_parity.errors import ExpiredNoise, NotNoiseRules
from cutover_parity.noise._noise_tests import MASKS, TESTS, kinds_of, masked_item, passes

FORMAT = "cutover-noise"
VERSION = 1
_FIELDS = {"place", "test", "reason", "expires", "low", "high", "seen"}


@dataclass(frozen=True, slots=True)
class NoiseRule:
    """One rule: at this kind of place, values that pass this test say nothing.

    `expires` is the last day on which it holds. `low` and `high` bound numbers. `seen` is how many pairs showed it
    when it was learnt.
    """

    place: str
    test: str
    reason: str
    expires: date
    low: float | None = None
    high: float | None = None
    seen: int = 0

    def __str__(self) -> str:
        return f"{self.place} ({self.test})"

    def hides(self, place: str, one: Any, other: Any) -> bool:
        """Whether this rule hides a difference."""
        return matches(self.place, place) and self.passes(one, other)

    def passes(self, one: Any, other: Any) -> bool:
        """Whether two values pass this rule's test."""
        return passes(self.test, one, other, low=self.low, high=self.high)

    def to_json(self) -> Json:
        """Give the JSON form."""
        bounds = {name: value for name, value in (("low", self.low), ("high", self.high)) if value is not None}
        return {
            "place": self.place,
            "test": self.test,
            "reason": self.reason,
            "expires": self.expires.isoformat(),
            **bounds,
            "seen": self.seen,
        }


@dataclass(frozen=True)
class NoiseRules:
    """The rules of one file, or of one learning; `unexplained` are places that differed and passed no test."""

    rules: tuple[NoiseRule, ...] = ()
    unexplained: tuple[str, ...] = ()

    def hiding(self, place: str, one: Any, other: Any) -> NoiseRule | None:
        """Give the rule that hides a difference, if there is one."""
        for rule in self._by_place.get(without_indexes(place), ()):
            if rule.passes(one, other) and (not self._told_apart or matches(rule.place, place)):
                return rule
        return next((rule for rule in self._patterns if rule.hides(place, one, other)), None)

    def mark(self, place: str) -> str:
        """Give a place as far as these rules tell places apart."""
        return place if self._told_apart else without_indexes(place)

    def reordered(self, place: str, one: list[Any], other: list[Any]) -> tuple[list[Any], list[Any]] | None:
        """Where order says nothing, give both lists in an order in which they can be compared item by item."""
        if any(rule.hides(place, one, other) for rule in self.sets if matches(rule.place, place)):
            return sorted(one, key=masked_item), sorted(other, key=masked_item)
        return None

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {"format": FORMAT, "version": VERSION, "rules": [rule.to_json() for rule in self.rules]}

    @cached_property
    def _by_place(self) -> Mapping[str, tuple[NoiseRule, ...]]:
        found: dict[str, tuple[NoiseRule, ...]] = {}
        for rule in self.rules:
            if not _is_pattern(rule.place):
                place = without_indexes(rule.place)
                found[place] = (*found.get(place, ()), rule)
        return found

    @cached_property
    def sets(self) -> tuple[NoiseRule, ...]:
        """The rules for lists whose order says nothing."""
        return tuple(rule for rule in self.rules if rule.test == "set")

    @cached_property
    def _told_apart(self) -> bool:
        return any("[" in rule.place.replace("[*]", "") for rule in self.rules)

    @cached_property
    def _patterns(self) -> tuple[NoiseRule, ...]:
        return tuple(rule for rule in self.rules if _is_pattern(rule.place))


NO_NOISE = NoiseRules()


def write_noise(path: Path, noise: NoiseRules) -> None:
    """Write a rules file."""
    path.write_text(json.dumps(noise.to_json(), indent=2, ensure_ascii=False) + "\n")


def read_noise(path: Path, *, today: date) -> NoiseRules:
    """Read a rules file; raise NotNoiseRules for what cannot be read, ExpiredNoise if a rule's time is over."""
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise NotNoiseRules(path, f"it cannot be read as JSON ({error})") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
        raise NotNoiseRules(path, f'it should have "format": "{FORMAT}" and "version": {VERSION}')
    entries = data.get("rules")
    if not isinstance(entries, list):
        raise NotNoiseRules(path, '"rules" should be a list')
    rules = tuple(_rule(path, number, entry) for number, entry in enumerate(entries, start=1))
    expired = tuple(f"{rule} on {rule.expires.isoformat()}" for rule in rules if rule.expires < today)
    if expired:
        raise ExpiredNoise(path, expired)
    return NoiseRules(rules)


def _rule(path: Path, number: int, entry: Json) -> NoiseRule:
    if not isinstance(entry, dict) or not entry.keys() <= _FIELDS:
        raise NotNoiseRules(path, f"rule {number} should be an object with only {', '.join(sorted(_FIELDS))}")
    try:
        rule = NoiseRule(**{**entry, "expires": date.fromisoformat(entry["expires"])})
    except (KeyError, TypeError, ValueError) as error:
        raise NotNoiseRules(path, f"rule {number}: a field is missing or of the wrong kind ({error})") from error
    return _checked(path, number, rule)


def _checked(path: Path, number: int, rule: NoiseRule) -> NoiseRule:
    texts = (rule.place, rule.test, rule.reason)
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise NotNoiseRules(path, f"rule {number}: place, test and reason should be texts that say something")
    if not all(bound is None or isinstance(bound, int | float) for bound in (rule.low, rule.high, rule.seen)):
        raise NotNoiseRules(path, f"rule {number}: low, high and seen should be numbers")
    kinds = kinds_of(rule.test)
    if rule.test not in TESTS and not all(kind in MASKS for kind in kinds):
        raise NotNoiseRules(path, f"rule {number}: unknown test {rule.test!r}; there are {', '.join(TESTS)}")
    return rule


def _is_pattern(place: str) -> bool:
    return "*" in place.replace("[*]", "") or "?" in place


@dataclass(slots=True)
class HiddenCounts:
    """How often each rule hid something, by the rule as text."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, hidden: Iterable[str]) -> None:
        """Count what one verdict hid."""
        for rule in hidden:
            self.counts[rule] = self.counts.get(rule, 0) + 1

    def merge(self, other: "HiddenCounts") -> None:
        """Add another's counts."""
        for rule, count in other.counts.items():
            self.counts[rule] = self.counts.get(rule, 0) + count
