"""What the recorders of ASGI and WSGI applications share: a spool, the capture of exchanges, and their way of use."""

import atexit
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from cutover_parity.recorder._installed import capture_held, hold_capture, release_capture
from cutover_parity.recorder._options import MAX_BODY, RecorderOptions
from cutover_parity.recorder._sampling import Sampling
from cutover_parity.recorder._spool import Spool
from cutover_parity.recorder._visit import Visit, served_already
from cutover_parity.recorder._writers import DirectWriter, ProcessWriter
from cutover_parity.recordings._recording import RecordingWriter

_CLOSING = 10.0


class Middleware:
    """Wraps an application; `recorded` and `dropped` count routes, `drops` counts them by reason."""

    def __init__(self, app: Any, writer: RecordingWriter | Spool, *, options: RecorderOptions | None = None) -> None:
        self._app = app
        self.spool = writer if isinstance(writer, Spool) else Spool(DirectWriter(writer), options or RecorderOptions())

    @classmethod
    def to(
        cls,
        app: Any,
        path: Path | str,
        *,
        sample: float | None = None,
        quota: int | None = None,
        keys: Sequence[str] = (),
        max_body: int = MAX_BODY,
        content: Sequence[str] = (),
    ) -> Self:
        """Wrap an application for as long as its process lives, and record into this file or folder.

        `sample` is the share of routes to keep, `quota` how many of each kind are kept each hour whatever the share,
        `keys` are known providers. At most `max_body` bytes of each body are kept. `content` names fields whose text
        stays readable. The recording is written by a process of its own, which ends after this one.
        """
        sampling = Sampling.asked(sample, quota, tuple(keys))
        options = RecorderOptions(max_body=max_body, sampling=sampling, content=tuple(content))
        recorder = cls(app, Spool(ProcessWriter(Path(path), options), options))
        hold_capture()
        atexit.register(recorder.close)
        return recorder

    @property
    def recorded(self) -> int:
        """How many routes were handed over so far."""
        return self.spool.recorded

    @property
    def dropped(self) -> int:
        """How many routes were dropped so far."""
        return self.spool.drops.total()

    @property
    def drops(self) -> dict[str, int]:
        """How many routes were dropped so far, by reason."""
        return dict(self.spool.drops)

    @contextmanager
    def capturing(self) -> Iterator[None]:
        """Capture upstream exchanges while this is open; all noted routes are handed over afterwards."""
        try:
            with capture_held():
                yield
        finally:
            self.spool.close(_CLOSING)

    def close(self) -> None:
        """End a recorder that was made by `to`; the application is still served."""
        atexit.unregister(self.close)
        release_capture()
        self.spool.close(_CLOSING)

    def _visit(self) -> Visit | None:
        """Begin a visit, unless a recorder further out has begun one."""
        return None if served_already() else Visit(self.spool.options.max_body)
