"""A tree is surveyed alike however many processes do it, and whatever is known already."""

import os
import subprocess
import sys
from functools import partial

import pytest

from cutover_migrate import NotPython, scan_paths
from cutover_migrate.find import Outline, read_tree
from cutover_migrate.survey import Facts, _tree, _workers, survey_tree
from cutover_migrate.survey._facts import facts_from_json, facts_json


@pytest.fixture(autouse=True)
def own_cache(cache_home):
    """No test here touches the user's own cache."""
    return cache_home


def test_the_number_of_processes_changes_nothing(project, said):
    whole = said(project)
    assert whole["accounting"]["found"] > 0
    assert [file["file"] for file in whole["unread"]] == ["desk/broken.py"]
    assert said(project, jobs=1, cache=False) == whole
    assert said(project, jobs=2, cache=False) == whole
    assert said(project, jobs=5, cache=False) == whole


def test_the_cache_changes_nothing(project, said):
    whole = said(project)
    assert said(project, jobs=1) == whole
    assert said(project, jobs=1) == whole
    assert said(project, jobs=2) == whole


def test_a_site_of_a_large_tree_leads_to_its_decision(project):
    small, large = scan_paths([project], root=project), scan_paths([project], root=project, jobs=2)
    for one, other in zip(small.sites, large.sites, strict=True):
        assert (one.facts, one.id, one.keys, one.definitions) == (other.facts, other.id, other.keys, other.definitions)
        assert one.decided.reasons == other.decided.reasons
        assert one.decided.decision == other.decided.decision == one.facts.decision
        assert one.decided.level == other.decided.level == one.facts.level
        assert tuple(one.decided.reasons) == one.facts.reasons
        assert one.chain.start_line == one.facts.covers[0]
        assert one.decided is one.decided


def test_progress_is_told_to_the_last_file(project):
    for jobs in (None, 1, 2):
        told = []
        progress = partial(lambda told, *counts: told.append(counts), told)
        scan_paths([project], root=project, jobs=jobs, cache=False, progress=progress)
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert told[-1][0] == told[-1][1]


def test_a_file_that_is_named_must_parse_in_a_large_tree_too(project):
    with pytest.raises(NotPython, match=r"desk/broken.py:1: not Python"):
        scan_paths([project / "desk" / "broken.py"], root=project, jobs=2)


def test_the_import_root_is_found_where_the_lines_mislead(project, said):
    text = (project / "desk" / "plain.py").read_text()
    lines = "".join(f"import chat\nimport names{' ' * number}\n" for number in range(9))
    (project / "desk" / "plain.py").write_text(f'{text}TEXT = """\n{lines}"""\n')
    whole = said(project)
    assert whole["sites"][0]["id"].startswith("desk.")
    assert said(project, jobs=1) == whole


def test_nothing_is_written_into_the_project(project, said):
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    said(project, jobs=2)
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before


def test_a_process_that_dies_leaves_its_files_to_us(project, said, monkeypatch):
    whole = said(project)
    for program in ("raise SystemExit(3)", "print('{}')", "print('[null, null]')", "print(5)", "print('[{}]')"):
        monkeypatch.setattr(_workers, "command", lambda program=program: [sys.executable, "-I", "-c", program])
        assert said(project, jobs=2, cache=False) == whole


def test_a_process_that_cannot_start_leaves_its_files_to_us(project, said, monkeypatch):
    monkeypatch.setattr(_workers, "command", lambda: [str(project / "nothing")])
    assert said(project, jobs=2, cache=False) == said(project)


def test_what_a_process_read_differently_is_read_again(project, said):
    text = (project / "desk" / "names.py").read_text()
    found = scan_paths([project], root=project)
    changed = found.tree.sources["desk/names.py"].__class__(
        "desk/names.py", text.replace('NEAR = "near"', 'NEAR = "close"').encode()
    )
    for jobs in (None, 1, 2):
        scan = scan_paths([project], root=project, replaced={"desk/names.py": changed}, jobs=jobs, cache=False)
        assert scan.sites[0].keys[0] == "close"


def test_no_process_imports_the_project(project, said):
    for name in ("ast", "json", "libcst", "cutover_migrate", "sitecustomize", "usercustomize"):
        (project / f"{name}.py").write_text("raise SystemExit(9)\nopen('ran', 'w')\n")
    code = f"from cutover_migrate import scan_paths; from pathlib import Path; p = Path({str(project)!r})\n"
    code += "print(len(scan_paths([p], root=p, jobs=2, cache=False).sites))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=project, capture_output=True, text=True, check=True, env=os.environ
    )
    assert int(done.stdout) > 0
    assert not (project / "ran").exists()


def test_a_program_that_scans_is_not_run_twice(project, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\nfrom cutover_migrate import scan_paths\n"
        f"p = Path({str(project)!r})\nprint('once', len(scan_paths([p], root=p, jobs=2, cache=False).sites))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.count("once") == 1


def test_files_are_dealt_out_large_ones_first_and_each_once(project, monkeypatch):
    monkeypatch.setattr(_workers, "BATCH", 300)
    sources = list(read_tree([project], root=project, parse=False).sources.values())
    batches = list(_workers._batches(sources))
    assert sorted(source.path for batch in batches for source in batch) == sorted(source.path for source in sources)
    sizes = [len(source.data) for batch in batches for source in batch]
    assert sizes == sorted(sizes, reverse=True)
    assert len(batches) > 2


def test_a_tree_beyond_the_small_is_surveyed_at_large(project, monkeypatch):
    monkeypatch.setattr(_tree, "SMALL", 0)
    found = survey_tree(read_tree([project], root=project, parse=False), cache=False)
    assert found.sites
    assert found._decided == {}


def test_facts_are_the_same_behind_their_json(project):
    for site in scan_paths([project], root=project).sites:
        assert facts_from_json(facts_json(site.facts)) == site.facts
        assert isinstance(site.facts, Facts)


def test_rough_outlines_see_the_imports_of_a_text(tmp_path):
    (tmp_path / "a.py").write_text("import os\nimport x.y as z, w\nfrom b.c import d\nfrom . import e\n  import f\n")
    (outline,) = _tree._rough_outlines(read_tree([tmp_path], root=tmp_path, parse=False)).values()
    assert outline == Outline(("x.y", "w", "b.c"))


def test_dictionaries_with_the_providers_keys_are_told_of(project, said):
    tables = 'LABELS = {"near": "N", "far": "F", "other": "O"}\nOTHER = {"near": 1, "x": 2, "y": 3}\nX = {"x": 1}\n'
    (project / "desk" / "labels.py").write_text(tables)
    found = {
        "file": "desk/labels.py",
        "start_line": 1,
        "end_line": 1,
        "name": "LABELS",
        "keys": ["near", "far", "other"],
    }
    assert said(project)["tables"] == [found]
    assert said(project, jobs=1)["tables"] == [found]
    assert said(project, jobs=1)["tables"] == [found]
