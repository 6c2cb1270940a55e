"""Numbers as people read them: units written, and a dash that says "no data" where nothing is known.

>>> seconds(0.0123), share(0.9981), count(12304)
('12.3 ms', '99.8 %', '12,304')
"""

from datetime import UTC, datetime

UNKNOWN = "–"
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def seconds(value: float | None) -> str:
    """A duration in the unit that suits it."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0 s"
    if value >= 120:
        return _minutes(value)
    for factor, unit in UNITS:
        if value >= factor or unit == UNITS[-1][1]:
            return f"{_short(value / factor)} {unit}"
    raise AssertionError


def share(value: float | None) -> str:
    """A share of one in per cent, never rounded up to all or down to nothing."""
    if value is None:
        return UNKNOWN
    for whole in (0.0, 1.0):
        if value != whole and abs(value - whole) < 0.0005:
            return "> 99.9 %" if whole else "< 0.1 %"
    return f"{_short(value * 100)} %"


def count(value: int | None) -> str:
    """A count with its thousands apart."""
    return UNKNOWN if value is None else f"{value:,}"


def rate(value: float | None) -> str:
    """Attempts a second, or a minute where they are few."""
    if value is None:
        return UNKNOWN
    return f"{_short(value)} /s" if value >= 0.5 or value == 0 else f"{_short(value * 60)} /min"


def number(value: float | None, unit: str = "") -> str:
    """A number with its unit."""
    return UNKNOWN if value is None else f"{_short(value)} {unit}".rstrip()


def plural(value: int, one: str, many: str | None = None) -> str:
    """A count with its noun."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def clock(at: float) -> str:
    """A time of day in UTC, from seconds since the epoch."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"


def moment(at: float) -> str:
    """A date and time in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def machine(at: float) -> str:
    """A point in time as a `time` element wants it."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _short(value: float) -> str:
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}" if abs(value) < 1 else f"{value:.2f}"


def _minutes(value: float) -> str:
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
