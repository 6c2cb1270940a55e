import json

from rich.console import Console

from cutover_telemetry import RouteRecord, summarise, table, to_json


def test_the_table_shows_providers_failovers_arms_and_ratios(attempted):
    first = [attempted("near", 0, 10, error_type="503"), attempted("groq", 10, 30, first=14)]
    second = [attempted("groq", 0, 10, arm="registry")]
    routes = [RouteRecord(0, 30_000_000, tuple(first)), RouteRecord(0, 10_000_000, tuple(second))]
    text = printed(table(summarise(routes, first + second)))
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in text.splitlines() if "│" in line]
    assert rows == [
        ["groq", "legacy", "1", "-", "0", "1", "20.0 ms", "20.0 ms", "20.0 ms", "4.0 ms"],
        ["groq", "registry", "1", "-", "0", "0", "10.0 ms", "10.0 ms", "10.0 ms", "-"],
        ["near", "legacy", "1", "503 1", "1", "0", "-", "-", "-", "-"],
        ["near", "groq", "1", "0.010 s"],
        ["legacy", "1", "failed_over 1", "30.0 ms", "30.0 ms", "30.0 ms", "0.010 s"],
        ["registry", "1", "ok 1", "10.0 ms", "10.0 ms", "10.0 ms", "0.000 s"],
        ["groq", "0.50", "0.50", "0.50"],
        ["all (geometric mean)", "0.50", "", ""],
    ]


def test_tables_without_a_row_are_left_out(attempted):
    text = printed(table(summarise([], [attempted("near", 0, 10)])))
    assert "taken over by" not in text
    assert "registry / legacy" not in text
    assert "near" in text


def test_nothing_seen_is_said_so():
    assert printed(table(summarise([], []))) == "no attempt was seen\n"


def test_a_hostile_name_is_text_and_neither_markup_nor_a_terminal_command(attempted):
    text = printed(table(summarise([], [attempted("[red]x[/red]\x1b[2J\n<img>", 0, 10)])))
    assert "[red]x[/red]?[2J?<img>" in text
    assert "\x1b" not in text


def test_the_json_has_the_same_numbers(attempted):
    attempts = [attempted("near", 0, 10, error_type="503"), attempted("groq", 10, 30)]
    document = json.loads(to_json(summarise([RouteRecord(0, 30_000_000, tuple(attempts))], attempts)))
    assert sorted(document) == ["arms", "failovers", "providers", "ratio", "ratios"]
    assert document["providers"][1]["errors"] == {"503": 1}
    assert document["failovers"] == [{"away": "near", "to": "groq", "count": 1, "time_lost": 0.01}]
    assert document["providers"][0]["latency"] == {"count": 1, "p50": 0.02, "p95": 0.02, "p99": 0.02}


def printed(renderable):
    console = Console(width=160)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()
