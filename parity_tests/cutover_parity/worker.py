"""The process of one arm: `python -m cutover_parity.worker`, spoken to in JSON lines by `_arm.Arm`.

The first line that comes in is the set-up, every further one a case. To each line one line answers: "ready" or what
went wrong, then per case, with tabs between, the observation, what only coverage needs, and when the route began.
Whatever the application prints goes to stderr.
"""

import asyncio
import contextlib
import faulthandler
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from cutover_parity._messages import Exchange, Json, Request
from cutover_parity.arms._asked_timeouts import note_timeouts
from cutover_parity.arms._drive import Exit, drive, started
from cutover_parity.arms._failures import failure_tree
from cutover_parity.arms._guard import guard_sockets
from cutover_parity.arms._hooks import Hooks, load_hooks
from cutover_parity.arms._http_stubs import Upstream, templates_from_json
from cutover_parity.arms._load import import_app, is_asgi, search_in
from cutover_parity.arms._options_heard import hear_options
from cutover_parity.arms._route_log import LOG, RouteLog
from cutover_parity.arms._site_trace import trace_sites
from cutover_parity.arms._stub_places import install_call_stubs
from cutover_parity.arms._wsgi import WsgiBridge
from cutover_parity.cases._script import Script
from cutover_parity.clock._determinism import freeze_dates, seed_route
from cutover_parity.clock._virtual_time import begin_route, held, real_waits, run_on_virtual_time
from cutover_parity.errors import HookFailed
from cutover_parity.recorder._context import context_carried
from cutover_parity.secrets._secrets import Scrubber

_GRACE = 5.0
_PATIENCE = 300.0
_TRACEBACK_LINES = 12


class Worker:
    """Holds a loaded application and answers cases."""

    def __init__(self, setup: Json, app: Any, hooks: Hooks) -> None:
        self._limit: float = setup["limit"]
        self._scrubber = Scrubber(bytes.fromhex(setup["key"]))
        self._hooks = hooks
        self._salt: str = setup.get("salt", "")
        self.app: Any = app if is_asgi(app) else WsgiBridge(app)
        root = Path(setup["root"])
        freeze_dates(root)
        calls = setup["depth"] == "calls"
        self.missing = install_call_stubs(setup["modules"], root=root) if calls else []
        self.traced = trace_sites()
        hear_options()

    async def answer(self, number: int, case: Json, state: dict[str, Any]) -> str:
        """Drive one case; give its line."""
        exchanges = case["exchanges"]
        log = RouteLog(
            case_id=case["id"],
            script=Script.from_json(case["script"]),
            exchanges=None if exchanges is None else [Exchange.from_json(exchange) for exchange in exchanges],
        )
        await begin_route(log, number, pause=case.get("pause"))
        seed_route(log.case_id, self._salt)
        faulthandler.dump_traceback_later(self._limit + _GRACE, exit=True)
        request = Request.from_json(case["request"])
        client, error, written = Exit(request), None, None
        LOG.set(log)
        try:
            async with self._hooks.route(request):
                LOG.set(None)
                client, error = await drive(
                    self.app, request, log=log, state=state, limit=self._limit, leaves=case.get("leaves")
                )
                LOG.set(log)
                written = await self._hooks.state()
        except HookFailed as failed:
            log.escape(str(failed))
        LOG.set(None)
        faulthandler.cancel_dump_traceback_later()
        log.ended = True
        return self._line(log, client, error, written)

    def _line(self, log: RouteLog, client: Exit, error: BaseException | None, written: Json) -> str:
        observation = {
            **({"state": written} if self._hooks.has_state else {}),
            "answer": client.to_json(),
            "error": failure_tree(error),
            "calls": log.calls,
            "requests": log.requests,
            "timeouts": log.timeouts,
            "escapes": log.escapes,
            "moments": _moments(log, client),
        }
        made = [[call["module"], call["provider"], call["slot"], call["outcome"]] for call in log.calls]
        aside = {"trace": log.trace, "made": made, "requests": len(log.requests), "real_waits": real_waits()}
        aside["moments"] = client.moments
        aside["options"] = sorted(log.options)
        return "\t".join((self._scrubber.text(_dumped(observation)), _dumped(aside), str(log.opened)))


def main() -> None:
    """Run the worker on stdin and stdout."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    requests = sys.stdin
    setup = json.loads(requests.readline())
    run_on_virtual_time(setup.get("salt", ""))
    note_timeouts()
    guard_sockets()
    upstream = Upstream(
        setup["depth"],
        templates=templates_from_json(setup["templates"]),
        scrubber=Scrubber(bytes.fromhex(setup["key"])),
    )
    with context_carried(LOG), upstream.installed(), asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(_serve(setup, requests, replies))
    os._exit(0)


async def _serve(setup: Json, requests: TextIO, replies: TextIO) -> None:
    faulthandler.dump_traceback_later(setup.get("patience", _PATIENCE), exit=True)
    with _reported(replies):
        search_in(Path(setup["root"]), setup["paths"])
        hooks = load_hooks(Path(setup["hooks"]) if setup["hooks"] else None)
        async with contextlib.AsyncExitStack() as stack:
            await hooks.before_import(stack)
            app = await hooks.after_import(import_app(setup["app"]), stack)
            worker = Worker(setup, app, hooks)
            state = await stack.enter_async_context(started(worker.app))
            faulthandler.cancel_dump_traceback_later()
            _reply(replies, _dumped({"ready": True, "missing": worker.missing, "traced": worker.traced}))
            for number, line in enumerate(held(requests)):
                _reply(replies, await worker.answer(number, json.loads(line), state))


@contextlib.contextmanager
def _reported(replies: TextIO) -> Iterator[None]:
    try:
        yield
    except BaseException:
        lines = traceback.format_exc().strip().splitlines()
        _reply(replies, _dumped({"ready": False, "reason": "\n".join(lines[-_TRACEBACK_LINES:])}))
        raise


def _reply(replies: TextIO, line: str) -> None:
    replies.write(line + "\n")
    replies.flush()


def _moments(log: RouteLog, client: Exit) -> Json:
    """Give when each attempt was made and each chunk was sent; none where the clock went as the real one goes."""
    if real_waits()["number"]:
        return None
    return {"attempts": log.moments, "chunks": client.moments}


def _dumped(data: Json) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


if __name__ == "__main__":
    main()
