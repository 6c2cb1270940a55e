"""``recording check``, ``recording import``, ``recording show``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from cutover_cli._console import console, error_console, print_json, table
from cutover_cli._json_option import JSON
from cutover_cli._unusable import Unusable
from cutover_parity import (
    Damage,
    RecordingWriter,
    Request,
    Route,
    SecretFound,
    check_recording,
    finish_recording,
    import_routes,
    read_routes,
    read_summary,
)

RECORDING = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)
ALLOW = click.option("--allow", multiple=True, metavar="PLACE",
                     help="A place that may hold what it holds, as check names it (* for any number).")  # fmt: skip
JSON_BODY = (("content-type", "application/json"),)


@click.group()
def recording() -> None:
    """Look at recordings, check them for secrets, or make them of HAR files and VCR cassettes."""


@recording.command()
@click.argument("recordings", nargs=-1, type=RECORDING, required=True)
@ALLOW
@click.option("--finish", is_flag=True, help="Give a file that was set aside (.unfinished) its name back.")
@JSON
def check(recordings: tuple[Path, ...], allow: tuple[str, ...], finish: bool, as_json: bool) -> int:
    """Look for secrets and for damage in RECORDINGS; exit 1 if there is one. Values are never shown."""
    damage = [entry for path in recordings for entry in read_routes(path) if isinstance(entry, Damage)]
    found = [finding for path in recordings for finding in check_recording(path, allowed=allow)]
    finished = [str(finish_recording(path, allowed=allow)) for path in recordings if finish] if not found else []
    if as_json:
        print_json({"secrets": list(map(_found_to_json, found)), "damage": list(map(_damage_to_json, damage)),
                    "finished": finished})  # fmt: skip
    else:
        for line in (*map(str, found), *map(str, damage), *(f"finished: {path}" for path in finished)):
            console().print(line, soft_wrap=True, markup=False)
        console().print(f"{len(found)} places that look like a secret, {len(damage)} damaged lines")
    return 1 if found or damage else 0


@recording.command()
@click.argument("recordings", nargs=-1, type=RECORDING, required=True)
@JSON
def show(recordings: tuple[Path, ...], as_json: bool) -> int:
    """Count what RECORDINGS hold: routes and their answers, upstream hosts and outcomes, drops, damage."""
    shown = [_overview(path) for path in recordings]
    if as_json:
        print_json(shown)
        return 0
    for overview in shown:
        rows = table("what", "count:right", title=overview["path"])
        for part in ("routes", "upstream", "summary"):
            for name, count in overview[part].items():
                rows.add_row(name, str(count))
        rows.add_row("damaged lines", str(len(overview["damage"])))
        console().print(rows)
    return 0


@recording.command(name="import")
@click.argument("files", nargs=-1, type=FILE, required=True)
@click.option("--output", "-o", type=RECORDING, required=True, help="Append to this recording.")
@click.option(
    "--app-url", metavar="URL", help="Where the application was: HAR entries elsewhere are upstream exchanges."
)
@click.option("--request", "asked", metavar="'METHOD PATH'", help="The application was the client, for this request.")
@click.option("--body", type=FILE, help="The JSON body of --request.")
@click.option("--content", multiple=True, metavar="FIELD", help="Keep the text of this field; * for all. Repeatable.")
@ALLOW
@JSON
def import_(
    files: tuple[Path, ...],
    output: Path,
    app_url: str | None,
    asked: str | None,
    body: Path | None,
    content: tuple[str, ...],
    allow: tuple[str, ...],
    as_json: bool,
) -> int:
    """Append what FILES (HAR 1.2, VCR cassettes) hold to a recording, with every secret replaced.

    In a cassette the application is the client: its interactions become the upstream exchanges of --request.
    """
    stand_in = _stand_in(asked, body)
    routes = [route for file in files for route in import_routes(file, app_url=app_url, stand_in=stand_in)]
    with RecordingWriter(output, content=content, allowed=allow) as writer:
        for route in routes:
            writer.write(route)
    counts = {"routes": len(routes), "exchanges": sum(len(route.exchanges) for route in routes)}
    if as_json:
        print_json({**counts, "recording": str(output)})
    else:
        error_console().print(
            f"{counts['routes']} routes with {counts['exchanges']} exchanges in {output}", soft_wrap=True
        )
    return 0


def _stand_in(asked: str | None, body: Path | None) -> Request | None:
    if asked is None:
        if body is not None:
            raise Unusable("--body is the body of --request, which is missing")
        return None
    method, _, path = asked.strip().partition(" ")
    if not method.isalpha() or not path.startswith("/"):
        raise Unusable(f"--request {asked!r}: give a method and a path, 'POST /v1/chat/completions' say")
    try:
        data = body.read_bytes() if body is not None else b""
    except OSError as error:
        raise Unusable(f"{body}: {error.strerror}") from error
    return Request(method.upper(), path, JSON_BODY if body is not None else (), data)


def _overview(path: Path) -> dict[str, Any]:
    routes: Counter[str] = Counter()
    upstream: Counter[str] = Counter()
    damage = []
    for entry in read_routes(path):
        if isinstance(entry, Damage):
            damage.append(_damage_to_json(entry))
        else:
            routes[_label(entry)] += 1
            upstream.update(_upstream(entry))
    return {
        "path": str(path),
        "routes": dict(routes.most_common()),
        "upstream": dict(upstream.most_common()),
        "summary": read_summary(path),
        "damage": damage,
    }


def _label(route: Route) -> str:
    answered = str(route.answer.status) if route.answer else "no answer"
    return f"{route.request.method} {urlsplit(route.request.url).path} {answered}"


def _upstream(route: Route) -> Iterable[str]:
    for exchange in route.exchanges:
        failure = exchange.error or (exchange.answer.cut if exchange.answer else None)
        outcome = failure.type if failure else exchange.answer.status if exchange.answer else "no answer"
        yield f"{urlsplit(exchange.request.url).netloc} {outcome}"


def _found_to_json(found: SecretFound) -> dict[str, object]:
    return {**asdict(found), "path": str(found.path)}


def _damage_to_json(damage: Damage) -> dict[str, object]:
    return {**asdict(damage), "path": str(damage.path)}
