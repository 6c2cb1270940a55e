"""The served page, the sign-in page and the page that says that a question was wrong."""

from collections.abc import Iterable, Mapping
from typing import Any

from cutover_telemetry.dashboard._assets import PLOTLY, SCRIPTS, STYLES, maps_style, path_of
from cutover_telemetry.dashboard._page._address import Address
from cutover_telemetry.dashboard._page._document import (
    data,
    document,
    filter_form,
    live_controls,
    main,
    marks,
    masthead,
    skip_link,
)
from cutover_telemetry.dashboard._page._markup import Tag, tag
from cutover_telemetry.dashboard._page._panels import problem_panels
from cutover_telemetry.overview import Overview, to_json

ENTRY = "main.js"


def page(title: str, panels: Mapping[str, Tag], *, shown: Overview | None, address: Address) -> str:
    """The page with its first figures in it; its script keeps them fresh, and draws the charts."""
    body = (
        skip_link(),
        masthead(title, *live_controls(shown)),
        filter_form(address, shown),
        main(panels),
        data("overview", None if shown is None else charted(shown)),
        tag("template", id=maps_style()),
    )
    return document(title, body, head=_head(), class_="live-page", data_plotly=path_of(PLOTLY))


def sign_in_page(title: str, *, wanted: str, refusal: str | None) -> str:
    """The form that takes the token, or only why nobody from there is served."""
    return document(f"Sign in: {title}", (masthead(title), tag("main", _sign_in(wanted, refusal), class_="alone")),
                    head=_styles())  # fmt: skip


def refused_page(title: str, refusal: str) -> str:
    """Why a visitor is not served at all."""
    panel = tag("section", tag("h2", "Not served"), tag("p", refusal), class_="panel")
    return document(f"Not served: {title}", (masthead(title), tag("main", panel, class_="alone")), head=_styles())


def question_page(title: str, error: Exception) -> str:
    """Why a question was not answered, and the way back; nothing of it is live."""
    return document(f"Not understood: {title}", (masthead(title), main(problem_panels(error))), head=_styles())


def charted(shown: Overview) -> dict[str, Any]:
    """That part of an overview that charts are drawn from."""
    whole = to_json(shown)
    return {name: whole[name] for name in ("window", "failovers", "arms")}


def _sign_in(wanted: str, refusal: str | None) -> Tag:
    field = tag("input", type="password", name="token", id="token", required=True, autocomplete="current-password",
                autofocus=True, aria_describedby="refusal" if refusal else None)  # fmt: skip
    return tag(
        "form",
        tag("h2", "Sign in"),
        tag("p", "This dashboard is for those who have its token. It is in the file or variable it was started with."),
        tag("p", refusal, class_="state bad", id="refusal", role="alert") if refusal else None,
        tag("label", tag("span", "Token"), field),
        tag("input", type="hidden", name="wanted", value=wanted),
        tag("button", "Sign in", type="submit"),
        method="post",
        action="/sign-in",
        class_="panel",
    )  # fmt: skip


def _head() -> Iterable[Tag]:
    preloads = (tag("link", rel="modulepreload", href=path_of(name)) for name in SCRIPTS if name != ENTRY)
    return (*_styles(), *marks(), *preloads, tag("script", type="module", src=path_of(ENTRY)))


def _styles() -> list[Tag]:
    return [tag("link", rel="stylesheet", href=path_of(name)) for name in STYLES]
