"""The one source of chance: the same seed throws the same dice, on every machine."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Choices that follow from a seed.

    >>> Dice(1).pick("abc") == Dice(1).pick("abc")
    True
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, share: float) -> bool:
        """Whether something happens that happens in this share of cases."""
        return self.random.random() < share

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.random.random() * len(items))]

    def several(self, items: Sequence[T], least: int, most: int) -> list[T]:
        """Some of the items, each once, in any order."""
        count = min(len(items), self.between(least, most))
        return self.random.sample(list(items), count)

    def between(self, least: int, most: int) -> int:
        """A number, both ends included."""
        return least + int(self.random.random() * (most - least + 1))

    def weighted(self, table: Mapping[T, float]) -> T:
        """One of the keys, by its weight."""
        at = self.random.random() * sum(table.values())
        for item, weight in table.items():
            at -= weight
            if at <= 0:
                return item
        return item
