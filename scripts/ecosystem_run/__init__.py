"""The parts of ``scripts/ecosystem.py``: packages, one package's whole journey, the labels, the measures, the page.

Nothing here is installed. A package is read, and written in a copy; it is never imported, and run only by the runtime
check on request.
"""

from ecosystem_run._bytes import lost_line
from ecosystem_run._count import counted_chains, parse_files
from ecosystem_run._journey import Journey, travel
from ecosystem_run._labels import Label, Recall, decisions_for, read_labels, recall_of
from ecosystem_run._measure import MEASURES, measure
from ecosystem_run._packages import Pinned, cached, digest
from ecosystem_run._page import figures_table, page
from ecosystem_run._rows import violations

__all__ = [
    "MEASURES",
    "Journey",
    "Label",
    "Pinned",
    "Recall",
    "cached",
    "counted_chains",
    "decisions_for",
    "digest",
    "figures_table",
    "lost_line",
    "measure",
    "page",
    "parse_files",
    "read_labels",
    "recall_of",
    "travel",
    "violations",
]
