"""The dependency entry: `provider-cutover` in the application's own dependency file, whichever that is.

Nothing is executed: where the list is code (`setup.py`), made by a tool (locked requirements) or in a form that cannot
be edited surely, the outcome says what to do by hand.
"""

from __future__ import annotations

from pathlib import Path

from cutover_migrate.apply._change import FileChange, read_bytes
from cutover_migrate.apply._pyproject import PATH, add_to_pyproject, begin_in_pyproject, named_files
from cutover_migrate.apply._requirements import add_to_requirements
from cutover_migrate.apply._skipped import REQUIREMENT, NotHere, Skipped

REQUIREMENTS_FOLDER = "requirements"
FIRST_REQUIREMENTS = ("base", "prod", "production", "main", "common", "requirements")
BY_HAND = {
    "setup.cfg": f"add {REQUIREMENT} to install_requires under [options] in setup.cfg",
    "setup.py": f"add {REQUIREMENT!r} to install_requires in setup.py",
    "Pipfile": f"run: pipenv install '{REQUIREMENT}'",
    "environment.yml": f"add {REQUIREMENT} under pip: in environment.yml",
}


def dependency_change(root: Path | str) -> FileChange | Skipped:
    """Give the change that adds the dependency, or why there is none and what to type."""
    try:
        return _find(Path(root))
    except OSError as error:
        return Skipped(f"{error.filename} cannot be read ({error.strerror})", f"add {REQUIREMENT} to it")


def _find(root: Path) -> FileChange | Skipped:
    pyproject = read_bytes(root / PATH) or b""
    outcome = add_to_pyproject(pyproject)
    if not isinstance(outcome, NotHere):
        return outcome
    path = next((name for name in (*named_files(pyproject), *_usual_files(root)) if (root / name).is_file()), None)
    if path is not None:
        return add_to_requirements(path, (root / path).read_bytes())
    for name, advice in BY_HAND.items():
        if (root / name).exists():
            return Skipped(f"{name} is not edited by this program", advice)
    outcome = begin_in_pyproject(pyproject)
    if not isinstance(outcome, NotHere):
        return outcome
    return Skipped("no dependency file was found", f"run: pip install '{REQUIREMENT}'")


def _usual_files(root: Path) -> list[str]:
    names = [path.stem for path in sorted((root / REQUIREMENTS_FOLDER).glob("*.txt"))]
    first = [name for name in FIRST_REQUIREMENTS if name in names]
    chosen = first[:1] or (names if len(names) == 1 else [])
    return ["requirements.txt", *(f"{REQUIREMENTS_FOLDER}/{name}.txt" for name in chosen)]
