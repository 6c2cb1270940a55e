"""Random expressions. Holes (``@make@`` and so on) are filled for each branch; see :mod:`dispatch_fuzz._holes`."""

from __future__ import annotations

from dispatch_fuzz._scope import Scope

TEXTS = {
    "call": 8.0,
    "name": 5.0,
    "literal": 1.5,
    "own": 1.0,
    "label": 1.0,
    "method": 0.8,
    "attribute": 0.5,
    "class": 0.8,
    "done": 2.0,
    "choice": 0.7,
    "format": 0.8,
    "comprehension": 0.4,
    "lambda": 0.2,
    "walrus": 0.6,
    "trace": 0.6,
    "number": 0.5,
    "self": 0.8,
    "await": 3.0,
    "yield": 2.0,
    "pair": 0.4,
    "get": 0.5,
    "long": 0.4,
}
ARGUMENTS = {
    "model": 6.0,
    "flag": 1.0,
    "model, flag": 1.5,
    "*[model]": 0.4,
    "model, n=@number@": 1.2,
    "model, label=@label@": 0.8,
    "model, @own@": 0.8,
    "model, @key@=1": 0.3,
    "[@number@, model]": 0.4,
    "model, -@number@": 0.2,
    "": 0.3,
    "model, timeout=TIMES.get(@subject@, 30)": 0.3,
    "model, @subject@": 0.5,
}


def arguments(scope: Scope) -> str:
    """The arguments of a provider's function."""
    dice = scope.dice
    given = dice.weighted(ARGUMENTS).replace("@subject@", scope.subject)
    name = scope.read(dice.pick(("text", "number", "list")))
    if name and dice.chance(0.4):
        given = ", ".join(filter(None, (given.partition(", ")[0] if "=" in given else given, name)))
    mapping = scope.read("dict")
    return ", ".join(filter(None, (given, f"**{mapping}"))) if mapping and dice.chance(0.25) else given


def text(scope: Scope, depth: int = 0) -> str:
    """An expression whose value is a text (or now and then nothing)."""
    dice = scope.dice
    kind = dice.weighted(TEXTS)
    if depth > 1 and kind not in {"name", "literal", "own"}:
        kind = "call" if dice.chance(0.5) else "name"
    return _written(kind, scope, depth)


def _written(kind: str, scope: Scope, depth: int) -> str:
    if kind == "name":
        return scope.read("text") or "model"
    if kind in FIXED:
        return FIXED[kind]
    if kind == "literal":
        return scope.dice.pick(('"é→"', "'one'", '""', 'f"{model} é"', "model", '"a" "b"', r'"\\x41\\n"', "None"))
    if kind == "self":
        return "self.name" if scope.method else "model"
    if kind == "await":
        return f"(await @fetch@({arguments(scope)}))" if scope.waits else f"@make@({arguments(scope)})"
    if kind == "yield":
        return f"(yield {text(scope, depth + 1)})" if scope.yields else f"@make@({arguments(scope)})"
    if kind == "number":
        return f"str({number(scope)})"
    if kind == "call":
        return f"@make@({arguments(scope)})"
    if kind in {"method", "attribute", "class", "pair"}:
        shape = {
            "method": "hub.@method@({})",
            "attribute": "hub.@attribute@(1, {})",
            "class": "@class@({}).ask(model)",
            "pair": "@pair@({})[0]",
        }[kind]
        return shape.format(arguments(scope).removeprefix(",") or "model")
    return _around(kind, scope, text(scope, depth + 1))


FIXED = {"own": "@own@", "label": "@label@"}


def _around(kind: str, scope: Scope, inner: str) -> str:
    if kind == "walrus":
        name = scope.target("text")
        scope.bound.add(name)
        return f"({name} := {inner})"
    if kind == "get":
        return f"({scope.read('dict') or 'STATE'}).get({inner}, model)"
    other = scope.read("text") or "model"
    return {
        "done": f"@done@({inner})",
        "choice": f"({inner} if flag else {other})",
        "format": f'f"é {{{other}!r}} {{@done@(model)}}"',
        "comprehension": f"[({inner}, {other}, item) for item in (1, 2)][-1][0]" if "yield" not in inner else inner,
        "lambda": f"(lambda x: (x, {other}))({inner})[0]",
        "trace": f"trace({inner}, limit=@number@)",
        "long": f"trace(\n        {inner},  # one\n        {other},\n    )".replace("\n", "\x01"),
    }[kind]


def number(scope: Scope) -> str:
    """An expression whose value is a number."""
    known = scope.read("number")
    plain = ["@number@", "len(model)", f"@count@({arguments(scope)})", "1"]
    return scope.dice.pick([*plain, *([known, f"{known} + 1"] if known else [])])


def items(scope: Scope) -> str:
    """An expression whose value is a list."""
    known = scope.read("list")
    inner = text(scope, 1)
    plain = [f"@items@({arguments(scope)})", f"[{inner}]", "[]", "list(model)"]
    if "yield" not in inner and "await" not in inner:
        plain.append(f"[({inner}, item) for item in {known or '(1, 2)'}]")
    if known:
        plain += [f"[*{known}, {inner}]", f"{known} + [@own@]"]
    return scope.dice.pick(plain)


def mapping(scope: Scope) -> str:
    """An expression whose value is a dict with texts as keys."""
    known = scope.read("dict")
    plain = [f'{{"extra": {text(scope, 1)}}}', "{}", "dict(key=@own@)", '{"@key@": 1}']
    return scope.dice.pick([*plain, *([f'{{**{known}, "n": @number@}}'] if known else [])])


VALUES = {"text": text, "number": number, "list": items, "dict": mapping}


def value(kind: str, scope: Scope) -> str:
    """An expression of a kind."""
    return VALUES[kind](scope)


def condition(scope: Scope) -> str:
    """A test that tells nothing about the provider."""
    known = scope.read("text")
    plain = ["flag", "not flag", 'model == "m"', "len(model) > @number@", "flag and model"]
    return scope.dice.pick([*plain, *([f"{known} is None", f"isinstance({known}, str)"] if known else [])])
