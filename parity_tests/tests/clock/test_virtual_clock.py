"""The clock stands still while anything runs and jumps when everything waits."""

import pytest

TIMERS = {
    "asyncio.sleep": "await asyncio.sleep(30)",
    "wait_for": "await give_up(asyncio.wait_for(asyncio.Event().wait(), 30))",
    "timeout": "await give_up(within(30))",
    "call_later": "done = asyncio.Event(); asyncio.get_running_loop().call_later(30, done.set); await done.wait()",
    "asyncio.wait": "await asyncio.wait([asyncio.ensure_future(asyncio.Event().wait())], timeout=30)",
    "anyio.fail_after": "import anyio\n    with anyio.move_on_after(30): await anyio.sleep_forever()",
    "time.sleep": "time.sleep(30)",
    "time.sleep in a thread": "await asyncio.to_thread(time.sleep, 30)",
    "Event.wait": "threading.Event().wait(30)",
    "Condition.wait_for": "c = threading.Condition()\n    with c: c.wait_for(lambda: False, 30)",
    "Semaphore": "threading.Semaphore(0).acquire(timeout=30)",
    "Lock": "lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=30)",
    "RLock": "lock = threading.RLock(); lock.acquire(); await asyncio.to_thread(lock.acquire, True, 30)",
    "Barrier": "b = threading.Barrier(2)\n    try: b.wait(30)\n    except threading.BrokenBarrierError: pass",
    "Queue.get": "try: queue.Queue().get(timeout=30)\n    except queue.Empty: pass",
    "Queue.put": "q = queue.Queue(1); q.put(0)\n    try: q.put(1, timeout=30)\n    except queue.Full: pass",
    "SimpleQueue.get": "try: queue.SimpleQueue().get(timeout=30)\n    except queue.Empty: pass",
    "Future.result": "try: concurrent.futures.Future().result(30)\n    except TimeoutError: pass",
    "futures.wait": "concurrent.futures.wait([concurrent.futures.Future()], 30)",
    "Timer": "t = threading.Timer(30, int); t.start(); t.join()",
    "Thread.join": "t = threading.Thread(target=time.sleep, args=(99,), daemon=True); t.start(); t.join(30)",
    "a loop in a thread": "await asyncio.to_thread(asyncio.run, asyncio.sleep(30))",
    "our own wait": "await asyncio.to_thread(_waits.wait, 10); await _waits.wait_async(20)",
    "sched": "import sched; s = sched.scheduler(); s.enter(30, 1, int); s.run()",
    "polling by sleep": "until = time.time() + 30\n    while time.time() < until: time.sleep(0.5)",
    "polling the clock": "until = time.monotonic() + 30\n    while time.monotonic() < until: pass",
    "polling the loop's": "l = asyncio.get_running_loop()\n    while l.time() < began + 30: await asyncio.sleep(0)",
}


@pytest.mark.parametrize("wait", TIMERS.values(), ids=list(TIMERS))
def test_a_wait_takes_its_time_on_the_clock_and_none_in_truth(virtually, wait):
    body = f"""
async def give_up(waiting):
    try: await waiting
    except TimeoutError: pass

async def within(seconds):
    async with asyncio.timeout(seconds): await asyncio.Event().wait()

async def main():
    {wait}
    return passed(), time.time() - 1_700_000_000 + 3600
"""
    seconds, of_day = virtually(body)
    assert 30 <= seconds <= 30.01
    assert of_day == pytest.approx(seconds, abs=0.01)


def test_time_stands_still_while_a_thread_computes(virtually):
    body = """
    async def main():
        tasks = [asyncio.wait_for(asyncio.to_thread(compute, 1_000_000), 0.001) for _ in range(4)]
        return len(await asyncio.gather(*tasks)), passed(), real_waits()["number"]
    """
    assert virtually(body) == [4, 0.0, 0]


@pytest.mark.parametrize(("takes", "ends"), [(29.9, ["answer", 29.9]), (30.1, ["timeout", 30.0])])
@pytest.mark.parametrize("kind", ["to_thread", "anyio", "run_in_executor", "submit", "thread", "async", "nested"])
def test_a_timeout_is_exact_whatever_makes_the_attempt(virtually, kind, takes, ends):
    body = f"""
    import anyio.to_thread

    def attempt():
        compute(); _waits.wait({takes}); compute()

    async def in_bare_thread():
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        threading.Thread(target=lambda: (attempt(), loop.call_soon_threadsafe(done.set))).start()
        await done.wait()

    async def nested():
        async with asyncio.timeout(60):
            await asyncio.wait_for(asyncio.to_thread(attempt), 45)

    async def submitted():
        with ThreadPoolExecutor(1) as pool:
            await asyncio.wrap_future(pool.submit(attempt))

    KINDS = {{
        "to_thread": lambda: asyncio.to_thread(attempt),
        "anyio": lambda: anyio.to_thread.run_sync(attempt, abandon_on_cancel=True),
        "run_in_executor": lambda: asyncio.get_running_loop().run_in_executor(None, attempt),
        "submit": lambda: asyncio.wrap_future(POOL.submit(attempt)),
        "thread": in_bare_thread,
        "async": lambda: _waits.wait_async({takes}),
        "nested": nested,
    }}
    POOL = ThreadPoolExecutor(1)

    async def main():
        try:
            await asyncio.wait_for(KINDS[{kind!r}](), 30)
        except TimeoutError:
            return "timeout", passed()
        return "answer", passed()
    """
    assert virtually(body) == ends


def test_a_full_pool_makes_its_queue_wait_as_it_would(virtually):
    body = """
    async def main():
        loop, pool = asyncio.get_running_loop(), ThreadPoolExecutor(2)
        attempts = [asyncio.wait_for(loop.run_in_executor(pool, time.sleep, 10), 25) for _ in range(6)]
        given = await asyncio.gather(*attempts, return_exceptions=True)
        return [type(item).__name__ for item in given], passed()
    """
    assert virtually(body) == [["NoneType"] * 4 + ["TimeoutError"] * 2, 25.0]


def test_a_lock_held_over_a_wait_is_waited_for_on_the_clock(virtually):
    body = """
    lock = threading.Lock()

    def attempt(seconds):
        with lock:
            time.sleep(seconds)
        return passed()

    async def main():
        return await asyncio.gather(*(asyncio.to_thread(attempt, n) for n in (3, 2, 1))), real_waits()["number"]
    """
    assert virtually(body) == [[3.0, 5.0, 6.0], 0]


def test_threads_wake_in_the_order_of_their_due_points_and_then_of_their_waits(virtually):
    body = """
    async def main():
        woken = []
        def attempt(name, seconds):
            time.sleep(seconds); compute(1000 * (5 - len(woken))); woken.append(name)
        threads = [threading.Thread(target=attempt, args=pair) for pair in zip("abcdefgh", (3, 1, 2, 1, 3, 1, 2, 9))]
        for thread in threads: thread.start()
        await asyncio.to_thread(lambda: [thread.join() for thread in threads])
        return "".join(woken)
    """
    assert [virtually(body) for _ in range(3)] == ["bdfcgaeh"] * 3


def test_threads_that_race_are_served_in_the_same_order_every_time(virtually):
    body = """
    async def main():
        seen, lock = [], threading.Lock()
        def attempt(number):
            for turn in range(5):
                with lock: seen.append((number, turn))
                compute(random.Random(number * 31 + turn).randrange(20_000))
                time.sleep(0.1 * ((number * 7 + turn) % 3))
        await asyncio.gather(*(asyncio.to_thread(attempt, number) for number in range(5)))
        return seen
    """
    first, *others = (virtually(body) for _ in range(4))
    assert all(other == first for other in others)
    assert len(first) == 25


def test_a_wait_that_the_clock_cannot_see_is_real_and_said(virtually):
    body = """
    import os
    async def main():
        reading, writing = os.pipe()
        threading.Thread(target=lambda: (CLOCK.here(), os.read(reading, 1)), daemon=True).start()
        await asyncio.sleep(0.2)
        slow = passed(), real_waits()
        os.write(writing, b"x")
        await asyncio.sleep(1000)
        return slow, passed()
    """
    (seconds, waits), after = virtually(body)
    assert seconds == 0.2
    assert waits["number"] >= 1
    assert waits["seconds"] >= 0.2
    assert after == 1000.2


def test_a_child_process_is_waited_for_in_real_time(virtually):
    body = """
    async def main():
        script = "import time; time.sleep(0.3); print('ready')"
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=-1)
        out, _ = await asyncio.wait_for(child.communicate(), 20)
        import subprocess
        return out.decode(), subprocess.run([sys.executable, "-c", script], timeout=20, capture_output=True).returncode
    """
    assert virtually(body) == ["ready\n", 0]


def test_a_thread_that_will_not_give_up_its_turn_does_not_stop_the_others(virtually):
    body = """
    async def main():
        flag = []
        def spin():
            while not flag: pass
            return passed()
        spinning = asyncio.ensure_future(asyncio.to_thread(spin))
        await asyncio.sleep(0)
        await asyncio.to_thread(flag.append, 1)
        return await spinning
    """
    assert virtually(body) == 0.0


def test_a_loop_that_only_spins_does_not_keep_back_the_thread_that_it_waits_for(virtually):
    body = """
    async def main():
        asked = asyncio.ensure_future(asyncio.to_thread(time.sleep, 2))
        while not asked.done(): await asyncio.sleep(0)
        return passed()
    """
    assert 2 <= virtually(body) <= 2.1


def test_many_steps_without_a_wait_take_no_time(virtually):
    body = """
    async def main():
        async with asyncio.timeout(5):
            for _ in range(20_000): await asyncio.sleep(0)
        return passed()
    """
    assert virtually(body) == 0.0


def test_a_cancelled_wait_leaves_nothing_behind(virtually):
    body = """
    async def main():
        for _ in range(200):
            waiting = asyncio.ensure_future(asyncio.wait_for(asyncio.sleep(50), 40))
            await asyncio.sleep(0.01)
            waiting.cancel()
            try: await waiting
            except asyncio.CancelledError: pass
        return passed()
    """
    assert virtually(body) == 2.0


def test_a_queue_between_threads_loses_nothing(virtually):
    body = """
    async def main():
        for kind in (queue.Queue, queue.SimpleQueue):
            q, got = kind(), []
            def take():
                while (item := q.get(timeout=100)) is not None:
                    got.append(item)
            takers = [threading.Thread(target=take) for _ in range(3)]
            for taker in takers: taker.start()
            for number in range(500):
                q.put(number)
                if number % 50 == 0: await asyncio.sleep(0.5)
            for _ in takers: q.put(None)
            await asyncio.to_thread(lambda: [taker.join() for taker in takers])
            assert sorted(got) == list(range(500)), got
        return passed()
    """
    assert virtually(body) == 10.0


def test_a_ticking_background_is_run_but_does_not_keep_a_long_wait(virtually):
    body = """
    ticks = []

    async def tick():
        while True:
            await asyncio.sleep(0.01); ticks.append(1)

    async def main():
        ticking = asyncio.ensure_future(tick())
        log = RouteLog("case", Script(), None)
        await begin_route(log, 0)
        LOG.set(log)
        start = passed()
        await asyncio.sleep(0.5); few = len(ticks)
        await asyncio.sleep(86_400)
        ticking.cancel()
        return few, len(ticks) < 400, passed() - start
    """
    few, bounded, seconds = virtually(body)
    assert 49 <= few <= 52
    assert bounded
    assert seconds == pytest.approx(86_400.5, abs=0.02)


def test_a_background_that_serves_the_route_is_waited_for_however_often_it_ticks(virtually):
    body = """
    pending, flags = [], []

    async def batches():
        while True:
            await asyncio.sleep(0.05)
            if pending: pending.pop().set_result(None)

    def watch():
        while True:
            time.sleep(0.05)
            if flags: flags.pop().set()

    async def main():
        background = asyncio.ensure_future(batches())
        threading.Thread(target=watch, daemon=True).start()
        log = RouteLog("case", Script(), None)
        await begin_route(log, 0)
        LOG.set(log)
        for _ in range(300):
            pending.append(asyncio.get_running_loop().create_future())
            await asyncio.wait_for(pending[0], 30)
            event = threading.Event(); flags.append(event)
            assert await asyncio.to_thread(event.wait, 30)
        background.cancel()
        return True
    """
    assert virtually(body)


def test_what_a_route_leaves_behind_ends_if_it_soon_does_and_is_broken_off_if_not(virtually):
    body = """
    ended = []

    def hang(name, seconds):
        try: _waits.wait(seconds)
        except BaseException as error: ended.append((name, type(error).__name__)); raise
        ended.append((name, passed()))

    async def linger(seconds):
        await _waits.wait_async(seconds)

    async def main():
        log = RouteLog("case", Script(), None)
        await begin_route(log, 0)
        LOG.set(log)
        start = passed()
        for name, seconds in (("soon", 32), ("late", 86_400)):
            try: await asyncio.wait_for(asyncio.to_thread(hang, name, seconds), 5)
            except TimeoutError: pass
        left = [asyncio.ensure_future(linger(3)), asyncio.ensure_future(linger(86_400))]
        LOG.set(None)
        await end_route(log, left)
        follow = RouteLog("next", Script(), None)
        await begin_route(follow, 1)
        later = passed()
        await asyncio.gather(*(asyncio.to_thread(time.sleep, 1) for _ in range(6)))
        return ended[0][0], ended[0][1] - start, ended[1:], [task.cancelled() for task in left], passed() - later
    """
    name, seconds, rest, cancelled, after = virtually(body)
    assert (name, round(seconds, 3)) == ("soon", 32)
    assert rest == [["late", "Abandoned"]]
    assert cancelled == [False, True]
    assert after == pytest.approx(1.0)


def test_a_pause_counts_from_the_end_of_the_route_before(virtually):
    body = """
    async def main():
        times = []
        for number, pause in enumerate((None, 2.5, 40.0, None)):
            log = RouteLog(str(number), Script(), None)
            await begin_route(log, number, pause=pause)
            times.append(passed())
            await asyncio.sleep(1)
            await end_route(log)
        return times
    """
    assert virtually(body) == [3600.0, 3603.5, 3644.5, 14400.0]


def test_a_limit_is_real_time(virtually):
    body = """
    async def main():
        given_up = asyncio.Event()
        with limited(0.3, given_up.set):
            spinning = asyncio.ensure_future(asyncio.to_thread(spin))
            await given_up.wait()
        spinning.cancel()
        before = passed()
        await asyncio.sleep(7)
        return before, passed()

    def spin():
        while True: pass
    """
    assert virtually(body) == [0.0, 7.0]


def test_a_route_that_nothing_can_wake_is_given_up_at_once(virtually):
    body = """
    async def main():
        given_up = asyncio.Event()
        with limited(3600, given_up.set):
            await given_up.wait()
        return passed()
    """
    assert virtually(body) == 0.0


def test_a_thread_that_python_did_not_start_may_use_locks_and_queues(virtually):
    body = """
    import _thread
    async def main():
        q, done = queue.Queue(), threading.Event()
        def foreign():
            q.put("from outside"); done.wait(5); q.put("woken"); time.sleep(0.01); q.put("slept")
        _thread.start_new_thread(foreign, ())
        first = await asyncio.to_thread(q.get)
        done.set()
        return first, await asyncio.to_thread(q.get), await asyncio.to_thread(q.get)
    """
    assert virtually(body) == ["from outside", "woken", "slept"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("threading.Lock().acquire(timeout=-2)", "ValueError"),
        ("threading.Lock().acquire(False, 1)", "ValueError"),
        ("threading.Lock().acquire(timeout=1e30)", "OverflowError"),
        ("threading.Lock().release()", "RuntimeError"),
        ("threading.current_thread().join()", "RuntimeError"),
        ("threading.Thread().join()", "RuntimeError"),
        ("(t := threading.Thread(target=int)).start() or t.join() or t.start()", "RuntimeError"),
        ("queue.SimpleQueue().get_nowait()", "Empty"),
        ("queue.SimpleQueue().get(timeout=-1)", "ValueError"),
        ("time.sleep(-1)", "ValueError"),
        ("time.sleep('x')", "TypeError"),
        ("(t := threading.Thread(target=int)).start() or t.join(-5) or t.join() or t.is_alive()", "False"),
    ],
)
def test_misuse_is_answered_as_the_real_things_answer_it(virtually, call, says):
    body = f"""
    async def main():
        try: return str({call})
        except Exception as error: return type(error).__name__
    """
    assert virtually(body) == says
