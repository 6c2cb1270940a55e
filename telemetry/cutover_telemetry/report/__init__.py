"""The offline report: what the dashboard shows of one time range, as one HTML file that needs nobody.

from cutover_telemetry.overview import View
from cutover_telemetry.report import report_of
from cutover_telemetry.store import Store

html = report_of(Store.of("telemetry.db"), View.last(3600))
"""

from cutover_telemetry.report._report import report, report_of

__all__ = ["report", "report_of"]
