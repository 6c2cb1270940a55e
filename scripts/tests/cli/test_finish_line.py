"""``finish`` where a rollout was started: refused until it is done, by what its state says, wherever that is."""

import json
from dataclasses import replace

import pytest

from cutover_rollout import Started, mark_started
from cutover_rollout.controller import Phase, Rollout, switch_document
from cutover_rollout.plan import default_plan
from cutover_rollout.state import open_state

BEGAN = 1_700_000_000.0
FORCED = "to finish all the same: `cutover finish --force`"
ASK = (
    "Nothing was changed; see `cutover rollout status`, say `cutover rollout done` once it has been at 100 % for long "
    f"enough, or {FORCED}\n"
)


@pytest.fixture
def site(applied):
    """The name of the one site of the gateway."""
    (found,) = json.loads((applied / ".cutover" / "journal.json").read_text())["sites"]
    return found["name"]


@pytest.fixture
def url(tmp_path):
    """A state that is elsewhere."""
    return f"sqlite:///{tmp_path}/elsewhere.db"


@pytest.fixture
def stands(url):
    """Write where a rollout stands into its state."""

    def standing(phase, *, sites=("*",), **more):
        plan = replace(default_plan(), sites=sites)
        stage = {Phase.COLLECTING: 2, Phase.ROLLED_BACK: 2}.get(phase, len(plan.stages) - 1)
        rollout = Rollout(plan=plan, revision="r1", began=BEGAN, since=BEGAN, stage=stage, phase=phase, **more)
        state = open_state(url)
        seen = state.read()
        document = switch_document(rollout, seen.document, salt="9f86d081")
        state.write(document, expected=seen, by="ana", why="a test")
        state.close()

    return standing


def _mark(root, url, *sites):
    mark_started(root, Started(url, "default", sites or ("*",)))


@pytest.mark.parametrize(
    ("phase", "more", "standing"),
    [
        (Phase.COLLECTING, {}, "collecting, stage 3 of 6, share 5 %"),
        (Phase.HOLD, {}, "hold, stage 6 of 6, share 100 %"),
        (Phase.ROLLED_BACK, {}, "rolled back, stage 3 of 6, share 0 %"),
        (Phase.AT_100, {}, "at 100 %, stage 6 of 6, share 100 %"),
        (Phase.DONE, {"killed": True}, "killed, stage 6 of 6, share 0 %"),
        (Phase.DONE, {"quarantined": {"beta": "slow"}}, "done, beta in quarantine, stage 6 of 6, share 100 %"),
    ],
)
def test_a_rollout_that_is_not_done_keeps_the_legacy_arm(
    phase, more, standing, applied, site, url, stands, cutover, tree
):
    stands(phase, **more)
    _mark(applied, url)
    before = tree(applied)
    ran = cutover("finish", cwd=applied)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"cutover: a rollout was started on site {site} and is not done, in {url} (default): {standing}, "
        f"begun 2023-11-14 22:13 UTC. {ASK}"
    )
    assert tree(applied) == before


def test_done_releases_finish(applied, url, stands, cutover):
    stands(Phase.DONE)
    _mark(applied, url)
    ran = cutover("finish", cwd=applied)
    assert (ran.code, ran.err) == (0, "")
    assert json.loads((applied / ".cutover" / "journal.json").read_text())["state"] == "finished"


def test_what_was_done_and_is_killed_since_is_not_released(applied, url, stands, cutover):
    stands(Phase.DONE)
    state = open_state(url)
    seen = state.read()
    state.write({**seen.document, "kill": True}, expected=seen, by="ana", why="at night")
    state.close()
    _mark(applied, url)
    ran = cutover("finish", cwd=applied)
    assert ran.code == 1
    assert "(default): killed, stage 6 of 6" in ran.err


def test_force_finishes_all_the_same(applied, url, stands, cutover):
    stands(Phase.COLLECTING)
    _mark(applied, url)
    assert cutover("finish", "--force", cwd=applied).code == 0


def test_a_project_without_a_rollout_finishes_as_before(applied, cutover):
    assert cutover("finish", cwd=applied).code == 0


def test_a_rollout_of_other_sites_keeps_nothing(applied, url, stands, cutover):
    stands(Phase.COLLECTING, sites=("elsewhere",))
    _mark(applied, url, "elsewhere")
    assert cutover("finish", cwd=applied).code == 0


def test_the_state_in_the_settings_is_asked_where_the_rollout_was_started_from_another_host(
    applied, site, url, stands, cutover
):
    (applied / "cutover.toml").write_text(f'[rollout]\nstate = "{url}"\n')
    stands(Phase.AT_100, sites=(site,))
    ran = cutover("finish", cwd=applied)
    assert ran.code == 1
    assert f"a rollout was started on site {site} and is not done, in {url} (default): at 100 %" in ran.err
    stands(Phase.DONE, sites=(site,))
    assert cutover("finish", cwd=applied).code == 0


def test_a_file_in_the_settings_is_the_projects_wherever_finish_is_typed(applied, url, stands, cutover):
    (applied / "cutover.toml").write_text('[rollout]\nstate = "sqlite:///../elsewhere.db"\n')
    stands(Phase.AT_100)
    ran = cutover("finish", "--root", applied, cwd=applied.parent)
    assert ran.code == 1
    assert f"in {url} (default): at 100 %" in ran.err


def test_the_state_in_the_environment_goes_before_the_settings(applied, url, stands, cutover):
    (applied / "cutover.toml").write_text('[rollout]\nstate = "postgresql://ops@127.0.0.1:1/gateway"\n')
    stands(Phase.AT_100)
    ran = cutover("finish", cwd=applied, env={"CUTOVER_STATE": url})
    assert ran.code == 1
    assert f"in {url} (default): at 100 %" in ran.err


def test_a_state_in_the_settings_that_has_no_rollout_keeps_nothing(applied, url, cutover):
    (applied / "cutover.toml").write_text(f'[rollout]\nstate = "{url}"\n')
    assert cutover("finish", cwd=applied).code == 0


def test_a_state_that_knows_nothing_of_a_marked_rollout_keeps_the_legacy_arm(applied, site, url, cutover):
    _mark(applied, url)
    ran = cutover("finish", cwd=applied)
    assert ran.code == 1
    told = f"a rollout was started on site {site} and is not done, and {url} (default) knows nothing of it any more. "
    assert ran.err == f"cutover: {told}{ASK}"


@pytest.mark.parametrize("by", ["mark", "settings"])
def test_a_state_that_does_not_answer_is_no_permission(by, applied, site, cutover, tree):
    away = "postgresql://ops@127.0.0.1:1/gateway"
    if by == "mark":
        _mark(applied, away)
    else:
        (applied / "cutover.toml").write_text(f'[rollout]\nstate = "{away}"\n')
    before = tree(applied)
    said = cutover("finish", cwd=applied).refused()
    assert said.startswith(
        f"site {site} may be in a rollout that is not done, and that cannot be asked: state {away}: no answer: "
    )
    assert said.endswith(f"Nothing was changed; see that it can be read, or {FORCED}")
    assert tree(applied) == before
    assert cutover("finish", "--force", cwd=applied).code == 0


def test_a_password_in_the_settings_opens_the_marked_state_and_is_not_shown(applied, cutover):
    _mark(applied, "postgresql://ops@127.0.0.1:1/gateway")
    (applied / "cutover.toml").write_text('[rollout]\nstate = "postgresql://ops:hunter2@127.0.0.1:1/gateway"\n')
    said = cutover("finish", cwd=applied).refused()
    assert "postgresql://ops@127.0.0.1:1/gateway" in said
    assert "hunter2" not in said


def test_a_mark_that_is_damaged_is_no_permission(applied, cutover):
    (applied / ".cutover" / "rollout.json").write_text("{")
    said = cutover("finish", cwd=applied).refused()
    assert said.startswith(f"{applied / '.cutover' / 'rollout.json'}: it is not JSON; ")


def test_a_finished_project_is_not_asked_again(applied, url, stands, cutover):
    assert cutover("finish", cwd=applied).code == 0
    stands(Phase.COLLECTING)
    _mark(applied, url)
    ran = cutover("finish", cwd=applied)
    assert ran.code == 0
    assert "nothing to do" in ran.out


def test_the_whole_way_by_the_command(applied, site, url, cutover):
    plan = applied.parent / "plan.toml"
    plan.write_text('version = 1\nname = "registry"\ncertificate = false\n')
    where = ("--root", applied, "--state", "sqlite:///elsewhere.db")
    assert cutover("rollout", "start", "--plan", plan, *where, cwd=applied.parent).code == 0
    assert (
        f"on site {site} and is not done, in {url} (default): collecting, stage 1" in cutover("finish", cwd=applied).err
    )
    while cutover("rollout", "advance", "--force", cwd=applied).code == 0:
        assert cutover("finish", cwd=applied).code == 1
    assert cutover("rollout", "done", cwd=applied).code == 1
    assert "(default): at 100 %, stage 6 of 6" in cutover("finish", cwd=applied).err
    assert cutover("rollout", "done", "--force", cwd=applied).code == 0
    assert cutover("finish", cwd=applied).code == 0
