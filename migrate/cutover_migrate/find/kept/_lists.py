"""Provider lists in forms that stay: no loop goes through them, or not in the order in which they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cutover_migrate.find._source import Source
from cutover_migrate.find.kept._form import KeptForm, text_of


def kept_lists(source: Source) -> Iterator[KeptForm]:
    """Lists, tuples and sets of texts that are no loop's own."""
    inside = {id(node.iter) for node in source.nodes if isinstance(node, ast.comprehension)}
    asked = {id(each) for node in source.nodes if isinstance(node, ast.Compare) for each in node.comparators}
    for node in source.nodes:
        if not isinstance(node, (ast.List, ast.Tuple, ast.Set)) or len(node.elts) < 2:
            continue
        texts = [text_of(item) for item in node.elts]
        if None in texts:
            continue
        if id(node) in asked:
            reason = "it is asked whether it has a provider, not gone through"
        elif isinstance(node, ast.Set):
            reason = "a set has no order"
        elif id(node) in inside:
            reason = "it stands inside a comprehension"
        else:
            reason = "it is neither a loop's own nor a global that a loop goes through"
        yield KeptForm("list", node, tuple(map(str, texts)), reason)
