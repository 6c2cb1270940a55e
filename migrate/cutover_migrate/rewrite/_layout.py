"""Where the generated files go: beside the provider modules, and in the application's own config package.

Example: ``choose_layout(modules, ["src.services.groq_client"], "src/routes/chat.py").config``
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from cutover_migrate.errors import BadInput
from cutover_migrate.find import ModuleMap

CONFIG_FOLDERS = ("config", "configs", "settings", "conf")


@dataclass(frozen=True)
class Layout:
    """Paths (relative to the project root) of the generated files, and the modules that they are imported as."""

    config: str
    registry: str
    loader: str
    config_module: str
    registry_module: str
    loader_module: str

    @property
    def paths(self) -> tuple[str, str, str]:
        """The three generated files."""
        return self.config, self.registry, self.loader


def choose_layout(
    modules: ModuleMap,
    provider_modules: Iterable[str],
    site_path: str,
    *,
    services: str | None = None,
    config: str | None = None,
) -> Layout:
    """Follow the application's own layout; ``services`` and ``config`` name folders that override it."""
    folders: Counter[str] = Counter()
    for module in provider_modules:
        path = modules.path_of(module)
        if path is not None:
            folders[_folder(path)] += 1
    home = services if services is not None else _commonest(folders, _folder(site_path))
    settings = config if config is not None else _config_folder(modules, home)
    for folder in (home, settings):
        _check(folder)
    paths = [_join(settings, "providers.py"), _join(home, "provider_registry.py"), _join(home, "provider_loader.py")]
    return Layout(*paths, *(modules.name_of(path) for path in paths))


def _config_folder(modules: ModuleMap, home: str) -> str:
    """A config package beside the services folder, or above it; else the services folder itself."""
    for parent in [PurePosixPath(home).parent, *PurePosixPath(home).parent.parents]:
        for name in CONFIG_FOLDERS:
            folder = _join("" if str(parent) == "." else str(parent), name)
            if any(_folder(path) == folder for path in modules.sources):
                return folder
        if str(parent) == modules.import_root:
            break
    return home


def _commonest(folders: Counter[str], fallback: str) -> str:
    return folders.most_common(1)[0][0] if folders else fallback


def _folder(path: str) -> str:
    parent = str(PurePosixPath(path).parent)
    return "" if parent == "." else parent


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _check(folder: str) -> None:
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts:
        raise BadInput(f"{folder}: a folder for generated files is named relative to the project root")
