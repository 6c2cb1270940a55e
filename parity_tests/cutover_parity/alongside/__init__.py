"""For whoever looks at a served route by himself: the recorder's middleware and tape, the stacks, and how values show.

The shadow of a rollout stands on these. A route is noted as the recorder notes it, and what answers a shadowed request
answers it as a replay does.

    class Mine(Recorder):
        def _visit(self) -> Visit | None: ...
"""

from cutover_parity.arms._matching import settled
from cutover_parity.compare._differences import differences
from cutover_parity.compare._render import render, without_addresses
from cutover_parity.recorder._capture import TAPE
from cutover_parity.recorder._frames import frame, read_frame
from cutover_parity.recorder._installed import hold_capture, release_capture
from cutover_parity.recorder._recorder import Recorder
from cutover_parity.recorder._visit import RouteTape, Visit, served_already
from cutover_parity.recorder._wsgi_recorder import WsgiRecorder
from cutover_parity.stacks import Asked, Opened, Play, answering

__all__ = [
    "TAPE",
    "Asked",
    "Opened",
    "Play",
    "Recorder",
    "RouteTape",
    "Visit",
    "WsgiRecorder",
    "answering",
    "differences",
    "frame",
    "hold_capture",
    "read_frame",
    "release_capture",
    "render",
    "served_already",
    "settled",
    "without_addresses",
]
