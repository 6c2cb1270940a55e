"""Where a route's key falls between 0 and 1: the same in every process and after every restart.

The salt is part of the switch's state. It keys the hash, so that two rollouts with two salts choose independently, and
so that nobody can choose a key that is served by the new arm without knowing it.
"""

from collections.abc import Callable

from cutover_registry._later import Later
from cutover_registry._typing import Any

hashlib = Later("hashlib")

LONGEST_SALT = 64  # bytes, the longest key of blake2b


class _Blake2b:
    """The hash, imported when it is first needed: few processes have a share."""

    __slots__ = ("make",)

    def __init__(self) -> None:
        self.make: Callable[..., Any] = self._import

    def _import(self, data: bytes, **options: Any) -> Any:
        self.make = hashlib.blake2b
        return self.make(data, **options)


BLAKE2B = _Blake2b()


def bucket_of(key: str, *, salt: str) -> float:
    """Return the bucket of a key, at least 0 and below 1; it is inside a share when it is below it.

    It is the first 53 bits, which a float holds exactly, of the keyed blake2b (digest of 8 bytes, big-endian) of the
    key's UTF-8, as a fraction.

    >>> bucket_of("user-1", salt="rollout-7") == bucket_of("user-1", salt="rollout-7")
    True
    >>> 0 <= bucket_of("user-1", salt="rollout-8") < 1
    True
    """
    return keyed_bucket(key, secret_of(salt))


def keyed_bucket(key: str, secret: bytes) -> float:
    """Return what `bucket_of` does, for a salt whose bytes are at hand."""
    try:
        text = key.encode()
    except UnicodeEncodeError:
        text = key.encode("utf-8", "surrogatepass")
    digest = BLAKE2B.make(text, digest_size=8, key=secret).digest()
    return (int.from_bytes(digest) >> 11) * 2.0**-53


def secret_of(salt: str) -> bytes:
    """Return the bytes of a salt."""
    return salt.encode("utf-8", "surrogatepass")


def prepare() -> None:
    """Import what the first bucket needs, so that no request waits for it."""
    bucket_of("", salt="")
