import subprocess
import sys

import cutover_telemetry.dashboard as door

LOADED = "import sys, cutover_telemetry.dashboard; print(sorted({'starlette', 'uvicorn', 'plotly'} & set(sys.modules)))"


def test_the_door_and_what_it_offers_agree():
    assert all(hasattr(door, name) for name in door.__all__)
    own = {name for name in vars(door) if not name.startswith("_")} - {"TYPE_CHECKING", "Any", "import_module"}
    assert own <= set(door.__all__)


def test_another_name_is_not_there():
    assert not hasattr(door, "nothing")


def test_the_parts_of_the_page_load_no_server():
    ran = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
