"""No wrong rewrite is certified: mutants of right rewrites, judged by running them.

A mutant whose runs differ from the legacy program's, at any key, arm, input or with patched clients, must be refused.
A mutant that behaves the same may be refused; those are counted. `CUTOVER_CERTIFICATE_MUTANTS` sets how many are
made, `CUTOVER_CERTIFICATE_TALLY` names a file for the counts.
"""

import ast
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cutover_migrate.certificate import certify

EXAMPLES = int(os.environ.get("CUTOVER_CERTIFICATE_MUTANTS", "60"))
CONFIG_NAMES = ("DEFAULT_TIMEOUT", "PROVIDER_ALIASES", "SLOTS", "SITES", "PROVIDER_CONFIGS", "AUTO_DETECT_PROVIDERS")


@pytest.fixture(scope="module")
def tally():
    counts: Counter[str] = Counter()
    yield counts
    if "CUTOVER_CERTIFICATE_TALLY" in os.environ:
        lines = [f"{name}: {count}" for name, count in sorted(counts.items())]
        Path(os.environ["CUTOVER_CERTIFICATE_TALLY"]).write_text("\n".join(lines) + "\n")


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_no_mutant_that_behaves_differently_is_certified(random_gateways, seen_of, code_mutations, tally, data):
    gateway = data.draw(random_gateways)
    legacy = seen_of(gateway.legacy, gateway)
    for _ in range(data.draw(st.integers(1, 6))):
        stage = data.draw(st.sampled_from(("applied", "finished")))
        right = getattr(gateway, stage)
        name, text, config = data.draw(mutants(right, gateway.config, code_mutations))
        if (ast.dump(ast.parse(text)), config) == (ast.dump(ast.parse(right)), gateway.config):
            continue
        certificate = certify(
            before={"gateway.py": gateway.legacy.encode()},
            after={"gateway.py": text.encode()},
            config=config.encode(),
            config_module="gateway_config",
            stage=stage,
        )
        added = {key for _, key in certificate.additions}
        expected = legacy_part(legacy, added)
        seen = (
            seen_of(text, gateway, config=config, arm=arm)
            for arm in ("registry", "legacy")[: 2 if stage == "applied" else 1]
        )
        wrong = any(legacy_part(each, added) != expected for each in seen)
        kind = "wrong" if wrong else "equivalent"
        tally[f"{kind} {'certified' if certificate.valid else 'refused'}"] += 1
        tally[f"  {name}: {kind} {'certified' if certificate.valid else 'refused'}"] += 1
        assert not (wrong and certificate.valid), f"{name}\n{config}\n{text}"
        assert certificate.valid or list(certificate.findings())


def legacy_part(seen, added):
    """What is seen of the providers that the legacy program knew; the loops always try `near`."""
    if not added or len(seen) == 1:
        return seen
    return [] if "near" in added else [run for run in seen[2:] if run[1] not in added]


# ---- mutants


@st.composite
def mutants(draw, text: str, config: str, mutations):
    """(name, text, config) of one mutant; now and then a mutant of a mutant."""
    name, text, config = draw(once(text, config, mutations))
    if draw(st.integers(0, 9)) == 0:
        other, text, config = draw(once(text, config, mutations))
        name = f"{name}+{other}"
    return name, text, config


@st.composite
def once(draw, text: str, config: str, mutations):
    if draw(st.integers(0, 3)) == 0:
        mutate = draw(st.sampled_from(CONFIG_MUTATIONS))
        tables: dict = {}
        exec(config, tables)
        tables = {name: tables[name] for name in CONFIG_NAMES}
        mutate(draw, tables)
        return mutate.__name__, text, "".join(f"{name} = {value!r}\n" for name, value in tables.items())
    mutate = draw(st.sampled_from((*mutations[0], *mutations[1], *mutations[1])))
    tree = ast.parse(text)
    mutate(draw, tree)
    return mutate.__name__, parsing(ast.unparse(ast.fix_missing_locations(tree)), text), config


def parsing(mutant: str, text: str) -> str:
    try:
        compile(mutant, "mutant", "exec")
    except SyntaxError:
        return text
    return mutant


def pick(draw, items):
    items = list(items)
    return draw(st.sampled_from(items)) if items else None


# config


def widened(draw, tables):
    entry = tables["PROVIDER_CONFIGS"][draw(st.sampled_from(sorted(tables["PROVIDER_CONFIGS"])))]
    entry["sites"] = draw(
        st.sampled_from(("*", [*entry.get("sites", []), draw(st.sampled_from(sorted(tables["SITES"])))]))
    )


def narrowed(draw, tables):
    entry = pick(draw, [e for e in tables["PROVIDER_CONFIGS"].values() if e.get("sites", "*") not in ("*", [])])
    if entry is not None:
        entry["sites"].pop(draw(st.integers(0, len(entry["sites"]) - 1)))


def unlisted(draw, tables):
    """`sites` left out: the provider joins where it fits."""
    tables["PROVIDER_CONFIGS"][draw(st.sampled_from(sorted(tables["PROVIDER_CONFIGS"])))].pop("sites", None)


def swapped_entries(draw, tables):
    one, other = (draw(st.sampled_from(sorted(tables["PROVIDER_CONFIGS"]))) for _ in range(2))
    field = draw(st.sampled_from(("module_name", "sites", "values", "slots", "timeout")))
    entries = tables["PROVIDER_CONFIGS"]
    first, second = entries[one].pop(field, None), entries[other].pop(field, None)
    entries[one] |= {} if second is None else {field: second}
    entries[other] |= {} if first is None else {field: first}


def other_order(draw, tables):
    order = draw(st.permutations(list(tables["PROVIDER_CONFIGS"].items())))
    tables["PROVIDER_CONFIGS"] = dict(order)


def other_module(draw, tables):
    entry = tables["PROVIDER_CONFIGS"][draw(st.sampled_from(sorted(tables["PROVIDER_CONFIGS"])))]
    entry["module_name"] = draw(st.sampled_from(("clients.near_client", "clients.a_b_client", "clients.gone")))


def other_slot_reference(draw, tables):
    entry = tables["PROVIDER_CONFIGS"][draw(st.sampled_from(sorted(tables["PROVIDER_CONFIGS"])))]
    names = ("make_near_request", "process_near", "clients.a_b_client:make_a_b_request", "make_a_b_request", None)
    entry["slots"] = {
        **entry.get("slots", {}),
        draw(st.sampled_from(("make", "process"))): draw(st.sampled_from(names)),
    }


def other_value(draw, tables):
    entry = tables["PROVIDER_CONFIGS"][draw(st.sampled_from(sorted(tables["PROVIDER_CONFIGS"])))]
    entry["values"] = {**entry.get("values", {}), "label": "Other"}


def other_timeout(draw, tables):
    entry = tables["PROVIDER_CONFIGS"][draw(st.sampled_from(sorted(tables["PROVIDER_CONFIGS"])))]
    entry["timeout"] = draw(st.sampled_from((5, 30, 120, 30.0)))


def other_default_timeout(draw, tables):
    tables["DEFAULT_TIMEOUT"] = draw(st.sampled_from((5, 30.0)))


def other_default(draw, tables):
    rule = tables["SITES"][draw(st.sampled_from(sorted(tables["SITES"])))]
    rule["default"] = draw(st.sampled_from((*sorted(tables["PROVIDER_CONFIGS"]), None)))


def other_rule(draw, tables):
    rule = tables["SITES"][draw(st.sampled_from(sorted(tables["SITES"])))]
    field = draw(st.sampled_from(("slots", "kept", "values", "kept_slots", "lazy")))
    if field == "lazy":
        rule["lazy"] = True
    elif rule.get(field) and draw(st.booleans()):
        rule[field].pop()
    else:
        extra = {"slots": "process", "kept_slots": "process", "kept": "near", "values": "label"}[field]
        rule[field] = list(dict.fromkeys([*rule.get(field, []), extra]))


def other_alias(draw, tables):
    tables["PROVIDER_ALIASES"] = draw(st.sampled_from(({}, {"hug": "a-b"}, {"hug": "near", "Near": "near"})))


def other_list(draw, tables):
    tables["AUTO_DETECT_PROVIDERS"] = draw(st.sampled_from((["a-b", "near"], ["near"], ["near", "a-b", "x.ai"])))


def other_convention(draw, tables):
    tables["SLOTS"] = draw(
        st.sampled_from(({"make": "make_{}_request"}, {"make": "process_{}", "process": "process_{}"}))
    )


CONFIG_MUTATIONS = (
    widened,
    narrowed,
    unlisted,
    swapped_entries,
    other_order,
    other_module,
    other_slot_reference,
    other_value,
    other_timeout,
    other_default_timeout,
    other_default,
    other_rule,
    other_alias,
    other_list,
    other_convention,
)
