"""One route: its attempts one below the other, each where it was in time, with gaps and skips and the sum of all."""

from collections.abc import Iterator

from cutover_telemetry.dashboard._page._address import Address
from cutover_telemetry.dashboard._page._curves import stretches
from cutover_telemetry.dashboard._page._markup import Node, Tag, tag
from cutover_telemetry.dashboard._page._routes import NO_ATTEMPT, outcome_badge
from cutover_telemetry.dashboard._page._tables import Column, cell, figure, row, table, unknown
from cutover_telemetry.dashboard._page._words import UNKNOWN, count, machine, moment, plural, seconds
from cutover_telemetry.overview import Bar, Gap, Skip, Waterfall

GONE = "This route is not kept any more, or was never in this store. Routes are kept for a day or so."
COLUMNS = (
    Column("Attempt"),
    Column("In time"),
    Column("Began after", True),
    Column("Took", True),
    Column("First chunk after", True),
    Column("Ended"),
    Column("Model"),
    Column("Arm"),
    Column("Tokens in, out", True),
)
LEAST_GAP = 0.001


def waterfall_panel(found: Waterfall | None, address: Address | None) -> list[Node]:
    """The route, or that it is gone."""
    back = None if address is None else tag("p", tag("a", "Close this route", href=address.to(route=None) + "#routes"))
    if found is None:
        return [tag("p", GONE, class_="quiet"), *([back] if back else [])]
    rows = [row_ for _, row_ in sorted(_rows(found), key=lambda timed: timed[0])]
    return [
        tag("p", outcome_badge(found.outcome), " ", _about(found)),
        table("waterfall", f"What route {found.id} did, in {seconds(found.seconds)}", COLUMNS, rows),
        tag("p", _sum(found), class_="quiet"),
        *([back] if back else []),
    ]


def _about(found: Waterfall) -> list[Node]:
    words = [
        f" began {moment(found.began)}, took {seconds(found.seconds)}",
        f"{plural(len(found.attempts), 'attempt')} on arm {found.arm or NO_ATTEMPT}",
        f"{seconds(found.lost)} lost in failed attempts",
    ]
    words += [f"status {found.status}"] if found.status is not None else []
    words += [f"its own error {found.error}"] if found.error else []
    words += ["the client went away"] if found.disconnected else []
    words += [f"trace {found.trace_id}"] if found.trace_id else []
    return [tag("bdi", found.name or "Route"), tag("time", "; ".join(words) + ".", datetime=machine(found.began))]


def _sum(found: Waterfall) -> str:
    agrees = "they are the route" if found.whole else f"the route took {seconds(found.seconds)}: they do not agree"
    return (
        f"Attempts and gaps together: {seconds(found.accounted)}, {agrees}. "
        f"Our own layer took {seconds(found.overhead)} of it."
    )


def _rows(found: Waterfall) -> Iterator[tuple[float, Tag]]:
    for place, bar in enumerate(found.attempts):
        yield bar.began, _attempt(bar, place, found.seconds)
    for gap in found.gaps:
        if gap.seconds >= LEAST_GAP:
            yield gap.began, _gap(gap, found.seconds)
    for skip in found.skips:
        yield skip.at, _skip(skip)


def _attempt(bar: Bar, place: int, whole: float) -> Tag:
    ended = bar.error or ("cancelled" if bar.cancelled else "answered")
    kind = "failed" if bar.error else "cancelled" if bar.cancelled else "answered"
    waited = bar.seconds if bar.first_chunk is None else bar.first_chunk - bar.began
    parts = [(bar.began, waited, f"bar-{kind} waiting" if bar.first_chunk is not None else f"bar-{kind}")]
    if bar.first_chunk is not None:
        parts.append((bar.first_chunk, bar.seconds - waited, f"bar-{kind}"))
    tokens = f"{count(bar.input_tokens)}, {count(bar.output_tokens)}"
    return row(
        f"attempt {place}",
        tag("bdi", f"{bar.number or place + 1}. {bar.provider}"),
        cell(stretches(parts, whole=whole, said=f"from {seconds(bar.began)} to {seconds(bar.began + bar.seconds)}"),
             class_="wide"),
        figure(seconds(bar.began), bar.began),
        figure(seconds(bar.seconds), bar.seconds),
        figure(seconds(None if bar.first_chunk is None else bar.first_chunk - bar.began), bar.first_chunk),
        cell(tag("bdi", ended), class_=f"ended-{kind}"),
        cell(tag("bdi", bar.model) if bar.model else unknown(), class_="name"),
        cell(bar.arm),
        figure(UNKNOWN if tokens == f"{UNKNOWN}, {UNKNOWN}" else tokens, None),
    )  # fmt: skip


def _gap(gap: Gap, whole: float) -> Tag:
    strip = stretches([(gap.began, gap.seconds, "bar-gap")], whole=whole, said=f"after {seconds(gap.began)}")
    rest = tag("td", "no attempt ran", colspan=5, class_="quiet")
    return row(f"gap {gap.began}", "gap", cell(strip, class_="wide"), figure(seconds(gap.began), gap.began),
               figure(seconds(gap.seconds), gap.seconds), rest, class_="gap")  # fmt: skip


def _skip(skip: Skip) -> Tag:
    reason = skip.reason.replace("_", " ")
    return row(f"skip {skip.provider} {skip.at}", tag("bdi", skip.provider), cell(), figure(seconds(skip.at), skip.at),
               tag("td", tag("bdi", f"passed over: {reason}"), colspan=6, class_="quiet"), class_="gap")  # fmt: skip
