"""How routes came out, and the latest of them."""

from cutover_telemetry.dashboard._page._address import Address
from cutover_telemetry.dashboard._page._markup import Node, Tag, tag
from cutover_telemetry.dashboard._page._tables import Column, badge, cell, figure, row, table, unknown
from cutover_telemetry.dashboard._page._words import clock, count, machine, moment, seconds
from cutover_telemetry.overview import Overview, RecentRoute, RouteCard

OUTCOMES = {"ok": "good", "failed_over": "warn", "exhausted": "bad", "deadline": "bad", "error": "bad"}
NO_ATTEMPT = "no attempt"
CARDS = (
    Column("Outcome"),
    Column("Arm"),
    Column("Routes", True),
    Column("Attempts", True),
    Column("p50", True),
    Column("p95", True),
    Column("p99", True),
    Column("Time lost", True, "Seconds in attempts that failed"),
    Column("Client went away", True),
)
RECENT = (
    Column("Began"),
    Column("Outcome"),
    Column("Took", True),
    Column("Providers", False, "Those that were called, in their order"),
    Column("Attempts", True),
    Column("Time lost", True, "Seconds in attempts that failed"),
    Column("Arm"),
    Column("Route"),
)


def routes(shown: Overview, address: Address | None) -> list[Node]:
    """The outcomes by arm, and the latest routes, each a link to its waterfall."""
    if not shown.routes.cards and not shown.recent:
        return [tag("p", "No route in this time range.", class_="quiet")]
    made: list[Node] = []
    if shown.routes.cards:
        made.append(table("outcomes", "How routes came out", CARDS, map(_card, shown.routes.cards), sortable=True))
    if shown.recent:
        rows = (_recent(each, address) for each in shown.recent)
        made.append(table("recent", "The latest routes, the last to end first", RECENT, rows, sortable=True))
    return made


def outcome_badge(outcome: str) -> Tag:
    """How a route came out, coloured."""
    return badge(outcome.replace("_", " "), OUTCOMES.get(outcome, "calm"))


def _card(each: RouteCard) -> Tag:
    return row(
        f"{each.outcome}\n{each.arm}",
        outcome_badge(each.outcome),
        cell(each.arm or NO_ATTEMPT),
        figure(count(each.routes), each.routes),
        figure(count(each.attempts), each.attempts),
        *(figure(seconds(value), value) for value in (each.p50, each.p95, each.p99)),
        figure(seconds(each.lost), each.lost),
        figure(count(each.disconnected), each.disconnected),
    )


def _recent(each: RecentRoute, address: Address | None) -> Tag:
    began = tag("time", clock(each.began), datetime=machine(each.began), title=moment(each.began))
    looked_at = address is not None and address.route == each.id
    link = began if address is None else tag("a", began, href=address.to(route=each.id) + "#route", data_route=each.id)
    return row(
        each.id,
        link,
        cell(outcome_badge(each.outcome)),
        figure(seconds(each.seconds), each.seconds),
        cell(tag("bdi", " → ".join(each.providers)) if each.providers else unknown()),
        figure(count(each.attempts), each.attempts),
        figure(seconds(each.lost), each.lost),
        cell(each.arm or NO_ATTEMPT),
        cell(tag("bdi", each.name) if each.name else unknown()),
        class_="looked-at" if looked_at else None,
    )
