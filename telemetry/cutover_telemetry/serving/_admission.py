"""Who may speak to a server of ours: this machine as it is, everybody else with a token.

This machine means a loopback peer that also asked for a loopback name and came through no proxy, so that neither a page
in a browser (DNS rebinding) nor the far side of a reverse proxy is taken for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a caller is not served, and the HTTP status that says so."""

    status: int
    message: str

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer has to say besides."""
        return {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}


@dataclass(frozen=True, slots=True)
class Admission:
    """Lets callers in by where they are and what they know; without a token only this machine is served."""

    token: str | None = None

    def refused(self, scope: Mapping[str, Any]) -> Refusal | None:
        """Why the caller of this ASGI scope is refused; None if it is let in."""
        headers = dict(scope["headers"])
        if self._knows_token(headers.get(b"authorization", b"")) or _is_this_machine(scope, headers):
            return None
        if self.token is None:
            return Refusal(403, "only this machine is served; give the server a token to serve others")
        return Refusal(401, "a token is needed: send the header Authorization: Bearer TOKEN")

    def _knows_token(self, given: bytes) -> bool:
        scheme, _, value = given.partition(b" ")
        right = self.token is not None and compare_digest(value.strip(), self.token.encode())
        return right and scheme.lower() == b"bearer"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_this_machine(scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> bool:
    client = scope.get("client")
    if client is None or any(name in headers for name in FORWARDED):
        return False
    return is_loopback(str(client[0])) and is_loopback(_host(headers.get(b"host", b"")))


def _host(header: bytes) -> str:
    try:
        return urlsplit("//" + header.decode("ascii")).hostname or ""
    except ValueError:
        return ""
