"""Flags of another tool as the source of share and kill: followed beside requests, kept when lost, never raised."""

import logging
import subprocess
import sys
import threading

import pytest
from openfeature import _event_support, api
from openfeature.event import ProviderEventDetails
from openfeature.exception import ErrorCode
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from cutover_registry import InvalidSwitch, bucket_of, current_switch, fault_counts
from cutover_rollout.openfeature import FlagState, FlagUnread

SALT = "a salt of the tests"
INSIDE = next(f"user-{n}" for n in range(100) if bucket_of(f"user-{n}", salt=SALT) < 0.4)
OUTSIDE = next(f"user-{n}" for n in range(100) if bucket_of(f"user-{n}", salt=SALT) > 0.6)


def _read(**options):
    return FlagState(salt=SALT, domain="tool", **options).read()


def test_share_and_kill_are_read(tool):
    state = FlagState(salt=SALT, domain="tool")
    first = state.read()
    assert first.document == {
        "version": 2,
        "salt": SALT,
        "rules": [{"site": "*", "provider": "*", "share": 0.5}],
    }
    assert (first.version, state.read().version, state.where) == (1, 1, "openfeature:tool")
    tool.say(cutover_kill=True)
    second = state.read()
    assert (second.version, second.document) == (2, {"version": 2, "rules": [], "kill": True})
    assert second.origin == first.origin


def test_the_share_is_asked_for_each_site_and_provider_in_order(tool):
    shares = {"*": 0.0, "near": 0.25, "groq": 1.0}
    tool.say(cutover_share=lambda context: shares[context.attributes["provider"]])
    rules = _read(sites=["chat", "other"], providers=["*", "near", "groq"]).document["rules"]
    assert [(rule["site"], rule["provider"], rule["share"]) for rule in rules] == [
        (site, provider, share) for site in ("chat", "other") for provider, share in shares.items()
    ]


def test_a_tool_may_have_other_names_and_whole_numbers():
    flags = {"gw.share": InMemoryFlag("all", {"all": 1}), "gw.kill": InMemoryFlag("off", {"off": False})}
    api.set_provider_and_wait(InMemoryProvider(flags), "tool")
    (rule,) = _read(share="gw.share", kill="gw.kill").document["rules"]
    assert (rule["share"], type(rule["share"])) == (1.0, float)


def test_without_a_tool_everything_is_legacy(arm, follow, until):
    follower = follow()
    until(lambda: follower.now().standing == "following")
    assert current_switch().kill
    assert arm(INSIDE) == "legacy"


@pytest.mark.parametrize(
    ("said", "flag", "message"),
    [
        ({"cutover_share": 5.0}, "cutover-share",
         "flag 'cutover-share' is 5.0 for site *, provider *, and a share is a number from 0 to 1"),
        ({"cutover_share": float("nan")}, "cutover-share",
         "flag 'cutover-share' is nan for site *, provider *, and a share is a number from 0 to 1"),
        ({"cutover_share": True}, "cutover-share",
         "flag 'cutover-share' is True for site *, provider *, and a share is a number from 0 to 1"),
        ({"cutover_share": "5 %"}, "cutover-share",
         "flag 'cutover-share' could not be read: TYPE_MISMATCH (Expected type <class 'int'> but got <class 'str'>)"),
        ({"cutover_kill": 0}, "cutover-kill",
         "flag 'cutover-kill' could not be read: TYPE_MISMATCH (Expected type <class 'bool'> but got <class 'int'>)"),
        ({"cutover_kill": ErrorCode.PARSE_ERROR}, "cutover-kill",
         "flag 'cutover-kill' could not be read: PARSE_ERROR (no more is said)"),
    ],
)  # fmt: skip
def test_what_is_no_share_and_no_kill_is_refused_by_name(said, flag, message, tool):
    tool.say(**said)
    with pytest.raises(FlagUnread) as caught:
        _read()
    words = "; workers keep their last switch, see that the tool has it and runs"
    assert (caught.value.flag, str(caught.value)) == (flag, f"state openfeature:tool: {message}{words}")


def test_a_flag_that_the_tool_does_not_have_is_refused():
    api.set_provider_and_wait(InMemoryProvider({}), "tool")
    with pytest.raises(FlagUnread, match="'cutover-kill' could not be read: FLAG_NOT_FOUND"):
        _read()


def test_a_kill_counts_also_where_the_share_cannot_be_read(tool):
    tool.say(cutover_kill=True, cutover_share=ErrorCode.GENERAL)
    assert _read().document["kill"] is True


def test_a_tool_that_is_not_ready_is_refused_though_it_would_answer_from_memory(tool):
    tool.provider.emit_provider_stale(ProviderEventDetails())
    with pytest.raises(FlagUnread, match="its provider is in the state STALE"):
        _read()


@pytest.mark.parametrize("salt", ["", "x" * 65])
def test_a_salt_that_is_none_is_refused_at_once(salt):
    with pytest.raises(InvalidSwitch, match="salt"):
        FlagState(salt=salt)


def test_a_worker_follows_share_and_kill(tool, arm, follow, until):
    follow()
    until(lambda: arm(INSIDE) == "registry")
    assert arm(OUTSIDE) == arm(None) == "legacy"
    tool.say(cutover_share=1.0)
    until(lambda: arm(OUTSIDE) == "registry")
    tool.say(cutover_kill=True)
    until(lambda: arm(INSIDE) == arm(OUTSIDE) == "legacy")
    tool.say(cutover_kill=False, cutover_share=0.5)
    until(lambda: arm(INSIDE) == "registry")


def test_a_change_that_the_tool_tells_of_is_not_waited_for(tool, until):
    state = FlagState(salt=SALT, domain="tool", every=3600.0)
    seen, found = state.read(), []
    watching = threading.Thread(target=lambda: found.append(state.watch(seen, 3600.0)), daemon=True)
    watching.start()
    until(lambda: _handlers())
    tool.say(cutover_kill=True, tell=True)
    watching.join(30)
    assert [each.version for each in found] == [2]


def test_a_lost_tool_keeps_the_switch_until_it_is_stale_and_raises_nothing(tool, arm, follow, until, caplog):
    with caplog.at_level(logging.INFO, "cutover_rollout"):
        follower = follow(stale_after=1.0)
        until(lambda: arm(INSIDE) == "registry")
        tool.provider.emit_provider_error(ProviderEventDetails(message="gone"))
        tool.say(cutover_share=1.0)
        until(lambda: follower.now().standing == "lost")
        assert (arm(INSIDE), arm(OUTSIDE)) == ("registry", "legacy")
        until(lambda: follower.now().standing == "stale")
        assert arm(INSIDE) == "legacy"
        tool.provider.emit_provider_ready(ProviderEventDetails())
        until(lambda: arm(OUTSIDE) == "registry")
    told = [record.getMessage().partition(" (")[0] for record in caplog.records]
    assert told == [
        "openfeature:tool: followed",
        "openfeature:tool: the switch stays as it is",
        "openfeature:tool: nothing of it for too long, everything is on legacy",
        "openfeature:tool: followed",
    ]


def test_no_request_waits_for_a_tool_that_hangs(tool, arm, follow, until):
    asked, goes_on = threading.Event(), threading.Event()

    def hang(_context):
        asked.set()
        goes_on.wait()
        return 0.5

    follower = follow(stale_after=1.0)
    until(lambda: arm(INSIDE) == "registry")
    tool.say(cutover_share=hang)
    assert asked.wait(30)
    assert arm(INSIDE) == "registry"
    until(lambda: follower.now().standing == "stale")
    assert arm(INSIDE) == "legacy"
    goes_on.set()
    until(lambda: arm(INSIDE) == "registry")


def test_a_tool_that_raises_is_a_loss_and_the_gateway_goes_on(tool, arm, follow, until):
    def fail(_context):
        raise ZeroDivisionError("in the tool")

    before = fault_counts()
    follower = follow()
    until(lambda: arm(INSIDE) == "registry")
    tool.say(cutover_share=fail)
    until(lambda: follower.now().standing == "lost")
    assert "'cutover-share' could not be read: GENERAL (in the tool)" in follower.now().problem
    assert arm(INSIDE) == "registry"
    assert fault_counts() == before


def test_a_new_provider_of_the_domain_is_asked_from_then_on(tool, arm, follow, until):
    follow()
    until(lambda: arm(INSIDE) == "registry")
    flags = {"cutover-share": InMemoryFlag("no", {"no": 0.0}), "cutover-kill": InMemoryFlag("off", {"off": False})}
    api.set_provider_and_wait(InMemoryProvider(flags), "tool")
    until(lambda: arm(INSIDE) == "legacy")


def _handlers():
    by_client = _event_support._client_handlers.values()
    return [handler for by_event in by_client for handlers in by_event.values() for handler in handlers]


def test_nothing_is_left_of_a_watch(tool):
    state = FlagState(salt=SALT, domain="tool", every=0.01)
    assert state.watch(state.read(), 0.03) is None
    assert _handlers() == []


FORKING = """
import os, time, warnings
warnings.simplefilter("ignore")
from openfeature import api
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider
from cutover_rollout.openfeature import FlagState
from cutover_rollout.state import Follower
flags = {"cutover-share": InMemoryFlag("all", {"all": 1.0}), "cutover-kill": InMemoryFlag("off", {"off": False})}
api.set_provider_and_wait(InMemoryProvider(flags))
with Follower(FlagState(salt="9f86d081")) as follower:
    child = os.fork()
    if not child:
        while follower.now().standing != "lost":
            time.sleep(0.01)
        print(follower.now().problem, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_a_forked_worker_does_not_trust_flags_that_its_parent_asked_for():
    ended = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=60, check=True)
    why = "it was made before this process was forked; make it in each worker"
    assert ended.stdout.startswith(f"state openfeature:default: {why}; ")


def test_kill_and_quarantine_of_the_machine_go_before_the_flags(tool, arm, follow, until, tmp_path):
    follow()
    until(lambda: arm(INSIDE) == "registry")
    (tmp_path / ".cutover").mkdir()
    (tmp_path / ".cutover" / "quarantine").write_text("near\n")
    until(lambda: (arm(INSIDE), arm(INSIDE, "groq")) == ("legacy", "registry"))
    (tmp_path / ".cutover" / "kill").touch()
    until(lambda: arm(INSIDE, "groq") == "legacy")
