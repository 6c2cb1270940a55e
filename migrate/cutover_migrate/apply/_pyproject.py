"""The dependency entry in `pyproject.toml`: in `[project] dependencies`, or in Poetry's own table.

The style of the file is kept by tomlkit; what it makes is read again by the standard library, and anything that is not
exactly "the same, and one dependency more" is not written.
"""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from cutover_migrate.apply._change import FileChange
from cutover_migrate.apply._skipped import NAME, REQUIREMENT, NotHere, Skipped, is_ours

PATH = "pyproject.toml"
PEP_621 = f'add "{REQUIREMENT}" to dependencies under [project] in {PATH}'
POETRY_VERSION = ">=0.1"
POETRY = f'add {NAME} = "{POETRY_VERSION}" under [tool.poetry.dependencies] in {PATH}'


def add_to_pyproject(data: bytes) -> FileChange | Skipped | NotHere:
    """Add the requirement where this file lists the application's dependencies."""
    try:
        text = data.decode()
        found = tomllib.loads(text)
    except ValueError as error:
        return Skipped(f"{PATH} is not valid TOML ({error})", PEP_621)
    listed = _table(found, "project").get("dependencies")
    if isinstance(listed, list):
        return _add(data, found, present=any(is_ours(str(each)) for each in listed), poetry=False)
    listed = _table(found, "tool", "poetry").get("dependencies")
    if isinstance(listed, dict):
        return _add(data, found, present=any(is_ours(name) for name in listed), poetry=True)
    return NotHere()


def begin_in_pyproject(data: bytes) -> FileChange | Skipped | NotHere:
    """Begin a list of dependencies under `[project]`, for a project that has none anywhere."""
    found = tomllib.loads(data.decode())
    project = _table(found, "project")
    if not project or "dependencies" in project.get("dynamic", []):
        return NotHere()
    return _add(data, found, present=False, poetry=False)


def named_files(data: bytes) -> list[str]:
    """Name the requirements files that setuptools reads the dependencies from."""
    dynamic = _table(tomllib.loads(data.decode()), "tool", "setuptools", "dynamic")
    files = _table(dynamic, "dependencies").get("file", [])
    return [files] if isinstance(files, str) else [str(name) for name in files]


def _table(found: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        inner = found.get(name)
        found = inner if isinstance(inner, dict) else {}
    return found


def _add(data: bytes, found: dict[str, Any], *, present: bool, poetry: bool) -> FileChange | Skipped:
    if present:
        return Skipped(f"{PATH} has it already")
    wanted = copy.deepcopy(found)
    _insert(wanted, poetry=poetry)
    try:
        after = _edited(data.decode(), poetry=poetry)
        same = tomllib.loads(after) == wanted
    except (TOMLKitError, ValueError):
        same = False
    if not same:
        return Skipped(f"{PATH} has a form that cannot be edited surely", POETRY if poetry else PEP_621)
    return FileChange(PATH, data, after.encode())


def _edited(text: str, *, poetry: bool) -> str:
    crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
    document = tomlkit.parse(text.replace("\r\n", "\n") if crlf else text)
    _insert(document, poetry=poetry)
    edited = tomlkit.dumps(document)
    return edited.replace("\n", "\r\n") if crlf else edited


def _insert(document: Any, *, poetry: bool) -> None:
    if poetry:
        document["tool"]["poetry"]["dependencies"][NAME] = POETRY_VERSION
    elif "dependencies" in document["project"]:
        document["project"]["dependencies"].append(REQUIREMENT)
    else:
        document["project"]["dependencies"] = [REQUIREMENT]
