"""Proposed names: of slots, values and sites; patterns with the provider's identifier; fresh names."""

import pytest

from cutover_migrate.rewrite import find_pattern, fresh, identifier, site_names, slot_name, value_name
from cutover_migrate.rewrite._naming import RESERVED, proper, provider_in


@pytest.mark.parametrize(
    ("key", "name"), [("near", "near"), ("near-ai", "near_ai"), ("x.ai", "x_ai"), ("a-b.c", "a_b_c")]
)
def test_an_identifier_is_the_key_as_functions_spell_it(key, name):
    assert identifier(key) == name


@pytest.mark.parametrize(
    ("callees", "pattern"),
    [
        ({"groq": "make_groq_request", "near": "make_near_request"}, "make_{}_request"),
        ({"near-ai": "make_near_ai", "x.ai": "make_x_ai"}, "make_{}"),
        ({"groq": "groq_client.make", "near": "near_client.make"}, "{}_client.make"),
        ({"groq": "make_groq", "near": "start"}, "make_{}"),
        ({"groq": "make_groq", "near": "start", "x": "go"}, None),
        ({"groq": "start", "near": "go"}, None),
        ({"a": "make_a", "b": "make_b"}, "make_{}"),
        ({"make": "make_make", "b": "make_b"}, "make_{}"),
        ({"ai": "make_air_ai", "b": "make_air_b"}, "make_air_{}"),
        ({"a": "banana", "b": "cab"}, None),
        ({"": "make", "b": "make_b"}, "make_{}"),
        ({"a": "{_a", "b": "{_b"}, None),
        ({}, None),
    ],
)
def test_a_pattern_is_what_at_least_half_of_the_callees_follow(callees, pattern):
    assert find_pattern(callees) == pattern


def test_the_commonest_pattern_wins():
    callees = {"a": "send_a", "b": "make_b", "c": "make_c"}
    assert find_pattern(callees) == "make_{}"


@pytest.mark.parametrize(
    ("callee", "pattern", "found"),
    [
        ("make_near_request", "make_{}_request", "near"),
        ("make_near_request", "make_{}", "near_request"),
        ("make_near", "make_{}_request", None),
        ("make__request", "make_{}_request", None),
        ("send_near_request", "make_{}_request", None),
    ],
)
def test_the_identifier_stands_at_the_hole(callee, pattern, found):
    assert provider_in(callee, pattern) == found


@pytest.mark.parametrize(
    ("pattern", "callees", "name"),
    [
        ("make_{}_request_openai", [], "make_request"),
        ("process_{}_response", [], "process_response"),
        ("{}_client.make_request", [], "make_request"),
        ("{}_openai", [], "openai"),
        ("{}", [], "call"),
        ("make{}", [], "make"),
        ("Make{}Client", [], "make_client"),
        ("{}Client", [], "client"),
        (None, ["make_a_request", "make_b_request"], "make_request"),
        (None, ["a.send", "b.send"], "send"),
        (None, ["start", "go"], "call"),
        (None, [], "call"),
        ("{}_timeout", [], "timeout_slot"),
        ("import_{}", [], "import_slot"),
        ("{}_2", [], "n2"),
    ],
)
def test_a_slot_is_named_after_what_its_callees_share(pattern, callees, name):
    assert slot_name(pattern, callees) == name


@pytest.mark.parametrize(
    ("context", "kind", "values", "name"),
    [
        ("timeout", "value", [1, 2], "timeout_slot"),
        ("maxTokens", "value", [1], "max_tokens"),
        ("X-Title", "value", ["a"], "x_title"),
        ("", "value", ["a", "b"], "label"),
        ("", "value", ["a", 1], "value"),
        ("", "attribute", ["a"], "method"),
        ("x", "attribute", ["a"], "x"),
        ("größe", "value", [1], "gr_e"),
        ("ü", "value", ["a"], "label"),
    ],
)
def test_a_value_is_named_after_what_it_is_given_to(context, kind, values, name):
    assert value_name(context, kind, values) == name


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_words_with_a_meaning_are_not_proposed(word):
    assert proper([word]) == f"{word}_slot"


@pytest.mark.parametrize(
    ("words", "name"), [([], "call"), (["a", "B"], "a_b"), (["1st"], "n1st"), (["_x_"], "x"), (["def"], "def_slot")]
)
def test_a_proper_name_is_an_attribute(words, name):
    assert proper(words) == name


@pytest.mark.parametrize(
    ("function", "callees", "names"),
    [
        ("chat", [["make_"]], ["chat"]),
        ("Gateway.chat_completions", [["make_request"]], ["chat_completions"]),
        ("chat", [["make_stream"], ["make_request", "process_response"]], ["chat_stream", "chat"]),
        ("chat", [["make_"], ["make_"]], ["chat", "chat"]),
        ("chat", [["send_chat"], ["send_chat", "make_chat"]], ["chat", "chat"]),
        ("", [["make_"]], ["site"]),
        ("handleChat", [["make_"]], ["handle_chat"]),
        ("größe", [[]], ["gr_e"]),
    ],
)
def test_a_site_is_named_after_its_function_and_what_is_only_its_own(function, callees, names):
    assert site_names(function, callees) == names


@pytest.mark.parametrize(
    ("taken", "name"), [([], "x"), (["y"], "x"), (["x"], "x_2"), (["x", "x_2"], "x_3"), (["x", "x_3"], "x_2")]
)
def test_a_fresh_name_has_the_first_free_number(taken, name):
    assert fresh("x", taken) == name


TAKEN = [
    "CHAT = 1",
    "from os import name as CHAT",
    "def other():\n    global CHAT\n    CHAT = 1",
    "def other(CHAT): return CHAT",
    "class CHAT: pass",
    "print(CHAT)",
]


@pytest.mark.parametrize("text", TAKEN)
def test_a_symbol_that_the_file_uses_already_is_not_taken_again(rewritten, chat, text):
    body = 'if p == "a":\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\nreturn None'
    found = rewritten(chat(body, head=f"from clients import make_a, make_b\n{text}"))
    assert list(found.sites) == ["chat_2"]
    assert "if p in CHAT_2:" in found.finished


@pytest.mark.parametrize("define", ["def chat(p, m, CHAT=None):", "def chat(p, m, *CHAT):"])
def test_a_parameter_in_capitals_is_not_shadowed(rewritten, chat, define):
    body = 'if p == "a":\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\nreturn None'
    assert list(rewritten(chat(body, define=define)).sites) == ["chat_2"]


def test_a_lower_case_name_does_not_take_the_symbol(rewritten, chat):
    body = 'chat = 1\nif p == "a":\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\nreturn None'
    assert list(rewritten(chat(body)).sites) == ["chat"]
