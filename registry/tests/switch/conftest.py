"""What the tests of the switch share: sites, a switch that is put back, routes as both kinds of server give them."""

import time
from collections.abc import Callable, Iterator, Mapping

import pytest

from cutover_registry import ProviderRegistry, Site, SwitchRule, SwitchSnapshot, follow_switch, use_registry

PROVIDERS = ("near", "far", "groq")
SALT = "a salt of the tests"


@pytest.fixture(autouse=True)
def followed() -> Iterator[None]:
    yield
    follow_switch(None)


@pytest.fixture(scope="session")
def sites() -> Mapping[str, Site]:
    """Two sites with three providers each."""
    registry = ProviderRegistry.from_mapping(
        {
            "SITES": {"chat": {"slots": []}, "responses": {"slots": []}},
            "PROVIDER_CONFIGS": {name: {"sites": "*"} for name in PROVIDERS},
        }
    )
    return {name: registry.site(name) for name in ("chat", "responses")}


@pytest.fixture(scope="session")
def chat(sites: Mapping[str, Site]) -> Site:
    return sites["chat"]


@pytest.fixture
def say() -> Callable[..., None]:
    """Put rules in force, with the tests' salt."""

    def saying(*rules: SwitchRule, **state: object) -> None:
        follow_switch(SwitchSnapshot(rules, **{"salt": SALT, **state}))

    return saying


@pytest.fixture
def at_near(chat: Site) -> Callable[[], bool]:
    """Ask the hot path for one provider, in the present route."""
    return lambda: use_registry(chat, "near")


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], bool]], bool]:
    def waiting(condition: Callable[[], bool]) -> bool:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.02)
        return False

    return waiting
