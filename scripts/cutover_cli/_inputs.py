"""What people name on the command line: the project's root, a plan, a file to write; what cannot be used is refused.

Example: ``read_plan(Path("plan.json"))["names"]``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutover_cli._console import error_console
from cutover_cli._unusable import Unusable
from cutover_migrate import NotPython, PlanMismatch, project_root
from cutover_migrate.apply import RolledBack, RolledForward, recover

if TYPE_CHECKING:
    from cutover_migrate import Scan

TEXTS = ("services", "config", "import_root")


def named_root(root: Path | None) -> Path:
    """The project's root: the folder that was named, else the one that is found from here."""
    if root is not None and not root.is_dir():
        raise Unusable(f"{root}: there is no such folder; name the project's root folder")
    return root or project_root([Path()])


def settled(root: Path) -> Path:
    """A project's root, after what an interrupted command left there is settled; says so on standard error."""
    match recover(root):
        case RolledForward(command=command):
            error_console().print(f"cutover {command} was interrupted here; it has been completed")
        case RolledBack(paths=paths) if paths:
            error_console().print("a command was interrupted here; its files were put back")
    return root


def readable(found: Scan) -> Scan:
    """A scan that read at least one file; if there is none, the first one says why."""
    if not found.tree.sources and found.tree.unread:
        first = found.tree.unread[0]
        python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        raise NotPython(first.path, first.line, first.reason, python=python)
    return found


def write_output(path: Path, text: str) -> None:
    """Write what was asked for with ``--output``."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unusable(
            f"{path}: cannot be written ({error.strerror}); name a file in a folder that is there"
        ) from error


def read_plan(path: Path) -> dict[str, Any]:
    """Read a plan; its fields have the kinds that they should have."""
    again = f"make one with `cutover plan SRC -o {path}`"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PlanMismatch(f"{path}: there is no such plan; {again}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise PlanMismatch(f"{path}: not a plan ({error}); {again}") from error
    if not isinstance(data, dict):
        raise PlanMismatch(f"{path}: not a plan, but a JSON {_kind(data)}; {again}")
    damaged = [name for name, holds in FIELDS.items() if name in data and not holds(data[name])]
    if damaged:
        raise PlanMismatch(f"{path}: a damaged plan: {damaged[0]!r} is not what `cutover plan` writes; make it anew")
    return data


def plan_root(plan: dict[str, Any], root: Path | None) -> Path:
    """The root of the project that a plan is for."""
    top = root or Path(str(plan.get("root", "")))
    if not plan.get("root") or not top.is_dir():
        raise PlanMismatch(f"{top}: the plan's project root is not here; name it with --root, or plan this tree anew")
    return top


def _kind(data: object) -> str:
    return {list: "list", str: "text", type(None): "null", bool: "truth value"}.get(type(data), "number")


def _texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _names(value: object) -> bool:
    return isinstance(value, dict) and all(_texts(value.get(name, {})) for name in ("sites", "columns"))


def _sites(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(site, dict) for site in value)


def _options(value: object) -> bool:
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str | None) for name in TEXTS):
        return False
    lists = [value.get(name, []) for name in ("include", "exclude")]
    return all(isinstance(ids, list) and all(isinstance(site, str) for site in ids) for ids in lists)


FIELDS: dict[str, Callable[[object], bool]] = {
    "root": lambda value: isinstance(value, str),
    "names": _names,
    "sources": _texts,
    "sites": _sites,
    "options": _options,
}
