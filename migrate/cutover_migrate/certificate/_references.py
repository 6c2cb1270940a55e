"""Slot references: the strings that say which function fills a slot.

The spellings are `fn`, `attr as fn`, `pkg.mod:attr[.path] [as fn]`, `client.attr`, `pkg.mod.attr` and `.fn[.path]`.
Each names a module, what is taken from it, the global name that holds it in the migrated module, and the path read from
that global; the last one reads a name that the migrated module binds itself.
"""

from __future__ import annotations

import ast
import keyword
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """What a global is: an attribute of a module, or (`attribute` is None) the module; `top` means its top package."""

    module: str
    attribute: str | None
    top: bool = False

    @property
    def dotted(self) -> str:
        """Give both as one dotted name."""
        return self.module if self.attribute is None else f"{self.module}.{self.attribute}"

    @property
    def statement(self) -> str:
        """Give the import statement that a person would write for it."""
        if self.attribute is not None:
            return f"from {self.module} import {self.attribute}"
        return f"import {self.module}" if self.top else f"import {self.module} as …"

    def means(self, other: Origin) -> bool:
        """Tell whether both give one object; `from package import module` is `package.module`."""
        return self.top == other.top and self.dotted == other.dotted


@dataclass(frozen=True, slots=True)
class Reference:
    """A filled slot: the global `name`, where it comes from, and the attribute path read from it.

    `own` is a name that the migrated module binds itself, and that nothing is imported for.
    """

    name: str
    origin: Origin
    path: tuple[str, ...] = ()
    own: bool = False

    def expression(self) -> ast.expr:
        """Give the read that legacy code wrote in this place."""
        read: ast.expr = ast.Name(self.name, ast.Load())
        for attribute in self.path:
            read = ast.Attribute(read, attribute, ast.Load())
        return read

    @property
    def imported(self) -> str:
        """Give what the slot reads as one dotted name, module first."""
        path = self.path[self.origin.module.count(".") :] if self.origin.top else self.path
        return ".".join((self.origin.dotted, *path))


def parse_reference(text: str, module_name: str | None) -> Reference | None:
    """Read one reference of an entry whose module is `module_name`; None if it is none."""
    if text.startswith("."):
        return _own_reference(text[1:], module_name)
    target, renamed, alias = text.partition(" as ")
    written, colon, dotted = target.rpartition(":")
    module = written if colon else module_name
    first, *path = dotted.split(".")
    spelled = (*(module or "").split("."), first, *path, *([alias] if renamed else []))
    if module is None or not all(map(_is_plain, spelled)):
        return None
    if colon or not path:
        return Reference(alias or first, Origin(module, first), tuple(path))
    if renamed:
        return None
    return Reference(first, Origin(module, None, top=dotted.startswith(f"{module}.") and "." in module), tuple(path))


def _own_reference(dotted: str, module_name: str | None) -> Reference | None:
    first, *path = dotted.split(".")
    if not all(map(_is_plain, (first, *path))):
        return None
    return Reference(first, Origin(module_name or "", first), tuple(path), own=True)


def identifier_of(provider: str) -> str:
    """Give the spelling of a provider's name inside function names."""
    return provider.replace("-", "_").replace(".", "_")


def _is_plain(part: str) -> bool:
    mangled = part.startswith("__") and not part.endswith("__")
    return part.isidentifier() and not keyword.iskeyword(part) and not mangled
