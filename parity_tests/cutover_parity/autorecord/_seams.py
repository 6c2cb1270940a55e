"""Where servers take the application that they are given: behind each of these methods an attribute holds it.

This module is loaded in every Python process of a recorded command, and so it imports the standard library only: the
recorder itself is imported once a server has an application.
"""

import functools
import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NamedTuple


class Seam(NamedTuple):
    """After `owner.method`, the object's `attribute` is the application, of the kind "asgi" or "wsgi"."""

    owner: str
    method: str
    attribute: str
    kind: str


SEAMS: dict[str, tuple[Seam, ...]] = {
    "uvicorn.config": (Seam("Config", "load", "loaded_app", "asgi"),),
    "hypercorn.app_wrappers": (
        Seam("ASGIWrapper", "__init__", "app", "asgi"),
        Seam("WSGIWrapper", "__init__", "app", "wsgi"),
    ),
    "gunicorn.workers.sync": (Seam("SyncWorker", "load_wsgi", "wsgi", "wsgi"),),
    "gunicorn.workers.gthread": (Seam("ThreadWorker", "load_wsgi", "wsgi", "wsgi"),),
    "gunicorn.workers.gasgi": (Seam("ASGIWorker", "load_wsgi", "asgi", "asgi"),),
    "waitress.server": (Seam("BaseWSGIServer", "__init__", "application", "wsgi"),),
    "werkzeug.serving": (Seam("BaseWSGIServer", "__init__", "app", "wsgi"),),
    "wsgiref.simple_server": (Seam("WSGIServer", "set_app", "application", "wsgi"),),
}
SHUTDOWN = {"uvicorn.server": ("Server", "shutdown")}


def install() -> None:
    """Watch for servers that are imported from now on."""
    sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def __init__(self) -> None:
        self._left = {*SEAMS, *SHUTDOWN}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._left:
            return None
        self._left.discard(fullname)
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader(Loader):
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        created: ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _sewn(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def _sewn(module: ModuleType) -> None:
    try:
        for seam in SEAMS.get(module.__name__, ()):
            owner = getattr(module, seam.owner)
            setattr(owner, seam.method, _handing_over(getattr(owner, seam.method), seam))
        if module.__name__ in SHUTDOWN:
            name, method = SHUTDOWN[module.__name__]
            owner = getattr(module, name)
            setattr(owner, method, _flushing(getattr(owner, method)))
    except AttributeError as error:
        _say(f"{module.__name__} is another version than the recorder knows ({error}); it is not recorded")


def _handing_over(method: Callable[..., Any], seam: Seam) -> Callable[..., Any]:
    @functools.wraps(method)
    def handing_over(self: Any, *args: Any, **kwargs: Any) -> Any:
        outcome = method(self, *args, **kwargs)
        setattr(self, seam.attribute, _recorded(getattr(self, seam.attribute), seam.kind))
        return outcome

    return handing_over


def _flushing(shutdown: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(shutdown)
    async def flushing(self: Any, *args: Any, **kwargs: Any) -> Any:
        outcome = await shutdown(self, *args, **kwargs)
        attach = sys.modules.get("cutover_parity.autorecord._attach")
        if attach is not None:
            await attach.flush()
        return outcome

    return flushing


def _recorded(app: Any, kind: str) -> Any:
    try:
        attach = importlib.import_module("cutover_parity.autorecord._attach")
        return attach.attached(app, kind)
    except Exception as error:  # noqa: BLE001  the application is served, recorded or not
        _say(f"not recorded: {type(error).__name__}: {error}")
        return app


def _say(message: str) -> None:
    sys.stderr.write(f"cutover: {message}\n")
