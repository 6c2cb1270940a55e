"""Readers never wait and never see half a table, whatever writers do beside them."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from cutover_registry import (
    DuplicateProvider,
    ProviderConfig,
    ProviderRegistry,
    RecordingHook,
    Tables,
    hold_arm,
    use_registry,
)


@pytest.fixture(autouse=True)
def busy_switching() -> Iterator[None]:
    """Let threads take turns far more often than usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def run_beside(readers: list[Callable[[], None]], writer: Callable[[], None]) -> None:
    """Run readers over and over while the writer runs once; raise what any of them raised."""
    done = threading.Event()
    errors: list[BaseException] = []

    def guarded(read: Callable[[], None]) -> None:
        try:
            while not done.is_set():
                read()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(read,)) for read in readers]
    for thread in threads:
        thread.start()
    try:
        writer()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def test_reading_while_registering_finds_whole_tables(registry):
    (chat,) = registry.bind({}, "chat")

    def read_site() -> None:
        assert chat.resolve("near").name == "near"
        assert chat.keys()[:3] == ("featherless", "near", "huggingface")
        assert not set(chat.keys()) - {"featherless", "near", "huggingface", "guest"}

    def read_registry() -> None:
        assert registry.get("near").timeout == 120
        assert registry.list_providers()[:3] == ["featherless", "near", "huggingface"]
        assert registry.timeouts()["near"] == 120

    def write() -> None:
        for _ in range(150):
            registry.register(ProviderConfig("guest", "json", sites=("chat",), slots=GUEST))
            registry.add_alias("visitor", "guest", replace=True)
            registry.unregister("guest")

    run_beside([read_site, read_registry], write)


GUEST = {"make_request": "json:dumps", "process_response": "json:loads", "make_request_stream": None}


def test_asking_the_switch_while_it_turns_gives_one_of_two_answers(registry):
    (chat,) = registry.bind({}, "chat")
    answers: set[object] = set()

    def write() -> None:
        for _ in range(300):
            with hold_arm("registry"):
                assert use_registry(chat, "near") is True
            assert use_registry(chat, "near") is False

    run_beside([lambda: answers.add(use_registry(chat, "near"))], write)
    assert answers <= {True, False}


def test_calling_while_hooks_come_and_go_never_fails(registry):
    names: dict = {}
    (chat,) = registry.bind(names, "chat")

    def call_legacy() -> None:
        assert names["make_near_request_openai"]([], "m") == ("near", "request", "m")

    def call_registry() -> None:
        assert chat.resolve("near").make_request([], "m") == ("near", "request", "m")

    def write() -> None:
        for _ in range(200):
            with RecordingHook():
                call_registry()

    run_beside([call_legacy, call_registry], write)


def test_only_one_of_many_registers_a_name():
    registry = ProviderRegistry()
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def register(number: int) -> None:
        start.wait()
        try:
            registry.register(ProviderConfig("near", priority=number))
            outcomes.append("registered")
        except DuplicateProvider:
            outcomes.append("refused")

    threads = [threading.Thread(target=register, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 7 + ["registered"]


def test_no_registration_is_lost_among_many():
    registry = ProviderRegistry()
    threads = [
        threading.Thread(
            target=lambda first=first: [registry.register(ProviderConfig(f"p{first}-{n}")) for n in range(25)]
        )
        for first in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(registry) == 150


def test_binding_and_registering_at_once_miss_each_other_never(tables, project):
    names = [f"guest{number}" for number in range(12)]
    registry = ProviderRegistry.from_mapping(tables)
    bound: list = []

    def bind() -> None:
        bound.extend(registry.bind({}, "chat")[0] for _ in range(12))

    thread = threading.Thread(target=bind)
    thread.start()
    for name in names:
        registry.register(ProviderConfig(name, "json", slots=GUEST, sites=("chat",)))
    thread.join()
    assert all(set(names) <= set(site.keys()) for site in bound)


def test_importing_a_module_that_binds_beside_a_registration_does_not_lock_up(registry, project):
    project.write("registries", "registry = None\n")
    project.load("registries").registry = registry
    project.write("slow_client", "import time\ntime.sleep(0.1)\nfrom PKG.registries import registry\n"
                                 "registry.bind(globals(), 'responses')\n"
                                 "def make(*a): return 'slow'\n")  # fmt: skip
    registry.bind({}, "chat")
    slots = {"make_request": "make", "process_response": "json:loads", "make_request_stream": None}
    config = ProviderConfig("slow", project.name("slow_client"), sites=("chat",), slots=slots)
    importing = threading.Thread(target=project.load, args=("slow_client",))
    importing.start()
    registry.register(config)
    importing.join(timeout=20)
    assert not importing.is_alive()
    assert registry.get("slow").make_request() == "slow"


def test_reading_while_reloading_finds_whole_records():
    def tables(generation: int) -> Tables:
        entry = {"timeout": generation, "values": {"generation": generation}, "sites": ["chat"]}
        names = [f"p{number}" for number in range(6) if generation % 2 or number]
        sites = {"chat": {"slots": [], "values": ["generation"]}}
        return Tables.from_mapping({"SITES": sites, "PROVIDER_CONFIGS": dict.fromkeys(names, entry)})

    registry = ProviderRegistry(tables(1))
    (chat,) = registry.bind({}, "chat")

    def read() -> None:
        bound, config = chat.resolve("p3"), registry.get("p3")
        assert bound.timeout == bound.generation
        assert config.timeout == config.values["generation"]

    def write() -> None:
        for generation in range(2, 120):
            registry.reload(tables(generation))

    run_beside([read] * 8, write)
    assert registry.get("p3").timeout == 119
