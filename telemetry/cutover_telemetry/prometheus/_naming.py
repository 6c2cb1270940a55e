"""Names of OpenTelemetry as Prometheus has them, by the compatibility specification of the two.

A collector that passes our metrics on to Prometheus comes to the same names, so that a dashboard fits both ways.
"""

import re

UNITS = {
    "d": "days",
    "h": "hours",
    "min": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    "By": "bytes",
    "KiBy": "kibibytes",
    "MiBy": "mebibytes",
    "GiBy": "gibibytes",
    "KBy": "kilobytes",
    "MBy": "megabytes",
    "GBy": "gigabytes",
    "m": "meters",
    "V": "volts",
    "A": "amperes",
    "J": "joules",
    "W": "watts",
    "g": "grams",
    "Cel": "celsius",
    "Hz": "hertz",
    "%": "percent",
}
PER = {"s": "second", "min": "minute", "h": "hour", "d": "day"}
COUNTER, GAUGE, HISTOGRAM, SUMMARY = "counter", "gauge", "histogram", "summary"


def metric_name(name: str, unit: str, kind: str) -> str:
    """The name of a metric family, with its unit, and `_total` if it is a counter.

    >>> metric_name("cutover.route.duration", "s", "histogram")
    'cutover_route_duration_seconds'
    >>> metric_name("cutover.failovers", "{failover}", "counter")
    'cutover_failovers_total'
    """
    total = kind == COUNTER
    base = _words(name)
    if total:
        base = base.removesuffix("_total")
    word = unit_word(unit, kind)
    if word and not base.endswith(word):
        base = f"{base}_{word}"
    return f"{base}_total" if total else base


def unit_word(unit: str, kind: str) -> str:
    """The unit as it stands in a name; nothing for one that only says what is counted."""
    bare = re.sub(r"\{[^}]*\}", "", unit).strip()
    if bare == "1":
        return "ratio" if kind == GAUGE else ""
    counted, _, per = bare.partition("/")
    words = _words(UNITS.get(counted, counted)) if counted else ""
    return f"{words}_per_{PER.get(per, _words(per))}".strip("_") if per else words


def label_name(name: str) -> str:
    """The name of a label.

    >>> label_name("gen_ai.provider.name"), label_name("2xx")
    ('gen_ai_provider_name', 'key_2xx')
    """
    made = re.sub(r"[^a-zA-Z0-9_]", "_", name)
    if made[:1].isdigit():
        return "key_" + made
    return "_" + made.lstrip("_") if made.startswith("__") else made or "_"


def _words(text: str) -> str:
    made = re.sub(r"_+", "_", re.sub(r"[^a-zA-Z0-9_:]", "_", text)).strip("_")
    return "_" + made if made[:1].isdigit() else made
