"""The tests that a pair of differing values must pass before noise may hide them.

A test is one kind, or several for one text ("uuid+date"). Texts pass when they are the same once every part of these
kinds is masked; numbers pass within the range that was learnt; lists and words pass as the same multiset.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

_UUID = re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b")
_DATE = re.compile(
    r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?Z|[+-]\d\d:?\d\d)?)?"
    r"|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}"
    r" \d\d:\d\d:\d\d(?: GMT| [+-]\d{4})?"
)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?=[a-fA-F]*\d)[0-9a-fA-F]{8,}(?![0-9A-Za-z])")
_WORD_ID = re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*\d|[a-z]+[A-Z]|[A-Z]{2,}[a-z])[0-9A-Za-z]{8,}(?![0-9A-Za-z])")
_TOKEN = re.compile(r"(?<![\w-])(?=[A-Za-z_-]*\d|[a-z]+[A-Z]|[A-Z]{2,}[a-z])[\w-]{12,}(?![\w-])", re.ASCII)
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.])")
_SEPARATORS = re.compile(r"[\s,;{}()\[\]'\"]+")
_MARK = "\x00"
_FIRST_SECOND, _LAST_SECOND = 978_307_200, 4_133_980_800
_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)


def _same_length(found: re.Match[str]) -> str:
    return f"{_MARK}{len(found[0])}{_MARK}"


MASKS: Mapping[str, tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = {
    "uuid": (_UUID, lambda _: f"{_MARK}uuid{_MARK}"),
    "date": (_DATE, lambda _: f"{_MARK}date{_MARK}"),
    "hex": (_HEX, _same_length),
    "id": (_WORD_ID, _same_length),
    "token": (_TOKEN, _same_length),
    "number": (_NUMBER, lambda _: f"{_MARK}number{_MARK}"),
}
_WHOLE = {"uuid", "hex", "id", "token"}
TESTS = (*MASKS, "epoch", "words", "set", "edges")


@lru_cache
def kinds_of(test: str) -> tuple[str, ...]:
    """Give the kinds of a test."""
    return tuple(test.split("+"))


def passes(test: str, one: Any, other: Any, *, low: float | None = None, high: float | None = None) -> bool:
    """Whether both values pass the test; `low` and `high` bound every number."""
    if test == "edges":
        return True
    if test in _WHOLE and type(one) is str and type(other) is str and len(one) == len(other):
        pattern = MASKS[test][0]
        if pattern.fullmatch(one) and pattern.fullmatch(other):
            return True
    if isinstance(one, str) and isinstance(other, str):
        return _texts_pass(test, one, other, low, high)
    if test == "set":
        return isinstance(one, list) and isinstance(other, list) and masked_multiset(one) == masked_multiset(other)
    if test == "epoch":
        return _is_epoch(one) and _is_epoch(other)
    return test == "number" and _within(one, low, high) and _within(other, low, high)


def masked(text: str, kinds: Sequence[str]) -> str:
    """Give the text with every part of these kinds masked."""
    for kind in kinds:
        pattern, mark = MASKS[kind]
        text = pattern.sub(mark, text)
    return text


def masked_item(value: Any) -> str:
    """Give a value as text in which ids, dates and numbers are masked, so that it is found again in another list."""
    return masked(repr(value), tuple(MASKS))


def masked_multiset(items: list[Any]) -> Counter[str]:
    """Give the items of a list, masked and counted."""
    return Counter(map(masked_item, items))


def passing_tests(one: Any, other: Any) -> Iterator[str]:
    """Give the tests that a pair of values passes, the strictest first; numbers pass without a range yet."""
    if isinstance(one, str) and isinstance(other, str):
        for size in (1, 2, 3):
            yield from ("+".join(kinds) for kinds in combinations(MASKS, size) if passes("+".join(kinds), one, other))
        if passes("words", one, other):
            yield "words"
    else:
        yield from (test for test in ("epoch", "number", "set") if passes(test, one, other))


def numbers_in(value: Any) -> list[float]:
    """Give the numbers that a number's range has to hold."""
    if isinstance(value, str):
        return [float(found) for found in _NUMBER.findall(value)]
    return [float(value)] if _is_number(value) else []


def _texts_pass(test: str, one: str, other: str, low: float | None, high: float | None) -> bool:
    if test == "words":
        return Counter(_SEPARATORS.split(one)) == Counter(_SEPARATORS.split(other))
    kinds = kinds_of(test)
    if any(kind not in MASKS for kind in kinds):
        return False
    plain = tuple(kind for kind in kinds if kind != "number")
    left, right = masked(one, plain), masked(other, plain)
    if "number" in kinds:
        in_range = all(_within(number, low, high) for number in (*numbers_in(left), *numbers_in(right)))
        return in_range and masked(left, ("number",)) == masked(right, ("number",))
    return left == right


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _within(value: Any, low: float | None, high: float | None) -> bool:
    return _is_number(value) and (low is None or value >= low) and (high is None or value <= high)


def _is_epoch(value: Any) -> bool:
    return _is_number(value) and any(_FIRST_SECOND * unit <= value < _LAST_SECOND * unit for unit in _UNITS)
