"""Constants of other files, as the parent found them: text in, values out."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from cutover_migrate.execute._inside._bindings import enumeration, evaluated


def constants_in(sources: Mapping[str, str]) -> dict[str, Any]:
    """Values by their path; a source is a literal or the class statement of an enumeration."""
    found: dict[str, Any] = {}
    for path, source in sources.items():
        statement = ast.parse(source).body[0]
        if isinstance(statement, ast.ClassDef):
            made = enumeration(statement)
            if made is not None:
                found[path] = made
        elif isinstance(statement, ast.Expr):
            found[path] = evaluated(statement.value)
    return found
