"""What a project has chosen once: ``cutover.toml``, or ``[tool.cutover]`` in ``pyproject.toml``, in the project's root.

The keys are the options of the command line; ``-`` and ``_`` are the same in them. What is typed wins.

Example: ``read_settings(Path("."))["exclude"]``
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cutover_cli._unusable import Unusable

OWN_FILE = "cutover.toml"
SHARED_FILE = "pyproject.toml"


@dataclass(frozen=True)
class Setting:
    """One key: what it holds, whether a value is that, the commands that heed it, and what it is for."""

    kind: str
    holds: Callable[[object], bool]
    commands: str
    meaning: str


def read_settings(root: Path) -> dict[str, Any]:
    """The settings of the project with this root, by key with ``_``; empty where there are none.

    Raises:
        Unusable: Both files have settings, or one is no TOML, has a key that is not known, or a value of another kind.
    """
    own, shared = _read(root / OWN_FILE), _read(root / SHARED_FILE)
    tool = (shared or {}).get("tool", {})
    section = tool.get("cutover") if isinstance(tool, dict) else None
    if own is not None and section is not None:
        raise Unusable(f"{root / OWN_FILE}: [tool.cutover] in {SHARED_FILE} has settings too; keep one of the two")
    if own is not None:
        return _checked(own, str(root / OWN_FILE))
    if section is None:
        return {}
    where = f"{root / SHARED_FILE}: [tool.cutover]"
    if not isinstance(section, dict):
        raise Unusable(f"{where} is not a table")
    return _checked(section, where)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_bytes().decode())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unusable(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable(f"{path}: not TOML ({error}); mend the file") from error


def _checked(found: Mapping[str, Any], where: str) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for written, value in found.items():
        name = written.replace("_", "-")
        setting = SETTINGS.get(name)
        if setting is None:
            raise Unusable(f"{where}: there is no setting {written!r}; {nearest(name, SETTINGS)}")
        if not setting.holds(value):
            raise Unusable(f"{where}: {written!r} must be {setting.kind}, not {value!r}")
        if name.replace("-", "_") in settings:
            raise Unusable(f"{where}: {name!r} stands twice, once with '-' and once with '_'")
        settings[name.replace("-", "_")] = value
    _check_names(settings.get("names", {}), where)
    if "rollout" in settings:
        settings["rollout"] = _checked_rollout(settings["rollout"], where)
    return settings


def _checked_rollout(found: Mapping[str, Any], where: str) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for written, value in found.items():
        name = written.replace("_", "-")
        if name not in ROLLOUT:
            raise Unusable(f"{where}: there is no setting 'rollout.{written}'; {nearest(name, ROLLOUT)}")
        if not ROLLOUT[name].holds(value):
            raise Unusable(f"{where}: 'rollout.{written}' must be {ROLLOUT[name].kind}, not {value!r}")
        checked[name.replace("-", "_")] = value
    return checked


def _check_names(names: Mapping[str, Any], where: str) -> None:
    for part, texts in names.items():
        if part not in {"sites", "columns"}:
            raise Unusable(f"{where}: there is no setting 'names.{part}'; {nearest(part, ('sites', 'columns'))}")
        if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
            raise Unusable(f"{where}: 'names.{part}' must be a table of texts, not {texts!r}")


def nearest(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """What to say of a name that is not known: the nearest that is, or all of them."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


SETTINGS: Mapping[str, Setting] = {
    "paths": Setting(
        "a list of texts", _is_texts, "scan, plan", "Files and folders to scan, relative to the project's root."
    ),
    "include": Setting("a list of texts", _is_texts, "scan, plan", "Sites (ids) to treat as provider dispatch too."),
    "exclude": Setting("a list of texts", _is_texts, "scan, plan", "Sites (ids) to leave as they are."),
    "services": Setting("a text", _is_text, "scan, plan", "Folder for provider_registry.py and provider_loader.py."),
    "config": Setting("a text", _is_text, "scan, plan", "Folder for providers.py."),
    "import-root": Setting("a text", _is_text, "scan, plan", "Folder from which the project's imports resolve."),
    "unsafe": Setting("true or false", _is_flag, "scan, plan", "Rewrite sites of level unsafe too."),
    "names": Setting(
        "a table", lambda value: isinstance(value, dict), "plan",
        "Names in place of the proposed ones: `names.sites` by site id, `names.columns` by proposed name.",
    ),
    "jobs": Setting("a whole number", _is_count, "scan, plan", "Processes for a large tree."),
    "cache": Setting(
        "true or false", _is_flag, "scan, plan", "Whether to use and keep what earlier scans knew of a file."
    ),
    "baseline": Setting(
        "a text", _is_text, "scan", "SARIF file of an earlier scan; `scan --check` does not count the sites in it."
    ),
    "dependency": Setting(
        "true or false", _is_flag, "apply", "Whether to add provider-cutover to the application's dependency file."
    ),
    "rollout": Setting(
        "a table of a rollout", lambda value: isinstance(value, dict), "rollout, dashboard, finish",
        "What every `cutover rollout` command is told: see docs/reference/rollout.md.",
    ),
    "vendor-runtime": Setting(
        "true or false", _is_flag, "apply", "Write the runtime into the application, in place of the dependency."
    ),
}  # fmt: skip
"""Every key, in the order of the reference."""

ROLLOUT: Mapping[str, Setting] = {
    "state": Setting("a text", _is_text, "rollout, dashboard, finish", "URL of the state that the workers follow."),
    "name": Setting("a text", _is_text, "rollout, dashboard, finish", "Name of the state there."),
    "store": Setting(
        "a list of texts", _is_texts, "rollout", "Telemetry stores that have the evidence, relative to the root."
    ),
    "plan": Setting("a text", _is_text, "rollout start, plan", "The plan's file, relative to the root."),
    "certificate": Setting("a text", _is_text, "rollout", "The parity certificate, relative to the root."),
    "legacy": Setting(
        "a text", _is_text, "rollout", "Tree of the legacy arm that was replayed (default: the root itself)."
    ),
}  # fmt: skip
"""The keys of `[rollout]`."""
