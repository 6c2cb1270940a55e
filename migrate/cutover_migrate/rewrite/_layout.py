"""Where the generated files go: beside the provider modules, and in the application's own config package.

Example: ``choose_layout(modules, ["src.services.groq_client"], "src/routes/chat.py").config``
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from cutover_migrate.errors import BadInput
from cutover_migrate.find import ModuleMap, leads_to
from cutover_migrate.rewrite._imports import TopNames

RUNTIME = "cutover_registry"
VENDORED = "_cutover_registry"
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
    runtime_module: str = RUNTIME

    @property
    def import_root(self) -> str:
        """The folder from which the generated modules, and so the application's, are imported."""
        return self.config.removesuffix(self.config_module.replace(".", "/") + ".py").rstrip("/")

    @property
    def runtime_folder(self) -> str | None:
        """The folder of the vendored runtime, ``None`` where the runtime is a dependency."""
        return _join(_folder(self.registry), VENDORED) if self.runtime_module != RUNTIME else None

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
    vendor: bool = False,
    edited: Iterable[str] = (),
) -> Layout:
    """Follow the application's own layout; ``services`` and ``config`` name folders that override it.

    With ``vendor`` the runtime is a package beside the registry. ``edited`` are the files that will import them.
    """
    folders: Counter[str] = Counter()
    for module in provider_modules:
        path = modules.path_of(module)
        if path is not None:
            folders[_folder(path)] += 1
    home = services if services is not None else _commonest(folders, _folder(site_path))
    places = [(config, "providers")] if config is not None else _config_places(modules, home)
    for folder in (home, places[0][0]):
        _check(folder)
    users = {site_path, *edited}
    fitting = (place for place in places if config is not None or _is_free(modules, *place))
    settings, stem = next((place for place in fitting if not _comes_back(modules, place[0], users)), places[0])
    paths = [_join(settings, f"{stem}.py"), _join(home, "provider_registry.py"), _join(home, "provider_loader.py")]
    runtime = modules.name_of(_join(home, f"{VENDORED}/__init__.py")) if vendor else RUNTIME
    names = [modules.name_of(path) for path in paths]
    return Layout(paths[0], paths[1], paths[2], names[0], names[1], names[2], runtime)


def _config_places(modules: ModuleMap, home: str) -> list[tuple[str, str]]:
    """Where the table may go, the best first: a config package beside the services folder or above it, then there."""
    places = []
    folder = PurePosixPath(home)
    while True:
        inside = "" if str(folder) == "." else str(folder)
        candidates = (_join(inside, name) for name in CONFIG_FOLDERS)
        places += [(each, "providers") for each in candidates if any(_folder(path) == each for path in modules.sources)]
        if inside in {modules.import_root, ""}:
            break
        folder = folder.parent
    return [*places, (home, "providers"), (home, "provider_configs"), (home, "provider_table")]


def _is_free(modules: ModuleMap, folder: str, stem: str) -> bool:
    """Whether ``stem`` imported from ``folder`` would be the generated file and hide nothing of the application's."""
    root = modules.root
    if (root / folder / stem).is_dir():
        return False
    package = PurePosixPath(folder)
    while str(package) != "." and str(package) != modules.import_root:
        if (root / package.parent / f"{package.name}.py").is_file():
            return False
        package = package.parent
    door = modules.sources.get(_join(folder, "__init__.py"))
    return door is None or stem not in TopNames(door)


def _comes_back(modules: ModuleMap, folder: str, users: set[str]) -> bool:
    """Whether a package, once it is imported from a file that did not need it before, would import that file."""
    door = _join(folder, "__init__.py")
    return leads_to(modules, door, users) and any(
        not user.startswith(f"{folder}/") and not leads_to(modules, user, {door}) for user in users
    )


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
