"""``rollout``: begin a staged rollout, say something to it, and run the controller that leads it.

Example: ``cutover rollout start && cutover rollout run``
"""

from __future__ import annotations

import click

from cutover_cli._menu import Lazy

STEPS = {
    "plan": "_rollout_plan_command:plan",
    "start": "_rollout_start:start",
    "run": "_rollout_run:run",
    "status": "_rollout_status:status",
    "advance": "_rollout_people:advance",
    "pause": "_rollout_people:pause",
    "resume": "_rollout_people:resume",
    "rollback": "_rollout_people:rollback",
    "kill": "_rollout_emergency:kill",
    "release": "_rollout_emergency:release",
    "quarantine": "_rollout_emergency:quarantine",
    "history": "_rollout_history:history",
    "explain": "_rollout_history:explain",
    "done": "_rollout_people:done",
}


class Steps(Lazy):
    """The commands of a rollout in the order of the journey."""

    table = STEPS


@click.group(cls=Steps)
def rollout() -> None:
    """Take the registry arm from a shadow to all traffic, in stages that a judge watches.

    To take everything back at once: `cutover rollout kill`.
    """
