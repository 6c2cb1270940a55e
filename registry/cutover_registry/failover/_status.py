"""What an error says of itself: its HTTP status, and when to come back.

Read off the error's shape, so that any client library's errors are understood and none is imported: an attribute
`status_code` or `status`, the same of its `response`, or a time-out or connection error of the standard library in its
chain of causes (client libraries raise their own kind `from` it).
"""

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

TIMED_OUT = 504
UNREACHABLE = 503
UNKNOWN = 502
_LONGEST_CHAIN = 16


def status_of(error: BaseException) -> int:
    """Give the HTTP status that an error stands for: 504 for a time-out, 503 for no connection, 502 for the rest.

    >>> class Refused(Exception):
    ...     status_code = 403
    >>> status_of(Refused()), status_of(TimeoutError()), status_of(ConnectionRefusedError()), status_of(KeyError())
    (403, 504, 503, 502)
    """
    for each in _causes(error):
        for holder in (each, getattr(each, "response", None)):
            for attribute in ("status_code", "status"):
                status = getattr(holder, attribute, None)
                if isinstance(status, int) and not isinstance(status, bool):
                    return status
        if isinstance(each, TimeoutError):
            return TIMED_OUT
        if isinstance(each, OSError):
            return UNREACHABLE
    return UNKNOWN


def retry_after_of(error: BaseException, *, now: float) -> float | None:
    """Give the seconds after which the provider asked to be tried again (RFC 9110, 10.2.3), or None.

    `now` is the wall clock's time, which a date is compared with.

    >>> class Busy(Exception):
    ...     retry_after = 7
    >>> retry_after_of(Busy(), now=0), retry_after_of(KeyError(), now=0)
    (7.0, None)
    """
    for each in _causes(error):
        own = getattr(each, "retry_after", None)
        if isinstance(own, int | float) and not isinstance(own, bool):
            return max(0.0, float(own))
        for holder in (each, getattr(each, "response", None)):
            headers: Any = getattr(holder, "headers", None)
            if isinstance(headers, Mapping):
                found = headers.get("retry-after", headers.get("Retry-After"))
                if isinstance(found, str):
                    return seconds_of(found, now=now)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if each is None:
            return
        yield each
        each = each.__cause__


def seconds_of(text: str, *, now: float) -> float | None:
    """Read the value of a Retry-After header: seconds, or a date; None where it is neither."""
    text = text.strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (TypeError, ValueError):
        return None
