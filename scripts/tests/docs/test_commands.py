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


def walk(page, kinds, shell, *, cwd, replaced=()):
    steps = [*steps_of(page, *kinds)]
    script = script_of(steps)
    for old, new in replaced:
        script = script.replace(old, new)
    done = shell(script, cwd=cwd)
    outputs = done.stdout.split(f"\n{MARK}\n")
    assert len(outputs) == len(steps) + 1, done.stdout
    for (command, shown), printed in zip(steps, outputs, strict=False):
        problem = None if shown is None else differs(shown, printed)
        assert problem is None, f"{page.path}, $ {command}\n{problem}"
    return len(steps)


def test_the_readme_does_what_it_says(pages, shell, bench):
    ran = walk(pages["README.md"], ["console"], shell, cwd=bench / "examples" / "legacy_gateway")
    assert ran >= 8


def test_the_tutorial_does_what_it_says(pages, shell, root, tmp_path, free_port):
    replaced = [
        ("make setup\n", ""),
        (". .venv/bin/activate\n", ""),
        ("/tmp/cutover-tutorial", str(tmp_path / "tutorial")),
        *((port, free_port()) for port in DOCUMENTED_PORTS),
    ]
    assert walk(pages["docs/tutorial.md"], ["console", "sh"], shell, cwd=root, replaced=replaced) >= 15
    legacy = root / "examples" / "legacy_gateway" / "src"
    for file in legacy.rglob("*.py"):
        assert (tmp_path / "tutorial" / "legacy_gateway" / "src" / file.relative_to(legacy)).read_bytes() == file.read_bytes()


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
