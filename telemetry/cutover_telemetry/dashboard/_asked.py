"""What a request asks for: its query string, read strictly."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from cutover_telemetry._errors import TelemetryError
from cutover_telemetry.dashboard._page import DEFAULT_LAST, Address
from cutover_telemetry.overview import View
from cutover_telemetry.store import Window

NANOSECONDS = 1_000_000_000
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LAST = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
LONGEST_NAME = 500
FILTERS = ("last", "begin", "end", "provider", "site")
EVERYTHING = tuple(each.name for each in fields(Address))


class BadQuestion(TelemetryError):
    """The query string cannot be answered."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: the address that it came by, and the length or ends of its window in seconds."""

    address: Address
    length: float | None
    begin: float = 0.0
    end: float = 0.0

    def view(self) -> View:
        """What to show."""
        if self.length is not None:
            window = Window.last(self.length)
        else:
            window = Window(int(self.begin * NANOSECONDS), int(self.end * NANOSECONDS))
        return View(window, provider=self.address.provider, site=self.address.site)


def read(given: Iterable[tuple[str, str]], *, known: tuple[str, ...] = EVERYTHING) -> Asked:
    """Read the parameters of a query; raises BadQuestion for what is unknown, doubled or senseless."""
    found: dict[str, str] = {}
    for name, value in given:
        if name not in known:
            raise BadQuestion(f"there is no parameter {name[:50]!r}; known are {', '.join(known)}")
        if name in found:
            raise BadQuestion(f"{name} was given twice; give it once")
        if len(value) > LONGEST_NAME:
            raise BadQuestion(f"{name} has {len(value)} characters; at most {LONGEST_NAME} are read")
        if value:
            found[name] = value
    return _asked(Address(**found))


def _asked(address: Address) -> Asked:
    if address.begin is None and address.end is None:
        return Asked(address, _length(address.last or DEFAULT_LAST))
    if address.last is not None:
        raise BadQuestion("last and begin or end were given; give last alone, or begin and end")
    if address.begin is None:
        raise BadQuestion("end was given without begin; give both, or last")
    begin = _point(address.begin, "begin")
    end = time.time() if address.end is None else _point(address.end, "end")
    if begin >= end:
        raise BadQuestion(f"begin {address.begin} is not before end {address.end or 'now'}; exchange them")
    return Asked(address, None, begin, end)


def _length(last: str) -> float:
    found = LAST.fullmatch(last)
    if found is None or int(found[1]) == 0:
        raise BadQuestion(f"last={last[:50]} is no length of time; write one such as 15m, 1h or 7d")
    return int(found[1]) * UNITS[found[2]]


def _point(text: str, name: str) -> float:
    try:
        at = float(text)
    except ValueError:
        at = _date(text, name)
    if not 0 <= at < 1e10:
        raise BadQuestion(f"{name}={text[:50]} is not between 1970 and 2286; write seconds since 1970, or a date")
    return at


def _date(text: str, name: str) -> float:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{name}={text[:50]} is no point in time; write seconds since 1970, or 2026-01-31T14:05"
        raise BadQuestion(message) from error
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
