"""Routes out of what other tools recorded: HAR files of browsers and proxies, and cassettes of VCR.

routes = import_routes(Path("cassette.yaml"), stand_in=Request("POST", "/v1/chat/completions", (), body))

What is read is plain data: no object of any kind is made from it. Secrets are scrubbed where routes are written.
"""

from pathlib import Path

from cutover_parity._messages import Request, Route
from cutover_parity.errors import NotImportable
from cutover_parity.imports._har import har_routes, is_har
from cutover_parity.imports._loading import loaded
from cutover_parity.imports._vcr import cassette_route, is_cassette

__all__ = ["STAND_IN", "import_routes"]

STAND_IN = Request("GET", "/")


def import_routes(path: Path, *, app_url: str | None = None, stand_in: Request | None = None) -> tuple[Route, ...]:
    """Read a HAR file or a cassette; raise NotImportable with the reason.

    HAR: entries under `app_url` (default: all) are routes of the application; others are the upstream exchanges of the
    route during which they began. With `stand_in`, and in a cassette, the application is the client: all entries are
    the exchanges of that one request (of a cassette without it: of GET /).
    """
    data = loaded(path)
    if is_har(data):
        return har_routes(path, data, app_url=app_url, stand_in=stand_in)
    if is_cassette(data):
        return (cassette_route(path, data, stand_in or STAND_IN),)
    raise NotImportable(path, "HAR or VCR cassette", 'it has neither "log" with "entries" nor "interactions"')
