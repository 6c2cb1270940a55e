import pytest

from cutover_parity import Case, Request, Script, Step
from cutover_parity.assertions import ArmsDiffer, Parity

JSON = (("content-type", "application/json"),)
TALK = "lanes/routes/talk.py"
BODY = {"backend": "birch", "messages": [], "temperature": 0}


def test_equal_arms_give_what_they_both_did(gateway, duel):
    ours = gateway("lanes")
    with duel(ours, ours.copy("registry")) as running:
        seen = Parity(running)("POST", "/v1/talk", json=BODY)
    assert (seen.status, seen.calls) == (200, ("ask_birch", "tidy_birch"))
    assert seen.headers["content-type"] == "application/json"
    assert "request_id" in seen.json()


def test_arms_that_differ_fail_with_the_request_and_the_first_difference(gateway, duel):
    ours = gateway("lanes")
    tree = ours.planted(TALK, "to_thread(ask_birch,", "to_thread(ask_cedar,")
    with duel(ours, tree) as running, pytest.raises(ArmsDiffer) as failed:
        Parity(running)("POST", "/v1/talk", json=BODY, script=Script((Step(), Step("status", 503))))
    first, request, meets, differs, *_ = str(failed.value).splitlines()
    assert first == "the arms differ: asked 1: POST /v1/talk"
    assert request == '  request   POST /v1/talk {"backend":"birch","messages":[],"temperature":0}'
    assert meets.startswith("  meets     ")
    assert differs == "  differs   calls[0].function: legacy 'ask_birch', registry 'ask_cedar'"
    assert failed.value.differences[0].registry == "ask_cedar"


def test_a_group_says_how_many_of_its_cases_differ(gateway, duel):
    ours = gateway("lanes")
    tree = ours.planted(TALK, "to_thread(ask_birch,", "to_thread(ask_cedar,")
    cases = [case for case in ours.generated() if case.key in {"ash", "birch"} and case.outcome == "answer"]
    with duel(ours, tree) as running, pytest.raises(ArmsDiffer) as failed:
        Parity(running).check_all(cases)
    assert f"  in all    1 of {len(cases)} cases of this group differ" in str(failed.value)
    assert failed.value.case.key == "birch"


def test_a_group_of_equal_cases_passes(gateway, duel):
    ours = gateway("lanes")
    with duel(ours, ours.copy("registry")) as running:
        Parity(running).check_all(ours.generated(faults=False))
        Parity(running).check_all([])


def test_what_escapes_its_stub_fails_even_if_it_is_the_same_in_both_arms(gateway, duel, tmp_path):
    ours = gateway("lanes")
    tree = ours.planted(
        "lanes/routes/talk.py",
        "async def talk(request: dict):",
        "async def talk(request: dict):\n    __import__('urllib.request').request.urlopen('http://out.invalid/')",
    )
    with duel(ours, tree, tree) as running, pytest.raises(ArmsDiffer) as failed:
        Parity(running)("POST", "/v1/talk", json=BODY)
    assert "  escaped   legacy arm: " in str(failed.value)
    assert "out.invalid" in str(failed.value)


def test_a_worker_that_ends_fails_the_one_test_and_the_next_goes_on(gateway, duel):
    ours = gateway("lanes")
    tree = ours.planted(TALK, "await asyncio.to_thread(tidy_birch, raw)", '__import__("os")._exit(7)')
    with duel(ours, tree) as running:
        parity = Parity(running)
        with pytest.raises(ArmsDiffer) as failed:
            parity("POST", "/v1/talk", json=BODY)
        assert "exit code 7" in str(failed.value)
        assert parity("POST", "/v1/talk", json={**BODY, "backend": "ash"}).status == 200


def test_a_request_may_follow_another_on_warm_arms(with_breaker, duel):
    ours, tree = with_breaker(60, "legacy")
    failing = Script(rest=Step("status", 503))
    with duel(ours, tree, tree) as running:
        parity = Parity(running)
        answers = [
            parity("POST", "/v1/talk", json=BODY, script=failing, pause=pause).calls for pause in (None, 1, 1, 100)
        ]
    assert answers[0][0] == answers[1][0] == "ask_birch"
    assert answers[2] == ()
    assert answers[3][0] == "ask_birch"


def test_a_case_of_ones_own_is_checked_as_it_is(gateway, duel):
    ours = gateway("mill")
    case = Case("mine", Request("POST", "/grind?stone=flint", JSON, b'{"grain":"rye"}'), Script(), "answer")
    with duel(ours, ours.copy("registry")) as running:
        assert Parity(running).check(case).calls == ("grind_flint",)
