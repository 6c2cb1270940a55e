"""The whole way, executed: legacy, both arms and finished give the same for every key; undo gives every byte back."""

import pytest

from cutover_migrate import AlreadyDone, Applied, Finished

HELPER = '''
import importlib
from collections.abc import Iterable

ERRORS = {}


def _safe(name, names: Iterable[str]):
    """Load a client, or stand-ins that say why not."""
    try:
        module = importlib.import_module(f"desk.clients.{name}")
        return {each: getattr(module, each) for each in names}
    except Exception as error:
        ERRORS[name] = str(error)

        def failing(*args, **options):
            raise RuntimeError(f"{name}: {ERRORS[name]}")

        return dict.fromkeys(names, failing)


_a = _safe("a", ["make_a", "done_a"])
make_a = _a.get("make_a")
done_a = _a.get("done_a")
_b = _safe("b", ["make_b", "done_b"])
make_b = _b.get("make_b")
done_b = _b.get("done_b")
_x = _safe("x", ["make_x", "done_x"])
make_x = _x.get("make_x")
done_x = _x.get("done_x")


def chat(provider, model):
    try:
        if provider == "a":
            raw = make_a(model)
            done = done_a(raw)
        elif provider == "b":
            raw = make_b(model)
            done = done_b(raw)
        elif provider == "x":
            raw = make_x(model)
            done = done_x(raw)
        else:
            raise LookupError(provider)
    except ValueError as error:
        return str(error), sorted(ERRORS)
    return done, sorted(ERRORS)
'''
MODULES = """
from desk.clients import a, b as bee


def chat(provider, model):
    if provider == "a":
        return a.make_a(model, label="A")
    elif provider in ("b", "bb"):
        return bee.make_b(model, label='the "b"')
    return a.TRACE == bee.TRACE


def method(provider, model):
    if provider == "a":
        return a.Client().run_a(model, provider)
    elif provider == "b":
        return a.Client().make_b(model, provider)
    else:
        return None
"""
ASYNC = """
import asyncio

from desk.clients.a import make_a, stream_a
from desk.clients.b import make_b, stream_b
from desk.clients.d import make_d, stream_d


async def chat(provider, model):
    if provider == "a":
        return await asyncio.to_thread(make_a, model)
    elif provider == "b":
        return await asyncio.to_thread(make_b, model)
    else:
        return await asyncio.to_thread(make_d, model)


async def stream(provider, model):
    if provider == "a":
        async for item in stream_a(model):
            yield item
    elif provider == "b":
        async for item in stream_b(model):
            yield item
    else:
        try:
            yield make_d(model)
        except Exception:
            async for item in stream_d(model):
                yield item


def parts(provider, model):
    if provider == "a":
        yield from [make_a(model), provider]
    elif provider == "b":
        yield from [make_b(model), provider]
"""
MATCH = """
from types import SimpleNamespace

from desk.clients.a import make_a, done_a
from desk.clients.b import make_b, done_b
from desk.clients.d import make_d, done_d


def chat(provider, model):
    match provider:
        case "a":
            raw = make_a(model)
        case "b" | "bb":
            raw = make_b(model)
        case "c":
            return None
        case other:
            raw = make_d(model, other)
    return raw


def again(provider, model):
    request = SimpleNamespace(provider=provider)
    if request.provider == "a":
        return done_a(model)
    if request.provider == "b":
        return done_b(model)
    return done_d(model)


def attempts(provider, model):
    found = []
    for number, attempt in enumerate([provider, "a", "zed", "b"]):
        try:
            match attempt:
                case "a":
                    found += [make_a(model, number)]
                case "b":
                    found += [make_b(model, number)]
                case _:
                    found += [make_d(model, number)]
        except ValueError:
            found.append("failed")
            continue
        if number == 2:
            break
    return found
"""
OWN = '''
"""Functions of the module itself, and names that tests patch."""


def make_a(model):
    return "own a", model


def make_b(model):
    return "own b", model


def make_e(model):
    return "own e", model


def chat(provider, model):
    if provider == "a": return make_a(model)
    elif provider == "b": return make_b(model)
    else: return make_e(model)
'''
GATEWAYS = {"helper": HELPER, "modules": MODULES, "async": ASYNC, "match": MATCH, "own": OWN}
KEYS = ["a", "b", "c", "d", "x", "bb", "bee", "hug"]


@pytest.fixture(params=["plain", *GATEWAYS])
def legacy(request, gateway, plain):
    """A gateway of each kind."""
    return gateway(plain if request.param == "plain" else GATEWAYS[request.param])


def test_every_key_gives_the_same_at_every_stage(legacy):
    before = legacy.files()
    expected = legacy.run(keys=KEYS)
    assert isinstance(legacy.apply(), Applied)
    assert legacy.verify().valid
    for arm in ("legacy", "registry"):
        assert legacy.run(arm=arm, keys=KEYS) == expected, arm
    assert isinstance(legacy.finish(), Finished)
    assert legacy.verify().valid
    assert legacy.run(keys=KEYS) == expected
    legacy.undo()
    assert legacy.files() == before


def test_undo_before_finish_gives_every_byte_back(gateway, plain):
    legacy = gateway(plain)
    before = legacy.files()
    legacy.apply()
    undone = legacy.undo()
    assert legacy.files() == before
    assert not (legacy.root / ".cutover").exists()
    assert set(undone.removed) >= {"desk/config/providers.py", "desk/clients/provider_registry.py"}


def test_what_is_written_is_what_the_plan_shows(gateway, plain):
    legacy = gateway(plain)
    plan = legacy.plan()
    legacy.apply(plan)
    for path, lines in plan["generated"].items():
        assert legacy.text(path).splitlines() == lines
    added = [line[1:] for line in plan["edits"]["desk/chat.py"] if line.startswith("+") and not line.startswith("+++")]
    assert set(added) <= set(legacy.text().splitlines())


def test_finished_code_reads_like_this(gateway, plain):
    legacy = gateway(plain)
    legacy.apply()
    legacy.finish()
    assert (
        legacy.text()
        == '''
"""Chat."""

from desk.config.providers import AUTO_DETECT_PROVIDERS
from desk.clients.provider_registry import bind_providers, get_provider_registry, normalize_provider_name

CHAT, IMAGES = bind_providers(globals(), "chat", "images")

DEFAULT = 30
TIMES = get_provider_registry().timeouts()


def chat(provider, model):
    provider = normalize_provider_name(provider)
    wait = TIMES.get(provider, DEFAULT)
    if provider == "c":
        model = f"c/{model}"
        raw = make_c(model, 3)
        done = done_c(raw, wait)
    else:
        provider_config = CHAT.resolve(provider)
        raw = provider_config.make(model, timeout=wait)
        done = provider_config.done(raw)
    return done, model


def images(provider, model):
    if provider in IMAGES:
        provider_config = IMAGES.resolve(provider)
        return [provider_config.make(model)]
    else:
        raise LookupError(provider)


def detect(provider, model):
    for name in AUTO_DETECT_PROVIDERS:
        if name == provider:
            return name
    return None
'''
    )
    assert '"b": {"timeout": 120, ' in legacy.text("desk/config/providers.py")
    assert "},  # the slow one\n" in legacy.text("desk/config/providers.py")


@pytest.mark.parametrize("stage", ["applied", "then finished", "finished"])
def test_a_new_provider_is_one_new_entry(gateway, plain, stage):
    legacy = gateway(plain, clients="abcdn")
    expected = legacy.run(keys=["a", "b"])
    legacy.apply()
    if stage == "finished":
        legacy.finish()
    legacy.edit(
        "PROVIDER_CONFIGS = {\n",
        'PROVIDER_CONFIGS = {\n    "n": {"timeout": 7, "priority": 23, "auto_detect": True,'
        ' "module_name": "desk.clients.n"},\n',
        path="desk/config/providers.py",
    )
    if stage == "then finished":
        legacy.finish()
    verified = legacy.verify()
    assert verified.valid
    assert verified.certificate.additions == (("chat", "n"), ("images", "n"))
    seen = legacy.run(arm="registry" if stage == "applied" else "", keys=["a", "b", "n"])
    assert [each for each in seen["seen"] if each[1] != "'n'"] == expected["seen"]
    assert set(seen["names"]) == {*expected["names"], "make_n", "done_n"}
    calls = [each for each in seen["seen"] if each[1:3] == ["'n'", "m"]]
    by_function = {each[0]: each[4:] for each in calls}
    timeout = 30 if stage == "applied" else 7
    assert by_function["images"] == ["['n made']", [["make_n", "('m',)", "{}"]]]
    assert by_function["chat"][1] == [["make_n", "('m',)", f"{{'timeout': {timeout}}}"], ["done_n", "('n made',)"]]
    assert by_function["detect"][0] == ("None" if stage == "applied" else "'n'")


def test_a_new_provider_whose_import_fails_joins_nothing(gateway, plain):
    legacy = gateway(plain)
    expected = legacy.run(keys=["a", "n"])
    legacy.apply()
    legacy.finish()
    legacy.edit(
        "PROVIDER_CONFIGS = {\n",
        'PROVIDER_CONFIGS = {\n    "n": {"module_name": "desk.clients.none"},\n',
        path="desk/config/providers.py",
    )
    assert legacy.run(keys=["a", "n"]) == expected


def test_applying_twice_changes_nothing(gateway, plain):
    legacy = gateway(plain)
    plan = legacy.plan()
    legacy.apply(plan)
    files = legacy.files()
    again = legacy.apply(plan)
    assert again == AlreadyDone("this plan is applied already")
    legacy.finish()
    assert legacy.apply(plan) == AlreadyDone("this plan is finished already")
    assert legacy.finish() == AlreadyDone("the legacy arm is gone already")
    legacy.undo()
    assert isinstance(legacy.apply(plan), Applied)
    assert legacy.files() == files
