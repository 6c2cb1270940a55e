"""Signing in: the token comes in a form's body, never in an address, and a cookie goes back."""

from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cutover_telemetry.dashboard._access import COOKIE, LASTING, Access, Sender, sender
from cutover_telemetry.dashboard._body import read_body
from cutover_telemetry.dashboard._page import sign_in_page

WRONG = "That is not the token. Nothing was shown; try again."
ELSEWHERE = "This form was sent from another page. Sign in here."


async def sign_in(request: Request) -> Response:
    """Show the form, or take it."""
    access: Access = request.app.state.access
    if request.method != "POST":
        return HTMLResponse(_page(request, "/", None))
    fields = parse_qs((await read_body(request)).decode("utf-8", "replace"))
    token, wanted = (fields.get(name, [""])[0] for name in ("token", "wanted"))
    wanted = _local(wanted)
    if sender(request.scope) is Sender.ANOTHER:
        return HTMLResponse(_page(request, wanted, ELSEWHERE), 403)
    if not access.is_token(token.strip()):
        return HTMLResponse(_page(request, wanted, WRONG), 401)
    answer = RedirectResponse(wanted, 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, access.session(), max_age=LASTING, httponly=True, samesite="strict", secure=secure)
    return answer


async def sign_out(request: Request) -> Response:
    """Forget the cookie."""
    answer = RedirectResponse("/", 303)
    if sender(request.scope) is not Sender.ANOTHER:
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def _page(request: Request, wanted: str, refusal: str | None) -> str:
    return sign_in_page(request.app.state.title, wanted=wanted, refusal=refusal)


def _local(wanted: str) -> str:
    """Only a path of ours; anything that a browser could take for another host is the page itself."""
    if not wanted.startswith("/") or wanted[1:2] in {"/", "\\"} or not wanted.isprintable():
        return "/"
    try:
        found = urlsplit(wanted)
    except ValueError:
        return "/"
    return "/" if found.scheme or found.netloc else wanted
