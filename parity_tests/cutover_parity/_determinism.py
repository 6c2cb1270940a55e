"""The same time and the same random numbers in both arms, within a route.

Each case has its own hour: the clocks stand still inside a route, and breakers or caches that were opened by an
earlier case have cooled down by the next. A route that polls a clock more than a thousand times sees it move on,
so that no waiting loop hangs, and a sleep moves the clock by what was asked for (see `_sleeps`). Outside routes, and
for event loops themselves, everything is real.
"""

import asyncio
import contextlib
import datetime
import os
import random
import sys
import time
import types
import uuid
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from cutover_parity._route_log import LOG, RouteLog

FIRST_HOUR = 1_700_000_000.0
_PATIENCE = 1000
_REAL_MONOTONIC = time.monotonic


def freeze_process() -> None:
    """Replace clocks and sources of randomness, before the application is imported."""
    asyncio.BaseEventLoop.time = _real_time  # type: ignore[method-assign]
    for name in ("time", "monotonic", "perf_counter"):
        setattr(time, name, _clock(getattr(time, name)))
    for name in ("time_ns", "monotonic_ns", "perf_counter_ns"):
        setattr(time, name, _clock(getattr(time, name), 1_000_000_000))
    real_urandom, real_uuid1 = os.urandom, uuid.uuid1
    os.urandom = _drawing(real_urandom)
    random._urandom = os.urandom  # type: ignore[attr-defined]

    def uuid1(*args: Any, **kwargs: Any) -> uuid.UUID:
        return uuid.UUID(bytes=os.urandom(16), version=1) if LOG.get() else real_uuid1(*args, **kwargs)

    uuid.uuid1 = uuid1


def seed_route(case_id: str) -> None:
    """Start the shared random generators anew for one case."""
    random.seed(case_id)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        with contextlib.suppress(AttributeError):
            numpy.random.seed(int(sha256(case_id.encode()).hexdigest()[:8], 16))


def freeze_dates(root: Path) -> None:
    """Freeze `datetime.now` and its kin in the application's own modules; libraries keep the real classes."""
    for module in list(sys.modules.values()):
        if _stands_under(root, getattr(module, "__file__", None)):
            for name, value in list(vars(module).items()):
                if value in _FROZEN_NAMES:
                    setattr(module, name, _FROZEN_NAMES[value])


def _real_time(self: asyncio.BaseEventLoop) -> float:  # noqa: ARG001 - stands in for a method
    return _REAL_MONOTONIC()


def _stands_under(root: Path, file: object) -> bool:
    return isinstance(file, str) and "site-packages" not in file and Path(file).is_relative_to(root)


def _now(log: RouteLog) -> float:
    log.clock_reads += 1
    return log.started + log.slept + max(0, log.clock_reads - _PATIENCE) / 1000


def _clock(real: Callable[[], Any], unit: int = 0) -> Callable[[], Any]:
    def clock() -> Any:
        log = LOG.get()
        if log is None:
            return real()
        return int(_now(log) * unit) if unit else _now(log)

    return clock


def _drawing(real: Callable[[int], bytes]) -> Callable[[int], bytes]:
    def urandom(size: int, /) -> bytes:
        log = LOG.get()
        if log is None:
            return real(size)
        log.random_draws += 1
        drawn = b""
        while len(drawn) < size:
            drawn += sha256(f"{log.case_id}/{log.random_draws}/{len(drawn)}".encode()).digest()
        return drawn[:size]

    return urandom


class _Kind(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.__mro__[1])


class _FrozenDatetime(datetime.datetime, metaclass=_Kind):
    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return datetime.datetime(*args, **kwargs)

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return datetime.datetime.fromtimestamp(time.time(), tz)

    @classmethod
    def today(cls) -> Any:
        return datetime.datetime.fromtimestamp(time.time())

    @classmethod
    def utcnow(cls) -> Any:
        return datetime.datetime.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)


class _FrozenDate(datetime.date, metaclass=_Kind):
    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return datetime.date(*args, **kwargs)

    @classmethod
    def today(cls) -> Any:
        return datetime.date.fromtimestamp(time.time())


def _frozen_module() -> types.ModuleType:
    module = types.ModuleType("datetime")
    module.__dict__.update(vars(datetime))
    module.datetime, module.date = _FrozenDatetime, _FrozenDate  # type: ignore[attr-defined]
    return module


class _Frozen(dict[Any, Any]):
    def __contains__(self, value: object) -> bool:
        return any(value is known for known in self)


_FROZEN_NAMES = _Frozen({datetime.datetime: _FrozenDatetime, datetime.date: _FrozenDate, datetime: _frozen_module()})
