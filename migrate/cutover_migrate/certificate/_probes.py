"""The subjects that a site is proved at: every key that anybody knows, and those that nobody does.

A member of a text enum goes the way of its text, as comparing decides; an unhashable subject goes the way of an unknown
one, unless a test looks it up in a set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cutover_migrate.certificate._config import Config
from cutover_migrate.certificate._records import SubjectKind

UNKNOWN = "no-such-provider"


@dataclass(frozen=True, slots=True)
class Probe:
    """One subject: the text that it equals (None for None) and its kind."""

    key: str | None
    kind: SubjectKind = "text"


def probes(legacy: Iterable[str], config: Config, served: Mapping[str, object], *, hashed: bool) -> Iterator[Probe]:
    """Give the subjects for one site; `hashed` tells that a test looks the subject up in a set."""
    known = {*legacy, *config.entries, *config.aliases}
    yield from (Probe(key) for key in sorted(known))
    unknown = UNKNOWN
    while unknown in known:
        unknown += "-"
    cased = {other for key in known for other in (key.upper(), key.title())} - known
    yield from (Probe(key) for key in sorted({unknown, *sorted(cased)[:1], ""} - known))
    yield Probe(None)
    yield from (Probe(key, "str-enum") for key in list(served)[:1])
    if not hashed:
        yield Probe(unknown, "unhashable")
