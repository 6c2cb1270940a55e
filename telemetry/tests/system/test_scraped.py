"""Every expression that we write, executed by a real Prometheus that really scraped the example gateway."""

import json
import math

import httpx
import pytest

from cutover_telemetry.grafana import dashboards, grafana_files, rules
from cutover_telemetry.names import DIALECTS
from cutover_telemetry.store import Store

OVER, HOLD = "1m", "1s"
EXPRESSIONS = [
    pytest.param(dialect, target.expression, id=f"{dialect}: {dashboard.title}: {panel.title} {number}")
    for dialect in DIALECTS
    for dashboard in dashboards(DIALECTS[dialect])
    for panel in dashboard.panels
    for number, target in enumerate(panel.targets)
]
RECORDED = [
    pytest.param(dialect, recording.record, id=f"{dialect}: {recording.record}")
    for dialect in DIALECTS
    for recording in rules(DIALECTS[dialect], over=OVER, hold=HOLD).recordings
]


def as_grafana_asks(expression):
    return expression.replace("$__rate_interval", OVER).replace("$provider", ".*").replace("$arm", ".*")


@pytest.mark.parametrize(("dialect", "expression"), EXPRESSIONS)
def test_every_expression_of_a_dashboard_has_an_answer(scraped, until, dialect, expression):
    asked = as_grafana_asks(expression)
    values = until(lambda: [value for _, value in scraped[dialect].query(asked) if math.isfinite(value)])
    assert all(value >= 0 for value in values)


@pytest.mark.parametrize(("dialect", "record"), RECORDED)
def test_every_recording_rule_records(scraped, until, dialect, record):
    assert until(lambda: scraped[dialect].query(record))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_prometheus_finds_nothing_wrong_with_a_rule(scraped, until, dialect):
    groups = scraped[dialect].get("rules")["groups"]
    found = {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}
    assert len(found) == 16
    until(
        lambda: (
            {rule["health"] for group in scraped[dialect].get("rules")["groups"] for rule in group["rules"]} == {"ok"}
        )
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_a_dashboard_offers_to_choose_from_is_there(scraped, until, dialect):
    (text, *_) = grafana_files(DIALECTS[dialect]).values()
    queries = {
        each["name"]: each["definition"] for each in json.loads(text)["templating"]["list"] if "definition" in each
    }
    for name, wanted in (("provider", "groq"), ("arm", "registry")):
        series, label = queries[name].removeprefix("label_values(").removesuffix(")").split(", ")
        until(lambda series=series, label=label, wanted=wanted: wanted in values_of(scraped[dialect], series, label))


def values_of(server, series, label):
    return server.get(f"label/{label}/values", **{"match[]": series})


def test_prometheus_counts_what_the_store_of_all_workers_counts(scraped, gateway, until):
    server, query = scraped["v1_41"], Store.of(gateway.store).query

    def agree():
        before = query.account().attempts
        ((_, counted),) = server.query("sum(gen_ai_client_operation_duration_seconds_count)")
        return before <= counted <= query.account().attempts or None

    assert until(lambda: query.account().writers >= 3)
    until(agree)


def test_each_arm_and_each_failure_is_told_apart(scraped, until):
    server = scraped["v1_41"]
    by = "sum by (cutover_arm, gen_ai_provider_name, error_type) (gen_ai_client_operation_duration_seconds_count)"
    wanted = {
        ("legacy", "near", "503"),
        ("registry", "near", "503"),
        ("legacy", "groq", None),
        ("registry", "groq", None),
    }

    def found():
        labels = [labels for labels, _ in server.query(by)]
        return {(each["cutover_arm"], each["gen_ai_provider_name"], each.get("error_type")) for each in labels}

    until(lambda: wanted <= found())


def test_an_example_that_misbehaves_raises_the_alert(scraped, until):
    def firing():
        alerts = scraped["v1_41"].get("alerts")["alerts"]
        return {
            (each["labels"]["alertname"], each["labels"].get("gen_ai_provider_name"))
            for each in alerts
            if each["state"] == "firing"
        }

    until(lambda: {("CutoverProviderFailing", "near"), ("CutoverCircuitOpen", "near")} <= firing())
    assert ("CutoverProviderFailing", "groq") not in firing()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_promtool_finds_nothing_wrong_with_the_scrape(scraped, endpoints, promtool, dialect):
    text = httpx.get(f"http://{endpoints[dialect]}/metrics", headers={"Accept-Encoding": "identity"}).text
    code, words = promtool("check", "metrics", given=text)
    assert (code, words) == (0, "")
