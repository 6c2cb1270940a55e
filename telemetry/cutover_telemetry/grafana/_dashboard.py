"""Dashboards as the JSON that Grafana imports."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from cutover_telemetry.grafana._expressions import Expressions
from cutover_telemetry.grafana._panels import Dashboard, Panel
from cutover_telemetry.names import Attribute, Dialect

SCHEMA = 39
COLUMNS = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
CIRCUIT_TEXTS = {"0": ("closed", "green"), "1": ("half-open", "yellow"), "2": ("open", "red")}


def dashboard_json(dashboard: Dashboard, dialect: Dialect) -> str:
    """The file that Grafana imports; it asks for the data source."""
    build = Expressions(dialect)
    document = {
        "uid": f"{dashboard.name}-{dialect.name.replace('_', '-')}",
        "title": f"Cutover: {dashboard.title}",
        "description": dashboard.description,
        "tags": ["provider-cutover", dialect.name],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "",
        "templating": {"list": [_source(), *_variables(build)]},
        "panels": list(_panels(dashboard.panels)),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _source() -> dict[str, Any]:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _variables(build: Expressions) -> Iterator[dict[str, Any]]:
    for name, attribute in (("provider", Attribute.PROVIDER), ("arm", Attribute.ARM)):
        yield {
            "name": name,
            "label": name.capitalize(),
            "type": "query",
            "datasource": SOURCE,
            "query": {"query": build.values(attribute), "refId": name},
            "definition": build.values(attribute),
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": ["All"], "value": ["$__all"]},
        }


def _panels(panels: Iterable[Panel]) -> Iterator[dict[str, Any]]:
    column = row = height = 0
    for number, panel in enumerate(panels, 1):
        if column + panel.width > COLUMNS:
            column, row, height = 0, row + height, 0
        yield _panel(panel, number, {"x": column, "y": row, "w": panel.width, "h": panel.height})
        column, height = column + panel.width, max(height, panel.height)


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    targets = [
        {
            "refId": chr(ord("A") + order),
            "datasource": SOURCE,
            "expr": target.expression,
            "legendFormat": target.legend,
            "instant": target.instant,
            "range": not target.instant,
        }
        for order, target in enumerate(panel.targets)
    ]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": targets,
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0}
    if panel.unit == "percentunit":
        defaults["max"] = 1
    if panel.kind == "state-timeline":
        options = {value: {"text": text, "color": color} for value, (text, color) in CIRCUIT_TEXTS.items()}
        defaults["mappings"] = [{"type": "value", "options": options}]
    return defaults
