"""One provider that breaks at import, whichever of the 22 it is and however it breaks, leaves the other 21 working.

Each kind runs in a process of its own, since what is tried here could take the process down.
"""

import json
import subprocess
import sys
import textwrap

import pytest

from cutover_registry.providers import specs

BREAKS = {
    "ImportError": "import surely_not_installed_anywhere",
    "ImportError of a name": "from json import nothing_of_that_name",
    "SyntaxError": "def broken(:",
    "SystemExit": "raise SystemExit(3)",
    "sys.exit": "import sys; sys.exit()",
    "endless recursion": "def again(): again()\nagain()",
    "recursion in its repr": "class Deep:\n    def __repr__(self): return repr(self)\nrepr(Deep())",
    "an error without words": "class Silent(Exception):\n    def __str__(self): raise ValueError\nraise Silent",
    "null bytes": "x = '\\0'\neval('\\0')",
}
WORK = """
import json, sys
from cutover_registry import ProviderRegistry

folder, names = sys.argv[1], json.loads(sys.argv[2])
sys.path.insert(0, folder)
working = {}
for broken in names:
    package = "with_broken_" + broken.replace("-", "_")
    entries = {name: {"module_name": package + "." + name.replace("-", "_")} for name in names}
    tables = {"SLOTS": {"make": "make_{}"}, "SITES": {"chat": {"slots": ["make"]}}, "PROVIDER_CONFIGS": entries}
    registry = ProviderRegistry.from_mapping(tables)
    lazily = registry.load_all(lazy=True)
    outcome = registry.load_all()
    (chat,) = ProviderRegistry.from_mapping(tables).bind({}, "chat")
    working[broken] = [
        [name for name, error in outcome.items() if error is None],
        [name for name in chat.keys() if chat.resolve(name).make() == name],
        list(registry.get_import_errors()),
        len(lazily),
    ]
print(json.dumps(working))
"""


@pytest.mark.parametrize("kind", BREAKS)
def test_one_that_breaks_leaves_the_other_21_working(kind, tmp_path):
    names = list(specs())
    assert len(names) == 22
    for broken in names:
        package = tmp_path / f"with_broken_{broken.replace('-', '_')}"
        package.mkdir()
        for name in names:
            identifier = name.replace("-", "_")
            source = BREAKS[kind] if name == broken else f"def make_{identifier}():\n    return {name!r}\n"
            (package / f"{identifier}.py").write_text(textwrap.dedent(source) + "\n")
    done = subprocess.run(
        [sys.executable, "-B", "-c", WORK, tmp_path, json.dumps(names)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    for broken, (loaded, joined, recorded, lazily) in json.loads(done.stdout).items():
        others = [name for name in names if name != broken]
        assert (loaded, joined, recorded, lazily) == (others, others, [broken], 22)
