"""Past findings of fuzz runs: a folder with one JSON file for each cluster, asked again first by the next run.

    {"format": "cutover-finding", "version": 1, "signature": "…", "cases": [{…}]}

A finding stays until someone removes its file, since a difference that is gone may come back.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from cutover_parity._messages import Exchange, Json, Request
from cutover_parity.cases._cases import Case
from cutover_parity.cases._script import Script
from cutover_parity.errors import NotFinding
from cutover_parity.fuzzing._hunt import Finding
from cutover_parity.secrets._secrets import Scrubber

FORMAT, VERSION = "cutover-finding", 1


def write_findings(folder: Path, findings: Iterable[Finding]) -> tuple[Path, ...]:
    """Write each finding to its file, an older one of the same cluster is replaced; secrets are left out."""
    return tuple(_write(folder, finding) for finding in findings)


def read_findings(folder: Path) -> Iterator[tuple[Case, ...]]:
    """Give the cases of each finding, in the order of their files' names; raise NotFinding with the file."""
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            data = json.loads(path.read_bytes())
        except ValueError as error:
            raise NotFinding(path, f"it is not JSON: {error}") from error
        if not isinstance(data, dict) or (data.get("format"), data.get("version")) != (FORMAT, VERSION):
            raise NotFinding(path, f'it does not say "format": "{FORMAT}", "version": {VERSION}')
        try:
            yield tuple(_case(entry) for entry in data["cases"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotFinding(path, f"a field is missing or of the wrong kind: {error}") from error


def _write(folder: Path, finding: Finding) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256(str(finding.signature).encode()).hexdigest()[:12]}.json"
    data = {
        "format": FORMAT,
        "version": VERSION,
        "signature": str(finding.signature),
        "cases": [_case_to_json(case) for case in finding.cases],
    }
    path.write_text(json.dumps(data, indent=1, ensure_ascii=True) + "\n")
    return path


def _case_to_json(case: Case) -> Json:
    request = Scrubber().request(case.request)
    return {**case.to_json(), "request": request.to_json(), "outcome": case.outcome, "key": case.key}


def _case(data: Json) -> Case:
    exchanges = data["exchanges"]
    return Case(
        id=data["id"],
        request=Request.from_json(data["request"]),
        script=Script.from_json(data["script"]),
        outcome=data["outcome"],
        key=data["key"],
        exchanges=None if exchanges is None else tuple(Exchange.from_json(exchange) for exchange in exchanges),
        pause=data["pause"],
        leaves=data.get("leaves"),
    )
