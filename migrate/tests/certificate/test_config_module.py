"""The config module is read as literals; what cannot be read in full certifies nothing."""

import ast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SAME = "def route(p):\n    return p\n"


@pytest.fixture
def against(prove_files, config):
    """Gives what stands against a config module, as one text: the file itself is changed by a blank line only."""
    return lambda text=config: "\n".join(prove_files(SAME, f"\n{SAME}", config=text).findings())


def test_a_config_of_literals_is_read(against, config):
    assert against() == ""
    assert against(f'"""Providers."""\n{config}') == ""
    assert against(config.replace("DEFAULT_TIMEOUT = 30", "DEFAULT_TIMEOUT: int = 30")) == ""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "DEFAULT_TIMEOUT = 30",
            "DEFAULT_TIMEOUT = 15 * 2",
            "DEFAULT_TIMEOUT is not a literal, so it cannot be read without",
        ),
        ("DEFAULT_TIMEOUT = 30", "import os", "the config module has a statement that is not `NAME = literal`"),
        ("DEFAULT_TIMEOUT = 30", "print(1)", "the config module has a statement that is not `NAME = literal`"),
        ("DEFAULT_TIMEOUT = 30", "DEFAULT_TIMEOUT = A = 30", "a statement that is not `NAME = literal`"),
        ("DEFAULT_TIMEOUT = 30", "DEFAULT_TIMEOUT = (", "the config module does not parse: "),
        (
            "DEFAULT_TIMEOUT = 30",
            "DEFAULT_TIMEOUT = True",
            "DEFAULT_TIMEOUT is not of the kind that the registry reads",
        ),
        ("DEFAULT_TIMEOUT = 30", "SITES = {}", "the config module assigns SITES twice"),
        ('"far": {"module', '"near": {"module', "PROVIDER_CONFIGS has the key Constant(value='near') twice"),
        ('"src.far"', "3", "PROVIDER_CONFIGS['far']['module_name'] is not of the kind that the registry reads"),
        ('"src.far", ', '"src.far", "site": [], ', "PROVIDER_CONFIGS['far'] has the unknown field 'site'"),
        ('"sites": ["chat"]', '"sites": "chat"', "PROVIDER_CONFIGS['far']['sites'] is neither a list of site names"),
        ('"sites": ["chat"]', '"sites": ["char"]', "PROVIDER_CONFIGS['far']['sites'] has 'char', which SITES has not"),
        (
            '"sites": ["chat"]',
            '"sites": ["chat", "chat"]',
            "PROVIDER_CONFIGS['far']['sites'] is not a list of different",
        ),
        ('"sites": ["chat"]', '"sites": [1]', "PROVIDER_CONFIGS['far']['sites'] is not a list of different strings"),
        (
            '"default": "main", "kept"',
            '"default": "mine", "kept"',
            "SITES['stream']['default'] is 'mine', which PROVIDER",
        ),
        ('"kept": ["far"]', '"keep": ["far"]', "SITES['stream'] has the unknown field 'keep'"),
        (
            '"src.far", ',
            '"src.far", "slots": {"make": 1}, ',
            "PROVIDER_CONFIGS['far']['slots']['make'] is 1, which is no",
        ),
        ('"method": "run"', '"timeout": 3', "PROVIDER_CONFIGS['far']['values'] has the name 'timeout'"),
        ('"method": "run"', '7: "run"', "PROVIDER_CONFIGS['far']['values'] has the name 7"),
        ('"timeout": 120', '"timeout": -1', "PROVIDER_CONFIGS['near']['timeout'] is -1, which is no number of seconds"),
        ('"slots": ["make"], "default"', '"default"', "SITES['stream'] has no slots"),
        (
            '"slots": ["make"], "default"',
            '"slots": ["name"], "default"',
            "SITES['stream']['slots'] has the name 'name'",
        ),
        ('"make": "make_{}"', '"make": "make {}"', "SLOTS['make'] is 'make {}', which is no reference"),
        ('["near", "far"]', '["near", 3]', "AUTO_DETECT_PROVIDERS has something else than strings"),
        ('["near", "far"]', "5", "AUTO_DETECT_PROVIDERS is not of the kind that the registry reads"),
        ('"src.far"', '"src..far"', "PROVIDER_CONFIGS['far']['module_name'] is 'src..far', which is no dotted module"),
        (
            '"far": {"module',
            '"f r": {"module',
            "['f r']: the convention of slot 'make' gives no reference",
        ),
        ('"method": "run"', '"site": "run"', "PROVIDER_CONFIGS['far']['values'] has the name 'site'"),
        ('"label": "Far"', '"labels": "Far"', "site 'chat' must have it, but provider 'far' has no value 'label'"),
        ('"far": {"module', '3: {"module', "PROVIDER_CONFIGS has the key 3, which is no string"),
        ('"far": {"module', '[]: {"module', "PROVIDER_CONFIGS is not a literal"),
        ('{"hug": "near"}', '{"hug": 1}', "PROVIDER_ALIASES has something else than strings"),
        ('{"hug": "near"}', '["hug"]', "PROVIDER_ALIASES is not of the kind that the registry reads"),
        ("PROVIDER_CONFIGS", "PROVIDERS", "the config module has no PROVIDER_CONFIGS"),
    ],
)
def test_a_config_that_cannot_be_read_is_refused_with_the_reason(against, config, old, new, reason):
    assert reason in against(config.replace(old, new))


def test_a_derived_line_in_front_of_its_tables_is_refused(against, config):
    derived = (
        "AUTO_DETECT_PROVIDERS += [p for p, entry in PROVIDER_CONFIGS.items()"
        ' if entry.get("auto_detect") and p not in AUTO_DETECT_PROVIDERS]\n'
    )
    assert against(config + derived) == ""
    assert "a statement that is not `NAME = literal`" in against(derived + config)
    assert "a statement that is not `NAME = literal`" in against(config + derived.replace("not in", "in"))


@pytest.mark.parametrize("reference", ["make_far", "made as make_far", "src.far:make_far", "src.far:made as make_far"])
def test_every_spelling_of_a_reference_fills_a_slot(prove, config, reference):
    legacy = 'if p == "far":\n    out = make_far(m)\nelse:\n    out = 0'
    new = (
        "if use_registry(CHAT, p):\n    provider_config = CHAT.resolve(p)\n    out = provider_config.make(m)\nel"
        + legacy
    )
    only = config.replace('"src.far", ', f'"src.far", "slots": {{"make": "{reference}"}}, ').replace(
        '"sites": "*"', '"sites": []'
    )
    assert prove(legacy, new, config=only).valid


@pytest.mark.parametrize(
    "reference", ["", "make far", "a:b:c", "1x", "x as y as z", "x.y as z", ":x", "class", "make_{}", "__x"]
)
def test_a_reference_that_is_none_is_refused(prove, config, reference):
    legacy = 'if p == "far":\n    out = make_far(m)\nelse:\n    out = 0'
    new = (
        "if use_registry(CHAT, p):\n    provider_config = CHAT.resolve(p)\n    out = provider_config.make(m)\nel"
        + legacy
    )
    only = config.replace('"src.far", ', f'"src.far", "slots": {{"make": "{reference}"}}, ').replace(
        '"sites": "*"', '"sites": []'
    )
    text = "\n".join(prove(legacy, new, config=only).findings())
    assert f"PROVIDER_CONFIGS['far']['slots']['make'] is {reference!r}, which is no reference" in text


JUNK = (
    "None",
    "0",
    "-1.5",
    "'x'",
    "''",
    "b'x'",
    "[]",
    "[1]",
    "{}",
    "{1: 2}",
    "{'x': None}",
    "(1, 'a')",
    "x()",
    "[[]]",
    "...",
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_config_makes_the_checker_fall_over(prove_files, config, data):
    tree = ast.parse(config)
    places = [node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.Dict | ast.List)]
    place = data.draw(st.sampled_from(range(len(places))))
    junk = ast.parse(data.draw(st.sampled_from(JUNK)), mode="eval").body

    class Swap(ast.NodeTransformer):
        def visit(self, node):
            return junk if node is places[place] else self.generic_visit(node)

    text = ast.unparse(ast.fix_missing_locations(Swap().visit(tree)))
    certificate = prove_files(SAME, f"\n{SAME}", config=text)
    assert certificate.valid or list(certificate.findings())
