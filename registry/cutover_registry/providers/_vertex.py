"""Google Vertex AI: project and location in the URL, and a key that is a token with an end.

The token comes from the first of: ``GOOGLE_VERTEX_TOKEN`` (taken as it is), the file that
``GOOGLE_APPLICATION_CREDENTIALS`` names, the metadata server (``GCE_METADATA_HOST``, or on Cloud Run, which sets
``K_SERVICE``). It is kept until five minutes before its end, or half its life if that is shorter; while it still holds,
one caller renews it and the others go on with it. Another source is one argument:

    spec = replace(specs()["google-vertex"], dialect=VertexDialect(lambda: Token(mine(), time.monotonic() + 3600)))
"""

import copy
import importlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cutover_registry.providers._places import filled, without
from cutover_registry.providers._spec import Dialect
from cutover_registry.providers.errors import ProviderCallError, ProviderTimeout

PROVIDER = "google-vertex"
FIXED, FILE, METADATA = "GOOGLE_VERTEX_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST"
_RENEWED_BEFORE = 300.0
_TRIED_AGAIN_AFTER = 30.0


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; its text is in no representation.

    Attributes:
        text: What a request carries.
        ends: When it ends, by `time.monotonic`.
    """

    text: str = field(repr=False)
    ends: float


TokenSource = Callable[[], Token]
_Fetch = Callable[[float | None], Token]


class VertexDialect(Dialect):
    """Reads URL and token; an argument is asked for tokens in place of what the environment names."""

    def __init__(self, source: TokenSource | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._projects: dict[str, str] = {}

    def settings(self, environment: Mapping[str, str]) -> Mapping[str, str]:
        """Read project and location; the location is ``global`` where none is set."""
        location = filled(PROVIDER, environment, ("GOOGLE_VERTEX_LOCATION", "GOOGLE_CLOUD_LOCATION"), "global")
        host = "aiplatform.googleapis.com" if location == "global" else f"{location}-aiplatform.googleapis.com"
        return {"host": host, "location": location, "project": self._project(environment)}

    def key(
        self,
        environment: Mapping[str, str],
        names: tuple[str, ...],  # noqa: ARG002
        *,
        within: float | None = None,
    ) -> str | None:
        """Give a token that holds, fetched if need be, in so many seconds.

        Raises:
            ProviderCallError: There is a source, and it gives none.
        """
        fixed = environment.get(FIXED)
        if fixed and self._source is None:
            return fixed
        held = self._held_by(environment)
        return None if held is None else held.token(self._clock, within).text

    def has_key(self, environment: Mapping[str, str], names: tuple[str, ...]) -> bool:  # noqa: ARG002
        """Tell whether there is a source."""
        return bool(environment.get(FIXED)) or self._held_by(environment) is not None

    def waits(self, environment: Mapping[str, str]) -> bool:
        """Tell whether the token is to be fetched or renewed."""
        if environment.get(FIXED) and self._source is None:
            return False
        held = self._held_by(environment)
        return held is not None and held.stale(self._clock())

    def refused(self, environment: Mapping[str, str], key: str) -> None:
        """Drop the token, so that the next call fetches another."""
        held = self._held_by(environment)
        if held is not None:
            held.drop(key, self._clock())

    def body(self, body: dict[str, Any]) -> dict[str, Any]:
        """Leave out the ``detail`` of images, which is refused."""
        return without(body, "detail", of="image_url")

    def error(self, data: Any) -> Any:
        """Give the error with its word (``INVALID_ARGUMENT``) as code; its number is the HTTP status again."""
        told = super().error(data)
        return {**told, "code": told["status"]} if isinstance(told, dict) and told.get("status") else told

    def _project(self, environment: Mapping[str, str]) -> str:
        names = ("GOOGLE_VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT")
        try:
            return filled(PROVIDER, environment, names)
        except KeyError:
            return filled(PROVIDER, {names[0]: self._project_in(environment.get(FILE))}, names)

    def _project_in(self, path: str | None) -> str:
        """Give the project that a file of credentials names; the file is read once."""
        if path and path not in self._projects:
            found = _tokens().credentials(path)
            self._projects[path] = str(found.get("project_id") or found.get("quota_project_id") or "")
        return self._projects[path] if path else ""

    def _held_by(self, environment: Mapping[str, str]) -> "_Held | None":
        name, source = self._source_of(environment)
        if source is None:
            return None
        held = self._held.get(name)
        return held or self._held.setdefault(name, _Held(source))

    def _source_of(self, environment: Mapping[str, str]) -> tuple[str, _Fetch | None]:
        if (source := self._source) is not None:
            return "", lambda _: source()
        if path := environment.get(FILE):
            return path, partial(_from, "from_file", path)
        if environment.get(METADATA) or environment.get("K_SERVICE"):
            host = filled(PROVIDER, environment, (METADATA,), "metadata.google.internal")
            return host, partial(_from, "from_metadata", host)
        return "", None


class _Held:
    """The token of one source."""

    def __init__(self, fetch: _Fetch) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._fetched_at = 0.0
        self._renew_at = 0.0
        self._failed: tuple[ProviderCallError, float] | None = None

    def stale(self, now: float) -> bool:
        """Tell whether it is time for another."""
        return self._token is None or now >= self._renew_at

    def drop(self, text: str, now: float) -> None:
        """Forget a token that was refused; one that is quite new would only be fetched again and again."""
        token = self._token
        if token is not None and token.text == text and now - self._fetched_at >= _TRIED_AGAIN_AFTER:
            self._token = None

    def token(self, clock: Callable[[], float], within: float | None) -> Token:
        """Give a token that holds; wait for another caller's only where there is none."""
        asked, token = clock(), self._token
        if token is not None and not self.stale(asked):
            return token
        if token is not None and asked < token.ends:
            if not self._lock.acquire(blocking=False):
                return token
        elif not self._lock.acquire(timeout=-1 if within is None else within):
            raise ProviderTimeout(
                f"no access token within {within:.3g} s", provider=PROVIDER, phase="total", seconds=within
            )
        try:
            return self._renewed(clock, asked, within)
        finally:
            self._lock.release()

    def _renewed(self, clock: Callable[[], float], asked: float, within: float | None) -> Token:
        token = self._token
        if token is not None and not self.stale(clock()):
            return token
        if self._failed is not None and self._failed[1] > asked:
            raise copy.copy(self._failed[0])
        try:
            token = self._fetch(None if within is None else max(0.001, within - (clock() - asked)))
        except ProviderCallError as error:
            now = clock()
            if token is None or now >= token.ends:
                if not isinstance(error, ProviderTimeout):
                    self._failed = error, now
                raise
            self._renew_at = min(now + _TRIED_AGAIN_AFTER, token.ends)
            return token
        self._token, self._fetched_at = token, clock()
        life = token.ends - self._fetched_at
        self._renew_at = token.ends - min(_RENEWED_BEFORE, life / 2)
        return token


def _from(function: str, place: str, within: float | None) -> Token:
    token: Token = getattr(_tokens(), function)(place, within=within)
    return token


def _tokens() -> Any:
    """Import what fetches tokens when the first is fetched: it needs urllib and its like, listing does not."""
    return importlib.import_module("cutover_registry.providers._google_token")
