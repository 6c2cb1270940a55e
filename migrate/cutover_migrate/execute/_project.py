"""Execute every site of a project, as its journal tells them: originals against what is on disk.

Where failover loops were adopted since, the file as the cutover finished it is executed: the loops have a proof of
their own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from cutover_migrate.apply import Journal, read_journal
from cutover_migrate.apply._journal import finished_of, original_of
from cutover_migrate.execute._child import Limits, Texts, run_texts
from cutover_migrate.execute._inside._bindings import Bindings, Imported, Literal, Own, enumeration, read_bindings
from cutover_migrate.execute._records import ExecuteReport
from cutover_migrate.execute._texts import MEMORY_MIB, ROUNDS, SECONDS

MOST_CONSTANTS = 2_000


def execute_project(
    root: Path, *, seconds: float = SECONDS, memory_mib: int = MEMORY_MIB, rounds: int = ROUNDS
) -> ExecuteReport:
    """Execute both programs of every site of a project at stage applied or finished.

    Args:
        root: The project.
        seconds: How much processor time one site may take; four times that and ten seconds more by the clock.
        memory_mib: How much memory the child process may have, in MiB.
        rounds: How many schedules each key is run under.

    Raises:
        JournalMissing: Nothing was applied here.
        JournalDamaged: The journal, or an original, is not what was written.
    """
    root = root.resolve()
    journal = read_journal(root)
    limits = Limits(seconds=seconds, memory_mib=memory_mib, rounds=rounds)
    return run_texts(list(_texts(root, journal)), limits)


def _texts(root: Path, journal: Journal) -> Iterator[Texts]:
    generated = journal.generated
    config = (root / generated["config"]).read_bytes()
    import_root = generated["config"].removesuffix(generated["config_module"].replace(".", "/") + ".py").rstrip("/")
    arms = ("registry", "legacy") if journal.state == "applied" else ("registry",)
    originals = {file.path: original_of(root, file) for file in journal.files if not file.created}
    for path in dict.fromkeys(site["file"] for site in journal.sites):
        before = originals.get(path) or b""
        module = _module_name(path, import_root)
        sites = [site for site in journal.sites if site["file"] == path]
        yield Texts(
            before=before,
            after=_present(root, journal, path),
            config=config,
            file=path,
            module=module,
            package=path.endswith("__init__.py"),
            config_module=generated["config_module"],
            arms=arms,
            constants=constants_of(root, import_root, originals, before, module, path),
            lines={site["name"]: site["start_line"] for site in sites},
            subjects={site["name"]: site["subject"] for site in sites},
            keys={site["name"]: [key for key in site["keys"] if isinstance(key, str)] for site in sites},
        )


def _present(root: Path, journal: Journal, path: str) -> bytes:
    adopted = any(loop["file"] == path for loop in journal.details.get("adopted", ()))
    finished = finished_of(root, path) if adopted else None
    if finished is not None:
        return finished
    return (root / path).read_bytes() if (root / path).is_file() else b""


def _module_name(path: str, import_root: str) -> str:
    inside = path.removeprefix(f"{import_root}/") if import_root else path
    return inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def constants_of(
    root: Path, import_root: str, originals: Mapping[str, bytes | None], before: bytes, module: str, path: str
) -> dict[str, str]:
    """Sources of the constants that a file imports from other files of the project, by their path."""
    tree = _parsed(before)
    if tree is None:
        return {}
    bindings = read_bindings(tree, module=module, package=path.endswith("__init__.py"))
    wanted = {binding.path for binding in bindings.names.values() if isinstance(binding, Imported)}
    wanted |= {
        f"{bindings.absolute(node.module, node.level)}.{each.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    found = _Found(root, import_root, originals)
    for each in sorted(wanted)[:MOST_CONSTANTS]:
        found.look(each)
    return found.sources


class _Found:
    """Constants found in the project's files, which are read and never imported."""

    def __init__(self, root: Path, import_root: str, originals: Mapping[str, bytes | None]) -> None:
        self.sources: dict[str, str] = {}
        self._root = root / import_root
        self._prefix = f"{import_root}/" if import_root else ""
        self._originals = originals
        self._read: dict[str, tuple[ast.Module, Bindings] | None] = {}

    def look(self, path: str, *, depth: int = 0) -> str | None:
        """Find what a path stands for: a constant, or all constants of a module."""
        if path in self.sources or depth > 4:
            return self.sources.get(path)
        whole = self._module(path)
        if whole is not None:
            for each, member in whole[1].names.items():
                if isinstance(member, Literal | Own):
                    self._take(f"{path}.{each}", member)
            return None
        home, _, name = path.rpartition(".")
        module = self._module(home)
        binding = module[1].names.get(name) if module is not None else None
        if isinstance(binding, Imported):
            source = self.look(binding.path, depth=depth + 1)
            if source is not None:
                self.sources[path] = source
        elif binding is not None:
            self._take(path, binding)
        return self.sources.get(path)

    def _take(self, path: str, binding: Literal | Own) -> None:
        if isinstance(binding, Literal) or _is_enumeration(binding.node):
            self.sources[path] = ast.unparse(binding.node)

    def _module(self, module: str) -> tuple[ast.Module, Bindings] | None:
        if module not in self._read:
            self._read[module] = self._parse(module)
        return self._read[module]

    def _parse(self, module: str) -> tuple[ast.Module, Bindings] | None:
        if not module:
            return None
        inside = module.replace(".", "/")
        for path, package in ((f"{inside}.py", False), (f"{inside}/__init__.py", True)):
            place = self._root / path
            data = self._originals.get(f"{self._prefix}{path}") or (place.read_bytes() if place.is_file() else None)
            tree = None if data is None else _parsed(data)
            if tree is not None:
                return tree, read_bindings(tree, module=module, package=package)
        return None


def _is_enumeration(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and enumeration(node) is not None


def _parsed(data: bytes) -> ast.Module | None:
    try:
        return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError):
        return None
