"""Right rewrites of every form: no pair of runs differs, and the sites are reached."""

import pytest

from cutover_migrate.execute import Executed

PLAIN = """
<chain>
return r
"""
SUBJECTS = (
    "p.name",
    "m.config.provider",
    'm["provider"]',
    'm.get("provider")',
    'm.get("provider", "x")',
    'getattr(m, "provider", None)',
    'os.getenv("PROVIDER")',
    'os.environ["PROVIDER"]',
    'os.environ.get("PROVIDER", "a")',
    "p.lower()",
    "p.strip().casefold()",
    "m.provider.lower()",
    'm.get("provider").lower()',
)
KEYS = {
    "enum members": ("P.A", "P.B"),
    "values of enum members": ("P.A.value", "P.B.value"),
    "imported constants": ("ONE", "OTHER"),
}
CONTEXTS = {
    "plain": PLAIN,
    "in a loop, try, with": """
    for m in m.parts:
        with hub.timer(m) as timer:
            try:
                <chain>
                timer.done(r)
            except (Failed, KeyError) as error:
                hub.log(str(error), error.status)
                continue
            else:
                hub.well(r)
            finally:
                hub.done(p)
    return r
    """,
    "behind early exits": """
    if not m:
        raise ValueError(m)
    if hub.cached(m):
        return hub.cached(m)
    if isinstance(m, dict) or flag is None:
        return 1
    x, y = m.pair
    for name, value in m.items():
        x = [x, name, value]
    m = {"x": x, "y": y, **m.options, "text": ", ".join(m.names), "n": len(m), "f": f"{m:>3}"}
    if m["n"] > 3:
        return None
    <chain>
    return r
    """,
    "in an error handler": """
    try:
        hub.start()
        return 1
    except Failed as error:
        m = [error, m]
        <chain>
    return r
    """,
    "in a loop that counts": """
    n = 0
    while n < 3:
        n += 1
        if n == 2:
            continue
        <chain>
        hub.see(r, n)
    return n
    """,
    "in a branch of another chain": """
    if flag == "one":
        r = 1
    elif flag == "two":
        <chain>
    return r
    """,
    "in a case of a match": """
    match flag:
        case {"kind": kind, **rest}:
            <chain>
        case [kind, *rest]:
            r = rest
        case _:
            return 0
    return r, kind
    """,
    "in a closure that is returned": """
    def inner(x):
        <chain>
        return r, x
    return inner
    """,
    "in a closure that nobody calls": """
    @hub.task(m)
    def inner(x):
        <chain>
        return r, x
    hub.start(inner.delay)
    """,
    "in a closure that assigns the outer name": """
    r = None
    def inner():
        nonlocal r
        hub.see(p)
        <chain>
    hub.run(inner)
    return r
    """,
    "in a generator in a closure": """
    def inner():
        yield 1
        <chain>
        yield from r
        return 2
    return hub.stream(inner())
    """,
    "with a walrus and a comprehension": """
    if (x := hub.one(m)) and [y for y in x if y]:
        <chain>
        return [z for z in r], x
    """,
}
LIFT = {
    "SITES": {"chat": {"slots": ["chat"]}},
    "SLOTS": {},
    "PROVIDER_CONFIGS": {
        key: {"module_name": "app", "sites": "*", "slots": {"chat": f"._chat_{key}"}} for key in ("a", "b")
    },
}
VALUES = {
    "SITES": {"chat": {"slots": [], "values": ["model", "method"]}},
    "SLOTS": {},
    "PROVIDER_CONFIGS": {
        "a": {"module_name": "clients", "sites": "*", "values": {"model": "A-1", "method": "ask_a"}, "timeout": 7},
        "b": {"module_name": "clients", "sites": "*", "values": {"model": "B-1", "method": "ask_b"}, "timeout": 7},
    },
}
LAZY = {
    "SITES": {"chat": {"slots": ["run"], "lazy": True}},
    "SLOTS": {},
    "PROVIDER_CONFIGS": {
        "a": {"module_name": "vendor.a", "sites": "*", "slots": {"run": "run"}},
        "b": {"module_name": "vendor.b", "sites": "*", "slots": {"run": "vendor.b:run"}},
    },
}
LIFTED = """
if p == "a":
    client = make_a(m)
    r = client.chat(m, flag=flag)
elif p == "b":
    r = [each.text for each in make_b(m)]
else:
    raise Failed(p, code=400)
for client in hub.all(r):
    client.close()
return r
"""
HANDLERS = """
def _chat_a(m, flag):
    client = make_a(m)
    r = client.chat(m, flag=flag)
    return r


def _chat_b(m, flag):
    r = [each.text for each in make_b(m)]
    return r
"""
LIFTED_FRONT = """
if use_registry(CHAT, p):
    provider_config = CHAT.resolve(p)
    r = provider_config.chat(m, flag)
el"""
TWO_OUTPUTS = """
if p == "a":
    r = await make_a(m)
    n += 1
elif p == "b":
    r = make_b(m)
else:
    r = None
hub.see(r, n)
"""
TWO_OUTPUTS_FRONT = """
if use_registry(CHAT, p):
    provider_config = CHAT.resolve(p)
    r, n = await provider_config.chat(m, n)
el"""
TWO_OUTPUTS_HANDLERS = """
async def _chat_a(m, n):
    r = await make_a(m)
    n += 1
    return r, n


async def _chat_b(m, n):
    r = make_b(m)
    return r, n
"""
METHOD = """
class Gateway(Base):
    limit = hub.limit

    @hub.traced
    def chat(self, m: Message = Message()) -> Reply:
        self.__seen = super().chat(m)
        <chain>
        return r, self.__seen
"""
MATCH = """
match p:
    case "a":
        r = make_a(m)
    case "b" | "b2":
        r = make_b(m)
    case str() if flag:
        r = 3
    case _:
        r = 4
return r
"""
MATCH_FRONT = """
match p:
    case _ if use_registry(CHAT, p):
        provider_config = CHAT.resolve(p)
        r = provider_config.make(m)
"""
CONDITIONAL = 'r = make_a(m) if p == "a" else make_b(m) if p == "b" else None'
CONDITIONAL_FRONT = f"""
if use_registry(CHAT, p):
    provider_config = CHAT.resolve(p)
    r = provider_config.make(m)
else:
    {CONDITIONAL}
return r
"""
SIBLINGS = """
if p == "a":
    return make_a(m)
if p == "x":
    return None
if p == "b":
    return make_b(m)
return make_d(m)
"""
SIBLINGS_FRONT = """
if use_registry(CHAT, p):
    provider_config = CHAT.resolve(p)
    return provider_config.make(m)
el"""
SIBLINGS_FINISHED = """
if p == "x":
    return None
provider_config = CHAT.resolve(p)
return provider_config.make(m)
"""
ODD = """
if p == "a":
    r = make_a(m)
elif p == "x" and flag:
    r = make_c(m, 1)
elif p == "b":
    r = make_b(m)
else:
    r = make_d(m)
return r
"""
ODD_FINISHED = """
if p == "x" and flag:
    r = make_c(m, 1)
else:
    provider_config = CHAT.resolve(p)
    r = provider_config.make(m)
return r
"""
OPEN = """
if "claude" in flag:
    r = 1
elif p == "a":
    r = make_a(m)
elif p == "b":
    r = make_b(m)
elif p.startswith("o1"):
    r = make_c(m)
return r
"""
OPEN_FRONT = """
if "claude" in flag:
    r = 1
elif use_registry(CHAT, p):
    provider_config = CHAT.resolve(p)
    r = provider_config.make(m)
elif p == "a":
    r = make_a(m)
elif p == "b":
    r = make_b(m)
elif p.startswith("o1"):
    r = make_c(m)
return r
"""
OPEN_FINISHED = """
if "claude" in flag:
    r = 1
elif p in CHAT:
    provider_config = CHAT.resolve(p)
    r = provider_config.make(m)
elif p.startswith("o1"):
    r = make_c(m)
return r
"""
ALIAS = """
if p == "hug":
    p = "a"
hub.see(p)
"""
ALIAS_FINISHED = """
p = normalize_provider_name(p)
hub.see(p)
"""


HASHED = """
try:
    if p in {"a"}:
        r = make_a(m)
    elif p == "b":
        r = make_b(m)
    else:
        r = None
except Exception:
    return "failed"
return r
"""
HASHED_FRONT = """
try:
    if use_registry(CHAT, p):
        provider_config = CHAT.resolve(p)
        r = provider_config.make(m)
    elif p in {"a"}:
        r = make_a(m)
    elif p == "b":
        r = make_b(m)
    else:
        r = None
except Exception:
    return "failed"
return r
"""
TWO_SITES = """
if p == "a":
    note = make_a(m)
    note = None
else:
    note = make_d(m)
    note = None
hub.between(note)
if p == "a":
    r = make_a(note)
elif p == "b":
    r = make_b(note)
else:
    r = make_d(note)
return r
"""
TWO_SITES_FINISHED = """
provider_config = MORE.resolve(p)
note = provider_config.make(m)
note = None
hub.between(note)
provider_config = CHAT.resolve(p)
r = provider_config.make(note)
return r
"""
MORE = """
import hub
from registry import bind_providers

(MORE,) = bind_providers(globals(), "more")
"""
TWO = {
    "SITES": {"chat": {"slots": ["make"], "default": "d"}, "more": {"slots": ["make"], "default": "d"}},
    "PROVIDER_CONFIGS": {
        "a": {"module_name": "clients", "sites": "*"},
        "b": {"module_name": "clients", "sites": ["chat"]},
        "d": {"module_name": "clients", "sites": []},
    },
}


@pytest.fixture(scope="module")
def cases(case, chain_in):
    asynchronous = {"body": "r = await make_{}(m)", "template": "r = await provider_config.make(m)"}
    yielding = {"body": "yield make_{}(m)", "template": "yield provider_config.make(m)", "default": "pass"}
    coroutine = "async def chat(p, m, flag=None):"
    lifted = {"handlers": HANDLERS, "tables": LIFT}
    finished = {"stage": "finished"}
    no_default = {"tables": {"SITES": {"chat": {"slots": ["make"]}}}}
    return {
        **{f"context: {name}": chain_in(text) for name, text in CONTEXTS.items()},
        **{f"subject: {subject}": chain_in(PLAIN, subject=subject) for subject in SUBJECTS},
        **{f"keys: {name}": chain_in(PLAIN, keys=keys) for name, keys in KEYS.items()},
        "subject: an option": chain_in(PLAIN, subject='more.get("p")', define="def chat(m, **more):"),
        "subject: one of the values of a loop": chain_in(CONTEXTS["in a loop, try, with"], subject="m"),
        "async": chain_in("async with hub.session() as s:\n    <chain>\nreturn r", define=coroutine, **asynchronous),
        "async for": chain_in("async for m in flag:\n    <chain>\n    yield r", define=coroutine, **asynchronous),
        "generator": chain_in("try:\n    <chain>\nfinally:\n    hub.end()", **yielding),
        "async generator": chain_in("try:\n    <chain>\nfinally:\n    await hub.end()", define=coroutine, **yielding),
        "method": chain_in(METHOD, subject="self.config.provider", define=""),
        "module level": chain_in("p = hub.choice\nm = hub.m\n<chain>\nhub.see(r)", define=""),
        "module level, in a branch": chain_in("p = hub.choice\nm = hub.m\nif hub.on:\n    <chain>", define=""),
        "values and timeout": chain_in(
            PLAIN,
            body='r = hub.ask_{0}(m, "{0}-1".upper(), timeout=7)',
            template="r = getattr(hub, provider_config.method)(m, provider_config.model.upper(), "
            "timeout=provider_config.timeout)",
            tables=VALUES,
        ),
        "lazy imports": chain_in(
            PLAIN,
            body="from vendor.{} import run; r = run(m)",
            template="r = provider_config.run(m)",
            tables=LAZY,
        ),
        "keys read from a module that is not patched": chain_in(
            PLAIN, keys=("keys.ONE", "keys.OTHER"), head="import keys\nfrom clients import make_a, make_b, make_d\n"
        ),
        "keys in a set, errors caught": case(HASHED, HASHED_FRONT),
        "two sites, finished": case(TWO_SITES, TWO_SITES_FINISHED, new_head=MORE, tables=TWO, **finished),
        "match": case(MATCH, MATCH_FRONT + MATCH.split(":\n", 1)[1]),
        "conditional": case(f"{CONDITIONAL}\nreturn r", CONDITIONAL_FRONT),
        "sibling ifs": case(SIBLINGS, SIBLINGS_FRONT + SIBLINGS.strip()),
        "sibling ifs, finished": case(SIBLINGS, SIBLINGS_FINISHED, **finished),
        "default arm absorbed": case(ODD, ODD_FINISHED, **finished),
        "lifted": case(LIFTED, LIFTED_FRONT + LIFTED.strip(), **lifted),
        "lifted, two outputs": case(
            TWO_OUTPUTS,
            TWO_OUTPUTS_FRONT + TWO_OUTPUTS.strip(),
            define="async def chat(p, m, n=0):",
            handlers=TWO_OUTPUTS_HANDLERS,
            tables=LIFT,
        ),
        "partial": case(OPEN, OPEN_FRONT, **no_default),
        "partial, finished": case(OPEN, OPEN_FINISHED, **no_default, **finished),
        "partial, one subject": case(OPEN.replace("flag", "p"), OPEN_FRONT.replace("flag", "p"), **no_default),
        "alias fix": case(ALIAS + ODD, ALIAS_FINISHED + ODD_FINISHED, **finished),
        "alias fix, both arms": chain_in(PLAIN.replace("<chain>", "p = normalize_provider_name(p)\n<chain>")),
    }


@pytest.fixture(scope="module")
def sites(cases, together):
    return together(cases)


def test_each_is_executed_and_none_differs(cases, sites):
    wrong = {name: getattr(site, "first", site) for name, site in sites.items() if not getattr(site, "same", False)}
    assert {name: str(first) for name, first in wrong.items()} == {}
    assert set(sites) == set(cases)


def test_every_site_is_reached_by_most_runs(sites):
    assert {name: (each.reached, each.pairs) for name, each in sites.items() if each.reached * 2 < each.pairs} == {}


def test_nothing_tries_to_leave(sites):
    assert [site for site in sites.values() if isinstance(site, Executed) and site.refused] == []
