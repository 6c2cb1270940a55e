"""Each file of tests begins with the switch off: what an earlier one of its process left would decide its arms."""

from collections.abc import Iterator

import pytest

from cutover_registry import current_route
from cutover_registry._site import STATE, WATCH, apply_switch
from cutover_registry._switch import SwitchSnapshot
from cutover_registry._writing import WRITING


@pytest.fixture(scope="module", autouse=True)
def switch_is_off() -> Iterator[None]:
    """Put the switch as a new process has it; at the file's end nothing of its tests may hold on."""
    with WRITING:
        STATE.environment = None
        STATE.filed = STATE.local = SwitchSnapshot()
        apply_switch()
    yield
    assert STATE.holding is None, "a test left its arm held"
    assert STATE.followed is None, "a test left the switch following"
    assert WATCH.watchers == (), "a test left its watcher behind"
    assert current_route() is None, "a test left its route open"
