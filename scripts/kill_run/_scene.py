"""A fleet together with its state, the server that keeps it, and the network to that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cutover_rollout.state import Decision, StateError, StateStore, open_state
from kill_run._fleet import Fleet, Size, now
from kill_run._network import Network, Relay
from kill_run._reckon import Turn, turn_of
from kill_run._servers import Server

SALT = "9f86d081"
NAME = "fleet"


def shared(share: float) -> dict[str, Any]:
    """The document that gives every provider this share."""
    return {"version": 2, "salt": SALT, "rules": [{"site": "*", "provider": "*", "share": share}]}


ON: Mapping[str, Any] = shared(1.0)
KILLED: Mapping[str, Any] = {**ON, "kill": True}


@dataclass
class Scene:
    """What a scenario has in hand.

    Attributes:
        state: As a person at the server's side has it.
        url: Where the fleet finds it, and `name` under which.
        quiet: From when to when no worker may have served by the registry arm.
    """

    fleet: Fleet
    state: StateStore
    server: Server
    network: Network | Relay
    url: str
    name: str
    quiet: list[tuple[float, float]] = field(default_factory=list)
    _off: float | None = None

    @classmethod
    @contextmanager
    def set(cls, folder: Path, server: Server, *, size: Size, name: str = NAME) -> Iterator[Scene]:
        """A fleet at the far end of the server's network, or of a relay where it has none."""
        with ExitStack() as stack:
            network = server.network or stack.enter_context(_relay(server))
            url = (
                server.url if isinstance(network, Network) else server.url.replace(str(server.port), str(network.port))
            )
            state = open_state(server.url, name=name)
            stack.callback(state.close)
            fleet = stack.enter_context(Fleet(folder, url, name, size=size))
            yield cls(fleet, state, server, network, url, name)

    def decide(self, document: Mapping[str, Any], *, why: str) -> None:
        """Write a decision, however often the store has to be asked."""
        while True:
            with suppress(StateError):
                self.state.write(document, expected=self.state.read(), by="ops", why=why)
                return
            time.sleep(0.05)

    def history(self) -> tuple[Decision, ...]:
        """Every decision."""
        return self.state.history(most=100_000)

    def cut(self) -> None:
        """Let nothing through to the store, and tell nobody."""
        if isinstance(self.network, Relay):
            self.network.hold()
        else:
            self.network.cut()

    def all_on(self) -> None:
        """Have every worker on the registry arm."""
        self._end_quiet()
        since = now()
        self.decide(ON, why="on")
        self.fleet.await_on(since)

    def killed(self, kill: Callable[[], object]) -> Turn:
        """Kill, and see what comes of it."""
        since = now()
        kill()
        self.fleet.await_off(since)
        self._off = now()
        return turn_of(self.fleet.answers(since), since)

    def killed_by_file(self) -> Turn:
        """Kill by the machine's kill file, which is taken away again."""
        turn = self.killed(self.fleet.kill_file.touch)
        self._end_quiet()
        self.fleet.kill_file.unlink()
        return turn

    def _end_quiet(self) -> None:
        if self._off is not None:
            self.quiet.append((self._off, now()))
            self._off = None


@contextmanager
def _relay(server: Server) -> Iterator[Relay]:
    relay = Relay(server.port)
    try:
        yield relay
    finally:
        relay.end()
