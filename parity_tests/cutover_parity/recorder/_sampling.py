"""Which routes are kept when not all of them are: a quota for each kind of route, and a share of the rest.

A route's kind is the providers that it tried, in order, with how each attempt ended, and how the route itself ended.
The first routes of each kind in each hour are always kept, so that a rare provider, a failover and an error are not
lost among a million routes that went well.
"""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

from cutover_parity._messages import Answer, Exchange, Failure, Json, Request, Route

QUOTA = 20
_MOST_KINDS = 4096
_HOUR = 3600
_CHANCE = random.SystemRandom()
_QUOTED = re.compile(r'"([^"\\]{1,100})"')
_CHANGING = re.compile(r"(?=[^/]*\d)[^/]{12,}|\d+")


@dataclass(frozen=True, slots=True)
class Sampling:
    """`quota` routes of each kind are kept each hour, and of the others the share `rate` (0 to 1).

    `keys` are known providers, to be looked for in requests; without them a provider is an upstream host and path.
    """

    rate: float = 1.0
    quota: int = QUOTA
    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"a sampling rate is a share from 0 to 1, not {self.rate}")
        if self.quota < 0:
            raise ValueError(f"a quota is a number of routes, not {self.quota}")

    @classmethod
    def asked(cls, rate: float | None, quota: int | None, keys: tuple[str, ...] = ()) -> "Sampling":
        """Read options: a quota alone keeps nothing beyond it, a rate alone keeps the usual quota."""
        return cls((1.0 if quota is None else 0.0) if rate is None else rate, QUOTA if quota is None else quota, keys)

    def to_json(self) -> Json:
        """Give the JSON form."""
        return [self.rate, self.quota, list(self.keys)]

    @classmethod
    def from_json(cls, data: Json) -> "Sampling":
        """Read the JSON form."""
        rate, quota, keys = data
        return cls(rate, quota, tuple(keys))


class Sampler:
    """Decides route by route; holds one count for each kind that it met in this hour."""

    def __init__(
        self,
        sampling: Sampling,
        *,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = _CHANCE.random,
    ) -> None:
        self._sampling, self._clock, self._chance = sampling, clock, chance
        self._keys = frozenset(sampling.keys)
        self._hour, self._met = -1, dict[str, int]()

    def keeps(self, route: Route) -> bool:
        """Whether this route is kept."""
        return self._sampling.rate >= 1 or self._within_quota(route) or self._chance() < self._sampling.rate

    def _within_quota(self, route: Route) -> bool:
        hour = int(self._clock() // _HOUR)
        if hour != self._hour:
            self._hour, self._met = hour, {}
        kind = kind_of(route, self._keys)
        if kind not in self._met and len(self._met) >= _MOST_KINDS:
            kind = "any other"
        met = self._met[kind] = self._met.get(kind, 0) + 1
        return met <= self._sampling.quota


def kind_of(route: Route, keys: frozenset[str] = frozenset()) -> str:
    """Name the kind of a route: its providers and attempts, its endpoint, how it ended."""
    named = sorted(_named(route.request, keys)) if keys else []
    attempts = [
        f"{_provider(exchange, keys)} {_ended(exchange.answer, exchange.error)}" for exchange in route.exchanges
    ]
    endpoint = _endpoint(route.request.url)
    end = _ended(route.answer, route.error)
    return " | ".join([f"{route.request.method} {endpoint} {end}", *named, *(name for name, _ in groupby(attempts))])


def _named(request: Request, keys: frozenset[str]) -> set[str]:
    """The known keys in a request: a header's value, a segment or parameter of the URL, a text of the body."""
    values = [value for _, value in request.headers] + _QUOTED.findall(request.body.decode(errors="replace"))
    values += re.split(r"[/?&=]", request.url)
    return {front for value in values for front in (value, re.split("[/:]", value, maxsplit=1)[0]) if front in keys}


def _provider(exchange: Exchange, keys: frozenset[str]) -> str:
    host = urlsplit(exchange.request.url).netloc
    words = re.split(r"[^\w-]+", f"{host} {exchange.request.url}") if keys else ()
    known = next((word for word in words if word in keys), None)
    return known or host + _endpoint(exchange.request.url)


def _endpoint(url: str) -> str:
    """The path, with what looks like a number or an id left out."""
    return "/".join("*" if _CHANGING.fullmatch(segment) else segment for segment in urlsplit(url).path.split("/"))


def _ended(answer: Answer | None, error: Failure | None) -> str:
    if answer is None:
        return error.type if error else "nothing"
    failure = error or answer.cut
    return "cancelled" if answer.cancelled else f"{answer.status} {failure.type}" if failure else str(answer.status)
