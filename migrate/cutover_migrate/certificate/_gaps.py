"""A gap: the place where the two programs part, before it is known whose finding it becomes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from cutover_migrate.certificate._axioms import Axiom
from cutover_migrate.certificate._obligations import Flows
from cutover_migrate.certificate._records import SiteProof
from cutover_migrate.certificate._scope import Scope
from cutover_migrate.certificate._syntax import first_line


@dataclass(frozen=True, slots=True)
class Gap:
    """Why two pieces of code are not the same program; `line` is 0 until a statement is known."""

    code: str
    reason: str
    legacy: str = ""
    registry: str = ""
    line: int = 0

    def at(self, old: ast.AST | None, new: ast.AST | None) -> Gap:
        """Give the gap the statements in which it lies, unless it has some."""
        if self.line:
            return self
        line = getattr(new, "lineno", 0) or getattr(old, "lineno", 0) or 1
        return replace(self, legacy=first_line(old), registry=first_line(new), line=line)


Comparer = Callable[[Sequence[ast.stmt], Sequence[ast.stmt], Scope], Iterator[Gap]]


class Ledger:
    """What a run has proved so far: site proofs, axioms leaned on, handlers that branches moved to."""

    def __init__(self) -> None:
        self.axioms: set[Axiom] = set()
        self.proofs: dict[tuple[str, int, str], SiteProof] = {}
        self.begin_file()

    def begin_file(self) -> None:
        """Forget what is known of one file only: its functions' facts, the handlers that branches moved to."""
        self.flows = Flows()
        self.handlers: set[str] = set()

    def uses(self, *axioms: Axiom) -> None:
        """Note axioms."""
        self.axioms.update(axioms)

    def proved(self, proof: SiteProof) -> None:
        """Keep a site's proof."""
        self.proofs[proof.file, proof.line, proof.site] = proof
