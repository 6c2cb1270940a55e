import json

import pytest

from cutover_parity import Case, Request, Script, Step
from cutover_parity.fuzzing import Limits, dump_fuzz, fuzz, fuzz_lines

TALK = "lanes/routes/talk.py"


def text(report):
    return "\n".join(fuzz_lines(report))


@pytest.mark.parametrize("name", ["lanes", "wharf", "mill"])
@pytest.mark.parametrize("depth", ["calls", "http"])
def test_two_copies_of_one_tree_never_differ(gateway, fuzzed, name, depth):
    ours = gateway(name)
    report = fuzzed(ours, ours.copy("registry"), cases=100, depth=depth)
    assert report.clean, text(report)
    assert report.replay.replays == 100
    assert report.reached > 50


FAULTS = {
    "a wrong callee": ("to_thread(ask_birch,", "to_thread(ask_cedar,", "calls[*].function", {"backend": "birch"}),
    "a lost option": ("ask_birch, messages, model, **options", "ask_birch, messages, model",
                      "calls[*].kwargs.temperature", {"backend": "birch", "temperature": 0}),
    "a lost criterion": ("503, 504}", "503}", "calls[*]: lost", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_shrunk_to_what_it_needs(gateway, fuzzed, name):
    old, new, place, needed = FAULTS[name]
    ours = gateway("lanes")
    report = fuzzed(ours, ours.planted(TALK, old, new), cases=150)
    found = [finding for finding in report.findings if str(finding.signature).startswith(place)]
    assert found, text(report)
    (case,) = found[0].cases
    body = json.loads(case.request.body)
    assert {*needed} <= {*body}
    assert len(body) <= max(4, len(needed) + 1), body
    assert found[0].repeats
    assert report.exit_code == 1


def test_a_fault_that_takes_a_certain_failure_shrinks_to_that_schedule(gateway, fuzzed):
    ours = gateway("lanes")
    tree = ours.planted(TALK, "MOVES_ON = {401,", "MOVES_ON = {429, 401,")
    report = fuzzed(ours, tree, cases=300)
    schedules = {
        step.number
        for finding in report.findings
        for case in finding.cases
        for step in (*case.script.steps, case.script.rest)
        if step.kind == "status"
    }
    assert 429 in schedules, text(report)


def test_what_only_routes_in_a_row_show_is_found_as_such(with_breaker, fuzzed):
    ours, legacy = with_breaker(60, "legacy")
    _, registry = with_breaker(600, "registry")
    report = fuzzed(ours, registry, legacy, cases=400)
    rows = [finding for finding in report.findings if len(finding.cases) > 1]
    assert rows, text(report)
    smallest = min(rows, key=lambda finding: len(finding.cases))
    assert 2 <= len(smallest.cases) <= 3
    assert sum(case.pause or 0 for case in smallest.cases) >= 60
    assert "route 2" in text(report)


def test_equal_breakers_do_not_differ(with_breaker, fuzzed):
    ours, legacy = with_breaker(60, "legacy")
    _, registry = with_breaker(60, "registry")
    report = fuzzed(ours, registry, legacy, cases=300)
    assert report.clean, text(report)


def test_the_same_seed_asks_the_same_and_another_one_other_cases(gateway, fuzzed):
    ours = gateway("lanes")
    legacy, registry = ours.copy("legacy"), ours.planted(TALK, "to_thread(ask_birch,", "to_thread(ask_cedar,")
    one, again, other = (dump_fuzz(fuzzed(ours, registry, legacy, seed=number)) for number in (3, 3, 4))
    assert one == again
    assert json.loads(one)["features"] != json.loads(other)["features"]


def test_past_findings_are_asked_first_and_marked(gateway, fuzzed, duel, seed):
    ours = gateway("lanes")
    legacy, registry = ours.copy("legacy"), ours.planted(TALK, "to_thread(ask_birch,", "to_thread(ask_cedar,")
    (first, *_) = fuzzed(ours, registry, legacy, cases=60).findings
    with duel(ours, registry, legacy) as running:
        again = fuzz(running, seed("lanes"), ours.plan, limits=Limits(1), past=[first.cases])
    assert [(finding.signature, finding.past) for finding in again.findings] == [(first.signature, True)]
    assert "found before" in text(again)
    mended = fuzzed(ours, ours.copy("mended"), legacy, cases=2, past=[first.cases])
    assert mended.clean


def test_a_run_ends_at_its_number_of_cases_or_when_its_time_is_used_up(gateway, fuzzed, duel, seed):
    ours = gateway("lanes")
    report = fuzzed(ours, ours.copy("registry"), cases=17)
    assert (report.replay.replays, report.ended) == (17, "cases")
    with duel(ours, ours.copy("later"), ours.copy("before")) as running:
        report = fuzz(running, seed("lanes"), ours.plan, limits=Limits(10**9, seconds=0.5))
    assert report.ended == "time"
    assert report.replay.replays > 0
    assert "ended: the time is used up" in text(report)


def test_a_run_that_reaches_no_provider_is_no_success(gateway, duel):
    from cutover_parity.fuzzing import Seed

    ours = gateway("lanes")
    with duel(ours, ours.copy("registry")) as running:
        report = fuzz(running, [Seed(Request("GET", "/nowhere"))], ours.plan, limits=Limits(20))
    assert (report.reached, report.clean, report.exit_code) == (0, False, 1)
    assert "ERROR: no case reached a provider, so this proves nothing" in text(report)
    assert 'it answered, most often: 404 {"detail":"Not Found"}' in text(report)


def test_a_worker_that_ends_in_one_arm_alone_is_a_finding_and_the_run_goes_on(gateway, fuzzed):
    ours = gateway("lanes")
    tree = ours.planted(TALK, "await asyncio.to_thread(tidy_birch, raw)", '__import__("os")._exit(7)')
    report = fuzzed(ours, tree, cases=6)
    assert "worker: ended in one arm alone" in [str(finding.signature) for finding in report.findings]
    assert report.replay.died >= 1
    assert report.replay.replays + report.replay.died == 6


def test_differences_that_do_not_matter_are_no_findings(gateway, fuzzed):
    ours = gateway("lanes")
    tree = ours.planted(TALK, 'detail={"error": "no backend answered"}', 'detail={"error": "none answered"}')
    assert not fuzzed(ours, tree).clean
    ignoring = fuzzed(ours, ours.copy("same"), ours.copy("before"), ignore={"answer.*": "a wording"})
    assert ignoring.clean


def test_the_report_says_what_every_attempt_of_a_finding_meets(gateway, fuzzed):
    ours = gateway("lanes")
    report = fuzzed(ours, ours.planted(TALK, "503, 504}", "503}"), cases=150)
    said = text(report)
    assert "MISMATCH calls[*]: lost" in said
    assert "  meets     attempt 1:" in said or "  meets     every attempt:" in said
    assert said.startswith("fuzzed at calls depth with seed 0: legacy against registry\n")


def test_secrets_of_a_seed_are_in_no_report(gateway, duel):
    from cutover_parity.fuzzing import Seed

    ours = gateway("lanes")
    secret = "sk-live-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"
    headers = (("content-type", "application/json"), ("authorization", f"Bearer {secret}"))
    body = b'{"backend":"birch","messages":[],"api_key":"' + secret.encode() + b'"}'
    tree = ours.planted(TALK, "to_thread(ask_birch,", "to_thread(ask_cedar,")
    with duel(ours, tree) as running:
        report = fuzz(running, [Seed(Request("POST", "/v1/talk", headers, body))], ours.plan, limits=Limits(40))
    assert report.findings
    assert secret not in text(report) + dump_fuzz(report)


def test_a_case_that_fails_at_first_only_when_others_came_before_is_told_apart(gateway, duel, seed):
    ours = gateway("lanes")
    failing = Script(rest=Step("status", 503))
    case = Case("asked", Request("POST", "/v1/talk", (), b"{}"), failing, "fault")
    with duel(ours, ours.copy("registry")) as running:
        report = fuzz(running, seed("lanes"), ours.plan, limits=Limits(5), past=[(case,)])
    assert report.clean
