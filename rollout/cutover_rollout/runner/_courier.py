"""One thread for each webhook: what it is told waits in a bounded queue, is sent, and is sent again if it has to be.

A receiver that hangs, fails or is away keeps neither a decision nor another receiver waiting. Redirects are not
followed, and of an answer only the status is looked at. The address is shown without what may be secret in it.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from cutover_rollout.plan import Webhook
from cutover_rollout.runner._signature import signed

TIMEOUT = 5.0  # seconds
PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)  # seconds before the second, third… try
MOST = 100
logger = logging.getLogger("cutover_rollout")


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: `key` is the same whenever it is sent again."""

    key: str
    body: bytes


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_given: Any, **_named: Any) -> None:
        return None


class Courier:
    """Sends messages to one webhook, in their order."""

    def __init__(
        self, webhook: Webhook, *, pauses: tuple[float, ...] = PAUSES, environment: Mapping[str, str] = os.environ
    ) -> None:
        self.shown = _shown(webhook.url)
        self._webhook = webhook
        self._pauses = pauses
        self._environment = environment
        self._queue: deque[Message] = deque()
        self._changed = threading.Condition()
        self._busy = False
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def tell(self, message: Message) -> None:
        """Have it sent; returns at once. The oldest is dropped when too many wait."""
        with self._changed:
            if len(self._queue) >= MOST:
                logger.warning("webhook %s: %d messages wait, the oldest is dropped", self.shown, MOST)
                self._queue.popleft()
            self._queue.append(message)
            self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="cutover-webhook", daemon=True)
            self._thread.start()

    def settle(self, seconds: float) -> bool:
        """Wait until everything was sent or given up, so long at the most; whether it was."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, seconds)

    def end(self) -> None:
        """Send nothing more; what is under way ends by itself."""
        self._over.set()
        with self._changed:
            self._changed.notify_all()

    def _work(self) -> None:
        while not self._over.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._over.is_set())
                if self._over.is_set():
                    return
                message, self._busy = self._queue.popleft(), True
            try:
                self._deliver(message)
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _deliver(self, message: Message) -> None:
        problem = ""
        for pause in (0.0, *self._pauses):
            if self._over.wait(pause):
                return
            try:
                problem, final = self._send(message)
            except Exception as error:  # noqa: BLE001  whatever a receiver does, the next message is sent
                problem, final = str(error) or type(error).__name__, False
            if not problem:
                return
            if final:
                break
        logger.warning("webhook %s: %s was not delivered (%s)", self.shown, message.key, problem)

    def _send(self, message: Message) -> tuple[str, bool]:
        """What went wrong, "" for nothing, and whether trying again is of no use."""
        secret = self._environment.get(self._webhook.secret_env)
        if not secret:
            return f"the environment variable {self._webhook.secret_env} has no secret to sign with", True
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "provider-cutover",
            "X-Cutover-Delivery": message.key,
            **signed(message.body, secret=secret, at=time.time()),
        }
        asked = Request(self._webhook.url, message.body, headers)  # noqa: S310  the plan takes http and https alone
        try:
            build_opener(_NoRedirect).open(asked, timeout=TIMEOUT).close()
        except HTTPError as error:
            with error:
                worth_repeating = error.code >= 500 or error.code in {408, 425, 429}
                return f"it answers {error.code}", not worth_repeating
        except (OSError, HTTPException) as error:
            return str(getattr(error, "reason", error)) or type(error).__name__, False
        return "", False


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or '?'}"
