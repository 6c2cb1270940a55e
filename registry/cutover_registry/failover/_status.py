"""What an error says of itself: its HTTP status, and when to come back.

Read off the error's shape, so that any client library's errors are understood and none is imported: an attribute
`status_code` or `status`, the same of its `response`, or a time-out or connection error of the standard library in its
chain of causes (client libraries raise their own kind `from` it).
"""

import re
from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

TIMED_OUT = 504
UNREACHABLE = 503
UNKNOWN = 502
_LONGEST_CHAIN = 16
_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")


def status_of(error: BaseException) -> int:
    """Give the HTTP status that an error stands for: 504 for a time-out, 503 for no connection, 502 for the rest.

    >>> class Refused(Exception):
    ...     status_code = 403
    >>> status_of(Refused()), status_of(TimeoutError()), status_of(ConnectionRefusedError()), status_of(KeyError())
    (403, 504, 503, 502)
    """
    for each in _causes(error):
        for holder in (each, _read(each, "response")):
            for attribute in ("status_code", "status"):
                status = _read(holder, attribute)
                if isinstance(status, int) and 100 <= status <= 599:
                    return int(status)
        if isinstance(each, TimeoutError):
            return TIMED_OUT
        if isinstance(each, OSError):
            return UNREACHABLE
    return UNKNOWN


def retry_after_of(error: BaseException, *, now: float) -> float | None:
    """Give the seconds after which the provider asked to be tried again (RFC 9110, 10.2.3), or None.

    A date is compared with the answer's own `Date`, so that a clock that is wrong here or there makes no difference;
    without one with `now`, the wall clock's time.

    >>> class Busy(Exception):
    ...     retry_after = 7
    >>> retry_after_of(Busy(), now=0), retry_after_of(KeyError(), now=0)
    (7.0, None)
    """
    for each in _causes(error):
        own = _read(each, "retry_after")
        if isinstance(own, int | float) and not isinstance(own, bool):
            return max(0.0, float(own)) if own == own else None  # noqa: PLR0124 - not a number
        if isinstance(own, str):
            return seconds_of(own, now=now)
        for holder in (each, _read(each, "response")):
            headers = _read(holder, "headers")
            found = _header(headers, "Retry-After")
            if found is not None:
                return seconds_of(found, now=now, date=_header(headers, "Date"))
    return None


def seconds_of(text: str, *, now: float, date: str | None = None) -> float | None:
    """Read the value of a Retry-After header: seconds, or a date; None where it is neither.

    `date` is the Date header of the same answer.
    """
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    until, since = _moment(text), _moment(date or "")
    return None if until is None else max(0.0, until - (now if since is None else since))


def _moment(text: str) -> float | None:
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if each is None:
            return
        yield each
        each = each.__cause__


def _header(headers: Any, name: str) -> str | None:
    read = _read(headers, "get")
    for spelt in (name, name.lower()):
        found = read(spelt) if callable(read) else None
        if isinstance(found, str):
            return found
    return None


def _read(holder: Any, attribute: str) -> Any:
    """Read an attribute; a property that fails must not hide the error that it stands on."""
    try:
        return getattr(holder, attribute, None)
    except Exception:  # noqa: BLE001
        return None
