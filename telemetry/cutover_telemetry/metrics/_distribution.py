"""An exponential histogram: buckets whose bounds grow by a constant factor, fine enough for quantiles within 1 %.

It is OpenTelemetry's: at scale s bucket i holds the values in (b^i, b^(i+1)] with b = 2^(2^-s). The scale begins at 6,
where buckets are 1.1 % wide, and is halved when the values need more than `MOST_BUCKETS`.

>>> seconds = Distribution()
>>> for value in (0.1, 0.2, 0.2):
...     seconds.record(value)
>>> seconds.count, round(seconds.sum, 1), seconds.min, seconds.max
(3, 0.5, 0.1, 0.2)
"""

from math import ceil, inf, log2

FIRST_SCALE = 6
MOST_BUCKETS = 1_280


class Distribution:
    """Values of one series; not safe for threads by itself.

    Attributes:
        count: How many.
        sum: Of all.
        min: The least, `inf` of none.
        max: The greatest.
        zeros: How many were 0 or less.
        scale: See above.
        buckets: Bucket to how many.
    """

    __slots__ = ("_high", "_low", "_steps", "buckets", "count", "max", "min", "scale", "sum", "zeros")

    def __init__(self) -> None:
        self.count = 0
        self.sum = 0.0
        self.min = inf
        self.max = -inf
        self.zeros = 0
        self.scale = FIRST_SCALE
        self.buckets: dict[int, int] = {}
        self._steps = 2**FIRST_SCALE
        self._low = self._high = 0

    def record(self, value: float) -> None:
        """Take a value."""
        self.count += 1
        self.sum += value
        if value < self.min:  # noqa: PLR1730  a call of min costs more than all the rest
            self.min = value
        if value > self.max:  # noqa: PLR1730
            self.max = value
        if value <= 0:
            self.zeros += 1
            return
        bucket = ceil(log2(value) * self._steps) - 1
        seen = self.buckets.get(bucket)
        if seen is not None:
            self.buckets[bucket] = seen + 1
        else:
            self._open(bucket)

    def counts(self) -> tuple[int, list[int]]:
        """The first bucket, and how many are in it and in each one that follows."""
        if not self.buckets:
            return 0, []
        return self._low, [self.buckets.get(bucket, 0) for bucket in range(self._low, self._high + 1)]

    def _open(self, bucket: int) -> None:
        self._low = min(self._low, bucket) if self.buckets else bucket
        self._high = max(self._high, bucket) if self.buckets else bucket
        self.buckets[bucket] = 1
        while self._high - self._low >= MOST_BUCKETS:
            self._halve()

    def _halve(self) -> None:
        halved: dict[int, int] = {}
        for bucket, count in self.buckets.items():
            halved[bucket >> 1] = halved.get(bucket >> 1, 0) + count
        self.buckets = halved
        self.scale -= 1
        self._steps /= 2
        self._low >>= 1
        self._high >>= 1
