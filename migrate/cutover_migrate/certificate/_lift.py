"""Writing a lifted branch back: the call of a handler against the statements that the legacy code has there.

The handler's body has to be the branch's, statement by statement; then the obligations of the lift have to hold.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from cutover_migrate.certificate._axioms import HANDLER_FRAME, LIFETIME, NO_STOP_ITERATION
from cutover_migrate.certificate._gaps import Gap, Ledger
from cutover_migrate.certificate._handlers import Call
from cutover_migrate.certificate._obligations import Lift, stops
from cutover_migrate.certificate._syntax import ends, first_line, same


def lift_gap(lift: Lift, ledger: Ledger, *, site_line: int) -> Gap | None:
    """Give what stands against a lifted branch, and note what its proof leans on."""
    reason = next(_reasons(lift, ledger, site_line), None)
    if reason is not None:
        return Gap("lift", f"handler {lift.call.handler.name!r}: {reason}").at(lift.body[0], lift.call.handler)
    ledger.uses(HANDLER_FRAME, LIFETIME)
    return None


def _reasons(lift: Lift, ledger: Ledger, site_line: int) -> Iterator[str]:
    yield from lift.faults()
    if lift.may_stop:
        at = stops(lift.body)
        if at is not None:
            yield f"the branch may raise StopIteration (line {getattr(at, 'lineno', 1)}), which no coroutine lets out"
        ledger.uses(NO_STOP_ITERATION)
    if lift.call.handler.lineno > site_line:
        yield f"it is defined in line {lift.call.handler.lineno}, behind its site"


def body_gap(call: Call, legacy: Sequence[ast.stmt]) -> Gap | None:
    """Give the first place where the handler's body is not the branch."""
    body = call.body()
    if not body:
        return Gap("lift", f"handler {call.handler.name!r} has no body").at(None, call.handler)
    parted = _parting(legacy[: len(body)], body)
    if parted is None:
        return None
    old, new = parted
    line = getattr(new, "lineno", call.handler.lineno)
    reason = f"handler {call.handler.name!r} is not what the branch is (line {line})"
    return Gap("lift", reason, first_line(old), first_line(new), line)


def rest_of(call: Call, registry: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Give what runs behind the call; nothing where the handler never gives control back."""
    return [] if call.returns or ends(call.body()) else list(registry[1:])


def _parting(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> tuple[ast.stmt | None, ast.stmt | None] | None:
    for one, other in zip(old, new, strict=False):
        if not same(one, other):
            return _inner_parting(one, other)
    if len(old) == len(new):
        return None
    return (old[len(new)], None) if len(old) > len(new) else (None, new[len(old)])


def _inner_parting(old: ast.stmt, new: ast.stmt) -> tuple[ast.stmt | None, ast.stmt | None]:
    """Give the innermost pair of statements that differ."""
    if type(old) is type(new):
        for field in old._fields:
            one, other = getattr(old, field, None), getattr(new, field, None)
            if same(one, other):
                continue
            if field in {"body", "orelse", "finalbody"} and isinstance(one, list) and isinstance(other, list):
                return _parting(one, other) or (old, new)
            break
    return old, new
