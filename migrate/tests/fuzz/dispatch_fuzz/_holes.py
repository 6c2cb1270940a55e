"""Fill the holes of a body for one key, in one of the forms in which a file may import its providers."""

from __future__ import annotations

import re

from dispatch_fuzz._world import WORDS, identifier

HOLE = re.compile("@([a-z]+)@")
LAZY = {"held": "hold"}
FORMS = {"from": 6.0, "alias": 1.0, "module": 2.0, "whole": 0.7, "helper": 2.0, "attempt": 1.0, "relative": 0.7}


def filled(lines: list[str], key: str, *, form: str, lazy: bool = False) -> list[str]:
    """The lines with their holes filled; ``lazy`` imports the functions in the branch, where a body calls any."""
    name = identifier(key)
    wanted = [word for word in WORDS if any(f"@{word}@" in line for line in lines)]

    def put(found: re.Match[str]) -> str:
        word = found[1]
        if word in WORDS:
            return LAZY.get(word, word) if lazy else called_as(form, word, name)
        return {
            "method": f"run_{name}",
            "attribute": f"go_{name}",
            "class": called_as(form, "Client", name),
            "key": name.lower(),
            "own": repr(key),
            "label": repr(f"the {key} 'one'"),
            "number": str(len(key) * 7),
        }[word]

    known = [
        line.replace("shop.clients.@key@", f"shop.clients.{name}").replace("make_@key@", f"make_{name}")
        for line in lines
    ]
    given = [HOLE.sub(put, line) for line in known]
    if not (lazy and wanted):
        return given
    names = ", ".join(f"{word}_{name} as {LAZY.get(word, word)}" for word in wanted)
    return [f"from shop.clients.{name} import {names}", *given]


def called_as(form: str, word: str, name: str) -> str:
    """How a file reads a client's function."""
    return {
        "module": f"c_{name}.{word}_{name}",
        "whole": f"shop.clients.{name}.{word}_{name}",
        "alias": f"{word}_{name}_now",
    }.get(form, f"{word}_{name}")


def used(source: str, form: str) -> list[str]:
    """Some names of the import block, as other code may list them."""
    if form in {"module", "whole"}:
        return []
    return sorted(set(re.findall(r"(?<![\w.])(?:make|done)_\w+", source)))[:3]


def imports(source: str, names: list[str], *, form: str) -> list[str]:
    """The import block of a file for the clients that its text reads."""
    lines: list[str] = ["import importlib", "", *HELPER.splitlines()] if form == "helper" else []
    inside = form in {"module", "whole"}
    used = set(re.findall(r"(?<=\.)\w+" if inside else r"(?<![\w.])\w+", source))
    for name in names:
        ending = "_now" if form == "alias" else ""
        wanted = [f"{word}_{name}" for word in (*WORDS, "Client") if f"{word}_{name}{ending}" in used]
        if wanted:
            lines += _imported(form, name, wanted)
    return lines


def _imported(form: str, name: str, wanted: list[str]) -> list[str]:
    inner = ", ".join(wanted)
    if form == "module":
        return [f"from shop.clients import {name} as c_{name}"]
    if form == "whole":
        return [f"import shop.clients.{name}"]
    if form == "alias":
        return [f"from shop.clients.{name} import {', '.join(f'{each} as {each}_now' for each in wanted)}"]
    if form == "relative":
        return [f"from .clients.{name} import {inner}"]
    if form == "helper":
        head = f"_{name} = safe_import({name!r}, {wanted!r})"
        return [head, *(f"{each} = _{name}.get({each!r})" for each in wanted)]
    if form == "attempt":
        nothing = [f"    {each} = None" for each in wanted]
        return ["try:", f"    from shop.clients.{name} import {inner}", "except ImportError:", *nothing]
    return [
        f"from shop.clients.{name} import {inner}  # {name}"
        if len(name) == 4
        else f"from shop.clients.{name} import {inner}"
    ]


HELPER = """def safe_import(name, wanted):
    module = importlib.import_module("shop.clients." + name)
    return {each: getattr(module, each) for each in wanted}

"""
