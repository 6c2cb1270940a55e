"""One random function with a chain in it, or two: what stands before, around and behind them."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_fuzz._chains import Shape, chain, shape_of
from dispatch_fuzz._dice import Dice
from dispatch_fuzz._holes import filled
from dispatch_fuzz._scope import KIND_OF, POOL, STARTS, Scope
from dispatch_fuzz._statements import Lines, indented, statement
from dispatch_fuzz._world import DEFAULT, KEYS

FLAVOURS = {"sync": 11.0, "async": 4.0, "generator": 2.5, "stream": 1.5}
SUBJECTS = {
    "provider": 12.0,
    "name": 1.0,
    "request.provider": 2.0,
    "self.provider": 0.7,
    "attempt": 2.5,
    "provider.lower()": 1.0,
    "request.provider.strip()": 0.4,
    'options["provider"]': 0.6,
    'options.get("provider")': 0.4,
    'getattr(request, "provider", None)': 0.4,
    "str(provider)": 0.2,
}
AROUND = {
    "nothing": 6.0,
    "try": 2.0,
    "finally": 1.5,
    "with": 1.0,
    "if": 0.7,
    "loop": 1.2,
    "while": 0.4,
    "closure": 0.8,
    "else": 0.5,
    "deep": 0.4,
}
NAMES = tuple(name for names in POOL.values() for name in names)


@dataclass(frozen=True)
class Habits:
    """What all functions of a program have in common."""

    form: str
    wild: float
    keys: tuple[str, ...]


def function(dice: Dice, name: str, habits: Habits) -> Lines:
    """The lines of one function, ``self`` its first parameter where it is a method."""
    method = dice.chance(0.2)
    subject = dice.weighted(SUBJECTS)
    subject = "provider" if subject == "self.provider" and not method else subject
    flavour = dice.weighted(FLAVOURS)
    scope = Scope(
        dice, flavour, subject, method, wild=habits.wild if dice.chance(0.7) else 0.0, awaits=dice.chance(0.75),
        yields=flavour in {"generator", "stream"} and dice.chance(0.35),
    )  # fmt: skip
    lines = [*_prelude(scope), *_opened(scope), *_middle(scope, habits), *_closed(scope)]
    lines = filled(lines, DEFAULT, form=habits.form)
    first = _first_parameter(subject)
    head = f"def {name}({'self, ' if method else ''}{first}, model, flag):"
    whole = [("async " if flavour in {"async", "stream"} else "") + head, *indented(lines)]
    if dice.chance(0.15):
        whole.insert(0, "@marked")
    if dice.chance(0.2):
        whole.insert(
            whole.index(next(line for line in whole if "def " in line)) + 1,
            f'    """Route by {subject.replace(chr(34), "")}."""',
        )
    if method:
        return [f"class Desk_{name}:", *indented(INIT), "", *indented(whole)]
    return whole


INIT = ["def __init__(self):", '    self.name = "desk"', "    self.seen = []", "    self.last = None"]


def _first_parameter(subject: str) -> str:
    for parameter in ("request", "options"):
        if parameter in subject:
            return parameter
    return "provider"


def _prelude(scope: Scope) -> Lines:
    dice = scope.dice
    lines: Lines = []
    for name in NAMES:
        if dice.chance(0.45):
            start = f"{name} = {dice.pick(STARTS[KIND_OF[name]])}"
            if scope.strange(0.3):
                lines += ["if flag:", f"    {start}"]
            else:
                lines.append(start)
                scope.bound.add(name)
    if scope.subject == "name":
        lines.append("name = provider")
    if scope.subject == "self.provider":
        lines.append("self.provider = provider")
    if dice.chance(0.08) and scope.subject in {"provider", "name"}:
        lines += [f'if {scope.subject} == "hug":', f'    {scope.subject} = "near"']
    if dice.chance(0.06):
        lines += ['for each in ["near", "a-b", "z"]:', "    trace(each)"]
    if dice.chance(0.06):
        lines.append(f"wait = TIMES.get({scope.subject}, 30)")
    if dice.chance(0.03):
        lines.append("provider_config = model")
    if scope.strange(0.3):
        lines += [f"after(lambda: {name})" for name in dice.several([*scope.known("text"), "extra"], 1, 1)]
    if scope.strange(0.1):
        lines.insert(0, "global LAST")
        lines.append("LAST = model")
    return lines


def _opened(scope: Scope) -> Lines:
    """Make it the kind of function that it is to be."""
    if scope.flavour in {"generator", "stream"}:
        return ["yield 'begin'"]
    if scope.flavour == "async":
        return ["await @fetch@(model)"] if scope.dice.chance(0.5) else []
    return []


def _closed(scope: Scope) -> Lines:
    dice = scope.dice
    lines = _reads(scope, "end")
    if scope.strange(0.3):
        lines += [f"{name} = 'changed'" for name in dice.several(scope.known("text"), 1, 2)]
    if dice.chance(0.03):
        lines += ["try:", "    trace(provider_config)", "except NameError:", "    trace('no such name')"]
    if scope.strange(0.2):
        name = dice.pick(NAMES)
        lines += ["try:", f"    trace('peek', {name})", "except NameError:", "    trace('unbound')"]
    if scope.strange(0.1):
        lines += [f"after(lambda: {dice.pick(scope.known('text') or ['model'])})"]
    if scope.flavour in {"generator", "stream"}:
        return [*lines, f"yield {_tuple(scope)}"]
    return [*lines, f"return {_tuple(scope)}"]


def _tuple(scope: Scope) -> str:
    known = [name for name in NAMES if name in scope.bound]
    chosen = scope.dice.several(known, 0, 2)
    chosen += [name for name in scope.results if name in known and name not in chosen and scope.dice.chance(0.6)]
    return f"({', '.join([*chosen, 'model'])},)" if chosen else "model"


def _reads(scope: Scope, word: str) -> Lines:
    """Look at some names, the outputs of the last chain before others."""
    dice = scope.dice
    known = [name for name in NAMES if name in scope.bound]
    wanted = [name for name in scope.results if name in scope.bound or scope.strange(0.3)]
    chosen = [name for name in wanted if dice.chance(0.7)]
    if known and dice.chance(0.5):
        chosen += dice.several(known, 1, 2)
    return [f"trace({word!r}, {', '.join(dict.fromkeys(chosen))})"] if chosen else []


def _middle(scope: Scope, habits: Habits) -> Lines:
    way = scope.dice.weighted(AROUND)
    if scope.subject == "attempt":
        way = "loop"
    return AROUND_WRITERS[way](scope, habits)


def _core(scope: Scope, habits: Habits) -> Lines:
    """The chain, what stands directly before and behind it, and now and then another one."""
    dice = scope.dice
    before = set(scope.bound)
    chosen = dice.several([*POOL["text"], *POOL["text"], "n", "items", "kwargs"], dice.pick((0, 1, 1, 1)), 3)
    scope.outputs = scope.results = tuple(dict.fromkeys(chosen))
    lines = statement(scope) if dice.chance(0.25) else []
    keys = list(habits.keys) if dice.chance(0.6) else None
    shape = shape_of(scope, form=habits.form)
    if dice.chance(0.08):
        return [*lines, *_correlated(scope, shape, habits)]
    lines += chain(scope, shape, keys=_some(scope, keys))
    if dice.chance(0.25):
        lines += _reads(scope, "between")
        lines += chain(scope, shape_of(scope, form=habits.form), keys=_some(scope, keys))
    scope.outputs = ()
    if dice.chance(0.2):
        lines += statement(scope)
    assert before <= scope.bound or scope.wild
    return lines


def _some(scope: Scope, keys: list[str] | None) -> list[str] | None:
    if keys is None:
        return None
    return scope.dice.several(keys, 2, len(keys))


def _correlated(scope: Scope, shape: Shape, habits: Habits) -> Lines:
    """A first chain sets what a second one on the same keys reads."""
    dice = scope.dice
    name = dice.pick(("kwargs", "extra", "n"))
    keys = dice.several(habits.keys, 2, 4)
    scope.bound.discard(name)
    first = scope.inside(outputs=(name,), wild=0.0)
    shape.recipe, shape.ends, shape.kind = "lift", False, dice.pick(("elif", "elif", "match"))
    lines = chain(first, shape, keys=keys)
    second = scope.inside(outputs=tuple(dice.several(POOL["text"], 1, 2)), wild=0.0)
    second.bound.add(name)
    other = shape_of(second, form=habits.form)
    other.ends, other.kind = False, dice.pick(("elif", "elif", "match"))
    lines += [*_reads(scope, "between"), *chain(second, other, keys=keys)]
    scope.bound |= second.bound - {name}
    return lines


def _nothing(scope: Scope, habits: Habits) -> Lines:
    return _core(scope, habits)


def _try(scope: Scope, habits: Habits) -> Lines:
    inner = scope.inside()
    lines = ["try:", *indented([*_core(inner, habits), *_reads(inner, "tried")])]
    caught = scope.inside()
    if scope.strange(0.4):
        caught.bound |= {scope.dice.pick(NAMES)}
    way = scope.dice.pick(("pass", "raise", "continue", "return"))
    seen = ["trace(str(error))", *_reads(caught, "caught")]
    seen += {"raise": ["raise"], "continue": ["continue"] if scope.loop else [], "return": ["return"]}.get(way, [])
    lines += [f"except {scope.dice.pick(('Stop', 'Exception', 'Busy'))} as error:", *indented(seen)]
    if scope.dice.chance(0.2):
        lines += ["else:", *indented(["trace('fine')", *_reads(inner, "else")])]
    if scope.dice.chance(0.3):
        lines += ["finally:", *indented(["trace('done')", *_reads(caught, "finally")])]
    scope.results = inner.results
    scope.bound &= inner.bound
    if way in {"raise", "return"}:
        scope.bound |= inner.bound if scope.dice.chance(0.8) else set()
    return lines


def _finally(scope: Scope, habits: Habits) -> Lines:
    before = scope.inside()
    inner = _core(scope, habits)
    before.results = scope.results if scope.dice.chance(0.4) else ()
    return ["try:", *indented(inner), "finally:", *indented(["trace('finally')", *_reads(before, "finally")])]


def _with(scope: Scope, habits: Habits) -> Lines:
    waits = "async " if scope.waits and scope.dice.chance(0.5) else ""
    return [f"{waits}with held(model, {scope.dice.pick(('()', 'Busy'))}):", *indented(_core(scope, habits))]


def _if(scope: Scope, habits: Habits) -> Lines:
    inner = scope.inside()
    return ["if flag:", *indented([*_core(inner, habits), *_reads(inner, "inside")])]


def _else(scope: Scope, habits: Habits) -> Lines:
    inner = scope.inside()
    return [
        "if model is None:",
        "    trace('none')",
        "else:",
        *indented([*_core(inner, habits), *_reads(inner, "inside")]),
    ]


def _loop(scope: Scope, habits: Habits) -> Lines:
    dice = scope.dice
    inner = scope.inside(loop=True)
    core = _core(inner, habits)
    scope.results = inner.results
    over = "(provider, 'near', None)" if scope.subject == "attempt" else "(1, 2)"
    head = "for attempt in " + over + ":"
    if dice.chance(0.4):
        head = f"for at, attempt in enumerate({over}):"
    reads = _reads(scope, "round")
    if scope.strange(0.4):
        reads.append(f"trace('round', {dice.pick(NAMES)}) if {'at' if 'at,' in head else 'flag'} else None")
    body = [*reads, *core, *_reads(inner, "after")]
    if dice.chance(0.5):
        body = ["try:", *indented(body), "except Stop as error:", "    trace(str(error))", "    continue"]
        if dice.chance(0.4):
            body += [dice.pick(("break", "trace('more')"))]
    lines = [head, *indented(body)]
    if dice.chance(0.15):
        lines += ["else:", "    trace('exhausted')"]
    return lines


def _while(scope: Scope, habits: Habits) -> Lines:
    inner = scope.inside(loop=True)
    core = _core(inner, habits)
    scope.results = inner.results
    body = ["left -= 1", *_reads(scope, "round"), *core]
    return ["left = 2", "while left:", *indented(body)]


def _closure(scope: Scope, habits: Habits) -> Lines:
    """The chain stands in a nested function that reads the outer one's names, and may write them."""
    dice = scope.dice
    flavour = scope.flavour if scope.flavour in {"sync", "async"} else "sync"
    inner = scope.inside(flavour=flavour, yields=False)
    written = [name for name in NAMES if name in scope.bound and dice.chance(0.2)]
    lines: Lines = [f"nonlocal {', '.join(written)}"] if written else []
    for name in NAMES:
        if name not in written and dice.chance(0.5):
            lines.append(f"{name} = {dice.pick(STARTS[KIND_OF[name]])}")
            inner.bound.add(name)
        elif name not in written:
            inner.bound.discard(name)
    lines += [*_core(inner, habits), *_reads(inner, "inner"), f"return {_tuple(inner)}"]
    waits = flavour == "async"
    call = f"{'await ' if waits else ''}inner()"
    scope.bound.add("out")
    return [f"{'async ' if waits else ''}def inner():", *indented(lines), "", f"out = {call}", "trace(out)"]


def _deep(scope: Scope, habits: Habits) -> Lines:
    """The chain stands in a branch of another one."""
    inner = scope.inside()
    key, other = scope.dice.several(KEYS, 2, 2)
    lines = [*_core(inner, habits), *_reads(inner, "inside")]
    return [
        f"if {scope.subject} == {key!r}:",
        "    trace('one')",
        f"elif {scope.subject} == {other!r}:",
        "    trace('two')",
        "else:",
        *indented(lines),
    ]


AROUND_WRITERS = {
    "nothing": _nothing,
    "try": _try,
    "finally": _finally,
    "with": _with,
    "if": _if,
    "else": _else,
    "loop": _loop,
    "while": _while,
    "closure": _closure,
    "deep": _deep,
}
