"""Legacy against registry: the verdict in words, with its evidence, over curves of both."""

from collections.abc import Iterable, Iterator

from cutover_telemetry.dashboard._page._charts import chart
from cutover_telemetry.dashboard._page._markup import Node, Tag, tag
from cutover_telemetry.dashboard._page._tables import Column, badge, cell, figure, row, table, unknown
from cutover_telemetry.dashboard._page._words import UNKNOWN, clock, count, number, plural, seconds, share
from cutover_telemetry.overview import ArmPoint, MetricVerdict, Overview, Side, Sides, Verdict

UNJUDGED = "cannot judge"
KINDS = {"better": "good", "same": "good", "worse": "bad"}
RANKS = {"worse": 0, "cannot judge": 1, "better": 2, "same": 3}
EVERYBODY = "all together"
MOST_NAMED = 3
JUDGING = "The verdicts come in a moment; a page without scripts shows them when it is loaded again."
MINUS = "\N{MINUS SIGN}"
SIDES = (
    Column("Provider"),
    *(
        Column(f"{name}, {arm}", True)
        for name in ("Attempts", "Success", "p50", "p95", "p99", "First chunk p95")
        for arm in ("legacy", "registry")
    ),
)
VERDICTS = (
    Column("Provider"),
    Column("Verdict"),
    Column("Why"),
    Column("Attempts, legacy", True),
    Column("Attempts, registry", True),
)
METRICS = (
    Column("Provider"),
    Column("Metric"),
    Column("Verdict"),
    Column("Legacy", True),
    Column("Registry", True),
    Column("Effect", True, "What the registry arm adds to a rate, or multiplies seconds by"),
    Column("Interval", True, "In which the effect lies, however often one looks"),
    Column("It would need"),
)
CURVES = (
    Column("From"),
    Column("Arm"),
    Column("Attempts", True),
    Column("Failed", True),
    Column("p50", True),
    Column("p95", True),
    Column("p99", True),
)


def arms(shown: Overview) -> list[Node]:
    """The verdicts, the overlay, and three tables of what they are made of."""
    found = shown.arms
    if found.overall is None:
        return [tag("p", "No attempt on either arm in this time range.", class_="quiet")]
    ordered = sorted(found.verdicts, key=lambda each: (each.provider is not None, RANKS.get(each.verdict, 1)))
    evidence = (_metric(each, metric) for each in ordered for metric in each.metrics)
    sides, points = map(_sides, found.sides), map(_point, reversed(found.curves))
    return [
        tag(
            "p",
            "Registry against legacy: ",
            badge(found.overall, KINDS.get(found.overall, "calm")),
            _worse(found.verdicts),
        ),
        *(_verdicts(ordered) if ordered else [tag("p", JUDGING, class_="quiet")]),
        chart("arms", "p95 and failed share of both arms over time; the numbers are under “Curves as numbers”"),
        _more("arms-evidence", "Evidence, metric by metric", table("evidence", "Evidence", METRICS, evidence)),
        _more("arms-sides", "Both arms side by side", table("sides", "Both arms", SIDES, sides, sortable=True)),
        _more(
            "arms-curves", "Curves as numbers", table("curves", "Both arms over time, the latest first", CURVES, points)
        ),
    ]


def verdict_words(each: Verdict) -> str:
    """Why a verdict is what it is, or what it would need."""
    told = [_effect_words(metric) for metric in each.metrics if metric.verdict == each.verdict != "same"]
    if each.verdict in {"better", "worse"} and told:
        return "; ".join(told)
    return "; ".join(each.reasons) or each.needs or ""


def _verdicts(ordered: list[Verdict]) -> Iterator[Node]:
    """What is known in sight, and what is not known yet folded up."""
    known = [each for each in ordered if each.provider is None or each.verdict != UNJUDGED]
    unknown_yet = [each for each in ordered if each not in known]
    if not known:
        known, unknown_yet = unknown_yet, []
    yield table("verdicts", "Verdicts, the worst first", VERDICTS, map(_verdict, known))
    if unknown_yet:
        rest = table("unjudged", "Not judged yet", VERDICTS, map(_verdict, unknown_yet))
        yield _more("arms-unjudged", f"{plural(len(unknown_yet), 'provider')} cannot be judged yet", rest)


def _worse(judged: Iterable[Verdict]) -> Node | None:
    """For whom it is worse, where that is not said of all together."""
    names = [each.provider or EVERYBODY for each in judged if each.verdict == "worse"]
    return (
        tag("bdi", f" for {', '.join(names[:MOST_NAMED])}{' and others' * (len(names) > MOST_NAMED)}")
        if names
        else None
    )


def _verdict(each: Verdict) -> Tag:
    words = verdict_words(each)
    needs = f". It would need {each.needs}." if each.needs and each.needs != words else ""
    return row(
        each.provider or "",
        _whose(each),
        cell(badge(each.verdict, KINDS.get(each.verdict, "calm"))),
        cell(words, needs, class_="words"),
        figure(count(each.legacy), each.legacy),
        figure(count(each.registry), each.registry),
    )


def _whose(each: Verdict) -> Tag:
    return tag("em", EVERYBODY) if each.provider is None else tag("bdi", each.provider)


def _metric(each: Verdict, metric: MetricVerdict) -> Tag:
    return row(
        f"{each.provider or ''}\n{metric.metric}",
        _whose(each),
        cell(metric.metric),
        cell(badge(metric.verdict, KINDS.get(metric.verdict, "calm"))),
        figure(_value(metric, metric.legacy), metric.legacy),
        figure(_value(metric, metric.registry), metric.registry),
        figure(_effect(metric, metric.effect), metric.effect),
        figure(_interval(metric), metric.low),
        cell(metric.needs or unknown(), class_="words"),
    )


def _effect_words(metric: MetricVerdict) -> str:
    return f"{metric.metric} {_effect(metric, metric.effect)} ({_interval(metric)})"


def _value(metric: MetricVerdict, value: float | None) -> str:
    return share(value) if metric.unit == "rate" else seconds(value)


def _effect(metric: MetricVerdict, value: float | None) -> str:
    if value is None:
        return UNKNOWN
    if metric.unit != "rate":
        return f"× {number(value)}"
    return f"{'+' if value > 0 else MINUS if value < 0 else '±'}{number(abs(value) * 100)} points"


def _interval(metric: MetricVerdict) -> str:
    if metric.low is None and metric.high is None:
        return UNKNOWN
    low, high = (_effect(metric, end) if end is not None else "?" for end in (metric.low, metric.high))
    return f"{low} to {high}"


def _sides(each: Sides) -> Tag:
    both = (each.legacy, each.registry)
    return row(
        each.provider,
        tag("bdi", each.provider),
        *(made for pair in zip(*map(_figures, both), strict=True) for made in pair),
    )


def _figures(side: Side | None) -> Iterator[Tag]:
    if side is None:
        yield from (figure(UNKNOWN, None) for _ in range(6))
        return
    yield figure(count(side.attempts), side.attempts)
    yield figure(share(side.success), side.success)
    yield from (figure(seconds(value), value) for value in (side.p50, side.p95, side.p99))
    first = side.first_chunk.p95 if side.first_chunk else None
    yield figure(seconds(first), first)


def _point(point: ArmPoint) -> Tag:
    return row(
        f"{point.start}\n{point.arm}",
        clock(point.start),
        cell(point.arm),
        figure(count(point.attempts), point.attempts),
        figure(count(point.failed), point.failed),
        *(figure(seconds(value), value) for value in (point.p50, point.p95, point.p99)),
    )


def _more(name: str, summary: str, *children: Tag) -> Tag:
    return tag("details", tag("summary", summary), children, id=name)
