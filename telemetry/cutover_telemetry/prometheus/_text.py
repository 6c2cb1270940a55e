"""Families as text: Prometheus's own exposition format (0.0.4), and OpenMetrics 1.0.

Label values are other people's words. They are escaped, and what cannot be printed is replaced.
"""

import math
from collections.abc import Iterable, Iterator

from cutover_telemetry.prometheus._families import Buckets, Family, Labels, Value

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
LONGEST_VALUE = 200


def chosen_form(accept: str) -> str:
    """The form that a scraper asks for: OpenMetrics if it names it, else the plain one."""
    wanted = (part.partition(";") for part in accept.split(","))
    named = any(
        kind.strip().lower() == "application/openmetrics-text" and "q=0," not in f"{rest}," for kind, _, rest in wanted
    )
    return OPEN_METRICS if named else PLAIN


def exposition(families: Iterable[Family], form: str = PLAIN) -> str:
    """The whole text of a scrape."""
    lines = [line for family in families for line in _family(family, open_metrics=form == OPEN_METRICS)]
    if form == OPEN_METRICS:
        lines.append("# EOF")
    return "".join(f"{line}\n" for line in lines)


def _family(family: Family, *, open_metrics: bool) -> Iterator[str]:
    name = family.name.removesuffix("_total") if open_metrics and family.kind == "counter" else family.name
    yield f"# HELP {name} {_escaped(family.help, quotes=open_metrics)}"
    yield f"# TYPE {name} {family.kind}"
    if open_metrics and family.unit and name.endswith("_" + family.unit):
        yield f"# UNIT {name} {family.unit}"
    for labels, value in family.series:
        yield from _series(family.name, labels, value)


def _series(name: str, labels: Labels, value: Value) -> Iterator[str]:
    if not isinstance(value, Buckets):
        yield f"{name}{_labels(labels)} {_number(value)}"
        return
    for bound, count in zip((*value.bounds, math.inf), value.counts, strict=True):
        yield f"{name}_bucket{_labels((*labels, ('le', _number(bound))))} {count}"
    if value.sum is not None:
        yield f"{name}_sum{_labels(labels)} {_number(value.sum)}"
    yield f"{name}_count{_labels(labels)} {value.count}"


def _labels(labels: Labels) -> str:
    inside = ",".join(f'{name}="{_escaped(_printable(value), quotes=True)}"' for name, value in labels)
    return f"{{{inside}}}" if inside else ""


def _escaped(text: str, *, quotes: bool) -> str:
    plain = text.replace("\\", r"\\").replace("\n", r"\n")
    return plain.replace('"', r"\"") if quotes else plain


def _printable(text: str) -> str:
    cut = text[:LONGEST_VALUE]
    return cut if cut.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in cut)


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(float(value))
