"""Faults of the kinds that hands and tools make when they turn chains into a registry; each is caught, and named."""

from dataclasses import dataclass

import pytest

from cutover_parity import report_text

TALK = "lanes/routes/talk.py"
TABLE = """
NAMES = {"ash": ("ask_ash", "tidy_ash"), "birch": ("ask_birch", "tidy_birch")}
EARLY = {"ash": ask_ash, "birch": ask_birch}
router = APIRouter()
"""


@dataclass(frozen=True)
class Fault:
    gateway: str
    file: str
    old: str
    new: str
    layer: str
    says: str
    depth: str = "calls"


FAULTS = {
    "a wrong callee": Fault("lanes", TALK, "to_thread(ask_birch,", "to_thread(ask_cedar,", "calls", "'ask_birch'"),
    "a wrong callee, seen from the network": Fault(
        "lanes", TALK, "to_thread(ask_birch,", "to_thread(ask_cedar,", "requests", "/birch/chat", "http"
    ),
    "a wrong second callee": Fault("lanes", TALK, "tidy_birch, raw", "tidy_ash, raw", "calls", "calls[1].function"),
    "a wrong callee in a stream": Fault(
        "lanes", TALK, "to_thread(ask_ash_stream,", "to_thread(ask_cedar_stream,", "calls", "'ask_ash_stream'"
    ),
    "a lost keyword": Fault(
        "lanes",
        TALK,
        "ask_birch, messages, model, **options",
        "ask_birch, messages, model",
        "calls",
        "kwargs.temperature",
    ),
    "a lost keyword, seen from the network": Fault(
        "wharf", "wharf.py", 'cargo, lane="cold"', 'cargo, lane="warm"', "requests", "body.lane", "http"
    ),
    "a changed argument": Fault("mill", "mill.py", '["grain"], "fine"', '["grain"], "rough"', "calls", "args[1]"),
    "swapped arguments": Fault(
        "lanes", TALK, "ask_ash, messages, model,", "ask_ash, model, messages,", "calls", "calls[0].args[0]"
    ),
    "a lost timeout": Fault(
        "wharf", "wharf.py", "asyncio.wait_for(piers.north(cargo), 12)", "piers.north(cargo)", "timeouts", "(absent)"
    ),
    "a changed timeout": Fault("lanes", TALK, '"birch": 90', '"birch": 30', "timeouts", "legacy 90.0, registry 30.0"),
    "a timeout keyed by another name": Fault(
        "lanes",
        TALK,
        "TIMEOUTS.get(backend, 30)",
        'TIMEOUTS.get("birch", 30)',
        "timeouts",
        "legacy 30.0, registry 90.0",
    ),
    "a changed timeout of a waiting thread": Fault(
        "mill", "mill.py", "timeout=9", "timeout=90", "timeouts", "legacy 9.0, registry 90.0"
    ),
    "a changed timeout of the client": Fault(
        "wharf", "piers.py", "timeout=8", "timeout=80", "timeouts", "legacy 8, registry 80", "http"
    ),
    "a widened provider set": Fault(
        "lanes",
        TALK,
        "return await asyncio.to_thread(ask_cedar_stream, messages",
        'return await asyncio.to_thread({"birch": ask_birch}.get(backend, ask_cedar_stream), messages',
        "calls",
        "legacy 'ask_cedar_stream', registry 'ask_birch'",
    ),
    "a narrowed provider set": Fault(
        "wharf", "wharf.py", 'case "east":', 'case "east-2":', "calls", "legacy 'piers.east', registry 'piers.south'"
    ),
    "early binding": Fault(
        "lanes", TALK, "to_thread(ask_ash,", "to_thread(EARLY[backend],", "binding", "legacy 'name', registry 'object'"
    ),
    "a changed default arm": Fault(
        "mill", "mill.py", "pour_slate(sack", "pour_flint(sack", "calls", "legacy 'pour_slate', registry 'pour_flint'"
    ),
    "swapped branches": Fault(
        "lanes",
        TALK,
        'if backend == "ash":\n                raw',
        'if backend != "ash":\n                raw',
        "calls",
        "'ask_ash'",
    ),
    "a swallowed exception": Fault(
        "wharf", "wharf.py", "except httpx.HTTPError as error:", "except Exception as error:", "answer", "status"
    ),
    "an exception raised from elsewhere": Fault(
        "wharf",
        "wharf.py",
        "    async for piece in stream:",
        "    if pier != 'north':\n        raise RuntimeError('adrift')\n    async for piece in stream:",
        "exception",
        "RuntimeError",
    ),
    "a wrong failover order": Fault(
        "lanes", TALK, 'FALLBACKS = ["ash", "cedar"]', 'FALLBACKS = ["cedar", "ash"]', "failover", "'cedar'"
    ),
    "a wrong failover criterion": Fault(
        "lanes", TALK, "MOVES_ON = {401,", "MOVES_ON = {429, 401,", "failover", "(absent)"
    ),
    "a lost failover criterion": Fault("lanes", TALK, "503, 504}", "503}", "failover", "registry (absent)"),
    "a call on the loop instead of in a thread": Fault(
        "lanes",
        TALK,
        "return await asyncio.to_thread(ask_ash_stream, messages, model, **options)",
        "return ask_ash_stream(messages, model, **options)",
        "calls",
        "legacy 'worker thread', registry 'event loop'",
    ),
    "merged stream chunks": Fault(
        "wharf",
        "wharf.py",
        '    async for piece in stream:\n        yield f"event: piece\\ndata: {json.dumps(piece)}\\n\\n"',
        '    yield "".join([f"event: piece\\ndata: {json.dumps(piece)}\\n\\n" async for piece in stream])',
        "edges",
        "edges.chunks[0]",
    ),
    "a changed header": Fault(
        "wharf",
        "wharf.py",
        'media_type="text/event-stream"',
        'media_type="text/plain"',
        "answer",
        "headers.content-type",
    ),
    "an early call of the real function in a table of names": Fault(
        "lanes", TALK, "await asyncio.to_thread(tidy_ash, raw)", "tidy_ash(raw)", "calls", "'event loop'"
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught_in_its_layer_with_a_telling_message(gateway, name):
    fault = FAULTS[name]
    ours = gateway(fault.gateway)
    tree = ours.planted(fault.file, fault.old, fault.new)
    if "EARLY" in fault.new:
        source = tree / fault.file
        source.write_text(source.read_text().replace("\nrouter = APIRouter()\n", TABLE))
    needs_all = fault.layer in {"failover", "answer"}
    report = ours.replay(tree, depth=fault.depth, cases=ours.generated(faults=needs_all))
    said = [str(item) for pair in report.mismatches for item in pair.verdict.differences if item.layer == fault.layer]
    assert any(fault.says in line for line in said), report_text(report)
    assert report.exit_code == 1
    assert "MISMATCH" in report_text(report)


@pytest.mark.parametrize(
    ("name", "file", "old", "new"),
    [
        ("lanes", TALK, 'if backend == "ash":\n        return', 'if "ash" == backend:\n        return'),
        ("lanes", TALK, "MOVES_ON = {401, 403,", "MOVES_ON = {403, 401,"),
        ("lanes", TALK, "TIMEOUTS.get(backend, 30)", '{"birch": 90.0}.get(backend, 30)'),
        ("lanes", TALK, "ask_birch, messages, model, **options", 'globals()["ask_birch"], messages, model, **options'),
        ("wharf", "wharf.py", 'case "north":', 'case ("north" | "nord"):'),
        ("mill", "mill.py", "import httpx\n", "import uuid\n\nimport httpx\n\nNUMBER = uuid.uuid4()\n"),
    ],
)
def test_an_equivalent_tree_is_left_alone(gateway, name, file, old, new):
    ours = gateway(name)
    report = ours.replay(ours.planted(file, old, new))
    assert report.clean, report_text(report)
