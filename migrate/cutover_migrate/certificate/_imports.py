"""The module level of a file: every name that went has to come back, and nothing else may come in.

After `apply` the bind lines must find all their names there; after `finish` they must bind the removed ones, each to
the same attribute of the same module, or by the same call of the module's own helper.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from cutover_migrate.certificate._axioms import (
    ADDITION,
    BIND,
    FRESH_GLOBAL,
    IMPORT_ORDER,
    LOAD_ANSWER,
    LOAD_NAMES,
    PACKAGE_MEMBER,
    PRIVATE_HOLDER,
)
from cutover_migrate.certificate._config import Entry
from cutover_migrate.certificate._gaps import Gap, Ledger
from cutover_migrate.certificate._helper import imported_by
from cutover_migrate.certificate._module import eager_reads, looks_at_names, may_bind, surely_bound
from cutover_migrate.certificate._references import identifier_of
from cutover_migrate.certificate._removals import Holder, Removals, Removed
from cutover_migrate.certificate._scope import bound_anywhere
from cutover_migrate.certificate._survey import REGISTRY_NAMES, BindLine, Survey, bind_line
from cutover_migrate.certificate._syntax import same
from cutover_migrate.certificate._tables import Bound, bound_names


def module_gaps(survey: Survey, ledger: Ledger, removals: Removals) -> Iterator[Gap]:
    """Give what is wrong at the module level."""
    if survey.binds or survey.imported:
        ledger.uses(BIND, FRESH_GLOBAL)
    yield from _names_of_registry(survey)
    unknown = [(bind, site) for bind in survey.binds for site in bind.sites if site not in survey.config.sites]
    for bind, site in unknown:
        yield Gap("bind", f"the config module has no site {site!r}", line=bind.line)
    if not unknown:
        yield from _Names(survey, ledger, removals).gaps()


def _names_of_registry(survey: Survey) -> Iterator[Gap]:
    line = survey.binds[0].line if survey.binds else 1
    for name in sorted((REGISTRY_NAMES & survey.used) - survey.imported - survey.mentioned):
        yield Gap("import", f"{name!r} is used and not imported", line=line)
    brought = {*survey.imported, *(variable for bind in survey.binds for variable in bind.variables)}
    for name in sorted(brought & survey.mentioned):
        yield Gap("fresh-global", f"the legacy file uses the name {name!r} already", line=line)
    stored = [name for name in bound_anywhere(survey.nodes) if name in brought] if brought else []
    for name in sorted({name for name in stored if stored.count(name) > 1}):
        yield Gap("fresh-global", f"{name!r} is bound more than once", line=line)
    if survey.binds and "globals" in survey.rebound:
        yield Gap("bind", "the legacy file gives `globals` another meaning", line=line)


class _Names:
    def __init__(self, survey: Survey, ledger: Ledger, removals: Removals) -> None:
        self.survey = survey
        self.ledger = ledger
        self.removed = {removed.name: removed for removed in removals.names}
        self.holders = removals.holders
        self.bound = {bind: bound_names(survey.config, bind.sites) for bind in survey.binds}

    def gaps(self) -> Iterator[Gap]:
        body = self.survey.new.body
        returned: dict[str, tuple[Bound, BindLine]] = {}
        for index, statement in enumerate(body):
            bind = bind_line(statement)
            if bind is None:
                continue
            there = surely_bound(body[:index])
            yield from self._bound_too_early(body, bind, there | returned.keys())
            for bound in self.bound[bind]:
                if bound.name not in there:
                    returned.setdefault(bound.name, (bound, bind))
        yield from self._brought_back(returned)
        yield from self._brought_in(returned)
        yield from self._holders_unread()
        yield from self._read_too_early(body)
        self._note_order([bound for bound, _ in returned.values()])
        self._note_place(returned)

    def _bound_too_early(self, body: Sequence[ast.stmt], bind: BindLine, there: set[str]) -> Iterator[Gap]:
        if bind.load is not None and bind.load not in there:
            yield Gap("bind", f"{bind.load!r} is not bound for certain before the bind line", line=bind.line)
        unsure = may_bind(body) - there
        for bound in self.bound[bind]:
            if bound.name in unsure:
                reason = f"{bound.name!r} is bound by the module itself, but not for certain before the bind line"
                yield Gap("bind", reason, line=bind.line)

    def _brought_back(self, returned: dict[str, tuple[Bound, BindLine]]) -> Iterator[Gap]:
        for removed in self.removed.values():
            if removed.name not in returned:
                yield Gap("import-lost", f"{removed.name!r} was imported, and nothing binds it", line=removed.line)
                continue
            bound, bind = returned[removed.name]
            reason = self._mismatch(removed, bound, bind)
            if reason:
                yield Gap("import-changed", f"{removed.name!r}: {reason}", line=removed.line)

    def _mismatch(self, removed: Removed, bound: Bound, bind: BindLine) -> str:
        if bound.new:
            return "only a provider without `sites` would bind it, which may fail silently"
        loaded = bind.load is not None and self._goes_through_load(bound, bind)
        if removed.holder is not None:
            return (
                self._mismatch_of_call(removed, removed.holder, bound, bind) if loaded else "the helper is not called"
            )
        if loaded:
            return f"it was a plain import, and comes from {bind.load!r}"
        if removed.origin is None or not removed.origin.means(bound.origin):
            return f"it was `{removed.origin and removed.origin.statement}`, and is bound by `{bound.origin.statement}`"
        if removed.origin != bound.origin:
            self.ledger.uses(PACKAGE_MEMBER)
        return ""

    def _goes_through_load(self, bound: Bound, bind: BindLine) -> bool:
        if bound.origin.attribute is None:
            return False
        return bind.load_by == "module_name" or bound.origin.module == bound.entry.module_name

    def _mismatch_of_call(self, removed: Removed, holder: Holder, bound: Bound, bind: BindLine) -> str:
        argument = _argument(bound, bind)
        if (holder.helper, holder.argument) != (bind.load, argument):
            return f"it came from {holder.helper}({holder.argument!r}, …), and comes from {bind.load}({argument!r}, …)"
        if removed.attribute != bound.origin.attribute:
            return f"it was {removed.attribute!r} of the helper's answer, and is {bound.origin.attribute!r}"
        asked = self._asked(bind, bound.entry, argument)
        if set(holder.names) != set(asked) or len(holder.names) != len(asked):
            return f"the helper was asked for {list(holder.names)!r}, and is asked for {asked!r}"
        module = imported_by(str(bind.load), argument, self.survey.old)
        if module is not None and module != bound.origin.module:
            return f"{bind.load}({argument!r}, …) imports {module!r}, and its entry says {bound.origin.module!r}"
        self.ledger.uses(
            *([LOAD_NAMES] if list(holder.names) != asked else []), *([LOAD_ANSWER] if removed.strict else [])
        )
        return ""

    def _asked(self, bind: BindLine, entry: Entry, argument: str) -> list[str]:
        return [
            str(bound.origin.attribute)
            for bound in self.bound[bind]
            if bound.name in self.removed
            and bound.entry.name == entry.name
            and self._goes_through_load(bound, bind)
            and _argument(bound, bind) == argument
        ]

    def _brought_in(self, returned: dict[str, tuple[Bound, BindLine]]) -> Iterator[Gap]:
        for name, (bound, bind) in returned.items():
            if name in self.removed:
                continue
            if bound.new and name not in self.survey.mentioned:
                self.ledger.uses(ADDITION)
                continue
            reason = f"the bind line would bind {name!r}, which the legacy module does not have"
            yield Gap("bind", reason, line=bind.line)

    def _holders_unread(self) -> Iterator[Gap]:
        for holder in self.holders.values():
            self.ledger.uses(PRIVATE_HOLDER)
            if holder.name in self.survey.used:
                yield Gap("import-lost", f"{holder.name!r} is still used, and nothing binds it", line=holder.line)
            if not any(removed.holder is holder for removed in self.removed.values()):
                yield Gap(
                    "import-lost", f"the safe import {holder.name!r} is gone, and was not made again", line=holder.line
                )

    def _read_too_early(self, body: Sequence[ast.stmt]) -> Iterator[Gap]:
        for index, statement in enumerate(body):
            bind = bind_line(statement)
            if bind is not None:
                waiting = {bound.name for bound in self.bound[bind]} & self.removed.keys()
                yield from _early(waiting | set(bind.variables), body[:index])
                yield from self._looked_at(waiting, body[:index])
            elif id(statement) in self.survey.inserted:
                yield from _early({alias.name for alias in getattr(statement, "names", [])}, body[:index])

    def _looked_at(self, waiting: set[str], before: Sequence[ast.stmt]) -> Iterator[Gap]:
        """Give a gap where code above the bind line could see in the namespace that a name is not there yet."""
        for statement in looks_at_names(before) if waiting else ():
            legacy = next((old.lineno for old in self.survey.old.body if same(old, statement)), 0)
            missing = sorted(name for name in waiting if self.removed[name].line < legacy)
            if missing and id(statement) not in self.survey.inserted:
                reason = f"the module's names are looked at, {missing[0]!r} among them, before the line that binds it"
                yield Gap("early-read", reason, line=statement.lineno)

    def _note_order(self, bound: list[Bound]) -> None:
        mine = [b for b in bound if b.name in self.removed]
        legacy = sorted(mine, key=lambda b: list(self.removed).index(b.name))
        moved = [b.origin.module for b in mine] != [b.origin.module for b in legacy]
        self.ledger.uses(*([IMPORT_ORDER] if moved else []))

    def _note_place(self, returned: dict[str, tuple[Bound, BindLine]]) -> None:
        gone = [self.removed[name].line for name in returned.keys() & self.removed.keys()]
        last = max((bind.line for bind in self.survey.binds), default=0)
        above = [statement for statement in self.survey.new.body if statement.lineno < last]
        own = [statement for statement in above if id(statement) not in self.survey.inserted]
        moved_over = [s for s in self.survey.old.body if gone and s.lineno > min(gone) and any(same(s, o) for o in own)]
        self.ledger.uses(*([IMPORT_ORDER] if moved_over else []))


def _early(names: set[str], before: Sequence[ast.stmt]) -> Iterator[Gap]:
    reads = eager_reads(before)
    for name in sorted(names & reads.keys()):
        yield Gap("early-read", f"{name!r} is read before the line that binds it", line=reads[name])


def _argument(bound: Bound, bind: BindLine) -> str:
    if bind.load_by == "module_name":
        return bound.origin.module
    return bound.entry.name if bind.load_by == "name" else identifier_of(bound.entry.name)
