"""The scalar values of JSON text with their places in the bytes, also of text that is cut off or repeated line by line.

Masking works on these places, so that everything else of the text keeps every byte: order, spacing, escapes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Step: TypeAlias = str | int

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)("?)|([{}\[\],:])|([^\s{}\[\],:"]+)', re.DOTALL)


@dataclass(slots=True)
class Frame:
    """An open object or list; `marks` are its numbered names ("index": 2), which tell siblings of a stream apart."""

    kind: Literal["{", "["]
    step: Step
    marks: tuple[str, ...] = ()


@dataclass(slots=True)
class Leaf:
    """One scalar: its steps from the root, and where it stands (a text without its quotes)."""

    steps: tuple[Step, ...]
    start: int
    end: int
    text: bool
    frames: tuple[Frame, ...] = field(repr=False, default=())

    @property
    def lane(self) -> tuple[object, ...]:
        """What fragments of one text have in common over the events of a stream."""
        return (self.steps, tuple(frame.marks for frame in self.frames))


def leaves(text: str, start: int = 0, end: int | None = None, *, shortest: int = 0) -> Iterator[Leaf]:
    """Give the scalar values of the JSON text in this part; `shortest`: of numbers only those that long."""
    stack: list[Frame] = []
    naming = False
    for token in _TOKEN.finditer(text, start, len(text) if end is None else end):
        punctuation = token[3]
        if punctuation is not None:
            naming = _structure(punctuation, stack, naming=naming)
        elif token[4] is not None:
            _note_mark(stack, token[4])
            if len(token[4]) >= shortest:
                yield Leaf(tuple([frame.step for frame in stack]), *token.span(4), text=False)
        elif naming:
            stack[-1].step = token[1]
        else:
            yield Leaf(tuple([frame.step for frame in stack]), *token.span(1), text=True, frames=tuple(stack))


def _structure(punctuation: str, stack: list[Frame], *, naming: bool) -> bool:
    """Follow a bracket, comma or colon; give whether a name comes next."""
    if punctuation == "{":
        stack.append(Frame("{", ""))
        return True
    if punctuation == "[":
        stack.append(Frame("[", 0))
        return False
    if punctuation in "}]":
        if stack:
            stack.pop()
        return False
    if punctuation == "," and stack:
        top = stack[-1]
        if top.kind == "[" and isinstance(top.step, int):
            top.step += 1
        return top.kind == "{"
    return naming and punctuation != ":"


def _note_mark(stack: list[Frame], value: str) -> None:
    if stack and isinstance(stack[-1].step, str) and stack[-1].step.endswith("index"):
        stack[-1].marks = (*stack[-1].marks, f"{stack[-1].step}={value}")
