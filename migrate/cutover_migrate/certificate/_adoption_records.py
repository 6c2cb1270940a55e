"""What the checker says of adopted failover loops: frozen records, and one sentence a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from cutover_migrate.certificate._axioms import Axiom
from cutover_migrate.certificate._records import Difference, FileBinding


@dataclass(frozen=True, slots=True)
class LoopProof:
    """One loop that is the same program before and after (`line` is that of the hand-written loop)."""

    file: str
    line: int
    after_line: int
    function: str
    chain: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """The proof for one set of files, or what stands against it."""

    files: tuple[FileBinding, ...]
    loops: tuple[LoopProof, ...]
    differences: tuple[Difference, ...]
    axioms: tuple[Axiom, ...]

    @property
    def valid(self) -> bool:
        """Whether every loop is proved, and nothing else differs."""
        return not self.differences

    def findings(self) -> Iterator[str]:
        """Say what stands against it, one text each."""
        yield from (str(difference) for difference in self.differences)

    def to_json(self) -> dict[str, Any]:
        """Give it as it is written down."""
        return {"valid": self.valid, **asdict(self)}
