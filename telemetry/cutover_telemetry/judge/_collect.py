"""Attempts as they were (records, or lines of JSON) brought into cells by arm, provider and minute.

A line is one attempt: ``{"provider", "arm", "started", "ended" or "seconds", "error_type", "cancelled", "first_chunk",
"route", "number"}``. Only provider and started are needed; times are seconds or nanoseconds since the epoch or ISO
8601, `seconds` and `first_chunk` are durations in seconds. `route` and `number` tell which attempts were followed by
another.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutover_telemetry._records import AttemptRecord
from cutover_telemetry.judge._cells import Cell, is_timeout
from cutover_telemetry.judge._distribution import Values
from cutover_telemetry.judge._errors import NotAttempts

_NANOSECONDS = 1e9
_BEYOND_SECONDS = 1e11
_MOST_DECIMALS = 300


@dataclass(frozen=True, slots=True)
class Seen:
    """One attempt, as far as the judge cares; `at` and durations are seconds."""

    provider: str
    arm: str | None
    at: float
    seconds: float | None = None
    first_chunk: float | None = None
    error: str | None = None
    cancelled: bool = False
    route: str | None = None
    number: int | None = None


@dataclass(slots=True)
class _Open:
    attempts: int = 0
    errors: int = 0
    timeouts: int = 0
    extra: int = 0
    told: bool = True
    latency: list[float] = field(default_factory=list)
    first_chunk: list[float] = field(default_factory=list)

    def cell(self) -> Cell:
        extra = self.extra if self.told else None
        return Cell(self.attempts, self.errors, self.timeouts, extra, Values(self.latency), Values(self.first_chunk))


def cells(attempts: Iterable[Seen]) -> dict[tuple[str, int], Cell]:
    """The cells of one arm by provider and minute; the minute is that in which an attempt began."""
    given = list(attempts)
    last = _last_of_routes(given)
    opened: dict[tuple[str, int], _Open] = defaultdict(_Open)
    for seen in given:
        each = opened[seen.provider, int(seen.at // 60)]
        each.attempts += 1
        each.errors += seen.error is not None
        each.timeouts += is_timeout(seen.error)
        if seen.route is None or seen.number is None:
            each.told = False
        else:
            each.extra += seen.number < last[seen.route]
        if seen.error is None and not seen.cancelled:
            if seen.seconds is not None:
                each.latency.append(seen.seconds)
            if seen.first_chunk is not None:
                each.first_chunk.append(seen.first_chunk)
    return {key: each.cell() for key, each in opened.items()}


def of_records(records: Iterable[AttemptRecord], *, route: str | None = None) -> Iterator[Seen]:
    """Records of the attempts of one route, or of no route."""
    for record in records:
        yield Seen(
            record.provider,
            record.arm,
            record.started / _NANOSECONDS,
            record.seconds,
            record.seconds_to_first_chunk,
            record.error_type,
            record.cancelled,
            route,
            record.number,
        )


def read_attempts(path: Path) -> Iterator[Seen]:
    """The attempts of a file with one JSON object a line.

    Raises:
        NotAttempts: A line is something else.
    """
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _seen(line, source=str(path), number=number)


def _seen(line: str, *, source: str, number: int) -> Seen:
    try:
        data = json.loads(line)
        if not isinstance(data, dict):
            raise TypeError(f"a JSON object is wanted, not {type(data).__name__}")
        return _attempt(data)
    except KeyError as error:
        raise NotAttempts(source, line=number, reason=f"an attempt needs {error}") from error
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise NotAttempts(source, line=number, reason=f"not an attempt: {error}") from error


def _attempt(data: Mapping[str, Any]) -> Seen:
    at = moment(data["started"])
    seconds = _duration(data, "seconds")
    if seconds is None and data.get("ended") is not None:
        seconds = moment(data["ended"]) - at
    error = data.get("error_type")
    number = data.get("number")
    return Seen(
        _word(data["provider"], "provider"),
        None if data.get("arm") is None else _word(data["arm"], "arm"),
        at,
        seconds,
        _duration(data, "first_chunk"),
        None if error is None or error == "" else str(error),
        bool(data.get("cancelled", False)),
        None if data.get("route") is None else str(data["route"]),
        None if number is None else int(number),
    )


def moment(given: Any) -> float:
    """Seconds since the epoch from seconds, nanoseconds or ISO 8601 (UTC if no zone is given)."""
    if isinstance(given, str) and not _is_number(given):
        read = datetime.fromisoformat(given)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise TypeError(f"{given!r} is no time")
    number = float(given)
    if not 0 <= number < _BEYOND_SECONDS * _NANOSECONDS:
        raise ValueError(f"{given!r} is no time since the epoch")
    return number / _NANOSECONDS if number > _BEYOND_SECONDS else number


def _is_number(text: str) -> bool:
    return len(text) < _MOST_DECIMALS and text.replace(".", "", 1).isdigit()


def _duration(data: Mapping[str, Any], name: str) -> float | None:
    given = data.get(name)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not given >= 0:
        raise ValueError(f"{name} is {given!r}, and has to be seconds")
    return float(given)


def _word(given: Any, name: str) -> str:
    if not isinstance(given, str) or not given:
        raise TypeError(f"{name} is {given!r}, and has to be a name")
    return given


def _last_of_routes(attempts: Iterable[Seen]) -> dict[str, int]:
    last: dict[str, int] = {}
    for seen in attempts:
        if seen.route is not None and seen.number is not None:
            last[seen.route] = max(seen.number, last.get(seen.route, 0))
    return last
