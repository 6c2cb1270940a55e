"""Code around the chains in forms that are left as they are, with the reason: imports, tables, lists, alias fixes.

What `find_blocks` gives can be rewritten; this is the rest of what is about providers, by shape alone. Who asks sorts
out by the names whether it is about *his* providers.

Example: ``[form.reason for form in kept_forms(source, modules)]``
"""

from collections.abc import Iterator

from cutover_migrate.find._modules import ModuleMap
from cutover_migrate.find._source import Source
from cutover_migrate.find.kept._aliases import kept_aliases
from cutover_migrate.find.kept._form import KeptForm
from cutover_migrate.find.kept._imported import kept_elsewhere
from cutover_migrate.find.kept._imports import kept_imports
from cutover_migrate.find.kept._lists import kept_lists
from cutover_migrate.find.kept._tables import kept_tables

__all__ = ["KeptForm", "kept_forms"]


def kept_forms(source: Source, modules: ModuleMap) -> Iterator[KeptForm]:
    """Every such form of a file, whichever names it has."""
    yield from kept_imports(source)
    yield from kept_tables(source)
    yield from kept_lists(source)
    yield from kept_elsewhere(source, modules)
    yield from kept_aliases(source)
