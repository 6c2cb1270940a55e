"""What the config took over besides the chains: timeouts, lists of names, alias fixes."""

import pytest

LEGACY = """\
TIMEOUTS = {"near": 120}
AUTO = ["near", "far"]
def route(p):
    if p == "hug":
        p = "near"
    for name in ["near", "far"]:
        print(name)
    found = [name for name in ("near", "far") if name in ["near", "far"]]
    return p, TIMEOUTS.get(p, 30), found
"""
FINISHED = """\
from src.registry import get_provider_registry, normalize_provider_name
from src.config.providers import AUTO_DETECT_PROVIDERS
TIMEOUTS = get_provider_registry().timeouts()
AUTO = list(AUTO_DETECT_PROVIDERS)
def route(p):
    p = normalize_provider_name(p)
    for name in AUTO_DETECT_PROVIDERS:
        print(name)
    found = [name for name in AUTO_DETECT_PROVIDERS if name in AUTO_DETECT_PROVIDERS]
    return p, TIMEOUTS.get(p, 30), found
"""


@pytest.fixture
def against(prove_files):
    """Gives what stands against a whole file after `finish`, as one text."""

    def text(new=FINISHED, *, legacy=LEGACY, stage="finished", **options):
        return "\n".join(prove_files(legacy, new, stage=stage, **options).findings())

    return text


def test_tables_lists_and_alias_fixes_may_move_to_the_config(against):
    assert against() == ""


def test_they_stay_where_they_are_while_both_arms_are_there(against):
    assert "legacy:   TIMEOUTS = {'near': 120}" in against(stage="applied")


@pytest.mark.parametrize("timeout", ["121", "120.0"])
def test_another_timeout_is_refused(against, config, timeout):
    text = against(config=config.replace('"timeout": 120', f'"timeout": {timeout}'))
    assert f"the timeouts {{'near': 120}} became {{'near': {timeout}}}, the entries with a timeout of their own" in text


def test_a_timeout_more_or_less_is_refused(against, config):
    more = config.replace('"src.far", ', '"src.far", "timeout": 30, ')
    assert "became {'near': 120, 'far': 30}" in against(config=more)
    assert "the timeouts {'near': 120, 'odd': 5} became" in against(legacy=LEGACY.replace("120}", '120, "odd": 5}'))


def test_a_timeouts_table_that_is_no_literal_is_refused(against):
    assert "the timeouts (no literal) became" in against(legacy=LEGACY.replace("120}", "SLOW}"))


def test_another_order_of_the_timeouts_is_an_axiom(prove_files, config):
    two = config.replace('"src.far", ', '"src.far", "timeout": 30, ')
    certificate = prove_files(
        LEGACY.replace('{"near": 120}', '{"far": 30, "near": 120}'), FINISHED, stage="finished", config=two
    )
    assert certificate.valid
    assert "table-order" in {axiom.id for axiom in certificate.axioms}


def test_another_list_is_refused(against, config):
    text = against(config=config.replace('["near", "far"]\nMODELS', '["far", "near"]\nMODELS'))
    assert "the list ['near', 'far'] became AUTO_DETECT_PROVIDERS, which is ['far', 'near']" in text


def test_a_list_of_another_name_is_another_list(against):
    new = FINISHED.replace("AUTO_DETECT_PROVIDERS", "MODELS")
    assert "became MODELS, which is ['m1']" in against(new)
    assert against(new, legacy=LEGACY.replace('"near", "far"', '"m1"').replace('("m1")', '("m1",)')) == ""


def test_a_shared_list_may_not_stand_for_a_list_of_its_own(against):
    text = against(FINISHED.replace("list(AUTO_DETECT_PROVIDERS)", "AUTO_DETECT_PROVIDERS"))
    assert "AUTO_DETECT_PROVIDERS itself stands where a list of its own stood" in text


def test_a_local_name_that_is_only_looped_over_may_share_the_list(against):
    legacy = LEGACY.replace("    for name in [", "    own = [").replace(
        "        print(name)\n", "    for name in own:\n        print(name)\n"
    )
    new = FINISHED.replace("    for name in AUTO", "    own = AUTO").replace(
        "PROVIDERS:\n        print", "PROVIDERS\n    for name in own:\n        print"
    )
    legacy = legacy.replace("]:\n    for", "]\n    for")
    assert against(new, legacy=legacy) == ""
    changed = [text.replace("print(name)", "own.append(name)") for text in (new, legacy)]
    assert "itself stands where a list of its own stood" in against(changed[0], legacy=changed[1])


def test_a_copy_of_another_kind_is_refused(against):
    text = against(FINISHED.replace("AUTO = list(", "AUTO = tuple("))
    assert "`tuple(AUTO_DETECT_PROVIDERS)` is not of the kind that the literal was" in text


def test_auto_detected_entries_are_added_as_the_derived_line_adds_them(against, config):
    derived = config + (
        "AUTO_DETECT_PROVIDERS += [p for p, entry in PROVIDER_CONFIGS.items()"
        ' if entry.get("auto_detect") and p not in AUTO_DETECT_PROVIDERS]\n'
    )
    assert against(config=derived) == ""
    assert against(config=derived.replace('"src.near", ', '"src.near", "auto_detect": True, ')) == ""
    wider = derived.replace('"src.main", ', '"src.main", "auto_detect": True, ')
    assert "which is ['near', 'far', 'main']" in against(config=wider)
    assert against(config=derived.replace('    "main"', '    "new": {"auto_detect": True},\n    "main"')) == ""


@pytest.mark.parametrize(
    ("aliases", "reason"),
    [
        ("{}", "alias key 'hug': legacy code makes it 'near', the alias table 'hug'"),
        ('{"hug": "far"}', "alias key 'hug': legacy code makes it 'near', the alias table 'far'"),
        ('{"hug": "near", "h": "near"}', "alias key 'h': legacy code makes it 'h', the alias table 'near'"),
    ],
)
def test_another_alias_table_is_refused(against, config, aliases, reason):
    assert reason in against(config=config.replace('{"hug": "near"}', aliases))


@pytest.mark.parametrize(
    "fix",
    [
        'if p in ("hug",):\n        p = "near"',
        'if "hug" == p:\n        p = "near"',
        'if p == "hug":\n        p = "h"\n    if p == "h":\n        p = "near"',
        'if p == "hug":\n        p = "near"\n    elif p == "h":\n        p = "near"',
    ],
)
def test_alias_fixes_are_run_for_every_key(against, config, fix):
    aliases = '{"hug": "near"}' if '"h"' not in fix else '{"hug": "near", "h": "near"}'
    legacy = LEGACY.replace('if p == "hug":\n        p = "near"', fix)
    assert against(legacy=legacy, config=config.replace('{"hug": "near"}', aliases)) == ""


def test_an_alias_fix_that_cannot_be_decided_is_refused(against):
    legacy = LEGACY.replace('if p == "hug"', 'if p.lower() == "hug"')
    assert "a test of the alias fix cannot be decided at key 'hug'" in against(legacy=legacy)


def test_an_alias_fix_that_the_legacy_code_never_had_is_refused(against):
    text = against(legacy=LEGACY.replace('    if p == "hug":\n        p = "near"\n', ""))
    assert "the legacy code has no alias fix here" in text


def test_an_alias_fix_with_another_effect_stays(against):
    logged = LEGACY.replace('        p = "near"', '        print(p)\n        p = "near"')
    assert "the legacy code has no alias fix here" in against(legacy=logged)
    assert (
        against(
            FINISHED.replace(
                "    p = normalize_provider_name(p)\n", logged[logged.index("    if") : logged.index("    for")]
            ),
            legacy=logged,
        )
        == ""
    )
