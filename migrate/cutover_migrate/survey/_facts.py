"""What a scan says of a site, as plain data: no tree, small, and the same whoever worked it out.

A whole package is scanned by several processes and remembered between runs; what they hand over are facts. The tree of
a file is parsed again only where its sites are really rewritten or shown in full.

Example: ``facts_from_json(facts_json(facts)) == facts``
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from cutover_migrate.find import decoy_of
from cutover_migrate.rewrite import Decided, Reason, reason, text_keys


@dataclass(frozen=True)
class KeptFact:
    """A branch that stays in place, in front of the site or behind it."""

    keys: tuple[str, ...]
    line: int
    reason: str


@dataclass(frozen=True)
class Facts:
    """One site; ``covers`` are the lines that an edit would take in, ``number`` its place among the file's chains."""

    id: str
    path: str
    number: int
    kind: str
    function: str
    subject: str
    start_line: int
    end_line: int
    covers: tuple[int, int]
    branches: int
    keyed: int
    keys: tuple[str, ...]
    decision: str
    form: str
    level: str
    codes: tuple[tuple[str, int], ...]
    kept: tuple[KeptFact, ...]
    dispatches: bool
    decoy: str
    definitions: tuple[str, ...]

    @property
    def is_rewritten(self) -> bool:
        """Whether the chain gets a registry arm."""
        return self.decision != "refuse"

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons, with the ledger's sentences."""
        return tuple(reason(code, line) for code, line in self.codes)


def facts_of(
    site_id: str, path: str, number: int, decided: Decided, *, subject: str, definitions: frozenset[str]
) -> Facts:
    """The facts of one decision."""
    found, chain = decided.found, decided.chain
    template = decided.template
    return Facts(
        id=site_id,
        path=path,
        number=number,
        kind=found.kind,
        function=found.function,
        subject=subject,
        start_line=found.start_line,
        end_line=found.end_line,
        covers=(chain.start_line, chain.end_line),
        branches=len(found.branches),
        keyed=len(found.keyed),
        keys=tuple(dict.fromkeys(key for branch in found.branches for key in text_keys(branch))),
        decision=decided.decision,
        form=decided.form,
        level=decided.level,
        codes=tuple((why.code, why.line) for why in decided.reasons),
        kept=tuple(KeptFact(kept.keys, kept.line, kept.reason) for kept in (*decided.lead, *decided.kept)),
        dispatches=template is None or any(hole.kind != "value" for hole in template.holes),
        decoy=decoy_of(found) or "",
        definitions=tuple(sorted(definitions)),
    )


def refused_facts(facts: Facts, code: str) -> Facts:
    """The same site, refused; no edit covers a part of it alone any more."""
    return replace(
        facts,
        covers=(facts.start_line, facts.end_line),
        decision="refuse",
        form="",
        level="display",
        codes=((code, facts.covers[0]),),
        kept=(),
    )


def facts_json(facts: Facts) -> dict[str, Any]:
    """Facts as JSON."""
    return asdict(facts)


def facts_from_json(data: dict[str, Any]) -> Facts:
    """Facts from their JSON; raises ``KeyError`` or ``TypeError`` where it is none of ours."""
    values = {field.name: data[field.name] for field in fields(Facts)}
    for name in ("covers", "keys", "definitions"):
        values[name] = tuple(values[name])
    values["codes"] = tuple((str(code), int(line)) for code, line in values["codes"])
    values["kept"] = tuple(KeptFact(tuple(kept["keys"]), kept["line"], kept["reason"]) for kept in values["kept"])
    return Facts(**values)
