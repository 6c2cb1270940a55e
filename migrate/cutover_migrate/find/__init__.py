"""Finding: what is there, decided by shape alone (stdlib ``ast``, no rewriting)."""

from cutover_migrate.find._blocks import Block, ImportedName, ProviderImports, find_blocks
from cutover_migrate.find._chains import Branch, Chain, Kind, Resolver, find_chains
from cutover_migrate.find._constants import Constant, Constants, NotText
from cutover_migrate.find._cycles import leads_to, takers
from cutover_migrate.find._decoys import decoy_of
from cutover_migrate.find._keys import Guarded, Key, Keyed, Open, Symbol, Test
from cutover_migrate.find._modules import ModuleMap
from cutover_migrate.find._outline import Outline, outline_of
from cutover_migrate.find._scope import (
    COMPREHENSIONS,
    FunctionNodes,
    bound_by,
    bound_names,
    local_names,
    reads_frame,
    used_names,
)
from cutover_migrate.find._source import (
    Source,
    Tree,
    Unread,
    content_digest,
    every_node,
    every_statement,
    inner_nodes,
    parse_source,
    project_root,
    read_source,
    read_tree,
)
from cutover_migrate.find._tables import KeyedTable, find_tables

__all__ = [
    "COMPREHENSIONS",
    "Block",
    "Branch",
    "Chain",
    "Constant",
    "Constants",
    "FunctionNodes",
    "Guarded",
    "ImportedName",
    "Key",
    "Keyed",
    "KeyedTable",
    "Kind",
    "ModuleMap",
    "NotText",
    "Open",
    "Outline",
    "ProviderImports",
    "Resolver",
    "Source",
    "Symbol",
    "Test",
    "Tree",
    "Unread",
    "bound_by",
    "bound_names",
    "content_digest",
    "decoy_of",
    "every_node",
    "every_statement",
    "find_blocks",
    "find_chains",
    "find_tables",
    "inner_nodes",
    "leads_to",
    "local_names",
    "outline_of",
    "parse_source",
    "project_root",
    "read_source",
    "read_tree",
    "reads_frame",
    "takers",
    "used_names",
]
