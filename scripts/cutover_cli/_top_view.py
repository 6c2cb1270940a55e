"""What ``top`` shows: an overview as one screen. The worst is first, and what does not fit is counted.

Names come from outside: they are printed as text, and characters that would move a terminal's cursor are made visible.

Example: ``Console().print(whole(Shown(overview(store, view), path, 900.0), width=80, height=24))``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cutover_cli._top_cells import clock, count, duration, percent, printable, several, stretch
from cutover_cli._top_sections import WIDE, Section, circuits, failovers, latest, scorecard, verdicts
from cutover_telemetry.overview import Overview
from cutover_telemetry.store import StoreError

ROOM = 100
"""Rows where nothing limits them; every provider has one even so."""
LEAST = 3
AIRY = 5
LONGEST = 50


@dataclass(frozen=True)
class Shown:
    """An overview, the file that it is of, and how many seconds were asked for."""

    overview: Overview
    path: Path
    last: float


def whole(shown: Shown, *, width: int, height: int | None = None) -> RenderableType:
    """The screen: all of it without a height, and where there is little height without blank lines."""
    seen = shown.overview
    head = _head(shown, width=width)
    if not any(provider.attempts or provider.skips for provider in seen.providers):
        return Group(*head, Text(), _nothing(shown))
    sections = [
        scorecard(seen.providers, width=width),
        verdicts(seen.arms),
        failovers(seen.failovers),
        circuits(seen),
        latest(seen.recent, width=width),
    ]
    present = [section for section in sections if section.rows]
    room = ROOM if height is None else height - len(head)
    airy = room > sum(min(section.rows, AIRY) + 2 for section in present)
    rows = _rows(present, room=room - len(present) * (1 + airy))
    if height is None:
        rows[0] = present[0].rows
    lines: list[RenderableType] = []
    for section, most in zip(present, rows, strict=True):
        lines += [*([Text()] if airy else []), *(section.drawn(most) if most else [])]
    return Group(*head, *lines)


def no_store(path: Path) -> RenderableType:
    """What is said while there is no file."""
    return Group(
        Text(f"waiting for {printable(str(path))}", "bold yellow"),
        Text("\nThere is no store at this path yet. It is made by the first process that writes into it:"),
        Text("  cutover run -- uvicorn app:app            nothing of the application is edited", "dim"),
        Text('  instrument(app, store="telemetry.db")     one line in it', "dim"),
        Text("\nCtrl-C ends the waiting."),
    )


def trouble(error: StoreError) -> RenderableType:
    """What is said while the file cannot be read."""
    return Group(Text("no view just now", "bold yellow"), Text(f"\n{printable(str(error))}"), Text("\nTrying again."))


def _head(shown: Shown, *, width: int) -> list[RenderableType]:
    seen = shown.overview
    line = Table.grid(expand=True, padding=(0, 1))
    line.add_column(no_wrap=True, overflow="ellipsis")
    line.add_column(justify="right", no_wrap=True)
    what = Text.assemble(("cutover top", "bold"), f"  {printable(str(shown.path))}")
    if seen.provider is not None:
        what.append(f"  provider {printable(seen.provider)}", "cyan")
    line.add_row(what, Text(f"last {stretch(shown.last)}, to {clock(seen.asked.end)} UTC"))
    return [line, *([_sums(seen, width=width)] if seen.providers else []), *_warnings(seen)]


def _sums(seen: Overview, *, width: int) -> Text:
    attempts, failed = sum(each.attempts for each in seen.providers), sum(each.failed for each in seen.providers)
    said = Text(f"{several(attempts, 'attempt')}, ", no_wrap=True, overflow="ellipsis")
    if failed:
        ended = failed + sum(each.answered for each in seen.providers)
        said.append(f"{count(failed)} failed ({percent(failed / ended, up=True)})", "red")
    else:
        said.append("none failed", "green")
    said.append(f"; {several(sum(card.routes for card in seen.routes.cards), 'route')}")
    if seen.routes.latency is not None:
        said.append(f", p95 {duration(seen.routes.latency.p95)}")
    if seen.routes.overhead is not None and width >= WIDE:
        said.append(f"; telemetry itself took {duration(seen.routes.overhead.p95)} of each (p95)", "dim")
    return said


def _warnings(seen: Overview) -> list[Text]:
    if not seen.stored.dropped:
        return []
    return [Text(f"{several(seen.stored.dropped, 'attempt')} dropped since the store began: counts are too low",
                 "yellow")]  # fmt: skip


def _nothing(shown: Shown) -> RenderableType:
    seen = shown.overview
    if seen.stored.attempts == 0:
        return Text("The store is there, and no attempt was written into it yet.", "yellow")
    if seen.provider is not None and seen.provider not in seen.providers_known:
        known = ", ".join(printable(name) for name in seen.providers_known)
        return Text(f"No provider is called {printable(seen.provider)}. There are: {known}", "yellow")
    whose = "" if seen.provider is None else f" of {printable(seen.provider)}"
    return Text(
        f"No attempt{whose} in the last {stretch(shown.last)}. The store has {count(seen.stored.attempts)} in all; "
        "look further back with --last.",
        "yellow",
    )


def _rows(sections: Sequence[Section], *, room: int) -> list[int]:
    """Rows of each section: a few each (the last ones none if need be), all providers, then one each in turn."""
    rows = [min(section.rows, LEAST) for section in sections]
    for place in reversed(range(1, len(sections))):
        if sum(rows) > room:
            rows[place] = 0
    rows[0] += max(0, min(sections[0].rows - rows[0], room - sum(rows)))
    for _ in range(LONGEST):
        for place, section in enumerate(sections):
            if 0 < rows[place] < min(section.rows, LONGEST) and sum(rows) < room:
                rows[place] += 1
    return rows
