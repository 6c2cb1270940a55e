"""The public door of the report."""

import subprocess
import sys

import cutover_telemetry.report as door

LOADED = (
    "import sys, cutover_telemetry.report; print(sorted({'starlette', 'uvicorn', 'opentelemetry'} & set(sys.modules)))"
)


def test_the_door_and_its_list_agree():
    assert door.__all__ == sorted(door.__all__)
    assert set(door.__all__) <= {name for name in vars(door) if not name.startswith("_")}


def test_no_server_is_loaded_for_a_report():
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
