"""How a provider function is called and what it gives, read off the function itself, so that its stub behaves alike.

The kind comes from inspect. Whether a plain function gives a stream, and of what, is read from its annotation, its
name and its source (followed through `return other(…)`): nothing of it is executed.
"""

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from cutover_parity.arms._library import library_of

Kind: TypeAlias = Literal["sync", "coroutine", "generator", "async generator"]
Item: TypeAlias = Literal["object", "text", "bytes"]

_FARTHEST = 4
_GENERATORS = {"generator", "async generator"}
_ASYNCHRONOUS = {"coroutine", "async generator"}
_RUNNERS = {"run", "run_until_complete", "run_coroutine_threadsafe", "from_thread", "result"}
_STREAM_TYPES = ("Iterator", "Iterable", "Generator", "Stream")


@dataclass(frozen=True, slots=True)
class Shape:
    """The kind of a function, whether and of what it gives a stream, an asynchronous one perhaps, and its library."""

    kind: Kind
    stream: bool
    asynchronous: bool
    item: Item = "object"
    library: str = "httpx"


def shape_of(original: object, name: str) -> Shape:
    """Read the shape of a provider function that is known by `name`."""
    function = _function(original)
    kind = _kind(original, function)
    named = "stream" in name.lower() or any(word in _annotation(function) for word in _STREAM_TYPES)
    asynchronous = kind in _ASYNCHRONOUS or "Async" in _annotation(function)
    streams = named or kind in _GENERATORS
    shape = Shape(kind, stream=streams, asynchronous=asynchronous, library=library_of(function))
    return _followed(shape, function, _FARTHEST)


def _function(original: object) -> object:
    while isinstance(original, functools.partial):
        original = original.func
    if not inspect.isroutine(original) and callable(original) and not inspect.isclass(original):
        return getattr(type(original), "__call__", original)  # noqa: B004
    return inspect.unwrap(original) if callable(original) else original


def _kind(original: object, function: object) -> Kind:
    for candidate in (original, function):
        if inspect.isasyncgenfunction(candidate):
            return "async generator"
        if inspect.iscoroutinefunction(candidate):
            return "coroutine"
        if inspect.isgeneratorfunction(candidate):
            return "generator"
        if candidate is original and inspect.isroutine(original) and not _hands_coroutine_on(original, function):
            break
    return "sync"


def _hands_coroutine_on(original: object, function: object) -> bool:
    """Whether a plain wrapper of a coroutine function gives the coroutine to its caller, and runs it nowhere itself."""
    code = getattr(original, "__code__", None)
    return inspect.iscoroutinefunction(function) and code is not None and not _RUNNERS & set(code.co_names)


def _annotation(function: object) -> str:
    return str(getattr(function, "__annotations__", {}).get("return", ""))


def _followed(shape: Shape, function: object, farther: int) -> Shape:
    tree = tree_of(function)
    if tree is None:
        return shape
    for node in ast.walk(tree):
        if isinstance(node, ast.Yield) and (item := _item(node.value, tree)) is not None:
            return replace(shape, stream=True, item=item)
    for called in _handed_on(tree, function) if farther else ():
        kind = _kind(called, called)
        reached = replace(
            shape,
            stream=shape.stream or kind in _GENERATORS,
            asynchronous=shape.asynchronous or kind == "async generator",
        )
        found = _followed(reached, called, farther - 1)
        if found.stream:
            return found
    return shape


def tree_of(function: object) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    try:
        node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]  # type: ignore[arg-type]
    except (OSError, TypeError, SyntaxError, IndexError):
        return None
    return node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _item(value: ast.expr | None, tree: ast.AST) -> Item | None:
    if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str)):
        return "text"
    if isinstance(value, ast.Constant) and isinstance(value.value, bytes):
        return "bytes"
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return {"encode": "bytes", "decode": "text", "dumps": "text"}.get(value.func.attr, "object")  # type: ignore[return-value]
    if isinstance(value, ast.BinOp):
        return _item(value.left, tree)
    if isinstance(value, ast.Name):
        return _item_of_loop(value.id, tree)
    return "object" if value is not None else None


def _item_of_loop(name: str, tree: ast.AST) -> Item:
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor) and isinstance(node.target, ast.Name) and node.target.id == name:
            methods = {inner.attr for inner in ast.walk(node.iter) if isinstance(inner, ast.Attribute)}
            if methods & {"iter_lines", "aiter_lines", "iter_text", "aiter_text"}:
                return "text"
            if methods & {"iter_bytes", "aiter_bytes", "iter_raw", "aiter_raw", "iter_content"}:
                return "bytes"
    return "object"


def _handed_on(tree: ast.AST, function: object) -> Iterator[Callable[..., Any]]:
    names = getattr(function, "__globals__", {})
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Return | ast.YieldFrom) else None
        value = node.iter if isinstance(node, ast.For | ast.AsyncFor) else value
        value = value.value if isinstance(value, ast.Await) else value
        if isinstance(value, ast.Call):
            called = read_global(value.func, names)
            if inspect.isfunction(called):
                yield called


def read_global(node: ast.expr, names: Any) -> Any:
    """What a name, or a dotted path through modules, stands for; None if nothing or something else."""
    match node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=base, attr=attribute):
            holder = read_global(base, names)
            return vars(holder).get(attribute) if inspect.ismodule(holder) else None
        case _:
            return None
