"""What a generated function has bound so far, and what may stand in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dispatch_fuzz._dice import Dice

POOL = {
    "text": ("out", "raw", "reply", "extra", "note"),
    "number": ("n", "tries"),
    "list": ("items", "seen"),
    "dict": ("kwargs", "payload"),
}
KIND_OF = {name: kind for kind, names in POOL.items() for name in names}
STARTS = {"text": ("None", '"start"', "model"), "number": ("0", "1"), "list": ("[]",), "dict": ("{}", 'dict(base="é")')}


@dataclass
class Scope:
    """A place in a function: ``bound`` names are bound on every path, ``wild`` is how often the odd things happen."""

    dice: Dice
    flavour: str = "sync"
    subject: str = "provider"
    method: bool = False
    loop: bool = False
    wild: float = 0.0
    yields: bool = False
    awaits: bool = False
    lazy: bool = False
    bound: set[str] = field(default_factory=set)
    outputs: tuple[str, ...] = ()
    results: tuple[str, ...] = ()

    def inside(self, **changes: object) -> Scope:
        """The same place one block further in; what is bound there is not bound here."""
        return replace(self, bound=set(self.bound), **changes)  # type: ignore[arg-type]

    def known(self, kind: str) -> list[str]:
        """The bound names of a kind."""
        return [name for name in POOL[kind] if name in self.bound]

    def read(self, kind: str) -> str | None:
        """A name to read: nearly always a bound one."""
        if self.dice.chance(self.wild / 8):
            return self.dice.pick(POOL[kind])
        known = self.known(kind)
        return self.dice.pick(known) if known else None

    def target(self, kind: str) -> str:
        """A name to assign: often an output of the chain."""
        wanted = [name for name in self.outputs if KIND_OF[name] == kind]
        if wanted and self.dice.chance(0.6):
            return self.dice.pick(wanted)
        return self.dice.pick(POOL[kind])

    def strange(self, share: float = 1.0) -> bool:
        """Whether something odd happens here."""
        return self.dice.chance(self.wild * share)

    @property
    def waits(self) -> bool:
        """Whether an await may stand here."""
        return self.awaits and self.flavour in {"async", "stream"}
