"""How a webhook is signed, and how whoever receives it makes sure of it.

The signature is HMAC-SHA256 over the time, a full stop and the body, so that neither can be changed, nor an old one
be sent again much later:

    X-Cutover-Time: 1764000000
    X-Cutover-Signature: v1=5f0c…

>>> headers = signed(b"{}", secret="s3cret", at=1764000000)
>>> is_signed(b"{}", headers, secret="s3cret", at=1764000010)
True
>>> is_signed(b'{"kill": false}', headers, secret="s3cret", at=1764000010)
False
"""

import hmac
from collections.abc import Mapping

TIME = "X-Cutover-Time"
SIGNATURE = "X-Cutover-Signature"
FORM = "v1="
TOLERANCE = 300.0


def signed(body: bytes, *, secret: str, at: float) -> dict[str, str]:
    """The headers that sign this body, sent at this time (seconds since 1970)."""
    time = str(int(at))
    return {TIME: time, SIGNATURE: FORM + _digest(time, body, secret)}


def is_signed(body: bytes, headers: Mapping[str, str], *, secret: str, at: float, tolerance: float = TOLERANCE) -> bool:
    """Whether who knows the secret signed this body, no longer ago than `tolerance` seconds; for receivers."""
    found = {name.lower(): value for name, value in headers.items()}
    time, signature = found.get(TIME.lower(), ""), found.get(SIGNATURE.lower(), "")
    right = hmac.compare_digest(signature.encode(), (FORM + _digest(time, body, secret)).encode())
    return right and time.isascii() and time.isdecimal() and abs(at - int(time)) <= tolerance


def _digest(time: str, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), time.encode("utf-8", "replace") + b"." + body, "sha256").hexdigest()
