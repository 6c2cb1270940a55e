"""What an import costs: OpenTelemetry is there only once spans are wanted."""

import subprocess
import sys

import pytest

LOADED = (
    "import sys; print(sorted({name.partition('.')[0] for name in sys.modules} & {'opentelemetry', 'rich', 'httpx'}))"
)
RECORDS = """
from cutover_registry import Attempt, Outcome
from cutover_telemetry import instrument
telemetry = instrument(lambda environ, start_response: [], spans=False)
telemetry._hook.ended(telemetry._hook.started(Attempt("near", "s", "f", "legacy", "chat")), Outcome())
assert (len(telemetry.attempts()), telemetry.spans(), telemetry.metrics()) == (1, (), None)
"""
HIDDEN = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
from cutover_telemetry import NotInstalled, instrument
try:
    instrument()
except NotInstalled as error:
    print(error)
"""


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("code", ["import cutover_telemetry", RECORDS])
def test_neither_the_package_nor_records_alone_load_opentelemetry(code):
    assert run(f"{code}\n{LOADED}") == "[]"


def test_without_opentelemetry_spans_are_refused_with_what_to_install():
    assert run(HIDDEN).startswith("spans need the package of opentelemetry")
    assert "pip install 'provider-cutover[telemetry]'" in run(HIDDEN)
