"""The proof of one site: at every key, legacy code and registry code reduce to the same program.

The registry's code is in front of the legacy chain (`use_registry`), in front of what was kept of it
(`subject in SITE`), or alone (`provider_config = SITE.resolve(subject)`). Which statements belong to the site follows
from the legacy side.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cutover_migrate.certificate._axioms import (
    ADDITION,
    CONFIG_STAYS,
    FRAMES,
    FRESH_LOCAL,
    HASHABLE,
    LOOKUP,
    ONE_KEY,
    PACKAGE_MEMBER,
    PLAIN_TRUTH,
    SUBJECT_READ,
)
from cutover_migrate.certificate._chains import (
    begin_alike,
    chain_length,
    other_site,
    second_chains,
    without_common_cases,
)
from cutover_migrate.certificate._decide import Point, literal_keys, mentions
from cutover_migrate.certificate._forms import Guarded, Resolve, guarded_of, kept_first_of, resolve_of
from cutover_migrate.certificate._gaps import Comparer, Gap, Ledger
from cutover_migrate.certificate._handlers import Call, call_of
from cutover_migrate.certificate._index import Index
from cutover_migrate.certificate._lazy import imports_inlined, leading_imports
from cutover_migrate.certificate._lift import body_gap, lift_gap, rest_of
from cutover_migrate.certificate._obligations import Lift
from cutover_migrate.certificate._probes import UNKNOWN, probes
from cutover_migrate.certificate._records import Added, Different, KeyProof, Same, SiteProof
from cutover_migrate.certificate._scope import Scope
from cutover_migrate.certificate._specialise import Specialiser
from cutover_migrate.certificate._subjects import subject_axioms
from cutover_migrate.certificate._survey import Survey
from cutover_migrate.certificate._syntax import ends, first_line, identifiers, same, walk
from cutover_migrate.certificate._tables import Served, SiteTable
from cutover_migrate.certificate._template import Holes, Unprovable, fill, normal


@dataclass(frozen=True, slots=True)
class Region:
    """How many statements of either side are one site, and what stands against them."""

    old: int
    new: int
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class SitePlace:
    """One site about to be proved: both sides from its first statement on; `front` is that statement in full."""

    survey: Survey
    ledger: Ledger
    compare: Comparer
    old: Sequence[ast.stmt]
    new: Sequence[ast.stmt]
    scope: Scope
    front: ast.stmt | None
    guarded: Guarded | None
    resolve: Resolve | None


def prove_site(
    survey: Survey, ledger: Ledger, compare: Comparer, *, old: Sequence[ast.stmt], new: Sequence[ast.stmt], scope: Scope
) -> Region | None:
    """Prove the site that begins with the first registry statement; None if that is no registry code."""
    front = old[0] if old else None
    behind, ahead = without_common_cases(old, new)
    guarded = guarded_of(ahead[0], survey.sites)
    if guarded is not None:
        old, new = behind, ahead
    elif not begin_alike(old, new[0]):
        guarded = kept_first_of(new[0], survey.sites)
    first = guarded.body[0] if guarded is not None else new[0]
    resolve = resolve_of(first, survey.sites)
    if guarded is None and resolve is None:
        return None
    place = SitePlace(survey, ledger, compare, old, new, scope, front, guarded, resolve)
    fault = next(_faults(place), None)
    if fault is None and resolve is not None:
        region = _Prover(place, resolve).region()
        if region.old + region.new:
            return region
        fault = Gap("site-form", "the registry code here stands for no statement of the legacy code")
    width = 1 if guarded is not None or not old else 0
    return Region(width, 1, (fault or Gap("site-form", "the front does not resolve the provider first"),))


def _faults(place: SitePlace) -> Iterator[Gap]:
    """Give what is wrong with the form itself, whatever the key."""
    guarded, resolve, scope = place.guarded, place.resolve, place.scope
    if resolve is None:
        yield Gap(
            "site-form", "the branch of a registry test must begin with `provider_config = SITE.resolve(subject)`"
        )
        return
    if guarded is not None and (guarded.site != resolve.site or not same(guarded.subject, resolve.subject)):
        tested = f"site {place.survey.sites[guarded.site]!r} is tested with {ast.unparse(guarded.subject)!r}"
        yield Gap("site-form", f"{tested}, and then `{first_line(guarded.body[0])}`")
    if place.survey.stage == "applied" and (guarded is None or not guarded.live):
        site = place.survey.sites[resolve.site]
        yield Gap("site-stage", f"site {site!r}: the legacy arm is gone, and the stage is `applied`")
    if subject_axioms(resolve.subject) is None:
        yield Gap("site-subject", f"the subject {ast.unparse(resolve.subject)!r} is not a plain read")
    if scope.is_class:
        yield Gap("fresh-local", f"{resolve.local!r} would become an attribute of a class")
    if resolve.local in scope.mentioned:
        yield Gap("fresh-local", f"the legacy code around the site uses the name {resolve.local!r} already")
    if scope.sees_locals(place.old[0] if place.old else None):
        yield Gap("fresh-local", f"the function looks at its own local names, where {resolve.local!r} would show")


class _Prover:
    def __init__(self, place: SitePlace, resolve: Resolve) -> None:
        self.place = place
        self.resolve = resolve
        self.table: SiteTable = place.survey.tables[resolve.site]
        self.served_keys = place.survey.keys
        self.chain = 0
        self.held = place.scope.holds(resolve.subject)
        self.text_of = place.survey.texts.reader(place.scope.shadowed)
        self.index = Index(resolve.subject, place.survey.sites, self.text_of)

    def region(self) -> Region:
        """Prove every key, and say which statements that covers."""
        self.place.ledger.uses(CONFIG_STAYS, FRAMES, FRESH_LOCAL, LOOKUP, ONE_KEY, SUBJECT_READ)
        guarded = self.place.guarded
        if guarded is not None and guarded.live:
            self.chain = chain_length(self.place.old, self.resolve.subject, self.place.survey.sites)
            region, rest = Region(len(guarded.rest), 1), guarded.rest
            gaps = self.place.compare(self.place.old[: region.old], rest, self.place.scope)
            region = Region(region.old, region.new, tuple(gaps))
            self.place.ledger.proved(self._proof(region))
            return region
        return self._finished()

    # ---- which statements are the site's

    def _finished(self) -> Region:
        """Prove the first region that can be proved; or else say what stands against the largest."""
        sites, place = self.place.survey.sites, self.place
        whole = chain_length(place.old, self.resolve.subject, sites)
        mine = {*self.table.served, *self.table.rule.kept}
        again = second_chains(place.old[:whole], self.resolve.subject, self.text_of, mine=mine)
        site = other_site(place.new, self.resolve.site, sites)
        lengths = [*((first, site) for first in again if site), (whole, len(place.new))]
        for old, new in lengths:
            region = self._finished_region(old, new)
            proof = self._proof(region)
            if proof.valid:
                break
        place.ledger.proved(proof)
        return region

    def _finished_region(self, old: int, most: int) -> Region:
        sites = self.place.survey.sites
        self.chain = old
        length = self._template_length(old)
        new = 1 + length
        if resolve_of(self.place.new[0], sites) is None:
            new = chain_length(self.place.new[:most], self.resolve.subject, sites)
        if old and not self._legacy(UNKNOWN, old) and self._serves_all(new):
            lazy = leading_imports(self.place.old[old:]) if self._is_lazy(UNKNOWN) else []
            old = self.chain = old + len(lazy) + length
        return Region(old, new)

    def _serves_all(self, new: int) -> bool:
        """Tell whether what fell through the legacy chain is served by the template."""
        try:
            return ends(self._registry(UNKNOWN, self.place.new[:new]))
        except Unprovable:
            return True

    def _template_length(self, old: int) -> int:
        if self._calls_handler(self.place.new[1:2]):
            return 1
        for key in (*self.table.served, UNKNOWN):
            body = self._legacy(key, old)
            if body:
                return len(body) - (len(leading_imports(body)) if self._is_lazy(key) else 0)
        return 0

    def _calls_handler(self, template: Sequence[ast.stmt]) -> bool:
        """Tell whether a template is the call of a lifted branch, whatever the length of the branch."""
        slots = {part.attr for code in template for part in walk(code) if isinstance(part, ast.Attribute)}
        filled = (served.slots.get(slot) for served in self.table.served.values() for slot in slots)
        return any(reference is not None and reference.name in self.place.survey.handlers for reference in filled)

    # ---- the verdicts

    def _proof(self, region: Region) -> SiteProof:
        old = self.place.old[: max(region.old, self.chain)]
        legacy_keys = {key for code in old for key in literal_keys(code, self.resolve.subject, self.text_of)}
        hashed = self._note_tests(old)
        self.place.ledger.uses(*(subject_axioms(self.resolve.subject) or ()), *self.place.survey.texts.axioms)
        verdicts: dict[str | None, KeyProof] = {}
        others: list[KeyProof] = []
        for probe in probes(legacy_keys, self.place.survey.config, self.table.served, hashed=hashed):
            known = verdicts.get(probe.key)
            if known is None:
                verdicts[probe.key] = KeyProof(probe.key, self._verdict(probe.key, legacy_keys, region))
            elif isinstance(known.verdict, Same):
                others.append(KeyProof(probe.key, known.verdict, probe.kind))
        line = getattr(self.place.old[0] if self.place.old else self.place.new[0], "lineno", 1)
        keys = (*verdicts.values(), *others)
        return SiteProof(self.table.rule.name, self.place.survey.path, line, keys)

    def _note_tests(self, chain: Sequence[ast.stmt]) -> bool:
        """Note what the tests lean on; tells whether one looks the subject up in a set."""
        kinds = {type(node) for statement in chain for node in walk(statement)}
        self.place.ledger.uses(*([HASHABLE] if ast.Set in kinds else []))
        self.place.ledger.uses(*([PLAIN_TRUTH] if ast.BoolOp in kinds and self.place.scope.parameters else []))
        return ast.Set in kinds

    def _verdict(self, key: str | None, legacy: set[str], region: Region) -> Same | Added | Different:
        if key in self.table.joining:
            if key in legacy:
                reason = "its entry does not say `sites`, so whether the site serves it depends on an import"
                return Different(reason, "", "")
            self.place.ledger.uses(ADDITION)
            return Added("its entry names no `sites`: it joins where it fills the slots")
        try:
            gap = self._gap(key, region)
        except Unprovable as unprovable:
            at = getattr(unprovable.node, "lineno", None)
            where = f" (line {at})" if at else ""
            return Different(unprovable.reason + where, "", first_line(unprovable.node))
        if gap is not None:
            return Different(gap.reason, gap.legacy, gap.registry)
        return Same("table" if key in self.table.served else "rest")

    def _gap(self, key: str | None, region: Region) -> Gap | None:
        guarded = self.place.guarded
        if guarded is None or not guarded.live:
            registry = self._registry(key, self.place.new[: region.new])
            return self._parting(key, self._legacy(key, region.old), registry)
        if key not in self.table.served:
            if not region.gaps:
                return None
            return self._parting(key, self._legacy(key, region.old), self._registry(key, guarded.rest))
        registry = self._registry(key, guarded.body)
        legacy = self._legacy(key, len(self.place.old) if self._never_passes(registry) else region.old)
        return self._parting(key, legacy, registry)

    def _never_passes(self, registry: Sequence[ast.stmt]) -> bool:
        """Tell whether nothing runs behind these statements, also where it is a handler that always raises."""
        call = call_of(registry[0], self.place.survey.handlers) if registry else None
        return ends(registry) or (call is not None and ends(call.body()))

    def _parting(self, key: str | None, legacy: list[ast.stmt], registry: list[ast.stmt]) -> Gap | None:
        if same(legacy, registry):
            return None
        call = call_of(registry[0], self.place.survey.handlers) if registry else None
        if call is not None:
            return self._lifted(key, legacy, registry, call)
        if self._is_lazy(key):
            legacy, registry = self._inlined(legacy), self._inlined(registry)
        if "getattr" not in self.place.survey.rebound:
            legacy, registry = normal(legacy), normal(registry)
        gap = next(self.place.compare(legacy, registry, self.place.scope), None)
        if gap is None:
            return None
        return self._undecided(legacy, gap) or gap

    def _lifted(self, key: str | None, legacy: list[ast.stmt], registry: list[ast.stmt], call: Call) -> Gap | None:
        self.place.ledger.handlers.add(call.handler.name)
        gap = body_gap(call, legacy)
        if gap is not None:
            return self._undecided(legacy, gap) or gap
        place, length = self.place, len(call.body())
        lift = Lift(place.ledger.flows, place.scope, call, legacy[:length], place.front)
        line = getattr(place.new[0], "lineno", 1)
        gap = lift_gap(lift, place.ledger, site_line=line)
        return gap or self._parting(key, legacy[length:], rest_of(call, registry))

    def _undecided(self, legacy: list[ast.stmt], gap: Gap) -> Gap | None:
        match legacy:
            case [ast.If(test=test), *_] if mentions(test, self.resolve.subject):
                reason = f"the test `{ast.unparse(test)}` cannot be decided at this key"
                return Gap("open-test", reason, gap.legacy, gap.registry, gap.line)
            case _:
                return None

    def _inlined(self, body: list[ast.stmt]) -> list[ast.stmt]:
        inlined, names = imports_inlined(body, self.place.survey.module_of)
        chain = self.place.old[: max(1, self.chain)]
        inside = [name for statement in chain for name in identifiers(statement)]
        around = list(identifiers(self.place.scope.owner))
        for name in names:
            if around.count(name) != inside.count(name):
                raise Unprovable(f"{name!r}, which the branch imports, is used outside of the chain")
        self.place.ledger.uses(PACKAGE_MEMBER)
        return inlined

    def _is_lazy(self, key: str | None) -> bool:
        served = self.table.at(key)
        return served is not None and served.lazy

    # ---- both sides at a key

    def _legacy(self, key: str | None, length: int) -> list[ast.stmt]:
        return self._specialiser(key).residual(self.place.old[:length])

    def _registry(self, key: str | None, code: Sequence[ast.stmt]) -> list[ast.stmt]:
        return self._specialiser(key).residual(code)

    def _specialiser(self, key: str | None) -> Specialiser:
        scope, subject = self.place.scope, self.resolve.subject
        at = Point(subject, key, self.served_keys, scope.parameters, text_of=self.text_of)

        def fills(resolve: Resolve, template: Sequence[ast.stmt]) -> list[ast.stmt]:
            return self._filled(resolve, template, key)

        return Specialiser(at, self.place.survey.sites, fills, held=self.held, index=self.index)

    def _filled(self, resolve: Resolve, template: Sequence[ast.stmt], key: str | None) -> list[ast.stmt]:
        if not same(resolve.subject, self.resolve.subject):
            raise Unprovable(f"{ast.unparse(resolve.subject)!r} is resolved, and the chain is over another subject")
        table = self.place.survey.tables[resolve.site]
        holes = Holes(
            served=_served(table, key),
            local=resolve.local,
            shadowed=self.place.scope.shadowed,
        )
        filled, axioms = fill(template, holes)
        self.place.ledger.uses(*axioms)
        return filled


def _served(table: SiteTable, key: str | None) -> Served:
    served = table.at(key)
    if served is None:
        raise Unprovable(f"site {table.rule.name!r} does not serve this key and has no default")
    if served.fault:
        raise Unprovable(served.fault)
    return served
