"""A pair of running arms that is asked case by case, where the next case depends on what the last one showed."""

from contextlib import ExitStack
from typing import Self

from cutover_parity._arm import Arm, ArmSetup, ArmSpec, Reply
from cutover_parity._cases import Case


class Duel:
    """Two arms, held open as a context manager; `ask` drives one case through both."""

    def __init__(self, legacy: ArmSpec, registry: ArmSpec, setup: ArmSetup) -> None:
        self._specs, self._setup = (legacy, registry), setup
        self._stack = ExitStack()
        self._arms: list[Arm] = []

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._arms = [stack.enter_context(Arm(spec, self._setup)) for spec in self._specs]
            for arm in self._arms:
                arm.wait_until_ready()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, case: Case) -> tuple[Reply, Reply]:
        """Drive one case through both arms; give the legacy reply and the registry reply."""
        for arm in self._arms:
            arm.send(case)
        return self._arms[0].reply(case.id), self._arms[1].reply(case.id)
