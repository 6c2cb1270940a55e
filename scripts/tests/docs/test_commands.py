"""The commands of the README and the tutorial, run in their order on a copy; what they print is what the page shows.

In a `console` block a line with `$` is a command and the lines below it are its output. A line that is only `…` stands
for any lines, `…` within a line for any text. White space is not compared. The `sh` blocks of the tutorial are run too.
"""

import re
from itertools import groupby

import pytest

MARK = "\x1e"
ANY = "…"
DOCUMENTED_PORTS = ("8900", "8000")


def steps_of(page, *kinds):
    """Commands and the output that the page shows for each, in order; a `sh` block shows none."""
    for found in re.finditer(r"^```(console|sh)\n(.*?)^```$", page.text, re.MULTILINE | re.DOTALL):
        kind, text = found.groups()
        if kind not in kinds:
            continue
        if kind == "sh":
            yield text, None
            continue
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown.splitlines()


def script_of(steps):
    """One script; behind each command a line with the mark, so that the outputs can be told apart."""
    return "\n".join(f"{command.rstrip()}\nprintf '\\n{MARK}\\n'" for command, _ in steps)


def plain(line):
    return " ".join(line.split())


def differs(shown, printed):
    """The first line that the page shows and the program did not print, as a message; None if all is there."""
    wanted = [plain(line) for line in shown if line.strip()]
    given = [plain(line) for line in printed.splitlines() if line.strip()]
    at, loose = 0, False
    for is_gap, lines in groupby(wanted, key=lambda line: line == ANY):
        if is_gap:
            loose = True
            continue
        for line in lines:
            pattern = ".*".join(re.escape(part.strip()) for part in line.split(ANY))
            places = range(at, len(given)) if loose else range(at, min(at + 1, len(given)))
            place = next((place for place in places if re.fullmatch(pattern, given[place].strip())), None)
            if place is None:
                return f"shown: {line}\nprinted from there:\n" + "\n".join(given[at : at + 30])
            at, loose = place + 1, False
    return None if loose or at == len(given) else "printed and not shown:\n" + "\n".join(given[at:])


def outputs_of(steps, shell, *, cwd, replaced=()):
    """Run the steps in one shell; give what each printed."""
    script = script_of(steps)
    for old, new in replaced:
        script = script.replace(old, new)
    done = shell(script, cwd=cwd)
    outputs = done.stdout.split(f"\n{MARK}\n")
    assert len(outputs) == len(steps) + 1, done.stdout
    return outputs[:-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("journey") / "tutorial"


@pytest.fixture(scope="module")
def printed(pages, shell, root, folder, free_port):
    """What each command of the tutorial prints, walked through once with free ports in place of the documented ones."""
    steps = [*steps_of(pages["docs/tutorial.md"], "console", "sh")]
    replaced = [
        ("make setup\n", ""),
        (". .venv/bin/activate\n", ""),
        ("/tmp/cutover-tutorial", str(folder)),
        *((port, free_port()) for port in DOCUMENTED_PORTS),
    ]
    outputs = outputs_of(steps, shell, cwd=root, replaced=replaced)
    return {command: output for (command, _), output in zip(steps, outputs, strict=True)}


def test_the_tutorial_prints_what_it_shows(pages, printed):
    for command, shown in steps_of(pages["docs/tutorial.md"], "console"):
        problem = differs(shown, printed[command])
        assert problem is None, f"$ {command}\n{problem}"


def test_the_tutorial_ends_where_it_began(printed, folder, root):
    legacy = root / "examples" / "legacy_gateway"
    assert printed
    for file in [legacy / "requirements.txt", *(legacy / "src").rglob("*.py")]:
        assert (folder / "legacy_gateway" / file.relative_to(legacy)).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(("path", "count"), [("README.md", 10), ("docs/how-to/switch-on-and-off.md", 3)])
def test_other_pages_show_what_the_same_commands_of_the_tutorial_print(path, count, pages, printed):
    steps = [step for step in steps_of(pages[path], "console") if step[0] in printed]
    assert len(steps) >= count
    for command, shown in steps:
        problem = differs(shown, printed[command])
        assert problem is None, f"{path}, $ {command}\n{problem}"


def test_the_readme_shows_no_output_that_is_not_tested(pages, printed):
    assert [command for command, _ in steps_of(pages["README.md"], "console") if command not in printed] == []


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a b", "a   b\n"),
        ("a …", "a b c"),
        ("…\nlast", "first\nsecond\nlast"),
        ("first\n…", "first\nsecond"),
        ("", "\n\n"),
        ("x.y …", "x.y z"),
    ],
)
def test_an_excerpt_may_leave_things_out(shown, printed):
    assert differs(shown.splitlines(), printed) is None


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a", "b"),
        ("first", "first\nsecond"),
        ("second", "first\nsecond"),
        ("a …", "b a c"),
        ("…\nb\na\n…", "a\nb"),
        ("x.y", "xzy"),
    ],
)
def test_an_excerpt_does_not_hide_a_difference(shown, printed):
    assert differs(shown.splitlines(), printed) is not None
