"""Cells of ``top``: numbers with their units, names as text. What is not known is a dash, never a 0.

Example: ``duration(1.934)``  ->  ``1.93 s``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil, floor

NOTHING = "–"
BLOCKS = "▁▂▃▄▅▆▇█"
CONTROL_PICTURES = 0x2400
SPACE = 0x20
UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def duration(seconds: float | None) -> str:
    """Seconds with three digits or so."""
    if seconds is None:
        return NOTHING
    if seconds < 0.0995:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
    return f"{seconds:,.0f} s"


def stretch(seconds: float) -> str:
    """A stretch of time as people say it, in the largest unit of which there are two, or that it is whole in."""
    for unit, name in UNITS:
        if seconds >= 2 * unit or (seconds >= unit and seconds % unit == 0):
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.3g} s"


def percent(share: float | None, *, up: bool = False) -> str:
    """A share, cut down (or up) to a tenth of a percent: one failure in 10,000 is not 100 % well."""
    if share is None:
        return NOTHING
    tenths = ceil(share * 1000 - 1e-9) if up else floor(share * 1000 + 1e-9)
    return f"{tenths / 10:.1f} %"


def count(number: int) -> str:
    """A whole number."""
    return f"{number:,}"


def several(number: int, what: str) -> str:
    """So many of something."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def clock(at: float) -> str:
    """The time of the day, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def printable(text: str) -> str:
    """The text with every character that is not for printing made visible."""
    return "".join(letter if letter.isprintable() else _visible(ord(letter)) for letter in text)


def counted(counts: Mapping[str, int], *, most: int = 3) -> str:
    """The most frequent of some names, with how often."""
    shown = [f"{printable(name)} {number:,}" for name, number in list(counts.items())[:most]]
    if len(counts) > most:
        shown.append(f"{len(counts) - most} more")
    return ", ".join(shown) or NOTHING


def curve(shares: Sequence[float | None]) -> str:
    """Shares between 0 and 1 as blocks, blank where there was none."""
    return "".join(" " if share is None else BLOCKS[ceil(share * (len(BLOCKS) - 1))] for share in shares)


def _visible(code: int) -> str:
    if code < SPACE:
        return chr(CONTROL_PICTURES + code)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
