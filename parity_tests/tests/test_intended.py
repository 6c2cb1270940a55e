"""Differences under options of failover: named as the likely cause; intended only where they are accepted by name."""

import importlib
import json
import sys
import textwrap
from datetime import date

import pytest

from cutover_parity import (
    ArmSpec,
    Recording,
    Request,
    Route,
    cases_from,
    certificate_of,
    html_report,
    junit_report,
    plan_of,
    replay,
    report_text,
    report_to_json,
)
from cutover_parity.arms._options_heard import hear_options

GATE = '''
"""A gateway that asks one provider after the other."""

import json

from clients import ask_ash, ask_birch

FUNCTIONS = {{"ash": "ask_ash", "birch": "ask_birch"}}


def ask(name, messages):
    return globals()[FUNCTIONS[name]](messages)

{chain}

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    messages = json.loads((await receive())["body"])["messages"]
    try:
        answer, status = dict(chain(messages)), 200
    except Exception as error:
        answer, status = {{"error": type(error).__name__}}, 502
    body = json.dumps(answer).encode()
    await send({{"type": "http.response.start", "status": status, "headers": []}})
    await send({{"type": "http.response.body", "body": body}})
'''
LEGACY = """
def chain(messages):
    try:
        return ask("ash", messages)
    except Exception:
        return ask("birch", messages)
"""
REGISTRY = """
from cutover_registry.failover import Backoff, Failover, Policy

CHAIN = Failover(["ash", "birch"], policy=Policy(fails_over=lambda error: True, {options}))


def chain(messages):
    return CHAIN.run(lambda name: ask(name, messages))
"""
CLIENTS = """
def ask_ash(messages):
    raise RuntimeError("replaced by the replay")


ask_birch = ask_ash
"""
BACKOFF = "backoff=Backoff(retries=1, jitter=False, statuses=range(400, 600))"
PLAN = plan_of(
    {
        "sites": [{"name": "talk", "file": "gate.py", "keys": ["ash", "birch"], "start_line": 1, "end_line": 99}],
        "modules": [
            {
                "module": "gate",
                "callees": {f"ask_{name}": {"provider": name, "slot": "ask"} for name in ("ash", "birch")},
            }
        ],
    }
)


@pytest.fixture
def report(tmp_path):
    """Replay a legacy loop against a chain with options."""

    def tree(label, chain):
        root = tmp_path / label
        root.mkdir()
        (root / "gate.py").write_text(GATE.format(chain=textwrap.dedent(chain)))
        (root / "clients.py").write_text(CLIENTS)
        return ArmSpec(root, "gate:app")

    def report(options, *, legacy=LEGACY, **more):
        request = Request("POST", "/talk", (("content-type", "application/json"),), b'{"messages":[],"model":"ash"}')
        cases = cases_from([Recording(tmp_path, (Route("r1", request, None),))], PLAN, generate=True)
        registry = tree("registry", REGISTRY.format(options=options))
        report.arms = tree("legacy", legacy), registry
        return replay(*report.arms, cases, plan=PLAN, **more)

    return report


def test_a_chain_without_options_is_the_loop(report):
    found = report("")
    assert found.clean, report_text(found)
    assert found.intended == ()


def test_an_option_that_changes_nothing_shows_nothing(report):
    found = report("until_first_chunk=True")
    assert found.clean, report_text(found)


def test_a_deadline_is_found_to_move_a_synchronous_call_into_a_thread(report):
    found = report("deadline=1000")
    assert [cluster.signature.place for cluster in found.clusters] == ["calls[*].on"]


def test_without_acceptance_a_difference_is_a_mismatch_that_names_the_option(report):
    found = report(BACKOFF)
    assert not found.clean
    assert found.intended == ()
    assert {cluster.options for cluster in found.clusters} == {("backoff",)}
    text = report_text(found)
    assert "MISMATCH" in text
    assert "options   on in these cases, so the likely cause; if the difference is meant: --intended backoff" in text
    assert report_to_json(found)["mismatches"][0]["options"] == ["backoff"]


def test_accepted_by_name_it_is_reported_apart_and_is_no_match(report):
    found = report(BACKOFF, intended=["backoff"])
    assert found.clean
    assert found.clusters == ()
    differing = sum(cluster.count for cluster in found.intended)
    assert found.counts["intended"] == differing > 0
    assert found.counts["ignored"] == 0
    assert found.counts["match"] + differing == found.replays
    text = report_text(found)
    assert f"0 mismatches in {found.replays - differing} replays" in text
    assert f"{differing} more differed where options were on that you accept" in text
    assert f"INTENDED (option backoff): {differing} cases" in text
    assert "that it is the cause of each difference is not: read every kind" in text
    data = report_to_json(found)
    assert [kind["options"] for kind in data["intended"]] == [["backoff"]] * len(found.intended)
    assert all(kind["differences"] for kind in data["intended"])
    made = certificate_of(found, legacy=report.arms[0], registry=report.arms[1], recordings=[], made=date(2026, 11, 23))
    assert made.hidden == {"intended (option on: backoff)": differing}
    page = html_report(found, title="gate", version="1")
    assert "<h2>Intended</h2>" in page
    assert "options on: backoff" in page or "option on: backoff" in page
    assert "intended: " in junit_report(found)
    assert 'failures="0"' in junit_report(found)


def test_each_option_that_is_on_has_to_be_accepted(report):
    found = report(f"until_first_chunk=True, {BACKOFF}", intended=["backoff"])
    assert not found.clean
    assert {cluster.options for cluster in found.clusters} == {("backoff", "until_first_chunk")}
    assert "--intended backoff,until_first_chunk" in report_text(found)


def test_where_no_option_is_on_acceptance_hides_nothing(report):
    broken = LEGACY.replace('ask("birch"', 'ask("ash"')
    found = report("", legacy=broken, intended=["backoff", "deadline"])
    assert not found.clean
    assert {cluster.options for cluster in found.clusters} == {()}
    assert json.loads(json.dumps(report_to_json(found)))["intended"] == []


def test_an_option_that_both_arms_have_is_no_excuse(report):
    legacy = REGISTRY.format(options="until_first_chunk=True").replace("ask(name", 'ask("birch"')
    found = report("until_first_chunk=True", legacy=legacy, intended=["until_first_chunk"])
    assert not found.clean
    assert {cluster.options for cluster in found.clusters} == {()}


def test_a_vendored_registry_is_heard_too(tmp_path, monkeypatch):
    package = tmp_path / "shop" / "_cutover_registry"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "failover.py").write_text("heard = []\nadd_route_hook = heard.append\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "cutover_registry", raising=False)
    importlib.import_module("shop._cutover_registry")
    hear_options()
    try:
        assert len(sys.modules["shop._cutover_registry.failover"].heard) == 1
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
            del sys.modules[name]
