"""Wrong rewrites: each planted difference is found, and the report says where."""

from dataclasses import replace

import pytest

from cutover_migrate.execute import execute_batch

PLAIN = "<chain>\nreturn r, flag, p"
FINISHED = "provider_config = CHAT.resolve(p)\nr = provider_config.make(m)\nreturn r, flag, p"
CALL = "provider_config.make(m)"
TEMPLATES = {
    "another callee": "r = make_b(m)",
    "another argument": "r = provider_config.make(p)",
    "another type of argument": "r = provider_config.make([m])",
    "an argument by name": "r = provider_config.make(m=m)",
    "an argument more": "r = provider_config.make(m, None)",
    "called twice": f"r = {CALL}; r = {CALL}",
    "not called": "r = provider_config.make",
    "called before something else": f"r = {CALL}; hub.more(r)",
    "called later": f"r = lambda: {CALL}",
    "another result": f"r = [{CALL}]",
    "a result for another name": f"x = {CALL}",
    "a local reassigned": f"r = {CALL}; flag = 1",
    "awaited in vain": f"r = hub.wait({CALL})",
    "an attribute set": f"r = {CALL}; r.model = m",
    "an attribute read": f"r = {CALL}; r.model",
    "the provider given away": "r = provider_config.make(m, provider_config)",
    "the subject changed": f"r = {CALL}; p = p.lower() + 'x'",
    "the truth asked": f"r = {CALL} or None",
    "a name that is not there": "r = not_there(m)",
    "an attribute that is not there": "r = provider_config.maker(m)",
    "a global written": f"global hub; r = {CALL}; hub = r",
    "left early": f"return {CALL}",
    "an import of another thing": "from clients import make_c as make; r = make(m)",
}
TRY = f"try:\n        r = {CALL}"
ERRORS = {
    "an exception swallowed": f"{TRY}\n    except Exception:\n        r = None",
    "an exception made another": f"{TRY}\n    except KeyError as e:\n        raise KeyError('no') from e",
    "an exception with another cause": f"{TRY}\n    except Exception as e:\n        raise e from KeyError()",
    "something done at the end": f"{TRY}\n    finally:\n        hub.done()",
    "something done for one error": f"{TRY}\n    except Failed:\n        hub.failed()\n        raise",
}
GENERATORS = {
    "a value lost": "pass",
    "a value more": f"yield {CALL}; yield None",
    "a list in place of values": f"yield from [{CALL}]; hub.end()",
    "another end when it is closed": f"try:\n        yield {CALL}\n    finally:\n        hub.closed()",
    "an error that is thrown in swallowed": f"try:\n        yield {CALL}\n    except ValueError:\n        pass",
}
COROUTINES = {
    "not awaited": f"r = {CALL}",
    "awaited twice": f"r = await {CALL}; await r",
    "awaited by another": f"r = await hub.wait_for({CALL})",
}
LIFT = {
    "SITES": {"chat": {"slots": ["chat"]}},
    "SLOTS": {},
    "PROVIDER_CONFIGS": {
        key: {"module_name": "app", "sites": "*", "slots": {"chat": f"._chat_{key}"}} for key in ("a", "b")
    },
}
LIFTED = """
if p == "a":
    client = make_a(m)
    r = client.chat(m, flag)
elif p == "b":
    r = [make_b(each) for each in m]
    client = None
else:
    client = r = None
return hub.end(r, client)
"""
LIFTED_FRONT = """
if use_registry(CHAT, p):
    provider_config = CHAT.resolve(p)
    r, client = provider_config.chat(m, flag)
el"""
HANDLERS = """
def _chat_a(m, flag):
    client = make_a(m)
    r = client.chat(m, flag)
    return r, client


def _chat_b(m, flag):
    r = [make_b(each) for each in m]
    client = None
    return r, client
"""
LIFTS = {
    "a capture swapped": ("chat(m, flag)\nel", "chat(flag, m)\nel", LIFTED_FRONT),
    "the outputs swapped": ("r, client =", "client, r =", LIFTED_FRONT),
    "an output lost": ("r, client =", "r, _ =", LIFTED_FRONT),
    "an output that is not the handler's": ("return r, client\n\n\ndef", "return r, m\n\n\ndef", HANDLERS),
    "a statement lost": ("    r = client.chat(m, flag)\n", "    r = client\n", HANDLERS),
    "a parameter lost": ("_chat_b(m, flag)", "_chat_b(m)", HANDLERS),
    "the handlers swapped": ("_chat_b", "_chat_c", HANDLERS.replace("_chat_a", "_chat_b", 1)),
    "an asynchronous handler": ("def _chat_a", "async def _chat_a", HANDLERS),
}
OPEN = """
if hub.is_open(p):
    return 1
elif p == "a":
    return make_a(m)
elif p == "b":
    return make_b(m)
"""
OPEN_FRONT = """
if use_registry(CHAT, p):
    provider_config = CHAT.resolve(p)
    return provider_config.make(m)
el"""


SIGNED = """
def chat(p, m, flag=None):
    if p == 'a':
        return make_a(m)
"""


def configs(**more):
    plain = {"module_name": "clients", "sites": "*"}
    return {"PROVIDER_CONFIGS": {"a": plain, "b": plain, "d": {**plain, "sites": []}, **more}}


@pytest.fixture(scope="module")
def cases(case, chain_in):
    def with_template(text, template, **options):
        right = chain_in(text, **options)
        return replace(chain_in(text, template=template, **options), before=right.before)

    def lifted(old, new, text):
        assert old in text
        changed = text.replace(old, new, 1)
        front, handlers = (changed, HANDLERS) if text is LIFTED_FRONT else (LIFTED_FRONT, changed)
        return case(LIFTED, front + LIFTED.strip(), handlers=handlers, tables=LIFT)

    right = chain_in(PLAIN)
    folded = chain_in(PLAIN, default="", tables={"SITES": {"chat": {"slots": ["make"]}}})
    finished = replace(right, after=FINISHED, stage="finished", new_head="import hub\n")
    a = {"module_name": "clients", "sites": "*", "slots": {"make": "make_b"}}
    elsewhere = {"module_name": "elsewhere", "sites": "*"}
    return {
        **{name: with_template(PLAIN, template) for name, template in TEMPLATES.items()},
        **{f"try: {name}": with_template(PLAIN, template) for name, template in ERRORS.items()},
        **{
            f"generator: {name}": with_template(
                "try:\n    <chain>\nfinally:\n    hub.end()", template, body="yield make_{}(m)", default="pass"
            )
            for name, template in GENERATORS.items()
        },
        **{
            f"coroutine: {name}": with_template(
                PLAIN, template, body="r = await make_{}(m)", define="async def chat(p, m, flag=None):"
            )
            for name, template in COROUTINES.items()
        },
        **{f"lift: {name}": lifted(*change) for name, change in LIFTS.items()},
        "lift: no handlers": case(LIFTED, LIFTED_FRONT + LIFTED.strip(), tables=LIFT),
        "bound early": with_template(
            PLAIN, "x = provider_config.make; y = hub.one(m); r = x(y)", body="y = hub.one(m); r = make_{}(y)"
        ),
        "another order": with_template(
            PLAIN, "y = hub.two(); r = provider_config.make(hub.one(), y)", body="r = make_{}(hub.one(), hub.two())"
        ),
        "the key folded": replace(
            folded,
            subject="p",
            after=folded.after.replace("use_registry(CHAT, p)", "use_registry(CHAT, str(p).lower())"),
        ),
        "the legacy arm": replace(right, after=right.after.replace("r = make_b(m)", "r = make_a(m)")),
        "the default arm": replace(right, after=right.after.replace("r = make_d(m)", "r = make_a(m)")),
        "the signature": case(
            SIGNED, SIGNED.replace("flag=None", "flag=0").replace("p == 'a'", "p in CHAT"), define=""
        ),
        "a missing import of the runtime": replace(right, after=right.after.replace("use_registry", "use_register")),
        "the front before an open branch": case(OPEN, OPEN_FRONT + OPEN.strip()),
        "finished: another function in the table": replace(finished, tables=configs(a=a)),
        "finished: another module in the table": replace(finished, tables=configs(a=elsewhere)),
        "finished: a key lost": replace(finished, tables=configs(b={"module_name": "clients", "sites": []})),
        "finished: another default": replace(finished, tables={"SITES": {"chat": {"slots": ["make"], "default": "a"}}}),
        "finished: no default": replace(finished, tables={"SITES": {"chat": {"slots": ["make"]}}}),
        "finished: an alias lost": replace(
            finished,
            head="import hub\nfrom clients import make_a, make_b, make_d\n",
            before="if p == 'hug':\n    p = 'b'\nhub.see(p)\n" + right.before,
            after="p = normalize_provider_name(p)\nhub.see(p)\n" + FINISHED,
        ),
    }


@pytest.fixture(scope="module")
def sites(cases, together):
    return together(cases)


def test_each_difference_is_found(cases, sites):
    assert {name: site for name, site in sites.items() if not getattr(site, "differences", 0)} == {}
    assert set(sites) == set(cases)


def test_the_first_difference_says_key_schedule_and_both_sides(sites):
    first = sites["an argument more"].first
    assert (first.key, first.arm, first.how) == ("'a'", "registry", "from its beginning")
    assert first.schedule["seed"] == 0
    assert first.legacy[first.legacy.index("site chat") + 1] == "call clients.make_a(arg m)"
    assert first.registry[first.registry.index("site chat") + 1] == "call clients.make_a(arg m, None)"
    assert str(first) == (
        "at key 'a' legacy does: call clients.make_a(arg m); registry does: call clients.make_a(arg m, None)"
    )


def test_the_same_is_found_each_time(chain_in):
    right = chain_in(PLAIN)
    wrong = replace(right, after=right.after.replace(CALL, "provider_config.make(m, 1)")).texts("wrong")
    assert execute_batch([wrong], rounds=4).to_json() == execute_batch([wrong], rounds=4).to_json()


def test_a_table_that_the_runtime_refuses_is_told(chain_in):
    broken = replace(chain_in(PLAIN), tables={"SITES": {"chat": {"slots": ["make"], "default": "nobody"}}})
    (site,) = execute_batch([broken.texts("broken")]).sites
    assert site.reason.startswith("the runtime refuses the table: site 'chat', default")


def test_a_site_behind_a_return_is_executed_from_the_site_on(chain_in, together):
    right = chain_in("return 1\n" + PLAIN)
    wrong = replace(right, after=right.after.replace(CALL, "provider_config.make(m, 1)"))
    sites = together({"right": right, "wrong": wrong})
    assert sites["right"].same
    assert sites["wrong"].first.how == "from the site on"


def test_a_chain_over_unknown_constants_is_not_judged(chain_in, together):
    unknown = chain_in(PLAIN, keys=("hub.ONE", "hub.OTHER"))
    (site,) = together({"unknown": unknown}).values()
    assert site.reason == "its chain compares with hub.ONE, whose value is not known here"
