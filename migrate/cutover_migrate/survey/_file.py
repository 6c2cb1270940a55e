"""One file's part of a scan: its chains, decided; or its outline alone, where it has none.

What comes out depends on the file's bytes, on the import root, and on the other files that a constant was looked up
in. A :class:`FileSurvey` says which those are, so that it can be remembered.

Example: ``survey_file(Source("chat.py", data), modules, constants)``
"""

from __future__ import annotations

import ast
import keyword
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cutover_migrate._resolve import resolved
from cutover_migrate.errors import NotPython
from cutover_migrate.find import Constants, KeyedTable, ModuleMap, Outline, Source, find_chains, find_tables, outline_of
from cutover_migrate.rewrite import Decided, TopNames, decide, header_comment, reason
from cutover_migrate.survey._facts import Facts, facts_from_json, facts_json, facts_of

OUR_NAMES = ("use_registry", "bind_providers")


@dataclass(frozen=True)
class FileSurvey:
    """One file's part. ``asked`` are the modules that were looked for and where they were, ``read`` the files read."""

    outline: Outline = field(default_factory=Outline)
    sites: tuple[Facts, ...] = ()
    tables: tuple[KeyedTable, ...] = ()
    failure: tuple[int, str] | None = None
    asked: tuple[tuple[str, str | None], ...] = ()
    read: tuple[tuple[str, str], ...] = ()


def survey_file(source: Source, modules: ModuleMap, constants: Constants) -> FileSurvey:
    """Survey one file."""
    constants.watch(source)
    try:
        tree = source.tree
    except NotPython as error:
        return FileSurvey(failure=(error.line, error.reason))
    facts, _ = decided_sites(source, modules, constants)
    asked, read = constants.watched()
    return FileSurvey(outline_of(tree), tuple(facts), tuple(find_tables(tree)), None, asked, read)


def decided_sites(source: Source, modules: ModuleMap, constants: Constants) -> tuple[list[Facts], list[Decided]]:
    """Every chain of a file with what was decided about it."""
    chains = find_chains(source.tree, data=source.data, is_key=constants.is_key(source.path))
    if not chains:
        return [], []
    names = TopNames(source)
    ordinals: dict[str, int] = {}
    facts, decisions = [], []
    for number, chain in enumerate(chains):
        place = f"{modules.name_of(source.path)}.{chain.function or '<module>'}"
        ordinals[place] = ordinals.get(place, 0) + 1
        known, definitions = resolved(chain, constants, source.path)
        decided = _told_losses(source, decide(known, names, partial(modules.absolute, source.path)))
        if decided.is_rewritten and any(name in names for name in OUR_NAMES):
            decided = refused(decided, "name-taken")
        if decided.lift is not None and not _is_module_name(modules.name_of(source.path)):
            decided = refused(decided, "file-name")
        site_id, subject = f"{place}.{ordinals[place]}", ast.unparse(chain.subject)
        facts.append(facts_of(site_id, source.path, number, decided, subject=subject, definitions=definitions))
        decisions.append(decided)
    return facts, decisions


def _is_module_name(name: str) -> bool:
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in name.split("."))


def refused(decided: Decided, code: str) -> Decided:
    """The same chain, refused."""
    return Decided(decided.found, "refuse", "display", (reason(code, decided.chain.start_line),))


def survey_json(survey: FileSurvey) -> dict[str, Any]:
    """A survey as JSON."""
    return {
        "outline": vars(survey.outline),
        "sites": [facts_json(facts) for facts in survey.sites],
        "tables": [(table.line, table.end_line, table.name, table.keys) for table in survey.tables],
        "failure": survey.failure,
        "asked": survey.asked,
        "read": survey.read,
    }


def survey_from_json(data: dict[str, Any]) -> FileSurvey:
    """A survey from its JSON; raises ``KeyError``, ``TypeError`` or ``ValueError`` where it is none of ours."""
    outline, failure = data["outline"], data["failure"]
    return FileSurvey(
        Outline(tuple(outline["imports"]), bool(outline["is_script"]), tuple(outline["defines"])),
        tuple(facts_from_json(facts) for facts in data["sites"]),
        tuple(KeyedTable(line, end, name, tuple(keys)) for line, end, name, keys in data["tables"]),
        None if failure is None else (int(failure[0]), str(failure[1])),
        tuple((module, path) for module, path in data["asked"]),
        tuple((path, digest) for path, digest in data["read"]),
    )


def _told_losses(source: Source, decided: Decided) -> Decided:
    """A site is not safe when a comment would go with its legacy arm and nothing is left to carry it."""
    if not decided.absorbs_default or decided.kept or decided.lead:
        return decided
    comment = header_comment(source, decided.chain)
    if comment is None:
        return decided
    return replace(decided, level="unsafe", reasons=(*decided.reasons, reason("comment-lost", comment.line)))
