"""A stand-in that looks like what it stands for, so that code which looks closely still sees the same.

`isinstance`, `inspect`, attribute reads and writes, equality, hashing, pickling and copying all reach the original.
"""

from collections.abc import Callable

from cutover_registry._typing import Any


class Guise:
    """Base of all stand-ins; keeps the original in `_original` and its own state in slots that begin with ``_own``."""

    __slots__ = ("__weakref__", "_original")

    def __init__(self, original: Any) -> None:
        object.__setattr__(self, "_original", original)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return self._original.__class__

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._original, attribute)

    def __setattr__(self, attribute: str, value: object) -> None:
        setattr(self._original, attribute, value)

    def __delattr__(self, attribute: str) -> None:
        delattr(self._original, attribute)

    def __dir__(self) -> list[str]:
        return dir(self._original)

    def __repr__(self) -> str:
        return repr(self._original)

    def __eq__(self, other: object) -> Any:
        return self._original == unguised(other)

    def __hash__(self) -> int:
        return hash(self._original)

    def __bool__(self) -> bool:
        return bool(self._original)

    def __reduce_ex__(self, protocol: Any) -> tuple[Callable[[Any], Any], tuple[Any]]:
        return unguised, (self._original,)


def unguised(value: Any) -> Any:
    """Return the original behind a stand-in; anything else is returned as it is."""
    while issubclass(type(value), Guise):
        value = value._original
    return value
