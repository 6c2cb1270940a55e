"""One random chain: its branches, their bodies, its default arm."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_fuzz._expressions import text
from dispatch_fuzz._holes import filled
from dispatch_fuzz._scope import Scope
from dispatch_fuzz._statements import Lines, assign_to, block, indented
from dispatch_fuzz._tests import guarded, keyed, open_case, open_test, pattern
from dispatch_fuzz._world import DEFAULT, KEYS

KINDS = {"elif": 10.0, "siblings": 3.0, "match": 3.0, "nested": 0.3, "expression": 0.3}
RECIPES = {"template": 4.0, "lift": 5.0, "mixed": 3.0}
DEFAULTS = {"same": 3.0, "none": 3.0, "raise": 3.0, "other": 4.0, "pass": 0.5}


@dataclass
class Branch:
    """The head of a branch without its word, its body, and the names bound behind it: ``None`` if it never ends."""

    head: str
    body: Lines
    bound: set[str] | None
    keys: tuple[str, ...] = ()


@dataclass
class Shape:
    """What all branches of a chain have in common."""

    kind: str
    subject: str
    recipe: str
    ends: bool
    symbols: float
    form: str
    template: tuple[Lines, set[str] | None] = ([], None)
    lazy: bool = False


def shape_of(scope: Scope, *, form: str) -> Shape:
    """Decide what kind of chain stands at a place."""
    dice = scope.dice
    kind = dice.weighted(KINDS)
    ends = (kind == "siblings" and not scope.strange(0.1)) or dice.chance(0.15)
    symbols = 0.6 if dice.chance(0.2) else 0.0
    return Shape(kind, scope.subject, dice.weighted(RECIPES), ends, symbols, form)


def chain(scope: Scope, shape: Shape, *, keys: list[str] | None = None) -> Lines:
    """The lines of one chain; the scope knows afterwards what is bound."""
    dice = scope.dice
    chosen = keys or dice.several(KEYS, 2, 6)
    if shape.kind == "expression":
        return _expression(scope, shape, chosen)
    branches = [_branch(scope, shape, group, body) for group, body in _bodies(scope, shape, _grouped(scope, chosen))]
    branches = _with_open(scope, shape, branches, chosen)
    default = _default(scope, shape, branches)
    ends = [branch.bound for branch in branches if branch.bound is not None]
    ends += [default.bound] if default is not None and default.bound is not None else []
    ends += [scope.bound] if default is None else []
    scope.bound = set.intersection(*map(set, ends)) if ends else set(scope.bound)
    return _written(scope, shape, branches, default)


def body(scope: Scope, *, ends: bool, most: int = 3) -> tuple[Lines, set[str] | None]:
    """The lines of a body with holes, and what is bound behind it."""
    dice = scope.dice
    inner = scope.inside()
    lines = block(inner, depth=0, least=0 if scope.outputs or ends else 1, most=most)
    lines = [] if lines == ["pass"] else lines
    for name in scope.outputs:
        given = name in scope.bound and dice.chance(0.25)
        if not given and not scope.strange(0.25):
            lines += assign_to(inner, name)
    if not ends:
        return lines or ["pass"], inner.bound
    value = text(inner, 1)
    way = dice.weighted({"return {}": 6.0, "raise Stop({})": 1.0, "both": 1.0, "continue": 1.0 if scope.loop else 0.0})
    if way == "both":
        lines += ["if flag:", f"    return {text(inner, 1)}", f"raise Stop({value})"]
    else:
        lines.append(way.replace("{}", value))
    if scope.flavour == "stream":
        lines = [
            line.partition("return ")[0] + "return" if "return " in line and "\x01" not in line else line
            for line in lines
        ]
    return lines, None


def _bodies(
    scope: Scope, shape: Shape, groups: list[list[str]]
) -> list[tuple[list[str], tuple[Lines, set[str] | None]]]:
    dice = scope.dice
    calm = scope.wild if dice.chance(0.3) else 0.0
    template = shape.template = _calm(scope, shape, wild=calm)
    lazy = shape.lazy = dice.chance(0.2)
    found = []
    for group in groups:
        own = {"template": 0.1, "mixed": 0.4, "lift": 1.0}[shape.recipe]
        if dice.chance(own):
            ends = shape.ends or scope.strange(0.15)
            lines, bound = body(scope, ends=ends, most=dice.between(1, 3))
        else:
            lines, bound = template
        found.append((group, (filled(lines, group[0], form=shape.form, lazy=lazy), bound)))
    return found


def _calm(scope: Scope, shape: Shape, *, wild: float) -> tuple[Lines, set[str] | None]:
    before, scope.wild = scope.wild, wild
    try:
        return body(scope, ends=shape.ends)
    finally:
        scope.wild = before


def _grouped(scope: Scope, keys: list[str]) -> list[list[str]]:
    groups: list[list[str]] = []
    rest = list(keys)
    while rest:
        size = scope.dice.weighted({1: 6.0, 2: 1.0, 3: 0.3})
        groups.append(rest[:size])
        rest = rest[size:]
    if scope.dice.chance(0.04):
        groups.append([keys[0]])
    return groups


def _branch(scope: Scope, shape: Shape, group: list[str], given: tuple[Lines, set[str] | None]) -> Branch:
    lines, bound = given
    extra = scope.dice.chance(0.03)
    if shape.kind == "match":
        head = pattern(scope, group, symbols=shape.symbols)
        head += " if flag" if extra else ""
    else:
        head = keyed(scope, shape.subject, group, symbols=shape.symbols)
        head = filled([guarded(scope, head)], group[0], form=shape.form)[0] if extra else head
    return Branch(head, lines, bound, tuple(group))


def _with_open(scope: Scope, shape: Shape, branches: list[Branch], keys: list[str]) -> list[Branch]:
    found = list(branches)
    count = scope.dice.weighted({0: 7.0, 1: 2.0, 2: 1.0})
    for _ in range(count):
        key = scope.dice.pick(keys)
        lines, bound = body(scope, ends=shape.ends, most=2)
        head = open_case(scope, key) if shape.kind == "match" else open_test(scope, shape.subject, key)
        lines = filled([head, *lines], key, form=shape.form)
        at = scope.dice.pick((0, len(found), len(found), scope.dice.between(0, len(found))))
        found.insert(at, Branch(lines[0], lines[1:], bound))
    return found


def _default(scope: Scope, shape: Shape, branches: list[Branch]) -> Branch | None:
    dice = scope.dice
    kind = dice.weighted(DEFAULTS)
    form = shape.form
    if kind == "none":
        return None
    if kind == "pass":
        return Branch("", ["pass"], set(scope.bound))
    if kind == "raise":
        return Branch("", [f"raise Stop({shape.subject})"], None)
    lines, bound = body(scope, ends=shape.ends)
    if kind == "same" and shape.recipe != "lift":
        lines, bound = shape.template
        return Branch("", filled(lines, DEFAULT, form=form, lazy=shape.lazy), bound)
    return Branch("", filled(lines, DEFAULT, form=form), bound)


def _written(scope: Scope, shape: Shape, branches: list[Branch], default: Branch | None) -> Lines:
    if shape.kind == "match":
        return _match(scope, shape, branches, default)
    lines: Lines = []
    for place, branch in enumerate(branches):
        word = "if" if place == 0 or shape.kind == "siblings" else "elif"
        lines += [*_above(scope), *_headed(scope, f"{word} {branch.head}:", branch.body)]
    if default is None:
        return lines
    if shape.kind == "siblings":
        return [*lines, *default.body]
    if shape.kind == "nested" and len(branches) > 2:
        return _nested(branches, default)
    return [*lines, *_above(scope), "else:", *indented(default.body)]


def _above(scope: Scope) -> Lines:
    if scope.dice.chance(0.05):
        return [scope.dice.pick(("# the next one", "", "    # further in", "#", "# é: slow, see above"))]
    return []


def _headed(scope: Scope, head: str, lines: Lines) -> Lines:
    dice = scope.dice
    simple = len(lines) == 1 and not lines[0].startswith(COMPOUND) and "#" not in lines[0]
    if simple and dice.chance(0.06):
        return [f"{head} {lines[0]}"]
    remark = "  # " + dice.pick(("the slow one", "since May", "é")) if dice.chance(0.06) and "\x01" not in head else ""
    inner = ["# in here", *lines] if dice.chance(0.04) else lines
    return [head + remark, *indented(inner)]


COMPOUND = ("if ", "for ", "while ", "try:", "with ", "def ", "async ", "match ", "class ", "@", "#")


def _nested(branches: list[Branch], default: Branch) -> Lines:
    lines = ["else:", *indented(default.body)]
    for place, branch in reversed(list(enumerate(branches))):
        lines = [f"if {branch.head}:", *indented(branch.body), *lines]
        if place == len(branches) - 1:
            lines = ["else:", *indented(lines)]
        elif place:
            lines[0] = f"el{lines[0]}"
    return lines


def _match(scope: Scope, shape: Shape, branches: list[Branch], default: Branch | None) -> Lines:
    lines: Lines = []
    for branch in branches:
        lines += [*_above(scope), *_headed(scope, f"case {branch.head}:", branch.body)]
    if default is not None:
        name = scope.dice.pick(("_", "_", "_", "other"))
        lines += [f"case {name}:", *indented(default.body)]
    return [f"match {shape.subject}:", *indented(lines)]


def _expression(scope: Scope, shape: Shape, keys: list[str]) -> Lines:
    name = scope.target("text")
    parts = []
    for key in keys:
        value = filled([text(scope.inside(yields=False), 1)], key, form=shape.form)[0]
        parts.append(f"{value} if {shape.subject} == {key!r} else ")
    scope.bound.add(name)
    return [f"{name} = ({''.join(parts)}None)"]
