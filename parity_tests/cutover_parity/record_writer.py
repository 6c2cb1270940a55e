"""The process that writes for a served one: `python -m cutover_parity.record_writer PATH OPTIONS`.

It takes frames from its standard input, ends when that does, and says as JSON what it had to drop. It works at a lower
priority than whoever serves.
"""

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from cutover_parity.errors import ParityError
from cutover_parity.recorder._intake import Intake
from cutover_parity.recorder._options import RecorderOptions
from cutover_parity.recorder._record_server import writer_for
from cutover_parity.recorder._writers import frames_of

_NICER = 10


def main() -> int:
    """Write until standard input ends."""
    path, options = Path(sys.argv[1]), RecorderOptions.from_json(json.loads(sys.argv[2]))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(_NICER)
    try:
        intake = Intake(writer_for(path, options))
        intake.take(frames_of(sys.stdin.fileno()))
        intake.finish()
    except (OSError, ParityError) as error:
        sys.stderr.write(f"cutover: not recorded in {path}: {error}\n")
        return 1
    own = {reason: intake.drops[reason] for reason in ("not written", "fault") if intake.drops[reason]}
    sys.stdout.write(json.dumps(own))
    return 0


if __name__ == "__main__":
    sys.exit(main())
