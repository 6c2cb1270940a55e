"""``cutover switch``: on, off, status; by site and by provider; names that are not there."""

import json

import pytest

SITES = ["chat_completions_stream", "chat_completions", "unified_responses_stream", "unified_responses"]


@pytest.fixture
def root(migrated, tmp_path):
    return migrated.copy("legacy_gateway", "applied", tmp_path / "g")


def arms(cutover, root):
    return cutover("switch", "status", "--json", cwd=root).data["sites"]


def test_everything_is_on_the_legacy_arm_at_first(cutover, root, tree):
    before = tree(root)
    found = arms(cutover, root)
    assert list(found) == SITES
    assert {arm for site in found.values() for arm in site.values()} == {"legacy"}
    assert tree(root) == before


def test_status_says_all_where_one_arm_serves_a_site_and_names_what_was_kept(cutover, root):
    assert cutover("switch", "on", cwd=root).out == "registry arm for everything\n"
    shown = [line.split() for line in cutover("switch", "status", cwd=root, width=80).out.splitlines()]
    assert shown == [
        ["site", "arm", "providers"],
        ["chat_completions_stream", "registry", "all", "20"],
        ["chat_completions_stream", "kept", "fireworks"],
        ["chat_completions", "registry", "all", "21"],
        ["unified_responses_stream", "registry", "all", "17"],
        ["unified_responses_stream", "kept", "google-vertex"],
        ["unified_responses", "registry", "all", "17"],
        ["unified_responses", "kept", "near"],
    ]


def test_status_and_verify_fit_a_narrow_screen(cutover, root):
    cutover("switch", "on", "--provider", "groq", cwd=root)
    for asked in (["switch", "status"], ["verify"]):
        shown = cutover(*asked, cwd=root, width=80).out.splitlines()
        assert max(map(len, shown)) <= 80
        assert sum(line.startswith("chat_completions ") for line in shown) >= 1


def test_one_provider_is_switched_at_every_site(cutover, root):
    assert cutover("switch", "on", "--provider", "groq", cwd=root).out == "registry arm for site *, provider groq\n"
    for site in arms(cutover, root).values():
        assert [key for key, arm in site.items() if arm == "registry"] == ["groq"]


def test_one_site_is_switched_for_every_provider(cutover, root):
    assert cutover("switch", "on", "--site", "chat_completions", cwd=root).code == 0
    found = arms(cutover, root)
    assert {site for site, keys in found.items() if "registry" in keys.values()} == {"chat_completions"}
    assert set(found["chat_completions"].values()) == {"registry"}


def test_the_last_rule_wins(cutover, root):
    cutover("switch", "on", cwd=root)
    ran = cutover("switch", "off", "--site", "chat_completions", "--provider", "near", "--json", cwd=root)
    assert ran.data == {"arm": "legacy", "site": "chat_completions", "provider": "near", "changed": True}
    found = arms(cutover, root)
    assert [(site, key) for site, keys in found.items() for key, arm in keys.items() if arm == "legacy"] == [
        ("chat_completions", "near")
    ]
    assert cutover("switch", "off", cwd=root).out == "legacy arm for everything\n"
    assert {arm for site in arms(cutover, root).values() for arm in site.values()} == {"legacy"}


def test_what_is_so_already_is_said(cutover, root, tree):
    cutover("switch", "on", "--provider", "groq", cwd=root)
    before = tree(root)
    ran = cutover("switch", "on", "--provider", "groq", cwd=root)
    assert ran.out == "site *, provider groq is on the registry arm already\n"
    assert cutover("switch", "on", "--provider", "groq", "--json", cwd=root).data["changed"] is False
    assert tree(root) == before


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["on", "--site", "chat"], "unknown site 'chat'; known are 'chat_completions_stream', 'chat_completions', "),
        (["on", "--provider", "gorq"], "unknown provider 'gorq', did you mean 'groq'?; known are 'featherless', "),
        (["off", "--site", "chat_completion"], "unknown site 'chat_completion', did you mean 'chat_completions'?"),
        (["on", "--site", "unified_responses", "--provider", "near"], "unknown provider 'near'; known are "),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_are_known(asked, said, cutover, root, tree):
    before = tree(root)
    assert cutover("switch", *asked, cwd=root).refused().startswith(said)
    assert tree(root) == before


@pytest.mark.parametrize(
    ("asked", "said", "rule"),
    [
        (
            ["on", "--share", "5%", "--provider", "groq"],
            "registry arm at 5 % for site *, provider groq\n",
            {"site": "*", "provider": "groq", "share": 0.05},
        ),
        (
            ["on", "--share", "0.125"],
            "registry arm at 12.5 % for everything\n",
            {"site": "*", "provider": "*", "share": 0.125},
        ),
        (
            ["on", "--share", "100 %"],
            "registry arm at 100 % for everything\n",
            {"site": "*", "provider": "*", "share": 1},
        ),
        (
            ["on", "--tenant", "acme"],
            "registry arm for site *, provider *, tenant acme\n",
            {"site": "*", "provider": "*", "tenant": "acme", "arm": "registry"},
        ),
        (
            ["off", "--site", "chat_completions", "--header", "X-Beta:  yes: really "],
            "legacy arm for site chat_completions, provider *, header x-beta: yes: really\n",
            {
                "site": "chat_completions",
                "provider": "*",
                "header": {"name": "x-beta", "value": "yes: really"},
                "arm": "legacy",
            },
        ),
    ],
)  # fmt: skip
def test_a_share_a_tenant_and_a_header_can_be_said(asked, said, rule, cutover, root):
    assert cutover("switch", *asked, cwd=root).out == said
    assert cutover("switch", "status", "--json", cwd=root).data["rules"] == [rule]
    again = cutover("switch", *asked, "--json", cwd=root).data
    assert again == rule | {"arm": "legacy" if asked[0] == "off" else "registry", "changed": False}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["on", "--share", "5"], "'5' is no share; write it as 5% or 0.05"),
        (["on", "--share", "-1%"], "'-1%' is no share; write it as 5% or 0.05"),
        (["on", "--share", "half"], "'half' is no share; write it as 5% or 0.05"),
        (["on", "--share", "nan"], "'nan' is no share; write it as 5% or 0.05"),
        (["on", "--header", "x-beta"], "'x-beta' is no header; write it as 'X-Beta: yes'"),
        (["on", "--header", "x beta: yes"], "write the name of a header and the value that it has"),
        (["on", "--tenant", "*"], "has tenant '*'; write a tenant's name, or leave it out for every one"),
        (["off", "--share", "5%"], "No such option"),
    ],
)
def test_what_is_no_share_no_tenant_and_no_header_is_refused(asked, said, cutover, root, tree):
    before = tree(root)
    ran = cutover("switch", *asked, cwd=root)
    assert ran.code == 2
    assert said in " ".join(ran.err.split())
    assert tree(root) == before


def test_status_shows_what_is_decided_route_by_route(cutover, root):
    cutover("switch", "on", cwd=root)
    cutover("switch", "on", "--share", "5%", "--provider", "groq", cwd=root)
    cutover("switch", "off", "--tenant", "acme", "--site", "unified_responses", cwd=root)
    found = arms(cutover, root)
    assert {key for key, arm in found["chat_completions"].items() if arm == "by route"} == {"groq"}
    assert set(found["unified_responses"].values()) == {"by route"}
    shown = cutover("switch", "status", cwd=root, width=100).out
    assert shown.endswith(
        "by route, the last that speaks of it wins:\n"
        "  registry arm at 5 % for site *, provider groq\n"
        "  legacy arm for site unified_responses, provider *, tenant acme\n"
    )


def test_a_kill_file_and_a_quarantine_are_shown_and_told(cutover, root):
    cutover("switch", "on", cwd=root)
    (root / ".cutover" / "quarantine").write_text("groq\n")
    found = cutover("switch", "status", "--json", cwd=root).data
    assert (found["kill"], found["quarantined"]) == (False, ["groq"])
    assert {key for key, arm in found["sites"]["chat_completions"].items() if arm == "legacy"} == {"groq"}
    (root / ".cutover" / "kill").touch()
    found = cutover("switch", "status", "--json", cwd=root).data
    assert found["kill"] is True
    assert {arm for site in found["sites"].values() for arm in site.values()} == {"legacy"}
    shown = cutover("switch", "status", cwd=root).out
    assert (
        f"killed: everything is on the legacy arm until {root}/.cutover/kill is removed (cutover switch release)\n"
        in shown
    )
    assert shown.endswith("quarantined: groq\n")
    ran = cutover("switch", "on", "--provider", "groq", cwd=root)
    assert (ran.code, ran.err) == (0, f"{root}/.cutover/kill is there: everything stays on the legacy arm\n")


def test_a_kill_of_the_state_is_shown(cutover, root):
    (root / ".cutover" / "switch.json").write_text('{"version": 2, "rules": [], "kill": true}')
    assert (
        "killed: everything is on the legacy arm, the switch file says so\n"
        in cutover("switch", "status", cwd=root).out
    )
    assert cutover("switch", "status", "--json", cwd=root).data["kill"] is True


def test_undo_takes_kill_and_quarantine_away_too(cutover, applied):
    for name in ("kill", "quarantine"):
        (applied / ".cutover" / name).touch()
    assert cutover("undo", cwd=applied).code == 0
    assert not (applied / ".cutover").exists()


def test_a_switch_file_elsewhere_can_be_named(cutover, root, tmp_path, tree):
    before = tree(root)
    file = tmp_path / "elsewhere.json"
    assert cutover("switch", "on", "--file", file, cwd=root).code == 0
    assert json.loads(file.read_text()) == {
        "version": 1, "rules": [{"site": "*", "provider": "*", "arm": "registry"}],
    }  # fmt: skip
    assert cutover("switch", "status", "--file", file, "--json", cwd=root).data["file"] == str(file)
    assert tree(root) == before


def test_a_switch_file_can_be_written_where_no_project_is(cutover, tmp_path):
    (tmp_path / "setup.py").touch()
    assert cutover("switch", "on", "--provider", "groq", "--file", "switch.json").code == 0
    assert cutover("switch", "status", "--file", "switch.json", "--json").data["rules"] == [
        {"site": "*", "provider": "groq", "arm": "registry"}
    ]


def test_a_damaged_switch_file_is_told_and_left(cutover, root, tree):
    cutover("switch", "on", cwd=root)
    (root / ".cutover" / "switch.json").write_text("{")
    before = tree(root)
    for asked in (["status"], ["on"]):
        said = cutover("switch", *asked, cwd=root).refused()
        assert said.startswith(f"switch file {root}/.cutover/switch.json: ")
        assert said.endswith("repair it, or remove it to begin again with every site on legacy")
    assert tree(root) == before


@pytest.mark.parametrize("asked", [["on"], ["off"], ["status"]])
def test_where_nothing_is_applied_there_is_nothing_to_switch(asked, cutover, gateway, tree):
    before = tree(gateway)
    said = cutover("switch", *asked, "--root", gateway).refused()
    assert said == (
        f"{gateway}: nothing is applied there, so there is nothing to switch; run `cutover apply` first, "
        "or name the project's root with --root or a switch file with --file"
    )
    assert tree(gateway) == before


def test_after_finish_the_switch_says_that_it_has_no_effect(cutover, applied):
    note = "this cutover is finished: there is one arm, and the switch has no effect\n"
    cutover("finish", cwd=applied)
    assert cutover("switch", "status", cwd=applied).out == note
    assert cutover("switch", "status", "--json", cwd=applied).data["state"] == "finished"
    ran = cutover("switch", "on", cwd=applied)
    assert (ran.code, ran.err) == (0, note)


def test_undo_takes_the_switch_away_too(cutover, applied):
    cutover("switch", "on", cwd=applied)
    assert cutover("undo", cwd=applied).code == 0
    assert not (applied / ".cutover").exists()


def test_a_kill_puts_everything_on_legacy_until_it_is_released(cutover, root):
    cutover("switch", "on", cwd=root)
    killed = cutover("switch", "kill", cwd=root, width=300)
    assert (killed.code, killed.err) == (0, "")
    assert killed.out.startswith("killed: everything goes to the legacy arm until ")
    assert {arm for site in arms(cutover, root).values() for arm in site.values()} == {"legacy"}
    assert cutover("switch", "release", cwd=root).out == "the rules of the switch decide again\n"
    assert {arm for site in arms(cutover, root).values() for arm in site.values()} == {"registry"}
    assert cutover("switch", "release", "--json", cwd=root).data == {"kill": False, "changed": False}
    assert cutover("switch", "kill", "--json", cwd=root).data["kill"] is True


PLAN = """
certificate = false
[[stages]]
name = "half"
share = 0.5
minutes = 1
[[stages]]
name = "all"
share = 1.0
minutes = 1
"""


@pytest.mark.parametrize("asked", [["off"], ["on", "--provider", "alpha"]])
def test_where_a_state_is_followed_it_is_said_that_its_workers_do_not_heed_the_file(asked, cutover, applied):
    (applied / "plan.toml").write_text(PLAN)
    assert cutover("rollout", "start", "--plan", "plan.toml", cwd=applied).code == 0
    ran = cutover("switch", *asked, cwd=applied)
    assert ran.code == 1
    assert f"workers that follow sqlite:///{applied}/.cutover/state.db do not heed this file's rules" in ran.err
    assert "cutover rollout kill" in ran.err
    assert len(json.loads((applied / ".cutover" / "switch.json").read_text())["rules"]) == 1
    told = cutover("switch", *asked, "--json", cwd=applied)
    assert (told.code, told.data["follows"]) == (1, f"sqlite:///{applied}/.cutover/state.db")


def test_status_and_release_say_who_decides_there(cutover, applied):
    (applied / "plan.toml").write_text(PLAN)
    assert cutover("rollout", "start", "--plan", "plan.toml", cwd=applied).code == 0
    shown = cutover("switch", "status", cwd=applied)
    assert shown.code == 0
    assert "do not heed this file's rules" in shown.err
    assert cutover("switch", "kill", cwd=applied).code == 0
    assert cutover("switch", "release", cwd=applied).out == (
        f"the state sqlite:///{applied}/.cutover/state.db decides again\n"
    )


def test_a_file_that_is_named_is_nobody_s_state(cutover, applied, tmp_path):
    (applied / "plan.toml").write_text(PLAN)
    assert cutover("rollout", "start", "--plan", "plan.toml", cwd=applied).code == 0
    assert cutover("switch", "on", "--file", tmp_path / "switch.json", cwd=applied).code == 0
