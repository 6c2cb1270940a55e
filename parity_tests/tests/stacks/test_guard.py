import json
import subprocess
import sys
import textwrap

import pytest

BESIDE = """
    import asyncio, json, socket, sys
    from cutover_parity.arms._guard import guard_sockets
    from cutover_parity.arms._route_log import LOG, RouteLog
    from cutover_parity.cases._script import Script

    def run(call, route=True):
        log = RouteLog("case", Script(), None)
        token = LOG.set(log if route else None)
        try:
            call()
            said = "it connected"
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        LOG.reset(token)
        return [said, log.escapes]
"""


@pytest.fixture
def guarded(tmp_path, live):
    """Run code in a process of its own, since the guard cannot be taken away; give what it printed."""

    def run(code, **modules):
        for name, source in modules.items():
            folder = tmp_path / "site-packages" / name
            folder.mkdir(parents=True)
            (folder / "__init__.py").write_text(textwrap.dedent(source))
        program = textwrap.dedent(BESIDE) + textwrap.dedent(code)
        done = subprocess.run(
            [sys.executable, "-c", program, live.url.removeprefix("http://127.0.0.1:")],
            env={"PYTHONPATH": str(tmp_path / "site-packages")},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return run


SOCKETS = """
import socket
def get(port):
    return socket.create_connection(("127.0.0.1", port), 5)
"""
LOOPS = """
import asyncio
def get(host, port):
    async def connect():
        await asyncio.open_connection(host, port)
    asyncio.run(connect())
"""


def test_a_library_that_is_not_covered_is_named(guarded, live):
    said, escapes = guarded(
        """
        import wirelib
        guard_sockets()
        print(json.dumps(run(lambda: wirelib.get(int(sys.argv[1])))))
        """,
        wirelib=SOCKETS,
    )
    assert said.startswith("Blocked: a connection to 127.0.0.1 by wirelib was refused: nothing leaves during a replay")
    assert "httpx, httpx2, aiohttp, http.client, urllib3" in said
    assert "by wirelib was about to be made" in escapes[0]
    assert live.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "up.invalid"])
def test_it_is_named_behind_an_event_loop_too(guarded, live, host):
    said, escapes = guarded(
        f"""
        import looplib
        guard_sockets()
        print(json.dumps(run(lambda: looplib.get({host!r}, int(sys.argv[1])))))
        """,
        looplib=LOOPS,
    )
    assert f"a connection to {host} by looplib was refused" in said
    assert len(escapes) == 1
    assert live.connections == 0


def test_code_of_the_applications_own_is_named_by_its_module(guarded):
    said, _ = guarded(
        """
        guard_sockets()
        print(json.dumps(run(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1]))))))
        """
    )
    assert "by __main__ was refused" in said


def test_a_datagram_does_not_leave_either(guarded):
    said, escapes = guarded(
        """
        guard_sockets()
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        print(json.dumps(run(lambda: sender.sendto(b"x", ("127.0.0.1", int(sys.argv[1]))))))
        """
    )
    assert said.startswith("Blocked")
    assert len(escapes) == 1


def test_loopback_outside_a_route_and_local_sockets_are_left_alone(guarded, live):
    found = guarded(
        """
        import tempfile, os
        guard_sockets()
        port = int(sys.argv[1])
        outside = run(lambda: socket.create_connection(("127.0.0.1", port)).close(), route=False)
        path = os.path.join(tempfile.mkdtemp(), "s")
        server = socket.socket(socket.AF_UNIX); server.bind(path); server.listen()
        local = run(lambda: socket.socket(socket.AF_UNIX).connect(path))
        pair = run(lambda: [end.close() for end in socket.socketpair()])
        print(json.dumps([outside, local, pair]))
        """
    )
    assert found == [["it connected", []]] * 3
    assert live.connections == 1


def test_elsewhere_is_refused_outside_a_route_as_well(guarded):
    said, escapes = guarded(
        """
        guard_sockets()
        print(json.dumps(run(lambda: socket.create_connection(("192.0.2.1", 80), 1), route=False)))
        """
    )
    assert said.startswith("Blocked: a connection to 192.0.2.1")
    assert escapes == []
