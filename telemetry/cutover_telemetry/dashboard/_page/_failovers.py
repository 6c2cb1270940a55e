"""Who failed over to whom, what it cost and what it saved."""

from cutover_telemetry.dashboard._page._charts import chart
from cutover_telemetry.dashboard._page._markup import Node, Tag, tag
from cutover_telemetry.dashboard._page._tables import Column, cell, figure, row, table
from cutover_telemetry.dashboard._page._words import count, plural, seconds
from cutover_telemetry.overview import Failover, Overview

COLUMNS = (
    Column("Away from"),
    Column("To"),
    Column("Failovers", True),
    Column("Time lost", True, "Seconds in the attempts that failed"),
    Column("Requests saved", True, "Routes that the other provider then answered"),
)


def failovers(shown: Overview) -> list[Node]:
    """The matrix as a picture and as a table."""
    if not shown.failovers:
        return [tag("p", "No failover in this time range.", class_="quiet")]
    total = sum(each.failovers for each in shown.failovers)
    lost, saved = sum(each.lost for each in shown.failovers), sum(each.saved for each in shown.failovers)
    words = f"{plural(total, 'failover')} cost {seconds(lost)} and saved {plural(saved, 'request')}."
    return [
        tag("p", words),
        chart(
            "failovers", "Failovers from provider to provider, as wide as they are frequent; the table has the numbers"
        ),
        table("failovers", "Failovers, the costliest first", COLUMNS, map(_row, shown.failovers), sortable=True),
    ]


def _row(each: Failover) -> Tag:
    return row(
        f"{each.away}\n{each.to}",
        tag("bdi", each.away),
        cell(tag("bdi", each.to), sort=each.to.casefold()),
        figure(count(each.failovers), each.failovers),
        figure(seconds(each.lost), each.lost),
        figure(count(each.saved), each.saved),
    )
