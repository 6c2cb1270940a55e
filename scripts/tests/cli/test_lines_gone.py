"""At least 85 % of the lines of sites and blocks are gone after ``finish``, counted here from the trees."""

import json

import pytest


def lines(path):
    return len(path.read_bytes().splitlines()) if path.exists() else 0


def python_files(root):
    return {path.relative_to(root) for path in root.rglob("*.py") if ".cutover" not in path.parts}


@pytest.fixture(scope="module", params=["legacy_gateway", "relay_desk"])
def trees(request, migrated, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return [migrated.copy(request.param, state, folder / state) for state in ("legacy", "finished")]


@pytest.fixture(scope="module")
def counted(trees, run):
    """The lines that a scan reports in rewritten sites and in the blocks around them, each line once."""
    found = run("scan", "--json", cwd=trees[0]).data
    places = [site for site in found["sites"] if site["decision"] == "template"] + found["blocks"]
    return {(place["file"], line) for place in places for line in range(place["start_line"], place["end_line"] + 1)}


@pytest.fixture(scope="module")
def plan(trees, run):
    """The legacy tree's plan, and what was shown of it."""
    path = trees[0].parent / "plan.json"
    shown = run("plan", "-o", path, cwd=trees[0]).out
    return json.loads(path.read_text()), shown


def gone(before, after):
    """Lines of the tree that went, lines that came in counted against them."""
    paths = python_files(before) | python_files(after)
    return sum(lines(before / path) - lines(after / path) for path in paths)


def test_at_least_85_per_cent_are_gone(trees, counted):
    assert gone(*trees) / len(counted) >= 0.85


def test_the_plan_says_the_same(trees, counted, plan):
    said = plan[0]["lines"]
    before, after = trees
    new = python_files(after) - python_files(before)
    assert said == {
        "sites_and_blocks": len(counted),
        "gone": gone(before, after),
        "generated": sum(lines(after / path) for path in new),
        "share_gone": round(gone(before, after) / len(counted), 4),
    }


def test_the_share_is_shown(trees, counted, plan):
    share = gone(*trees) / len(counted)
    assert f"after finish: {gone(*trees)} of {len(counted)} lines gone ({share:.0%})" in plan[1]


def test_only_edited_files_changed_and_only_generated_ones_came(trees, plan):
    before, after = trees
    shared = python_files(before) & python_files(after)
    changed = {path.as_posix() for path in shared if (before / path).read_bytes() != (after / path).read_bytes()}
    assert changed == set(plan[0]["edits"])
    assert {path.as_posix() for path in python_files(after) - python_files(before)} == set(plan[0]["generated"])
    assert python_files(before) <= python_files(after)
