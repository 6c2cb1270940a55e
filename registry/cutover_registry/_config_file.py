"""Read the tables of a configuration module from its text: literals only, nothing of the file is executed.

    PROVIDER_CONFIGS = {"near": {"module_name": "src.near_client", "timeout": 120}}
    PROVIDER_ALIASES = {"hug": "huggingface"}

Statements that derive one table from another (``AUTO_DETECT_PROVIDERS += …``) are not tables and are not read.
"""

from __future__ import annotations

import ast

from cutover_registry._tables import TABLES, Tables
from cutover_registry._typing import TYPE_CHECKING
from cutover_registry.errors import InvalidEntry

if TYPE_CHECKING:
    from pathlib import Path

AUTO_DETECT = "AUTO_DETECT_PROVIDERS"


def read_tables(path: Path) -> Tables:
    """Read a configuration file.

    Raises:
        OSError: When it cannot be read.
        InvalidEntry: When it is not Python, a table is not a literal, or not well formed; the file is named.
        UnknownSite: When an entry lists a site that SITES does not have.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "providers.py")
    ...     _ = path.write_text("PROVIDER_CONFIGS = {'near': {'timeout': 120}}")
    ...     read_tables(path).configs["near"].timeout
    120
    """
    return Tables.from_mapping(literal_tables(path))


def literal_tables(path: Path) -> dict[str, object]:
    """Give the tables of a file as plain data, AUTO_DETECT_PROVIDERS with the entries that ask for it at its end."""
    try:
        module = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise InvalidEntry(str(path), f"is not Python ({error}); nothing of it was taken") from error
    found = {name: _literal(path, name, value) for name, value in _assigned(module) if name in TABLES}
    if "PROVIDER_CONFIGS" not in found:
        raise InvalidEntry(str(path), "has no PROVIDER_CONFIGS; define the dict of entries")
    return found


def detected(tables: dict[str, object]) -> list[str]:
    """Give AUTO_DETECT_PROVIDERS with what a generated module derives: entries that say ``auto_detect``."""
    listed, entries = tables.get(AUTO_DETECT, ()), tables["PROVIDER_CONFIGS"]
    names = list(listed) if isinstance(listed, list | tuple) else []
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        if isinstance(entry, dict) and entry.get("auto_detect") and name not in names:
            names.append(name)
    return names


def _assigned(module: ast.Module) -> list[tuple[str, ast.expr]]:
    found: list[tuple[str, ast.expr]] = []
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.append((name, value))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.append((name, value))
    return found


def _literal(path: Path, name: str, value: ast.expr) -> object:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError) as error:
        problem = f"{name} is not a literal ({error}); write plain dicts, lists, strings and numbers"
        raise InvalidEntry(f"{path}, line {value.lineno}", problem) from error
