"""Write the generated parts of the documentation from the program itself.

    python scripts/docs.py            write them
    python scripts/docs.py --check    say which are stale, write nothing; exit code 1 if any is

Generated are `docs/reference/cli.md` (from `--help`), `docs/reference/providers.md` (from the table of providers),
`docs/reference/planted-faults.md` (from the catalogue that the parity tests plant), `docs/reference/telemetry.md` (from
the table of its names) and the parts of other pages between
the lines `<!-- generated: NAME -->` and `<!-- end -->`. Everything else in the documentation is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from cutover_cli._app import cutover
from cutover_cli._settings import ROLLOUT, SETTINGS
from cutover_migrate.adopt import ADOPT_REASONS
from cutover_migrate.certificate import AXIOMS
from cutover_migrate.rewrite import KEPT_REASONS, REASONS, ReasonCode
from cutover_registry.failover import FAILING_OVER, WORTH_REPEATING, status_of
from cutover_registry.providers import (
    CAPABILITIES,
    AnswerUnreadable,
    NotConfigured,
    ProviderCallError,
    ProviderSpec,
    ProviderTimeout,
    ProviderUnreachable,
    StreamBroken,
    specs,
)
from cutover_registry.providers.errors import kind_of
from cutover_telemetry import LATEST, V1_41, Attribute, Event, Metric

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 80
CLI_PAGE = "docs/reference/cli.md"
PROVIDERS_PAGE = "docs/reference/providers.md"
FAULTS_PAGE = "docs/reference/planted-faults.md"
TELEMETRY_PAGE = "docs/reference/telemetry.md"
CATALOGUE = "parity_tests/tests/faults/catalogue"
PAGES_WITH_PARTS = (
    "docs/certificate.md",
    "docs/how-to/failover.md",
    "docs/refusals.md",
    "docs/reference/rollout.md",
    "docs/reference/settings.md",
)
STATUSES = (401, 403, 404, 429, 400, 408, 422, 302, 500, 502, 503, 504, 529)
WITHOUT_STATUS: Mapping[type[BaseException], str] = {
    ProviderTimeout: "it took too long",
    ProviderUnreachable: "no connection, no name, no TLS, or lost before the answer",
    AnswerUnreadable: "not JSON, another content type, too large, no completion",
    StreamBroken: "the stream ended in its middle",
    NotConfigured: "no key in the environment",
    TimeoutError: "of any library",
    OSError: "of any library: a connection that failed",
    Exception: "any other, without a status",
}
PART = re.compile(r"(?P<head><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
CLI_HEAD = """# Commands

Generated from `--help` by `python scripts/docs.py`; do not edit by hand.

What each command is for is in the [README](../../README.md) and the [tutorial](../tutorial.md).
Exit codes are those of [the table in the README](../../README.md#exit-codes).
"""
PROVIDERS_HEAD = """# Providers

Generated from the table of providers by `python scripts/docs.py`; do not edit by hand.

`cutover_registry.providers` has a ready client for each of these (it needs a [transport](#transports)):

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

## Transports

What carries the requests is one of three libraries, and the first that is named decides: `transport=` of
`ProviderClient` or `client`, the variable `CUTOVER_TRANSPORT`, else `httpx`, or `httpx2` where that is not installed.
Limits, errors, cancellation and the closing of connections are the same in all three.

| transport | calls | choose it when |
| --- | --- | --- |
| `httpx` | sync, async | nothing speaks against it; tests that answer calls with respx see it |
| `httpx2` | sync, async | the application holds it: the SDKs of OpenAI (from 3.0) and Anthropic (from 1.0) do |
| `aiohttp` | async | many calls at a time: a call costs a fraction of the CPU; its sync calls go by one of the others |

```python
client("near", transport="aiohttp")
```

A loop's connections are closed with the loop, or with `aclose_all()`; those of threads with `close_all()`. The first
call of a process loads the library; in an event loop that is done in a thread. What was measured is in
[decision 0020](../decisions/0020-httpx-carries-unless-asked.md).
"""

TELEMETRY_HEAD = """# Telemetry

Generated from the table of names by `python scripts/docs.py`; do not edit by hand.

What `cutover_telemetry` emits, name by name. [Watch both arms](../how-to/watch-both-arms.md) says how to switch it on.

## Spans

| span | kind | one for each | status |
| --- | --- | --- | --- |
| `route chat {model}` | `INTERNAL` | route, with all its attempts below it | error if the answer was 5xx, or none |
| `chat {model}` | `CLIENT` | attempt, a stream until its end | error if it failed |

The spans of a route are made when it ends, with the times that were noted. The caller's own span is their parent, and
is never touched. Text of messages, of answers and of errors is in no span and in no metric; of an answer nothing but
its token counts is read. Names of providers, models and functions are there as they came.

A sampler decides once for a route. Records, and what is computed from them, are of all routes, sampled or not.

## Dialects

The GenAI conventions renamed metrics when they moved to a repository of their own, and are still in development. A
dialect says how names are spelt. `instrument(app, dialect="latest")` chooses one, or else the environment does, as for
other instrumentations:

| dialect | `OTEL_SEMCONV_STABILITY_OPT_IN` has | names |
| --- | --- | --- |
| `v1_41` | nothing of ours | semantic conventions 1.41; the default |
| `latest` | `gen_ai_latest_experimental` | what the conventions' own repository had in November 2026 |
| `both` | `gen_ai_latest_experimental/dup` | both at once |

Attributes and events are the same in all three; metrics are in the table below.
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
    pages[TELEMETRY_PAGE] = telemetry_page()
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


def telemetry_page() -> str:
    """The reference page of telemetry, from its table of names."""
    return "\n".join(
        [
            TELEMETRY_HEAD,
            "## Attributes\n\n| attribute | says |\n| --- | --- |\n" + _meanings(Attribute),
            "## Events\n\n| event | says |\n| --- | --- |\n" + _meanings(Event),
            "## Metrics\n\nAll are cumulative. Where the pipeline is ours, histograms are exponential, in buckets that"
            "\nare 1.1 % wide; in an application's own meter provider they are what its views say.\n\n"
            "| metric in `v1_41` | in `latest` | kind | unit | is |\n| --- | --- | --- | --- | --- |\n"
            + "".join(map(_metric_row, Metric)),
        ]
    )


def _meanings(names: Iterable[Attribute] | Iterable[Event]) -> str:
    return "".join(f"| `{name.value}` | {_cell(name.meaning)} |\n" for name in names)


def _metric_row(metric: Metric) -> str:
    old, new = (_names(dialect.metric_names(metric)) or "none" for dialect in (V1_41, LATEST))
    return (
        f"| {old} | {'the same' if old == new else new} | {metric.instrument} | `{metric.unit}` | {metric.meaning} |\n"
    )


def with_parts(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """A page's text with its generated parts made anew; a part that nobody makes is a KeyError."""
    return PART.sub(lambda found: f"{found['head']}{parts[found['name']]()}{found['end']}", text)


def axioms_table() -> str:
    """The axioms as a table."""
    rows = "".join(f"| `{axiom.id}` | {_cell(axiom.text)} |\n" for axiom in AXIOMS)
    return f"| axiom | what is assumed |\n| --- | --- |\n{rows}"


def reasons_table(reasons: Mapping[str, ReasonCode] = REASONS) -> str:
    """The reason codes with what the program says of each."""
    rows = "".join(
        f"| [`{name}`](#{name}) | {_cell(code.message)} | {_cell(code.unlock)} |\n" for name, code in reasons.items()
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


def rollout_settings_table() -> str:
    """The keys of `[rollout]`."""
    rows = "".join(
        f"| `{name}` | {each.kind} | {each.commands} | {_cell(each.meaning)} |\n" for name, each in ROLLOUT.items()
    )
    return f"| key of `[rollout]` | holds | heeded by | meaning |\n| --- | --- | --- | --- |\n{rows}"


def failing_over_table() -> str:
    """The errors, the status that each stands for, and whether a chain goes on after it, by default."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for status in STATUSES:
        error = kind_of(status)("", provider="near", status_code=status)
        alike.setdefault((type(error).__name__, *_goes_on(error)), []).append(str(status_of(error)))
    rows = [f"| `{name}` | {', '.join(found)} | {on} | {again} |\n" for (name, on, again), found in alike.items()]
    for other, words in WITHOUT_STATUS.items():
        made = other("", provider="near") if issubclass(other, ProviderCallError) else other()
        goes_on, repeated = _goes_on(made)
        rows.append(f"| `{other.__name__}`: {words} | as {status_of(made)} | {goes_on} | {repeated} |\n")
    return f"| error | status | next provider | `Backoff` repeats |\n| --- | --- | --- | --- |\n{''.join(rows)}"


def _goes_on(error: BaseException) -> tuple[str, str]:
    status = status_of(error)
    return "yes" if status in FAILING_OVER else "no", "yes" if status in WORTH_REPEATING else "no"


PARTS: Mapping[str, Callable[[], str]] = {
    "failing-over": failing_over_table,
    "axioms": axioms_table,
    "reasons": reasons_table,
    "adopt-reasons": lambda: reasons_table(ADOPT_REASONS),
    "kept-reasons": kept_table,
    "rollout-settings": rollout_settings_table,
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
