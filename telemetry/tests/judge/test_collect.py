import pytest

from cutover_telemetry import AttemptRecord
from cutover_telemetry.judge import NotAttempts, cells, is_timeout, moment, of_records, read_attempts


def test_attempts_are_brought_into_minutes_by_provider(lines):
    file = lines(
        {"provider": "groq", "started": 120, "seconds": 0.5, "first_chunk": 0.1},
        {"provider": "groq", "started": 179.9, "seconds": 9, "error_type": "httpx.ReadTimeout"},
        {"provider": "groq", "started": 180, "seconds": 1, "cancelled": True},
        {"provider": "near", "started": "1970-01-01T00:02:30", "ended": "1970-01-01T00:02:32"},
    )
    found = cells(read_attempts(file))
    groq = found["groq", 2]
    assert (groq.attempts, groq.errors, groq.timeouts, groq.extra) == (2, 1, 1, None)
    assert (groq.latency.count, groq.first_chunk.count) == (1, 1)
    assert found["groq", 3].latency.count == 0
    assert found["near", 2].latency.quantile(0.5) == 2


def test_an_attempt_that_another_followed_is_extra(lines):
    first = {"provider": "groq", "started": 60, "route": "a", "number": 1, "error_type": "503"}
    second = {"provider": "near", "started": 61, "route": "a", "number": 2}
    found = cells(read_attempts(lines(first, second)))
    assert (found["groq", 1].extra, found["near", 1].extra) == (1, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[]", "1: not an attempt: a JSON object is wanted, not list"),
        ("{", "1: not an attempt: Expecting property name"),
        ('{"started": 1}', "1: an attempt needs 'provider'"),
        ('{"provider": 3, "started": 1}', "1: not an attempt: provider is 3, and has to be a name"),
        ('{"provider": "a", "started": "yesterday"}', "1: not an attempt: Invalid isoformat string"),
        ('{"provider": "a", "started": -5}', "1: not an attempt: -5 is no time since the epoch"),
        ('{"provider": "a", "started": 5, "seconds": -1}', "1: not an attempt: seconds is -1, and has to be seconds"),
        ('{"provider": "a", "started": NaN}', "1: not an attempt: nan is no time since the epoch"),
    ],
)
def test_what_is_no_attempt_is_refused_with_its_line(tmp_path, line, said):
    file = tmp_path / "attempts.jsonl"
    file.write_text(line)
    with pytest.raises(NotAttempts) as refused:
        list(read_attempts(file))
    assert str(refused.value).startswith(f"{file}:{said}")


def test_empty_lines_are_passed_over(tmp_path):
    file = tmp_path / "attempts.jsonl"
    file.write_text('\n{"provider": "a", "started": 1}\n\n')
    assert len(list(read_attempts(file))) == 1


@pytest.mark.parametrize(
    "given", [1_700_000_000, "1700000000", 1.7e18, "2023-11-14T22:13:20", "2023-11-14T23:13:20+01:00"]
)
def test_times_are_seconds_nanoseconds_or_iso(given):
    assert moment(given) == 1_700_000_000


def test_timeouts_are_known_by_their_names():
    assert all(map(is_timeout, ["TimeoutError", "httpx.ReadTimeout", "504", "deadline"]))
    assert not any(map(is_timeout, [None, "503", "ConnectError", "1504"]))


def test_records_are_attempts_too():
    record = AttemptRecord("groq", "make_request", "f", "registry", None, None, 1, 60 * 10**9, 62 * 10**9, 61 * 10**9)
    (seen,) = of_records([record], route="a")
    assert (seen.provider, seen.arm, seen.at, seen.seconds, seen.first_chunk) == ("groq", "registry", 60, 2, 1)
    assert cells([seen])["groq", 1].extra == 0
