"""What the pytest plugin stands on: the arms of a session, the cases by test, and the running pair.

Example: ``with ParitySuite(recordings=(Path("traffic.jsonl"),), app="src.main:app") as suite: suite.groups()``
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

import pytest

from cutover_cli._arm_options import ArmChoice, Arms, open_arms
from cutover_parity import ArmSetup, Case, CaseStream, Comparer, Duel, NoiseRules, read_noise
from cutover_parity.assertions import Parity


@dataclass
class ParitySuite:
    """Opened once a session; what is missing is a usage error that says how to give it."""

    recordings: tuple[Path, ...] = ()
    generate: bool = True
    app: str | None = None
    root: str | None = None
    legacy: str | None = None
    registry: str | None = None
    hooks: str | None = None
    depth: str | None = None
    noise: str | None = None
    provider_path: str | None = None
    _open: ExitStack = field(default_factory=ExitStack)
    _opened: Arms | None = None

    def __enter__(self) -> Self:
        if self.app is None:
            raise pytest.UsageError("no application to compare: name it with --parity-app or the setting parity_app")
        root, hooks = (None if text is None else Path(text) for text in (self.root, self.hooks))
        choice = ArmChoice(self.app, root, self.legacy, self.registry, "registry", hooks, (), None)
        try:
            self._opened = self._open.enter_context(open_arms(choice))
        except Exception as error:
            raise pytest.UsageError(str(error)) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def arms(self) -> Arms:
        """Both arms."""
        assert self._opened is not None
        return self._opened

    def groups(self) -> dict[str, tuple[Case, ...]]:
        """The cases by test: each recorded route alone, generated ones by what they have in common."""
        if not self.recordings:
            raise pytest.UsageError("parity_cases needs recorded traffic: name it with --recordings")
        groups: dict[str, list[Case]] = {}
        for case in self._cases():
            name = case.id if case.recorded else case.id.rpartition(": ")[0] or case.id
            groups.setdefault(name, []).append(case)
        return {name: tuple(cases) for name, cases in groups.items()}

    @contextmanager
    def running(self) -> Iterator[Parity]:
        """The running pair."""
        depth: Any = self.depth or "calls"
        templates = self._cases().templates if self.recordings else []
        setup = ArmSetup(depth, self.arms.plan.modules, templates, secrets.token_bytes(32))
        noise = NoiseRules() if self.noise is None else read_noise(Path(self.noise), today=date.today())
        with Duel(self.arms.legacy, self.arms.registry, setup) as duel:
            yield Parity(duel, comparer=Comparer(noise=noise))

    def _cases(self) -> CaseStream:
        return CaseStream(self.recordings, self.arms.plan, provider_path=self.provider_path, generate=self.generate)
