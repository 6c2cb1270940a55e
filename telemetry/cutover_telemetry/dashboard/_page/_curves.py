"""Small pictures in lines of a table, drawn by the server: bars over time, and stretches on a line.

They are SVG that stretches with its cell; the page's policy allows no style attribute, and none is needed.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from cutover_telemetry.dashboard._page._markup import Tag, tag
from cutover_telemetry.dashboard._page._words import plural

WIDE, HIGH = 1000, 100
Slice = tuple[float, int, int, float | None]


def spark(slices: Sequence[Slice]) -> Tag | None:
    """Attempts of each slice as bars, the failed ones at their foot."""
    if not slices:
        return None
    most = max(each[1] for each in slices) or 1
    step = min((b[0] - a[0] for a, b in pairwise(slices)), default=1.0) or 1.0
    first, places = slices[0][0], round((slices[-1][0] - slices[0][0]) / step) + 1
    width = WIDE / places

    def bars(counts: Iterable[int]) -> str:
        found = ((each[0], value) for each, value in zip(slices, counts, strict=True) if value)
        return "".join(_bar((at - first) / step * width, width * 0.8, value / most * HIGH) for at, value in found)

    attempts, failed = [each[1] for each in slices], [each[2] for each in slices]
    words = f"{plural(sum(attempts), 'attempt')}, {sum(failed):,} failed"
    drawn = (tag("path", d=bars(attempts), class_="every"), tag("path", d=bars(failed), class_="failed"))
    return _picture("spark", drawn, f"Over time: {words}, at most {plural(most, 'attempt')} in a slice")


def stretches(found: Iterable[tuple[float, float, str]], *, whole: float, said: str) -> Tag:
    """Stretches (begin, length, class) on a line of some whole length, each visible however short it is."""
    whole = whole or 1.0
    rects = (
        tag(
            "rect",
            x=_short(min(begin / whole * WIDE, WIDE - 3)),
            y=0,
            width=_short(max(length / whole * WIDE, 3)),
            height=HIGH,
            class_=kind,
        )
        for begin, length, kind in found
    )
    return _picture("strip", rects, said)


def _picture(kind: str, children: Iterable[Tag], said: str) -> Tag:
    box = f"0 0 {WIDE} {HIGH}"
    return tag("svg", children, class_=kind, viewBox=box, preserveAspectRatio="none", role="img", aria_label=said)


def _bar(left: float, width: float, height: float) -> str:
    return f"M{_short(left)} {HIGH}v-{_short(max(height, 4))}h{_short(width)}V{HIGH}z"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
