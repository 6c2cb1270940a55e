"""Which module a safe-import helper imports for an argument, where its source says so plainly.

`import_module(f"src.services.{name}_client")` and its like are worked out; a helper that looks the module up elsewhere
says nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from cutover_migrate.certificate._syntax import FUNCTIONS, FunctionNode, walk

_IMPORTERS = frozenset({"__import__", "import_module"})
_TEXT_METHODS = frozenset({"lower", "replace", "strip"})


def imported_by(helper: str, argument: str, module: ast.Module) -> str | None:
    """Give the module that `helper(argument, …)` imports; None where that cannot be told."""
    defined = [node for node in module.body if isinstance(node, FUNCTIONS) and node.name == helper]
    if len(defined) != 1 or not defined[0].args.args:
        return None
    function = defined[0]
    calls = [node for node in walk(function) if isinstance(node, ast.Call) and _is_importer(node.func)]
    if len(calls) != 1 or len(calls[0].args) != 1 or any(word.arg == "package" for word in calls[0].keywords):
        return None
    first = function.args.args[0].arg
    known = {first: ast.Constant(argument)} if first not in _stored(function) else {}
    return _text(calls[0].args[0], known | _assigned_once(function), hops=4)


def _is_importer(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    return name in _IMPORTERS


def _stored(function: FunctionNode) -> list[str]:
    return [node.id for node in walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def _assigned_once(function: FunctionNode) -> dict[str, ast.expr]:
    stored = _stored(function)
    found: dict[str, ast.expr] = {}
    for node in walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if stored.count(name) == 1:
                found[name] = value
    return found


def _text(node: ast.expr, known: Mapping[str, ast.expr], *, hops: int) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) if name in known and hops:
            return _text(known[name], known, hops=hops - 1)
        case ast.JoinedStr(values=parts):
            return _joined([_text(part, known, hops=hops) for part in parts])
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            return _text(value, known, hops=hops)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([_text(left, known, hops=hops), _text(right, known, hops=hops)])
        case ast.Call(func=ast.Attribute(value=owner, attr=method), args=args, keywords=[]):
            return _called(method, [_text(part, known, hops=hops) for part in (owner, *args)])
        case _:
            return None


def _called(method: str, texts: list[str | None]) -> str | None:
    if None in texts or (method != "format" and method not in _TEXT_METHODS):
        return None
    owner, *args = (text for text in texts if text is not None)
    if method == "format":
        return owner.replace("{}", args[0]) if len(args) == 1 and owner.count("{") == owner.count("{}") else None
    try:
        return str(getattr(owner, method)(*args))
    except TypeError:
        return None


def _joined(parts: list[str | None]) -> str | None:
    return None if None in parts else "".join(part for part in parts if part is not None)
