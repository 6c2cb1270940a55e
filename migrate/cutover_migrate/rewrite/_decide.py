"""What can be done with a chain, and why: template, or refused with the fact that decided it.

Shape alone decides. Names are proposed elsewhere (:mod:`cutover_migrate.rewrite._naming`) and decide nothing.

Example: ``decide(chain, module_names)``
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Literal

from cutover_migrate.find import (
    Branch,
    Chain,
    FunctionNodes,
    Guarded,
    Key,
    Keyed,
    Open,
    Symbol,
    local_names,
    reads_frame,
)
from cutover_migrate.rewrite._reasons import REASONS
from cutover_migrate.rewrite._template import Differs, Template, find_template, unify

Decision = Literal["template", "lift", "partial", "refuse"]
Level = Literal["safe", "unsafe", "display"]
MINIMUM_TEXTS = 2
TERMINATORS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Reason:
    """Why a site is refused or not safe: a code of the ledger, the deciding line, and a sentence."""

    code: str
    line: int
    message: str


@dataclass(frozen=True)
class Kept:
    """A branch that stays as it is, behind the template."""

    branch: Branch
    keys: tuple[str, ...]
    line: int
    reason: str


@dataclass(frozen=True)
class Decided:
    """The outcome for one chain."""

    chain: Chain
    decision: Decision
    level: Level
    reasons: tuple[Reason, ...] = ()
    template: Template | None = None
    kept: tuple[Kept, ...] = ()
    default: Template | None = field(default=None, compare=False)

    @property
    def absorbs_default(self) -> bool:
        """The default arm is the template's own program."""
        return self.default is not None


def reason(code: str, line: int) -> Reason:
    """A reason with the sentence of the ledger."""
    return Reason(code, line, REASONS[code].message)


def text_keys(branch: Branch) -> tuple[str, ...]:
    """A branch's keys as texts; a key that is not a text is shown as its source."""
    return tuple(key_text(key) for key in branch.keys)


def key_text(key: Key) -> str:
    """A key as text."""
    if isinstance(key, Symbol):
        return key.text
    return key if isinstance(key, str) else repr(key)


def decide(chain: Chain, module_names: Container[str]) -> Decided:
    """Decide what happens to one chain."""
    refusals = {why.code: why for why in reversed([*_refusals(chain)])}
    if refusals:
        return Decided(chain, "refuse", "display", tuple(sorted(refusals.values(), key=lambda why: why.line)))
    keyed = [branch for branch in chain.branches if _can_join(branch)]
    template = find_template(keyed, local_names(chain.scopes))
    if len(template.members) < 2 or 2 * len(template.members) < len(chain.branches):
        first = template.odd[0][1] if template.odd else Differs("bodies-differ", chain.start_line)
        return Decided(chain, "refuse", "display", (reason("needs-lift", first.line),))
    unknown = _unknown_slot(template, module_names)
    if unknown is not None:
        return Decided(chain, "refuse", "display", (reason("unknown-name", unknown),))
    kept = tuple(_kept(chain, template))
    default = None if chain.kind == "siblings" else _default_template(chain, template)
    return Decided(chain, "template", *_level(chain), template, kept, default)


def _can_join(branch: Branch) -> bool:
    """Whether a branch is decided by texts alone, as the table's keys are; the empty text is no provider's name."""
    return isinstance(branch.test, Keyed) and all(isinstance(key, str) and key for key in branch.keys)


def _refusals(chain: Chain) -> Iterator[Reason]:
    """Every fact that forbids a rewrite, in the order of the chain."""
    functions = [scope for scope in chain.scopes if isinstance(scope, (*FunctionNodes, ast.ClassDef))]
    if not functions or isinstance(functions[-1], ast.ClassDef):
        yield reason("module-level", chain.start_line)
    if chain.kind == "ifexp":
        yield reason("conditional-expression", chain.start_line)
    if not _plain_subject(chain.subject):
        yield reason("computed-subject", chain.subject.lineno)
    frame = reads_frame(chain.scopes)
    if frame is not None:
        yield reason("frame-read", frame)
    yield from _test_refusals(chain)
    if chain.kind == "siblings":
        for branch in chain.branches:
            if not _terminates(branch.body):
                yield reason("siblings-fall-through", branch.line)
                break


def _test_refusals(chain: Chain) -> Iterator[Reason]:
    seen: set[Key] = set()
    texts = [branch for branch in chain.branches if _can_join(branch)]
    for branch in chain.branches:
        if isinstance(branch.test, Open):
            yield reason(branch.test.code, branch.line)
            continue
        if branch.nested:
            yield reason("else-if-nested", branch.line)
        if any(isinstance(key, Symbol) for key in branch.keys):
            yield reason("key-not-literal", branch.line)
        elif not all(isinstance(key, str) for key in branch.keys) and len(texts) < MINIMUM_TEXTS:
            yield reason("key-not-text", branch.line)
        if any(key in seen for key in branch.keys):
            yield reason("guarded-key" if _is_guarded(chain, branch) else "duplicate-key", branch.line)
        seen.update(branch.keys)


def _is_guarded(chain: Chain, branch: Branch) -> bool:
    return any(isinstance(other.test, Guarded) and set(other.keys) & set(branch.keys) for other in chain.branches)


def _plain_subject(subject: ast.expr) -> bool:
    if isinstance(subject, ast.Subscript):
        return isinstance(subject.slice, ast.Constant) and _plain_subject(subject.value)
    while isinstance(subject, ast.Attribute):
        subject = subject.value
    return isinstance(subject, ast.Name)


def _level(chain: Chain) -> tuple[Level, tuple[Reason, ...]]:
    if any(isinstance(node, ast.Subscript) for node in ast.walk(chain.subject)):
        return "unsafe", (reason("subscript-subject", chain.subject.lineno),)
    return "safe", ()


def _terminates(body: list[ast.stmt]) -> bool:
    last = body[-1]
    if isinstance(last, TERMINATORS):
        return True
    if isinstance(last, ast.If):
        return bool(last.orelse) and _terminates(last.body) and _terminates(last.orelse)
    if isinstance(last, (ast.With, ast.AsyncWith)):
        return False
    if isinstance(last, ast.Try):
        ends = [last.orelse or last.body, *(handler.body for handler in last.handlers)]
        return all(_terminates(end) for end in ends)
    return False


def _unknown_slot(template: Template, module_names: Container[str]) -> int | None:
    for hole in template.holes:
        if hole.kind == "slot":
            for node, path in zip(hole.nodes, hole.values, strict=True):
                if str(path).split(".")[0] not in module_names:
                    return node.lineno
    return None


def _kept(chain: Chain, template: Template) -> Iterator[Kept]:
    reasons = {id(branch): differs for branch, differs in template.odd}
    members = {id(branch) for branch in template.members}
    for branch in chain.branches:
        if id(branch) in members:
            continue
        differs = reasons.get(id(branch))
        code, line = (differs.reason, differs.line) if differs else (_outside_table(branch), branch.line)
        yield Kept(branch, text_keys(branch), line, code)


def _captures(chain: Chain) -> bool:
    """Whether the default arm is a ``case`` that gives the subject a name of its own."""
    last = chain.nodes[-1]
    pattern = last.cases[-1].pattern if isinstance(last, ast.Match) else None
    return isinstance(pattern, ast.MatchAs) and pattern.name is not None


def _outside_table(branch: Branch) -> str:
    return "guarded" if isinstance(branch.test, Guarded) else "key-not-a-name"


def _default_template(chain: Chain, template: Template) -> Template | None:
    """The template with the default arm as one more member, if it is the same program with the same holes."""
    if chain.default is None or _captures(chain):
        return None
    bodies = [*(branch.body for branch in template.members), chain.default]
    holes = unify(bodies, local_names(chain.scopes))
    if isinstance(holes, Differs) or len(holes) != len(template.holes):
        return None
    if any(one.kind != other.kind for one, other in zip(holes, template.holes, strict=True)):
        return None
    return Template(template.members, holes, ())
