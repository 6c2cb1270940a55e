"""The pytest plugin: `parity` asserts that a request gives the same in both arms, `parity_cases` are recorded ones.

    def test_hello(parity):
        assert parity("POST", "/v1/chat", json={"model": "m", "messages": []}).status == 200

    def test_recorded(parity, parity_cases):  # once for each recorded route, once for each group of generated cases
        parity.check_all(parity_cases)

Nothing of the harness is imported before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cutover_cli._parity_suite import ParitySuite
    from cutover_parity.assertions import Parity

OPTIONS = {
    "--legacy": ("REV|PATH", "the legacy arm: a folder or a git revision"),
    "--registry": ("REV|PATH", "the registry arm: a folder or a git revision"),
    "--parity-app": ("APP", "the application: module:attribute, or module:factory()"),
    "--parity-root": ("FOLDER", "the working tree (default: found from where pytest runs)"),
    "--parity-hooks": ("FILE", "what to stub in both arms"),
    "--parity-depth": ("DEPTH", "calls (default) or http"),
    "--parity-noise": ("FILE", "rules for differences that do not matter"),
    "--parity-provider-path": ("PATH", "where a request names its provider"),
}
SUITE = pytest.StashKey["ParitySuite"]()
OPEN = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, and a setting of the same name for each."""
    group = parser.getgroup("cutover", "parity of two arms")
    group.addoption("--recordings", action="append", default=[], metavar="PATH",
                    help="recorded traffic for parity_cases; repeatable")  # fmt: skip
    group.addoption("--only-recorded", action="store_true", help="generate nothing from the recordings")
    for option, (metavar, text) in OPTIONS.items():
        group.addoption(option, metavar=metavar, help=text)
        parser.addini(_setting(option), f"{text} (as {option})")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for `parity_cases` one run for each recorded route and each group of generated cases."""
    if "parity_cases" in metafunc.fixturenames:
        groups = _suite(metafunc.config).groups()
        metafunc.parametrize("parity_cases", list(groups.values()), ids=list(groups))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Put away the trees of both arms."""
    if OPEN in config.stash:
        config.stash[OPEN].close()


@pytest.fixture(scope="session")
def parity(request: pytest.FixtureRequest) -> Iterator[Parity]:
    """Both arms, running: call it with a method and a URL as one calls a client; it fails where the arms differ."""
    with _suite(request.config).running() as running:
        yield running


def _suite(config: pytest.Config) -> ParitySuite:
    if SUITE not in config.stash:
        from cutover_cli._parity_suite import ParitySuite  # noqa: PLC0415  nothing is loaded before it is needed

        config.stash[OPEN] = stack = ExitStack()
        given = {_setting(option).removeprefix("parity_"): _given(config, option) for option in OPTIONS}
        recordings = tuple(Path(path) for path in config.getoption("--recordings"))
        suite = ParitySuite(recordings=recordings, generate=not config.getoption("--only-recorded"), **given)
        config.stash[SUITE] = stack.enter_context(suite)
    return config.stash[SUITE]


def _given(config: pytest.Config, option: str) -> Any:
    return config.getoption(option) or config.getini(_setting(option)) or None


def _setting(option: str) -> str:
    name = option.removeprefix("--").replace("-", "_")
    return name if name.startswith("parity_") else f"parity_{name}"
