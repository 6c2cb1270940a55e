"""Random gateways, the plans for them, and a way to run them with clients that record every call."""

import contextlib
import re
import sys
import types

import pytest
from hypothesis import strategies as st

from cutover_migrate import Options, make_plan
from cutover_migrate._scan import scan
from cutover_registry import ProviderRegistry, hold_arm, use_registry

KEYS = ("a", "b-2", "x.ai", "near", "Ümlaut", "two words", 'quo"te', "openrouter")
CLIENTS = tuple(key.replace("-", "_").replace(".", "_").replace(" ", "_").replace('"', "_") for key in KEYS)
DEFAULT = "spare"
ARGUMENTS = st.sampled_from(
    [
        "model",
        "flag",
        "model, flag",
        "*[model]",
        "model, n={number}",
        "model, label={label}",
        "model, {own}",
        "[{number}, model]",
    ]
)
EXPRESSIONS = st.recursive(
    st.builds("{{make}}({})".format, ARGUMENTS),
    lambda inner: st.one_of(
        st.builds("({}, {})".format, inner, st.sampled_from(["model", '"é→"', "{label}", "1"])),
        st.builds("[{} for _ in range(2)]".format, inner),
        st.builds("({} if flag else model)".format, inner),
        st.builds("{{done}}({})".format, inner),
        st.builds("hub().{{method}}({})".format, inner),
        st.builds('f"é {{{}}} {{model!r}}"'.format, st.just("{make}(model)")),
        st.builds("(lambda x: (x, model))({})".format, inner),
        st.builds("trace({}, limit={{number}})".format, inner),
        st.builds("(n := {})".format, st.just("{make}(model)")),
    ),
    max_leaves=3,
)


@st.composite
def bodies(draw, *, ends, depth=0):
    """Lines of a body; `ends` says that every way through it returns or raises."""
    lines = []
    for _ in range(draw(st.integers(0, 2))):
        lines += draw(statements(depth=depth))
    if ends:
        lines.append(draw(st.sampled_from(["return {e}", "raise Stop({e})"])).replace("{e}", draw(EXPRESSIONS)))
    else:
        lines.append(f"out = {draw(EXPRESSIONS)}")
    return lines


@st.composite
def statements(draw, *, depth):
    kind = draw(st.sampled_from(["plain", "plain", "text", "comment", "with", "if", "try", "for", "def", "model"]))
    value = draw(EXPRESSIONS)
    if depth > 1 or kind == "plain":
        return [f"out = {value}"]
    inner = [f"    {line}" for line in draw(bodies(ends=False, depth=depth + 1))]
    return {
        "text": ['text = """one', "  two é", '"""', f"out = (text, {value})"],
        "comment": ["# a word", f"out = {value}  # and one more"],
        "with": [f"with held({value}) as out, \\", "        held(model):", *inner],
        "if": ["if flag:", *inner, "else:", f"    out = {value}"],
        "try": ["try:", *inner, "except Stop as error:", "    out = str(error)", "finally:", "    trace(model)"],
        "for": ["for item in (1, 2):", *inner, "    if flag:", "        continue"],
        "def": ["@trace", "def later(x=model):", "    return x", "", f"out = (later(), {value})"],
        "model": [f"model = (model, {value})"],
    }[kind]


@st.composite
def chains(draw, subject):
    """The lines of one chain."""
    kind = draw(st.sampled_from(["elif", "elif", "elif", "match", "siblings"]))
    ends = kind == "siblings" or draw(st.booleans())
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=2, max_size=6, unique=True))
    template = draw(bodies(ends=ends))
    odd = draw(st.one_of(st.none(), st.none(), bodies(ends=ends)))
    default = draw(st.sampled_from(["same", "none", "raise", "other"]))
    branches = [(group, filled(template, group[0])) for group in draw(grouped(keys))]
    if odd is not None:
        branches.insert(draw(st.integers(0, len(branches))), (["odd"], filled(odd, keys[0])))
    last = {
        "same": filled(template, DEFAULT),
        "none": None,
        "raise": [f"raise Stop({subject})"],
        "other": filled(draw(bodies(ends=ends)), DEFAULT),
    }[default]
    styles = [draw(st.integers(0, 2)) for _ in branches]
    lines = written(kind, subject, branches, last if kind != "siblings" else None, styles)
    return lines if kind != "siblings" or last is None else [*lines, *last]


AROUND = {
    "provider": ["{}"],
    "request.provider": ["request = Request(provider)", "with held(request.provider):", "    {}"],
    "attempt": ["for attempt in (provider, 'a', None):", "    {}", "    trace(out)"],
    "name": ["name = provider", "if flag:", "    try:", "        {}", "    finally:", "        trace(name)"],
}


@st.composite
def functions(draw, name):
    """The text of one function with a chain in it, or two."""
    subject = draw(st.sampled_from(list(AROUND)))
    lines = draw(chains(subject))
    if draw(st.integers(0, 2)) == 0:
        lines += ["trace(out)", *draw(chains(subject))]
    inner = [line for part in AROUND[subject] for line in indented(part, lines)]
    whole = [
        f"def {name}(provider, model, flag):",
        "    out = None",
        *indented("    {}", inner),
        "    return out, model",
    ]
    return "\n".join([*whole, ""])


def indented(part, lines):
    lead = part.removesuffix("{}")
    if lead == part:
        return [part]
    inside = False
    found = []
    for line in lines:
        found.append(line if inside or not line else lead + line)
        inside ^= line.count('"""') % 2 == 1
    return found


@st.composite
def grouped(draw, keys):
    groups = []
    rest = list(keys)
    while rest:
        size = draw(st.sampled_from([1, 1, 1, 2]))
        groups.append(rest[:size])
        rest = rest[size:]
    return groups


def filled(template, key):
    client = CLIENTS[KEYS.index(key)] if key in KEYS else key
    number = len(key) * 7
    return [
        line.replace("{make}", f"make_{client}")
        .replace("{done}", f"done_{client}")
        .replace("{method}", f"run_{client}")
        .replace("{label}", repr(f"the {key} 'one'"))
        .replace("{own}", repr(key))
        .replace("{number}", str(number))
        for line in template
    ]


def written(kind, subject, branches, default, styles):
    lines = []
    step = "    " if kind == "match" else ""
    for place, ((keys, body), style) in enumerate(zip(branches, styles, strict=True)):
        word = "if" if place == 0 or kind == "siblings" else "elif"
        head = f"case {' | '.join(map(repr, keys))}" if kind == "match" else f"{word} {asked(subject, keys, style)}"
        lines += [f"{step}{head}:", *indented(f"{step}    {{}}", body)]
    if default is not None:
        lines += [f"{step}{'case _' if kind == 'match' else 'else'}:", *indented(f"{step}    {{}}", default)]
    return [f"match {subject}:", *lines] if kind == "match" else lines


def asked(subject, keys, style):
    if style == 0 and len(keys) == 1:
        return f"{subject} == {keys[0]!r}"
    if style == 1:
        return " or ".join(f"{key!r} == {subject}" for key in keys)
    return f"{subject} in {tuple(keys)!r}"


@st.composite
def gateways(draw):
    """The bytes of a chat module: imports in one of four forms, one or two functions, any line end and indentation."""
    text = "\n\n".join(draw(functions(name)) for name in ("chat", "images")[: draw(st.integers(1, 2))])
    form = draw(st.sampled_from(["from", "one", "module", "helper"]))
    extras = EXTRAS if draw(st.booleans()) else ""
    used = {
        client: [f"{word}_{client}" for word in ("make", "done") if f"{word}_{client}(" in text]
        for client in (*CLIENTS, DEFAULT)
    }
    imports = [line for client, names in used.items() if names for line in imported(form, client, names)]
    if form == "module":
        text = re.sub(r"\b(make|done)_(\w+)(?=\()", r"c_\2.\1_\2", text)
    helper = HELPER.splitlines() if form == "helper" else []
    whole = "\n".join(["from world import Request, Stop, held, hub, trace", *helper, *imports, extras, "", text])
    if draw(st.booleans()):
        whole = re.sub(r"^(    )+", lambda found: "\t" * (len(found[0]) // 4), whole, flags=re.MULTILINE)
    return whole.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"]))).encode()


EXTRAS = """
TIMES = {"a": 5, "near": 120}  # seconds


def extras(provider, model, flag):
    if provider == "alias":
        provider = "near"
    for name in ["near", "a"]:
        trace(name)
    return provider, TIMES.get(provider, 30)

"""
HELPER = """
import importlib


def safe(name, names):
    module = importlib.import_module("clients." + name)
    return {each: getattr(module, each) for each in names}

"""


def imported(form, client, names):
    if form == "from":
        return [f"from clients.{client} import {', '.join(names)}"]
    if form == "one":
        return [f"from clients.every import {', '.join(names)}"]
    if form == "module":
        return [f"from clients import {client} as c_{client}  # {client}"]
    return [f"_{client} = safe({client!r}, {names!r})", *(f"{name} = _{client}[{name!r}]" for name in names)]


class World:
    """Recording clients and the names that every gateway reads."""

    def __init__(self):
        self.trace = []

    def recorder(self, name):
        def call(*args, **options):
            self.trace.append((name, repr(args), repr(options)))
            if len(args) > 1 and args[0] == "bad":
                raise self.stop(name)
            return name, *map(repr, args)

        call.__qualname__ = name
        call.__name__ = name
        return call

    class stop(Exception):
        pass

    def modules(self):
        @contextlib.contextmanager
        def held(value):
            self.trace.append(("held", repr(value)))
            yield value

        def trace(value, **options):
            self.trace.append(("trace", getattr(value, "__name__", None) or repr(value), repr(options)))
            return value

        clients = {
            client: {f"{word}_{client}": self.recorder(f"{word}_{client}") for word in ("make", "done")}
            for client in (*CLIENTS, DEFAULT)
        }
        hub = types.SimpleNamespace(**{f"run_{client}": self.recorder(f"run_{client}") for client in clients})
        found = {"clients": module("clients", __path__=[]), "clients.every": module("clients.every")}
        for client, functions in clients.items():
            found[f"clients.{client}"] = module(f"clients.{client}", **functions)
            setattr(found["clients"], client, found[f"clients.{client}"])
            vars(found["clients.every"]).update(functions)
        request = types.SimpleNamespace
        found["world"] = module(
            "world", Request=lambda key: request(provider=key), Stop=self.stop, held=held, hub=lambda: hub, trace=trace
        )
        return found


def module(name, **members):
    made = types.ModuleType(name)
    vars(made).update(members)
    return made


@contextlib.contextmanager
def installed(modules):
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                del sys.modules[name]
            else:
                sys.modules[name] = old


def executed(text, config, arm):
    """All that can be seen of a module's functions at every key."""
    world = World()
    modules = world.modules()
    namespace = {"__name__": "chat"}
    with hold_arm(arm):
        if config is not None:
            providers = module("providers")
            exec(config, vars(providers))
            registry = ProviderRegistry.from_module(providers)
            modules["providers"] = providers
            modules["provider_registry"] = module(
                "provider_registry",
                bind_providers=registry.bind,
                use_registry=use_registry,
                normalize_provider_name=registry.normalize,
                get_provider_registry=lambda: registry,
            )
        with installed(modules):
            exec(compile(text, "chat", "exec"), namespace)
        return list(seen(namespace, world))


def seen(namespace, world):
    for name in [name for name in ("chat", "images", "extras") if name in namespace]:
        for key in (*KEYS, "odd", DEFAULT, "no-such", "alias", "", None, "A"):
            for model, flag in (("m", True), ("m", False), ("bad", True)):
                world.trace.clear()
                try:
                    ended = ("gave", repr(namespace[name](key, model, flag)))
                except Exception as error:
                    ended = ("raised", type(error).__name__, str(error))
                yield name, key, model, flag, ended, tuple(world.trace)


CLIENT = "def make_{0}(*args): pass\ndef done_{0}(*args): pass\n"


@pytest.fixture(scope="session")
def random_gateways():
    """The bytes of chat modules."""
    return gateways()


@pytest.fixture(scope="session")
def seen_of():
    """All that can be seen of a module: `seen_of(text, config, arm)`."""
    return executed


@pytest.fixture(scope="session")
def stages_of():
    """Each stage of a plan: its name, the change of the chat module, all changes."""
    return stages


@pytest.fixture
def plan_for(folder):
    """The plan for a chat module."""
    return lambda text: planned(folder, text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project with the clients, in which each example writes its chat module."""
    root = tmp_path_factory.mktemp("generated")
    (root / "clients").mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "world.py").write_text("")
    for client in (*CLIENTS, DEFAULT):
        (root / "clients" / f"{client}.py").write_text(CLIENT.format(client))
    return root


def planned(folder, text):
    (folder / "chat.py").write_bytes(text)
    return make_plan(scan([folder], root=folder), Options(services="", config=""))


def stages(plan):
    for stage, changes in (("applied", plan.applied()), ("finished", plan.finished())):
        yield stage, {change.path: change for change in changes}["chat.py"], changes
