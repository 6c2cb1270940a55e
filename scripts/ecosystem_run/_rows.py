"""What one package's row says against the codemod.

Example: ``violations({"package": "a==1", "crash": "KeyError: 'x'", "step": "plan"})``
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def violations(row: Json) -> list[str]:
    """One text for each promise that the row breaks."""
    told = []
    if row.get("crash"):
        told.append(f"crashed at {row['step']}: {row['crash']}")
    if row.get("accounting", {}).get("unaccounted"):
        told.append(f"{row['accounting']['unaccounted']} chains unaccounted for")
    told += [f"crashed: {text}" for text in row.get("crashes", ())]
    told += [f"{place}: an independent count has a chain here, the scan has none" for place in row.get("missing", ())]
    told += [f"{place}: not the line that it was" for place in row.get("foreign", ())]
    told += [f"{place}: does not compile" for place in row.get("broken", ())]
    told += [f"{stage}: {finding}" for stage, finding in row.get("uncertified", ())]
    told += [f"execution: {difference}" for difference in row.get("differences", ())]
    told += [f"{site}: found by the second scan only" for site in row.get("second", ())]
    told += [text for flag, text in FLAGS.items() if row.get(flag) is False]
    return told


FLAGS = {
    "untouched": "the package itself was written to",
    "undone": "undo did not give every byte back",
}
