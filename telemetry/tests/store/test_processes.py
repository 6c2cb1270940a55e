import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request

import pytest

from cutover_telemetry.store import Store, Window

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
EVERYTHING = Window.everything()


@pytest.fixture
def stored(tmp_path):
    """How many attempts the counts have; the file is sound, and the counts agree with what the writers say."""

    def count():
        store = Store.of(tmp_path / "telemetry.db")
        connection = sqlite3.connect(store.path)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
        counted = sum(card.volume.attempts for card in store.query.scorecard(EVERYTHING).providers)
        account = store.query.account()
        assert (account.attempts, account.dropped) == (counted, 0)
        assert len(store.query.attempts(EVERYTHING)) == counted
        return counted

    return count


def test_at_a_normal_end_everything_is_written(script, stored):
    script("for number in range(1_000): store.writer().route(route(number))")
    assert stored() == 1_000


def test_what_threads_put_down_to_the_last_is_written(script, stored):
    script("""
        def serve():
            time.sleep(0.1)
            for number in range(500):
                store.writer().route(route(number))

        for _ in range(4):
            threading.Thread(target=serve).start()
    """)
    assert stored() == 2_000


def test_an_exit_by_an_exception_writes_too(script, stored):
    process = script("store.writer().attempt(attempt(1)); raise SystemExit(3)", wait=False)
    process.communicate(timeout=60)
    assert process.returncode == 3
    assert stored() == 1


def test_after_kill_9_the_file_is_whole_and_only_the_last_batch_can_be_missing(script, stored):
    process = script(
        """
        made = 0
        while True:
            store.writer().route(route(made))
            made += 1
            if made % 100 == 0:
                store.writer().flush()
                print(made, flush=True)
        """,
        wait=False,
    )
    for _ in range(8):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().split()
    process.wait()
    told = int(rest[-1]) if rest else 800
    assert told <= stored() <= told + 100


def test_writers_that_are_killed_in_the_middle_leave_a_sound_file(script, stored):
    code = """
        print("begun", flush=True)
        while True:
            store.writer().route(route(1))
            time.sleep(0.0002)
    """
    processes = [script(code, limits="interval=0.005", wait=False) for _ in range(4)]
    for process in processes:
        process.stdout.readline()
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        time.sleep(0.05)
    for process in processes:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert stored() > 0
    script("store.writer().attempt(attempt(1))")
    assert stored() > 1


def test_a_forked_child_writes_its_own_and_nothing_twice(script, stored):
    out = script("""
        writer = store.writer()
        for number in range(300):
            writer.route(route(number))
        child = os.fork()
        for number in range(50):
            writer.route(route(number))
        names = [thread.name for thread in threading.enumerate()]
        if child == 0:
            print(names.count("cutover-store"))
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
    """)
    assert out.split() == ["1"]
    assert stored() == 400


def test_children_that_are_forked_while_the_writer_works_never_hang(script, stored, tmp_path):
    script(
        """
        writer = Store.open(store.path, store.limits).writer()
        stop = False

        def serve():
            while not stop:
                writer.route(route(1))
                counts[0] += 1
                time.sleep(0.0005)

        counts = [0]
        server = threading.Thread(target=serve)
        server.start()
        children = []
        for _ in range(12):
            child = os.fork()
            if child == 0:
                stop = True
                for number in range(10):
                    writer.route(route(number))
                os._exit(0 if writer.close() else 9)
            children.append(child)
            store.query.account()
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 12
        stop = True
        server.join()
        writer.close()
        with open("made", "w") as file:
            file.write(str(counts[0] + 120))
        """,
        limits="interval=0.002",
    )
    assert stored() == int((tmp_path / "made").read_text())


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_multiprocessing_write_at_their_end(script, stored, method):
    script(f"""
        import multiprocessing

        def work(number):
            for _ in range(20):
                store.writer().route(route(number))

        if __name__ == "__main__":
            context = multiprocessing.get_context({method!r})
            store.writer().route(route(1))
            workers = [context.Process(target=work, args=(number,)) for number in range(3)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
                assert worker.exitcode == 0
    """)
    assert stored() == 61


def test_any_number_of_workers_write_one_file(script, stored):
    code = "for number in range(800): store.writer().route(route(number)); time.sleep(0.0002)"
    processes = [script(code, limits="interval=0.01", wait=False) for _ in range(5)]
    for process in processes:
        assert process.wait(timeout=60) == 0, process.stderr.read()
    assert stored() == 4_000


APPLICATION = """
import time
from cutover_telemetry._records import AttemptRecord, RouteRecord
from cutover_telemetry.store import Store

writer = Store.open("telemetry.db").writer()

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        writer.flush()
        await send({"type": "lifespan.shutdown.complete"})
        return
    now = time.time_ns()
    attempt = AttemptRecord("near", "make_request", "f", "legacy", "chat", "m", 1, now - 1000, now)
    writer.route(RouteRecord(now - 1000, now, (attempt,)))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_uvicorn_workers_that_are_terminated_have_written_everything(tmp_path, stored, workers):
    (tmp_path / "gateway.py").write_text(APPLICATION)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "gateway:application", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen([*command, "--workers", str(workers)], cwd=tmp_path)
    try:
        served = 0
        deadline = time.monotonic() + 30
        while served < 60 and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                    served += 1
            except OSError:
                time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    assert served == 60
    assert stored() == 60
