"""Chains of which only a run is keyed: the registry stands in the middle, open tests stay where they were, in order."""

import pytest

CHAIN = """
if "claude" in p:
    out = old(m)
elif p == "near":
    out = make_near(m)
elif p == "far":
    out = (m, 7)
elif p.startswith("o1"):
    out = one(m)
elif p == "late":
    out = late(m)
else:
    out = make_main(m)
return out
"""
FRONT = "use_registry(STREAM, p):\n    provider_config = STREAM.resolve(p)\n    out = provider_config.make(m)\n"
APPLIED = CHAIN.replace('elif p == "near"', f'elif {FRONT}elif p == "near"')
FINISHED = CHAIN.replace(
    'elif p == "near":\n    out = make_near(m)\n', f"elif {FRONT}".replace("use_registry(STREAM, p)", "p in STREAM")
)


@pytest.fixture
def both(prove):
    """Proves one change at both stages."""
    return lambda edit: [
        prove(CHAIN, edit(text), stage=stage).valid for stage, text in (("applied", APPLIED), ("finished", FINISHED))
    ]


def test_a_front_in_the_middle_of_a_chain_is_certified(both):
    assert both(str) == [True, True]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('if "claude" in p:\n    out = old(m)\nelif', "if"),
        ('elif p.startswith("o1"):\n    out = one(m)\n', ""),
        ('"claude" in p', '"claud" in p'),
        ("out = one(m)", "out = two(m)"),
        ('elif p == "late":\n    out = late(m)\n', ""),
        ("else:\n    out = make_main(m)\n", ""),
    ],
)
def test_a_dropped_or_edited_open_branch_is_refused(both, old, new):
    assert both(lambda text: text.replace(old, new)) == [False, False]


def test_a_run_that_moved_before_an_open_test_is_refused(prove):
    early = CHAIN.replace('if "claude"', f'if {FRONT}elif "claude"')
    assert not prove(CHAIN, early).valid
    finished = early.replace("use_registry(STREAM, p)", "p in STREAM")
    finished = finished.replace('elif p == "near":\n    out = make_near(m)\n', "")
    assert not prove(CHAIN, finished, stage="finished").valid


def test_a_run_that_moved_behind_an_open_test_is_refused(prove):
    kept = FINISHED.replace(f"elif {FRONT}".replace("use_registry(STREAM, p)", "p in STREAM"), "")
    late = kept.replace('elif p == "late"', f'elif {FRONT}elif p == "late"').replace(
        "use_registry(STREAM, p)", "p in STREAM"
    )
    assert not prove(CHAIN, late, stage="finished").valid


def test_a_key_behind_an_open_test_may_not_join_the_run(prove, config):
    both = config.replace('"near": {', '"late": {"module_name": "src.near", "sites": ["stream"]},\n    "near": {')
    both = both.replace('"late": {', '"late": {"slots": {"make": "late as late"}, ').replace("late as late", "late")
    legacy = f"from src.near import late\n{CHAIN}"
    assert not prove(legacy, APPLIED, config=both).valid


SIBLINGS = """
if "claude" in p:
    return old(m)
if p == "near":
    return make_near(m)
if p == "far":
    return (m, 7)
return make_main(m)
"""
RETURNS = "use_registry(STREAM, p):\n    provider_config = STREAM.resolve(p)\n    return provider_config.make(m)\n"


def test_open_siblings_stay_before_the_site(prove):
    applied = SIBLINGS.replace('if p == "near"', f'if {RETURNS}elif p == "near"')
    assert prove(SIBLINGS, applied).valid
    assert not prove(SIBLINGS, applied.replace('if "claude" in p:\n    return old(m)\n', "")).valid
    finished = SIBLINGS.replace(
        'if p == "near":\n    return make_near(m)\n', f"if {RETURNS}".replace("use_registry(STREAM, p)", "p in STREAM")
    )
    assert prove(SIBLINGS, finished, stage="finished").valid
    moved = finished.replace('if "claude" in p:\n    return old(m)\n', "")
    moved = moved.replace('if p == "far"', 'if "claude" in p:\n    return old(m)\nif p == "far"')
    assert not prove(SIBLINGS, moved, stage="finished").valid


MATCH = """
match p:
    case str() as q if "claude" in q:
        out = old(q)
    case "near":
        out = make_near(m)
    case "far":
        out = (m, 7)
    case m.LATE:
        out = late(m)
    case _:
        out = make_main(m)
return out
"""
CASE = """\
    case _ if use_registry(STREAM, p):
        provider_config = STREAM.resolve(p)
        out = provider_config.make(m)
"""


def test_a_case_in_the_middle_of_a_match_is_certified(prove):
    applied = MATCH.replace('    case "near"', f'{CASE}    case "near"')
    finished = MATCH.replace(
        '    case "near":\n        out = make_near(m)\n', CASE.replace("use_registry(STREAM, p)", "p in STREAM")
    )
    assert prove(MATCH, applied).valid
    assert prove(MATCH, finished, stage="finished").valid
    for text, stage in ((applied, "applied"), (finished, "finished")):
        assert not prove(MATCH, text.replace("out = old(q)", "out = old(m)"), stage=stage).valid
        assert not prove(MATCH, text.replace("case m.LATE", "case m.EARLY"), stage=stage).valid
        assert not prove(MATCH, text.replace("(m, 7)", "(m, 8)"), stage=stage).valid
        first = '    case str() as q if "claude" in q:\n        out = old(q)\n'
        case = CASE if stage == "applied" else CASE.replace("use_registry(STREAM, p)", "p in STREAM")
        moved = text.replace(first, "").replace(case, case + first)
        assert not prove(MATCH, moved, stage=stage).valid


def test_a_lifted_run_in_the_middle_of_a_chain_is_certified(prove_files):
    head = "from src.registry import bind_providers, use_registry\n(PICK,) = bind_providers(globals(), 'pick')\n"
    handler = "def _pick_near(m):\n    client = near(m)\n    out = client.go()\n    return out\n"
    handler += "def _pick_far(m):\n    out = far(m)\n    return out\n"
    chain = (
        'if "claude" in p:\n        out = old(m)\n    KEYED\n    elif p.startswith("o1"):\n'
        "        out = one(m)\n    else:\n        out = None\n    return out\n"
    )
    keyed = (
        "elif p == 'near':\n        client = near(m)\n        out = client.go()\n    elif p == 'far':\n"
        "        out = far(m)"
    )
    call = (
        "elif use_registry(PICK, p):\n        provider_config = PICK.resolve(p)\n        out = provider_config.pick(m)"
    )
    config = 'SITES = {"pick": {"slots": ["pick"]}}\nPROVIDER_CONFIGS = {\n'
    for key in ("near", "far"):
        config += f'    "{key}": {{"sites": ["pick"], "slots": {{"pick": "._pick_{key}"}}}},\n'
    config += "}\n"
    legacy = f"def route(p, m):\n    {chain}".replace("KEYED", keyed)
    applied = f"{head}{handler}def route(p, m):\n    {chain}".replace("KEYED", f"{call}\n    {keyed}")
    finished = f"{head}{handler}def route(p, m):\n    {chain}".replace("KEYED", call)
    finished = finished.replace("use_registry(PICK, p)", "p in PICK").replace(", use_registry", "")
    assert list(prove_files(legacy, applied, config=config).findings()) == []
    assert list(prove_files(legacy, finished, stage="finished", config=config).findings()) == []
    swapped = (
        config.replace("._pick_near", "._pick").replace("._pick_far", "._pick_near").replace('._pick"', '._pick_far"')
    )
    assert not prove_files(legacy, applied, config=swapped).valid
    assert not prove_files(legacy, finished, stage="finished", config=swapped).valid
