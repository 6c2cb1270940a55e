"""How many messages a body holds, found without decoding it: two bytes on the wire are two hundred in memory.

Traces, metrics and logs have the same outer shape: resources (field 1) of scopes (field 2) of items (field 2). Only
these three levels are walked; what is inside of an item is bounded by the size of the body.
"""

from collections.abc import Iterator

from cutover_telemetry.incoming._errors import TooMany

MOST_MESSAGES = 100_000
LEVELS = (1, 2, 2)
VARINT, WIDE, DELIMITED, NARROW = 0, 1, 2, 5

Stretch = tuple[int, int]


def refuse_crowd(body: bytes, *, most: int = MOST_MESSAGES) -> None:
    """Raise TooMany if there are more; what is no protobuf is left to the decoder."""
    found, stretches = 0, [(0, len(body))]
    for wanted in LEVELS:
        inner: list[Stretch] = []
        for stretch in stretches:
            for inside in _fields(body, stretch, wanted):
                found += 1
                if found > most:
                    raise TooMany(most)
                inner.append(inside)
        stretches = inner


def _fields(body: bytes, stretch: Stretch, wanted: int) -> Iterator[Stretch]:
    place, end = stretch
    while place < end:
        tag, place = _varint(body, place, end)
        kind = tag & 7
        if kind == VARINT:
            _, place = _varint(body, place, end)
        elif kind == DELIMITED:
            size, place = _varint(body, place, end)
            if tag >> 3 == wanted and place + size <= end:
                yield place, place + size
            place += size
        elif kind in {WIDE, NARROW}:
            place += 8 if kind == WIDE else 4
        else:
            return


def _varint(body: bytes, place: int, end: int) -> Stretch:
    value = shift = 0
    while place < end and shift < 70:
        byte = body[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
        shift += 7
    return value, end
