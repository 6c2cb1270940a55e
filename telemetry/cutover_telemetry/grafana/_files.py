"""The files: dashboards for Grafana, rules for Prometheus."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from cutover_telemetry.grafana._dashboard import dashboard_json
from cutover_telemetry.grafana._panels import dashboards
from cutover_telemetry.grafana._rules import HOLD, OVER, Alert, Rules, rules
from cutover_telemetry.names import Dialect

RECORDING_FILE, ALERT_FILE = "cutover-recording.rules.yml", "cutover-alerts.rules.yml"
HEAD = "# Written by `cutover telemetry rules` for the dialect {dialect}; write it again rather than edit it.\n"


def grafana_files(dialect: Dialect) -> Mapping[str, str]:
    """The dashboards by file name."""
    return {f"{dashboard.name}.json": dashboard_json(dashboard, dialect) for dashboard in dashboards(dialect)}


def rule_files(dialect: Dialect, *, over: str = OVER, hold: str = HOLD) -> Mapping[str, str]:
    """The recording and alert rules by file name; rates over `over`, alerts after `hold`."""
    made, head = rules(dialect, over=over, hold=hold), HEAD.format(dialect=dialect.name)
    return {
        RECORDING_FILE: head + _yaml("cutover-recording", _recordings(made)),
        ALERT_FILE: head + _yaml("cutover-alerts", (line for alert in made.alerts for line in _alert(alert))),
    }


def write_files(directory: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    """Write them into a directory, which is made if need be; what is there by the same names is replaced."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = tuple(directory / name for name in files)
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def _yaml(group: str, lines: Iterator[str]) -> str:
    body = "".join(f"      {line}\n" for line in lines)
    return f"groups:\n  - name: {group}\n    rules:\n{body}"


def _recordings(made: Rules) -> Iterator[str]:
    for recording in made.recordings:
        yield f"- record: {recording.record}"
        yield f"  expr: {_quoted(recording.expression)}"


def _alert(alert: Alert) -> Iterator[str]:
    yield f"- alert: {alert.name}"
    yield f"  expr: {_quoted(alert.expression)}"
    yield f"  for: {alert.hold}"
    yield "  labels:"
    yield f"    severity: {alert.severity}"
    yield "  annotations:"
    yield f"    summary: {_quoted(alert.summary)}"
    yield f"    description: {_quoted(alert.description)}"


def _quoted(text: str) -> str:
    # A JSON string is a YAML string.
    return json.dumps(text, ensure_ascii=False)
