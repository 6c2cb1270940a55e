"""The overview as JSON: the keys that the page and other programs read, and only what JSON has."""

import json
from dataclasses import replace

from cutover_telemetry.overview import VERSION, overview, to_json, waterfall

OVERVIEW = (
    "version window asked provider site providers_known sites_known stored providers failovers circuits "
    "circuit_changes arms routes recent rollout"
)
PROVIDER = (
    "provider attempts answered failed cancelled success rate p50 p95 p99 first_chunk tokens_a_second input_tokens "
    "output_tokens errors failovers_away failovers_to skips breaker spark"
)
SIDE = "attempts answered failed cancelled success p50 p95 p99 first_chunk errors"
VERDICT = "provider verdict legacy registry reasons needs metrics"
METRIC = "metric verdict legacy registry effect low high unit needs"
RECENT = "id name began seconds arm outcome providers attempts lost"
WATERFALL = (
    "version id name began seconds arm outcome status error disconnected lost overhead trace_id attempts gaps skips "
    "accounted whole"
)
BAR = "provider model arm site number began seconds first_chunk chunks error cancelled input_tokens output_tokens"


def keys(data):
    return " ".join(data)


def test_an_overview_has_these_keys(store, view, write, served):
    write(*served(minutes=5, a_minute=4, failing=(0, 1)))
    shown = to_json(overview(store, view()))
    assert keys(shown) == OVERVIEW
    assert shown["version"] == VERSION == 1
    assert keys(shown["window"]) == "begin end"
    assert keys(shown["stored"]) == "attempts routes dropped unkept writers"
    assert keys(shown["providers"][0]) == PROVIDER
    assert keys(shown["arms"]) == "step curves sides verdicts overall"
    assert keys(shown["arms"]["curves"][0]) == "start arm attempts failed p50 p95 p99 first_chunk_p95"
    assert keys(shown["arms"]["sides"][0]) == "provider legacy registry"
    assert keys(shown["arms"]["sides"][0]["legacy"]) == SIDE
    assert keys(shown["arms"]["verdicts"][0]) == VERDICT
    assert keys(shown["arms"]["verdicts"][0]["metrics"][0]) == METRIC
    assert keys(shown["routes"]) == "cards latency overhead overhead_share"
    assert keys(shown["routes"]["cards"][0]) == "arm outcome routes attempts disconnected lost p50 p95 p99"
    assert keys(shown["recent"][0]) == RECENT


def test_failovers_and_circuits_have_these_keys(store, view, write, route, attempt):
    write(route(attempt("a", end=10, error_type="503"), attempt("b", end=11, number=2)))
    shown = to_json(overview(store, view()))
    assert shown["failovers"] == [{"away": "a", "to": "b", "failovers": 1, "lost": 1.0, "saved": 1}]
    assert shown["circuits"] == []


def test_a_waterfall_has_these_keys(store, view, write, route, attempt):
    write(route(attempt(), before=0.1, skips=[("xai", "circuit_open", 0)]))
    shown = to_json(waterfall(store, overview(store, view()).recent[0].id))
    assert keys(shown) == WATERFALL
    assert keys(shown["attempts"][0]) == BAR
    assert keys(shown["gaps"][0]) == "began seconds"
    assert keys(shown["skips"][0]) == "provider reason at"


def test_what_is_without_end_is_null_since_json_has_no_such_number(store, view, write, route, attempt):
    write(route(attempt()))
    shown = overview(store, view())
    endless = replace(shown, providers=(replace(shown.providers[0], p99=float("inf"), rate=float("nan")),))
    told = json.loads(json.dumps(to_json(endless), allow_nan=False))["providers"][0]
    assert (told["p99"], told["rate"]) == (None, None)


def test_the_rollout_passes_as_it_is(store, view):
    shown = replace(overview(store, view()), rollout={"rules": [{"share": 0.5}], "stage": None})
    assert to_json(shown)["rollout"] == {"rules": [{"share": 0.5}], "stage": None}
