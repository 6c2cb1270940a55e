from cutover_telemetry import AttemptRecord
from cutover_telemetry.judge import stored_cells
from cutover_telemetry.store import Store, Window

SECOND = 1_000_000_000


def attempt(provider="groq", arm="legacy", at=60, error=None, seconds=1):
    return AttemptRecord(provider, "make_request", "f", arm, "chat", "m", None, at * SECOND, (at + seconds) * SECOND,
                         error_type=error)  # fmt: skip


def test_a_stores_minutes_are_cells_of_one_arm(tmp_path):
    file = tmp_path / "telemetry.db"
    writer = Store.open(file).writer()
    for number in range(40):
        writer.attempt(attempt(error="TimeoutError" if number == 0 else None))
        writer.attempt(attempt(arm="registry", at=120, seconds=2))
    writer.attempt(attempt(provider="near"))
    writer.close()
    legacy = stored_cells(file, Window.everything(), arm="legacy", provider="groq")
    assert list(legacy) == [("groq", 1)]
    cell = legacy["groq", 1]
    assert (cell.attempts, cell.errors, cell.timeouts, cell.extra, cell.latency.count) == (40, 1, 1, 0, 39)
    registry = stored_cells(file, Window(0, 180 * SECOND), arm="registry")
    assert abs(registry["groq", 2].latency.quantile(0.5) - 2) < 0.02
    assert stored_cells(file, Window(0, 60 * SECOND)) == {}
    assert stored_cells(file, Window.everything(), site="other") == {}
