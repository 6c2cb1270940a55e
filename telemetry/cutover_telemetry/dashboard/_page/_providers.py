"""The scorecard: the providers, worst first; of one provider alone, everything that is known."""

from collections.abc import Mapping, Sequence

from cutover_telemetry.dashboard._page._address import Address
from cutover_telemetry.dashboard._page._curves import spark
from cutover_telemetry.dashboard._page._markup import Node, Tag, tag
from cutover_telemetry.dashboard._page._tables import Column, badge, cell, figure, row, table, unknown
from cutover_telemetry.dashboard._page._words import count, number, plural, rate, seconds, share
from cutover_telemetry.overview import Overview, Percentiles, Provider

COLUMNS = (
    Column("Provider"),
    Column("Success", True, "Answered, of answered and failed; cancelled calls are neither"),
    Column("Circuit"),
    Column("Errors", False, "The most frequent first"),
    Column("p50", True, "Half of the answers took less"),
    Column("p95", True, "95 of 100 answers took less"),
    Column("p99", True, "99 of 100 answers took less"),
    Column("First chunk p95", True, "95 of 100 streams began sooner"),
    Column("Tokens/s", True, "Tokens of an answer over the time from its first chunk to its end"),
    Column("Attempts", True),
    Column("Rate", True, "Attempts a second or a minute"),
    Column("Over time", False, "Attempts, and those that failed, in slices of the time range"),
)
KINDS = {"closed": "good", "open": "bad", "half-open": "warn"}
GOOD, FAIR = 0.99, 0.95
MOST_ERRORS = 3


def providers(shown: Overview, address: Address | None) -> list[Node]:
    """The scorecard; links narrow the page where there is an address."""
    if not shown.providers:
        return [tag("p", "No attempt in this time range.", class_="quiet")]
    rows = (_row(each, address) for each in shown.providers)
    made: list[Node] = [table("providers", "Providers, the worst first", COLUMNS, rows, sortable=True)]
    if len(shown.providers) == 1:
        made.append(_known(shown.providers[0]))
    return made


def success_kind(success: float | None) -> str:
    """How bad a success rate is."""
    return "" if success is None else "good" if success >= GOOD else "warn" if success >= FAIR else "bad"


def error_words(errors: Mapping[str, int], most: int | None = None) -> Sequence[str]:
    """Errors with how often each came, and how many more kinds there are."""
    words = [f"{name} × {count(times)}" for name, times in list(errors.items())[:most]]
    return [*words, f"and {len(errors) - most} more"] if most and len(errors) > most else words


def _row(each: Provider, address: Address | None) -> Tag:
    first = each.first_chunk.p95 if each.first_chunk else None
    return row(
        each.provider,
        _name(each.provider, address),
        figure(share(each.success), each.success, class_=success_kind(each.success)),
        cell(badge(each.breaker, KINDS.get(each.breaker, "calm")) if each.breaker else unknown(), sort=each.breaker),
        cell(_errors(each), sort=each.failed),
        figure(seconds(each.p50), each.p50),
        figure(seconds(each.p95), each.p95),
        figure(seconds(each.p99), each.p99),
        figure(seconds(first), first),
        figure(number(each.tokens_a_second), each.tokens_a_second),
        figure(count(each.attempts), each.attempts),
        figure(rate(each.rate), each.rate),
        cell(spark(each.spark)),
    )


def _name(name: str, address: Address | None) -> Node:
    if address is None:
        return tag("bdi", name)
    chosen = address.provider == name
    link = address.to(provider=None if chosen else name, route=None)
    title = "Show all providers again" if chosen else "Show this provider alone"
    return tag("a", tag("bdi", name), href=link, title=title, data_filter=True)


def _errors(each: Provider) -> list[Node]:
    if not each.errors:
        return [tag("span", "none", class_="quiet")]
    listed = (tag("li", tag("bdi", words)) for words in error_words(each.errors, MOST_ERRORS))
    return [tag("ul", listed, class_="mix", role="list")]


def _known(one: Provider) -> Tag:
    facts = (
        ("Answered", count(one.answered)),
        ("Failed", count(one.failed)),
        ("Cancelled by the caller", count(one.cancelled)),
        ("Errors", ", ".join(error_words(one.errors)) or "none"),
        ("First chunk", _three(one.first_chunk)),
        ("Tokens", f"{count(one.input_tokens)} in, {count(one.output_tokens)} out"),
        ("Failed over away from it", count(one.failovers_away)),
        ("Failed over to it", count(one.failovers_to)),
        ("Passed over", ", ".join(f"{reason}: {plural(n, 'time')}" for reason, n in one.skips.items()) or "never"),
    )
    return tag("dl", (tag("div", tag("dt", name), tag("dd", words)) for name, words in facts), class_="facts")


def _three(found: Percentiles | None) -> str:
    if found is None:
        return "no stream in this time range"
    return f"p50 {seconds(found.p50)}, p95 {seconds(found.p95)}, p99 {seconds(found.p99)}"
