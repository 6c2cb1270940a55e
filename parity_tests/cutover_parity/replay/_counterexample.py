"""Writes a mismatch out as a pytest file of its own: it fails while the arms differ, and passes once they agree.

The file needs nothing but this package and the two trees; where they have moved (a revision that was checked out for
the replay only), the environment variables CUTOVER_LEGACY and CUTOVER_REGISTRY say where they are now.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from pprint import pformat
from textwrap import indent
from typing import Any

from cutover_parity._messages import Json
from cutover_parity.arms._arm import ArmSpec
from cutover_parity.arms._http_stubs import Depth
from cutover_parity.arms._plan import ReplayPlan
from cutover_parity.cases._cases import Case
from cutover_parity.compare._verdicts import Difference
from cutover_parity.noise._noise import NO_NOISE, NoiseRules
from cutover_parity.secrets._secrets import Scrubber

_WIDTH = 110
_LONGEST_NAME = 60
_LONGEST_LINE = 100
_NAMES = ("Answer", "ArmSpec", "Case", "Exchange", "Failure", "NoiseRule", "NoiseRules", "Request", "Script", "Step")
_TEMPLATE = '''"""{title}

{difference}

Written by cutover. This fails while the arms differ; CUTOVER_LEGACY and CUTOVER_REGISTRY override the trees.
"""

import os
{dates}from pathlib import Path

from cutover_parity import (
{names}
)

{body}'''
_BODY = """LEGACY = ArmSpec(
    Path(os.environ.get("CUTOVER_LEGACY", {legacy_root!r})),
{legacy}
)
REGISTRY = ArmSpec(
    Path(os.environ.get("CUTOVER_REGISTRY", {registry_root!r})),
{registry}
)
BEFORE: tuple[Case, ...] = (
{before})
CASE = {case}
IGNORED = {ignore}
NOISE = NoiseRules({noise})
PLAN = plan_of({plan})


def test_{name}():
    report = replay(LEGACY, REGISTRY, [*BEFORE, CASE], depth={depth!r}, plan=PLAN, ignore=IGNORED, noise=NOISE)
    assert report.clean, report_text(report)
"""


def write_counterexample(
    folder: Path,
    case: Case,
    difference: Difference,
    *,
    legacy: ArmSpec,
    registry: ArmSpec,
    depth: Depth,
    plan: ReplayPlan,
    before: Sequence[Case] = (),
    ignore: dict[str, str] | None = None,
    noise: NoiseRules = NO_NOISE,
) -> Path:
    """Write one case as `test_….py` into a folder; give the file. The same case gives the same file.

    `before` are cases that have to come first, on warm arms, for the difference to show.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = _name(case, difference)
    body = _BODY.format(
        legacy_root=str(legacy.root.resolve()),
        registry_root=str(registry.root.resolve()),
        legacy=indent(_arm(legacy), "    "),
        registry=indent(_arm(registry), "    "),
        case=_literal(_shown(case)),
        before="".join(indent(_literal(_shown(one)), "    ") + ",\n" for one in before),
        ignore=pformat(dict(ignore or {}), width=_WIDTH),
        noise=pformat(tuple(noise.rules), width=_WIDTH).replace("datetime.date(", "date("),
        plan=pformat(_plan(plan), width=_WIDTH, sort_dicts=False),
        name=name,
        depth=depth,
    )
    used = [name for name in _NAMES if f"{name}(" in body]
    text = _TEMPLATE.format(
        title=_docstring(f"{case.id}: the arms differ."),
        difference=_docstring(str(difference)),
        dates="from datetime import date\n" if "date(" in body else "",
        names="\n".join(f"    {name}," for name in (*used, "plan_of", "replay", "report_text")),
        body=body,
    )
    path = folder / f"test_{name}.py"
    path.write_text(text, encoding="utf-8")
    return path


def _name(case: Case, difference: Difference) -> str:
    said = re.sub(r"\W+", "_", f"{difference.place} {case.key or ''}").strip("_").lower()
    digest = sha256(json.dumps(case.to_json(), sort_keys=True).encode()).hexdigest()[:8]
    return f"{said[:_LONGEST_NAME].rstrip('_')}_{digest}"


def _docstring(text: str) -> str:
    shown = text.encode("ascii", "backslashreplace").decode().replace("\\", "\\\\").replace('"""', "'''")
    return (shown if len(shown) <= _LONGEST_LINE * 3 else shown[: _LONGEST_LINE * 3].rstrip("\\") + "…").rstrip('"')


def _shown(case: Case) -> Case:
    """Secrets never get into a file: a header that the replay was given is a placeholder here."""
    return replace(case, request=Scrubber().request(case.request))


def _arm(spec: ArmSpec) -> str:
    options = {"paths": spec.paths, "env": dict(spec.env), "hooks": spec.hooks}
    lines = [repr(spec.app), repr(spec.side)]
    lines += [f"{name}={_value(value)}" for name, value in options.items() if value not in ((".",), {}, None)]
    return "\n".join(f"{line}," for line in lines)


def _value(value: Any) -> str:
    return f"Path({str(value.resolve())!r})" if isinstance(value, Path) else repr(value)


def _plan(plan: ReplayPlan) -> Json:
    sites = [
        {"name": site.name, "keys": list(site.keys), "file": site.file,
         "start_line": site.start_line, "end_line": site.end_line}
        for site in plan.sites
    ]  # fmt: skip
    modules = [{"module": name, "callees": _plain(callees)} for name, callees in plan.modules.items()]
    return {"sites": sites, "modules": modules}


def _plain(callees: Any) -> Json:
    return {name: dict(entry) for name, entry in callees.items()}


def _literal(value: Any) -> str:
    """Write a value of this package as the Python that makes it, a line for each of its fields."""
    return "\n".join(_lines(value))


def _lines(value: Any) -> Iterator[str]:
    fields = getattr(type(value), "__dataclass_fields__", None)
    if fields is None or len(repr(value)) <= _LONGEST_LINE:
        yield pformat(value, width=_WIDTH)
        return
    yield f"{type(value).__name__}("
    for name in fields:
        first, *rest = _lines(getattr(value, name))
        yield f"    {name}={first}" + ("," if not rest else "")
        for number, line in enumerate(rest, start=1):
            yield f"    {line}" + ("," if number == len(rest) else "")
    yield ")"
