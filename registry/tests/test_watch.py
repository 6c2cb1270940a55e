"""Who looks on: decisions of the switch, arguments of calls, and names that the table does not know."""

import pytest

from cutover_registry import (
    ProviderRegistry,
    RecordingHook,
    bound_sites,
    fault_counts,
    hold_arm,
    observe_more,
    use_registry,
    watch_switch,
)

TABLES = {
    "SITES": {"chat": {"slots": ["ask"]}},
    "PROVIDER_CONFIGS": {"near": {"sites": ["chat"], "slots": {"ask": "json:dumps as ask_near"}}},
}


@pytest.fixture
def bound():
    names = {"__name__": "routes", "ask_old": len, "LIMIT": 3}
    (chat,) = ProviderRegistry.from_mapping(TABLES).bind(names, "chat")
    return names, chat


def test_a_watcher_is_told_of_each_decision_about_a_known_key(bound):
    seen = []
    end = watch_switch(lambda site, key, on: seen.append((site.name, key, on)))
    assert not use_registry(bound[1], "near")
    assert not use_registry(bound[1], "nobody")
    with hold_arm("registry"):
        assert use_registry(bound[1], "near")
    end()
    use_registry(bound[1], "near")
    assert seen == [("chat", "near", False), ("chat", "near", True)]


def test_a_watcher_that_fails_changes_nothing_and_is_counted(bound):
    def failing(site, key, on):
        raise RuntimeError(key)

    before = fault_counts().get("watch_switch", 0)
    end = watch_switch(failing)
    with hold_arm("registry"):
        assert use_registry(bound[1], "near")
    end()
    assert fault_counts()["watch_switch"] == before + 1


def test_a_site_answers_from_its_table_again_when_nobody_watches(bound):
    end = watch_switch(lambda *_: None)
    assert bound[1]._on == {}
    end()
    assert bound[1]._on == {"near": False}


def test_bound_sites_are_told_with_their_module(bound):
    assert ("routes", bound[1]) in bound_sites()


def test_a_function_that_no_entry_names_is_observed_until_the_end(bound):
    names, chat = bound
    end = observe_more(chat, {"ask_old": "near", "LIMIT": "near", "missing": "near"})
    with RecordingHook() as hook:
        assert names["ask_old"]("four") == 4
    assert [(attempt.provider, attempt.function, attempt.arm) for attempt in hook.attempts] == [
        ("near", "ask_old", "legacy")
    ]
    end()
    assert names["ask_old"] is len
    assert (names["LIMIT"], "missing" in names) == (3, False)


def test_a_name_that_was_patched_meanwhile_is_left_alone(bound):
    names, chat = bound
    end = observe_more(chat, {"ask_old": "near"})
    names["ask_old"] = sum
    end()
    assert names["ask_old"] is sum


def test_a_hook_that_wants_them_is_shown_the_arguments(bound):
    class Arguments(RecordingHook):
        def called(self, token, args, kwargs):
            self.shown = token, args, dict(kwargs)

    with Arguments() as hook:
        bound[1].resolve("near").ask([1], indent=None)
    assert hook.shown == (0, ([1],), {"indent": None})
