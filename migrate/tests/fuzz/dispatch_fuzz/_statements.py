"""Random statements of a branch's body.

Each writer gives its lines, the first column 0, and leaves in the scope what is bound on every path behind them.
"""

from __future__ import annotations

from collections.abc import Callable

from dispatch_fuzz._expressions import arguments, condition, text, value
from dispatch_fuzz._scope import KIND_OF, POOL, Scope

Lines = list[str]
STEP = "    "


def indented(lines: Lines, by: int = 1) -> Lines:
    """Lines one block further in."""
    return [STEP * by + line if line else line for line in lines]


def block(scope: Scope, *, depth: int, least: int = 1, most: int = 2) -> Lines:
    """Some statements."""
    lines: Lines = []
    for _ in range(scope.dice.between(least, most)):
        lines += statement(scope, depth=depth)
    return lines or ["pass"]


def statement(scope: Scope, *, depth: int = 0) -> Lines:
    """One statement with its comments."""
    table = {name: weight for name, weight in PLAIN.items() if depth < 2 or name in SIMPLE}
    if scope.strange():
        table = {name: weight for name, weight in ODD.items() if depth < 2 or name in SIMPLE}
    lines = WRITERS[scope.dice.weighted(table)](scope, depth)
    if scope.dice.chance(0.06):
        lines = ["# " + scope.dice.pick(("a word", "why: é", "noqa", "the next line is slow")), *lines]
    if scope.dice.chance(0.06) and "\x01" not in lines[-1] and not lines[-1].endswith("\\"):
        lines = [*lines[:-1], lines[-1] + scope.dice.pick(("  # and why", "  # type: ignore"))]
    return lines


def assign(scope: Scope, depth: int) -> Lines:
    """One name, often an output."""
    kind = scope.dice.weighted({"text": 6.0, "number": 1.0, "list": 1.0, "dict": 1.0})
    return assign_to(scope, scope.target(kind))


def assign_to(scope: Scope, name: str) -> Lines:
    """A new value for one name."""
    kind = KIND_OF[name]
    given = value(kind, scope)
    scope.bound.add(name)
    annotated = scope.dice.chance(0.05)
    return [f"{name}: object = {given}" if annotated else f"{name} = {given}"]


def several(scope: Scope, depth: int) -> Lines:
    one, other = scope.dice.several(POOL["text"], 2, 2)
    shape = scope.dice.pick(("{}, {} = {}, {}", "({}, {}) = ({}, {})"))
    given = text(scope, 1), text(scope, 1)
    lines = [shape.format(one, other, *given)]
    if scope.dice.chance(0.3):
        lines = [f"{one}, *items = @items@({arguments(scope)})"]
        other = "items"
    elif scope.dice.chance(0.3):
        lines = [f"{one} = {other} = {given[0]}"]
    scope.bound |= {one, other}
    return lines


def pair(scope: Scope, depth: int) -> Lines:
    one, other = scope.target("text"), scope.target("number")
    line = f"{one}, {other} = @pair@({arguments(scope)})"
    scope.bound |= {one, other}
    return [line]


def augmented(scope: Scope, depth: int) -> Lines:
    kind = scope.dice.pick(("number", "number", "list"))
    name = scope.read(kind)
    if name is None:
        return assign(scope, depth)
    return [f"{name} += {value(kind, scope)}"]


def expression(scope: Scope, depth: int) -> Lines:
    given = text(scope)
    return [given if "(" in given and not given.startswith("(") else f"trace({given})"]


def mutated(scope: Scope, depth: int) -> Lines:
    known = scope.read("list")
    mapped = scope.read("dict")
    shapes = ["STATE[@own@] = {}", 'STATE.setdefault("seen", []).append({})']
    shapes += [f"{known}.append({{}})"] * 2 if known else []
    shapes += [f'{mapped}["n"] = {{}}', f"{mapped}.update(n={{}})"] if mapped else []
    shapes += ["self.seen.append({})", "self.last = {}", "self.name = {}"] if scope.method else []
    return [scope.dice.pick(shapes).replace("{}", text(scope, 1))]


def choice(scope: Scope, depth: int) -> Lines:
    first, second = scope.inside(), scope.inside()
    lines = [f"if {condition(scope)}:", *indented(block(first, depth=depth + 1))]
    if scope.dice.chance(0.6):
        lines += ["else:", *indented(block(second, depth=depth + 1))]
        scope.bound |= first.bound & second.bound
    return lines


def looped(scope: Scope, depth: int) -> Lines:
    inner = scope.inside(loop=True)
    body = block(inner, depth=depth + 1)
    if scope.dice.chance(0.4):
        body += [f"if {condition(inner)}:", *indented([scope.dice.pick(("continue", "break"))])]
        body += statement(inner, depth=2)
    name = scope.dice.pick(("item", "item", "index, item"))
    known = scope.read("list")
    over = f"{known}[:2]" if known else "(1, 2)"
    over = f"enumerate({over})" if "," in name else over
    waits = scope.waits and scope.dice.chance(0.4)
    if waits:
        name, over = "item", f"@stream@({arguments(scope)})"
    lines = [f"{'async ' if waits else ''}for {name} in {over}:", *indented(body)]
    if scope.dice.chance(0.2):
        lines += ["else:", *indented(block(scope.inside(), depth=depth + 1, most=1))]
    return lines


def counted(scope: Scope, depth: int) -> Lines:
    inner = scope.inside(loop=True)
    return [
        "turns = 2",
        "while turns:",
        "    turns -= 1",
        *indented(block(inner, depth=depth + 1)),
    ]


def guarded(scope: Scope, depth: int) -> Lines:
    inner = scope.inside()
    lines = ["try:", *indented(block(inner, depth=depth + 1))]
    way = scope.dice.between(0, 3)
    if way:
        caught = scope.inside()
        name = scope.dice.pick((" as error", " as error", ""))
        more = ["note = str(error)"] if name else []
        lines += [
            f"except {scope.dice.pick(('Stop', 'Exception', '(Busy, KeyError)'))}{name}:",
            *indented([*more, *block(caught, depth=depth + 1, most=1)]),
        ]
        if scope.dice.chance(0.15):
            lines += [STEP + "raise"]
    if way == 1:
        lines += ["else:", *indented(block(inner, depth=depth + 1, most=1))]
    if way != 2:
        last = scope.inside()
        lines += ["finally:", *indented(block(last, depth=depth + 1, most=1))]
        scope.bound |= last.bound
    if not way:
        scope.bound |= inner.bound
    return lines


def context(scope: Scope, depth: int) -> Lines:
    name = scope.target("text") if scope.dice.chance(0.6) else ""
    made = f"@held@({arguments(scope)})" if scope.dice.chance(0.6) else "held(model, Busy)"
    waits = "async " if scope.waits and scope.dice.chance(0.5) else ""
    line = f"{waits}with {made}{' as ' + name if name else ''}:"
    if scope.dice.chance(0.2) and not waits:
        line = f"with {made}{' as ' + name if name else ''}, \\\x01        held(2):"
    inner = scope.inside()
    inner.bound |= {name} - {""}
    return [line, *indented(block(inner, depth=depth + 1))]


def function(scope: Scope, depth: int) -> Lines:
    known = scope.read("text") or "model"
    lines = ["def later(x=model):", f"    return x, {known}", ""]
    if scope.dice.chance(0.3):
        lines = ["@marked", *lines]
    if scope.dice.chance(0.3) and depth == 0:
        return [*lines, "after(later)"]
    name = scope.target("text")
    scope.bound.add(name)
    return [*lines, f"{name} = later()[1]"]


def late(scope: Scope, depth: int) -> Lines:
    known = scope.read(scope.dice.pick(("text", "list"))) or "model"
    return [f"after(lambda: ({known}, {text(scope.inside(awaits=False, yields=False, wild=0), 1)}))"]


def writes_outer(scope: Scope, depth: int) -> Lines:
    name = scope.dice.pick(scope.known("text") or ["out"])
    return ["def put(x):", f"    nonlocal {name}", f"    {name} = x", "", f"put({text(scope, 1)})"]


def reassigned(scope: Scope, depth: int) -> Lines:
    if scope.subject.isidentifier():
        return [f"{scope.subject} = {scope.dice.pick(('@own@', '(model, flag)', repr('near')))}"]
    return ["model = f'@key@/{model}'"]


def parameter(scope: Scope, depth: int) -> Lines:
    return [scope.dice.pick(("model = f'@key@/{model}'", "flag = not flag", f"model = {text(scope, 1)} or model"))]


def deleted(scope: Scope, depth: int) -> Lines:
    known = scope.known("text")
    name = scope.dice.pick(known) if known else "model"
    scope.bound.discard(name)
    return [f"del {name}"]


def leaves(scope: Scope, depth: int) -> Lines:
    ways = ["return {}", "raise Stop({})", "raise Busy({}) from None"]
    if scope.loop:
        ways += ["continue", "break", "continue"]
    if scope.flavour == "stream":
        ways[0] = "return"
    way = scope.dice.pick(ways).replace("{}", text(scope, 1))
    return [f"if {condition(scope)}:", *indented([way])] if scope.dice.chance(0.9) else [way]


def yielded(scope: Scope, depth: int) -> Lines:
    if not scope.yields:
        return expression(scope, depth)
    if scope.flavour == "generator" and scope.dice.chance(0.4):
        return [f"yield from @items@({arguments(scope)})"]
    return [f"yield {text(scope, 1)}"]


def multiline(scope: Scope, depth: int) -> Lines:
    name = scope.target("text")
    line = f'{name} = ("""one\x01  two é\x01""", {text(scope, 1)})[1]'
    scope.bound.add(name)
    return [line]


def continued(scope: Scope, depth: int) -> Lines:
    name = scope.target("text")
    given = f"{text(scope, 1)}, \\\x01    {text(scope, 1)}"
    scope.bound.add(name)
    return [f"{name} = {given}"]


def semicolons(scope: Scope, depth: int) -> Lines:
    return ["; ".join(line for _ in range(2) for line in assign(scope, depth))]


def imported(scope: Scope, depth: int) -> Lines:
    name = scope.target("text")
    scope.bound.add(name)
    return ["from shop.clients.@key@ import make_@key@ as made", f"{name} = made(model)"]


def matched(scope: Scope, depth: int) -> Lines:
    inner = scope.inside()
    name = scope.target("text")
    scope.bound.add(name)
    return [
        "match model, flag:",
        f"    case (str() as {name}, True):",
        *indented(block(inner, depth=depth + 1, most=1), 2),
        f"    case ({name}, *_):",
        f"        trace({name})",
    ]


def asserted(scope: Scope, depth: int) -> Lines:
    return [f"assert {condition(scope)} or model, {text(scope, 1)}"]


def class_made(scope: Scope, depth: int) -> Lines:
    return ["class Made:", f"    value = {text(scope, 1)}", "", "out = Made.value"]


def looks(scope: Scope, depth: int) -> Lines:
    return [scope.dice.pick(("trace(sorted(locals()))", "trace(len(vars()))", "out = eval('model')"))]


def shadowed(scope: Scope, depth: int) -> Lines:
    return [scope.dice.pick(("Stop = Busy", "hub = hub", "TIMES = {}", "held = None"))]


def published(scope: Scope, depth: int) -> Lines:
    return [f"globals()['LAST'] = {text(scope, 1)}"]


PLAIN = {
    "assign": 12.0,
    "several": 1.0,
    "pair": 1.2,
    "augmented": 1.5,
    "expression": 2.0,
    "mutated": 1.5,
    "choice": 1.2,
    "looped": 0.8,
    "counted": 0.3,
    "guarded": 0.8,
    "context": 0.8,
    "function": 0.12,
    "late": 0.08,
    "parameter": 0.5,
    "multiline": 0.4,
    "continued": 0.4,
    "semicolons": 0.4,
    "imported": 0.5,
    "matched": 0.3,
    "asserted": 0.2,
}
ODD = {
    "writes_outer": 1.0,
    "reassigned": 2.0,
    "parameter": 1.0,
    "deleted": 1.0,
    "leaves": 4.0,
    "yielded": 3.0,
    "late": 1.5,
    "function": 1.0,
    "class_made": 0.4,
    "looks": 0.3,
    "published": 0.3,
    "shadowed": 0.2,
    "guarded": 1.0,
    "looped": 1.0,
}
WRITERS: dict[str, Callable[[Scope, int], Lines]] = {
    each.__name__: each
    for each in (
        assign, several, pair, augmented, expression, mutated, choice, looped, counted, guarded, context, function,
        late, writes_outer, reassigned, parameter, deleted, leaves, yielded, multiline, continued, semicolons,
        imported, matched, asserted, class_made, looks, published, shadowed,
    )
}  # fmt: skip
SIMPLE = {
    "assign", "several", "pair", "augmented", "expression", "mutated", "parameter", "semicolons", "imported",
    "reassigned", "deleted", "leaves", "yielded", "late", "asserted", "published",
}  # fmt: skip
