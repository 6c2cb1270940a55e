"""The process of the candidate: `python -m cutover_rollout.shadow.candidate`, spoken to in frames by the companion.

The first frame says where the application is, every further one is a call. It is shut in before any code of the user
runs. What it prints goes nowhere.
"""

import contextlib
import importlib
import os
import ssl
import sys
import traceback
from typing import Any, TypeAlias

from cutover_parity.alongside import frame, read_frame
from cutover_rollout.shadow._pair import PairFound, find_pair
from cutover_rollout.shadow._run_slot import Runner
from cutover_rollout.shadow._walls import shut_in

Json: TypeAlias = Any
_LINES = 3


def main() -> None:
    """Answer until standard input ends."""
    replies = os.dup(1)
    asking = os.fdopen(os.dup(0), "rb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    told = read_frame(asking)
    if told is None:
        return
    os.chdir(told["cwd"])
    sys.path[:] = told["path"]
    ssl.SSLContext.load_verify_locations = _load_nothing  # type: ignore[method-assign]
    runner = Runner()
    with runner.installed():
        _say(replies, {"walls": shut_in(memory=told["memory"])})
        while (job := read_frame(asking)) is not None:
            _say(replies, _loaded(job["load"]) if "load" in job else _answer(job, runner, replies))
    os._exit(0)


def _loaded(module: str) -> Json:
    try:
        importlib.import_module(module)
    except BaseException as error:  # noqa: BLE001  somebody's module
        last = traceback.format_exception_only(error)[-_LINES:]
        return {"failed": " ".join(line.strip() for line in last)[:500]}
    return {"failed": ""}


def _answer(job: Json, runner: Runner, replies: int) -> Json:
    try:
        found = find_pair(job, runner, lambda said: _say(replies, said))
    except Exception as error:  # noqa: BLE001  a fault of ours, or a site that cannot be read
        found = PairFound(left_out=f"a fault: {type(error).__name__}")
    return {"found": found.to_json()}


def _load_nothing(*_: object, **__: object) -> None:
    return None


def _say(file: int, what: Json) -> None:
    data = frame(what)
    while data:
        with contextlib.suppress(InterruptedError):
            data = data[os.write(file, data) :]


if __name__ == "__main__":
    main()
