"""Puts a recorder around the applications of this process; all of them share one way to the recording."""

import atexit
import json
import os
from typing import Any

from cutover_parity.recorder._installed import hold_capture
from cutover_parity.recorder._middleware import Middleware
from cutover_parity.recorder._options import RecorderOptions
from cutover_parity.recorder._recorder import Recorder, flushed_here
from cutover_parity.recorder._spool import Spool
from cutover_parity.recorder._writers import SocketWriter
from cutover_parity.recorder._wsgi_recorder import WsgiRecorder

VARIABLE = "CUTOVER_RECORD"
_KINDS: dict[str, type[Middleware]] = {"asgi": Recorder, "wsgi": WsgiRecorder}
_CLOSING = 5.0
_spools: list[Spool] = []


def attached(app: Any, kind: str) -> Any:
    """Give the application with a recorder around it."""
    if isinstance(app, Middleware):
        return app
    return _KINDS[kind](app, _spool())


async def flush() -> None:
    """Hand over what waits: the server is about to end."""
    for spool in _spools:
        await flushed_here(spool)


def _spool() -> Spool:
    if not _spools:
        asked = json.loads(os.environ[VARIABLE])
        spool = Spool(SocketWriter(asked["socket"]), RecorderOptions.from_json(asked["options"]))
        _spools.append(spool)
        hold_capture()
        atexit.register(spool.close, _CLOSING)
    return _spools[0]
