"""Quantiles of any number of durations in a few hundred bytes, to within 1 %, mergeable without loss.

Values are counted in bins whose edges grow by 2 %; a quantile is the middle of the bin that holds its rank, so that it
is off by `ERROR` at most, whatever the distribution. All bins of a sketch are one integer with 64 bits a bin: merging
is one addition, and a merged sketch is that of all values together.

Sketches are of what is never negative. The lowest bin holds everything below a tenth of a nanosecond (zero, and
negatives, which a clock that was set back gives) and reads as 0; the highest holds what is beyond 30,000 years and
reads as infinity. NaN is no duration: it is counted in `nans` and nowhere else.

Bytes: form (1), bytes a count (1), lowest bin (2), nans (4), then the deflated counts, all lowest bytes first.
"""

import struct
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil, exp, inf, isnan, log

from cutover_telemetry.store._errors import DamagedSketch

ERROR = 0.0098
FORM = 1
SMALLEST = 1e-10
LARGEST = 1e12
BIN_BITS = 64
BIN_BYTES = 8
MOST_NANS = 2**32 - 1
SHOWN = (0.5, 0.95, 0.99)

_GROWTH = log((1 + ERROR) / (1 - ERROR))
_BINS_A_LOG = 1 / _GROWTH
_SHIFT = 1 - log(SMALLEST) * _BINS_A_LOG
_SHIFT_NANOSECONDS = _SHIFT - log(1e9) * _BINS_A_LOG
_TOP = int(log(LARGEST) * _BINS_A_LOG + _SHIFT) + 1
_HEADER = struct.Struct("<BBHI")


@dataclass(frozen=True, slots=True, repr=False)
class Sketch:
    """The counts of some values by bin; `a + b` is the sketch of the values of both.

    >>> sketch = Sketch.of(milliseconds / 1000 for milliseconds in range(1, 1001))
    >>> sketch.count, abs(sketch.quantile(0.99) - 0.99) < 0.0099
    (1000, True)
    """

    nans: int = 0
    _low: int = 0
    _bins: int = 0
    _count: int | None = field(default=None, init=False, compare=False)

    @classmethod
    def of(cls, values: Iterable[float]) -> "Sketch":
        """The sketch of these values."""
        given = values if isinstance(values, list) else list(values)
        try:
            bins = Counter([int(log(value) * _BINS_A_LOG + _SHIFT) for value in given])
        except (ValueError, OverflowError):
            bins = Counter(_bin(value) for value in given if not isnan(value))
        if not bins:
            return cls(nans=len(given))
        return cls(len(given) - bins.total(), *_packed(bins))

    @classmethod
    def of_nanoseconds(cls, values: list[int]) -> "Sketch":
        """The sketch of these values in seconds, sooner than by dividing each."""
        try:
            bins = Counter([int(log(value) * _BINS_A_LOG + _SHIFT_NANOSECONDS) for value in values])
        except ValueError:
            return cls.of([value / 1e9 for value in values])
        return cls(0, *_packed(bins)) if bins else cls()

    @classmethod
    def merged(cls, sketches: Iterable["Sketch"]) -> "Sketch":
        """The sketch of all their values."""
        every = list(sketches)
        if len(every) == 1:
            return every[0]
        low = min([sketch._low for sketch in every if sketch._bins], default=0)
        nans = bins = 0
        for sketch in every:
            nans += sketch.nans
            bins += sketch._bins << BIN_BITS * (sketch._low - low) if sketch._bins else 0
        return cls(nans, low, bins)

    def __add__(self, other: "Sketch") -> "Sketch":
        return Sketch.merged((self, other))

    def __repr__(self) -> str:
        shown = ", ".join(f"{value:.3g}" for value in self.quantiles(SHOWN) if value is not None)
        return f"<Sketch of {self.count} values: {shown}>" if shown else "<Sketch of no values>"

    @property
    def count(self) -> int:
        """How many values were counted, NaN aside."""
        if self._count is None:
            object.__setattr__(self, "_count", sum(self._counts()))
        return self._count or 0

    def quantile(self, share: float) -> float | None:
        """The value at or below which this share of the values lies (nearest rank); None of no values."""
        return self.quantiles((share,))[0]

    def quantiles(self, shares: Sequence[float]) -> tuple[float | None, ...]:
        """The same for several shares at once, between 0 and 1."""
        reached = list(accumulate(self._counts()))
        if not reached:
            return (None,) * len(shares)
        return tuple(_value(self._low + bisect_left(reached, _rank(share, reached[-1]))) for share in shares)

    def above(self, value: float) -> int:
        """How many values lie in bins above the one of this value."""
        kept = _bin(value) + 1 - self._low
        return sum(_unpacked(_fields(self._bins >> BIN_BITS * max(kept, 0))))

    def bins(self) -> tuple[tuple[float, int], ...]:
        """Value and count of each bin that holds something, lowest first."""
        return tuple((_value(self._low + place), count) for place, count in enumerate(self._counts()) if count)

    def to_bytes(self) -> bytes:
        """The compact form, the same on every machine."""
        counts = self._counts()
        width = (max(counts, default=0).bit_length() + 7) // 8
        raw = _fields(self._bins)
        packer = zlib.compressobj(1, zlib.DEFLATED, -9, 1)
        planes = b"".join(raw[place::BIN_BYTES] for place in range(width))
        head = _HEADER.pack(FORM, width, self._low, min(self.nans, MOST_NANS))
        return head + packer.compress(planes) + packer.flush()

    @classmethod
    def from_bytes(cls, form: bytes) -> "Sketch":
        """Read the compact form; raises DamagedSketch."""
        if len(form) < _HEADER.size:
            raise DamagedSketch(f"{len(form)} bytes are too few")
        known, width, low, nans = _HEADER.unpack_from(form)
        if known != FORM:
            raise DamagedSketch(f"its form is {known} and this release reads form {FORM}")
        fields = _unplaned(_inflated(form[_HEADER.size :]), width, low=low)
        return cls(nans, low, int.from_bytes(fields, "little"))

    def _counts(self) -> tuple[int, ...]:
        return _unpacked(_fields(self._bins))


def _bin(value: float) -> int:
    if value <= 0:
        return 0
    return _TOP if value == inf else min(max(int(log(value) * _BINS_A_LOG + _SHIFT), 0), _TOP)


def _value(place: int) -> float:
    if place <= 0:
        return 0.0
    return inf if place >= _TOP else SMALLEST * exp(place * _GROWTH) * (1 - ERROR)


def _rank(share: float, count: int) -> int:
    return min(max(ceil(share * count), 1), count)


def _packed(bins: Counter[int]) -> tuple[int, int]:
    low, high = min(bins), max(bins)
    if low < 0 or high > _TOP:
        return _packed(_clamped(bins))
    counts = [0] * (high - low + 1)
    for place, count in bins.items():
        counts[place - low] = count
    return low, int.from_bytes(struct.pack(f"<{len(counts)}Q", *counts), "little")


def _clamped(bins: Counter[int]) -> Counter[int]:
    inside: Counter[int] = Counter()
    for place, count in bins.items():
        inside[min(max(place, 0), _TOP)] += count
    return inside


def _fields(bins: int) -> bytes:
    return bins.to_bytes(BIN_BYTES * ((bins.bit_length() + BIN_BITS - 1) // BIN_BITS), "little")


def _unpacked(fields: bytes | bytearray) -> tuple[int, ...]:
    return struct.unpack(f"<{len(fields) // BIN_BYTES}Q", fields)


def _inflated(deflated: bytes) -> bytes:
    opener = zlib.decompressobj(-9)
    try:
        planes = opener.decompress(deflated, BIN_BYTES * (_TOP + 1))
    except zlib.error as exc:
        raise DamagedSketch(f"its counts cannot be unpacked ({exc})") from exc
    if not opener.eof:
        raise DamagedSketch("its counts are cut off, or too many")
    return planes


def _unplaned(planes: bytes, width: int, *, low: int) -> bytearray:
    size, left = divmod(len(planes), width) if width else (0, len(planes))
    if left or width > BIN_BYTES or low + size > _TOP + 1:
        raise DamagedSketch(f"{len(planes)} bytes of counts do not fit {width} bytes each from bin {low}")
    fields = bytearray(BIN_BYTES * size)
    for place in range(width):
        fields[place::BIN_BYTES] = planes[place * size : (place + 1) * size]
    return fields
