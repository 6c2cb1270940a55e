"""One run: a server, a fleet that follows it, and every scenario, one after the other."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kill_run._fleet import Size
from kill_run._network import Network, may_lay
from kill_run._reckon import Outcome, doubled, returned
from kill_run._scenarios import SCENARIOS, signalled
from kill_run._scene import Scene
from kill_run._servers import Postgresql, Redis, Server

Scenario = Callable[[Scene, int], Outcome]
Kind = type[Postgresql] | type[Redis]


@dataclass
class Report:
    """What came of one run.

    Attributes:
        outcomes: One for each scenario that there was time for.
        sent: Requests.
        wrong: What must not happen and did, whatever the scenario.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    sent: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether everything did."""
        return not self.wrong and all(outcome.held for outcome in self.outcomes)


def run(
    kind: Kind,
    *,
    turns: int,
    seconds: float = 600.0,
    size: Size | None = None,
    installed: Path | None = None,
    own_network: bool = True,
    scenarios: Sequence[Scenario] = SCENARIOS,
    told: Callable[[Outcome], None] = lambda _: None,
) -> Report:
    """Put a fleet through scenarios; none is begun after so many seconds.

    Args:
        kind: The server that keeps its state.
        turns: Kills a scenario.
        seconds: As said.
        size: Of the fleet.
        installed: The server to run; None for the one that comes as a package.
        own_network: Whether the server is in a network of the kernel's, where that may be made.
        scenarios: Which, before the signal that is the last.
        told: Hears of each outcome.
    """
    report, size, end = Report(), size or Size(), time.monotonic() + seconds
    with served(kind, installed=installed, own_network=own_network) as server, tempfile.TemporaryDirectory() as folder:
        with Scene.set(Path(folder), server, size=size) as scene:
            for scenario in scenarios:
                if time.monotonic() < end:
                    report.outcomes.append(scenario(scene, turns))
                    told(report.outcomes[-1])
            report.outcomes.append(signalled(scene))
            told(report.outcomes[-1])
            decisions = scene.history()
        load = scene.fleet.load
    report.sent = load.sent
    report.wrong += [*load.missing, *doubled(decisions), *returned(load.answers, scene.quiet)]
    report.wrong += [f"worker {worker} counted {count} faults" for worker, count in load.faults.items() if count]
    return report


@contextmanager
def served(kind: Kind, *, installed: Path | None, own_network: bool) -> Iterator[Server]:
    """A server of this kind, in a network of its own where that is asked for and may be made."""
    with ExitStack() as stack:
        network = stack.enter_context(Network.laid()) if own_network and may_lay() else None
        server = kind(Path(tempfile.mkdtemp(prefix="cutover-")), installed=installed, network=network)
        stack.callback(server.end)
        yield server
