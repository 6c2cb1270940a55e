"""The same time and the same random numbers in both arms.

Each case has its own hour, unless it says how long after the one before it comes: breakers or caches that were opened
by an earlier case have cooled down by the next. Within a route time moves as `_virtual_clock` says. The clocks of the
whole process are replaced, its start included; random numbers are fixed within routes. The salt of an arm enters the
time of day, random numbers and ids, so that two arms of one tree that differ in nothing else show what is noise.
"""

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

from cutover_parity.arms._route_log import LOG
from cutover_parity.clock._virtual_clock import CLOCK, SECOND

FIRST_HOUR = 1_700_000_000.0
HOUR = 3600.0
_DAYS = 30 * 24 * 3600 * SECOND
_MONOTONIC = ("monotonic", "perf_counter", "process_time", "thread_time")
_BROKEN_DOWN = ("gmtime", "localtime")
_frozen_roots: list[Path] = []


def replace_clocks() -> None:
    """Replace the clocks of the time module."""
    for name in _MONOTONIC:
        setattr(time, name, _seconds(CLOCK.monotonic, name))
        setattr(time, f"{name}_ns", _named(CLOCK.monotonic, f"{name}_ns"))
    time.time, time.time_ns = _seconds(CLOCK.wall, "time"), _named(CLOCK.wall, "time_ns")
    for name in _BROKEN_DOWN:
        setattr(time, name, _at_clock(getattr(time, name)))
    strftime, ctime, asctime = time.strftime, time.ctime, time.asctime
    time.strftime = lambda format, t=None, /: strftime(format, t or time.localtime())  # noqa: A006
    time.ctime = lambda seconds=None, /: ctime(time.time() if seconds is None else seconds)
    time.asctime = lambda t=None, /: asctime(t or time.localtime())


def replace_randomness(salt: str = "") -> None:
    """Replace the sources of randomness."""
    real_urandom, real_uuid1 = os.urandom, uuid.uuid1
    os.urandom = _drawing(real_urandom, salt)
    random._urandom = os.urandom  # type: ignore[attr-defined]

    def uuid1(*args: Any, **kwargs: Any) -> uuid.UUID:
        return uuid.UUID(bytes=os.urandom(16), version=1) if LOG.get() else real_uuid1(*args, **kwargs)

    uuid.uuid1 = uuid1


def seed_route(case_id: str, salt: str = "") -> None:
    """Start the shared random generators anew for one case."""
    random.seed(case_id + salt)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        with contextlib.suppress(AttributeError):
            numpy.random.seed(int(sha256((case_id + salt).encode()).hexdigest()[:8], 16))


def shift_of(salt: str) -> int:
    """Give the nanoseconds by which a salt moves the time of day; none at all without a salt."""
    return int(sha256(salt.encode()).hexdigest()[:16], 16) % _DAYS if salt else 0


def freeze_dates(root: Path) -> None:
    """Freeze `datetime.now` and its kin in the application's own modules; libraries keep the real classes.

    A module that the application imports later is frozen by its loader (`freeze_later_module`).
    """
    _frozen_roots.append(root)
    for module in list(sys.modules.values()):
        if _stands_under(root, getattr(module, "__file__", None)):
            _freeze(module)


def freeze_later_module(module: types.ModuleType) -> None:
    """Freeze the dates of a module that was imported after the application had been loaded."""
    if _frozen_roots:
        _freeze(module)


def _freeze(module: types.ModuleType) -> None:
    for name, value in list(vars(module).items()):
        if value in _FROZEN_NAMES:
            setattr(module, name, _FROZEN_NAMES[value])


def _stands_under(root: Path, file: object) -> bool:
    return isinstance(file, str) and "site-packages" not in file and Path(file).is_relative_to(root)


def _seconds(read: Callable[[], int], name: str) -> Callable[[], float]:
    return _named(lambda: read() / SECOND, name)


def _named(read: Callable[[], Any], name: str) -> Callable[[], Any]:
    def clock() -> Any:
        return read()

    clock.__name__ = clock.__qualname__ = name
    return clock


def _at_clock(real: Callable[..., Any]) -> Callable[..., Any]:
    def clock(seconds: float | None = None, /) -> Any:
        return real(time.time() if seconds is None else seconds)

    return clock


def _drawing(real: Callable[[int], bytes], salt: str) -> Callable[[int], bytes]:
    def urandom(size: int, /) -> bytes:
        log = LOG.get()
        if log is None:
            return real(size)
        log.random_draws += 1
        drawn = b""
        while len(drawn) < size:
            drawn += sha256(f"{salt}{log.case_id}/{log.random_draws}/{len(drawn)}".encode()).digest()
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
