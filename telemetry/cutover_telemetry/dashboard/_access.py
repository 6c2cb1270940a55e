"""Who may look and who may act.

A look is for this machine as it is and for whoever knows the token; an act is for the token alone, also on this
machine. A browser cannot send a header with its first request: it signs in once, and gets a cookie that is made of the
token and of when it ends, and from which the token cannot be read.
"""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.cookies import CookieError, SimpleCookie
from typing import Any

from cutover_telemetry.serving import Admission, Refusal

COOKIE = "cutover_session"
LASTING = 12 * 3600
PURPOSE = b"cutover dashboard session "


class Sender(Enum):
    """Whose page sent a request."""

    OURS = "ours"
    ANOTHER = "another"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Access:
    """Lets callers look and act; `clock` gives seconds since the epoch."""

    token: str | None = None
    clock: Callable[[], float] = field(default=time.time, repr=False)

    def may_not_look(self, scope: Mapping[str, Any]) -> Refusal | None:
        """Why the caller of this scope sees nothing; None if it may look."""
        if self._signed_in(scope):
            return None
        return Admission(self.token).refused(scope)

    def may_not_act(self, scope: Mapping[str, Any]) -> Refusal | None:
        """Why the caller of this scope may change nothing; None if it may."""
        if self.token is None:
            return Refusal(403, "nothing can be changed from here; start the dashboard with a token to allow it")
        if sender(scope) is Sender.ANOTHER:
            return Refusal(403, "this came from another page; act on the dashboard itself")
        if self._has_token(scope) or (self._signed_in(scope) and sender(scope) is Sender.OURS):
            return None
        return Refusal(401, "a change needs the token: sign in, or send the header Authorization: Bearer TOKEN")

    def is_token(self, given: str) -> bool:
        """Whether somebody said the token; takes as long for any wrong one."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def session(self) -> str:
        """The cookie of somebody who said the token."""
        ends = str(int(self.clock()) + LASTING)
        return f"{ends}.{self._signature(ends)}"

    def _signed_in(self, scope: Mapping[str, Any]) -> bool:
        ends, _, signature = _cookie(scope).partition(".")
        if self.token is None or not (ends.isascii() and ends.isdecimal() and signature.isascii()):
            return False
        right = hmac.compare_digest(signature, self._signature(ends))
        return bool(right) and len(ends) < 20 and int(ends) > self.clock()

    def _has_token(self, scope: Mapping[str, Any]) -> bool:
        scheme, _, value = dict(scope["headers"]).get(b"authorization", b"").partition(b" ")
        return scheme.lower() == b"bearer" and self.is_token(value.strip().decode("utf-8", "replace"))

    def _signature(self, ends: str) -> str:
        return hmac.new((self.token or "").encode(), PURPOSE + ends.encode(), "sha256").hexdigest()


def sender(scope: Mapping[str, Any]) -> Sender:
    """Whose page a browser says has sent this; a form on a page without referrers sends the origin "null"."""
    headers = dict(scope["headers"])
    if headers.get(b"sec-fetch-site", b"same-origin") not in {b"same-origin", b"none"}:
        return Sender.ANOTHER
    origin = headers.get(b"origin", b"null")
    if origin == b"null":
        return Sender.UNKNOWN
    _, _, asked = origin.partition(b"://")
    return Sender.OURS if asked and asked == headers.get(b"host") else Sender.ANOTHER


def _cookie(scope: Mapping[str, Any]) -> str:
    try:
        held = SimpleCookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return ""
    return held[COOKIE].value if COOKIE in held else ""
