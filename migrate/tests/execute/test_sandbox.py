"""The child process: hostile code gets nowhere, and a child that dies costs one site.

Builtins that reach out are recorders already; the code below goes around them, by the classes of the interpreter.
"""

import os
import socket
import time

import pytest

from cutover_migrate.execute import Executed, NotExecuted

SITE = """
if p == "a":
    r = make_a(m)
elif p == "b":
    r = make_b(m)
return r
"""
FRONT = """
if use_registry(CHAT, p):
    provider_config = CHAT.resolve(p)
    r = provider_config.make(m)
elif p == "a":
    r = make_a(m)
elif p == "b":
    r = make_b(m)
return r
"""
OS = """
for each in ().__class__.__base__.__subclasses__():
    if each.__name__ == "_wrap_close":
        os = each.__init__.__globals__
sys = os["sys"]
real_import = sys.modules["builtins"].__import__
"""
ESCAPES = {
    "os.system": 'os["system"]("touch {path}")',
    "os.exec": 'os["execv"]("/bin/sh", ["sh", "-c", "touch {path}"])',
    "os.fork": 'os["fork"]()',
    "os.posix_spawn": 'os["posix_spawn"]("/bin/touch", ["touch", "{path}"], dict())',
    "open": 'os["open"]("{path}", 0o101)',
    "open ": 'sys.modules["io"].open("{secret}").read()',
    "os.listdir": 'os["listdir"]("/")',
    "os.remove": 'os["unlink"]("{secret}")',
    "os.kill": 'os["kill"]({pid}, 9)',
    "import": 'real_import("socket").create_connection(("127.0.0.1", {port}))',
    "import ": 'real_import("subprocess").run(["touch", "{path}"])',
    "import  ": 'real_import("ctypes").CDLL(None)',
    "import   ": 'real_import("httpx")',
    "sys.addaudithook": "sys.addaudithook(print)",
    "sys.settrace": "sys.settrace(None)",
    "code.__new__": "(lambda: 1).__code__.replace(co_consts=())",
}


@pytest.fixture
def outside(tmp_path):
    """What must stay untouched: a path that is free, a secret, a listening socket."""
    secret = tmp_path / ".ssh" / "id_ed25519"
    secret.parent.mkdir()
    secret.write_text("the secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield {"path": tmp_path / "made", "secret": secret, "port": server.getsockname()[1], "pid": os.getpid()}
        with pytest.raises(BlockingIOError):
            server.accept()
    assert not (tmp_path / "made").exists()
    assert secret.read_text() == "the secret"


def test_no_escape_gets_out_and_each_is_told(case, together, outside):
    cases = {
        name: case(OS + code.format(**outside) + SITE, OS + code.format(**outside) + FRONT)
        for name, code in ESCAPES.items()
    }
    sites = together(cases, rounds=2)
    told = {name: [each.split()[0] for each in site.refused] for name, site in sites.items()}
    assert told == {name: [name.strip()] for name in ESCAPES}


def test_a_refused_escape_cannot_be_caught_and_hidden(alone):
    code = OS + "try:\n    os['system']('true')\nexcept BaseException:\n    pass"
    site = alone(code + SITE, code + FRONT)
    assert site.same
    assert site.refused == ("os.system",)


def test_the_builtins_that_reach_out_are_recorders(alone):
    code = "hub.see(print(input(eval(open(m)))))\n"
    site = alone(code + SITE, code.replace("eval", "exec") + FRONT)
    assert any(event.startswith("call eval(open()") for event in site.first.legacy)
    assert any(event.startswith("call exec(open()") for event in site.first.registry)
    assert not site.refused


def test_the_environment_is_empty_but_for_an_empty_home(alone, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    site = alone(OS + "hub.see(dict(os['environ']))" + SITE, OS + "hub.see(0)" + FRONT)
    (event,) = [event for event in site.first.legacy if event.startswith("call hub.see")]
    assert "cutover-execute-" in event
    assert "secret" not in event
    assert event.count(": ") <= 3


def test_the_code_imports_nothing_of_the_application(alone, tmp_path):
    code = "import sys\nimport antigravity\nfrom clients import secret\nhub.see(secret.key)\n"
    assert alone(code + SITE, code + FRONT).same


@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    pass\n",
        "while m:\n    pass\n",
        "n = 10 ** 7\nwhile n:\n    n = n + 1 if n else 0\n",
        "x = 'a' * 10 ** 12\n",
        "x = [1]\nwhile True:\n    x += x\n",
    ],
    ids=["loop", "loop that asks", "loop that counts", "memory at once", "memory by and by"],
)
def test_what_takes_too_much_is_ended_and_told(alone, code):
    before = f"if flag:\n    r = 0\n{SITE}".replace("return r", f"{code}return r")
    after = f"if flag:\n    r = 0\n{FRONT}".replace("return r", f"{code}return r")
    site = alone(before, after, limits={"rounds": 2, "memory_mib": 256, "seconds": 2})
    if isinstance(site, NotExecuted):
        assert site.reason.startswith(("its runs had to be ended", "its process"))
    else:
        assert site.cut
        assert not site.differences


def test_a_child_that_dies_costs_its_site_and_no_other(case, together):
    dies = "os['_exit'](3)\n"
    refuses_to_end = (
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass\n"
    )
    cases = {
        "first": case(SITE, FRONT),
        "dies": case(OS + dies + SITE, OS + dies + FRONT),
        "endless": case(refuses_to_end + SITE, refuses_to_end + FRONT),
        "crashes": case(OS + "os['abort']()" + SITE, OS + "os['abort']()" + FRONT),
        "last": case(SITE, FRONT),
    }
    sites = together(cases, rounds=2, seconds=2)
    assert {name: getattr(site, "reason", "executed") for name, site in sites.items()} == {
        "first": "executed",
        "dies": "its process ended with code 3",
        "endless": "its process ended with code 70",
        "crashes": "its process was ended by signal 6",
        "last": "executed",
    }


def test_a_child_that_takes_too_long_is_killed_by_its_id(alone):
    code = "x = 10 ** 10 ** 10\n"
    start = time.monotonic()
    site = alone(
        code.replace("10 ** 10 ** 10", "(3 ** flag) ** (10 ** 9)") + SITE, code + FRONT, limits={"seconds": 0.5}
    )
    assert isinstance(site, NotExecuted | Executed)
    assert time.monotonic() - start < 60


def test_a_child_that_writes_nonsense_is_told(alone):
    code = OS + "os['write'](1, b'nonsense\\n')\n"
    assert alone(code + SITE, code + FRONT).reason == "its process wrote what is no report"


def test_the_walls_are_named_in_the_report(case):
    from cutover_migrate.execute import execute_batch

    report = execute_batch([case(SITE, FRONT).texts("x")], rounds=2)
    assert {"audit hook", "no new descriptors", "no writing", "memory", "time"} <= set(report.walls)
    assert report.to_json()["walls"] == list(report.walls)
