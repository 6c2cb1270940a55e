"""Random functions with chains, and lifts of them that are right or wrong: running both decides which.

A seed makes one program. Its branches bind, read, close over, raise, loop and await at random; open tests stand around
the keyed ones, and keys are spelled as literals, constants or enum members. Captures and outputs are guessed, not
analysed. Nothing here is shared with the product.
"""

import ast
import itertools
import random
import types
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from cutover_registry import ProviderRegistry, hold_arm, use_registry

NAMES = ("a", "b", "c", "out")
GIVEN = ("m", "flag")
KEYS = ("near", "far")
PROBES = ("near", "far", "open", "Near", None)
MEMBERS = {"near": "NEAR", "far": "FAR"}
ENUMS = """\
from enum import StrEnum
NEAR = {near!r}
FAR = {far!r}
class P(StrEnum):
    NEAR = {near!r}
    FAR = {far!r}
"""
PARTS = (
    "{v} = near({r})",
    "{v} = far({r}, {s})",
    "{v} = {r}",
    "{v}, {w} = near({r}), {s}",
    "near(({v} := far({r})))",
    "{v} = [near(x) for x in ({r}, {s})]",
    "late.append(lambda: {r})",
    "near([f() for f in late])",
    "{v} += ({r},)",
    "def inner(x={r}):\n    return near((x, {s}))\n{v} = inner()",
    "if {r}:\n    {one}",
    "if {r}:\n    {one}\nelse:\n    {two}",
    "for x in ({r}, {s}):\n    {one}",
    "for {v} in (1, {r}):\n    if near({v}):\n        break",
    "with quietly(KeyError):\n    {one}\n    {two}",
    "try:\n    {one}\n    {two}\nexcept KeyError as {v}:\n    {three}",
    "try:\n    {one}\nfinally:\n    near({r})",
    "match {r}:\n    case ({v}, *_):\n        {one}\n    case _:\n        {two}",
    "raise KeyError({r})",
    "assert {r}, {s}",
    "{v}: object = {r}",
    "late.append(({r} for _ in (1,)))",
    "{v} = next(iter({r}))",
    "from src.near import thing as {v}",
    "{v} = late[-1]() if late else {r}",
    "del {v}",
    "{v} = (lambda {w}: near({w}))({r})",
    "def inner():\n    nonlocal {v}\n    {v} = near({r})\ninner()",
)
TAME = (*PARTS[:6], PARTS[8], *PARTS[10:15], *PARTS[16:18], *PARTS[19:21], *PARTS[22:24])
AWAITED = (
    "{v} = await later({r})",
    "async with gate({r}) as {v}:\n    {one}",
    "{v} = [x async for x in each({r}, {s})]",
)
PLACES = {
    "plain": "{pre}\n{chain}\n{post}",
    "loop": "{pre}\nfor m in (m, flag, 'last'):\n    {chain}\n    near({r})\n{post}",
    "caught": "{pre}\ntry:\n    {chain}\nexcept KeyError:\n    near(({r}, {s}))\n{post}",
    "attempts": (
"{pre}\nfor i in (0, 1):\n    try:\n        {chain}\n    except Exception as error:\n"
"        near(str(error))\n        continue\n    near({r})\n{post}"
),
    "finally": "{pre}\ntry:\n    {chain}\n    {one}\nfinally:\n    near({r})\n{post}",
    "with": "{pre}\nwith quietly(KeyError):\n    {chain}\n{post}",
    "closed": "{pre}\nlate.append(lambda: {r})\n{chain}\n{post}",
    "bumped": "{pre}\ndef bump():\n    nonlocal {v}\n    {v} = near({r})\nlate.append(bump)\n{chain}\n{post}",
}  # fmt: skip


@dataclass(frozen=True)
class Program:
    """One legacy module and a lift of it; `bodies` are the branches' texts by key, `takes` and `outs` were guessed."""

    place: str
    frame: str
    bodies: dict[str, str]
    takes: tuple[str, ...]
    outs: tuple[str, ...]
    returns: bool
    awaits: bool
    nested: bool
    opens: tuple[str, ...]
    spelling: str
    default: str

    def spelled(self, key: str) -> str:
        """The key as the chain writes it."""
        return self.spelling.format(name=MEMBERS[key], text=repr(key))

    def handlers(self) -> str:
        """The handlers' texts."""
        word, gives = "async def" if self.awaits else "def", ""
        if self.outs and not self.returns:
            gives = f"\nreturn {', '.join(self.outs)}"
        return "".join(
            f"{word} _pick_{key}({', '.join(self.takes)}):\n{shifted(self.bodies[key] + gives, 1)}\n" for key in KEYS
        )

    def call(self) -> str:
        """The template's line."""
        call = f"{'await ' if self.awaits else ''}provider_config.pick({', '.join(self.takes)})"
        if self.returns:
            return f"return {call}"
        return f"{', '.join(self.outs)} = {call}" if self.outs else call

    def chain(self, stage: str) -> str:
        """The chain's text at a stage."""
        arms = [(f"{self.opens[0]}", "out = near('open')")] if self.opens[0] else []
        front = f"provider_config = PICK.resolve(p)\n{self.call()}"
        if stage != "legacy":
            arms.append(("use_registry(PICK, p)" if stage == "applied" else "p in PICK", front))
        keyed = [(f"p == {self.spelled(key)}", self.bodies[key]) for key in KEYS] if stage != "finished" else []
        arms += keyed
        arms += [(f"{self.opens[1]}", "out = far('open')")] if self.opens[1] else []
        text = "".join(f"{'el' if at else ''}if {test}:\n{shifted(body, 1)}\n" for at, (test, body) in enumerate(arms))
        return text + f"else:\n{shifted(self.default, 1)}"

    def module(self, stage: str) -> str:
        """The file's text at a stage (`legacy` too)."""
        head = "from recorder import each, far, gate, late, later, near, quietly\nfrom src import enums\n"
        head += "from src.enums import FAR, NEAR, P\n"
        if stage != "legacy":
            names = "bind_providers, use_registry" if stage == "applied" else "bind_providers"
            head += f"from src.registry import {names}\n(PICK,) = bind_providers(globals(), 'pick')\n{self.handlers()}"
        body = filled(self.frame, {"chain": self.chain(stage)})
        word = "async def" if self.awaits else "def"
        function = f"{word} route(p, m, flag):\n{shifted(body, 1)}\n"
        if self.nested:
            inner = function.replace("route(p, m, flag)", "inside(p)").replace("\n", "\n    ")
            function = f"def route(p, m, flag):\n    {inner}\n    return inside(p)\n"
        return head + function

    def config(self, *, swapped: bool = False) -> str:
        """The config's text."""
        names = dict(zip(KEYS, reversed(KEYS) if swapped else KEYS, strict=True))
        entries = {key: {"sites": ["pick"], "slots": {"pick": f"._pick_{names[key]}"}} for key in KEYS}
        return f"SITES = {{'pick': {{'slots': ['pick']}}}}\nPROVIDER_CONFIGS = {entries!r}\n"


def shifted(text: str, by: int) -> str:
    return "\n".join("    " * by + line if line else line for line in text.splitlines())


def filled(text: str, parts: dict[str, str]) -> str:
    """Put texts of many lines into the holes, each at the depth of its hole."""
    lines = []
    for line in text.splitlines():
        hole = line.strip()
        if hole.startswith("{") and hole.endswith("}") and hole[1:-1] in parts:
            lines.append(shifted(parts[hole[1:-1]], (len(line) - len(line.lstrip())) // 4))
        else:
            lines.append(line)
    return "\n".join(lines)


class Maker:
    """Makes programs from one source of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def name(self) -> str:
        return self.chance.choice(NAMES)

    def read(self) -> str:
        return self.chance.choice((*NAMES, *GIVEN, "a", "m", "'bad'", "'x'"))

    def statement(self, pool: tuple[str, ...], depth: int = 0) -> str:
        part = self.chance.choice(pool[:7] if depth > 1 or self.chance.random() < 0.5 else pool)
        inner = {name: self.statement(pool, depth + 1) for name in ("one", "two", "three")} if "{one}" in part else {}
        holes = {"v": self.name(), "w": self.name(), "r": self.read(), "s": self.read()}
        text = filled(part, inner)
        for name, value in holes.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def block(self, pool: tuple[str, ...], most: int) -> str:
        return "\n".join(self.statement(pool) for _ in range(self.chance.randint(1, most)))

    def program(self) -> Program:
        chance = self.chance
        awaits, returns = chance.random() < 0.3, chance.random() < 0.3
        pool = (*PARTS, *AWAITED * 3) if awaits else PARTS
        bodies = {key: self.block(pool, 3) for key in KEYS}
        if awaits:
            bodies["near"] += f"\nout = await later({self.read()})"
        if returns:
            bodies = {key: f"{body}\nreturn near({self.read()})" for key, body in bodies.items()}
        bound = [name for name in NAMES if chance.random() < 0.85]
        pre = (
            "\n".join(
                [
                    *(f"{name} = ('{name}',)" for name in bound),
                    *([self.statement(PARTS)] if chance.random() < 0.2 else []),
                ]
            )
            or "pass"
        )
        kept = [name for name in NAMES if chance.random() < 0.5]
        post = f"near(({', '.join(kept)},))" if kept else "pass"
        post += "\nreturn out" if chance.random() < 0.5 else ""
        place = chance.choice(tuple(PLACES))
        frame = filled(PLACES[place], {"pre": pre, "post": post, "one": self.statement(PARTS, 2)})
        for name, value in {"v": self.name(), "r": self.read(), "s": self.read()}.items():
            frame = frame.replace(f"{{{name}}}", value)
        takes, outs = self.guess(bodies, pre, post if place in ("plain", "with") else frame)
        first = chance.random() < 0.3 and "p and 'open' in p"
        last = chance.random() < 0.3 and "p == 'open' or not p"
        return Program(
            place=place, frame=frame, bodies=bodies, takes=takes, outs=() if returns else outs, returns=returns,
            awaits=awaits, nested=chance.random() < 0.15, opens=(first or "", last or ""),
            spelling=chance.choice(("{text}", "{text}", "{name}", "enums.{name}", "P.{name}", "enums.P.{name}.value")),
            default=chance.choice(("pass", "out = near(m)", "raise LookupError(m)")),
        )  # fmt: skip

    def tame(self) -> Program:
        """A lift that is right: all names are bound before, handed in, and come back."""
        chance = self.chance
        awaits, returns = chance.random() < 0.3, chance.random() < 0.3
        bodies = {key: self.block(TAME, 4) for key in KEYS}
        if awaits:
            bodies["near"] += f"\nout = await later({self.read()})"
        if returns:
            bodies = {key: f"{body}\nreturn near({self.read()})" for key, body in bodies.items()}
        pre = "\n".join(f"{name} = ('{name}',)" for name in NAMES)
        place = "plain" if returns else chance.choice(("plain", "loop"))
        post = "near((a, b, c))\nreturn out"
        frame = filled(PLACES[place], {"pre": pre, "post": post}).replace("{r}", "a")
        return Program(
            place=place, frame=frame, bodies=bodies, takes=(*GIVEN, *NAMES), outs=() if returns else NAMES,
            returns=returns, awaits=awaits, nested=chance.random() < 0.2, opens=("", chance.choice(("", "not p"))),
            spelling=chance.choice(("{text}", "enums.{name}", "P.{name}", "P.{name}.value")), default="out = near(m)",
        )  # fmt: skip

    def guess(self, bodies: dict[str, str], pre: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        trees = [ast.parse(f"async def f():\n{shifted(body, 1)}") for body in bodies.values()]
        names = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)]
        bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
        read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        outs = [name for name in NAMES if name in bound and name in words(after)]
        there = [name for name in (*GIVEN, *NAMES) if name in GIVEN or f"{name} = (" in pre]
        takes = [name for name in there if name in read or name in outs]
        for chosen, pool in ((takes, (*GIVEN, *NAMES)), (outs, NAMES)):
            if self.chance.random() < 0.12 and chosen:
                chosen.remove(self.chance.choice(chosen))
            if self.chance.random() < 0.12:
                chosen.append(self.chance.choice(pool))
        return tuple(dict.fromkeys(takes)), tuple(dict.fromkeys(outs))


def words(text: str) -> set[str]:
    return {
        node.id
        for node in ast.walk(ast.parse(f"async def f():\n{shifted(text.replace('{chain}', 'pass'), 1)}"))
        if isinstance(node, ast.Name)
    }


def mutant(program: Program, chance: random.Random) -> tuple[str, Program, dict[str, object]]:
    """(name, program whose new texts are meant, options) of one change to a lift."""
    ways: dict[str, Callable[[], tuple[Program, dict[str, object]]]] = {
        "as guessed": lambda: (program, {}),
        "swapped handlers": lambda: (program, {"swapped": True}),
        "another enum value": lambda: (program, {"enums": {"near": "far", "far": "near"}}),
        "a key that is another": lambda: (program, {"enums": {"near": "other", "far": "far"}}),
        "a statement changed": lambda: (program, {"edit": lambda text: once(text, "near(", "far(", chance)}),
        "a statement lost": lambda: (program, {"edit": lambda text: without_line(text, chance)}),
        "outputs in another order": lambda: (program, {"edit": turned("return {}", program.outs)}),
        "captures in another order": lambda: (program, {"edit": turned("pick({})", program.takes)}),
        "no await": lambda: (program, {"edit": lambda text: text.replace("await provider_config", "provider_config")}),
        "an open branch lost": lambda: (program, {"shown": replace(program, opens=("", program.opens[1]))}),
        "the last open branch lost": lambda: (program, {"shown": replace(program, opens=(program.opens[0], ""))}),
        "the run moved": lambda: (program, {"edit": moved}),
        "another default": lambda: (program, {"shown": replace(program, default="out = near('default')")}),
        "a capture lost": lambda: (program, {"shown": replace(program, takes=program.takes[1:])}),
        "an output lost": lambda: (program, {"shown": replace(program, outs=program.outs[1:])}),
    }  # fmt: skip
    name = "as guessed" if chance.random() < 0.4 else chance.choice(tuple(ways))
    return (name, *ways[name]())


def turned(form: str, names: tuple[str, ...]) -> Callable[[str], str]:
    """Names in another order, wherever they stand in that form."""
    there, back = (form.format(", ".join(order)) for order in (names, names[::-1]))
    return lambda text: text.replace(there, back) if len(names) > 1 else text


def once(text: str, old: str, new: str, chance: random.Random) -> str:
    start = text.index("def _pick_near")
    count = text.count(old, start)
    if not count:
        return text
    at = start - 1
    for _ in range(chance.randint(1, count)):
        at = text.index(old, at + 1)
    return text[:at] + new + text[at + len(old) :]


def without_line(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    lines.pop(chance.randrange(next(i for i, line in enumerate(lines) if "def _pick" in line), len(lines)))
    return "\n".join(lines) + "\n"


def moved(text: str) -> str:
    """The open test behind the front, where it stood before it."""
    test = "if p and 'open' in p:"
    lines = text.splitlines()
    at = next((i for i, line in enumerate(lines) if line.strip() == test), None)
    if at is None:
        return text
    margin = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    arm, rest = lines[at : at + 2], lines[at + 2 :]
    stop = next((i for i, line in enumerate(rest) if i and line.startswith(margin + "e")), len(rest))
    first = [margin + rest[0].strip().removeprefix("el"), *rest[1:stop]]
    return "\n".join([*lines[:at], *first, margin + "el" + arm[0].strip(), arm[1], *rest[stop:]]) + "\n"


# ---- running


class Recorder:
    """What the functions of one run did."""

    def __init__(self) -> None:
        self.trace: list[object] = []
        self.late: list[Callable[[], object]] = []

    def call(self, name: str) -> Callable[..., object]:
        def called(*args: object) -> object:
            self.trace.append((name, shown(args)))
            if "bad" in args or ("bad",) in args:
                raise KeyError(name)
            return (name, *args)

        return called

    def module(self) -> types.ModuleType:
        made = types.ModuleType("recorder")
        near = self.call("near")

        async def later(value: object) -> object:
            return near(value)

        async def each(*values: object) -> object:
            for value in values:
                yield near(value)

        class Gate:
            def __init__(self, value: object) -> None:
                self.value = value

            async def __aenter__(self) -> object:
                return near(self.value)

            async def __aexit__(self, *error: object) -> None:
                near(error[0])

        made.near, made.far, made.late, made.later = near, self.call("far"), self.late, later
        made.each, made.gate, made.quietly = each, Gate, suppress
        return made


def shown(value: object) -> object:
    if isinstance(value, tuple | list):
        return [shown(item) for item in value[:6]]
    if isinstance(value, str | int | type(None)):
        return value
    return type(value).__name__ + (f": {value}" if isinstance(value, BaseException) else "")


def observed(text: str, config: str, enums: str, *, arm: str) -> list[object]:
    """Everything that a module's function does, at every key and input."""
    tables: dict[str, object] = {}
    exec(config, tables)
    keys = types.ModuleType("src.enums")
    exec(enums, vars(keys))
    seen: list[object] = []
    code = compile(text, "lifted", "exec")
    with hold_arm(arm):
        registry = ProviderRegistry.from_mapping({name: tables[name] for name in ("SITES", "PROVIDER_CONFIGS")})
        for probe, model, flag in itertools.product(PROBES, ("m", "bad", ()), (True, "")):
            recorder = Recorder()
            modules = {
                "recorder": recorder.module(),
                "src.enums": keys,
                "src": types.ModuleType("src"),
                "src.near": types.ModuleType("src.near"),
            }
            modules["src"].enums = keys
            modules["src.near"].thing = "thing"
            modules["src.registry"] = types.ModuleType("src.registry")
            modules["src.registry"].bind_providers, modules["src.registry"].use_registry = registry.bind, use_registry
            namespace: dict[str, object] = {"__name__": "lifted", "__builtins__": importing(modules)}
            try:
                exec(code, namespace)
            except Exception as error:
                return [f"import: {error}"]
            route = namespace.get("route")
            if route is None:
                return ["no route"]
            seen.append((probe, model, flag, *outcome(route, (probe, model, flag), recorder)))
    return seen


def importing(modules: dict[str, types.ModuleType]) -> dict[str, object]:
    """The builtins, with imports of the given modules only."""
    import builtins

    def imported(name: str, *_: object) -> types.ModuleType:
        return modules[name]

    return {**vars(builtins), "__import__": imported}


def outcome(function: Callable[..., object], args: tuple[object, ...], recorder: Recorder) -> Iterator[object]:
    try:
        ended: object = ("gave", shown(finished(function(*args))))
    except Exception as error:
        ended = ("raised", type(error).__name__, str(error))
    for late in list(recorder.late):
        try:
            recorder.trace.append(shown(late() if callable(late) else list(late)))
        except Exception as error:
            recorder.trace.append(f"{type(error).__name__}: {error}")
    return iter((ended, tuple(map(str, recorder.trace))))


def finished(result: object) -> object:
    if not isinstance(result, types.CoroutineType):
        return result
    try:
        result.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("nothing in here waits")


@dataclass(frozen=True)
class Workshop:
    """What a test needs to make and run programs."""

    maker: type[Maker] = Maker
    mutant: Callable[..., tuple[str, Program, dict[str, object]]] = mutant
    observed: Callable[..., list[object]] = observed
    enums: str = ENUMS


@pytest.fixture(scope="session")
def workshop() -> Workshop:
    """Makes and runs programs."""
    return Workshop()
