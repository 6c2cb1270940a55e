"""Finding: what is there, decided by shape alone (stdlib ``ast``, no rewriting)."""

from cutover_migrate.find._blocks import Block, ImportedName, ProviderImports, find_blocks
from cutover_migrate.find._chains import Branch, Chain, Kind, find_chains
from cutover_migrate.find._keys import Guarded, Key, Keyed, Open, Symbol, Test
from cutover_migrate.find._modules import ModuleMap
from cutover_migrate.find._scope import COMPREHENSIONS, FunctionNodes, bound_names, local_names, reads_frame, used_names
from cutover_migrate.find._source import Source, Tree, Unread, parse_source, project_root, read_source, read_tree

__all__ = [
    "COMPREHENSIONS",
    "Block",
    "Branch",
    "Chain",
    "FunctionNodes",
    "Guarded",
    "ImportedName",
    "Key",
    "Keyed",
    "Kind",
    "ModuleMap",
    "Open",
    "ProviderImports",
    "Source",
    "Symbol",
    "Test",
    "Tree",
    "Unread",
    "bound_names",
    "find_blocks",
    "find_chains",
    "local_names",
    "parse_source",
    "project_root",
    "read_source",
    "read_tree",
    "reads_frame",
    "used_names",
]
