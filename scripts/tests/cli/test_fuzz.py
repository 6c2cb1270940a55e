"""``fuzz`` end to end on the migrated example: nothing recorded, right arms and a wrong one."""

import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

APP = "src.main:app"
PAIRS = int(os.environ.get("CUTOVER_FUZZ_PAIRS", "200"))
RESOLVE = "provider_config = CHAT_COMPLETIONS.resolve(attempt_provider)"
SEEDS = [{"url": "/drafts", "json": {"number": "T-1", "question": "Where?", "vendor": "groq", "knobs": {"top_p": 0.2}}}]


@pytest.fixture(scope="module")
def applied_example(migrated, tmp_path_factory):
    """The example gateway with both arms."""
    return migrated.copy("legacy_gateway", "applied", tmp_path_factory.mktemp("fuzzed") / "gateway")


@pytest.fixture(scope="module")
def wrong(migrated, tmp_path_factory):
    """The same, but one option is lost on the way to every provider of one site."""
    root = migrated.copy("legacy_gateway", "applied", tmp_path_factory.mktemp("wrong") / "gateway")
    chat = root / "src" / "routes" / "chat.py"
    source = chat.read_text()
    assert source.count(RESOLVE) == 1
    chat.write_text(source.replace(RESOLVE, f'{RESOLVE}; optional.pop("stop", None)'))
    return root


def test_the_arms_of_the_migrated_example_do_not_differ_in_any_pair(run, applied_example):
    ran = run("fuzz", "--app", APP, "--cases", PAIRS, "--seed", 1, "--json", cwd=applied_example)
    report = ran.data
    assert ran.code == 0, report["findings"]
    assert (report["replays"], report["counts"]["mismatch"], report["findings"]) == (PAIRS, 0, [])
    assert report["reached"] > PAIRS // 2
    assert {"GET /health"} <= {*report["idle_seeds"]}


def test_a_lost_option_is_found_shrunk_and_written_as_a_test_that_fails(run, wrong, tmp_path):
    out = tmp_path / "counterexamples"
    options = ["--counterexamples", out, "--html", tmp_path / "report.html", "--junit", tmp_path / "report.xml"]
    ran = run("fuzz", "--app", APP, "--cases", 30, *options, cwd=wrong)
    assert ran.code == 1, ran
    assert "MISMATCH calls[*].kwargs.stop: lost" in ran.out
    assert not (wrong / ".hypothesis").exists()
    assert '"stop"' in next(line for line in ran.out.splitlines() if line.startswith("  request"))
    assert "temperature" not in ran.out
    assert ElementTree.parse(tmp_path / "report.xml").getroot().find(".//failure") is not None
    assert "calls" in (tmp_path / "report.html").read_text()
    files = list(out.glob("test_*.py"))
    assert files
    failed = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(files[0])],
                            cwd=tmp_path, capture_output=True, text=True, check=False)  # fmt: skip
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "kwargs.stop" in failed.stdout


def test_what_was_found_is_asked_first_by_the_next_run(run, wrong):
    assert run("fuzz", "--app", APP, "--cases", 30, cwd=wrong).code == 1
    assert list((wrong / ".cutover" / "findings").glob("*.json"))
    again = run("fuzz", "--app", APP, "--cases", 1, "--json", cwd=wrong)
    assert [finding["past"] for finding in again.data["findings"]] == [True]


def test_an_application_that_does_not_describe_itself_takes_a_seeds_file(run, migrated, tmp_path):
    root = migrated.copy("relay_desk", "applied", tmp_path / "desk")
    said = run("fuzz", "--app", "deskrelay.app:app", cwd=root).refused()
    assert said.startswith("no requests can be made up: /openapi.json was asked of the application")
    seeds = tmp_path / "seeds.json"
    seeds.write_text(json.dumps(SEEDS))
    ran = run("fuzz", "--app", "deskrelay.app:app", "--seeds", seeds, "--cases", 40, "--depth", "http", cwd=root)
    assert ran.code == 0, ran
    assert "0 mismatches in 40 replays" in ran.out


@pytest.mark.parametrize(
    ("content", "said"), [("[]", "its list is empty"), ('[{"link": "/a"}]', 'request 1 has no "url"')]
)
def test_a_seeds_file_that_cannot_be_used_is_refused(run, applied_example, tmp_path, content, said):
    seeds = tmp_path / "seeds.json"
    seeds.write_text(content)
    assert said in run("fuzz", "--app", APP, "--seeds", seeds, cwd=applied_example).refused()


def test_a_foreign_file_among_the_findings_is_refused(run, applied_example, tmp_path):
    folder = tmp_path / "findings"
    folder.mkdir()
    (folder / "notes.json").write_text("{}")
    said = run("fuzz", "--app", APP, "--findings", folder, cwd=applied_example).refused()
    assert said.startswith(f"{folder / 'notes.json'} is not the finding of an earlier run")
