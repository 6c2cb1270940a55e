"""What the tests of chains share: a clock that only moves when told, and one way to run sync and async alike."""

import asyncio

import pytest

from cutover_registry.failover import add_route_hook, remove_route_hook


class HandClock:
    """A clock that moves when it is told to, or when somebody sleeps."""

    def __init__(self):
        self.seconds = 1000.0
        self.slept = []

    def now(self):
        return self.seconds

    def wall(self):
        return 1_700_000_000 + self.seconds

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds

    async def sleep_async(self, seconds):
        self.sleep(seconds)
        await asyncio.sleep(0)


class Status(Exception):
    """An error as client libraries raise it for an answer."""

    def __init__(self, status, retry_after=None):
        super().__init__(f"status {status}")
        self.status_code = status
        if retry_after is not None:
            self.retry_after = retry_after


class Providers:
    """Provider functions by script: what each call raises or gives, in order; the last one is repeated."""

    def __init__(self, **scripts):
        self.scripts = {name: list(script) for name, script in scripts.items()}
        self.called = []

    def __call__(self, name):
        self.called.append(name)
        script = self.scripts[name]
        step = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(step, BaseException):
            raise step
        return step

    async def asked(self, name):
        await asyncio.sleep(0)
        return self(name)


class Listener:
    def __init__(self):
        self.heard = []

    def route_started(self, chain):
        self.heard.append(("started", chain))
        return len(self.heard)

    def skipped(self, token, provider, reason):
        self.heard.append(("skipped", provider, reason))

    def failed_over(self, token, source, target, error):
        self.heard.append(("failed over", source, target, str(error)))

    def route_ended(self, token, end):
        self.heard.append(("ended", end.outcome, end.provider, end.attempts))


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def status():
    return Status


@pytest.fixture
def providers():
    return Providers


@pytest.fixture
def listener():
    listener = Listener()
    add_route_hook(listener)
    yield listener
    remove_route_hook(listener)


@pytest.fixture(params=["sync", "async"])
def run(request):
    """Run a chain over scripted providers, in either form."""

    def run(chain, providers):
        if request.param == "sync":
            return chain.run(providers)
        return asyncio.run(chain.run_async(providers.asked))

    return run
