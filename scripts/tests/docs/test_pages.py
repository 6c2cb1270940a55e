"""What holds for every page: links, paths, names of public doors, the house's words, and each kind's own form."""

import importlib
import re

import pytest

PACKAGES = (
    "cutover_registry",
    "cutover_migrate",
    "cutover_parity",
    "cutover_telemetry",
    "cutover_rollout",
    "cutover_cli",
)
ROOMS = ("registry/", "migrate/", "parity_tests/", "telemetry/", "rollout/", "scripts/", "examples/", "docs/")
PAGES = {
    "README.md",
    "CHANGELOG.md",
    "docs/tutorial.md",
    "docs/glossary.md",
    "docs/refusals.md",
    "docs/around-the-chains.md",
    "docs/certificate.md",
    "docs/how-to/add-a-provider.md",
    "docs/how-to/adopt-failover.md",
    "docs/how-to/roll-out.md",
    "docs/how-to/switch-on-and-off.md",
    "docs/how-to/record-your-traffic.md",
    "docs/how-to/replay-your-traffic.md",
    "docs/how-to/engines.md",
    "docs/how-to/failover.md",
    "docs/how-to/from-hand-written.md",
    "docs/how-to/from-litellm.md",
    "docs/how-to/write-a-plugin.md",
    "docs/how-to/execute-both-arms.md",
    "docs/how-to/undo.md",
    "docs/how-to/ci.md",
    "docs/how-to/read-the-reports.md",
    "docs/how-to/vendor-the-runtime.md",
    "docs/how-to/watch-both-arms.md",
    "docs/how-to/watch-in-the-terminal.md",
    "docs/how-to/dashboard.md",
    "docs/how-to/send-to-your-tools.md",
    "docs/how-to/show-an-unmodified-service.md",
    "docs/how-to/send-a-report.md",
    "docs/how-to/arms.md",
    "docs/how-to/noise.md",
    "docs/how-to/openfeature.md",
    "docs/how-to/pytest.md",
    "docs/how-to/shadow.md",
    "docs/how-to/fuzz.md",
    "docs/how-to/clocks.md",
    "docs/how-to/contribute.md",
    "docs/reference/cli.md",
    "docs/reference/json.md",
    "docs/reference/judge.md",
    "docs/reference/config.md",
    "docs/reference/coverage.md",
    "docs/reference/planted-faults.md",
    "docs/reference/client-libraries.md",
    "docs/reference/ecosystem.md",
    "docs/reference/benchmarks.md",
    "docs/reference/rollout.md",
    "docs/reference/settings.md",
    "docs/reference/rollout-plan.md",
    "docs/reference/state.md",
    "docs/reference/store.md",
    "docs/reference/switch.md",
    "docs/reference/telemetry.md",
    "docs/reference/parity-report.md",
    "docs/reference/providers.md",
    "docs/reference/recordings.md",
    "docs/decisions/README.md",
}
HEADINGS = ["## Status", "## Context", "## Decision", "## Consequences"]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def anchors(text):
    """The anchors of a page's headings, as the usual viewers make them."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_pages_that_ought_to_be_there_are_there(pages):
    assert pages.keys() >= PAGES
    assert all(path in PAGES or path.startswith("docs/decisions/0") for path in pages)


def test_links_resolve(page, pages, root):
    for target in LINK.findall(page.prose):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (root / page.path).parent / path if path else root / page.path
        assert file.exists(), f"{page.path}: {target}"
        if anchor:
            linked = pages[file.resolve().relative_to(root).as_posix()]
            assert anchor in anchors(linked.text), f"{page.path}: {target}"


def test_every_page_can_be_reached_from_the_readme(pages, root):
    reached, waiting = set(), ["README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path not in pages:
            continue
        reached.add(path)
        targets = (target.partition("#")[0] for target in LINK.findall(pages[path].prose))
        files = ((root / path).parent / target for target in targets if target and "://" not in target)
        waiting += [file.resolve().relative_to(root).as_posix() for file in files if file.exists()]
    assert reached == pages.keys()


def test_paths_of_the_repository_exist(page, root):
    for path in re.findall(r"`([a-z_]+/[\w./*-]*)`", page.prose):
        if path.startswith(ROOMS):
            assert (root / path).exists(), f"{page.path}: {path}"


def test_names_of_public_doors_exist(page):
    named = re.findall(r"\b(cutover_[a-z]+)\.(?!py\b)([A-Za-z]\w*)", page.text)
    for package, names in re.findall(r"^from (cutover_[a-z]+) import ([\w, ]+)$", page.text, re.MULTILINE):
        named += [(package, name.strip()) for name in names.split(",")]
    for package, name in named:
        assert package in PACKAGES, f"{page.path}: {package}"
        door = importlib.import_module(package)
        public = set(getattr(door, "__all__", ()))
        inner = importlib.util.find_spec(f"{package}.{name}") is not None
        assert name in public or inner, f"{page.path}: {package}.{name}"


def test_python_listings_compile(page):
    for listing in page.fences("python"):
        text = listing if not listing.startswith('"') or listing.startswith('"""') else f"{{\n{listing}\n}}"
        compile(text, page.path, "exec")


def test_listings_of_the_registry_run(pages):
    (listing,) = [
        text for text in pages["docs/reference/config.md"].fences("python") if "import ProviderConfig" in text
    ]
    exec(compile(listing, "config.md", "exec"), {})


def test_no_page_is_wider_than_a_reader_can_bear(page):
    for line in page.prose.splitlines():
        assert len(line) <= 120 or line.startswith("|"), f"{page.path}: {line}"


@pytest.mark.parametrize(
    "word", ["TODO", "FIXME", "simply", "seamless", "powerful", "blazing", "utils.py", "helpers.py"]
)
def test_no_page_has_a_word_that_the_house_does_not_use(word, pages):
    assert [path for path, page in pages.items() if re.search(rf"\b{re.escape(word)}\b", page.prose)] == []


def test_every_word_of_the_glossary_is_used_elsewhere(pages, root):
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", pages["docs/glossary.md"].text, re.MULTILINE)
    assert len(words) > 35
    others = "\n".join(page.text for path, page in pages.items() if path != "docs/glossary.md")
    sources = "\n".join(
        file.read_text(encoding="utf-8") for room in ROOMS[:6] for file in (root / room).glob("cutover_*/**/*.py")
    )
    assert [word for word in words if word.lower() not in (others + sources).lower()] == []


def test_the_glossary_has_the_words_of_the_code(pages):
    text = pages["docs/glossary.md"].text
    parity, telemetry = importlib.import_module("cutover_parity"), importlib.import_module("cutover_telemetry")
    verdicts = [kind.__name__.lower() for kind in (parity.Match, parity.Mismatch, parity.Ignored)]
    outcomes = [outcome.value for outcome in telemetry.RouteOutcome]
    states = [
        telemetry.Attribute[name].value.rsplit(".", 1)[1] for name in ("DETACHED", "LATE", "CANCELLED", "DISCONNECTED")
    ]
    assert [word for word in (*verdicts, *outcomes, *states, "abandoned") if f"**{word}**" not in text] == []


def test_a_decision_has_its_four_headings_and_is_under_a_page(page):
    if not page.path.startswith("docs/decisions/0"):
        return
    assert re.match(r"# \d{4}: .+\n", page.text)
    assert page.text.startswith(f"# {page.path.split('/')[-1][:4]}: ")
    assert re.findall(r"^## .+$", page.text, re.MULTILINE) == HEADINGS
    assert len(page.text.splitlines()) <= 60


def test_decisions_are_numbered_through_and_listed_with_their_titles(pages):
    records = sorted(path for path in pages if path.startswith("docs/decisions/0"))
    assert [int(path.split("/")[-1][:4]) for path in records] == list(range(1, len(records) + 1))
    listed = pages["docs/decisions/README.md"].text
    for path in records:
        number, title = re.match(r"# (\d{4}): (.+)", pages[path].text).groups()
        assert f"| {number} | [{title}]({path.split('/')[-1]}) |" in listed


def test_the_changelog_has_the_usual_form(pages):
    text = pages["CHANGELOG.md"].text
    assert text.startswith("# Changelog\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE)[0] == "[Unreleased]"
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds
