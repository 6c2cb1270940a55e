"""`cutover top`: what is in a real store is on the screen, at any size, and a screen that is live follows it."""

import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from fcntl import ioctl

import pytest

from cutover_telemetry import AttemptRecord, RouteRecord
from cutover_telemetry._records import BreakerRecord, SkipRecord
from cutover_telemetry.store import Store

SECOND = 1_000_000_000
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def attempt(provider, ended, *, took=1.0, number=1, arm="legacy", **fields):
    began = ended - int(took * SECOND)
    return AttemptRecord(provider, "make_request", "make", arm, "chat", "m-1", number, began, ended, **fields)


def route(*attempts, **fields):
    return RouteRecord(min(each.started for each in attempts), max(each.ended for each in attempts), attempts, **fields)


def twice(end, *, arm="legacy"):
    """A route that groq failed and near answered."""
    bad = attempt("groq", end - SECOND, took=0.5, error_type="503", arm=arm)
    skip = SkipRecord("xai", "circuit_open", end)
    return route(bad, attempt("near", end, number=2, arm=arm), name="POST /chat", overhead=1_000_000, skips=(skip,))


@pytest.fixture
def write(tmp_path):
    """Write records into the store of a project; gives its path."""

    def put(*records, into=".cutover/telemetry.db"):
        path = tmp_path / into
        writer = Store.open(path).writer()
        for record in records:
            (writer.route if isinstance(record, RouteRecord) else writer.breaker)(record)
        assert writer.close()
        return path

    return put


@pytest.fixture
def trouble(write):
    """Twenty routes of near, four that groq failed before, and an open circuit; all within the last minutes."""
    now = time.time_ns() - 5 * SECOND
    fine = [
        route(attempt("near", now - number * SECOND), name="POST /chat", overhead=1_000_000) for number in range(20)
    ]
    failed = [twice(now - number * 20 * SECOND) for number in range(4)]
    opened = BreakerRecord("groq", "closed", "open", now - 90 * SECOND)
    return write(*fine, *failed, opened)


class TestOnce:
    """Printed once, which is what happens where the output is no terminal."""

    @pytest.mark.usefixtures("trouble")
    def test_the_worst_provider_is_first_with_its_numbers(self, cutover):
        ran = cutover("top", width=100)
        assert (ran.code, ran.err) == (0, "")
        lines = ran.out.splitlines()
        assert re.fullmatch(r"cutover top  \.cutover/telemetry\.db +last 15 min, to \d\d:\d\d:\d\d UTC", lines[0])
        assert lines[1].startswith(
            "28 attempts, 4 failed (14.3 %); 24 routes, p95 1.50 s; telemetry itself took 1.0 ms"
        )
        head = lines.index(next(line for line in lines if line.startswith("PROVIDER")))
        names = "PROVIDER ATTEMPTS OK P50 P95 P99 1ST CHUNK P95 CIRCUIT ERRORS"
        assert [" ".join(line.split()) for line in lines[head : head + 4]] == [
            names,
            "groq 4 0.0 % – – – – open 503 4",
            "near 24 100.0 % 995 ms 995 ms 995 ms – – –",
            "xai 0 – – – – – – skipped 4",
        ]

    @pytest.mark.usefixtures("trouble")
    def test_failovers_circuits_and_routes_are_there(self, cutover):
        said = cutover("top", width=100).out
        assert re.search(r"groq → near +4 × +2\.00 s lost +4 requests saved", said)
        assert re.search(r"CIRCUITS  1 change *\ngroq +open +for \d+ (s|min), since \d\d:\d\d:\d\d UTC", said)
        assert re.search(r"\d\d:\d\d:\d\d +1\.00 s +ok +near +POST /chat", said)
        assert re.search(r"\d\d:\d\d:\d\d +1\.50 s +failed over +groq → near  lost 500 ms +POST /chat", said)

    @pytest.mark.usefixtures("trouble")
    def test_one_arm_alone_is_said_not_to_be_judged(self, cutover):
        said = cutover("top", width=160).out
        assert "REGISTRY ARM BESIDE LEGACY ARM  cannot judge\n" in said
        assert "it would take attempts on both arms at the same time; this window has only those on the legacy" in said

    def test_an_arm_that_is_worse_is_said_with_how_much(self, cutover, write):
        now = time.time_ns() // (60 * SECOND) * 60 * SECOND - SECOND
        records = []
        for minute in range(8):
            for number in range(60):
                end = now - minute * 60 * SECOND - number * SECOND // 2
                records.append(route(attempt("near", end)))
                failed = "503" if number < 15 else None
                records.append(route(attempt("near", end, arm="registry", error_type=failed)))
        write(*records)
        said = cutover("top", width=120).out
        assert "REGISTRY ARM BESIDE LEGACY ARM  worse\n" in said
        assert re.search(r"near +worse +errors \+25\.00 points \(0\.0 % → 25\.0 %\)", said)

    @pytest.mark.usefixtures("trouble")
    def test_one_provider_can_be_looked_at(self, cutover):
        said = cutover("top", "--provider", "groq", "--last", "1h").out
        assert "provider groq" in said.splitlines()[0]
        assert "last 1 h" in said.splitlines()[0]
        assert said.splitlines()[1].startswith("4 attempts, 4 failed (100.0 %)")

    @pytest.mark.usefixtures("trouble")
    @pytest.mark.parametrize("width", [40, 80, 128, 200])
    def test_no_line_is_wider_than_the_terminal(self, width, cutover):
        lines = cutover("top", width=width).out.splitlines()
        assert max(map(len, lines)) <= width
        assert any(line.startswith("groq") for line in lines)

    @pytest.mark.usefixtures("trouble")
    def test_json_is_one_document_with_the_same_numbers(self, cutover):
        shown = cutover("top", "--json").data
        assert shown["version"] == 1
        assert [(each["provider"], each["attempts"], each["failed"]) for each in shown["providers"]] == [
            ("groq", 4, 4),
            ("near", 24, 0),
            ("xai", 0, 0),
        ]
        assert shown["failovers"] == [{"away": "groq", "to": "near", "failovers": 4, "lost": 2.0, "saved": 4}]
        assert shown["rollout"] is None

    def test_names_cannot_move_the_cursor_or_colour_anything(self, cutover, write):
        write(route(attempt("[red]ev\x1b[2Jil\x07\u202e", time.time_ns() - SECOND, error_type="5\n03")))
        said = cutover("top", width=160).out
        assert "[red]ev␛[2Jil␇\\u202e" in said
        assert "5␊03 1" in said
        assert not set("\x1b\x07\u202e") & set(said)


class TestNothingToShow:
    """Each kind of nothing has words of its own."""

    def test_no_store_is_unusable_input(self, cutover):
        refused = cutover("top").refused()
        assert (
            refused == "there is no store at .cutover/telemetry.db; it is made by the first process that writes into it"
        )
        assert cutover("top", "--json").code == 2

    def test_a_file_of_somebody_else_is_refused_and_left(self, cutover, tmp_path):
        (tmp_path / "notes.db").write_text("not a store" * 100)
        assert "notes.db is not a telemetry store" in cutover("top", "notes.db").refused()
        assert (tmp_path / "notes.db").read_text() == "not a store" * 100

    def test_an_empty_store_is_said_to_be_empty(self, cutover, write):
        write()
        ran = cutover("top")
        assert ran.code == 0
        assert ran.out.splitlines()[-1] == "The store is there, and no attempt was written into it yet."

    def test_where_all_is_older_it_says_how_to_look_further_back(self, cutover, write):
        write(route(attempt("near", time.time_ns() - 7200 * SECOND)))
        assert cutover("top", width=120).out.splitlines()[-1] == (
            "No attempt in the last 15 min. The store has 1 in all; look further back with --last."
        )

    @pytest.mark.usefixtures("trouble")
    def test_a_provider_that_is_not_known_is_said_with_those_that_are(self, cutover):
        assert cutover("top", "--provider", "grok").out.splitlines()[-1] == (
            "No provider is called grok. There are: groq, near, xai"
        )


class TestArguments:
    """Which store, and how far back."""

    @pytest.mark.parametrize("argv", [["other.db"], ["--store", "other.db"], ["other.db", "--store", "other.db"]])
    def test_a_store_is_named_as_an_argument_or_an_option(self, argv, cutover, write):
        write(route(attempt("near", time.time_ns() - SECOND)), into="other.db")
        assert cutover("top", *argv, "--json").data["stored"]["attempts"] == 1

    def test_two_stores_are_one_too_many(self, cutover):
        assert cutover("top", "a.db", "--store", "b.db").refused() == "a.db and --store b.db: name one store"

    @pytest.mark.parametrize("last", ["soon", "0s", "5", "1w", "-1h"])
    def test_what_is_no_stretch_of_time_is_refused(self, last, cutover):
        ran = cutover("top", f"--last={last}")
        assert ran.code == 2
        assert f"{last} is no stretch of time; write 90s, 30m, 2h or 1d" in " ".join(ran.err.split())


class Screen:
    """A terminal of some size with the live view in it."""

    def __init__(self, folder, environment, *argv, rows=24, columns=80):
        self.master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = {name: value for name, value in environment.items() if name != "COLUMNS"}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cutover_cli", "top", "--interval", "0.2", *argv],
            cwd=folder, env=env | {"TERM": "xterm-256color"}, stdin=slave, stdout=slave, stderr=slave,
        )  # fmt: skip
        os.close(slave)
        self.raw = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        while True:
            try:
                part = os.read(self.master, 65536)
            except OSError:
                return
            if not part:
                return
            self.raw += part.decode(errors="replace")

    @property
    def frames(self):
        """What each renewal drew."""
        return [ESCAPES.sub("", frame).replace("\r", "") for frame in self.raw.split("\x1b[H")[1:]]

    def end(self, number):
        self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        self._reader.join(timeout=10)
        return code


@pytest.fixture
def screen(tmp_path, shell_environment):
    """Start `cutover top` in a terminal."""
    started = []

    def start(*argv, **size):
        started.append(Screen(tmp_path, shell_environment(), *argv, **size))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)
        os.close(each.master)


@pytest.fixture
def until():
    """Wait until a condition holds, at most half a minute."""

    def wait(condition):
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, "it never came"
            time.sleep(0.02)

    return wait


class TestLive:
    """In a terminal it is renewed until it is ended."""

    @pytest.mark.usefixtures("trouble")
    def test_what_is_written_appears_and_ctrl_c_ends_it_well(self, screen, until, write):
        shown = screen()
        until(lambda: any("28 attempts, 4 failed" in frame for frame in shown.frames))
        write(route(attempt("fresh", time.time_ns(), error_type="500")))
        until(lambda: any("29 attempts, 5 failed" in frame and "fresh" in frame for frame in shown.frames))
        assert shown.end(signal.SIGINT) == 0
        assert "Traceback" not in shown.raw
        assert "\x1b[?1049h" in shown.raw
        assert shown.raw.rstrip().endswith(("\x1b[?1049l", "\x1b[?25h"))

    @pytest.mark.usefixtures("trouble")
    def test_it_fits_the_terminal(self, screen, until):
        shown = screen(rows=24, columns=80)
        until(lambda: len(shown.frames) > 2)
        lines = shown.frames[1].splitlines()
        assert len(lines) <= 24
        assert max(map(len, lines)) <= 80
        assert all(any(title in line for line in lines) for title in ("PROVIDER", "FAILOVERS", "CIRCUITS", "LATEST"))
        assert shown.end(signal.SIGTERM) == 0

    def test_a_store_that_is_not_there_yet_is_waited_for(self, screen, until, write):
        shown = screen("later.db")
        until(lambda: any("waiting for later.db" in frame for frame in shown.frames))
        write(route(attempt("near", time.time_ns())), into="later.db")
        until(lambda: any("1 attempt, none failed" in frame for frame in shown.frames))
        assert shown.end(signal.SIGINT) == 0

    def test_a_file_of_somebody_else_is_not_waited_for(self, screen, tmp_path):
        (tmp_path / "notes.db").write_text("not a store" * 100)
        shown = screen("notes.db")
        assert shown.process.wait(timeout=30) == 2
