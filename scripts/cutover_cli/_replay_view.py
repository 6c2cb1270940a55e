"""What ``replay`` shows to people: the report's text, on a terminal in colour and wrapped with hanging indents.

Example: ``show_report(Console(), report)``
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from cutover_parity import ReplayReport, report_text

LABELLED = re.compile(r" +(?:cause|request|differs|in all) +| +")
STYLES = {
    re.compile(r"MISMATCH|ERROR"): "bold red",
    re.compile(r"0 mismatches"): "bold green",
    re.compile(r" +(?:not reached|hidden|at most)"): "dim",
}


def show_report(out: Console, report: ReplayReport) -> None:
    """The whole report; plain and unwrapped where it is piped."""
    show_lines(out, report_text(report).splitlines())


def show_first_finding(out: Console, report: ReplayReport) -> None:
    """The head of a report, which has the errors, and its first mismatch."""
    parts = report_text(report).split("\n\n")[: 2 if report.mismatches else 1]
    show_lines(out, [f"  {line}" for part in parts for line in part.splitlines()])


def show_lines(out: Console, lines: Iterable[str]) -> None:
    """Lines of a report."""
    for line in lines:
        style = next((style for start, style in STYLES.items() if start.match(line)), "")
        for part in _wrapped(line, out.width) if out.is_terminal else [line]:
            out.print(Text(part, style), soft_wrap=True)


def _wrapped(line: str, width: int) -> list[str]:
    found = LABELLED.match(line)
    indent = " " * (len(found[0]) if found else 0)
    return textwrap.wrap(line, max(width, 40), subsequent_indent=indent, break_on_hyphens=False) or [""]
