"""The functions around the sites of a file, legacy and rewritten side by side, each site at the same place in both."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from cutover_migrate.execute._inside._places import (
    Path,
    Place,
    block_at,
    chain_top,
    find_places,
    header,
    inner_of,
    mentions,
    place_pair,
    statement_at,
)
from cutover_migrate.execute._inside._subject import Subject, read_subject, subject_at, subject_from

Function = ast.FunctionDef | ast.AsyncFunctionDef
MODULE = "__cutover_module__"


@dataclass(frozen=True)
class Spot:
    """One site, or an alias fix, in a pair of functions."""

    site: str
    subject: Subject
    before: Place
    after: Place


@dataclass
class Pair:
    """One function before and after, the classes around it, and its sites."""

    name: str
    before: Function
    after: Function
    classes: tuple[str, ...]
    spots: list[Spot] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


def pair_functions(
    before: ast.Module,
    after: ast.Module,
    symbols: Mapping[str, str],
    *,
    lines: Mapping[str, int],
    subjects: Mapping[str, str],
    normalisers: set[str],
) -> tuple[list[Pair], dict[str, str]]:
    """The functions with sites, and why the sites that are in none are left out.

    Args:
        before: The legacy file.
        after: The rewritten file.
        symbols: Names of the sites by their symbol.
        lines: First lines of the chains in the legacy file, by the name of the site, where known.
        subjects: What the chains ask, as source, by the name of the site, where known.
        normalisers: Names under which the file has `normalize_provider_name`.
    """
    pairs: dict[str, Pair] = {}
    reasons: dict[str, str] = {}
    for symbol, site in symbols.items():
        path = next(find_places(after.body, symbol), None)
        if path is None:
            reasons[site] = f"nothing in the rewritten file reads {symbol}"
            continue
        pair = _pair_at(before, after, path, pairs)
        if isinstance(pair, str):
            reasons[site] = pair
            continue
        found = _spot(pair, site, symbol, line=lines.get(site), known=subjects.get(site))
        if isinstance(found, str):
            pair.failures[site] = found
        else:
            pair.spots.append(found)
    for pair in pairs.values():
        _add_aliases(pair, normalisers)
    pairs |= _alias_fixes(before, after, normalisers, {pair.name for pair in pairs.values()})
    return list(pairs.values()), reasons


def _pair_at(before: ast.Module, after: ast.Module, path: Path, pairs: dict[str, Pair]) -> Pair | str:
    """The pair of functions around a place of the rewritten file, or why there is none."""
    holders = list(_holders(after.body, path))
    classes: list[str] = []
    for node in holders:
        if isinstance(node, ast.ClassDef):
            classes.append(node.name)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return _functions(before, after, node, classes, pairs)
    if classes:
        return "the site stands in the body of a class"
    if MODULE not in pairs:
        pairs[MODULE] = Pair("", _as_function(before), _as_function(after), ())
    return pairs[MODULE]


def _functions(
    before: ast.Module, after: ast.Module, node: Function, classes: list[str], pairs: dict[str, Pair]
) -> Pair | str:
    name = ".".join([*classes, node.name])
    rewritten = [each for known, each in definitions(after.body) if known == name]
    legacy = [each for known, each in definitions(before.body) if known == name]
    ordinal = next(index for index, each in enumerate(rewritten) if each is node)
    if ordinal >= len(legacy):
        return f"the legacy file has no {name}"
    key = f"{name}#{ordinal}"
    if key not in pairs:
        pairs[key] = Pair(name, legacy[ordinal], node, tuple(classes))
    return pairs[key]


def definitions(statements: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Function]]:
    """The functions of a module and of its classes, by their dotted name, those in other functions apart."""
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            yield from definitions(statement.body, f"{prefix}{statement.name}.")
        else:
            for name in ("body", "orelse", "finalbody"):
                yield from definitions(getattr(statement, name, None) or [], prefix)
            for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                yield from definitions(part.body, prefix)


def compared_with(node: ast.AST, subject: str) -> Iterator[ast.expr]:
    """Everything that a subject is compared with somewhere in a tree."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Compare):
            sides = [inner.left, *inner.comparators]
            if any(ast.dump(side) == subject for side in sides):
                for side in (each for each in sides if ast.dump(each) != subject):
                    yield from side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
        elif isinstance(inner, ast.Match) and ast.dump(inner.subject) == subject:
            patterns = (each for case in inner.cases for each in ast.walk(case.pattern))
            yield from (each.value for each in patterns if isinstance(each, ast.MatchValue))


def needs_hash(node: ast.AST, subject: str) -> bool:
    """Whether a subject is looked up in anything but a tuple, a list or a text."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Compare) and ast.dump(inner.left) == subject:
            looked = zip(inner.ops, inner.comparators, strict=True)
            places = (place for operator, place in looked if isinstance(operator, ast.In | ast.NotIn))
            if any(not isinstance(place, ast.Tuple | ast.List | ast.Constant) for place in places):
                return True
    return False


def statements_at(statements: list[ast.stmt], place: Place) -> list[ast.stmt]:
    """The statements of a site."""
    index = place.path[-1]
    assert isinstance(index, int)
    return block_at(statements, place.path)[index : index + 1 if place.end is None else place.end]


def _spot(pair: Pair, site: str, symbol: str, *, line: int | None, known: str | None) -> Spot | str:
    path = next(find_places(pair.after.body, symbol), None)
    if path is None:
        return f"nothing in {pair.name} reads {symbol}"
    subject = subject_from(known) if known else subject_at(header(statement_at(pair.after.body, path)), symbol)
    if subject is None:
        return "its subject can be given no key"
    path = chain_top(pair.after.body, path, subject.dump)
    places = place_pair(pair.before.body, pair.after.body, path, subject=subject.dump, line=line)
    return "its place in the legacy function is not clear" if places is None else Spot(site, subject, *places)


def _alias_fixes(before: ast.Module, after: ast.Module, normalisers: set[str], known: set[str]) -> dict[str, Pair]:
    """The functions that have an alias fix and no site; the first fix in each is what is executed."""
    found: dict[str, Pair] = {}
    legacy = dict(definitions(before.body))
    for name, function in definitions(after.body):
        if name in known or name not in legacy or not any(mentions([function], each) for each in normalisers):
            continue
        pair = Pair(name, legacy[name], function, tuple(name.split(".")[:-1]))
        _add_aliases(pair, normalisers)
        if pair.spots:
            pair.spots[0] = replace(pair.spots[0], site=f"alias fix in {name}")
            found[name] = pair
    return found


def _add_aliases(pair: Pair, normalisers: set[str]) -> None:
    """Alias fixes compare a subject too, so it must have its key there already."""
    for name in normalisers:
        for number, path in enumerate(find_places(pair.after.body, name)):
            calls = [node for part in header(statement_at(pair.after.body, path)) for node in ast.walk(part)]
            fixed = [node for node in calls if isinstance(node, ast.Call) and ast.unparse(node.func) == name]
            subject = read_subject(fixed[0].args[0]) if fixed and fixed[0].args else None
            if subject is None:
                continue
            places = place_pair(pair.before.body, pair.after.body, path, subject=subject.dump)
            if places is not None:
                pair.spots.append(Spot(f"alias {number + 1}", subject, *places))


def _holders(statements: list[ast.stmt], path: Path) -> Iterator[ast.stmt]:
    for step, block in zip(path[:-1:2], path[1::2], strict=True):
        assert isinstance(step, int)
        assert isinstance(block, tuple)
        yield statements[step]
        statements = inner_of(statements[step], block)


def _as_function(tree: ast.Module) -> Function:
    made = ast.parse(f"def {MODULE}(): pass").body[0]
    assert isinstance(made, ast.FunctionDef)
    made.body = tree.body
    return made
