"""Write the generated parts of the documentation from the program itself.

    python scripts/docs.py            write them
    python scripts/docs.py --check    say which are stale, write nothing; exit code 1 if any is

Generated are `docs/reference/cli.md` (from `--help`) and the parts of other pages between the lines
`<!-- generated: NAME -->` and `<!-- end -->`. Everything else in the documentation is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from cutover_cli._app import cutover
from cutover_cli._settings import SETTINGS
from cutover_migrate.certificate import AXIOMS
from cutover_migrate.rewrite import KEPT_REASONS, REASONS

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 80
CLI_PAGE = "docs/reference/cli.md"
PAGES_WITH_PARTS = ("docs/certificate.md", "docs/refusals.md", "docs/reference/settings.md")
PART = re.compile(r"(?P<head><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
CLI_HEAD = """# Commands

Generated from `--help` by `python scripts/docs.py`; do not edit by hand.

What each command is for is in the [README](../../README.md) and the [tutorial](../tutorial.md).
Exit codes are those of [the table in the README](../../README.md#exit-codes).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; give the exit code."""
    asked = _parser().parse_args(arguments)
    stale = {path: text for path, text in wanted(asked.root).items() if _present(asked.root / path) != text}
    for path, text in stale.items():
        if not asked.check:
            (asked.root / path).write_text(text, encoding="utf-8")
        print(f"{path}: {'stale; run `python scripts/docs.py`' if asked.check else 'written'}")
    return 1 if asked.check and stale else 0


def wanted(root: Path) -> dict[str, str]:
    """The text that each page with something generated ought to have, by its path."""
    pages = {CLI_PAGE: cli_page()}
    for path in PAGES_WITH_PARTS:
        pages[path] = with_parts(_present(root / path), PARTS)
    return pages


def cli_page() -> str:
    """The reference page of the command line."""
    sections = (f"## `{name}`\n\n```text\n{text}\n```\n" for name, text in helps(cutover, "cutover"))
    return "\n".join([CLI_HEAD, *sections])


def helps(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """The help texts of a command and of all below it, with their full names."""
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )  # fmt: skip
    yield context.command_path, command.get_help(context).rstrip()
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None and not found.hidden:
                yield from helps(found, below, context)


def with_parts(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """A page's text with its generated parts made anew; a part that nobody makes is a KeyError."""
    return PART.sub(lambda found: f"{found['head']}{parts[found['name']]()}{found['end']}", text)


def axioms_table() -> str:
    """The axioms as a table."""
    rows = "".join(f"| `{axiom.id}` | {_cell(axiom.text)} |\n" for axiom in AXIOMS)
    return f"| axiom | what is assumed |\n| --- | --- |\n{rows}"


def reasons_table() -> str:
    """The reason codes with what the program says of each."""
    rows = "".join(
        f"| [`{name}`](#{name}) | {_cell(code.message)} | {_cell(code.unlock)} |\n" for name, code in REASONS.items()
    )
    return f"| code | what was found | what unlocks it |\n| --- | --- | --- |\n{rows}"


def kept_table() -> str:
    """The codes of kept branches."""
    rows = "".join(f"| [`{name}`](#{name}) | {_cell(text)} |\n" for name, text in KEPT_REASONS.items())
    return f"| code | what was found |\n| --- | --- |\n{rows}"


def settings_table() -> str:
    """The settings with what they hold and the commands that heed them."""
    rows = "".join(
        f"| `{name}` | {each.kind} | {each.commands} | {_cell(each.meaning)} |\n" for name, each in SETTINGS.items()
    )
    return f"| key | holds | heeded by | meaning |\n| --- | --- | --- | --- |\n{rows}"


PARTS: Mapping[str, Callable[[], str]] = {
    "axioms": axioms_table,
    "reasons": reasons_table,
    "kept-reasons": kept_table,
    "settings": settings_table,
}


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _present(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Write the generated parts of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout (default: this one)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
