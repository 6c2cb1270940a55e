"""The child's own program: read jobs from standard input, shut the process in, write one line for each site.

{"sites": [[0, "chat"], …], "walls": […]}     what there is
{"begin": [0, "chat"]}                         what is executed now
{"site": [0, "chat"], …}                       what came of it
"""

from __future__ import annotations

import base64
import json
import os
import sys
from dataclasses import asdict
from typing import Any

from cutover_migrate.execute._inside._constants import constants_in
from cutover_migrate.execute._inside._file import FileUnderTest, Job, NotExecutable
from cutover_migrate.execute._inside._guard import shut_in
from cutover_migrate.execute._inside._run import Cut, Refused
from cutover_migrate.execute._inside._runtime import redirect

MAXIMUM_DEPTH = 3_000
NAMES = "tables and lists"


def main() -> None:
    """Do every job but what is to be left out."""
    asked = json.loads(sys.stdin.buffer.read())
    options = asked["options"]
    jobs = [_job(each) for each in asked["jobs"]]
    left_out = {(number, site) for number, site in asked["left_out"]}
    redirect()
    sys.setrecursionlimit(MAXIMUM_DEPTH)
    walls = shut_in(seconds=options["seconds"] * options["most_sites"], memory_mib=options["memory_mib"])
    _say({"walls": walls})
    for number, job in enumerate(jobs):
        if (number, "") not in left_out:
            _do(number, job, options, left_out)
    _say({"end": True})


def _do(number: int, job: Job, options: dict[str, Any], left_out: set[tuple[int, str]]) -> None:
    """Execute the sites of one file."""
    _say({"begin": [number, ""]})
    try:
        file = FileUnderTest(job)
    except NotExecutable as error:
        _say({"file": number, "reason": str(error)})
        return
    names = asdict(file.names())
    if names["pairs"] and (number, NAMES) not in left_out:
        _say({"site": [number, NAMES], "reason": "", "function": "", **names})
    for pair, site, reason in list(file.sites()):
        if (number, site) in left_out:
            continue
        _say({"begin": [number, site]})
        found: dict[str, Any] = {"site": [number, site], "reason": reason, "function": pair.name if pair else ""}
        if pair is not None and not reason:
            try:
                tally = file.compare(pair, site, seconds=options["seconds"], rounds=options["rounds"])
                found |= asdict(tally)
            except NotExecutable as error:
                found["reason"] = str(error)
            except (Exception, Cut, Refused) as error:  # noqa: BLE001  a fault of ours costs this site alone
                found["reason"] = f"the check itself failed: {type(error).__name__}: {error}"
        _say(found)


def _job(asked: dict[str, Any]) -> Job:
    texts: dict[str, Any] = {name: base64.b64decode(asked[name]) for name in ("before", "after", "config")}
    constants = constants_in(asked["constants"])
    others = {name: asked[name] for name in ("file", "module", "package", "config_module", "lines", "subjects", "keys")}
    return Job(**texts, **others, constants=constants, arms=tuple(asked["arms"]))


def _say(what: dict[str, Any]) -> None:
    data = (json.dumps(what, ensure_ascii=True) + "\n").encode()
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    main()
