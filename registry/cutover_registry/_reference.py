"""The grammar of slot references: where a provider's function is, and under which global name code reads it.

=========================  ==============================================  =================================
reference                  imported as                                     read as
=========================  ==============================================  =================================
``fn``                     ``from module_name import fn``                  ``fn``
``attr as fn``             ``from module_name import attr as fn``          ``fn``
``pkg.mod:attr``           ``from pkg.mod import attr``                    ``attr``
``pkg.mod:attr as fn``     ``from pkg.mod import attr as fn``              ``fn``
``pkg.mod:Thing.attr``     ``from pkg.mod import Thing``                   ``Thing.attr``
``x_client.attr``          the module ``module_name`` as ``x_client``      ``x_client.attr``
``a.b.c.attr``             ``import a.b.c`` (where that is module_name)    ``a.b.c.attr``
``.fn``, ``.thing.attr``   not at all: the migrated module has it itself   ``fn``, ``thing.attr``
=========================  ==============================================  =================================
"""

import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from keyword import iskeyword

from cutover_registry._imports import import_from, import_module
from cutover_registry.errors import InvalidEntry


@dataclass(frozen=True, slots=True)
class SlotReference:
    """One parsed slot reference.

    Attributes:
        module: The module to import, dotted and absolute.
        attribute: The attribute of it that is bound; None binds the module itself (or its top package).
        global_name: The global name that migrated code reads.
        path: The attributes that are read from the global, in order; empty for a plain name.
        own: The migrated module binds the name itself (a function of its own, say); it is never imported for it.
        tail: How many leading names of `path` only lead from the top package to the module (``import a.b.c``).

    >>> SlotReference.parse("make_near_request", module_name="src.near_client")
    SlotReference(module='src.near_client', attribute='make_near_request', global_name='make_near_request', path=(), \
tail=0, own=False)
    """

    module: str
    attribute: str | None
    global_name: str
    path: tuple[str, ...] = ()
    tail: int = 0
    own: bool = False

    @classmethod
    def parse(cls, text: str, *, module_name: str | None, where: str = "slot reference") -> "SlotReference":
        """Parse one reference.

        Raises:
            InvalidEntry: When the text is not of the grammar, or needs a `module_name` and there is none.
        """
        if text.startswith("."):
            return cls._parse_own(text, module_name=module_name, where=where)
        target, renamed, name = text.partition(" as ")
        module, colon, dotted = target.rpartition(":")
        source = module if colon else module_name
        parts = dotted.split(".")
        if not all(map(_is_name, parts)) or (renamed and not _is_name(name)) or (colon and not is_dotted(module)):
            raise InvalidEntry(where, f"{text!r} is not a slot reference; write {GRAMMAR}")
        if source is None:
            raise InvalidEntry(where, f"{text!r} needs a module_name; add the field or write 'pkg.mod:{dotted}'")
        if colon or len(parts) == 1:
            return cls(source, parts[0], name or parts[0], tuple(parts[1:]))
        if renamed:
            raise InvalidEntry(where, f"{text!r} renames a path; write 'pkg.mod:attr as fn', or {GRAMMAR}")
        tail = source.count(".") if dotted.startswith(f"{source}.") else 0
        return cls(source, None, parts[0], tuple(parts[1:]), tail)

    @classmethod
    def _parse_own(cls, text: str, *, module_name: str | None, where: str) -> "SlotReference":
        name, *path = text[1:].split(".")
        if not all(map(_is_name, (name, *path))):
            raise InvalidEntry(where, f"{text!r} is not a slot reference; write {GRAMMAR}")
        return cls(module_name or "", name, name, tuple(path), own=True)

    @property
    def expression(self) -> str:
        """What migrated code reads, as it would be written: ``fn`` or ``x_client.attr``."""
        return ".".join((self.global_name, *self.path))

    def read(self, namespace: Mapping[str, object]) -> object:
        """Read it now as a global of `namespace`, with the NameError or AttributeError of such a read."""
        try:
            found = namespace[self.global_name]
        except KeyError:
            found = self._builtin()
        return reduce(getattr, self.path, found) if self.path else found

    def fetch(self) -> object:
        """Import what the global name stands for (not yet its path), with the errors of the import statement."""
        if self.own:
            raise NameError(f"name {self.global_name!r} is defined only in the migrated module", name=self.global_name)
        if self.attribute is not None:
            return import_from(self.module, self.attribute)
        package, _, last = self.module.rpartition(".")
        if package and last == self.global_name:
            return import_from(package, last)
        module = import_module(self.module)
        return import_module(self.global_name) if self.tail else module

    def load(self) -> object:
        """Import and read it through, as code with a lazy import would."""
        found = self.fetch()
        return reduce(getattr, self.path, found) if self.path else found

    def _builtin(self) -> object:
        try:
            return vars(builtins)[self.global_name]
        except KeyError:
            raise NameError(f"name {self.global_name!r} is not defined", name=self.global_name) from None


GRAMMAR = "'fn', 'attr as fn', 'pkg.mod:attr', 'pkg.mod:attr as fn', 'x_client.attr' or '.fn'"


def is_dotted(text: str) -> bool:
    """Tell whether `text` is an absolute dotted module name."""
    return all(map(_is_name, text.split(".")))


def _is_name(text: str) -> bool:
    return text.isidentifier() and not iskeyword(text)
