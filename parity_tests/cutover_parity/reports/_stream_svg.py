"""Both arms' streams, drawn: chunk after chunk by size, so that edges stand below each other, and in time if known."""

from collections.abc import Iterator
from itertools import accumulate

from cutover_parity.replay._timelines import Moment, Timeline
from cutover_parity.reports._html import html_text

_WIDTH, _LEFT, _RIGHT = 760, 74, 130
_ROW, _BAR = 34, 18
_LINE = _WIDTH - _LEFT - _RIGHT


def stream_svg(legacy: Timeline, registry: Timeline) -> str:
    """Draw two answers; nothing where neither has a chunk."""
    if not legacy.chunks and not registry.chunks:
        return ""
    rows = [*_by_size(legacy, registry), *_by_time(legacy, registry)]
    height = _ROW * len(rows) + 12
    parts = "".join(f'<g transform="translate(0 {8 + number * _ROW})">{row}</g>' for number, row in enumerate(rows))
    label = "Chunks of both arms: sizes, edges and end" + (", and moments" if len(rows) > 2 else "")
    return (
        f'<div class="wide"><svg class="stream" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{label}">{parts}</svg></div>'
    )


def _by_size(legacy: Timeline, registry: Timeline) -> Iterator[str]:
    longest = max(sum(moment.size for moment in line.chunks) for line in (legacy, registry)) or 1
    edges = [set(accumulate(moment.size for moment in line.chunks)) for line in (legacy, registry)]
    for name, line, others in (("legacy", legacy, edges[1]), ("registry", registry, edges[0])):
        drawn = (*_blocks(line, longest), *_own_edges(line, longest, others))
        yield _name(name) + "".join(drawn) + _end(line, _total(line) / longest)


def _blocks(line: Timeline, longest: int) -> Iterator[str]:
    begin = 0
    for number, moment in enumerate(line.chunks, start=1):
        left, width = _x(begin / longest), max(_LINE * moment.size / longest, 1)
        yield (
            f'<rect class="chunk" x="{left:.1f}" y="0" width="{width:.1f}" height="{_BAR}">'
            f"<title>{_told(number, moment, line)}</title></rect>"
        )
        begin += moment.size


def _own_edges(line: Timeline, longest: int, others: set[int]) -> Iterator[str]:
    for edge in accumulate(moment.size for moment in line.chunks):
        if edge not in others:
            yield f'<rect class="only" x="{_x(edge / longest) - 1.5:.1f}" y="-3" width="3" height="{_BAR + 6}"/>'


def _by_time(legacy: Timeline, registry: Timeline) -> Iterator[str]:
    last = max([moment.at for line in (legacy, registry) if line.timed for moment in line.chunks], default=0.0)
    if last <= 0:
        return
    for name, line in (("legacy", legacy), ("registry", registry)):
        ticks = "".join(_tick(number, moment, line, last) for number, moment in enumerate(line.chunks, start=1))
        axis = f'<line class="axis" x1="{_LEFT}" x2="{_LEFT + _LINE}" y1="{_BAR / 2}" y2="{_BAR / 2}"/>'
        until = f'<text class="note" x="{_LEFT + _LINE + 8}" y="13">0 to {last:g} ms</text>'
        yield _name(name) + axis + ticks + until


def _tick(number: int, moment: Moment, line: Timeline, last: float) -> str:
    place = f"{_x(moment.at / last):.1f}"
    told = f"<title>{_told(number, moment, line)}</title>"
    return f'<line class="tick" x1="{place}" x2="{place}" y1="1" y2="{_BAR - 1}">{told}</line>'


def _name(name: str) -> str:
    return f'<text x="4" y="13">{name}</text>'


def _end(line: Timeline, share: float) -> str:
    left, middle = _x(min(share, 1.0)) + 8, 13
    more = f" (and {line.left_out} chunks)" if line.left_out else ""
    if line.finished and not line.error:
        return f'<text class="endmark" x="{left:.1f}" y="{middle}">■ end{more}</text>'
    word = "✕ error" if line.error else "✕ cut"
    return (
        f'<text class="cutmark" x="{left:.1f}" y="{middle}">{word}{more}<title>{html_text(line.error)}</title></text>'
    )


def _told(number: int, moment: Moment, line: Timeline) -> str:
    when = f", {moment.at:g} ms" if line.timed else ""
    return html_text(f"chunk {number}, {moment.size} bytes{when}: {moment.text}")


def _total(line: Timeline) -> int:
    return sum(moment.size for moment in line.chunks)


def _x(share: float) -> float:
    return _LEFT + _LINE * share
