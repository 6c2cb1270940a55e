"""From `apply --vendor-runtime` to undo: what is written, that it runs without us, and that no edit goes unseen."""

import subprocess
import sys

import pytest

from cutover_migrate import AlreadyDone, NotCertified, PlanMismatch
from cutover_migrate.apply import TargetExists
from cutover_migrate.errors import MigrateError

OURS = ("cutover_registry", "cutover_migrate", "cutover_parity", "cutover_telemetry", "cutover_rollout", "cutover_cli")
SWITCHING = """
import json, pathlib, time
from desk.chat import CHAT
from desk.clients.provider_registry import use_registry

def wait_for(arm):
    end = time.monotonic() + 20
    while use_registry(CHAT, "a") is not arm and time.monotonic() < end:
        time.sleep(0.02)
    return use_registry(CHAT, "a"), use_registry(CHAT, "b"), use_registry(CHAT, "e")

path = pathlib.Path(".cutover/switch.json")
print(wait_for(False))
path.write_text(json.dumps({"version": 1, "rules": [{"site": "chat", "provider": "a", "arm": "registry"}]}))
print(wait_for(True))
path.unlink()
print(wait_for(False))
"""


def test_nothing_of_ours_can_be_imported_there(gateway):
    code = f"import importlib.util as u; print([name for name in {OURS!r} if u.find_spec(name)])"
    assert gateway.alone.run(["-c", code], cwd=gateway.root).stdout == "[]\n"
    gateway.apply(vendor_runtime=False)
    ran = gateway.alone.run(["-c", "import desk.chat"], cwd=gateway.root, check=False)
    assert "ModuleNotFoundError: No module named 'cutover_registry'" in ran.stderr


def test_it_runs_without_us_in_both_arms_and_finished(gateway):
    expected = gateway.ask()
    assert expected.splitlines()[0] == "a made m"
    gateway.apply()
    assert [gateway.ask(arm) for arm in ("", "legacy", "registry")] == [expected] * 3
    gateway.finish()
    assert gateway.ask() == expected
    gateway.undo()
    assert gateway.ask() == expected


def test_the_switch_file_is_heeded(gateway):
    gateway.apply()
    ran = gateway.alone.run(["-c", SWITCHING], cwd=gateway.root)
    assert ran.stdout.splitlines() == ["(False, False, False)", "(True, False, False)", "(False, False, False)"]


def test_an_unknown_arm_is_refused_by_the_vendored_runtime(gateway):
    gateway.apply()
    ran = gateway.alone.run(["-c", "import desk.chat"], cwd=gateway.root, env={"CUTOVER_ARM": "left"}, check=False)
    assert "desk.clients._cutover_registry.errors.InvalidSwitch: CUTOVER_ARM" in ran.stderr


def test_the_registry_module_imports_from_the_package_beside_it(gateway, runtime):
    applied = gateway.apply()
    text = (gateway.root / "desk/clients/provider_registry.py").read_text()
    assert "from desk.clients._cutover_registry import ProviderConfig, ProviderRegistry, use_registry" in text
    made = [path for path in applied.committed.created if path.startswith(f"{runtime}/")]
    assert {f"{runtime}/__init__.py", f"{runtime}/LICENSE", f"{runtime}/_site.py"} <= set(made)
    assert not any(b"from cutover_registry" in data for path, data in gateway.files().items() if path not in made)


def test_no_dependency_is_added(gateway):
    applied = gateway.apply()
    assert (gateway.root / "requirements.txt").read_text() == "httpx>=0.28\n"
    assert applied.dependency.reason == "the runtime is part of the application, as desk.clients._cutover_registry"


def test_without_it_nothing_is_vendored(gateway, runtime):
    gateway.apply(vendor_runtime=False)
    assert not any(path.startswith(runtime) for path in gateway.files())
    assert "provider-cutover" in (gateway.root / "requirements.txt").read_text()
    assert gateway.journal()["generated"]["runtime_module"] == "cutover_registry"
    assert gateway.journal()["options"]["vendor"] is False


def test_a_plan_can_say_it_and_the_journal_does(gateway, runtime):
    plan = gateway.plan(vendor=True)
    assert plan["options"]["vendor"] is True
    gateway.apply(plan, vendor_runtime=False)
    assert gateway.journal()["options"]["vendor"] is True
    assert gateway.journal()["generated"]["runtime_module"] == "desk.clients._cutover_registry"
    assert (gateway.root / runtime / "_site.py").is_file()


def test_other_folders_are_heeded(gateway):
    gateway.apply(gateway.plan(services="desk"))
    assert (gateway.root / "desk/_cutover_registry/_site.py").is_file()
    assert gateway.ask("registry").startswith("a made m\n")
    assert gateway.verify().findings() == []


def test_a_second_apply_does_nothing(gateway):
    plan = gateway.plan()
    gateway.apply(plan)
    files = gateway.files()
    assert gateway.apply(plan) == AlreadyDone("this plan is applied already")
    assert gateway.apply(plan, vendor_runtime=False) == AlreadyDone("this plan is applied already")
    gateway.finish()
    assert gateway.apply(plan) == AlreadyDone("this plan is finished already")
    gateway.undo()
    gateway.apply(plan)
    assert gateway.files() == files


def test_a_dependency_is_not_taken_for_a_vendored_runtime(gateway):
    plan = gateway.plan()
    gateway.apply(plan, vendor_runtime=False)
    files = gateway.files()
    with pytest.raises(PlanMismatch) as caught:
        gateway.apply(plan)
    assert str(caught.value) == (
        "this plan is applied already, with the runtime as a dependency; "
        "run `cutover undo`, then apply it with --vendor-runtime"
    )
    assert gateway.files() == files


@pytest.mark.parametrize("finished", [False, True])
def test_undo_removes_it_bytecode_included(gateway, runtime, finished):
    before = gateway.files()
    gateway.apply()
    gateway.alone.run(["-c", "import desk.chat"], cwd=gateway.root, env={"PYTHONDONTWRITEBYTECODE": ""})
    assert (gateway.root / runtime / "__pycache__").is_dir()
    if finished:
        gateway.finish()
    gateway.undo()
    assert gateway.files() == before
    assert not (gateway.root / runtime).exists()


def test_undo_does_not_lose_an_edit_of_it(gateway, runtime):
    gateway.apply()
    (gateway.root / runtime / "_site.py").write_text("mine\n")
    with pytest.raises(MigrateError) as caught:
        gateway.undo()
    assert f"{runtime}/_site.py: edited since, and would be removed" in str(caught.value)
    gateway.undo(force=True)
    assert not (gateway.root / runtime).exists()


@pytest.mark.parametrize("there", ["__init__.py", "notes.txt", "deeper/x.py"])
def test_a_folder_that_is_there_is_refused(gateway, runtime, there):
    (gateway.root / runtime / there).parent.mkdir(parents=True)
    (gateway.root / runtime / there).write_text("mine\n")
    before = gateway.files()
    with pytest.raises(TargetExists) as caught:
        gateway.apply()
    assert str(caught.value).startswith(f"to be created, but there already: {runtime}; nothing was written; ")
    assert gateway.files() == before


def test_a_module_that_it_would_hide_is_refused(gateway, runtime):
    (gateway.root / f"{runtime}.py").write_text("mine = 1\n")
    with pytest.raises(TargetExists) as caught:
        gateway.apply()
    assert f"there already: {runtime}.py;" in str(caught.value)


def test_a_link_in_its_place_is_refused(gateway, runtime, tmp_path):
    (gateway.root / runtime).symlink_to(tmp_path / "nowhere")
    with pytest.raises(TargetExists):
        gateway.apply()


def test_bytecode_of_an_earlier_one_is_not_in_the_way(gateway, runtime):
    (gateway.root / runtime / "__pycache__").mkdir(parents=True)
    (gateway.root / runtime / "__pycache__" / "_site.cpython-311.pyc").write_bytes(b"old")
    gateway.apply()
    assert gateway.verify().valid


def edited(path):
    path.write_bytes(path.read_bytes() + b"# mine\n")


def emptied(path):
    path.write_bytes(b"")


def removed(path):
    path.unlink()


@pytest.mark.parametrize("name", ["__init__.py", "_site.py", "LICENSE"])
@pytest.mark.parametrize("change", [edited, emptied, removed])
@pytest.mark.parametrize("finished", [False, True])
def test_a_changed_file_of_it_is_a_finding(gateway, runtime, change, name, finished):
    gateway.apply()
    assert gateway.verify().findings() == []
    if finished:
        gateway.finish()
    change(gateway.root / runtime / name)
    verified = gateway.verify()
    assert not verified.valid
    assert verified.findings() == [
        f"{runtime}/{name}: edited by hand since it was generated, so what it does is not proved"
    ]


@pytest.mark.parametrize("name", ["_site/__init__.py", "_site.so", "extra.py"])
def test_a_file_that_came_into_it_is_a_finding_and_stops_finish(gateway, runtime, name):
    gateway.apply()
    (gateway.root / runtime / name).parent.mkdir(exist_ok=True)
    (gateway.root / runtime / name).write_text("")
    assert gateway.verify().findings() == [
        f"{runtime}/{name}: in the vendored runtime, and not written by `cutover apply`"
    ]
    with pytest.raises(NotCertified) as caught:
        gateway.finish()
    assert f"{runtime}/{name}" in str(caught.value)


def test_a_scan_finds_nothing_in_it(gateway, runtime):
    from cutover_migrate import scan_paths

    gateway.apply()
    found = scan_paths([gateway.root], root=gateway.root)
    assert [site.path for site in (*found.sites, *found.near_misses) if site.path.startswith(runtime)] == []


def test_both_runtimes_can_live_in_one_process(gateway):
    expected = gateway.ask()
    gateway.apply()
    code = "import cutover_registry\n" + gateway.ask.__globals__["ASK"]
    ran = subprocess.run([sys.executable, "-c", code], cwd=gateway.root, capture_output=True, text=True, check=True)
    assert ran.stdout == expected
