"""Make the pictures of the dashboard in docs/images from a store with an hour of made-up traffic.

The traffic is written by the store's real writer: 22 providers on both arms, one that fails, one that is slow on the
registry arm, one whose circuit opened. The pictures are taken by Chromium through Playwright.

Example: ``python scripts/screenshots.py``; ``--store FILE --only-store`` leaves only the store, to look around in
"""

from __future__ import annotations

import argparse
import contextlib
import random
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from cutover_telemetry import AttemptRecord, BreakerRecord, RouteOutcome, RouteRecord, SkipRecord
from cutover_telemetry.dashboard import dashboard
from cutover_telemetry.store import Store, Window

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PROVIDERS = (
    "openrouter", "featherless", "fireworks", "together", "huggingface", "near", "xai", "groq", "cerebras",
    "google-vertex", "cloudflare", "chutes", "aimo", "anannas", "aihubmix", "alibaba-cloud", "alpaca-network",
    "clarifai", "helicone", "morpheus", "onerouter", "vercel-ai-gateway",
)  # fmt: skip
ERRORS = ("503", "503", "429", "ReadTimeout")
FAILING, SLOW, BROKEN = "near", "xai", "chutes"
SECOND = 1_000_000_000
HOUR = 3600
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DRAWN = """() => [...document.querySelectorAll("[data-chart]")]
    .filter((place) => place.getBoundingClientRect().top < innerHeight)
    .every((place) => place.dataset.state === "drawn")"""
SHOTS = {
    "dashboard-light": {"width": 1280, "height": 1400, "color_scheme": "light", "path": "/"},
    "dashboard-dark": {"width": 1280, "height": 1400, "color_scheme": "dark", "path": "/"},
    "dashboard-phone": {"width": 360, "height": 1100, "color_scheme": "light", "path": "/"},
    "dashboard-route": {"width": 1280, "height": 720, "color_scheme": "light", "path": "/?route={route}#route"},
}


def main() -> int:
    """Make the store, serve it, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--routes", type=int, default=9000)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--only-store", action="store_true")
    parser.add_argument("--chromium", help="the browser's file, if it is not Playwright's own")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = asked.store or Path(folder) / "telemetry.db"
        fill(store, asked.routes)
        if not asked.only_store:
            with served(store) as base:
                take(base, failed_over(store), chromium=asked.chromium)
    return 0


def fill(path: Path, count: int) -> None:
    """Write an hour of traffic that ends now."""
    dice = random.Random(6)
    writer = Store.open(path).writer()
    now = time.time_ns()
    for number in range(count):
        writer.route(route(dice, now - int((1 - number / count) * HOUR * SECOND)))
        if number % 5000 == 4999:
            writer.flush()
    for before, after, ago in (("closed", "open", 1500), ("open", "half-open", 900), ("half-open", "open", 870)):
        writer.breaker(BreakerRecord(BROKEN, before, after, now - ago * SECOND))
    for before, after, ago in (("closed", "open", 2400), ("open", "half-open", 2100), ("half-open", "closed", 2090)):
        writer.breaker(BreakerRecord(FAILING, before, after, now - ago * SECOND))
    if not writer.close():
        raise SystemExit(f"{path} could not be written")


def route(dice: random.Random, began: int) -> RouteRecord:
    """One route; those that begin with a failing provider fail over."""
    arm = dice.choice(("legacy", "registry"))
    first = dice.choices(PROVIDERS, weights=[1 / (rank + 2) for rank in range(len(PROVIDERS))])[0]
    attempts: list[AttemptRecord] = []
    skips: tuple[SkipRecord, ...] = ()
    at = began + dice.randrange(300_000, 2_000_000)
    chance = {FAILING: 0.16, BROKEN: 0.35}.get(first, 0.002)
    if first == BROKEN and time.time_ns() - began < 1500 * SECOND:
        skips = (SkipRecord(first, "circuit_open", at),)
        first = "groq"
    elif dice.random() < chance:
        attempts.append(attempt(dice, first, arm, at, number=1, error=dice.choice(ERRORS)))
        at = attempts[0].ended + dice.randrange(1_000_000, 30_000_000)
        first = dice.choice(("openrouter", "together", "groq"))
    attempts.append(attempt(dice, first, arm, at, number=len(attempts) + 1))
    ended = attempts[-1].ended + dice.randrange(100_000, 900_000)
    return RouteRecord(
        began, ended, tuple(attempts), 200, name="POST /v1/chat/completions", skips=skips,
        overhead=dice.randrange(60_000, 160_000), trace_id=f"{dice.getrandbits(128):032x}",
    )  # fmt: skip


def attempt(
    dice: random.Random, provider: str, arm: str, began: int, *, number: int, error: str | None = None
) -> AttemptRecord:
    """One call; a stream, unless it fails."""
    slower = 1.45 if (provider, arm) == (SLOW, "registry") else 1.0
    pace = 0.5 + PROVIDERS.index(provider) / 20
    took = dice.lognormvariate(0, 0.5) * pace * slower
    took = {"ReadTimeout": 10.0, "429": 0.08}.get(error or "", took)
    ended = began + int(took * SECOND)
    tokens = max(8, int(took * dice.uniform(40, 120)))
    return AttemptRecord(
        provider=provider,
        slot="make_request_stream",
        function=f"make_{provider}_request_openai_stream",
        arm=arm,
        site="chat_stream",
        model="meta-llama/llama-3.3-70b-instruct",
        number=number,
        started=began,
        ended=ended,
        first_chunk=None if error else began + int(took * 0.3 * SECOND),
        last_chunk=None if error else ended,
        chunks=None if error else tokens,
        streamed=not error,
        error_type=error,
        input_tokens=None if error else dice.randrange(40, 2000),
        output_tokens=None if error else tokens,
    )


def failed_over(path: Path) -> str:
    """A route that is worth a picture."""
    found = Store.of(path).query.recent(Window.last(2 * HOUR), outcome=RouteOutcome.FAILED_OVER, most=20)
    return max(found, key=lambda each: len(each.record.attempts)).id


@contextlib.contextmanager
def served(path: Path) -> Iterator[str]:
    """The dashboard of a store on a free port."""
    app = dashboard(path, title="Shop gateway")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        app.state.live.end()
        server.should_exit = True
        thread.join()


def take(base: str, route: str, *, chromium: str | None) -> None:
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        for name, shot in SHOTS.items():
            picture(browser, base, name, {**shot, "path": str(shot["path"]).format(route=route)})
        browser.close()


def picture(browser: Browser, base: str, name: str, shot: dict[str, object]) -> None:
    """Take one picture once its charts are drawn."""
    size = {"width": shot["width"], "height": shot["height"]}
    page = browser.new_page(viewport=size, color_scheme=shot["color_scheme"], reduced_motion="reduce")
    page.goto(base + str(shot["path"]))
    page.wait_for_selector("#live[data-state=live]", timeout=30_000)
    page.wait_for_function(DRAWN, timeout=30_000)
    page.screenshot(path=IMAGES / f"{name}.png")
    page.close()


if __name__ == "__main__":
    raise SystemExit(main())
