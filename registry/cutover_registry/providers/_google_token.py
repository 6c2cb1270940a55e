"""Access tokens of Google: from a service account, a person's stored login, or the machine's metadata server.

Standard library alone. What is asked for is the documented OAuth 2.0 exchange: a signed claim (RFC 7523) or a refresh
token for an access token with its seconds to live.
"""

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from cutover_registry.failover._clock import least
from cutover_registry.providers._answers import scrubbed
from cutover_registry.providers._budget import Budget, Timeouts
from cutover_registry.providers._rsa import NotRsaKey, rsa_key
from cutover_registry.providers._vertex import PROVIDER, Token
from cutover_registry.providers.errors import (
    NotConfigured,
    ProviderCallError,
    ProviderTimeout,
    ProviderUnreachable,
    kind_of,
)

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = 3600
_LARGEST = 64 * 1024
_SECONDS = 10.0


def from_file(path: str, *, within: float | None = None) -> Token:
    """Fetch a token with what ``GOOGLE_APPLICATION_CREDENTIALS`` names, in so many seconds."""
    found = credentials(path)
    uri = str(found.get("token_uri") or TOKEN_URI)
    if urlsplit(uri).scheme != "https" and urlsplit(uri).hostname not in {"127.0.0.1", "localhost"}:
        raise _unusable(path, "its token_uri is not https")
    try:
        form = _form(found, uri)
    except KeyError as error:
        raise _unusable(path, f"it has no {error.args[0]}") from error
    except NotRsaKey as error:
        raise _unusable(path, str(error)) from error
    if form is None:
        raise _unusable(
            path, f"its type is {str(found.get('type'))[:40]!r}; service_account and authorized_user are read"
        )
    request = urllib.request.Request(uri, urlencode(form).encode(), {"accept": "application/json"})  # noqa: S310
    return _asked(request, proxied=True, within=within)


def from_metadata(host: str, *, within: float | None = None) -> Token:
    """Fetch a token from the metadata server of the machine; never through a proxy."""
    request = urllib.request.Request(f"http://{host}{METADATA_PATH}", headers={"Metadata-Flavor": "Google"})
    return _asked(request, proxied=False, within=within)


def credentials(path: str) -> Mapping[str, Any]:
    """Read a file of credentials.

    Raises:
        NotConfigured: It is not there, or no JSON object.
    """
    try:
        found = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise _unusable(path, error.strerror or "it cannot be read") from error
    except ValueError as error:
        raise _unusable(path, "it is not JSON") from error
    if not isinstance(found, dict):
        raise _unusable(path, "it is not a JSON object")
    return found


def _form(found: Mapping[str, Any], uri: str) -> dict[str, str] | None:
    if found.get("type") == "service_account":
        return {"grant_type": _JWT_GRANT, "assertion": _claim(found, uri)}
    if found.get("type") == "authorized_user":
        names = ("client_id", "client_secret", "refresh_token")
        return {"grant_type": "refresh_token", **{name: str(found[name]) for name in names}}
    return None


def _claim(found: Mapping[str, Any], uri: str) -> str:
    now = int(time.time())
    head = {"alg": "RS256", "typ": "JWT", "kid": found.get("private_key_id", "")}
    claims = {"iss": found["client_email"], "scope": SCOPE, "aud": uri, "iat": now, "exp": now + _LIFE}
    text = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    return (text + b"." + _base64(rsa_key(str(found["private_key"])).signed(text))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _asked(request: urllib.request.Request, *, proxied: bool, within: float | None) -> Token:
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if not proxied:
        handlers.append(urllib.request.ProxyHandler({}))
    budget = Budget(Timeouts(total=least(_SECONDS, within)))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=budget.left()) as response:
            return _token(json.loads(_read(response, budget)))
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error.code, error.read(_LARGEST)) from error
    except (OSError, ValueError) as error:
        if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
            raise _late(budget) from error
        told = f"no access token: {type(error).__name__} from the token server"
        raise ProviderUnreachable(told, provider=PROVIDER) from error


def _read(response: Any, budget: Budget) -> bytes:
    data = b""
    while len(data) < _LARGEST and (piece := response.read1(_LARGEST)):
        data += piece
        if budget.is_over():
            raise TimeoutError
    return data


def _late(budget: Budget) -> ProviderTimeout:
    seconds = budget.timeouts.total
    return ProviderTimeout(f"no access token within {seconds:.3g} s", provider=PROVIDER, phase="total", seconds=seconds)


def _token(found: Any) -> Token:
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
        raise ValueError("no access_token")
    return Token(found["access_token"], time.monotonic() + float(found.get("expires_in", _LIFE)))


def _refused(status: int, data: bytes) -> ProviderCallError:
    try:
        found = json.loads(data)
    except ValueError:
        found = {}
    code = found.get("error") if isinstance(found, dict) else None
    code = code if isinstance(code, str) else None
    told = scrubbed(str(found.get("error_description") or "")) if isinstance(found, dict) else ""
    kind = kind_of(401 if status in {400, 401, 403} else status)
    return kind(
        f"no access token: the token server answered with status {status}" + (f": {told}" if told else ""),
        provider=PROVIDER, status_code=status, retry_after=None, code=code, type=None, detail=told,
    )  # fmt: skip


def _unusable(path: str, why: str) -> NotConfigured:
    told = f"not configured; GOOGLE_APPLICATION_CREDENTIALS names {path}: {why}"
    return NotConfigured(told, provider=PROVIDER, names=("GOOGLE_APPLICATION_CREDENTIALS",))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A claim or a refresh token is never sent after a redirect."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
