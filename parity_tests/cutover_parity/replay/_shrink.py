"""Shrinks a case that shows a mismatch to a small one that still shows it, by asking both arms again and again.

A part is left out (a field of the body, an item of a list, a header, a query parameter, a step of the script, the
recorded exchanges) or made plain, and stays so while the signature of the mismatch stays. The number of asks is
bounded, so that what comes out is small, though not always the smallest.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

from cutover_parity._messages import Json, Request
from cutover_parity.arms._arm import Reply
from cutover_parity.cases._cases import Case
from cutover_parity.cases._script import Script, Step
from cutover_parity.compare._compare import Comparer
from cutover_parity.compare._signature import Signature
from cutover_parity.compare._verdicts import Mismatch

Ask: TypeAlias = Callable[[Case], tuple[Reply, Reply]]
MOST_ASKS = 300
_PLAIN_TEXT = "x"


def shrink(
    ask: Ask, case: Case, signature: Signature, *, comparer: Comparer | None = None, asks: int = MOST_ASKS
) -> Case:
    """Give a smaller case with the same signature; `ask` is `Duel.ask`, and is called at most `asks` times."""
    shrinking = _Shrinking(ask, signature, comparer or Comparer(), asks)
    smaller, before = case, None
    while smaller != before and shrinking.left:
        before = smaller
        for reduced in (_exchanges, _scripts, _headers, _queries, _bodies):
            smaller = shrinking.reduce(smaller, reduced)
    return smaller


class _Shrinking:
    def __init__(self, ask: Ask, signature: Signature, comparer: Comparer, asks: int) -> None:
        self.left = asks
        self._ask, self._signature, self._comparer = ask, signature, comparer
        self._refused: set[Case] = set()

    def reduce(self, case: Case, reductions: Callable[[Case], Iterator[Case]]) -> Case:
        """Take the first reduction that shows the same, and go on from there, until there is none."""
        found: Case | None = case
        while found is not None:
            case = found
            found = next((smaller for smaller in reductions(case) if self._shows(smaller)), None)
        return case

    def _shows(self, case: Case) -> bool:
        if self.left <= 0 or case in self._refused:
            return False
        self.left -= 1
        legacy, registry = self._ask(case)
        verdict = self._comparer.verdict_of(legacy.observation, registry.observation)
        if isinstance(verdict, Mismatch) and Signature.of(verdict) == self._signature:
            return True
        self._refused.add(case)
        return False


def _exchanges(case: Case) -> Iterator[Case]:
    if case.exchanges is not None:
        yield replace(case, exchanges=None)
        for index in range(len(case.exchanges)):
            yield replace(case, exchanges=(*case.exchanges[:index], *case.exchanges[index + 1 :]))


def _scripts(case: Case) -> Iterator[Case]:
    script, answer = case.script, Step()
    if case.leaves is not None:
        yield replace(case, leaves=None)
    if script == Script():
        return
    yield replace(case, script=Script())
    for index in range(len(script.steps)):
        yield replace(case, script=replace(script, steps=(*script.steps[:index], *script.steps[index + 1 :])))
    if script.rest != answer:
        yield replace(case, script=replace(script, rest=answer))


def _headers(case: Case) -> Iterator[Case]:
    for kept in _parts(list(case.request.headers)):
        yield _asking(case, replace(case.request, headers=tuple(kept)))


def _queries(case: Case) -> Iterator[Case]:
    path, _, query = case.request.url.partition("?")
    for kept in _parts(parse_qsl(query, keep_blank_values=True)):
        yield _asking(case, replace(case.request, url=path + (f"?{urlencode(kept)}" if kept else "")))


def _bodies(case: Case) -> Iterator[Case]:
    body = case.request.body
    try:
        data = json.loads(body)
    except ValueError:
        for smaller in (b"", body[: len(body) // 2]) if body else ():
            yield _asking(case, case.request.with_body(smaller))
        return
    for reduced in _values(data):
        text = json.dumps(reduced, ensure_ascii=False, separators=(",", ":"))
        yield _asking(case, case.request.with_body(text.encode(errors="surrogatepass")))


def _asking(case: Case, request: Request) -> Case:
    return replace(case, request=request)


def _values(value: Json) -> Iterator[Json]:
    """Give smaller values: large parts left out first, then single ones, then each made smaller inside."""
    if isinstance(value, dict):
        for kept in _parts(list(value.items())):
            yield dict(kept)
        for name, item in value.items():
            yield from ({**value, name: smaller} for smaller in _values(item))
    elif isinstance(value, list):
        yield from _parts(value)
        for index, item in enumerate(value):
            yield from ([*value[:index], smaller, *value[index + 1 :]] for smaller in _values(item))
    elif isinstance(value, str) and len(value) > 1:
        yield from ("", _PLAIN_TEXT) if len(value) < 20 else ("", _PLAIN_TEXT, value[: len(value) // 2])
    elif isinstance(value, int | float) and not isinstance(value, bool) and value not in (0, 1):
        yield from (0, 1)


def _parts(items: list[Any]) -> Iterator[list[Any]]:
    """Leave out halves, then quarters, then single items."""
    size = len(items) // 2 if len(items) > 2 else len(items)
    while size >= 1:
        for start in range(0, len(items), size):
            yield [*items[:start], *items[start + size :]]
        size //= 2
