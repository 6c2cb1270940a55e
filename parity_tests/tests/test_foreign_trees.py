"""Refactors made by hand of a gateway that needs a database, sign-in and a limiter: the hooks stub those."""

import shutil
from pathlib import Path

import pytest

from cutover_parity import (
    Answer,
    ArmSpec,
    RecordingWriter,
    Request,
    Route,
    cases_from,
    plan_of,
    read_recording,
    replay,
    report_text,
)

TOLLGATE = Path(__file__).parent / "gateways" / "tollgate"
APP = "tollgate.main:app"
HEADERS = (("content-type", "application/json"), ("x-key", "k-1"))
BODY = b'{"provider": "oak", "model": "m", "messages": [{"role": "user", "content": "hi"}]}'
PROVIDERS = ("oak", "elm", "fir", "yew")
CALLEES = {
    f"{slot}_{provider}": {"provider": provider, "slot": slot, "home": f"tollgate.clients.{provider}:{slot}_{provider}"}
    for slot in ("ask", "tidy")
    for provider in PROVIDERS
}
PLAN = plan_of(
    {
        "sites": [
            {"name": "chat", "keys": ["oak", "elm", "fir", "ash"]},
            {"name": "answers", "keys": ["oak", "elm"]},
        ],
        "modules": [{"module": "tollgate.routes.chat", "callees": CALLEES}],
    }
)


@pytest.fixture
def tree(tmp_path):
    def make(name, refactor=None, edit=None):
        root = Path(shutil.copytree(TOLLGATE, tmp_path / name))
        chat = root / "tollgate" / "routes" / "chat.py"
        if refactor:
            shutil.copy(root / "refactors" / f"{refactor}.py", chat)
        if edit:
            assert chat.read_text().count(edit[0]) == 1
            chat.write_text(chat.read_text().replace(*edit))
        return root

    return make


@pytest.fixture
def replayed(tree, tmp_path):
    def run(registry, *, depth="calls"):
        with RecordingWriter(tmp_path / "traffic.jsonl") as writer:
            for url in ("/chat", "/answers"):
                writer.write(Route(url, Request("POST", url, HEADERS, BODY), Answer(200)))
        cases = cases_from([read_recording(tmp_path / "traffic.jsonl")], PLAN)
        hooks = TOLLGATE / "cutover_hooks.py"
        arms = [ArmSpec(root, APP, hooks=hooks) for root in (tree("legacy"), registry)]
        return replay(*arms, [case for case in cases if case.key and case.outcome != "fault"], depth=depth, plan=PLAN)

    return run


def layers(report):
    return {pair.verdict.differences[0].layer for pair in report.mismatches}


@pytest.mark.parametrize("depth", ["calls", "http"])
def test_the_same_tree_twice_is_the_same_whatever_it_writes_into_its_database(tree, replayed, depth):
    report = replayed(tree("same"), depth=depth)
    assert report.clean, report_text(report)
    assert not report.missing


def test_one_table_for_two_endpoints_is_found_beside_its_other_way_to_bind(tree, replayed):
    report = replayed(tree("shared", "shared_table"))
    (widened,) = (pair for pair in report.mismatches if pair.verdict.differences[0].layer == "calls")
    assert "POST /answers [body provider] fir" in widened.case.id
    assert str(widened.verdict.differences[0]) == "calls[0].function: legacy 'ask_yew', registry 'ask_fir'"
    assert layers(report) == {"calls", "binding"}
    assert not report.errors
    (missing,) = report.missing["registry"]
    assert missing == (
        "tollgate.routes.chat: ask_oak, ask_elm, ask_fir, ask_yew and 4 more "
        "(gone from there; the functions are answered wherever they are called)"
    )


def test_at_http_depth_one_table_for_two_endpoints_is_the_only_finding(tree, replayed):
    report = replayed(tree("shared", "shared_table"), depth="http")
    assert {"fir" in pair.case.id and "/answers" in pair.case.id for pair in report.mismatches} == {True}


def test_functions_taken_at_import_are_found_as_that_and_as_nothing_else(tree, replayed):
    report = replayed(tree("early", "early_binding"))
    assert layers(report) == {"binding"}
    assert {layer for pair in report.mismatches for layer in pair.verdict.layers} == {"binding"}
    assert "binding[0]: legacy 'name', registry 'object'" in report_text(report)


def test_what_is_written_into_the_database_is_compared(tree, replayed):
    report = replayed(tree("dearer", edit=("note(database, name, provider, 1)", "note(database, name, provider, 2)")))
    assert layers(report) == {"other"}
    assert "state" in report_text(report)
