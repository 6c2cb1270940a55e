"""Handlers in the module: named by the table, used by nothing else, plain, and above their site."""

import pytest

AROUND = "def route(p, m, n):\n    {}\n    return out"


@pytest.fixture
def findings(lifted, prove_lift):
    """Gives what stands against a lift whose new text was edited, at both stages."""

    def text(edit=str, *, config=None):
        parts = lifted(
            around=AROUND, near="client = near(m)\nout = client.go(n)", far="out = far(n)", call="out = {}(m, n)",
            takes="m, n", gives="return out",
        )  # fmt: skip
        options = {} if config is None else {"config": config}
        return ["\n".join(each.findings()) for each in prove_lift(parts, edit=edit, **options)]

    return text


def table(near="._pick_near", far="._pick_far", more=""):
    return (
        'SITES = {"pick": {"slots": ["pick"]}}\nPROVIDER_CONFIGS = {\n'
        f'    "near": {{"sites": ["pick"], "slots": {{"pick": "{near}"}}}},\n'
        f'    "far": {{"sites": ["pick"], "slots": {{"pick": "{far}"}}}},{more}\n}}\n'
    )


def test_an_entry_of_a_lifted_branch_needs_no_module(findings):
    assert findings(config=table()) == ["", ""]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("def _pick_near(m, n)", "@keep\ndef _pick_near(m, n)", "handler '_pick_near' is decorated"),
        ("def _pick_near(m, n)", "def _pick_near(m, n=1)", "'_pick_near' takes more than plain positional names"),
        ("def _pick_near(m, n)", "def _pick_near(m, n, *k)", "'_pick_near' takes more than plain positional names"),
        ("def _pick_near(m, n)", "def _pick_near(m, /, n)", "'_pick_near' takes more than plain positional names"),
        ("def _pick_near(m, n)", "def _pick_near(m: int, n)", "'_pick_near' takes more than plain positional names"),
        ("def _pick_near(m, n)", "def _pick_near(m, n) -> int", "'_pick_near' takes more than plain positional names"),
        ("def _pick_near(m, n)", "def _pick_near(m, n, k)", "it takes ['m', 'n', 'k'], and is given ['m', 'n']"),
        ("def _pick_near(m, n)", "async def _pick_near(m, n)", "it is `async def` and not awaited"),
        ("def _pick_far", "def _other():\n    pass\ndef _pick_far", "has no function '_other', and no slot"),
        ("def _pick_far", "again = _pick_near\ndef _pick_far", "'_pick_near' is used outside of the table"),
        ("out = far(n)\n    return out", "out = _pick_near(m, n)\n    return out", "is used outside of the table"),
        ("client = near(m)\n    out", "client = near(n)\n    out", "handler '_pick_near' is not what the branch is"),
        ("client = near(m)\n    out", "out", "handler '_pick_near' is not what the branch is"),
        ("client = near(m)\n    out", "client = near(m)\n    log(client)\n    out", "is not what the branch is"),
    ],
)  # fmt: skip
def test_a_handler_with_a_wrong_part_is_refused(findings, old, new, reason):
    for text in findings(lambda text: text.replace(old, new, 1)):
        assert reason in text


def test_a_handler_behind_its_site_is_refused(findings):
    def moved(text):
        start, stop = text.index("def _pick_near"), text.index("def _pick_far")
        return text[:start] + text[stop:] + text[start:stop]

    for text in findings(moved):
        assert "handler '_pick_near': it is defined in line" in text
        assert ", behind its site" in text


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (table(near="._pick_far", far="._pick_near"), "site 'pick' at key 'near': handler '_pick_far' is not what the"),
        (table(near="._pick_far"), "no slot of the table names it as a handler"),
        (table(near="._pick_none"), "site 'pick' at key 'near'"),
        (table(near=".src.far:_pick_near"), "is '.src.far:_pick_near', which is no reference"),
        (table(near="._pick_near as k"), "is '._pick_near as k', which is no reference"),
        (table(near="src.near:_pick_near"), "no slot of the table names it as a handler"),
    ],
)
def test_a_table_that_names_other_handlers_is_refused(findings, config, reason):
    for text in findings(config=config):
        assert reason in text


def test_a_handler_that_no_key_reaches_is_refused(findings):
    more = '\n    "late": {"sites": [], "slots": {"pick": "._pick_late"}},'
    extra = "def _pick_late(m, n):\n    return m\n\ndef _pick_near"
    for text in findings(lambda text: text.replace("def _pick_near", extra, 1), config=table(more=more)):
        assert "'_pick_late'" in text


def test_a_handler_whose_name_the_legacy_file_mentions_is_refused(lifted, prove_lift):
    parts = lifted(
        around=AROUND, near="out = near(m)", far="out = far(n)", call="out = {}(m, n)", takes="m, n",
        gives="return out", head="_pick_near = None\n",
    )  # fmt: skip
    assert [certificate.valid for certificate in prove_lift(parts)] == [False, False]


def test_one_handler_may_serve_two_keys_whose_branches_are_one(prove_files):
    chain = "if p in ('near', 'far'):\n        out = near(m)\n        log(out)\n    else:\n        out = 1\n"
    handler = "def _pick(m):\n    out = near(m)\n    log(out)\n    return out\n"
    template = "provider_config = PICK.resolve(p)\n        out = provider_config.pick(m)"
    front = f"if use_registry(PICK, p):\n        {template}\n    el"
    chain += "    return out\n"
    legacy = f"def route(p, m):\n    {chain}"
    head = "from src.registry import bind_providers, use_registry\n(PICK,) = bind_providers(globals(), 'pick')\n"
    new = f"{head}{handler}def route(p, m):\n    {front}{chain}"
    assert list(prove_files(legacy, new, config=table("._pick", "._pick")).findings()) == []
