"""The process of a recording server: `python -m cutover_parity.record_worker APP ROOT OUT PORT PATH…`.

It ends when its standard input does, so that it never outlives whoever started it.
"""

import signal
import sys
import threading
from pathlib import Path

from cutover_parity.recorder._record_server import record


def main() -> None:
    """Serve and record until standard input ends."""
    app, root, out, port, *paths = sys.argv[1:]

    def stop_at_end_of_input() -> None:
        sys.stdin.read()
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=stop_at_end_of_input, daemon=True).start()
    record(app, root=Path(root), out=Path(out), port=int(port), paths=paths or (".",))


if __name__ == "__main__":
    main()
