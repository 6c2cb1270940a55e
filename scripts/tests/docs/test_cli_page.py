"""Commands in the pages: the generated reference is fresh, and no page names a command or option that is not there."""

import importlib.util
import re
import shutil
import subprocess
import sys

import click
import pytest

from cutover_cli._app import cutover

LINE = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )?cutover (.+)$", re.MULTILINE)
INLINE = re.compile(r"`cutover ([a-z][^`]*)`")


def commands_in(page):
    """Every `cutover …` of a page: those in its blocks and those in its sentences."""
    blocks = "\n".join(page.fences("sh") + page.fences("console"))
    found = [*LINE.findall(blocks), *INLINE.findall(page.prose)]
    return [re.split(r"\s*(?:\||&|#|>|;|\s--\s)", text)[0].split() for text in found]


def problem_with(words, command=cutover):
    """What is wrong with the words of a command line: an unknown command or option."""
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            command = command.get_command(click.Context(command), word)
            if command is None:
                return f"no command {word}"
        elif word.startswith("-"):
            known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
            if word not in known | {"--help", "-h", "--version"}:
                return f"no option {word} of {command.name}"
    return None


def test_commands_and_options_that_pages_name_are_there(page):
    if page.path == "docs/reference/cli.md":
        return
    for words in commands_in(page):
        if "|" not in " ".join(words):
            assert problem_with(words) is None, f"{page.path}: cutover {' '.join(words)}"


def test_pages_name_commands_at_all(pages):
    assert len(commands_in(pages["README.md"])) > 10
    assert len(commands_in(pages["docs/how-to/replay-your-traffic.md"])) >= 5


@pytest.mark.parametrize(
    "words", [["scam", "src"], ["scan", "--jason"], ["switch", "onn"], ["switch", "on", "--sites"]]
)
def test_a_misspelt_command_is_seen(words):
    assert problem_with(words) is not None


@pytest.mark.parametrize(
    "words", [["scan", "src", "--json"], ["switch", "on", "--site", "chat"], ["apply", "plan.json"]]
)
def test_a_right_command_passes(words):
    assert problem_with(words) is None


@pytest.fixture
def docs(root, tmp_path, capsys):
    """Run scripts/docs.py on a copy of the pages; give its exit code and what it printed."""
    shutil.copytree(root / "docs", tmp_path / "docs")
    spec = importlib.util.spec_from_file_location("cutover_docs", root / "scripts" / "docs.py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)

    def run(*arguments):
        return program.main(["--root", str(tmp_path), *arguments]), capsys.readouterr().out

    run.folder = tmp_path / "docs"
    return run


def test_the_generated_pages_are_fresh(root):
    command = [sys.executable, str(root / "scripts" / "docs.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_stale_page_is_told_and_left_and_then_written(docs):
    pages = [docs.folder / "reference" / "cli.md", docs.folder / "certificate.md"]
    fresh = [page.read_bytes() for page in pages]
    pages[0].write_text("old")
    pages[1].write_text(pages[1].read_text().replace("`one-key`", "`two-keys`"))
    stale = [page.read_bytes() for page in pages]
    code, said = docs("--check")
    assert code == 1
    assert said.splitlines() == [
        "docs/reference/cli.md: stale; run `python scripts/docs.py`",
        "docs/certificate.md: stale; run `python scripts/docs.py`",
    ]
    assert [page.read_bytes() for page in pages] == stale
    assert docs() == (0, "docs/reference/cli.md: written\ndocs/certificate.md: written\n")
    assert [page.read_bytes() for page in pages] == fresh
    assert docs("--check") == (0, "")


def test_what_is_written_by_hand_stays(docs):
    page = docs.folder / "certificate.md"
    page.write_text(page.read_text().replace("# The certificate\n", "# Another head\n"))
    assert docs() == (0, "")
    assert page.read_text().startswith("# Another head\n")


def test_every_command_has_a_section(pages):
    text = pages["docs/reference/cli.md"].text
    context = click.Context(cutover)
    for name in cutover.list_commands(context):
        assert f"## `cutover {name}`\n" in text
        for below in getattr(cutover.get_command(context, name), "commands", ()):
            assert f"## `cutover {name} {below}`\n" in text
