"""Which values of a message are content, that is somebody's words, and which are structure on which gateways dispatch.

Told by shape first: what has spaces inside, is long, or is no plain ASCII is content; a short single word is structure.
A name that carries text in the APIs of language models makes content of a single word too, and a name that carries
structure keeps what is short.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from cutover_parity.secrets._json_leaves import Step

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TEXTS_LISTED = """
    content text prompt input output arguments args reasoning thinking refusal instructions query question
    answer summary transcript completion response message messages document documents caption delta comment note
    subject title description system email phone address
"""
_TEXTS = frozenset(_TEXTS_LISTED.split())
_STRUCTURE_LISTED = """
    model provider vendor role type object id ids name format status reason detail kind mime encoding voice
    language finish source control tier effort index version code mode state event created choice method engine
"""
_STRUCTURE = frozenset(_STRUCTURE_LISTED.split())
_WHOLE_CONTENT = frozenset({"arguments", "args", "partial_json", "tool_input"})
_PLAIN = re.compile(r"[!-~]*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_LINK = re.compile(r"([a-z][a-z0-9+.\-]*://[^/?#\s]*|data:[\w.+\-]+/[\w.+\-]+(?:;[\w=.\-]+)*,)", re.IGNORECASE)
_SPACED = frozenset({"model", "provider", "vendor", "engine"})
Kind: TypeAlias = Literal["kept", "content", "named", "spaced", "plain"]
_MOST_PLACES = 20_000
_LONGEST_STRUCTURE = 64
_LONGEST_NAMED = 128
_ERRORS = frozenset({"error", "errors"})


class ContentRules:
    """Decides about values; `opted` are paths that are kept ("messages.*.content", "*"), `kept` are values that are."""

    def __init__(self, opted: Iterable[str] = (), kept: Iterable[str] = ()) -> None:
        self._opted = tuple(tuple(path.split(".")) for path in opted)
        self._kept = frozenset(kept)
        self._kinds: dict[tuple[Step, ...], Kind] = {}
        self.everything = ("*",) in self._opted

    def is_content(self, steps: Sequence[Step], value: str) -> bool:
        """Whether a text at this place is to be masked."""
        place = tuple(steps)
        kind = self._kinds.get(place) or self._kind_of(place)
        stripped = value.strip()
        if kind == "kept" or not stripped or stripped in self._kept:
            return False
        return kind == "content" or not _is_short(stripped, named=kind == "named", spaced=kind == "spaced")

    def _kind_of(self, place: tuple[Step, ...]) -> Kind:
        if len(self._kinds) >= _MOST_PLACES:
            self._kinds.clear()
        kind = self._kinds[place] = "kept" if self.is_opted(place) else _kind(_names(place))
        return kind

    def is_opted(self, steps: Sequence[Step]) -> bool:
        """Whether the user asked to keep what is at this place, or above it."""
        return any(_leads_to(path, steps) for path in self._opted)


def front_of_link(value: str) -> int:
    """Give how many characters of a value are the front of an address (scheme and host) or of a data URL."""
    found = _LINK.match(value)
    return found.end() if found else 0


def in_arguments(steps: Sequence[Step]) -> bool:
    """Whether even numbers at this place are content."""
    return not _WHOLE_CONTENT.isdisjoint(step for step in steps if isinstance(step, str))


def _leads_to(path: Sequence[str], steps: Sequence[Step]) -> bool:
    if len(path) > len(steps):
        return False
    return all(part in {"*", str(step)} for part, step in zip(path, steps, strict=False))


def _names(place: Sequence[Step]) -> tuple[str, ...]:
    return tuple(step for step in place if isinstance(step, str))


def _kind(names: tuple[str, ...]) -> Kind:
    """Tell by the names that lead to a value: kept, content, or (by its shape) one of the others."""
    if names and names[0] in _ERRORS:
        return "kept"
    last = _last_word(names[-1]) if names else ""
    if not _WHOLE_CONTENT.isdisjoint(names):
        return "content"
    if last in _STRUCTURE:
        return "spaced" if last in _SPACED else "named"
    return "content" if last in _TEXTS or _inside_text(names) else "plain"


def _is_short(value: str, *, named: bool, spaced: bool) -> bool:
    """Whether a value has the shape of structure: a single word, of plain ASCII, that is not long."""
    if len(value) > (_LONGEST_NAMED if named or spaced else _LONGEST_STRUCTURE):
        return False
    if _PLAIN.fullmatch(value) is not None:
        return not ("@" in value and _EMAIL.search(value))
    return spaced and len(value) <= _LONGEST_STRUCTURE


def _inside_text(names: tuple[str, ...]) -> bool:
    return any(
        _last_word(name) in _TEXTS and _last_word(name) not in {"messages", "message", "delta"} for name in names[:-1]
    )


@lru_cache(maxsize=4096)
def _last_word(name: str) -> str:
    words = _WORDS.findall(name)
    return words[-1].lower() if words else ""
