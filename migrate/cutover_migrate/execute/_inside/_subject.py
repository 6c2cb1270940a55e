"""The subject of a site, and the statement that gives it a key just before the site chooses.

A name is assigned. Of anything else the owner is told what to answer, and answers without a trace: by axiom
`subject-read` nobody can see how often a chain reads its subject.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cutover_migrate.execute._inside._canonical import call_text, canonical
from cutover_migrate.execute._inside._label import GLOBAL, Labelled, kind_of, label_of
from cutover_migrate.execute._inside._recorder import Recorder
from cutover_migrate.execute._inside._run import NOW

TEXT_METHODS = {"lower", "upper", "strip", "casefold", "lstrip", "rstrip", "title", "capitalize", "swapcase"}
ALIAS = "alias "
KEY = "__cutover_key__"
FORCE = "__cutover_force__"


@dataclass(frozen=True)
class Subject:
    """A subject: ``root`` and ``path`` say where it is, ``last`` how it is read there.

    Attributes:
        root: The name at its beginning.
        path: Attributes from there to what is asked.
        last: ``name``, ``attribute``, ``item`` or ``call``.
        asked: The constants that an item or a call is asked with.
        text: Its source.
        dump: Its tree as text.
    """

    root: str
    path: tuple[str, ...]
    last: str
    asked: tuple[Any, ...]
    text: str
    dump: str

    def statement(self, site: str) -> ast.stmt:
        """The statement that gives it the key of a site."""
        if self.last == "name":
            call = f"{self.root} = {KEY}({site!r}, lambda: {self.root})"
        else:
            call = f"{FORCE}({site!r}, {self.root}, {self.path!r}, {self.last!r}, {self.asked!r})"
        return ast.parse(call).body[0]


def subject_at(nodes: list[ast.AST], symbol: str) -> Subject | None:
    """The subject that a site is asked with in these expressions, None where it is of another form."""
    for node in nodes:
        for expression in _asked(node, symbol):
            return read_subject(expression)
    return None


def subject_from(text: str) -> Subject | None:
    """The subject of that source."""
    try:
        return read_subject(ast.parse(text, mode="eval").body)
    except SyntaxError:
        return None


def read_subject(expression: ast.expr) -> Subject | None:
    """Read a subject; ``str`` methods without arguments are taken off, for the key is given in its own case."""
    inner = expression
    while isinstance(inner, ast.Call) and not inner.args and not inner.keywords and _method(inner) in TEXT_METHODS:
        assert isinstance(inner.func, ast.Attribute)
        inner = inner.func.value
    found = _place(inner)
    if found is None:
        return None
    names, last, asked = found
    return Subject(names[0], names[1:], last, asked, ast.unparse(expression), ast.dump(expression))


def force(site: str, root: Any, path: tuple[str, ...], last: str, asked: tuple[Any, ...]) -> None:
    """Have what holds a subject answer the key of a site."""
    run = NOW.run
    run.reach(site)
    tell(root, path, last, asked, run.keys.get(site))


def key_for(site: str, read: Callable[[], object]) -> object:
    """The key of a site in this run; behind an alias fix, what that made of it."""
    run = NOW.run
    run.reach(site)
    if not site.startswith(ALIAS) and any(each.startswith(ALIAS) for each in run.reached):
        try:
            fixed = read()
        except NameError:
            return run.keys.get(site)
        if type(fixed) is str:
            return fixed
    return run.keys.get(site)


def tell(root: Any, path: tuple[str, ...], last: str, asked: tuple[Any, ...], key: object) -> None:
    """Have a thing answer ``key`` where a subject is read from it."""
    inner, final = (path, None) if last == "item" else (path[:-1], path[-1])
    owner = root
    for name in inner:
        owner = _attribute(owner, name)
    if not isinstance(owner, Labelled):
        _tell_real(owner, final, last, asked, key)
    elif last == "attribute":
        _answer(owner, str(final), key)
    elif last == "item":
        _answer(owner, f"[{canonical(asked[0])}]", key)
    else:
        method = _attribute(owner, str(final))
        if isinstance(method, Labelled):
            NOW.run.answers[f"{label_of(method)}({call_text(asked, {})})"] = key


def _tell_real(owner: Any, final: str | None, last: str, asked: tuple[Any, ...], key: object) -> None:
    try:
        if last == "attribute":
            setattr(owner, str(final), key)
        else:
            owner[asked[0]] = key
    except Exception:  # noqa: BLE001  it cannot be told, so it answers as it is
        NOW.run.note("the subject cannot be told")


def _attribute(owner: Any, name: str) -> Any:
    """Read an attribute so that it, and every later read of it, leaves no trace."""
    if isinstance(owner, Labelled):
        key = (label_of(owner), name)
        NOW.run.silent.add(key)
        if kind_of(owner) != GLOBAL and key not in NOW.run.stored:
            NOW.run.stored[key] = Recorder(".".join(key))
    return getattr(owner, name)


def _answer(owner: Labelled, name: str, key: object) -> None:
    NOW.run.silent.add((label_of(owner), name))
    NOW.run.stored[label_of(owner), name] = key


def _asked(node: ast.AST, symbol: str) -> Iterator[ast.expr]:
    """What a site is asked with: `use_registry(SITE, subject)`, `SITE.resolve(subject)`, `subject in SITE`."""
    for inner in ast.walk(node):
        match inner:
            case ast.Call(args=[ast.Name(id=name), subject]) if name == symbol:
                yield subject
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name)), args=[subject]) if name == symbol:
                yield subject
            case ast.Compare(left=subject, comparators=[ast.Name(id=name)]) if name == symbol:
                yield subject


def _method(call: ast.Call) -> str | None:
    return call.func.attr if isinstance(call.func, ast.Attribute) else None


def _place(node: ast.expr) -> tuple[tuple[str, ...], str, tuple[Any, ...]] | None:
    match node:
        case ast.Name(id=name):
            return (name,), "name", ()
        case ast.Attribute():
            names = _dotted(node)
            return (names, "attribute", ()) if names else None
        case ast.Subscript(value=value, slice=ast.Constant(value=item)):
            names = _dotted(value)
            return (names, "item", (item,)) if names else None
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str(name)), *_]):
            names = _dotted(owner)
            return ((*names, name), "attribute", ()) if names else None
        case ast.Call(func=ast.Attribute() as called, args=args, keywords=[]):
            names = _dotted(called)
            constants = tuple(each.value for each in args if isinstance(each, ast.Constant))
            return (names, "call", constants) if names and args and len(constants) == len(args) else None
    return None


def _dotted(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return (*inner, node.attr) if inner else ()
    return ()
