"""What the tests of OpenFeature share: a tool of flags in memory, a bound site, a worker, a clean API after each."""

import time

import pytest
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from cutover_registry import ProviderRegistry, follow_switch, route_key, use_registry
from cutover_rollout.openfeature import FlagState
from cutover_rollout.state import Follower, _follower

SALT = "a salt of the tests"


@pytest.fixture(autouse=True)
def clean(tmp_path, monkeypatch):
    """A working directory without a switch file, and nothing left in the API or the switch."""
    monkeypatch.chdir(tmp_path)
    for name in ("CUTOVER_ARM", "CUTOVER_SWITCH_FILE", "CUTOVER_KILL_SIGNAL"):
        monkeypatch.delenv(name, raising=False)
    yield
    api.shutdown()
    follow_switch(None)


@pytest.fixture
def site():
    """A bound site with two providers."""
    tables = {
        "SLOTS": {"make_request": "{}s"},
        "SITES": {"chat": {"slots": ["make_request"]}},
        "PROVIDER_CONFIGS": {
            "near": {"module_name": "json", "sites": "*", "slots": {"make_request": "dumps"}},
            "groq": {"module_name": "json", "sites": "*", "slots": {"make_request": "loads"}},
        },
    }
    (bound,) = ProviderRegistry.from_mapping(tables).bind({}, "chat")
    return bound


class Tool:
    """Flags in memory that can be changed, with the SDK's own provider for them.

    What is said of a flag is a value, an error's code, or a callable that gets the evaluation context.
    """

    def __init__(self, said):
        self.said = said
        flags = {name: InMemoryFlag("any", {"any": None}, context_evaluator=self._evaluator(name)) for name in said}
        self.provider = InMemoryProvider(flags)

    def say(self, *, tell=False, **said):
        """Change flags; `tell` as a tool does that pushes."""
        self.said.update({name.replace("_", "-"): value for name, value in said.items()})
        if tell:
            self.provider.emit_provider_configuration_changed(ProviderEventDetails(flags_changed=list(said)))

    def _evaluator(self, name):
        def evaluate(_flag, context):
            said = self.said[name](context) if callable(self.said[name]) else self.said[name]
            if isinstance(said, ErrorCode):
                return FlagResolutionDetails(None, error_code=said, reason=Reason.ERROR)
            return FlagResolutionDetails(said, variant="any", reason=Reason.STATIC)

        return evaluate


@pytest.fixture
def tool():
    """A tool that says 50 % and does not kill, as the provider of the domain "tool"."""
    made = Tool({"cutover-share": 0.5, "cutover-kill": False})
    api.set_provider_and_wait(made.provider, "tool")
    return made


@pytest.fixture
def follow(monkeypatch):
    """Follow the flags of the domain "tool" to the end of the test."""
    monkeypatch.setattr(_follower, "WATCH", 0.1)
    started = []

    def starting(*, stale_after=300.0, every=0.02, **options):
        state = FlagState(salt=SALT, domain="tool", every=every, **options)
        started.append(Follower(state, stale_after=stale_after))
        return started[-1].start()

    yield starting
    for each in started:
        each.stop()


@pytest.fixture
def arm(site):
    """The arm that a route with this key takes, asked as the gateway's code asks."""

    def asking(key, provider="near"):
        with route_key(key):
            return "registry" if use_registry(site, provider) else "legacy"

    return asking


@pytest.fixture
def context():
    """An evaluation context, of provider near at site chat unless said otherwise."""

    def making(key=None, **attributes):
        return EvaluationContext(key, {"site": "chat", "provider": "near", **attributes})

    return making


@pytest.fixture(scope="session")
def until():
    """Wait until something is true, and give it."""

    def waiting(condition):
        deadline = time.monotonic() + 30
        while not (found := condition()):
            assert time.monotonic() < deadline, "it never came"
            time.sleep(0.005)
        return found

    return waiting
