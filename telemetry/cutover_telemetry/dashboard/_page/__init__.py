"""The page as HTML out of an overview; no server is needed for it."""

from cutover_telemetry.dashboard._page._address import DEFAULT_LAST, Address
from cutover_telemetry.dashboard._page._document import as_of, data, document, main, marks, masthead, skip_link
from cutover_telemetry.dashboard._page._filters import filters
from cutover_telemetry.dashboard._page._headline import Finding, findings
from cutover_telemetry.dashboard._page._markup import Node, Tag, tag, to_data, to_html
from cutover_telemetry.dashboard._page._panels import TITLES, panels, problem_panels
from cutover_telemetry.dashboard._page._waterfall import waterfall_panel
from cutover_telemetry.dashboard._page._whole import charted, page, question_page, refused_page, sign_in_page

__all__ = [
    "DEFAULT_LAST",
    "TITLES",
    "Address",
    "Finding",
    "Node",
    "Tag",
    "as_of",
    "charted",
    "data",
    "document",
    "filters",
    "findings",
    "main",
    "marks",
    "masthead",
    "page",
    "panels",
    "problem_panels",
    "question_page",
    "refused_page",
    "sign_in_page",
    "skip_link",
    "tag",
    "to_data",
    "to_html",
    "waterfall_panel",
]
