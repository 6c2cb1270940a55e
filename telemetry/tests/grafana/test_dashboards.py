"""Dashboards are what Grafana imports: unique panels that do not overlap, names of the dialect, nothing left open."""

import itertools
import json
import re

import pytest

from cutover_telemetry.grafana import dashboards, grafana_files
from cutover_telemetry.names import DIALECTS, LATEST, V1_41


@pytest.fixture(params=DIALECTS)
def dialect(request):
    return DIALECTS[request.param]


@pytest.fixture
def documents(dialect):
    return [json.loads(text) for text in grafana_files(dialect).values()]


def test_each_dashboard_has_an_id_of_its_own(dialect):
    every = [json.loads(text) for each in DIALECTS.values() for text in grafana_files(each).values()]
    ids = [document["uid"] for document in every]
    assert len(ids) == len(set(ids)) == 6
    assert all(len(uid) <= 40 for uid in ids)


def test_panels_have_ids_and_places_of_their_own(documents):
    for document in documents:
        ids = [panel["id"] for panel in document["panels"]]
        assert len(ids) == len(set(ids))
        cells = [
            (x, y)
            for place in (panel["gridPos"] for panel in document["panels"])
            for x, y in itertools.product(
                range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
            )
        ]
        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24


def test_every_panel_asks_the_chosen_source_and_says_what_it_shows(documents):
    for panel in (panel for document in documents for panel in document["panels"]):
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert [target["refId"] for target in panel["targets"]] == ["A", "B"][: len(panel["targets"])]


def test_every_variable_that_is_used_is_defined(documents):
    for document in documents:
        defined = {each["name"] for each in document["templating"]["list"]}
        text = json.dumps(document["panels"])
        used = set(re.findall(r"\$\{?([a-z]+)", text))
        assert used <= defined
        assert {"datasource", "provider", "arm"} <= defined


def test_names_are_those_of_the_dialect():
    def expressions(dialect):
        return " ".join(
            target.expression for each in dashboards(dialect) for panel in each.panels for target in panel.targets
        )

    assert "gen_ai_client_operation_duration_seconds_count" in expressions(V1_41)
    assert "gen_ai_client_token_usage_sum" in expressions(V1_41)
    assert "gen_ai_client_inference_duration_seconds_count" in expressions(LATEST)
    assert "gen_ai_client_inference_usage_input_tokens_total" in expressions(LATEST)
    assert "gen_ai_client_operation" not in expressions(LATEST)


def test_a_legend_names_labels_that_the_expression_keeps(documents):
    for panel in (panel for document in documents for panel in document["panels"]):
        for target in panel["targets"]:
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert re.search(rf"by \([^)]*\b{label}\b", target["expr"]), panel["title"]
