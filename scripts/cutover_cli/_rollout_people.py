"""``rollout advance``, ``pause``, ``resume``, ``rollback``, ``done``: what people say to a rollout.

Each is written into the state at once, by whoever says it; no controller has to run for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

from cutover_cli._rollout_certified import certified_of
from cutover_cli._rollout_options import Where, certified, located, said_by, stored
from cutover_cli._rollout_source import Source
from cutover_cli._rollout_view import decided, refusal
from cutover_rollout import controller
from cutover_rollout.controller import Decision, Refused, Rollout, look
from cutover_rollout.runner import decide

Asked = Callable[[Rollout], Decision | Refused]


@click.command()
@click.option("--force", is_flag=True, help="Also without the time and the evidence that the stage asks for.")
@stored
@certified
@said_by
@located
def advance(
    where: Where, force: bool, stores: tuple[Path, ...], certificate: Path | None, legacy: Path | None, by: str,
    why: str, as_json: bool,
) -> int:  # fmt: skip
    """Go on to the next stage.

    Where the plan says that a person promotes, this is how: it looks at the stores first, and goes on if the stage is
    ready. Never without the certificate that the plan asks for.
    """
    found, at = certified_of(where, certificate, legacy), time.time()
    source = Source(where, stores, certificate=certificate, legacy=legacy)

    def asked(rollout: Rollout) -> Decision | Refused:
        looked = rollout if force else look(rollout, source.since(rollout, at), at).rollout
        return controller.advance(looked, at, by=by, why=why, certified=found, force=force)

    return _said(where, asked, as_json=as_json)


@click.command()
@said_by
@located
def pause(where: Where, by: str, why: str, as_json: bool) -> int:
    """Promote nothing until `resume`; what is worse is taken back all the same."""
    return _said(where, lambda rollout: controller.pause(rollout, time.time(), by=by, why=why), as_json=as_json)


@click.command()
@said_by
@located
def resume(where: Where, by: str, why: str, as_json: bool) -> int:
    """End a pause."""
    return _said(where, lambda rollout: controller.resume(rollout, time.time(), by=by, why=why), as_json=as_json)


@click.command()
@said_by
@located
def rollback(where: Where, by: str, why: str, as_json: bool) -> int:
    """Put everything of the plan on the legacy arm.

    Workers follow within a second, if the state answers; `kill` works without it. `start` begins again.
    """
    return _said(where, lambda rollout: controller.roll_back(rollout, time.time(), by=by, why=why), as_json=as_json)


@click.command()
@click.option("--force", is_flag=True, help="Also before the plan's time at 100 %.")
@said_by
@located
def done(where: Where, force: bool, by: str, why: str, as_json: bool) -> int:
    """Say that the rollout is done, which releases `cutover finish`: at 100 % for the plan's time."""
    return _said(
        where, lambda rollout: controller.done(rollout, time.time(), by=by, why=why, force=force), as_json=as_json
    )


def _said(where: Where, asked: Asked, *, as_json: bool) -> int:
    state = where.state()
    try:
        outcome = decide(state, asked)
    finally:
        state.close()
    return refusal(outcome, as_json=as_json) if isinstance(outcome, Refused) else decided(outcome, as_json=as_json)
