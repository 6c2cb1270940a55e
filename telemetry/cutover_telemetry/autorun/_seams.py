"""Where servers take the application that they are given: behind each of these methods an attribute holds it.

This module is loaded in every Python process of an instrumented command, so it imports the standard library alone; the
rest comes once a server has an application, or once something imports cutover_registry.
"""

import functools
import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NamedTuple


class Seam(NamedTuple):
    """After `owner.method`, the object's `attribute` is the application, of the kind "asgi" or "wsgi"."""

    owner: str
    method: str
    attribute: str
    kind: str


SEAMS = {
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
REGISTRY = "cutover_registry"


def install() -> None:
    """Watch for servers, and for the registry, that are imported from now on."""
    sys.meta_path.insert(0, _Watcher())


class _Watcher:
    def __init__(self) -> None:
        self._left = {*SEAMS, REGISTRY}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._left:
            return None
        self._left.discard(fullname)
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                _watch(spec)
                return spec
        return None


def _watch(spec: ModuleSpec) -> None:
    loader: Any = spec.loader
    if loader is not None:
        execute = loader.exec_module

        def executed(module: ModuleType) -> None:
            execute(module)
            _sew(module)

        loader.exec_module = executed


def _sew(module: ModuleType) -> None:
    if module.__name__ == REGISTRY:
        _try(lambda attach: attach.instrumented())
    for seam in SEAMS.get(module.__name__, ()):
        owner = getattr(module, seam.owner, None)
        method = getattr(owner, seam.method, None)
        if owner is None or method is None:
            _say(f"{module.__name__} is another version than telemetry knows; it is not instrumented")
        else:
            setattr(owner, seam.method, _handing_over(method, seam))


def _handing_over(method: Callable[..., Any], seam: Seam) -> Callable[..., Any]:
    @functools.wraps(method)
    def handing_over(self: Any, *args: Any, **kwargs: Any) -> Any:
        outcome = method(self, *args, **kwargs)
        app = getattr(self, seam.attribute)
        wrapped = _try(lambda attach: attach.attached(app, seam.kind))
        if wrapped is not None:
            setattr(self, seam.attribute, wrapped)
        return outcome

    return handing_over


def _try(step: Callable[[Any], Any]) -> Any:
    try:
        return step(importlib.import_module("cutover_telemetry.autorun._attach"))
    except Exception as error:  # noqa: BLE001  the application runs, instrumented or not
        _say(f"not instrumented: {type(error).__name__}: {error}")
        return None


def _say(message: str) -> None:
    sys.stderr.write(f"cutover: {message}\n")
