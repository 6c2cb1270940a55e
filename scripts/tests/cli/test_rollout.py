"""``cutover rollout``: through the real command, on a state in a file, with a store that has traffic of both arms."""

import json
import re
import time

import pytest

from cutover_rollout import said_here, set_arm, started_here
from cutover_rollout.state import open_state
from cutover_telemetry import AttemptRecord, RouteRecord
from cutover_telemetry.store import Store

PLAN = """
certificate = false
[[stages]]
name = "half"
share = 0.5
minutes = 1
requests = 20
[[stages]]
name = "all"
share = 1.0
minutes = 1
"""
SECOND = 1_000_000_000


@pytest.fixture
def root(tmp_path):
    (tmp_path / "cutover.toml").write_text('[rollout]\nstate = "sqlite:///shared/state.db"\nplan = "plan.toml"\n')
    (tmp_path / "plan.toml").write_text(PLAN)
    return tmp_path


@pytest.fixture
def rollout(cutover, root):
    """Run a command of the rollout in the project."""

    def rollout(*asked, **options):
        return cutover("rollout", *asked, cwd=root, **options)

    return rollout


@pytest.fixture
def begun(rollout):
    ran = rollout("start", "--why", "monday")
    assert ran.code == 0, ran
    return ran


def state_of(root):
    return open_state(f"sqlite:///{root}/shared/state.db")


def test_it_begins_with_the_first_stage_and_says_how_to_take_it_back(begun, root):
    assert "rollout registry begun at stage half: half → all" in begun.out
    assert "cutover rollout kill" in begun.out
    marked = started_here(root)
    assert (marked.state, marked.name, marked.sites) == (f"sqlite:///{root}/shared/state.db", "default", ("*",))
    [row] = state_of(root).history()
    assert (row.evidence["action"], row.why) == ("begin", "monday")
    assert state_of(root).read().document["rules"][-1]["share"] == 0.5


def test_a_second_start_is_refused_with_the_reason(begun, rollout):
    again = rollout("start")
    assert (again.code, again.out) == (1, "")
    assert again.err.startswith("not done: a rollout is running")


def test_without_its_certificate_nothing_is_begun(rollout, root):
    (root / "plan.toml").write_text("")
    ran = rollout("start", "--json")
    assert ran.code == 1
    assert "no parity certificate that can be used" in ran.data["why"]
    assert started_here(root) is None
    assert state_of(root).read().version == 0


def test_where_it_stands_is_said_without_writing(begun, rollout, root, tree):
    before, version = tree(root / ".cutover"), state_of(root).read().version
    shown = rollout("status")
    assert "stage half (1 of 2), share 50 %, since 20" in shown.out
    assert "collecting: 0 of 1 minutes, 0 of 20 requests of the candidate" in shown.out
    data = rollout("status", "--json").data
    assert (data["phase"], data["stage"], data["share"], data["decision"]) == ("collecting", "half", 0.5, 1)
    assert data["now"]["verdict"] == "collecting"
    assert (tree(root / ".cutover"), state_of(root).read().version) == (before, version)


def test_what_people_say_is_written_with_who_and_why(begun, rollout):
    for asked in (["pause", "--why", "lunch"], ["resume"], ["advance", "--force"], ["rollback", "--by", "ana"]):
        assert rollout(*asked).code == 0
    rows = rollout("history", "--json").data
    assert [row["action"] for row in rows] == ["begin", "pause", "resume", "advance", "roll back"]
    assert (rows[1]["why"], rows[-1]["by"], rows[-1]["share"]) == ("lunch", "ana", 0.0)
    table = rollout("history", "--last", "2", width=200).out
    assert "roll back" in table
    assert "pause" not in table
    assert rollout("explain", "2").out.splitlines()[1] == "lunch"
    assert rollout("explain", "--json").data["document"]["rollout"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["advance"], "not ready for all"),
        (["resume"], "it is not paused"),
        (["done"], "only a rollout at 100 % can be done"),
        (["release", "near"], "near"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(asked, said, begun, rollout, root):
    ran = rollout(*asked)
    assert said in ran.out + ran.err
    assert state_of(root).read().version == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["status"], "no rollout was begun there; begin one with `cutover rollout start`"),
        (["pause"], "no rollout was begun there"),
        (["explain"], "no decision was made yet; begin with `cutover rollout start`"),
        (["status", "--state", "mysql://x/y"], "the scheme 'mysql' is not known"),
        (["status", "--state", "redis://127.0.0.1:9/0"], "no answer"),
        (["start", "--plan", "gone.toml"], "gone.toml: it cannot be read"),
        (["status", "--name", "a b"], "'a b' is no name of a state"),
    ],
)
def test_bad_input_is_told_in_one_line(asked, said, rollout):
    refused = rollout(*asked).refused()
    assert said in refused
    assert "\n" not in refused


def test_a_setting_that_is_none_is_refused_by_its_name(rollout, root):
    (root / "cutover.toml").write_text('[rollout]\nstates = "x"\n')
    assert "there is no setting 'rollout.states'; did you mean 'state'?" in rollout("status").refused()
    (root / "cutover.toml").write_text('[rollout]\nstore = "x"\n')
    assert "'rollout.store' must be a list of texts, not 'x'" in rollout("status").refused()


def test_a_kill_and_its_release_are_here_and_in_the_state(begun, rollout, root):
    killed = rollout("kill", "--why", "it burns")
    assert (killed.code, killed.out.splitlines()[-1]) == (0, "the state: decision 2")
    assert said_here(root / ".cutover" / "switch.json").kill
    assert state_of(root).read().document["kill"] is True
    assert rollout("status", "--require").code == 1
    assert rollout("release").code == 0
    assert not said_here(root / ".cutover" / "switch.json").kill
    assert state_of(root).read().document.get("kill", False) is False
    assert rollout("start").code == 0


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9/0", "nonsense"])
def test_a_kill_without_the_state_works_here_and_says_so(url, rollout, root):
    ran = rollout("kill", "--state", url)
    assert ran.code == 1
    assert "killed: everything is on the legacy arm" in ran.out
    assert "the state was not told" in ran.err
    assert said_here(root / ".cutover" / "switch.json").kill


def test_a_provider_is_quarantined_and_released(begun, rollout, root):
    assert rollout("quarantine", "near", "--json").data["decision"] == 2
    assert "quarantined: near" in rollout("status").out
    assert rollout("release", "near").code == 0
    assert said_here(root / ".cutover" / "switch.json").quarantined == ()
    assert state_of(root).read().document.get("quarantined", []) == []


def served(root, *, failing, minutes):
    """A store with traffic of the last minutes: half on each arm, and so many of ten failed on the registry arm."""
    store = Store.open(root / ".cutover" / "telemetry.db")
    writer, now = store.writer(), time.time_ns()
    for turn in range(minutes * 240):
        ended = now - turn * SECOND // 4
        arm = ("legacy", "registry")[turn % 2]
        error = "503" if arm == "registry" and turn // 2 % 10 < failing else None
        call = ("near", "make_request", "make_near_request", arm, "chat", "m", None)
        attempt = AttemptRecord(*call, ended - SECOND // 5, ended, None, error_type=error)
        writer.route(RouteRecord(attempt.started, ended, (attempt,), name="POST /chat"))
    assert writer.close()


def test_once_looks_at_the_store_and_takes_back_what_is_worse(rollout, root):
    assert rollout("start").code == 0
    # The rollout began eight minutes ago, as far as it knows.
    state = state_of(root)
    seen = state.read()
    document = json.loads(json.dumps(seen.document))
    document["rollout"]["since"] -= 480
    document["rollout"]["began"] -= 480
    state.write(document, expected=seen, by="test", why="time passes")
    served(root, failing=5, minutes=8)
    now = rollout("status", width=200).out
    assert "roll back" in now
    ran = rollout("run", "--once", "--require", "--json")
    assert (ran.code, ran.data["verdict"], ran.data["phase"]) == (1, "roll back", "rolled back")
    told = rollout("explain", width=200).out
    assert "errors" in told
    assert "worse" in told
    again = rollout("run", "--once", "--require")
    assert (again.code, again.out.startswith("leading\nrolled back; share 0 %. It had come to stage half")) == (1, True)


def test_a_killed_rollout_is_told_as_such_everywhere(begun, rollout):
    assert rollout("kill").code == 0
    once = rollout("run", "--once", "--require", "--json")
    assert (once.code, once.data["phase"], once.data["killed"]) == (1, "rolled back", True)
    shown = " ".join(rollout("status").out.split())
    assert "killed; share 0 %. It had come to stage half (1 of 2), which began" in shown
    assert "to begin again: `cutover rollout release`, then `start`" in shown
    assert "after it: killed; share 0 %" in rollout("explain").out
    assert rollout("explain", "--json").data["killed"] is True


def test_require_goes_with_once(rollout):
    ran = rollout("run", "--require")
    assert ran.code == 2
    assert "--require says how a look ended: it goes with --once" in ran.err


def test_a_store_that_is_not_there_is_named(begun, rollout):
    for asked in (["status"], ["run", "--once"]):
        assert "there is no store nix.db: nothing of it is counted" in rollout(*asked, "--store", "nix.db").err


def test_a_state_that_lost_its_rollout_is_no_new_one(begun, rollout, root):
    for path in (root / "shared").iterdir():
        path.unlink()
    Store.open(root / ".cutover" / "telemetry.db")
    for asked in (["status"], ["history"], ["explain"], ["run", "--once"]):
        ran = rollout(*asked)
        told = ran.err.splitlines()[-1]
        assert (ran.code, told.startswith("cutover: ")) == (2, True)
        assert "a rollout was started here, and the state sqlite:///" in told
        assert "`cutover rollout kill` makes sure of the legacy arm" in told


def test_rules_of_the_switch_file_are_told_where_the_state_says_legacy(begun, rollout, root):
    assert rollout("rollback").code == 0
    assert "has rules for the registry arm" not in rollout("status").err
    set_arm(root / ".cutover" / "switch.json", "registry", provider="near")
    assert "has rules for the registry arm: workers on this machine that read it" in rollout("status").err


def test_the_evidence_fits_a_narrow_screen_and_leaves_out_who_had_no_request(rollout, root):
    assert rollout("start").code == 0
    state = state_of(root)
    seen = state.read()
    document = json.loads(json.dumps(seen.document))
    document["rollout"]["since"] -= 480
    document["rollout"]["began"] -= 480
    state.write(document, expected=seen, by="test", why="time passes")
    served(root, failing=0, minutes=8)
    shown = rollout("status", width=80).out
    tables = shown[shown.index("provider") :]
    assert max(map(len, tables.splitlines())) <= 80
    assert re.search(r"\+0\.00 \(-\d\.\d\d, \+\d\.\d\d\)", tables)
    assert len(rollout("status", "--every", width=80).out) >= len(shown)


def test_the_history_has_room_for_the_reason(begun, rollout):
    assert rollout("quarantine", "near", "--why", "slow since noon").code == 0
    shown = rollout("history", width=80).out
    assert "quarantine near" in " ".join(shown.split()) or "near" in shown
    assert "slow since noon" in shown
    assert shown.count(" UTC") == 1


def test_once_without_a_rollout_says_so(rollout):
    assert rollout("run", "--once", "--json").data == {"standing": "no rollout"}


def test_the_plan_alone_is_shown_where_nothing_was_served(rollout, root):
    ran = rollout("plan")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[:2] for line in ran.out.splitlines() if line.startswith(("half", "all"))] == [
        ["half", "0.5"],
        ["all", "1"],
    ]
    assert "name the stores with --store" in ran.out
    assert rollout("plan", "--json").data["traffic"] == {"minutes": 0, "per_minute": 0, "failing": 0.0}


def test_the_plan_says_what_each_stage_could_find_in_what_was_served(rollout, root):
    served(root, failing=0, minutes=2)
    shown = rollout("plan", width=200).out
    assert "attempts a minute of 1 provider, 0.00% fail" in shown
    assert "no control beside it" in shown
    told = rollout("plan", "--json", "--store", ".cutover/telemetry.db").data
    assert told["plan"]["stages"][0]["name"] == "half"
    half, everything = told["stages"]
    assert half["per_minute"] == pytest.approx(told["traffic"]["per_minute"] / 2)
    assert half["requests_after"] == pytest.approx(20 / half["per_minute"])
    assert [each["subject"] for each in half["found"]] == ["near"]
    assert everything["found"] == []


def test_a_plan_is_not_weighed_on_a_store_that_has_nothing(rollout, root):
    Store.open(root / "empty.db").writer().close()
    assert "no attempt in the last 60 s in empty.db" in rollout("plan", "--store", "empty.db", "--last", "1m").refused()
    assert "gone.db" in rollout("plan", "--store", "gone.db").refused()
