"""Other forms of a replay's report: one HTML page, JUnit XML."""

from cutover_parity.reports._junit import junit_report
from cutover_parity.reports._page import coverage_page, html_report

__all__ = ["coverage_page", "html_report", "junit_report"]
