"""The whole HTML of the page: what is common to the served page, the page that stands alone and the sign-in page."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cutover_telemetry.dashboard._assets import plotly_marks
from cutover_telemetry.dashboard._page._address import Address
from cutover_telemetry.dashboard._page._filters import filters
from cutover_telemetry.dashboard._page._markup import Child, Node, Tag, tag, to_html
from cutover_telemetry.dashboard._page._words import clock, machine
from cutover_telemetry.overview import Overview

DOCTYPE = "<!doctype html>\n"
# In a script element only these could end it or begin a comment; in JSON each has another spelling.
UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def document(title: str, body: Iterable[Child], *, head: Iterable[Tag] = (), **attributes: str | None) -> str:
    """A page of ours around some body; `attributes` are of the body."""
    heads = (
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        *head,
    )
    whole = tag("html", tag("head", heads), tag("body", *body, **attributes), lang="en")
    return DOCTYPE + to_html(whole) + "\n"


def marks() -> list[Tag]:
    """What keeps Plotly from adding a style sheet that the policy refuses."""
    return [tag("template", id=mark) for mark in plotly_marks()]


def skip_link() -> Tag:
    """The first thing that the keyboard reaches."""
    return tag("a", "Skip to the figures", href="#main", class_="skip")


def masthead(title: str, *controls: Child) -> Tag:
    """The head of the page, with its switches."""
    theme = tag("button", "Dark or light", type="button", id="theme", hidden=True)
    return tag("header", tag("h1", tag("bdi", title)), *controls, theme, class_="masthead")


def live_controls(shown: Overview | None) -> list[Node]:
    """What says whether the page is live, and stops it."""
    return [
        tag("p", as_of(shown), id="as-of", class_="quiet"),
        tag("p", "as it was when it was loaded", id="live", class_="live", role="status"),
        tag("button", "Pause", type="button", id="pause", hidden=True),
    ]


def as_of(shown: Overview | None) -> Tag | str:
    """To when the figures go."""
    if shown is None:
        return ""
    end = shown.asked.end
    return tag("span", "to ", tag("time", clock(end), datetime=machine(end)))


def filter_form(address: Address, shown: Overview | None) -> Tag:
    """The filters as a form that a browser can send by itself."""
    return tag("form", filters(address, shown), id="filters", class_="filters", method="get", action="/",
               role="search", aria_label="What to show")  # fmt: skip


def main(panels: Mapping[str, Tag]) -> Tag:
    """The panels in their order."""
    return tag("main", panels.values(), id="main", tabindex=-1)


def data(name: str, value: Any) -> Tag:
    """Data for the page's script: an inert block, that the policy lets stand and that no text in it can end."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    return tag("script", text.translate(UNSAFE), type="application/json", id=name)
