"""The lookup at a site is the legacy chain's own comparison, for any subject at all."""

from enum import Enum, StrEnum
from unittest.mock import ANY

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutover_registry import ProviderRegistry, Site, UnknownProvider, fault_counts, hold_arm, use_registry

KEYS = ("featherless", "near", "huggingface")


class P(str, Enum):  # noqa: UP042  its hash is not its value's
    NEAR = "near"
    NOBODY = "nobody"


class S(StrEnum):
    NEAR = "near"
    NOBODY = "nobody"


class Plain(Enum):
    NEAR = "near"


class Text(str):
    """A str with a hash of its own, equal as a str is equal."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 7


class Folding:
    """Equal without regard to case, and not hashable."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.lower() == self.text.lower()

    __hash__ = None


class Never:
    def __eq__(self, other: object) -> bool:
        raise ValueError("do not compare me")

    __hash__ = object.__hash__


class Unhashable(str):
    __slots__ = ()

    def __hash__(self) -> int:
        raise TypeError("no hash")

    def __eq__(self, other: object) -> bool:
        return str(self) == other


SUBJECTS = [
    *KEYS, "openrouter", "nobody", "", "NEAR", " near", "near ", "hug", "n\u0435ar",
    None, 0, 1.5, True, (), ("near",), [], ["near"], {}, {"near": 1}, b"near",
    P.NEAR, P.NOBODY, S.NEAR, S.NOBODY, Plain.NEAR, Text("near"), Text("nobody"), Folding("NEAR"), Folding("x"),
    Unhashable("near"), Unhashable("x"), ANY, object(), str, float("nan"),
]  # fmt: skip


def legacy_chain(subject: object) -> str | None:
    if subject == "featherless":
        return "featherless"
    if subject == "near":
        return "near"
    if subject == "huggingface":
        return "huggingface"
    return None


@pytest.fixture
def chat(registry: ProviderRegistry) -> Site:
    return registry.bind({}, "chat")[0]


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda value: repr(value).partition(" at 0x")[0])
def test_a_subject_takes_the_branch_that_the_chain_took(subject, chat):
    expected = legacy_chain(subject)
    assert (subject in chat) is (expected is not None)
    assert chat.resolve(subject).name == (expected or "openrouter")
    with hold_arm("registry"):
        assert use_registry(chat, subject) is (expected is not None)
    with hold_arm("legacy"):
        assert use_registry(chat, subject) is False


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.text(), st.sampled_from(KEYS), st.none(), st.integers(), st.lists(st.text()), st.binary()))
def test_any_subject_takes_the_branch_that_the_chain_took(subject):
    registry = ProviderRegistry.from_mapping({
        "SITES": {"chat": {"slots": []}},
        "PROVIDER_CONFIGS": {key: {"sites": ["chat"]} for key in KEYS},
    })  # fmt: skip
    chat = registry.site("chat")
    expected = legacy_chain(subject)
    assert (subject in chat) is (expected is not None)
    if expected is None:
        with pytest.raises(UnknownProvider):
            chat.resolve(subject)
    else:
        assert chat.resolve(subject).name == expected


def test_a_comparison_that_raises_is_the_legacy_arms_to_raise(chat):
    before = fault_counts().get("use_registry", 0)
    with hold_arm("registry"):
        assert use_registry(chat, Never()) is False
    assert fault_counts()["use_registry"] == before + 1
    for look in (chat.resolve, chat.__contains__):
        with pytest.raises(ValueError, match="do not compare me"):
            look(Never())


def test_something_that_is_no_site_means_legacy_and_is_counted():
    before = fault_counts().get("use_registry", 0)
    assert use_registry(None, "near") is False
    assert fault_counts()["use_registry"] == before + 1


def test_the_first_fault_is_logged_and_the_next_ones_are_counted(chat, caplog, monkeypatch):
    monkeypatch.setattr("cutover_registry._faults._counts", __import__("collections").Counter())
    for _ in range(3):
        use_registry(None, "near")
    assert [record.getMessage() for record in caplog.records] == [
        "a failure in use_registry was swallowed; the next ones are only counted"
    ]
    assert fault_counts() == {"use_registry": 3}


def test_a_site_never_widens_what_its_chain_served(registry):
    chat, responses = registry.bind({}, "chat", "responses")
    with hold_arm("registry"):
        assert use_registry(chat, "near") is True
        assert use_registry(responses, "near") is False
    assert responses.resolve("near").name == "openrouter"


def test_a_site_without_a_default_says_who_is_there(tables):
    del tables["SITES"]["chat"]["default"]
    (chat,) = ProviderRegistry.from_mapping(tables).bind({}, "chat")
    with pytest.raises(UnknownProvider) as caught:
        chat.resolve("nobody")
    assert str(caught.value) == (
        "site 'chat' has no provider 'nobody' and no default that fills its slots; in its table are: featherless, "
        "near, huggingface; add the site to the entry's sites or give the site a default"
    )
    assert (caught.value.site, caught.value.asked, caught.value.known) == ("chat", "nobody", KEYS)
    assert caught.value.__suppress_context__


def test_a_default_that_does_not_fill_the_slots_is_no_default(tables):
    tables["PROVIDER_CONFIGS"]["openrouter"]["slots"] = {"process_response": None}
    (chat,) = ProviderRegistry.from_mapping(tables).bind({}, "chat")
    with pytest.raises(UnknownProvider):
        chat.resolve("nobody")


def test_the_default_is_gone_when_it_is_unregistered(registry, chat):
    registry.unregister("openrouter")
    with pytest.raises(UnknownProvider):
        chat.resolve("nobody")


def test_a_default_may_be_in_the_table_too(tables):
    tables["PROVIDER_CONFIGS"]["openrouter"]["sites"] = ["chat"]
    (chat,) = ProviderRegistry.from_mapping(tables).bind({}, "chat")
    assert "openrouter" in chat
    assert chat.resolve("nobody").name == "openrouter"


def test_timeout_and_values_are_plain(tables):
    tables["PROVIDER_CONFIGS"]["near"]["values"] = {"label": "Near AI"}
    (chat,) = ProviderRegistry.from_mapping(tables).bind({}, "chat")
    near = chat.resolve("near")
    assert (near.name, near.timeout, near.label) == ("near", 120, "Near AI")
    assert chat.resolve("featherless").timeout == 30


@pytest.mark.parametrize("attribute", ["mkae_request", "label", "config"])
def test_reading_what_a_provider_does_not_have_names_what_it_has(attribute, chat):
    with pytest.raises(AttributeError) as caught:
        getattr(chat.resolve("near"), attribute)
    assert str(caught.value) == (
        f"provider 'near' has no slot or value '{attribute}'; "
        "it has: make_request, process_response, make_request_stream"
    )


def test_a_site_and_a_bound_provider_show_what_they_are(chat, tables):
    assert repr(chat) == "<Site 'chat': featherless, near, huggingface>"
    assert repr(chat.resolve("near")) == "<BoundProvider 'near' at site 'chat'>"
    assert chat.slots == ("make_request", "process_response")
    empty = ProviderRegistry.from_mapping(tables | {"PROVIDER_CONFIGS": {}, "SITES": {"chat": {"slots": []}}})
    assert repr(empty.site("chat")) == "<Site 'chat': no providers>"
