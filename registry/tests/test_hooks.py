"""Hooks hear both arms alike, and nothing is in anybody's way while no hook listens."""

import time
from unittest.mock import patch

import pytest

from cutover_registry import (
    ProviderConfig,
    ProviderRegistry,
    RecordingHook,
    add_hook,
    hold_arm,
    remove_hook,
    use_registry,
)
from cutover_registry._observe import ObservedCallable, unobserved


class Gateway:
    """A namespace with both arms, as the codemod leaves them."""

    def __init__(self, registry: ProviderRegistry, *sites: str) -> None:
        self.names: dict = {}
        self.registry = registry
        self.sites = {site.name: site for site in registry.bind(self.names, *sites)}

    def call(self, site: str, provider: str, model: str = "llama"):
        at = self.sites[site]
        if use_registry(at, provider):
            config = at.resolve(provider)
            return config.process_response(config.make_request([], model))
        raw = self.names[f"make_{provider}_request_openai"]([], model)
        return self.names[f"process_{provider}_response"](raw)


@pytest.fixture
def gateway(registry) -> Gateway:
    return Gateway(registry, "chat", "chat_stream")


def told(hook: RecordingHook) -> list[tuple]:
    return [(each.provider, each.slot, each.function, each.arm, each.site, each.model) for each in hook.attempts]


@pytest.mark.parametrize("arm", ["legacy", "registry"])
def test_both_arms_are_told_alike(arm, gateway):
    with hold_arm(arm), RecordingHook() as hook:
        answer = gateway.call("chat", "near")
    assert answer == ("near", "processed", ("near", "request", "llama"))
    assert told(hook) == [("near", "make_request", "make_near_request_openai", arm, "chat", "llama")]
    assert len(hook.outcomes) == 1


def test_without_a_hook_nothing_is_wrapped(gateway):
    with RecordingHook():
        pass
    assert not any(type(value) is ObservedCallable for value in gateway.names.values())
    assert gateway.sites["chat"].resolve("near").make_request is gateway.names["make_near_request_openai"]


def test_while_a_hook_listens_only_call_slots_are_wrapped_in_place(gateway, hook):
    wrapped = {name for name, value in gateway.names.items() if type(value) is ObservedCallable}
    assert wrapped == {name for name in gateway.names if name.startswith("make_")}


def test_the_last_hook_that_leaves_takes_the_wrapping_with_it(gateway):
    before = dict(gateway.names)
    first, second = RecordingHook(), RecordingHook()
    add_hook(first)
    add_hook(second)
    remove_hook(first)
    assert type(gateway.names["make_near_request_openai"]) is ObservedCallable
    remove_hook(second)
    assert all(gateway.names[name] is before[name] for name in before)


def test_a_hook_is_added_once_and_may_be_removed_twice(gateway):
    hook = RecordingHook()
    add_hook(hook)
    add_hook(hook)
    gateway.call("chat", "near")
    remove_hook(hook)
    remove_hook(hook)
    gateway.call("chat", "near")
    assert len(hook.attempts) == 1


def test_hooks_that_compare_equal_are_still_two(gateway):
    class Equal(RecordingHook):
        def __eq__(self, other):
            return True

        __hash__ = None

    with Equal() as one, Equal() as other:
        gateway.call("chat", "near")
    assert (len(one.attempts), len(other.attempts)) == (1, 1)


def test_the_registry_arm_is_told_once_although_the_name_is_wrapped(gateway, hook):
    with hold_arm("registry"):
        gateway.call("chat", "near")
    assert [attempt.arm for attempt in hook.attempts] == ["registry"]


def test_the_registry_arms_function_is_the_same_at_each_read(gateway, hook):
    near = gateway.sites["chat"].resolve("near")
    assert near.make_request is near.make_request
    gateway.names["make_near_request_openai"] = len
    assert unobserved(near.make_request) is len


def test_a_module_that_is_bound_while_a_hook_listens_is_heard(registry, hook):
    Gateway(registry, "chat").call("chat", "near")
    assert [attempt.arm for attempt in hook.attempts] == ["legacy"]


def test_a_provider_that_joins_while_a_hook_listens_is_heard(gateway, project, hook):
    gateway.registry.register(ProviderConfig("new", project.client("new"), sites=("chat",)))
    gateway.call("chat", "new")
    assert hook.attempts[0].provider == "new"


def test_a_patch_is_heard_in_the_registry_arm_and_left_alone_in_the_legacy_arm(gateway, hook):
    with patch.dict(gateway.names, make_near_request_openai=lambda messages, model: "patched"):
        assert gateway.call("chat", "near") == ("near", "processed", "patched")
        with hold_arm("registry"):
            assert gateway.call("chat", "near") == ("near", "processed", "patched")
    assert [attempt.arm for attempt in hook.attempts] == ["registry"]


def test_a_patch_that_outlives_the_hook_is_left_alone(gateway):
    add_hook(hook := RecordingHook())
    with patch.dict(gateway.names, make_near_request_openai=len):
        remove_hook(hook)
        assert gateway.names["make_near_request_openai"] is len
    gateway.call("chat", "near")
    assert hook.attempts == []


def test_a_name_that_two_sites_read_is_told_with_both(registry, hook):
    gateway = Gateway(registry, "chat", "responses")
    gateway.call("chat", "featherless")
    gateway.call("chat", "near")
    assert [(attempt.provider, attempt.site) for attempt in hook.attempts] == [
        ("featherless", "chat,responses"),
        ("near", "chat"),
    ]


def test_sites_that_were_bound_one_by_one_in_a_module_are_told_together(registry, hook):
    names: dict = {}
    sites = [registry.bind(names, "chat"), registry.bind(names, "responses")]
    names["make_featherless_request_openai"]([], "llama")
    assert (len(sites), hook.attempts[0].site) == (2, "chat,responses")


def test_a_function_of_the_module_itself_is_heard_although_it_is_defined_after_the_binding(tables, hook):
    tables["PROVIDER_CONFIGS"]["near"]["slots"] = {"make_request": ".ask_near"}
    gateway = Gateway(ProviderRegistry.from_mapping(tables), "chat")
    gateway.names["ask_near"] = lambda messages, model: "asked"
    end = time.monotonic() + 30
    while type(gateway.names["ask_near"]) is not ObservedCallable and time.monotonic() < end:
        time.sleep(0.02)
    assert gateway.names["ask_near"]([], "llama") == "asked"
    assert [(attempt.provider, attempt.arm) for attempt in hook.attempts] == [("near", "legacy")]


def test_a_late_look_leaves_a_patch_alone(gateway, hook):
    with patch.dict(gateway.names, make_near_request_openai=len):
        gateway.registry.observe(late=True)
        assert gateway.names["make_near_request_openai"] is len


def test_an_unregistered_provider_is_unwrapped_with_the_others(gateway):
    with RecordingHook():
        gateway.registry.unregister("near")
    assert type(gateway.names["make_near_request_openai"]) is not ObservedCallable


def test_a_replaced_provider_is_heard_anew(gateway, project, hook):
    module = project.write(
        "other_client", "def make_near_request_openai(*a): return 'other'\ndef process_near_response(r): return r\n"
    )
    gateway.registry.register(ProviderConfig("near", module, sites=("chat",)), replace=True)
    assert gateway.call("chat", "near") == "other"
    assert len(hook.attempts) == 1


def test_kept_and_default_providers_are_heard_too(tables, hook):
    tables["SITES"]["chat"]["kept"] = ["near"]
    gateway = Gateway(ProviderRegistry.from_mapping(tables), "chat")
    gateway.call("chat", "near")
    gateway.call("chat", "openrouter")
    assert [attempt.provider for attempt in hook.attempts] == ["near", "openrouter"]


def test_a_key_that_takes_the_default_is_told_with_the_defaults_name(gateway, hook):
    gateway.sites["chat"].resolve("nobody").make_request([], "llama")
    assert (hook.attempts[0].provider, hook.attempts[0].arm) == ("openrouter", "registry")


def test_a_name_that_two_providers_share_is_told_with_the_first(tables, project, hook):
    shared = {"make_request": "make_near_request_openai", "process_response": "process_near_response"}
    twin = {"module_name": project.name("near_client"), "sites": ["chat"], "slots": shared}
    tables["PROVIDER_CONFIGS"]["twin"] = twin
    gateway = Gateway(ProviderRegistry.from_mapping(tables), "chat")
    gateway.call("chat", "near")
    gateway.sites["chat"].resolve("twin").make_request([], "llama")
    assert [(attempt.provider, attempt.arm) for attempt in hook.attempts] == [("near", "legacy"), ("twin", "registry")]


def test_a_path_is_heard_in_the_registry_arm(tables, project, hook):
    project.client("near")
    tables["PROVIDER_CONFIGS"]["near"]["slots"] = {"make_request": "near_client.make_near_request_openai"}
    gateway = Gateway(ProviderRegistry.from_mapping(tables), "chat")
    assert gateway.sites["chat"].resolve("near").make_request([], "llama") == ("near", "request", "llama")
    assert hook.attempts[0].function == "near_client.make_near_request_openai"
    assert type(gateway.names["near_client"]) is not ObservedCallable


def test_a_lazy_site_is_heard_in_the_registry_arm(tables, hook):
    tables["SITES"]["chat"]["lazy"] = True
    gateway = Gateway(ProviderRegistry.from_mapping(tables), "chat")
    gateway.sites["chat"].resolve("near").make_request([], "llama")
    assert [attempt.arm for attempt in hook.attempts] == ["registry"]


def test_a_class_in_a_slot_is_left_a_class(tables, project, hook):
    project.write("near_client", "class Near:\n    def __init__(self, *a): pass\n")
    tables["PROVIDER_CONFIGS"]["near"]["slots"] = {"make_request": "Near", "process_response": "json:dumps"}
    gateway = Gateway(ProviderRegistry.from_mapping(tables), "chat")
    near = gateway.sites["chat"].resolve("near")
    assert isinstance(near.make_request(), gateway.names["Near"])
    assert hook.attempts == []


def test_what_a_helper_gives_for_a_failure_is_heard_when_it_is_called(tables, hook):
    def unavailable(*args):
        raise RuntimeError("503")

    names: dict = {}
    registry = ProviderRegistry.from_mapping(tables)
    registry.bind(names, "chat", load=lambda provider, wanted: dict.fromkeys(wanted, unavailable))
    with pytest.raises(RuntimeError, match="503"):
        names["make_near_request_openai"]([], "llama")
    assert str(hook.outcomes[0].error) == "503"


def test_a_name_that_holds_nothing_is_left_alone(tables, hook):
    names: dict = {}
    ProviderRegistry.from_mapping(tables).bind(names, "chat", load=lambda provider, wanted: {})
    assert names["make_near_request_openai"] is None


def test_a_function_that_another_bound_module_imports_is_heard_once(registry, hook):
    one = Gateway(registry, "chat")
    two: dict = {"make_near_request_openai": one.names["make_near_request_openai"]}
    registry.bind(two, "chat")
    two["make_near_request_openai"]([], "llama")
    assert len(hook.attempts) == 1


def test_a_site_without_a_module_is_heard(registry, hook):
    registry.site("chat").resolve("near").make_request([], "llama")
    assert [attempt.arm for attempt in hook.attempts] == ["registry"]


def test_slots_after_the_first_place_are_calls_where_they_stand_first_somewhere(tables, hook):
    tables["SITES"]["process_only"] = {"slots": ["process_response"]}
    gateway = Gateway(ProviderRegistry.from_mapping(tables), "chat")
    gateway.call("chat", "near")
    assert [attempt.slot for attempt in hook.attempts] == ["make_request", "process_response"]
