"""The hooks file: what the user stubs so that a gateway runs without its database, its sign-in and its limits.

A plain Python file (usually `cutover_hooks.py`) with functions of these names, each of them optional:

    environment() -> dict     variables that are set before anything of the application is imported
    before_import()           patches that have to be there when the application is imported
    after_import(app)         patches on the imported application, before it starts
    route(request)            a context manager around each case: a clean database, a signed-in user
    state()                   after each case: what the application has written; compared between the arms

`before_import`, `after_import` and `route` may give a context manager (or several in a list) or be written with one
`yield`; what they open stays open until the worker, or the case, ends. `after_import` may give the application to use
in place of `app`. All of them may be coroutine functions.
"""

import inspect
import os
import sys
import traceback
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from difflib import get_close_matches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from cutover_parity._messages import Json, Request
from cutover_parity.compare._render import render
from cutover_parity.errors import HookFailed, HooksRefused

HOOKS_FILE = "cutover_hooks.py"
HOOKS = ("environment", "before_import", "after_import", "route", "state")
_MODULE = "cutover_hooks"


class Hooks:
    """The hooks of one file; one that the file does not have does nothing."""

    def __init__(self, path: Path | None = None, module: ModuleType | None = None) -> None:
        self.path = path
        self._found = {name: vars(module)[name] for name in HOOKS if module and callable(vars(module).get(name))}

    @property
    def has_state(self) -> bool:
        """Whether there is a state to compare."""
        return "state" in self._found

    async def before_import(self, kept: AsyncExitStack) -> None:
        """Set the environment, then run `before_import`; what it opens is closed with `kept`."""
        os.environ.update(self._variables(await self._call("environment")))
        given = await self._call("before_import")
        if not await self._keep("before_import", given, kept):
            raise HookFailed(self.path, "before_import", f"gave a {type(given).__name__}, not a context manager")

    async def after_import(self, app: Any, kept: AsyncExitStack) -> Any:
        """Run `after_import`; give the application to use."""
        given = await self._call("after_import", app)
        if await self._keep("after_import", given, kept):
            return app
        if not callable(given):
            raise HookFailed(self.path, "after_import", f"gave a {type(given).__name__}, not an application")
        return given

    @asynccontextmanager
    async def route(self, request: Request) -> AsyncIterator[None]:
        """Hold `route(request)` open around one case."""
        async with AsyncExitStack() as stack:
            given = await self._call("route", request)
            if not await self._keep("route", given, stack):
                raise HookFailed(self.path, "route", f"gave a {type(given).__name__}, not a context manager")
            yield
            try:
                await stack.aclose()
            except Exception as error:
                raise self._failed("route", error) from error

    async def state(self) -> Json:
        """Give what `state` shows, as JSON."""
        return render(await self._call("state"))

    async def _call(self, name: str, *args: Any) -> Any:
        hook = self._found.get(name)
        if hook is None:
            return None
        try:
            given = hook(*args)
            return await given if inspect.isawaitable(given) else given
        except Exception as error:
            raise self._failed(name, error) from error

    async def _keep(self, name: str, given: Any, stack: AsyncExitStack) -> bool:
        """Enter the context managers that a hook gave; False if it gave something else."""
        for item in given if isinstance(given, list | tuple) else [given]:
            held = _managed(item)
            try:
                if hasattr(held, "__aenter__"):
                    await stack.enter_async_context(held)
                elif hasattr(held, "__enter__"):
                    stack.enter_context(held)
                elif held is not None:
                    return False
            except Exception as error:
                raise self._failed(name, error) from error
        return True

    def _variables(self, given: Any) -> dict[str, str]:
        if given is None:
            return {}
        if not isinstance(given, dict) or not all(isinstance(part, str) for pair in given.items() for part in pair):
            raise HookFailed(self.path, "environment", f"gave {given!r}, not a dict of texts")
        return given

    def _failed(self, name: str, error: Exception) -> HookFailed:
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(self.path)]
        place = f" in line {own[-1].lineno}" if own else ""
        return HookFailed(self.path, name, f"raised {type(error).__name__}{place}: {error}")


def find_hooks(folders: Iterable[Path]) -> Path | None:
    """Give the hooks file of the first of these folders that has one."""
    return next((folder / HOOKS_FILE for folder in folders if (folder / HOOKS_FILE).is_file()), None)


def load_hooks(path: Path | None) -> Hooks:
    """Load a hooks file; without one there are no hooks."""
    if path is None:
        return Hooks()
    spec = spec_from_file_location(_MODULE, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise HooksRefused(path, "there is no such Python file")
    module = sys.modules[_MODULE] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise HooksRefused(path, f"it cannot be imported: {type(error).__name__}: {error}") from error
    _check_names(path, module)
    return Hooks(path, module)


def _check_names(path: Path, module: ModuleType) -> None:
    functions = {name for name, value in vars(module).items() if inspect.isfunction(value)}
    own = [name for name in functions if vars(module)[name].__module__ == _MODULE and not name.startswith("_")]
    for name in sorted(own):
        near = get_close_matches(name, HOOKS, n=1, cutoff=0.8)
        if near and name not in HOOKS and near[0] not in own:
            raise HooksRefused(path, f"it has {name!r}, which is no hook; did you mean {near[0]!r}?")
    if not any(callable(vars(module).get(name)) for name in HOOKS):
        raise HooksRefused(path, f"none of its names is a hook; there are {', '.join(HOOKS)}")


def _managed(given: Any) -> Any:
    if inspect.isgenerator(given):
        return contextmanager(lambda: given)()
    return asynccontextmanager(lambda: given)() if inspect.isasyncgen(given) else given
