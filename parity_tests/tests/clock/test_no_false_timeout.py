"""Ten thousand random attempts under random timeouts, with threads busy: what is late times out, nothing else does."""

import pytest

ATTEMPTS = """
import anyio, anyio.to_thread

POOL = ThreadPoolExecutor(64)

def work(waits, dice):
    compute(dice.randrange(300))
    for seconds in waits:
        choice = dice.randrange(3)
        if choice == 0: time.sleep(seconds)
        elif choice == 1: _waits.wait(seconds)
        else: threading.Event().wait(seconds)
        compute(dice.randrange(2000))
    return sum(waits)

def in_thread(waits, dice):
    done = concurrent.futures.Future()
    def run():
        found = work(waits, dice)
        if not done.cancelled(): done.set_result(found)
    threading.Thread(target=run, daemon=True).start()
    return done

async def async_work(waits, dice):
    for seconds in waits:
        await (asyncio.sleep(seconds) if dice.randrange(2) else _waits.wait_async(seconds))
        compute(dice.randrange(500))
    return sum(waits)

MAKERS = [
    lambda *args: asyncio.get_running_loop().run_in_executor(POOL, work, *args),
    lambda *args: asyncio.wrap_future(POOL.submit(work, *args)),
    lambda *args: anyio.to_thread.run_sync(work, *args, abandon_on_cancel=True, limiter=LIMITER),
    lambda *args: asyncio.wrap_future(in_thread(*args)),
    lambda *args: asyncio.get_running_loop().run_in_executor(POOL, lambda: POOL.submit(work, *args).result()),
    async_work,
    async_work,
]

async def by_wait_for(attempt, limit):
    return await asyncio.wait_for(attempt, limit)

async def by_timeout(attempt, limit):
    async with asyncio.timeout(limit):
        return await attempt

async def by_anyio(attempt, limit):
    with anyio.fail_after(limit):
        return await attempt

async def nested(attempt, limit):
    async with asyncio.timeout(limit + 0.5):
        return await asyncio.wait_for(attempt, limit)

async def shielded(attempt, limit):
    return await asyncio.wait_for(asyncio.shield(attempt), limit)

async def by_wait(attempt, limit):
    done, _ = await asyncio.wait([asyncio.ensure_future(attempt)], timeout=limit)
    if not done:
        raise TimeoutError
    return done.pop().result()

LIMITS = [by_wait_for, by_timeout, by_anyio, nested, shielded, by_wait]

async def one(seed):
    dice = random.Random(seed)
    waits = [dice.randrange(1, 200) / 64 for _ in range(dice.randrange(4))]
    takes = sum(waits)
    limit = takes + dice.choice((-1, 1)) * dice.choice((1 / 128, 1 / 2, 60.0))
    if limit <= 0:
        limit = takes + 1 / 128
    await asyncio.sleep(dice.randrange(64) / 64)
    start = time.monotonic()
    attempt = dice.choice(MAKERS)(waits, random.Random(seed + 1))
    try:
        found = await dice.choice(LIMITS)(attempt, limit)
    except TimeoutError:
        found = "timeout"
    lasted = time.monotonic() - start
    wanted = "timeout" if limit < takes else takes
    if found != wanted or abs(lasted - min(takes, limit)) > 1e-3:
        return seed, found, wanted, lasted
    return None

async def main():
    global LIMITER
    LIMITER = anyio.CapacityLimiter(1000)
    wrong, dice = [], random.Random(7)
    number = 0
    while number < NUMBER:
        together = dice.choice((1, 1, 4, 16))
        wrong += [item for item in await asyncio.gather(*map(one, range(number, number + together))) if item]
        number += together
    return number, wrong[:5], real_waits()["number"]
"""


@pytest.mark.slow
def test_of_ten_thousand_random_attempts_none_times_out_falsely(virtually):
    number, wrong, waits = virtually("NUMBER = 10_000\n" + ATTEMPTS, limit=200)
    assert number >= 10_000
    assert wrong == []
    assert waits == 0


def test_nor_does_one_on_a_machine_whose_processors_are_all_taken(virtually, busy_machine):
    _, wrong, waits = virtually("NUMBER = 500\n" + ATTEMPTS, limit=120)
    assert wrong == []
    assert waits == 0
