"""Module names and files of a project, worked out from its own imports; nothing is imported.

The import root is the folder from which the project's absolute imports resolve: ``src.services.x`` in
``src/routes/chat.py`` resolves from the project root, ``desk.vendors`` in ``app/desk/web.py`` from ``app``.

Example: ``ModuleMap(tree).name_of("src/routes/chat.py")`` gives ``"src.routes.chat"``
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from cutover_migrate.find._outline import Outline, outline_of
from cutover_migrate.find._source import Source


class ModuleMap:
    """Maps dotted module names to files under one project root, and back."""

    def __init__(
        self,
        root: Path,
        sources: dict[str, Source],
        *,
        import_root: str | None = None,
        outlines: Mapping[str, Outline] | None = None,
    ) -> None:
        self.root = root
        self.sources = sources
        self._chosen = import_root
        self._outlines = outlines or {}
        self._names: dict[str, set[str]] = {}
        self._files: dict[str, str | None] = {}
        self._tried: dict[tuple[str, str], bool] = {}

    @cached_property
    def import_root(self) -> str:
        """The folder (relative, ``""`` for the project root) from which absolute imports resolve."""
        if self._chosen is not None:
            return self._chosen
        votes: Counter[str] = Counter()
        for source in self.sources.values():
            folders = [str(parent) if str(parent) != "." else "" for parent in PurePosixPath(source.path).parents]
            for module in self._outline(source).imports:
                folder = next((folder for folder in folders if self._resolves(folder, module)), None)
                if folder is not None:
                    votes[folder] += 1
        return votes.most_common(1)[0][0] if votes else self._package_root()

    def name_of(self, path: str) -> str:
        """The dotted name under which a file is imported."""
        parts = list(PurePosixPath(path).with_suffix("").parts)
        prefix = PurePosixPath(self.import_root).parts if self.import_root else ()
        if tuple(parts[: len(prefix)]) == tuple(prefix):
            parts = parts[len(prefix) :]
        odd = [place for place, part in enumerate(parts[:-1]) if not part.isidentifier()]
        parts = parts[odd[-1] + 1 :] if odd else parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def path_of(self, module: str) -> str | None:
        """The file of a dotted module name, if it is part of the project."""
        if module not in self._files:
            self._files[module] = self._locate(self.import_root, module)
        return self._files[module]

    def absolute(self, path: str, module: str | None, level: int) -> str:
        """The absolute module of a from-import found in ``path``."""
        if level == 0:
            return module or ""
        package = self.name_of(path).split(".")
        if PurePosixPath(path).name != "__init__.py":
            package = package[:-1]
        base = package[: len(package) - (level - 1)]
        return ".".join([*base, *([module] if module else [])])

    def defines(self, name: str) -> list[str]:
        """The modules that define a top-level function or class of this name."""
        return self._definitions.get(name, [])

    @cached_property
    def _definitions(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path, source in self.sources.items():
            for name in self._outline(source).defines:
                found.setdefault(name, []).append(self.name_of(path))
        return found

    def _outline(self, source: Source) -> Outline:
        return self._outlines.get(source.path) or outline_of(source.tree)

    def _locate(self, folder: str, module: str) -> str | None:
        first, _, _ = module.partition(".")
        if not self._has(folder, first):
            return None
        stem = "/".join([*([folder] if folder else []), *module.split(".")])
        for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
            if candidate in self.sources or (self.root / candidate).is_file():
                return candidate
        return None

    def _resolves(self, folder: str, module: str) -> bool:
        """Whether a folder could be the import root of this import: no package itself, and the module is there."""
        if (folder, module) not in self._tried:
            door = f"{folder}/__init__.py" if folder else "__init__.py"
            self._tried[folder, module] = door not in self.sources and self._locate(folder, module) is not None
        return self._tried[folder, module]

    def _has(self, folder: str, name: str) -> bool:
        """Whether a folder holds a module or a folder of this name."""
        if folder not in self._names:
            try:
                self._names[folder] = {entry.removesuffix(".py") for entry in os.listdir(self.root / folder)}
            except OSError:
                self._names[folder] = set()
            self._names[folder] |= self._listed.get(folder, set())
        return name in self._names[folder]

    @cached_property
    def _listed(self) -> dict[str, set[str]]:
        """The names directly inside each folder, as the given sources have them."""
        found: dict[str, set[str]] = {}
        for path in self.sources:
            parts = path.split("/")
            for depth, name in enumerate(parts):
                found.setdefault("/".join(parts[:depth]), set()).add(name.removesuffix(".py"))
        return found

    def _package_root(self) -> str:
        """Without any import to go by: above the outermost package; a script's own folder; else the project root."""
        for path in sorted(self.sources):
            folder = PurePosixPath(path).parent
            while str(folder) != "." and (self.root / folder / "__init__.py").is_file():
                folder = folder.parent
                if not (self.root / folder / "__init__.py").is_file():
                    return "" if str(folder) == "." else str(folder)
        if all(path.startswith("src/") for path in self.sources):
            return "src"
        scripts = [path for path, source in sorted(self.sources.items()) if self._outline(source).is_script]
        folder = PurePosixPath(scripts[0]).parent if scripts else PurePosixPath()
        return "" if str(folder) == "." else str(folder)
