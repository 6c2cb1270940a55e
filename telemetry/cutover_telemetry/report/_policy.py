"""The page's policy as a meta element: nothing from elsewhere, and inline only what has one of these hashes."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256

from cutover_telemetry.dashboard import Tag, tag

EMPTY = ""
"""Plotly makes one empty style element and fills it by rules."""
ENDING = re.compile(r"<(?=/script|!--)", re.IGNORECASE)


def policy(*, scripts: Iterable[str], styles: Iterable[str]) -> Tag:
    """What the browser lets happen on a page with these scripts and styles in it."""
    rules = (
        "default-src 'none'",
        f"script-src {_hashes(scripts)}",
        f"style-src {_hashes((*styles, EMPTY))}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return tag("meta", http_equiv="Content-Security-Policy", content="; ".join(rules))


def inline_script(text: str) -> str:
    r"""A script as it may stand in a page: nothing in it ends its element or begins a comment there.

    >>> inline_script("x = '</script>'")
    "x = '\\x3c/script>'"
    """
    return ENDING.sub(r"\\x3c", text)


def _hashes(texts: Iterable[str]) -> str:
    digests = (b64encode(sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
