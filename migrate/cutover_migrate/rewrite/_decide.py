"""What can be done with a chain, and why: template, lift, partial, or refused with the fact that decided it.

Shape alone decides. Names are proposed elsewhere (:mod:`cutover_migrate.rewrite._naming`) and decide nothing.

Example: ``decide(chain, module_names)``
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from cutover_migrate.find import Branch, Chain, FunctionNodes, Key, Open, Symbol, local_names, reads_frame
from cutover_migrate.rewrite._lift import Lift, find_lift, imports_stay_inside
from cutover_migrate.rewrite._reasons import REASONS
from cutover_migrate.rewrite._runs import Run, find_runs, is_exclusive, is_text_keyed, stays_because
from cutover_migrate.rewrite._subjects import is_readable, is_text_method
from cutover_migrate.rewrite._template import Absolute, Differs, Template, find_template, own_imports, unify

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
    """The outcome for one chain.

    ``chain`` is the part that is rewritten: from the first branch that leaves to the chain's end. ``whole`` is all of
    it, ``lead`` the branches in front of that part.
    """

    chain: Chain
    decision: Decision
    level: Level
    reasons: tuple[Reason, ...] = ()
    template: Template | None = None
    kept: tuple[Kept, ...] = ()
    default: Template | None = field(default=None, compare=False)
    lift: Lift | None = None
    lead: tuple[Kept, ...] = ()
    whole: Chain | None = None

    @property
    def absorbs_default(self) -> bool:
        """The default arm is the template's own program."""
        return self.default is not None

    @property
    def found(self) -> Chain:
        """The chain as it was found."""
        return self.whole or self.chain

    @property
    def is_rewritten(self) -> bool:
        """Whether the chain gets a registry arm."""
        return self.decision != "refuse"

    @property
    def form(self) -> str:
        """What becomes of the branches that leave: ``template`` or ``lift``; empty for a refused chain."""
        return "" if not self.is_rewritten else ("lift" if self.lift is not None else "template")


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


def decide(chain: Chain, module_names: Container[str], absolute: Absolute | None = None) -> Decided:
    """Decide what happens to one chain; ``absolute`` makes the name of an imported module absolute."""
    refusals = {why.code: why for why in reversed([*_refusals(chain)])}
    if refusals:
        return Decided(chain, "refuse", "display", tuple(sorted(refusals.values(), key=lambda why: why.line)))
    candidates = [_candidate(chain, run, module_names, absolute) for run in find_runs(chain)]
    rewritten = [found for found in candidates if found.is_rewritten]
    if rewritten:
        return max(rewritten, key=lambda found: (len(_members(found)), found.form == "template"))
    return candidates[0] if candidates else _refused(chain, _no_run(chain))


def _candidate(chain: Chain, run: Run, module_names: Container[str], absolute: Absolute | None) -> Decided:
    """What becomes of a chain when one of its runs leaves."""
    template, unknown = _template_of(chain, run, module_names)
    if template is None and absolute is not None:
        template = _lazy_template(chain, run, absolute)
    lift = find_lift(run.chain, run.joining) if template is None else None
    members = template.members if template is not None else lift.members if lift is not None else ()
    if len(members) < MINIMUM_TEXTS or 3 * len(members) < len(run.joining):
        odd = lift.odd if lift is not None else ()
        whys = [reason(differs.reason, differs.line) for _, differs in odd[:1]]
        whys += [reason("unknown-name", unknown)] if unknown is not None else []
        return _refused(chain, *(whys or [reason("few-keys", chain.start_line)]))
    odd_ones = template.odd if template is not None else lift.odd if lift is not None else ()
    kept = tuple(_kept(run, members, odd_ones))
    lead = tuple(_lead(chain, run))
    is_open = bool(lead) or any(not is_exclusive(kept_one.branch) for kept_one in kept)
    closed = all(is_exclusive(kept_one.branch) for kept_one in kept)
    absorbs = template is not None and chain.kind != "siblings" and closed
    default = _default_template(run.chain, template, absolute) if absorbs and template is not None else None
    decision: Decision = "partial" if is_open else "template" if template is not None else "lift"
    level, reasons = _level(chain)
    return Decided(run.chain, decision, level, reasons, template, kept, default, lift, lead, chain)


def _template_of(chain: Chain, run: Run, module_names: Container[str]) -> tuple[Template | None, int | None]:
    """The template of a run, if at least half of its branches fit; else the line of a name that cannot be a slot."""
    template = find_template(run.joining, local_names(chain.scopes))
    if _is_short(template, run):
        return None, None
    unknown = _unknown_slot(template, module_names)
    return (template, None) if unknown is None else (None, unknown)


def _lazy_template(chain: Chain, run: Run, absolute: Absolute) -> Template | None:
    """The template of branches that begin with an import of their own, which nothing else reads."""
    importing = [branch for branch in run.joining if own_imports(branch.body)]
    if not importing:
        return None
    template = find_template(importing, local_names(chain.scopes), absolute)
    if _is_short(template, run) or not imports_stay_inside(chain, template.members):
        return None
    others = tuple((branch, Differs("bodies-differ", branch.line)) for branch in run.joining if branch not in importing)
    return replace(template, odd=(*template.odd, *others))


def _is_short(template: Template, run: Run) -> bool:
    return len(template.members) < MINIMUM_TEXTS or 2 * len(template.members) < len(run.joining)


def _members(decided: Decided) -> tuple[Branch, ...]:
    if decided.lift is not None:
        return decided.lift.members
    return decided.template.members if decided.template is not None else ()


def _refused(chain: Chain, *reasons: Reason) -> Decided:
    return Decided(chain, "refuse", "display", reasons)


def _no_run(chain: Chain) -> Reason:
    """Why no two branches of a chain can leave together."""
    for branch in chain.branches:
        if isinstance(branch.test, Open):
            return reason(branch.test.code, branch.line)
        symbol = next((key for key in branch.keys if isinstance(key, Symbol)), None)
        if symbol is not None:
            return reason(symbol.code, branch.line)
        if not is_text_keyed(branch):
            return reason("key-not-text", branch.line)
    return reason("few-keys", chain.start_line)


def _refusals(chain: Chain) -> Iterator[Reason]:
    """Every fact that forbids a rewrite, in the order of the chain."""
    functions = [scope for scope in chain.scopes if isinstance(scope, (*FunctionNodes, ast.ClassDef))]
    if not functions or isinstance(functions[-1], ast.ClassDef):
        yield reason("module-level", chain.start_line)
    if chain.kind == "ifexp":
        yield reason("conditional-expression", chain.start_line)
    if not is_readable(chain.subject):
        yield reason("computed-subject", chain.subject.lineno)
    frame = reads_frame(chain.scopes, chain.nodes[0])
    if frame is not None:
        yield reason("frame-read", frame)
    for branch in chain.branches:
        if branch.test == Open("both-arms"):
            yield reason("both-arms", branch.line)
    if chain.kind == "siblings":
        for branch in chain.branches:
            if not _terminates(branch.body):
                yield reason("siblings-fall-through", branch.line)
                break


def _level(chain: Chain) -> tuple[Level, tuple[Reason, ...]]:
    if any(isinstance(node, (ast.Subscript, ast.Call)) for node in ast.walk(chain.subject)):
        code = None if is_text_method(chain.subject) else "item-subject"
        return ("unsafe", (reason(code, chain.subject.lineno),)) if code else ("safe", ())
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


def _kept(run: Run, members: Sequence[Branch], odd: Sequence[tuple[Branch, Differs]]) -> Iterator[Kept]:
    """The branches behind the first one that leaves, and why each stays."""
    reasons = {id(branch): differs for branch, differs in odd}
    leaving = {id(branch) for branch in members}
    for branch in run.chain.branches:
        if id(branch) in leaving:
            continue
        differs = reasons.get(id(branch))
        code, line = (differs.reason, differs.line) if differs else (run.why(branch), branch.line)
        yield Kept(branch, _texts(branch), line, code)


def _lead(chain: Chain, run: Run) -> Iterator[Kept]:
    """The branches in front of the part that is rewritten."""
    for branch in chain.branches:
        if branch is run.chain.branches[0]:
            return
        yield Kept(branch, _texts(branch), branch.line, stays_because(branch) or "before-open")


def _texts(branch: Branch) -> tuple[str, ...]:
    return tuple(key for key in branch.keys if isinstance(key, str))


def _captures(chain: Chain) -> bool:
    """Whether the default arm is a ``case`` that gives the subject a name of its own."""
    last = chain.nodes[-1]
    pattern = last.cases[-1].pattern if isinstance(last, ast.Match) else None
    return isinstance(pattern, ast.MatchAs) and pattern.name is not None


def _default_template(chain: Chain, template: Template, absolute: Absolute | None) -> Template | None:
    """The template with the default arm as one more member, if it is the same program with the same holes."""
    if chain.default is None or _captures(chain):
        return None
    bodies = [*(branch.body for branch in template.members), chain.default]
    holes = unify(bodies, local_names(chain.scopes), absolute if template.imports else None)
    if isinstance(holes, Differs) or len(holes) != len(template.holes):
        return None
    if any(one.kind != other.kind for one, other in zip(holes, template.holes, strict=True)):
        return None
    return replace(template, holes=holes, odd=())
