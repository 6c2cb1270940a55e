"""The examples' own tests with a vendored runtime and none of our packages: on the registry arm, and finished."""

import re

import pytest

PLUGINS = ["-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin", "-p", "respx.plugin"]
TESTS = {"legacy_gateway": 81, "relay_desk": 86}


def passed(gateway, arm=""):
    """How many tests of the application pass; a busy machine may be too late for its short timeouts once."""
    environment = {"CUTOVER_ARM": arm, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = ["-m", "pytest", "-q", *PLUGINS]
    for _ in range(2):
        ran = gateway.alone.run(command, cwd=gateway.root, env=environment, check=False)
        found = re.search(r"^(\d+) passed in ", ran.stdout, re.MULTILINE)
        if found is not None and ran.returncode == 0:
            return int(found[1])
    raise AssertionError(ran.stdout + ran.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("name", TESTS)
def test_every_test_of_an_example_passes_on_the_registry_arm_and_finished(example, name):
    gateway = example(name)
    gateway.apply()
    found = [passed(gateway, "registry")]
    gateway.finish()
    found.append(passed(gateway))
    assert len(set(found)) == 1
    assert found[0] >= TESTS[name]
    assert gateway.verify().findings() == []
    package = next(gateway.root.rglob("_cutover_registry"))
    sources = [path for path in gateway.root.rglob("*.py") if package not in path.parents]
    assert [path for path in sources if re.search(r"^ *(from|import) cutover_", path.read_text(), re.MULTILINE)] == []
