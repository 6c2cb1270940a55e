import json
import re

import pytest

from cutover_parity import (
    ArmSpec,
    Case,
    Request,
    Script,
    coverage_lines,
    dump_report,
    replay,
    report_text,
    report_to_json,
)
from cutover_parity.arms._plan import ReplayPlan, SitePlan
from cutover_parity.replay._coverage import Cell, CoverageCounter

PLAN = ReplayPlan(
    (SitePlan("chat", ("near", "groq"), "src/chat.py"), SitePlan("flow", ("groq",), "src/flow.py")), {"src.chat": {}}
)


def case(key, outcome="answer"):
    return Case(f"{key} {outcome}", Request("POST", "/"), Script(), outcome, key)


def aside(trace=(), made=()):
    return {"trace": list(trace), "made": list(made), "requests": 0}


def test_the_matrix_has_every_site_with_the_keys_of_all():
    coverage = CoverageCounter(PLAN).coverage()
    assert len(coverage.cells) == 2 * 3 * 3
    assert Cell("flow", "near", "error", known=False) in coverage.cells
    assert Cell("chat", "near", "error", known=True) in coverage.cells
    assert coverage.unreached == coverage.cells
    assert coverage.share == 0


def test_a_site_counts_as_reached_with_the_key_that_it_was_asked_for():
    counter = CoverageCounter(PLAN)
    counter.add(
        case("near"), [aside(), aside([["flow", "near", False], ["flow", "other", False], ["gone", "x", True]])]
    )
    coverage = counter.coverage()
    assert {(cell.site, cell.key) for cell in coverage.reached} == {("flow", "near"), ("flow", "(unknown)")}
    assert coverage.traced


def test_without_a_trace_sites_are_inferred_from_the_calls_of_their_module():
    counter = CoverageCounter(PLAN)
    counter.add(case("near", "error"), [aside(made=[["src.chat", "near", "make", "answer"]]), aside()])
    coverage = counter.coverage()
    assert coverage.reached == {Cell("chat", "near", "error", known=True)}
    assert not coverage.traced


def test_a_key_that_is_no_text_counts_as_unknown():
    counter = CoverageCounter(PLAN)
    counter.add(case(None), [aside([["chat", None, False]]), aside()])
    assert {cell.key for cell in counter.coverage().reached} == {"(unknown)"}


def test_a_mismatch_is_shown_with_its_request_and_first_difference(gateway):
    ours = gateway("lanes")
    tree = ours.planted("lanes/routes/talk.py", '"birch": 90', '"birch": 30')
    report = ours.replay(tree)
    text = report_text(report)
    assert "replayed at calls depth: legacy against registry" in text
    assert "MISMATCH POST /v1/talk [body backend] birch: answer" in text
    assert re.search(
        r"  cause     timeouts.asked\[\*\].seconds: changed, with birch: \d+ cases, this is the smallest", text
    )
    assert '  request   POST /v1/talk {"backend":"birch",' in text
    assert "  differs   timeouts.asked[0].seconds: legacy 90.0, registry 30.0" in text
    assert "not found in the registry arm: lanes.routes.talk: ask_birch_stream" in text
    assert "talk_stream: answer 3/3, error 3/3, failover 3/3" in text
    data = report_to_json(report)
    assert len(data["mismatches"]) == len(report.clusters)
    first = data["mismatches"][0]
    assert first["differences"][0]["place"] == "timeouts.asked[0].seconds"
    assert first["providers"] == {"birch": first["count"]}
    assert sum(cluster["count"] for cluster in data["mismatches"]) == data["counts"]["mismatch"]
    assert data["providers"]["birch"]["mismatches"] > 0
    assert data["features"]["temperature"]["replays"] > 0
    assert data["clean"] is False
    assert data["coverage"]["unreached"] == []


def test_equal_findings_give_equal_bytes(gateway):
    ours = gateway("wharf")
    legacy = ours.copy("legacy")
    tree = ours.planted("wharf.py", '"cold"', '"warm"')
    first, second = (ours.replay(tree, legacy=legacy) for _ in range(2))
    assert dump_report(first) == dump_report(second)
    assert json.loads(dump_report(first)) == report_to_json(first)


def test_ignored_differences_are_counted_and_do_not_fail(gateway):
    ours = gateway("wharf")
    tree = ours.planted("wharf.py", 'media_type="text/event-stream"', 'media_type="text/plain"')
    report = ours.replay(tree, ignore={"answer.headers.content-type": "a proxy sets it"})
    assert report.clean
    assert report.ignored
    count = report.counts["ignored"]
    assert f"{count} differed only where you said it does not matter" in report_text(report)
    assert f"  hidden {count} times by answer.headers.content-type" in report_text(report)
    assert report_to_json(report)["hidden"] == {"answer.headers.content-type": count}
    assert report_to_json(report)["ignored"][0]["count"] == count
    assert report_to_json(report)["ignored"][0]["reason"] == "a proxy sets it"


def test_an_escape_in_both_arms_is_an_error_though_no_mismatch(gateway):
    ours = gateway("lanes")
    report = ours.replay(
        ours.planted("lanes/routes/talk.py", "import asyncio", "import asyncio"),
        depth="http",
        cases=[Case("c", ours.generated()[0].request, Script(), "answer", "ash", exchanges=())],
    )
    assert not report.mismatches
    assert not report.clean
    assert report.exit_code == 1
    assert "ERROR in the registry arm, 1 times: POST http://upstream.invalid/ash/chat is not recorded" in report_text(
        report
    )
    assert "coverage: unknown" in report_text(report)


def test_a_replay_in_which_nothing_happened_proves_nothing(gateway):
    ours = gateway("lanes")
    elsewhere = Case("c", Request("GET", "/nowhere"), Script(), "answer")
    report = ours.replay(ours.copy("registry"), cases=[elsewhere])
    assert not report.mismatches
    assert report.idle
    assert report.exit_code == 1
    assert "ERROR: no case reached a provider, so this proves nothing" in report_text(report)
    assert 'it answered, most often: 404 {"detail":"Not Found"}\n' in report_text(report)


def test_coverage_of_two_depths_can_be_joined():
    one, other = CoverageCounter(PLAN), CoverageCounter(PLAN)
    one.add(case("near"), [aside([["chat", "near", True]])])
    other.add(case("groq"), [aside([["flow", "groq", True]])])
    joined = one.coverage().joined(other.coverage())
    assert {(cell.site, cell.key) for cell in joined.reached} == {("chat", "near"), ("flow", "groq")}
    assert joined.cells == one.coverage().cells
    text = "\n".join(coverage_lines(joined))
    assert "not reached: near (error, failover); groq (answer, error, failover); (unknown)" in text
    assert "this site at all" not in text
    assert "this site at all" in "\n".join(coverage_lines(one.coverage()))


def test_progress_is_told_and_seconds_stay_out_of_the_report(gateway):
    ours, told = gateway("mill"), []
    report = ours.replay(ours.copy("registry"), cases=ours.generated()[:3], progress=told.append)
    assert told == [1, 2, 3]
    assert report.seconds > 0
    assert "seconds" not in json.loads(dump_report(report))


REGISTRY = """
from cutover_registry import ProviderRegistry, use_registry

_registry = ProviderRegistry.from_mapping(
    {
        "SLOTS": {"ask": "ask_{}"},
        "SITES": {"talk": {"slots": ["ask"], "default": "ash"}},
        "PROVIDER_CONFIGS": {"ash": {"module_name": "backends", "sites": ["talk"]},
                             "birch": {"module_name": "backends", "sites": ["talk"]}},
        "DEFAULT_PROVIDER": "ash",
    }
)
(TALK,) = _registry.bind(globals(), "talk")


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    key = scope["query_string"].decode()
    if use_registry(TALK, key):
        said = TALK.resolve(key).ask([], "m")
    elif key == "birch":
        said = ask_birch([], "m")
    else:
        said = ask_ash([], "m")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said.content})
"""


@pytest.fixture
def registry_tree(tmp_path):
    (tmp_path / "gate.py").write_text(REGISTRY)
    (tmp_path / "backends.py").write_text("def ask_ash(*a): ...\ndef ask_birch(*a): ...\n")
    return tmp_path


@pytest.mark.parametrize("depth", ["calls", "http"])
def test_both_arms_of_an_applied_tree_show_which_site_was_asked(registry_tree, depth):
    callees = {f"ask_{name}": {"provider": name, "slot": "ask"} for name in ("ash", "birch")}
    plan = ReplayPlan((SitePlan("talk", ("ash", "birch"), "gate.py"),), {"gate": callees})
    cases = [Case(key, Request("GET", f"/?{key}"), Script(), "answer", key) for key in ("ash", "birch", "oak")]
    arms = [ArmSpec(registry_tree, "gate:app", side) for side in ("legacy", "registry")]
    report = replay(*arms, cases, plan=plan, depth=depth)
    assert report.clean, report_text(report)
    assert report.coverage.traced
    assert {cell.key for cell in report.coverage.reached} == {"ash", "birch", "(unknown)"}
    assert "as the sites were seen to be asked" in report_text(report)
