"""Random gateways with a right rewrite of each: the oracle of the certificate's tests.

Nothing here is shared with the product: the renderer below only knows the forms of the specification.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st

PROVIDERS = ("near", "a-b", "fireworks", "x.ai", "openrouter")
LABELS = {"near": "Near AI", "a-b": "AB", "fireworks": "Fire", "x.ai": "X", "openrouter": "Open"}
METHODS = {"near": "alpha", "a-b": "beta", "fireworks": "gamma", "x.ai": "delta", "openrouter": "omega"}
TIMEOUTS = {"near": 120, "x.ai": 5}
SLOTS = {"make": "make_{}_request", "process": "process_{}"}
DEFAULT = "openrouter"


@dataclass(frozen=True)
class Gateway:
    """One legacy module, its two right rewrites, its config, and how to call it."""

    legacy: str
    applied: str
    finished: str
    config: str
    functions: tuple[str, ...]
    keys: tuple[str | None, ...]
    clients: Mapping[str, tuple[str, ...]]
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Chain:
    """One site: `table` branches follow `template`, `kept` ones do not, `default` says what `else` does."""

    name: str
    kind: str
    context: str
    template: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    kept: tuple[str, ...]
    default: str
    tests: tuple[int, ...]
    order: tuple[int, ...]
    awaits: bool
    lazy: bool
    kept_first: bool
    slots: tuple[str, ...] = field(init=False)
    values: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        text = "\n".join((*self.template, *(KEPT[self.ends] if self.kept else ()), *DEFAULTS[self.default]))
        object.__setattr__(self, "slots", tuple(slot for slot in SLOTS if f"{{{slot}}}" in text))
        object.__setattr__(self, "values", tuple(value for value in ("label", "method") if f"{{{value}}}" in text))

    @property
    def ends(self) -> bool:
        return self.kind == "siblings"

    @property
    def subject(self) -> str:
        return {"loop": "attempt", "attribute": "request.provider"}.get(self.context, "provider")

    @property
    def keys(self) -> list[str]:
        return [key for group in self.table for key in group]

    @property
    def absorbs(self) -> bool:
        return self.default == "same" and (not self.kept or self.kept_first)


OPEN_TEMPLATES = (
    ("out = {make}(model, limit=10)",),
    ("raw = {make}(model)", "out = {process}(raw, flag)"),
    ("out = {make}(model, label={label}, timeout={timeout})",),
    ("trace(f'calling {{model}}', {label})", "out = to_thread({make}, model, **{{'flag': flag}})"),
    ("try:", "    raw = {make}(model)", "except ValueError as error:", "    out = {process}(str(error))"),
    ("if flag:", "    out = {make}(model)", "else:", "    out = [{process}(m) for m in (model, 'two')]"),
    ("out = {method}(model)",),
    ("out = ({make}(model) if flag else None, 3)", "model = {process}(out)"),
    ("yield {make}(model)", "out = yield 'more', {process}"),
    (
        "with quietly(KeyError):",
        "    raw = [{make}(model), provider_of({subject})]",
        "    out = f'{{raw}} of {{len(raw)}}'",
    ),
)
AWAITING = (
    ("out = await in_thread({make}, model)",),
    ("raw = await in_thread({make}, model, timeout={timeout})", "out = await in_thread({process}, raw)"),
)
ENDING = (
    ("return {make}(model, 1)",),
    ("raw = {make}(model)", "if raw is None:", "    raise KeyError(model)", "return {process}(raw, {label})"),
    ("try:", "    return {make}(model)", "except ValueError:", "    return {process}(model)"),
)
SINGLE = tuple(body for body in OPEN_TEMPLATES if len(body) == 1 and body[0].startswith("out = "))
LEAVING = ("if flag:", "    continue")
KEPT = (("model = (model, 'odd')", "out = {make}(model, 7)"), ("return {make}(model, {process})",))
DEFAULTS = {
    "same": (),
    "none": (),
    "null": ("out = None",),
    "raise": ("raise LookupError({subject})",),
    "own": ("try:", "    out = {make}(model, 'own')", "except Exception:", "    out = trace('own', {subject})"),
    "return": ("return {process}(model, 'default')",),
}


@st.composite
def chains(draw: st.DrawFn, name: str) -> Chain:
    kind = draw(st.sampled_from(("elif", "elif", "match", "siblings", "conditional")))
    context = draw(st.sampled_from(("plain", "loop", "attribute")))
    awaits = kind != "siblings" and draw(st.booleans())
    pool = {"siblings": ENDING, "conditional": SINGLE}.get(kind, (*OPEN_TEMPLATES, *(AWAITING if awaits else ())))
    template = draw(st.sampled_from([body for body in pool if not (awaits and "yield" in body[0])]))
    if context == "loop" and kind in ("elif", "match") and draw(st.booleans()):
        template = (*template, *LEAVING)
    names = draw(st.permutations(PROVIDERS[:-1]))
    cut = draw(st.integers(1, len(names)))
    kept = tuple(names[cut : cut + draw(st.integers(0, 1))]) if kind != "conditional" else ()
    pairs = [key not in TIMEOUTS and draw(st.integers(0, 3)) == 0 for key in names[:cut]]
    groups = [(key, f"{key}-eu") if pair else (key,) for key, pair in zip(names, pairs, strict=False)]
    defaults = {"siblings": ("same", "return", "raise"), "conditional": ("same", "null")}
    default = draw(st.sampled_from(defaults.get(kind, [name for name in DEFAULTS if name != "null"])))
    branches = len(groups) + len(kept)
    return Chain(
        name=name,
        kind=kind,
        context=context,
        template=template,
        table=tuple(groups),
        kept=kept,
        default=default,
        tests=tuple(draw(st.lists(st.integers(0, 2), min_size=branches, max_size=branches))),
        order=tuple(draw(st.permutations(range(branches)))),
        awaits=awaits,
        lazy=kind != "conditional" and draw(st.integers(0, 4)) == 0,
        kept_first=draw(st.booleans()),
    )


TESTS = ("{subject} == {key!r}", "{key!r} == {subject}", "{subject} in ({key!r},)")
TESTS_OF_TWO = (
    "{subject} in ({key!r}, {other!r})",
    "{subject} == {key!r} or {other!r} == {subject}",
    "not ({subject} != {key!r} and {subject} != {other!r})",
)


def identifier(key: str) -> str:
    return key.replace("-", "_").replace(".", "_")


CLIENTS = {identifier(key): tuple(each.format(identifier(key)) for each in SLOTS.values()) for key in PROVIDERS}


def lines_of(body: tuple[str, ...], chain: Chain, key: str | None) -> list[str]:
    """Fill the holes for one provider, or (key None) with the reads of the resolved one."""
    if key is None:
        holes = {slot: f"provider_config.{slot}" for slot in SLOTS}
        holes |= {"label": "provider_config.label", "timeout": "provider_config.timeout"}
        holes["method"] = "getattr(hub, provider_config.method)"
    else:
        holes = {slot: pattern.format(identifier(key)) for slot, pattern in SLOTS.items()}
        holes |= {"label": repr(LABELS[key]), "timeout": str(TIMEOUTS.get(key, 30)), "method": f"hub.{METHODS[key]}"}
    text = "\n".join(body)
    names = [SLOTS[slot].format(identifier(key)) for slot in SLOTS if key and f"{{{slot}}}" in text]
    imports = [f"from clients.{identifier(key)}_client import {', '.join(names)}"] if names and chain.lazy else []
    return [*imports, *(line.format(subject=chain.subject, **holes) for line in body)]


def indent(lines: list[str], by: int = 1) -> list[str]:
    return ["    " * by + line for line in lines]


def branches(chain: Chain) -> list[tuple[str, str, str, list[str]]]:
    """(key, test, pattern, body) of each branch, in the order of the chain."""
    groups = [*chain.table, *((key,) for key in chain.kept)]
    found = []
    for at in chain.order:
        key, other = groups[at][0], groups[at][-1]
        body = chain.template if key not in chain.kept else KEPT[chain.ends]
        test = (TESTS if key == other else TESTS_OF_TWO)[chain.tests[at]]
        pattern = " | ".join(map(repr, groups[at]))
        text = test.format(subject=chain.subject, key=key, other=other)
        found.append((key, text, pattern, lines_of(body, chain, key)))
    return found


def default_lines(chain: Chain) -> list[str]:
    if chain.default == "same":
        return lines_of(chain.template, chain, DEFAULT)
    return lines_of(DEFAULTS[chain.default], chain, DEFAULT)


def chain_lines(
    chain: Chain,
    *,
    only: Callable[[str], bool] = lambda key: True,
    front: list[str] | None = None,
    last: list[str] | None = None,
) -> list[str]:
    """The chain with the branches that `only` lets through, behind `front` (its test, then its body)."""
    chosen = [branch for branch in branches(chain) if only(branch[0])]
    default = default_lines(chain) if last is None else last
    if chain.kind == "match":
        return match_lines(chain, chosen, default, front)
    if chain.kind == "conditional":
        return conditional_lines(chosen, default, front)
    words = itertools.chain(["if"], itertools.repeat("elif" if chain.kind == "elif" else "if"))
    lines = []
    if front is not None:
        lines += [f"if {front[0]}:", *indent(front[1:])]
        words = itertools.chain(["elif"], itertools.repeat("elif" if chain.kind == "elif" else "if"))
    for (_, test, _, body), word in zip(chosen, words, strict=False):
        lines += [f"{word} {test}:", *indent(body)]
    if not default or not lines or (chain.kind == "siblings" and last is None):
        return [*lines, *default]
    return [*lines, "else:", *indent(default)]


def conditional_lines(chosen: list, default: list[str], front: list[str] | None) -> list[str]:
    arms = [f"{body[0].removeprefix('out = ')} if {test} else " for _, test, _, body in chosen]
    legacy = [f"out = {''.join(arms)}{default[0].removeprefix('out = ')}"]
    return legacy if front is None else [f"if {front[0]}:", *indent(front[1:]), "else:", *indent(legacy)]


def match_lines(chain: Chain, chosen: list, default: list[str], front: list[str] | None) -> list[str]:
    cases = [] if front is None else [f"case _ if {front[0]}:", *indent(front[1:])]
    for _, _, pattern, body in chosen:
        cases += [f"case {pattern}:", *indent(body)]
    cases += ["case _:", *indent(default)] if default else []
    return [f"match {chain.subject}:", *indent(cases)]


def site_lines(chain: Chain, stage: str) -> list[str]:
    symbol = chain.name.upper()
    resolve = [f"provider_config = {symbol}.resolve({chain.subject})", *lines_of(chain.template, chain, None)]
    if stage == "legacy":
        return chain_lines(chain)
    if stage == "applied":
        return chain_lines(chain, front=[f"use_registry({symbol}, {chain.subject})", *resolve])
    if chain.absorbs:
        return chain_lines(chain, only=lambda key: key in chain.kept, last=resolve) if chain.kept else resolve
    return chain_lines(chain, only=lambda key: key in chain.kept, front=[f"{chain.subject} in {symbol}", *resolve])


def function_lines(chain: Chain, stage: str) -> list[str]:
    site = site_lines(chain, stage)
    first = "request" if chain.context == "attribute" else "provider"
    head = f"{'async ' if chain.awaits else ''}def route_{chain.name}({first}, model, flag):"
    body = ["out = None", *site, "trace('end', out, model)", "return out"]
    if chain.context == "loop":
        guarded = [
            "try:",
            *indent([*site, "trace('after', out)"]),
            "except KeyError:",
            "    trace('failed', attempt)",
            "    continue",
        ]
        body = ["out = None", "for attempt in (provider, 'near'):", *indent(guarded), "return out"]
    return [head, *indent(body), ""]


@st.composite
def gateways(draw: st.DrawFn) -> Gateway:
    sites = [draw(chains(name)) for name in ("chat", "stream", "images")[: draw(st.integers(1, 3))]]
    form = draw(st.sampled_from(("plain", "helper")))
    extras = draw(st.booleans())
    texts = {stage: module_text(sites, stage, form, extras) for stage in ("legacy", "applied", "finished")}
    functions = tuple(f"route_{chain.name}" for chain in sites) + (("listing",) if extras else ())
    keys = (*PROVIDERS, "a-b-eu", "fireworks-eu", "no-such", "", None, "Near", "hug")
    return Gateway(
        **texts,
        config=config_text(sites),
        functions=functions,
        keys=keys,
        clients=CLIENTS,
        methods=tuple(METHODS.values()),
    )


def names_by_provider(sites: list[Chain]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in PROVIDERS:
        mine = [chain for chain in sites if not chain.lazy and key in (*chain.keys, *chain.kept, DEFAULT)]
        slots = [slot for slot in SLOTS if any(slot in chain.slots for chain in mine)]
        found[key] = [SLOTS[slot].format(identifier(key)) for slot in slots]
    return {key: names for key, names in found.items() if names}


HELPER = """
def safe_import(name, names):
    trace("load", name, *sorted(names))
    module = importlib.import_module("clients." + name + "_client")
    return {name: getattr(module, name) for name in names}
"""
LISTING = """
def listing(provider, model, flag):
    {alias}
    found = [name for name in {names} if name != model]
    for name in {names}:
        trace(name, TIMEOUTS.get(name, 30))
    return provider, found, TIMEOUTS.get(provider, 30), provider in {names}
"""


def module_text(sites: list[Chain], stage: str, form: str, extras: bool) -> str:
    finished = stage == "finished"
    lines = [
        '"""A gateway."""',
        "import importlib",
        "from recorder import hub, in_thread, provider_of, quietly, to_thread, trace",
    ]
    if stage != "legacy":
        names = ["bind_providers"] + (
            ["get_provider_registry", "normalize_provider_name"] if extras and finished else []
        )
        names += ["use_registry"] if stage == "applied" else []
        lines.append(f"from gateway_registry import {', '.join(names)}")
    if extras and finished:
        lines.append("from gateway_config import AUTO_DETECT_PROVIDERS")
    lines += HELPER.splitlines() if form == "helper" else []
    lines += import_lines(sites, form) if not finished else []
    if stage != "legacy":
        symbols = ", ".join(chain.name.upper() for chain in sites)
        load = ', load=safe_import, load_by="identifier"' if form == "helper" and finished else ""
        quoted = ", ".join(f'"{chain.name}"' for chain in sites)
        lines.append(f"({symbols},) = bind_providers(globals(), {quoted}{load})")
    if extras:
        lines.append("TIMEOUTS = get_provider_registry().timeouts()" if finished else f"TIMEOUTS = {TIMEOUTS!r}")
        alias = (
            "provider = normalize_provider_name(provider)"
            if finished
            else "if provider == 'hug':\n        provider = 'near'"
        )
        names_text = "AUTO_DETECT_PROVIDERS" if finished else "['near', 'a-b']"
        lines += LISTING.format(alias=alias, names=names_text).splitlines()
    for chain in sites:
        lines += function_lines(chain, stage)
    return "\n".join(lines) + "\n"


def import_lines(sites: list[Chain], form: str) -> list[str]:
    lines = []
    for key, names in names_by_provider(sites).items():
        name = identifier(key)
        if form == "plain":
            lines.append(f"from clients.{name}_client import {', '.join(names)}")
        else:
            lines.append(f"_{name} = safe_import({name!r}, {names!r})")
            lines += [f"{each} = _{name}.get({each!r})" for each in names]
    return lines


def config_text(sites: list[Chain]) -> str:
    rules = {}
    for chain in sites:
        rules[chain.name] = {"slots": list(chain.slots), "default": DEFAULT}
        rules[chain.name] |= {"kept": list(chain.kept)} if chain.kept else {}
        rules[chain.name] |= {"lazy": True} if chain.lazy else {}
        rules[chain.name] |= {"values": list(chain.values)} if chain.values else {}
    entries = {}
    for key in PROVIDERS:
        entry = {"module_name": f"clients.{identifier(key)}_client"}
        entry["sites"] = [chain.name for chain in sites if key in chain.keys]
        entry["values"] = {"label": LABELS[key], "method": METHODS[key]}
        entry |= {"timeout": TIMEOUTS[key]} if key in TIMEOUTS else {}
        entries[key] = entry
    for key in [key for key in entries if any(f"{key}-eu" in chain.keys for chain in sites)]:
        slots = {slot: pattern.format(identifier(key)) for slot, pattern in SLOTS.items()}
        european = [chain.name for chain in sites if f"{key}-eu" in chain.keys]
        entries[f"{key}-eu"] = {**entries[key], "sites": european, "slots": slots}
    tables = {
        "DEFAULT_PROVIDER": DEFAULT,
        "DEFAULT_TIMEOUT": 30,
        "PROVIDER_ALIASES": {"hug": "near"},
        "SLOTS": SLOTS,
        "SITES": rules,
        "PROVIDER_CONFIGS": entries,
        "AUTO_DETECT_PROVIDERS": ["near", "a-b"],
    }
    return "".join(f"{name} = {value!r}\n" for name, value in tables.items())


@pytest.fixture(scope="session")
def random_gateways() -> st.SearchStrategy[Gateway]:
    """Gateways with their right rewrites."""
    return gateways()
