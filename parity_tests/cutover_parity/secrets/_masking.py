"""Masks words: every letter becomes a consonant, every digit a digit, all under a key; the rest stays.

The same word gets the same mask, alone or inside any other text. Length, spaces and punctuation stay, in characters
and in bytes. A mask has no vowel, so that it can be told from a word that was not masked (`agrees`).
"""

import re
from hashlib import shake_256
from itertools import pairwise

_WORD = re.compile(r"secret-[0-9a-f]{16}|[^\W_]+")
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]|\\\Z", re.DOTALL
)
_SIMPLE = re.compile(r"(\\.|\\\Z)", re.DOTALL)
_LOWER = "bcdfghjklmnpqrstvwxz"
_UPPER = _LOWER.upper()
_CONSONANTS = bytes(ord(_LOWER[byte % len(_LOWER)]) for byte in range(256))
_TWO_BYTES = "бвгджзклмнпрстфхцчшщ"
_SHORT_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\b": "\b", "\\f": "\f"}
_ESCAPED = len("\\u0000")
_LONG = 64
_MOST_REMEMBERED = 50_000


class Masker:
    """Masks text under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._words: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Mask every word of a text; placeholders of secrets stay."""
        return _WORD.sub(lambda found: self._word(found[0]), text)

    def noise(self, data: bytes) -> bytes:
        """Give letters in place of bytes that are no text."""
        return shake_256(self._key + data).digest(len(data)).translate(_CONSONANTS)

    def number(self, digits: str) -> str:
        """Mask a number's digits; the first one stays, so that it is a number of the same kind."""
        return digits[:1] + "".join(
            self._word(part) if part.isdigit() else part for part in re.split(r"(\d+)", digits[1:])
        )

    def _word(self, word: str) -> str:
        known = self._words.get(word)
        if known is not None:
            return known
        if word.startswith("secret-"):
            return word
        if len(self._words) >= _MOST_REMEMBERED:
            self._words.clear()
        made = self._words[word] = self._made(word)
        return made

    def _made(self, word: str) -> str:
        noise = shake_256(self._key + word.encode(errors="surrogatepass")).digest(len(word))
        if len(word) > _LONG and word.isascii():
            return noise.translate(_CONSONANTS).decode()
        return "".join(_like(character, byte) for character, byte in zip(word, noise, strict=True))


def _like(character: str, byte: int) -> str:
    if "a" <= character <= "z":
        return _LOWER[byte % 20]
    if "A" <= character <= "Z":
        return _UPPER[byte % 20]
    if character.isascii():
        return str(byte % 10)
    if character < "\u0800":
        return _TWO_BYTES[byte % 20]
    if "\ud800" <= character <= "\udfff":
        return character
    return chr((0x4E00 if character <= "\uffff" else 0x20000) + byte)


def plain(raw: str) -> str:
    """Give the text of a JSON text's inside, also where it is cut off in the middle of an escape."""
    if "\\" not in raw:
        return raw
    if "\\u" not in raw:
        return _SIMPLE.sub(lambda found: _read(found[0]), raw)
    return "".join(map(_read, _ESCAPES.findall(raw)))


def rewritten(raw: str, masked: str) -> str:
    """Give the inside of a JSON text with its characters masked, each written in the way it was written before."""
    if "\\" not in raw:
        return masked
    if "\\u" not in raw:
        return _with_escapes(raw, masked)
    pairs = zip(_ESCAPES.findall(raw), masked, strict=True)
    return "".join(unit if _read(unit) == after else _written(unit, after) for unit, after in pairs)


def _with_escapes(raw: str, masked: str) -> str:
    """Put the escapes, which stand for characters that no mask changes, back between what was masked."""
    pieces, position = [], 0
    for index, part in enumerate(_SIMPLE.split(raw)):
        length = 1 if index % 2 else len(part)
        pieces.append(part if index % 2 else masked[position : position + length])
        position += length
    return "".join(pieces)


def _read(unit: str) -> str:
    if not unit.startswith("\\u") or len(unit) < _ESCAPED:
        return _SHORT_ESCAPES.get(unit, unit[-1:])
    codes = bytes.fromhex(unit.replace("\\u", ""))
    return codes.decode("utf-16-be", "surrogatepass")


def _written(unit: str, character: str) -> str:
    if not unit.startswith("\\u"):
        return character
    whole = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{whole[start:end]}" for start, end in pairwise(range(0, len(whole) + 1, 4)))
