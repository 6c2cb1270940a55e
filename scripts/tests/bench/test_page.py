"""The page, the tables, and the pinned peers."""

import re
from pathlib import Path

from rich.console import Console

from bench_run import page, peers_python, tables

SCRIPTS = Path(__file__).resolve().parents[2]


def test_the_page_says_of_every_limit_whether_it_is_met(full_result):
    text = page(full_result, date="2026-11-23")
    for verdict in full_result.verdicts:
        end = "met" if verdict.met else "**not met**"
        assert f"| {verdict.what} | {verdict.limit} | {verdict.measured} | {end} |\n" in text
    assert text.count("**not met**") == 2


def test_the_page_tells_where_and_how_often_it_was_measured(full_result):
    text = page(full_result, date="2026-11-23").replace("\n", " ")
    assert "Written by `make bench` on 2026-11-23" in text
    assert "Measured on 2 cores, Linux x86_64, load 0.1 before the run; Python 3.11.7, httpx 0.28.1." in text
    assert "Rounds: 5 for raw httpx and ours, at least 5 for each other." in text


def test_the_page_has_the_figures_of_each_kind_of_work(full_result):
    text = page(full_result, date="2026-11-23")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Limits", "Happy path", "One failover", "20-chunk stream", "Imports", "What failed",
    ]  # fmt: skip
    assert "| raw httpx | 100 and 100 µs | 100 and 100 µs |" in text
    assert "| openai | 3.00 (3.00), 300 and 300 µs |" in text
    assert "| ours, telemetry on | 1.31 (1.31), 131 and 131 µs |  |  |  |" in text
    assert "| `cutover_registry` | 75 ms |" in text


def test_the_same_words_of_several_failures_are_told_once(full_result):
    assert full_result.failed == ["any-llm, one; any-llm: it is broken"]
    assert page(full_result, date="2026-11-23").count("it is broken") == 1


def test_a_page_without_failures_does_not_speak_of_them(result, figure):
    assert "What failed" not in page(result([figure("ours", 1.0)]), date="2026-11-23")


def test_prose_of_the_page_is_no_wider_than_others(full_result):
    lines = page(full_result, date="2026-11-23").splitlines()
    assert [line for line in lines if len(line) > 120 and not line.startswith("|")] == []


def test_the_terminal_shows_the_same(full_result):
    console = Console(width=150, record=True, file=None, quiet=False)
    with console.capture() as captured:
        for each in tables(full_result):
            console.print(each)
    shown = captured.get()
    assert shown.count("not met") == 2
    assert "one failover: CPU ratio (wall ratio), CPU µs a call" in shown


def test_every_peer_is_pinned():
    lines = (SCRIPTS / "bench_peers.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert {"openai", "litellm", "any-llm-sdk", "aisuite", "httpx", "httpx2", "aiohttp"} <= {
        line.partition("==")[0] for line in pins
    }


def test_a_venv_is_made_once_and_again_when_the_pins_change(tmp_path):
    pins = tmp_path / "pins.txt"
    pins.write_text("# none\n", encoding="utf-8")
    first = peers_python(pins, tmp_path / "bench")
    mark = first.parent / "mark"
    mark.touch()
    assert peers_python(pins, tmp_path / "bench") == first
    assert mark.exists()
    (first.parents[1] / "complete").unlink()
    assert peers_python(pins, tmp_path / "bench") == first
    assert not mark.exists()
