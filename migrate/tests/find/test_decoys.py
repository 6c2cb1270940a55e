"""Chains that dispatch on something else than providers, by their shape; and those that only look so."""

import pytest

from cutover_migrate.find import decoy_of


@pytest.fixture(scope="session")
def decoy(chains_of):
    """The decoy code of the first chain of a text."""
    return lambda text: decoy_of(chains_of(text)[0])


def chain(subject, *branches):
    lines = [
        line
        for key, body in branches
        for line in (f"elif {subject} == {key!r}:", *(f"    {one}" for one in body.split("\n")))
    ]
    return "\n".join(lines)[2:]


def within(head, body):
    return head + "\n" + "\n".join(f"        {line}" for line in body.split("\n"))


LOOP = "def flat(parts):\n    for part in parts:"
PARTS = (("text", "add(part['text'])"), ("image", "add(part['image_url'])"), ("file", "add(part.get('file'))"))


@pytest.mark.parametrize(
    "text",
    [
        within(LOOP, chain("part['type']", *PARTS)),
        within(LOOP, chain("part.get('type')", *PARTS)),
        within(LOOP, chain("part.get('type', '').lower()", *PARTS)),
        within(LOOP, chain("getattr(part, 'kind', None)", *PARTS)),
        within(LOOP, "kind = part['type']\n" + chain("kind", *PARTS)),
        within(LOOP, "kind: str = part.get('type') or ''\n" + chain("kind", *PARTS)),
        within("async def flat(parts):\n    async for part in parts:", chain("part['type']", *PARTS)),
        within("def flat(parts):\n    for number, part in enumerate(parts):", chain("part['type']", *PARTS)),
        within(LOOP, chain("part.type", ("text", "add(part.text)"), ("image", "add(part.image_url)"))),
        within(LOOP, chain("part['type']", *PARTS, ("other", "pass"))),
        within(
            "def flat(events):\n    for event in events:",
            chain(
                "event['block']['type']",
                ("text", "add(event['block']['text'])"),
                ("tool", "add(event['block']['input'], event['index'])"),
            ),
        ),
        "def flat(parts):\n"
        "    return [p['text'] if p['type'] == 'text' else p['url'] if p['type'] == 'image' else '' for p in parts]",
        within(LOOP, "match part['type']:\n    case 'text': add(part['text'])\n    case 'image': add(part['url'])"),
    ],
)
def test_branches_that_read_different_items_of_a_loops_element_tell_its_parts_apart(decoy, text):
    assert decoy(text) == "content-parts"


@pytest.mark.parametrize(
    "text",
    [
        "def make(config):\n    "
        + chain("config['provider']", ("a", "f(config['api_key'])"), ("b", "g(config['api_key'])")).replace(
            "\n", "\n    "
        ),
        "def make(config):\n    "
        + chain("config['provider']", ("a", "f(config['endpoint'])"), ("b", "g(config['region'])")).replace(
            "\n", "\n    "
        ),
        "def make(config):\n    "
        + chain("config['provider']", ("a", "f(config['a'])"), ("b", "g(config['b'])")).replace("\n", "\n    "),
        "def make(settings):\n    "
        + chain("settings.llm", ("a", "f(settings.a_key)"), ("b", "g(settings.b_key)")).replace("\n", "\n    "),
        within(LOOP, chain("part['provider']", ("a", "f(part['model'])"), ("b", "g(part['model'])"))),
        within(LOOP, chain("part.provider", ("a", "f(part.model, part.x)"), ("b", "g(part.model, part.y)"))),
        within(LOOP, chain("part['provider']", ("a", "f(text)"), ("b", "g(text)"))),
        within(LOOP, chain("part['provider']", ("a", "f(part['endpoint'])"), ("b", "g(text)"))),
        within(LOOP, chain("provider", ("a", "f(part['endpoint'])"), ("b", "g(part['region'])"))),
        within(LOOP, chain("part", ("a", "f(text)"), ("b", "g(text)"))),
        within(LOOP, "kind = part['type']\nkind = kind or other\n" + chain("kind", *PARTS)),
    ],
)
def test_a_provider_and_its_settings_are_no_parts(decoy, text):
    assert decoy(text) is None


def test_parameters_that_are_only_stored_under_other_names_are_no_providers(decoy):
    loop = "def translate(given):\n    for name, value in given.items():"
    stores = (("stop", "out['stop_sequences'] = value"), ("seed", "out['random_seed'] = value\ncontinue"))
    assert decoy(within(loop, chain("name", *stores))) == "parameter-names"
    assert decoy(within(loop, chain("name", *stores, ("tools", "out['tools'] = read(value)")))) == "parameter-names"
    assert (
        decoy(within(loop, chain("name", ("a", "self.stop = value"), ("b", "self.seed = value")))) == "parameter-names"
    )


def test_providers_that_a_loop_goes_through_are_no_parameters(decoy):
    loop = "def clients(settings):\n    for name, value in settings.items():"
    made = (("a", "out['a'] = A(value)"), ("b", "out['b'] = B(value)"))
    assert decoy(within(loop, chain("name", *made))) is None
    assert decoy(within(loop, chain("other", ("a", "out['a'] = value"), ("b", "out['b'] = value")))) is None
    assert decoy(within(loop, chain("name", ("a", "client = value"), ("b", "client = other")))) is None
    assert decoy(within(loop, chain("name", ("a", "out[value] = name"), ("b", "out[name] = value")))) is None


@pytest.mark.parametrize(
    ("before", "subject"),
    [
        ("", "error.code"),
        ("", "str(error)"),
        ("", "error.response.status.lower()"),
        ("", "getattr(error, 'code', None)"),
        ("", "error.body['type']"),
        ("code = error.code\n", "code"),
        ("code = str(error).strip()\n", "code"),
    ],
)
def test_what_a_caught_exception_says_is_no_provider(decoy, before, subject):
    text = before + chain(subject, ("busy", "wait()"), ("lost", "give_up()"))
    assert decoy(within("def f():\n    try: call()\n    except E as error:", text)) == "error-text"


def test_a_provider_inside_an_except_is_still_one(decoy):
    text = chain("provider", ("a", "f(error)"), ("b", "g(error)"))
    assert decoy(within("def f(provider):\n    try: call()\n    except E as error:", text)) is None


def test_keys_that_are_all_media_types_are_no_providers(decoy):
    assert decoy(chain("kind", ("text/plain", "f()"), ("application/json", "g()"))) == "content-types"
    assert decoy(chain("kind", ("text/html; charset=utf-8", "f()"), ("image/*", "g()"), ("", "h()"))) == "content-types"


@pytest.mark.parametrize(
    "keys", [("openai/gpt-4o", "text/plain"), ("openai/gpt-4o", "groq/llama"), ("text", "image"), (1, 2)]
)
def test_keys_with_a_slash_can_still_be_models(decoy, keys):
    assert decoy(chain("model", *((key, "f()") for key in keys))) is None


def test_keys_that_are_all_roles_of_messages_are_no_providers(decoy):
    assert decoy(chain("x['role']", ("system", "f()"), ("user", "g()"))) == "message-roles"
    assert decoy(chain("x", ("system", "f()"), ("user", "g()"), ("groq", "h()"))) is None
    assert decoy("if x == 'user' and y:\n    f()\nelif x == 'tool':\n    f()\nelif x == 'tool':\n    g()") is None


@pytest.mark.parametrize(
    "text",
    [
        "if '429' in text or 'rate limit' in text:\n    f()\nelif '503' in text:\n    g()",
        "if text.startswith('a'):\n    f()\nelif text.startswith('b'):\n    g()",
    ],
)
def test_tests_of_a_texts_parts_are_not_even_a_chain(chains_of, text):
    assert chains_of(text) == []
