"""Alias fixes in forms that stay: every spelling but ``if provider == alias: provider = name``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cutover_migrate.find._source import Source
from cutover_migrate.find.kept._form import KeptForm, text_of


def kept_aliases(source: Source) -> Iterator[KeptForm]:
    """Alias fixes in other spellings than ``if p == alias: p = name``."""
    tables = dict(_text_tables(source.tree.body))
    further = {id(below) for node in source.nodes if isinstance(node, ast.If) for below in node.orelse[:1]}
    for node in source.nodes:
        if not isinstance(node, (ast.Assign, ast.If, ast.Match)) or (isinstance(node, ast.If) and id(node) in further):
            continue
        pairs = dict(_renamed(node, tables))
        if pairs:
            names = tuple(name for pair in pairs.items() for name in pair)
            yield KeptForm("alias", node, names, "it is not written as `if provider == alias: provider = name`")


def _text_tables(body: list[ast.stmt]) -> Iterator[tuple[str, ast.Dict]]:
    for node in body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as table)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() as table)
            ):
                yield name, table


def _renamed(node: ast.AST, tables: dict[str, ast.Dict]) -> Iterator[tuple[str, str]]:
    """The (alias, name) pairs of a statement that gives its subject another name."""
    match node:
        case ast.Assign(targets=[target], value=ast.IfExp(test=test, body=body, orelse=kept)):
            name = text_of(body)
            if name is not None and ast.unparse(kept) == ast.unparse(target):
                yield from ((alias, name) for alias in _asked(test, target))
        case ast.Assign(
            targets=[target], value=ast.Call(func=ast.Attribute(value=table, attr="get"), args=[key, fallback])
        ) if ast.unparse(target) == ast.unparse(key) == ast.unparse(fallback):
            yield from _pairs(table, tables)
        case ast.If(
            test=ast.Compare(left=key, ops=[ast.In()], comparators=[ast.Name() as table]),
            body=[ast.Assign(targets=[target], value=ast.Subscript(value=ast.Name(id=read), slice=index))],
        ) if read == table.id and ast.unparse(key) == ast.unparse(target) == ast.unparse(index):
            yield from _pairs(table, tables)
        case ast.If(
            test=test, body=[ast.Assign(targets=[target], value=ast.Constant(value=str() as name))], orelse=more
        ):
            yield from ((alias, name) for alias in _asked(test, target))
            yield from (pair for below in more[:1] for pair in _renamed(below, tables))
        case ast.If(
            test=ast.Compare(left=ast.Name() as target) as test,
            body=[ast.Return(value=ast.Constant(value=str() as name))],
        ):
            yield from ((alias, name) for alias in _asked(test, target))
        case ast.Match(subject=subject, cases=cases):
            yield from (pair for case in cases for pair in _matched(case, subject))


def _matched(case: ast.match_case, subject: ast.expr) -> Iterator[tuple[str, str]]:
    match case:
        case ast.match_case(
            pattern=ast.MatchValue(value=ast.Constant(value=str() as alias)),
            body=[ast.Assign(targets=[target], value=ast.Constant(value=str() as name))],
        ) if ast.unparse(target) == ast.unparse(subject):
            yield alias, name


def _asked(test: ast.expr, target: ast.expr) -> Iterator[str]:
    """The texts that a test compares a target with, its own methods left out: ``p.lower() == "hug"`` asks ``p``."""
    if not isinstance(test, ast.Compare):
        tests = test.values if isinstance(test, ast.BoolOp) else []
        yield from (alias for each in tests for alias in _asked(each, target))
        return
    sides = [test.left, *test.comparators]
    subject = ast.unparse(target)
    if any(
        ast.unparse(side).split("(")[0].rpartition(".")[0] == subject or ast.unparse(side) == subject for side in sides
    ):
        texts = (text_of(item) for side in sides for item in (side, *getattr(side, "elts", ())))
        yield from (text for text in texts if text is not None)


def _pairs(table: ast.expr, tables: dict[str, ast.Dict]) -> Iterator[tuple[str, str]]:
    found = tables.get(table.id) if isinstance(table, ast.Name) else table
    if isinstance(found, ast.Dict):
        for key, value in zip(found.keys, found.values, strict=True):
            alias, name = text_of(key), text_of(value)
            if alias is not None and name is not None:
                yield alias, name
