"""Copies of counts are deep where they can change, and the same where they cannot."""

from collections import deque
from dataclasses import dataclass, field
from random import Random

from cutover_rollout.controller._copied import copied
from cutover_telemetry.judge import Judge
from cutover_telemetry.judge.simulate import Traffic


@dataclass(frozen=True)
class Fixed:
    number: int


@dataclass(slots=True)
class Loose:
    fixed: Fixed
    numbers: list[float] = field(default_factory=list)
    recent: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=3))


def test_a_copy_is_equal_and_goes_its_own_way():
    judge = Judge()
    first, second = Traffic(600).minutes(2, dice=Random(1))
    judge.add(first)
    other = copied(judge)
    assert other == judge
    other.add(second)
    assert other != judge
    judge.add(second)
    assert other == judge


def test_lists_deques_and_records_in_containers_are_made_anew():
    one = {"a": [Loose(Fixed(1), [1.0], deque([(1, 2)], 3))]}
    two = copied(one)
    two["a"][0].numbers.append(2.0)
    two["a"][0].recent.append((3, 4))
    assert one == {"a": [Loose(Fixed(1), [1.0], deque([(1, 2)], 3))]}
    assert two["a"][0].recent.maxlen == 3


def test_what_is_in_a_tuple_is_made_anew_where_it_can_change():
    one = (Loose(Fixed(1), [1.0]),)
    copied(one)[0].numbers.append(2.0)
    assert one == (Loose(Fixed(1), [1.0]),)


def test_frozen_records_and_plain_values_are_kept():
    fixed = Fixed(1)
    assert copied(fixed) is fixed
    assert copied((fixed, "a")) == (fixed, "a")
    assert copied([]) == []
