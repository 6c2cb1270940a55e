"""Signatures with an RSA key (RS256), by the standard library: Google takes no other proof of a service account.

The key is read from its PEM text (PKCS #8 or PKCS #1). A random factor is put in before the secret power and taken out
after it, so that the time it takes tells nothing of the key. Used about once an hour.
"""

import base64
import binascii
import hashlib
import math
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04
_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_SMALLEST_KEY = 2048


class NotRsaKey(ValueError):
    """The text is no private RSA key, or a weak one; the message holds nothing of it."""


@dataclass(frozen=True, slots=True)
class RsaKey:
    """A private key; its numbers are in no representation."""

    modulus: int
    public: int
    private: int

    def __repr__(self) -> str:
        return f"<RsaKey of {self.modulus.bit_length()} bits>"

    def signed(self, message: bytes) -> bytes:
        """Sign with SHA-256 and the padding of PKCS #1, version 1.5."""
        size = (self.modulus.bit_length() + 7) // 8
        told = _SHA256_INFO + hashlib.sha256(message).digest()
        padded = b"\x00\x01" + b"\xff" * (size - len(told) - 3) + b"\x00" + told
        return self._powered(int.from_bytes(padded)).to_bytes(size)

    def _powered(self, number: int) -> int:
        factor = 0
        while math.gcd(factor, self.modulus) != 1:
            factor = secrets.randbelow(self.modulus)
        blinded = number * pow(factor, self.public, self.modulus) % self.modulus
        return pow(blinded, self.private, self.modulus) * pow(factor, -1, self.modulus) % self.modulus


def rsa_key(pem: str) -> RsaKey:
    """Read a key.

    Raises:
        NotRsaKey: It is none.
    """
    try:
        numbers = [int.from_bytes(value) for kind, value in _parts(_inner(_bytes_of(pem))) if kind == _INTEGER]
        _, modulus, public, private = numbers[:4]
    except (ValueError, IndexError, binascii.Error) as error:
        raise NotRsaKey("it is not a private RSA key in PEM") from error
    if modulus.bit_length() < _SMALLEST_KEY or modulus % 2 == 0:
        raise NotRsaKey(f"its RSA key has {modulus.bit_length()} bits; {_SMALLEST_KEY} are the least")
    return RsaKey(modulus, public, private)


def _bytes_of(pem: str) -> bytes:
    lines = [line.strip() for line in pem.strip().splitlines()]
    if not (lines[0].startswith("-----BEGIN") and lines[0].endswith("PRIVATE KEY-----")):
        raise ValueError
    return base64.b64decode("".join(lines[1:-1]), validate=True)


def _inner(data: bytes) -> bytes:
    """Give the inside of the PKCS #1 sequence, which PKCS #8 has in a string of octets."""
    ((kind, outer),) = _parts(data)
    if kind != _SEQUENCE:
        raise ValueError
    wrapped = [value for kind, value in _parts(outer) if kind == _OCTETS]
    return _inner(wrapped[0]) if wrapped else outer


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the parts of a DER text: kind and value."""
    at = 0
    while at < len(data):
        kind, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            width = size & 0x7F
            size = int.from_bytes(data[at : at + width])
            at += width
        if at + size > len(data):
            raise ValueError
        yield kind, data[at : at + size]
        at += size
