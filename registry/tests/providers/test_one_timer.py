"""Many waits under one timer: each has its own limit, and a cancellation from elsewhere stays one."""

import asyncio

import pytest

from cutover_registry.providers._one_timer import OneTimer


async def given(value, after=0.0):
    await asyncio.sleep(after)
    return value


async def test_each_wait_has_its_own_limit():
    timer = OneTimer()
    assert await timer.within(5, given("first")) == "first"
    with pytest.raises(TimeoutError):
        await timer.within(0.01, given("late", after=5))
    assert await timer.within(5, given("second", after=0.02)) == "second"
    assert await timer.within(None, given("third", after=0.02)) == "third"
    assert asyncio.current_task().cancelling() == 0
    timer.close()


async def test_a_wait_may_last_longer_than_an_earlier_one_was_allowed():
    timer = OneTimer()
    assert await timer.within(0.01, given("short")) == "short"
    assert await timer.within(5, given("long", after=0.05)) == "long"
    timer.close()


async def test_between_two_waits_nobody_is_disturbed():
    timer = OneTimer()
    assert await timer.within(0.01, given("short")) == "short"
    await asyncio.sleep(0.03)
    assert await timer.within(5, given("again")) == "again"
    timer.close()


async def test_waits_may_come_from_several_tasks():
    timer = OneTimer()
    for number in range(3):
        assert await asyncio.create_task(timer.within(5, given(number))) == number
    with pytest.raises(TimeoutError):
        await asyncio.create_task(timer.within(0.01, given("late", after=5)))
    timer.close()


async def test_a_cancellation_from_elsewhere_is_no_timeout():
    timer = OneTimer()
    task = asyncio.create_task(timer.within(5, given("never", after=5)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    timer.close()


async def test_a_cancellation_beside_the_limit_wins():
    timer = OneTimer()
    task = asyncio.create_task(timer.within(0.01, given("never", after=5)))
    await asyncio.sleep(0)
    timer._expired = True
    task.cancel()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelling() == 1
    timer.close()


async def test_an_outer_limit_holds_too():
    timer = OneTimer()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await timer.within(5, given("never", after=5))
    assert asyncio.current_task().cancelling() == 0
    timer.close()


async def test_an_error_of_what_is_waited_for_comes_through():
    timer = OneTimer()

    async def failing():
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError, match="gone"):
        await timer.within(5, failing())
    timer.close()


async def test_closed_it_leaves_no_timer():
    timer = OneTimer()
    await timer.within(5, given("answer"))
    timer.close()
    assert timer._timer.cancelled()
