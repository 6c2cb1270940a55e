"""Imports and bind lines: every name that went comes back as it was, and nothing else comes in."""

import pytest

LEGACY = """\
import logging
from src.near import make_near, process_near
from src.far import make_far, process_far
from src.main import make_main, process_main
log = logging.getLogger()
def route(p, m):
    if p == "near":
        out = make_near(m)
    elif p == "far":
        out = make_far(m, process_far)
    else:
        out = make_main(m, process_main, process_near)
    return out
"""
FRONT = """\
    if use_registry(STREAM, p):
        provider_config = STREAM.resolve(p)
        out = provider_config.make(m)
    elif p == "near":
"""
BIND = '(STREAM,) = bind_providers(globals(), "stream")\n'
APPLIED = LEGACY.replace("log =", f"from src.registry import bind_providers, use_registry\n{BIND}log =").replace(
    '    if p == "near":\n', FRONT
)
FINISHED = f"""\
import logging
from src.registry import bind_providers
{BIND}log = logging.getLogger()
def route(p, m):
    if p in STREAM:
        provider_config = STREAM.resolve(p)
        out = provider_config.make(m)
    elif p == "far":
        out = make_far(m, process_far)
    else:
        out = make_main(m, process_main, process_near)
    return out
"""


@pytest.fixture
def against(prove_files):
    """Gives what stands against a whole file at a stage, as one text."""

    def text(new, *, stage="finished", legacy=LEGACY, **options):
        return "\n".join(prove_files(legacy, new, stage=stage, **options).findings())

    return text


def test_an_import_block_may_become_one_bind_line(against):
    assert against(APPLIED, stage="applied") == ""
    assert against(FINISHED) == ""


def test_imports_that_stay_are_left_alone(against):
    kept = FINISHED.replace(BIND, f"from src.far import make_far, process_far\n{BIND}")
    assert against(kept) == ""
    assert against(kept.replace("import make_far, process_far", "import make_far")) == ""


def test_a_moved_import_is_noted_as_an_axiom(prove_files):
    moved = prove_files(
        LEGACY, FINISHED.replace(BIND, f"from src.far import make_far, process_far\n{BIND}"), stage="finished"
    )
    assert "import-order" in {axiom.id for axiom in moved.axioms}
    assert "import-order" not in {axiom.id for axiom in prove_files(LEGACY, FINISHED, stage="finished").axioms}


def test_an_import_may_not_go_while_both_arms_are_there(against):
    text = against(APPLIED.replace("from src.far import make_far, process_far\n", ""), stage="applied")
    assert "legacy:   from src.far import make_far, process_far" in text


def test_a_name_that_nothing_binds_again_is_refused(against):
    legacy = LEGACY.replace("process_far\n", "process_far, other\n", 1)
    assert "src/chat.py:3: 'other' was imported, and nothing binds it" in against(FINISHED, legacy=legacy)


def test_a_slot_that_the_config_no_longer_binds_is_refused(against, config):
    text = against(FINISHED, config=config.replace(', "kept_slots": ["process"]', ""))
    assert "'process_near' was imported, and nothing binds it" in text


def test_a_site_that_the_bind_line_lost_is_refused(against, config):
    text = against(FINISHED.replace('"stream"', '"chat"').replace("STREAM", "CHAT"), config=config)
    assert "at key 'far'" in text


def test_another_module_is_refused(against, config):
    text = against(FINISHED, config=config.replace('"src.far"', '"src.near"'))
    assert "'make_far': it was `from src.far import make_far`, and is bound by `from src.near import make_far`" in text


def test_another_attribute_under_the_same_name_is_refused(against, config):
    text = against(FINISHED, config=config.replace('"src.far", ', '"src.far", "slots": {"make": "made as make_far"}, '))
    assert "'make_far': it was `from src.far import make_far`, and is bound by `from src.far import made`" in text


def test_a_renamed_import_is_bound_by_an_explicit_reference(against, config):
    legacy = LEGACY.replace("import make_far, ", "import made as make_far, ")
    assert (
        against(
            FINISHED,
            legacy=legacy,
            config=config.replace('"src.far", ', '"src.far", "slots": {"make": "made as make_far"}, '),
        )
        == ""
    )


def test_a_relative_import_is_resolved_from_the_path_of_the_file(against, config):
    legacy = LEGACY.replace("from src.far import", "from .far import")
    assert against(FINISHED, legacy=legacy) == ""
    assert "'make_far': it was `from far import make_far`" in against(
        FINISHED, legacy=LEGACY.replace("from src.far", "from ..far")
    )


CLIENT = """\
IMPORT
def f(p):
    if p == "near":
        return client.make(p)
    return None
"""
CLIENT_FINISHED = """\
from registry import bind_providers
(CHAT,) = bind_providers(globals(), "chat")
def f(p):
    if p in CHAT:
        provider_config = CHAT.resolve(p)
        return provider_config.make(p)
    return None
"""
CLIENT_CONFIG = """\
SITES = {"chat": {"slots": ["make"]}}
PROVIDER_CONFIGS = {"near": {"module_name": "src.client", "sites": "*", "slots": {"make": "client.make"}}}
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("from src import client", "from src import client"),
        ("import src.client as client", "import src.client as …"),
    ],
)
def test_a_client_module_may_be_bound_itself(against, line, said):
    legacy = CLIENT.replace("IMPORT", line)
    assert against(CLIENT_FINISHED, legacy=legacy, config=CLIENT_CONFIG) == ""
    wrong = against(CLIENT_FINISHED, legacy=legacy, config=CLIENT_CONFIG.replace('"src.client"', '"lib.client"'))
    assert f"'client': it was `{said}`, and is bound by `import lib.client as …`" in wrong


def test_a_dotted_import_is_bound_by_its_top_package(against):
    legacy = CLIENT.replace("client.make", "src.client.make")
    config = CLIENT_CONFIG.replace('"client.make"', '"src.client.make"')
    assert against(CLIENT_FINISHED, legacy=legacy.replace("IMPORT", "import src.client"), config=config) == ""
    renamed = against(CLIENT_FINISHED, legacy=legacy.replace("IMPORT", "import src.client as src"), config=config)
    assert "'src': it was `import src.client as …`, and is bound by `import src.client`" in renamed


def test_a_name_that_the_legacy_module_never_had_is_refused(against, config):
    legacy, new = (text.replace(", process_main", "", 1) for text in (LEGACY, APPLIED))
    text = against(new, legacy=legacy, stage="applied")
    assert "the bind line would bind 'process_main', which the legacy module does not have" in text


def test_a_bind_line_in_front_of_the_imports_is_refused(against):
    early = APPLIED.replace(BIND, "").replace("from src.registry import bind_providers, use_registry\n", "")
    early = "from src.registry import bind_providers, use_registry\n" + BIND + early
    text = against(early, stage="applied")
    assert "'make_far' is bound by the module itself, but not for certain before the bind line" in text


def test_imports_that_may_fail_are_not_for_certain(against):
    guarded = "try:\n    from src.far import make_far, process_far\nexcept ImportError:\n    log = None\n"
    line = "from src.far import make_far, process_far\n"
    legacy, new = (text.replace(line, guarded) for text in (LEGACY, APPLIED))
    assert "'make_far' is bound by the module itself, but not for certain" in against(
        new, legacy=legacy, stage="applied"
    )
    whole = guarded.replace("log = None", "make_far = process_far = None")
    legacy, new = (text.replace(line, whole) for text in (LEGACY, APPLIED))
    assert against(new, legacy=legacy, stage="applied") == ""


def test_an_import_inside_a_try_may_not_go(against):
    guarded = (
        "try:\n    import json\n    from src.far import make_far, process_far\nexcept ImportError:\n    json = None\n"
    )
    line = "from src.far import make_far, process_far\n"
    legacy = LEGACY.replace(line, guarded)
    new = FINISHED.replace("import logging\n", "import logging\n" + guarded.replace(f"    {line}", ""))
    assert "the statement is gone\n  legacy:   from src.far import make_far, process_far" in against(new, legacy=legacy)


@pytest.mark.parametrize(
    "early",
    [
        "HANDLERS = [make_far]",
        "def go():\n    return make_far\nready = go()",
        "class Go:\n    def __init__(self):\n        make_far()\nready = Go()",
        "@make_far\ndef go(): ...",
        "def go(x=make_far): ...",
    ],
)
def test_a_read_while_the_module_is_imported_must_come_after_the_bind_line(against, early):
    legacy = LEGACY.replace("log =", f"{early}\nlog =")
    text = against(FINISHED.replace(BIND, f"{early}\n{BIND}"), legacy=legacy)
    assert "'make_far' is read before the line that binds it" in text
    assert against(FINISHED.replace("log =", f"{early}\nlog ="), legacy=legacy) == ""


LOOKS = [
    "NAMES = sorted(globals())",
    "def go():\n    return vars()\nready = go()",
    "def go():\n    return inner()\ndef inner():\n    return eval('make_far')\nready = go()",
    "import sys\nhub.register(sys.modules[__name__])",
    "import sys\nhub.register(sys.modules.get(__name__))",
]


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_at_the_modules_names_must_come_after_the_bind_line(against, look):
    legacy = LEGACY.replace("log =", f"{look}\nlog =")
    text = against(FINISHED.replace(BIND, f"{look}\n{BIND}"), legacy=legacy)
    assert "the module's names are looked at, 'make_far' among them, before the line that binds it" in text


@pytest.mark.parametrize(
    "look", [*LOOKS, "def go():\n    return globals()", "import sys\nloaded = 'json' in sys.modules"]
)
def test_a_look_where_the_names_are_there_or_above_the_imports_is_fine(prove_files, look):
    legacy = LEGACY.replace("log =", f"{look}\nlog =")
    assert prove_files(legacy, FINISHED.replace("log =", f"{look}\nlog ="), stage="finished").valid
    legacy, new = (text.replace("import logging\n", f"import logging\n{look}\n") for text in (LEGACY, FINISHED))
    assert prove_files(legacy, new, stage="finished").valid


def test_a_function_that_is_only_defined_may_come_first(against):
    later = "def go():\n    return make_far"
    assert against(FINISHED.replace(BIND, f"{later}\n{BIND}"), legacy=LEGACY.replace("log =", f"{later}\nlog =")) == ""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (BIND, BIND.replace('"stream"', '"other"'), "the config module has no site 'other'"),
        (BIND, f"{BIND}{BIND}", "'STREAM' is bound more than once"),
        ("bind_providers, use_registry", "bind_providers", "'use_registry' is used and not imported"),
        ("from src.registry import bind_providers, use_registry\n", "", "'bind_providers' is used and not imported"),
        (BIND, BIND.replace("globals()", "locals()"), "the legacy code has no such statement"),
        (BIND, BIND.replace("(STREAM,)", "STREAM"), "the legacy code has no such statement"),
        (BIND, BIND.replace("globals()", "globals(), *names"), "the legacy code has no such statement"),
    ],
)
def test_a_bind_line_with_a_wrong_part_is_refused(against, old, new, reason):
    assert reason in against(APPLIED.replace(old, new), stage="applied")


@pytest.mark.parametrize("name", ["STREAM", "use_registry", "bind_providers"])
def test_a_name_that_the_legacy_file_uses_already_is_refused(against, name):
    legacy, new = (text + f"def other():\n    {name} = 1\n" for text in (LEGACY, APPLIED))
    assert f"the legacy file uses the name {name!r} already" in against(new, legacy=legacy, stage="applied")


def test_globals_with_another_meaning_is_refused(against):
    legacy, new = (f"def globals(): ...\n{text}" for text in (LEGACY, APPLIED))
    assert "the legacy file gives `globals` another meaning" in against(new, legacy=legacy, stage="applied")


HELPER = "def safe_import(name, names):\n    return dict.fromkeys(names)\n"
SAFE = "".join(
    f'_{name} = safe_import("{name}", ["make_{name}", "process_{name}"])\n'
    f'make_{name} = _{name}.get("make_{name}")\nprocess_{name} = _{name}.get("process_{name}")\n'
    for name in ("near", "far", "main")
)
SAFE_LEGACY = HELPER + SAFE + LEGACY[LEGACY.index("def route") :]
LOAD = BIND.replace('"stream")', '"stream", load=safe_import, load_by="name")')
SAFE_FINISHED = HELPER + f"from src.registry import bind_providers\n{LOAD}" + FINISHED[FINISHED.index("def route") :]


def test_safe_imports_may_become_one_bind_line_that_loads(against):
    assert against(SAFE_FINISHED, legacy=SAFE_LEGACY) == ""


def test_another_way_of_loading_is_refused(against):
    other = against(SAFE_FINISHED.replace('load_by="name"', 'load_by="module_name"'), legacy=SAFE_LEGACY)
    assert "it came from safe_import('near', …), and comes from safe_import('src.near', …)" in other
    unknown = against(SAFE_FINISHED.replace('load_by="name"', 'load_by="alias"'), legacy=SAFE_LEGACY)
    assert "legacy:   _near = safe_import('near', ['make_near', 'process_near'])" in unknown


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            '["make_far", "process_far"]',
            '["make_far", "process_far", "extra"]',
            "the helper was asked for ['make_far', 'process_far', 'extra'], and is asked for [",
        ),
        ('_far.get("make_far")', '_far.get("made")', "it was 'made' of the helper's answer, and is 'make_far'"),
        (
            'safe_import("far"',
            'safe_import("Far"',
            "it came from safe_import('Far', …), and comes from safe_import('far', …)",
        ),
    ],
)
def test_a_safe_import_of_something_else_is_refused(against, old, new, reason):
    assert reason in against(SAFE_FINISHED, legacy=SAFE_LEGACY.replace(old, new))


def test_the_order_of_the_names_and_strict_items_are_axioms(prove_files):
    other = SAFE_LEGACY.replace('["make_far", "process_far"]', '["process_far", "make_far"]').replace(
        '_far.get("make_far")', '_far["make_far"]'
    )
    certificate = prove_files(other, SAFE_FINISHED, stage="finished")
    assert certificate.valid
    assert {"load-names", "load-answer"} <= {axiom.id for axiom in certificate.axioms}


def test_a_holder_that_is_still_used_is_refused(against):
    legacy, new = (text + "ERRORS = [_far]\n" for text in (SAFE_LEGACY, SAFE_FINISHED))
    assert "'_far' is still used, and nothing binds it" in against(new, legacy=legacy)


def test_a_safe_import_is_not_replaced_by_a_plain_one(against):
    plain = SAFE_FINISHED.replace(', load=safe_import, load_by="name"', "")
    assert "legacy:   _near = safe_import('near', ['make_near', 'process_near'])" in against(plain, legacy=SAFE_LEGACY)


def test_a_plain_import_is_not_replaced_by_a_safe_one(against):
    legacy = HELPER + LEGACY[LEGACY.index("from") :].replace("log = logging.getLogger()\n", "")
    assert "'make_far': it was a plain import, and comes from 'safe_import'" in against(SAFE_FINISHED, legacy=legacy)


def test_a_helper_that_is_defined_after_the_bind_line_is_refused(against):
    late = SAFE_FINISHED.replace(HELPER, "").replace(LOAD, LOAD + HELPER)
    assert "'safe_import' is not bound for certain before the bind line" in against(
        late, legacy=SAFE_LEGACY.replace(HELPER, "") + HELPER
    )


@pytest.mark.parametrize(
    "body",
    [
        'return load(importlib.import_module(f"src.{name}"))',
        'return load(importlib.import_module("src." + name))',
        'return load(import_module("src.{}".format(name)))',
        'path = f"src.{name.lower()}"\n    return load(importlib.import_module(path))',
        'return load(__import__("src." + name.replace("-", "_"), fromlist=names))',
        "return load(importlib.import_module(MODULES[name]))",
        "name = names[0]\n    return load(importlib.import_module(name))",
        'return load(importlib.import_module(f".{name}", package="src"))',
    ],
)
def test_a_helper_that_says_what_it_imports_has_to_import_the_entrys_module(against, body):
    told = not any(word in body for word in ("MODULES", "names[0]", "package="))
    helper = f"def safe_import(name, names):\n    {body}\n"
    legacy, finished = (text.replace(HELPER, helper) for text in (SAFE_LEGACY, SAFE_FINISHED))
    assert against(finished, legacy=legacy) == ""
    source = body.replace("src", "source") if told else body
    text = against(finished.replace(body, source), legacy=legacy.replace(body, source))
    assert ("imports 'source.near', and its entry says 'src.near'" in text) is told
