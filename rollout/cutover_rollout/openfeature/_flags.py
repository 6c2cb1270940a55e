"""The flags of another tool as a state that workers follow: one flag has the share, another kills.

    Follower(FlagState(salt="9f86d081")).start()

It is asked in the follower's thread, never by a request. What the tool has not said is legacy.
"""

import os
import secrets
import threading
import time
from collections.abc import Iterable
from itertools import product
from typing import Any

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails
from openfeature.provider import ProviderStatus

from cutover_registry import SwitchRule, SwitchSnapshot
from cutover_rollout.openfeature._errors import FlagUnread
from cutover_rollout.state import Versioned

SHARE_FLAG = "cutover-share"
KILL_FLAG = "cutover-kill"
EVERY = 1.0  # seconds
KILLED = {"version": 2, "rules": [], "kill": True}


class FlagState:
    """A state that is read from flags, by the OpenFeature provider of a domain; decisions are made in its tool.

    Args:
        salt: Keys the buckets, as the salt of a switch does: the same in all workers for as long as a rollout lasts.
        sites: The share is asked once for each site and provider, in this order; the last that speaks of an attempt
            decides. They are in the evaluation context as `site` and `provider`.
        providers: See `sites`.
        share: The flag with the share, a number from 0 to 1.
        kill: The boolean flag that puts everything on legacy.
        domain: Whose provider is asked; None: the default one.
        every: Seconds between two looks; a provider that tells of changes is heard at once.

    Raises:
        InvalidSwitch: When the salt is not what it has to be.
    """

    def __init__(
        self,
        *,
        salt: str,
        sites: Iterable[str] = ("*",),
        providers: Iterable[str] = ("*",),
        share: str = SHARE_FLAG,
        kill: str = KILL_FLAG,
        domain: str | None = None,
        every: float = EVERY,
    ) -> None:
        self._salt = SwitchSnapshot((SwitchRule(share=1.0),), salt=salt).salt
        self._places = tuple(product(sites, providers))
        self._share, self._kill = share, kill
        self._where = f"openfeature:{domain or 'default'}"
        self._client = api.get_client(domain)
        self._every = every
        self._process = os.getpid()
        self._last = Versioned(origin=secrets.token_hex(8))

    @property
    def where(self) -> str:
        """Which domain it is, for messages."""
        return self._where

    def read(self) -> Versioned:
        """What the flags say now, with a version that grows with each change; raises FlagUnread."""
        document = self._document()
        if document != self._last.document:
            self._last = Versioned(self._last.version + 1, document, self._last.origin)
        return self._last

    def watch(self, after: Versioned | None, timeout: float) -> Versioned | None:
        """Wait for another version than this one; None after `timeout` seconds without one. Raises FlagUnread."""
        told = threading.Event()
        deadline = time.monotonic() + timeout

        def changed(_: EventDetails) -> None:
            told.set()

        self._client.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, changed)
        try:
            while (found := self.read()).is_as(after):
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                told.wait(min(left, self._every))
                told.clear()
            return found
        finally:
            self._client.remove_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, changed)

    def _document(self) -> dict[str, Any]:
        if os.getpid() != self._process:
            # The provider's own threads are not here: it would say for ever what it said when the process was forked.
            raise FlagUnread(self._where, "it was made before this process was forked; make it in each worker")
        status = self._client.get_provider_status()
        if status is not ProviderStatus.READY:
            raise FlagUnread(self._where, f"its provider is in the state {status.value}")
        if self._checked(self._client.get_boolean_details(self._kill, True)).value:
            return KILLED
        rules = [
            {"site": site, "provider": provider, "share": self._share_of(site, provider)}
            for site, provider in self._places
        ]
        return {"version": 2, "salt": self._salt, "rules": rules}

    def _share_of(self, site: str, provider: str) -> float:
        context = EvaluationContext(f"{site}/{provider}", {"site": site, "provider": provider})
        found: FlagEvaluationDetails[Any] = self._client.get_float_details(self._share, 0.0, context)
        if found.error_code is ErrorCode.TYPE_MISMATCH:
            # Tools that tell 1 from 1.0 have the whole numbers as integers.
            found = self._client.get_integer_details(self._share, 0, context)
        share = self._checked(found).value
        if isinstance(share, bool) or not 0 <= share <= 1:
            problem = f"is {share!r} for site {site}, provider {provider}, and a share is a number from 0 to 1"
            raise FlagUnread(self._where, problem, flag=self._share)
        return float(share)

    def _checked(self, found: FlagEvaluationDetails[Any]) -> FlagEvaluationDetails[Any]:
        if found.error_code is not None:
            problem = f"could not be read: {found.error_code.value} ({found.error_message or 'no more is said'})"
            raise FlagUnread(self._where, problem, flag=found.flag_key)
        return found
