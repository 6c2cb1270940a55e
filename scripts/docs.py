"""Write the generated parts of the documentation from the program itself.

    python scripts/docs.py            write them
    python scripts/docs.py --check    say which are stale, write nothing; exit code 1 if any is

Generated are `docs/reference/cli.md` (from `--help`), `docs/reference/providers.md` (from the table of providers),
`docs/reference/planted-faults.md` (from the catalogue that the parity tests plant) and the parts of other pages between
the lines `<!-- generated: NAME -->` and `<!-- end -->`. Everything else in the documentation is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from cutover_cli._app import cutover
from cutover_cli._settings import SETTINGS
from cutover_migrate.certificate import AXIOMS
from cutover_migrate.rewrite import KEPT_REASONS, REASONS
from cutover_registry.providers import CAPABILITIES, ProviderSpec, specs

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 80
CLI_PAGE = "docs/reference/cli.md"
PROVIDERS_PAGE = "docs/reference/providers.md"
FAULTS_PAGE = "docs/reference/planted-faults.md"
CATALOGUE = "parity_tests/tests/faults/catalogue"
PAGES_WITH_PARTS = ("docs/certificate.md", "docs/refusals.md", "docs/reference/settings.md")
PART = re.compile(r"(?P<head><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
CLI_HEAD = """# Commands

Generated from `--help` by `python scripts/docs.py`; do not edit by hand.

What each command is for is in the [README](../../README.md) and the [tutorial](../tutorial.md).
Exit codes are those of [the table in the README](../../README.md#exit-codes).
"""
PROVIDERS_HEAD = """# Providers

Generated from the table of providers by `python scripts/docs.py`; do not edit by hand.

`cutover_registry.providers` has a ready client for each of these (it needs httpx):

```python
from cutover_registry.providers import client

answer = client("near").chat([{"role": "user", "content": "hi"}], "author/model", max_tokens=64)
with client("near").stream([{"role": "user", "content": "hi"}], "author/model") as stream:
    for chunk in stream:
        ...
```

`chat_async` and `stream_async` do the same in an event loop. Answers, chunks and finish reasons are OpenAI's, whatever
the provider's are. A key is read from the first variable that is set, at each call, and is in no text that comes out.
`cutover providers check` tries the providers whose keys you have. It says for each whether it is configured, is
reachable, lists models, answers and streams; with `--json` as `providers`, a list of objects with `name` and, by these
five names (`configured`, `reachable`, `models`, `answers`, `streams`), `state` (`ok`, `failed` or `not tried`) and
`detail`; and `not_configured`, a list of names.

What is here was read in the provider's own documentation. It changes without notice: what your account may do is what
`check` finds. A capability says that the interface takes it; models differ. Where `usage_in_stream` is not marked,
nothing was found that says so, and a stream's usage is not asked for: most give it all the same, or pass
`stream_options={"include_usage": True}` yourself.
"""

FAULTS_HEAD = """# Planted faults

Generated from the catalogue in `parity_tests/tests/faults` by `python scripts/docs.py`; do not edit by hand.

What the parity harness is known to find. Each of these {count} faults is planted into a copy of a small gateway, one at
a time, by a test of its name; the replay has to find it at the depth and in the [layer](parity-report.md#layers) that
stands here, and the text of the report has to say what differs. A copy without a fault never differs.
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
    pages = {CLI_PAGE: cli_page(), PROVIDERS_PAGE: providers_page(), FAULTS_PAGE: faults_page(ROOT / CATALOGUE)}
    for path in PAGES_WITH_PARTS:
        pages[path] = with_parts(_present(root / path), PARTS)
    return pages


def cli_page() -> str:
    """The reference page of the command line."""
    sections = (f"## `{name}`\n\n```text\n{text}\n```\n" for name, text in helps(cutover, "cutover"))
    return "\n".join([CLI_HEAD, *sections])


def providers_page() -> str:
    """The reference page of the providers."""
    rows = "".join(
        f"| [{spec.title}](#{_anchor(spec.title)}) | `{spec.name}` | {_marks(spec)} |\n" for spec in specs().values()
    )
    columns = " | ".join(f"`{name}`" for name in CAPABILITIES)
    table = f"| provider | name | {columns} |\n| --- | --- |{' --- |' * len(CAPABILITIES)}\n{rows}"
    return "\n".join([PROVIDERS_HEAD, table, *(_provider(spec) for spec in specs().values())])


def _provider(spec: ProviderSpec) -> str:
    """The section of one provider."""
    found = f"[its pages]({spec.documentation})" if spec.documentation else "none was found"
    rows = {
        "name": f"`{spec.name}`",
        "documentation": found,
        "address": f"`{spec.base_url}`",
        "completions": f"`{spec.chat_path}`",
        "models": f"`{spec.models_path}`" if spec.models_path else "no list",
        "key from": _names(spec.key_env),
        "also reads": _names(spec.settings_env),
        "left out": _names(spec.unsupported),
        "renamed": ", ".join(f"`{ours}` to `{theirs}`" for ours, theirs in spec.renamed.items()),
        "limits": "; ".join(f"`{name}` {text}" for name, text in spec.limits.items()),
        "finish reasons": ", ".join(f"`{theirs}` is `{ours}`" for theirs, ours in spec.finish_reasons.items()),
    }
    lines = "".join(f"| {name} | {_cell(text)} |\n" for name, text in rows.items() if text)
    deviations = "".join(f"- {line}\n" for line in spec.deviations)
    return f"## {spec.title}\n\n| | |\n| --- | --- |\n{lines}\n{deviations}"


def _marks(spec: ProviderSpec) -> str:
    return " | ".join("yes" if name in spec.capabilities else "" for name in CAPABILITIES)


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


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


def faults_page(catalogue: Path) -> str:
    """The reference page of the planted faults, from their tables."""
    tables = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(catalogue.glob("*.toml"))}
    parts = [FAULTS_HEAD.format(count=sum(map(len, tables.values())))]
    for family, faults in tables.items():
        rows = "".join(
            f"| {_cell(name)} | `{fault['gateway']}` | {fault.get('depth', 'calls')} | `{fault['layer']}` |\n"
            for name, fault in faults.items()
        )
        parts.append(
            f"## {family.capitalize()}\n\n| fault | gateway | depth | layer |\n| --- | --- | --- | --- |\n{rows}"
        )
    return "\n".join(parts)


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
