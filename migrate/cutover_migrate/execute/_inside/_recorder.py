"""A recorder stands for anything that the code does not make itself: it answers everything and logs what it is asked.

A recorder has only a label, which says where it comes from (`openai.OpenAI`, `arg m`, `make_a()#3`); all state is in
the run. Labels of module names are their import paths, so that one thing reached in two ways has one label.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from typing import Any

from cutover_migrate.execute._inside._canonical import call_text, canonical
from cutover_migrate.execute._inside._label import GLOBAL, VALUE, Labelled, kind_of, label_of
from cutover_migrate.execute._inside._run import NOW


class Recorder(Labelled):
    """Answers everything, by the schedule of the run."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            if name in ("__name__", "__qualname__"):
                return tail_of(self)
            raise AttributeError(name)
        return read(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        NOW.run.event(f"set {label_of(self)}.{name} = {canonical(value)}")
        NOW.run.stored[label_of(self), name] = value

    def __delattr__(self, name: str) -> None:
        NOW.run.event(f"delete {label_of(self)}.{name}")
        NOW.run.stored.pop((label_of(self), name), None)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return call(self, args, options)

    def __await__(self) -> Generator[None, None, Any]:
        number = NOW.run.event(f"await {label_of(self)}")
        return made(f"(await {label_of(self)})#{number}")
        yield

    def __iter__(self) -> Iterator[Any]:
        NOW.run.event(f"iterate {label_of(self)}")
        for index in range(NOW.run.schedule.count(label_of(self))):
            NOW.run.event(f"next of {label_of(self)}")
            yield made(f"{label_of(self)}[{index}]")

    def __next__(self) -> Any:
        number = NOW.run.event(f"next of {label_of(self)}")
        return made(f"next({label_of(self)})#{number}")

    async def __aiter__(self) -> AsyncIterator[Any]:
        NOW.run.event(f"iterate {label_of(self)} (async)")
        for index in range(NOW.run.schedule.count(label_of(self))):
            NOW.run.event(f"await next of {label_of(self)}")
            yield made(f"{label_of(self)}[{index}]")

    async def __anext__(self) -> Any:
        number = NOW.run.event(f"await next of {label_of(self)}")
        return made(f"anext({label_of(self)})#{number}")

    def __enter__(self) -> Any:
        NOW.run.event(f"enter {label_of(self)}")
        return made(f"{label_of(self)}.entered")

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        NOW.run.event(f"exit {label_of(self)} {error_text(error)}")

    async def __aenter__(self) -> Any:
        NOW.run.event(f"await enter {label_of(self)}")
        return made(f"{label_of(self)}.entered")

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        NOW.run.event(f"await exit {label_of(self)} {error_text(error)}")

    def __bool__(self) -> bool:
        label = label_of(self)
        if kind_of(self) != VALUE:
            NOW.run.step()
            return NOW.run.schedule.truth(f"bool {label}")
        NOW.run.note(f"truth of {label}")
        return NOW.run.ask(f"bool {label}")

    def __len__(self) -> int:
        NOW.run.note(f"length of {label_of(self)}")
        return NOW.run.schedule.count(label_of(self))

    def __contains__(self, item: Any) -> bool:
        return question(f"{canonical(item)} in {label_of(self)}")

    def __getitem__(self, item: Any) -> Any:
        key = (label_of(self), f"[{canonical(item)}]")
        NOW.run.step()
        if key not in NOW.run.silent:
            NOW.run.event(f"item {key[0]}{key[1]}")
        return NOW.run.stored[key] if key in NOW.run.stored else made("".join(key))

    def __setitem__(self, item: Any, value: Any) -> None:
        key = (label_of(self), f"[{canonical(item)}]")
        NOW.run.event(f"set {key[0]}{key[1]} = {canonical(value)}")
        NOW.run.stored[key] = value

    def __delitem__(self, item: Any) -> None:
        NOW.run.event(f"delete {label_of(self)}[{canonical(item)}]")

    def __eq__(self, other: object) -> bool:
        return other is self or question(f"{label_of(self)} == {canonical(other)}")

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(label_of(self))

    def __int__(self) -> int:
        return NOW.run.schedule.draw(f"int {label_of(self)}", below=3)

    def __float__(self) -> float:
        return float(int(self))

    def __index__(self) -> int:
        return int(self)

    def __str__(self) -> str:
        NOW.run.step()
        return f"<{label_of(self)}>"

    def __repr__(self) -> str:
        return str(self)

    def __format__(self, how: str) -> str:
        return f"<{label_of(self)}:{how}>" if how else str(self)

    def __fspath__(self) -> str:
        return str(self)

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8", "backslashreplace")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return ()


def tail_of(recorder: Recorder) -> str:
    """The last name of a label."""
    return label_of(recorder).rpartition(".")[2].rpartition(" ")[2]


def made(label: str) -> Any:
    """The value of that label: a recorder, or now and then None, a text or a number."""
    schedule = NOW.run.schedule
    if not schedule.plain:
        drawn = schedule.draw(f"value {label}", below=24)
        if drawn < len(ODD_VALUES):
            return ODD_VALUES[drawn]
    return Recorder(label)


ODD_VALUES = (None, "text", 3)


def question(text: str) -> bool:
    """Log a question and answer it."""
    NOW.run.event(text)
    return NOW.run.ask(text)


def read(recorder: Recorder, name: str) -> Any:
    """Read an attribute. Reads along a path from a module name are not logged: nothing can be seen of them."""
    run = NOW.run
    run.step()
    label, key = label_of(recorder), (label_of(recorder), name)
    if key in run.stored:
        if key not in run.silent:
            run.note(f"read {label}.{name}")
        return run.stored[key]
    if kind_of(recorder) == GLOBAL:
        return NOW.run.make(f"{label}.{name}")
    if key not in run.silent:
        run.note(f"read {label}.{name}")
    return NOW.run.make(f"{label}.{name}") if name in ERROR_NAMES else made(f"{label}.{name}")


ERROR_NAMES: set[str] = set()


def call(recorder: Recorder, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """Call it: log, drive the code's own functions among the arguments, give a result."""
    run = NOW.run
    label, given = label_of(recorder), call_text(args, options)
    if f"{label}({given})" in run.answers:
        run.step()
        return run.answers[f"{label}({given})"]
    number = run.event(f"call {label}({given})")
    for each in (*args, *options.values()):
        run.drain(each)
    if label.endswith(".keys") and not given:
        return ["first"]
    return made(f"{tail_of(recorder)}()#{number}")


def error_text(error: BaseException | None) -> str:
    """An error as text, for what is told of it."""
    return "" if error is None else f"with {canonical(error)}"


def _operator(symbol: str) -> Callable[[Recorder, Any], Any]:
    def operate(self: Recorder, other: Any) -> Any:
        text = f"{label_of(self)} {symbol} {canonical(other)}"
        NOW.run.event(text)
        return made(f"({text})")

    return operate


def _reflected(symbol: str) -> Callable[[Recorder, Any], Any]:
    def operate(self: Recorder, other: Any) -> Any:
        text = f"{canonical(other)} {symbol} {label_of(self)}"
        NOW.run.event(text)
        return made(f"({text})")

    return operate


def _comparison(symbol: str) -> Callable[[Recorder, Any], bool]:
    return lambda self, other: question(f"{label_of(self)} {symbol} {canonical(other)}")


def _unary(symbol: str) -> Callable[[Recorder], Any]:
    def operate(self: Recorder) -> Any:
        NOW.run.event(f"{symbol}{label_of(self)}")
        return made(f"({symbol}{label_of(self)})")

    return operate


OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "lshift": "<<",
    "rshift": ">>", "and": "&", "or": "|", "xor": "^", "matmul": "@", "divmod": "divmod",
}  # fmt: skip
for _name, _symbol in OPERATORS.items():
    setattr(Recorder, f"__{_name}__", _operator(_symbol))
    setattr(Recorder, f"__r{_name}__", _reflected(_symbol))
for _name, _symbol in {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
    setattr(Recorder, f"__{_name}__", _comparison(_symbol))
for _name, _symbol in {"neg": "-", "pos": "+", "invert": "~", "abs": "abs "}.items():
    setattr(Recorder, f"__{_name}__", _unary(_symbol))
