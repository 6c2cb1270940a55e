"""Each wall on its own: what the kernel holds back without the audit hook, and what the hook holds back itself."""

import subprocess
import sys

import pytest

from cutover_migrate.execute._child import BOOT, FLAGS, _places

GUARD = """
from cutover_migrate.execute._inside import _guard
{before}
walls = {walls}
try:
    {code}
except BaseException as error:
    import os
    os.write(1, type(error).__name__.encode())
else:
    import os
    os.write(1, b"got through")
"""


@pytest.fixture
def run_behind():
    """Runs code behind some walls in a child; gives what it wrote."""

    def run(code, *, walls, before=""):
        text = BOOT.split("from cutover_migrate")[0] + GUARD.format(code=code, walls=walls, before=before)
        child = subprocess.run(
            [sys.executable, *FLAGS, "-c", text, *_places()], capture_output=True, env={}, check=False, timeout=60
        )
        return child.stdout.decode() or f"code {child.returncode}"

    return run


KERNEL = "list(_guard._kernel(seconds=5, memory_mib=512))"
HOOK = "_guard.sys.addaudithook(_guard._audit)"


@pytest.mark.skipif(sys.platform != "linux", reason="limits of the Linux kernel")
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("os.open('/dev/null', 0)", "OSError"),
        ("open('/dev/null')", "OSError"),
        ("socket.socket()", "OSError"),
        ("os.pipe()", "OSError"),
        ("bytearray(1 << 34)", "MemoryError"),
    ],
)
def test_the_kernel_alone_holds_it_back(run_behind, code, error):
    assert run_behind(code, walls=KERNEL, before="import os, socket") == error


@pytest.mark.skipif(sys.platform != "linux", reason="limits of the Linux kernel")
def test_the_kernel_ends_a_process_that_uses_too_much_processor_time(run_behind):
    assert run_behind("exec('while True: pass')", walls="list(_guard._kernel(seconds=0, memory_mib=512))") == "code -9"


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces of the Linux kernel")
def test_there_is_no_network_where_namespaces_are_allowed(run_behind):
    code = "left = _guard._unshare(); os.write(1, str((left, [name for _, name in socket.if_nameindex()])).encode())"
    assert run_behind(code, walls="[]", before="import os, socket").startswith(("(True, ['lo'])", "(False"))


@pytest.mark.parametrize(
    "code",
    [
        "os.open('/dev/null', 0)",
        "open('x', 'w')",
        "os.listdir('.')",
        "os.system('true')",
        "os.fork()",
        "os.chdir('/')",
        "socket.socket()",
        "socket.gethostbyname('localhost')",
        "subprocess.run(['true'])",
        "__import__('sqlite3')",
        "ctypes.CDLL(None)",
        "ctypes.string_at(0)",
        "mmap.mmap(-1, 10)",
        "gc.get_objects()",
        "os.putenv('A', 'B')",
        "tempfile.mkdtemp()",
        "shutil.rmtree('x')",
    ],
)
def test_the_audit_hook_alone_holds_it_back(run_behind, code):
    modules = "import os, socket, subprocess, ctypes, mmap, gc, tempfile, shutil, random"
    assert run_behind(code, walls=HOOK, before=modules) == "Refused"


def test_plain_code_gets_through_every_wall(run_behind):
    code = "exec(compile('f = lambda x: [\\'\\\\N{BULLET}\\' for y in x]', 'x', 'exec')); 'ä'.encode('latin-1')"
    assert run_behind(code, walls="_guard.shut_in(seconds=5, memory_mib=512)") == "got through"
