"""Secrets that were seen, remembered to be found again wherever they turn up: as they are, escaped or decoded.

What was learnt lately is looked for anywhere; older secrets only as whole runs of characters, so that looking stays
cheap however many customers a gateway has. The memory is bounded.
"""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

_SHORTEST = 8
_LATELY = 64
_LONG_AGO = 20_000
_WORD = re.compile(rb"[A-Za-z]{1,11}|[A-Za-z]+(?: [A-Za-z]+)+|\d{1,9}")


class KnownSecrets:
    """The secrets of one scrubber, each with the mark that stands for it; `count` grows with every new one."""

    def __init__(self) -> None:
        self.count = 0
        self.runs: dict[bytes, bytes] = {}
        self._lately: dict[bytes, bytes] = {}

    def learn(self, secret: bytes, mark: bytes) -> None:
        """Remember a secret, unless it is too short or too common a word to be looked for."""
        if len(secret) < _SHORTEST or secret in self.runs or _WORD.fullmatch(secret):
            return
        self.count += 1
        _bounded(self.runs, secret, mark, _LONG_AGO)
        for form in _forms(secret):
            _bounded(self._lately, form, mark, _LATELY)

    def within(self, plain: bytes) -> bool:
        """Whether a late secret stands in what was decoded."""
        return any(secret in plain for secret in self._lately)

    def spans(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Give where late secrets stand in the data, each with its mark."""
        for secret, mark in list(self._lately.items()):
            start = data.find(secret)
            while start >= 0:
                yield start, start + len(secret), mark
                start = data.find(secret, start + len(secret))


def _bounded(kept: dict[bytes, bytes], secret: bytes, mark: bytes, most: int) -> None:
    kept[secret] = mark
    if len(kept) > most:
        del kept[next(iter(kept))]


def _forms(secret: bytes) -> set[bytes]:
    """Give the ways in which a secret is written in plain sight: as it is, in JSON, in a URL."""
    text = secret.decode(errors="surrogateescape")
    escaped = json.dumps(text)[1:-1].encode()
    quoted = (quote(text, safe="", errors="surrogateescape"), quote_plus(text, errors="surrogateescape"))
    return {secret, escaped, escaped.replace(b"/", rb"\/"), *(form.encode() for form in quoted)}
