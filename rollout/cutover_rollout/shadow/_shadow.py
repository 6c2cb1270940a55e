"""The shadow of a served process: which routes are looked at, and what is handed to the companion when one has ended.

    shadow = start_shadow(".cutover/shadow", Budgets(sample=0.1))
    app = shadow.wrap(app)

Whatever goes wrong in here, the route is served as if nobody looked.
"""

import atexit
import os
import random
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cutover_parity.alongside import Recorder, Visit, WsgiRecorder, hold_capture, release_capture, served_already
from cutover_registry import Site, add_hook, bound_sites, observe_more, remove_hook, watch_switch
from cutover_rollout.shadow._branches import branches_of
from cutover_rollout.shadow._budgets import Budgets
from cutover_rollout.shadow._sender import Sender
from cutover_rollout.shadow._visits import Call, CallWatch, ShadowVisit
from cutover_rollout.shadow._wire import packed

FOLDER = Path(".cutover/shadow")
_CHANCE = random.SystemRandom()


class Shadow:
    """Looks at routes of this process; made by `start_shadow`."""

    def __init__(self, folder: Path, budgets: Budgets) -> None:
        self.folder, self.budgets = folder, budgets
        self.spool = _Spool(self)
        self._sender = Sender(folder, budgets)
        self._watch = CallWatch(self._modules)
        self._ends: list[Callable[[], None]] = []
        self._known: set[Site] = set()
        self._finding = threading.Lock()
        self._allowance, self._at = budgets.per_second, time.monotonic()
        _shadows.add(self)

    def start(self) -> None:
        """Look on from now on."""
        hold_capture()
        add_hook(self._watch)
        self._modules()
        self._ends.append(watch_switch(self._watch.decided))
        self._sender.start()
        atexit.register(self.stop)

    def stop(self, *, wait: float = 0.0) -> bool:
        """Look on no more; the companion ends after what it has. Say whether it has ended within `wait` seconds."""
        atexit.unregister(self.stop)
        ends, self._ends = self._ends, []
        if ends:
            remove_hook(self._watch)
            for end in ends:
                end()
            release_capture()
        drops = self._sender.told()
        if drops:
            self._sender.send(packed(None, {"drops": drops}))
        self._sender.close()
        return self._sender.wait(wait)

    def wrap(self, app: Any) -> Any:
        """Give an ASGI application whose routes are looked at."""
        return _Asgi(app, self)

    def wrap_wsgi(self, app: Any) -> Any:
        """Give a WSGI application whose routes are looked at."""
        return _Wsgi(app, self)

    @property
    def ready(self) -> bool:
        """Whether there is a companion."""
        return self._sender.ready

    def visit(self) -> ShadowVisit | None:
        """Begin to look at a route, unless a budget says no."""
        budgets = self.budgets
        if not self._ends or not self._sender.ready or served_already():
            return None
        if budgets.sample < 1 and _CHANCE.random() >= budgets.sample:
            return None
        return ShadowVisit(budgets.size) if self._allowed() else None

    def offer(self, visit: Visit) -> None:
        """Hand a route over that has ended; never waits, never raises."""
        try:
            if isinstance(visit, ShadowVisit):
                self._offer(visit)
        except Exception:  # noqa: BLE001  the served request comes first
            self._sender.drops["left out: a fault of the shadow"] += 1

    def forked(self) -> None:
        """Begin anew in a process that was forked off."""
        self._sender.forked()
        self._finding = threading.Lock()

    def _offer(self, visit: ShadowVisit) -> None:
        tape, drops = visit.tape, self._sender.drops
        tape.written = True
        calls = [call for call in tape.calls if self._fit(call)]
        if not calls:
            return
        if visit.size > self.budgets.size:
            drops["dropped: larger than the budget"] += 1
            return
        if visit.busy:
            drops["left out: a request was still open"] += 1
            return
        told = self._sender.told()
        rest = {"calls": [call.to_json() for call in calls], "drops": dict(told)}
        if not self._sender.send(packed(visit.route(), rest)):
            self._sender.drops.update(told)

    def _fit(self, call: Call) -> bool:
        reason = call.left_out
        if not reason and call.outcome is None:
            reason = "its end was not seen"
        elif not reason and call.outcome is not None and call.outcome.cancelled:
            reason = "its caller went away"
        if reason:
            self._sender.drops[f"left out: {reason}"] += 1
        return not reason

    def _allowed(self) -> bool:
        """Take one of the routes that this second has left."""
        now = time.monotonic()
        most = max(1.0, self.budgets.per_second)
        self._allowance = min(most, self._allowance + (now - self._at) * self.budgets.per_second)
        self._at = now
        if self._allowance < 1:
            self._sender.drops["dropped: too many a second"] += 1
            return False
        self._allowance -= 1
        return True

    def _modules(self) -> Mapping[Site, str]:
        """Find the sites that were bound since, and have what their branches call observed."""
        with self._finding:
            found = {site: module for module, site in bound_sites()}
            for site in found.keys() - self._known:
                branches = branches_of(found[site], site.name)
                names = {
                    name: key
                    for key, branch in branches.items()
                    for name, slot in branch.functions.items()
                    if slot in site.slots[:1]
                }
                self._ends.append(observe_more(site, names))
            self._known = set(found)
            return found


class _Spool:
    """Stands where the recorder has its spool."""

    def __init__(self, shadow: Shadow) -> None:
        self._shadow = shadow

    def offer(self, visit: Visit) -> None:
        self._shadow.offer(visit)

    def flush(self, seconds: float) -> bool:  # noqa: ARG002  nothing waits here
        return True


class _Asgi(Recorder):
    def __init__(self, app: Any, shadow: Shadow) -> None:
        self._app, self._shadow = app, shadow
        self.spool = shadow.spool  # type: ignore[assignment]

    def _visit(self) -> Visit | None:
        return self._shadow.visit()


class _Wsgi(WsgiRecorder):
    def __init__(self, app: Any, shadow: Shadow) -> None:
        self._app, self._shadow = app, shadow
        self.spool = shadow.spool  # type: ignore[assignment]

    def _visit(self) -> Visit | None:
        return self._shadow.visit()


def start_shadow(folder: Path | str = FOLDER, budgets: Budgets | None = None) -> Shadow:
    """Start a shadow in this process; counts and mismatches are written to `folder`, by the companion alone.

    Raises:
        InvalidBudget: A budget is out of bounds.
    """
    shadow = Shadow(Path(folder).absolute(), budgets or Budgets())
    shadow.start()
    return shadow


_shadows: "weakref.WeakSet[Shadow]" = weakref.WeakSet()


def _forked() -> None:
    for shadow in list(_shadows):
        shadow.forked()


os.register_at_fork(after_in_child=_forked)
