"""Patterns of places: `answer.body.items[*].id`, where `[*]` is any index and `*` any run of characters.

A place is a layer and a path into it. Its *common* form is the pattern that all places of its kind share: without
indexes, and without field names that are ids themselves.
"""

import re
from functools import lru_cache

_INDEX = re.compile(r"\[\d+\]")
_ID_NAME = re.compile(
    r"(?<=\.)(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?=[a-f]*\d)[0-9a-f]{8,}|\d{4,})(?=[.\[]|$)"
)


@lru_cache(maxsize=1 << 15)
def without_indexes(place: str) -> str:
    """Give the place with every index as `[*]`."""
    return _INDEX.sub("[*]", place) if "[" in place else place


def common_form(place: str) -> str:
    """Give the pattern that all places of this kind share."""
    return _ID_NAME.sub("*", without_indexes(place))


def matches(pattern: str, place: str) -> bool:
    """Whether a place is one of the pattern's; brackets stand for themselves."""
    return pattern == place or _compiled(pattern).fullmatch(place) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\[\*\]", r"\[\d+\]")
    return re.compile(escaped.replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
