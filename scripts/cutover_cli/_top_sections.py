"""The sections of ``top``, each a table that can be cut to some rows and then says how many are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cutover_cli._top_cells import NOTHING, clock, count, counted, curve, duration, percent, printable, several, stretch
from cutover_telemetry.overview import Arms, MetricVerdict, Overview, Provider, RecentRoute, Verdict
from cutover_telemetry.overview import Failover as Move

GOOD, FAIR = 0.99, 0.95
WIDE, VAST = 100, 128
CURVE = 20
TITLE = "bold cyan"
STYLES = {"worse": "bold red", "better": "green", "same": "green", "cannot judge": "yellow"}
DIFFERENT, ALIKE = ("worse", "better"), ("cannot judge", "same")
OUTCOMES = {"ok": "", "failed_over": "yellow", "exhausted": "bold red", "deadline": "bold red", "error": "bold red"}
CIRCUITS = {"open": "bold red", "half-open": "yellow"}
PLAIN = {"failed_over": "failed over", "ok": "ok"}
Row = Sequence[Text | str]


@dataclass(frozen=True)
class Column:
    """A column; one that is `flexible` gives way first, and the last one takes what is left."""

    name: str
    right: bool = False
    flexible: bool = False
    most: int | None = None


@dataclass(frozen=True)
class Section:
    """Some rows under a title, or under the names of their columns."""

    title: Text
    columns: tuple[Column, ...]
    every: tuple[Row, ...]
    headed: bool = False

    @property
    def rows(self) -> int:
        """How many it has."""
        return len(self.every)

    def drawn(self, most: int) -> Iterator[RenderableType]:
        """The section in one line more than `most`; where rows are missing it says so."""
        cut = self.rows - most if most < self.rows else 0
        if not self.headed:
            yield Text.assemble(self.title, (f"  the first {most} of {count(self.rows)}" if cut else "", "dim"))
        kept = self.every[: most - 1] if self.headed and cut else self.every[:most]
        yield self._table(kept)
        if self.headed and cut:
            yield Text(f"and {count(cut + 1)} more", "dim")

    def _table(self, rows: Sequence[Row]) -> Table:
        made = Table(box=None, pad_edge=False, show_header=self.headed, header_style=TITLE, expand=True)
        for column in self.columns:
            made.add_column(
                column.name,
                justify="right" if column.right else "left",
                no_wrap=True,
                overflow="ellipsis",
                ratio=1 if column.flexible else None,
                max_width=column.most,
            )
        for row in rows:
            made.add_row(*row)
        return made


def scorecard(providers: Sequence[Provider], *, width: int) -> Section:
    """The providers; a narrow terminal has fewer columns."""
    columns = [Column("PROVIDER", most=max(12, width // 5)), Column("ATTEMPTS", right=True), Column("OK", right=True)]
    columns += [Column("P50", right=True), Column("P95", right=True)]
    if width >= WIDE:
        columns += [Column("P99", right=True), Column("1ST CHUNK P95", right=True)]
    if width >= VAST:
        columns += [Column("TOKENS/S", right=True), Column("FAILING")]
    columns += [Column("CIRCUIT"), Column("ERRORS", flexible=True)]
    return Section(Text(), tuple(columns), tuple(_provider(each, width) for each in providers), headed=True)


def failovers(moves: Sequence[Move]) -> Section:
    """Who failed over to whom, the costliest first."""
    columns = (Column("", most=60), Column("", right=True), Column("", right=True), Column("", flexible=True))
    rows = (
        (
            Text(f"{printable(move.away)} → {printable(move.to)}"),
            f"{count(move.failovers)} ×",
            f"{duration(move.lost)} lost",
            Text(f"{several(move.saved, 'request')} saved", "green" if move.saved else "red"),
        )
        for move in moves
    )
    return Section(Text("FAILOVERS", TITLE), columns, tuple(rows))


def circuits(seen: Overview) -> Section:
    """The circuits that are not closed now."""
    columns = (Column("", most=40), Column(""), Column("", flexible=True))
    rows = [
        (
            Text(printable(each.provider)),
            Text(each.state, CIRCUITS.get(each.state, "")),
            f"for {stretch(max(0.0, seen.asked.end - each.begin))}, since {clock(each.begin)} UTC"
            if each.begin > seen.asked.begin
            else f"since before {clock(each.begin)} UTC",
        )
        for each in seen.circuits
        if each.end is None and each.state != "closed"
    ]
    title = Text.assemble(("CIRCUITS", TITLE), (f"  {several(seen.circuit_changes, 'change')}", "dim"))
    return Section(title, columns, tuple(rows))


def verdicts(arms: Arms) -> Section:
    """The registry arm beside the legacy arm: all together, then what differs; the others are counted."""
    columns = (Column("", most=30), Column(""), Column("", flexible=True))
    first, rest = arms.verdicts[:1], arms.verdicts[1:]
    rows = [_verdict(one) for word in DIFFERENT for one in rest if one.verdict == word]
    rows += [_others([one for one in rest if one.verdict == word]) for word in ALIKE]
    title = Text.assemble(
        ("REGISTRY ARM BESIDE LEGACY ARM", TITLE), "  ", (arms.overall or "", STYLES.get(arms.overall or "", ""))
    )
    return Section(title, columns, (*map(_verdict, first), *(row for row in rows if row)))


def latest(routes: Sequence[RecentRoute], *, width: int) -> Section:
    """The latest routes, the last to end first."""
    columns = [Column(""), Column("", right=True), Column(""), Column("", flexible=True)]
    if width >= WIDE:
        columns.append(Column("", most=40))
    return Section(Text("LATEST ROUTES", TITLE), tuple(columns), tuple(_route(each, width) for each in routes))


def _provider(each: Provider, width: int) -> Row:
    row: list[Text | str] = [
        Text(printable(each.provider)),
        count(each.attempts),
        Text(percent(each.success), _success(each.success)),
        duration(each.p50),
        duration(each.p95),
    ]
    if width >= WIDE:
        row += [duration(each.p99), duration(None if each.first_chunk is None else each.first_chunk.p95)]
    if width >= VAST:
        row += [NOTHING if each.tokens_a_second is None else f"{each.tokens_a_second:,.0f}", _failing(each)]
    return [*row, Text(each.breaker or NOTHING, CIRCUITS.get(each.breaker or "", "")), _errors(each)]


def _success(share: float | None) -> str:
    if share is None:
        return ""
    return "green" if share >= GOOD else "yellow" if share >= FAIR else "bold red"


def _failing(each: Provider) -> Text:
    """The share that failed, over the latest slices."""
    shares = [failed / attempts if attempts else None for _, attempts, failed, _ in each.spark[-CURVE:]]
    return Text(curve(shares).rjust(CURVE), "red" if each.failed else "dim")


def _errors(each: Provider) -> Text:
    if not each.skips:
        return Text(counted(each.errors), "" if each.errors else "dim")
    said = Text(f"{counted(each.errors)}  " if each.errors else "")
    return said.append(f"skipped {count(sum(each.skips.values()))}", "yellow")


def _verdict(one: Verdict) -> Row:
    name = "all together" if one.provider is None else printable(one.provider)
    return Text(name), Text(one.verdict, STYLES[one.verdict]), Text(_why(one))


def _others(some: Sequence[Verdict]) -> Row:
    if len(some) < 2:
        return _verdict(some[0]) if some else ()
    names = ", ".join(printable(one.provider or "") for one in some)
    return f"{count(len(some))} others", Text(some[0].verdict, STYLES[some[0].verdict]), Text(names, "dim")


def _why(one: Verdict) -> str:
    told = [_effect(metric) for metric in one.metrics if metric.verdict == one.verdict and metric.effect is not None]
    if one.verdict in DIFFERENT and told:
        return "; ".join(told)
    return "; ".join(one.reasons) if one.needs is None else f"it would take {one.needs}"


def _effect(one: MetricVerdict) -> str:
    if one.unit == "factor":
        return f"{one.metric} × {one.effect:.2f} ({duration(one.legacy)} → {duration(one.registry)})"
    points = 100 * (one.effect or 0.0)
    return f"{one.metric} {points:+.2f} points ({percent(one.legacy)} → {percent(one.registry)})"


def _route(each: RecentRoute, width: int) -> Row:
    path = _path(each.providers)
    lost = f"  lost {duration(each.lost)}" if each.lost else ""
    row: list[Text | str] = [
        clock(each.began),
        duration(each.seconds),
        Text(PLAIN.get(each.outcome, each.outcome), OUTCOMES.get(each.outcome, "")),
        Text.assemble(path or "no attempt", (lost, "red")),
    ]
    return [*row, Text(printable(each.name or ""), "dim")] if width >= WIDE else row


def _path(providers: Iterable[str]) -> str:
    return " → ".join(printable(name) for name in providers)
