"""What is proved, and refused, at one key of one site."""

import pytest

from cutover_migrate.certificate import Added, Different, Same

LEGACY = """
if p == "near":
    out = make_near(m, t=TIMEOUTS.get(p, 30))
elif p == "far":
    out = make_far(m, t=TIMEOUTS.get(p, 30))
else:
    out = make_main(m, t=TIMEOUTS.get(p, 30))
return out
"""
FRONT = """
if use_registry(CHAT, p):
    provider_config = CHAT.resolve(p)
    out = provider_config.make(m, t=TIMEOUTS.get(p, 30))
elif p == "near":
"""
APPLIED = LEGACY.replace('\nif p == "near":\n', FRONT)
FINISHED = """
provider_config = CHAT.resolve(p)
out = provider_config.make(m, t=TIMEOUTS.get(p, 30))
return out
"""


def keyed(certificate):
    return {proof.key: proof.verdict for proof in certificate.sites[0].keys}


def test_a_front_is_certified_at_every_key_and_at_keys_that_nobody_knows(prove):
    certificate = prove(LEGACY, APPLIED)
    assert certificate.valid
    assert keyed(certificate) == {
        "near": Same("table"),
        "far": Same("table"),
        "main": Same("rest"),
        "hug": Same("rest"),
        "FAR": Same("rest"),
        "no-such-provider": Same("rest"),
        "": Same("rest"),
        None: Same("rest"),
    }


def test_the_template_alone_is_certified_where_the_default_arm_is_the_same_program(prove):
    assert prove(LEGACY, FINISHED, stage="finished").valid


def test_a_wrong_slot_is_named_with_its_site_its_key_and_both_lines(findings):
    text = findings(LEGACY, APPLIED.replace("provider_config.make", "provider_config.process"))
    assert text == (
        "src/chat.py:5: site 'chat' at key 'far': `make_far` became `process_far`\n"
        "  legacy:   out = make_far(m, t=TIMEOUTS.get(p, 30))\n"
        "  registry: out = process_far(m, t=TIMEOUTS.get(p, 30))\n"
        "src/chat.py:5: site 'chat' at key 'near': `make_near` became `process_near`\n"
        "  legacy:   out = make_near(m, t=TIMEOUTS.get(p, 30))\n"
        "  registry: out = process_near(m, t=TIMEOUTS.get(p, 30))"
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("provider_config.make(m, t=", "provider_config.make(m, timeout=", "`t` became `timeout`"),
        (
            "provider_config.make(m, t=TIMEOUTS.get(p, 30))",
            "provider_config.make(m)",
            "0 keywords in a Call, where the legacy code has 1",
        ),
        ("30))\nelif", "31))\nelif", "`30` became `31`"),
        ("30))\nelif", "30.0))\nelif", "`30` became `30.0`"),
        ("provider_config.make(m, t", "provider_config.make(p, t", "`m` became `p`"),
        ("out = provider_config", "got = provider_config", "`out` became `got`"),
        ("    out = provider_config", "    return provider_config", "the statement Assign became the statement Return"),
    ],
)
def test_a_template_that_is_another_program_is_refused(findings, old, new, reason):
    assert f"site 'chat' at key 'near': {reason}\n" in findings(LEGACY, APPLIED.replace(old, new, 1))


def test_a_wider_table_than_the_legacy_chain_is_refused_at_the_new_key(findings, config):
    wider = config.replace('"src.main", "sites": []', '"src.main", "sites": ["chat"]')
    text = findings(
        LEGACY.replace("make_main(m", "make_main(m, 1"), APPLIED.replace("make_main(m", "make_main(m, 1"), config=wider
    )
    assert "site 'chat' at key 'main': 1 args in a Call, where the legacy code has 2" in text


def test_a_wider_table_whose_key_gave_the_same_program_before_is_certified(prove, config):
    assert prove(
        LEGACY, APPLIED, config=config.replace('"src.main", "sites": []', '"src.main", "sites": ["chat"]')
    ).valid


def test_a_narrower_table_is_certified_only_while_the_legacy_chain_is_behind_it(prove, config):
    narrower = config.replace('"src.far", "sites": ["chat"]', '"src.far", "sites": []')
    assert prove(LEGACY, APPLIED, config=narrower).valid
    certificate = prove(LEGACY, FINISHED, config=narrower, stage="finished")
    assert keyed(certificate)["far"] == Different(
        "`make_far` became `make_main`",
        "out = make_far(m, t=TIMEOUTS.get(p, 30))",
        "out = make_main(m, t=TIMEOUTS.get(p, 30))",
    )


def test_another_default_is_refused_at_the_keys_that_the_table_lacks(prove, config):
    certificate = prove(
        LEGACY,
        FINISHED,
        config=config.replace('"default": "main", "values"', '"default": "far", "values"'),
        stage="finished",
    )
    assert {key for key, verdict in keyed(certificate).items() if isinstance(verdict, Different)} >= {
        "",
        None,
        "no-such-provider",
    }
    assert keyed(certificate)["far"] == Same("table")


def test_no_default_is_refused_where_the_template_stands_alone(findings, config):
    text = findings(
        LEGACY, FINISHED, config=config.replace('"default": "main", "values"', '"values"'), stage="finished"
    )
    assert "at key None: site 'chat' does not serve this key and has no default" in text


def test_a_test_that_cannot_be_decided_is_refused_with_the_test(findings):
    legacy = LEGACY.replace('p == "far"', "p.startswith('fa')")
    text = findings(legacy, APPLIED.replace('p == "far"', "p.startswith('fa')"))
    assert "at key 'far': the test `p.startswith('fa')` cannot be decided at this key" in text
    assert "at key 'near'" not in text


def test_an_open_test_behind_the_keyed_branches_is_left_alone(prove):
    legacy = LEGACY.replace("else:", 'elif "x" in m:\n    out = None\nelse:')
    assert prove(legacy, APPLIED.replace("else:", 'elif "x" in m:\n    out = None\nelse:')).valid


@pytest.mark.parametrize(
    "test",
    [
        '"far" == p',
        'p in ("far",)',
        'p in ["far", "far"]',
        'p in {"far"}',
        'p == "far" or p == "far"',
        'not p != "far"',
        'p is not None and p == "far"',
        'p and p == "far"',
        'flag is None and p == "never" or p == "far"',
        'not flag and p == "never" or p == "far"',
        'p != "near" and p not in ("", None) and p == "far"',
    ],
)
def test_tests_that_the_key_alone_decides_are_certified(prove, test):
    assert prove(LEGACY.replace('p == "far"', test), APPLIED.replace('p == "far"', test)).valid


@pytest.mark.parametrize(
    "test",
    [
        'p == "far" and flag',
        'm.ready() and p == "far"',
        "p == FAR",
        'p in ("far", FAR)',
        'p in "far"',
        'p == "far" == m',
        "p == 3 or p == b'far'",
        'p.lower() == "far"',
        "p is 'far'",
        'q == "far"',
    ],
)
def test_tests_that_ask_for_more_than_the_key_are_refused_at_it(prove, test):
    certificate = prove(LEGACY.replace('p == "far"', test), APPLIED.replace('p == "far"', test))
    assert isinstance(keyed(certificate)["far"], Different)


def test_what_the_tests_take_for_granted_is_written_down(prove):
    def ids(test):
        certificate = prove(LEGACY.replace('p == "far"', test), APPLIED.replace('p == "far"', test))
        return {axiom.id for axiom in certificate.axioms}

    assert "hashable" in ids('p in {"far"}')
    assert "plain-truth" in ids('flag is None and p == "never" or p == "far"')
    assert not {"hashable", "plain-truth"} & ids('p in ("far",)')


def test_a_guard_behind_a_failing_key_is_false_whatever_it_says(prove):
    guarded = LEGACY.replace("else:", 'elif p == "odd" and m.ready():\n    out = 1\nelse:')
    assert prove(guarded, APPLIED.replace("else:", 'elif p == "odd" and m.ready():\n    out = 1\nelse:')).valid


def test_a_guard_in_front_of_the_key_is_not_skipped(findings):
    legacy = LEGACY.replace('if p == "near"', 'if m.ready() and p == "odd":\n    out = 1\nelif p == "near"')
    new = legacy.replace("\nif m.ready", FRONT.removesuffix('elif p == "near":\n') + "elif m.ready")
    assert "at key 'near': the test `m.ready() and p == 'odd'` cannot be decided at this key" in findings(legacy, new)


def test_a_new_entry_without_sites_is_an_addition(prove, config):
    more = config.replace('    "main": {', '    "new": {"module_name": "src.new"},\n    "main": {')
    certificate = prove(LEGACY, APPLIED, config=more)
    assert certificate.valid
    assert certificate.additions == (("chat", "new"),)
    assert isinstance(keyed(certificate)["new"], Added)


def test_an_entry_without_sites_is_refused_where_the_legacy_chain_knew_the_key(findings, config):
    text = findings(LEGACY, APPLIED, config=config.replace('"src.far", "sites": ["chat"]', '"src.far"'))
    assert "at key 'far': its entry does not say `sites`, so whether the site serves it depends on an import" in text


def test_a_provider_without_the_slot_is_refused(findings, config):
    text = findings(
        LEGACY, APPLIED, config=config.replace('"src.far", "sites"', '"src.far", "slots": {"make": None}, "sites"')
    )
    assert "at key 'far': provider 'far' has no 'make'" in text
    assert "site 'chat' must have it, but provider 'far' has no 'make'" in text


def test_a_value_that_a_slot_hides_is_refused(findings, config):
    text = findings(
        LEGACY, APPLIED, config=config.replace('"make": "make_{}"', '"make": "make_{}", "label": "make_{}"')
    )
    assert "provider 'near' has no value 'label'" in text


def test_a_slot_or_value_that_the_site_does_not_declare_is_refused(findings):
    text = findings(LEGACY, APPLIED.replace("provider_config.make", "provider_config.method"))
    assert "provider 'near' has neither a slot nor a value 'method' at this site (line 9)" in text


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("out = (lambda: provider_config.make(m))()", "a function or generator captures the resolved provider"),
        ("out = list(provider_config.make(x) for x in m)", "a function or generator captures the resolved provider"),
        ("out = use(provider_config, m)", "the resolved provider itself is used"),
        ("provider_config = provider_config.make(m)", "'provider_config' is assigned again inside its template"),
        ("provider_config.make = m", "an attribute of the resolved provider is assigned"),
        ("del provider_config.make", "an attribute of the resolved provider is assigned"),
    ],
)
def test_a_provider_that_gets_out_of_its_template_is_refused(findings, template, reason):
    assert reason in findings(LEGACY, APPLIED.replace("out = provider_config.make(m, t=TIMEOUTS.get(p, 30))", template))


def test_a_comprehension_reads_the_slot_where_it_stands(prove):
    legacy = 'if p == "near":\n    out = [make_near(x) for x in m]\nelse:\n    out = 0'
    new = (
        "if use_registry(CHAT, p):\n    provider_config = CHAT.resolve(p)\n"
        "    out = [provider_config.make(x) for x in m]\n"
        f"el{legacy}"
    )
    assert prove(legacy, new, config=CONFIG_OF_NEAR).valid


def test_a_slot_that_is_a_local_name_is_refused(findings):
    legacy = "make_near = m.make\n" + LEGACY.strip()
    text = findings(legacy, "make_near = m.make\n" + APPLIED.strip())
    assert "at key 'near': 'make_near' is a local name here, and a slot reads the module's global" in text


VALUES = """
if p == "near":
    out = make_near(m, "Near", -1)
elif p == "far":
    out = make_far(m, "Far", -1)
else:
    out = None
"""


def test_values_and_timeouts_are_the_constants_of_the_entry(prove, config):
    new = VALUES.strip().replace(
        "if p",
        FRONT.strip()
        .replace("m, t=TIMEOUTS.get(p, 30)", "m, provider_config.label, -1")
        .removesuffix('elif p == "near":')
        + "elif p",
        1,
    )
    assert prove(VALUES, new).valid
    assert not prove(VALUES, new, config=config.replace('"label": "Far"', '"label": "far"')).valid


def test_the_timeout_of_an_entry_without_its_own_is_the_default(prove, config):
    legacy = VALUES.replace('"Near"', "120").replace('"Far"', "30")
    new = legacy.strip().replace(
        "if p",
        FRONT.strip()
        .replace("m, t=TIMEOUTS.get(p, 30)", "m, provider_config.timeout, -1")
        .removesuffix('elif p == "near":')
        + "elif p",
        1,
    )
    assert prove(legacy, new).valid
    assert not prove(legacy, new, config=config.replace("DEFAULT_TIMEOUT = 30", "DEFAULT_TIMEOUT = 31")).valid
    assert not prove(legacy, new, config=config.replace("DEFAULT_TIMEOUT = 30", "DEFAULT_TIMEOUT = 30.0")).valid


def test_a_value_that_is_no_constant_is_refused(findings, config):
    new = VALUES.strip().replace(
        "if p",
        FRONT.strip()
        .replace("m, t=TIMEOUTS.get(p, 30)", "m, provider_config.label, -1")
        .removesuffix('elif p == "near":')
        + "elif p",
        1,
    )
    text = findings(VALUES, new, config=config.replace('"label": "Far"', '"label": ["Far"]'))
    assert "at key 'far': a value that is no constant would be shared, where the legacy literal is made anew" in text


def test_a_value_inside_an_f_string_and_a_method_name_are_filled(prove, config):
    config = config.replace('["label", "timeout"]', '["label", "method"]')
    legacy = 'if p == "near":\n    out = m.go(f"to Near now")\nelif p == "far":\n    out = m.run(f"to Far now")'
    new = (
        "if use_registry(CHAT, p):\n    provider_config = CHAT.resolve(p)\n"
        f'    out = getattr(m, provider_config.method)(f"to {{provider_config.label}} now")\nel{legacy}'
    )
    assert prove(legacy, new, config=config).valid
    assert not prove(f"def getattr(*a): ...\n{legacy}", f"def getattr(*a): ...\n{new}", config=config).valid


CONFIG_OF_NEAR = """\
SLOTS = {"make": "make_{}"}
SITES = {"chat": {"slots": ["make"]}, "stream": {"slots": []}}
PROVIDER_CONFIGS = {"near": {"module_name": "src.near", "sites": ["chat"]}}
"""
