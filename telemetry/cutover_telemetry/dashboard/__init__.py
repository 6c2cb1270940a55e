"""The dashboard: one page that says which provider is slow, who failed over to whom, and whether an arm is worse.

from cutover_telemetry.dashboard import dashboard

app = dashboard("telemetry.db")             # an ASGI application; needs the extra `dashboard`

The page's parts and files need no server, so that a report can be made of them; Starlette is loaded for `dashboard`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cutover_telemetry.dashboard._assets import Asset, assets, plotly_script, script, style_sheet
from cutover_telemetry.dashboard._page import (
    TITLES,
    Address,
    Finding,
    Tag,
    as_of,
    charted,
    data,
    document,
    findings,
    main,
    marks,
    masthead,
    panels,
    problem_panels,
    skip_link,
    tag,
    to_html,
    waterfall_panel,
)

if TYPE_CHECKING:
    from cutover_telemetry.dashboard._actions import Action, ActionRefused
    from cutover_telemetry.dashboard._app import dashboard
    from cutover_telemetry.dashboard._live import Live

__all__ = [
    "TITLES",
    "Action",
    "ActionRefused",
    "Address",
    "Asset",
    "Finding",
    "Live",
    "Tag",
    "as_of",
    "assets",
    "charted",
    "dashboard",
    "data",
    "document",
    "findings",
    "main",
    "marks",
    "masthead",
    "panels",
    "plotly_script",
    "problem_panels",
    "script",
    "skip_link",
    "style_sheet",
    "tag",
    "to_html",
    "waterfall_panel",
]
_SERVED = {"Action": "_actions", "ActionRefused": "_actions", "Live": "_live", "dashboard": "_app"}


def __getattr__(name: str) -> Any:
    if name not in _SERVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_SERVED[name]}"), name)
