"""The head of a loop over a chain: which chain, and under which names provider and number go.

``for p in chain``, ``for i, p in enumerate(chain)`` (with or without a start), and ``for i in range(len(chain))`` whose
first statement is ``p = chain[i]``.

Example: ``header_of(loop).chain``
"""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """A loop's head: the `chain` expression, the names of provider and number, and the number of the first attempt."""

    loop: ast.For
    chain: ast.expr
    provider: str
    index: str | None = None
    start: int = 0
    item: ast.Assign | None = None

    @property
    def body(self) -> list[ast.stmt]:
        """The statements of the loop, without the one that reads the provider off the chain."""
        return self.loop.body if self.item is None else self.loop.body[1:]


def header_of(loop: ast.For) -> Header | None:
    """Read a loop's head; ``None`` where it is of no known form."""
    match loop:
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(id=index), ast.Name(id=provider)]),
            iter=ast.Call(func=ast.Name(id="enumerate"), args=[chain, *more], keywords=keywords),
        ):
            start = _start(more, keywords)
            return None if start is None else Header(loop, chain, provider, index, start)
        case ast.For(
            target=ast.Name(id=index),
            iter=ast.Call(
                func=ast.Name(id="range"),
                args=[ast.Call(func=ast.Name(id="len"), args=[ast.Name() as chain], keywords=[])],
                keywords=[],
            ),
        ):
            return _by_number(loop, chain, index)
        case ast.For(target=ast.Name(id=provider), iter=ast.Call(func=ast.Name(id="range" | "enumerate" | "zip"))):
            return None
        case ast.For(target=ast.Name(id=provider), iter=chain):
            return Header(loop, chain, provider)
        case _:
            return None


def _start(more: list[ast.expr], keywords: list[ast.keyword]) -> int | None:
    match more, keywords:
        case [], []:
            return 0
        case ([ast.Constant(value=int(start))], []) | (
            [],
            [ast.keyword(arg="start", value=ast.Constant(value=int(start)))],
        ):
            return start
        case _:
            return None


def _by_number(loop: ast.For, chain: ast.Name, index: str) -> Header | None:
    match loop.body[0]:
        case (
            ast.Assign(
                targets=[ast.Name(id=provider)],
                value=ast.Subscript(value=ast.Name(id=read), slice=ast.Name(id=number)),
            ) as item
        ) if read == chain.id and number == index and len(loop.body) > 1:
            return Header(loop, chain, provider, index, 0, item)
        case _:
            return None
