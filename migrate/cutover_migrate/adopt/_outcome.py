"""What becomes of one loop: adopted, or refused with a code and the fact."""

from __future__ import annotations

from dataclasses import dataclass

from cutover_migrate.rewrite._sites import Edit


@dataclass(frozen=True)
class Adopted:
    """One loop that goes over a route of the registry from now on."""

    file: str
    function: str
    line: int
    chain: str
    name: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Refused:
    """One loop that stays as it is: `code` is one of ADOPT_REASONS, `fact` what decided it, at its line."""

    file: str
    function: str
    line: int
    chain: str
    code: str
    fact: str


class Stays(Exception):
    """Ends the work on one loop: it cannot be adopted."""

    def __init__(self, code: str, line: int, fact: str) -> None:
        self.code, self.line, self.fact = code, line, fact
        super().__init__(f"{code}: line {line}: {fact}")
