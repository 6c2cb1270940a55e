"""The filters: a plain form, so that they work without a script too."""

from collections.abc import Sequence

from cutover_telemetry.dashboard._page._address import DEFAULT_LAST, Address
from cutover_telemetry.dashboard._page._markup import Node, Tag, tag
from cutover_telemetry.dashboard._page._words import moment
from cutover_telemetry.overview import Overview

RANGES = {
    "5m": "Last 5 minutes",
    "15m": "Last 15 minutes",
    "1h": "Last hour",
    "6h": "Last 6 hours",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
}


def filters(address: Address, shown: Overview | None) -> list[Node]:
    """The choices, with what is chosen now."""
    providers = shown.providers_known if shown else ()
    sites = shown.sites_known if shown else ()
    return [
        _select("last", "Time range", _ranges(address)),
        _select("provider", "Provider", _names(providers, address.provider, "All providers")),
        _select("site", "Site", _names(sites, address.site, "All sites")),
        tag("button", "Show", type="submit"),
    ]


def _select(name: str, label: str, options: Sequence[Tag]) -> Tag:
    return tag("label", tag("span", label), tag("select", options, name=name, id=f"filter-{name}"), class_="filter")


def _ranges(address: Address) -> list[Tag]:
    known = dict(RANGES)
    chosen = address.last or DEFAULT_LAST
    if address.begin is not None:
        chosen, known[""] = "", _fixed(address)
    elif chosen not in known:
        known[chosen] = f"Last {chosen}"
    return [_option(value, label, value == chosen) for value, label in known.items()]


def _fixed(address: Address) -> str:
    ends = (_point(end) for end in (address.begin, address.end) if end is not None)
    return f"From {' to '.join(ends)}"


def _point(text: str) -> str:
    try:
        return moment(float(text))
    except (ValueError, OverflowError, OSError):
        return text


def _names(known: Sequence[str], chosen: str | None, every: str) -> list[Tag]:
    names = known if chosen is None or chosen in known else (*known, chosen)
    return [_option("", every, chosen is None), *(_option(name, name, name == chosen) for name in names)]


def _option(value: str, label: str, chosen: bool) -> Tag:
    return tag("option", label, value=value, selected=chosen)
