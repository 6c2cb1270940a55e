"""``providers list``, ``providers check``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import click
from rich.markup import escape

from cutover_cli._console import console, print_json, table
from cutover_cli._providers_check import FAILED, OK, STEPS, Checked, Step, check
from cutover_registry import UnknownProvider
from cutover_registry.providers import ProviderClient, ProviderSpec, Timeouts, specs

AT_ONCE = 8
STYLES = {OK: "green", FAILED: "bold red"}
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


@click.group()
def providers() -> None:
    """Look at the providers that there are ready clients for, and try them with your own keys."""


@providers.command("list")
@click.argument("names", nargs=-1, metavar="[PROVIDER]...")
@JSON
def list_(names: tuple[str, ...], as_json: bool) -> int:
    """List providers with the variables that configure them; asks nobody.

    A key is read from the first variable that is set. Addresses, limits and deviations are in --json.
    """
    chosen = _chosen(names)
    if as_json:
        print_json({"providers": [_entry(spec) for spec in chosen]})
        return 0
    rows = table("provider:whole", "configured", "key from, then settings")
    for spec in chosen:
        configured = "[green]yes[/]" if ProviderClient(spec).is_configured() else "[dim]-[/]"
        settings = (f"[dim]and[/] {name}" for name in spec.settings_env)
        rows.add_row(spec.name, configured, "\n".join([*spec.key_env, *settings]))
    console().print(rows)
    return 0


@providers.command("check")
@click.argument("names", nargs=-1, metavar="[PROVIDER]...")
@click.option(
    "--model", "models", multiple=True, metavar="PROVIDER=MODEL", help="The model to ask (default: a listed one)."
)
@click.option("--base-url", "urls", multiple=True, metavar="PROVIDER=URL", help="Ask there instead.")
@click.option(
    "--timeout", type=click.FloatRange(min=0.1), default=30.0, show_default=True, help="Seconds for each call."
)
@JSON
def check_(
    names: tuple[str, ...], models: tuple[str, ...], urls: tuple[str, ...], timeout: float, as_json: bool
) -> int:
    """Try providers: configured, reachable, lists models, answers, streams. Without names, those that are configured.

    Keys are read from the environment and never shown. A call asks for a word or two, which may cost a little. Exit
    code 1 if something fails, if a provider that you name is not configured, or if none is.
    """
    chosen = _chosen(names)
    model, url = _pairs(models, "--model", chosen), _pairs(urls, "--base-url", chosen)
    limits = Timeouts(timeout, min(timeout, 10.0), timeout, timeout)
    clients = [ProviderClient(spec, base_url=_url(url.get(spec.name)), timeouts=limits) for spec in chosen]
    tried = clients if names else [client for client in clients if client.is_configured()]
    found = _checked(tried, model)
    skipped = [client.spec.name for client in clients if client not in tried]
    if as_json:
        print_json({"providers": [each.to_json() for each in found], "not_configured": skipped})
    else:
        _show(found, skipped)
    return 1 if not found or any(each.failed for each in found) else 0


def _checked(clients: list[ProviderClient], models: Mapping[str, str]) -> list[Checked]:
    def one(client: ProviderClient) -> Checked:
        try:
            return check(client, model=models.get(client.spec.name))
        finally:
            client.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, clients))


def _show(found: Sequence[Checked], skipped: list[str]) -> None:
    out, rows = console(), table("provider:whole", *STEPS)
    words: list[str] = []
    for each in found:
        rows.add_row(each.name, *(_cell(name, each.step(name)) for name in STEPS))
        words += _words(each)
    if rows.row_count:
        out.print(rows)
    say = partial(out.print, markup=False, soft_wrap=not out.is_terminal)
    if words:
        say("")
    for line in words:
        say(line)
    if rows.row_count > 1:
        say("")
        good = [each.name for each in found if all(each.step(name).state == OK for name in ("answers", "streams"))]
        say(f"{len(good)} of {rows.row_count} answer and stream{': ' * bool(good)}{', '.join(good)}")
    if skipped:
        say(f"not configured: {', '.join(skipped)}; `cutover providers list` says what each needs")


def _words(checked: Checked) -> Iterator[str]:
    """Say what went wrong, and in which steps; steps of which the same is to be said share a line."""
    told: dict[str, list[str]] = {}
    for name in STEPS:
        step = checked.step(name)
        if step.state != OK and step.detail:
            told.setdefault(step.detail, []).append(name)
    for detail, names in told.items():
        yield f"{checked.name}, {' and '.join(names)}: {detail}"


def _cell(name: str, step: Step) -> str:
    if step.state == OK:
        return f"[green]{escape(step.detail) if name == 'models' else 'yes'}[/]"
    return "[bold red]no[/]" if step.state == FAILED else "[dim]-[/]"


def _entry(spec: ProviderSpec) -> dict[str, Any]:
    names = (
        "name",
        "title",
        "base_url",
        "key_env",
        "settings_env",
        "documentation",
        "models_path",
        "capabilities",
        "unsupported",
    )
    mappings = {name: dict(getattr(spec, name)) for name in ("renamed", "limits", "finish_reasons")}
    return {
        **{name: getattr(spec, name) for name in names},
        **mappings,
        "deviations": spec.deviations,
        "configured": ProviderClient(spec).is_configured(),
    }


def _chosen(names: tuple[str, ...]) -> list[ProviderSpec]:
    known = specs()
    for name in names:
        if name not in known:
            raise UnknownProvider(name, known)
    return [known[name] for name in dict.fromkeys(names)] if names else list(known.values())


def _pairs(texts: tuple[str, ...], option: str, chosen: Iterable[ProviderSpec]) -> dict[str, str]:
    names = {spec.name for spec in chosen}
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not value:
            raise click.BadParameter(f"{text!r} is not PROVIDER={option.strip('-').upper()}", param_hint=option)
        if name not in names:
            raise click.BadParameter(f"{name!r} is not among the providers that are checked", param_hint=option)
        pairs[name] = value
    return pairs


def _url(text: str | None) -> str | None:
    if text is not None and not text.startswith(("http://", "https://")):
        raise click.BadParameter(f"{text!r} does not begin with http:// or https://", param_hint="--base-url")
    return text
