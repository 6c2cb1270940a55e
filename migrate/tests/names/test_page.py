"""The page about the code around the chains lists every reason for which a block stays."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "migrate" / "cutover_migrate"
FILES = [PACKAGE / "find" / "_blocks.py", PACKAGE / "rewrite" / "_gone.py", *(PACKAGE / "find" / "kept").glob("*.py")]
GIVING = {"_obstacle", "_foreign", "_helper_obstacle", "_guard"}


def texts(node):
    """The literal parts of a text, the whole of a plain one."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return [part.value.strip(" ,") for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def reasons(tree):
    """The texts that are given as reasons in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "KeptForm":
            yield from texts(node.args[-1])
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "reason":
            yield from texts(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name in GIVING:
            returned = [inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return) and inner.value]
            yield from (text for value in returned for text in texts(value))


def test_every_reason_is_on_the_page():
    page = (ROOT / "docs" / "around-the-chains.md").read_text()
    found = {text for file in FILES for text in reasons(ast.parse(file.read_text())) if len(text) > 3}
    from cutover_migrate.rewrite import _files

    found |= set(_files.KEPT_REASONS.values())
    assert len(found) > 25
    assert sorted(text for text in found if text not in page) == []
