"""Where the registry's code stands: fronts, membership tests, templates alone, and what they leave untouched."""

import pytest

CHAIN = """
if p == "near":
    out = make_near(m)
elif p == "far":
    m = (m, 1)
    out = make_far(m)
else:
    try:
        out = make_main(m)
    except Exception:
        out = None
return out
"""
TEMPLATE = "    provider_config = STREAM.resolve(p)\n    out = provider_config.make(m)\n"
APPLIED = CHAIN.replace('\nif p == "near"', f'\nif use_registry(STREAM, p):\n{TEMPLATE}elif p == "near"')
FINISHED = CHAIN.replace('\nif p == "near":\n    out = make_near(m)\n', f"\nif p in STREAM:\n{TEMPLATE}")


@pytest.fixture
def finish_findings(findings):
    """Gives what stands against one function's body after `finish`."""
    return lambda legacy, new, **options: findings(legacy, new, stage="finished", **options)


def test_kept_branches_and_a_kept_default_arm_are_certified_behind_the_template(prove):
    assert prove(CHAIN, APPLIED).valid
    assert prove(CHAIN, FINISHED, stage="finished").valid


def test_an_edited_kept_branch_is_refused(findings, finish_findings):
    assert "`1` became `2`" in findings(CHAIN, APPLIED.replace("(m, 1)", "(m, 2)"))
    text = finish_findings(CHAIN, FINISHED.replace("(m, 1)", "(m, 2)"))
    assert "site 'stream' at key 'far': `1` became `2`\n  legacy:   m = (m, 1)\n  registry: m = (m, 2)" in text
    assert "at key 'near'" not in text


def test_an_edited_default_arm_is_refused_at_the_keys_that_take_it(finish_findings):
    text = finish_findings(CHAIN, FINISHED.replace("except Exception", "except ValueError"))
    assert "at key 'no-such-provider': `Exception` became `ValueError`\n  legacy:   except Exception:" in text
    assert "at key 'far'" not in text


def test_a_lost_default_arm_is_refused(finish_findings):
    lost = FINISHED[: FINISHED.index("else:")] + "return out\n"
    assert "at key None: the statement is gone\n  legacy:   try:\n  registry: (nothing)" in finish_findings(CHAIN, lost)


def test_a_kept_branch_may_come_first_as_the_keys_exclude_each_other(prove):
    kept = CHAIN[CHAIN.index("elif") : CHAIN.index("else:")]
    rest = CHAIN[CHAIN.index("else:") :]
    new = f"\n{kept.removeprefix('el')}elif p in STREAM:\n{TEMPLATE}{rest}"
    assert prove(CHAIN, new, stage="finished").valid
    assert not prove(CHAIN, new.replace('== "far"', '== "near"'), stage="finished").valid


def test_kept_branches_may_come_first_where_the_template_serves_all_other_keys(prove):
    same = CHAIN[: CHAIN.index("else:")] + "else:\n    out = make_main(m)\nreturn out\n"
    kept = CHAIN[CHAIN.index("elif") : CHAIN.index("else:")].removeprefix("el")
    assert prove(same, f"{kept}else:\n{TEMPLATE}return out", stage="finished").valid
    assert not prove(same, f"{kept}return out", stage="finished").valid


def test_a_front_whose_legacy_chain_begins_with_if_again_is_refused(findings):
    twice = APPLIED.replace('elif p == "near"', 'if p == "near"')
    assert "at key 'near': the legacy code has no such statement" in findings(CHAIN, twice)


def test_a_membership_test_is_refused_while_both_arms_should_be_there(findings):
    text = findings(CHAIN, FINISHED)
    assert "site 'stream': the legacy arm is gone, and the stage is `applied`" in text


def test_a_template_alone_is_refused_while_both_arms_should_be_there(findings):
    assert "the legacy arm is gone, and the stage is `applied`" in findings(
        CHAIN, f"{TEMPLATE.replace('    ', '')}return out"
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("use_registry(STREAM, p)", "use_registry(CHAT, p)", "site 'chat' is tested with"),
        ("use_registry(STREAM, p)", "use_registry(STREAM, m)", "site 'stream' is tested with"),
        ("resolve(p)", "resolve(m)", "site 'stream' is tested with"),
        ("    provider_config = STREAM.resolve(p)\n", "    pass\n", "must begin with `provider_config = SITE.resolve("),
        (
            "use_registry(STREAM, p)",
            "use_registry(STREAM, p) and flag",
            "`p == 'near'` became `use_registry(STREAM, p) and flag`",
        ),
        ("use_registry(STREAM, p)", "use_registry(OTHER, p)", "`p == 'near'` became `use_registry(OTHER, p)`"),
    ],
)
def test_a_front_with_a_wrong_part_is_refused(findings, old, new, reason):
    text = findings(CHAIN, APPLIED.replace(old, new))
    assert reason in text


def test_another_subject_on_both_calls_is_refused(findings):
    assert "at key 'near'" in findings(
        CHAIN, APPLIED.replace("STREAM, p)", "STREAM, m)").replace("resolve(p)", "resolve(m)")
    )


def test_a_subject_that_is_computed_is_refused(findings):
    legacy, new = CHAIN.replace("p ==", "p() =="), APPLIED.replace("p ==", "p() ==")
    text = findings(legacy, new.replace("STREAM, p)", "STREAM, p())").replace("resolve(p)", "resolve(p())"))
    assert "the subject 'p()' is not a plain read" in text


@pytest.mark.parametrize("subject", ["m.provider", "m['provider']", "m.route.provider"])
def test_attributes_and_items_are_plain_subjects(prove, subject):
    spelled = [text.replace("p ==", f"{subject} ==").replace("m)", "0)") for text in (CHAIN, APPLIED)]
    new = spelled[1].replace("STREAM, p)", f"STREAM, {subject})").replace("resolve(p)", f"resolve({subject})")
    assert prove(spelled[0], new).valid


def test_a_local_name_that_the_function_has_already_is_refused(findings):
    legacy, new = (f"{text}\nprint(provider_config)" for text in (CHAIN, APPLIED))
    assert "the legacy code around the site uses the name 'provider_config' already" in findings(legacy, new)


def test_a_function_that_looks_at_its_locals_is_refused(findings):
    legacy, new = (text.replace("return out", "return locals()") for text in (CHAIN, APPLIED))
    assert "the function looks at its own local names, where 'provider_config' would show" in findings(legacy, new)


def test_a_site_in_the_body_of_a_class_is_refused(findings):
    legacy, new = (text.replace("return out", "x = out") for text in (CHAIN, APPLIED))
    assert "'provider_config' would become an attribute of a class" in findings(legacy, new, head="class Route:\n")


def test_a_front_inside_a_loop_keeps_continue_and_await(prove):
    chain = """
for p in m:
    if p == "near":
        out = await make_near(m)
        if out:
            continue
    elif p == "far":
        break
"""
    front = """if use_registry(STREAM, p):
        provider_config = STREAM.resolve(p)
        out = await provider_config.make(m)
        if out:
            continue
    elif p == "near\""""
    new = chain.replace('if p == "near"', front, 1)
    head = "async def route(p, m):\n"
    assert prove(chain, new, head=head).valid
    assert not prove(chain, new.replace("continue", "break", 1), head=head).valid


def test_two_sites_one_after_the_other_are_proved_apart(prove):
    legacy, new = CHAIN.replace("return out", "") * 2, APPLIED.replace("return out", "") * 2
    certificate = prove(legacy, new)
    assert certificate.valid
    assert [site.line for site in certificate.sites] == [5, 17]


def test_a_site_inside_the_default_arm_of_another_is_proved_too(prove):
    inner = [text.replace("return out", "").replace("\n", "\n    ").rstrip() for text in (CHAIN, APPLIED)]
    legacy, new = (f'if m == "x":\n    out = 1\nelse:{text}' for text in inner)
    assert prove(legacy, new).valid


MATCH = """
match p:
    case "near" | "nearer":
        out = make_near(m)
    case "far":
        m = 1
        out = make_far(m)
    case _:
        out = None
"""
CASE = """\
    case _ if use_registry(STREAM, p):
        provider_config = STREAM.resolve(p)
        out = provider_config.make(m)
"""


def test_a_first_case_in_front_of_a_match_is_certified(prove):
    new = MATCH.replace("match p:\n", f"match p:\n{CASE}")
    assert prove(MATCH, new).valid
    assert not prove(MATCH, new.replace("case _ if use_registry(STREAM, p)", "case _")).valid
    assert not prove(MATCH, new.replace('    case "far":\n        m = 1', '    case "far":\n        m = 2')).valid


def test_a_match_that_lost_a_key_is_refused_at_that_key(findings):
    new = MATCH.replace(
        '    case "near" | "nearer":\n        out = make_near(m)\n',
        CASE.replace("use_registry(STREAM, p)", "p in STREAM"),
    )
    text = findings(MATCH, new, stage="finished")
    assert "at key 'nearer': `make_near(m)` became `None`" in text
    assert text.count("at key") == 1


@pytest.mark.parametrize("case", ["case None:", "case '' | None:", "case 'odd' if m.ready():"])
def test_other_cases_that_the_key_decides_are_kept(prove, case):
    more = MATCH.replace('    case "far"', f"    {case}\n        out = 3\n    case 'far'")
    new = more.replace("match p:\n", f"match p:\n{CASE}")
    assert prove(more, new).valid
    lost = '    case "near" | "nearer":\n        out = make_near(m)\n'
    kept = more.replace(lost, CASE.replace("use_registry(STREAM, p)", "p in STREAM"))
    assert not prove(more, kept, stage="finished").valid, "the key 'nearer' was lost"


@pytest.mark.parametrize(
    "case", ["case m.NEAR:", "case {'p': 1}:", "case [*_]:", "case 'near' if m.ready():", "case m.A | 'x':"]
)
def test_a_case_that_the_key_does_not_decide_is_refused_in_front_of_the_key(prove, case):
    more = MATCH.replace('    case "near"', f"    {case}\n        out = 3\n    case 'near'")
    assert not prove(more, more.replace("match p:\n", f"match p:\n{CASE}")).valid
    behind = MATCH.replace('    case "far"', f"    {case}\n        out = 3\n    case 'far'")
    assert prove(behind, behind.replace("match p:\n", f"match p:\n{CASE}")).valid


def test_a_capture_pattern_stays_open_and_is_kept(prove):
    captures = MATCH.replace("case _:\n        out = None", "case other:\n        out = other")
    assert prove(captures, captures.replace("match p:\n", f"match p:\n{CASE}")).valid


SIBLINGS = """
if p == "near":
    return make_near(m)
if p == "far":
    return make_far(m, 1)
return make_main(m)
"""
RETURNS = "    provider_config = STREAM.resolve(p)\n    return provider_config.make(m)\n"


@pytest.mark.parametrize("word", ["if", "elif"])
def test_sibling_ifs_that_all_end_are_certified_behind_a_front(prove, word):
    new = SIBLINGS.replace('\nif p == "near"', f'\nif use_registry(STREAM, p):\n{RETURNS}{word} p == "near"', 1)
    assert prove(SIBLINGS, new).valid


def test_sibling_ifs_of_which_one_goes_on_are_refused(findings):
    open_end = SIBLINGS.replace("return make_near(m)", "out = make_near(m)")
    new = open_end.replace('\nif p == "near"', f'\nif use_registry(STREAM, p):\n{TEMPLATE}elif p == "near"', 1)
    assert findings(open_end, new) == "", "the front stands for one `if`, and goes on behind it as the legacy code did"
    returning = open_end.replace('\nif p == "near"', f'\nif use_registry(STREAM, p):\n{RETURNS}if p == "near"', 1)
    assert "at key 'near': the statement Assign became the statement Return" in findings(open_end, returning)


def test_a_sibling_that_may_change_the_subject_ends_the_chain(prove):
    legacy = 'if m.go(SUBJECT):\n    return 1\nif SUBJECT == "near":\n    return make_near(m)\nreturn None'
    template = "provider_config = STREAM.resolve(SUBJECT)\n    if m.go(SUBJECT):\n        return 1\n"
    template += "    return provider_config.make(m)"
    new = f"if SUBJECT in STREAM:\n    {template}\nif m.go(SUBJECT):\n    return 1\nreturn None"
    held = [text.replace("SUBJECT", "p") for text in (legacy, new)]
    assert prove(*held, stage="finished").valid
    open_to_change = [text.replace("SUBJECT", "m.p") for text in (legacy, new)]
    assert not prove(*open_to_change, stage="finished").valid


def test_sibling_ifs_are_certified_after_finish(prove):
    kept = SIBLINGS.replace('\nif p == "near":\n    return make_near(m)\n', f"\nif p in STREAM:\n{RETURNS}")
    assert prove(SIBLINGS, kept, stage="finished").valid
    assert not prove(SIBLINGS, kept.replace("make_far(m, 1)", "make_far(m, 2)"), stage="finished").valid
    assert not prove(SIBLINGS, kept.replace("return make_main(m)", "return None"), stage="finished").valid


def test_a_default_behind_siblings_goes_into_the_template(prove):
    plain = SIBLINGS.replace('if p == "far":\n    return make_far(m, 1)\n', "")
    assert prove(plain, RETURNS.replace("    ", ""), stage="finished").valid
    assert not prove(plain + "\nx = 1", RETURNS.replace("    ", ""), stage="finished").valid


CONDITIONAL = 'out = make_near(m) if p == "near" else make_main(m)'


def test_a_conditional_expression_is_certified_as_statements(prove):
    front = f"if use_registry(STREAM, p):\n{TEMPLATE}else:\n    {CONDITIONAL}"
    assert prove(CONDITIONAL, front).valid
    assert prove(CONDITIONAL, TEMPLATE.replace("    ", ""), stage="finished").valid
    assert not prove(CONDITIONAL, TEMPLATE.replace("    ", "").replace("(m)", "(p)"), stage="finished").valid


def test_a_conditional_expression_behind_a_call_is_decided_only_for_a_subject_that_stays(prove):
    legacy = 'out = m.next(make_near if p == "near" else make_main)'
    new = f"if use_registry(STREAM, p):\n{TEMPLATE}else:\n    {legacy}".replace(
        "provider_config.make(m)", "m.next(provider_config.make)"
    )
    assert prove(legacy, new).valid
    attribute = [
        text.replace("p ==", "m.p ==").replace(", p)", ", m.p)").replace("(p)", "(m.p)") for text in (legacy, new)
    ]
    assert not prove(*attribute).valid


LAZY = """
if p == "near":
    from src.near import make_near as call
    out = call(m)
elif p == "far":
    from src.far import make_far as call
    out = call(m)
else:
    out = None
"""


def test_imports_inside_the_branches_become_lazy_slots(prove, findings, config):
    lazy = config.replace(
        '"stream": {"slots": ["make"], "default": "main", "kept": ["far"], "kept_slots": ["process"]',
        '"stream": {"slots": ["make"], "lazy": True',
    )
    lazy = lazy.replace('"sites": ["chat"]', '"sites": "*"')
    new = LAZY.replace('\nif p == "near"', f'\nif use_registry(STREAM, p):\n{TEMPLATE}elif p == "near"')
    assert prove(LAZY, new, config=lazy).valid
    assert not prove(LAZY, new, config=lazy.replace('"src.far"', '"src.near"')).valid
    late = "'call', which the branch imports, is used outside of the chain"
    assert late in findings(LAZY + "call(m)", new + "call(m)", config=lazy)
    unread = LAZY.replace("import make_near as call", "import make_near as call, other")
    assert "imports 'other' and never reads it" in findings(
        unread, new.replace("as call", "as call, other", 1), config=lazy
    )


def test_a_dropped_dead_branch_that_made_a_name_local_is_refused_where_the_name_is_read(findings):
    legacy = CHAIN.replace("else:", 'elif p == "far":\n    flag2 = 1\nelse:')
    assert findings(legacy, FINISHED, stage="finished") == ""
    for reading in ("flag2", "late = lambda: flag2"):
        found = findings(legacy + reading, FINISHED + reading, stage="finished")
        assert "'flag2' is a local name of 'route' on one side only" in found


def test_a_dropped_dead_branch_that_made_the_function_a_generator_is_refused(findings):
    legacy = CHAIN.replace("else:", 'elif p == "far":\n    yield 1\nelse:')
    assert "'route' is a generator on one side only" in findings(legacy, FINISHED, stage="finished")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("return out", "return m", "`out` became `m`\n  legacy:   return out\n  registry: return m"),
        ("return out", "pass", "the statement Return became the statement Pass"),
        (
            "return out",
            "return out\nm = 1",
            "the legacy code has no such statement\n  legacy:   (nothing)\n  registry: m = 1",
        ),
        ("return out\n", "", "the statement is gone\n  legacy:   return out\n  registry: (nothing)"),
    ],
)
def test_a_change_outside_of_the_sites_is_refused(findings, old, new, reason):
    assert reason in findings(CHAIN, APPLIED.replace(old, new))


NEIGHBOURS = """
if p == "near":
    return make_near(m)
if p == "far":
    return make_far(m)
if p == "near":
    out = process_near(m)
elif p == "far":
    out = process_far(m)
else:
    out = process_main(m)
return out
"""
BOTH = """
if p in CHAT:
    provider_config = CHAT.resolve(p)
    return provider_config.make(m)
provider_config = STREAM.resolve(p)
out = provider_config.process(m)
return out
"""


def test_neighbouring_chains_on_one_subject_are_proved_apart(prove, findings, config):
    tables = config.replace('"kept": ["far"], "kept_slots": ["process"]', '"values": []').replace('["chat"]', '"*"')
    tables = tables.replace('"stream": {"slots": ["make"]', '"stream": {"slots": ["process"]')
    certificate = prove(NEIGHBOURS, BOTH, stage="finished", config=tables)
    assert list(certificate.findings()) == []
    assert [site.site for site in certificate.sites] == ["chat", "stream"]
    swapped = BOTH.replace("CHAT", "OTHER").replace("STREAM", "CHAT").replace("OTHER", "STREAM")
    assert "at key 'near'" in findings(NEIGHBOURS, swapped, stage="finished", config=tables)
    lost = BOTH.replace(
        "if p in CHAT:\n    provider_config = CHAT.resolve(p)\n    return provider_config.make(m)\n", ""
    )
    assert not prove(NEIGHBOURS, lost, stage="finished", config=tables).valid


ARMS = """
if flag:
    if p == "near":
        out = make_near(m)
    else:
        out = make_main(m)
else:
    if p == "near":
        out = process_near(m)
    else:
        out = process_main(m)
return out
"""
BOTH_ARMS = """
if flag:
    provider_config = CHAT.resolve(p)
    out = provider_config.make(m)
else:
    provider_config = STREAM.resolve(p)
    out = provider_config.process(m)
return out
"""


def test_sites_in_both_arms_of_another_test_are_certified(prove, config):
    tables = config.replace('"stream": {"slots": ["make"]', '"stream": {"slots": ["process"]').replace('["chat"]', "[]")
    tables = tables.replace('"timeout"]}', '"timeout"], "kept": ["far"]}')
    assert list(prove(ARMS, BOTH_ARMS, stage="finished", config=tables).findings()) == []
    assert not prove(ARMS, BOTH_ARMS.replace("if flag", "if not flag"), stage="finished", config=tables).valid
    assert not prove(ARMS, BOTH_ARMS.replace("CHAT", "STREAM"), stage="finished", config=tables).valid
